//! Multinomial logistic regression, and Huber's regression, by L-BFGS.
//!
//! Liu and Nocedal, *On the limited memory BFGS method*, Mathematical Programming 1989. What is
//! made small: half the sum of squared weights, and `cost` times the loss of all rows. Sums go
//! over rows in their order, in one thread: the same weights on every run.

use super::{Rows, lanes_of};
use crate::Error;
use std::collections::VecDeque;

/// What is lost on a row.
pub(crate) enum Loss<'a> {
    /// −ln of the probability of its label (softmax; the logistic function for two).
    Label {
        /// A label for each row.
        labels: &'a [usize],
        /// Labels.
        classes: usize,
    },
    /// Huber's: half the squared error up to `turn`, then straight on.
    Number {
        /// A number for each row.
        truths: &'a [f32],
        /// Errors from which it goes straight on.
        turn: f32,
    },
}

/// Earlier steps that it remembers.
const MEMORY: usize = 5;
/// Steps that are too small to go on: this share of the whole.
const ENOUGH: f64 = 1e-4;

impl Loss<'_> {
    /// Lanes of the weights.
    pub(crate) fn lanes(&self) -> usize {
        match self {
            Loss::Label { classes, .. } => lanes_of(*classes),
            Loss::Number { .. } => 1,
        }
    }

    /// The loss of a row; turns its sums into their slopes.
    fn slopes(&self, row: usize, sums: &mut [f32]) -> f64 {
        match self {
            Loss::Label { labels, classes } if *classes <= 2 => {
                let side = if labels[row] == 1 { 1.0 } else { -1.0 };
                let margin = f64::from(side * sums[0]);
                let wrong = 1.0 / (1.0 + margin.exp());
                sums[0] = -side * wrong as f32;
                // ln(1 + e^−m), also where e^−m is too large.
                (-margin.abs()).exp().ln_1p() + (-margin).max(0.0)
            }
            Loss::Label { labels, classes } => {
                let truth = f64::from(sums[labels[row]]);
                let probabilities = softmax(&sums[..*classes]);
                let log_sum = probabilities.1;
                for (slope, p) in sums.iter_mut().zip(&probabilities.0) {
                    *slope = *p as f32;
                }
                sums[*classes..].fill(0.0);
                sums[labels[row]] -= 1.0;
                log_sum - truth
            }
            Loss::Number { truths, turn } => {
                let miss = sums[0] - truths[row];
                sums[0] = miss.clamp(-turn, *turn);
                f64::from(match miss.abs() <= *turn {
                    true => 0.5 * miss * miss,
                    false => turn * (miss.abs() - 0.5 * turn),
                })
            }
        }
    }
}

/// Probabilities of sums, and the logarithm of what they were divided by.
pub(crate) fn softmax(sums: &[f32]) -> (Vec<f64>, f64) {
    let top = f64::from(sums.iter().copied().fold(f32::MIN, f32::max));
    let mut all: Vec<f64> = sums.iter().map(|s| (f64::from(*s) - top).exp()).collect();
    let sum: f64 = all.iter().sum();
    all.iter_mut().for_each(|p| *p /= sum);
    (all, top + sum.ln())
}

