//! With 256-bit registers: half the lanes of a pair at once; tables are looked up one by one.

use super::{MAX_SETS, Mixed, PATHS, Pair, Prior, Rates, WEIGHT_BITS};
use crate::mixing::logistic::{HIDDEN_LIMIT, LOGISTIC, SQUASH_LIMIT};
use std::arch::x86_64::*;

/// Lanes 8·half to 8·half + 7 of a pair.
///
/// SAFETY of all loads and stores here: each goes to 32 bytes inside an array of 64 behind a
/// reference (`half` is 0 or 1), at any alignment.
#[inline]
#[target_feature(enable = "avx2")]
fn load(pair: &Pair, half: usize) -> __m256i {
    debug_assert!(half < 2);
    unsafe { _mm256_loadu_si256(pair.0.as_ptr().add(16 * half).cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(pair: &mut Pair, half: usize, v: __m256i) {
    debug_assert!(half < 2);
    unsafe { _mm256_storeu_si256(pair.0.as_mut_ptr().add(16 * half).cast(), v) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn scaled(sum: __m256i, limit: i32) -> __m256i {
    let x = _mm256_srai_epi32::<{ WEIGHT_BITS as i32 }>(_mm256_add_epi32(
        sum,
        _mm256_set1_epi32(1 << (WEIGHT_BITS - 1)),
    ));
    let x = _mm256_min_epi32(x, _mm256_set1_epi32(limit));
    _mm256_max_epi32(x, _mm256_set1_epi32(-limit))
}

#[inline]
#[target_feature(enable = "avx2")]
fn interleave(even: __m256i, odd: __m256i) -> __m256i {
    _mm256_blend_epi16::<0xaa>(even, _mm256_slli_epi32::<16>(odd))
}

#[target_feature(enable = "avx2")]
pub(super) fn mix(
    inputs: &[Pair],
    weights: &[Pair],
    rows: &[usize],
    last: &[Pair],
    prior: Prior,
    mixed: &mut Mixed,
) {
    let n = inputs.len();
    let pair =
        |even: i16, odd: i16| _mm256_set1_epi32((i32::from(even) & 0xffff) | i32::from(odd) << 16);
    let first = pair(prior.input, prior.input);
    let set = pair(prior.set, prior.set);
    for half in 0..2 {
        let mut base = _mm256_setzero_si256();
        for x in inputs {
            base = _mm256_add_epi32(base, _mm256_madd_epi16(load(x, half), first));
        }
        let mut sum = _mm256_setzero_si256();
        if let [row] = *rows {
            sum = base;
            for (x, w) in inputs.iter().zip(&weights[row..row + n]) {
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load(x, half), load(w, half)));
            }
        }
        for (k, two) in rows.chunks_exact(2).enumerate() {
            let (wa, wb) = (&weights[two[0]..two[0] + n], &weights[two[1]..two[1] + n]);
            let (mut a, mut b) = (base, base);
            for ((x, wa), wb) in inputs.iter().zip(wa).zip(wb) {
                let x = load(x, half);
                a = _mm256_add_epi32(a, _mm256_madd_epi16(x, load(wa, half)));
                b = _mm256_add_epi32(b, _mm256_madd_epi16(x, load(wb, half)));
            }
            let hidden = interleave(scaled(a, HIDDEN_LIMIT), scaled(b, HIDDEN_LIMIT));
            store(&mut mixed.hidden[k], half, hidden);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(hidden, set));
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(hidden, load(&last[k], half)));
        }
        let mut out = [0i32; 8];
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), scaled(sum, SQUASH_LIMIT)) };
        for (to, x) in mixed.stretch[8 * half..].iter_mut().zip(out) {
            *to = x as i16;
        }
    }
    let l = &*LOGISTIC;
    for k in 0..rows.len() / 2 {
        for (p, &x) in mixed.opinion[k].0.iter_mut().zip(&mixed.hidden[k].0) {
            *p = l.squash(x) as i16;
        }
    }
    for (p, &x) in mixed.p.iter_mut().zip(&mixed.stretch) {
        *p = l.squash(x);
    }
}

/// Errors of interleaved probabilities: see `scalar::errors`.
#[inline]
#[target_feature(enable = "avx2")]
fn errors(p: __m256i, path: __m256i, rate: i16, shift: u32) -> __m256i {
    let zero = _mm256_setzero_si256();
    let zeros = _mm256_cmpeq_epi16(path, _mm256_set1_epi16(1));
    let ones = _mm256_cmpeq_epi16(path, _mm256_set1_epi16(2));
    let down = _mm256_sub_epi16(zero, _mm256_srli_epi16::<1>(p));
    let up = _mm256_srli_epi16::<1>(_mm256_sub_epi16(zero, p));
    let e = _mm256_or_si256(_mm256_and_si256(zeros, down), _mm256_and_si256(ones, up));
    let e = _mm256_mulhrs_epi16(e, _mm256_set1_epi16(rate));
    if shift == 0 {
        e
    } else {
        _mm256_adds_epi16(e, e)
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn train(
    inputs: &[Pair],
    weights: &mut [Pair],
    rows: &[usize],
    last: &mut [Pair],
    mixed: &Mixed,
    nibble: u8,
    rates: Rates,
) {
    debug_assert!(rows.len() <= MAX_SETS);
    let n = inputs.len();
    let path = &PATHS[usize::from(nibble & 15)];
    let twice = Pair(std::array::from_fn(|i| i16::from(path[i / 2])));
    let p = Pair(std::array::from_fn(|i| mixed.p[i / 2] as i16));
    for half in 0..2 {
        let path = load(&twice, half);
        if let [row] = *rows {
            let e = errors(load(&p, half), path, rates.sets, rates.shift);
            for (x, w) in inputs.iter().zip(&mut weights[row..row + n]) {
                let step = _mm256_mulhrs_epi16(load(x, half), e);
                store(w, half, _mm256_adds_epi16(load(w, half), step));
            }
            continue;
        }
        for (k, two) in rows.chunks_exact(2).enumerate() {
            let e = errors(load(&mixed.opinion[k], half), path, rates.sets, rates.shift);
            let low = _mm256_and_si256(e, _mm256_set1_epi32(0xffff));
            let a = _mm256_or_si256(low, _mm256_slli_epi32::<16>(low));
            let high = _mm256_srli_epi32::<16>(e);
            let b = _mm256_or_si256(high, _mm256_slli_epi32::<16>(high));
            for (row, e) in [(two[0], a), (two[1], b)] {
                for (x, w) in inputs.iter().zip(&mut weights[row..row + n]) {
                    let step = _mm256_mulhrs_epi16(load(x, half), e);
                    store(w, half, _mm256_adds_epi16(load(w, half), step));
                }
            }
        }
        let e = errors(load(&p, half), path, rates.last, rates.shift);
        for (x, w) in mixed.hidden.iter().zip(last.iter_mut()) {
            let step = _mm256_mulhrs_epi16(load(x, half), e);
            store(w, half, _mm256_adds_epi16(load(w, half), step));
        }
    }
}
