//! How the program talks: messages, progress, exit codes, interruption.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use minlen::{Error, Watch};
use serde_json::{Value, json};
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How a verb ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All was done.
    Done,
    /// Something was left out or is damaged; messages said what.
    Partly,
}

impl Exit {
    /// [`Exit::Partly`] when `partly`.
    pub fn partly_if(partly: bool) -> Exit {
        if partly { Exit::Partly } else { Exit::Done }
    }

    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Partly => 1,
        }
    }
}

/// Why a verb failed: what happened, to which file, and what to do next.
#[derive(Debug)]
pub struct Fail {
    /// The process's exit code.
    pub code: u8,
    /// What happened; empty: nothing is worth saying.
    pub message: String,
    /// What to do next.
    pub hint: Option<&'static str>,
}

impl Fail {
    /// The command line makes no sense.
    pub fn usage(message: impl Into<String>) -> Fail {
        Fail {
            code: 2,
            message: message.into(),
            hint: None,
        }
    }

    /// The machine failed while `doing` something to `path`.
    pub fn io(doing: &str, path: &Path, e: &io::Error) -> Fail {
        Fail {
            code: 3,
            message: format!("cannot {doing} {}: {e}", path.display()),
            hint: None,
        }
    }

    /// Standard output failed. When nobody reads it any more there is no more to do or say.
    pub fn stdout(e: &io::Error) -> Fail {
        let closed = e.kind() == io::ErrorKind::BrokenPipe;
        Fail {
            // As a program that the system's signal ends.
            code: if closed { 141 } else { 3 },
            message: match closed {
                true => String::new(),
                false => format!("cannot write to standard output: {e}"),
            },
            hint: None,
        }
    }

    /// With advice.
    pub fn hint(mut self, hint: &'static str) -> Fail {
        self.hint = Some(hint);
        self
    }
}

impl From<Error> for Fail {
    fn from(e: Error) -> Fail {
        use minlen::DataError::{Limit, Memory, Missing, Unsupported};
        let (code, hint) = match &e {
            Error::Usage(_) => (2, None),
            Error::Stopped => (130, None),
            Error::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => {
                return Fail::stdout(source);
            }
            Error::Io { .. } => (3, None),
            Error::Data { source, .. } => match source {
                Memory(_) => (3, Some("a model with smaller settings needs less memory")),
                Limit { what, .. } if what.contains("memory") => {
                    (1, Some("--memory SIZE allows more"))
                }
                Limit { what, .. } if what.contains("unpacked") => (
                    1,
                    Some("--max-output SIZE allows more, for an archive that you trust"),
                ),
                Missing(_) => (1, Some("--model FILE.mlm gives it")),
                Unsupported(_) => (1, Some("a newer version of minlen may know it")),
                _ => (1, None),
            },
            _ => (1, None),
        };
        Fail {
            code,
            message: e.to_string(),
            hint,
        }
    }
}

/// What every verb is given.
pub struct Global {
    /// One JSON object on standard output instead of text.
    pub json: bool,
    /// Only warnings and errors.
    pub quiet: bool,
    /// Threads to use.
    pub threads: usize,
    stop: Arc<AtomicBool>,
}

impl Global {
    /// Also begins to listen for interruption.
    pub fn new(json: bool, quiet: bool, threads: Option<u16>) -> Global {
        let stop = Arc::new(AtomicBool::new(false));
        let flag = stop.clone();
        // The first signal asks for a clean end, the second ends. Without a handler (some
        // sandboxes) a signal just kills, and temporary files may stay.
        let _ = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        let cores = || std::thread::available_parallelism().map_or(1, |n| n.get().min(256));
        Global {
            json,
            quiet,
            threads: threads.map_or_else(cores, usize::from),
            stop,
        }
    }

    /// Progress for work of about `bytes` bytes, shown on a terminal only; it sees interruption.
    pub fn progress(&self, doing: &'static str, bytes: u64) -> Progress {
        let shown = !self.quiet && io::stderr().is_terminal();
        let target = match shown {
            true => ProgressDrawTarget::stderr_with_hz(8),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target).with_message(doing);
        let progress = Progress {
            bar,
            stop: self.stop.clone(),
        };
        progress.draw_as("{msg} {bytes}, {bytes_per_sec}");
        progress.expect(bytes);
        progress
    }

