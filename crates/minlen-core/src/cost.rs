//! Code length: the one unit for everything.

use std::sync::OnceLock;

/// A code length, in units of 2⁻²⁴ bit. Exact sums, no floats: a cost is the same on every
/// machine. Holds up to 2⁴⁰ bits (128 GiB).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u64);

impl Cost {
    /// Units to a bit.
    pub const UNITS_A_BIT: u64 = 1 << 24;
    /// No bits.
    pub const ZERO: Cost = Cost(0);

    /// From units of 2⁻²⁴ bit.
    pub const fn from_units(units: u64) -> Cost {
        Cost(units)
    }

    /// In units of 2⁻²⁴ bit.
    pub const fn units(self) -> u64 {
        self.0
    }

    /// −log₂(`p` / 2^`bits`) for a `p` of 1 to 2^`bits`, `bits` ≤ 24; the error is below 2⁻²²
    /// bit. Outside that range, the nearest value inside is taken.
    pub fn of_probability(p: u32, bits: u32) -> Cost {
        let p = p.clamp(1, 1 << bits);
        Cost(u64::from(bits << 24) - log2_units(p))
    }

    /// −log₂(`p` / 65536) by table; `p` in `1..=65536`.
    #[inline]
    pub(crate) fn of_prob16(p: u32) -> Cost {
        static TABLE: OnceLock<Box<[u32]>> = OnceLock::new();
        let table = TABLE.get_or_init(|| {
            (0..=65536)
                .map(|p| Cost::of_probability(p, 16).0 as u32)
                .collect()
        });
        Cost(u64::from(table[p as usize & 0x1ffff]))
    }

    /// Whole bits, rounded up.
    pub const fn bits_ceil(self) -> u64 {
        self.0.div_ceil(Self::UNITS_A_BIT)
    }

    /// Whole bytes, rounded up.
    pub const fn bytes_ceil(self) -> u64 {
        self.0.div_ceil(Self::UNITS_A_BIT * 8)
    }
}

impl std::ops::Add for Cost {
    type Output = Cost;
    fn add(self, other: Cost) -> Cost {
        Cost(self.0.saturating_add(other.0))
    }
}

impl std::ops::AddAssign for Cost {
    #[inline]
    fn add_assign(&mut self, other: Cost) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(costs: I) -> Cost {
        costs.fold(Cost::ZERO, |a, b| a + b)
    }
}

/// log₂(x) in units of 2⁻²⁴, x ≥ 1, by repeated squaring of the mantissa: integers only, since
/// the platform's `log2` may differ in its last bit from machine to machine.
fn log2_units(x: u32) -> u64 {
    let whole = x.ilog2();
    let mut mantissa = (u64::from(x) << 31) >> whole; // in [2³¹, 2³²)
    let mut fraction = 0u64;
    for _ in 0..24 {
        mantissa = (mantissa * mantissa) >> 31; // in [2³¹, 2³³)
        let bit = mantissa >> 32;
        mantissa >>= bit;
        fraction = fraction << 1 | bit;
    }
    (u64::from(whole) << 24) + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_platform_logarithm() {
        for bits in [16, 24] {
            for p in (1..=1u32 << bits).step_by(if bits == 16 { 7 } else { 9973 }) {
                let want = bits as f64 - f64::from(p).log2();
                let got = Cost::of_probability(p, bits).units() as f64 / (1 << 24) as f64;
                assert!((got - want).abs() < 3e-7, "{p}: {got} {want}");
            }
        }
        assert_eq!(Cost::of_prob16(65536), Cost::ZERO);
        assert_eq!(Cost::of_prob16(1).bits_ceil(), 16);
    }
}
