//! Sound in RIFF/WAVE files: PCM of 8, 16, 24 or 32 bits and 32- or 64-bit floats.
//!
//! The unit is one sample of all channels, the header is whatever precedes the samples. The sizes
//! that the file states are not believed: recorders that were cut off leave them wrong.

use crate::layout::MAX_UNIT;
use crate::read::{array, commas, u16_le, u32_le};
use crate::{Seen, View};
use minlen_core::Structure;

pub(crate) struct Wav;

const PCM: u16 = 1;
const FLOAT: u16 = 3;
/// The real tag is the first two bytes of a GUID further on.
const EXTENSIBLE: u16 = 0xfffe;
/// Chunks looked at before giving up.
const MAX_CHUNKS: usize = 64;

struct Format {
    tag: u16,
    channels: u16,
    rate_hz: u32,
    /// Bytes of a sample of all channels.
    block: u16,
    bits: u16,
}

fn format(chunk: &[u8]) -> Option<Format> {
    let tag = match u16_le(chunk, 0)? {
        EXTENSIBLE => u16_le(chunk, 24)?,
        tag => tag,
    };
    let format = Format {
        tag,
        channels: u16_le(chunk, 2)?,
        rate_hz: u32_le(chunk, 4)?,
        block: u16_le(chunk, 12)?,
        bits: u16_le(chunk, 14)?,
    };
    let known = match format.tag {
        PCM => [8, 16, 24, 32].contains(&format.bits),
        FLOAT => [32, 64].contains(&format.bits),
        _ => false,
    };
    let block = u32::from(format.channels) * u32::from(format.bits / 8);
    (known && block == u32::from(format.block) && (1..=MAX_UNIT).contains(&block)).then_some(format)
}

/// The format, and where the samples begin.
fn parse(data: &[u8]) -> Option<(Format, usize)> {
    if array(data, 0)? != *b"RIFF" || array(data, 8)? != *b"WAVE" {
        return None;
    }
    let mut at = 12usize;
    let mut found = None;
    for _ in 0..MAX_CHUNKS {
        let (id, size) = (array(data, at)?, u32_le(data, at + 4)?);
        let body = at + 8;
        match &id {
            b"data" => return Some((found?, body)),
            b"fmt " => found = Some(format(data.get(body..)?)?),
            _ => {}
        }
        // Chunks begin at even places.
        at = body.checked_add((size as usize).checked_next_multiple_of(2)?)?;
    }
    None
}

fn says(format: &Format, bytes: usize) -> String {
    let channels = match format.channels {
        1 => "mono".to_string(),
        2 => "stereo".to_string(),
        n => format!("{n}-channel"),
    };
    let float = if format.tag == FLOAT { " float" } else { "" };
    let rate = u64::from(format.rate_hz.max(1));
    let tenths = (bytes as u64 / u64::from(format.block) * 10 + rate / 2) / rate;
    format!(
        "{}-bit{float} {channels} sound, {} Hz, {}.{} s",
        format.bits,
        commas(u64::from(format.rate_hz)),
        commas(tenths / 10),
        tenths % 10
    )
}

impl View for Wav {
    fn name(&self) -> &'static str {
        "wav"
    }

    fn summary(&self) -> &'static str {
        "sound in WAVE files: whole samples of all channels as units"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        let (format, start) = parse(data)?;
        let structure = Structure {
            unit: u32::from(format.block),
            row: 0,
            start: u32::try_from(start).ok()?,
            ..Structure::NONE
        };
        // A stated size is believed only to leave out what follows the samples.
        let stated = u32_le(data, start - 4)? as usize;
        let bytes = (data.len() - start).min(stated);
        let bytes = if stated == 0 {
            data.len() - start
        } else {
            bytes
        };
        Some(Seen::layout(structure, says(&format, bytes)))
    }
}
