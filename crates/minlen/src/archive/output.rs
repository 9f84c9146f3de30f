//! Files that appear whole or not at all.

use crate::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file under way: written beside its place under another name, and put in place by
/// [`NewFile::commit`] only. Dropped before, it leaves nothing.
pub struct NewFile {
    file: NamedTempFile,
    place: PathBuf,
    replace: bool,
}

impl NewFile {
    /// Begins a file that will stand at `place`. Unless `replace`, something that stands there is
    /// an error now and is not overwritten later either.
    pub fn create(place: &Path, replace: bool) -> Result<NewFile, Error> {
        if let Ok(there) = place.symlink_metadata() {
            if there.is_dir() {
                return Err(exists(place, "is a folder"));
            }
            if !there.is_file() && !there.is_symlink() {
                return Err(exists(
                    place,
                    "is no ordinary file (-o - and > write to it)",
                ));
            }
            if !replace {
                return Err(exists(place, "exists already (-f replaces it)"));
            }
        }
        let folder = match place.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let file = tempfile::Builder::new()
            .prefix(".minlen-")
            .suffix(".part")
            .tempfile_in(folder)
            .map_err(Error::io("write in", folder))?;
        Ok(NewFile {
            file,
            place: place.to_path_buf(),
            replace,
        })
    }

    /// Where the file will stand.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// What was written so far, to be read from its beginning.
    pub(crate) fn reopen(&self) -> Result<std::fs::File, Error> {
        let failed = Error::io("read", self.file.path());
        self.file.reopen().map_err(failed)
    }

    /// Puts the file in place, on disk in full. `finish` may set its times and permissions first.
    pub fn commit(self, finish: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Error> {
        let failed = |source| Error::Io {
            action: "write",
            path: Some(self.place.clone()),
            source,
        };
        set_default_mode(self.file.path()).map_err(failed)?;
        finish(self.file.path()).map_err(failed)?;
        self.file.as_file().sync_all().map_err(failed)?;
        let put = if self.replace {
            self.file.persist(&self.place)
        } else {
            self.file.persist_noclobber(&self.place)
        };
        put.map_err(|e| Error::Io {
            action: "write",
            path: Some(self.place.clone()),
            source: e.error,
        })?;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn exists(place: &Path, why: &str) -> Error {
    Error::Usage(format!("{} {why}", place.display()))
}

/// Temporary files are private; finished ones get what the user's umask gives any new file.
#[cfg(unix)]
fn set_default_mode(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666 & !umask()))
}

/// The umask, found by making a folder: there is no safe way to ask for it, and setting it to
/// read it would race with other threads.
#[cfg(unix)]
fn umask() -> u32 {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::OnceLock;
    static UMASK: OnceLock<u32> = OnceLock::new();
    *UMASK.get_or_init(|| {
        let probe = || -> io::Result<u32> {
            let outer = tempfile::tempdir()?;
            let inner = outer.path().join("umask");
            std::fs::create_dir(&inner)?;
            Ok(!std::fs::metadata(&inner)?.permissions().mode() & 0o777)
        };
        probe().unwrap_or(0o022)
    })
}

#[cfg(not(unix))]
fn set_default_mode(_: &Path) -> io::Result<()> {
    Ok(())
}
