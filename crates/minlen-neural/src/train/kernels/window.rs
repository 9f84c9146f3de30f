//! Attention to the last symbols, forward and backward, one head at a time, four queries at once.
//!
//! Keys and values stand in one row of positions: `w` rows for symbols of earlier sequences (the
//! last ones of them valid), then the sequence's own. Scores need them transposed, `[32][length]`,
//! so that lanes are positions; sums over positions need them row by row.

use super::ops::TINY;
use super::transpose::transpose;
use super::{dot, exp, fma, sum, widened};
use crate::shape::HEAD;

/// Queries that share what they load.
const QUERIES: usize = 4;
/// Most positions that four queries see: 1,024 + 3, from and to multiples of 16.
const SEEN: usize = 1024 + 64;

type Scores = [[f32; SEEN]; QUERIES];

/// What the queries of rows `row`… may see: multiples of 16 from and to.
#[inline(always)]
fn range(row: usize, window: usize, valid: usize) -> (usize, usize) {
    let from = (row + 1 - window).max(valid) & !15;
    (from, (row + QUERIES).next_multiple_of(16))
}

/// Inner products of four rows with all positions `from`…`to`.
#[inline(always)]
fn scores<const FMA: bool>(
    q: [&[f32; HEAD]; QUERIES],
    turned: &[f32],
    length: usize,
    from: usize,
    to: usize,
    out: &mut Scores,
) {
    for at in (from..to).step_by(16) {
        let mut sums = [[0.0; 16]; QUERIES];
        for i in 0..HEAD {
            let k: &[f32; 16] = turned[i * length + at..].first_chunk().unwrap();
            for (sums, q) in sums.iter_mut().zip(q) {
                for lane in 0..16 {
                    sums[lane] = fma::<FMA>(q[i], k[lane], sums[lane]);
                }
            }
        }
        for (out, sums) in out.iter_mut().zip(sums) {
            out[at - from..][..16].copy_from_slice(&sums);
        }
    }
}

/// Turns one query's scores into weights; what it may not see gets zero.
#[inline(always)]
fn softmax<const FMA: bool>(s: &mut [f32], from: usize, row: usize, window: usize, valid: usize) {
    let (low, high) = ((row + 1 - window).max(valid) - from, row - from);
    let mut most = [f32::MIN; 16];
    for (chunk, s) in s.as_chunks::<16>().0.iter().enumerate() {
        for i in 0..16 {
            let at = chunk * 16 + i;
            let x = if at >= low && at <= high {
                s[i]
            } else {
                f32::MIN
            };
            most[i] = if x > most[i] { x } else { most[i] };
        }
    }
    let most = most
        .iter()
        .fold(f32::MIN, |a, &b| if a > b { a } else { b });
    let mut lanes = [0.0; 16];
    for (chunk, s) in s.as_chunks_mut::<16>().0.iter_mut().enumerate() {
        for i in 0..16 {
            let at = chunk * 16 + i;
            let e = exp::<FMA>(s[i] - most);
            s[i] = if at >= low && at <= high { e } else { 0.0 };
            lanes[i] += s[i];
        }
    }
    let part = 1.0 / sum(lanes);
    for s in s.iter_mut() {
        *s *= part;
    }
}

/// Weighted sums of the rows `from`…: one for each query.
#[inline(always)]
fn gather<const FMA: bool>(
    weights: &Scores,
    rows: &[f32],
    d: usize,
    at: usize,
    from: usize,
    to: usize,
) -> [[f32; HEAD]; QUERIES] {
    let mut sums = [[0.0; HEAD]; QUERIES];
    for j in 0..to - from {
        let row = part(&rows[(from + j) * d..], at);
        for (sums, weights) in sums.iter_mut().zip(weights) {
            for i in 0..HEAD {
                sums[i] = fma::<FMA>(weights[j], row[i], sums[i]);
            }
        }
    }
    sums
}

/// The transpose of [`gather`]: adds to each row what each query gives it.
#[inline(always)]
fn scatter<const FMA: bool>(
    weights: &Scores,
    given: [&[f32; HEAD]; QUERIES],
    rows: &mut [f32],
    d: usize,
    at: usize,
    from: usize,
    to: usize,
) {
    for j in 0..to - from {
        let row: &mut [f32; HEAD] = rows[(from + j) * d + at..].first_chunk_mut().unwrap();
        for (given, weights) in given.iter().zip(weights) {
            for i in 0..HEAD {
                row[i] = fma::<FMA>(weights[j], given[i], row[i]);
            }
        }
    }
}

#[inline(always)]
fn part(row: &[f32], at: usize) -> &[f32; HEAD] {
    row[at..].first_chunk().unwrap()
}

#[inline(always)]
fn four(rows: &[f32], t: usize, d: usize, at: usize) -> [&[f32; HEAD]; QUERIES] {
    [0, 1, 2, 3].map(|i| part(&rows[(t + i) * d..], at))
}

/// Turns pairs (i, i + 16) by the angle with these cosines and sines.
#[inline(always)]
fn turn(x: &[f32; HEAD], cos: &[f32], sin: &[f32], scale: f32, out: &mut [f32]) {
    for i in 0..HEAD / 2 {
        let (a, b) = (x[i] * scale, x[i + HEAD / 2] * scale);
        out[i] = a * cos[i] - b * sin[i];
        out[i + HEAD / 2] = a * sin[i] + b * cos[i];
    }
}

