//! Sixteen by sixteen values, transposed. Left to itself the compiler gathers them one by one, which
//! made this a fifth of a training step; in shuffles it is nothing.

#[cfg(target_arch = "x86_64")]
use super::{Level, level};

/// `to[c · to_stride + r] = from[r · from_stride + c]` for r and c below 16.
#[inline]
pub(crate) fn transpose(from: &[f32], from_stride: usize, to: &mut [f32], to_stride: usize) {
    assert!(from_stride >= 16 && from.len() >= 15 * from_stride + 16);
    assert!(to_stride >= 16 && to.len() >= 15 * to_stride + 16);
    #[cfg(target_arch = "x86_64")]
    if level() >= Level::Avx512 {
        // SAFETY: `level` has found the instructions; the assertions cover all 256 values.
        unsafe { wide::transpose(from.as_ptr(), from_stride, to.as_mut_ptr(), to_stride) };
        return;
    }
    plain(from, from_stride, to, to_stride);
}

pub(super) fn plain(from: &[f32], from_stride: usize, to: &mut [f32], to_stride: usize) {
    for r in 0..16 {
        for c in 0..16 {
            to[c * to_stride + r] = from[r * from_stride + c];
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use std::arch::x86_64::*;

    /// # Safety
    /// Sixteen values must be readable at each of 16 multiples of `from_stride` after `from`, and
    /// writable likewise.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn transpose(
        from: *const f32,
        from_stride: usize,
        to: *mut f32,
        to_stride: usize,
    ) {
        let mut four = [[_mm512_setzero_ps(); 4]; 4];
        for (g, four) in four.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            let [a, b, c, d] = [0, 1, 2, 3]
                .map(|r| unsafe { _mm512_loadu_ps(from.add((4 * g + r) * from_stride)) });
            let low = |a, b| _mm512_castps_pd(_mm512_unpacklo_ps(a, b));
            let high = |a, b| _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
            let (ab, cd) = (low(a, b), low(c, d));
            four[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
            four[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd));
            let (ab, cd) = (high(a, b), high(c, d));
            four[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
            four[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd));
        }
        // Part l of four[g][c] holds column 4 l + c of rows 4 g … 4 g + 3.
        for c in 0..4 {
            let [w, x, y, z] = [four[0][c], four[1][c], four[2][c], four[3][c]];
            let (even, odd) = (
                _mm512_shuffle_f32x4::<0x88>(w, x),
                _mm512_shuffle_f32x4::<0xdd>(w, x),
            );
            let (even_2, odd_2) = (
                _mm512_shuffle_f32x4::<0x88>(y, z),
                _mm512_shuffle_f32x4::<0xdd>(y, z),
            );
            let columns = [
                _mm512_shuffle_f32x4::<0x88>(even, even_2),
                _mm512_shuffle_f32x4::<0x88>(odd, odd_2),
                _mm512_shuffle_f32x4::<0xdd>(even, even_2),
                _mm512_shuffle_f32x4::<0xdd>(odd, odd_2),
            ];
            for (l, column) in columns.into_iter().enumerate() {
                // SAFETY: the caller's promise.
                unsafe { _mm512_storeu_ps(to.add((4 * l + c) * to_stride), column) };
            }
        }
    }
}
