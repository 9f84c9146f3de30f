//! The recurrent layer's states, forward and backward, one head at a time.
//!
//! Symbol after symbol, not in chunks of matrix products: a head's state (4 KiB) and its gradient
//! stay in the first cache, and the 1,024 multiplications a symbol cost less than the products of
//! q, k and v among 64 symbols that the chunked form needs. The way back needs the states again:
//! they are kept every [`CHUNK`] symbols and made anew in between.

use super::transpose::transpose;
#[cfg(target_arch = "x86_64")]
use super::{Level, level};
use super::{fma, sigmoid, sum, widened};
use crate::shape::HEAD;

/// Symbols from one kept state to the next.
pub(crate) const CHUNK: usize = 32;
/// Values of a state.
pub(crate) const STATE: usize = HEAD * HEAD;

/// A head's state: 32 rows (of k) by 32 columns (of v).
type State = [[f32; HEAD]; HEAD];

/// S ← a S + (1 − a) k vᵀ, with states transposed.
#[inline(always)]
fn advance<const FMA: bool>(
    from: &State,
    to: &mut State,
    a: f32,
    k: &[f32; HEAD],
    v: &[f32; HEAD],
) {
    #[cfg(target_arch = "x86_64")]
    if FMA && level() >= Level::Avx512 {
        // SAFETY: `level` has found the instructions.
        return unsafe { wide::advance(from, to, a, k, v) };
    }
    advance_plain::<FMA>(from, to, a, k, v);
}

#[inline(always)]
fn advance_plain<const FMA: bool>(
    from: &State,
    to: &mut State,
    a: f32,
    k: &[f32; HEAD],
    v: &[f32; HEAD],
) {
    for j in 0..HEAD {
        let v = (1.0 - a) * v[j];
        for i in 0..HEAD {
            to[j][i] = fma::<FMA>(v, k[i], a * from[j][i]);
        }
    }
}

/// S ← a S + (1 − a) k vᵀ; returns Sᵀ q.
#[inline(always)]
fn read<const FMA: bool>(
    s: &mut State,
    a: f32,
    q: &[f32; HEAD],
    k: &[f32; HEAD],
    v: &[f32; HEAD],
) -> [f32; HEAD] {
    #[cfg(target_arch = "x86_64")]
    if FMA && level() >= Level::Avx512 {
        // SAFETY: `level` has found the instructions.
        return unsafe { wide::read(s, a, q, k, v) };
    }
    read_plain::<FMA>(s, a, q, k, v)
}

#[inline(always)]
fn read_plain<const FMA: bool>(
    s: &mut State,
    a: f32,
    q: &[f32; HEAD],
    k: &[f32; HEAD],
    v: &[f32; HEAD],
) -> [f32; HEAD] {
    let mut out = [0.0; HEAD];
    for i in 0..HEAD {
        let k = (1.0 - a) * k[i];
        for j in 0..HEAD {
            s[i][j] = fma::<FMA>(k, v[j], a * s[i][j]);
            out[j] = fma::<FMA>(q[i], s[i][j], out[j]);
        }
    }
    out
}

/// Gradients of one symbol's q, and of k and v but for the factor 1 − a; `a`'s is the sum over its
/// lanes, less k · its gradient.
struct Grads {
    q: [f32; HEAD],
    k: [f32; HEAD],
    v: [f32; HEAD],
    a: [f32; HEAD],
}

/// One symbol back: moves the gradient of the state (by rows, and transposed) to before the symbol.
#[inline(always)]
fn back<const FMA: bool>(
    ds: &mut State,
    ds_turned: &mut State,
    before: &State,
    after: &State,
    given: [&[f32; HEAD]; 4],
    a: f32,
) -> Grads {
    #[cfg(target_arch = "x86_64")]
    if FMA && level() >= Level::Avx512 {
        // SAFETY: `level` has found the instructions.
        return unsafe { wide::back(ds, ds_turned, before, after, given, a) };
    }
    back_plain::<FMA>(ds, ds_turned, before, after, given, a)
}

