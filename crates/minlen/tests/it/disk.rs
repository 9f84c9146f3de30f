//! Files and folders on a real disk.

use crate::damage::leftovers;
use minlen::*;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

fn options(target: &Path) -> ExtractOptions {
    ExtractOptions {
        target: target.into(),
        names: vec![],
        unnamed: b"data".to_vec(),
        replace: false,
        reading: Reading::default(),
        threads: 2,
    }
}

fn pack(paths: &[PathBuf], setting: &Setting) -> (Vec<u8>, CompressReport) {
    let inputs = Inputs::from_paths(paths, None).unwrap();
    let mut out = Vec::new();
    let report = compress(inputs, &mut out, setting, 2, &()).unwrap();
    (out, report)
}

fn file(archive: &[u8]) -> Source {
    Source::File(Box::new(Cursor::new(archive.to_vec())))
}

/// Where `path` lands below `target`.
fn landed(target: &Path, path: &Path) -> PathBuf {
    target.join(path.strip_prefix("/").unwrap())
}

#[cfg(unix)]
#[test]
fn names_of_any_bytes_links_modes_and_times_return() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    let root = tempfile::tempdir().unwrap();
    let from = root.path().join("from");
    fs::create_dir(&from).unwrap();
    for name in [
        &b"caf\xe9"[..],
        b"a b\n\x1b[31m",
        b"-rf",
        "日本".as_bytes(),
        b"...",
    ] {
        fs::write(from.join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
    }
    let script = from.join("-rf");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o750)).unwrap();
    let time = filetime::FileTime::from_unix_time(-5, 250_000_000);
    filetime::set_file_mtime(&script, time).unwrap();
    symlink("-rf", from.join("link")).unwrap();
    symlink("nowhere", from.join("broken")).unwrap();

    let (archive, report) = pack(
        std::slice::from_ref(&from),
        &Setting::recipe("order:1").unwrap(),
    );
    assert_eq!((report.members, report.skipped), (8, vec![]));
    let to = root.path().join("to");
    let report = extract(file(&archive), &options(&to), &()).unwrap();
    assert_eq!((report.members, report.problems), (8, vec![]));
    let there = landed(&to, &from);
    for entry in fs::read_dir(&from).unwrap() {
        let name = entry.unwrap().file_name();
        let (a, b) = (from.join(&name), there.join(&name));
        assert_eq!(fs::read_link(&a).ok(), fs::read_link(&b).ok());
        if a.exists() {
            assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
        }
    }
    let meta = fs::metadata(there.join("-rf")).unwrap();
    assert_eq!(meta.permissions().mode() & 0o7777, 0o750);
    assert_eq!(filetime::FileTime::from_last_modification_time(&meta), time);
    // One member by its name, which is not UTF-8.
    let mut name = from
        .strip_prefix("/")
        .unwrap()
        .as_os_str()
        .as_bytes()
        .to_vec();
    name.extend(b"/caf\xe9");
    let mut out = Vec::new();
    cat(
        file(&archive),
        &[name],
        &mut out,
        &Limits::default(),
        1,
        &(),
    )
    .unwrap();
    assert_eq!(out, b"caf\xe9");
}

#[test]
fn thousands_of_small_files() {
    let root = tempfile::tempdir().unwrap();
    let from = root.path().join("from");
    for folder in 0..30 {
        let folder = from.join(format!("f{folder}"));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..100 {
            fs::write(folder.join(format!("{file}.txt")), format!("file {file}")).unwrap();
        }
    }
    let (archive, report) = pack(
        std::slice::from_ref(&from),
        &Setting::recipe("order:1").unwrap(),
    );
    assert_eq!(report.members, 3_031);
    let to = root.path().join("to");
    let report = extract(file(&archive), &options(&to), &()).unwrap();
    assert_eq!((report.members, report.problems), (3_031, vec![]));
    let last = landed(&to, &from).join("f29/99.txt");
    assert_eq!(fs::read(last).unwrap(), b"file 99");
    let inputs = Inputs::from_paths(&[from], None).unwrap();
    let found = compare(file(&archive), inputs, &Limits::default(), 1, &()).unwrap();
    assert_eq!((found.same.len(), found.differences), (3_031, vec![]));
}

