//! The match model: what followed the last time that the same bytes occurred.
//!
//! (Long-range prediction by a pointer into the past: Mahoney's lpaq and PAQ; Gilchrist's and
//! Bunton's work before.) A table remembers after which position each run of [`LEAST`] bytes was
//! last seen. While a match holds, the byte at its pointer is expected; the first byte that comes
//! otherwise ends it.

use crate::kernels::{Pair, prefetch};
use crate::mixing::logistic::Logistic;
use crate::mixing::trust::{self, CLASSES, Trust};

/// Bytes that must agree for a match to begin.
const LEAST: usize = 6;
/// Lengths are counted up to this.
const MOST: u32 = 400;
/// log₂ of the first number of places.
const FIRST_BITS: u32 = 10;

/// The past, and where in it to look.
#[derive(Clone)]
pub(crate) struct Matching {
    /// The last 2^`past_bits` bytes: a ring once it has its full size.
    past: Vec<u8>,
    past_bits: u32,
    /// Bytes seen.
    seen: usize,
    /// By the hash of the last [`LEAST`] bytes: 8 more bits of the hash, and the low 24 bits of
    /// the position that followed; 0 is never.
    /// Four times as many places whenever as many bytes have been seen, up to a quarter of the
    /// ring's size.
    places: Vec<u32>,
    place_bits: u32,
    /// Position of the expected byte while `length` > 0.
    from: usize,
    /// Bytes that agree, at most [`MOST`]; 0 without a match.
    length: u32,
    /// The expected byte while `length` > 0.
    expected: u8,
    /// How likely what is expected is to come: by class and last byte (256 class + byte).
    trust: Vec<Trust>,
}

impl Matching {
    /// Bytes taken at most: also while `past` and `places` grow.
    pub(crate) const fn bytes(past_bits: u32) -> u64 {
        let past = (1u64 << past_bits) * 3 / 2;
        let places = (4u64 << (past_bits - 2)) * 5 / 4;
        past + places + 16 * 256 * CLASSES as u64
    }

    pub(crate) fn new(past_bits: u32) -> Matching {
        let trust = (0..CLASSES).flat_map(|c| [Trust::of_class(c); 256]);
        Matching {
            past: Vec::new(),
            past_bits,
            seen: 0,
            places: vec![0; 1 << FIRST_BITS],
            place_bits: FIRST_BITS,
            from: 0,
            length: 0,
            expected: 0,
            trust: trust.collect(),
        }
    }

    /// The byte `n` places before the next one (1 is the last); 0 for n = 0 and before the
    /// beginning or the ring's.
    #[inline]
    pub(crate) fn back(&self, n: usize) -> u8 {
        if n == 0 || n > self.past.len() {
            return 0;
        }
        self.past[(self.seen - n) & ((1 << self.past_bits) - 1)]
    }

    /// Of the product of the last [`LEAST`] bytes, as a number with the newest byte lowest, and
    /// 0x9e3779b97f4a7c15, modulo 2⁶⁴: the high `place_bits` bits, and the 8 bits below them.
    #[inline]
    fn slot(&self, last: u64) -> (usize, u32) {
        let key = last & ((1 << (8 * LEAST)) - 1);
        let bits = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (56 - self.place_bits);
        ((bits >> 8) as usize, (bits & 255) as u32)
    }

    /// The class of the present match: see [`trust::class`].
    #[inline]
    pub(crate) fn class(&self) -> usize {
        trust::class(self.length)
    }

    /// The byte expected next; `None` without a match.
    #[inline]
    pub(crate) fn expected(&self) -> Option<u8> {
        (self.length > 0).then_some(self.expected)
    }

    /// The expected nibble of this half, unless the high one came otherwise.
    #[inline]
    fn nibble(&self, half: usize, high: u8) -> Option<u8> {
        trust::nibble(self.expected()?, half, high)
    }

    #[inline]
    fn row(&self) -> usize {
        256 * self.class() + usize::from(self.back(1))
    }

