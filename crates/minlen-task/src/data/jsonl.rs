//! JSON lines: an object a line.

use super::{Cell, Row, Sink, lines, text_of};
use crate::Error;
use serde_json::Value as Json;
use std::path::Path;

/// Reads objects line by line. A field inside another object is called `outer.inner`.
pub(super) fn read(path: &Path, names: &[&str], sink: &mut Sink) -> Result<(), Error> {
    lines(path, |number, line| {
        let text = text_of(line);
        if text.trim().is_empty() {
            return Ok(true);
        }
        let id = format!("{}:{number}", path.display());
        sink(match serde_json::from_str::<Json>(&text) {
            Ok(object @ Json::Object(_)) => Ok(Row {
                cells: names.iter().map(|name| cell(&object, name)).collect(),
                id,
            }),
            Ok(_) => Err(format!("{id}: no JSON object")),
            Err(e) => Err(format!("{id}: no JSON: {e}")),
        })?;
        Ok(true)
    })
}

/// A field of an object.
pub(crate) fn cell(object: &Json, name: &str) -> Cell {
    let found = object.get(name).or_else(|| {
        name.split('.')
            .try_fold(object, |inner, part| inner.get(part))
    });
    match found {
        None | Some(Json::Null) => Cell::Nothing,
        Some(Json::String(text)) => Cell::Text(text.clone()),
        Some(other) => Cell::Text(other.to_string()),
    }
}
