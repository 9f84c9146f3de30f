//! Names of members and paths on disk.

use crate::Error;
use std::path::{Component, Path, PathBuf};

/// The name that `path` gets in an archive: its ordinary parts divided by `/`. What leads out of
/// the current folder (a root, `..` and all before it) is left off, as tar does.
pub(crate) fn name_of(path: &Path) -> Vec<u8> {
    let mut parts: Vec<&std::ffi::OsStr> = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => parts.clear(),
        }
    }
    let parts: Vec<Vec<u8>> = parts.into_iter().map(bytes_of).collect();
    parts.join(&b'/')
}

/// The path below a target folder that a member's name stands for. Refuses every name that could
/// lead elsewhere: empty, absolute, with `.` or `..` or empty parts, with a zero byte, and what
/// this system would read as one of these.
pub(crate) fn safe_path(name: &[u8]) -> Result<PathBuf, Error> {
    let refuse = |why: &str| Err(Error::damaged(format!("the name {:?} {why}", show(name))));
    if name.is_empty() {
        return refuse("is empty");
    }
    if name.contains(&0) {
        return refuse("has a zero byte");
    }
    let mut path = PathBuf::new();
    for part in name.split(|&b| b == b'/') {
        if part.is_empty() || part == b"." || part == b".." {
            return refuse("leads out of the target folder");
        }
        path.push(part_of(part)?);
    }
    // The system must see the same plain parts as we do (no drive letters, no backslashes).
    let plain = path.components().all(|c| matches!(c, Component::Normal(_)));
    if !plain || path.components().count() != name.split(|&b| b == b'/').count() {
        return refuse("leads out of the target folder");
    }
    Ok(path)
}

/// Whether a link at `path` (below the target folder) to `target` stays below the target folder,
/// whatever other links of the archive it leads through. `..` may therefore stand at the front
/// only, where it leaves real folders: after a name that is a link, it could lead anywhere.
pub(crate) fn link_stays_inside(path: &Path, target: &[u8]) -> bool {
    let Ok(target) = part_of(target) else {
        return false;
    };
    if target.is_empty() {
        return false;
    }
    let mut depth = path.components().count() as i64 - 1;
    let mut named = false;
    for component in Path::new(&target).components() {
        match component {
            Component::Normal(_) => named = true,
            Component::CurDir => {}
            Component::ParentDir if named => return false,
            Component::ParentDir => depth -= 1,
            Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    depth >= 0
}

/// A name for people: as UTF-8, with what is not escaped, and no control characters.
pub fn show(name: &[u8]) -> String {
    let mut out = String::new();
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() {
                out.extend(c.escape_default());
            } else {
                out.push(c);
            }
        }
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out
}

/// The bytes of a name that the system gave.
#[cfg(unix)]
pub(crate) fn bytes_of(name: &std::ffi::OsStr) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(name).to_vec()
}

/// The bytes of a name that the system gave, as UTF-8.
#[cfg(not(unix))]
pub(crate) fn bytes_of(name: &std::ffi::OsStr) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}

/// A name as the system wants it.
#[cfg(unix)]
pub(crate) fn part_of(bytes: &[u8]) -> Result<std::ffi::OsString, Error> {
    Ok(std::os::unix::ffi::OsStrExt::from_bytes(bytes)).map(|s: &std::ffi::OsStr| s.to_os_string())
}

/// A name as the system wants it; here names must be UTF-8.
#[cfg(not(unix))]
pub(crate) fn part_of(bytes: &[u8]) -> Result<std::ffi::OsString, Error> {
    String::from_utf8(bytes.to_vec())
        .map(Into::into)
        .map_err(|_| Error::damaged(format!("the name {:?} is not UTF-8", show(bytes))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_inside() {
        for (path, name) in [
            ("a/b.txt", "a/b.txt"),
            ("./a//b", "a/b"),
            ("/etc/passwd", "etc/passwd"),
            ("../../x/y", "x/y"),
            ("a/../b", "b"),
            (".", ""),
        ] {
            assert_eq!(name_of(Path::new(path)), name.as_bytes(), "{path}");
        }
        for name in ["a", "a/b", "ü/日本", "..a", "a..", "-rf"] {
            assert_eq!(safe_path(name.as_bytes()).unwrap(), Path::new(name));
        }
        for name in [
            "", "/a", "a//b", "..", "a/../b", "a/..", "./a", "a/", "a\0b",
        ] {
            assert!(safe_path(name.as_bytes()).is_err(), "{name}");
        }
    }

    #[test]
    fn links_keep_inside() {
        let inside = |at: &str, to: &str| link_stays_inside(Path::new(at), to.as_bytes());
        assert!(inside("a/l", "b") && inside("a/l", "../b") && inside("l", "./x/y"));
        assert!(!inside("l", "../b") && !inside("a/l", "../../b") && !inside("l", "/b"));
        assert!(!inside("l", "") && !inside("a/l", "x/../../../b"));
        // With a link x -> ., this would be the target folder's parent.
        assert!(!inside("l", "x/.."));
    }

    #[test]
    fn shown_names_have_no_control_characters() {
        assert_eq!(show(b"a\nb\x1b[31m\xff"), "a\\nb\\u{1b}[31m\\xff");
    }
}
