//! The reference, and the law: what is computed, operation by operation.
//!
//! Three orders of summing, and no other:
//!
//! - *in order*: from +0, one fused multiply-add a term;
//! - *by lanes*: term i goes to lane i mod 16, each lane in order; then the lanes are folded:
//!   lane l plus lane l + 8, of these l plus l + 4, then l + 2, then l + 1 ([`fold`]);
//! - *in four chains*: term i goes to chain i mod 4, each chain in order; then
//!   (chain 0 + chain 1) + (chain 2 + chain 3).
#![allow(clippy::needless_range_loop)] // A lane's number indexes all arrays of its loop.

use super::{LANES, Lanes, Matrix, Pairs, Then, flat, flat_mut};
use crate::shape::HEAD;
use minlen_core::ALPHABET;

/// Lanes of a head.
const PART: usize = HEAD / LANES;

/// Where a fused multiply-add comes from: a · b + c, rounded once.
pub(super) trait Fused {
    fn fma(a: f32, b: f32, c: f32) -> f32;
}

/// The processor's own. (Right everywhere, but without the instruction it is a call of the
/// platform's library, 100 × slower.)
pub(super) enum Hardware {}

impl Fused for Hardware {
    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

/// Made of 64-bit arithmetic, for machines without.
#[allow(dead_code)] // where the processor has one
pub(super) enum Software {}

impl Fused for Software {
    /// The product of two 24-bit numbers is exact in 53 bits. The sum is rounded to odd (of its
    /// two neighbours the one whose last bit is 1: Boldo, Melquiond 2008), so that rounding once
    /// more to 24 bits is as if it had been exact.
    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
        let sum = product + c;
        // What the sum lost, exactly (Knuth's two-sum). NaN when the sum is not finite.
        let back = sum - product;
        let lost = (product - (sum - back)) + (c - back);
        let bits = sum.to_bits();
        let odd = if bits & 1 != 0 || lost == 0.0 || lost.is_nan() {
            bits
        } else if (lost > 0.0) == (sum > 0.0) {
            bits + 1
        } else {
            bits - 1
        };
        f64::from_bits(odd) as f32
    }
}

/// y = matrix · x for each row of x: as many rows of `matrix.columns` values in `x` as there are
/// rows of `panels` lanes in `y`. A value is Σ x · weight over the columns, in order, then times
/// its row's scale; what becomes of it, `Then` says.
#[inline(always)]
pub(super) fn product<F: Fused>(x: &[Lanes], matrix: &Matrix, then: Then, y: &mut [Lanes]) {
    let columns = matrix.columns;
    let (rows, panels) = (x.len() * LANES / columns, matrix.panels());
    let depth = columns / LANES;
    assert!(x.len() == rows * depth && y.len() == rows * panels);
    for (p, weights) in matrix.weights.chunks_exact(columns).enumerate() {
        let scale = &matrix.scale[p].0;
        let mut row = 0;
        // Four rows at a time: weights are converted once, and sums do not wait for each other.
        while row + 4 <= rows {
            let sums = dot::<F, 4>(&x[row * depth..], depth, weights);
            for (r, sum) in sums.iter().enumerate() {
                store(&mut y[(row + r) * panels + p], sum, scale, then);
            }
            row += 4;
        }
        while row < rows {
            let sums = dot::<F, 1>(&x[row * depth..], depth, weights);
            store(&mut y[row * panels + p], &sums[0], scale, then);
            row += 1;
        }
    }
}

#[inline(always)]
fn dot<F: Fused, const R: usize>(
    x: &[Lanes],
    depth: usize,
    weights: &[[i8; LANES]],
) -> [[f32; LANES]; R] {
    let mut sums = [[0.0; LANES]; R];
    for (k, weights) in weights.chunks_exact(LANES).enumerate() {
        for (j, weights) in weights.iter().enumerate() {
            let weights: [f32; LANES] = std::array::from_fn(|l| f32::from(weights[l]));
            for (r, sum) in sums.iter_mut().enumerate() {
                let value = x[r * depth + k].0[j];
                for (s, w) in sum.iter_mut().zip(weights) {
                    *s = F::fma(value, w, *s);
                }
            }
        }
    }
    sums
}