widened! {
    /// `out` = norm of each head of the rows in `x` (of `stride`, from `at`).
    fn normed(x: &[f32], stride: usize, at: usize, d: usize, out: &mut [f32]) {
        for (x, out) in x.chunks_exact(stride).zip(out.chunks_exact_mut(d)) {
            for (x, out) in x[at..at + d].chunks_exact(HEAD).zip(out.chunks_exact_mut(HEAD)) {
                let r = 1.0 / (dot::<FMA>(x, x) / HEAD as f32 + TINY).sqrt();
                for (out, x) in out.iter_mut().zip(x) {
                    *out = x * r;
                }
            }
        }
    }

    /// Turns each head of each row by its position, in place, and scales it.
    fn turned(x: &mut [f32], d: usize, cos: &[f32], sin: &[f32], scale: f32) {
        for (t, row) in x.chunks_exact_mut(d).enumerate() {
            for x in row.as_chunks_mut::<HEAD>().0 {
                let old = *x;
                turn(&old, &cos[t * 16..][..16], &sin[t * 16..][..16], scale, x);
            }
        }
    }

    /// Back through `turned` and `normed`: from the gradient of the turned rows to that of `x`,
    /// which goes to `dx` (of `stride`, from `at`).
    fn turned_back(x: &[f32], stride: usize, at: usize, d: usize, cos: &[f32], sin: &[f32], scale: f32, dn: &[f32], dx: &mut [f32]) {
        let rows = x.chunks_exact(stride).zip(dx.chunks_exact_mut(stride)).zip(dn.chunks_exact(d));
        for (t, ((x, dx), dn)) in rows.enumerate() {
            let (cos, sin) = (&cos[t * 16..][..16], &sin[t * 16..][..16]);
            for head in (0..d).step_by(HEAD) {
                let (x, dn) = (part(x, at + head), part(dn, head));
                let dx: &mut [f32; HEAD] = dx[at + head..].first_chunk_mut().unwrap();
                let mut g = [0.0; HEAD];
                for i in 0..HEAD / 2 {
                    g[i] = scale * (dn[i] * cos[i] + dn[i + 16] * sin[i]);
                    g[i + 16] = scale * (dn[i + 16] * cos[i] - dn[i] * sin[i]);
                }
                let r = 1.0 / (dot::<FMA>(x, x) / HEAD as f32 + TINY).sqrt();
                let mean = dot::<FMA>(&g, x) * r * r / HEAD as f32;
                for i in 0..HEAD {
                    dx[i] = r * fma::<FMA>(-mean, x[i], g[i]);
                }
            }
        }
    }

    /// The head that begins at column `at`: for each row of `q` the weighted sum of `v`'s rows, into
    /// `z`. Row t of q is position `window` + t; positions before `valid` do not exist.
    fn forward(q: &[f32], keys: &[f32], v: &[f32], d: usize, at: usize, window: usize, valid: usize, z: &mut [f32]) {
        let (rows, length) = (q.len() / d, v.len() / d);
        let keys = &keys[at * length..];
        let mut s: Scores = [[0.0; SEEN]; QUERIES];
        for t in (0..rows).step_by(QUERIES) {
            let (from, to) = range(window + t, window, valid);
            scores::<FMA>(four(q, t, d, at), keys, length, from, to, &mut s);
            for (i, s) in s.iter_mut().enumerate() {
                softmax::<FMA>(&mut s[..to - from], from, window + t + i, window, valid);
            }
            let sums = gather::<FMA>(&s, v, d, at, from, to);
            for (i, sums) in sums.iter().enumerate() {
                z[(t + i) * d + at..][..HEAD].copy_from_slice(sums);
            }
        }
    }

    /// Back: from `dz` to `dq`; adds to `dk` and `dv` (rows like those of k and v).
    fn backward(q: &[f32], k: &[f32], keys: &[f32], values: &[f32], d: usize, at: usize, window: usize, valid: usize,
                dz: &[f32], dq: &mut [f32], dk: &mut [f32], dv: &mut [f32]) {
        let (rows, length) = (q.len() / d, k.len() / d);
        let (keys, values) = (&keys[at * length..], &values[at * length..]);
        let mut s: Scores = [[0.0; SEEN]; QUERIES];
        let mut ds: Scores = [[0.0; SEEN]; QUERIES];
        for t in (0..rows).step_by(QUERIES) {
            let (from, to) = range(window + t, window, valid);
            scores::<FMA>(four(q, t, d, at), keys, length, from, to, &mut s);
            scores::<FMA>(four(dz, t, d, at), values, length, from, to, &mut ds);
            for (i, (s, ds)) in s.iter_mut().zip(&mut ds).enumerate() {
                let (s, ds) = (&mut s[..to - from], &mut ds[..to - from]);
                softmax::<FMA>(s, from, window + t + i, window, valid);
                let mean = dot::<FMA>(s, ds);
                for (ds, s) in ds.iter_mut().zip(s) {
                    *ds = *s * (*ds - mean);
                }
            }
            scatter::<FMA>(&s, four(dz, t, d, at), dv, d, at, from, to);
            scatter::<FMA>(&ds, four(q, t, d, at), dk, d, at, from, to);
            let sums = gather::<FMA>(&ds, k, d, at, from, to);
            for (i, sums) in sums.iter().enumerate() {
                dq[(t + i) * d + at..][..HEAD].copy_from_slice(sums);
            }
        }
    }
}

/// The rows `x` of d, transposed: `[d][length]`, `length` being a multiple of 16.
pub(crate) fn transposed(x: &[f32], d: usize, length: usize, out: &mut [f32]) {
    for at in (0..length).step_by(16) {
        for i in (0..d).step_by(16) {
            transpose(&x[at * d + i..], d, &mut out[i * length + at..], length);
        }
    }
}
