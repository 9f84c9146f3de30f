//! Tunes in ABC notation, several a file.

use super::{Cell, Row, Sink, find, lines, text_of};
use crate::Error;
use std::path::Path;

/// The fields of a tune: the letter of the header line that each comes from (the standard's:
/// abcnotation.com, version 2.1); `abc` is the tune without what the other fields say about it.
const FIELDS: [(&str, &str); 8] = [
    ("abc", ""),
    ("title", "T:"),
    ("type", "R:"),
    ("origin", "O:"),
    ("composer", "C:"),
    ("key", "K:"),
    ("metre", "M:"),
    ("source", "S:"),
];

/// Header lines that stay in the tune: music cannot be read without them.
const KEPT: [&str; 5] = ["M:", "L:", "Q:", "V:", "K:"];

/// Reads tune by tune: each begins at a line `X:`.
pub(super) fn read(path: &Path, names: &[&str], sink: &mut Sink) -> Result<(), Error> {
    let have = FIELDS.map(|(name, _)| name);
    let places = names.iter().map(|name| find(path, &have, name));
    let places: Vec<usize> = places.collect::<Result<_, _>>()?;
    let mut tune: Vec<String> = Vec::new();
    let mut start = 0;
    let mut end = |tune: &mut Vec<String>, start: usize| {
        if tune.is_empty() {
            return Ok(());
        }
        let id = format!("{}:{start}", path.display());
        let cells = places.iter().map(|&at| field(tune, at)).collect();
        tune.clear();
        sink(Ok(Row { id, cells }))
    };
    lines(path, |number, line| {
        let line = text_of(line);
        if line.starts_with("X:") {
            end(&mut tune, start)?;
            start = number;
            tune.push(line);
        } else if !tune.is_empty() && !line.trim().is_empty() {
            tune.push(line);
        }
        Ok(true)
    })?;
    end(&mut tune, start)
}

fn field(tune: &[String], at: usize) -> Cell {
    let (_, mark) = FIELDS[at];
    if mark.is_empty() {
        let is_head = |l: &str| {
            let mut letters = l.chars();
            letters.next().is_some_and(|c| c.is_ascii_uppercase()) && letters.next() == Some(':')
        };
        let kept = tune.iter().filter(|line| {
            let head = is_head(line) && !KEPT.iter().any(|k| line.starts_with(k));
            !head && !line.starts_with('%')
        });
        let kept: Vec<&str> = kept.map(|l| l.trim()).collect();
        return Cell::Text(kept.join("\n"));
    }
    let found = tune.iter().find_map(|line| line.strip_prefix(mark));
    match found.map(str::trim) {
        None | Some("") => Cell::Nothing,
        Some(text) => Cell::Text(text.to_string()),
    }
}
