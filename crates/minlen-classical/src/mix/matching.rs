//! The match model: what followed the last time that the same bytes occurred.
//!
//! (Long-range prediction by a pointer into the past: Mahoney's lpaq and PAQ; Gilchrist's and
//! Bunton's work before.) A table remembers after which position each run of [`LEAST`] bytes was
//! last seen. While a match holds, the byte at its pointer is expected; the first byte that comes
//! otherwise ends it.

use super::logistic::Logistic;
use crate::kernels::{Pair, prefetch};

/// Bytes that must agree for a match to begin.
const LEAST: usize = 6;
/// Lengths are counted up to this.
const MOST: u32 = 400;
/// Length classes; class 0 is no match.
pub(crate) const CLASSES: usize = 16;
/// log₂ of the first number of places.
const FIRST_BITS: u32 = 10;
/// Trust moves by 2^−RATE of the way.
const RATE: u32 = 6;

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
    /// In units of 2⁻¹⁶, how likely an expected bit is to come: by class and last byte
    /// (256 class + byte), then by half and depth (4 half + depth).
    trust: Vec<[u16; 8]>,
}

impl Matching {
    /// Bytes taken at most: also while `past` and `places` grow.
    pub(crate) const fn bytes(past_bits: u32) -> u64 {
        let past = (1u64 << past_bits) * 3 / 2;
        let places = (4u64 << (past_bits - 2)) * 5 / 4;
        past + places + 16 * 256 * CLASSES as u64
    }

    pub(crate) fn new(past_bits: u32) -> Matching {
        let trust = (0..CLASSES).flat_map(|c| [[65535 - (1 << 15) / (1 + 2 * c as u16); 8]; 256]);
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

    /// The class of the present match: 0 for none; 1 + ⌊length / 2⌋, at most 8, below 16; then
    /// 9–15 from 16, 24, 32, 48, 96, 192 and 400 on.
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

    /// The expected nibble of this half, unless the high one came otherwise.
    #[inline]
    fn nibble(&self, half: usize, high: u8) -> Option<u8> {
        let e = self.expected()?;
        match half {
            0 => Some(e >> 4),
            _ => (e >> 4 == high).then_some(e & 15),
        }
    }

    #[inline]
    fn row(&self) -> usize {
        256 * self.class() + usize::from(self.back(1))
    }

    /// The input of the mixer, at even places: ± the stretch of the trust along the path to the
    /// expected nibble, + where a 1 is expected; 0 elsewhere.
    #[inline]
    pub(crate) fn input(&self, half: usize, high: u8, logistic: &Logistic) -> Pair {
        let mut pair = Pair::ZERO;
        if let Some(nibble) = self.nibble(half, high) {
            let full = 16 + usize::from(nibble);
            let trust = &self.trust[self.row()];
            for depth in 0..4 {
                let st = logistic.stretch(trust[4 * half + depth]);
                let one = full >> (3 - depth) & 1 == 1;
                pair.0[2 * (full >> (4 - depth) & 15)] = if one { st } else { -st };
            }
        }
        pair
    }

    /// The nibble was `nibble`: the trust t in each expected bit moves up by ⌈(65535 − t) / 2⁶⌉
    /// when the bit came, down by ⌊t / 2⁶⌋ when it did not; bits after that were not asked.
    #[inline]
    pub(crate) fn learn(&mut self, half: usize, high: u8, nibble: u8) {
        if let Some(e) = self.nibble(half, high) {
            let row = self.row();
            for depth in 0..4 {
                let t = &mut self.trust[row][4 * half + depth];
                if (e ^ nibble) >> (3 - depth) & 1 != 0 {
                    *t -= *t >> RATE;
                    break;
                }
                *t += ((65535 - u32::from(*t) + 63) >> RATE) as u16;
            }
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
