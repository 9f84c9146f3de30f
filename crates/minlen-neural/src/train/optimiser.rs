//! From gradients to better parameters.
//!
//! The matrices within layers move by Muon (Jordan et al. 2024): momentum, made orthogonal by five
//! Newton–Schulz steps, so that all directions of a matrix learn at one pace. The rest moves by
//! AdamW (Loshchilov, Hutter 2019). What Muon pays is in the ladder in `mod.rs`.

use super::kernels::product::{Element, Left, panels, panels_transposed, product};
use super::pass::Places;
use crate::shape::Shape;
use std::ops::Range;

/// How a group of parameters moves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    /// Rows and columns of a matrix.
    Muon(usize, usize),
    Adam(Group),
}

/// Which learning rate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Group {
    Embed,
    Head,
    Vector,
    Factor,
}

/// Learning rates at the peak of the schedule, and what goes with them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Matrices within layers, by Muon: how far each direction of a matrix moves a step.
    /// 0 leaves them to AdamW with the rate of `head`.
    pub matrix: f32,
    /// `embed`, by AdamW.
    pub embed: f32,
    /// `head`, by AdamW.
    pub head: f32,
    /// Gains, shifts and decays, by AdamW.
    pub vector: f32,
    /// Factors of low rank, by AdamW.
    pub factor: f32,
    /// Part of a matrix that is forgotten a step, times its rate.
    pub forget: f32,
    /// The largest norm of all gradients together; longer ones are cut to it.
    pub clip: f32,
}

/// Parameters that move together.
#[derive(Clone, Debug)]
struct Part {
    place: Range<usize>,
    rule: Rule,
}

/// The parts of a net, in a fixed order.
#[derive(Clone, Debug)]
pub(crate) struct Parts(Vec<Part>);

impl Parts {
    pub(crate) fn new(shape: &Shape, places: &Places, rates: &Rates) -> Parts {
        let d = shape.width;
        let mut parts = Vec::new();
        let mut add = |place: Range<usize>, rule: Rule| {
            if !place.is_empty() {
                parts.push(Part { place, rule });
            }
        };
        add(places.embed.clone(), Rule::Adam(Group::Embed));
        let matrix = |rows: usize, columns: usize| {
            if rates.matrix > 0.0 {
                Rule::Muon(rows, columns)
            } else {
                Rule::Adam(Group::Head)
            }
        };
        for layer in &places.layers {
            // q, k, v and g are matrices of their own; what is left are rows of decays.
            let mut at = layer.input.start;
            while at + d * d <= layer.input.end {
                add(at..at + d * d, matrix(d, d));
                at += d * d;
            }
            add(at..layer.input.end, Rule::Adam(Group::Head));
            add(layer.output.clone(), matrix(d, d));
            add(layer.up.clone(), matrix(shape.hidden, d));
            add(layer.down.clone(), matrix(d, shape.hidden));
            for vector in [
                &layer.mix_gain,
                &layer.mix_shift,
                &layer.decay,
                &layer.mlp_gain,
                &layer.mlp_shift,
            ] {
                add(vector.clone(), Rule::Adam(Group::Vector));
            }
        }
        add(places.gain.clone(), Rule::Adam(Group::Vector));
        add(places.head.clone(), Rule::Adam(Group::Head));
        parts.sort_by_key(|part| part.place.start);
        Parts(parts)
    }

    /// What is learned are factors, which are at these places, one after the other.
    pub(crate) fn factors(places: impl Iterator<Item = Range<usize>>) -> Parts {
        let rule = Rule::Adam(Group::Factor);
        Parts(places.map(|place| Part { place, rule }).collect())
    }