#[inline(always)]
fn store(y: &mut Lanes, sum: &[f32; LANES], scale: &[f32; LANES], then: Then) {
    for l in 0..LANES {
        let value = sum[l] * scale[l];
        y.0[l] = match then {
            Then::Store => value,
            Then::Add => y.0[l] + value,
            Then::Square => {
                let positive = if value > 0.0 { value } else { 0.0 };
                positive * positive
            }
        };
    }
}

/// The sum of 16 lanes.
#[inline(always)]
fn fold(lanes: [f32; LANES]) -> f32 {
    // (Halves of fixed sizes: a loop over the sizes is compiled badly.)
    let (mut eight, mut four, mut two) = ([0.0; 8], [0.0; 4], [0.0; 2]);
    for l in 0..8 {
        eight[l] = lanes[l] + lanes[l + 8];
    }
    for l in 0..4 {
        four[l] = eight[l] + eight[l + 4];
    }
    for l in 0..2 {
        two[l] = four[l] + four[l + 2];
    }
    two[0] + two[1]
}

/// 1 / √(mean of x² + 2⁻²⁰), the squares summed by lanes.
#[inline(always)]
fn norm<F: Fused>(x: &[Lanes]) -> f32 {
    let mut lanes = [0.0; LANES];
    for x in x {
        for (lane, x) in lanes.iter_mut().zip(x.0) {
            *lane = F::fma(x, x, *lane);
        }
    }
    let mean = fold(lanes) / (x.len() * LANES) as f32;
    1.0 / (mean + 1.0 / 1_048_576.0).sqrt()
}

/// out = norm(x) ⊙ gain: (x · norm) · gain.
#[inline(always)]
pub(super) fn normed<F: Fused>(x: &[Lanes], gain: &[Lanes], out: &mut [Lanes]) {
    let norm = norm::<F>(x);
    let inputs = flat(x).iter().zip(flat(gain));
    for (out, (x, gain)) in flat_mut(out).iter_mut().zip(inputs) {
        *out = x * norm * gain;
    }
}

/// n = norm(x) ⊙ gain; out = shift · (before − n) + n, fused; then n is what was before.
#[inline(always)]
pub(super) fn shifted<F: Fused>(
    x: &[Lanes],
    gain: &[Lanes],
    shift: &[Lanes],
    before: &mut [Lanes],
    out: &mut [Lanes],
) {
    let norm = norm::<F>(x);
    let inputs = flat(x).iter().zip(flat(gain)).zip(flat(shift));
    let outputs = flat_mut(out).iter_mut().zip(flat_mut(before));
    for ((out, before), ((x, gain), shift)) in outputs.zip(inputs) {
        let n = x * norm * gain;
        *out = F::fma(*shift, *before - n, n);
        *before = n;
    }
}

const LOG2_E: f32 = f32::from_bits(0x3fb8_aa3b);
/// ln 2 in two parts; products of the first with small integers are exact.
const LN2_HIGH: f32 = f32::from_bits(0x3f31_8000);
const LN2_LOW: f32 = f32::from_bits(0xb95e_8083);
/// 1.5 · 2²³: adding it rounds to an integer, which then stands in the lowest bits.
const ROUND: f32 = 12_582_912.0;
/// Of the polynomial for (eʳ − 1 − r) / r², |r| ≤ ln 2 / 2, highest power first (Moshier's Cephes).
const EXP: [u32; 6] = [
    0x3950_6967,
    0x3ab7_43ce,
    0x3c08_8908,
    0x3d2a_a9c1,
    0x3e2a_aaaa,
    0x3f00_0000,
];

/// eˣ, x held within ±80 (NaN: −80); at most 1 unit in the last place from the truth.
#[inline(always)]
pub(super) fn exp<F: Fused>(x: f32) -> f32 {
    let x = if x > -80.0 { x } else { -80.0 };
    let x = if x < 80.0 { x } else { 80.0 };
    let shifted = F::fma(x, LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = F::fma(n, -LN2_LOW, F::fma(n, -LN2_HIGH, x));
    let mut p = f32::from_bits(EXP[0]);
    for c in &EXP[1..] {
        p = F::fma(p, r, f32::from_bits(*c));
    }
    let y = F::fma(p, r * r, r) + 1.0;
    // 2ⁿ by its bits.
    y * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

/// 1 / (1 + e⁻ˣ).
#[inline(always)]
pub(super) fn sigmoid<F: Fused>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<F>(-x))
}

