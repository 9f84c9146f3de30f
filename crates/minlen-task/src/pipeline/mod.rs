//! A pipeline: named modules that the user writes in `task.toml`, each fed by fields or by modules
//! before it. Every intermediate result can be seen, and a module can be replaced alone: what does
//! not depend on it is not run again.

mod learned;
mod module;
mod step;
mod trace;

pub(crate) use learned::{Learned, learn};
pub use module::{Module, ModuleKind, ModuleTest};
pub use step::Steps;
pub use trace::trace;

use crate::{Error, Field, Value, data};

use std::collections::BTreeMap;

/// What a module made of one example; `None` where it made nothing.
pub type Made = Option<String>;

/// What is known of one example so far: fields by their names, and what modules made, with the
/// parts that they named.
#[derive(Clone, Debug, Default)]
pub struct Known(BTreeMap<String, Made>);

impl Known {
    /// The fields of an example.
    pub(crate) fn of(fields: &[Field], inputs: &[Value]) -> Known {
        let mut known = Known::default();
        for (field, value) in fields.iter().zip(inputs) {
            let text = match value {
                Value::Text(text) => Some(text.clone()),
                Value::Number(n) => Some(n.to_string()),
                Value::Missing | Value::Blob(_) => None,
            };
            known.set(&field.field, text);
        }
        known
    }

    /// A field or what a module made; nothing where there is no such thing.
    pub fn get(&self, name: &str) -> Made {
        self.0.get(name).cloned().flatten()
    }

    /// What one more is known to be.
    pub fn set(&mut self, name: &str, made: Made) {
        self.0.insert(name.to_string(), made);
    }
}

/// What one module did in a trace.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TraceStep {
    /// The module.
    pub module: String,
    /// What it was given.
    pub given: Vec<(String, Made)>,
    /// What it made: itself, and the parts that it named (`parts.year`).
    pub made: Vec<(String, Made)>,
    /// Whether it was taken from an earlier run.
    pub kept: bool,
}

/// What modules made before, by a hash of the module and of what it was given.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Cache {
    made: BTreeMap<String, Vec<(String, Made)>>,
    /// What learned steps have learnt, by a hash of the step and of what it learnt from.
    learned: BTreeMap<String, Vec<u8>>,
}

/// Results that are remembered: a million short texts are some 100 MB.
const REMEMBERED: usize = 1_000_000;

impl Cache {
    pub(crate) fn get(&self, key: &str) -> Option<&Vec<(String, Made)>> {
        self.made.get(key)
    }

    pub(crate) fn put(&mut self, key: String, made: Vec<(String, Made)>) {
        if self.made.len() < REMEMBERED {
            self.made.insert(key, made);
        }
    }

    /// The cache that was kept in a file; an empty one if there is none that can be read.
    pub fn load(path: &std::path::Path) -> Cache {
        let bytes = std::fs::read(path).unwrap_or_default();
        postcard::from_bytes(&bytes).unwrap_or_default()
    }

    /// Keeps it in a file.
    pub fn save(&self, path: &std::path::Path) -> Result<(), Error> {
        let bytes = postcard::to_stdvec(self)
            .map_err(|e| Error::Usage(format!("the cache cannot be written: {e}")))?;
        std::fs::write(path, bytes).map_err(data::io("write", path))
    }
}
