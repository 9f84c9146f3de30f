//! The match model: what followed the last time that the same symbols occurred.
//!
//! (Long-range prediction by a pointer into the past: Mahoney's lpaq and PAQ; Gilchrist's and
//! Bunton's work before.) A table remembers after which position each run of `least` symbols was
//! last seen, and what followed. While a match holds, the symbol at its pointer is expected; the
//! first that comes otherwise ends it.

use crate::kernels::{Pair, Zeroed, prefetch};
use crate::mixing::journal::Journal;
use crate::mixing::logistic::Logistic;
use crate::mixing::trust::{self, CLASSES, Trust};
use minlen_core::Nodes;

/// Lengths are counted up to this.
const MOST: u32 = 400;
/// Lengths from which on runs of right matches are counted.
const LONG: u32 = 16;
/// log₂ of the first number of places.
const FIRST_BITS: u32 = 10;
/// Counters of runs of right matches.
const RUNS: usize = 1 << 18;

/// The past symbols.
#[derive(Clone)]
pub(crate) struct Ring {
    /// The last 2^`bits` symbols: a ring once it has its full size.
    past: Vec<u8>,
    bits: u32,
    /// Symbols seen.
    seen: usize,
}

impl Ring {
    /// Back to where the ring was as `to`.
    pub(crate) fn go_back(&mut self, to: &Ring) {
        if self.seen == self.past.len() {
            self.past.truncate(to.past.len());
        } else {
            // It has overwritten symbols.
            self.past.clone_from(&to.past);
        }
        self.seen = to.seen;
    }

    pub(crate) fn new(bits: u32) -> Ring {
        Ring {
            past: Vec::new(),
            bits,
            seen: 0,
        }
    }

    pub(crate) const fn bytes(bits: u32) -> u64 {
        (1u64 << bits) * 3 / 2
    }

    #[inline]
    pub(crate) fn push(&mut self, s: u8) {
        let mask = (1usize << self.bits) - 1;
        if self.past.len() <= mask {
            self.past.push(s);
        } else {
            self.past[self.seen & mask] = s;
        }
        self.seen += 1;
    }

    /// Starts loading the symbol `n` places before the next one.
    #[inline]
    fn prefetch(&self, n: usize) {
        prefetch(&self.past, (self.seen - n) & ((1 << self.bits) - 1));
    }

    /// The symbol `n` places before the next one (1 is the last); 0 for n = 0 and before the
    /// beginning or the ring's.
    #[inline]
    pub(crate) fn back(&self, n: usize) -> u8 {
        if n == 0 || n > self.past.len() {
            return 0;
        }
        self.past[(self.seen - n) & ((1 << self.bits) - 1)]
    }
}

/// Where in the past to look.
#[derive(Clone)]
pub(crate) struct Matching {
    /// Symbols that must agree for a match to begin.
    least: u32,
    /// By the hash of `least` symbols: in the high 32 bits the position that followed, then 16 more
    /// bits of the hash, then the second symbol that followed, then the first. 0 is never.
    places: Zeroed<u64>,
    place_bits: u32,
    most_bits: u32,
    /// Where the symbols before the last one were entered.
    older: usize,
    /// Where the last symbols will be entered when it is known what follows them, and the 16 bits
    /// of their hash in place.
    newer: usize,
    check: u64,
    /// Places in use.
    used: usize,
    /// How far back the expected symbol is while `length` > 0.
    distance: usize,
    /// Symbols that agree, at most [`MOST`]; 0 without a match.
    length: u32,
    /// Whether `length` is only a belief.
    fresh: bool,
    /// The expected symbol while `length` > 0.
    expected: u8,
    /// How likely what is expected is to come: by class and last symbol (256 class + symbol), and
    /// behind these, for sure matches, by class and length of the run (see `sure_row`).
    trust: Vec<Trust>,
    /// By hash of the last symbols and the expected one: how often in a row it came, in long
    /// matches.
    runs: Vec<u16>,
    /// What was overwritten in the three tables.
    kept_places: Journal<u64>,
    kept_trust: Journal<Trust>,
    kept_runs: Journal<u16>,
}

impl Matching {
    /// From here on there is a way back.
    pub(crate) fn mark(&mut self) {
        self.kept_places.mark();
        self.kept_trust.mark();
        self.kept_runs.mark();
    }

