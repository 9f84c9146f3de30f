//! 8.2.6: trust in an expected nibble, bit by bit.

use super::logistic::Logistic;
use super::nibble::{Half, path};

/// For each d.
pub type Trust = [i64; 4];

/// At first, in class c.
pub fn first(c: i64) -> Trust {
    [65_535 - 32_768 / (1 + 2 * c); 4]
}

/// μ of a match of length m.
pub fn class(m: u64) -> u64 {
    match m {
        0 => 0,
        1..16 => (1 + (m >> 1)).min(8),
        16..24 => 9,
        24..32 => 10,
        32..48 => 11,
        48..96 => 12,
        96..192 => 13,
        192..400 => 14,
        _ => 15,
    }
}

/// What is expected of a half where this byte is expected.
pub fn nibble(expected: Option<u8>, half: Half) -> Option<u8> {
    let expected = expected?;
    match half {
        Half::High => Some(expected >> 4),
        Half::Low(h) => (expected >> 4 == h).then_some(expected % 16),
    }
}

/// The input to the mixer at each node, where this nibble is expected.
pub fn inputs(trust: &Trust, nibble: u8, logistic: &Logistic) -> [i64; 16] {
    let mut inputs = [0; 16];
    for (trust, (node, y)) in trust.iter().zip(path(nibble)) {
        let stretched = logistic.stretch((trust >> 4) as u64);
        inputs[node] = if y { stretched } else { -stretched };
    }
    inputs
}

/// The nibble was v.
pub fn learn(trust: &mut Trust, nibble: u8, v: u8) {
    for (trust, ((_, expected), (_, y))) in
        trust.iter_mut().zip(path(nibble).into_iter().zip(path(v)))
    {
        if expected != y {
            *trust -= *trust >> 6;
            return;
        }
        *trust += (65_535 - *trust + 63) >> 6;
    }
}
