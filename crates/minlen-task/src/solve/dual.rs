//! Support vector machines, one class against the rest, by dual coordinate descent.
//!
//! Hsieh, Chang, Lin, Keerthi and Sundararajan, *A dual coordinate descent method for large-scale
//! linear SVM*, ICML 2008, for the squared hinge loss. All classes are solved in one walk over the
//! rows. A prior variance for each weight may be given (1 otherwise); with those that naive Bayes
//! suggests this is Wang and Manning's NBSVM (ACL 2012).

use super::{Rows, lanes_of};
use crate::Error;
use minlen_core::Random;

/// What is being solved, to go on from with a higher cost.
pub(crate) struct Dual {
    labels: Vec<usize>,
    classes: usize,
    prior: Option<Vec<f32>>,
    /// How much the errors of each row count; all as much, if empty.
    trust: Vec<f32>,
    alphas: Vec<f32>,
    /// For each row and lane, its squared length under the prior.
    squares: Vec<f32>,
    /// The weights so far.
    pub(crate) weights: Vec<f32>,
}

/// Walks over all rows that are enough: answers do not change any more after some twenty.
pub(crate) const WALKS: usize = 30;
/// Margins may still be wrong by so much when it stops.
const ENOUGH: f32 = 0.1;
/// Walks that sit out a row on the right side of all margins.
const REST: u8 = 2;

impl Dual {
    /// Nothing learnt yet. A label for each row; `prior` has a variance for each weight.
    pub(crate) fn new(
        rows: &impl Rows,
        labels: Vec<usize>,
        classes: usize,
        prior: Option<Vec<f32>>,
    ) -> Dual {
        let lanes = lanes_of(classes);
        let mut squares = vec![0.0; rows.len() * lanes];
        for (row, square) in squares.chunks_exact_mut(lanes).enumerate() {
            rows.each(row, |column, x| {
                for (lane, square) in square.iter_mut().enumerate() {
                    *square += x * x * prior.as_ref().map_or(1.0, |p| p[column * lanes + lane]);
                }
            });
        }
        Dual {
            labels,
            classes,
            prior,
            trust: Vec::new(),
            alphas: vec![0.0; rows.len() * lanes],
            squares,
            weights: vec![0.0; rows.columns() * lanes],
        }
    }

    /// With so much that the errors of each row count: 1 for what is certain, 0 for a row that is as
    /// if it was not there.
    pub(crate) fn trusting(self, trust: Vec<f32>) -> Dual {
        Dual { trust, ..self }
    }

