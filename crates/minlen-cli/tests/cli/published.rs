//! What is published is true: the help, and every example of the README.
//!
//! `MINLEN_BLESS=1 cargo test -p minlen-cli published` writes `docs/help.md` and the README's outputs
//! anew.

use crate::Place;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Asserts that `file` of the repository holds `text`, or writes it.
#[track_caller]
fn published(file: &str, text: &str) {
    let place = root().join(file);
    if std::env::var_os("MINLEN_BLESS").is_some() {
        fs::write(&place, text).unwrap();
    }
    let there = fs::read_to_string(&place).unwrap_or_default();
    assert!(
        there == text,
        "{file} is not up to date; if that is meant: MINLEN_BLESS=1\n{text}"
    );
}

/// A folder with the examples in it.
fn place() -> Place {
    let place = Place::new();
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // tasks: no example of the README
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        place.write(&format!("examples/{name}"), fs::read(&path).unwrap());
    }
    place
}

#[test]
fn the_help() {
    let place = Place::new();
    let help = |arguments: &[&str]| {
        let words = ["minlen", &arguments.join(" ")].join(" ");
        let text = place.run(&[arguments, &["--help"]].concat()).code(0);
        format!(
            "## `{}`\n\n```text\n{}\n```\n\n",
            words.trim(),
            text.trim_end()
        )
    };
    let mut all = "# The command line\n\nWhat `--help` says; a test keeps it true.\n\n".to_string();
    all += &help(&[]);
    let overview = place.run(&["--help"]).code(0);
    let (_, verbs) = overview.split_once("Commands:\n").unwrap();
    let (verbs, _) = verbs.split_once("\n\n").unwrap();
    let names = verbs.lines().filter_map(|l| l.split_whitespace().next());
    for verb in names.filter(|&verb| verb != "help") {
        all += &help(&[verb]);
    }
    published("docs/help.md", &(all.trim_end().to_string() + "\n"));
}

#[test]
fn the_main_job_of_the_readme() {
    let out = place().run(&["study", "examples/"]).code(0);
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (begin, end) = ("<!-- study begin -->\n", "<!-- study end -->");
    let (before, rest) = readme.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let text = format!(
        "{before}{begin}```text\n{}\n```\n{end}{after}",
        out.trim_end()
    );
    published("README.md", &text);
}

#[test]
fn the_other_examples_of_the_readme() {
    let place = place();
    place.write("old.log", "started\nworked\nended\n".repeat(20));
    place.write("new.log", "started\nfailed\nended\n");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let commands = readme.lines().filter_map(|l| l.strip_prefix("$ minlen "));
    let mut seen = 0;
    for command in commands {
        let command = command.split(" #").next().unwrap();
        let arguments: Vec<&str> = command.split_whitespace().collect();
        place.run(&arguments).code(0);
        seen += 1;
    }
    assert!(seen >= 2, "the README has fewer examples than it had");
}

/// Every block of `docs/learning.md` whose lines begin with `$`: its commands are run one after the
/// other, and all that they print, on both outputs, stands behind them.
#[test]
#[cfg(target_os = "linux")] // elsewhere, wc counts in other columns
fn the_tour_of_learning() {
    let place = place();
    let page = fs::read_to_string(root().join("docs/learning.md")).unwrap();
    let folder = Path::new(env!("CARGO_BIN_EXE_minlen")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", folder.display());
    let mut now = String::new();
    let mut seen = 0;
    for (i, part) in page.split("```").enumerate() {
        now += if i > 0 { "```" } else { "" };
        let Some(block) = part.strip_prefix("console\n") else {
            now += part;
            continue;
        };
        now += "console\n";
        for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", &format!("exec 2>&1; umask 022; {command}")]);
            let ran = shell
                .current_dir(place.path())
                .env("PATH", &path)
                .output()
                .unwrap();
            let out = String::from_utf8(ran.stdout).unwrap();
            // Archives hold times: a byte more or less.
            let touch = ["-c", "find . -type f -exec touch -d @1700000000 {} +"];
            let mut touched = std::process::Command::new("sh");
            let touched = touched.args(touch).current_dir(place.path());
            assert!(touched.status().unwrap().success());
            now += &format!("$ {command}\n{out}");
            now += if out.is_empty() || out.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            seen += 1;
        }
    }
    assert!(seen > 15, "the tour has fewer examples than it had");
    published("docs/learning.md", &now);
}
