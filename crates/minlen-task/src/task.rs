//! What `task.toml` says.

use crate::{Error, Field, Metric, Module};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// A task, as a user wrote it down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Where the examples are.
    pub data: DataFiles,
    /// What is given.
    pub input: Vec<Field>,
    /// What is asked for.
    pub output: Field,
    /// Which examples are blind.
    #[serde(default)]
    pub split: Split,
    /// How answers are judged beside their bits.
    #[serde(default)]
    pub metric: Option<Metric>,
    /// How long all may take.
    #[serde(default)]
    pub budget: Budget,
    /// Who takes part.
    #[serde(default)]
    pub contest: Contest,
    /// Modules that the user wrote: the contestant `pipeline` runs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pipeline: Vec<Module>,
}

/// Where the examples are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFiles {
    /// Files or folders, relative to the folder of `task.toml`.
    pub files: Vec<PathBuf>,
    /// Files whose examples are the blind set; empty: `split` draws it from `files`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blind: Vec<PathBuf>,
    /// Files with inputs whose outputs nobody knows, to learn what inputs look like; outputs in
    /// them are not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlabelled: Vec<PathBuf>,
    /// How the files are to be read.
    pub format: Format,
    /// Whether the first line names the fields; without it they are called `1`, `2`, …
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub header: bool,
    /// What parts the fields of a line, where the format's own guess is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Letters that are taken off both ends of names of categories.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trim: String,
    /// For folders: how names of files are made, `{digit}_{speaker}_{take}.wav`. Each name in
    /// braces is a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// For records: the table with a line for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<PathBuf>,
}

impl DataFiles {
    /// None yet, of that format; tables without a header.
    pub(crate) fn of(format: Format) -> DataFiles {
        DataFiles {
            files: Vec::new(),
            blind: Vec::new(),
            unlabelled: Vec::new(),
            format,
            header: false,
            delimiter: None,
            trim: String::new(),
            pattern: None,
            index: None,
        }
    }
}

fn yes() -> bool {
    true
}

fn is_no(b: &bool) -> bool {
    !*b
}

fn is_yes(b: &bool) -> bool {
    *b
}

/// How files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Fields parted by commas (or semicolons: the header line tells), quoted where needed.
    Csv,
    /// Fields parted by tabs, never quoted.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// Parquet: tables in columns.
    Parquet,
    /// Lines that begin with their label: fields `label` and `text`.
    Labelled,
    /// Parallel text files: fields `1`, `2`, … in the order of the files.
    Pairs,
    /// idx files of images and of labels: fields `image` and `label`.
    Idx,
    /// Folders of files: fields `content`, `folder`, `name`, `above`, and those of the pattern.
    Folder,
    /// Files of tunes: fields `abc`, `title`, `type`, `origin`, `composer`, `key`, `metre`,
    /// `source`.
    Abc,
    /// Records of equal length, and a table beside them: fields `record`, `1`, `2`, …
    Records,
}

/// Which examples are blind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Split {
    /// What draws the line.
    pub by: SplitBy,
    /// Share of the examples that are blind, above 0 and below 1. Not for `given`.
    pub blind: f64,
    /// Another seed draws another line. For `hash` and `group`.
    pub seed: u64,
    /// The field that `group`, `time` and `given` go by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For `given`: what stands in the field where an example is blind; empty: `test` or `blind`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Which training examples are copies of blind ones, and left out.
    #[serde(skip_serializing_if = "Copies::is_inputs")]
    pub copies: Copies,
}

/// Which training examples are copies of blind ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Copies {
    /// Those with the same inputs: an answer must not have been seen.
    #[default]
    Inputs,
    /// Those with the same inputs and output: where many outputs are right for an input, as tunes
    /// are for a style, another one of them tells nothing of the blind one. Not for `hash`, which
    /// has equal inputs on one side.
    Pairs,
}

impl Copies {
    fn is_inputs(&self) -> bool {
        *self == Copies::Inputs
    }
}

impl Default for Split {
    fn default() -> Split {
        Split {
            by: SplitBy::Hash,
            blind: 0.2,
            seed: 0,
            field: None,
            values: Vec::new(),
            copies: Copies::Inputs,
        }
    }
}

/// What draws the line between training and blind examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SplitBy {
    /// A hash of the inputs: equal inputs are on one side.
    Hash,
    /// A hash of a field: what shares a group is on one side.
    Group,
    /// The last ones, by a field that tells the time, or else in the order of the data.
    Time,
    /// A field that says `train` or `test`, or what `values` names.
    Given,
}

