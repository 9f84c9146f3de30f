//! `minlen decompress`

use crate::cat;
use crate::open::{LimitArgs, archive, is_dash};
use crate::ui::{Exit, Fail, Global, count, grouped, json, show_path};
use minlen::ExtractOptions;
use serde_json::json;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Bring files and folders back from an archive; the archive is kept
///
/// They go below the current folder, or below -o DIR. An archive from standard input (-) goes to
/// standard output unless -o names a folder. What is damaged is left out and named.
#[derive(clap::Args)]
pub struct Args {
    /// The archive; - or nothing for standard input
    #[arg(default_value = "-", hide_default_value = true)]
    archive: PathBuf,
    /// Only these members, folders with all that is in them [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<OsString>,
    /// The folder to write below; - for the content on standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace existing files
    #[arg(short, long)]
    force: bool,
    /// Keep the archive: always so, accepted for habit
    #[arg(short, long)]
    keep: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let to_stdout = match &args.output {
        Some(output) => is_dash(output),
        None => is_dash(&args.archive),
    };
    if to_stdout {
        return cat::write(&args.archive, &args.names, &args.limits, global);
    }
    let source = archive(&args.archive, global)?;
    let target = args.output.clone().unwrap_or_default();
    let options = ExtractOptions {
        target: target.clone(),
        names: args
            .names
            .iter()
            .map(|n| n.as_encoded_bytes().to_vec())
            .collect(),
        unnamed: unnamed(&args.archive),
        replace: args.force,
        reading: args.limits.reading()?,
        threads: global.threads,
    };
    let watch = global.progress("decompressing", 0);
    let report = minlen::extract(source, &options, &watch).map_err(|e| e.about(&args.archive))?;
    drop(watch);
    global.problems(&args.archive, &report.problems);
    let folder = match target.as_os_str().is_empty() {
        true => "the current folder".into(),
        false => show_path(&target),
    };
    global.say(format!(
        "{}: {}, {} bytes, written below {folder}",
        args.archive.display(),
        count(report.members, "member"),
        grouped(report.bytes),
    ));
    if global.json {
        json(&json!({
            "archive": show_path(&args.archive),
            "folder": show_path(&target),
            "members": report.members,
            "bytes": report.bytes,
            "archive_bytes": report.archive_bytes,
            "problems": report.problems,
        }))?;
    }
    Ok(Exit::partly_if(!report.problems.is_empty()))
}

/// The name for data that has none: the archive's without `.mln`.
fn unnamed(archive: &Path) -> Vec<u8> {
    let name = archive.file_name().map(|n| n.as_encoded_bytes());
    match name {
        Some(name) if name != b"-" => match name.strip_suffix(b".mln") {
            Some(stem) if !stem.is_empty() => stem.to_vec(),
            _ => [name, b".out"].concat(),
        },
        _ => b"data".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn unnamed_data_is_named_after_its_archive() {
        for (archive, name) in [
            ("a/x.txt.mln", "x.txt"),
            ("x", "x.out"),
            (".mln", ".mln.out"),
            ("-", "data"),
        ] {
            assert_eq!(super::unnamed(archive.as_ref()), name.as_bytes());
        }
    }
}
