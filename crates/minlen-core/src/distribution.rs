//! A whole distribution over the alphabet, as integers.

use crate::{ALPHABET, Symbol};

/// A probability for each of the 256 symbols, in units of 2⁻²⁴, as a cumulative table. Every
/// symbol has at least one unit.
///
/// 24 bits rather than 16: the 255 units kept for impossible symbols then cost at most 2·10⁻⁵
/// bits a symbol instead of 6·10⁻³, which on well-predicted data would be most of the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// `below[s]` = sum of the units of all symbols < s; `below[256] = TOTAL`.
    below: [u32; ALPHABET + 1],
}

impl Distribution {
    /// Binary digits of the unit: probabilities are multiples of 2⁻²⁴.
    pub const BITS: u32 = 24;
    /// Sum of the units of all symbols.
    pub const TOTAL: u32 = 1 << Self::BITS;

    /// All symbols equally likely.
    pub fn uniform() -> Distribution {
        Self::from_weights(&[1; ALPHABET])
    }

    /// Probabilities proportional to `weights`, rounded down to units after one unit was given to
    /// each symbol; the units left over by rounding go to the first symbol of the largest weight.
    /// All-zero weights give the uniform distribution.
    ///
    /// This is the one place where a symbol-wise prediction is rounded.
    pub fn from_weights(weights: &[u32; ALPHABET]) -> Distribution {
        let sum: u64 = weights.iter().map(|&w| u64::from(w)).sum();
        if sum == 0 {
            return Self::uniform();
        }
        // floor(w · spare / sum) by one multiplication each: scale ≤ 2⁵⁶ / sum and w ≤ sum.
        let spare = u64::from(Self::TOTAL) - ALPHABET as u64;
        let scale = (spare << 32) / sum;
        let mut below = [0; ALPHABET + 1];
        for (units, &w) in below[1..].iter_mut().zip(weights) {
            *units = 1 + ((u64::from(w) * scale) >> 32) as u32;
        }
        // Separate passes: each is a simple loop, together 2.5× faster than one.
        let most = weights.iter().copied().max().unwrap_or(0);
        let largest = weights.iter().position(|&w| w == most).unwrap_or(0);
        below[largest + 1] += Self::TOTAL - below.iter().sum::<u32>();
        let mut sum = 0;
        for units in &mut below {
            sum += *units;
            *units = sum;
        }
        Distribution { below }
    }

    /// Units of all symbols smaller than `s`, and the units of `s` itself (≥ 1).
    #[inline]
    pub fn interval(&self, s: Symbol) -> (u32, u32) {
        let (low, high) = (self.below[usize::from(s)], self.below[usize::from(s) + 1]);
        (low, high - low)
    }

    /// The symbol whose interval holds `unit`; values of [`Self::TOTAL`] and above give the last.
    #[inline]
    pub fn symbol_at(&self, unit: u32) -> Symbol {
        // The number of symbols that begin at or below `unit`, less one.
        (self.below[..ALPHABET].partition_point(|&b| b <= unit) - 1) as Symbol
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    #[test]
    fn units_sum_to_the_total_and_none_is_zero() {
        let mut random = Random::new(1);
        for round in 0..200 {
            let mut weights = [0u32; ALPHABET];
            for w in &mut weights {
                *w = (random.next_u64() as u32) >> (random.next_u64() % 33).min(31);
            }
            if round == 0 {
                weights = [u32::MAX; ALPHABET];
            }
            let d = Distribution::from_weights(&weights);
            let mut sum = 0;
            for s in 0..=255u8 {
                let (low, units) = d.interval(s);
                assert_eq!(low, sum);
                assert!(units >= 1);
                assert_eq!(d.symbol_at(low), s);
                assert_eq!(d.symbol_at(low + units - 1), s);
                sum += units;
            }
            assert_eq!(sum, Distribution::TOTAL);
            assert_eq!(d.symbol_at(u32::MAX), 255);
        }
    }

    #[test]
    fn no_weight_at_all_is_uniform() {
        assert_eq!(
            Distribution::from_weights(&[0; ALPHABET]),
            Distribution::uniform()
        );
    }
}
