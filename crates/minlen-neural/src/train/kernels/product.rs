//! Matrix products, in f32 or with operands rounded to bf16 (sums always in f32).
//!
//! The right operand comes in *panels* of sixteen columns, `[k / PAIR][16][PAIR]`, where a pair is
//! what one lane multiplies at once: two neighbours along k for bf16, one value for f32. The left
//! one is row-major, or panels too (of its transpose): then k runs down the rows of what it was
//! made of, as it must for gradients of weights. Each element is summed along k in order, so how
//! rows and columns are cut into tiles has no say in the result.

use super::fma;
#[cfg(target_arch = "x86_64")]
use super::{Level, level};

/// Rounds up to whole panels.
pub(crate) fn padded(n: usize) -> usize {
    n.next_multiple_of(16)
}

/// What a matrix product reads.
pub(crate) trait Element: Copy + Default + Send + Sync + 'static {
    /// Neighbours along k that one lane multiplies at once.
    const PAIR: usize;
    /// The nearest element.
    fn from_f32(x: f32) -> Self;
    /// The value.
    fn to_f32(self) -> f32;
    /// Rounds a slice.
    fn convert(from: &[f32], to: &mut [Self]);
    /// One tile: `rows` ≤ 8 rows by `panels` ≤ 3 panels.
    ///
    /// # Safety
    /// For r < `rows`, p < `panels` and k < `pairs`, `a + r·row + k·deep` must be readable for PAIR
    /// elements (for r < 8 too), `b + p·panel + 16·PAIR·k` for 16 · PAIR elements, and
    /// `c + r·stride + 16 p` writable for 16 values.
    unsafe fn tile(task: &Tile<Self>, panels: usize);
}

/// One tile of a product: where its operands are.
pub(crate) struct Tile<E> {
    pairs: usize,
    a: *const E,
    row: usize,
    deep: usize,
    b: *const E,
    panel: usize,
    c: *mut f32,
    stride: usize,
    rows: usize,
    add: bool,
}

/// A value with 8 bits of precision: the upper half of an f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Bf16(pub(crate) u16);

