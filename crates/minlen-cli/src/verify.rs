//! `minlen verify`

use crate::open::{LimitArgs, archive};
use crate::ui::{Exit, Fail, Global, count, data, grouped, json, show_path};
use serde_json::json;
use std::path::PathBuf;

/// Decode archives in full, compare with their checksums, and write nothing
#[derive(clap::Args)]
pub struct Args {
    /// The archives, or - for standard input
    #[arg(required = true, value_name = "ARCHIVE")]
    archives: Vec<PathBuf>,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let reading = args.limits.reading()?;
    let mut found = Vec::new();
    let mut good = true;
    for path in &args.archives {
        let source = archive(path, global)?;
        let watch = global.progress("verifying", 0);
        let outcome = minlen::verify(source, &reading, global.threads, &watch);
        drop(watch);
        let report = match outcome {
            Ok(report) => report,
            // One bad archive does not keep the others from being looked at.
            Err(minlen::Error::Data { source, .. }) if args.archives.len() > 1 => {
                minlen::VerifyReport {
                    problems: vec![source.to_string()],
                    ..Default::default()
                }
            }
            Err(e) => return Err(e.about(path).into()),
        };
        let name = show_path(path);
        good &= report.problems.is_empty();
        if !global.json {
            for problem in &report.problems {
                data(&format!("{name}: {problem}\n"))?;
            }
            data(&format!(
                "{name}: {}; {}, {} bytes in {}\n",
                match report.problems.len() as u64 {
                    0 => "good".into(),
                    n => format!("{}, the rest is good", count(n, "problem")),
                },
                count(report.members, "member"),
                grouped(report.bytes),
                count(report.blocks, "block"),
            ))?;
        }
        found.push(json!({
            "archive": name,
            "good": report.problems.is_empty(),
            "members": report.members,
            "bytes": report.bytes,
            "blocks": report.blocks,
            "archive_bytes": report.archive_bytes,
            "problems": report.problems,
        }));
    }
    if global.json {
        json(&json!({"good": good, "archives": found}))?;
    }
    Ok(Exit::partly_if(!good))
}
