//! Every version against the reference, bit by bit, on random and on extreme inputs.

use super::*;
use crate::shape::HEAD;
use minlen_core::Random;
use plain::Fused;

/// Plain, huge, tiny and denormal numbers, both zeros; with `wild`, also infinity and NaN.
fn number(r: &mut Random, wild: bool) -> f32 {
    let n = r.next_u64();
    let unit = (n >> 40) as f32 / (1 << 24) as f32 * 2.0 - 1.0;
    match n & 31 {
        0 => 0.0,
        1 => -0.0,
        2 => unit * 1e-40,
        3 => unit * 3e38,
        4 => unit * 1e-20,
        5 => unit * 1e18,
        6 if wild => f32::INFINITY,
        7 if wild => f32::NAN,
        8 => f32::from_bits(1),
        9 => 1.0,
        _ => unit * 4.0,
    }
}

/// Mostly plain numbers; every fourth call gives extreme ones.
fn lanes(r: &mut Random, n: usize) -> Vec<Lanes> {
    let kind = r.next_u64() & 7;
    let value = |r: &mut Random| match kind {
        0 => number(r, true),
        1 => number(r, false),
        _ => (r.next_u64() >> 40) as f32 / (1 << 23) as f32 - 1.0,
    };
    (0..n)
        .map(|_| Lanes(std::array::from_fn(|_| value(r))))
        .collect()
}

/// Bits, but all NaNs alike: which of them comes out is the processor's choice.
fn bits(lanes: &[Lanes]) -> Vec<u32> {
    let bits = |v: &f32| if v.is_nan() { u32::MAX } else { v.to_bits() };
    lanes.iter().flat_map(|l| l.0.iter().map(bits)).collect()
}

fn matrix(r: &mut Random, rows: usize, columns: usize) -> Matrix {
    let weights: Vec<i8> = (0..rows * columns).map(|_| r.next_u64() as i8).collect();
    let scale: Vec<f32> = (0..rows)
        .map(|_| (r.next_u64() >> 40) as f32 / (1 << 30) as f32)
        .collect();
    Matrix::pack(columns, &weights, &scale)
}

/// The same call of all versions, which must leave the same.
fn agree<T: PartialEq + std::fmt::Debug>(what: &str, run: impl Fn(Cpu) -> T) {
    let all = Cpu::available();
    let reference = run(all[0]);
    for cpu in &all[1..] {
        assert!(run(*cpu) == reference, "{what}: {cpu:?} differs");
    }
}

#[test]
fn the_software_multiply_add_is_exact() {
    let mut r = Random::new(3);
    for i in 0..3_000_000 {
        let mut any = || match i % 3 {
            0 => f32::from_bits(r.next_u64() as u32),
            1 => number(&mut r, true),
            // Near cancellation, and halfway cases.
            _ => f32::from_bits(0x3f80_0000 | (r.next_u64() as u32 & 0x007f_0003)),
        };
        let (a, b) = (any(), any());
        let c = if i % 2 == 0 { any() } else { -(a * b) };
        let c = if i % 5 == 0 { c * 2f32.powi(-24) } else { c };
        let (ours, theirs) = (plain::Software::fma(a, b, c), a.mul_add(b, c));
        assert!(
            ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()),
            "{a:e} · {b:e} + {c:e}: {ours:e}, not {theirs:e}"
        );
    }
}

#[test]
fn products_agree_for_any_number_of_rows() {
    let mut r = Random::new(1);
    for round in 0..60 {
        let columns = 32 * (1 + (r.next_u64() % 5) as usize);
        let rows = 1 + (r.next_u64() % 200) as usize;
        let streams = 1 + (r.next_u64() % 20) as usize;
        let matrix = matrix(&mut r, rows, columns);
        let x = lanes(&mut r, streams * columns / LANES);
        let panels = matrix.panels();
        let then = [Then::Store, Then::Add, Then::Square][round % 3];
        let product = |cpu: Cpu, x: &[Lanes]| {
            let mut y = vec![Lanes([0.1; LANES]); x.len() * LANES / columns * panels];
            cpu.product(x, &matrix, then, &mut y);
            bits(&y)
        };
        agree("product", |cpu| product(cpu, &x));
        // A batch is its parts.
        let cut = round % streams * columns / LANES;
        let (a, b) = x.split_at(cut);
        for cpu in Cpu::available() {
            let parts = [product(cpu, a), product(cpu, b)].concat();
            assert!(parts == product(cpu, &x), "{cpu:?}: parts differ");
        }
    }
}

