//! Which weights: the sets of the mixer.

use super::settings::Settings;
use crate::kernels::{Pair, Zeroed};

/// A way to choose weights. Each set has one row of weights for each value of its choice; high
/// and low halves of a byte never share a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    MatchHigh,
    Classes,
    Hits,
    Byte,
    Length,
    Byte2,
    WordLen,
    Bracket,
    Column,
    Expected,
    Byte3, Fmt, One,
}

/// What sets choose by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) half: usize,
    /// 0 for the high half; 1 + the high nibble for the low half
    pub(crate) high: usize,
    pub(crate) match_class: usize,
    pub(crate) hits: usize,
    pub(crate) last: u64,
    pub(crate) classes: usize,
    pub(crate) lens: u32, pub(crate) bracket: usize, pub(crate) column: usize, pub(crate) expected: usize, pub(crate) format: usize,
}
pub(crate) fn named(n: &str) -> Set { use Set::*; match n { "m" => MatchHigh, "c" => Classes, "h" => Hits, "b" => Byte, "l" => Length, "b2" => Byte2, "w" => WordLen, "br" => Bracket, "col" => Column, "e" => Expected, "b3" => Byte3, "f" => Fmt, "1" => One, _ => panic!("{n}") } }


impl Set {
    pub(crate) const fn rows(self) -> usize {
        match self {
            Set::MatchHigh => 4 * 17,
            Set::Classes => 1024,
            Set::Hits => 64,
            Set::Byte | Set::Byte2 => 512,
            Set::Length => 32,
            Set::WordLen => 512, Set::Bracket => 512, Set::Column => 512, Set::Expected => 514 * 2, Set::Byte3 => 512, Set::Fmt => 8192,
            Set::One => 2,
        }
    }

    #[inline]
    pub(crate) fn row(self, c: &Choice) -> usize {
        match self {
            Set::MatchHigh => {
                let class = match c.match_class {
                    0 => 0,
                    1..=8 => 1,
                    9..=12 => 2,
                    _ => 3,
                };
                17 * class + c.high
            }
            Set::Classes => 2 * c.classes + c.half,
            Set::Hits => 2 * c.hits.min(31) + c.half,
            Set::Byte => 2 * (c.last & 255) as usize + c.half,
            Set::Byte2 => 2 * (c.last >> 8 & 255) as usize + c.half,
            Set::WordLen => 2 * (c.lens & 255) as usize + c.half,
            Set::Bracket => 2 * c.bracket + c.half,
            Set::Column => 2 * c.column.min(255) + c.half,
            Set::Expected => 2 * c.expected + c.half,
            Set::Byte3 => 2 * (c.last >> 16 & 255) as usize + c.half,
            Set::Fmt => 2 * (c.format & 4095) + c.half,
            Set::One => c.half,
            Set::Length => 2 * c.match_class + c.half,
        }
    }
}

/// All weights of a mixer.
#[derive(Clone)]
pub(crate) struct Weights {
    pub(crate) sets: Zeroed<Pair>,
    pub(crate) last: Zeroed<Pair>,
    /// Where each set begins, in rows.
    first: Vec<usize>,
}

/// Rows of the last layer
const LAST_ROWS: usize = 512;

impl Weights {
    pub(crate) fn bytes(settings: &Settings) -> u64 {
        let rows: usize = settings.sets.iter().map(|s| s.rows()).sum();
        Zeroed::<Pair>::bytes(rows * inputs(settings))
            + Zeroed::<Pair>::bytes(LAST_ROWS * settings.sets.len() / 2)
    }

    pub(crate) fn new(settings: &Settings) -> Weights {
        let mut first = Vec::new();
        let mut rows = 0;
        for set in settings.sets {
            first.push(rows);
            rows += set.rows();
        }
        Weights {
            sets: Zeroed::new(rows * inputs(settings)),
            last: Zeroed::new(LAST_ROWS * settings.sets.len() / 2),
            first,
        }
    }

    #[inline]
    pub(crate) fn choose(&self, settings: &Settings, c: &Choice, rows: &mut [usize]) {
        for ((row, set), first) in rows.iter_mut().zip(settings.sets).zip(&self.first) {
            *row = (first + set.row(c)) * inputs(settings);
        }
    }
}

/// Pairs of inputs: half as many as contexts, and one with the match model.
pub(crate) fn inputs(settings: &Settings) -> usize {
    settings.contexts.len() / 2 + 1
}
