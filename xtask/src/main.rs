//! `cargo xtask COMMAND`: the only entry to the project's chores.

use std::process::{Command, ExitCode};

const HELP: &str = "\
usage: cargo xtask COMMAND

  ci       all that must be green: fmt, clippy, documentation, every test
  ci-full  that, and the tests of the crates that are all Rust on ARM, run by qemu-aarch64
           [--arm: only these]
  bench    minlen beside its peers; writes the README's tables, the picture and bench/results
           [--draw: only the picture, from the last figures] [--rounds N] [--only TOOL] [FILE…]
  sets     whole sets of tables, logs and JSON beside zpaq; writes the README's table [--rounds N]
  stream   a long stream through compress and decompress, in bounded memory
           [--gb N]… [--level -1 | --model RECIPE] [--threads N]
  records  lines and JSON, each record on its own with a learnt model, beside zstd with a dictionary
           [FILE…]
  small    1,000 files of 1 KB [FILE]
  tasks    contests on the catalogue's tasks, beside scikit-learn where python3 has it
           [NAME…] [--only CONTESTANTS] [--minutes N]
  emoji    names of blind emoji by top-5 accuracy, and blind emoji of names in bits a pixel; draws
           docs/emoji.png [names|pictures] [--minutes N] [--only CONTESTANTS] [--most N]
  tunes    tunes drawn in a style that is asked for: how many parse, and how many a judge of real
           tunes names as asked [--minutes N] [--each N] [--with CONTESTANT] [--temperature HUNDREDTHS]
           [--together] [--config SETTINGS]
  labels   few labels with and without the inputs that have none, beside a net from scratch that has
           all labels; draws docs/labels-saved.svg [TASK…] [--minutes N: for each contest]
           [--draw: only the picture, from the last figures]
  capacity all contestants after fewer examples and more; draws docs/capacity.svg
           [TASK…] [--only CONTESTANTS] [--minutes N] [--draw]
  designs  the two designs of the core trait, measured
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("ci") => ci(),
        Some("ci-full") => (rest == ["--arm"] || ci()) && arm(),
        Some("bench") => bench(&[&["peers"], &rest[..]].concat()),
        Some(
            command @ ("designs" | "sets" | "stream" | "records" | "small" | "tasks" | "emoji"
            | "tunes" | "labels" | "capacity"),
        ) => bench(&[&[command], &rest[..]].concat()),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    if done {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn ci() -> bool {
    cargo(&["fmt", "--all", "--check"])
        && cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
        && cargo_with(
            "RUSTDOCFLAGS",
            "-D warnings",
            &["doc", "--workspace", "--no-deps"],
        )
        && cargo(&["test", "--workspace"])
}

/// The tests of the crates without C, on the other kind of processor that people have. Frozen bytes
/// and hashes among them show that it codes as this one does. Rust brings the linker.
fn arm() -> bool {
    const TARGET: &str = "aarch64-unknown-linux-musl";
    let version = Command::new("qemu-aarch64").arg("--version").output();
    if !version.is_ok_and(|run| run.status.success()) {
        eprintln!("xtask: qemu-aarch64 is missing (the package qemu-user)");
        return false;
    }
    let crates = ["minlen-core", "minlen-classical", "minlen-neural"];
    let mut arguments = vec!["test", "--target", TARGET, "--lib", "--tests"];
    arguments.extend(crates.iter().flat_map(|name| ["-p", name]));
    // Training promises the same bits on machines of one kind only, and takes an hour here.
    arguments.extend(["--", "--skip", "train::"]);
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let done = Command::new(cargo)
        .args(&arguments)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld")
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER",
            "qemu-aarch64",
        )
        .status();
    let good = done.is_ok_and(|status| status.success());
    if !good {
        eprintln!(
            "xtask: cargo {} failed (`rustup target add {TARGET}` if that is missing)",
            arguments.join(" ")
        );
    }
    good
}

fn bench(arguments: &[&str]) -> bool {
    cargo(&["build", "--release", "--quiet", "-p", "minlen-cli"])
        && cargo(
            &[
                &["run", "--release", "--quiet", "-p", "minlen-bench", "--"],
                arguments,
            ]
            .concat(),
        )
}

fn cargo(arguments: &[&str]) -> bool {
    cargo_with("CARGO_TERM_COLOR", "auto", arguments)
}

/// Runs cargo with an environment variable set, and says which command it was that failed.
fn cargo_with(name: &str, value: &str, arguments: &[&str]) -> bool {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let done = Command::new(cargo)
        .args(arguments)
        .env(name, value)
        .status();
    let good = done.as_ref().is_ok_and(|status| status.success());
    if !good {
        eprintln!("xtask: cargo {} failed", arguments.join(" "));
    }
    good
}
