//! Bringing members back.

use crate::archive::list::{list, select};
use crate::archive::output::NewFile;
use crate::archive::paths::{link_stays_inside, part_of, safe_path, show};
use crate::archive::source::{Source, Unpacked, Want, unpack};
use crate::archive::tracker::Tracker;
use crate::{Error, Reading, Watch};
use filetime::FileTime;
use minlen_format::{Kind, Member, Segment};
use std::collections::HashSet;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// How to extract.
#[derive(Clone, Debug)]
pub struct ExtractOptions {
    /// The folder that everything goes below.
    pub target: PathBuf,
    /// Members to extract, by name, folders with all that is in them; empty: all. Needs a
    /// [`Source::File`].
    pub names: Vec<Vec<u8>>,
    /// The name for data that came through a pipe and has none.
    pub unnamed: Vec<u8>,
    /// Whether existing files are replaced.
    pub replace: bool,
    /// Limits on what the archive may ask for, and learnt models.
    pub reading: Reading,
    /// Threads.
    pub threads: usize,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtractReport {
    /// Members extracted.
    pub members: u64,
    /// Bytes of the files among them.
    pub bytes: u64,
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// What could not be extracted and why, in words, one line each.
    pub problems: Vec<String>,
}

/// Extracts members as files, folders and links below a folder. Files appear whole or not at all;
/// what is damaged is left out and named in the report. Errors are of the machine, of limits, of
/// the caller, or of the whole archive.
pub fn extract(
    mut source: Source,
    options: &ExtractOptions,
    watch: &dyn Watch,
) -> Result<ExtractReport, Error> {
    let chosen = choose(&mut source, &options.names, &options.reading)?;
    let want = chosen.as_ref().map_or(Want::All, Want::Members);
    let mut report = ExtractReport::default();
    let mut tracker = Tracker::new(chosen.is_none());
    let mut disk = Disk {
        options,
        open: None,
        links: Vec::new(),
        folders: Vec::new(),
        refused: Vec::new(),
        finished: Vec::new(),
        members: 0,
        bytes: 0,
    };
    let each = |unpacked: Unpacked| {
        let content = unpacked.content.as_deref().unwrap_or_default();
        for (segment, range) in tracker.follow(&unpacked) {
            if chosen.as_ref().is_none_or(|c| c.contains(&segment.number)) {
                disk.take(&segment, &content[range])?;
            }
        }
        Ok(())
    };
    let (reading, threads) = (&options.reading, options.threads);
    let ending = unpack(source, want, reading, threads, watch, each);
    // What is whole stays, even when the work ends early.
    disk.commit()?;
    let ending = ending?;
    disk.finish()?;
    (report.members, report.bytes) = (disk.members, disk.bytes);
    report.archive_bytes = ending.archive_bytes;
    report.problems = tracker.finish(ending);
    report.problems.append(&mut disk.refused);
    Ok(report)
}

/// Writes the content of members to `out`, one after the other, in the order of the archive. With
/// names, only blocks that hold them are decoded. Stops at the first damage.
pub fn cat(
    mut source: Source,
    names: &[Vec<u8>],
    mut out: impl Write,
    reading: impl Into<Reading>,
    threads: usize,
    watch: &dyn Watch,
) -> Result<u64, Error> {
    let reading = &reading.into();
    let chosen = choose(&mut source, names, reading)?;
    let want = chosen.as_ref().map_or(Want::All, Want::Members);
    let mut bytes = 0;
    let mut tracker = Tracker::new(chosen.is_none());
    let each = |unpacked: Unpacked| {
        let content = unpacked.content.as_deref().unwrap_or_default();
        let good = tracker.follow(&unpacked);
        if let Some(problem) = tracker.problems.first() {
            return Err(Error::damaged(problem.clone()));
        }
        for (segment, range) in good {
            if chosen.as_ref().is_none_or(|c| c.contains(&segment.number)) {
                bytes += segment.length;
                out.write_all(&content[range]).map_err(|source| Error::Io {
                    action: "write",
                    path: None,
                    source,
                })?;
            }
        }
        Ok(())
    };
    let ending = unpack(source, want, reading, threads, watch, each)?;
    match tracker.finish(ending).into_iter().next() {
        None => Ok(bytes),
        Some(problem) => Err(Error::damaged(problem)),
    }
}

/// The numbers of the members that `names` select; `None`: all.
fn choose(
    source: &mut Source,
    names: &[Vec<u8>],
    reading: &Reading,
) -> Result<Option<HashSet<u64>>, Error> {
    if names.is_empty() {
        return Ok(None);
    }
    let Source::File(file) = source else {
        return Err(Error::Usage(
            "members can be chosen from an archive in a file only, not from a pipe".into(),
        ));
    };
    let listing = list(&mut *file, reading)?;
    file.rewind().map_err(|source| Error::Io {
        action: "read",
        path: None,
        source,
    })?;
    let chosen = select(&listing, names)?;
    Ok(Some(chosen.iter().map(|m| m.number).collect()))
}

/// Writes members below the target folder.
struct Disk<'a> {
    options: &'a ExtractOptions,
    /// The file under way.
    open: Option<(u64, Member, NewFile)>,
    /// Made last, so that nothing is ever written through them.
    links: Vec<(PathBuf, Vec<u8>, Member)>,
    /// Times and permissions are set last: writing below changes them.
    folders: Vec<(PathBuf, Member)>,
    refused: Vec<String>,
    /// Files written in full and not yet in place.
    finished: Vec<Finished>,
    /// Members that are in place, and bytes of the files among them.
    members: u64,
    bytes: u64,
}

