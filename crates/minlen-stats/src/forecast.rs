//! What would the next bytes cost, if more data of the kind came?

use crate::curve::CurvePoint;
use crate::interval::Interval;
use minlen_core::Random;

/// The rate after x bytes: a + b·x^−c, in bits a byte. Learning curves of compressors and nets
/// follow such laws over many orders of magnitude (Hestness et al., *Deep learning scaling is
/// predictable, empirically*, 2017).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerLaw {
    /// What is left when everything has been learnt, at least 0.
    pub a: f64,
    /// What is learnt after one byte, at least 0.
    pub b: f64,
    /// How fast it is learnt.
    pub c: f64,
}

impl PowerLaw {
    /// The mean rate from byte `from` to byte `to`.
    pub fn mean(&self, from: f64, to: f64) -> f64 {
        self.a + self.b * basis(self.c, from, to)
    }
}

/// The mean of x^−c for x from `from` to `to`.
fn basis(c: f64, from: f64, to: f64) -> f64 {
    let from = from.max(1.0);
    if to - from < 1e-9 {
        return from.powf(-c);
    }
    let area = if (c - 1.0).abs() < 1e-6 {
        (to / from).ln()
    } else {
        (to.powf(1.0 - c) - from.powf(1.0 - c)) / (1.0 - c)
    };
    area / (to - from)
}

/// How a forecast was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// A power law, which had foretold the second half from the first well enough.
    PowerLaw(PowerLaw),
    /// As the second half: the law had failed to foretell it.
    SecondHalf,
    /// There is too little data.
    CannotTell,
}

/// Which way the rate goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// More data would be cheaper.
    Falling,
    /// More data would cost about the same.
    Flat,
    /// The second half cost clearly more than what came before it: the data changes.
    Rising,
    /// The second half cost clearly less than what came before it, by no law: the data repeats or
    /// changes.
    Dropping,
    /// There is too little data.
    Unknown,
}

/// Bits a byte of as much data again as was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// How it was made.
    pub method: Method,
    /// The rate and where it could lie; the ends are the 5 % and 95 % quantiles, and no nearer
    /// to the middle than the law missed the second half by. `None`: cannot tell.
    pub next: Option<Interval>,
    /// The second half as foretold from the first, minus what it cost, in bits a byte.
    pub miss: Option<f64>,
    /// Which way the rate goes.
    pub trend: Trend,
}

/// Bytes below which nothing is foretold.
const LEAST_BYTES: u64 = 2048;
/// The law is trusted when it missed the second half by less than this part.
const TRUSTED: f64 = 0.15;
const RESAMPLES: usize = 200;

/// A stretch of the data and what a byte of it cost.
#[derive(Clone, Copy)]
struct Stretch {
    from: f64,
    to: f64,
    rate: f64,
}

