//! Presets: how much to look at.

use super::apm::Apm;
use super::contexts::{Context, one, run, two, wide};
use super::foresight::Foresight;
use super::matching::{Matching, Ring};
use super::past::{Feature::*, Past};
use super::refiner;
use super::runs::Runs;
use crate::mixing::lines::Lines;
use crate::mixing::mixer::{Set, Weights};
use crate::mixing::size;
use minlen_core::{Codes, Error, Structure};

/// The presets, for messages.
const NAMES: &str =
    "swift, swift-2, fast, default, default-2, strong, strong-2, strong-3, lines or max";

/// What a model is built from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// An even number of contexts: for text whose words are codes,
    pub(crate) prose: &'static [Context],
    /// for other text,
    pub(crate) table: &'static [Context],
    /// for text in a script whose characters take several bytes,
    pub(crate) script: &'static [Context],
    /// and for other data.
    pub(crate) data: &'static [Context],
    /// Instead of these, for data of known layout, before those of [`GRID`].
    pub(crate) laid: Option<&'static [Context]>,
    /// Whether the runs of all contexts are told that are hashed, not only of those marked so.
    pub(crate) all_run: bool,
    /// Whether [`GRID`] is looked at too, where a layout is given.
    pub(crate) grid: bool,
    /// One weight set, or an even number: for text, for such a script,
    pub(crate) sets: &'static [Set],
    pub(crate) script_sets: &'static [Set],
    /// and for other data.
    pub(crate) data_sets: &'static [Set],
    /// No input's first weight is above this, in units of 2⁻¹⁶.
    pub(crate) most_prior: usize,
    /// What refines the mixer's prediction.
    pub(crate) refiners: &'static [refiner::Kind],
    /// Whether what a line lets foresee is an input, too.
    pub(crate) foresight: bool,
    /// How many symbols must agree for each match model to begin, at most 8.
    pub(crate) least: &'static [u32],
    /// How long a match must be, and how often in a row such a one must have been right, for
    /// nothing else to be asked.
    pub(crate) sure: (u32, u16),
    /// log₂ of the lines of the table, and the most that it may be for text without codes: to clear
    /// fresh memory is a fifth of the time of some.
    pub(crate) line_bits: u32,
    pub(crate) table_bits: u32,
    /// log₂ of the symbols that match models remember, and of the places that each one knows.
    pub(crate) past_bits: u32,
    pub(crate) place_bits: u32,
}

/// Contexts in data of known layout.
pub(crate) const GRID: [Context; 6] = [
    one(Grid0),
    one(Grid1),
    one(Grid2),
    one(Grid3),
    one(Grid4),
    one(Grid5),
];

