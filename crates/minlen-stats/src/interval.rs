//! Intervals for means of series whose neighbours depend on each other.

use minlen_core::Random;

/// A mean and where it could lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The mean of the series itself.
    pub mean: f64,
    /// The upper end.
    pub high: f64,
}

/// Values below which there is no interval to speak of.
const LEAST: usize = 12;
const RESAMPLES: usize = 500;

/// The 95 % percentile interval of the mean of `series`, by the circular block bootstrap (Politis
/// and Romano, *A circular block-resampling procedure for stationary data*, 1992; after Künsch,
/// Ann. Statist. 17, 1989): the series is wrapped to a circle and put together anew, many times,
/// from blocks of neighbours drawn at random, so that dependence inside a block is kept. Blocks
/// are 2·n^⅓ values long (the order of growth that Hall, Horowitz and Jing, Biometrika 82, 1995,
/// find best for variances). `None` for fewer than 12 values.
///
/// It answers: how would the mean vary over other data *of the same kind*? Data whose kind
/// changes on the way (a learning model, too) makes it wider; blocks much shorter than the
/// dependence make it too narrow.
pub fn block_bootstrap(series: &[f64], seed: u64) -> Option<Interval> {
    let n = series.len();
    if n < LEAST {
        return None;
    }
    let block = ((2.0 * (n as f64).cbrt()) as usize).clamp(1, n / 4);
    // sums[i] = the first i values of two rounds of the circle.
    let mut sums = Vec::with_capacity(2 * n + 1);
    sums.push(0.0);
    for i in 0..2 * n {
        sums.push(sums[i] + series[i % n]);
    }
    let mean = sums[n] / n as f64;
    let mut random = Random::new(seed);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (mut left, mut sum) = (n, 0.0);
            while left > 0 {
                let from = random.below(n);
                let length = block.min(left);
                sum += sums[from + length] - sums[from];
                left -= length;
            }
            sum / n as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |part: f64| means[((RESAMPLES - 1) as f64 * part).round() as usize];
    Some(Interval {
        low: at(0.025).min(mean),
        mean,
        high: at(0.975).max(mean),
    })
}

/// The 95 % percentile interval of a statistic of independent examples, by the bootstrap (Efron,
/// Ann. Statist. 7, 1979): examples are drawn anew with replacement, what each adds is summed, and
/// `statistic` is taken of the sums and the number of examples. Each example adds as many numbers.
pub fn paired_bootstrap(
    parts: &[Vec<f64>],
    statistic: &dyn Fn(&[f64], usize) -> f64,
    seed: u64,
) -> Interval {
    let (n, width) = (parts.len(), parts.first().map_or(0, Vec::len));
    let sum = |picks: &mut dyn Iterator<Item = usize>| {
        let mut sums = vec![0.0; width];
        for pick in picks {
            for (sum, part) in sums.iter_mut().zip(&parts[pick]) {
                *sum += part;
            }
        }
        statistic(&sums, n)
    };
    if n == 0 {
        return Interval {
            low: f64::NAN,
            mean: f64::NAN,
            high: f64::NAN,
        };
    }
    let mean = sum(&mut (0..n));
    let mut random = Random::new(seed);
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .map(|_| sum(&mut (0..n).map(|_| random.below(n))))
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at = |part: f64| drawn[((RESAMPLES - 1) as f64 * part).round() as usize];
    Interval {
        low: at(0.025).min(mean),
        mean,
        high: at(0.975).max(mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// About normal, mean 0, variance 1.
    fn normal(random: &mut Random) -> f64 {
        let unit = |r: &mut Random| r.next_u64() as f64 / u64::MAX as f64;
        (0..12).map(|_| unit(random)).sum::<f64>() - 6.0
    }

    #[test]
    fn covers_the_truth_about_as_often_as_it_says() {
        for (keep, least) in [(0.0, 88), (0.7, 80)] {
            let mut hits = 0;
            for seed in 0..100 {
                let mut random = Random::new(1000 + seed);
                let mut x = 0.0;
                let series: Vec<f64> = (0..600)
                    .map(|_| {
                        x = keep * x + normal(&mut random);
                        5.0 + x
                    })
                    .collect();
                let i = block_bootstrap(&series, seed).unwrap();
                assert!(i.low <= i.mean && i.mean <= i.high);
                hits += u32::from(i.low <= 5.0 && 5.0 <= i.high);
            }
            assert!(hits >= least, "{keep}: {hits} of 100");
        }
    }

    #[test]
    fn dependence_widens_it_and_a_constant_has_none() {
        let mut random = Random::new(3);
        let noise: Vec<f64> = (0..1024).map(|_| normal(&mut random)).collect();
        let slow: Vec<f64> = (0..1024).map(|i| noise[i / 8]).collect();
        let width = |s: &[f64]| {
            let i = block_bootstrap(s, 1).unwrap();
            i.high - i.low
        };
        assert!(width(&slow) > 1.8 * width(&noise));
        assert!(width(&[2.0; 99]) < 1e-9);
        assert_eq!(block_bootstrap(&[1.0; 11], 0), None);
        assert_eq!(block_bootstrap(&noise, 7), block_bootstrap(&noise, 7));
    }
}
