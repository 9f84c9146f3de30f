//! `minlen cat`

use crate::open::{LimitArgs, archive};
use crate::ui::{Exit, Fail, Global, json_needs_stdout};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Write the content of members to standard output
///
/// With names, only blocks that hold them are decoded. Stops at the first damage.
#[derive(clap::Args)]
pub struct Args {
    /// The archive, or - for standard input
    archive: PathBuf,
    /// Only these members, folders with all that is in them [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<OsString>,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    write(&args.archive, &args.names, &args.limits, global)
}

/// Writes the content of these members of `path` to standard output.
pub fn write(
    path: &Path,
    names: &[OsString],
    limits: &LimitArgs,
    global: &Global,
) -> Result<Exit, Fail> {
    json_needs_stdout(global, true)?;
    let source = archive(path, global)?;
    let names: Vec<_> = names
        .iter()
        .map(|n| n.as_encoded_bytes().to_vec())
        .collect();
    let mut out = io::stdout().lock();
    let watch = global.progress("decompressing", 0);
    let (reading, threads) = (limits.reading()?, global.threads);
    minlen::cat(source, &names, &mut out, &reading, threads, &watch).map_err(|e| match e {
        minlen::Error::Io {
            action: "write",
            source,
            ..
        } => Fail::stdout(&source),
        e => e.about(path).into(),
    })?;
    out.flush().map_err(|e| Fail::stdout(&e))?;
    Ok(Exit::Done)
}
