//! Naive Bayes and margins together: Wang and Manning, *Baselines and bigrams*, ACL 2012.
//!
//! What naive Bayes finds telling, by the logarithm of how much more often examples of a class
//! have a feature than others do, may get a large weight in a support vector machine; what it
//! finds empty must stay small.

use super::lines::Lines;
use super::{lines, svm};
use crate::solve::{Rows, Sparse, lanes_of};
use crate::{Contestant, Effort, Error, Family, Modality, Schema, Trained, Training};

/// Naive Bayes as the prior of support vector machines.
pub struct Bayes;

/// Costs of errors that are tried.
const COSTS: [f32; 5] = [0.03, 0.1, 0.3, 1.0, 3.0];

impl Contestant for Bayes {
    fn name(&self) -> &'static str {
        "bayes"
    }
    fn summary(&self) -> &'static str {
        "support vector machines that trust the features that naive Bayes finds telling"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let text = |f: &crate::Field| matches!(f.kind, Modality::Text | Modality::Abc);
        match schema.classifies() && schema.inputs.iter().all(text) {
            true => lines::suits(schema),
            false => Err("it reads text and answers with labels".to_string()),
        }
    }
    fn settles(&self) -> bool {
        false // each cost begins where the one before it ended
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let classes = data.schema.labels.len();
        svm::train(data, effort, &COSTS, |rows, labels| {
            Some(variances(rows, labels, classes))
        })
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        Lines::load(saved, schema)
    }
}

/// For each column and lane the squared logarithm of how much more often, as a share of all there
/// is, the lane's class has the column than all others have.
fn variances(rows: &Sparse, labels: &[usize], classes: usize) -> Vec<f32> {
    let (columns, lanes) = (rows.columns(), lanes_of(classes));
    // Everything is seen once before it is counted.
    let mut with = vec![1.0f32; columns * classes.max(2)];
    let classes = classes.max(2);
    for (row, label) in labels.iter().enumerate() {
        rows.each(row, |column, _| with[column * classes + label] += 1.0);
    }
    let mut sums = vec![0.0f64; classes];
    for counts in with.chunks_exact(classes) {
        sums.iter_mut()
            .zip(counts)
            .for_each(|(sum, n)| *sum += f64::from(*n));
    }
    let all: f64 = sums.iter().sum();
    let mut variances = vec![1.0; columns * lanes];
    for column in 0..columns - 1 {
        let counts = &with[column * classes..][..classes];
        let total: f64 = counts.iter().map(|n| f64::from(*n)).sum();
        for lane in 0..if lanes == 1 { 1 } else { classes } {
            let class = if lanes == 1 { 1 } else { lane };
            let inside = f64::from(counts[class]);
            let ratio = (inside / sums[class]) / ((total - inside) / (all - sums[class]));
            variances[column * lanes + lane] = ratio.ln().powi(2) as f32;
        }
    }
    variances
}