    /// Solves for a cost of errors that is no lower than that before, in so many walks over all rows
    /// at most. `go_on` is asked before each.
    pub(crate) fn solve(
        &mut self,
        rows: &impl Rows,
        cost: f32,
        seed: u64,
        walks: usize,
        mut go_on: impl FnMut() -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let lanes = lanes_of(self.classes);
        let active = if lanes == 1 { 1 } else { self.classes };
        let mut random = Random::new(seed);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut rests = vec![0u8; rows.len()];
        let (mut sums, mut by) = (vec![0.0f32; lanes], vec![0.0f32; lanes]);
        for _ in 0..walks {
            if !go_on()? {
                break;
            }
            random.shuffle(&mut order);
            let mut worst = 0.0f32;
            for &row in &order {
                if rests[row] > 0 {
                    rests[row] -= 1;
                    continue;
                }
                let trust = *self.trust.get(row).unwrap_or(&1.0);
                if trust <= 0.0 {
                    continue;
                }
                let slack = 0.5 / (cost * trust);
                sums.fill(0.0);
                rows.dot(row, &self.weights, &mut sums);
                let (mut moved, mut idle) = (false, true);
                for lane in 0..active {
                    let right = if lanes == 1 { 1 } else { lane };
                    let side = if self.labels[row] == right { 1.0 } else { -1.0 };
                    let alpha = &mut self.alphas[row * lanes + lane];
                    let slope = side * sums[lane] - 1.0 + *alpha * slack;
                    by[lane] = 0.0;
                    if *alpha == 0.0 && slope >= 0.0 {
                        continue;
                    }
                    idle = false;
                    worst = worst.max(slope.abs());
                    if slope.abs() > 1e-6 {
                        let before = *alpha;
                        let curve = self.squares[row * lanes + lane] + slack;
                        *alpha = (before - slope / curve).max(0.0);
                        by[lane] = (*alpha - before) * side;
                        moved = true;
                    }
                }
                if idle {
                    rests[row] = REST;
                }
                match &self.prior {
                    _ if !moved => {}
                    None => rows.add(row, &by, &mut self.weights),
                    Some(prior) => rows.each(row, |column, x| {
                        let weights = &mut self.weights[column * lanes..][..lanes];
                        let prior = &prior[column * lanes..][..lanes];
                        for ((w, by), prior) in weights.iter_mut().zip(&by).zip(prior) {
                            *w += x * by * prior;
                        }
                    }),
                }
            }
            if worst < ENOUGH {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sparse;
    use super::*;

    #[test]
    fn a_row_that_counts_twice_is_two_rows() {
        let mut random = Random::new(2);
        let (mut once, mut twice) = (Sparse::new(3), Sparse::new(3));
        let (mut labels, mut both, mut trust) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..60 {
            let row: Vec<(u32, f32)> = (0..3)
                .map(|c| (c, random.below(1000) as f32 / 1000.0 - 0.5))
                .collect();
            let label = usize::from(row[0].1 > 0.2 * row[1].1) ^ usize::from(i % 9 == 0);
            once.push(&row);
            labels.push(label);
            trust.push(if i % 3 == 0 { 2.0 } else { 1.0 });
            for _ in 0..trust[i] as usize {
                twice.push(&row);
                both.push(label);
            }
        }
        let solved = |rows: &Sparse, labels, trust| {
            let mut dual = Dual::new(rows, labels, 2, None).trusting(trust);
            for _ in 0..20 {
                dual.solve(rows, 1.0, 0, WALKS, || Ok(true)).unwrap();
            }
            dual.weights
        };
        let trusting = solved(&once, labels, trust);
        let repeated = solved(&twice, both, Vec::new());
        for (a, b) in trusting.iter().zip(&repeated) {
            assert!((a - b).abs() < 0.05, "{trusting:?} {repeated:?}");
        }
    }

    #[test]
    fn the_gap_to_the_dual_closes() {
        // For squared hinge, primal and dual meet: ½|w|² + C Σ ξ² = Σ α − ½|w|² − Σ α²/4C.
        let mut random = Random::new(1);
        let mut share = || random.below(1000) as f32 / 1000.0 - 0.5;
        let (mut rows, mut labels) = (Sparse::new(5), Vec::new());
        for _ in 0..200 {
            let row: Vec<(u32, f32)> = (0..5).map(|c| (c, share())).collect();
            let sum = row[0].1 + row[1].1 - 0.5 * row[2].1 + 0.3 * share();
            labels.push(usize::from(sum > 0.0));
            rows.push(&row);
        }
        let mut dual = Dual::new(&rows, labels.clone(), 2, None);
        for cost in [0.1, 1.0] {
            for _ in 0..10 {
                dual.solve(&rows, cost, 0, WALKS, || Ok(true)).unwrap();
            }
            let squares: f32 = dual.weights.iter().map(|w| w * w).sum();
            let slack: f32 = (0..200)
                .map(|row| {
                    let mut sum = [0.0];
                    rows.dot(row, &dual.weights, &mut sum);
                    let side = if labels[row] == 1 { 1.0 } else { -1.0 };
                    (1.0 - side * sum[0]).max(0.0).powi(2)
                })
                .sum();
            let primal = 0.5 * squares + cost * slack;
            let alphas: f32 = dual.alphas.iter().map(|a| a - a * a / (4.0 * cost)).sum();
            let value = alphas - 0.5 * squares;
            assert!((primal - value) / primal < 0.02, "{primal} {value}");
        }
    }
}
