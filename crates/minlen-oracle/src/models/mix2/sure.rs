//! 8.3.6: the first match model, when it is asked alone.

use super::history::History;
use super::matching::Match;
use crate::entropy::Decoder;
use crate::models::mix::nibble::{Half, path};
use crate::models::mix::trust::{self, Trust};

#[derive(Clone)]
pub struct Sure {
    /// A and B.
    least: (u64, u16),
    /// For each class, e and half.
    trust: [[[Trust; 2]; 16]; 16],
}

impl Sure {
    pub fn new(least: (u64, u16)) -> Self {
        Self {
            least,
            trust: [[[[65_471; 4]; 2]; 16]; 16],
        }
    }

    pub fn is_sure(&self, first: &Match, history: &History) -> bool {
        let (length, streak) = self.least;
        first.length() >= length && first.streak(history) >= streak
    }

    /// The nibble v is surely predicted, asked and learnt.
    pub fn code(
        &mut self,
        class: u64,
        streak: u16,
        half: Half,
        v: u8,
        decoder: &mut Decoder,
    ) -> Result<u8, String> {
        let e = (u16::BITS - streak.leading_zeros()).min(15);
        let trust = &mut self.trust[class as usize][e as usize][half.half()];
        let mut p = [32_768; 16];
        for (trust, (node, y)) in trust.iter().zip(path(v)) {
            p[node] = if y { *trust } else { 65_536 - *trust } as u64;
        }
        let answer = decoder.nibble(|node| p[node])?;
        trust::learn(trust, v, answer);
        Ok(answer)
    }
}
