//! Fields and their modalities.

use crate::Value;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What kind of thing a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Modality {
    /// A quantity: order and distance mean something.
    Number,
    /// One of a few names.
    Category,
    /// Text that people wrote.
    Text,
    /// A tune in ABC notation.
    Abc,
    /// Samples, row by row, the channels of a pixel side by side.
    Image {
        /// Pixels of a row.
        width: u32,
        /// Rows.
        height: u32,
        /// 1 for grey, 3 for red, green and blue.
        channels: u32,
    },
    /// 16-bit samples, little-endian, one channel.
    Sound {
        /// Samples a second.
        rate: u32,
    },
}

impl fmt::Display for Modality {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Modality::Number => f.write_str("number"),
            Modality::Category => f.write_str("category"),
            Modality::Text => f.write_str("text"),
            Modality::Abc => f.write_str("abc"),
            Modality::Image {
                width,
                height,
                channels,
            } => write!(f, "image {width}x{height}x{channels}"),
            Modality::Sound { rate } => write!(f, "sound {rate} Hz"),
        }
    }
}

impl FromStr for Modality {
    type Err = String;

    fn from_str(s: &str) -> Result<Modality, String> {
        let unknown = || {
            format!(
                "unknown kind {s:?}: it is one of number, category, text, abc, \
                 \"image WIDTHxHEIGHTxCHANNELS\", \"sound RATE Hz\""
            )
        };
        let mut words = s.split_whitespace();
        let kind = match (words.next(), words.next(), words.next()) {
            (Some("number"), None, None) => Modality::Number,
            (Some("category"), None, None) => Modality::Category,
            (Some("text"), None, None) => Modality::Text,
            (Some("abc"), None, None) => Modality::Abc,
            (Some("image"), Some(sizes), None) => {
                let sizes: Option<Vec<u32>> = sizes.split('x').map(|n| n.parse().ok()).collect();
                match sizes.as_deref() {
                    Some(&[width @ 1..=4096, height @ 1..=4096, channels @ (1 | 3)]) => {
                        Modality::Image {
                            width,
                            height,
                            channels,
                        }
                    }
                    _ => return Err(unknown()),
                }
            }
            (Some("sound"), Some(rate), Some("Hz") | None) => match rate.parse() {
                Ok(rate @ 1..=1_000_000) => Modality::Sound { rate },
                _ => return Err(unknown()),
            },
            _ => return Err(unknown()),
        };
        Ok(kind)
    }
}

impl From<Modality> for String {
    fn from(m: Modality) -> String {
        m.to_string()
    }
}

impl TryFrom<String> for Modality {
    type Error = String;
    fn try_from(s: String) -> Result<Modality, String> {
        s.parse()
    }
}

/// A field: its name in the data, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name, as the data has it.
    pub field: String,
    /// What it holds.
    pub kind: Modality,
}

/// The fields of a task, and the labels that training has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// What is given.
    pub inputs: Vec<Field>,
    /// What is asked for.
    pub output: Field,
    /// For an output that is a category: the labels of the training examples, in order. A label
    /// that is only in the blind set is not among them, and no contestant can name it.
    pub labels: Vec<String>,
}

impl Schema {
    /// Whether the answer is one of a few labels.
    pub fn classifies(&self) -> bool {
        self.output.kind == Modality::Category
    }

    /// Whether the answer is written symbol by symbol: text, a tune, an image.
    pub fn writes(&self) -> bool {
        matches!(
            self.output.kind,
            Modality::Text | Modality::Abc | Modality::Image { .. }
        )
    }

    /// The place of `label` among the labels.
    pub fn label(&self, label: &str) -> Option<usize> {
        self.labels
            .binary_search_by(|probe| probe.as_str().cmp(label))
            .ok()
    }

    /// The inputs as one text for models of bytes: a single field as it is, several ones each in
    /// a line with its name. Numbers in decimal; what is missing leaves its line empty.
    pub fn render(&self, inputs: &[Value]) -> Vec<u8> {
        if let [value] = inputs {
            return value.bytes();
        }
        let mut all = Vec::new();
        for (field, value) in self.inputs.iter().zip(inputs) {
            all.extend(field.field.as_bytes());
            all.extend(b": ");
            all.extend(value.bytes());
            all.push(b'\n');
        }
        all
    }

    /// The byte that ends a written answer; `None` where the length is known beforehand (images).
    pub fn ending(&self) -> Option<u8> {
        match self.output.kind {
            Modality::Image { .. } => None,
            _ => Some(0),
        }
    }
}
