//! Benchmarks of minlen beside its peers, and of its own choices. `cargo xtask` says how to call
//! them. Data is looked for below `$MINLEN_DATA` (default `target/data`); what is absent is named.

mod contest;
mod curves;
mod designs;
mod emoji;
mod labels;
mod peers;
mod picture;
mod records;
mod report;
mod sets;
mod small;
mod stream;
mod tasks;
mod tunes;

use std::path::{Path, PathBuf};

/// The corpora of the README's table.
const CORPORA: &[&str] = &["text/enwik8.first4000000", "text/tinyshakespeare.txt"];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match command.as_str() {
        "designs" => designs::run(|line| println!("{line}")),
        "peers" if rest == ["--draw"] => report::draw(),
        "peers" => beside_peers(rest),
        "sets" => sets::run(&rest),
        "stream" => stream::run(&rest),
        "records" => records::run(&rest),
        "small" => small::run(&rest),
        "tasks" => tasks::run(&rest),
        "emoji" => emoji::run(&rest),
        "tunes" => tunes::run(&rest),
        "labels" => labels::saved(&rest),
        "capacity" => labels::capacity(&rest),
        _ => eprintln!("there is no bench {command:?}"),
    }
}

/// A file or folder of the data; `None`, and a word, when it is absent.
fn data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("MINLEN_DATA").unwrap_or("target/data".into());
    let path = Path::new(&folder).join(name);
    if !path.exists() {
        eprintln!(
            "{} is absent: skipped (MINLEN_DATA names the folder)",
            path.display()
        );
        return None;
    }
    Some(path)
}

/// What follows `name` among the arguments.
fn value<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let at = arguments.iter().position(|a| a == name)?;
    arguments.get(at + 1).map(String::as_str)
}

/// `[--rounds N] [--only NAME] [FILE…]`
fn beside_peers(arguments: Vec<String>) {
    let mut rounds = 3;
    let mut only = None;
    let mut files: Vec<PathBuf> = Vec::new();
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--rounds" => rounds = rest.next().and_then(|n| n.parse().ok()).unwrap_or(rounds),
            "--only" => only = rest.next(),
            _ => files.push(argument.into()),
        }
    }
    let standard = files.is_empty();
    if standard {
        files = CORPORA.iter().filter_map(|c| data(c)).collect();
    }
    let mut tables = Vec::new();
    for file in files {
        let Ok(meta) = file.metadata() else {
            eprintln!("{} is absent: skipped", file.display());
            continue;
        };
        let wanted = |tool: &str| only.as_deref().is_none_or(|only| tool.contains(only));
        let say = |text: &str| eprintln!("{}: {text}", file.display());
        let figures = peers::measure(&file, rounds, &wanted, &say);
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let table = report::Table::new(&name, meta.len(), rounds, figures);
        println!("{}", table.markdown());
        tables.push(table);
    }
    if standard && only.is_none() && !tables.is_empty() {
        report::save(&tables);
    }
}