/// Goes down from `weights` to where the loss is least. `go_on` is asked before each step.
pub(crate) fn descend(
    rows: &impl Rows,
    loss: &Loss,
    cost: f32,
    weights: &mut Vec<f32>,
    steps: usize,
    mut go_on: impl FnMut() -> Result<bool, Error>,
) -> Result<(), Error> {
    let lanes = loss.lanes();
    weights.resize(rows.columns() * lanes, 0.0);
    let free = weights.len() - lanes; // the last column is not held back
    let mut sums = vec![0.0; lanes];
    let mut value = |weights: &[f32], slope: &mut [f32]| {
        slope.fill(0.0);
        let mut total = 0.0;
        for row in 0..rows.len() {
            sums.fill(0.0);
            rows.dot(row, weights, &mut sums);
            total += f64::from(cost) * loss.slopes(row, &mut sums);
            sums.iter_mut().for_each(|s| *s *= cost);
            rows.add(row, &sums, slope);
        }
        for (slope, w) in slope[..free].iter_mut().zip(weights) {
            *slope += w;
        }
        total + 0.5 * dot(&weights[..free], &weights[..free])
    };

    let mut slope = vec![0.0; weights.len()];
    let mut before = value(weights, &mut slope);
    let mut memory: VecDeque<(Vec<f32>, Vec<f32>, f64)> = VecDeque::new();
    for _ in 0..steps {
        if !go_on()? {
            break;
        }
        let mut way = slope.clone();
        let mut shares = Vec::new();
        for (s, y, curve) in memory.iter().rev() {
            let share = dot(s, &way) / curve;
            add(&mut way, y, -share);
            shares.push(share);
        }
        // The first step is as long as 1 at most.
        let mut stride = 1.0 / dot(&slope, &slope).sqrt().max(1.0);
        if let Some((_, y, curve)) = memory.back() {
            let scale = (curve / dot(y, y)) as f32;
            way.iter_mut().for_each(|w| *w *= scale);
            stride = 1.0;
        }
        for ((s, y, curve), share) in memory.iter().zip(shares.iter().rev()) {
            let back = dot(y, &way) / curve;
            add(&mut way, s, share - back);
        }
        let down = dot(&way, &slope);
        if down <= 0.0 {
            break;
        }
        // Armijo's rule: at least a little of what the slope promises.
        let (mut next, mut next_slope) = (weights.clone(), vec![0.0; weights.len()]);
        let mut after = f64::INFINITY;
        for _ in 0..20 {
            next.copy_from_slice(weights);
            add(&mut next, &way, -stride);
            after = value(&next, &mut next_slope);
            if after <= before - 1e-4 * stride * down {
                break;
            }
            stride /= 2.0;
        }
        if after >= before {
            break;
        }
        if memory.len() == MEMORY {
            memory.pop_front();
        }
        let moved: Vec<f32> = next.iter().zip(&*weights).map(|(a, b)| a - b).collect();
        slope
            .iter_mut()
            .zip(&next_slope)
            .for_each(|(s, n)| *s = n - *s);
        let curve = dot(&moved, &slope);
        if curve > 0.0 {
            memory.push_back((moved, slope, curve));
        }
        slope = next_slope;
        *weights = next;
        let gain = before - after;
        before = after;
        if gain < ENOUGH * after.abs() {
            break;
        }
    }
    Ok(())
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum()
}

fn add(to: &mut [f32], what: &[f32], times: f64) {
    let times = times as f32;
    to.iter_mut().zip(what).for_each(|(t, w)| *t += times * w);
}

#[cfg(test)]
mod tests {
    use super::super::Sparse;
    use super::*;
    use minlen_core::Random;

    fn rows(n: usize) -> (Sparse, Vec<f32>) {
        let mut random = Random::new(3);
        let mut share = || random.below(1000) as f32 / 1000.0 - 0.5;
        let (mut rows, mut truths) = (Sparse::new(3), Vec::new());
        for _ in 0..n {
            let row: Vec<(u32, f32)> = (0..3).map(|c| (c, share())).collect();
            truths.push(4.0 * row[0].1 - 2.0 * row[1].1 + 0.7);
            rows.push(&row);
        }
        (rows, truths)
    }

    #[test]
    fn a_plane_is_found() {
        let (rows, truths) = rows(300);
        let loss = Loss::Number {
            truths: &truths,
            turn: 0.1,
        };
        let mut weights = Vec::new();
        descend(&rows, &loss, 100.0, &mut weights, 200, || Ok(true)).unwrap();
        for (found, right) in weights.iter().zip([4.0, -2.0, 0.0, 0.7]) {
            assert!((found - right).abs() < 0.05, "{weights:?}");
        }
    }

    #[test]
    fn at_the_bottom_there_is_no_slope() {
        let (rows, truths) = rows(300);
        for classes in [2, 3] {
            let labels: Vec<usize> = truths
                .iter()
                .map(|t| (t + 3.0) as usize % classes)
                .collect();
            let loss = Loss::Label {
                labels: &labels,
                classes,
            };
            let mut weights = Vec::new();
            descend(&rows, &loss, 1.0, &mut weights, 100, || Ok(true)).unwrap();
            let total = |weights: &[f32]| {
                let held: f64 = dot(&weights[..3 * loss.lanes()], &weights[..3 * loss.lanes()]);
                let sum: f64 = (0..300)
                    .map(|row| {
                        let mut sums = vec![0.0; loss.lanes()];
                        rows.dot(row, weights, &mut sums);
                        loss.slopes(row, &mut sums)
                    })
                    .sum();
                sum + 0.5 * held
            };
            let least = total(&weights);
            for at in 0..weights.len() {
                for by in [-0.3, 0.3] {
                    let mut other = weights.clone();
                    other[at] += by;
                    assert!(total(&other) >= least);
                }
            }
        }
    }
}
