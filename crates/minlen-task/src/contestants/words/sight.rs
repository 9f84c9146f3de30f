//! Inputs as short rows of numbers: features, less their mean, turned by chance and cut.

use crate::contestants::basis::Basis;
use crate::features::Features;
use crate::{Error, Example, Schema, Value};
use serde::{Deserialize, Serialize};

/// Numbers of a row at most: so many directions of a random turn keep products of rows to within a
/// few per cent (Johnson and Lindenstrauss, 1984).
const MOST: usize = 1024;

/// What makes rows of inputs.
#[derive(Serialize, Deserialize)]
pub(super) struct Sight {
    features: Features,
    /// The mean of the features.
    mean: Vec<f32>,
    /// What turns them, if they are more than [`MOST`].
    basis: Option<Basis>,
    /// What makes the squares of a typical row sum to 1.
    scale: f32,
}

impl Sight {
    pub(super) fn fit(schema: &Schema, examples: &[Example], seed: u64) -> Sight {
        let features = Features::fit(schema, examples);
        let columns = features.columns();
        let mut mean = vec![0.0; columns];
        for example in examples {
            for (column, x) in features.row(&example.inputs) {
                mean[column as usize] += x / examples.len() as f32;
            }
        }
        let mut sight = Sight {
            basis: (columns > MOST).then(|| Basis::new(seed, columns, MOST, 1.0)),
            features,
            mean,
            scale: 1.0,
        };
        let squares = |e: &Example| sight.row(&e.inputs).iter().map(|x| x * x).sum::<f32>();
        let sum: f32 = examples.iter().map(squares).sum();
        sight.scale = (examples.len() as f32 / sum.max(1e-9)).sqrt();
        sight
    }

    /// The row of an input.
    pub(super) fn row(&self, inputs: &[Value]) -> Vec<f32> {
        let mut row = self.features.dense(inputs);
        row.iter_mut().zip(&self.mean).for_each(|(x, m)| *x -= m);
        if let Some(basis) = &self.basis {
            row = basis.turned(&row);
        }
        row.iter_mut().for_each(|x| *x *= self.scale);
        row
    }

    /// Numbers of a row.
    pub(super) fn size(&self) -> usize {
        self.mean.len().min(MOST)
    }

    /// Whether what was saved can belong to this schema.
    pub(super) fn check(&self, schema: &Schema) -> Result<(), Error> {
        self.features.check(schema)?;
        let columns = self.features.columns();
        let turned = self.basis.as_ref().map(|b| b.check(columns)).transpose()?;
        let fits = match turned {
            Some(waves) => columns > MOST && waves == 2 * MOST,
            None => columns <= MOST,
        };
        match fits && self.mean.len() == columns && self.scale.is_finite() {
            true => Ok(()),
            false => Err(crate::contestants::parts::damaged()),
        }
    }
}
