//! With 512-bit registers: a panel's 16 rows in one.

use super::{LANES, Lanes, Matrix, Pairs, Then, plain};
use minlen_core::ALPHABET;
use std::arch::x86_64::*;

kernels!(copies "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl");

/// See `plain::product`. Tiles of rows × panels whose sums stay in registers: 8 × 3 is 99 % of
/// what the multiply-add units can do; with few rows, more panels keep the units busy.
#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) fn product(x: &[Lanes], matrix: &Matrix, then: Then, y: &mut [Lanes]) {
    let (depth, panels) = (matrix.columns / LANES, matrix.panels());
    let rows = x.len() / depth;
    assert!(x.len() == rows * depth && y.len() == rows * panels);
    assert!(matrix.weights.len() == panels * matrix.columns);
    let mut panel = 0;
    while panel < panels {
        panel += match (panels - panel, rows) {
            (8.., ..=2) => group::<8>(x, matrix, then, y, panel, rows),
            (6.., ..=4) => group::<6>(x, matrix, then, y, panel, rows),
            (3.., _) => group::<3>(x, matrix, then, y, panel, rows),
            (2, _) => group::<2>(x, matrix, then, y, panel, rows),
            _ => group::<1>(x, matrix, then, y, panel, rows),
        };
    }
}

/// All rows times `P` panels, whose weights then stay in the nearest cache. Returns P.
#[inline]
#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
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
                8.. if P <= 3 => tile::<8, P>(x, matrix, then, y, panel, row),
                4.. if P <= 6 => tile::<4, P>(x, matrix, then, y, panel, row),
                2.. => tile::<2, P>(x, matrix, then, y, panel, row),
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
#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn tile<const R: usize, const P: usize>(
    x: &[Lanes],
    matrix: &Matrix,
    then: Then,
    y: &mut [Lanes],
    panel: usize,
    row: usize,
) -> usize {
    let columns = matrix.columns;
    let mut sums = [[_mm512_setzero_ps(); P]; R];
    // SAFETY: columns of the rows and panels that exist.
    unsafe {
        let x: *const f32 = x.as_ptr().add(row * (columns / LANES)).cast();
        let weights: *const [i8; LANES] = matrix.weights.as_ptr().add(panel * columns);
        for k in 0..columns {
            let mut w = [_mm512_setzero_ps(); P];
            for (p, w) in w.iter_mut().enumerate() {
                let bytes = _mm_loadu_si128(weights.add(p * columns + k).cast());
                *w = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let value = _mm512_set1_ps(*x.add(r * columns + k));
                for (sum, w) in sums.iter_mut().zip(w) {
                    *sum = _mm512_fmadd_ps(value, w, *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (p, sum) in sums.iter().enumerate() {
                let scale = _mm512_load_ps(matrix.scale.as_ptr().add(panel + p).cast());
                let y = y.as_mut_ptr().add((row + r) * matrix.panels() + panel + p);
                let y: *mut f32 = y.cast();
                let value = _mm512_mul_ps(*sum, scale);
                let value = match then {
                    Then::Store => value,
                    Then::Add => _mm512_add_ps(_mm512_load_ps(y), value),
                    Then::Square => {
                        // The second operand where the first is NaN, as in `plain`.
                        let positive = _mm512_max_ps(value, _mm512_setzero_ps());
                        _mm512_mul_ps(positive, positive)
                    }
                };
                _mm512_store_ps(y, value);
            }
        }
    }
    R
}
