//! Archives and the file system.

pub(crate) mod block;
pub(crate) mod compare;
pub(crate) mod compress;
pub(crate) mod extract;
pub(crate) mod get;
pub(crate) mod inputs;
pub(crate) mod list;
pub(crate) mod output;
pub(crate) mod pack;
pub(crate) mod paths;
pub(crate) mod source;
pub(crate) mod tracker;
pub(crate) mod verify;