/// Gated linear attention: `z` holds q, k, v, g and the heads' decays; `state` for each head its
/// matrix, 32 rows of 32 values.
///
/// For each head: e = exp(−(z + decay)), a = 1 / (1 + e), b = e · a, which is 1 − a;
/// S[i][j] ← (b · k[i]) · v[j] + a · S[i][j], the second product rounded, then fused;
/// o[j] = Σ q[i] · S[i][j] in four chains; out = ((o · norm(o)) · g) · sigmoid(g).
#[inline(always)]
pub(super) fn recurrent<F: Fused>(
    z: &[Lanes],
    decay: &[Lanes],
    state: &mut [Lanes],
    out: &mut [Lanes],
) {
    let d = out.len();
    let (q, rest) = z.split_at(d);
    let (k, rest) = rest.split_at(d);
    let (v, rest) = rest.split_at(d);
    let (g, decays) = rest.split_at(d);
    // Of 16 heads.
    let (mut keep, mut take) = ([0.0; LANES], [0.0; LANES]);
    for (head, (out, state)) in (out.chunks_exact_mut(PART))
        .zip(state.chunks_exact_mut(HEAD * PART))
        .enumerate()
    {
        if head % LANES == 0 {
            let (x, decay) = (&decays[head / LANES].0, &decay[head / LANES].0);
            for l in 0..LANES {
                let e = exp::<F>(-(x[l] + decay[l]));
                keep[l] = 1.0 / (1.0 + e);
                take[l] = e * keep[l];
            }
        }
        let (a, b) = (keep[head % LANES], take[head % LANES]);
        let at = PART * head;
        let v = [v[at].0, v[at + 1].0];
        let mut chains = [[[0.0; LANES]; PART]; 4];
        for (i, rows) in state.chunks_exact_mut(4 * PART).enumerate() {
            for (c, (chain, row)) in (chains.iter_mut())
                .zip(rows.chunks_exact_mut(PART))
                .enumerate()
            {
                let i = 4 * i + c;
                let (q, k) = (
                    q[at + i / LANES].0[i % LANES],
                    b * k[at + i / LANES].0[i % LANES],
                );
                for (j, s) in row.iter_mut().enumerate() {
                    for l in 0..LANES {
                        s.0[l] = F::fma(k, v[j][l], a * s.0[l]);
                        chain[j][l] = F::fma(q, s.0[l], chain[j][l]);
                    }
                }
            }
        }
        let o = join(&chains);
        let norm = norm::<F>(&o);
        for (j, out) in out.iter_mut().enumerate() {
            let g = &g[at + j].0;
            for l in 0..LANES {
                out.0[l] = o[j].0[l] * norm * g[l] * sigmoid::<F>(g[l]);
            }
        }
    }
}

/// The sum of four chains.
#[inline(always)]
fn join(chains: &[[[f32; LANES]; PART]; 4]) -> [Lanes; PART] {
    let mut sums = [Lanes::ZERO; PART];
    for (j, sum) in sums.iter_mut().enumerate() {
        for l in 0..LANES {
            let [a, b, c, d] = chains.each_ref().map(|chain| chain[j][l]);
            sum.0[l] = (a + b) + (c + d);
        }
    }
    sums
}

/// What the rotary pairs turn by from one symbol to the next, 10000^(−i/16) radians, in units of
/// 2⁻⁶⁴ turn. Positions times these are exact modulo a turn, so that a long past costs nothing.
const TURNS: [u64; LANES] = [
    0x28be_60db_9391_054a,
    0x16e9_6eca_ebf8_3f44,
    0x0ce2_6010_05b0_277c,
    0x073e_d00d_7f5d_2561,
    0x0413_09af_8ec1_b3bb,
    0x024a_8b14_4acc_0654,
    0x0149_d668_0091_9d8c,
    0x00b9_7b34_8cbc_83bd,
    0x0068_4dc4_c179_c52c,
    0x003a_a782_077a_cd6f,
    0x0020_fbd7_3341_c2f4,
    0x0012_8c52_0e12_d9f9,
    0x000a_6e2d_468c_2d51,
    0x0005_dd8d_00bf_7af1,
    0x0003_4c62_51ec_f9e5,
    0x0001_dad5_0168_48ff,
];

