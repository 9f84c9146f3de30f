//! What a bit history is worth: one adaptive stretch a state.
//!
//! How often a 1 really followed a history is learned for each context and half of the byte
//! ("indirect" modelling, Mahoney, PAQ6): whether "seen once" means much depends on the context.
//! What is kept is the stretch itself, so that the mixer's inputs are looked up ready; learning
//! moves it as far as its probability p would be moved by (bit − p) / r.

use crate::kernels::{STEPS, Steps, Worth};
use crate::mixing::logistic::Logistic;
use crate::mixing::states::States;
use std::sync::LazyLock;

/// r, for the first symbols, for those up to [`SETTLED`], and then.
const RATES: [u64; 3] = [40, 100, 256];
/// Symbols after which the rate and the turn change.
const SETTLED: [usize; 3] = [1 << 12, 1 << 14, 1 << 16];

/// Nothing is worth more: 1/4096 nat below 8.
const LIMIT: i32 = 32_700;

/// How much is learned after `seen` symbols: the steps, and that only every such context learns in
/// its turn. (All at all times: 0.08 % shorter.)
pub(crate) fn pace(seen: usize) -> (&'static Steps, usize) {
    let rate = usize::from(seen >= SETTLED[0]) + usize::from(seen >= SETTLED[2]);
    (&STEP_TABLES[rate], if seen < SETTLED[1] { 1 } else { 4 })
}

/// Steps for each of [`RATES`], made at first use.
static STEP_TABLES: LazyLock<[Steps; 3]> = LazyLock::new(|| {
    /// round(2³² · e^(1/4096))
    const GROWTH: u128 = 4_296_016_000;
    // Odds e^(k/4096) in units of 2⁻³².
    let mut odds = vec![1u128 << 32];
    for k in 0..1 << 15 {
        odds.push((odds[k] * GROWTH + (1 << 31)) >> 32);
    }
    let stretch = |o: u128| odds.partition_point(|&e| e <= o) as i32 - 1;
    RATES.map(|r| {
        let r = u128::from(r);
        // Where the stretch `x` ≥ 0 goes: odds o become (r o + 1) / (r − 1) with a 1, and
        // o (r − 1) / (r + o) with a 0.
        let to = |x: i32, bit: bool| {
            let o = odds[x as usize];
            if bit {
                return stretch((r * o + (1 << 32)) / (r - 1));
            }
            let (up, down) = (o * (r - 1), (r << 32) + o);
            if up >= down {
                stretch((up << 32) / down)
            } else {
                -stretch((down << 32) / up)
            }
        };
        Steps(std::array::from_fn(|bit| {
            std::array::from_fn(|i| {
                let x = (i as i32 - STEPS as i32 / 2) * 64 + 32;
                let t = if x > 0 {
                    to(x, bit == 1)
                } else {
                    -to(-x, bit == 0)
                };
                (t.clamp(-LIMIT, LIMIT) - x) as i16
            })
        }))
    })
});

/// What histories are worth at first, in units of 1/4096 nat: the stretch of
/// (2 n1 + 1) / (2 n0 + 2 n1 + 2); 0 for the history of nothing, for ever.
pub(crate) fn fresh(states: &States, logistic: &Logistic) -> Worth {
    let mut worth = Worth([0; 256]);
    for s in 1..256 {
        let p = states.estimate(s, 1 << 16) as u16;
        worth.0[s] = logistic.stretch(p) * 16;
    }
    worth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_to_what_happens_and_never_out() {
        for (steps, r) in STEP_TABLES.iter().zip(RATES) {
            for i in 0..STEPS {
                let x = (i as i32 - STEPS as i32 / 2) * 64 + 32;
                for bit in 0..2 {
                    let d = i32::from(steps.0[bit][i]);
                    for at in [x - 32, x + 31] {
                        assert!(i16::try_from(at + d).is_ok());
                    }
                    let p = 1.0 / (1.0 + (-f64::from(x) / 4096.0).exp());
                    let q: f64 = p + (bit as f64 - p) / r as f64;
                    let t = 4096.0 * (q / (1.0 - q)).ln();
                    assert!(
                        (f64::from(x + d) - t.clamp(-32700.0, 32700.0)).abs() < 2.5,
                        "{r} {x} {bit}: {d}"
                    );
                }
            }
        }
    }
}
