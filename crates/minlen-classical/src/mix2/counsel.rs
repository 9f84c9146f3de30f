//! The last word between the mixer and a foreign prediction.
//!
//! The foreign prediction is an input of the mixer, but a mixer with dozens of inputs that know
//! nothing yet needs hundreds of symbols to heed the one that does. So two weights, which begin by
//! trusting what comes from outside, mix what the mixer says with what was foretold. (1,000 pieces
//! of 160 bytes, each on its own, with a net that alone takes 44,959 bytes: without this 69,514.)

use crate::mixing::logistic::{Logistic, SQUASH_LIMIT};

/// Weights of the mixer and of the foreign prediction at first, in units of 2⁻¹⁶.
const FIRST: [i32; 2] = [16_384, 52_000];
/// A weight moves by error · stretch / 2^RATE.
const RATE: u32 = 18;

/// Two weights for each half and step of the match class, and what the last nibble was mixed from.
#[derive(Clone)]
pub(crate) struct Counsel {
    weights: [[i32; 2]; 8],
    row: usize,
    stretches: [[i16; 2]; 16],
    p: [u16; 16],
}

impl Counsel {
    pub(crate) fn new() -> Counsel {
        Counsel {
            weights: [FIRST; 8],
            row: 0,
            stretches: [[0; 2]; 16],
            p: [0; 16],
        }
    }

    /// The last word on a nibble: `mixed` is the mixer's, `foretold` the foreign prediction.
    pub(crate) fn weigh(
        &mut self,
        half: usize,
        match_class: usize,
        mixed: &[u16; 16],
        foretold: &[u16; 16],
        logistic: &Logistic,
    ) -> [u16; 16] {
        let step = match match_class {
            0 => 0,
            1..=8 => 1,
            9..=12 => 2,
            _ => 3,
        };
        self.row = 2 * step + half;
        let w = self.weights[self.row];
        for lane in 1..16 {
            let x = [mixed[lane], foretold[lane]].map(|p| logistic.stretch(p));
            let sum = (i64::from(w[0]) * i64::from(x[0]) + i64::from(w[1]) * i64::from(x[1])) >> 16;
            let limit = i64::from(SQUASH_LIMIT);
            self.stretches[lane] = x;
            self.p[lane] = logistic.squash(sum.clamp(-limit, limit) as i16);
        }
        self.p
    }

    /// The nibble was `nibble`.
    pub(crate) fn learn(&mut self, nibble: u8) {
        let full = 16 + usize::from(nibble & 15);
        for depth in 0..4 {
            let node = full >> (4 - depth);
            let bit = (full >> (3 - depth) & 1) as i64;
            let error = (bit << 16) - i64::from(self.p[node]);
            for (w, x) in self.weights[self.row].iter_mut().zip(self.stretches[node]) {
                *w += ((error * i64::from(x)) >> RATE) as i32;
                *w = (*w).clamp(-(1 << 20), 1 << 20);
            }
        }
    }
}
