//! The recurrent layer's states, forward and backward, one head at a time.
//!
//! Symbol after symbol, not in chunks of matrix products: a head's state (4 KiB) and its gradient
//! stay in the first cache, and the 1,024 multiplications a symbol cost less than the products of
//! q, k and v among 64 symbols that the chunked form needs. The way back needs the states again:
//! they are kept every [`CHUNK`] symbols and made anew in between.

use super::{fma, sigmoid, sum, widened};
use crate::shape::HEAD;

/// Symbols from one kept state to the next.
pub(crate) const CHUNK: usize = 16;
/// Values of a state.
pub(crate) const STATE: usize = HEAD * HEAD;

/// A head's state: 32 rows (of k) by 32 columns (of v).
type State = [[f32; HEAD]; HEAD];

/// S ← a S + (1 − a) k vᵀ.
#[inline(always)]
fn advance<const FMA: bool>(
    from: &State,
    to: &mut State,
    a: f32,
    k: &[f32; HEAD],
    v: &[f32; HEAD],
) {
    for i in 0..HEAD {
        let k = (1.0 - a) * k[i];
        for j in 0..HEAD {
            to[i][j] = fma::<FMA>(k, v[j], a * from[i][j]);
        }
    }
}

/// Where q, k and v of a head are in a row.
#[inline(always)]
fn part(row: &[f32], at: usize) -> &[f32; HEAD] {
    row[at..].first_chunk().unwrap()
}

#[inline(always)]
fn square(values: &[f32]) -> &State {
    values.as_chunks::<HEAD>().0.first_chunk().unwrap()
}

widened! {
    /// Runs head `head` over the rows of `p` (`stride` values each: q, k, v, g, decays) from
    /// `state`, which moves; writes each symbol's Sᵀ q into `o` (rows of d), and the states every
    /// [`CHUNK`] symbols into `kept`.
    fn forward(p: &[f32], stride: usize, d: usize, head: usize, decay: f32, state: &mut [f32], kept: &mut [f32], o: &mut [f32]) {
        let at = head * HEAD;
        let mut s = *square(state);
        for (t, (row, o)) in p.chunks_exact(stride).zip(o.chunks_exact_mut(d)).enumerate() {
            if t.is_multiple_of(CHUNK) {
                kept[t / CHUNK * STATE..][..STATE].copy_from_slice(s.as_flattened());
            }
            let (q, k, v) = (part(row, at), part(row, d + at), part(row, 2 * d + at));
            let a = sigmoid::<FMA>(row[4 * d + head] + decay);
            let mut out = [0.0; HEAD];
            for i in 0..HEAD {
                let k = (1.0 - a) * k[i];
                for j in 0..HEAD {
                    s[i][j] = fma::<FMA>(k, v[j], a * s[i][j]);
                    out[j] = fma::<FMA>(q[i], s[i][j], out[j]);
                }
            }
            o[at..][..HEAD].copy_from_slice(&out);
        }
        state.copy_from_slice(s.as_flattened());
    }

    /// Back: from the gradients of `o` to those of q, k, v and the decay row, in `dp`. Returns the
    /// gradient of `decay`. What comes before the first row gets none.
    fn backward(p: &[f32], stride: usize, d: usize, head: usize, decay: f32, kept: &[f32], d_out: &[f32], dp: &mut [f32]) -> f32 {
        let at = head * HEAD;
        let rows = p.len() / stride;
        let mut ds: State = [[0.0; HEAD]; HEAD];
        let mut states: [State; CHUNK + 1] = [[[0.0; HEAD]; HEAD]; CHUNK + 1];
        let mut decays = [0.0; CHUNK];
        let mut d_decay = 0.0;
        for chunk in (0..rows.div_ceil(CHUNK)).rev() {
            let first = chunk * CHUNK;
            let count = CHUNK.min(rows - first);
            states[0] = *square(&kept[chunk * STATE..]);
            for i in 0..count {
                let row = &p[(first + i) * stride..][..stride];
                decays[i] = sigmoid::<FMA>(row[4 * d + head] + decay);
                let (old, new) = states.split_at_mut(i + 1);
                advance::<FMA>(&old[i], &mut new[0], decays[i], part(row, d + at), part(row, 2 * d + at));
            }
            for i in (0..count).rev() {
                let t = first + i;
                let row = &p[t * stride..][..stride];
                let (q, k, v) = (part(row, at), part(row, d + at), part(row, 2 * d + at));
                let d_o = part(&d_out[t * d..], at);
                let a = decays[i];
                let (before, after) = (&states[i], &states[i + 1]);
                let mut dq = [[0.0; 16]; HEAD];
                let mut dk = [[0.0; 16]; HEAD];
                let mut dv = [0.0; HEAD];
                let mut da = [0.0; HEAD];
                for r in 0..HEAD {
                    let ds = &mut ds[r];
                    for j in 0..HEAD {
                        let g = fma::<FMA>(q[r], d_o[j], ds[j]);
                        dv[j] = fma::<FMA>(k[r], g, dv[j]);
                        da[j] = fma::<FMA>(g, before[r][j], da[j]);
                        ds[j] = g;
                    }
                    for j in 0..16 {
                        dq[r][j] = fma::<FMA>(after[r][j], d_o[j], after[r][j + 16] * d_o[j + 16]);
                        dk[r][j] = fma::<FMA>(ds[j], v[j], ds[j + 16] * v[j + 16]);
                    }
                    for ds in ds.iter_mut() {
                        *ds *= a;
                    }
                }
                let row = &mut dp[t * stride..][..stride];
                let mut d_a = 0.0;
                for r in 0..HEAD {
                    row[at + r] = sum(dq[r]);
                    let g = sum(dk[r]);
                    row[d + at + r] = (1.0 - a) * g;
                    row[2 * d + at + r] = (1.0 - a) * dv[r];
                    d_a += da[r] - k[r] * g;
                }
                let d_logit = d_a * a * (1.0 - a);
                row[4 * d + head] = d_logit;
                d_decay += d_logit;
            }
        }
        d_decay
    }
}
