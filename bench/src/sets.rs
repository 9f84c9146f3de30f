//! Whole sets of files, each file compressed on its own: the default level beside zpaq -m5.
//!
//! `cargo xtask sets [--rounds N]` writes `bench/results/sets.csv` and the README's table.

use crate::report::{YARDSTICK, grouped, here, in_readme, write};
use crate::{data, peers, value};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A set: its name, its folder in the data, and how its files end.
const SETS: &[(&str, &str, &str)] = &[
    ("tables (CSV)", "tabular", "csv"),
    ("logs", "logs", "log"),
    ("JSON", "json", "json"),
];
const OURS: &str = "minlen (default, -5)";

/// Sums over a set.
#[derive(Clone, Copy, Default)]
struct Sum {
    bytes: u64,
    pack_s: f64,
    unpack_s: f64,
}

pub fn run(arguments: &[String]) {
    let rounds = value(arguments, "--rounds").and_then(|n| n.parse().ok());
    let rounds = rounds.unwrap_or(1);
    let (commit, machine) = here();
    let mut csv =
        "commit,machine,set,files,input_bytes,tool,bytes,compress_cpu_s,decompress_cpu_s\n"
            .to_string();
    let mut markdown = "| | files | bytes | minlen | zpaq -m5 | minlen is smaller by | compress, × zpaq -m5 | decompress, × zpaq -m5 |\n\
                        |---|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_string();
    for (set, folder, ending) in SETS {
        let Some(folder) = data(folder) else { continue };
        let files = files(&folder, ending);
        let bytes: u64 = files
            .iter()
            .filter_map(|f| f.metadata().ok())
            .map(|m| m.len())
            .sum();
        let mut sums = [Sum::default(); 2];
        for file in &files {
            let wanted = |tool: &str| tool == OURS || tool == YARDSTICK;
            let say = |text: &str| eprintln!("{}: {text}", file.display());
            for figure in peers::measure(file, rounds, &wanted, &say) {
                let sum = &mut sums[usize::from(figure.tool == YARDSTICK)];
                sum.bytes += figure.bytes;
                sum.pack_s += figure.pack_s;
                sum.unpack_s += figure.unpack_s;
            }
        }
        for (tool, sum) in [OURS, YARDSTICK].iter().zip(&sums) {
            let _ = writeln!(
                csv,
                "{commit},{machine:?},{set:?},{},{bytes},{tool:?},{},{:.2},{:.2}",
                files.len(),
                sum.bytes,
                sum.pack_s,
                sum.unpack_s
            );
        }
        let [ours, theirs] = sums;
        let _ = writeln!(
            markdown,
            "| {set} | {} | {} | {} | {} | {:.1} % | {:.1} | {:.1} |",
            files.len(),
            grouped(bytes),
            grouped(ours.bytes),
            grouped(theirs.bytes),
            100.0 - 100.0 * ours.bytes as f64 / theirs.bytes.max(1) as f64,
            theirs.pack_s / ours.pack_s.max(0.01),
            theirs.unpack_s / ours.unpack_s.max(0.01),
        );
    }
    println!("{markdown}");
    let _ = writeln!(
        markdown,
        "\nMeasured at commit {commit}, as above: every file on its own, sums of bytes and of CPU time. \
         `cargo xtask sets` measures it again."
    );
    in_readme("sets", &markdown);
    write("bench/results/sets.csv", &csv);
}

/// The files below `folder` that end so, by name.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(self::files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            files.push(path);
        }
    }
    files.sort();
    files
}
