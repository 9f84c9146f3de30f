//! The match model: what followed the last time that the same bytes occurred.

use super::logistic::Logistic;
use crate::kernels::{Lanes, PATHS, Pair, prefetch};

/// Bytes that must agree for a match to begin.
pub(crate) static LEASTX: std::sync::LazyLock<usize> = std::sync::LazyLock::new(|| super::model::env("LEAST", 6) as usize);
/// Lengths are counted up to this.
const MOST: u32 = 400;
/// Length classes; class 0 is no match.
pub(crate) const CLASSES: usize = 16;

/// log₂ of the first number of places remembered.
const FIRST_BITS: u32 = 10;

/// The past and where in it each run of [`LEAST`] bytes was last seen.
#[derive(Clone)]
pub(crate) struct Matching {
    /// The last bytes: a ring once it has its full size.
    past: Vec<u8>,
    past_bits: u32,
    /// Bytes seen.
    seen: usize,
    /// After a hash of the last bytes: the position that followed, plus one; 0 is never.
    places: Vec<u32>,
    place_bits: u32,
    /// Position of the predicted byte, when `length` > 0.
    from: usize,
    length: u32,
    /// Probability that the expected bit comes, by class, half and depth: 16 bits.
    trust: Vec<[u16; 8]>,
    /// The expected byte.
    expected: u8,
}

impl Matching {
    pub(crate) const fn bytes(past_bits: u32) -> u64 {
        (1 << past_bits) + (4 << (past_bits - 2)) + 4096
    }

    pub(crate) fn new(past_bits: u32) -> Matching {
        Matching {
            past: Vec::new(),
            past_bits,
            seen: 0,
            places: vec![0; 1 << FIRST_BITS],
            place_bits: FIRST_BITS,
            from: 0,
            length: 0,
            trust: (0..CLASSES * 256).map(|c| [65535 - (1 << 15) / (1 + (c / 256) as u16 * 2); 8]).collect(),
            expected: 0,
        }
    }

    /// The byte `back` places before the next one (1 is the last), or 0 before the beginning.
    #[inline]
    pub(crate) fn back(&self, back: usize) -> u8 {
        if back > self.seen || back > self.past.len() || back == 0 {
            return 0;
        }
        self.past[(self.seen - back) & ((1 << self.past_bits) - 1)]
    }

    #[inline]
    fn slot(&self, last: u64) -> usize {
        let key = last & ((1 << (8 * *LEASTX)) - 1);
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - self.place_bits)) as usize
    }

    /// The class of the present match: 0 for none, then by length.
    #[inline]
    pub(crate) fn class(&self) -> usize {
        match self.length {
            0 => 0,
            n @ 1..=15 => (1 + n as usize / 2).min(8),
            16..=23 => 9,
            24..=31 => 10,
            32..=47 => 11,
            48..=95 => 12,
            96..=191 => 13,
            192..=399 => 14,
            _ => 15,
        }
    }

    /// The byte expected next; `None` without a match.
    #[inline]
    pub(crate) fn expected(&self) -> Option<u8> {
        (self.length > 0).then_some(self.expected)
    }

    fn trust_row(&self) -> usize {
        self.class() * 256 + match super::model::X[5].max(0) { 0 => 0, 1 => usize::from(self.expected), 2 => usize::from(self.back(1)), _ => self.length.min(255) as usize }
    }

    /// The expected nibble of this half, as long as the first did not come otherwise.
    #[inline]
    fn expected_nibble(&self, half: usize, high: u8) -> Option<u8> {
        let e = self.expected()?;
        if half == 0 {
            Some(e >> 4)
        } else {
            (e >> 4 == high).then_some(e & 15)
        }
    }

    /// The input of the mixer: ± trust along the path to the expected nibble, 0 elsewhere.
    #[inline]
    pub(crate) fn input(&self, half: usize, high: u8, logistic: &Logistic) -> Pair {
        let mut pair = Pair::ZERO;
        if let Some(nibble) = self.expected_nibble(half, high) {
            let path: &Lanes<u8> = &PATHS[usize::from(nibble)];
            let mut node = 1;
            for depth in 0..4 {
                let p = self.trust[self.trust_row()][4 * half + depth];
                let st = logistic.stretch(p);
                let one = path[node] == 2;
                pair.0[2 * node] = if one { st } else { -st };
                node = 2 * node + usize::from(one);
            }
        }
        pair
    }

    /// Learns how far to trust matches of this length.
    #[inline]
    pub(crate) fn learn(&mut self, half: usize, high: u8, nibble: u8) {
        if let Some(e) = self.expected_nibble(half, high) {
            let class = self.trust_row();
            for depth in 0..4 {
                let p = &mut self.trust[class][4 * half + depth];
                let agree = (e ^ nibble) >> (3 - depth) & 1 == 0;
                if agree {
                    *p += (65535 - *p) >> 6;
                } else {
                    *p -= *p >> 6;
                    break;
                }
            }
        }
    }

    /// Starts loading what [`Matching::push`] will look up.
    #[inline]
    pub(crate) fn prefetch(&self, last: u64) {
        prefetch(&self.places, self.slot(last));
    }

    /// The byte was `s`; `last` holds the last 8 bytes including it, the newest lowest.
    pub(crate) fn push(&mut self, s: u8, last: u64) {
        let mask = (1usize << self.past_bits) - 1;
        if self.past.len() <= mask {
            self.past.push(s);
        } else {
            self.past[self.seen & mask] = s;
        }
        if self.length > 0 && self.expected == s {
            self.length = (self.length + 1).min(MOST);
            self.from += 1;
        } else {
            self.length = 0;
        }
        self.seen += 1;
        if self.seen >= *LEASTX {
            if self.seen == self.places.len() && self.place_bits < self.past_bits - 2 {
                self.grow();
            }
            let slot = self.slot(last);
            if self.length == 0 {
                self.from = (self.places[slot] as usize).wrapping_sub(1);
                if self.places[slot] > 0 && self.seen - self.from <= mask {
                    let mut n = 0;
                    while n < MOST as usize
                        && n < self.from
                        && self.seen - self.from + n < mask
                        && self.back(n + 1) == self.past[(self.from - 1 - n) & mask]
                    {
                        n += 1;
                    }
                    self.length = if n < *LEASTX { 0 } else { n as u32 };
                }
            }
            self.places[slot] = self.seen as u32 + 1;
        }
        if self.length > 0 {
            // The ring may have overtaken a long match.
            if self.seen - self.from > mask {
                self.length = 0;
            } else {
                self.expected = self.past[self.from & mask];
            }
        }
    }

    /// Four times the places; those of the past are entered again, oldest first.
    fn grow(&mut self) {
        self.place_bits = (self.place_bits + 2).min(self.past_bits - 2);
        self.places = vec![0; 1 << self.place_bits];
        let mut last = 0u64;
        for (i, &s) in self.past.iter().enumerate().take(self.seen - 1) {
            last = last << 8 | u64::from(s);
            if i + 1 >= *LEASTX {
                let slot = self.slot(last);
                self.places[slot] = i as u32 + 2;
            }
        }
    }
}
