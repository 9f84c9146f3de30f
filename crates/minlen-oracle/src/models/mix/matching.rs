//! 8.2.6: the match model, which expects what followed the same bytes before.

use super::history::History;
use super::logistic::Logistic;
use super::nibble::{Half, path};

pub const K: u64 = 0x9e37_79b9_7f4a_7c15;

pub struct Match {
    /// m
    length: u64,
    from: u64,
    index: Vec<u32>,
    j: u32,
    /// For each class, b₁, half and d.
    trust: Vec<[[[i64; 4]; 2]; 256]>,
}

impl Match {
    pub fn new() -> Self {
        let first = |class: i64| 65_535 - 32_768 / (1 + 2 * class);
        Self {
            length: 0,
            from: 0,
            index: vec![0; 1 << 10],
            j: 10,
            trust: (0..16).map(|class| [[[first(class); 4]; 2]; 256]).collect(),
        }
    }

    /// E, while m > 0.
    pub fn expected(&self, history: &History) -> Option<u8> {
        (self.length > 0).then(|| history.at(self.from))
    }

    /// μ
    pub fn class(&self) -> u64 {
        match self.length {
            0 => 0,
            m @ 1..16 => (1 + (m >> 1)).min(8),
            16..24 => 9,
            24..32 => 10,
            32..48 => 11,
            48..96 => 12,
            96..192 => 13,
            192..400 => 14,
            _ => 15,
        }
    }

    fn expected_nibble(&self, half: Half, history: &History) -> Option<u8> {
        let expected = self.expected(history)?;
        match half {
            Half::High => Some(expected >> 4),
            Half::Low(h) => (expected >> 4 == h).then_some(expected % 16),
        }
    }

    fn trust(&mut self, half: Half, history: &History) -> &mut [i64; 4] {
        let class = self.class() as usize;
        &mut self.trust[class][usize::from(history.b(1))][half.half()]
    }

    /// The input to the mixer at each node.
    pub fn inputs(&mut self, half: Half, history: &History, logistic: &Logistic) -> [i64; 16] {
        let mut inputs = [0; 16];
        if let Some(nibble) = self.expected_nibble(half, history) {
            let trust = self.trust(half, history);
            for (d, (node, y)) in path(nibble).into_iter().enumerate() {
                let stretched = logistic.stretch((trust[d] >> 4) as u64);
                inputs[node] = if y { stretched } else { -stretched };
            }
        }
        inputs
    }

    /// The nibble was v.
    pub fn learn(&mut self, half: Half, history: &History, v: u8) {
        let Some(nibble) = self.expected_nibble(half, history) else {
            return;
        };
        let trust = self.trust(half, history);
        for (trust, ((_, expected), (_, y))) in
            trust.iter_mut().zip(path(nibble).into_iter().zip(path(v)))
        {
            if expected != y {
                *trust -= *trust >> 6;
                return;
            }
            *trust += (65_535 - *trust + 63) >> 6;
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
        let (mut history, mut model) = (History::new(Structure::NONE), Match::new());
        let mut lengths = vec![];
        for s in b"abcdefgh.abcdefghi" {
            history.note(*s);
            model.note(&history, *s);
            lengths.push(model.length);
        }
        assert_eq!(lengths[14..], [6, 7, 8, 0]);
    }
}
