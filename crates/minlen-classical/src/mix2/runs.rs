//! Runs: in some contexts, which symbol came last, and how often in a row.
//!
//! (The run model of Mahoney's PAQ7 and 8.) A bit history knows how often each bit came; that one
//! and the same symbol always did, and which, is told only by a run.

use crate::kernels::{Pair, Zeroed, prefetch};
use crate::mixing::journal::Journal;
use crate::mixing::logistic::Logistic;
use crate::mixing::trust::{self, Trust};

/// log₂ of the places of a context.
const PLACE_BITS: u32 = 20;
/// Classes of lengths.
const CLASSES: usize = 16;

/// The runs of several contexts.
#[derive(Clone)]
pub(crate) struct Runs {
    /// For each context 2^PLACE_BITS places: from the lowest bit on, the last symbol, in 8 bits the
    /// length of its run (0: never), and in the highest 12 bits of the hash.
    places: Zeroed<u32>,
    /// Where each context's present place is.
    at: Vec<usize>,
    checks: Vec<u32>,
    now: Vec<u32>,
    /// By context and class of length (16 context + class).
    trust: Vec<Trust>,
    /// Places that were overwritten.
    journal: Journal<u32>,
}

impl Runs {
    pub(crate) const fn bytes(contexts: usize) -> u64 {
        Zeroed::<u32>::bytes(contexts << PLACE_BITS)
    }

    pub(crate) fn new(contexts: usize) -> Runs {
        let trust = (0..contexts).flat_map(|_| (0..CLASSES).map(Trust::of_class));
        Runs {
            places: Zeroed::reserved(contexts << PLACE_BITS),
            at: vec![0; contexts],
            checks: vec![0; contexts],
            now: vec![0; contexts],
            trust: trust.collect(),
            journal: Journal::default(),
        }
    }

    /// From here on there is a way back.
    pub(crate) fn mark(&mut self) {
        self.journal.mark();
    }

    /// Back to the mark, where all was as in `to`.
    pub(crate) fn go_back(&mut self, to: &Runs) {
        self.journal.undo(&mut self.places);
        self.at.copy_from_slice(&to.at);
        self.checks.copy_from_slice(&to.checks);
        self.now.copy_from_slice(&to.now);
        self.trust.copy_from_slice(&to.trust);
    }

    /// Context i's hash is `hash`.
    #[inline]
    pub(crate) fn aim(&mut self, i: usize, hash: u32) {
        self.at[i] = i << PLACE_BITS | (hash >> (32 - PLACE_BITS)) as usize;
        self.checks[i] = (hash & 0xfff) << 20;
        prefetch(&self.places, self.at[i]);
    }

    /// Reads the places.
    #[inline]
    pub(crate) fn read(&mut self) {
        for ((now, &at), &check) in self.now.iter_mut().zip(&self.at).zip(&self.checks) {
            let place = self.places[at];
            *now = if place & 0xfff0_0000 == check {
                place & 0xfffff
            } else {
                0
            };
        }
    }

    /// The nibble that a run expects, unless there is none or the high one came otherwise.
    #[inline]
    fn nibble(now: u32, half: usize, high: u8) -> Option<u8> {
        match now >> 8 {
            0 => None,
            _ => trust::nibble(now as u8, half, high),
        }
    }

    /// Where trust in context i's run is.
    #[inline]
    fn row(i: usize, now: u32) -> usize {
        i * CLASSES + ((now >> 8) as usize).min(CLASSES - 1)
    }

    /// The inputs of the mixer: context i's at `inputs[i / 2]`, even or odd places.
    #[inline]
    pub(crate) fn input(&self, half: usize, high: u8, logistic: &Logistic, inputs: &mut [Pair]) {
        inputs.fill(Pair::ZERO);
        for (i, &now) in self.now.iter().enumerate() {
            let (pair, side) = (&mut inputs[i / 2], i % 2);
            if let Some(nibble) = Runs::nibble(now, half, high) {
                self.trust[Runs::row(i, now)].input(half, nibble, logistic, pair, side);
            }
        }
    }

    /// The nibble was `nibble`.
    #[inline]
    pub(crate) fn learn(&mut self, half: usize, high: u8, nibble: u8) {
        for (i, &now) in self.now.iter().enumerate() {
            if let Some(expected) = Runs::nibble(now, half, high) {
                self.trust[Runs::row(i, now)].learn(half, expected, nibble);
            }
        }
    }

    /// The symbol was `s`.
    #[inline]
    pub(crate) fn push(&mut self, s: u8) {
        for ((&now, &at), &check) in self.now.iter().zip(&self.at).zip(&self.checks) {
            let n = now >> 8;
            let n = if n > 0 && now as u8 == s {
                (n + 1).min(255)
            } else {
                1
            };
            self.journal.keep(&self.places, at);
            self.places[at] = check | n << 8 | u32::from(s);
        }
    }
}
