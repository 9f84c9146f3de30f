//! Adaptive probability maps: the last correction of a prediction, by what became of similar ones.
//!
//! (Secondary symbol estimation; the form is Mahoney's "APM", PAQ6 onwards.) Each row has a curve
//! a lane, from stretch to a correction of the probability, by interpolation between points one
//! nat apart. All corrections are 0 at first.

use crate::kernels::{Cpu, Lanes, PATHS, POINTS, Zeroed, prefetch};
use crate::mixing::logistic::Logistic;

/// A point moves by 2^−RATE of the way to what happened.
const RATE: u32 = 6;

/// Curves.
#[derive(Clone)]
pub(crate) struct Apm {
    curves: Zeroed<i16>,
    /// Scratch: the point near each lane's stretch, as the last refinement found it.
    near: Lanes<u32>,
}

/// Numbers behind the last row: the kernels read two at once.
const SLACK: usize = 2;

impl Apm {
    pub(crate) const fn bytes(rows: usize) -> u64 {
        Zeroed::<i16>::bytes(rows * 16 * POINTS + SLACK)
    }

    pub(crate) fn new(rows: usize) -> Apm {
        Apm {
            curves: Zeroed::new(rows * 16 * POINTS + SLACK),
            near: [0; 16],
        }
    }

    /// Starts loading a row.
    #[inline]
    pub(crate) fn prefetch(&self, row: usize) {
        for line in 0..(16 * POINTS).div_ceil(32) {
            prefetch(&self.curves, row * 16 * POINTS + 32 * line);
        }
    }

    /// The refined probabilities.
    #[inline]
    pub(crate) fn refine(&mut self, cpu: Cpu, row: usize, stretch: &Lanes<i16>) -> Lanes<u16> {
        cpu.refine(&self.curves, row, stretch, &mut self.near)
    }

    /// The nibble was `nibble`: on its path, the near point's probability squash(256 i − 2048) +
    /// c_i moves to 65535 or 0 by the difference / 2⁶, rounded away from zero; c_i stays within
    /// ±32767.
    #[inline]
    pub(crate) fn learn(&mut self, nibble: u8, logistic: &Logistic) {
        for depth in 0..4 {
            let node = (16 + usize::from(nibble & 15)) >> (4 - depth);
            let target = if PATHS[usize::from(nibble & 15)][node & 15] == 2 {
                65535
            } else {
                0
            };
            let at = self.near[node & 15] as usize;
            let place = (at % POINTS) as i32 * 256 - 2048;
            let c = &mut self.curves[at];
            let gap = target - i32::from(logistic.squash(place as i16)) - i32::from(*c);
            let step = if gap >= 0 {
                (gap + 63) >> RATE
            } else {
                -((63 - gap) >> RATE)
            };
            *c = (i32::from(*c) + step).clamp(-32767, 32767) as i16;
        }
    }
}
