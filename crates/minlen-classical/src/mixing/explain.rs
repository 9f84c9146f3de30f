//! What earned the bits: a mixer's account of its inputs.
//!
//! A logistic mixer predicts a bit from the sum of what its inputs say: each pulls the stretch of
//! the probability by its value times its weight (through several layers, times all weights on the
//! way). With D the sum of all pulls in the direction of the bit that came, in nats, the mixer's
//! gain over a fair coin is G(D) = log₂(2 / (1 + e^−D)) bits, and an input that pulled by d earned
//!
//! d · G(D) / D.
//!
//! These are the *integrated gradients* of the gain along the straight way from inputs that say
//! nothing to what they said (Sundararajan, Taly, Yan, *Axiomatic attribution for deep networks*,
//! ICML 2017; in game theory the prices of Aumann and Shapley, 1974): they sum to the gain, an
//! input that says nothing earns nothing, and two that say the same with the same weight earn the
//! same. One that pulled the wrong way earned less than nothing. What remains to the gain of the
//! probability that was coded with (by corrections after the mixer, limits and rounding) is booked
//! on a last account, so that the books balance to the unit.
//!
//! Floats are allowed here: nothing of this reaches a prediction.

use super::mixer::Weights;
use crate::kernels::{Pair, Prior};
use minlen_core::{Cost, Nodes, Prob};

/// Kinds of inputs, in plain words for people.
pub(crate) mod kind {
    pub(crate) const BYTES: &str = "the last bytes";
    pub(crate) const RUNS: &str = "longer runs of bytes";
    pub(crate) const REPEATS: &str = "long repeats";
    pub(crate) const LAST_TIME: &str = "what came last time";
    pub(crate) const WORDS: &str = "words";
    pub(crate) const CHARACTERS: &str = "whole characters";
    pub(crate) const SHAPE: &str = "the shape of the text";
    pub(crate) const FIELDS: &str = "fields and numbers";
    pub(crate) const GAPS: &str = "bytes with gaps";
    pub(crate) const GRID: &str = "rows and columns";
    pub(crate) const ADVICE: &str = "advice";
}

/// The foreign prediction's account.
pub(crate) const ADVICE: (&str, &str) = (kind::ADVICE, "advice from outside");
/// The last account.
pub(crate) const REST: (&str, &str) = ("corrections", "corrections of the whole prediction");

/// Books a bit: the inputs pulled the stretch by `pulls`, in nats, towards a 1; coded with `p`, the
/// bit was `bit`. Adds what each earned, and then what the rest did, to `earned`, in units of 2⁻²⁴
/// bit.
fn book(pulls: &[f32], p: Prob, bit: bool, earned: &mut [i64]) {
    let sign = if bit { 1.0 } else { -1.0 };
    let sum = sign * pulls.iter().map(|&pull| f64::from(pull)).sum::<f64>();
    let price = (sign * gain_a_nat(sum) * Cost::UNITS_A_BIT as f64) as f32;
    let mut rest = Cost::UNITS_A_BIT as i64 - p.cost(bit).units() as i64;
    let Some((last, earned)) = earned.split_last_mut() else {
        return;
    };
    debug_assert_eq!(pulls.len(), earned.len(), "each input has an account");
    for (earned, pull) in earned.iter_mut().zip(pulls) {
        let share = (pull * price) as i64;
        *earned += share;
        rest -= share;
    }
    *last += rest;
}

/// G(D) / D: from 1 / ln 2 for the worst surprise, over 1 / (2 ln 2) at 0, down to 1 / D.
fn gain_a_nat(sum: f64) -> f64 {
    use std::f64::consts::LN_2;
    if sum.abs() < 1e-4 {
        return 0.5 / LN_2;
    }
    // ln(1 + e^−D), without overflow.
    let cost = (-sum).max(0.0) + (-sum.abs()).exp().ln_1p();
    (LN_2 - cost) / LN_2 / sum
}

