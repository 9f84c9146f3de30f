//! Pieces of bytes in a row, for trained contestants whose state is large.

use crate::Error;

/// A small state as JSON, then pieces of bytes, each behind its length.
pub(crate) fn join<T: serde::Serialize>(head: &T, parts: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
    let head = super::to_bytes(head)?;
    let mut all = Vec::new();
    for part in std::iter::once(&head).chain(parts) {
        all.extend((part.len() as u64).to_le_bytes());
        all.extend(part);
    }
    Ok(all)
}

/// The state and the pieces of what [`join`] wrote.
pub(crate) fn part<T: serde::de::DeserializeOwned>(
    mut bytes: &[u8],
) -> Result<(T, Vec<Vec<u8>>), Error> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok();
        let Some((part, rest)) = length.and_then(|n| rest.split_at_checked(n)) else {
            return Err(damaged());
        };
        parts.push(part.to_vec());
        bytes = rest;
    }
    if parts.is_empty() || !bytes.is_empty() {
        return Err(damaged());
    }
    let head = super::of_bytes(&parts.remove(0))?;
    Ok((head, parts))
}

/// What was read is no state of the contestant that reads it.
pub(crate) fn damaged() -> Error {
    minlen::DataError::Damaged("a trained contestant".to_string()).into()
}

/// What `config` says of `key`, if anything.
pub(crate) fn setting<T: std::str::FromStr>(config: &str, key: &str) -> Option<T> {
    let mut pairs = config.split(',').filter_map(|pair| pair.split_once('='));
    pairs.find(|(k, _)| *k == key)?.1.parse().ok()
}
