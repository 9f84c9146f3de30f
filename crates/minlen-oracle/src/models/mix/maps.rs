//! 8.2.7: inputs, the probability that each state is worth in each context.

use super::lines::Cell;
use super::logistic::Logistic;
use super::nibble::{Half, path};
use super::states::States;

/// p and n of each state, for one context and half.
#[derive(Clone)]
struct Map {
    entries: Vec<(i64, i64)>,
}

#[derive(Clone)]
pub struct Maps {
    /// For each context two.
    maps: Vec<[Map; 2]>,
}

impl Maps {
    pub fn new(contexts: usize, states: &States) -> Self {
        let first = states.all.iter().map(|state| {
            let (zeros, ones) = (state.zeros as i64, state.ones as i64);
            let p = ((2 * ones + 1) << 22) / (2 * zeros + 2 * ones + 2);
            (p, 0)
        });
        let map = Map {
            entries: first.collect(),
        };
        Self {
            maps: vec![[map.clone(), map]; contexts],
        }
    }

    /// The input of a context at a node, given its copy.
    pub fn input(
        &self,
        context: usize,
        half: Half,
        copy: &Cell,
        node: usize,
        logistic: &Logistic,
    ) -> i64 {
        match copy.states[node] {
            0 => 0,
            s => {
                let (p, _) = self.maps[context][half.half()].entries[usize::from(s)];
                logistic.stretch((p >> 10) as u64)
            }
        }
    }

    /// The nibble was v.
    pub fn learn(&mut self, context: usize, half: Half, copy: &Cell, v: u8) {
        for (node, y) in path(v) {
            let s = usize::from(copy.states[node]);
            let (p, n) = &mut self.maps[context][half.half()].entries[s];
            let target = if y { 4_194_303 } else { 0 };
            *p += ((target - *p) * ((1 << 17) / (2 * *n + 3))) >> 16;
            *n = (*n + 1).min(1023);
        }
    }
}
