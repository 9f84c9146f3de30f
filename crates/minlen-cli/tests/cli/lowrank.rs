//! Nets that go on from others: `learn --from`, whole or by rank, and what is coded with them.

use crate::{Place, text};

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// Lines unlike `text`.
fn other() -> String {
    (0..1500)
        .map(|i| format!("{};{}\n", i % 7, i * i % 89))
        .collect()
}

/// A folder with data, a net, and what changes it a little.
fn changed() -> Place {
    let p = Place::new();
    p.write("text", text(60_000));
    p.write("other", other());
    let net = "learn text --kind net --shape 32,32,16,RW --alone --symbols 30K -o net.mlm";
    p.run(&words(net)).code(0);
    let rank = "learn other --from net.mlm --rank 2 --alone --symbols 60K -o my.mlm";
    let said = p.run(&words(rank)).code(0);
    for part in ["which changes", "by rank 2", "with the one it went on from"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    p
}

fn name(p: &Place, model: &str) -> String {
    let shown = p.run(&["model", "show", model, "--json"]).json();
    shown["name"].as_str().unwrap().to_string()
}

#[test]
fn what_changes_a_net_needs_it() {
    let p = changed();
    let net = name(&p, "net.mlm");
    let shown = p.run(&words("model show my.mlm --json")).json();
    assert_eq!(
        (&shown["base"], &shown["rank"]),
        (&net.clone().into(), &2.into())
    );
    assert_eq!(shown["kind"], "low-rank");
    let shown = p.run(&words("model show my.mlm")).code(0);
    assert!(
        shown.contains(&format!("base             {net}")),
        "{shown}"
    );
    p.run(&words("model verify my.mlm net.mlm")).code(0);
    assert!(p.read("my.mlm").len() * 3 < p.read("net.mlm").len());
    let sizes = p.run(&words("compress other --model my.mlm --json")).json();
    let bytes = |key: &str| sizes[key].as_u64().unwrap() as usize;
    assert_eq!(bytes("model_file_bytes"), p.read("my.mlm").len());
    let both = p.read("my.mlm").len() + p.read("net.mlm").len();
    assert_eq!(bytes("model_needed_bytes"), both);
    p.run(&words("verify other.mln --model my.mlm")).code(0);

    // Elsewhere, without the net, it says what is missing.
    let there = Place::new();
    for file in ["other.mln", "my.mlm"] {
        there.write(file, p.read(file));
    }
    let decompress = words("decompress other.mln --model my.mlm");
    let ran = there.run(&decompress);
    ran.code(1);
    for part in [&net[..], "my.mlm", "same folder"] {
        assert!(ran.err.contains(part), "{}", ran.err);
    }
    there.run(&words("model verify my.mlm")).code(1);
    assert_eq!(there.names(), ["my.mlm", "other.mln"]);
    // Named, or beside it, whatever it is called.
    std::fs::create_dir(there.path().join("nets")).unwrap();
    there.write("nets/n", p.read("net.mlm"));
    let named = [&decompress[..], &["--model", "nets/n"]].concat();
    there.run(&named).code(0);
    assert_eq!(there.read("other"), p.read("other"));
    there.write("beside.mlm", p.read("net.mlm"));
    there.run(&words("cat other.mln --model my.mlm")).code(0);

    // In the archive are both.
    p.run(&words(
        "compress other -o whole.mln --model my.mlm --embed-model",
    ))
    .code(0);
    let there = Place::new();
    there.write("whole.mln", p.read("whole.mln"));
    there.run(&words("verify whole.mln")).code(0);
    assert_eq!(there.run(&words("cat whole.mln")).out, p.read("other"));
    let listed = there.run(&words("list whole.mln")).code(0);
    assert!(
        listed.contains("other") && !listed.contains(".mlm"),
        "{listed}"
    );
}

#[test]
fn the_built_in_net_is_always_there() {
    let p = Place::new();
    p.write("other", &other()[..4000]);
    p.run(&words(
        "learn other --from base --rank 1 --alone --symbols 4K -o my.mlm",
    ))
    .code(0);
    let shown = p.run(&words("model show my.mlm")).code(0);
    assert!(
        shown.contains("(base)") && shown.contains("changes base by rank 1"),
        "{shown}"
    );
    assert!(p.read("my.mlm").len() < 20_000);
    p.run(&words("compress other --model my.mlm")).code(0);
    let there = Place::new();
    for file in ["other.mln", "my.mlm"] {
        there.write(file, p.read(file));
    }
    there
        .run(&words("decompress other.mln --model my.mlm"))
        .code(0);
    assert_eq!(there.read("other"), p.read("other"));
}

#[test]
fn nothing_to_learn_is_a_copy_or_an_error() {
    let p = changed();
    let copy = "learn text --from net.mlm --alone --symbols 0 -o copy.mlm";
    let said = p.run(&words(copy)).code(0);
    assert!(
        said.contains("taken as it is") && !said.contains("NaN"),
        "{said}"
    );
    for model in ["net.mlm", "copy.mlm"] {
        let to = format!("{model}.mln");
        p.run(&["compress", "text", "--model", model, "-o", &to])
            .code(0);
    }
    // The same net: the same codes, under another name.
    assert_eq!(p.read("net.mlm.mln").len(), p.read("copy.mlm.mln").len());
    for (line, says) in [
        ("--symbols 0 --kind net", "no net to take as it is"),
        (
            "--from net.mlm --rank 2 --symbols 0",
            "nothing of that rank",
        ),
        ("--from net.mlm --rank 0 --symbols 4K", "a rank is 1 to 64"),
        ("--rank 2 --symbols 4K", "--from"),
    ] {
        let line = format!("learn text -o no.mlm {line}");
        let ran = p.run(&words(&line));
        ran.code(2);
        assert!(ran.err.contains(says), "{line}: {}", ran.err);
        assert!(!p.has("no.mlm"));
    }
}

#[test]
fn gaps_are_told_of() {
    let p = Place::new();
    p.write("other", other());
    let learn =
        "learn other --kind net --shape 32,32,16,RW --alone --symbols 30K --objective mixed";
    let said = p.run(&words(&format!("{learn} -o gaps.mlm"))).code(0);
    assert!(
        said.contains("both sides read") && said.contains("fd fe ff"),
        "{said}"
    );
    let shown = p.run(&words("model show gaps.mlm")).code(0);
    assert!(shown.contains("mixed, marks fd fe ff"), "{shown}");
    let every: Vec<u8> = (0..=255).collect();
    p.write("every", every.repeat(40));
    let ran = p.run(&words(&format!(
        "{} -o no.mlm",
        learn.replace("other", "every")
    )));
    ran.code(2);
    assert!(ran.err.contains("lacks only 0"), "{}", ran.err);
}

#[test]
#[cfg(unix)]
fn a_kill_changes_no_bit() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let p = changed();
    let learn = words("learn other --from net.mlm --rank 2 --alone --symbols 250K");
    p.run(&[&learn[..], &["-o", "whole.mlm"]].concat()).code(0);
    let kept = [&learn[..], &["-o", "x.mlm", "--checkpoint", "kept"]].concat();
    let started = || {
        let mut child = p.minlen(&kept).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("held out"));
        (child, lines)
    };
    // Interrupted, which leaves a checkpoint; gone on, and killed: the checkpoint is as it was.
    let (mut child, lines) = started();
    let interrupt = ["-INT", &child.id().to_string()].map(String::from);
    assert!(
        std::process::Command::new("kill")
            .args(interrupt)
            .status()
            .unwrap()
            .success()
    );
    lines.map_while(Result::ok).for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let before = p.read("kept");
    let (mut child, _lines) = started();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(p.read("kept") == before && !p.has("x.mlm"));
    p.run(&kept).code(0);
    assert!(p.read("whole.mlm") == p.read("x.mlm"));
}