/// Where the rows of a left operand are.
#[derive(Clone, Copy)]
pub(crate) enum Left<'a, E> {
    /// Row-major, with this many elements from row to row.
    Rows(&'a [E], usize),
    /// Panels: see [`panels`].
    Panels(&'a [E]),
}

/// C = A · B, or C += A · B if `add`. A has `rows` rows (its memory: a multiple of 8) and `depth`
/// columns (even), B has `columns` columns in panels, C has `stride` values from row to row, at
/// least `columns` rounded up to panels.
pub(crate) fn product<E: Element>(
    a: Left<E>,
    rows: usize,
    depth: usize,
    b: &[E],
    columns: usize,
    c: &mut [f32],
    stride: usize,
    add: bool,
) {
    let panel = depth * 16;
    let panels = columns.div_ceil(16);
    assert!(depth.is_multiple_of(E::PAIR) && b.len() >= panels * panel);
    assert!(stride >= panels * 16 && c.len() >= rows * stride);
    match a {
        Left::Rows(a, row) => {
            assert!(row >= depth && a.len() >= rows.next_multiple_of(8) * row)
        }
        Left::Panels(a) => assert!(a.len() >= rows.div_ceil(16) * panel),
    }
    let mut done = 0;
    while done < panels {
        // Two by two rather than three and one: a lone panel waits for its loads.
        let (first, group) = (
            done,
            if panels - done == 4 {
                2
            } else {
                3.min(panels - done)
            },
        );
        done += group;
        for r in (0..rows).step_by(8) {
            let (a, row, deep) = match a {
                Left::Rows(a, row) => (a[r * row..].as_ptr(), row, E::PAIR),
                Left::Panels(a) => (
                    a[r / 16 * panel + r % 16 * E::PAIR..].as_ptr(),
                    E::PAIR,
                    16 * E::PAIR,
                ),
            };
            let task = Tile {
                pairs: depth / E::PAIR,
                a,
                row,
                deep,
                b: b[first * panel..].as_ptr(),
                panel,
                c: c[r * stride + first * 16..].as_mut_ptr(),
                stride,
                rows: (rows - r).min(8),
                add,
            };
            // SAFETY: the assertions above cover all that a tile within rows and panels touches.
            unsafe { E::tile(&task, group) }
        }
    }
}

/// Row-major elements, `depth` rows (a multiple of PAIR) of `stride`, as panels over its first
/// `columns` columns (a multiple of 16), k running down the rows.
pub(crate) fn panels<E: Element>(
    from: &[E],
    depth: usize,
    stride: usize,
    columns: usize,
    to: &mut [E],
) {
    for (p, panel) in to
        .chunks_exact_mut(depth * 16)
        .take(columns / 16)
        .enumerate()
    {
        for (k, out) in panel.chunks_exact_mut(16 * E::PAIR).enumerate() {
            if E::PAIR == 1 {
                out.copy_from_slice(&from[k * stride + p * 16..][..16]);
            } else {
                let upper: &[E; 16] = from[2 * k * stride + p * 16..].first_chunk().unwrap();
                let lower: &[E; 16] = from[(2 * k + 1) * stride + p * 16..].first_chunk().unwrap();
                for ((out, a), b) in out.as_chunks_mut::<2>().0.iter_mut().zip(upper).zip(lower) {
                    *out = [*a, *b];
                }
            }
        }
    }
}

/// A row-major f32 matrix, `rows` × `columns`, as panels of its transpose: k runs along its rows.
/// Rows that fill the last panel are zeros.
pub(crate) fn panels_transposed<E: Element>(
    from: &[f32],
    rows: usize,
    columns: usize,
    to: &mut [E],
) {
    for (p, panel) in to
        .chunks_exact_mut(columns * 16)
        .take(rows.div_ceil(16))
        .enumerate()
    {
        for lane in 0..16 {
            let source = from.get((16 * p + lane) * columns..).unwrap_or(&[]);
            for k in 0..columns / E::PAIR {
                for i in 0..E::PAIR {
                    let x = source.get(k * E::PAIR + i).copied().unwrap_or(0.0);
                    panel[(k * 16 + lane) * E::PAIR + i] = E::from_f32(x);
                }
            }
        }
    }
}

impl Element for f32 {
    const PAIR: usize = 1;
    fn from_f32(x: f32) -> f32 {
        x
    }
    fn to_f32(self) -> f32 {
        self
    }
    fn convert(from: &[f32], to: &mut [f32]) {
        to[..from.len()].copy_from_slice(from);
    }
    unsafe fn tile(task: &Tile<f32>, panels: usize) {
        #[cfg(target_arch = "x86_64")]
        match level() {
            // SAFETY: the caller's promise; `level` has found the instructions.
            Level::Avx512 | Level::Avx512Bf16 => unsafe {
                return match panels {
                    1 => wide::tile_f32::<1>(task),
                    2 => wide::tile_f32::<2>(task),
                    _ => wide::tile_f32::<3>(task),
                };
            },
            // SAFETY: as above.
            Level::Avx2 => unsafe {
                return wide::tile_avx2(task, panels);
            },
            Level::Plain => {}
        }
        // SAFETY: the caller's promise.
        unsafe { tile_plain::<f32, false>(task, panels) }
    }
}

impl Element for Bf16 {
    const PAIR: usize = 2;
    fn from_f32(x: f32) -> Bf16 {
        let bits = x.to_bits();
        Bf16((bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16) as u16)
    }
    fn to_f32(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }
    fn convert(from: &[f32], to: &mut [Bf16]) {
        super::ops::round(from, to);
    }
    unsafe fn tile(task: &Tile<Bf16>, panels: usize) {
        #[cfg(target_arch = "x86_64")]
        if level() == Level::Avx512Bf16 {
            // SAFETY: the caller's promise; `level` has found the instructions.
            unsafe {
                return match panels {
                    1 => wide::tile_bf16::<1>(task),
                    2 => wide::tile_bf16::<2>(task),
                    _ => wide::tile_bf16::<3>(task),
                };
            }
        }
        // SAFETY: the caller's promise.
        unsafe { tile_plain::<Bf16, false>(task, panels) }
    }
}

/// A tile in plain Rust: the meaning of the others, and what machines without them run. Four rows
/// of one panel at a time.
///
/// # Safety
/// See [`Element::tile`].
#[inline(always)]
pub(crate) unsafe fn tile_plain<E: Element, const FMA: bool>(task: &Tile<E>, panels: usize) {
    for p in 0..panels {
        for first in (0..task.rows).step_by(4) {
            let mut sums = [[0.0f32; 16]; 4];
            for k in 0..task.pairs {
                // SAFETY: the caller's promise.
                let b = unsafe {
                    std::slice::from_raw_parts(
                        task.b.add(p * task.panel + k * 16 * E::PAIR),
                        16 * E::PAIR,
                    )
                };
                for (r, sums) in sums.iter_mut().enumerate() {
                    for i in 0..E::PAIR {
                        // SAFETY: the caller's promise: eight rows of A are readable.
                        let a = unsafe { *task.a.add((first + r) * task.row + k * task.deep + i) };
                        for lane in 0..16 {
                            sums[lane] =
                                fma::<FMA>(a.to_f32(), b[lane * E::PAIR + i].to_f32(), sums[lane]);
                        }
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate().take(task.rows - first) {
                // SAFETY: the caller's promise.
                let c = unsafe {
                    std::slice::from_raw_parts_mut(
                        task.c.add((first + r) * task.stride + p * 16),
                        16,
                    )
                };
                for (c, &sum) in c.iter_mut().zip(sums) {
                    *c = if task.add { *c + sum } else { sum };
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    //! Eight rows by up to three panels: 24 sums, three panels and one broadcast are 28 registers.
    use super::{Bf16, Tile, tile_plain};
    use std::arch::x86_64::*;

    /// Writes the sums of a tile: within an `unsafe` block whose function has AVX-512.
    macro_rules! store {
        ($task:expr, $sums:expr) => {
            for (r, sums) in $sums.iter().enumerate() {
                if r < $task.rows {
                    for (p, &sum) in sums.iter().enumerate() {
                        let c = $task.c.add(r * $task.stride + p * 16);
                        let sum = match $task.add {
                            true => _mm512_add_ps(_mm512_loadu_ps(c), sum),
                            false => sum,
                        };
                        _mm512_storeu_ps(c, sum);
                    }
                }
            }
        };
    }

    /// # Safety
    /// See [`super::Element::tile`].
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn tile_avx2(task: &Tile<f32>, panels: usize) {
        // SAFETY: the caller's promise.
        unsafe { tile_plain::<f32, true>(task, panels) }
    }

    /// # Safety
    /// See [`super::Element::tile`].
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn tile_f32<const P: usize>(task: &Tile<f32>) {
        let mut sums = [[_mm512_setzero_ps(); P]; 8];
        let (row, deep) = (task.row, task.deep);
        // SAFETY: the caller's promise.
        unsafe {
            for k in 0..task.pairs {
                let a = task.a.add(k * deep);
                let mut b = [_mm512_setzero_ps(); P];
                for (p, b) in b.iter_mut().enumerate() {
                    *b = _mm512_loadu_ps(task.b.add(p * task.panel + k * 16));
                }
                for r in 0..8 {
                    let a = _mm512_set1_ps(*a.add(r * row));
                    for p in 0..P {
                        sums[r][p] = _mm512_fmadd_ps(a, b[p], sums[r][p]);
                    }
                }
            }
            store!(task, sums);
        }
    }

    /// # Safety
    /// See [`super::Element::tile`].
    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) unsafe fn tile_bf16<const P: usize>(task: &Tile<Bf16>) {
        let mut sums = [[_mm512_setzero_ps(); P]; 8];
        let (row, deep) = (task.row, task.deep);
        // SAFETY: the caller's promise; __m512bh is 512 bits of any content, as __m512i is.
        unsafe {
            for k in 0..task.pairs {
                let a = task.a.add(k * deep);
                let mut b = [_mm512_setzero_si512(); P];
                for (p, b) in b.iter_mut().enumerate() {
                    *b = _mm512_loadu_si512(task.b.add(p * task.panel + k * 32).cast());
                }
                for r in 0..8 {
                    let a = _mm512_set1_epi32(a.add(r * row).cast::<i32>().read_unaligned());
                    for p in 0..P {
                        sums[r][p] = _mm512_dpbf16_ps(
                            sums[r][p],
                            std::mem::transmute::<__m512i, __m512bh>(a),
                            std::mem::transmute::<__m512i, __m512bh>(b[p]),
                        );
                    }
                }
            }
            store!(task, sums);
        }
    }
}
