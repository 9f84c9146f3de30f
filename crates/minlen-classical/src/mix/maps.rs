//! What a bit history is worth: one adaptive probability a state.
//!
//! How often a 1 really followed a history is learned for each context and half of the byte
//! ("indirect" modelling, Mahoney, PAQ6): whether "seen once" means much depends on the context.

use crate::kernels::Worth;
use crate::mixing::logistic::Logistic;
use crate::mixing::states::States;

/// A probability of a 1 in units of 2⁻²² in the high 22 bits, and the times that it moved, at
/// most `LIMIT`, in the low 10.
#[derive(Clone)]
pub(crate) struct Map([u32; 256]);

/// An entry never moves by less than 1 / (LIMIT + 1.5) of the way.
const LIMIT: u32 = 1023;

/// ⌊2¹⁶ / (n + 1.5)⌋
static RATES: [u32; 1024] = {
    let mut rates = [0; 1024];
    let mut n = 0;
    while n < rates.len() {
        rates[n] = (1 << 17) / (2 * n as u32 + 3);
        n += 1;
    }
    rates
};

impl Map {
    /// Where maps begin: (2 n1 + 1) / (2 n0 + 2 n1 + 2).
    pub(crate) fn fresh(states: &States) -> Map {
        Map(std::array::from_fn(|s| states.estimate(s, 1 << 22) << 10))
    }

    /// What the whole map is worth.
    pub(crate) fn worth(&self, logistic: &Logistic) -> Worth {
        let mut worth = Worth([0; 256]);
        for s in 1..256 {
            worth.0[s] = logistic.stretch((self.0[s] >> 16) as u16);
        }
        worth
    }

    /// A node with history `state` gave `bit`: with p and n of the state's entry, p moves by
    /// ⌊(target − p) · ⌊2¹⁶ / (n + 1.5)⌋ / 2¹⁶⌋, where the target is 2²² − 1 or 0, and n goes up by
    /// one. State 0 stays worth 0.
    #[inline]
    pub(crate) fn learn(&mut self, state: u8, bit: usize, worth: &mut Worth, logistic: &Logistic) {
        let entry = &mut self.0[usize::from(state)];
        let n = *entry & 1023;
        let p = (*entry >> 10) as i32;
        let target = (bit as i32).wrapping_neg() & ((1 << 22) - 1);
        let step = ((i64::from(target - p) * i64::from(RATES[n as usize])) >> 16) as i32;
        *entry = ((p + step) as u32) << 10 | (n + u32::from(n < LIMIT));
        let seen = i16::from(state != 0).wrapping_neg();
        worth.0[usize::from(state)] = logistic.stretch[(*entry >> 20) as usize] & seen;
    }
}
