//! What a line lets foresee: an input of the mixer each for [`Recall`] and [`Clock`].
//!
//! As with a match, a symbol is expected, and how likely it is to come is learnt by how it was
//! found: for recall by how far it has held and how often the link has, for the clock by the digit.
//!
//! Records of logs and JSON, each coded on its own by a model that has read as many before them, bytes of
//! codes, `strong-2` without and with both:
//!
//! | | without | with | |
//! |---|--:|--:|--:|
//! | BGL | 43,611 | 37,719 | −13.5 % |
//! | Thunderbird | 20,833 | 19,072 | −8.5 % |
//! | `random.json` | 13,379 | 12,836 | −4.1 % |
//! | `update-center.json` | 31,184 | 29,686 | −4.8 % |
//!
//! As contexts, and not as inputs of their own, they took 39,919 bytes of BGL (the clock) and 42,537
//! (recall): what a symbol is worth that is seldom expected, a context learns from few cases.
//! A weight set chosen by both instead of by the match: 0.1 to 0.6 % worse.

use super::clock::Clock;
use super::recall::Recall;
use crate::kernels::Pair;
use crate::mixing::history::is_name;
use crate::mixing::logistic::Logistic;
use crate::mixing::trust::{self, Trust};
use minlen_core::Symbol;

/// Ways in which a symbol is found, of each of the two.
const ROWS: usize = 64;
/// Where trust begins, as a class of matches.
const CLASS: usize = 2;

/// Both, and how far they are trusted.
#[derive(Clone)]
pub(crate) struct Foresight {
    recall: Recall,
    clock: Clock,
    /// What each expects, and by which row of trust.
    now: [Option<(Symbol, usize)>; 2],
    trust: [[Trust; ROWS]; 2],
}

impl Foresight {
    /// Bytes that it takes.
    pub(crate) const BYTES: u64 = Recall::BYTES + (2 * 16 * ROWS + 512) as u64;

    pub(crate) fn new() -> Foresight {
        Foresight {
            recall: Recall::new(),
            clock: Clock::default(),
            now: [None; 2],
            trust: [[Trust::of_class(CLASS); ROWS]; 2],
        }
    }

    /// Back to where `to` is: as a copy, without new memory.
    pub(crate) fn go_back(&mut self, to: &Foresight) {
        self.recall.go_back(&to.recall);
        (self.clock, self.now, self.trust) = (to.clock, to.now, to.trust);
    }

    /// The symbol was `s`; `seen` counts it, and `back(n)` is the n-th last, it included.
    #[inline]
    pub(crate) fn push(&mut self, s: Symbol, seen: usize, back: impl Fn(usize) -> Symbol) {
        let expected = self.now[0].map(|(e, _)| e);
        self.recall.push(s, is_name(s), seen, expected);
        self.clock.push(s);
        let distance = self.recall.distance(seen);
        self.now = [
            distance.map(|n| (back(n), self.recall.row())),
            self.clock.expected(),
        ];
    }

    /// What recall expects, as a feature.
    #[inline]
    pub(crate) fn feature(&self) -> u32 {
        self.now[0].map_or(0, |(e, row)| (row as u32) << 9 | 256 | u32::from(e))
    }

    /// The inputs of the mixer: recall's at even places, the clock's at odd ones.
    #[inline]
    pub(crate) fn input(&self, half: usize, high: u8, logistic: &Logistic, pair: &mut Pair) {
        *pair = Pair::ZERO;
        for (side, (now, trust)) in self.now.iter().zip(&self.trust).enumerate() {
            if let Some((e, row)) = now
                && let Some(nibble) = trust::nibble(*e, half, high)
            {
                trust[*row].input(half, nibble, logistic, pair, side);
            }
        }
    }

    /// The nibble was `nibble`.
    #[inline]
    pub(crate) fn learn(&mut self, half: usize, high: u8, nibble: u8) {
        for (now, trust) in self.now.iter().zip(&mut self.trust) {
            if let Some((e, row)) = now
                && let Some(expected) = trust::nibble(*e, half, high)
            {
                trust[*row].learn(half, expected, nibble);
            }
        }
    }
}
