//! Opening archives, and the limits on what they may ask for.

use crate::size;
use crate::stdin::Stdin;
use crate::ui::{Fail, Global};
use minlen::{Limits, Source};
use std::fs::File;
use std::io::IsTerminal;
use std::path::Path;

/// How much an archive may ask for.
#[derive(clap::Args)]
pub struct LimitArgs {
    /// Refuse to unpack more than this [default: 1G, or 4096 times the archive]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_output: Option<u64>,
    /// Memory that the archive's model may take in each thread [default: 2G]
    #[arg(long, value_name = "SIZE", value_parser = size::parse_positive)]
    memory: Option<u64>,
}

impl LimitArgs {
    /// The limits.
    pub fn limits(&self) -> Limits {
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

/// The file at `path`; no folder.
pub fn file(path: &Path) -> Result<File, Fail> {
    let file = File::open(path).map_err(|e| Fail::io("read", path, &e))?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(Fail::usage(format!("{} is a folder", path.display())));
    }
    Ok(file)
}
