//! The reference: what every other version must give, bit for bit.

use super::{
    Cell, Lanes, MAX_SETS, Mixed, Next, PATHS, POINTS, Pair, Prior, Rates, STEPS, Steps,
    WEIGHT_BITS, Worth,
};
use crate::mixing::logistic::{HIDDEN_LIMIT, LIMIT, LOGISTIC, SQUASH_LIMIT};

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

/// Inputs of the mixer.
pub(super) fn look(
    cells: &[Cell],
    at: &[u32],
    worth: &[Worth],
    half: usize,
    inputs: &mut [Pair],
) -> usize {
    let mut hits = 0;
    for (i, &at) in at.iter().enumerate() {
        let cell = &cells[at as usize];
        hits += usize::from(cell.0[1] != 0);
        let (pair, table) = (&mut inputs[i / 2], &worth[2 * i + half].0);
        pair.0[i % 2] = 0;
        for (lane, &state) in cell.0.iter().enumerate().skip(1) {
            pair.0[2 * lane + i % 2] = table[usize::from(state)] >> 4;
        }
    }
    hits
}

/// Moves the histories of the nodes on the path to `nibble`, context by context: those of context
/// i are in `cells[at[i]]`. A context whose number modulo turn.1, a power of two, is turn.0 also
/// moves what the histories that its nodes had are worth, `worth[2i + half]`; the worth of state 0
/// stays.
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
    let path = path(nibble);
    for (i, (worth, &at)) in worth.chunks_exact_mut(2).zip(at).enumerate() {
        let cell = &mut cells[at as usize];
        if i & (turn.1 - 1) == turn.0 {
            revalue(cell, &mut worth[half], steps, &path);
        }
        for (node, bit) in path {
            cell.0[node] = next.0[bit][usize::from(cell.0[node])];
        }
    }
}

/// The nodes asked on the way to a nibble, and the answers.
pub(super) fn path(nibble: u8) -> [(usize, usize); 4] {
    let full = 16 + usize::from(nibble & 15);
    std::array::from_fn(|d| (full >> (4 - d) & 15, full >> (3 - d) & 1))
}

/// Moves what the states on the path are worth.
#[inline]
pub(super) fn revalue(cell: &Cell, worth: &mut Worth, steps: &Steps, path: &[(usize, usize); 4]) {
    for &(node, bit) in path {
        let state = usize::from(cell.0[node]);
        if state != 0 {
            let w = &mut worth.0[state];
            let step = steps.0[bit][((*w >> 6) + (STEPS / 2) as i16) as usize & (STEPS - 1)];
            *w = w.wrapping_add(step);
        }
    }
}

pub(super) fn refine16(
    curves: &[i16],
    row: usize,
    stretch: &Lanes<i16>,
    near: &mut Lanes<u32>,
) -> Lanes<u16> {
    std::array::from_fn(|lane| {
        let x = (i32::from(stretch[lane]).clamp(-1920, 1919) + 1920) as u32;
        let (i, f) = (x >> 8, (x & 255) as i32 >> 1);
        let at = (256 * row + 16 * lane) as u32 + i;
        near[lane] = at + u32::from(f >= 64);
        let (a, b) = (curves[at as usize], curves[at as usize + 1]);
        let correction = (i32::from(a) * (128 - f) + i32::from(b) * f) >> 7;
        (i32::from(LOGISTIC.squash(stretch[lane])) + correction).clamp(1, 65535) as u16
    })
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
/// stretches as inputs; its result may reach ±4095. A set that is alone has no last layer: its
/// stretch, within ±4095, is the result. Sums are of 32 bits and wrap.
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
        let of_set = |row: usize| {
            let both = inputs.iter().zip(&weights[row..]);
            both.fold(base, |sum, (x, w)| sum.wrapping_add(dot(x, w, lane)))
        };
        if let [row] = *rows {
            mixed.stretch[lane] = scaled(of_set(row), SQUASH_LIMIT);
            mixed.p[lane] = LOGISTIC.squash(mixed.stretch[lane]);
            continue;
        }
        for (k, &row) in rows.iter().enumerate() {
            let stretch = scaled(of_set(row), HIDDEN_LIMIT);
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
/// that it fits 16 bits) by dropping its magnitude's lowest bit; with `shift` 1, twice that,
/// saturating.
fn errors(p: Lanes<u16>, nibble: u8, rate: i16, shift: u32) -> Lanes<i16> {
    std::array::from_fn(|lane| {
        let e = match PATHS[usize::from(nibble)][lane] {
            0 => 0,
            1 => -((p[lane] >> 1) as i16),
            _ => (p[lane].wrapping_neg() >> 1) as i16,
        };
        let e = times(e, rate);
        if shift == 0 { e } else { e.saturating_add(e) }
    })
}

/// Moves the weights on the path: each by its input times its error, saturating. Each set learns
/// from its own error, the last layer from the final one; a set that is alone from this.
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
    if let [row] = *rows {
        let errors = errors(mixed.p, nibble, rates.sets, rates.shift);
        for (x, w) in inputs.iter().zip(&mut weights[row..]) {
            learn(x, w, errors);
        }
        return;
    }
    for (k, &row) in rows.iter().enumerate() {
        let p = std::array::from_fn(|lane| mixed.opinion[k / 2].0[2 * lane + k % 2] as u16);
        let errors = errors(p, nibble, rates.sets, rates.shift);
        for (x, w) in inputs.iter().zip(&mut weights[row..]) {
            learn(x, w, errors);
        }
    }
    let errors = errors(mixed.p, nibble, rates.last, rates.shift);
    for (x, w) in mixed.hidden.iter().zip(last) {
        learn(x, w, errors);
    }
}

fn learn(x: &Pair, w: &mut Pair, errors: Lanes<i16>) {
    for i in 0..32 {
        w.0[i] = w.0[i].saturating_add(times(x.0[i], errors[i / 2]));
    }
}
