//! Trust: how likely a symbol that is expected is to come, bit by bit.

use super::logistic::Logistic;
use crate::kernels::Pair;

/// Trust moves by 2^−RATE of the way.
const RATE: u32 = 6;

/// For each half and depth (4 half + depth), in units of 2⁻¹⁶, how likely the expected bit is.
#[derive(Clone, Copy)]
pub(crate) struct Trust(pub(crate) [u16; 8]);

impl Trust {
    /// Where trust in something of class `class` begins: 1 − 1 / (2 + 4 class).
    pub(crate) const fn of_class(class: usize) -> Trust {
        Trust([65535 - (1 << 15) / (1 + 2 * class as u16); 8])
    }

    /// The inputs of the mixer, into one side of a pair: ± the stretch of the trust along the path
    /// to the expected nibble, + where a 1 is expected; elsewhere they stay.
    #[inline]
    pub(crate) fn input(
        &self,
        half: usize,
        expected: u8,
        logistic: &Logistic,
        pair: &mut Pair,
        side: usize,
    ) {
        let full = 16 + usize::from(expected);
        for depth in 0..4 {
            let st = logistic.stretch(self.0[4 * half + depth]);
            let one = full >> (3 - depth) & 1 == 1;
            pair.0[2 * (full >> (4 - depth) & 15) + side] = if one { st } else { -st };
        }
    }

    /// `expected` was expected and `nibble` came: the trust t in each expected bit moves up by
    /// ⌈(65535 − t) / 2⁶⌉ when the bit came, down by ⌊t / 2⁶⌋ when it did not; bits after that were
    /// not asked.
    #[inline]
    pub(crate) fn learn(&mut self, half: usize, expected: u8, nibble: u8) {
        for depth in 0..4 {
            let t = &mut self.0[4 * half + depth];
            if (expected ^ nibble) >> (3 - depth) & 1 != 0 {
                *t -= *t >> RATE;
                break;
            }
            *t += ((65535 - u32::from(*t) + 63) >> RATE) as u16;
        }
    }
}

/// The expected nibble of this half of the expected symbol, unless the high one came otherwise.
#[inline]
pub(crate) fn nibble(expected: u8, half: usize, high: u8) -> Option<u8> {
    match half {
        0 => Some(expected >> 4),
        _ => (expected >> 4 == high).then_some(expected & 15),
    }
}

/// Classes of lengths of a match; class 0 is no match.
pub(crate) const CLASSES: usize = 16;

/// The class of a match of so many symbols: 0 for none; 1 + ⌊length / 2⌋, at most 8, below 16; then
/// 9–15 from 16, 24, 32, 48, 96, 192 and 400 on.
#[inline]
pub(crate) fn class(length: u32) -> usize {
    match length {
        0 => 0,
        n @ 1..=15 => (1 + n as usize / 2).min(8),
        16..=23 => 9,
        24..=31 => 10,
        32..=47 => 11,
        48..=95 => 12,
        96..=191 => 13,
        192..=399 => 14,
        _ => 15,
    }
}