    /// Cuts a slice of all parameters into the parts.
    pub(crate) fn cut<'a>(&self, mut values: &'a mut [f32]) -> Vec<&'a mut [f32]> {
        let mut all = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            let (own, rest) = values.split_at_mut(part.place.len());
            all.push(own);
            values = rest;
        }
        all
    }

    pub(crate) fn place(&self, i: usize) -> Range<usize> {
        self.0[i].place.clone()
    }

    /// Moves part `i`, in step `step` (the first is 1), by the gradient times `scale`.
    /// `pace` is the schedule's part of the rates.
    pub(crate) fn advance<E: Element>(
        &self,
        i: usize,
        rates: &Rates,
        (step, pace, scale): (u64, f32, f32),
        moments: (&mut [f32], &mut [f32]),
        grad: &[f32],
        values: &mut [f32],
    ) {
        let (first, second) = moments;
        match self.0[i].rule {
            Rule::Muon(rows, columns) => {
                const MOMENTUM: f32 = 0.95;
                let mut moved = vec![0.0; grad.len()];
                for ((m, g), out) in first.iter_mut().zip(grad).zip(&mut moved) {
                    *m += (1.0 - MOMENTUM) * (g * scale - *m);
                    *out = g * scale + MOMENTUM * (*m - g * scale);
                }
                orthogonalise::<E>(&mut moved, rows, columns);
                let tall = (rows as f32 / columns as f32).max(1.0).sqrt();
                let rate = rates.matrix * pace;
                for (w, m) in values.iter_mut().zip(&moved) {
                    *w -= rate * (tall * m + rates.forget * *w);
                }
            }
            Rule::Adam(group) => {
                const FIRST: f32 = 0.9;
                const SECOND: f32 = 0.99;
                let (peak, forget) = match group {
                    Group::Embed => (rates.embed, 0.0),
                    Group::Head => (rates.head, rates.forget),
                    Group::Vector => (rates.vector, 0.0),
                    Group::Factor => (rates.factor, 0.0),
                };
                let rate = peak * pace;
                let n = step.min(1 << 20) as i32;
                let (young, wide) = (1.0 - FIRST.powi(n), 1.0 - SECOND.powi(n));
                for (((m, v), g), w) in first.iter_mut().zip(second).zip(grad).zip(values) {
                    let g = g * scale;
                    *m += (1.0 - FIRST) * (g - *m);
                    *v += (1.0 - SECOND) * (g * g - *v);
                    let change = (*m / young) / ((*v / wide).sqrt() + 1e-10);
                    *w -= rate * (change + forget * *w);
                }
            }
        }
    }

    /// Number of parts.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Replaces a matrix by about the nearest one with orthonormal rows (or columns, if fewer).
fn orthogonalise<E: Element>(x: &mut [f32], rows: usize, columns: usize) {
    if rows > columns {
        let mut turned = transposed(x, rows, columns);
        orthogonalise::<E>(&mut turned, columns, rows);
        x.copy_from_slice(&transposed(&turned, columns, rows));
        return;
    }
    let (r, c) = (rows, columns);
    let norm = x
        .iter()
        .map(|x| f64::from(*x) * f64::from(*x))
        .sum::<f64>()
        .sqrt();
    let scale = (1.0 / (norm + 1e-12)) as f32;
    for x in x.iter_mut() {
        *x *= scale;
    }
    let mut plain = vec![E::default(); r * c];
    let mut packed = vec![E::default(); r * c];
    let mut square = vec![E::default(); r * r];
    let mut square_packed = vec![E::default(); r * r];
    let (mut a, mut b) = (vec![0.0; r * r], vec![0.0; r * r]);
    let mut y = vec![0.0; r * c];
    for _ in 0..5 {
        // x ← 3.4445 x + (−4.7750 a + 2.0315 a²) x, with a = x xᵀ
        E::convert(x, &mut plain);
        panels_transposed(x, r, c, &mut packed);
        product(Left::Rows(&plain, c), r, c, &packed, r, &mut a, r, false);
        E::convert(&a, &mut square);
        panels(&square, r, r, r, &mut square_packed);
        product(
            Left::Rows(&square, r),
            r,
            r,
            &square_packed,
            r,
            &mut b,
            r,
            false,
        );
        for (b, a) in b.iter_mut().zip(&a) {
            *b = 2.0315 * *b - 4.7750 * a;
        }
        E::convert(&b, &mut square);
        panels(&plain, r, c, c, &mut packed);
        product(Left::Rows(&square, r), r, r, &packed, c, &mut y, c, false);
        for (x, y) in x.iter_mut().zip(&y) {
            *x = 3.4445 * *x + y;
        }
    }
}

fn transposed(x: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    for (r, row) in x.chunks_exact(columns).enumerate() {
        for (c, x) in row.iter().enumerate() {
            out[c * rows + r] = *x;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::random::Random;

    #[test]
    fn rows_become_nearly_orthonormal() {
        let mut random = Random::new(1);
        for (rows, columns) in [(32, 96), (96, 32), (64, 64)] {
            let mut x: Vec<f32> = (0..rows * columns).map(|_| random.normal()).collect();
            let before = x.clone();
            orthogonalise::<f32>(&mut x, rows, columns);
            // The singular values of five steps lie in 0.6 … 1.3: so does the mean square of them.
            let norm: f32 = x.iter().map(|x| x * x).sum::<f32>() / rows.min(columns) as f32;
            assert!((0.4..1.5).contains(&norm), "{norm}");
            let along: f32 = x.iter().zip(&before).map(|(a, b)| a * b).sum();
            assert!(along > 0.0);
        }
    }
}