    /// An error when interrupted: asked before a file is put in place.
    pub fn go_on(&self) -> Result<(), Fail> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(Error::Stopped.into()),
            false => Ok(()),
        }
    }

    /// The flag that interruption sets.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        self.stop.clone()
    }

    /// Talk: on standard error, unless quiet.
    pub fn say(&self, message: impl Display) {
        if !self.quiet {
            talk("", &message.to_string());
        }
    }

    /// Warnings of all that is wrong with a file; after the first few, only their number.
    pub fn problems(&self, path: &Path, problems: &[String]) {
        const SHOWN: usize = 20;
        for problem in problems.iter().take(SHOWN) {
            self.warn(format!("{}: {problem}", path.display()));
        }
        if problems.len() > SHOWN {
            let rest = grouped((problems.len() - SHOWN) as u64);
            self.warn(format!("and {rest} more problems (--json lists all)"));
        }
    }

    /// A warning: on standard error, always.
    pub fn warn(&self, message: impl Display) {
        talk("warning: ", &message.to_string());
    }

    /// Prints why a verb failed and gives the exit code.
    pub fn report(&self, fail: &Fail) -> u8 {
        // An interrupted wait for input ends as an error of reading.
        let stopped = self.stop.load(Ordering::Relaxed) && fail.code == 3;
        if stopped || fail.code == 130 {
            talk("", "interrupted; no file was left half-written");
            return 130;
        }
        if fail.message.is_empty() {
            return fail.code;
        }
        talk("error: ", &fail.message);
        if let Some(hint) = fail.hint {
            talk("hint: ", hint);
        }
        if self.json {
            let (code, message, hint) = (fail.code, &fail.message, fail.hint);
            let error = json!({"error": message, "hint": hint, "exit_code": code});
            // Standard output may be what failed: it was said on standard error already.
            let _ = data(&format!("{error}\n"));
        }
        fail.code
    }
}

/// Progress of one piece of work, wiped from the terminal when dropped.
pub struct Progress {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Progress {
    fn draw_as(&self, line: &str) {
        if let Ok(style) = ProgressStyle::with_template(line) {
            self.bar.set_style(style);
        }
    }
}

impl Watch for Progress {
    fn expect(&self, bytes: u64) {
        if bytes > 0 {
            self.bar.set_length(bytes);
            self.draw_as("{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left");
        }
    }
    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }
    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Prints data on standard output.
pub fn data(text: &str) -> Result<(), Fail> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| Fail::stdout(&e))
}

/// Prints the one JSON object.
pub fn json(value: &Value) -> Result<(), Fail> {
    data(&format!("{value:#}\n"))
}

/// `--json` and data cannot share standard output.
pub fn json_needs_stdout(global: &Global, taken: bool) -> Result<(), Fail> {
    if global.json && taken {
        return Err(Fail::usage(
            "--json needs standard output, which the data takes; write the data elsewhere with -o",
        ));
    }
    Ok(())
}

/// A line on standard error. Names in it may come from strangers: control characters are escaped.
/// That nobody listens is no reason to fail.
fn talk(kind: &str, message: &str) {
    let mut line = String::from(kind);
    for c in message.chars() {
        match c {
            '\n' => line.push(c),
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line.push('\n');
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// A word as a shell would have it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,:+@%".contains(c);
    match word.chars().all(plain) && !word.is_empty() {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// A path for people and for JSON: UTF-8 without control characters.
pub fn show_path(path: &Path) -> String {
    minlen::show_name(path.as_os_str().as_encoded_bytes())
}

pub use minlen::grouped;

/// `1 file`, `2 files`.
pub fn count(n: u64, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(n))
}

/// `part` for each of `whole`; 0 when there is nothing to divide by.
pub fn ratio(part: f64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1234567, "1,234,567"),
        ] {
            assert_eq!(grouped(n), text);
        }
        assert_eq!(count(1, "file"), "1 file");
    }
}