/// 2⁻³² turn in radians.
const RADIANS: f32 = f32::from_bits(0x30c9_0fdb);
/// Polynomials for sine and cosine up to an eighth of a turn, highest power first (Cephes).
const SIN: [u32; 3] = [0xb94c_a1f9, 0x3c08_839e, 0xbe2a_aaa3];
const COS: [u32; 3] = [0x37cc_f5ce, 0xbab6_061a, 0x3d2a_aaa5];

/// Cosine and sine of `angle` in units of 2⁻³² turn.
#[inline(always)]
pub(super) fn cos_sin<F: Fused>(angle: u32) -> (f32, f32) {
    let quarter = angle.wrapping_add(1 << 29) >> 30;
    let x = angle.wrapping_sub(quarter << 30) as i32 as f32 * RADIANS;
    let xx = x * x;
    let [a, b, c] = SIN.map(f32::from_bits);
    let sin = F::fma(F::fma(F::fma(a, xx, b), xx, c) * xx, x, x);
    let [a, b, c] = COS.map(f32::from_bits);
    let cos = F::fma(xx, -0.5, 1.0);
    let cos = F::fma(F::fma(F::fma(a, xx, b), xx, c), xx * xx, cos);
    // Quarter turns: (c, s), (−s, c), (−c, −s), (s, −c).
    let (c, s) = if quarter & 1 == 0 {
        (cos, sin)
    } else {
        (sin, cos)
    };
    let negative = |yes: u32| if yes & 2 != 0 { -1.0f32 } else { 1.0 };
    (c * negative(quarter + 1), s * negative(quarter))
}

/// Attention to the last symbols. `z` holds q, k, v. `state` holds for each head its keys, in
/// groups of 16 symbols, values 2i and 2i + 1 in one: `[group][i][symbol]`; and its values, i and
/// i + 16 in one: `[symbol][i]`. As halves, because reading them is what attention costs, more than
/// its arithmetic. The symbol at `position` goes to slot `position` mod window; unused slots are
/// zeros.
///
/// For each head: q and k are normed (x · norm), then q times 1/√32; both turn:
/// x[i] ← x[i] · c − (x[i + 16] · s), x[i + 16] ← x[i + 16] · c + (x[i] · s), the products in
/// brackets rounded, the others fused. k and v are rounded to halves. A slot's e is
/// exp(Σ q · k, in order); 0 in unused slots. Their sum is made by lanes, Σ e · v in four chains,
/// both over the slots in order up to the end of the last group in use; out = Σ e · v · (1 / Σ e).
#[inline(always)]
pub(super) fn window<F: Fused>(z: &[Lanes], position: u64, state: &mut [Pairs], out: &mut [Lanes]) {
    let d = out.len();
    // A slot has d / 2 pairs of keys, 16 slots together, and as many of values.
    let slots = state.len() / d;
    let slot = (position % slots as u64) as usize;
    let used = position.saturating_add(1).min(slots as u64) as usize;
    let groups = used.div_ceil(LANES);
    let (mut cos, mut sin) = ([0.0; LANES], [0.0; LANES]);
    for l in 0..LANES {
        let angle = position.wrapping_mul(TURNS[l]) >> 32;
        (cos[l], sin[l]) = cos_sin::<F>(angle as u32);
    }
    let heads = state.chunks_exact_mut(2 * slots);
    let mut weights = [Lanes::ZERO; MOST_GROUPS];
    let weights = &mut weights[..groups];
    for ((h, out), state) in out.chunks_exact_mut(PART).enumerate().zip(heads) {
        let at = PART * h;
        let (keys, values) = state.split_at_mut(slots);
        let q = turned::<F>(&z[at..at + PART], ROOT, &cos, &sin);
        let k = turned::<F>(&z[d + at..d + at + PART], 1.0, &cos, &sin);
        let group = &mut keys[slot / LANES * LANES..][..LANES];
        for (i, pairs) in group.iter_mut().enumerate() {
            pairs.0[slot % LANES] = pair(k[2 * i], k[2 * i + 1]);
        }
        let v = &z[2 * d + at..][..PART];
        for i in 0..LANES {
            values[slot].0[i] = pair(v[0].0[i], v[1].0[i]);
        }

        let mut sums = [0.0; LANES];
        for (g, (weights, keys)) in weights.iter_mut().zip(keys.chunks_exact(LANES)).enumerate() {
            let mut score = [0.0; LANES];
            for (i, pairs) in keys.iter().enumerate() {
                for l in 0..LANES {
                    score[l] = F::fma(q[2 * i], lower(pairs.0[l]), score[l]);
                }
                for l in 0..LANES {
                    score[l] = F::fma(q[2 * i + 1], upper(pairs.0[l]), score[l]);
                }
            }
            for l in 0..LANES {
                let e = exp::<F>(score[l]);
                weights.0[l] = if g * LANES + l < used { e } else { 0.0 };
                sums[l] += weights.0[l];
            }
        }
        let mut chains = [[[0.0; LANES]; PART]; 4];
        for (weights, values) in weights.iter().zip(values.chunks_exact(LANES)) {
            for (l, pairs) in values.iter().enumerate() {
                let [low, high] = &mut chains[l % 4];
                for i in 0..LANES {
                    low[i] = F::fma(weights.0[l], lower(pairs.0[i]), low[i]);
                }
                for i in 0..LANES {
                    high[i] = F::fma(weights.0[l], upper(pairs.0[i]), high[i]);
                }
            }
        }
        let whole = 1.0 / fold(sums);
        for (out, sum) in out.iter_mut().zip(join(&chains)) {
            for l in 0..LANES {
                out.0[l] = sum.0[l] * whole;
            }
        }
    }
}

