//! Contestants, a file each.

mod lookup;
mod majority;
mod neighbours;
mod net;
mod parts;
mod primed;
mod script;
mod search;

use crate::{Contestant, Error};

/// All contestants, the quickest first: a contest goes in this order.
pub const CONTESTANTS: &[&dyn Contestant] = &[
    &majority::Majority,
    &lookup::Lookup,
    &neighbours::Neighbours,
    &primed::Primed,
    &net::Net,
    &net::Base,
];

/// A trained contestant's state, as bytes.
pub(crate) fn to_bytes<T: serde::Serialize>(state: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(state).map_err(|e| Error::Usage(format!("a model cannot be written: {e}")))
}

/// A trained contestant's state, of bytes.
pub(crate) fn of_bytes<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|e| minlen::DataError::Damaged(format!("a trained contestant: {e}")).into())
}
