//! The directions in which rows differ most.
//!
//! A truncated singular value decomposition by products with random rows: Halko, Martinsson and
//! Tropp, *Finding structure with randomness*, SIAM Review 2011. Of rows of words this is latent
//! semantic analysis (Deerwester et al., 1990).

use super::graph::Places;
use crate::solve::Rows;
use minlen_core::Random;

/// Products with the rows, there and back, that sharpen the directions.
const POWERS: usize = 2;

/// Each row along so many directions, brought to a length of 1. `rank` is a multiple of four.
pub(super) fn sketch(rows: &impl Rows, rank: usize, seed: u64) -> Places {
    let columns = rows.columns();
    let mut random = Random::new(seed);
    // The mean of twelve shares is near enough to a normal deviate.
    let mut normal = || {
        let sum: f32 = (0..12).map(|_| random.below(1 << 20) as f32).sum();
        sum / (1 << 20) as f32 - 6.0
    };
    let mut directions: Vec<f32> = (0..columns * rank).map(|_| normal()).collect();
    orthonormal(&mut directions, rank);
    for _ in 0..POWERS {
        let mut next = vec![0.0f32; columns * rank];
        for row in 0..rows.len() {
            rows.add(row, &along(rows, row, &directions, rank), &mut next);
        }
        directions = next;
        orthonormal(&mut directions, rank);
    }
    let mut cells = Vec::with_capacity(rows.len() * rank);
    for row in 0..rows.len() {
        let mut place = along(rows, row, &directions, rank);
        let norm = place.iter().map(|x| x * x).sum::<f32>().sqrt();
        place.iter_mut().for_each(|x| *x /= norm.max(1e-12));
        cells.extend(place);
    }
    Places {
        cells,
        columns: rank,
    }
}

fn along(rows: &impl Rows, row: usize, directions: &[f32], rank: usize) -> Vec<f32> {
    let mut sums = vec![0.0; rank];
    rows.dot(row, directions, &mut sums);
    sums
}

/// Makes the columns of `all`, `rank` side by side, of length 1 and orthogonal, twice over, since once
/// is not exact enough (Giraud, Langou and Rozložník, 2005). The last row, which stands for the column
/// that is always 1, is made 0.
fn orthonormal(all: &mut [f32], rank: usize) {
    let from = all.len() - rank;
    all[from..].fill(0.0);
    for _ in 0..2 {
        // Gram–Schmidt by rows of a Cholesky factor: all products of columns in one walk.
        let mut products = vec![0.0f64; rank * rank];
        for row in all.chunks_exact(rank) {
            for (i, a) in row.iter().enumerate() {
                if *a != 0.0 {
                    let own = &mut products[i * rank..][..rank];
                    let sums = own.iter_mut().zip(row);
                    sums.for_each(|(p, b)| *p += f64::from(*a) * f64::from(*b));
                }
            }
        }
        let factor = cholesky(products, rank);
        for row in all.chunks_exact_mut(rank) {
            // Solved forwards: row = new × factorᵀ.
            for i in 0..rank {
                let mut x = f64::from(row[i]);
                for j in 0..i {
                    x -= factor[i * rank + j] * f64::from(row[j]);
                }
                let scale = factor[i * rank + i];
                row[i] = if scale > 0.0 { (x / scale) as f32 } else { 0.0 };
            }
        }
    }
}

/// The lower factor of a matrix of products; 0 where columns are made of those before them.
fn cholesky(mut m: Vec<f64>, n: usize) -> Vec<f64> {
    for i in 0..n {
        let before = m[i * n + i];
        for j in 0..i {
            let mut x = m[i * n + j];
            for k in 0..j {
                x -= m[i * n + k] * m[j * n + k];
            }
            let scale = m[j * n + j];
            m[i * n + j] = if scale > 0.0 { x / scale } else { 0.0 };
        }
        let square: f64 = (0..i).map(|j| m[i * n + j].powi(2)).sum();
        let rest = before - square;
        m[i * n + i] = if rest > 1e-9 * before.max(1e-300) {
            rest.sqrt()
        } else {
            0.0
        };
    }
    m
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solve::Sparse;

    #[test]
    fn what_differs_most_is_kept() {
        // Two groups in 40 columns, each of its own 20, and a little noise.
        let mut random = Random::new(3);
        let mut rows = Sparse::new(40);
        for i in 0..200u32 {
            let mut share = || random.below(1000) as f32 / 1000.0;
            let row: Vec<(u32, f32)> = (0..20)
                .map(|c| (c + 20 * (i % 2), 1.0 + 0.2 * share()))
                .collect();
            rows.push(&row);
        }
        let places = sketch(&rows, 4, 1);
        let product = |a: usize, b: usize| -> f32 {
            let of = |i: usize| &places.cells[4 * i..][..4];
            of(a).iter().zip(of(b)).map(|(a, b)| a * b).sum()
        };
        assert!(product(0, 2) > 0.95, "{}", product(0, 2));
        assert!(product(0, 1).abs() < 0.05, "{}", product(0, 1));
        assert_eq!(places.cells, sketch(&rows, 4, 1).cells);
    }

    #[test]
    fn fewer_directions_than_asked_for_do_no_harm() {
        let mut rows = Sparse::new(3);
        (0..5).for_each(|_| rows.push(&[(0, 1.0)]));
        rows.push(&[]);
        assert!(sketch(&rows, 8, 0).cells.iter().all(|x| x.is_finite()));
    }
}
