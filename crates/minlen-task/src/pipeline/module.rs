//! A module as `task.toml` has it.

use crate::{Error, data};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a module does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModuleKind {
    /// Finds `pattern`, a regular expression: makes what was found, and each named group.
    Capture,
    /// Replaces every find of `pattern` by `with`.
    Replace,
    /// Looks the text up in `table`, or in the CSV `file` of two columns; `otherwise` if absent.
    Lookup,
    /// A number: `code` is an expression over what `from` names.
    Arithmetic,
    /// Runs `code`, a script in Rhai, over what `from` names.
    Script,
    /// Fills `template`: `{name}` is what was made, `{name:02}` with zeros up to two digits.
    Join,
    /// The part number `at` of the text cut at `by`; from the end if below 0.
    Split,
    /// Without spaces around it.
    Trim,
    /// In small letters.
    Lower,
    /// In capitals.
    Upper,
    /// Each word with a capital.
    Title,
    /// A date, read by the first of the forms `read` that fits, written by the form `write`.
    Date,
    /// The first of `from` that is there.
    First,
    /// What a contestant answers that has learnt from `tests`, or else from the task's examples.
    Learned,
}

/// A module of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: ModuleKind,
    /// What it is given: fields, modules before it, and their parts; empty: the module before it,
    /// or the first input.
    #[serde(
        default,
        deserialize_with = "one_or_more",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub from: Vec<String>,
    /// A regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What replaces a find; `$1`, `${name}` are its groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// A text with names in braces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What stands for what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub table: BTreeMap<String, String>,
    /// A CSV file with more of the table: without header, two columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// What is made where the table has nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// An expression or a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Forms of dates (strftime's), to read.
    #[serde(
        default,
        deserialize_with = "one_or_more",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub read: Vec<String>,
    /// The form of a date to write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<String>,
    /// What a text is cut at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Which part is taken, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// Who learns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contestant: Option<String>,
    /// What it must make of what. They are tried before it is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<ModuleTest>,
}

/// An example of what a module does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleTest {
    /// What it is given, in the order of `from`.
    #[serde(deserialize_with = "one_or_more")]
    pub given: Vec<String>,
    /// What it must make; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives: Option<String>,
}

fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(String),
        More(Vec<String>),
    }
    Ok(match Either::deserialize(from)? {
        Either::One(one) => vec![one],
        Either::More(more) => more,
    })
}

impl Module {
    /// Reads the table's file, so that nothing outside the module is left.
    pub(crate) fn complete(&mut self, folder: &Path) -> Result<(), Error> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        let path = folder.join(file);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(data::open(&path)?);
        for record in reader.records() {
            let record = record.map_err(|e| Error::Usage(format!("{}: {e}", path.display())))?;
            let [from, to] = [record.get(0), record.get(1)].map(Option::unwrap_or_default);
            self.table.insert(from.to_string(), to.to_string());
        }
        Ok(())
    }
}