/// A file written in full.
struct Finished {
    member: Member,
    file: NewFile,
    bytes: u64,
}

/// Files that are put in place together. Each is open until then: well below what systems allow.
const BATCH: usize = 64;

impl Disk<'_> {
    /// Writes a segment.
    fn take(&mut self, segment: &Segment, content: &[u8]) -> Result<(), Error> {
        if let Some(member) = &segment.member {
            self.open = None;
            let mut member = member.clone();
            if member.name.is_empty() {
                member.name.clone_from(&self.options.unnamed);
            }
            match self.begin(segment.number, member) {
                Ok(()) => {}
                // One bad name does not keep the others from coming back.
                Err(e) if is_of_one(&e) => self.refused.push(e.to_string()),
                Err(e) => return Err(e),
            }
        }
        let Some((number, member, mut file)) = self.open.take() else {
            return Ok(());
        };
        if number != segment.number {
            return Ok(());
        }
        file.write_all(content)
            .map_err(Error::io("write", file.place()))?;
        if !segment.last {
            self.open = Some((number, member, file));
            return Ok(());
        }
        self.finished.push(Finished {
            member,
            file,
            bytes: segment.offset + segment.length,
        });
        if self.finished.len() >= BATCH {
            self.commit()?;
        }
        Ok(())
    }

    /// Puts the finished files in place. A disk takes milliseconds to confirm a file, but can
    /// confirm many at once: 170 files a second one by one, 1,500 with 16 threads.
    fn commit(&mut self) -> Result<(), Error> {
        const THREADS: usize = 16;
        let finished = std::mem::take(&mut self.finished);
        let queue = Mutex::new(finished.into_iter());
        let next = || queue.lock().ok().and_then(|mut q| q.next());
        let (done, results) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                let (done, next) = (done.clone(), &next);
                scope.spawn(move || {
                    while let Some(f) = next() {
                        let outcome = f.file.commit(|path| set_meta(path, &f.member));
                        // The receiver is there until all are done.
                        let _ = done.send((outcome, f.bytes));
                    }
                });
            }
        });
        drop(done);
        let mut failed = None;
        for (outcome, bytes) in results {
            match outcome {
                Ok(()) => {
                    self.members += 1;
                    self.bytes += bytes;
                }
                // Somebody else made a file of this name in the meantime.
                Err(Error::Io { path, source, .. })
                    if source.kind() == std::io::ErrorKind::AlreadyExists =>
                {
                    let path = path.unwrap_or_default();
                    self.refused.push(format!(
                        "{} exists already (-f replaces it)",
                        path.display()
                    ));
                }
                Err(e) => failed = Some(e),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn begin(&mut self, number: u64, member: Member) -> Result<(), Error> {
        let below = safe_path(&member.name)?;
        let place = self.options.target.join(&below);
        if let Kind::Folder = member.kind {
            self.make_folders(&below)?;
            self.folders.push((place, member));
            return Ok(());
        }
        self.make_folders(below.parent().unwrap_or(Path::new("")))?;
        match &member.kind {
            Kind::Link(target) => {
                if !link_stays_inside(&below, target) {
                    return Err(Error::Usage(format!(
                        "the link {:?} is refused: it leads out of the target folder",
                        show(&member.name)
                    )));
                }
                self.links.push((place, target.clone(), member));
            }
            _ => {
                // Of one name, the later member comes later.
                if self.finished.iter().any(|f| f.file.place() == place) {
                    self.commit()?;
                }
                let file = NewFile::create(&place, self.options.replace)?;
                self.open = Some((number, member, file));
            }
        }
        Ok(())
    }

    /// Makes the folders of a path below the target, none of which may be a link.
    fn make_folders(&self, below: &Path) -> Result<(), Error> {
        let mut folder = self.options.target.clone();
        std::fs::create_dir_all(&folder).map_err(Error::io("make the folder", &folder))?;
        for part in below.components() {
            folder.push(part);
            match folder.symlink_metadata() {
                Ok(there) if there.is_dir() => {}
                Ok(_) => {
                    return Err(Error::Usage(format!(
                        "{} is in the way: it is no folder",
                        folder.display()
                    )));
                }
                Err(_) => {
                    std::fs::create_dir(&folder).map_err(Error::io("make the folder", &folder))?;
                }
            }
        }
        Ok(())
    }

    /// Makes the links, and sets times and permissions of folders, innermost first.
    fn finish(&mut self) -> Result<(), Error> {
        self.open = None;
        self.members += self.folders.len() as u64;
        for (place, target, member) in std::mem::take(&mut self.links) {
            match put_link(&target, &place, self.options.replace) {
                Ok(()) => self.members += 1,
                Err(e) => {
                    let place = place.display();
                    self.refused
                        .push(format!("cannot make the link {place}: {e}"));
                    continue;
                }
            }
            let time = FileTime::from_unix_time(member.seconds, member.nanoseconds);
            // Some systems cannot set a link's time: no loss.
            let _ = filetime::set_symlink_file_times(&place, time, time);
        }
        for (place, member) in self.folders.iter().rev() {
            if let Err(e) = set_meta(place, member) {
                let place = place.display();
                self.refused
                    .push(format!("cannot set the time of {place}: {e}"));
            }
        }
        Ok(())
    }
}

/// Whether the error is of one name or place only, so that other members can still come back.
fn is_of_one(e: &Error) -> bool {
    use std::io::ErrorKind::*;
    match e {
        Error::Data { .. } | Error::Usage(_) => true,
        Error::Io { source, .. } => matches!(
            source.kind(),
            InvalidFilename | InvalidInput | PermissionDenied | NotADirectory | AlreadyExists
        ),
        _ => false,
    }
}

/// Makes a link, in place of a file or link only if `replace`; what stands there is never removed
/// before the link is there to take its place.
fn put_link(target: &[u8], place: &Path, replace: bool) -> std::io::Result<()> {
    if !replace || place.symlink_metadata().is_err() {
        return make_link(target, place);
    }
    let folder = tempfile::Builder::new()
        .prefix(".minlen-")
        .tempdir_in(place.parent().unwrap_or(Path::new(".")))?;
    let link = folder.path().join("link");
    make_link(target, &link)?;
    std::fs::rename(&link, place)
}

fn set_meta(path: &Path, member: &Member) -> std::io::Result<()> {
    set_mode(path, member.mode)?;
    // Data from a pipe has no time of its own.
    if (member.seconds, member.nanoseconds) != (0, 0) {
        let time = FileTime::from_unix_time(member.seconds, member.nanoseconds);
        filetime::set_file_times(path, time, time)?;
    }
    Ok(())
}

/// Permissions, without set-user-id and the like: an archive must not hand those out.
#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o777))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make_link(target: &[u8], place: &Path) -> std::io::Result<()> {
    let target = part_of(target).map_err(std::io::Error::other)?;
    std::os::unix::fs::symlink(target, place)
}

#[cfg(not(unix))]
fn make_link(target: &[u8], _: &Path) -> std::io::Result<()> {
    let _ = part_of(target);
    Err(std::io::Error::new(
        std::io::ErrorKind::Unsupported,
        "links cannot be made on this system",
    ))
}
