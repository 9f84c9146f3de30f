//! Examples, and what stands in their fields.

use serde::{Deserialize, Serialize};

/// What stands in one field of one example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Nothing.
    Missing,
    /// A number.
    Number(f64),
    /// Text, or a category's name.
    Text(String),
    /// Samples of an image or of sound, as the field's [`Modality`](crate::Modality) says.
    Blob(Vec<u8>),
}

impl Value {
    /// As bytes, for models of bytes: text as it is, numbers in their shortest decimal form,
    /// nothing for what is missing.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Value::Missing => Vec::new(),
            Value::Number(n) => n.to_string().into_bytes(),
            Value::Text(text) => text.clone().into_bytes(),
            Value::Blob(bytes) => bytes.clone(),
        }
    }

    /// The text, if it is text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(n) => Some(*n),
            _ => None,
        }
    }
}

/// One example: inputs in the order of the schema, and the output that belongs to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Where it comes from, for people: a file and a line, or a file's name.
    pub id: String,
    /// One value for each input field.
    pub inputs: Vec<Value>,
    /// The right answer.
    pub output: Value,
    /// What the split goes by, where it goes by a field: a group, a time, or a side.
    pub key: Option<String>,
}

impl Example {
    /// The inputs as bytes that only equal inputs share: a length before each value.
    pub fn input_bytes(&self) -> Vec<u8> {
        input_bytes(&self.inputs)
    }
}

/// See [`Example::input_bytes`].
pub(crate) fn input_bytes(inputs: &[Value]) -> Vec<u8> {
    let mut all = Vec::new();
    for value in inputs {
        let bytes = value.bytes();
        all.extend((bytes.len() as u64).to_le_bytes());
        all.extend(bytes);
    }
    all
}

/// The name of examples, in 32 hexadecimal digits: a hash of all inputs and outputs, in order.
pub(crate) fn name(examples: &[Example]) -> String {
    let mut hasher = blake3::Hasher::new();
    for example in examples {
        let output = example.output.bytes();
        hasher.update(&example.input_bytes());
        hasher.update(&(output.len() as u64).to_le_bytes());
        hasher.update(&output);
    }
    hasher.finalize().to_hex()[..32].to_string()
}
