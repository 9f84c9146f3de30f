//! Pipes, devices, standard input and output.

use crate::{Place, Ran, text};
use std::process::Stdio;

#[test]
fn through_pipes() {
    let p = Place::new();
    let archive = p.run_with(&["compress"], &text(3000));
    archive.code(0);
    let dash = p.run_with(&["compress", "-", "-o", "-"], &text(3000));
    assert!(dash.out == archive.out);
    for args in [
        &["decompress", "-"][..],
        &["decompress", "-", "-o", "-"],
        &["cat", "-"],
    ] {
        assert_eq!(p.run_with(args, &archive.out).out, text(3000));
    }
    assert!(
        p.run_with(&["verify", "-"], &archive.out)
            .code(0)
            .contains("good")
    );
    p.run_with(&["decompress", "-", "-o", "to"], &archive.out)
        .code(0);
    assert_eq!(p.read("to/data"), text(3000));
    p.write("x.txt.mln", &archive.out);
    p.run(&["decompress", "x.txt.mln"]).code(0);
    assert_eq!(p.read("x.txt"), text(3000));
    p.run_with(&["compress", "-o", "y.mln"], b"").code(0);
    assert_eq!(p.run(&["cat", "y.mln"]).out, b"");
    p.run_with(&["compress", "-", "x.txt", "-o", "z"], b"")
        .code(2);
    p.run_with(&["compress", "--json"], b"").code(2);
    p.run_with(&["cat", "-", "name"], &archive.out).code(2);
    p.run_with(&["cat", "-"], &archive.out[..archive.out.len() / 2])
        .code(1);
    assert_eq!(p.names(), ["to", "x.txt", "x.txt.mln", "y.mln"]);
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let p = Place::new();
    for i in 0..300 {
        p.write(&format!("dir/file-with-a-rather-long-name-{i}"), text(1000));
    }
    p.run(&["compress", "dir", "--model", "order:0"]).code(0);
    for args in [
        &["list", "dir.mln"][..],
        &["cat", "dir.mln"],
        &["list", "--json", "dir.mln"],
        &["measure", "dir", "--per", "line"],
    ] {
        let mut child = p
            .minlen(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ran = Ran::of(child.wait_with_output().unwrap());
        ran.code(141);
        assert_eq!(ran.err, "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn full_disks() {
    let p = Place::new();
    p.write("a", text(30_000));
    p.run(&["compress", "a"]).code(0);
    let cases = [
        &["compress", "a", "-o", "-"][..],
        &["cat", "a.mln"],
        &["list", "a.mln"],
        &["verify", "a.mln"],
        &["measure", "a"],
        &["models"],
        &["generate", "--like", "a", "--bytes", "10"],
    ];
    for args in cases {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = p.minlen(args).stdout(full).output().unwrap();
        let ran = Ran::of(output);
        ran.code(3);
        assert!(ran.err.contains("No space left"), "{args:?}: {}", ran.err);
    }
    // A limit on the size of files is as a full disk, in the middle of a file.
    let room = |kib: u32, args: &str| {
        let binary = env!("CARGO_BIN_EXE_minlen");
        let script = format!("trap '' XFSZ; ulimit -f {kib}; exec {binary} {args}");
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &script]).current_dir(p.path());
        Ran::of(command.output().unwrap())
    };
    for (kib, args) in [(2, "compress a -o b.mln"), (4, "decompress a.mln -o to")] {
        let ran = room(kib, args);
        ran.code(3);
        assert!(ran.err.contains("cannot write"), "{}", ran.err);
    }
    assert!(!p.has("b.mln") && !p.has("to/a"));
    assert_eq!(p.names(), ["a", "a.mln", "to"]);
    assert_eq!(std::fs::read_dir(p.path().join("to")).unwrap().count(), 0);
}
