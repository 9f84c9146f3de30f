//! Learning, and what a learnt model is good for.

use crate::{Place, text};

/// Lines of a log.
fn log(lines: std::ops::Range<usize>) -> String {
    let what = [
        "connection closed",
        "accepted password for root",
        "session opened",
    ];
    let line = |i: usize| {
        format!(
            "Jan 12 10:{:02}:07 node{} sshd: {}\n",
            i % 60,
            i * 7 % 13,
            what[i % 3]
        )
    };
    lines.map(line).collect()
}

fn json(records: std::ops::Range<usize>) -> String {
    let record = |i: usize| {
        format!(
            "{{\"id\":{i},\"name\":\"user{}\",\"on\":{}}}\n",
            i * 31 % 97,
            i % 2 == 0
        )
    };
    records.map(record).collect()
}

/// A small engine, for speed.
const ENGINE: [&str; 4] = ["--kind", "primed", "--engine", "mix2:fast,14"];

fn learn(place: &Place, data: &str, model: &str, more: &[&str]) -> serde_json::Value {
    place
        .run(&[&["learn", data, "-o", model, "--json"], &ENGINE[..], more].concat())
        .json()
}

#[test]
fn learnt_here_used_elsewhere() {
    let here = Place::new();
    let words = text(40_000);
    for (name, train, data) in [
        ("log", log(0..300).into_bytes(), log(300..500).into_bytes()),
        (
            "json",
            json(0..300).into_bytes(),
            json(300..500).into_bytes(),
        ),
        ("text", words[..20_000].to_vec(), words[20_000..].to_vec()),
    ] {
        here.write("train", &train);
        here.write(name, &data);
        let told = learn(&here, "train", "my.mlm", &["-f"]);
        let held = told["lessons"][0]["held_out_bits_per_byte"]
            .as_f64()
            .unwrap();
        assert!(held < told["untaught_bits_per_byte"].as_f64().unwrap());
        let packed = here
            .run(&["compress", name, "--model", "my.mlm", "--json"])
            .json();
        assert_eq!(packed["model_file_bytes"], told["file_bytes"]);

        // An empty folder, the archive, the model.
        let there = Place::new();
        let archive = format!("{name}.mln");
        there.write(&archive, here.read(&archive));
        let ran = there.run(&["decompress", &archive]);
        ran.code(1);
        let model = told["name"].as_str().unwrap();
        assert!(
            ran.err.contains(model) && ran.err.contains("--model"),
            "{}",
            ran.err
        );
        assert_eq!(there.names(), [archive.clone()]);
        there.write("my.mlm", here.read("my.mlm"));
        there
            .run(&["decompress", &archive, "--model", "my.mlm"])
            .code(0);
        assert_eq!(there.read(name), data);
        there
            .run(&["verify", &archive, "--model", "my.mlm"])
            .code(0);

        let bits = |model: &str| {
            let told = here
                .run(&["measure", name, "--model", model, "--json"])
                .json();
            told["bits"].as_f64().unwrap()
        };
        assert!(bits("my.mlm") < bits("mix2:fast,14"));
    }
}

#[test]
fn wrong_and_damaged_models() {
    let place = Place::new();
    place.write("train", log(0..200));
    place.write("other", json(0..200));
    place.write("data", log(200..250));
    learn(&place, "train", "my.mlm", &[]);
    learn(&place, "other", "other.mlm", &[]);
    place
        .run(&["compress", "data", "--model", "my.mlm"])
        .code(0);
    let ran = place.run(&["verify", "data.mln", "--model", "other.mlm"]);
    ran.code(1);
    assert!(ran.err.contains("needs the learnt model"), "{}", ran.err);

    let mut bad = place.read("my.mlm");
    bad[200] ^= 1;
    place.write("bad.mlm", bad);
    for arguments in [
        &["verify", "data.mln", "--model", "bad.mlm"][..],
        &["compress", "data", "-o", "x.mln", "--model", "bad.mlm"],
        &["model", "show", "bad.mlm"],
    ] {
        let ran = place.run(arguments);
        ran.code(1);
        assert!(ran.err.contains("bad.mlm: damaged"), "{}", ran.err);
    }
    assert!(!place.has("x.mln"));
    let listed = place.run(&["model", "list"]);
    let table = listed.code(1);
    assert!(
        table.contains(" my.mlm: ") && table.contains(" other.mlm: "),
        "{table}"
    );
    assert!(listed.err.contains("bad.mlm"), "{}", listed.err);
    place
        .run(&["model", "verify", "my.mlm", "other.mlm"])
        .code(0);
    place.run(&["model", "verify", "my.mlm", "bad.mlm"]).code(1);
    place.run(&["model", "verify", "absent.mlm"]).code(3);
    let shown = place.run(&["model", "show", "my.mlm"]).code(0);
    for word in ["primed", "mix2:fast,14", "loading", "held-out data"] {
        assert!(shown.contains(word), "{shown}");
    }
    // What is there is not replaced, and nothing is left where nothing was learnt.
    place.run(&["learn", "train", "-o", "my.mlm"]).code(2);
    place.write("empty", "");
    place.run(&["learn", "empty", "-o", "none.mlm"]).code(2);
    assert!(!place.has("none.mlm"));
}