/// What was predicted of a nibble, and from what.
pub(crate) struct Predicted<'a> {
    pub(crate) inputs: &'a [Pair],
    pub(crate) weights: &'a Weights,
    /// Where each set's row begins.
    pub(crate) rows: &'a [usize],
    pub(crate) prior: Prior,
    pub(crate) half: usize,
    pub(crate) nodes: &'a Nodes,
}

impl Predicted<'_> {
    /// The nibble was `nibble`: books its bits. To be told before the mixer learns it.
    #[cold]
    pub(crate) fn explain(&self, nibble: u8, earned: &mut [i64]) {
        let mut pulls = vec![0.0; 2 * self.inputs.len()];
        let full = 16 + usize::from(nibble);
        for depth in 0..4 {
            let node = full >> (4 - depth);
            self.pull(node & 15, &mut pulls);
            let bit = full >> (3 - depth) & 1 == 1;
            book(&pulls, self.nodes.at(node), bit, earned);
        }
    }

    /// How far each input pulled lane `lane`, in nats: its value times the sum, over all sets, of
    /// its weight in the set times the set's weight in the last layer.
    fn pull(&self, lane: usize, pulls: &mut [f32]) {
        /// Two weights in units of 2⁻¹⁶, a stretch in 1/256 nat.
        const UNIT: f32 = 1.0 / (65536.0 * 65536.0 * 256.0);
        let last = &self.weights.last[self.weights.last_row(self.half)];
        let first = f32::from(self.prior.input);
        pulls.fill(0.0);
        for (k, &row) in self.rows.iter().enumerate() {
            // A set that is alone is not mixed: its weight is 1.
            let set = match last.get(k / 2) {
                Some(last) => f32::from(self.prior.set) + f32::from(last.0[2 * lane + k % 2]),
                None => 65536.0,
            };
            for (pull, w) in pulls.chunks_exact_mut(2).zip(&self.weights.sets[row..]) {
                pull[0] += set * (first + f32::from(w.0[2 * lane]));
                pull[1] += set * (first + f32::from(w.0[2 * lane + 1]));
            }
        }
        for (pull, x) in pulls.chunks_exact_mut(2).zip(self.inputs) {
            pull[0] *= f32::from(x.0[2 * lane]) * UNIT;
            pull[1] *= f32::from(x.0[2 * lane + 1]) * UNIT;
        }
    }
}

/// A nibble predicted by the match model alone was `nibble`: it earned all of the gain.
#[cold]
pub(crate) fn alone(nodes: &Nodes, nibble: u8, earned: &mut i64) {
    let full = 16 + usize::from(nibble);
    for depth in 0..4 {
        let bit = full >> (3 - depth) & 1 == 1;
        let cost = nodes.at(full >> (4 - depth)).cost(bit).units() as i64;
        *earned += Cost::UNITS_A_BIT as i64 - cost;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_balance_and_twins_earn_the_same() {
        let stretch = |p: f32| (p / (1.0 - p)).ln();
        for (p, bit) in [(0.9f32, true), (0.9, false), (0.5, true), (0.001, false)] {
            let whole = stretch(p);
            let pulls = [whole * 0.75, whole * 0.75, whole * -0.5, 0.0];
            let mut earned = [0; 5];
            let coded = Prob::new((p * 65536.0) as u16);
            book(&pulls, coded, bit, &mut earned);
            let gain = Cost::UNITS_A_BIT as i64 - coded.cost(bit).units() as i64;
            assert_eq!(earned.iter().sum::<i64>(), gain);
            assert_eq!((earned[0], earned[3]), (earned[1], 0));
            // Only rounding is left for the rest.
            assert!(earned[4].abs() < 1 << 14, "{p}: {earned:?}");
            let right = (p > 0.5) == bit && p != 0.5;
            assert_eq!(earned[0] > 0 && earned[2] < 0, right, "{p}: {earned:?}");
        }
    }

    #[test]
    fn the_price_of_a_nat_is_smooth() {
        for (sum, want) in [(0.0, 0.7213), (-50.0, 1.4227), (50.0, 0.02), (1e-4, 0.7213)] {
            assert!((gain_a_nat(sum) - want).abs() < 1e-3, "{sum}");
        }
    }
}
