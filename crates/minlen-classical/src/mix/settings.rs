//! Presets: how much to look at.

use super::apm::Apm;
use super::contexts::Context::{self, *};
use super::matching::Matching;
use super::refiner;
use crate::mixing::history::History;
use crate::mixing::lines::Lines;
use crate::mixing::mixer::{Set, Weights};
use crate::mixing::size;
use minlen_core::{Error, Structure};

/// The presets, for messages.
const NAMES: &str = "fast, default, strong or max";

/// What a model is built from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// An even number of contexts.
    pub(crate) contexts: &'static [Context],
    /// Whether [`GRID`] is looked at too, where a layout is given.
    pub(crate) grid: bool,
    /// An even number of weight sets.
    pub(crate) sets: &'static [Set],
    /// What refines the mixer's prediction.
    pub(crate) refiners: &'static [refiner::Kind],
    /// log₂ of the lines of the table.
    pub(crate) line_bits: u32,
}

/// log₂ of the bytes that the match model remembers.
pub(crate) const PAST_BITS: u32 = 24;

/// Contexts in data of known layout.
pub(crate) const GRID: [Context; 6] = [Grid(0), Grid(1), Grid(2), Grid(3), Grid(4), Grid(5)];

const FAST: Settings = Settings {
    contexts: &[Byte, Last(2), Last(4), Word],
    grid: false,
    sets: &[Set::Match, Set::Classes],
    refiners: &[],
    line_bits: 22,
};
const DEFAULT: Settings = Settings {
    contexts: &[
        Byte,
        Last(2),
        Last(3),
        Last(4),
        Last(6),
        Word,
        Word2,
        WordForm,
        Bracket,
        Form(8),
    ],
    grid: true,
    sets: &[Set::Match, Set::Classes, Set::Hits, Set::Byte],
    refiners: &[refiner::Kind::Order2],
    ..FAST
};
const STRONG: Settings = Settings {
    contexts: &[
        Nothing,
        Byte,
        Last(2),
        Last(3),
        Last(4),
        Last(5),
        Last(6),
        Word,
        Word2,
        WordSkip,
        WordForm,
        WordBrackets,
        Bracket,
        Form(8),
        Form(12),
        Shape(6),
        Expected,
        Column,
        Sparse(0xff00),
        Sparse(0xff_ff00),
    ],
    grid: true,
    sets: &[
        Set::Match,
        Set::Classes,
        Set::Hits,
        Set::Byte,
        Set::Form,
        Set::Expected,
    ],
    refiners: &[refiner::Kind::Order1, refiner::Kind::Order2],
    ..FAST
};
const MAX: Settings = Settings {
    contexts: &[
        Nothing,
        Byte,
        Last(2),
        Last(3),
        Last(4),
        Last(5),
        Last(6),
        Last(8),
        Word,
        Word2,
        Word3,
        WordSkip,
        WordLine,
        WordForm,
        WordBrackets,
        Bracket,
        Form(8),
        Form(12),
        Shape(6),
        Before,
        Mark,
        Follow1,
        Follow2,
        Expected,
        Column,
        Above,
        Sparse(0xff00),
        Sparse(0xff_ff00),
        Sparse(0xff_00ff),
        Sparse(0xffff_00ff),
        Form(4),
        Sparse(0xff_0000),
    ],
    sets: &[
        Set::Match,
        Set::Classes,
        Set::Hits,
        Set::Byte,
        Set::Form,
        Set::Expected,
        Set::Byte2,
        Set::Length,
        Set::Bracket,
        Set::Byte3,
    ],
    line_bits: 23,
    ..STRONG
};

impl Settings {
    pub(crate) fn parse(text: &str) -> Result<Settings, Error> {
        let (name, bits) = size::split("mix", NAMES, text)?;
        let settings = match name {
            "fast" => FAST,
            "default" => DEFAULT,
            "strong" => STRONG,
            "max" => MAX,
            _ => return Err(size::wrong("mix", NAMES, text)),
        };
        let line_bits = bits.unwrap_or(settings.line_bits);
        Ok(Settings {
            line_bits,
            ..settings
        })
    }

    /// The settings `text` with the largest table that leaves a model within `bytes`, or else the
    /// smallest; as they are if they name a size.
    pub(crate) fn fit(text: &str, bytes: u64) -> Result<String, Error> {
        let settings = Settings::parse(text)?;
        let memory = |line_bits| {
            let sized = Settings {
                line_bits,
                ..settings
            };
            sized.memory()
        };
        Ok(size::fit(text, bytes, memory))
    }

    /// Pairs of inputs, with so many contexts: these, then the match model beside a foreign
    /// prediction.
    pub(crate) fn inputs(contexts: usize) -> usize {
        contexts / 2 + 1
    }

    /// The contexts for data of that layout.
    pub(crate) fn contexts(&self, structure: &Structure) -> Vec<Context> {
        let mut contexts = self.contexts.to_vec();
        if self.grid && (structure.row > 0 || structure.unit > 1) {
            contexts.extend(GRID);
        }
        contexts
    }

    /// Bytes that a model may take, with a layout or without.
    pub(crate) fn memory(&self) -> u64 {
        let contexts = self.contexts.len() + if self.grid { GRID.len() } else { 0 };
        /// Tables of 1,024 and 512 bytes a context and half, and what is kept of a nibble.
        const A_CONTEXT: u64 = 2 * (1024 + 512) + 256;
        /// The model itself.
        const REST: u64 = 16 << 10;
        Lines::bytes(self.line_bits)
            + Matching::bytes(PAST_BITS)
            + Weights::bytes(self.sets, Settings::inputs(contexts))
            + (self.refiners.iter().map(|r| Apm::bytes(r.rows()))).sum::<u64>()
            + History::BYTES
            + contexts as u64 * A_CONTEXT
            + REST
    }
}
