//! Adaptive probability maps: the last correction of a prediction, by what became of similar ones.

use super::logistic::Logistic;
use crate::kernels::{Cpu, Lanes, Zeroed, prefetch};

/// A point moves by 2^−RATE of the way to what happened.
const RATE: u32 = 5;
/// Numbers a row: 16 points a lane.
const ROW: usize = 256;

/// Curves.
#[derive(Clone)]
pub(crate) struct Apm {
    curves: Zeroed<i16>,
    near: Lanes<u32>,
}

const SLACK: usize = 2;

impl Apm {
    pub(crate) const fn bytes(rows: usize) -> u64 {
        Zeroed::<i16>::bytes(rows * ROW + SLACK)
    }

    pub(crate) fn new(rows: usize) -> Apm {
        Apm {
            curves: Zeroed::new(rows * ROW + SLACK),
            near: [0; 16],
        }
    }

    /// Starts loading a row.
    #[inline]
    pub(crate) fn prefetch(&self, row: usize) {
        for line in 0..ROW / 32 {
            prefetch(&self.curves, row * ROW + 32 * line);
        }
    }

    #[inline]
    pub(crate) fn refine(&mut self, cpu: Cpu, row: usize, stretch: &Lanes<i16>) -> Lanes<u16> {
        cpu.refine16(&self.curves, row, stretch, &mut self.near)
    }

    /// The nibble was `nibble`.
    #[inline]
    pub(crate) fn learn(&mut self, nibble: u8, points: &[i32; 16]) {
        let full = 16 + usize::from(nibble & 15);
        for depth in 0..4 {
            let node = full >> (4 - depth) & 15;
            let bit = (full >> (3 - depth) & 1) as i32;
            let at = self.near[node] as usize;
            let c = &mut self.curves[at];
            let gap = (65535 & -bit) - points[at & 15] - i32::from(*c);
            // Towards what happened, rounded away from where it was.
            let step = (gap + (((1 << RATE) - 1) & -bit)) >> RATE;
            *c = (i32::from(*c) + step).clamp(-32767, 32767) as i16;
        }
    }
}

/// The probabilities at the points.
pub(crate) fn points(logistic: &Logistic) -> [i32; 16] {
    std::array::from_fn(|i| i32::from(logistic.squash(i as i16 * 256 - 1920)))
}