#[test]
fn records_of_archives() {
    let place = Place::new();
    place.write("train", log(0..200));
    place.write("a.log", log(200..260));
    place.write("b.log", log(260..280));
    learn(&place, "train", "my.mlm", &["--record", "line"]);
    let packed = &["compress", "a.log", "-o", "a.mln", "--record", "line"];
    let with = &["--model", "my.mlm", "--embed-model"];
    let told = place.run(&[&packed[..], with, &["--json"]].concat()).json();
    assert!(told["model_in_archive_bytes"].as_u64() > told["model_file_bytes"].as_u64());
    let line = |i: usize| log(i..i + 1);
    let got = place.run(&["get", "a.mln", "7", "0-1", "59"]).code(0);
    assert_eq!(got, [line(207), line(200), line(201), line(259)].concat());
    place.run(&["get", "a.mln", "60"]).code(2);
    place.run(&["get", "a.mln", "2-1"]).code(2);

    let before = place.read("a.mln");
    let add = [
        "compress", "b.log", "--append", "-o", "a.mln", "--record", "line",
    ];
    place
        .run(&[&add[..], &["--model", "my.mlm"]].concat())
        .code(0);
    assert_eq!(place.run(&["get", "a.mln", "79"]).code(0), line(279));
    let after = place.read("a.mln");
    assert!(after.len() > before.len());
    place.run(&["verify", "a.mln"]).code(0);
    assert_eq!(place.run(&["cat", "a.mln"]).code(0), log(200..280));
    let list = place.run(&["list", "a.mln", "--json"]).json();
    assert_eq!(list["members"].as_array().unwrap().len(), 2);
    // Once more: the name is there.
    place
        .run(&[&add[..], &["--model", "my.mlm"]].concat())
        .code(2);
    assert_eq!(place.read("a.mln"), after);

    // Without records there is nothing to get.
    place.run(&["compress", "b.log"]).code(0);
    let ran = place.run(&["get", "b.log.mln", "0"]);
    ran.code(2);
    assert!(ran.err.contains("--record"), "{}", ran.err);
    place
        .run(&["compress", "b.log", "--embed-model", "-o", "x.mln"])
        .code(2);
}

#[test]
fn new_data_and_studies() {
    let place = Place::new();
    place.write("train", log(0..300));
    place.write("data", log(300..400));
    learn(&place, "train", "my.mlm", &[]);
    let draw = [
        "generate",
        "--model",
        "my.mlm",
        "--prompt",
        "Jan 12 10:",
        "--bytes",
        "50",
    ];
    let drawn = place.run(&draw).code(0);
    assert_eq!(drawn.len(), 50);
    assert_eq!(place.run(&draw).code(0), drawn);
    assert!(drawn[2..].starts_with(":07 node"), "{drawn}");
    place.run(&["generate", "--bytes", "5"]).code(2);

    let study = [
        "study", "data", "--model", "order:1", "--model", "my.mlm", "--json", "--keep",
    ];
    let told = place.run(&study).json();
    let all = told["study"]["contestants"]
        .as_array()
        .or(told["contestants"].as_array());
    let learnt = all
        .unwrap()
        .iter()
        .find(|c| c["name"].as_str().unwrap().starts_with("learnt:"));
    assert_eq!(learnt.unwrap()["own_bytes"], place.read("my.mlm").len());
    place
        .run(&["verify", "minlen-study/best.mln", "--model", "my.mlm"])
        .code(0);
}
