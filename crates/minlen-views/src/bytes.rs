//! The fallback: bytes as they are, of which nothing is known.

use crate::read::count;
use crate::{Seen, View};
use minlen_core::Structure;

pub(crate) struct Bytes;

pub(crate) fn seen(data: &[u8]) -> Seen {
    let says = match data.len() {
        0 => "no data".to_string(),
        n => format!("{} of binary data", count(n as u64, "byte")),
    };
    Seen::layout(Structure::NONE, says)
}

impl View for Bytes {
    fn name(&self) -> &'static str {
        "bytes"
    }

    fn summary(&self) -> &'static str {
        "anything: bytes as they are"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        Some(seen(data))
    }
}
