//! Which files to study.

use crate::study::read::{Input, shown};
use crate::study::types::SkippedFile;
use crate::Error;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The files in `paths`, folders with all that is in them, sorted by path, each once; links inside
/// folders are not followed. What is under `except` (the study's own output) is left out.
pub(crate) fn find(
    paths: &[PathBuf],
    except: Option<&Path>,
) -> Result<(Vec<Input>, Vec<SkippedFile>), Error> {
    let except = except.and_then(|p| p.canonicalize().ok());
    let (mut inputs, mut skipped) = (Vec::new(), Vec::new());
    for path in paths {
        // A path that was named may be a link; one that is not there is an error at once.
        path.metadata().map_err(Error::io("read", path))?;
        let walk = walkdir::WalkDir::new(path).follow_root_links(true);
        let own = |found: &walkdir::DirEntry| {
            found.file_type().is_dir()
                && except.is_some()
                && found.path().canonicalize().ok() == except
        };
        for found in walk.into_iter().filter_entry(|f| !own(f)) {
            let mut skip = |path: &Path, why: String| {
                let name = shown(path);
                skipped.push(SkippedFile { name, why });
            };
            let found = match found {
                Ok(found) => found,
                Err(e) => {
                    let place = e.path().unwrap_or(path).to_path_buf();
                    skip(&place, e.into_io_error().map_or("a loop".into(), |e| e.to_string()));
                    continue;
                }
            };
            let place = found.path();
            let meta = if found.depth() == 0 {
                place.metadata()
            } else {
                found.metadata().map_err(Into::into)
            };
            match meta {
                Ok(meta) if meta.is_file() => inputs.push(Input {
                    path: place.to_path_buf(),
                    bytes: meta.len(),
                }),
                Ok(meta) if meta.is_dir() => {}
                Ok(meta) if meta.is_symlink() => skip(place, "a link: not followed".into()),
                Ok(_) => skip(place, "it is no file".into()),
                Err(e) => skip(place, e.to_string()),
            }
        }
    }
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    let mut seen = HashSet::new();
    inputs.retain(|i| seen.insert(i.path.canonicalize().unwrap_or_else(|_| i.path.clone())));
    skipped.sort_by(|a, b| a.name.cmp(&b.name));
    skipped.dedup();
    Ok((inputs, skipped))
}
