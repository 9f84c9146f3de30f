//! The reference: what every other version must give, bit for bit.

use super::{Cell, Lanes, MAX_SETS, Mixed, PATHS, POINTS, Pair, Prior, Rates, WEIGHT_BITS, Worth};
use crate::mix::logistic::{HIDDEN_LIMIT, LIMIT, LOGISTIC, SQUASH_LIMIT};

/// Inputs of the mixer: the worth of each lane's state, for two contexts a pair; lane 0 is 0.
pub(super) fn fetch(cells: &[Cell], worth: &[Worth], half: usize, inputs: &mut [Pair]) {
    for (i, cell) in cells.iter().enumerate() {
        let (pair, table) = (&mut inputs[i / 2], &worth[2 * i + half].0);
        pair.0[i % 2] = 0;
        for (lane, &state) in cell.0.iter().enumerate().skip(1) {
            pair.0[2 * lane + i % 2] = table[usize::from(state)];
        }
    }
}

/// Refines each lane's probability by its curve, and says which point of it is near.
///
/// Lane l of `row` has the points c_0 … c_16 from index (16 row + l) · 17 on, each a correction
/// of a probability in units of 2⁻¹⁶. With x = the stretch within ±2047, plus 2048, i = ⌊x / 256⌋
/// and f = ⌊(x mod 256) / 2⌋, the result is squash(stretch) + ⌊(c_i (128 − f) + c_{i+1} f) / 128⌋,
/// within 1..=65535. The near point is i, or i + 1 when f ≥ 64.
pub(super) fn refine(
    curves: &[i16],
    row: usize,
    stretch: &Lanes<i16>,
    near: &mut Lanes<u32>,
) -> Lanes<u16> {
    std::array::from_fn(|lane| {
        let x = (i32::from(stretch[lane]).clamp(-LIMIT, LIMIT) + 2048) as u32;
        let (i, f) = (x >> 8, (x & 255) as i32 >> 1);
        let at = ((16 * row + lane) * POINTS) as u32 + i;
        near[lane] = at + u32::from(f >= 64);
        let (a, b) = (curves[at as usize], curves[at as usize + 1]);
        let correction = (i32::from(a) * (128 - f) + i32::from(b) * f) >> 7;
        (i32::from(LOGISTIC.squash(stretch[lane])) + correction).clamp(1, 65535) as u16
    })
}

/// Sum of products of two inputs, wrapping.
fn dot(x: &Pair, w: &Pair, lane: usize) -> i32 {
    let a = i32::from(x.0[2 * lane]) * i32::from(w.0[2 * lane]);
    let b = i32::from(x.0[2 * lane + 1]) * i32::from(w.0[2 * lane + 1]);
    a.wrapping_add(b)
}

/// Units of weight to stretch, rounded to the nearest, within `limit`.
fn scaled(sum: i32, limit: i32) -> i16 {
    (sum.wrapping_add(1 << (WEIGHT_BITS - 1)) >> WEIGHT_BITS).clamp(-limit, limit) as i16
}

/// Mixes in two layers, each lane for itself.
///
/// Set k: the sum of all inputs times (prior + learned weight), rounded, within ±3071, is its
/// stretch `hidden[k]`; squashed, its `opinion[k]`. The last layer does the same with the sets'
/// stretches as inputs; its result may reach ±4095. Sums are of 32 bits and wrap.
pub(super) fn mix(
    inputs: &[Pair],
    weights: &[Pair],
    rows: &[usize],
    last: &[Pair],
    prior: Prior,
    mixed: &mut Mixed,
) {
    let first = Pair([prior.input; 32]);
    let set = Pair([prior.set; 32]);
    for lane in 0..16 {
        let base = (inputs.iter()).fold(0i32, |sum, x| sum.wrapping_add(dot(x, &first, lane)));
        for (k, &row) in rows.iter().enumerate() {
            let sum = inputs
                .iter()
                .zip(&weights[row..])
                .fold(base, |sum, (x, w)| sum.wrapping_add(dot(x, w, lane)));
            let stretch = scaled(sum, HIDDEN_LIMIT);
            mixed.hidden[k / 2].0[2 * lane + k % 2] = stretch;
            mixed.opinion[k / 2].0[2 * lane + k % 2] = LOGISTIC.squash(stretch) as i16;
        }
        let sum = mixed.hidden.iter().zip(last).fold(0i32, |sum, (x, w)| {
            sum.wrapping_add(dot(x, &set, lane))
                .wrapping_add(dot(x, w, lane))
        });
        mixed.stretch[lane] = scaled(sum, SQUASH_LIMIT);
        mixed.p[lane] = LOGISTIC.squash(mixed.stretch[lane]);
    }
}

/// a · b / 2¹⁵ to the nearest, halves up.
fn times(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b) + (1 << 14)) >> 15) as i16
}

/// What a lane learns from: 0 off the path; else rate · (bit − p), with the difference halved (so
/// that it fits 16 bits) by dropping its magnitude's lowest bit.
fn errors(p: Lanes<u16>, nibble: u8, rate: i16) -> Lanes<i16> {
    std::array::from_fn(|lane| {
        let e = match PATHS[usize::from(nibble)][lane] {
            0 => 0,
            1 => -((p[lane] >> 1) as i16),
            _ => (p[lane].wrapping_neg() >> 1) as i16,
        };
        times(e, rate)
    })
}

/// Moves the weights on the path: each by its input times its error, saturating. Each set learns
/// from its own error, the last layer from the final one.
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
    for (k, &row) in rows.iter().enumerate() {
        let p = std::array::from_fn(|lane| mixed.opinion[k / 2].0[2 * lane + k % 2] as u16);
        let errors = errors(p, nibble, rates.sets);
        for (x, w) in inputs.iter().zip(&mut weights[row..]) {
            learn(x, w, errors);
        }
    }
    let errors = errors(mixed.p, nibble, rates.last);
    for (x, w) in mixed.hidden.iter().zip(last) {
        learn(x, w, errors);
    }
}

fn learn(x: &Pair, w: &mut Pair, errors: Lanes<i16>) {
    for i in 0..32 {
        w.0[i] = w.0[i].saturating_add(times(x.0[i], errors[i / 2]));
    }
}
