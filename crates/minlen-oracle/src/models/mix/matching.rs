//! 8.2.6: the match model, which expects what followed the same bytes before.

use super::history::History;
use super::logistic::Logistic;
use super::nibble::Half;
use super::trust::{self, Trust};

pub const K: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Clone)]
pub struct Match {
    /// m
    length: u64,
    from: u64,
    index: Vec<u32>,
    j: u32,
    /// For each class, b₁, half and d.
    trust: Vec<[[Trust; 2]; 256]>,
}

impl Match {
    pub fn new() -> Self {
        Self {
            length: 0,
            from: 0,
            index: vec![0; 1 << 10],
            j: 10,
            trust: (0..16)
                .map(|class| [[trust::first(class); 2]; 256])
                .collect(),
        }
    }

    /// E, while m > 0.
    pub fn expected(&self, history: &History) -> Option<u8> {
        (self.length > 0).then(|| history.at(self.from))
    }

    /// μ
    pub fn class(&self) -> u64 {
        trust::class(self.length)
    }

    fn trust(&mut self, half: Half, history: &History) -> &mut Trust {
        let class = self.class() as usize;
        &mut self.trust[class][usize::from(history.b(1))][half.half()]
    }

    /// The input to the mixer at each node.
    pub fn inputs(&mut self, half: Half, history: &History, logistic: &Logistic) -> [i64; 16] {
        match trust::nibble(self.expected(history), half) {
            Some(nibble) => trust::inputs(self.trust(half, history), nibble, logistic),
            None => [0; 16],
        }
    }

    /// The nibble was v.
    pub fn learn(&mut self, half: Half, history: &History, v: u8) {
        if let Some(nibble) = trust::nibble(self.expected(history), half) {
            trust::learn(self.trust(half, history), nibble, v);
        }
    }

    /// The byte s was noted in the history.
    pub fn note(&mut self, history: &History, s: u8) {
        let t = history.t();
        if self.length > 0 && history.at(self.from) == s {
            self.length = (self.length + 1).min(400);
            self.from += 1;
        } else {
            self.length = 0;
        }
        if t < 6 {
            return;
        }
        if t == 1 << self.j && self.j < 22 {
            self.j += 2;
            self.index = vec![0; 1 << self.j];
            for p in 6..t {
                self.enter(history, p);
            }
        }
        let (slot, check) = self.slot_and_check(history, t);
        let z = self.index[slot];
        if self.length == 0 && z != 0 && z >> 24 == check {
            let distance = t.wrapping_sub(u64::from(z)) % (1 << 24);
            if (1..=t).contains(&distance) {
                self.from = t - distance;
                let most = self.from.min(400).min((1 << 24) - 1 - distance);
                let alike = |i: &u64| history.b(*i) == history.b(*i + distance);
                let n = (1..=most).take_while(alike).count() as u64;
                self.length = if n < 6 { 0 } else { n };
            }
        }
        self.enter(history, t);
    }

    /// Slot and check of the six bytes before the position p.
    fn slot_and_check(&self, history: &History, p: u64) -> (usize, u32) {
        let six = (p - 6..p).fold(0, |six, i| (six << 8) | u64::from(history.at(i)));
        let x = six.wrapping_mul(K);
        let slot = (x >> (64 - self.j)) as usize;
        (slot, ((x >> (56 - self.j)) % 256) as u32)
    }

    fn enter(&mut self, history: &History, p: u64) {
        let (slot, check) = self.slot_and_check(history, p);
        self.index[slot] = (check << 24) + (p % (1 << 24)) as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::Structure;

    #[test]
    fn a_match_is_found_and_lost() {
        let (mut history, mut model) = (History::new(Structure::NONE, 1 << 24), Match::new());
        let mut lengths = vec![];
        for s in b"abcdefgh.abcdefghi" {
            history.note(*s);
            model.note(&history, *s);
            lengths.push(model.length);
        }
        assert_eq!(lengths[14..], [6, 7, 8, 0]);
    }
}