#[inline(always)]
fn back_plain<const FMA: bool>(
    ds: &mut State,
    ds_turned: &mut State,
    before: &State,
    after: &State,
    [q, k, v, d_o]: [&[f32; HEAD]; 4],
    a: f32,
) -> Grads {
    let zero = [0.0; HEAD];
    let mut grads = Grads {
        q: zero,
        k: zero,
        v: zero,
        a: zero,
    };
    for j in 0..HEAD {
        for i in 0..HEAD {
            let g = fma::<FMA>(d_o[j], q[i], ds_turned[j][i]);
            grads.k[i] = fma::<FMA>(v[j], g, grads.k[i]);
            grads.a[i] = fma::<FMA>(before[j][i], g, grads.a[i]);
            grads.q[i] = fma::<FMA>(d_o[j], after[j][i], grads.q[i]);
            ds_turned[j][i] = a * g;
        }
    }
    for i in 0..HEAD {
        for j in 0..HEAD {
            let g = fma::<FMA>(q[i], d_o[j], ds[i][j]);
            grads.v[j] = fma::<FMA>(k[i], g, grads.v[j]);
            ds[i][j] = a * g;
        }
    }
    grads
}

#[cfg(target_arch = "x86_64")]
mod wide {
    //! The same with sums in registers and rows as vectors, and the same bits. The compiler's own
    //! keeps sums in memory and gathers along columns: two and a half times as slow.
    use super::{Grads, HEAD, State};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    fn load(x: &[f32; HEAD]) -> [__m512; 2] {
        // SAFETY: 32 values are two vectors.
        unsafe {
            [
                _mm512_loadu_ps(x.as_ptr()),
                _mm512_loadu_ps(x.as_ptr().add(16)),
            ]
        }
    }

