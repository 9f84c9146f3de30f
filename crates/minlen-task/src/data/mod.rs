//! Files to examples, a file a format.
//!
//! A reader gives rows: for each, where it comes from, and for each field that the task names, what
//! stands there. What a field's text means is decided here, once for all formats, by its modality.

mod csv;
mod jsonl;

use crate::{Error, Example, Format, Modality, Task, Value};
use std::path::{Path, PathBuf};

/// What was read.
#[derive(Default)]
pub struct Read {
    /// The examples.
    pub examples: Vec<Example>,
    /// Rows that were left out, and why: the first few, for people.
    pub skipped: Vec<String>,
    /// All rows that were left out.
    pub skipped_count: usize,
}

/// A field of a row, before its meaning is known.
pub(crate) enum Cell {
    Nothing,
    Text(String),
    #[allow(dead_code)] // formats with samples
    Blob(Vec<u8>),
}

/// A row: where it comes from, and a cell for each field asked for.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) cells: Vec<Cell>,
}

/// Hears of rows one by one: a row, or what is wrong with one.
pub(crate) type Sink<'a> = dyn FnMut(Result<Row, String>) -> Result<(), Error> + 'a;

/// Skipped rows that are named.
const NAMED: usize = 10;

/// Reads the examples of `task` from `files`, paths relative to `folder`.
pub fn read(task: &Task, files: &[PathBuf], folder: &Path) -> Result<Read, Error> {
    let mut names: Vec<&str> = task.input.iter().map(|f| f.field.as_str()).collect();
    names.push(&task.output.field);
    let key = task
        .split
        .field
        .as_deref()
        .filter(|_| task.data.blind.is_empty());
    names.extend(key);
    let mut kinds: Vec<Modality> = task.input.iter().map(|f| f.kind).collect();
    kinds.push(task.output.kind);

    let mut read = Read::default();
    for file in files {
        let path = folder.join(file);
        let mut sink = |row: Result<Row, String>| {
            match row.and_then(|row| example(row, &kinds)) {
                Ok(example) => read.examples.push(example),
                Err(why) => {
                    read.skipped_count += 1;
                    if read.skipped.len() < NAMED {
                        read.skipped.push(why);
                    }
                }
            }
            Ok(())
        };
        match task.data.format {
            Format::Csv | Format::Tsv => csv::read(&path, task, &names, &mut sink)?,
            Format::Jsonl => jsonl::read(&path, &names, &mut sink)?,
        }
    }
    Ok(read)
}

/// An example of a row: inputs, output, and the split's key if there is one more cell.
fn example(row: Row, kinds: &[Modality]) -> Result<Example, String> {
    let id = row.id;
    let mut cells = row.cells.into_iter();
    let mut values = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let cell = cells.next().unwrap_or(Cell::Nothing);
        values.push(value(cell, *kind).map_err(|why| format!("{id}: {why}"))?);
    }
    let output = values.pop().expect("the output is the last field");
    if output == Value::Missing {
        return Err(format!("{id}: it has no output"));
    }
    let key = match cells.next() {
        Some(Cell::Text(key)) => Some(key),
        _ => None,
    };
    Ok(Example {
        id,
        inputs: values,
        output,
        key,
    })
}

/// What a cell holds, read as that kind.
fn value(cell: Cell, kind: Modality) -> Result<Value, String> {
    Ok(match (cell, kind) {
        (Cell::Nothing, _) => Value::Missing,
        (Cell::Text(text), Modality::Number) => match text.trim() {
            "" | "?" | "NA" | "N/A" | "NaN" | "nan" | "null" => Value::Missing,
            number => match number.parse::<f64>() {
                Ok(n) if n.is_finite() => Value::Number(n),
                _ => return Err(format!("{text:?} is no number")),
            },
        },
        (Cell::Text(text), Modality::Category) => match text.trim() {
            "" => Value::Missing,
            name => Value::Text(name.to_string()),
        },
        (Cell::Text(text), Modality::Text | Modality::Abc) => Value::Text(text),
        (Cell::Blob(bytes), Modality::Image { .. } | Modality::Sound { .. }) => Value::Blob(bytes),
        (_, kind) => return Err(format!("this format has no {kind} in it")),
    })
}

pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = Some(path.to_path_buf());
    move |source| Error::Io {
        action,
        path,
        source,
    }
}

/// The text of bytes: UTF-8, or else Latin-1, which has a letter for every byte.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_string(),
        Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
    }
}
