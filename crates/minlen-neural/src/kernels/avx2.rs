//! With 256-bit registers: a panel's 16 rows in two.

use super::{LANES, Lanes, Matrix, Pairs, Then, plain};
use minlen_core::ALPHABET;
use std::arch::x86_64::*;

kernels!(copies "avx2,fma");

/// See `plain::product`. Tiles as in `avx512`, for 16 registers: 6 rows × 1 panel.
#[target_feature(enable = "avx2,fma")]
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
#[target_feature(enable = "avx2,fma")]
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
                6.. if P == 1 => tile::<6, P>(x, matrix, then, y, panel, row),
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
#[target_feature(enable = "avx2,fma")]
unsafe fn tile<const R: usize, const P: usize>(
    x: &[Lanes],
    matrix: &Matrix,
    then: Then,
    y: &mut [Lanes],
    panel: usize,
    row: usize,
) -> usize {
    let columns = matrix.columns;
    let mut sums = [[[_mm256_setzero_ps(); 2]; P]; R];
    // SAFETY: columns of the rows and panels that exist.
    unsafe {
        let x: *const f32 = x.as_ptr().add(row * (columns / LANES)).cast();
        let weights: *const [i8; LANES] = matrix.weights.as_ptr().add(panel * columns);
        for k in 0..columns {
            let mut w = [[_mm256_setzero_ps(); 2]; P];
            for (p, w) in w.iter_mut().enumerate() {
                let bytes: *const i8 = weights.add(p * columns + k).cast();
                for (half, w) in w.iter_mut().enumerate() {
                    let eight = _mm_loadl_epi64(bytes.add(8 * half).cast());
                    *w = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(eight));
                }
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let value = _mm256_set1_ps(*x.add(r * columns + k));
                for (sum, w) in sums.iter_mut().zip(w) {
                    sum[0] = _mm256_fmadd_ps(value, w[0], sum[0]);
                    sum[1] = _mm256_fmadd_ps(value, w[1], sum[1]);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (p, sum) in sums.iter().enumerate() {
                let scale: *const f32 = matrix.scale.as_ptr().add(panel + p).cast();
                let y = y.as_mut_ptr().add((row + r) * matrix.panels() + panel + p);
                let y: *mut f32 = y.cast();
                for (half, sum) in sum.iter().enumerate() {
                    let scale = _mm256_load_ps(scale.add(8 * half));
                    let y = y.add(8 * half);
                    let value = _mm256_mul_ps(*sum, scale);
                    let value = match then {
                        Then::Store => value,
                        Then::Add => _mm256_add_ps(_mm256_load_ps(y), value),
                        Then::Square => {
                            // The second operand where the first is NaN, as in `plain`.
                            let positive = _mm256_max_ps(value, _mm256_setzero_ps());
                            _mm256_mul_ps(positive, positive)
                        }
                    };
                    _mm256_store_ps(y, value);
                }
            }
        }
    }
    R
}
