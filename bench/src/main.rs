//! Benchmarks of minlen beside its peers, and of its own choices.
//!
//! `cargo xtask bench [--rounds N] [--only NAME] [FILE…]`. Without files it measures the corpora
//! below `$MINLEN_DATA` (default `target/data`), and says which are absent.

mod designs;
mod peers;
mod report;

use std::path::{Path, PathBuf};

/// The corpora of the README's table.
const CORPORA: &[&str] = &["text/enwik8.first4000000", "text/tinyshakespeare.txt"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|a| a == "designs") {
        designs::run(|line| println!("{line}"));
        return;
    }
    let mut rounds = 3;
    let mut only = None;
    let mut files: Vec<PathBuf> = Vec::new();
    let mut rest = arguments.into_iter().skip(1);
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--rounds" => rounds = rest.next().and_then(|n| n.parse().ok()).unwrap_or(rounds),
            "--only" => only = rest.next(),
            _ => files.push(argument.into()),
        }
    }
    let standard = files.is_empty();
    if standard {
        let data = std::env::var_os("MINLEN_DATA").unwrap_or("target/data".into());
        files = CORPORA.iter().map(|c| Path::new(&data).join(c)).collect();
    }
    let mut tables = Vec::new();
    for file in files {
        let Ok(meta) = file.metadata() else {
            eprintln!("{} is absent: skipped", file.display());
            continue;
        };
        let say = |text: &str| eprintln!("{}: {text}", file.display());
        let figures = peers::measure(&file, rounds, only.as_deref(), &say);
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let table = report::Table::new(&name, meta.len(), rounds, figures);
        println!("{}", table.markdown());
        tables.push(table);
    }
    if standard && only.is_none() && !tables.is_empty() {
        report::save(&tables);
    }
}