    /// Back to the mark, where all was as in `to`.
    pub(crate) fn go_back(&mut self, to: &Matching) {
        if self.place_bits == to.place_bits {
            self.kept_places.undo(&mut self.places);
        } else {
            // It has grown: nothing is where the journal says.
            self.places = to.places.clone();
            self.place_bits = to.place_bits;
            self.kept_places.mark();
        }
        self.kept_trust.undo(&mut self.trust);
        self.kept_runs.undo(&mut self.runs);
        (self.older, self.newer, self.check) = (to.older, to.newer, to.check);
        (self.used, self.distance, self.length) = (to.used, to.distance, to.length);
        (self.fresh, self.expected) = (to.fresh, to.expected);
    }

    /// Bytes taken at most: also while `places` grow.
    pub(crate) const fn bytes(most_bits: u32) -> u64 {
        (8u64 << most_bits) * 5 / 4 + 2 * RUNS as u64 + 16 * (256 * CLASSES as u64 + 256)
    }

    pub(crate) fn new(least: u32, most_bits: u32) -> Matching {
        let trust = (0..CLASSES).flat_map(|c| [Trust::of_class(c); 256]);
        Matching {
            least,
            places: Zeroed::new(1 << FIRST_BITS),
            place_bits: FIRST_BITS,
            most_bits,
            older: 0,
            newer: 0,
            check: 0,
            used: 0,
            distance: 0,
            length: 0,
            fresh: false,
            expected: 0,
            trust: trust.chain([Trust([65535 - 64; 8]); 256]).collect(),
            runs: vec![0; RUNS],
            kept_places: Journal::default(),
            kept_trust: Journal::default(),
            kept_runs: Journal::default(),
        }
    }

    /// Of a hash of the last symbols, as a number with the newest lowest: the high `place_bits`
    /// bits, and in place the 16 bits below the highest [`FIRST_BITS`].
    #[inline]
    fn slot(&self, last: u64) -> (usize, u64) {
        const K: u64 = 0x9e37_79b9_7f4a_7c15;
        let key = last << (64 - 8 * self.least);
        let key = (key ^ key >> 31).wrapping_mul(K);
        let key = (key ^ key >> 32).wrapping_mul(K);
        let slot = (key >> (64 - self.place_bits)) as usize;
        (slot, (key >> (48 - FIRST_BITS) & 0xffff) << 16)
    }

    /// Symbols that must agree for a match to begin.
    pub(crate) fn least(&self) -> u32 {
        self.least
    }

    /// The class of the present match: see [`trust::class`].
    #[inline]
    pub(crate) fn class(&self) -> usize {
        trust::class(self.length)
    }

    /// The symbol expected next; `None` without a match.
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
    fn row(&self, last: u64) -> usize {
        256 * self.class() + (last & 255) as usize
    }

    /// The input of the mixer, at the even places of `pair`; 0 where nothing is expected, and at odd places.
    #[inline]
    pub(crate) fn input(
        &self,
        half: usize,
        high: u8,
        last: u64,
        logistic: &Logistic,
        pair: &mut Pair,
    ) {
        *pair = Pair::ZERO;
        if let Some(nibble) = self.nibble(half, high) {
            self.trust[self.row(last)].input(half, nibble, logistic, pair, 0);
        }
    }

    /// Whether the match is long and its kind has hardly ever failed here.
    #[inline]
    pub(crate) fn is_sure(&self, last: u64, length: u32, run: u16) -> bool {
        self.length >= length && self.has_run(last, run)
    }

    /// (Not inlined: else the run is loaded each time, from far.)
    #[inline(never)]
    fn has_run(&self, last: u64, run: u16) -> bool {
        self.runs[self.run(last)] >= run
    }

