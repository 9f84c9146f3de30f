//! The proposal as text: short, and saying why.

use super::columns::{Column, Fate};
use super::cut::Proposed;
use crate::{CONTESTANTS, DataFiles, Format, Metric, Modality, Split, SplitBy};
use std::path::PathBuf;

/// All that is written.
pub(super) struct Parts<'a> {
    pub(super) data: &'a DataFiles,
    pub(super) columns: &'a [Column],
    pub(super) split: &'a Proposed,
    pub(super) metric: Option<Metric>,
    pub(super) rows: usize,
}

/// Writes `task.toml`.
pub(super) fn write(parts: &Parts) -> String {
    let mut out = format!(
        "# Proposed by `minlen task new` after a look at {} rows. Every line may be changed;\n\
         # docs/task.md says what each means. `minlen task run` runs the contest.\n\n",
        minlen::grouped(parts.rows as u64)
    );
    if let Some(metric) = parts.metric {
        out += &format!("metric = {}", word(metric));
        let output = parts.columns.iter().find(|c| c.fate == Fate::Output);
        match (metric, output) {
            (Metric::Accuracy, Some(o)) if o.majority() > 0.8 => {
                out += &format!(
                    " # {:.0} % have one label: \"macro-f1\" weighs labels alike",
                    100.0 * o.majority()
                );
            }
            (Metric::Chrf, _) => out += " # or \"exact\": right to the byte",
            _ => {}
        }
        out += "\n\n";
    }
    data(&mut out, parts.data);
    for column in parts.columns {
        field(&mut out, column);
    }
    split(&mut out, parts);
    out += "\n[budget]\nminutes = 15 # for all contestants together\n";
    let names: Vec<String> = CONTESTANTS
        .iter()
        .map(|c| format!("{:?}", c.name()))
        .collect();
    out += &format!(
        "\n[contest]\n# All that suit take part, unless named here, of\n\
         # contestants = [{}]\nseed = 0\n",
        names.join(", ")
    );
    out
}

/// As serde names it.
fn word<T: serde::Serialize>(value: T) -> String {
    serde_json::to_string(&value).unwrap_or_default()
}

/// As TOML has it: basic strings as JSON's, which they contain.
fn text(s: &str) -> String {
    word(s)
}

fn paths(paths: &[PathBuf]) -> String {
    let all: Vec<String> = paths.iter().map(|p| text(&p.to_string_lossy())).collect();
    format!("[{}]", all.join(", "))
}

fn data(out: &mut String, data: &DataFiles) {
    *out += &format!("[data]\nfiles = {}\n", paths(&data.files));
    if !data.blind.is_empty() {
        *out += &format!("blind = {} # by their names\n", paths(&data.blind));
    }
    *out += &format!("format = {}\n", word(data.format));
    if matches!(data.format, Format::Csv | Format::Tsv) && !data.header {
        *out += "header = false # fields are called 1, 2, …\n";
    }
    if let Some(delimiter) = data.delimiter {
        *out += &format!("delimiter = {}\n", text(&delimiter.to_string()));
    }
    if !data.trim.is_empty() {
        *out += &format!(
            "trim = {} # off the ends of labels: those of the blind file differ by it\n",
            text(&data.trim)
        );
    }
    if let Some(pattern) = &data.pattern {
        *out += &format!("pattern = {} # of names of files\n", text(pattern));
    }
    if let Some(index) = &data.index {
        *out += &format!("index = {}\n", text(&index.to_string_lossy()));
    }
}

fn field(out: &mut String, column: &Column) {
    let (table, kind, mark) = match &column.fate {
        Fate::Input => ("[[input]]", column.kind, ""),
        Fate::Output => ("[output]", column.as_output(), ""),
        Fate::Out(why) => {
            *out += &format!("\n# Left out: {why}.\n");
            ("[[input]]", column.kind, "# ")
        }
    };
    *out += &format!(
        "{}{mark}{table}\n{mark}field = {}\n{mark}kind = {} # {}\n",
        if mark.is_empty() { "\n" } else { "" },
        text(&column.name),
        text(&kind.to_string()),
        column.remark()
    );
    // A table of dots would tempt: tell the other reading of whole numbers.
    if column.fate == Fate::Output && column.kind != kind && kind == Modality::Category {
        *out += "# kind = \"number\" if 2 is nearer to 1 than 3 is\n";
    }
}

fn split(out: &mut String, parts: &Parts) {
    if !parts.data.blind.is_empty() {
        return;
    }
    let Proposed { split, why, other } = parts.split;
    *out += "\n[split]\n";
    for (i, (key, value)) in keys(split).into_iter().enumerate() {
        let why = if i == 0 && !why.is_empty() {
            format!(" # {why}")
        } else {
            String::new()
        };
        *out += &format!("{key} = {value}{why}\n");
    }
    if let Some((split, when)) = other {
        *out += &format!("# or, {when}:\n");
        for (key, value) in keys(split) {
            *out += &format!("# {key} = {value}\n");
        }
    }
}

/// What `task.toml` says of a split.
fn keys(split: &Split) -> Vec<(&'static str, String)> {
    let mut keys = vec![("by", word(split.by))];
    keys.extend(split.field.iter().map(|field| ("field", text(field))));
    if split.by != SplitBy::Given {
        keys.push(("blind", split.blind.to_string()));
    }
    if split.seed != 0 {
        keys.push(("seed", split.seed.to_string()));
    }
    if !split.values.is_empty() {
        keys.push(("values", word(&split.values)));
    }
    keys
}
