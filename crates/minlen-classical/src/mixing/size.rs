//! How settings name the size of the table: `NAME`, or `NAME,N` with log₂ of its lines in two
//! digits.

use minlen_core::Error;

/// What N may be.
const LINE_BITS: std::ops::RangeInclusive<u32> = 12..=24;

/// The name, and N if it is there. `Usage`, when it is none that may be; `model` and
/// `names` are for the message.
pub(crate) fn split<'a>(
    model: &str,
    names: &str,
    text: &'a str,
) -> Result<(&'a str, Option<u32>), Error> {
    let Some((name, digits)) = text.split_once(',') else {
        return Ok((text, None));
    };
    match digits.parse() {
        Ok(n) if LINE_BITS.contains(&n) && digits.len() == 2 => Ok((name, Some(n))),
        _ => Err(wrong(model, names, text)),
    }
}

/// That these are no settings: `names` are.
pub(crate) fn wrong(model: &str, names: &str, text: &str) -> Error {
    Error::Usage(format!(
        "{model}:{text}: write {names} and, if you like, a comma and \
         log2 of the number of 64-byte lines, 12 to 24 (for example {model}:default,20)"
    ))
}

/// The settings `text` with the largest table that leaves a model, which takes `memory`(N), within
/// `bytes`, or else with the smallest; as they are if they name a size.
pub(crate) fn fit(text: &str, bytes: u64, memory: impl Fn(u32) -> u64) -> String {
    if text.contains(',') {
        return text.into();
    }
    let bits = LINE_BITS.rev().find(|&bits| memory(bits) <= bytes);
    format!("{text},{}", bits.unwrap_or(*LINE_BITS.start()))
}
