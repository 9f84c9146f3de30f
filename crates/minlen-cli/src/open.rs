//! Opening archives, and the limits on what they may ask for.

use crate::size;
use crate::stdin::Stdin;
use crate::ui::{Fail, Global};
use minlen::{DataError, Error, Learnt, Limits, Reading, Shelf, Source};
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much an archive may ask for.
#[derive(clap::Args)]
pub struct LimitArgs {
    /// Refuse to unpack more than this [default: 1G, or 4096 times the archive]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_output: Option<u64>,
    /// Memory that the archive's model may take in each thread [default: 2G]
    #[arg(long, value_name = "SIZE", value_parser = size::parse_positive)]
    memory: Option<u64>,
    /// A learnt model that the archive may need (may be repeated)
    #[arg(long, value_name = "FILE.mlm")]
    model: Vec<PathBuf>,
}

impl LimitArgs {
    /// The limits, and the learnt models.
    pub fn reading(&self) -> Result<Reading, Fail> {
        let mut shelf = Shelf::default();
        for path in &self.model {
            shelf.add(model_among(path, &self.model)?);
        }
        Ok(Reading {
            limits: self.limits(),
            shelf,
        })
    }

    /// The limits.
    fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        if let Some(bytes) = self.max_output {
            limits.output_bytes = bytes;
            limits.growth = 0;
        }
        if let Some(bytes) = self.memory {
            limits.model_bytes = bytes;
        }
        limits
    }
}

/// Whether this path means standard input or output.
pub fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

/// The archive at `path`, or from standard input for `-`.
pub fn archive(path: &Path, global: &Global) -> Result<Source, Fail> {
    if is_dash(path) {
        if std::io::stdin().is_terminal() {
            return Err(
                Fail::usage("there is no archive on standard input, a terminal")
                    .hint("name an archive, or send one through a pipe"),
            );
        }
        return Ok(Source::Pipe(Box::new(Stdin::new(global))));
    }
    let file = file(path)?;
    // A named pipe or a device cannot be searched: it is read front to back.
    let plain = file.metadata().is_ok_and(|m| m.is_file());
    Ok(if plain {
        Source::File(Box::new(file))
    } else {
        Source::Pipe(Box::new(file))
    })
}

/// The learnt model in the file at `path`, or the one that ships for `base`.
pub fn model(path: &Path) -> Result<Arc<Learnt>, Fail> {
    model_among(path, &[])
}

/// The same. What it changes, if it does, is one of the files at `others`, or lies beside it.
fn model_among(path: &Path, others: &[PathBuf]) -> Result<Arc<Learnt>, Fail> {
    if path == Path::new(Learnt::BASE) {
        return Ok(Learnt::base().clone());
    }
    let mut bytes = Vec::new();
    file(path)?
        .read_to_end(&mut bytes)
        .map_err(|e| Fail::io("read", path, &e))?;
    let mut reading = Reading::default();
    loop {
        let base = match Learnt::read(bytes.clone(), &reading) {
            Ok(learnt) => return Ok(Arc::new(learnt)),
            Err(Error::Data {
                source: DataError::Missing(name),
                ..
            }) => name,
            Err(e) => return Err(e.about(path).into()),
        };
        let mut places = others.iter().cloned().chain(beside(path));
        match places.find(|place| is_named(place, &base)) {
            Some(place) => reading.shelf.add(model_among(&place, others)?),
            None => {
                return Err(Fail {
                    code: 1,
                    message: format!(
                        "{}: it changes the learnt model {base}, which is not at hand",
                        path.display()
                    ),
                    hint: Some("put the file of that model into the same folder"),
                });
            }
        }
    }
}

/// The model files in the same folder.
fn beside(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().filter(|p| *p != Path::new(""));
    let Ok(entries) = std::fs::read_dir(folder.unwrap_or(Path::new("."))) else {
        return Vec::new();
    };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> = files
        .filter(|p| p.extension().is_some_and(|e| e == "mlm"))
        .collect();
    files.sort();
    files
}

/// Whether the file at `path` ends as that of the model of that name: with the hash that it is
/// called after.
fn is_named(path: &Path, name: &str) -> bool {
    let end = || {
        let mut file = File::open(path).ok()?;
        let mut hash = [0; 16];
        file.seek(SeekFrom::End(-32)).ok()?;
        file.read_exact(&mut hash).ok()?;
        Some(hash.iter().map(|b| format!("{b:02x}")).collect::<String>())
    };
    end().is_some_and(|end| end == name)
}

/// Whether what was given as a model is the name of a model file rather than a recipe: a recipe
/// has no dot and no slash. (`base` is no recipe either.)
pub fn is_model_file(text: &str) -> bool {
    text == Learnt::BASE || text.contains(['.', '/', '\\'])
}

/// The file at `path`; no folder.
pub fn file(path: &Path) -> Result<File, Fail> {
    let file = File::open(path).map_err(|e| Fail::io("read", path, &e))?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(Fail::usage(format!("{} is a folder", path.display())));
    }
    Ok(file)
}
