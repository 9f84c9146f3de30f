//! Neural nets: `minlen learn --kind net`, and what is coded with them.

use crate::{Place, text};

/// Learns a tiny net of `text`, in `x.mlm`, with these arguments more.
const LEARN: [&str; 9] = [
    "learn",
    "text",
    "--kind",
    "net",
    "--shape",
    "32,32,16,RW",
    "--alone",
    "--symbols",
    "400K",
];

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [args, more].concat()
}

#[test]
fn all_machines_code_alike() {
    let p = Place::new();
    p.write("text", text(140_000));
    let learn = with(&LEARN[..8], &["20K"]);
    p.run(&with(&learn, &["-o", "alone.mlm"])).code(0);
    // The same net as an adviser.
    let advising = ["--kind", "net", "--engine", "mix2:fast,12"];
    let advising = with(&advising, &["--from", "alone.mlm", "--symbols", "0"]);
    let advising = with(&["learn", "text", "-o", "advising.mlm"], &advising);
    p.run(&advising).code(0);
    p.write("part", text(10_000));
    for (model, file) in [("alone.mlm", "text"), ("advising.mlm", "part")] {
        let mut archives = Vec::new();
        for (cpu, threads) in [("scalar", "1"), ("avx2", "2"), ("avx512", "2"), ("", "3")] {
            // What a machine lacks, it does not take.
            let on = |args: &[&str]| {
                let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_minlen"));
                command.args(args).current_dir(p.path());
                command
                    .args(["--threads", threads])
                    .env("MINLEN_CPU", cpu)
                    .stdin(std::process::Stdio::null());
                crate::Ran::of(command.output().unwrap())
            };
            on(&["compress", file, "-f", "-o", "x.mln", "--model", model]).code(0);
            archives.push(p.read("x.mln"));
            assert!(archives[0] == archives[archives.len() - 1], "{cpu}");
            on(&["extract", "x.mln", "-o", "to", "--model", model]).code(0);
            assert!(p.read(&format!("to/{file}")) == p.read(file), "{cpu}");
            std::fs::remove_dir_all(p.path().join("to")).unwrap();
        }
    }
    // Drawing from it can be repeated.
    let draw = ["generate", "--bytes", "300", "--model", "alone.mlm"];
    let drawn = p.run(&draw);
    drawn.code(0);
    assert_eq!(drawn.out.len(), 300);
    assert!(drawn.out == p.run(&draw).out);
    assert!(drawn.out != p.run(&with(&draw, &["--seed", "2"])).out);
    // The likeliest alone: no seed can change it, but what comes before can.
    let likeliest = |with_it: &[&str]| {
        p.run(&with(&with(&draw, &["--top-p", "0.001"]), with_it))
            .out
    };
    assert!(likeliest(&[]) == likeliest(&["--seed", "2"]));
    assert!(likeliest(&[]) != likeliest(&["--prompt", "Zyx"]));
}

#[test]
#[cfg(unix)]
fn a_break_changes_no_bit() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let p = Place::new();
    p.write("text", text(50_000));
    p.run(&with(&LEARN, &["-o", "whole.mlm"])).code(0);
    let learn = with(&LEARN, &["-o", "x.mlm", "--checkpoint", "kept"]);
    // Interrupted after the first look, so that there is something to go on from; killed in midst of
    // it, as if the power went; and interrupted again.
    for (signal, code) in [("-INT", Some(130)), ("-KILL", None), ("-INT", Some(130))] {
        let mut child = p.minlen(&learn).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("held out"));
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        lines.for_each(drop);
        assert_eq!(child.wait().unwrap().code(), code);
        assert!(p.has("kept") && !p.has("x.mlm"));
    }
    p.run(&learn).code(0);
    assert!(p.read("whole.mlm") == p.read("x.mlm"));
    // It is of that data, and of no other.
    p.write("text", text(51_000));
    let refused = p.run(&with(&learn, &["-f"]));
    refused.code(2);
    assert!(refused.err.contains("other data"), "{}", refused.err);
}
