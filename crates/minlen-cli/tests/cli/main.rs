//! The binary from outside.

mod crash;
mod kinds;
mod learning;
mod lowrank;
mod measuring;
mod nets;
mod pipes;
mod published;
mod studying;
mod tasks;
mod verbs;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder to work in.
struct Place(TempDir);

/// What a run of the binary left.
struct Ran {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }

    /// Asserts the exit code, and gives standard output as text.
    #[track_caller]
    fn code(&self, code: i32) -> String {
        let out = String::from_utf8_lossy(&self.out).into_owned();
        assert_eq!(self.code, code, "{out}\n{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        out
    }

    /// Asserts success, and gives the JSON object.
    #[track_caller]
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.code(0)).expect("one JSON object")
    }
}

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    #[track_caller]
    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    fn has(&self, name: &str) -> bool {
        self.path().join(name).symlink_metadata().is_ok()
    }

    /// Names in the folder, sorted.
    fn names(&self) -> Vec<String> {
        let dir = std::fs::read_dir(self.path()).unwrap();
        let names = dir.map(|f| f.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// The binary, to be run here; two threads, nothing on standard input.
    fn minlen(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_minlen"));
        command
            .args(args)
            .args(["--threads", "2"])
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.minlen(args).output().unwrap())
    }

    fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut child = self
            .minlen(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeder = std::thread::spawn(move || {
            // The binary may end without reading all.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        Ran::of(output)
    }
}

fn text(bytes: usize) -> Vec<u8> {
    minlen_testing::inputs::text(bytes)
}
