//! The logistic function and its inverse, in integers.
//!
//! A probability p of a 1 is mixed as its *stretch* ln(p / (1 − p)), in units of 1/256 nat
//! (Mahoney, *Adaptive weighing of context models for lossless data compression*, Florida Tech
//! CS-2005-16). [`Logistic::squash`] is the inverse, by linear interpolation between points a
//! quarter of a nat apart. No platform `exp` or `ln` is used: the tables come from one 32-bit
//! constant by integer multiplication and division.

use std::sync::LazyLock;

/// Largest stretch of an input of the mixer: 2047 / 256 ≈ 8 nats.
pub(crate) const LIMIT: i32 = 2047;
/// Largest stretch of a weight set: 12 nats. Above [`LIMIT`], so that what never fails can cost
/// next to nothing (10 MB of zeros: 2,644 bytes with 2047 here).
pub(crate) const HIDDEN_LIMIT: i32 = 3071;
/// Largest stretch that [`Logistic::squash`] tells apart.
pub(crate) const SQUASH_LIMIT: i32 = 4095;

/// The tables.
#[repr(align(64))]
pub(crate) struct Logistic {
    /// `tail[i]` = 65536 / (1 + e^(i/4)), to the nearest.
    pub(crate) tail: [u16; 64],
    /// `drop[i]` = `tail[i]` − `tail[i + 1]`.
    pub(crate) drop: [u16; 64],
    /// The stretch of each probability, in steps of 1/4096.
    pub(crate) stretch: [i16; 4096],
}

/// The tables, made at first use.
pub(crate) static LOGISTIC: LazyLock<Logistic> = LazyLock::new(Logistic::new);

impl Logistic {
    fn new() -> Logistic {
        /// round(2³² · e^(−1/4))
        const STEP: u64 = 3_344_923_893;
        let mut tail = [0u16; 65];
        let mut e = 1u64 << 32; // e^(−i/4) in units of 2⁻³²
        for t in &mut tail {
            // 65536 · e / (1 + e), to the nearest.
            let whole = (1u64 << 32) + e;
            *t = ((e * 65536 + whole / 2) / whole) as u16;
            e = (e * STEP + (1 << 31)) >> 32;
        }
        let mut logistic = Logistic {
            tail: [0; 64],
            drop: [0; 64],
            stretch: [0; 4096],
        };
        for i in 0..64 {
            logistic.tail[i] = tail[i];
            logistic.drop[i] = tail[i] - tail[i + 1];
        }
        let mut x = -LIMIT;
        for p in 0..4096u32 {
            while x < LIMIT && u32::from(logistic.squash(x as i16)) < 16 * p + 8 {
                x += 1;
            }
            logistic.stretch[p as usize] = x as i16;
        }
        logistic
    }

    /// The probability of a 1, in units of 2⁻¹⁶, whose stretch is `x`: with a = min(|x|, 4095),
    /// i = ⌊a / 64⌋ and f = a mod 64, let q = max(1, tail\[i\] − ⌊drop\[i\] · f / 64⌋); the result is
    /// q for x < 0 and 65536 − q otherwise. Always in 1..=65535.
    #[inline]
    pub(crate) fn squash(&self, x: i16) -> u16 {
        let a = u32::from(x.unsigned_abs()).min(SQUASH_LIMIT as u32);
        let i = (a >> 6) as usize & 63;
        let f = a & 63;
        let q = u32::from(self.tail[i]) - ((u32::from(self.drop[i]) * f) >> 6);
        let q = q.max(1) as u16;
        if x < 0 { q } else { q.wrapping_neg() }
    }

    /// The stretch of a probability of a 1 in units of 2⁻¹⁶: the smallest x ≥ −2047 with
    /// squash(x) ≥ 16 ⌊p / 16⌋ + 8, or 2047 when there is none below.
    #[inline]
    pub(crate) fn stretch(&self, p: u16) -> i16 {
        self.stretch[usize::from(p >> 4)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_to_the_real_functions() {
        for x in -4095..=4095i32 {
            let p = f64::from(LOGISTIC.squash(x as i16)) / 65536.0;
            let want = 1.0 / (1.0 + (-f64::from(x) / 256.0).exp());
            assert!((p - want).abs() < 9e-4, "{x}: {p} {want}");
        }
        for p in 16..65520u32 {
            let q = (f64::from(p >> 4) + 0.5) / 4096.0;
            let want = 256.0 * (q / (1.0 - q)).ln();
            let got = f64::from(LOGISTIC.stretch(p as u16));
            assert!((got - want).abs() < 14.0, "{p}: {got} {want}");
        }
    }

    #[test]
    fn squash_grows() {
        for x in i16::MIN + 1..=i16::MAX {
            assert!(LOGISTIC.squash(x) >= LOGISTIC.squash(x - 1));
        }
        assert_eq!(LOGISTIC.squash(0), 32768);
        assert_eq!(LOGISTIC.squash(i16::MIN), 1);
        assert_eq!(LOGISTIC.squash(i16::MAX), 65535);
    }
}
