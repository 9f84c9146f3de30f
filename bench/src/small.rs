//! 1,000 files of 1 KB: how fast they become one archive, and come back.
//!
//! `cargo xtask small [FILE]`: the files are cut from FILE (default: JSON of the data). Once they
//! share blocks, as usual; once each has a block of its own, so that any is decoded alone.

use crate::report::grouped;
use crate::{data, peers};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const FILES: usize = 1000;
const BYTES: usize = 1024;

pub fn run(arguments: &[String]) {
    let source = arguments.first().map(PathBuf::from);
    let Some(source) = source.or_else(|| data("json/canada.json")) else {
        return;
    };
    let content = std::fs::read(&source).expect("the file can be read");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = folder.path().join("files");
    std::fs::create_dir(&files).expect("a folder");
    let step = (content.len().saturating_sub(BYTES) / FILES).max(1);
    for i in 0..FILES {
        let from = (i * step).min(content.len().saturating_sub(BYTES));
        let part = &content[from..(from + BYTES).min(content.len())];
        std::fs::write(files.join(format!("{i:03}.json")), part).expect("a file");
    }
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    println!(
        "{} files of {} bytes of {name}, one thread:\n",
        grouped(FILES as u64),
        grouped(BYTES as u64)
    );
    println!("| | archive bytes | compress MB/s | decompress MB/s |");
    println!("|---|--:|--:|--:|");
    // Too small for two.
    let own = format!("--block-size {}", BYTES + 1);
    for (how, level, block) in [
        ("one block, default level", "-5", ""),
        ("one block, -1", "-1", ""),
        ("a block each, default level", "-5", &own),
        ("a block each, -1", "-1", &own),
    ] {
        let archive = folder.path().join("small.mln");
        let back = folder.path().join("back");
        let pack = format!("compress -q -f --threads 1 {level} {block} -o");
        let pack_s = seconds(&pack, &[&archive, &files]);
        let unpack_s = seconds("decompress -q --threads 1 -o", &[&back, &archive]);
        std::fs::remove_dir_all(&back).expect("it came back");
        let bytes = archive.metadata().map_or(0, |m| m.len());
        let speed = |seconds: f64| (FILES * BYTES) as f64 / 1e6 / seconds;
        println!(
            "| {how} | {} | {:.2} | {:.2} |",
            grouped(bytes),
            speed(pack_s),
            speed(unpack_s)
        );
    }
}

/// Wall seconds of minlen with these words and paths.
fn seconds(words: &str, paths: &[&Path]) -> f64 {
    let program = peers::program("MINLEN").expect("minlen is built");
    let start = Instant::now();
    let status = Command::new(program)
        .args(words.split_whitespace())
        .args(paths)
        .stdin(Stdio::null())
        .status();
    assert!(status.is_ok_and(|s| s.success()), "minlen {words} failed");
    start.elapsed().as_secs_f64()
}
