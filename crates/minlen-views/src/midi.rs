//! Standard MIDI files: recognised and described.

use crate::read::{array, count, u16_be, u32_be};
use crate::{Seen, View};
use minlen_core::Structure;

pub(crate) struct Midi;

impl View for Midi {
    fn name(&self) -> &'static str {
        "midi"
    }

    fn summary(&self) -> &'static str {
        "scores in standard MIDI files"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        let header = u32_be(data, 4)?;
        let (format, tracks) = (u16_be(data, 8)?, u16_be(data, 10)?);
        let division = u16_be(data, 12)?;
        if array(data, 0)? != *b"MThd" || !(6..=1024).contains(&header) || format > 2 {
            return None;
        }
        if array(data, 8 + header as usize)? != *b"MTrk" {
            return None;
        }
        let time = if division < 0x8000 {
            format!("{} a beat", count(u64::from(division), "tick"))
        } else {
            let frames = (division >> 8) as i8;
            format!("{} frames a second", frames.unsigned_abs())
        };
        let says = format!("MIDI score, {}, {time}", count(u64::from(tracks), "track"));
        Some(Seen::layout(Structure::NONE, says))
    }
}
