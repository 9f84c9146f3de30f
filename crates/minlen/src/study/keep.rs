//! The best archive, left behind after it was decoded and compared.

use crate::study::read::shown;
use crate::study::types::Kept;
use crate::{Error, Inputs, NewFile, Recipe, Setting, Source, Watch};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Compresses `paths` (all but what is below `except`) with the model `recipe` to `place`, decodes
/// the archive again, and compares every byte with the files. Only then it appears at `place`.
pub(crate) fn keep(
    paths: &[PathBuf],
    except: Option<&Path>,
    recipe: &Recipe,
    place: &Path,
    threads: usize,
    watch: &dyn Watch,
) -> Result<Kept, Error> {
    let setting = Setting::recipe(recipe.as_str())?;
    let inputs = Inputs::from_paths_but(paths, except)?;
    let sources: Vec<PathBuf> = inputs.files().map(Path::to_path_buf).collect();
    let mut file = NewFile::create(place, true)?;
    let report = crate::compress(inputs, &mut file, &setting, threads, watch)?;
    let not_all = report.skipped.first().map(|s| (s.path.clone(), s.why.clone()));
    let changed = report.changed.first();
    if let Some((path, why)) =
        not_all.or(changed.map(|c| (c.clone(), "it changed while it was read".into())))
    {
        return Err(Error::Usage(format!(
            "no archive was kept, since it would not hold {}: {why}",
            shown(&path)
        )));
    }
    let written = file.reopen()?;
    let mut compare = Compare {
        sources: sources.into_iter(),
        open: None,
        buffer: Vec::new(),
        bytes: 0,
    };
    let source = Source::File(Box::new(written));
    crate::cat(source, &[], &mut compare, &setting.limits, threads, watch)?;
    let compared_bytes = compare.finish().map_err(|source| Error::Io {
        action: "compare the archive with the files",
        path: None,
        source,
    })?;
    file.commit(|_| Ok(()))?;
    Ok(Kept {
        path: shown(place),
        bytes: report.archive_bytes,
        recipe: recipe.to_string(),
        compared_bytes,
    })
}

/// Compares what is written with files, one after the other.
struct Compare {
    sources: std::vec::IntoIter<PathBuf>,
    open: Option<File>,
    buffer: Vec<u8>,
    bytes: u64,
}

fn differs() -> io::Error {
    io::Error::other("what was decoded differs from the files")
}

impl Compare {
    /// Some of the next bytes of the sources, at most `most`; 0 at their end.
    fn read(&mut self, most: usize) -> io::Result<usize> {
        self.buffer.resize(most, 0);
        loop {
            if let Some(file) = &mut self.open {
                let n = file.read(&mut self.buffer)?;
                if n > 0 {
                    return Ok(n);
                }
            }
            match self.sources.next() {
                Some(path) => self.open = Some(File::open(path)?),
                None => return Ok(0),
            }
        }
    }

    /// Bytes that were equal; an error when the sources have more.
    fn finish(mut self) -> io::Result<u64> {
        match self.read(1)? {
            0 => Ok(self.bytes),
            _ => Err(differs()),
        }
    }
}

impl Write for Compare {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let n = self.read(bytes.len().min(1 << 16))?;
        if n == 0 || self.buffer[..n] != bytes[..n] {
            return Err(differs());
        }
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
