//! Waves in random directions, whose products come near those of a Gaussian kernel.
//!
//! Random Fourier features (Rahimi and Recht, NIPS 2007) along directions that are orthogonal by
//! blocks and cost no more than a fast Hadamard transform (Yu, Suresh, Choromanski, Holtmann-Rice
//! and Kumar, *Orthogonal random features*, NIPS 2016): no matrix has to be kept with the model,
//! only a seed.

use crate::features::Features;
use crate::solve::Dense;
use crate::{Error, Value};
use minlen_core::Random;
use serde::{Deserialize, Serialize};

/// Directions, and how long the waves along them are.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Plan", into = "Plan")]
pub(super) struct Basis {
    plan: Plan,
    /// Numbers of a row, filled up to a power of two.
    size: usize,
    /// For each block three rows of +1 and −1.
    signs: Vec<f32>,
}

/// What makes a basis.
#[derive(Clone, Serialize, Deserialize)]
struct Plan {
    seed: u64,
    /// Numbers of a row.
    inputs: usize,
    /// Directions; each gives a cosine and a sine.
    directions: usize,
    /// The standard deviation of the kernel.
    width: f32,
}

impl From<Plan> for Basis {
    fn from(plan: Plan) -> Basis {
        let size = plan.inputs.clamp(8, 1 << 20).next_power_of_two();
        let blocks = plan.directions.min(1 << 20).div_ceil(size);
        let mut random = Random::new(plan.seed);
        let sign = |_| [1.0, -1.0][(random.next_u64() >> 63) as usize];
        Basis {
            signs: (0..3 * blocks * size).map(sign).collect(),
            plan,
            size,
        }
    }
}

impl From<Basis> for Plan {
    fn from(basis: Basis) -> Plan {
        basis.plan
    }
}

impl Basis {
    pub(super) fn new(seed: u64, inputs: usize, directions: usize, width: f32) -> Basis {
        Plan {
            seed,
            inputs,
            directions,
            width,
        }
        .into()
    }

    /// Columns, if it takes rows of so many numbers.
    pub(super) fn check(&self, inputs: usize) -> Result<usize, Error> {
        let plan = &self.plan;
        match plan.inputs == inputs && plan.directions <= 1 << 20 && plan.width > 0.0 {
            true => Ok(2 * plan.directions),
            false => Err(minlen::DataError::Damaged("a basis of another size".to_string()).into()),
        }
    }

    /// A place for rows: the squares of each sum to 1.
    pub(super) fn rows(&self) -> Dense {
        let directions = self.plan.directions;
        Dense::new(2 * directions, 1.0 / (directions as f32).sqrt())
    }

    /// The waves at a row.
    pub(super) fn of(&self, row: &[f32]) -> Vec<f32> {
        // Each of the three transforms lengthens by √size, and one √size is to remain.
        let scale = 1.0 / (self.size as f32 * self.plan.width);
        let wave = |x: f32| {
            let (sin, cos) = (x * scale).sin_cos();
            [cos, sin]
        };
        self.turned(row).into_iter().flat_map(wave).collect()
    }

    /// The row along the directions, √size³ as long as they are on average.
    pub(super) fn turned(&self, row: &[f32]) -> Vec<f32> {
        let mut all = Vec::with_capacity(self.plan.directions);
        let mut block = vec![0.0; self.size];
        for signs in self.signs.chunks_exact(3 * self.size) {
            block.fill(0.0);
            block[..row.len()].copy_from_slice(row);
            for signs in signs.chunks_exact(self.size) {
                block.iter_mut().zip(signs).for_each(|(x, sign)| *x *= sign);
                hadamard(&mut block);
            }
            let left = self.plan.directions - all.len();
            all.extend(block.iter().take(left));
        }
        all
    }
}

/// The Hadamard transform, in place.
fn hadamard(block: &mut [f32]) {
    let mut half = 1;
    while half < block.len() {
        for pair in block.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

/// Pairs of inputs that their distance is measured on.
const PAIRS: usize = 300;

/// The median distance of the features of two inputs.
pub(super) fn median_distance(features: &Features, inputs: &[&[Value]], seed: u64) -> f32 {
    let mut random = Random::new(seed);
    let mut row = || features.dense(inputs[random.below(inputs.len())]);
    let distance = |_| {
        let (a, b) = (row(), row());
        let squares = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f32>().sqrt()
    };
    let mut all: Vec<f32> = (0..PAIRS).map(distance).collect();
    all.sort_by(f32::total_cmp);
    all[PAIRS / 2].max(1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_come_near_the_gaussian_kernel() {
        let mut random = Random::new(9);
        let mut share = || random.below(1000) as f32 / 1000.0 - 0.5;
        let basis = Basis::new(4, 40, 4096, 3.0);
        for distance in [0.5f32, 2.0, 4.0] {
            let a: Vec<f32> = (0..40).map(|_| share()).collect();
            let way: Vec<f32> = (0..40).map(|_| share()).collect();
            let norm = way.iter().map(|x| x * x).sum::<f32>().sqrt();
            let b: Vec<f32> = a
                .iter()
                .zip(&way)
                .map(|(a, w)| a + w / norm * distance)
                .collect();
            let (a, b) = (basis.of(&a), basis.of(&b));
            let product = a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>() / 4096.0;
            let kernel = (-distance * distance / 18.0).exp();
            assert!((product - kernel).abs() < 0.03, "{product} {kernel}");
        }
    }
}
