//! What can go wrong when reading or writing an archive.

use std::fmt;
use std::io;

/// An error of the data or of the machine.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The archive is damaged, unknown to this version, or above a limit.
    Data(minlen_core::Error),
    /// Reading or writing failed.
    Io(io::Error),
}

impl Error {
    /// The archive says something that no encoder would have written.
    pub(crate) fn damaged(what: impl Into<String>) -> Error {
        Error::Data(minlen_core::Error::Damaged(what.into()))
    }

    /// The archive ends where more was promised.
    pub(crate) fn truncated() -> Error {
        Error::damaged("the archive ends too early")
    }
}

impl From<minlen_core::Error> for Error {
    fn from(e: minlen_core::Error) -> Error {
        Error::Data(e)
    }
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Error {
        if e.kind() == io::ErrorKind::UnexpectedEof {
            return Error::truncated();
        }
        Error::Io(e)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Error::Data(e) => e.fmt(f),
            Error::Io(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for Error {}
