//! Contestants, a file each.

mod base;
mod basis;
mod bayes;
pub(crate) mod ensemble;
mod in_context;
mod kernel;
mod lanes;
mod linear;
mod lines;
mod lookup;
mod low_rank;
mod majority;
mod neighbours;
mod net;
mod nets;
mod parts;
mod phrases;
pub(crate) mod pipeline;
mod primed;
mod probe;
mod retouch;
mod rules;
mod script;
pub(crate) mod search;
mod spread;
mod sure;
mod svm;
mod trees;
mod words;

use crate::{Contestant, Error};

/// All contestants, the quickest first: a contest goes in this order.
pub const CONTESTANTS: &[&dyn Contestant] = &[
    &majority::Majority,
    &pipeline::Pipeline::new(Vec::new()),
    &rules::Rules,
    &linear::Linear,
    &trees::Trees,
    &svm::Svm,
    &bayes::Bayes,
    &kernel::Kernel,
    &spread::Spread,
    &lookup::Lookup,
    &words::Words,
    &neighbours::Neighbours,
    &phrases::Phrases,
    &in_context::InContext,
    &primed::Primed,
    &retouch::Retouch,
    &net::Net,
    &base::Base,
    &low_rank::LowRank,
    &probe::Probe,
    &ensemble::Ensemble,
];

/// The contestant of that name.
pub(crate) fn find(name: &str) -> Result<&'static dyn Contestant, Error> {
    let found = CONTESTANTS.iter().copied().find(|c| c.name() == name);
    found.ok_or_else(|| Error::Usage(format!("this version has no contestant {name:?}")))
}

/// A trained contestant's state, as bytes.
pub(crate) fn to_bytes<T: serde::Serialize>(state: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(state).map_err(|e| Error::Usage(format!("a model cannot be written: {e}")))
}

/// A trained contestant's state, of bytes.
pub(crate) fn of_bytes<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|e| minlen::DataError::Damaged(format!("a trained contestant: {e}")).into())
}

/// Like [`to_bytes`], for states with many numbers: small ones take a byte.
pub(crate) fn to_compact<T: serde::Serialize>(state: &T) -> Result<Vec<u8>, Error> {
    postcard::to_stdvec(state).map_err(|e| Error::Usage(format!("a model cannot be written: {e}")))
}

/// A state that [`to_compact`] wrote.
pub(crate) fn of_compact<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    postcard::from_bytes(bytes)
        .map_err(|e| minlen::DataError::Damaged(format!("a trained contestant: {e}")).into())
}
