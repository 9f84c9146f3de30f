//! An example as a sequence of symbols: what is given, a turn, what is asked for.

use crate::{Example, Modality, Schema, Value};
use minlen::Structure;
use serde::{Deserialize, Serialize};

/// What parts the input from the output.
pub(crate) const TURN: u8 = 1;

/// How the examples of a task are written for models of symbols.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Script {
    /// The fields and labels.
    pub(crate) schema: Schema,
    /// Bytes of an input that are read, from its beginning. Images are read whole.
    pub(crate) most: usize,
    /// Bytes of the longest output of the training examples.
    pub(crate) longest: usize,
}

impl Script {
    /// For that schema, with as much of each input as `most`.
    pub(crate) fn new(schema: &Schema, examples: &[Example], most: usize) -> Script {
        let lengths = examples.iter().map(|e| e.output.bytes().len());
        Script {
            schema: schema.clone(),
            most,
            longest: lengths.max().unwrap_or(0),
        }
    }

    /// What is given, as far as it is read.
    pub(crate) fn given(&self, inputs: &[Value]) -> Vec<u8> {
        let mut all = self.schema.render(inputs);
        if !self.gives_image() {
            all.truncate(self.most);
        }
        all
    }

    /// What is given, and the turn. Before the rows of an image it fills whole rows, so that each
    /// pixel stands where it does in all others.
    pub(crate) fn prompt(&self, inputs: &[Value]) -> Vec<u8> {
        let mut all = self.given(inputs);
        all.push(TURN);
        if let Some((_, row)) = layout(self.schema.output.kind) {
            let missing = all.len().next_multiple_of(row) - all.len();
            all.splice(0..0, std::iter::repeat_n(0, missing));
        }
        all
    }

    /// What is asked for: a label as its number, in one byte or, of more than 256 labels, in two;
    /// all else as it is, and its end. `None`: a label that training does not know.
    pub(crate) fn reply(&self, output: &Value) -> Option<Vec<u8>> {
        if self.schema.classifies() {
            return Some(self.code(self.schema.label(output.text()?)?));
        }
        let mut all = output.bytes();
        all.extend(self.schema.ending());
        Some(all)
    }

    /// The symbols of a label.
    pub(crate) fn code(&self, label: usize) -> Vec<u8> {
        let wide = (label as u16).to_be_bytes();
        match self.schema.labels.len() {
            0..=256 => vec![wide[1]],
            _ => wide.to_vec(),
        }
    }

    /// The layout of what is given, if it is one image or sound; else whether it is text.
    pub(crate) fn given_structure(&self) -> Structure {
        match self.schema.inputs.as_slice() {
            [field] => structure(field.kind),
            _ => structure(Modality::Text),
        }
    }

    /// The layout of whole sequences: that of the output, which is what counts.
    pub(crate) fn structure(&self) -> Structure {
        structure(self.schema.output.kind)
    }

    fn gives_image(&self) -> bool {
        let mut kinds = self.schema.inputs.iter().map(|f| f.kind);
        kinds.any(|kind| matches!(kind, Modality::Image { .. }))
    }
}

/// Bytes of a pixel and of a row.
fn layout(kind: Modality) -> Option<(usize, usize)> {
    match kind {
        Modality::Image {
            width, channels, ..
        } => Some((channels as usize, (width * channels) as usize)),
        _ => None,
    }
}

fn structure(kind: Modality) -> Structure {
    let (unit, row) = match kind {
        Modality::Sound { .. } => (2, 0),
        kind => layout(kind).unwrap_or((0, 0)),
    };
    Structure {
        unit: unit as u32,
        row: row as u32,
        text: unit == 0,
        ..Structure::NONE
    }
}