/// How long all may take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Minutes for all contestants together.
    pub minutes: f64,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { minutes: 15.0 }
    }
}

/// Who takes part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contest {
    /// Names of contestants; empty: all that suit the task.
    pub contestants: Vec<String>,
    /// Seeds all that is drawn by chance.
    pub seed: u64,
    /// Goes on even if the check finds that input and output share nothing.
    #[serde(skip_serializing_if = "is_no")]
    pub force: bool,
    /// Whether contestants also learn from fewer examples, to see what more of them would bring.
    #[serde(skip_serializing_if = "Curve::is_no")]
    pub curve: Curve,
    /// The share of the training examples that keep their outputs, above 0. Of the others, drawn by
    /// the seed, the inputs alone are there to learn from, as if nobody had labelled them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<f64>,
    /// Whether inputs without outputs are left out, to see what they bring.
    #[serde(skip_serializing_if = "is_no")]
    pub labelled_only: bool,
}

/// What contestants learn from besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Said", try_from = "Said")]
pub enum Curve {
    /// Nothing.
    #[default]
    No,
    /// Fewer examples.
    Examples,
    /// As many inputs, of which fewer have their outputs.
    Labels,
}

/// How it is written: `true`, `false`, `"labels"`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Said {
    Whether(bool),
    Word(String),
}

impl Curve {
    fn is_no(&self) -> bool {
        *self == Curve::No
    }
}

impl From<Curve> for Said {
    fn from(curve: Curve) -> Said {
        match curve {
            Curve::No => Said::Whether(false),
            Curve::Examples => Said::Whether(true),
            Curve::Labels => Said::Word("labels".to_string()),
        }
    }
}

impl TryFrom<Said> for Curve {
    type Error = String;
    fn try_from(said: Said) -> Result<Curve, String> {
        match said {
            Said::Whether(false) => Ok(Curve::No),
            Said::Whether(true) => Ok(Curve::Examples),
            Said::Word(word) if word == "labels" => Ok(Curve::Labels),
            Said::Word(word) => Err(format!(
                "unknown curve {word:?}: it is true, false or \"labels\""
            )),
        }
    }
}

impl Task {
    /// Reads a `task.toml`.
    pub fn load(path: &Path) -> Result<Task, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::Io {
            action: "read",
            path: Some(path.to_path_buf()),
            source,
        })?;
        let mut task = Task::parse(&text).map_err(|e| {
            Error::Usage(format!("{}: {}", path.display(), e.to_string().trim_end()))
        })?;
        // What modules read from files is part of the task: the ledger shall hear of changes.
        let folder = path.parent().unwrap_or(Path::new(""));
        for module in &mut task.pipeline {
            module.complete(folder)?;
        }
        Ok(task)
    }

    /// Reads the text of a `task.toml`.
    pub fn parse(text: &str) -> Result<Task, Error> {
        let task: Task =
            toml::from_str(text).map_err(|e| Error::Usage(e.to_string().trim_end().to_string()))?;
        task.check()?;
        Ok(task)
    }

    /// Whether it makes sense by itself.
    fn check(&self) -> Result<(), Error> {
        let wrong = |what: &str| Err(Error::Usage(what.to_string()));
        if self.data.files.is_empty() {
            return wrong("[data] files is empty: name at least one");
        }
        if self.input.is_empty() {
            return wrong("there is no [[input]]: name at least one field");
        }
        if self.input.iter().any(|f| f.field == self.output.field) {
            return wrong("the output is one of the inputs too: nothing would be left to learn");
        }
        if !(self.split.blind > 0.0 && self.split.blind < 1.0) {
            return wrong("[split] blind must be above 0 and below 1");
        }
        let needs = matches!(self.split.by, SplitBy::Group | SplitBy::Given);
        if needs && self.split.field.is_none() && self.data.blind.is_empty() {
            return wrong("[split] by = \"group\" and \"given\" need a field to go by");
        }
        if self.contest.labels.is_some_and(|l| !(l > 0.0 && l <= 1.0)) {
            return wrong("[contest] labels must be above 0 and at most 1");
        }
        if !(self.budget.minutes > 0.0 && self.budget.minutes <= 100_000.0) {
            return wrong("[budget] minutes must be above 0");
        }
        Ok(())
    }
}
