//! The training examples that look most like given inputs.

use crate::glance::Eye;
use crate::{Example, Field, Value};
use std::collections::HashMap;

/// Examples by their features.
pub(crate) struct Nearest {
    eye: Eye,
    /// For each feature, the examples that have it.
    lists: HashMap<u32, Vec<u32>>,
    /// For each example, the root of the sum of its features' squared weights.
    norms: Vec<f64>,
}

/// A feature that more than this share of the examples have says little and costs most.
const COMMON: f64 = 0.3;

impl Nearest {
    /// Of `examples`.
    pub(crate) fn new(fields: &[Field], examples: &[Example]) -> Nearest {
        let eye = Eye::new(fields, examples.iter().map(|e| &e.inputs[..]));
        let mut lists: HashMap<u32, Vec<u32>> = HashMap::new();
        for (i, example) in examples.iter().enumerate() {
            for feature in eye.see(&example.inputs) {
                lists.entry(feature).or_default().push(i as u32);
            }
        }
        let mut nearest = Nearest {
            eye,
            lists,
            norms: vec![0.0; examples.len()],
        };
        // Sums in the order of features: the order of the map must not reach the result.
        let mut features: Vec<u32> = nearest.lists.keys().copied().collect();
        features.sort_unstable();
        for feature in features {
            let weight = nearest.weight(feature).powi(2);
            for &i in &nearest.lists[&feature] {
                nearest.norms[i as usize] += weight;
            }
        }
        nearest.norms.iter_mut().for_each(|n| *n = n.sqrt());
        nearest
    }

    /// How much a feature says: bits by its rareness.
    fn weight(&self, feature: u32) -> f64 {
        let all = self.norms.len().max(1) as f64;
        match self.lists.get(&feature) {
            Some(list) if all < 50.0 || (list.len() as f64) < COMMON * all => {
                (all / list.len() as f64).log2() + 0.1
            }
            _ => 0.0,
        }
    }

    /// The `count` most alike, the most alike first, with the cosine of their features; of equals
    /// the first.
    pub(crate) fn find(&self, inputs: &[Value], count: usize) -> Vec<(usize, f64)> {
        let mut products = vec![0.0; self.norms.len()];
        let mut own = 0.0;
        for feature in self.eye.see(inputs) {
            let weight = self.weight(feature).powi(2);
            own += weight;
            if weight > 0.0 {
                for &i in &self.lists[&feature] {
                    products[i as usize] += weight;
                }
            }
        }
        let own = f64::sqrt(own);
        let cosine = |i: usize| products[i] / (own * self.norms[i]).max(1e-12);
        let mut order: Vec<(usize, f64)> = (0..products.len()).map(|i| (i, cosine(i))).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        order.truncate(count);
        order
    }
}
