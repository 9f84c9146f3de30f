//! Two parallel text files: line 7 of one belongs to line 7 of the other.

use super::{Cell, Row, Sink, find, io, open};
use crate::Error;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// Reads files in step. Fields are called `1`, `2`, … in the order of the files.
pub(super) fn read(paths: &[PathBuf], names: &[&str], sink: &mut Sink) -> Result<(), Error> {
    if paths.is_empty() {
        return Ok(());
    }
    let have: Vec<String> = (1..=paths.len()).map(|i| i.to_string()).collect();
    let places = names.iter().map(|name| find(&paths[0], &have, name));
    let places: Vec<usize> = places.collect::<Result<_, _>>()?;
    let mut files = paths
        .iter()
        .map(|p| open(p))
        .collect::<Result<Vec<_>, _>>()?;
    for number in 1.. {
        let mut row = Vec::with_capacity(files.len());
        for (file, path) in files.iter_mut().zip(paths) {
            row.push(line(file, path)?);
        }
        if row.iter().all(Option::is_none) {
            break;
        }
        if let Some(short) = row.iter().position(Option::is_none) {
            // Lines that are out of step would be wrong pairs in silence.
            return Err(Error::Usage(format!(
                "{} ends after line {}, other files go on: parallel files need as many lines",
                paths[short].display(),
                number - 1
            )));
        }
        let id = format!("{}:{number}", paths[0].display());
        let cells = places
            .iter()
            .map(|at| Cell::of(row[*at].as_deref().unwrap_or_default()));
        let cells = cells.collect();
        sink(Ok(Row { id, cells }))?;
    }
    Ok(())
}

fn line(file: &mut Box<dyn BufRead>, path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let mut line = Vec::new();
    let read = file
        .read_until(b'\n', &mut line)
        .map_err(io("read", path))?;
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok((read > 0).then_some(line))
}
