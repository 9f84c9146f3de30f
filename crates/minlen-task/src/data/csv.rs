//! Tables: fields parted by commas, semicolons or tabs.

use super::{Cell, Row, Sink, io, text_of};
use crate::{Error, Format, Task};
use csv::{ByteRecord, ReaderBuilder};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Reads a table row by row.
pub(super) fn read(path: &Path, task: &Task, names: &[&str], sink: &mut Sink) -> Result<(), Error> {
    let file = File::open(path).map_err(io("read", path))?;
    let mut file = BufReader::new(file);
    let delimiter = match task.data.format {
        Format::Tsv => b'\t',
        _ => delimiter(file.fill_buf().map_err(io("read", path))?),
    };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(task.data.format != Format::Tsv)
        .has_headers(false)
        .flexible(true)
        .from_reader(file);
    let wrong = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(source) => io("read", path)(source),
        other => Error::Usage(format!("{}: {other:?}", path.display())),
    };
    let mut record = ByteRecord::new();
    let mut places: Option<Vec<usize>> = None;
    let mut width = 0;
    while reader.read_byte_record(&mut record).map_err(wrong)? {
        let line = record.position().map_or(0, |p| p.line());
        let id = format!("{}:{line}", path.display());
        let places = match &places {
            Some(places) => places,
            None => {
                width = record.len();
                let header: Vec<String> = match task.data.header {
                    true => record
                        .iter()
                        .map(|f| text_of(f).trim_start_matches('\u{feff}').trim().to_string())
                        .collect(),
                    false => (1..=width).map(|i| i.to_string()).collect(),
                };
                let found = names.iter().map(|name| find(path, &header, name));
                let found = places.insert(found.collect::<Result<_, _>>()?);
                if task.data.header {
                    continue;
                }
                found
            }
        };
        if record.len() != width {
            let why = format!("{id}: {} fields instead of {width}", record.len());
            sink(Err(why))?;
            continue;
        }
        let cells = places.iter().map(|at| Cell::Text(text_of(&record[*at])));
        sink(Ok(Row {
            id,
            cells: cells.collect(),
        }))?;
    }
    Ok(())
}

/// The place of a field.
fn find(path: &Path, header: &[String], name: &str) -> Result<usize, Error> {
    header.iter().position(|h| h == name).ok_or_else(|| {
        Error::Usage(format!(
            "{} has no field {name:?}; it has {}",
            path.display(),
            header.join(", ")
        ))
    })
}

/// What parts the fields of the first line: whichever comes more often.
pub(crate) fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|b| *b == b'\n').next().unwrap_or(start);
    let count = |d: u8| line.iter().filter(|b| **b == d).count();
    let best = [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|d| count(*d));
    best.unwrap_or(b',')
}
