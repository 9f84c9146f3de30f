//! Weights under which the translations of held-out examples are good.
//!
//! What is raised is the chrF of all examples, each with the expected counts of its n best
//! translations under a softmax of their scores (Smith and Eisner, *Minimum risk annealing*, ACL 2006):
//! unlike the chrF of the best ones alone it has a slope, which is followed by steps whose sizes grow
//! while a sign stays (Riedmiller and Braun, *Rprop*, 1993). Then all is translated anew.

use super::decode::{FEATURES, Features, dot};

/// Counts of one translation beside the truth: for each order of n-grams in common, made, true.
pub(super) type Counts = Vec<f64>;

/// Translations of one example.
#[derive(Default)]
pub(super) struct Pool {
    pub(super) ways: Vec<(Features, Counts)>,
}

/// Steps of one search.
const STEPS: usize = 80;
/// What a weight's square costs, of its distance from the rule of thumb, in points of chrF. With
/// next to nothing (0.02, and from where each search began) scores grow without end: the beam cuts
/// what it should not, and Chinese came to 23.7 instead of 25.4.
const CLOSE: f64 = 0.1;

/// Better weights than `from`, not far from `begin`.
pub(super) fn improve(pools: &[Pool], from: &Features, begin: &Features) -> Features {
    let mut weights = *from;
    let (mut best, mut most) = (*from, f64::NEG_INFINITY);
    let mut steps = [0.02f32; FEATURES];
    let mut before = [0f64; FEATURES];
    for _ in 0..STEPS {
        let (value, mut slope) = expected(pools, &weights);
        let away = weights.iter().zip(begin).map(|(w, b)| f64::from(w - b));
        let away: Vec<f64> = away.collect();
        let value = value - CLOSE * away.iter().map(|a| a * a).sum::<f64>();
        if value > most {
            (most, best) = (value, weights);
        }
        for i in 0..FEATURES {
            slope[i] -= 2.0 * CLOSE * away[i];
            let same = slope[i] * before[i];
            if same > 0.0 {
                steps[i] = (steps[i] * 1.2).min(0.2);
            } else if same < 0.0 {
                steps[i] = (steps[i] * 0.5).max(1e-4);
                slope[i] = 0.0;
            }
            if slope[i] != 0.0 {
                weights[i] += steps[i] * slope[i].signum() as f32;
            }
            before[i] = slope[i];
        }
    }
    best
}

/// The chrF of expected counts, and its slope.
fn expected(pools: &[Pool], weights: &Features) -> (f64, [f64; FEATURES]) {
    let mut sums: Counts = Vec::new();
    let mut all: Vec<Vec<f64>> = Vec::with_capacity(pools.len());
    for pool in pools {
        let scores: Vec<f32> = pool.ways.iter().map(|(f, _)| dot(weights, f)).collect();
        let shares = softmax(&scores, 1.0);
        for ((_, counts), share) in pool.ways.iter().zip(&shares) {
            sums.resize(counts.len(), 0.0);
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += share * count;
            }
        }
        all.push(shares);
    }
    let (value, towards) = slope(&sums);
    let mut total = [0.0; FEATURES];
    for (pool, shares) in pools.iter().zip(&all) {
        // d share = share × (feature − its mean); so the slope is a covariance.
        let worth =
            |counts: &Counts| -> f64 { counts.iter().zip(&towards).map(|(c, t)| c * t).sum() };
        let worths: Vec<f64> = pool.ways.iter().map(|(_, c)| worth(c)).collect();
        let mean: f64 = worths.iter().zip(shares).map(|(w, s)| w * s).sum();
        for (((features, _), worth), share) in pool.ways.iter().zip(&worths).zip(shares) {
            for (total, f) in total.iter_mut().zip(features) {
                *total += share * (worth - mean) * f64::from(*f);
            }
        }
    }
    (value, total)
}

/// chrF of counts, and how it grows with each.
fn slope(sums: &[f64]) -> (f64, Counts) {
    let value = crate::metric::chrf(sums);
    let orders = sums.chunks_exact(3).filter(|c| c[1] > 0.0 && c[2] > 0.0);
    let (mut p, mut r, mut n) = (0.0, 0.0, 0.0);
    for c in orders {
        (p, r, n) = (p + c[0] / c[1], r + c[0] / c[2], n + 1.0);
    }
    let mut towards = vec![0.0; sums.len()];
    let n = f64::max(n, 1.0);
    let (p, r) = (p / n, r / n);
    let all = (4.0 * p + r).powi(2);
    if all > 0.0 {
        let (by_p, by_r) = (500.0 * r * r / all / n, 2000.0 * p * p / all / n);
        for (c, t) in sums.chunks_exact(3).zip(towards.chunks_exact_mut(3)) {
            if c[1] > 0.0 && c[2] > 0.0 {
                t[0] = by_p / c[1] + by_r / c[2];
                t[1] = -by_p * c[0] / (c[1] * c[1]);
            }
        }
    }
    (value, towards)
}

/// Shares that sum to 1, by scores times a scale.
pub(super) fn softmax(scores: &[f32], scale: f32) -> Vec<f64> {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let parts = scores.iter().map(|s| f64::from(scale * (s - most)).exp());
    let mut parts: Vec<f64> = parts.collect();
    let sum: f64 = parts.iter().sum();
    parts.iter_mut().for_each(|p| *p /= sum);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> Vec<Pool> {
        let mut random = minlen_core::Random::new(8);
        let pools = (0..40).map(|_| {
            let ways = (0..6).map(|_| {
                let mut features = [0.0; FEATURES];
                features[0] = random.below(100) as f32 / 50.0;
                features[1] = random.below(100) as f32 / 50.0;
                // Good is what has much of the first.
                let counts = (0..6).flat_map(|_| {
                    let common = f64::from(10.0 * features[0]) + random.below(5) as f64;
                    [common, 30.0, 30.0]
                });
                (features, counts.collect())
            });
            Pool {
                ways: ways.collect(),
            }
        });
        pools.collect()
    }

    #[test]
    fn the_slope_is_that_of_the_value() {
        let pools = drawn();
        let mut weights = [0.1; FEATURES];
        let (value, slope) = expected(&pools, &weights);
        for i in 0..2 {
            weights[i] += 0.01;
            let risen = (expected(&pools, &weights).0 - value) / 0.01;
            weights[i] -= 0.01;
            assert!((risen - slope[i]).abs() < 0.05 * slope[i].abs() + 0.05);
        }
    }

    #[test]
    fn weights_are_found_under_which_the_good_ones_win() {
        let pools = drawn();
        let begin = [0.0; FEATURES];
        let better = improve(&pools, &begin, &begin);
        assert!(better[0] > 0.5 && better[0] > 4.0 * better[1].abs());
        assert!(expected(&pools, &better).0 > expected(&pools, &begin).0 + 5.0);
    }
}
