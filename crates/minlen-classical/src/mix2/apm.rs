//! Adaptive probability maps: the last correction of a prediction, by what became of similar ones.
//!
//! (Secondary symbol estimation; the form is Mahoney's "APM", PAQ6 onwards.) Each row has a curve a
//! lane, from stretch to a correction of the probability, by interpolation between 16 points, at
//! the stretches −1920, −1664, … 1920. All corrections are 0 at first.

use crate::kernels::{Cpu, Lanes, Zeroed, prefetch};
use crate::mixing::journal::Journal;
use crate::mixing::logistic::LOGISTIC;
use std::sync::LazyLock;

/// A point moves by 2^−RATE of the way to what happened.
const RATE: u32 = 5;
/// Numbers a row: 16 points a lane.
const ROW: usize = 256;

/// Curves.
#[derive(Clone)]
pub(crate) struct Apm {
    curves: Zeroed<i16>,
    /// Scratch: the point near each lane's stretch, as the last refinement found it.
    near: Lanes<u32>,
    /// Points that were moved.
    journal: Journal<i16>,
}

/// Numbers behind the last row: the kernels read two at once.
const SLACK: usize = 2;

/// The probabilities at the points, without a correction.
static AT_POINTS: LazyLock<[i32; 16]> =
    LazyLock::new(|| std::array::from_fn(|i| i32::from(LOGISTIC.squash(i as i16 * 256 - 1920))));

impl Apm {
    pub(crate) const fn bytes(rows: usize) -> u64 {
        Zeroed::<i16>::bytes(rows * ROW + SLACK)
    }

    pub(crate) fn new(rows: usize) -> Apm {
        Apm {
            curves: Zeroed::new(rows * ROW + SLACK),
            near: [0; 16],
            journal: Journal::default(),
        }
    }

    /// From here on there is a way back.
    pub(crate) fn mark(&mut self) {
        self.journal.mark();
    }

    /// Back to the mark.
    pub(crate) fn go_back(&mut self) {
        self.journal.undo(&mut self.curves);
    }

    /// Starts loading a row.
    #[inline]
    pub(crate) fn prefetch(&self, row: usize) {
        for line in 0..ROW / 32 {
            prefetch(&self.curves, row * ROW + 32 * line);
        }
    }

    /// The refined probabilities.
    #[inline]
    pub(crate) fn refine(&mut self, cpu: Cpu, row: usize, stretch: &Lanes<i16>) -> Lanes<u16> {
        cpu.refine16(&self.curves, row, stretch, &mut self.near)
    }

    /// The nibble was `nibble`: on its path, what the near point says moves to 65535 or 0 by 2⁻⁵ of
    /// the way, rounded away from where it was; corrections stay within ±32767.
    #[inline]
    pub(crate) fn learn(&mut self, nibble: u8) {
        let points = &*AT_POINTS;
        let full = 16 + usize::from(nibble & 15);
        for depth in 0..4 {
            let node = full >> (4 - depth) & 15;
            let bit = (full >> (3 - depth) & 1) as i32;
            let at = self.near[node] as usize;
            self.journal.keep(&self.curves, at);
            let c = &mut self.curves[at];
            let gap = (65535 & -bit) - points[at & 15] - i32::from(*c);
            // Towards what happened, rounded away from where it was.
            let step = (gap + (((1 << RATE) - 1) & -bit)) >> RATE;
            *c = (i32::from(*c) + step).clamp(-32767, 32767) as i16;
        }
    }
}