    /// Which run belongs to what is expected now.
    #[inline]
    fn run(&self, last: u64) -> usize {
        let key = last << 40 | u64::from(self.expected) << 8 | u64::from(self.length >= 2 * LONG);
        ((key ^ key >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 46) as usize
    }

    /// The trust row of a run.
    #[inline]
    fn sure_row(&self, last: u64) -> usize {
        let run = self.runs[self.run(last)];
        256 * CLASSES + 16 * (self.class() & 15) + (16 - run.leading_zeros() as usize).min(15)
    }

    /// What is predicted by the match alone.
    #[inline]
    pub(crate) fn nodes(&self, half: usize, last: u64) -> Nodes {
        let nibble = if half == 0 {
            self.expected >> 4
        } else {
            self.expected & 15
        };
        let trust = &self.trust[self.sure_row(last)];
        // (As one register of all nodes, written to and read back: a quarter of the time of a long match.)
        let p1 = std::array::from_fn(|depth| {
            let t = trust.0[4 * half + depth];
            let one = nibble >> (3 - depth) & 1 == 1;
            if one { t } else { t.wrapping_neg() }
        });
        Nodes::along(nibble, p1)
    }

    /// The nibble was `nibble`; `sure` tells whether it was predicted by the match alone.
    #[inline]
    pub(crate) fn learn(&mut self, half: usize, high: u8, nibble: u8, last: u64, sure: bool) {
        if let Some(expected) = self.nibble(half, high) {
            let row = if sure {
                self.sure_row(last)
            } else {
                self.row(last)
            };
            self.kept_trust.keep(&self.trust, row);
            self.trust[row].learn(half, expected, nibble);
        }
    }

    /// The symbol was `s`, after the 8 symbols `last`, the newest lowest; the ring has it already.
    ///
    /// What was entered after `last` is looked at only now that it is known what came, so that it
    /// had a symbol's time to be loaded.
    #[inline]
    pub(crate) fn push(&mut self, s: u8, last: u64, ring: &Ring) {
        if self.length >= LONG {
            let run = self.run(last);
            self.kept_runs.keep(&self.runs, run);
            self.runs[run] = if self.expected == s {
                self.runs[run].saturating_add(1)
            } else {
                0
            };
        }
        if self.length > 0 && self.expected == s {
            self.length = (self.length + 1).min(MOST);
            if self.fresh {
                self.fresh = false;
                self.length = self.agreeing(ring);
            }
            self.expected = ring.back(self.distance);
        } else {
            self.length = 0;
        }
        // What followed the symbols before the last one is now known to its second symbol.
        if ring.seen > self.least as usize + 1 {
            self.kept_places.keep(&self.places, self.older);
            let older = &mut self.places[self.older];
            *older = *older & !0xff00 | u64::from(s) << 8;
        }
        if ring.seen > self.least as usize {
            let (slot, check) = (self.newer, self.check);
            let place = self.places[slot];
            if self.length == 0 && place & 0xffff_00ff == check | u64::from(s) && place != 0 {
                let distance = (ring.seen as u32 - 1).wrapping_sub((place >> 32) as u32) as usize;
                if (1..ring.seen.min(1 << ring.bits)).contains(&distance) {
                    self.distance = distance;
                    self.length = self.least + 1;
                    self.fresh = true;
                    self.expected = if distance > 1 {
                        (place >> 8) as u8
                    } else {
                        ring.back(1)
                    };
                    ring.prefetch(distance - 1);
                }
            }
            self.used += usize::from(place == 0);
            self.kept_places.keep(&self.places, slot);
            self.places[slot] = (ring.seen as u64 - 1) << 32 | check | u64::from(s);
            self.older = slot;
            if self.used * 2 >= self.places.len() && self.place_bits < self.most_bits {
                self.grow();
            }
        }
        (self.newer, self.check) = self.slot(last << 8 | u64::from(s));
        prefetch(&self.places, self.newer);
    }

    /// Four times the places.
    fn grow(&mut self) {
        let bits = (self.place_bits + 2).min(self.most_bits);
        let mut places: Zeroed<u64> = Zeroed::new(1 << bits);
        self.used = 0;
        let mut older = self.older;
        for (slot, &place) in self.places.iter().enumerate() {
            if place != 0 {
                let first = (slot >> (self.place_bits - FIRST_BITS)) as u64;
                let known = first << 16 | (place >> 16 & 0xffff);
                let to = (known >> (FIRST_BITS + 16 - bits)) as usize;
                self.used += usize::from(places[to] == 0);
                places[to] = place;
                if slot == self.older {
                    older = to;
                }
            }
        }
        self.older = older;
        self.places = places;
        self.place_bits = bits;
    }

    /// How many symbols agree with those `distance` before: at most [`MOST`].
    fn agreeing(&self, ring: &Ring) -> u32 {
        let mask = (1usize << ring.bits) - 1;
        let most = (MOST as usize)
            .min(ring.seen - self.distance)
            .min(mask - self.distance);
        (1..=most)
            .take_while(|&n| ring.back(n) == ring.back(n + self.distance))
            .count() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minlen_core::Random;

    /// While the index grows, what followed the last symbols stays where they were entered.
    #[test]
    fn what_was_entered_last_is_known() {
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let mut ring = Ring::new(16);
            let mut matching = Matching::new(5, 14);
            let mut last = 0u64;
            for n in 1..=20_000u64 {
                let s = random.next_u64() as u8;
                ring.push(s);
                matching.push(s, last, &ring);
                last = last << 8 | u64::from(s);
                if n > 5 {
                    let place = matching.places[matching.older];
                    assert_eq!((place >> 32, place as u8), (n - 1, s), "{seed} {n}");
                }
            }
            assert_eq!(matching.place_bits, 14);
        }
    }
}
