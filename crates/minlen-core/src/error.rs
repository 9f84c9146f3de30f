//! What can go wrong here, by who is at fault.

use std::fmt;

/// An error of the library, split by who can do something about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The caller asked for something that does not exist or makes no sense.
    Usage(String),
    /// The data is damaged: it says something that no encoder would have written.
    Damaged(String),
    /// The data may be fine, but this version does not know what it names.
    Unsupported(String),
    /// The data may be fine, but it was made with a learnt model that is not at hand: this one.
    Missing(String),
    /// Honouring the data would exceed a limit that the caller set.
    Limit {
        /// Which limit, in words.
        what: &'static str,
        /// What the data asks for.
        needed: u64,
        /// What the caller allows.
        allowed: u64,
    },
    /// The machine could not give the memory asked for, in bytes.
    Memory(u64),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Error::Usage(what) => f.write_str(what),
            Error::Damaged(what) => write!(f, "damaged data: {what}"),
            Error::Unsupported(what) => write!(f, "not supported by this version: {what}"),
            Error::Missing(model) => {
                write!(f, "it needs the learnt model {model}, which is not at hand")
            }
            Error::Limit {
                what,
                needed,
                allowed,
            } => write!(f, "{what} would be {needed}, above the limit of {allowed}"),
            Error::Memory(bytes) => write!(f, "the machine has no {bytes} bytes of memory to give"),
        }
    }
}

impl std::error::Error for Error {}
