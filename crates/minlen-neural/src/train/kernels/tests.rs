//! Products of all kinds against the plain tile, and functions against the standard library's.

use super::product::*;
use super::*;
use crate::train::random::Random;

/// A · B by the machine's tiles, and element by element.
fn both<E: Element>(
    rows: usize,
    depth: usize,
    columns: usize,
    whole: bool,
) -> (Vec<f32>, Vec<f32>) {
    let mut random = Random::new((rows * depth * columns) as u64);
    let mut some = |n: usize| -> Vec<f32> {
        let value = |x: f32| if whole { x.round() } else { x };
        (0..n)
            .map(|_| E::from_f32(value(4.0 * random.normal())).to_f32())
            .collect()
    };
    let a = some(rows.next_multiple_of(16) * depth);
    let b = some(columns * depth);
    let before = some(rows * padded(columns));
    let mut a_e = vec![E::default(); a.len()];
    E::convert(&a, &mut a_e);
    let mut b_e = vec![E::default(); padded(columns) * depth];
    panels_transposed(&b, columns, depth, &mut b_e);

    let mut c = before.clone();
    product(
        Left::Rows(&a_e, depth),
        rows,
        depth,
        &b_e,
        columns,
        &mut c,
        padded(columns),
        true,
    );

    // The same through panels of the left operand's transpose.
    let wide = rows.next_multiple_of(16);
    let mut turned = vec![E::default(); wide * depth];
    for r in 0..wide {
        for k in 0..depth {
            turned[k * wide + r] = a_e[r * depth + k];
        }
    }
    let mut a_panels = vec![E::default(); wide * depth];
    panels(&turned, depth, wide, wide, &mut a_panels);
    let mut again = before.clone();
    product(
        Left::Panels(&a_panels),
        rows,
        depth,
        &b_e,
        columns,
        &mut again,
        padded(columns),
        true,
    );
    assert!(c == again);

    let mut plain = before;
    for r in 0..rows {
        for n in 0..columns {
            let terms =
                (0..depth).map(|k| f64::from(a[r * depth + k]) * f64::from(b[n * depth + k]));
            plain[r * padded(columns) + n] += terms.sum::<f64>() as f32;
        }
    }
    (c, plain)
}

/// An element whose tiles are the plain ones.
#[derive(Clone, Copy, Default)]
struct Plain<E>(E);

impl<E: Element> Element for Plain<E> {
    const PAIR: usize = E::PAIR;
    fn from_f32(x: f32) -> Self {
        Plain(E::from_f32(x))
    }
    fn to_f32(self) -> f32 {
        self.0.to_f32()
    }
    fn convert(from: &[f32], to: &mut [Self]) {
        to.iter_mut()
            .zip(from)
            .for_each(|(to, from)| *to = Plain(E::from_f32(*from)));
    }
    unsafe fn tile(task: &Tile<Self>, panels: usize) {
        // SAFETY: the caller's promise.
        unsafe { tile_plain::<Self, false>(task, panels) }
    }
}

#[test]
fn products_are_products() {
    for (rows, depth, columns) in [
        (1, 2, 1),
        (16, 32, 16),
        (13, 64, 40),
        (48, 96, 132),
        (9, 34, 100),
    ] {
        // Whole numbers: no rounding, so every order and every twin gives the same bits.
        let (ours, plain) = both::<f32>(rows, depth, columns, true);
        assert!(ours == plain);
        let (ours, plain) = both::<Bf16>(rows, depth, columns, true);
        assert!(ours == plain);
        assert!(ours == both::<Plain<Bf16>>(rows, depth, columns, true).0);
        for (ours, plain) in [
            both::<f32>(rows, depth, columns, false),
            both::<Bf16>(rows, depth, columns, false),
        ] {
            for (a, b) in ours.iter().zip(&plain) {
                assert!((a - b).abs() < 2e-5 * depth as f32 * 16.0, "{a} is not {b}");
            }
        }
    }
}

#[test]
fn rounding_is_to_the_nearest() {
    let mut random = Random::new(3);
    for _ in 0..10_000 {
        let x = random.normal() * 2f32.powi(random.below(40) as i32 - 20);
        let near = Bf16::from_f32(x).to_f32();
        assert!((near - x).abs() <= x.abs() / 256.0);
        assert_eq!(Bf16::from_f32(near).to_f32(), near);
    }
}

#[test]
fn exp_is_exp() {
    for i in -8_600..8_700 {
        let x = i as f32 / 100.0 + 0.003;
        let truth = f64::from(x).exp();
        assert!(
            (f64::from(exp::<false>(x)) / truth - 1.0).abs() < 4e-7,
            "{x}"
        );
    }
    assert!(exp::<false>(-1e30) < 1e-37 && exp::<false>(f32::MIN) < 1e-37);
    assert!(exp::<false>(1e30).is_finite());
}

#[test]
fn transposing_is_transposing() {
    let from: Vec<f32> = (0..16 * 20).map(|i| i as f32).collect();
    let (mut a, mut b) = (vec![0.0; 16 * 17], vec![0.0; 16 * 17]);
    transpose::transpose(&from, 20, &mut a, 17);
    transpose::plain(&from, 20, &mut b, 17);
    assert!(a == b && a[17 + 2] == 41.0);
}