#[test]
fn a_product_is_a_product() {
    let weights: Vec<i8> = (0..17 * 32).map(|i| (i % 251 - 120) as i8).collect();
    let scale: Vec<f32> = (0..17).map(|i| 1.0 / (1 << i) as f32).collect();
    let matrix = Matrix::pack(32, &weights, &scale);
    let x: Vec<f32> = (0..32).map(|i| i as f32 - 9.0).collect();
    let mut y = vec![Lanes::ZERO; 2];
    for cpu in Cpu::available() {
        let mut product = |then| {
            cpu.product(&Lanes::from_values(&x), &matrix, then, &mut y);
            y.clone()
        };
        let [once, twice, squared] = [Then::Store, Then::Add, Then::Square].map(&mut product);
        for row in 0..17 {
            let weights = &weights[32 * row..][..32];
            // All exact.
            let sum: f32 = x.iter().zip(weights).map(|(x, &w)| x * f32::from(w)).sum();
            let value = |y: &[Lanes]| y[row / 16].0[row % 16];
            assert_eq!(value(&once), sum * scale[row]);
            assert_eq!(value(&twice), 2.0 * sum * scale[row]);
            assert_eq!(value(&squared), (sum * scale[row]).max(0.0).powi(2));
        }
        assert!(once[1].0[1..].iter().all(|&v| v == 0.0));
    }
}

#[test]
fn small_kernels_agree() {
    let mut r = Random::new(2);
    for _ in 0..300 {
        let d = 2 * (1 + (r.next_u64() % 40) as usize);
        let [x, y, gain, shift, before] = std::array::from_fn(|_| lanes(&mut r, d));
        agree("normed", |cpu| {
            let mut out = y.clone();
            cpu.normed(&x, &gain, &mut out);
            bits(&out)
        });
        agree("shifted", |cpu| {
            let (mut before, mut out) = (before.clone(), y.clone());
            cpu.shifted(&x, &gain, &shift, &mut before, &mut out);
            (bits(&before), bits(&out))
        });
        let logits = lanes(&mut r, ALPHABET / LANES);
        agree("chances", |cpu| {
            let mut out = [7; ALPHABET];
            cpu.chances(&logits, &mut out);
            out
        });
    }
}

#[test]
fn mixes_agree() {
    let mut r = Random::new(4);
    for round in 0..60 {
        let heads = 1 + (r.next_u64() % 20) as usize;
        let d = 2 * heads;
        let z = lanes(&mut r, 4 * d + heads.div_ceil(LANES));
        let decay = lanes(&mut r, heads.div_ceil(LANES));
        let state = lanes(&mut r, heads * HEAD * 2);
        agree("recurrent", |cpu| {
            let (mut state, mut out) = (state.clone(), vec![Lanes::ZERO; d]);
            cpu.recurrent(&z, &decay, &mut state, &mut out);
            (bits(&state), bits(&out))
        });
        let window = 16 * (1 + (r.next_u64() % 9) as usize);
        let zs: Vec<_> = (0..20).map(|_| lanes(&mut r, 3 * d)).collect();
        // Begins as a stream does, or a long time after.
        let start = [0, r.next_u64() >> 20, u64::MAX][round % 3];
        agree("window", |cpu| {
            let mut state = vec![Pairs([0; LANES]); d * window];
            let mut out = vec![Lanes::ZERO; d];
            let mut seen = Vec::new();
            for (i, z) in (0..).zip(&zs) {
                cpu.window(z, start.wrapping_add(i), &mut state, &mut out);
                seen.extend(bits(&out));
            }
            (state, seen)
        });
    }
}

#[test]
fn functions_are_near_the_truth() {
    let (mut exp, mut sigmoid, mut turn) = (0.0f64, 0.0f64, 0.0f64);
    for i in -800_000..=800_000 {
        let x = i as f32 * 1e-4;
        let truth = f64::from(x).exp();
        let ours = f64::from(plain::exp::<plain::Software>(x));
        exp = exp.max((ours / truth - 1.0).abs());
        let truth = 1.0 / (1.0 + f64::from(-x).exp());
        let ours = f64::from(plain::sigmoid::<plain::Software>(x));
        sigmoid = sigmoid.max((ours / truth - 1.0).abs());
        let angle = (i as u32).wrapping_mul(2_654_435_769);
        let truth = f64::from(angle) / 2f64.powi(32) * std::f64::consts::TAU;
        let (cos, sin) = plain::cos_sin::<plain::Software>(angle);
        turn = turn.max((f64::from(cos) - truth.cos()).abs());
        turn = turn.max((f64::from(sin) - truth.sin()).abs());
    }
    assert!(
        exp < 1.2e-7 && sigmoid < 3e-7 && turn < 1.2e-7,
        "{exp:e} {sigmoid:e} {turn:e}"
    );
    // The ends, and what is no number.
    for (x, like) in [
        (f32::INFINITY, 80.0),
        (-1e9, -80.0),
        (f32::NAN, -80.0),
        (-0.0, 0.0),
    ] {
        let [a, b] = [x, like].map(plain::exp::<plain::Software>);
        assert_eq!(a.to_bits(), b.to_bits());
    }
    assert_eq!(plain::exp::<plain::Software>(0.0), 1.0);
}
