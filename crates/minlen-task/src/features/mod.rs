//! Inputs as rows of numbers, for the contestants that draw lines; a file a modality.
//!
//! A part for each field learns what it needs from training examples (words and how rare they are,
//! means, names of categories) and then gives, for any value, columns and numbers. What it gives
//! for a field has a length of about 1, so that no field drowns another.

mod category;
mod image;
mod number;
mod sound;
mod text;

use crate::solve::Sparse;
use crate::{Error, Example, Modality, Schema, Value};
use serde::{Deserialize, Serialize};

/// Hears of a column, its number, and its name for people.
type Sink<'a> = dyn FnMut(u32, f32, &dyn Fn() -> String) + 'a;

/// What turns inputs into rows.
#[derive(Serialize, Deserialize)]
pub(crate) struct Features {
    parts: Vec<Part>,
}

/// What turns one field into columns.
#[derive(Serialize, Deserialize)]
enum Part {
    Text(text::Text),
    Category(category::Category),
    Number(number::Number),
    Image(image::Image),
    Sound(sound::Sound),
}

impl Features {
    /// Learns from training examples.
    pub(crate) fn fit(schema: &Schema, examples: &[Example]) -> Features {
        let inputs: Vec<&[Value]> = examples.iter().map(|e| &e.inputs[..]).collect();
        Features::fit_inputs(schema, &inputs)
    }

    /// Learns from inputs, of which nobody needs to know the outputs.
    pub(crate) fn fit_inputs(schema: &Schema, inputs: &[&[Value]]) -> Features {
        let part = |(at, field): (usize, &crate::Field)| {
            let values = || inputs.iter().map(move |inputs| &inputs[at]);
            match field.kind {
                Modality::Text | Modality::Abc => Part::Text(text::Text::fit(values)),
                Modality::Category => Part::Category(category::Category::fit(values())),
                Modality::Number => Part::Number(number::Number::fit(values())),
                Modality::Image {
                    width,
                    height,
                    channels,
                } => Part::Image(image::Image::new(width, height, channels)),
                Modality::Sound { rate } => Part::Sound(sound::Sound::new(rate)),
            }
        };
        Features {
            parts: schema.inputs.iter().enumerate().map(part).collect(),
        }
    }

    /// Whether what was saved can belong to this schema.
    pub(crate) fn check(&self, schema: &Schema) -> Result<(), Error> {
        let fits = |(part, field): (&Part, &crate::Field)| match (part, field.kind) {
            (Part::Text(text), Modality::Text | Modality::Abc) => text.sound(),
            (Part::Category(_), Modality::Category) | (Part::Number(_), Modality::Number) => true,
            (Part::Image(_), Modality::Image { .. }) => true,
            (Part::Sound(_), Modality::Sound { .. }) => true,
            _ => false,
        };
        let equal = self.parts.len() == schema.inputs.len();
        match equal && self.parts.iter().zip(&schema.inputs).all(fits) {
            true => Ok(()),
            false => Err(minlen::DataError::Damaged("features of another task".to_string()).into()),
        }
    }

    /// Columns of a row.
    pub(crate) fn columns(&self) -> usize {
        self.parts.iter().map(Part::columns).sum()
    }

    /// The row of one example: columns in no particular order, none twice.
    pub(crate) fn row(&self, inputs: &[Value]) -> Vec<(u32, f32)> {
        let mut row = Vec::new();
        self.each(inputs, &mut |column, x, _| row.push((column, x)));
        row
    }

    /// The row of one example, all columns.
    pub(crate) fn dense(&self, inputs: &[Value]) -> Vec<f32> {
        let mut row = vec![0.0; self.columns()];
        self.each(inputs, &mut |column, x, _| row[column as usize] = x);
        row
    }

    /// The rows of many.
    pub(crate) fn rows(&self, examples: &[Example]) -> Sparse {
        let mut rows = Sparse::new(self.columns());
        for example in examples {
            rows.push(&self.row(&example.inputs));
        }
        rows
    }

    /// Goes through a row, with the columns' names: `field: word`.
    pub(crate) fn named(
        &self,
        schema: &Schema,
        inputs: &[Value],
        mut sink: impl FnMut(u32, f32, String),
    ) {
        let mut from = 0;
        for ((part, field), value) in self.parts.iter().zip(&schema.inputs).zip(inputs) {
            part.each(value, &mut |column, x, name| {
                let name = name();
                let name = match schema.inputs.len() {
                    1 => name,
                    _ => format!("{} {name}", field.field).trim_end().to_string(),
                };
                sink(from + column, x, name);
            });
            from += part.columns() as u32;
        }
    }

    fn each(&self, inputs: &[Value], sink: &mut Sink) {
        let mut from = 0;
        for (part, value) in self.parts.iter().zip(inputs) {
            part.each(value, &mut |column, x, name| sink(from + column, x, name));
            from += part.columns() as u32;
        }
    }
}

impl Part {
    fn columns(&self) -> usize {
        match self {
            Part::Text(p) => p.columns(),
            Part::Category(p) => p.columns(),
            Part::Number(p) => p.columns(),
            Part::Image(p) => p.columns(),
            Part::Sound(p) => p.columns(),
        }
    }

    fn each(&self, value: &Value, sink: &mut Sink) {
        match (self, value) {
            (Part::Text(p), Value::Text(text)) => p.each(text, sink),
            (Part::Category(p), Value::Text(name)) => p.each(name, sink),
            (Part::Number(p), Value::Number(number)) => p.each(Some(*number), sink),
            (Part::Number(p), _) => p.each(None, sink),
            (Part::Image(p), Value::Blob(samples)) => p.each(samples, sink),
            (Part::Sound(p), Value::Blob(samples)) => p.each(samples, sink),
            _ => {}
        }
    }
}

/// Makes the squares of `row` sum to `length`², if they sum to anything.
fn scale_to(row: &mut [f32], length: f32) {
    let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
    if norm > 1e-12 {
        row.iter_mut().for_each(|x| *x *= length / norm);
    }
}
