//! With the 128-bit registers of ARM: a panel's 16 rows in four.

use super::{LANES, Lanes, Matrix, Then};
use std::arch::aarch64::*;

/// See `plain::product`. Tiles of 4 rows × 1 panel: 16 sums, of 32 registers; of one row alone, of
/// 4 panels.
#[target_feature(enable = "neon")]
pub(super) fn product(x: &[Lanes], matrix: &Matrix, then: Then, y: &mut [Lanes]) {
    let (depth, panels) = (matrix.columns / LANES, matrix.panels());
    let rows = x.len() / depth;
    assert!(x.len() == rows * depth && y.len() == rows * panels);
    assert!(matrix.weights.len() == panels * matrix.columns);
    let mut panel = 0;
    while panel < panels {
        panel += match (panels - panel, rows) {
            (4.., 1) => group::<4>(x, matrix, then, y, panel, rows),
            (2.., ..=3) => group::<2>(x, matrix, then, y, panel, rows),
            _ => group::<1>(x, matrix, then, y, panel, rows),
        };
    }
}

/// All rows times `P` panels. Returns P.
#[inline]
#[target_feature(enable = "neon")]
fn group<const P: usize>(
    x: &[Lanes],
    matrix: &Matrix,
    then: Then,
    y: &mut [Lanes],
    panel: usize,
    rows: usize,
) -> usize {
    let mut row = 0;
    while row < rows {
        // SAFETY: `product` looked at the lengths; rows row.. and panels panel..panel + P exist.
        row += unsafe {
            match rows - row {
                4.. if P == 1 => tile::<4, P>(x, matrix, then, y, panel, row),
                2.. if P <= 2 => tile::<2, P>(x, matrix, then, y, panel, row),
                _ => tile::<1, P>(x, matrix, then, y, panel, row),
            }
        };
    }
    P
}

/// Rows row..row + R times panels panel..panel + P. Returns R.
///
/// SAFETY: the rows and panels exist, and x, y and the matrix fit together as in `product`.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn tile<const R: usize, const P: usize>(
    x: &[Lanes],
    matrix: &Matrix,
    then: Then,
    y: &mut [Lanes],
    panel: usize,
    row: usize,
) -> usize {
    let columns = matrix.columns;
    let mut sums = [[[vdupq_n_f32(0.0); 4]; P]; R];
    // SAFETY: columns of the rows and panels that exist.
    unsafe {
        let x: *const f32 = x.as_ptr().add(row * (columns / LANES)).cast();
        let weights: *const [i8; LANES] = matrix.weights.as_ptr().add(panel * columns);
        for k in 0..columns {
            let mut w = [[vdupq_n_f32(0.0); 4]; P];
            for (p, w) in w.iter_mut().enumerate() {
                let bytes = vld1q_s8(weights.add(p * columns + k).cast());
                let (low, high) = (vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes));
                *w = [
                    vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))),
                    vcvtq_f32_s32(vmovl_high_s16(low)),
                    vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))),
                    vcvtq_f32_s32(vmovl_high_s16(high)),
                ];
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let value = vdupq_n_f32(*x.add(r * columns + k));
                for (sum, w) in sums.iter_mut().zip(w) {
                    for (sum, w) in sum.iter_mut().zip(w) {
                        *sum = vfmaq_f32(*sum, value, w);
                    }
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (p, sum) in sums.iter().enumerate() {
                let scale: *const f32 = matrix.scale.as_ptr().add(panel + p).cast();
                let y = y.as_mut_ptr().add((row + r) * matrix.panels() + panel + p);
                let y: *mut f32 = y.cast();
                for (quarter, sum) in sum.iter().enumerate() {
                    let scale = vld1q_f32(scale.add(4 * quarter));
                    let y = y.add(4 * quarter);
                    let value = vmulq_f32(*sum, scale);
                    let value = match then {
                        Then::Store => value,
                        Then::Add => vaddq_f32(vld1q_f32(y), value),
                        Then::Square => {
                            // The number where the value is NaN, as in `plain`.
                            let positive = vmaxnmq_f32(value, vdupq_n_f32(0.0));
                            vmulq_f32(positive, positive)
                        }
                    };
                    vst1q_f32(y, value);
                }
            }
        }
    }
    R
}