const FAST: Settings = Settings {
    prose: &[
        one(Last1),
        wide(Last2, Nothing),
        one(Last4),
        wide(Word, Nothing),
    ],
    table: &[
        one(Last1),
        wide(Last2, Nothing),
        one(Last4),
        wide(Word, Nothing),
        two(FieldAbove, Field),
        two(Run, Last1),
    ],
    script: &[one(Last1), wide(Last2, Nothing), one(Char1), one(Char2)],
    data: &[one(Last1), wide(Last2, Nothing), one(Last3), one(Last4)],
    laid: None,
    all_run: false,
    grid: false,
    sets: &[Set::Match, Set::Classes],
    script_sets: &[Set::Match, Set::Byte2],
    data_sets: &[Set::Match, Set::Classes],
    most_prior: 16_000,
    refiners: &[],
    foresight: false,
    least: &[5],
    sure: (16, 16),
    line_bits: 20,
    table_bits: 24,
    past_bits: 24,
    place_bits: 20,
};
const DEFAULT: Settings = Settings {
    prose: &[
        one(Last1),
        run(wide(Last2, Nothing)),
        one(Last3),
        one(Last4),
        run(wide(Word, Nothing)),
        two(Word, Form4),
        one(Form8),
        two(Shape6, Last1),
    ],
    table: &[
        one(Nothing),
        wide(Last2, Nothing),
        one(Last4),
        one(Last6),
        wide(Word, Nothing),
        run(two(Field, Token)),
        one(Form8),
        two(Run, Last1),
        two(Follow2, Last2),
        run(two(FieldAbove, Field)),
        two(Token, FieldAbove),
        two(Expected, Last1),
    ],
    script: &[
        one(Nothing),
        one(Last1),
        one(Last2),
        one(Last4),
        run(wide(Char1, Nothing)),
        run(one(Char2)),
        one(Char3),
        one(CharGap),
    ],
    data: &[
        one(Nothing),
        one(Last1),
        wide(Last2, Nothing),
        one(Last3),
        one(Last4),
        one(Last6),
        one(Back2),
        one(Back23),
        two(Column, Last1),
        two(Above, Last1),
        two(Shape6, Last1),
        two(Follow1, Last1),
    ],
    grid: true,
    sets: &[Set::Match, Set::Classes],
    sure: (20, 30),
    line_bits: 22,
    ..FAST
};
/// For other data, in `strong` and `strong-2`; without the last two, which need a layout to bring anything,
/// in `strong-3`. (Late ones come last in a model wherever
/// they stand here: the specification names them in another place.)
const STRONG_DATA: &[Context] = &[
    one(Nothing),
    one(Last1),
    wide(Last2, Nothing),
    one(Last3),
    one(Last4),
    one(Last5),
    one(Last6),
    one(Back2),
    one(Back23),
    one(Back3),
    two(Last1, Back3),
    two(Follow2, Last2),
    two(Expected, Last1),
    two(Column, Last1),
    two(Shape6, Last1),
    two(Follow1, Last1),
    two(Last1, Back34),
    one(Form8),
    two(Above, Last1),
    two(Column, Above),
];
const STRONG: Settings = Settings {
    prose: &[
        one(Nothing),
        one(Last1),
        run(wide(Last2, Nothing)),
        run(wide(Last3, Nothing)),
        one(Last4),
        one(Last5),
        run(wide(Word, Nothing)),
        wide(Word, Before),
        two(Word, Before2),
        two(Word, Form4),
        two(Word, Brackets),
        wide(Bracket, Last2),
        one(Form8),
        one(Form12),
        two(Shape6, Last1),
        two(Follow1, Last1),
        two(Follow2, Last2),
        run(two(Before, Last1)),
        two(Expected, Last1),
        two(Column, Last1),
    ],
    table: &[
        one(Nothing),
        one(Last1),
        wide(Last2, Nothing),
        one(Last3),
        one(Last4),
        one(Last5),
        one(Last6),
        run(wide(Word, Nothing)),
        two(Word, Before),
        two(Word, Form4),
        two(Word, Brackets),
        wide(Bracket, Last2),
        run(two(Field, Token)),
        one(Form8),
        one(Form12),
        two(Run, Last1),
        two(Token, TokenBefore),
        two(Follow2, Last2),
        two(FieldAbove, Last1),
        run(two(FieldAbove, Field)),
        two(Token, FieldAbove),
        two(Expected, Last1),
        two(Column, Last1),
        two(Above, Last2),
    ],
    script: &[
        one(Nothing),
        one(Last1),
        run(wide(Last2, Nothing)),
        run(wide(Last3, Nothing)),
        one(Last4),
        one(Last6),
        one(Last8),
        run(wide(Char1, Nothing)),
        run(wide(Char2, Nothing)),
        one(Char3),
        one(CharGap),
        one(Word),
        one(Form8),
        two(Shape6, Last1),
        two(Follow2, Last2),
        two(Expected, Last1),
    ],
    script_sets: &[Set::Match, Set::Byte2, Set::Classes, Set::Hits],
    data: STRONG_DATA,
    sets: &[Set::Match, Set::Classes],
    data_sets: &[
        Set::Match,
        Set::Classes,
        Set::Hits,
        Set::Byte,
        Set::Form,
        Set::Expected,
    ],
    refiners: &[refiner::Kind::Order2],
    sure: (32, 100),
    past_bits: 26,
    place_bits: 22,
    ..DEFAULT
};
/// The fastest: two contexts that need no lines and two that do in text of codes.
const SWIFT: Settings = Settings {
    prose: &[one(Nothing), one(Last1), one(Last2), one(Form8)],
    table: &[
        one(Last1),
        one(Last4),
        two(Run, Last1),
        two(FieldAbove, Field),
    ],
    script: &[one(Last1), one(Last2), one(Char1), one(Char2)],
    data: &[one(Last1), one(Last2), one(Last3), one(Last4)],
    line_bits: 18,
    place_bits: 18,
    ..FAST
};
/// As `swift`, but one weight set for text, whose predictions no last layer mixes.
const SWIFT_2: Settings = Settings {
    sets: &[Set::MatchCoarse],
    most_prior: 28_000,
    ..SWIFT
};
/// As `default`, but in tables, logs and the like two thirds of the contexts.
const DEFAULT_2: Settings = Settings {
    table: &[
        one(Last1),
        one(Last5),
        two(Field, Token),
        two(Run, Last1),
        two(Follow2, Last2),
        two(FieldAbove, Field),
    ],
    least: &[7],
    sure: (16, 16),
    table_bits: 20,
    ..DEFAULT
};
/// As `strong`, without what earned least: a sixth to a fifth of the contexts, two weight sets.
const STRONG_2: Settings = Settings {
    prose: &[
        one(Nothing),
        one(Last1),
        run(wide(Last2, Nothing)),
        run(wide(Last3, Nothing)),
        one(Last4),
        run(wide(Word, Nothing)),
        wide(Word, Before),
        two(Word, Form4),
        two(Word, Brackets),
        wide(Bracket, Last2),
        one(Form8),
        one(Form12),
        two(Shape6, Last1),
        two(Follow1, Last1),
        run(two(Before, Last1)),
        two(Expected, Last1),
    ],
    table: &[
        one(Nothing),
        one(Last1),
        one(Last3),
        one(Last4),
        one(Last5),
        one(Last6),
        run(wide(Word, Nothing)),
        two(Word, Before),
        run(two(Field, Token)),
        one(Form8),
        one(Form12),
        two(Run, Last1),
        two(Token, TokenBefore),
        two(Follow2, Last2),
        two(FieldAbove, Last1),
        run(two(FieldAbove, Field)),
        two(Token, FieldAbove),
        two(Expected, Last1),
        two(Column, Last1),
        two(Above, Last2),
    ],
    data_sets: &[Set::Match, Set::Classes, Set::Hits, Set::Byte],
    least: &[8, 5],
    ..STRONG
};
/// As `strong-2`, but in data of known layout little beside its neighbours there, and in other data less
/// of rows that are only guessed.
const STRONG_3: Settings = Settings {
    data: STRONG_DATA.split_at(STRONG_DATA.len() - 2).0,
    laid: Some(&[
        one(Last1),
        wide(Last2, Nothing),
        one(Last6),
        one(Back23),
        two(Column, Last1),
        two(Above, Last1),
        two(Column, Above),
        two(Shape6, Last1),
    ]),
    ..STRONG_2
};
/// For lines that are coded each on its own: what a line lets foresee, and two thirds of the
/// contexts of `strong-2`, chosen by quarters of the logs and the JSON files that nothing is measured by.
const LINES: Settings = Settings {
    table: &[
        one(Last1),
        one(Last3),
        one(Last4),
        run(one(Last6)),
        run(wide(Word, Nothing)),
        two(Word, Before),
        two(Before, Form4),
        one(Back23),
        wide(Bracket, Last2),
        one(Form12),
        two(Run, Last1),
        two(FieldAbove, Last1),
        two(Token, FieldAbove),
        one(Recall),
    ],
    foresight: true,
    refiners: &[refiner::Kind::Order1],
    least: &[8, 5],
    sure: (32, 100),
    line_bits: 20,
    past_bits: 22,
    place_bits: 18,
    ..DEFAULT
};
const MAX: Settings = Settings {
    prose: &[
        one(Nothing),
        one(Last1),
        wide(Last2, Nothing),
        wide(Last3, Nothing),
        one(Last4),
        one(Last5),
        one(Last6),
        wide(Word, Nothing),
        wide(Word, Before),
        two(Word, Before2),
        two(Word, Pair),
        two(Word, Form4),
        two(Word, Brackets),
        two(Word, Mark),
        two(Word, First),
        wide(Bracket, Last2),
        one(Form4),
        one(Form8),
        one(Form12),
        two(Shape6, Last1),
        two(Run, Last1),
        two(Token, TokenBefore),
        two(Follow1, Last1),
        two(Follow2, Last2),
        two(Before, Last1),
        two(Before, Form4),
        one(Back2),
        one(Back23),
        one(Back34),
        two(Expected, Last1),
        two(Column, Last1),
        two(Above, Last2),
    ],
    table: &[
        one(Nothing),
        one(Last1),
        wide(Last2, Nothing),
        wide(Last3, Nothing),
        one(Last4),
        one(Last5),
        one(Last6),
        one(Last8),
        wide(Word, Nothing),
        two(Word, Before),
        two(Word, Form4),
        two(Word, Brackets),
        two(Word, First),
        wide(Bracket, Last2),
        two(Field, Token),
        one(Form8),
        one(Form12),
        two(Shape6, Last1),
        two(Run, Last1),
        two(Token, TokenBefore),
        two(Token, Form4),
        two(Follow1, Last1),
        two(Follow2, Last2),
        two(Before, Last1),
        one(Back23),
        two(FieldAbove, Last1),
        two(FieldAbove, Field),
        two(Token, FieldAbove),
        two(Expected, Last1),
        two(Column, Last1),
        two(Column, Above),
        two(Above, Last2),
    ],
    script: &[
        one(Nothing),
        one(Last1),
        wide(Last2, Nothing),
        wide(Last3, Nothing),
        one(Last4),
        one(Last5),
        one(Last6),
        one(Last8),
        wide(Word, Nothing),
        two(Word, Before),
        two(Word, Form4),
        wide(Char1, Nothing),
        one(Char2),
        wide(Bracket, Last2),
        one(Char3),
        one(Form8),
        one(Form12),
        two(Shape6, Last1),
        two(Run, Last1),
        two(Token, TokenBefore),
        one(CharGap),
        two(Follow1, Last1),
        two(Follow2, Last2),
        two(Before, Last1),
        one(Back23),
        two(FieldAbove, Last1),
        two(FieldAbove, Field),
        two(Token, FieldAbove),
        two(Expected, Last1),
        two(Column, Last1),
        two(Column, Above),
        two(Above, Last2),
    ],
    script_sets: &[
        Set::Match,
        Set::Byte2,
        Set::Classes,
        Set::Hits,
        Set::Byte,
        Set::Expected,
    ],
    data: &[
        one(Nothing),
        one(Last1),
        wide(Last2, Nothing),
        one(Last3),
        one(Last4),
        one(Last5),
        one(Last6),
        one(Last8),
        one(Word),
        two(Word, Before),
        one(Back2),
        one(Back3),
        one(Back23),
        two(Last1, Back3),
        two(Last1, Back34),
        one(Form8),
        two(Shape6, Last1),
        two(Run, Last1),
        two(Token, Last1),
        two(Follow1, Last1),
        two(Follow2, Last2),
        two(Expected, Last1),
        two(Column, Last1),
        two(Column, Above),
        two(Above, Last1),
        two(Above, Last2),
    ],
    all_run: true,
    sets: &[
        Set::Match,
        Set::Classes,
        Set::Hits,
        Set::Byte,
        Set::Form,
        Set::Expected,
    ],
    refiners: &[refiner::Kind::Order1, refiner::Kind::Order2],
    least: &[5, 8],
    sure: (32, 400),
    line_bits: 23,
    ..STRONG
};

