//! Adaptive probability maps: the last correction of a prediction, by what became of similar ones.
//!
//! (Secondary symbol estimation; Mahoney's "APM" since PAQ6.)

use super::logistic::Logistic;
use crate::kernels::{Lanes, PATHS, Zeroed};

/// Points of a curve: stretches −2048, −1920, … 2048.
const POINTS: usize = 33;

/// Curves from stretch to probability, one a row and lane; kept as differences from the identity.
#[derive(Clone)]
pub(crate) struct Apm {
    curves: Zeroed<i16>,
    /// The place of each lane's nearest point, from the last refinement.
    near: Lanes<u32>,
    base: Lanes<u16>,
}

impl Apm {
    pub(crate) const fn bytes(rows: usize) -> u64 {
        Zeroed::<i16>::bytes(rows * 16 * POINTS + 16)
    }

    pub(crate) fn new(rows: usize) -> Apm {
        Apm {
            curves: Zeroed::new(rows * 16 * POINTS + 16),
            near: [0; 16],
            base: [0; 16],
        }
    }

    ///
    pub(crate) fn refine(
        &mut self,
        row: usize,
        stretch: &Lanes<i16>,
        logistic: &Logistic,
    ) -> Lanes<u16> {
        std::array::from_fn(|lane| {
            let x = i32::from(stretch[lane]).clamp(-2047, 2047) + 2048;
            let (i, f) = ((x >> 7) as u32, x & 127);
            let at = (row * 16 + lane) as u32 * POINTS as u32 + i;
            let knot = |i: u32| i32::from(logistic.squash((i as i32 * 128 - 2048) as i16));
            let a = i32::from(self.curves[at as usize]);
            let b = i32::from(self.curves[at as usize + 1]);
            let p = i32::from(logistic.squash(stretch[lane])) + ((a * (128 - f) + b * f) >> 7);
            let near = u32::from(f >= 64);
            self.near[lane] = at + near;
            self.base[lane] = knot(i + near) as u16;
            p.clamp(1, 65535) as u16
        })
    }

    pub(crate) fn learn(&mut self, nibble: u8, rate: u32) {
        for lane in 1..16 {
            let target = match PATHS[usize::from(nibble)][lane] {
                0 => continue,
                1 => 0,
                _ => 65535,
            };
            let d = &mut self.curves[self.near[lane] as usize];
            let now = i32::from(self.base[lane]) + i32::from(*d);
            *d = (i32::from(*d) + ((target - now) >> rate)).clamp(-32768, 32767) as i16;
        }
    }
}
