//! Files to examples, a file a format.
//!
//! A reader gives rows: for each, where it comes from, and for each field that the task names, what
//! stands there. What a field's text means is decided here, once for all formats, by its modality.

mod abc;
mod csv;
mod folder;
mod idx;
mod jsonl;
mod labelled;
mod media;
mod open;
mod pairs;
mod parquet;
mod records;

pub(crate) use self::csv::{names_of as table_names, open as open_table, width as table_width};
pub(crate) use self::folder::{files_in, pattern};
pub(crate) use self::idx::dimensions;
pub(crate) use self::jsonl::cell as json_cell;
pub(crate) use self::labelled::parts as labelled_parts;
pub(crate) use self::media::{Media, file as media_file, of_name as media_of_name};
pub(crate) use self::open::{lines, open};
pub(crate) use self::parquet::{
    Column as ParquetColumn, MAGIC as PARQUET, columns as parquet_columns,
};

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
    /// Rows with text that is not UTF-8 and was read as Latin-1.
    pub latin1: usize,
}

impl Read {
    /// What was read without trouble but is worth saying.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.latin1 > 0 {
            notes.push(format!(
                "{} with text that is not UTF-8: it was read as Latin-1",
                match self.latin1 {
                    1 => "1 row".to_string(),
                    n => format!("{n} rows"),
                }
            ));
        }
        notes
    }
}

/// A field of a row, before its meaning is known.
pub(crate) enum Cell {
    Nothing,
    Text(String),
    /// Text that was not UTF-8.
    Latin1(String),
    Media(Media),
}

impl Cell {
    /// Text of bytes: UTF-8, or else Latin-1, which has a letter for every byte.
    pub(crate) fn of(bytes: &[u8]) -> Cell {
        match std::str::from_utf8(bytes) {
            Ok(text) => Cell::Text(text.to_string()),
            Err(_) => Cell::Latin1(text_of(bytes)),
        }
    }
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

    let mut read = Read::default();
    rows(task, files, folder, &names, &mut |row, beside| {
        match row.and_then(|row| example(row, task, beside)) {
            Ok((example, latin1)) => {
                read.examples.push(example);
                read.latin1 += usize::from(latin1);
            }
            Err(why) => {
                read.skipped_count += 1;
                if read.skipped.len() < NAMED {
                    read.skipped.push(why);
                }
            }
        }
        Ok(())
    })?;
    if let ([], [first, ..]) = (&read.examples[..], &read.skipped[..]) {
        return Err(Error::Usage(format!(
            "none of {} rows can be used; the first: {first}",
            read.skipped_count
        )));
    }
    Ok(read)
}

/// Reads inputs to be answered, whose output may be absent.
pub fn read_inputs(
    task: &Task,
    files: &[PathBuf],
    folder: &Path,
) -> Result<Vec<(String, Vec<Value>)>, Error> {
    let names: Vec<&str> = task.input.iter().map(|f| f.field.as_str()).collect();
    let mut inputs = Vec::new();
    rows(task, files, folder, &names, &mut |row, beside| {
        let row = row.map_err(Error::Usage)?;
        let cells = row.cells.into_iter().zip(&task.input);
        let values = cells.map(|(cell, field)| value(cell, field.kind, beside, &task.data.trim));
        let values = values.collect::<Result<_, _>>();
        inputs.push((row.id, values.map_err(Error::Usage)?));
        Ok(())
    })?;
    Ok(inputs)
}

/// Hears of rows, and of the folder that paths in them are relative to.
pub(crate) type RowSink<'a> = dyn FnMut(Result<Row, String>, &Path) -> Result<(), Error> + 'a;

