//! All that a contestant may see.

use crate::{Example, Schema, Value};

/// What a contestant learns from: examples, and some held out of them to choose settings by. No
/// way leads from here to the blind set.
#[derive(Clone, Copy)]
pub struct Training<'a> {
    /// Fields and labels.
    pub schema: &'a Schema,
    /// Examples to learn from.
    pub examples: &'a [Example],
    /// Examples held out of the training set, to choose settings and to stop by. Empty when
    /// settings are given: see [`Effort::like`](crate::Effort).
    pub held: &'a [Example],
    /// Inputs without outputs, to learn what inputs look like: `[data] unlabelled`. None has the
    /// inputs of a blind example.
    pub unlabelled: &'a [Vec<Value>],
    /// Seeds all that is drawn by chance.
    pub seed: u64,
}
