//! What can go wrong, by who is at fault.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// An error, split by who can do something about it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The caller asked for something that does not exist or makes no sense.
    Usage(String),
    /// The data is damaged, unknown to this version, or above a limit.
    Data {
        /// The file, when it is known.
        path: Option<PathBuf>,
        /// What is wrong with it.
        source: minlen_core::Error,
    },
    /// The machine failed: a file could not be read or written.
    Io {
        /// What was being done, as in "cannot {action} {path}".
        action: &'static str,
        /// The file, when it is known.
        path: Option<PathBuf>,
        /// What the system said.
        source: io::Error,
    },
    /// A [`Watch`](crate::Watch) asked to stop.
    Stopped,
}

impl Error {
    /// For `map_err`: an IO error while doing `action` to `path`.
    pub(crate) fn io<'a>(
        action: &'static str,
        path: &'a Path,
    ) -> impl FnOnce(io::Error) -> Error + 'a {
        move |source| Error::Io {
            action,
            path: Some(path.to_path_buf()),
            source,
        }
    }

    /// The data is damaged in this way.
    pub(crate) fn damaged(what: impl Into<String>) -> Error {
        minlen_core::Error::Damaged(what.into()).into()
    }

    /// The same error, naming the file it is about unless it names one already.
    pub fn about(mut self, about: &Path) -> Error {
        if let Error::Data { path, .. } | Error::Io { path, .. } = &mut self {
            path.get_or_insert_with(|| about.to_path_buf());
        }
        self
    }
}

impl From<minlen_core::Error> for Error {
    fn from(e: minlen_core::Error) -> Error {
        match e {
            minlen_core::Error::Usage(what) => Error::Usage(what),
            source => Error::Data { path: None, source },
        }
    }
}

impl From<minlen_format::Error> for Error {
    fn from(e: minlen_format::Error) -> Error {
        match e {
            minlen_format::Error::Data(e) => e.into(),
            minlen_format::Error::Io(source) => Error::Io {
                action: "read",
                path: None,
                source,
            },
            other => Error::damaged(other.to_string()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Error::Usage(what) => f.write_str(what),
            Error::Data { path: None, source } => write!(f, "{source}"),
            Error::Data {
                path: Some(path),
                source,
            } => write!(f, "{}: {source}", path.display()),
            Error::Io {
                action,
                path,
                source,
            } => {
                write!(f, "cannot {action}")?;
                match path {
                    Some(path) => write!(f, " {}", path.display())?,
                    None => f.write_str(" the data")?,
                }
                write!(f, ": {source}")
            }
            Error::Stopped => f.write_str("stopped before the end"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Data { source, .. } => Some(source),
            Error::Io { source, .. } => Some(source),
            Error::Usage(_) | Error::Stopped => None,
        }
    }
}
