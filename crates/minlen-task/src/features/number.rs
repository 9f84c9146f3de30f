//! A number: how many standard deviations it is from the mean, and whether it is there.

use super::Sink;
use crate::Value;
use serde::{Deserialize, Serialize};

/// Mean and standard deviation of training examples.
#[derive(Serialize, Deserialize)]
pub(super) struct Number {
    mean: f64,
    deviation: f64,
    /// Whether it was ever missing: then that is a column too.
    missing: bool,
}

/// One wild value must not outweigh all others: no column goes beyond so many deviations.
const FAR: f64 = 6.0;

impl Number {
    pub(super) fn fit<'a>(values: impl Iterator<Item = &'a Value>) -> Number {
        let (mut numbers, mut missing) = (Vec::new(), false);
        for value in values {
            match value.number() {
                Some(n) => numbers.push(n),
                None => missing = true,
            }
        }
        let count = numbers.len().max(1) as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let squares: f64 = numbers.iter().map(|n| (n - mean).powi(2)).sum();
        let deviation = (squares / count).sqrt();
        Number {
            mean,
            deviation: if deviation > 0.0 { deviation } else { 1.0 },
            missing,
        }
    }

    pub(super) fn columns(&self) -> usize {
        1 + usize::from(self.missing)
    }

    pub(super) fn each(&self, number: Option<f64>, sink: &mut Sink) {
        match number {
            Some(n) => {
                let x = ((n - self.mean) / self.deviation).clamp(-FAR, FAR);
                sink(0, x as f32, &|| format!("= {n}"));
            }
            None if self.missing => sink(1, 1.0, &|| "is missing".to_string()),
            None => {}
        }
    }
}