    #[target_feature(enable = "avx512f")]
    fn store(x: &mut [f32; HEAD], values: [__m512; 2]) {
        // SAFETY: 32 values are two vectors.
        unsafe {
            _mm512_storeu_ps(x.as_mut_ptr(), values[0]);
            _mm512_storeu_ps(x.as_mut_ptr().add(16), values[1]);
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn advance(from: &State, to: &mut State, a: f32, k: &[f32; HEAD], v: &[f32; HEAD]) {
        let (k, all) = (load(k), _mm512_set1_ps(a));
        for j in 0..HEAD {
            let v = _mm512_set1_ps((1.0 - a) * v[j]);
            let mut s = load(&from[j]);
            for h in 0..2 {
                s[h] = _mm512_fmadd_ps(v, k[h], _mm512_mul_ps(all, s[h]));
            }
            store(&mut to[j], s);
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn read(
        s: &mut State,
        a: f32,
        q: &[f32; HEAD],
        k: &[f32; HEAD],
        v: &[f32; HEAD],
    ) -> [f32; HEAD] {
        let mut sums = [_mm512_setzero_ps(); 2];
        let (v, all) = (load(v), _mm512_set1_ps(a));
        for i in 0..HEAD {
            let (q, k) = (_mm512_set1_ps(q[i]), _mm512_set1_ps((1.0 - a) * k[i]));
            let mut row = load(&s[i]);
            for h in 0..2 {
                row[h] = _mm512_fmadd_ps(k, v[h], _mm512_mul_ps(all, row[h]));
                sums[h] = _mm512_fmadd_ps(q, row[h], sums[h]);
            }
            store(&mut s[i], row);
        }
        let mut out = [0.0; HEAD];
        store(&mut out, sums);
        out
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn back(
        ds: &mut State,
        ds_turned: &mut State,
        before: &State,
        after: &State,
        [q, k, v, d_o]: [&[f32; HEAD]; 4],
        a: f32,
    ) -> Grads {
        let zero = [_mm512_setzero_ps(); 2];
        let (mut dq, mut dk, mut dv, mut da) = (zero, zero, zero, zero);
        let (q_all, o_all, a) = (load(q), load(d_o), _mm512_set1_ps(a));
        for j in 0..HEAD {
            let (o, v) = (_mm512_set1_ps(d_o[j]), _mm512_set1_ps(v[j]));
            let (mut s, before, after) = (load(&ds_turned[j]), load(&before[j]), load(&after[j]));
            for h in 0..2 {
                let g = _mm512_fmadd_ps(o, q_all[h], s[h]);
                dk[h] = _mm512_fmadd_ps(v, g, dk[h]);
                da[h] = _mm512_fmadd_ps(before[h], g, da[h]);
                dq[h] = _mm512_fmadd_ps(o, after[h], dq[h]);
                s[h] = _mm512_mul_ps(a, g);
            }
            store(&mut ds_turned[j], s);
        }
        for i in 0..HEAD {
            let (q, k) = (_mm512_set1_ps(q[i]), _mm512_set1_ps(k[i]));
            let mut s = load(&ds[i]);
            for h in 0..2 {
                let g = _mm512_fmadd_ps(q, o_all[h], s[h]);
                dv[h] = _mm512_fmadd_ps(k, g, dv[h]);
                s[h] = _mm512_mul_ps(a, g);
            }
            store(&mut ds[i], s);
        }
        let mut grads = Grads {
            q: [0.0; HEAD],
            k: [0.0; HEAD],
            v: [0.0; HEAD],
            a: [0.0; HEAD],
        };
        store(&mut grads.q, dq);
        store(&mut grads.k, dk);
        store(&mut grads.v, dv);
        store(&mut grads.a, da);
        grads
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
            o[at..][..HEAD].copy_from_slice(&read::<FMA>(&mut s, a, q, k, v));
        }
        state.copy_from_slice(s.as_flattened());
    }

    /// Back: from the gradients of `o` to those of q, k, v and the decay row, in `dp`. Returns the
    /// gradient of `decay`. What comes before the first row gets none.
    ///
    /// The gradient of the state is kept twice, by rows and transposed, so that the sums for v run
    /// along one and those for q and k along the other, and none runs across lanes: twice as fast.
    fn backward(p: &[f32], stride: usize, d: usize, head: usize, decay: f32, kept: &[f32], d_out: &[f32], dp: &mut [f32]) -> f32 {
        let at = head * HEAD;
        let rows = p.len() / stride;
        let mut ds: State = [[0.0; HEAD]; HEAD];
        let mut ds_turned: State = [[0.0; HEAD]; HEAD];
        let mut states: [State; CHUNK + 1] = [[[0.0; HEAD]; HEAD]; CHUNK + 1];
        let mut decays = [0.0; CHUNK];
        let mut d_decay = 0.0;
        for chunk in (0..rows.div_ceil(CHUNK)).rev() {
            let first = chunk * CHUNK;
            let count = CHUNK.min(rows - first);
            let begin = &kept[chunk * STATE..][..STATE];
            for r in (0..HEAD).step_by(16) {
                for c in (0..HEAD).step_by(16) {
                    let to = &mut states[0].as_flattened_mut()[c * HEAD + r..];
                    transpose(&begin[r * HEAD + c..], HEAD, to, HEAD);
                }
            }
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
                let Grads { q: dq, k: dk, v: dv, a: da } =
                    back::<FMA>(&mut ds, &mut ds_turned, before, after, [q, k, v, d_o], a);
                let row = &mut dp[t * stride..][..stride];
                let mut lanes = [0.0; 16];
                for i in 0..16 {
                    lanes[i] = (da[i] - k[i] * dk[i]) + (da[i + 16] - k[i + 16] * dk[i + 16]);
                }
                row[at..][..HEAD].copy_from_slice(&dq);
                row[d + at..][..HEAD].copy_from_slice(&dk.map(|x| (1.0 - a) * x));
                row[2 * d + at..][..HEAD].copy_from_slice(&dv.map(|x| (1.0 - a) * x));
                let d_logit = sum(lanes) * a * (1.0 - a);
                row[4 * d + head] = d_logit;
                d_decay += d_logit;
            }
        }
        d_decay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::random::Random;

    #[test]
    fn wide_steps_are_the_plain_ones() {
        let mut random = Random::new(2);
        let mut state =
            || -> State { std::array::from_fn(|_| std::array::from_fn(|_| random.normal())) };
        let (before, after, mut s, given) = (state(), state(), state(), state());
        let [q, k, v, d_o] = [&given[0], &given[1], &given[2], &given[3]];
        let mut wide = (s, after, before, after);
        let a = back::<true>(
            &mut wide.0,
            &mut wide.1,
            &before,
            &after,
            [q, k, v, d_o],
            0.7,
        );
        let mut plain = (s, after, before, after);
        let b = back_plain::<true>(
            &mut plain.0,
            &mut plain.1,
            &before,
            &after,
            [q, k, v, d_o],
            0.7,
        );
        assert!(a.q == b.q && a.k == b.k && a.v == b.v && a.a == b.a);
        assert!(wide == plain);

        advance::<true>(&before, &mut wide.0, 0.7, k, v);
        advance_plain::<true>(&before, &mut plain.0, 0.7, k, v);
        assert!(wide == plain);
        let out = read::<true>(&mut wide.1, 0.7, q, k, v);
        assert!(out == read_plain::<true>(&mut plain.1, 0.7, q, k, v));
        assert!(wide == plain);
        s = plain.1;
        assert!(s != after);
    }
}
