//! Order-k counting: the simplest rung.
//!
//! Counts which symbols followed each context of the last k symbols, and blends the orders by
//! Witten and Bell's rule (*The zero-frequency problem*, IEEE Trans. Inf. Theory 37(4), 1991,
//! method C, interpolated): with n symbols seen in a context, d of them different,
//!
//! P_k(s) = (n_k(s) + d_k · P_{k−1}(s)) / (n_k + d_k),  P_{−1}(s) = 1/256.
//!
//! Probabilities are held in units of 2⁻³¹; divisions round down.

use minlen_core::{ALPHABET, Distribution, Entry, Error, Family, Model, Symbol};
use std::collections::HashMap;

pub(crate) const ENTRY: Entry = Entry {
    name: "order",
    summary: "counts of the symbols that followed the last K symbols, blended down to order 0",
    settings: "K, 0 to 6",
    family: Family::Counting,
    samples: &["0", "1", "2", "4"],
    memory,
    fit: None,
    build: |settings, _| Ok(Box::new(Order::new(order_of(settings)?))),
    batch: None,
};

/// Contexts that one order remembers at most; later ones are met as if for the first time.
const MAX_CONTEXTS: usize = 1 << 20;
/// A context's counts are halved when their sum gets here.
const MAX_SUM: u32 = 1 << 16;
/// Added to a count for each time that a symbol is seen; 2 so that halving leaves something.
const STEP: u32 = 2;

fn order_of(settings: &str) -> Result<usize, Error> {
    match settings.parse() {
        Ok(k) if k <= 6 && settings.len() == 1 => Ok(k),
        _ => Err(Error::Usage(format!(
            "order:{settings}: the order must be a digit from 0 to 6"
        ))),
    }
}

/// An estimate from above: about 200 bytes a context (a map slot and a short list).
fn memory(settings: &str) -> Result<u64, Error> {
    let contexts = |k: u32| (1u64 << (8 * k)).min(MAX_CONTEXTS as u64);
    Ok((0..=order_of(settings)? as u32)
        .map(|k| 200 * contexts(k) + 2048)
        .sum())
}

/// What followed one context.
#[derive(Clone, Default)]
struct Row {
    sum: u32,
    /// Symbols seen, each with its count, in the order of their first appearance.
    counts: Vec<(Symbol, u16)>,
}

impl Row {
    fn add(&mut self, s: Symbol) {
        if self.sum + STEP > MAX_SUM - 1 {
            self.sum = 0;
            for (_, n) in &mut self.counts {
                *n = (*n).div_ceil(2);
                self.sum += u32::from(*n);
            }
        }
        match self.counts.iter_mut().find(|(t, _)| *t == s) {
            Some((_, n)) => *n += STEP as u16,
            None => self.counts.push((s, STEP as u16)),
        }
        self.sum += STEP;
    }

    /// P_k from P_{k−1}, in place.
    fn blend(&self, p: &mut [u32; ALPHABET]) {
        let lower = STEP * self.counts.len() as u32;
        let scale = (u64::from(lower) << 32) / u64::from(self.sum + lower);
        for p in p.iter_mut() {
            *p = ((u64::from(*p) * scale) >> 32) as u32;
        }
        let unit = (1u32 << 31) / (self.sum + lower);
        for &(s, n) in &self.counts {
            p[usize::from(s)] += u32::from(n) * unit;
        }
    }
}

#[derive(Clone)]
struct Order {
    /// One map an order, from the last k symbols (newest in the low byte) to what followed.
    rows: Vec<HashMap<u64, Row>>,
    /// The last 8 symbols, newest in the low byte.
    past: u64,
}

impl Order {
    fn new(k: usize) -> Order {
        Order {
            rows: vec![HashMap::new(); k + 1],
            past: 0,
        }
    }

    fn key(past: u64, k: usize) -> u64 {
        past & ((1 << (8 * k)) - 1)
    }
}

impl Model for Order {
    fn predict(&mut self) -> Distribution {
        let mut p = [(1 << 31) / ALPHABET as u32; ALPHABET];
        for (k, rows) in self.rows.iter().enumerate() {
            if let Some(row) = rows.get(&Self::key(self.past, k)) {
                row.blend(&mut p);
            }
        }
        Distribution::from_weights(&p)
    }

    fn update(&mut self, s: Symbol) {
        for (k, rows) in self.rows.iter_mut().enumerate() {
            let key = Self::key(self.past, k);
            if let Some(row) = rows.get_mut(&key) {
                row.add(s);
            } else if rows.len() < MAX_CONTEXTS {
                rows.entry(key).or_default().add(s);
            }
        }
        self.past = self.past << 8 | u64::from(s);
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
