//! Tables: fields parted by commas, semicolons, tabs or what `task.toml` says.

use super::{Cell, Row, Sink, find, io, text_of};
use crate::{DataFiles, Error, Format, Task};
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::collections::HashSet;
use std::io::{BufRead, Read};
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
        true => names_of(path, &first.remove(0))?,
        false => (1..=width).map(|i| i.to_string()).collect(),
    };
    let places = names.iter().map(|name| find(path, &header, name));
    let places: Vec<usize> = places.collect::<Result<_, _>>()?;
    let line_of = |record: &ByteRecord| record.position().map_or(0, |p| p.line());
    let mut row = |record: &ByteRecord, lines: u64, open: bool| {
        let id = format!("{}:{}", path.display(), line_of(record));
        if open {
            let why = format!("a quote is opened and never closed: {lines} lines are lost");
            return sink(Err(format!("{id}: {why}")));
        }
        if record.len() != width {
            let over = match lines {
                0 | 1 => String::new(),
                n => format!(", over {n} lines: is there a quote that is not closed?"),
            };
            let why = format!("{} fields instead of {width}{over}", record.len());
            return sink(Err(format!("{id}: {why}")));
        }
        let cells = places.iter().map(|at| Cell::of(&record[*at])).collect();
        sink(Ok(Row { id, cells }))
    };
    // Each row is kept back until the next one tells how many lines it took; the last one, until
    // the end tells whether its quotes were closed.
    let quoted = task.data.format != Format::Tsv;
    let mut first = first.into_iter();
    let mut before: Option<ByteRecord> = None;
    loop {
        let next = match first.next() {
            Some(next) => Some(next),
            None => match reader.read_byte_record(&mut record).map_err(wrong)? {
                true => Some(std::mem::take(&mut record)),
                false => None,
            },
        };
        if let Some(before) = &before {
            let end = next.as_ref().map_or(reader.position().line(), line_of);
            let lines = end.saturating_sub(line_of(before));
            let wrong = lines > 1 || before.len() != width;
            let open = next.is_none() && wrong && quoted && reader.get_ref().odd;
            row(before, lines, open)?;
        }
        if next.is_none() {
            return Ok(());
        }
        before = next;
    }
}

/// A file, and whether its quotes come in pairs.
pub(crate) struct Quotes {
    file: Box<dyn BufRead>,
    odd: bool,
}

impl Read for Quotes {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(to)?;
        self.odd ^= to[..read].iter().filter(|b| **b == b'"').count() % 2 == 1;
        Ok(read)
    }
}

/// A reader of records, the header not treated apart.
pub(crate) fn open(path: &Path, data: &DataFiles) -> Result<Reader<Quotes>, Error> {
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
        .from_reader(Quotes { file, odd: false }))
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

/// The names in a header. A field without one is called by its number.
pub(crate) fn names_of(path: &Path, header: &ByteRecord) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    let mut known = HashSet::new();
    for (at, name) in header.iter().enumerate() {
        let name = match text_of(name).trim() {
            "" => (at + 1).to_string(),
            name => name.to_string(),
        };
        if !known.insert(name.clone()) {
            // One of them would be read in the place of the other.
            let path = path.display();
            return Err(Error::Usage(format!(
                "{path}: its first line has {name:?} twice: give each field a name of its own"
            )));
        }
        names.push(name);
    }
    Ok(names)
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
