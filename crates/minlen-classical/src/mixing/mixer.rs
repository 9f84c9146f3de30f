//! Which weights: the sets of the mixer.
//!
//! Each set holds one row of weights for every value of something known, and the row that fits
//! the moment mixes all inputs (Mahoney's gated mixing, PAQ6 onwards; Mattern, *Mixing strategies
//! in data compression*, DCC 2012). A last layer mixes the sets, unless there is only one.
//! High and low nibbles never share a row, so that learning the high nibble of a byte cannot change
//! what was predicted of its low nibble.

use crate::kernels::{Pair, Zeroed};

/// A way to choose a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// The match class in four steps, and the high nibble.
    Match,
    /// The same, and the coarse class of the last byte.
    MatchCoarse,
    /// Coarse classes of the last three bytes.
    Classes,
    /// How many contexts have been seen before.
    Hits,
    /// The last byte.
    Byte,
    /// The byte before the last.
    Byte2,
    /// The byte before that.
    Byte3,
    /// The match class.
    Length,
    /// The last three classes, collapsed.
    Form,
    /// The byte that the match model expects.
    Expected,
    /// The innermost open bracket.
    Bracket,
}

/// What rows are chosen by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    /// 0 for high nibbles, 1 for low ones.
    pub(crate) half: usize,
    /// 0 for high nibbles, 1 + the high nibble for low ones.
    pub(crate) place: usize,
    /// The class of the present match: see [`class`](super::trust::class).
    pub(crate) match_class: usize,
    /// 0, or 1 + the expected byte.
    pub(crate) expected: usize,
    /// Contexts whose cell has been used before.
    pub(crate) hits: usize,
    /// The last bytes, the newest lowest.
    pub(crate) last: u64,
    /// See [`History::coarse`](super::history::History::coarse).
    pub(crate) coarse: usize,
    /// The last three classes, collapsed.
    pub(crate) form: usize,
    /// The innermost open bracket.
    pub(crate) bracket: usize,
}

impl Moment {
    /// The match class in four steps.
    #[inline]
    fn step(&self) -> usize {
        match self.match_class {
            0 => 0,
            1..=8 => 1,
            9..=12 => 2,
            _ => 3,
        }
    }
}

/// Most hits that are told apart.
const HITS: usize = 63;

impl Set {
    /// Values of what it chooses by, times two for the halves (`Match` and `MatchCoarse`: 17 places
    /// instead).
    const fn rows(self) -> usize {
        match self {
            Set::Match => 4 * 17,
            Set::MatchCoarse => 4 * 8 * 17,
            Set::Classes => 2 * 512,
            Set::Hits => 2 * (HITS + 1),
            Set::Byte | Set::Byte2 | Set::Byte3 | Set::Bracket => 2 * 256,
            Set::Length => 2 * 16,
            Set::Form => 2 * 4096,
            Set::Expected => 2 * 257,
        }
    }

    #[inline]
    fn row(self, m: &Moment) -> usize {
        let byte = |n: u32| (m.last >> (8 * n)) as usize & 255;
        let value = match self {
            Set::Match => return 17 * m.step() + m.place,
            Set::MatchCoarse => return 17 * (8 * m.step() + (m.coarse >> 6)) + m.place,
            Set::Classes => m.coarse,
            Set::Hits => m.hits.min(HITS),
            Set::Byte => byte(0),
            Set::Byte2 => byte(1),
            Set::Byte3 => byte(2),
            Set::Length => m.match_class,
            Set::Form => m.form,
            Set::Expected => m.expected,
            Set::Bracket => m.bracket,
        };
        2 * value + m.half
    }
}

/// All weights of a mixer, as differences from what they are at first.
#[derive(Clone)]
pub(crate) struct Weights {
    /// One row after the other, set after set.
    pub(crate) sets: Zeroed<Pair>,
    /// The last layer: one row a half.
    pub(crate) last: Zeroed<Pair>,
    /// Each set and the number of its first row.
    choices: Vec<(Set, usize)>,
    /// Pairs of inputs.
    inputs: usize,
    kept: Kept,
}

/// Rows as they were at a mark. A row serves many symbols, so each is kept once.
#[derive(Default)]
struct Kept {
    on: bool,
    /// Where the rows that were overwritten begin, and of all rows whether they were.
    rows: Vec<usize>,
    is_kept: Vec<bool>,
    /// Their weights, one row after the other.
    old: Vec<Pair>,
}

impl Clone for Kept {
    /// Copies are not marked.
    fn clone(&self) -> Kept {
        Kept::default()
    }
}

impl Weights {
    /// Bytes taken, with so many pairs of inputs.
    pub(crate) fn bytes(sets: &[Set], inputs: usize) -> u64 {
        let rows: usize = sets.iter().map(|s| s.rows()).sum();
        Zeroed::<Pair>::bytes(rows * inputs) + Zeroed::<Pair>::bytes(sets.len())
    }

    pub(crate) fn new(sets: &[Set], inputs: usize) -> Weights {
        let mut rows = 0;
        let mut choices = Vec::new();
        for &set in sets {
            choices.push((set, rows));
            rows += set.rows();
        }
        Weights {
            sets: Zeroed::new(rows * inputs),
            last: Zeroed::new(sets.len()),
            choices,
            inputs,
            kept: Kept::default(),
        }
    }

    /// Where the rows for this moment begin in `sets`.
    #[inline]
    pub(crate) fn choose(&self, m: &Moment, rows: &mut [usize]) {
        for (row, (set, first)) in rows.iter_mut().zip(&self.choices) {
            *row = (first + set.row(m)) * self.inputs;
        }
    }

    /// From here on there is a way back.
    pub(crate) fn mark(&mut self) {
        self.kept = Kept {
            on: true,
            is_kept: vec![false; self.sets.len() / self.inputs.max(1)],
            ..Kept::default()
        };
    }

    /// These rows are about to be overwritten.
    #[inline]
    pub(crate) fn keep(&mut self, rows: &[usize]) {
        if self.kept.on {
            for &row in rows {
                let kept = &mut self.kept.is_kept[row / self.inputs];
                if !*kept {
                    *kept = true;
                    self.kept.rows.push(row);
                    let old = &self.sets[row..row + self.inputs];
                    self.kept.old.extend_from_slice(old);
                }
            }
        }
    }

    /// Back to the mark, where the weights were as `to`.
    pub(crate) fn go_back(&mut self, to: &Weights) {
        let n = self.inputs;
        for (&row, old) in self.kept.rows.iter().zip(self.kept.old.chunks_exact(n)) {
            self.sets[row..row + n].copy_from_slice(old);
            self.kept.is_kept[row / n] = false;
        }
        self.kept.rows.clear();
        self.kept.old.clear();
        self.last.copy_from_slice(&to.last);
    }

    /// Where the last layer's row for a half begins in `last`, and its length.
    #[inline]
    pub(crate) fn last_row(&self, half: usize) -> std::ops::Range<usize> {
        let n = self.choices.len() / 2;
        half * n..(half + 1) * n
    }
}
