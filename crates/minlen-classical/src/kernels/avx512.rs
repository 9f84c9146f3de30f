//! With 512-bit registers: all 16 lanes of a pair at once, table look-ups by permutation.

use super::{
    Cell, Lanes, Mixed, Next, PATHS, POINTS, Pair, Prior, Rates, Steps, WEIGHT_BITS, Worth, scalar,
};
use crate::mixing::logistic::{HIDDEN_LIMIT, LIMIT, LOGISTIC, SQUASH_LIMIT};
use std::arch::x86_64::*;

/// SAFETY of all loads and stores here: each goes to a whole array of at least 64 (or the named
/// number of) bytes behind a reference, at any alignment.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn load(pair: &Pair) -> __m512i {
    unsafe { _mm512_loadu_si512(pair.0.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn store(pair: &mut Pair, v: __m512i) {
    unsafe { _mm512_storeu_si512(pair.0.as_mut_ptr().cast(), v) }
}

/// 16-bit entries of a table of 256 at each even 16-bit element of `at`, 0 at odd ones.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn lookup(
    table: &[i16; 256],
    at: __m512i,
    even: __mmask32,
    k6: __mmask32,
    k7: __mmask32,
) -> __m512i {
    let part = |i: usize| unsafe { _mm512_loadu_si512(table.as_ptr().add(32 * i).cast()) };
    let a = _mm512_maskz_permutex2var_epi16(even, part(0), at, part(1));
    let b = _mm512_permutex2var_epi16(part(2), at, part(3));
    let c = _mm512_maskz_permutex2var_epi16(even, part(4), at, part(5));
    let d = _mm512_permutex2var_epi16(part(6), at, part(7));
    let low = _mm512_mask_mov_epi16(a, k6, b);
    let high = _mm512_mask_mov_epi16(c, k6, d);
    _mm512_mask_mov_epi16(low, k7, high)
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
pub(super) fn fetch(cells: &[Cell], worth: &[Worth], half: usize, inputs: &mut [Pair]) {
    // Even elements, lane 0 left out.
    const EVEN: __mmask32 = 0x5555_5554;
    let one = |cell: &Cell, worth: &Worth| {
        let states = unsafe { _mm_loadu_si128(cell.0.as_ptr().cast()) };
        let at = _mm512_cvtepu8_epi32(states);
        let k6 = _mm512_mask_test_epi16_mask(EVEN, at, _mm512_set1_epi16(64));
        let k7 = _mm512_mask_test_epi16_mask(EVEN, at, _mm512_set1_epi16(128));
        lookup(&worth.0, at, EVEN, k6, k7)
    };
    let both = cells.chunks_exact(2).zip(worth.chunks_exact(4));
    for ((cell, worth), pair) in both.zip(inputs) {
        let even = one(&cell[0], &worth[half]);
        let odd = one(&cell[1], &worth[2 + half]);
        store(pair, _mm512_or_si512(even, _mm512_slli_epi32::<16>(odd)));
    }
}

/// All 64 entries of a table of 256 bytes.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi")]
fn lookup_bytes(table: &[u8; 256], at: __m512i) -> __m512i {
    let part = |i: usize| unsafe { _mm512_loadu_si512(table.as_ptr().add(64 * i).cast()) };
    let low = _mm512_permutex2var_epi8(part(0), at, part(1));
    let high = _mm512_permutex2var_epi8(part(2), at, part(3));
    _mm512_mask_mov_epi8(low, _mm512_movepi8_mask(at), high)
}

/// See `scalar::adapt`: four contexts at a time, unless two of them share a cell.
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vbmi")]
#[allow(clippy::too_many_arguments)]
pub(super) fn adapt(
    cells: &mut [Cell],
    at: &[u32],
    worth: &mut [Worth],
    half: usize,
    nibble: u8,
    next: &Next,
    steps: &Steps,
    turn: (usize, usize),
) {
    let path = scalar::path(nibble);
    let asked = unsafe { _mm_loadu_si128(PATHS[usize::from(nibble & 15)].as_ptr().cast()) };
    let asked = _mm512_broadcast_i32x4(asked);
    let zeros = _mm512_cmpeq_epi8_mask(asked, _mm512_set1_epi8(1));
    let ones = _mm512_cmpeq_epi8_mask(asked, _mm512_set1_epi8(2));
    // (No call stands in the loop below: across one, the eight registers of `next` would go to memory
    // and back, which took a twentieth of all time.)
    let alone = |some: &[u32]| (1..some.len()).all(|k| !some[..k].contains(&some[k]));
    if !at.chunks(4).all(alone) {
        scalar::adapt(cells, at, worth, half, nibble, next, steps, turn);
        return;
    }
    for (i, some) in at.chunks(4).enumerate() {
        let worth = &mut worth[8 * i..];
        // Context 4i + k has its turn when k has: every first, second or fourth does.
        for k in (turn.0..some.len()).step_by(turn.1) {
            let cell = &cells[some[k] as usize];
            scalar::revalue(cell, &mut worth[2 * k + half], steps, &path);
        }
        let load = |k: usize| unsafe {
            let at = some.get(k).map_or(0, |&at| at as usize);
            _mm_loadu_si128(cells[at].0.as_ptr().cast())
        };
        let v = _mm512_castsi128_si512(load(0));
        let v = _mm512_inserti32x4::<1>(v, load(1));
        let v = _mm512_inserti32x4::<2>(v, load(2));
        let v = _mm512_inserti32x4::<3>(v, load(3));
        let v = _mm512_mask_mov_epi8(v, zeros, lookup_bytes(&next.0[0], v));
        // (Lanes of zeros have changed, but those of ones have not.)
        let v = _mm512_mask_mov_epi8(v, ones, lookup_bytes(&next.0[1], v));
        let parts = [
            _mm512_castsi512_si128(v),
            _mm512_extracti32x4_epi32::<1>(v),
            _mm512_extracti32x4_epi32::<2>(v),
            _mm512_extracti32x4_epi32::<3>(v),
        ];
        for (&at, part) in some.iter().zip(parts) {
            unsafe { _mm_storeu_si128(cells[at as usize].0.as_mut_ptr().cast(), part) };
        }
    }
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
pub(super) fn look(
    cells: &[Cell],
    at: &[u32],
    worth: &[Worth],
    half: usize,
    inputs: &mut [Pair],
) -> usize {
    // Even elements, lane 0 left out.
    const EVEN: __mmask32 = 0x5555_5554;
    let mut hits = 0;
    let mut one = |at: u32, worth: &Worth| {
        let states = unsafe { _mm_loadu_si128(cells[at as usize].0.as_ptr().cast()) };
        hits += usize::from(_mm_extract_epi16::<0>(states) > 255);
        let at = _mm512_cvtepu8_epi32(states);
        let k6 = _mm512_mask_test_epi16_mask(EVEN, at, _mm512_set1_epi16(64));
        let k7 = _mm512_mask_test_epi16_mask(EVEN, at, _mm512_set1_epi16(128));
        _mm512_srai_epi16::<4>(lookup(&worth.0, at, EVEN, k6, k7))
    };
    let both = at.chunks_exact(2).zip(worth.chunks_exact(4));
    for ((at, worth), pair) in both.zip(inputs) {
        let even = one(at[0], &worth[half]);
        let odd = one(at[1], &worth[2 + half]);
        store(pair, _mm512_or_si512(even, _mm512_slli_epi32::<16>(odd)));
    }
    hits
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
pub(super) fn refine16(
    curves: &[i16],
    row: usize,
    stretch: &Lanes<i16>,
    near: &mut Lanes<u32>,
) -> Lanes<u16> {
    let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let st = _mm512_cvtepi16_epi32(unsafe { _mm256_loadu_si256(stretch.as_ptr().cast()) });
    let x = _mm512_max_epi32(
        _mm512_min_epi32(st, _mm512_set1_epi32(1919)),
        _mm512_set1_epi32(-1920),
    );
    let x = _mm512_add_epi32(x, _mm512_set1_epi32(1920));
    let i = _mm512_srli_epi32::<8>(x);
    let f = _mm512_srli_epi32::<1>(_mm512_and_si512(x, _mm512_set1_epi32(255)));
    let first = _mm512_add_epi32(
        _mm512_slli_epi32::<4>(lanes),
        _mm512_set1_epi32(256 * row as i32),
    );
    let at = _mm512_add_epi32(first, i);
    // SAFETY: `at` and `at + 1` lie inside the row, which the caller checked.
    let two = unsafe { _mm512_i32gather_epi32::<2>(at, curves.as_ptr().cast()) };
    let f1 = _mm512_sub_epi32(_mm512_set1_epi32(128), f);
    let by = _mm512_or_si512(f1, _mm512_slli_epi32::<16>(f));
    let correction = _mm512_srai_epi32::<7>(_mm512_madd_epi16(two, by));
    let p = _mm512_and_si512(squash(interleave(st, st)), _mm512_set1_epi32(0xffff));
    let p = _mm512_add_epi32(p, correction);
    let p = _mm512_max_epi32(
        _mm512_min_epi32(p, _mm512_set1_epi32(65535)),
        _mm512_set1_epi32(1),
    );
    let next = _mm512_srli_epi32::<6>(f);
    let mut out = [0; 16];
    unsafe {
        _mm512_storeu_si512(near.as_mut_ptr().cast(), _mm512_add_epi32(at, next));
        _mm256_storeu_si256(out.as_mut_ptr().cast(), _mm512_cvtepi32_epi16(p));
    }
    out
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
pub(super) fn refine(
    curves: &[i16],
    row: usize,
    stretch: &Lanes<i16>,
    near: &mut Lanes<u32>,
) -> Lanes<u16> {
    let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let st = _mm512_cvtepi16_epi32(unsafe { _mm256_loadu_si256(stretch.as_ptr().cast()) });
    let x = _mm512_max_epi32(
        _mm512_min_epi32(st, _mm512_set1_epi32(LIMIT)),
        _mm512_set1_epi32(-LIMIT),
    );
    let x = _mm512_add_epi32(x, _mm512_set1_epi32(2048));
    let i = _mm512_srli_epi32::<8>(x);
    let f = _mm512_srli_epi32::<1>(_mm512_and_si512(x, _mm512_set1_epi32(255)));
    let first = _mm512_mullo_epi32(
        _mm512_add_epi32(lanes, _mm512_set1_epi32(16 * row as i32)),
        _mm512_set1_epi32(POINTS as i32),
    );
    let at = _mm512_add_epi32(first, i);
    // SAFETY: `at` and `at + 1` lie inside the row, which the caller checked.
    let two = unsafe { _mm512_i32gather_epi32::<2>(at, curves.as_ptr().cast()) };
    let f1 = _mm512_sub_epi32(_mm512_set1_epi32(128), f);
    let by = _mm512_or_si512(f1, _mm512_slli_epi32::<16>(f));
    let correction = _mm512_srai_epi32::<7>(_mm512_madd_epi16(two, by));
    let p = _mm512_and_si512(squash(interleave(st, st)), _mm512_set1_epi32(0xffff));
    let p = _mm512_add_epi32(p, correction);
    let p = _mm512_max_epi32(
        _mm512_min_epi32(p, _mm512_set1_epi32(65535)),
        _mm512_set1_epi32(1),
    );
    let next = _mm512_srli_epi32::<6>(f);
    let mut out = [0; 16];
    unsafe {
        _mm512_storeu_si512(near.as_mut_ptr().cast(), _mm512_add_epi32(at, next));
        _mm256_storeu_si256(out.as_mut_ptr().cast(), _mm512_cvtepi32_epi16(p));
    }
    out
}

/// See `Logistic::squash`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn squash(x: __m512i) -> __m512i {
    let l = &*LOGISTIC;
    let tail = unsafe {
        [
            _mm512_loadu_si512(l.tail.as_ptr().cast()),
            _mm512_loadu_si512(l.tail.as_ptr().add(32).cast()),
        ]
    };
    let drop = unsafe {
        [
            _mm512_loadu_si512(l.drop.as_ptr().cast()),
            _mm512_loadu_si512(l.drop.as_ptr().add(32).cast()),
        ]
    };
    let a = _mm512_min_epu16(_mm512_abs_epi16(x), _mm512_set1_epi16(SQUASH_LIMIT as i16));
    let i = _mm512_srli_epi16::<6>(a);
    let f = _mm512_slli_epi16::<10>(a);
    let t = _mm512_permutex2var_epi16(tail[0], i, tail[1]);
    let d = _mm512_permutex2var_epi16(drop[0], i, drop[1]);
    let q = _mm512_sub_epi16(t, _mm512_mulhi_epu16(d, f));
    let q = _mm512_max_epu16(q, _mm512_set1_epi16(1));
    let positive = _mm512_cmpge_epi16_mask(x, _mm512_setzero_si512());
    _mm512_mask_sub_epi16(q, positive, _mm512_setzero_si512(), q)
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn scaled(sum: __m512i, limit: i32) -> __m512i {
    let x = _mm512_srai_epi32::<WEIGHT_BITS>(_mm512_add_epi32(
        sum,
        _mm512_set1_epi32(1 << (WEIGHT_BITS - 1)),
    ));
    let x = _mm512_min_epi32(x, _mm512_set1_epi32(limit));
    _mm512_max_epi32(x, _mm512_set1_epi32(-limit))
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn interleave(even: __m512i, odd: __m512i) -> __m512i {
    _mm512_mask_blend_epi16(0xaaaa_aaaa, even, _mm512_slli_epi32::<16>(odd))
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
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
        |even: i16, odd: i16| _mm512_set1_epi32((i32::from(even) & 0xffff) | i32::from(odd) << 16);
    let first = pair(prior.input, prior.input);
    if let [row] = *rows {
        let mut sum = _mm512_setzero_si512();
        for (x, w) in inputs.iter().zip(&weights[row..row + n]) {
            let x = load(x);
            sum = _mm512_add_epi32(sum, _mm512_madd_epi16(x, first));
            sum = _mm512_add_epi32(sum, _mm512_madd_epi16(x, load(w)));
        }
        finish(sum, mixed);
        return;
    }
    let set = pair(prior.set, prior.set);
    let mut base = _mm512_setzero_si512();
    let mut sum = _mm512_setzero_si512();
    for (k, two) in rows.chunks_exact(2).enumerate() {
        let (wa, wb) = (&weights[two[0]..two[0] + n], &weights[two[1]..two[1] + n]);
        let (mut a, mut b) = (_mm512_setzero_si512(), _mm512_setzero_si512());
        for ((x, wa), wb) in inputs.iter().zip(wa).zip(wb) {
            let x = load(x);
            a = _mm512_add_epi32(a, _mm512_madd_epi16(x, load(wa)));
            b = _mm512_add_epi32(b, _mm512_madd_epi16(x, load(wb)));
            if k == 0 {
                base = _mm512_add_epi32(base, _mm512_madd_epi16(x, first));
            }
        }
        let a = _mm512_add_epi32(base, a);
        let b = _mm512_add_epi32(base, b);
        let hidden = interleave(scaled(a, HIDDEN_LIMIT), scaled(b, HIDDEN_LIMIT));
        store(&mut mixed.hidden[k], hidden);
        store(&mut mixed.opinion[k], squash(hidden));
        let w = load(&last[k]);
        sum = _mm512_add_epi32(sum, _mm512_madd_epi16(hidden, set));
        sum = _mm512_add_epi32(sum, _mm512_madd_epi16(hidden, w));
    }
    finish(sum, mixed);
}

/// The final stretches and probabilities.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn finish(sum: __m512i, mixed: &mut Mixed) {
    let x = scaled(sum, SQUASH_LIMIT);
    let p = _mm512_cvtepi32_epi16(squash(interleave(x, x)));
    unsafe {
        _mm256_storeu_si256(mixed.stretch.as_mut_ptr().cast(), _mm512_cvtepi32_epi16(x));
        _mm256_storeu_si256(mixed.p.as_mut_ptr().cast(), p);
    }
}

/// Errors of interleaved probabilities: see `scalar::errors`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn errors(p: __m512i, zeros: __mmask32, ones: __mmask32, rate: i16, shift: u32) -> __m512i {
    let zero = _mm512_setzero_si512();
    let half = _mm512_maskz_srli_epi16::<1>(zeros, p);
    let e = _mm512_sub_epi16(zero, half);
    let e = _mm512_mask_srli_epi16::<1>(e, ones, _mm512_sub_epi16(zero, p));
    let e = _mm512_mulhrs_epi16(e, _mm512_set1_epi16(rate));
    if shift == 0 {
        e
    } else {
        _mm512_adds_epi16(e, e)
    }
}

#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn learn(x: __m512i, w: &mut Pair, errors: __m512i) {
    let w0 = load(w);
    store(w, _mm512_adds_epi16(w0, _mm512_mulhrs_epi16(x, errors)));
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
pub(super) fn train(
    inputs: &[Pair],
    weights: &mut [Pair],
    rows: &[usize],
    last: &mut [Pair],
    mixed: &Mixed,
    nibble: u8,
    rates: Rates,
) {
    let n = inputs.len();
    let path = unsafe { _mm_loadu_si128(PATHS[usize::from(nibble & 15)].as_ptr().cast()) };
    let path = _mm512_cvtepu8_epi32(path);
    let path = _mm512_or_si512(path, _mm512_slli_epi32::<16>(path));
    let zeros = _mm512_cmpeq_epi16_mask(path, _mm512_set1_epi16(1));
    let ones = _mm512_cmpeq_epi16_mask(path, _mm512_set1_epi16(2));
    let p = _mm512_cvtepu16_epi32(unsafe { _mm256_loadu_si256(mixed.p.as_ptr().cast()) });
    let p = _mm512_or_si512(p, _mm512_slli_epi32::<16>(p));
    if let [row] = *rows {
        let e = errors(p, zeros, ones, rates.sets, rates.shift);
        for (x, w) in inputs.iter().zip(&mut weights[row..row + n]) {
            learn(load(x), w, e);
        }
        return;
    }
    for (k, two) in rows.chunks_exact(2).enumerate() {
        let e = errors(
            load(&mixed.opinion[k]),
            zeros,
            ones,
            rates.sets,
            rates.shift,
        );
        let low = _mm512_and_si512(e, _mm512_set1_epi32(0xffff));
        let a = _mm512_or_si512(low, _mm512_slli_epi32::<16>(low));
        let high = _mm512_srli_epi32::<16>(e);
        let b = _mm512_or_si512(high, _mm512_slli_epi32::<16>(high));
        for (row, e) in [(two[0], a), (two[1], b)] {
            for (x, w) in inputs.iter().zip(&mut weights[row..row + n]) {
                learn(load(x), w, e);
            }
        }
    }
    let e = errors(p, zeros, ones, rates.last, rates.shift);
    for (x, w) in mixed.hidden.iter().zip(last) {
        learn(load(x), w, e);
    }
}
