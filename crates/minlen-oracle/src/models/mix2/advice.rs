//! 8.4.8: advice from a net.

use crate::models::mix::logistic::Logistic;
use crate::models::mix::nibble::{Half, path};
use crate::models::net::Net;

/// What is known of a node, from its prediction to its learning.
#[derive(Clone, Copy, Default)]
struct Node {
    /// stretch(p) and stretch(advice)
    a: i64,
    b: i64,
    /// What the mixer says, and the mix of that and the advice.
    p: i64,
    mix: i64,
}

/// A net that advises.
#[derive(Clone)]
pub struct Advice {
    net: Net,
    /// Of the symbol that comes.
    weights: [u64; 256],
    /// (u, v)
    pairs: [(i64, i64); 8],
    loss: i64,
    nodes: [Node; 16],
}

impl Advice {
    pub fn new(mut net: Net) -> Self {
        Self {
            weights: net.weights(),
            net,
            pairs: [(16_384, 52_000); 8],
            loss: 0,
            nodes: [Node::default(); 16],
        }
    }

    /// The advice at a node.
    fn advice(&self, half: Half, node: usize) -> u64 {
        // The answers so far, the first of them highest: n digits behind a 1.
        let depth = node.ilog2();
        let (high, known) = match half {
            Half::High => (0, depth),
            Half::Low(h) => (usize::from(h), 4 + depth),
        };
        let so_far = (high << depth) + (node - (1 << depth));
        let (mut ones, mut both) = (0, 0);
        for (s, weight) in self.weights.iter().enumerate() {
            if s >> (8 - known) == so_far {
                both += weight;
                if s >> (7 - known) & 1 == 1 {
                    ones += weight;
                }
            }
        }
        (65_536 * (ones + 1) / (both + 2)).max(1)
    }

    /// The input to the mixer.
    pub fn input(&mut self, half: Half, node: usize, logistic: &Logistic) -> i64 {
        let b = logistic.stretch(self.advice(half, node) >> 4);
        self.nodes[node].b = b;
        b
    }

    fn pair(half: Half, class: u64) -> usize {
        let k = match class {
            0 => 0,
            1..=8 => 1,
            9..=12 => 2,
            _ => 3,
        };
        2 * k + half.half()
    }

    /// What is asked instead of p, with the class of the first match model.
    pub fn weigh(
        &mut self,
        half: Half,
        class: u64,
        node: usize,
        p: i64,
        logistic: &Logistic,
    ) -> i64 {
        let (u, v) = self.pairs[Self::pair(half, class)];
        let is_heeded = self.loss <= 0;
        let node = &mut self.nodes[node];
        node.p = p;
        node.a = logistic.stretch(p as u64 >> 4);
        let x = (u * node.a + v * node.b) >> 16;
        node.mix = logistic.squash(x.clamp(-4095, 4095));
        if is_heeded { node.mix } else { p }
    }

    /// The nibble was v, with the class for which it was predicted.
    pub fn learn(&mut self, half: Half, class: u64, v: u8) {
        let (u, w) = &mut self.pairs[Self::pair(half, class)];
        for (node, y) in path(v) {
            let Node { a, b, p, mix } = self.nodes[node];
            let error = 65_536 * i64::from(y) - mix;
            let most = 1 << 20;
            *u = (*u + ((error * a) >> 18)).clamp(-most, most);
            *w = (*w + ((error * b) >> 18)).clamp(-most, most);
            let of = |p: i64| if y { p } else { 65_536 - p };
            self.loss += cost(of(mix)) - cost(of(p)) - (self.loss >> 14);
        }
    }

    /// The symbol was s.
    pub fn note(&mut self, s: u8) {
        self.net.note(s);
        self.weights = self.net.weights();
    }
}

/// Of a bit of the probability q / 65536, in 1 / 2²⁴ bit.
fn cost(q: i64) -> i64 {
    let q = q as u64;
    let e = q.ilog2();
    let mut m = (q << 31) >> e;
    let mut fraction = 0;
    for _ in 0..24 {
        m = (m * m) >> 31;
        let bit = m >> 32;
        m >>= bit;
        fraction = 2 * fraction + bit;
    }
    (16 << 24) - ((i64::from(e) << 24) + fraction as i64)
}
