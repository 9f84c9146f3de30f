//! What the nets have in common: they go on where the input ends.
//!
//! An example is one sequence (`script.rs`), the net learns to predict its symbols, and those of the
//! input count as much in sum as those of the output: that the input is predicted too teaches what
//! inputs are made of, which is all that unlabelled ones can teach.

mod taught;
mod teach;

pub(super) use taught::{Taught, load, softmax};
pub(super) use teach::{Start, learn};

use crate::{Modality, Schema};
use minlen::Learnt;
use minlen_neural::{Shape, raw};

/// Whether a net can answer.
pub(super) fn suits(schema: &Schema) -> Result<(), String> {
    match schema.output.kind {
        Modality::Number => Err("nets name labels and write, but do not count".into()),
        Modality::Sound { .. } => Err("it writes no sound".into()),
        _ => Ok(()),
    }
}

/// Whether a net that has read text can answer.
pub(super) fn base_suits(schema: &Schema) -> Result<(), String> {
    let kinds = schema.inputs.iter().map(|f| f.kind);
    let mut samples = kinds
        .chain([schema.output.kind])
        .filter(|kind| matches!(kind, Modality::Image { .. } | Modality::Sound { .. }));
    match samples.next() {
        Some(kind) => Err(format!("it has read text, and here is {kind}")),
        None => suits(schema),
    }
}

/// The net that ships with the program.
pub(super) fn base() -> Result<(Shape, Vec<f32>), crate::Error> {
    let parameters = Learnt::base().net_parameters();
    Ok(raw::read(&parameters.expect("the base model is a net"))?)
}
