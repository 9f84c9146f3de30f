//! 8.3.5: match models.

use super::history::History;
use crate::models::mix::logistic::Logistic;
use crate::models::mix::matching::K;
use crate::models::mix::nibble::Half;
use crate::models::mix::trust::{self, Trust};

/// Where the last Q symbols stood before, and what followed them.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    position: u32,
    check: u16,
    first: u8,
    second: u8,
}

impl Place {
    fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// While m > 0.
#[derive(Clone, Copy)]
struct Found {
    /// m
    length: u64,
    /// D
    distance: u64,
    /// E
    expected: u8,
    is_fresh: bool,
}

#[derive(Clone)]
pub struct Match {
    /// L, and Q, which are the same in all presets.
    l: u64,
    /// J
    most_j: u32,
    /// 2^P
    past: u64,
    found: Option<Found>,
    index: Vec<Place>,
    j: u32,
    in_use: u64,
    newer: usize,
    older: usize,
    check: u16,
    /// For each class, b₁ and half.
    trust: Vec<[[Trust; 2]; 256]>,
    streaks: Vec<u16>,
}

impl Match {
    pub fn new(l: u64, most_j: u32, p: u32) -> Self {
        Self {
            l,
            most_j,
            past: 1 << p,
            found: None,
            index: vec![Place::default(); 1 << 10],
            j: 10,
            in_use: 0,
            newer: 0,
            older: 0,
            check: 0,
            trust: (0..16)
                .map(|class| [[trust::first(class); 2]; 256])
                .collect(),
            streaks: vec![0; 1 << 18],
        }
    }

    /// m
    pub fn length(&self) -> u64 {
        self.found.map_or(0, |found| found.length)
    }

    /// E, while m > 0.
    pub fn expected(&self) -> Option<u8> {
        self.found.map(|found| found.expected)
    }

    /// μ
    pub fn class(&self) -> u64 {
        trust::class(self.length())
    }

    fn trust(&mut self, half: Half, history: &History) -> &mut Trust {
        let class = self.class() as usize;
        &mut self.trust[class][usize::from(history.base.b(1))][half.half()]
    }

    /// The input to the mixer at each node.
    pub fn inputs(&mut self, half: Half, history: &History, logistic: &Logistic) -> [i64; 16] {
        match trust::nibble(self.expected(), half) {
            Some(nibble) => trust::inputs(self.trust(half, history), nibble, logistic),
            None => [0; 16],
        }
    }

    /// The nibble was v.
    pub fn learn(&mut self, half: Half, history: &History, v: u8) {
        if let Some(nibble) = trust::nibble(self.expected(), half) {
            trust::learn(self.trust(half, history), nibble, v);
        }
    }

    /// The number of the streak of the match.
    fn streak_number(&self, history: &History) -> usize {
        let long = u64::from(self.length() >= 32);
        let expected = u64::from(self.expected().unwrap_or(0));
        let x = (history.base.last(3) << 40) + (expected << 8) + long;
        ((x ^ (x >> 29)).wrapping_mul(K) >> 46) as usize
    }

    /// The streak of the match.
    pub fn streak(&self, history: &History) -> u16 {
        self.streaks[self.streak_number(history)]
    }

    /// Step 1; s is not in the history yet.
    pub fn note_streak(&mut self, history: &History, s: u8) {
        if self.length() >= 16 {
            let number = self.streak_number(history);
            self.streaks[number] = if self.expected() == Some(s) {
                self.streaks[number].saturating_add(1)
            } else {
                0
            };
        }
    }

    /// Steps 2 to 5; s was noted in the history.
    pub fn note(&mut self, history: &History, s: u8) {
        let t = history.base.t();
        self.go_on(history, s);
        if t > self.l + 1 {
            self.index[self.older].second = s;
        }
        if t > self.l {
            self.find_and_enter(t, s);
        }
        let x = mixed(history.base.last(self.l), self.l);
        self.newer = (x >> (64 - self.j)) as usize;
        self.check = (x >> 38) as u16;
    }

    /// Step 2.
    fn go_on(&mut self, history: &History, s: u8) {
        let t = history.base.t();
        let Some(mut found) = self.found.take().filter(|found| found.expected == s) else {
            return;
        };
        found.length = (found.length + 1).min(400);
        if found.is_fresh {
            found.is_fresh = false;
            let most = (t - found.distance)
                .min(400)
                .min(self.past - 1 - found.distance);
            let alike = |k: &u64| history.base.back(*k) == history.base.back(*k + found.distance);
            found.length = (1..=most).take_while(alike).count() as u64;
        }
        found.expected = history.base.back(found.distance) as u8;
        self.found = (found.length > 0).then_some(found);
    }

    /// Step 4.
    fn find_and_enter(&mut self, t: u64, s: u8) {
        let z = self.index[self.newer];
        if self.found.is_none() && !z.is_empty() && z.check == self.check && z.first == s {
            let distance = u64::from((t as u32).wrapping_sub(1).wrapping_sub(z.position));
            if 1 <= distance && distance < t.min(self.past) {
                self.found = Some(Found {
                    length: self.l + 1,
                    distance,
                    expected: z.second,
                    is_fresh: true,
                });
            }
        }
        if z.is_empty() {
            self.in_use += 1;
        }
        self.index[self.newer] = Place {
            position: (t - 1) as u32,
            check: self.check,
            first: s,
            second: 0,
        };
        self.older = self.newer;
        if 2 * self.in_use >= 1 << self.j && self.j < self.most_j {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let before = self.j;
        self.j = (before + 2).min(self.most_j);
        let j = self.j;
        let moved = |number: usize, place: Place| {
            let highest_ten = number >> (before - 10);
            ((highest_ten << 16) + usize::from(place.check)) >> (26 - j)
        };
        let mut index = vec![Place::default(); 1 << j];
        for (number, place) in self.index.iter().enumerate() {
            if !place.is_empty() {
                index[moved(number, *place)] = *place;
            }
        }
        self.older = moved(self.older, self.index[self.older]);
        self.index = index;
    }
}

/// The number of which place and check are parts, from the last q symbols.
fn mixed(symbols: u64, q: u64) -> u64 {
    let x = symbols << (64 - 8 * q);
    let x = (x ^ (x >> 31)).wrapping_mul(K);
    (x ^ (x >> 32)).wrapping_mul(K)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::Structure;

    #[test]
    fn place_and_check_of_the_document() {
        let x = mixed(0x61_6263_6465, 5);
        assert_eq!((x >> 54, (x >> 38) as u16), (672, 0xfaa8));
    }

    #[test]
    fn a_match_is_found_and_lost() {
        let mut history = History::new(Structure::NONE, 1 << 24);
        let mut model = Match::new(5, 20, 24);
        let mut lengths = vec![];
        for s in b"abcdefgh.abcdefghi" {
            model.note_streak(&history, *s);
            history.note(*s);
            model.note(&history, *s);
            lengths.push(model.length());
        }
        assert_eq!(lengths[13..], [0, 6, 7, 8, 0]);
    }
}
