//! Bounds on the error that a score does not show.

use crate::Interval;

/// The exact interval of a share of which `right` of `n` were counted, missed with probability at
/// most `delta` (Clopper and Pearson, *The use of confidence or fiducial limits*, Biometrika 26,
/// 1934). With `n` of 0 it is all of 0 to 1.
pub fn clopper_pearson(right: u64, n: u64, delta: f64) -> Interval {
    if n == 0 {
        return Interval {
            low: 0.0,
            mean: 0.0,
            high: 1.0,
        };
    }
    Interval {
        low: match right {
            0 => 0.0,
            _ => solve(|p| delta / 2.0 - (1.0 - binomial_cdf(right - 1, n, p))),
        },
        mean: right as f64 / n as f64,
        high: match right {
            _ if right == n => 1.0,
            _ => solve(|p| binomial_cdf(right, n, p) - delta / 2.0),
        },
    }
}

/// Where a falling function crosses 0, between 0 and 1.
fn solve(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if f(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The probability of at most `k` of `n`, each with probability `p`.
fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n || p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    // The term of k, by logarithms, and its neighbours by ratios; the smaller tail is summed.
    let odds = p / (1.0 - p);
    let log_term = |i: u64| log_choose(n, i) + i as f64 * p.ln() + (n - i) as f64 * (-p).ln_1p();
    if k as f64 <= n as f64 * p {
        let (mut term, mut sum) = (log_term(k).exp(), 0.0);
        for i in (0..=k).rev() {
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
            term *= i as f64 / ((n - i + 1) as f64 * odds);
        }
        sum.min(1.0)
    } else {
        let (mut term, mut sum) = (log_term(k + 1).exp(), 0.0);
        for i in k + 1..=n {
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
            term *= (n - i) as f64 * odds / (i + 1) as f64;
        }
        (1.0 - sum).max(0.0)
    }
}

fn log_choose(n: u64, k: u64) -> f64 {
    log_factorial(n) - log_factorial(k) - log_factorial(n - k)
}

/// ln n!, by Stirling's series above 32.
fn log_factorial(n: u64) -> f64 {
    if n <= 32 {
        return (2..=n).map(|i| (i as f64).ln()).sum();
    }
    let x = n as f64 + 1.0;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + 1.0 / (12.0 * x)
        - 1.0 / (360.0 * x.powi(3))
}

/// How far, at most, the mean of `n` independent values in 0 to 1 lies from what it stands for, for
/// each of `systems` at once, but with probability `delta` (Hoeffding, JASA 58, 1963, with a union
/// bound over the systems).
///
/// ```
/// // 2,000 blind examples, ten systems: every score is right within 3.9 points, 19 times of 20.
/// assert!((minlen_stats::hoeffding(2000, 10, 0.05) - 0.0387).abs() < 1e-4);
/// ```
pub fn hoeffding(n: u64, systems: u64, delta: f64) -> f64 {
    let logs = (2.0 * systems.max(1) as f64 / delta).ln();
    (logs / (2.0 * n.max(1) as f64)).sqrt()
}

/// The highest error that a model of `model_bits` has on data it has not seen, but with probability
/// `delta`, told from its error on the `n` examples that it learnt from: the Occam bound (Blumer,
/// Ehrenfeucht, Haussler and Warmuth, *Occam's razor*, IPL 24, 1987, in the form with Hoeffding's
/// inequality over prefix codes). At most 1, which says nothing: the model is too large for the
/// data.
pub fn occam(train_error: f64, model_bits: f64, n: u64, delta: f64) -> f64 {
    let nats = model_bits * std::f64::consts::LN_2 + (1.0 / delta).ln();
    (train_error + (nats / (2.0 * n.max(1) as f64)).sqrt()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_intervals_are_those_of_the_tables() {
        // Of R: binom.test(k, n)$conf.int
        for (k, n, low, high) in [
            (0, 10, 0.0, 0.308_497),
            (7, 10, 0.347_547_2, 0.933_260_5),
            (10, 10, 0.691_502_9, 1.0),
            (985, 1000, 0.975_384, 0.991_580),
            (50_000, 100_000, 0.496_896, 0.503_104),
        ] {
            let i = clopper_pearson(k, n, 0.05);
            assert!((i.low - low).abs() < 2e-4, "{k} of {n}: {i:?}");
            assert!((i.high - high).abs() < 2e-4, "{k} of {n}: {i:?}");
        }
    }

    #[test]
    fn bounds_grow_with_models_and_shrink_with_data() {
        assert!(occam(0.0, 1000.0, 100_000, 0.05) < 0.07);
        assert_eq!(occam(0.1, 1e9, 1000, 0.05), 1.0);
        assert!(hoeffding(100, 1, 0.05) < hoeffding(100, 100, 0.05));
        assert!(hoeffding(10_000, 1, 0.05) < hoeffding(100, 1, 0.05));
    }
}
