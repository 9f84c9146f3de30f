//! learn, model, get, and learnt models in compress and decompress.

use crate::Place;

/// Lines that are alike.
fn lines(from: usize, to: usize) -> String {
    let line = |i| format!("{i} worker {} finished job {}\n", i % 7, i * i % 1000);
    (from..to).map(line).collect()
}

/// A folder with data, and a model that has read the first part of it.
fn taught() -> Place {
    let p = Place::new();
    p.write("old.log", lines(0, 200));
    p.write("new.log", lines(200, 300));
    let learn = "learn old.log --record line --engine order:2 -o m.mlm";
    let out = p.run(&words(learn)).code(0);
    assert!(out.contains("m.mlm") && out.contains("held out"), "{out}");
    p
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn learnt_here_used_there() {
    let p = taught();
    let without = p.run(&words(
        "compress new.log --record line --model order:2 -o w.mln --json",
    ));
    let with = p.run(&words(
        "compress new.log --record line --model m.mlm --json",
    ));
    let (without, with) = (without.json(), with.json());
    let bytes = |made: &serde_json::Value| made["archive_bytes"].as_u64().unwrap();
    assert!(2 * bytes(&with) < bytes(&without), "{with} {without}");

    let there = Place::new();
    there.write("new.log.mln", p.read("new.log.mln"));
    let ran = there.run(&["decompress", "new.log.mln"]);
    ran.code(1);
    let model = p.run(&words("model show m.mlm --json")).json();
    let name = model["name"].as_str().unwrap();
    assert!(
        ran.err.contains(name) && ran.err.contains("--model"),
        "{}",
        ran.err
    );
    assert_eq!(there.names(), ["new.log.mln"]);
    there.write("m.mlm", p.read("m.mlm"));
    there
        .run(&words("decompress new.log.mln --model m.mlm"))
        .code(0);
    assert_eq!(there.read("new.log"), p.read("new.log"));
    there
        .run(&words("verify new.log.mln --model m.mlm"))
        .code(0);
    there.run(&words("verify new.log.mln")).code(1);
}

#[test]
fn a_model_in_the_archive_is_all_it_takes() {
    let p = taught();
    let made = p
        .run(&words(
            "compress new.log --model m.mlm --embed-model --json",
        ))
        .json();
    assert_eq!(made["members"], 1);
    assert!(made["model_in_archive_bytes"].as_u64() >= made["model_file_bytes"].as_u64());
    let there = Place::new();
    there.write("new.log.mln", p.read("new.log.mln"));
    there.run(&["decompress", "new.log.mln"]).code(0);
    assert_eq!(there.names(), ["new.log", "new.log.mln"]);
    assert_eq!(there.read("new.log"), p.read("new.log"));
    // There must be one.
    let ran = p.run(&words("compress old.log --embed-model"));
    ran.code(2);
    assert!(ran.err.contains("--model FILE.mlm"), "{}", ran.err);
}

#[test]
fn records_by_number() {
    let p = taught();
    p.run(&words("compress new.log --record line --model m.mlm"))
        .code(0);
    let get = |numbers: &str| p.run(&words(&format!("get new.log.mln --model m.mlm {numbers}")));
    assert_eq!(get("17").code(0), lines(217, 218));
    assert_eq!(
        get("99 0 20-22").code(0),
        [lines(299, 300), lines(200, 201), lines(220, 223)].concat()
    );
    assert_eq!(get("0-99").code(0), lines(200, 300));
    let ran = get("100");
    ran.code(2);
    assert!(
        ran.err.contains("100") && ran.err.contains("numbered from 0"),
        "{}",
        ran.err
    );
    get("9-7").code(2);
    p.run(&words("get new.log.mln 0")).code(1);
    p.run(&words("compress old.log")).code(0);
    let ran = p.run(&words("get old.log.mln 0"));
    ran.code(2);
    assert!(ran.err.contains("--record"), "{}", ran.err);
}

#[test]
fn models_are_shown_listed_and_verified() {
    let p = taught();
    let shown = p.run(&words("model show m.mlm")).code(0);
    for word in [
        "primed",
        "order:2",
        "learnt from",
        "held-out data",
        "loading",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let shown = p.run(&words("model show m.mlm --json")).json();
    assert_eq!(shown["bytes"], p.read("m.mlm").len());
    let listed = p.run(&words("model list")).code(0);
    assert!(listed.contains(shown["name"].as_str().unwrap()), "{listed}");
    p.run(&words("model verify m.mlm")).code(0);
    let mut bad = p.read("m.mlm");
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    p.write("bad.mlm", bad);
    let ran = p.run(&words("model verify m.mlm bad.mlm --json"));
    assert_eq!(ran.code, 1);
    let found: serde_json::Value = serde_json::from_slice(&ran.out).unwrap();
    assert_eq!(found["models"][0]["good"], true);
    assert_eq!(found["models"][1]["good"], false);
    p.run(&words("model list")).code(1);
    let ran = p.run(&words("compress new.log --model bad.mlm"));
    ran.code(1);
    assert!(ran.err.contains("bad.mlm"), "{}", ran.err);
    p.run(&words("model show nothing.mlm")).code(3);
    // Nothing is overwritten unasked.
    p.run(&words("learn old.log --engine order:2 -o m.mlm"))
        .code(2);
    p.write("empty", "");
    p.run(&words("learn empty -o e.mlm")).code(2);
    assert!(!p.has("e.mlm"));
}

#[test]
fn archives_are_added_to() {
    let place = Place::new();
    let all = lines(0, 80);
    let cut = all.match_indices('\n').nth(59).unwrap().0 + 1;
    place.write("a.log", &all[..cut]);
    place.write("b.log", &all[cut..]);
    let compress = |more: &[&str]| {
        let by = ["--record", "line", "--model", "order:1"];
        place.run(&[&["compress"], more, &by].concat())
    };
    compress(&["a.log", "-o", "a.mln"]).code(0);
    let before = place.read("a.mln");
    compress(&["b.log", "--append", "-o", "a.mln"]).code(0);
    let after = place.read("a.mln");
    assert!(after.len() > before.len());
    place.run(&["verify", "a.mln"]).code(0);
    assert_eq!(place.run(&["cat", "a.mln"]).code(0), all);
    let last = all.lines().last().unwrap().to_string() + "\n";
    assert_eq!(place.run(&["get", "a.mln", "79"]).code(0), last);

    // The name is there already; there is no such archive; there is no archive to add to.
    compress(&["b.log", "--append", "-o", "a.mln"]).code(2);
    assert_eq!(place.read("a.mln"), after);
    compress(&["b.log", "--append", "-o", "new.mln"]).code(3);
    compress(&["b.log", "--append"]).code(2);
    compress(&["b.log", "--append", "-o", "-"]).code(2);
    assert!(!place.has("new.mln"));
}

#[test]
fn learnt_models_take_part_in_studies() {
    let place = taught();
    let model = place
        .names()
        .into_iter()
        .find(|n| n.ends_with(".mlm"))
        .unwrap();
    place.write("new", lines(1000, 1100));
    let study = [
        "study", "new", "--model", "order:1", "--model", &model, "--json", "--keep",
    ];
    let told = place.run(&study).json();
    let all = told["study"]["contestants"].as_array();
    let mut all = all.or(told["contestants"].as_array()).unwrap().iter();
    let learnt = all.find(|c| c["name"].as_str().unwrap().starts_with("learnt:"));
    assert_eq!(learnt.unwrap()["own_bytes"], place.read(&model).len());
    let kept = place.run(&["list", "-l", "minlen-study/best.mln"]).code(0);
    assert!(kept.contains("learnt:"), "{kept}");
    let verify = ["verify", "minlen-study/best.mln"];
    place.run(&verify).code(1);
    place
        .run(&[&verify[..], &["--model", &model]].concat())
        .code(0);
}

#[test]
fn who_wants_many_records_a_second_gets_a_faster_engine() {
    let p = taught();
    let learn = |gets: &str, to: &str| {
        let line = format!("learn old.log --record line --gets {gets} -o {to} --json");
        p.run(&words(&line)).json()
    };
    let engine = |said: &serde_json::Value| {
        let taken = said["taken"].as_u64().unwrap() as usize;
        said["lessons"][taken]["engine"].clone()
    };
    let slow = learn("1", "slow.mlm");
    let lessons = slow["lessons"].as_array().unwrap();
    let speeds = lessons
        .iter()
        .map(|l| l["records_per_second"].as_f64().unwrap());
    assert!(speeds.min_by(f64::total_cmp).unwrap() > 1.0, "{slow}");
    // Nothing is that fast: the fastest is taken, though others are shorter.
    let fast = learn("4000000000", "fast.mlm");
    assert_eq!(engine(&fast), "mix2:swift-2", "{fast}");
    assert_ne!(engine(&slow), engine(&fast));
    let said = p.run(&words(
        "learn old.log --record line --gets 4000000000 -o y.mlm",
    ));
    said.code(0);
    assert!(said.err.contains("no engine is faster"), "{}", said.err);
    // Of a net or of one stream it says nothing.
    p.run(&words("learn old.log --gets 5 -o x.mlm")).code(2);
    p.run(&words(
        "learn old.log --record line --kind net --gets 5 -o x.mlm",
    ))
    .code(2);
}

#[test]
fn the_base_model_is_two() {
    let p = Place::new();
    let shown = p.run(&words("model show base --json")).json();
    assert_eq!(shown["recipe"], "base:1");
    assert_eq!(shown["of_words"]["recipe"], "base:2");
    let shown = p.run(&words("model show base")).code(0);
    assert!(
        shown.contains("base:1") && shown.contains("base:2"),
        "{shown}"
    );
    assert_eq!(
        p.run(&words("model verify base")).code(0).lines().count(),
        2
    );
    let list = p.run(&words("model list base --json")).json();
    assert_eq!(list["models"].as_array().unwrap().len(), 2);

    // What was taken is what is told, and counted.
    let plays = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/shakespeare.txt"
    );
    p.write("plays", &std::fs::read(plays).unwrap()[..12_000]);
    let said = p.run(&words("compress plays --model base --json")).json();
    let bytes = list["models"][1]["bytes"].clone();
    assert_eq!(said["models_learnt"][0], "base:2");
    assert_eq!(said["model_needed_bytes"], bytes);
    p.write("noise", minlen_testing::inputs::noise(3_000, 5));
    let said = p.run(&words("compress noise --model base"));
    said.code(0);
    assert!(
        said.err.contains("no block needs the learnt model"),
        "{}",
        said.err
    );
}
