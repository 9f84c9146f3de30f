//! Lines that begin with their label, as the question sets of TREC do: `LABEL text`.

use super::{Cell, Row, Sink, find, lines};
use crate::{Error, Task};
use std::path::Path;

/// The fields of such a line.
const FIELDS: [&str; 2] = ["label", "text"];

/// Reads line by line. The fields are called `label` and `text`; what parts them is
/// `[data] delimiter`, a space if it does not say.
pub(super) fn read(path: &Path, task: &Task, names: &[&str], sink: &mut Sink) -> Result<(), Error> {
    let places = names.iter().map(|name| find(path, &FIELDS, name));
    let places: Vec<usize> = places.collect::<Result<_, _>>()?;
    let delimiter = task.data.delimiter.unwrap_or(' ');
    lines(path, |number, line| {
        if line.is_empty() {
            return Ok(true);
        }
        let id = format!("{}:{number}", path.display());
        sink(match parts(line, delimiter) {
            Some(parts) => Ok(Row {
                id,
                cells: places.iter().map(|at| Cell::of(parts[*at])).collect(),
            }),
            None => Err(format!("{id}: nothing follows the label")),
        })?;
        Ok(true)
    })
}

/// Label and text of a line.
pub(crate) fn parts(line: &[u8], delimiter: char) -> Option<[&[u8]; 2]> {
    let mut letters = [0; 4];
    let delimiter = delimiter.encode_utf8(&mut letters).as_bytes();
    let at = line.windows(delimiter.len()).position(|w| w == delimiter)?;
    let (label, text) = (&line[..at], &line[at + delimiter.len()..]);
    (!label.is_empty() && !text.is_empty()).then_some([label, text])
}
