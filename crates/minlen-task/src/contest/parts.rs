//! Training examples in parts: some to learn from, the others held out to be tried on.

use crate::blind::Judge;
use crate::{Confidence, Example, Metric, Schema, Training, Value, Watch};
use std::borrow::Cow;

/// Examples held out to choose by: a tenth, at most so many.
const HELD_MOST: usize = 5000;
/// If they are not tried in parts, at least so many: by a tenth of TREC-6, 545 examples, a share of
/// right answers is known to ± 1.4 points (one standard error), which is more than contestants differ.
const HELD_LEAST: usize = 1000;
/// Fewer examples than this are all tried, in so many parts.
const FEW: usize = 4000;
/// See `FEW`.
const FOLDS: usize = 5;

/// What all contestants of a contest learn from and are tried on.
pub(crate) struct Parts {
    pub(crate) schema: Schema,
    pub(crate) metric: Metric,
    /// All training examples, in the order of a hash.
    pub(crate) train: Vec<Example>,
    pub(crate) unlabelled: Vec<Vec<Value>>,
    pub(crate) seed: u64,
}

impl Parts {
    /// Brings `train` in the order of a hash of their inputs, so that any stretch of them is as
    /// good as a draw by chance, whatever order the data came in.
    pub(crate) fn new(
        schema: Schema,
        metric: Metric,
        mut train: Vec<Example>,
        unlabelled: Vec<Vec<Value>>,
        seed: u64,
    ) -> Parts {
        order(&mut train, seed);
        Parts {
            schema,
            metric,
            train,
            unlabelled,
            seed,
        }
    }

    /// Number of parts that are tried one after the other.
    pub(crate) fn folds(&self) -> usize {
        match self.train.len() < FEW && !self.schema.writes() {
            true => FOLDS.min(self.train.len() / 2),
            false => 1,
        }
    }

    /// Part `i` of `folds`: examples to learn from, and held out.
    pub(crate) fn fold(&self, i: usize, folds: usize) -> (Cow<'_, [Example]>, &[Example]) {
        let n = self.train.len();
        let (from, to) = match folds {
            1 => (0, (n / 10).max(HELD_LEAST.min(n / 4)).clamp(1, HELD_MOST)),
            _ => (n * i / folds, n * (i + 1) / folds),
        };
        let fit = match from {
            // Many examples are not worth a copy.
            0 => Cow::Borrowed(&self.train[to..]),
            _ => Cow::Owned([&self.train[..from], &self.train[to..]].concat()),
        };
        (fit, &self.train[from..to])
    }

    /// What a contestant may see.
    pub(crate) fn training<'a>(
        &'a self,
        examples: &'a [Example],
        held: &'a [Example],
    ) -> Training<'a> {
        Training {
            schema: &self.schema,
            examples,
            held,
            unlabelled: &self.unlabelled,
            seed: self.seed,
        }
    }

    pub(super) fn judge<'a>(
        &'a self,
        confidence: &'a Confidence,
        watch: &'a dyn Watch,
    ) -> Judge<'a> {
        Judge {
            schema: &self.schema,
            metric: self.metric,
            confidence,
            watch,
        }
    }
}

/// Brings examples in the order of a hash of their inputs. Equal inputs become neighbours, and keep
/// their order.
pub(super) fn order(examples: &mut [Example], seed: u64) {
    examples.sort_by_cached_key(|example| {
        let mut hasher = blake3::Hasher::new_derive_key("minlen task: the order of training");
        hasher.update(&seed.to_le_bytes());
        hasher.update(&example.input_bytes());
        *hasher.finalize().as_bytes()
    });
}
