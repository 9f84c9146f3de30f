//! The study as JSON.

use crate::{About, GENERATOR};
use minlen::Study;
use serde::{Deserialize, Serialize};

/// What `report.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Always [`GENERATOR`].
    pub generator: String,
    /// The version of this layout.
    pub format: u32,
    /// The command that made it.
    pub command: String,
    /// When, in words; may be empty.
    pub when: String,
    /// The study.
    pub study: Study,
}

/// The study as JSON, on one line a field of the first levels.
pub fn json(study: &Study, about: &About) -> String {
    let document = Document {
        generator: GENERATOR.into(),
        format: 1,
        command: about.command.clone(),
        when: about.when.clone(),
        study: study.clone(),
    };
    // Plain data with text keys: writing it cannot fail.
    serde_json::to_string(&document).unwrap_or_default() + "\n"
}

/// Reads what [`json`] wrote.
pub fn from_json(text: &str) -> Result<Document, serde_json::Error> {
    serde_json::from_str(text)
}
