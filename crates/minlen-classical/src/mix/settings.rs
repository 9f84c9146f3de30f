//! Presets.

use super::contexts::Context::{self, *};
use super::lines::Lines;
use super::matching::Matching;
use super::mixer::{Set, Weights};
use minlen_core::Error;

/// What a model is built from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) contexts: &'static [Context],
    pub(crate) sets: &'static [Set],
    pub(crate) line_bits: u32,
    pub(crate) past_bits: u32,
}

const FAST: Settings = Settings {
    contexts: &[O1, Last(2), Last(4), Word],
    sets: &[Set::MatchHigh, Set::Classes],
    line_bits: 22,
    past_bits: 24,
};
const DEFAULT: Settings = Settings {
    contexts: &[
        O1,
        Last(2),
        Last(3),
        Last(4),
        Last(6),
        Word,
        WordPrev,
        Format,
    ],
    sets: &[Set::MatchHigh, Set::Classes, Set::Hits, Set::Byte],
    ..FAST
};
const STRONG: Settings = Settings {
    contexts: &[
        O1,
        Last(2),
        Last(3),
        Last(4),
        Last(5),
        Last(6),
        Word,
        WordPrev,
        WordByte,
        WordSkip,
        Format,
        FormatWord,
        Brackets,
        Expected,
        Column,
        Indirect2,
    ],
    sets: &[
        Set::MatchHigh,
        Set::Classes,
        Set::Hits,
        Set::Byte,
        Set::Length,
        Set::Byte2,
    ],
    ..FAST
};
const MAX: Settings = Settings {
    contexts: &[
        O0,
        O1,
        Last(2),
        Last(3),
        Last(4),
        Last(5),
        Last(6),
        Last(8),
        Word,
        WordPrev,
        WordByte,
        WordSkip,
        Format,
        FormatWord,
        Brackets,
        Expected,
        Column,
        Above,
        Indirect1,
        Indirect2,
        Sparse(0xff00),
        Sparse(0xffff00),
        Sparse(0xff00ff),
        Sparse(0xff0000),
        Sparse(0xf0f0ff),
    ],
    sets: &[
        Set::MatchHigh,
        Set::Classes,
        Set::Hits,
        Set::Byte,
        Set::Length,
        Set::Byte2,
    ],
    ..FAST
};

impl Settings {
    pub(crate) fn parse(text: &str) -> Result<Settings, Error> {
        let wrong = || {
            Error::Usage(format!(
                "mix:{text}: write fast, default, strong or max, and perhaps \
                 a comma and log2 of the table's lines, 12 to 24"
            ))
        };
        let (name, bits) = match text.split_once(',') {
            Some((name, bits)) => (name, Some(bits)),
            None => (text, None),
        };
        let mut settings = match name {
            "fast" => FAST,
            "default" => DEFAULT,
            "strong" => STRONG,
            "max" => MAX,
            _ => return Err(wrong()),
        };
        if let Ok(c) = std::env::var("CTX") {
            settings.contexts = Box::leak(
                c.split(',')
                    .map(super::contexts::named)
                    .collect::<Vec<_>>()
                    .into_boxed_slice(),
            );
        }
        if let Ok(c) = std::env::var("SETS") {
            settings.sets = Box::leak(
                c.split(',')
                    .map(super::mixer::named)
                    .collect::<Vec<_>>()
                    .into_boxed_slice(),
            );
        }
        if let Some(bits) = bits {
            settings.line_bits = match bits.parse() {
                Ok(n @ 12..=24) if bits.len() == 2 => n,
                _ => return Err(wrong()),
            };
        }
        Ok(settings)
    }

    pub(crate) fn memory(&self) -> u64 {
        Lines::bytes(self.line_bits)
            + Matching::bytes(self.past_bits)
            + Weights::bytes(self)
            + self.contexts.len() as u64 * 4096
            + 300_000
    }
}

/// With the table's size left open: four lines a symbol, which is as good as any number (a 100 KB
/// text: 0.1 % larger with half of that), and no more than the preset's.
pub(crate) fn fit(settings: &str, symbols: u64) -> String {
    let Ok(preset) = Settings::parse(settings) else {
        return settings.to_string();
    };
    if settings.contains(',') {
        return settings.to_string();
    }
    let bits = symbols.max(1).next_power_of_two().ilog2() + 2;
    if bits >= preset.line_bits {
        return settings.to_string();
    }
    format!("{settings},{}", bits.max(12))
}