impl Settings {
    pub(crate) fn parse(text: &str) -> Result<Settings, Error> {
        let (name, bits) = size::split("mix2", NAMES, text)?;
        let settings = match name {
            "fast" => FAST,
            "default" => DEFAULT,
            "strong" => STRONG,
            "max" => MAX,
            "swift" => SWIFT,
            "swift-2" => SWIFT_2,
            "default-2" => DEFAULT_2,
            "strong-2" => STRONG_2,
            "strong-3" => STRONG_3,
            "lines" => LINES,
            _ => return Err(size::wrong("mix2", NAMES, text)),
        };
        Ok(match bits {
            None => settings,
            // Who names a size gets it.
            Some(line_bits) => Settings {
                line_bits,
                table_bits: 24,
                ..settings
            },
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

    /// Pairs of inputs, with so many contexts, `runs` of which tell their runs: these, then the
    /// match models, the first beside a foreign prediction, then the runs, then what is foreseen.
    pub(crate) fn inputs(&self, contexts: usize, runs: usize) -> usize {
        let others = self.least.len() + usize::from(self.foresight);
        contexts / 2 + others + runs.div_ceil(2)
    }

    /// log₂ of the lines of the table for data of that structure.
    pub(crate) fn lines(&self, structure: &Structure) -> u32 {
        match structure {
            s if s.text && s.codes == Codes::NONE => self.line_bits.min(self.table_bits),
            _ => self.line_bits,
        }
    }

    /// The weight sets for data of that structure.
    pub(crate) fn sets(&self, structure: &Structure) -> &'static [Set] {
        if structure.script {
            self.script_sets
        } else if structure.text || structure.codes != Codes::NONE {
            self.sets
        } else {
            self.data_sets
        }
    }

    /// The contexts for data of that structure.
    pub(crate) fn contexts(&self, structure: &Structure) -> Vec<Context> {
        let list = match structure {
            s if s.codes != Codes::NONE => self.prose,
            s if s.script => self.script,
            s if s.text => self.table,
            s if has_grid(s) => self.laid.unwrap_or(self.data),
            _ => self.data,
        };
        let mut contexts = list.to_vec();
        if self.grid && has_grid(structure) {
            contexts.extend(GRID);
        }
        for context in &mut contexts {
            context.run |= self.all_run && !context.is_direct();
        }
        contexts
    }

    /// Contexts whose runs are told, at most.
    fn runs(&self) -> usize {
        let marked = |list: &&[Context]| {
            let told = list
                .iter()
                .filter(|c| c.run || self.all_run && !c.is_direct());
            told.count()
        };
        let lists = [self.prose, self.table, self.script, self.data];
        let most = lists.iter().map(marked).max().unwrap_or(0);
        most + if self.all_run { GRID.len() } else { 0 }
    }

    /// Bytes that a model may take, whatever the structure.
    pub(crate) fn memory(&self) -> u64 {
        let lists = [self.prose, self.table, self.script, self.data];
        let most = lists.iter().map(|list| list.len()).max().unwrap_or(0);
        let contexts = most + GRID.len();
        let matches = self.least.len() as u64;
        /// Tables of 512 bytes a context and half, and what is kept of a nibble.
        const A_CONTEXT: u64 = 2 * 512 + 256;
        /// The model itself.
        const REST: u64 = 64 << 10;
        Lines::bytes(self.line_bits)
            + Ring::bytes(self.past_bits)
            + matches * Matching::bytes(self.place_bits)
            + [self.sets, self.script_sets, self.data_sets]
                .map(|sets| Weights::bytes(sets, self.inputs(contexts, contexts)))
                .into_iter()
                .max()
                .unwrap_or(0)
            + Runs::bytes(self.runs())
            + (self.refiners.iter().map(|r| Apm::bytes(r.rows()))).sum::<u64>()
            + Past::BYTES
            + if self.foresight { Foresight::BYTES } else { 0 }
            + contexts as u64 * A_CONTEXT
            + REST
    }
}

/// Whether there is a layout to make contexts of.
pub(crate) fn has_grid(structure: &Structure) -> bool {
    structure.row > 0 || structure.unit > 1
}
