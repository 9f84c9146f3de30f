//! Fine-tuning by factors of low rank: what is learned is B and A of each matrix W + B · A, and
//! the base stays as it is (`crate::lowrank`).
//!
//! Passes do not know: they read the sum, and leave the gradient of the sum, G. That of B turned is
//! A · Gᵀ, that of A is Bᵀ · G; both cost little beside a pass.

use super::random::Random;
use crate::lowrank::{LowRank, add_product, is_factored};
use crate::shape::Shape;
use minlen_core::Error;
use std::ops::Range;

/// Factors that learn.
pub(crate) struct Factors {
    rank: usize,
    /// All parameters of the net that stays.
    base: Vec<f32>,
    matrices: Vec<Place>,
    /// The factors: of each matrix, `rank` rows of B turned, then as many of A.
    pub(crate) values: Vec<f32>,
    pub(crate) grad: Vec<f32>,
}

/// Where a matrix and its factors are.
struct Place {
    rows: usize,
    columns: usize,
    matrix: Range<usize>,
    b: Range<usize>,
    a: Range<usize>,
}

impl Factors {
    /// Factors that change nothing: B is zeros. `Usage`: there is no such rank.
    pub(crate) fn new(
        shape: &Shape,
        rank: usize,
        base: Vec<f32>,
        seed: u64,
    ) -> Result<Factors, Error> {
        let n = LowRank::parameters(shape, rank)?;
        let mut factors = Factors {
            rank,
            base,
            matrices: places(shape, rank),
            values: vec![0.0; n],
            grad: vec![0.0; n],
        };
        let mut random = Random::new(seed);
        for place in &factors.matrices {
            let spread = 1.0 / (place.columns as f32).sqrt();
            for x in &mut factors.values[place.a.clone()] {
                *x = random.normal() * spread;
            }
        }
        Ok(factors)
    }

    pub(crate) fn rank(&self) -> usize {
        self.rank
    }

    pub(crate) fn base(&self) -> &[f32] {
        &self.base
    }

    /// Where each factor is, in order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Range<usize>> {
        (self.matrices.iter()).flat_map(|place| [place.b.clone(), place.a.clone()])
    }

    /// Makes the net's parameters: base and product.
    pub(crate) fn apply(&self, parameters: &mut [f32]) {
        parameters.copy_from_slice(&self.base);
        for place in &self.matrices {
            let w = &mut parameters[place.matrix.clone()];
            let (b, a) = (&self.values[place.b.clone()], &self.values[place.a.clone()]);
            add_product(w, place.rows, place.columns, b, a);
        }
    }

    /// Makes the factors' gradient from that of all parameters.
    pub(crate) fn project(&mut self, grad: &[f32]) {
        self.grad.fill(0.0);
        for place in &self.matrices {
            let (rows, columns) = (place.rows, place.columns);
            let g = &grad[place.matrix.clone()];
            let (b, a) = (&self.values[place.b.clone()], &self.values[place.a.clone()]);
            for k in 0..self.rank {
                let (b, a) = (&b[k * rows..][..rows], &a[k * columns..][..columns]);
                for (i, g) in g.chunks_exact(columns).enumerate() {
                    self.grad[place.b.start + k * rows + i] = dot(g, a);
                    let d_a = &mut self.grad[place.a.start + k * columns..][..columns];
                    d_a.iter_mut().zip(g).for_each(|(d, g)| *d += b[i] * g);
                }
            }
        }
    }
}

fn places(shape: &Shape, rank: usize) -> Vec<Place> {
    let (mut at, mut from) = (0, 0);
    let mut places = Vec::new();
    for tensor in shape.tensors() {
        if is_factored(&tensor) {
            let b = from..from + rank * tensor.rows;
            let a = b.end..b.end + rank * tensor.columns;
            from = a.end;
            places.push(Place {
                rows: tensor.rows,
                columns: tensor.columns,
                matrix: at..at + tensor.len(),
                b,
                a,
            });
        }
        at += tensor.len();
    }
    places
}

/// A sum in eight chains: one alone would wait for each addition.
fn dot(x: &[f32], y: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (x, y) in x.chunks(8).zip(y.chunks(8)) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    sums.iter().sum()
}