    /// The input of the mixer, at even places; 0 where nothing is expected.
    #[inline]
    pub(crate) fn input(&self, half: usize, high: u8, logistic: &Logistic) -> Pair {
        let mut pair = Pair::ZERO;
        if let Some(nibble) = self.nibble(half, high) {
            self.trust[self.row()].input(half, nibble, logistic, &mut pair, 0);
        }
        pair
    }

    /// The nibble was `nibble`.
    #[inline]
    pub(crate) fn learn(&mut self, half: usize, high: u8, nibble: u8) {
        if let Some(expected) = self.nibble(half, high) {
            let row = self.row();
            self.trust[row].learn(half, expected, nibble);
        }
    }

    /// Starts loading what [`Matching::push`] will look up.
    #[inline]
    pub(crate) fn prefetch(&self, last: u64) {
        prefetch(&self.places, self.slot(last).0);
    }

    /// The byte was `s`; `last` holds the last 8 bytes with it, the newest lowest.
    pub(crate) fn push(&mut self, s: u8, last: u64) {
        let mask = (1usize << self.past_bits) - 1;
        if self.past.len() <= mask {
            self.past.push(s);
        } else {
            self.past[self.seen & mask] = s;
        }
        self.seen += 1;
        if self.length > 0 && self.expected == s {
            self.length = (self.length + 1).min(MOST);
            self.from += 1;
        } else {
            self.length = 0;
        }
        if self.seen < LEAST {
            return;
        }
        if self.seen == self.places.len() && self.place_bits < self.past_bits - 2 {
            self.grow();
        }
        let (slot, check) = self.slot(last);
        let place = self.places[slot];
        if self.length == 0 && place != 0 && place >> 24 == check {
            let distance = self.seen.wrapping_sub(place as usize) & 0xff_ffff;
            if (1..=mask.min(self.seen)).contains(&distance) {
                self.from = self.seen - distance;
                self.length = self.agreeing(distance, mask);
            }
        }
        self.places[slot] = entry(check, self.seen);
        if self.length > 0 {
            if self.seen - self.from > mask {
                self.length = 0; // the ring has overtaken it
            } else {
                self.expected = self.past[self.from & mask];
            }
        }
    }

    /// How many bytes agree with those `distance` before: at most [`MOST`], 0 when fewer than
    /// [`LEAST`].
    fn agreeing(&self, distance: usize, mask: usize) -> u32 {
        let most = (MOST as usize).min(self.from).min(mask - distance);
        let n = (1..=most)
            .take_while(|&n| self.back(n) == self.back(n + distance))
            .count();
        if n < LEAST { 0 } else { n as u32 }
    }

    /// Four times the places; the past is entered again, oldest first.
    fn grow(&mut self) {
        self.place_bits = (self.place_bits + 2).min(self.past_bits - 2);
        self.places = vec![0; 1 << self.place_bits];
        let mut last = 0u64;
        for (i, &s) in self.past.iter().enumerate().take(self.seen - 1) {
            last = last << 8 | u64::from(s);
            if i + 1 >= LEAST {
                let (slot, check) = self.slot(last);
                self.places[slot] = entry(check, i + 1);
            }
        }
    }
}

/// What `places` holds: 8 bits of hash, so that most strangers are told without a look at the
/// past (a cache miss), above the low 24 bits of the position.
#[inline]
fn entry(check: u32, position: usize) -> u32 {
    check << 24 | position as u32 & 0xff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_repeats_also_round_the_ring() {
        let mut m = Matching::new(12);
        let mut r = minlen_core::Random::new(2);
        let block: Vec<u8> = (0..1500).map(|_| r.next_u64() as u8).collect();
        let (mut last, mut right, mut wrong) = (0u64, 0, 0);
        for _ in 0..12 {
            for &s in &block {
                match m.expected() {
                    Some(e) if e == s => right += 1,
                    Some(_) => wrong += 1,
                    None => {}
                }
                last = last << 8 | u64::from(s);
                m.push(s, last);
            }
        }
        assert!(right > 1480 * 11, "{right}");
        assert!(wrong < 30, "{wrong}");
    }
}
