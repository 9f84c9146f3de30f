//! Killed and interrupted in the middle: no half files.
#![cfg(unix)]

use crate::{Place, text};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Waits until a temporary file in `folder` is there, and then a moment longer.
fn under_way(place: &Place, folder: &str, moment: u64) {
    let started = Instant::now();
    let folder = place.path().join(folder);
    while started.elapsed() < Duration::from_secs(20) {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut names = files.map(|f| f.file_name().to_string_lossy().into_owned());
        if names.any(|n| n.ends_with(".part")) {
            std::thread::sleep(Duration::from_millis(moment));
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("nothing began");
}

fn spawn(place: &Place, args: &[&str]) -> Child {
    let mut command = place.minlen(args);
    command.stderr(Stdio::null()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([name, &id])
            .status()
            .unwrap()
            .success()
    );
}

/// A place with so much data; coding a megabyte takes about half a second.
fn big(bytes: usize) -> Place {
    let place = Place::new();
    place.write("big", text(bytes));
    place
}

const COMPRESS: [&str; 8] = [
    "compress",
    "big",
    "-o",
    "to/x.mln",
    "--block-size",
    "200K",
    "--model",
    "order:1",
];

#[test]
fn killed_while_compressing() {
    let p = big(20_000_000);
    std::fs::create_dir(p.path().join("to")).unwrap();
    for moment in [0, 60, 200] {
        let mut child = spawn(&p, &COMPRESS);
        under_way(&p, "to", moment);
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert!(!p.has("to/x.mln"), "a half archive");
        std::fs::remove_dir_all(p.path().join("to")).unwrap();
        std::fs::create_dir(p.path().join("to")).unwrap();
    }
    // Neither does it touch the archive that it would have replaced.
    p.write("to/x.mln", "old");
    let mut child = spawn(&p, &[&COMPRESS[..], &["-f"]].concat());
    under_way(&p, "to", 50);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(p.read("to/x.mln"), b"old");
}

#[test]
fn interrupted_and_killed_while_decompressing() {
    let p = big(4_000_000);
    let args = [
        "compress",
        "big",
        "-o",
        "x.mln",
        "--block-size",
        "200K",
        "--model",
        "order:1",
    ];
    p.run(&args).code(0);
    for kill in [true, false] {
        std::fs::create_dir(p.path().join("to")).unwrap();
        let mut child = spawn(&p, &["decompress", "x.mln", "-o", "to"]);
        under_way(&p, "to", 50);
        signal(&child, if kill { "-KILL" } else { "-INT" });
        let ended = child.wait().unwrap();
        assert!(!p.has("to/big"), "a half file");
        if !kill {
            assert_eq!(ended.code(), Some(130));
            assert_eq!(std::fs::read_dir(p.path().join("to")).unwrap().count(), 0);
        }
        std::fs::remove_dir_all(p.path().join("to")).unwrap();
    }
}

#[test]
fn interrupted_while_compressing_or_waiting_for_input() {
    let p = big(20_000_000);
    std::fs::create_dir(p.path().join("to")).unwrap();
    let mut child = spawn(&p, &COMPRESS);
    under_way(&p, "to", 50);
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // Standard input stays open and silent.
    let mut command = p.minlen(&["compress", "-o", "to/y.mln"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take(); // `wait` would close it
    under_way(&p, "to", 50);
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
    assert_eq!(std::fs::read_dir(p.path().join("to")).unwrap().count(), 0);
}