/// Foretells what as much data again would cost from the learning curve so far. A law is fitted
/// to the stretches between the points (those before byte 64 are left out: a model's first steps
/// follow other rules), robustly (Huber's weights), and tried out: fitted on the first half of
/// the data, how far does it miss the second? `second_half` is the interval of the rate there;
/// it is the fallback.
pub fn forecast(points: &[CurvePoint], second_half: Option<Interval>, seed: u64) -> Forecast {
    let cannot = Forecast {
        method: Method::CannotTell,
        next: None,
        miss: None,
        trend: Trend::Unknown,
    };
    let Some(n) = points.last().map(|p| p.bytes) else {
        return cannot;
    };
    let at = |size: u64| points.iter().find(|p| p.bytes >= size);
    let (Some(quarter), Some(half), Some(end)) = (at(n / 4), at(n / 2), points.last()) else {
        return cannot;
    };
    if n < LEAST_BYTES || half.bytes >= n || quarter.bytes >= half.bytes {
        return cannot;
    }
    let rate = |a: &CurvePoint, b: &CurvePoint| (b.bits - a.bits) / (b.bytes - a.bytes) as f64;
    let (before, latest) = (rate(quarter, half), rate(half, end));
    let stretches: Vec<Stretch> = points
        .windows(2)
        .filter(|w| w[0].bytes >= 64)
        .map(|w| Stretch {
            from: w[0].bytes as f64,
            to: w[1].bytes as f64,
            rate: w[1].latest,
        })
        .collect();
    let (first, all) = (half.bytes as f64, n as f64);
    let known = stretches.iter().filter(|s| s.to <= first).count();
    let miss = fit(&stretches[..known]).map(|law| law.mean(first, all) - latest);
    let law = fit(&stretches).filter(|_| miss.is_some_and(|m| m.abs() <= TRUSTED * latest + 0.02));
    let fallback = second_half.map(|i| widened(i, miss.unwrap_or(0.0)));
    let (method, next) = match law {
        Some(law) => (
            Method::PowerLaw(law),
            Some(interval(&stretches, law, all, miss.unwrap_or(0.0), seed)),
        ),
        None => (Method::SecondHalf, fallback),
    };
    let Some(next) = next else { return cannot };
    let surely_above = second_half.is_none_or(|i| i.low > before);
    let trend = if latest > 1.05 * before + 0.01 && surely_above {
        Trend::Rising
    } else if law.is_some() && latest < 0.99 * before && next.mean < 0.98 * latest {
        Trend::Falling
    } else if law.is_none() && latest < 0.95 * before - 0.01 {
        Trend::Dropping
    } else {
        Trend::Flat
    };
    Forecast {
        method,
        next: Some(next),
        miss,
        trend,
    }
}

/// At least `by` to both sides, and never below 0.
fn widened(i: Interval, by: f64) -> Interval {
    Interval {
        low: i.low.min(i.mean - by.abs()).max(0.0),
        mean: i.mean,
        high: i.high.max(i.mean + by.abs()),
    }
}

/// Fits the law again and again to itself plus residuals drawn at random, and looks how the
/// forecast varies (residual bootstrap).
fn interval(stretches: &[Stretch], law: PowerLaw, n: f64, miss: f64, seed: u64) -> Interval {
    let mean = law.mean(n, 2.0 * n);
    let residuals: Vec<f64> = stretches
        .iter()
        .map(|s| s.rate - law.mean(s.from, s.to))
        .collect();
    let mut random = Random::new(seed);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let mut again = stretches.to_vec();
            for s in &mut again {
                let residual = residuals[random.below(residuals.len())];
                s.rate = (law.mean(s.from, s.to) + residual).max(0.0);
            }
            fit(&again).map(|law| law.mean(n, 2.0 * n))
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = (means.len().saturating_sub(1)) as f64 * part;
        means.get(place.round() as usize).copied().unwrap_or(mean)
    };
    let interval = Interval {
        low: at(0.05).min(mean),
        mean,
        high: at(0.95).max(mean),
    };
    widened(interval, miss)
}

/// The law nearest to the stretches; `None` for fewer than six. c is sought on a grid; a and b
/// follow by weighted least squares within a, b ≥ 0. A longer stretch weighs more, by the root of
/// its length.
fn fit(stretches: &[Stretch]) -> Option<PowerLaw> {
    if stretches.len() < 6 {
        return None;
    }
    let mut best: Option<(f64, PowerLaw)> = None;
    for step in 0..28 {
        let c = 0.05 * 1.13f64.powi(step); // 0.05 to 1.36
        let xs: Vec<f64> = stretches.iter().map(|s| basis(c, s.from, s.to)).collect();
        let base: Vec<f64> = stretches.iter().map(|s| (s.to - s.from).sqrt()).collect();
        let mut weights = base.clone();
        let (mut a, mut b) = (0.0, 0.0);
        for _ in 0..3 {
            (a, b) = line(&xs, stretches, &weights);
            let mut off: Vec<f64> = xs
                .iter()
                .zip(stretches)
                .map(|(x, s)| (s.rate - a - b * x).abs())
                .collect();
            let raw = off.clone();
            off.sort_by(f64::total_cmp);
            let scale = (1.5 * off[off.len() / 2]).max(1e-6);
            for ((w, base), off) in weights.iter_mut().zip(&base).zip(raw) {
                *w = base * (scale / off.max(scale));
            }
        }
        let loss = xs.iter().zip(stretches).zip(&base);
        let loss: f64 = loss.map(|((x, s), w)| w * (s.rate - a - b * x).abs()).sum();
        // Strictly better, so that the slowest law wins a tie: it promises least.
        if best.is_none_or(|(least, _)| loss < least * (1.0 - 1e-9)) {
            best = Some((loss, PowerLaw { a, b, c }));
        }
    }
    best.map(|(_, law)| law)
}