pub(crate) fn rows(
    task: &Task,
    files: &[PathBuf],
    folder: &Path,
    names: &[&str],
    sink: &mut RowSink,
) -> Result<(), Error> {
    let paths: Vec<PathBuf> = files.iter().map(|f| folder.join(f)).collect();
    // Formats whose files belong together come first; the others are read file by file.
    match task.data.format {
        Format::Idx => return idx::read(&paths, names, &mut |row| sink(row, folder)),
        Format::Pairs => return pairs::read(&paths, names, &mut |row| sink(row, folder)),
        _ => {}
    }
    for path in &paths {
        let beside = path.parent().unwrap_or(folder);
        let sink = &mut |row| sink(row, beside);
        match task.data.format {
            Format::Csv | Format::Tsv => csv::read(path, task, names, sink)?,
            Format::Jsonl => jsonl::read(path, names, sink)?,
            Format::Parquet => parquet::read(path, names, sink)?,
            Format::Labelled => labelled::read(path, task, names, sink)?,
            Format::Folder => folder::read(path, task, names, sink)?,
            Format::Abc => abc::read(path, names, sink)?,
            Format::Records => records::read(path, task, folder, names, sink)?,
            Format::Idx | Format::Pairs => {}
        }
    }
    Ok(())
}

/// An example of a row: inputs, output, and the split's key if there is one more cell. Also
/// whether any of it was Latin-1.
fn example(row: Row, task: &Task, beside: &Path) -> Result<(Example, bool), String> {
    let id = row.id;
    let latin1 = row.cells.iter().any(|c| matches!(c, Cell::Latin1(_)));
    let mut cells = row.cells.into_iter();
    let fields = task.input.iter().chain([&task.output]);
    let mut values = Vec::with_capacity(task.input.len() + 1);
    for field in fields {
        let cell = cells.next().unwrap_or(Cell::Nothing);
        let value = value(cell, field.kind, beside, &task.data.trim);
        values.push(value.map_err(|why| format!("{id}: {}: {why}", field.field))?);
    }
    let output = values.pop().expect("the output is the last field");
    if output == Value::Missing {
        return Err(format!("{id}: it has no {}", task.output.field));
    }
    let written = matches!(task.output.kind, Modality::Text | Modality::Abc);
    if written && output.text().is_some_and(|t| t.contains('\0')) {
        let field = &task.output.field;
        return Err(format!(
            "{id}: {field}: it has a zero byte, which ends answers"
        ));
    }
    let key = match cells.next() {
        Some(Cell::Text(key) | Cell::Latin1(key)) => Some(key),
        _ => None,
    };
    let example = Example {
        id,
        inputs: values,
        output,
        key,
    };
    Ok((example, latin1))
}

/// What a cell holds, read as that kind. Text where an image or a sound is asked for names a file.
pub(crate) fn value(
    cell: Cell,
    kind: Modality,
    beside: &Path,
    trim: &str,
) -> Result<Value, String> {
    let cell = match cell {
        Cell::Latin1(text) => Cell::Text(text),
        other => other,
    };
    Ok(match (cell, kind) {
        (Cell::Nothing, _) => Value::Missing,
        (Cell::Text(text), Modality::Number) => match number(&text) {
            Some(value) => value,
            None => return Err(format!("{text:?} is no number")),
        },
        (Cell::Text(text), Modality::Category) => {
            match text.trim().trim_matches(|c| trim.contains(c)) {
                "" => Value::Missing,
                name => Value::Text(name.to_string()),
            }
        }
        (Cell::Text(text), Modality::Text | Modality::Abc) => Value::Text(text),
        (Cell::Text(text), Modality::Image { .. } | Modality::Sound { .. }) => match text.trim() {
            "" => Value::Missing,
            name => media::file(&beside.join(name))?.value(kind)?,
        },
        (Cell::Media(media), kind) => media.value(kind)?,
        (Cell::Latin1(_), _) => unreachable!("made text above"),
    })
}

/// A number, or nothing where the usual words for nothing stand; `None` if it is neither.
pub(crate) fn number(text: &str) -> Option<Value> {
    match text.trim() {
        "" | "?" | "NA" | "N/A" | "NaN" | "nan" | "null" => Some(Value::Missing),
        number => match number.parse::<f64>() {
            Ok(n) if n.is_finite() => Some(Value::Number(n)),
            _ => None,
        },
    }
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

/// The place of a field among those that a format has.
pub(crate) fn find<S: AsRef<str>>(path: &Path, have: &[S], name: &str) -> Result<usize, Error> {
    have.iter().position(|h| h.as_ref() == name).ok_or_else(|| {
        let have: Vec<&str> = have.iter().map(AsRef::as_ref).collect();
        Error::Usage(format!(
            "{} has no field {name:?}; it has {}",
            path.display(),
            have.join(", ")
        ))
    })
}