/// The nearest half, of two the even one; NaN is 7fc0.
#[inline(always)]
fn nearest(value: f32) -> u16 {
    let bits = value.to_bits();
    let half = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
    if value.is_nan() { 0x7fc0 } else { half as u16 }
}

/// Two values as halves in one.
#[inline(always)]
fn pair(low: f32, high: f32) -> u32 {
    u32::from(nearest(low)) | u32::from(nearest(high)) << 16
}

#[inline(always)]
fn lower(pair: u32) -> f32 {
    f32::from_bits(pair << 16)
}

#[inline(always)]
fn upper(pair: u32) -> f32 {
    f32::from_bits(pair & 0xffff_0000)
}

/// A head's query or key: normed, scaled, turned.
#[inline(always)]
fn turned<F: Fused>(
    x: &[Lanes],
    scale: f32,
    cos: &[f32; LANES],
    sin: &[f32; LANES],
) -> [f32; HEAD] {
    let norm = norm::<F>(x);
    let mut turned = [0.0; HEAD];
    for l in 0..LANES {
        let (a, b) = (x[0].0[l] * norm * scale, x[1].0[l] * norm * scale);
        turned[l] = F::fma(a, cos[l], -(b * sin[l]));
        turned[LANES + l] = F::fma(b, cos[l], a * sin[l]);
    }
    turned
}

/// 1 / √32.
const ROOT: f32 = f32::from_bits(0x3e35_04f3);
/// Groups of 16 symbols in the longest window.
const MOST_GROUPS: usize = 1024 / LANES;

/// Logits to integer weights: 2³⁰ · exp(logit − largest logit), rounded down. NaN is never the
/// largest, and weighs nothing.
#[inline(always)]
pub(super) fn chances<F: Fused>(logits: &[Lanes], out: &mut [u32; ALPHABET]) {
    let mut most = [f32::NEG_INFINITY; LANES];
    for logits in logits {
        for (most, &l) in most.iter_mut().zip(&logits.0) {
            *most = if l > *most { l } else { *most };
        }
    }
    let most = most
        .into_iter()
        .fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
    for (out, logits) in out.chunks_exact_mut(LANES).zip(logits) {
        for (out, &l) in out.iter_mut().zip(&logits.0) {
            *out = (exp::<F>(l - most) * 1_073_741_824.0) as i32 as u32;
        }
    }
}

/// Multiply-adds in six chains: enough for any unit to be always busy, few enough for registers.
#[inline(always)]
pub(super) fn peak<F: Fused>(rounds: u64, sums: &mut [Lanes; 6]) {
    let mut s = sums.map(|s| s.0);
    for _ in 0..rounds {
        for s in &mut s {
            for s in s.iter_mut() {
                *s = F::fma(*s, 0.5, 0.5);
            }
        }
    }
    *sums = s.map(Lanes);
}
