//! Tables: fields parted by commas, semicolons, tabs or what `task.toml` says.

use super::{Cell, Row, Sink, find, io, text_of};
use crate::{DataFiles, Error, Format, Task};
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::io::BufRead;
use std::path::Path;

/// Rows that are looked at to learn how many fields a row has.
const LOOK: usize = 100;

/// Reads a table row by row.
pub(super) fn read(path: &Path, task: &Task, names: &[&str], sink: &mut Sink) -> Result<(), Error> {
    let mut reader = open(path, &task.data)?;
    let wrong = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(source) => io("read", path)(source),
        other => Error::Usage(format!("{}: {other:?}", path.display())),
    };
    // With a header it says how many fields there are. Without, most of the first rows do: a
    // first line with remarks (as in scikit-learn's wine data) must not win over all others.
    let mut first = Vec::new();
    let mut record = ByteRecord::new();
    while first.len() < LOOK && reader.read_byte_record(&mut record).map_err(wrong)? {
        first.push(record.clone());
    }
    let Some(width) = width(&first, task.data.header) else {
        return Ok(());
    };
    let header: Vec<String> = match task.data.header {
        true => names_of(&first.remove(0)),
        false => (1..=width).map(|i| i.to_string()).collect(),
    };
    let places = names.iter().map(|name| find(path, &header, name));
    let places: Vec<usize> = places.collect::<Result<_, _>>()?;
    let mut row = |record: &ByteRecord| {
        let line = record.position().map_or(0, |p| p.line());
        let id = format!("{}:{line}", path.display());
        if record.len() != width {
            let why = format!("{id}: {} fields instead of {width}", record.len());
            return sink(Err(why));
        }
        let cells = places.iter().map(|at| Cell::of(&record[*at])).collect();
        sink(Ok(Row { id, cells }))
    };
    for record in &first {
        row(record)?;
    }
    while reader.read_byte_record(&mut record).map_err(wrong)? {
        row(&record)?;
    }
    Ok(())
}

/// A reader of records, the header not treated apart.
pub(crate) fn open(path: &Path, data: &DataFiles) -> Result<Reader<Box<dyn BufRead>>, Error> {
    let mut file = super::open(path)?;
    let delimiter = match (data.delimiter, data.format) {
        (Some(c), _) => u8::try_from(c).map_err(|_| {
            Error::Usage(format!(
                "[data] delimiter {c:?} is not in ASCII; tables need one that is"
            ))
        })?,
        (None, Format::Tsv) => b'\t',
        _ => delimiter(file.fill_buf().map_err(io("read", path))?),
    };
    Ok(ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(data.format != Format::Tsv)
        .has_headers(false)
        .flexible(true)
        .from_reader(file))
}

/// Fields a row: of the header, or of most rows.
pub(crate) fn width(first: &[ByteRecord], header: bool) -> Option<usize> {
    if header {
        return first.first().map(ByteRecord::len);
    }
    let count = |width: usize| first.iter().filter(|r| r.len() == width).count();
    first
        .iter()
        .map(ByteRecord::len)
        .max_by_key(|w| (count(*w), *w))
}

/// The names in a header.
pub(crate) fn names_of(header: &ByteRecord) -> Vec<String> {
    header
        .iter()
        .map(|f| text_of(f).trim().to_string())
        .collect()
}

/// What parts the fields of the first line: whichever comes more often.
fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|b| *b == b'\n').next().unwrap_or(start);
    let count = |d: u8| line.iter().filter(|b| **b == d).count();
    let best = [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|d| count(*d));
    best.unwrap_or(b',')
}