/// Appends to a file when work on its first block is done.
struct Meddler(Mutex<Option<fs::File>>);

impl Watch for Meddler {
    fn advance(&self, _: u64) {
        if let Some(mut file) = self.0.lock().unwrap().take() {
            file.write_all(b"more").unwrap();
        }
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_named() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("log");
    fs::write(&path, minlen_testing::inputs::text(5000)).unwrap();
    let meddler = Meddler(Mutex::new(Some(
        fs::File::options().append(true).open(&path).unwrap(),
    )));
    let setting = Setting {
        block_bytes: 1000,
        ..Setting::recipe("order:0").unwrap()
    };
    let inputs = Inputs::from_paths(std::slice::from_ref(&path), None).unwrap();
    let mut out = Vec::new();
    let report = compress(inputs, &mut out, &setting, 1, &meddler).unwrap();
    assert_eq!(report.changed, std::slice::from_ref(&path));
    assert_eq!(report.bytes, 5004);
    assert!(
        verify(file(&out), &Limits::default(), 1, &())
            .unwrap()
            .problems
            .is_empty()
    );

    // Changed after that, it is no longer what the archive holds.
    let again = || Inputs::from_paths(std::slice::from_ref(&path), None).unwrap();
    let found = compare(file(&out), again(), &Limits::default(), 1, &()).unwrap();
    assert_eq!(found.same, std::slice::from_ref(&path));
    for changed in [5003, 5005] {
        fs::write(&path, minlen_testing::inputs::text(changed)).unwrap();
        let found = compare(file(&out), again(), &Limits::default(), 1, &()).unwrap();
        assert_eq!((found.same.len(), found.differences.len()), (0, 1));
    }
}

/// Stops after the first report of progress.
struct Stopper;

impl Watch for Stopper {
    fn stop(&self) -> bool {
        true
    }
}

#[test]
fn a_stop_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let text = minlen_testing::inputs::text(100_000);
    let setting = Setting::recipe("order:0").unwrap();
    let inputs = || Inputs::from_reader(b"x", Box::new(Cursor::new(text.clone())));
    let place = root.path().join("x.mln");
    let mut out = NewFile::create(&place, false).unwrap();
    let outcome = compress(inputs(), &mut out, &setting, 2, &Stopper);
    assert!(matches!(outcome, Err(Error::Stopped)), "{outcome:?}");
    drop(out);
    let mut good = Vec::new();
    compress(inputs(), &mut good, &setting, 2, &()).unwrap();
    let outcome = extract(file(&good), &options(&root.path().join("to")), &Stopper);
    assert!(matches!(outcome, Err(Error::Stopped)), "{outcome:?}");
    assert!(matches!(
        generate(&text, 9, 1, &setting, &Stopper),
        Err(Error::Stopped)
    ));
    assert!(matches!(
        measure(b"x", &setting, Some(&text), &Stopper),
        Err(Error::Stopped)
    ));
    assert!(matches!(
        measure(&text, &setting, None, &Stopper),
        Err(Error::Stopped)
    ));
    assert_eq!(leftovers(root.path()), 0);
    assert!(!place.exists() && !root.path().join("to/x").exists());
}

#[test]
fn files_in_the_way_stay_unless_told() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("x");
    fs::write(&place, b"old").unwrap();
    assert!(matches!(
        NewFile::create(&place, false),
        Err(Error::Usage(_))
    ));
    assert!(matches!(
        NewFile::create(root.path(), true),
        Err(Error::Usage(_))
    ));
    let mut new = NewFile::create(&place, true).unwrap();
    new.write_all(b"new").unwrap();
    assert_eq!(fs::read(&place).unwrap(), b"old");
    new.commit(|_| Ok(())).unwrap();
    assert_eq!(fs::read(&place).unwrap(), b"new");
    // Made by somebody else in the meantime.
    let late = root.path().join("late");
    let new = NewFile::create(&late, false).unwrap();
    fs::write(&late, b"theirs").unwrap();
    assert!(new.commit(|_| Ok(())).is_err());
    assert_eq!(fs::read(&late).unwrap(), b"theirs");
    assert_eq!(leftovers(root.path()), 0);
}
