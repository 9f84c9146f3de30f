//! What goes into an archive.

use crate::Error;
use crate::archive::paths::{bytes_of, name_of};
use minlen_format::{Kind, Member};
use std::collections::HashSet;
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Something that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file or folder.
    pub path: PathBuf,
    /// Why, in words.
    pub why: String,
}

/// Where a member's content comes from.
pub(crate) enum From {
    /// It has none: folders, links.
    Nothing,
    /// The file at the input's path.
    File,
    /// A pipe.
    Reader(Box<dyn Read + Send>),
}

/// A member to be.
pub(crate) struct Input {
    pub(crate) member: Member,
    /// Where it was found; empty for a pipe.
    pub(crate) path: PathBuf,
    pub(crate) from: From,
    /// Bytes that come from a reader, when that is known; else 0.
    pub(crate) bytes: u64,
}

/// The members of an archive to be, in order.
pub struct Inputs {
    pub(crate) inputs: Vec<Input>,
    /// Bytes of all files, as far as is known before they are read.
    pub bytes: u64,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

impl Inputs {
    /// Files, folders (with all that is in them) and links. A path of `paths` that is a link stands
    /// for the file that it leads to, and is an error when it leads to something else. Files come after folders and are
    /// ordered by extension, then name, so that like lies beside like. What cannot be read inside
    /// a folder, and what is no file, folder or link, is skipped; a path of `paths` that does not
    /// exist is an error. `except` (the archive to be written) is left out of folders, and is an error
    /// as one of `paths`.
    pub fn from_paths(paths: &[PathBuf], except: Option<&Path>) -> Result<Inputs, Error> {
        let except = except.and_then(|p| p.canonicalize().ok());
        let mut all = Inputs {
            inputs: Vec::new(),
            bytes: 0,
            skipped: Vec::new(),
        };
        let mut names = HashSet::new();
        for path in paths {
            let named = path.symlink_metadata().map_err(Error::io("read", path))?;
            if named.is_symlink() && !path.is_file() && path.exists() {
                return Err(Error::Usage(format!(
                    "{} is a link, and not to a file; name what it leads to",
                    path.display()
                )));
            }
            let walk = walkdir::WalkDir::new(path).follow_root_links(false);
            for found in walk.sort_by_file_name() {
                let found = match found {
                    Ok(found) => found,
                    Err(e) => {
                        let path = e.path().unwrap_or(path).to_path_buf();
                        let why = e.into_io_error().map_or("a loop".into(), |e| e.to_string());
                        all.skipped.push(Skipped { path, why });
                        continue;
                    }
                };
                let path = found.path();
                let name = name_of(path);
                let is_except = except.is_some() && path.canonicalize().ok() == except;
                if is_except && found.depth() == 0 {
                    return Err(Error::Usage(format!(
                        "{} cannot be both an input and the archive",
                        path.display()
                    )));
                }
                if name.is_empty() || is_except {
                    continue;
                }
                // A link that was named stands for its file, as for gzip; one that was found is
                // kept as a link, as by tar.
                let meta = match found.depth() {
                    0 if path.is_file() => path.metadata().map_err(|e| e.to_string()),
                    _ => found.metadata().map_err(|e| e.to_string()),
                };
                let input =
                    meta.and_then(|meta| Ok((input_of(path, name.clone(), &meta)?, meta.len())));
                match input {
                    Ok((input, bytes)) => {
                        if !names.insert(name) {
                            return Err(Error::Usage(format!(
                                "{}: two inputs would have this name in the archive",
                                path.display()
                            )));
                        }
                        if matches!(input.from, From::File) {
                            all.bytes += bytes;
                        }
                        all.inputs.push(input);
                    }
                    Err(why) => all.skipped.push(Skipped {
                        path: path.to_path_buf(),
                        why,
                    }),
                }
            }
        }
        // Stable: paths stay in their given order where this says nothing.
        all.inputs.sort_by_cached_key(|i| {
            let extension = Path::new(&crate::show_name(&i.member.name))
                .extension()
                .map(|e| e.to_ascii_lowercase());
            (i.member.kind != Kind::Folder, extension)
        });
        Ok(all)
    }

    /// As [`Inputs::from_paths`], leaving out a folder with all that is in it.
    pub(crate) fn from_paths_but(
        paths: &[PathBuf],
        except: Option<&Path>,
    ) -> Result<Inputs, Error> {
        let mut all = Inputs::from_paths(paths, except)?;
        let except = except.and_then(|p| p.canonicalize().ok());
        let inside = |path: &Path| match (&except, path.canonicalize()) {
            (Some(except), Ok(path)) => path.starts_with(except),
            _ => false,
        };
        all.inputs
            .retain(|i| !matches!(i.from, From::File) || !inside(&i.path));
        Ok(all)
    }

    /// The files among them, in the order of the archive.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let files = self.inputs.iter().filter(|i| matches!(i.from, From::File));
        files.map(|i| i.path.as_path())
    }

    /// One member that comes through a pipe. It has no time, so that the same data gives the same
    /// archive.
    pub fn from_reader(name: &[u8], reader: Box<dyn Read + Send>) -> Inputs {
        let member = Member {
            name: name.to_vec(),
            kind: Kind::File,
            mode: 0o644,
            seconds: 0,
            nanoseconds: 0,
        };
        Inputs {
            inputs: vec![Input {
                member,
                path: PathBuf::new(),
                from: From::Reader(reader),
                bytes: 0,
            }],
            bytes: 0,
            skipped: Vec::new(),
        }
    }

    /// Says how long the content of a pipe is. Then it is cut into even blocks like a file
    /// ([`Setting::cut`](crate::Setting::cut)); otherwise, where a block is full.
    pub fn of_length(mut self, bytes: u64) -> Inputs {
        let pipes = self.inputs.iter_mut();
        for pipe in pipes.filter(|i| matches!(i.from, From::Reader(_))) {
            pipe.bytes = bytes;
            self.bytes += bytes;
        }
        self
    }
}

fn input_of(path: &Path, name: Vec<u8>, meta: &Metadata) -> Result<Input, String> {
    let (kind, from) = if meta.is_file() {
        (Kind::File, From::File)
    } else if meta.is_dir() {
        (Kind::Folder, From::Nothing)
    } else if meta.is_symlink() {
        let target = std::fs::read_link(path).map_err(|e| e.to_string())?;
        (Kind::Link(bytes_of(target.as_os_str())), From::Nothing)
    } else {
        return Err("it is no file, folder or link".into());
    };
    let (seconds, nanoseconds) = time_of(meta);
    Ok(Input {
        member: Member {
            name,
            kind,
            mode: mode_of(meta),
            seconds,
            nanoseconds,
        },
        path: path.to_path_buf(),
        from,
        bytes: 0,
    })
}

/// Seconds and nanoseconds since 1970 of the last change; 0 when the system does not say.
pub(crate) fn time_of(meta: &Metadata) -> (i64, u32) {
    let Ok(time) = meta.modified() else {
        return (0, 0);
    };
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (after.as_secs() as i64, after.subsec_nanos()),
        Err(e) => {
            let before = e.duration();
            let seconds = -(before.as_secs() as i64);
            match before.subsec_nanos() {
                0 => (seconds, 0),
                n => (seconds - 1, 1_000_000_000 - n),
            }
        }
    }
}

#[cfg(unix)]
fn mode_of(meta: &Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o7777
}

#[cfg(not(unix))]
fn mode_of(meta: &Metadata) -> u32 {
    match (meta.is_dir(), meta.permissions().readonly()) {
        (true, _) => 0o755,
        (false, true) => 0o444,
        (false, false) => 0o644,
    }
}