/// The weighted least squares line a + b·x with a, b ≥ 0.
fn line(xs: &[f64], stretches: &[Stretch], weights: &[f64]) -> (f64, f64) {
    let (mut w0, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for ((&x, s), &w) in xs.iter().zip(stretches).zip(weights) {
        w0 += w;
        wx += w * x;
        wy += w * s.rate;
        wxx += w * x * x;
        wxy += w * x * s.rate;
    }
    let det = w0 * wxx - wx * wx;
    let b = if det > 1e-12 * w0 * wxx {
        (w0 * wxy - wx * wy) / det
    } else {
        0.0
    };
    let a = (wy - b * wx) / w0;
    if b < 0.0 {
        (wy / w0, 0.0)
    } else if a < 0.0 {
        (0.0, if wxx > 0.0 { wxy / wxx } else { 0.0 })
    } else {
        (a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CurveRecorder, block_bootstrap};

    /// The curve of a trace whose byte x costs `rate(x)`, and the rate of the next half.
    fn curve(n: u64, rate: impl Fn(f64) -> f64) -> (Vec<CurvePoint>, Option<Interval>) {
        let mut recorder = CurveRecorder::new(n);
        for i in 0..n {
            recorder.push(rate(i as f64 + 1.0));
        }
        let half: Vec<f64> = (n / 2..n).step_by(16).map(|i| rate(i as f64)).collect();
        (recorder.points().to_vec(), block_bootstrap(&half, 1))
    }

    #[test]
    fn finds_a_law_again() {
        for (a, b, c) in [(1.5, 20.0, 0.4), (0.0, 9.0, 0.2), (3.0, 100.0, 0.9)] {
            let (points, half) = curve(200_000, |x| a + b * x.powf(-c));
            let f = forecast(&points, half, 1);
            let want = PowerLaw { a, b, c }.mean(2e5, 4e5);
            let next = f.next.unwrap();
            assert!((next.mean - want).abs() < 0.03 * want, "{f:?} {want}");
            assert!(next.low <= want + 0.02 && want - 0.02 <= next.high, "{f:?}");
            assert!(matches!(f.method, Method::PowerLaw(_)));
        }
        let (points, half) = curve(200_000, |x| 1.0 + 40.0 * x.powf(-0.3));
        assert_eq!(forecast(&points, half, 1).trend, Trend::Falling);
    }

    #[test]
    fn flat_rising_and_unknown() {
        let (points, half) = curve(50_000, |_| 8.0);
        let f = forecast(&points, half, 1);
        assert_eq!(f.trend, Trend::Flat);
        assert!((f.next.unwrap().mean - 8.0).abs() < 1e-6);

        let (points, half) = curve(50_000, |x| if x < 25_000.0 { 2.0 } else { 5.0 });
        let f = forecast(&points, half, 1);
        assert_eq!((f.trend, f.method), (Trend::Rising, Method::SecondHalf));
        let next = f.next.unwrap();
        assert!(
            next.low < 2.5 && next.high > 5.0,
            "honest about the jump: {f:?}"
        );

        for n in [0, 1, 100, 2047] {
            let (points, half) = curve(n, |_| 4.0);
            assert_eq!(forecast(&points, half, 1).method, Method::CannotTell);
        }
        let (points, half) = curve(9000, |_| 0.0);
        let f = forecast(&points, half, 1);
        assert_eq!((f.trend, f.next.unwrap().mean), (Trend::Flat, 0.0));
    }
}
