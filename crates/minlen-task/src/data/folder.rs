//! Folders of files: what a file holds is one field, its name and its folder's name are others.

use super::{Cell, Row, Sink, find, io, media};
use crate::{Error, Task};
use regex::Regex;
use std::fs;
use std::path::{Path, PathBuf};

/// Fields that every file has: what it holds, the name of the folder it is in, its own name, and
/// that of the folder in turn around that one.
const FIELDS: [&str; 4] = ["content", "folder", "name", "above"];

/// Reads all files of a folder and the folders in it, in the order of their names. A pattern such
/// as `{digit}_{speaker}_{take}.wav` adds the fields that it names.
pub(super) fn read(path: &Path, task: &Task, names: &[&str], sink: &mut Sink) -> Result<(), Error> {
    let pattern = task.data.pattern.as_deref().map(pattern).transpose()?;
    let mut have: Vec<&str> = FIELDS.to_vec();
    if let Some(pattern) = &pattern {
        have.extend(pattern.capture_names().flatten());
    }
    let places = names.iter().map(|name| find(path, &have, name));
    let places: Vec<usize> = places.collect::<Result<_, _>>()?;
    for file in files_in(path)? {
        let id = file.display().to_string();
        let name = |p: Option<&Path>| {
            let name = p.and_then(Path::file_name).unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let own = name(Some(&file));
        let found = match &pattern {
            None => None,
            Some(pattern) => match pattern.captures(&own) {
                Some(found) => Some(found),
                None => {
                    sink(Err(format!("{id}: its name does not fit [data] pattern")))?;
                    continue;
                }
            },
        };
        let mut wrong = None;
        let cells = places.iter().map(|&at| match FIELDS.get(at) {
            Some(&"content") => media::file(&file).map_or_else(
                |why| {
                    wrong = Some(why);
                    Cell::Nothing
                },
                Cell::Media,
            ),
            Some(&"folder") => Cell::Text(name(file.parent())),
            Some(&"above") => Cell::Text(name(file.parent().and_then(Path::parent))),
            Some(_) => Cell::Text(own.clone()),
            None => {
                let part = found.as_ref().and_then(|f| f.name(have[at]));
                part.map_or(Cell::Nothing, |p| Cell::Text(p.as_str().to_string()))
            }
        });
        let cells = cells.collect();
        sink(match wrong {
            None => Ok(Row { id, cells }),
            Some(why) => Err(why),
        })?;
    }
    Ok(())
}

/// All files in a folder and in its folders, in the order of their paths. Hidden ones are left
/// out, and a file is itself.
pub(crate) fn files_in(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let meta = fs::metadata(path).map_err(io("read", path))?;
    if meta.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut inside = Vec::new();
    for entry in fs::read_dir(path).map_err(io("read", path))? {
        let entry = entry.map_err(io("read", path))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            inside.push(entry.path());
        }
    }
    inside.sort();
    let mut files = Vec::new();
    for path in inside {
        // A link that leads nowhere is an error of reading later on, not a silent gap.
        match path.is_dir() {
            true => files.extend(files_in(&path)?),
            false => files.push(path),
        }
    }
    Ok(files)
}

/// A file-name pattern as a regular expression: `{name}` is anything that goes no further than
/// what follows, all else is meant as it stands.
pub(crate) fn pattern(pattern: &str) -> Result<Regex, Error> {
    let wrong = |why: &str| Error::Usage(format!("[data] pattern {pattern:?}: {why}"));
    let mut out = String::from("^");
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| wrong("a { is not closed"))?;
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(letters) {
            return Err(wrong("names are of letters, digits and _"));
        }
        out += &regex::escape(before);
        out += &format!("(?P<{name}>.+?)");
        rest = after;
    }
    out += &regex::escape(rest);
    out.push('$');
    Regex::new(&out).map_err(|e| wrong(&e.to_string()))
}
