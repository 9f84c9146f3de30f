//! Records of equal length in one file, and a table with a line for each.

use super::{Cell, Media, Row, Sink, csv, find, io, open};
use crate::{DataFiles, Error, Format, Task};
use std::io::Read;
use std::path::Path;

/// Reads records. `[data] index` is the table: without a header, and a line for each record, in
/// order; its fields are called `1`, `2`, …, and `record` is the record, as long as its field's
/// kind needs.
pub(super) fn read(
    path: &Path,
    task: &Task,
    folder: &Path,
    names: &[&str],
    sink: &mut Sink,
) -> Result<(), Error> {
    let index = task
        .data
        .index
        .as_ref()
        .map(|i| folder.join(i))
        .ok_or_else(|| {
            Error::Usage(
                "format \"records\" needs [data] index: a table with a line a record".into(),
            )
        })?;
    let fields = task.input.iter().chain([&task.output]);
    let kind = fields.clone().find(|f| f.field == "record").map(|f| f.kind);
    let bytes = match kind {
        Some(crate::Modality::Image {
            width,
            height,
            channels,
        }) => width * height * channels,
        _ => {
            return Err(Error::Usage(
                "a field called record, an image, must be among the fields".to_string(),
            ));
        }
    };
    let table = DataFiles {
        format: Format::Tsv,
        ..task.data.clone()
    };
    let mut table = csv::open(&index, &table)?;
    let mut file = open(path)?;
    let mut places: Option<Vec<usize>> = None;
    let mut line = ::csv::ByteRecord::new();
    let wrong = |e: ::csv::Error| Error::Usage(format!("{}: {e}", index.display()));
    for number in 1.. {
        if !table.read_byte_record(&mut line).map_err(wrong)? {
            break;
        }
        let places = match &places {
            Some(places) => places,
            None => {
                let mut have: Vec<String> = vec!["record".to_string()];
                have.extend((1..=line.len()).map(|i| i.to_string()));
                let found = names.iter().map(|name| find(&index, &have, name));
                places.insert(found.collect::<Result<_, _>>()?)
            }
        };
        let mut record = vec![0; bytes as usize];
        file.read_exact(&mut record).map_err(io("read", path))?;
        let cells = places.iter().map(|&at| match at {
            0 => Cell::Media(Media::Raw(record.clone())),
            at => line.get(at - 1).map_or(Cell::Nothing, Cell::of),
        });
        let id = format!("{}:{number}", path.display());
        let cells = cells.collect();
        sink(Ok(Row { id, cells }))?;
    }
    let mut more = [0];
    if file.read(&mut more).map_err(io("read", path))? > 0 {
        return Err(Error::Usage(format!(
            "{} holds more records than {} has lines",
            path.display(),
            index.display()
        )));
    }
    Ok(())
}
