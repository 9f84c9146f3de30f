//! measure and generate.

use crate::{Place, text};

#[test]
fn files_lines_records_and_members() {
    let p = Place::new();
    p.write("dir/a", "aaaaaaaaaaaaaaaaaaaa\n#\nbbbbbbb\n");
    p.write("dir/b", text(500));
    let whole = p
        .run(&["measure", "dir/a", "--model", "order:1", "--json"])
        .json();
    assert_eq!(whole["bytes"], 31);
    let bits = whole["bits"].as_f64().unwrap();
    let lines = p
        .run(&[
            "measure", "dir/a", "--model", "order:1", "--json", "--per", "line",
        ])
        .json();
    let rows = lines["rows"].as_array().unwrap();
    let sum: f64 = rows.iter().map(|r| r["bits"].as_f64().unwrap()).sum();
    assert!(rows.len() == 3 && (sum - bits).abs() < 1e-6);
    let args = [
        "measure", "dir/a", "--model", "order:1", "--per", "line", "--top", "1",
    ];
    assert!(p.run(&args).code(0).contains("dir/a:2  #"));
    let args = [
        "measure", "dir", "--per", "record", "--record", "100", "--json",
    ];
    assert_eq!(p.run(&args).json()["rows"].as_array().unwrap().len(), 6);
    let files = p
        .run(&["measure", "dir", "--per", "member", "--json"])
        .json();
    assert_eq!(files["rows"].as_array().unwrap().len(), 2);
    let folder = p.run(&["measure", "dir", "dir/a", "--json"]).json();
    assert_eq!(folder["rows"].as_array().unwrap().len(), 2);
    assert_eq!(
        p.run_with(&["measure", "-", "--json"], &text(500)).json()["bytes"],
        500
    );
    p.run(&["measure", "dir/a", "--per", "record"]).code(2);
    p.run(&["measure", "dir/a", "--top", "1"]).code(2);
    p.run(&["measure", "dir", "--trace", "t.csv"]).code(2);
    p.run(&["measure", "dir/a", "--trace", "t.txt"]).code(2);
    p.run(&["measure", "nofile"]).code(3);
    p.run(&["measure"]).code(2);
}

#[test]
fn measured_is_what_compress_writes() {
    let p = Place::new();
    p.write("a", text(40_000));
    for level in ["-1", "-5", "-9"] {
        let measured = p.run(&["measure", "a", level, "--json"]).json();
        let written = p.run(&["compress", "a", level, "-f", "--json"]).json();
        let bytes = measured["bits"].as_f64().unwrap() / 8.0;
        let framing = written["archive_bytes"].as_f64().unwrap() - bytes;
        assert!((0.0..250.0).contains(&framing), "{framing}");
    }
}

#[test]
fn what_was_seen_before_is_cheaper() {
    let p = Place::new();
    p.write("a", minlen_testing::inputs::noise(3000, 4));
    let bits = |args: &[&str]| p.run(args).json()["bits"].as_f64().unwrap();
    let alone = bits(&["measure", "a", "--json", "--model", "order:3"]);
    let given = bits(&[
        "measure", "a", "--json", "--model", "order:3", "--given", "a",
    ]);
    assert!(given < alone / 2.0, "{given} {alone}");
}

#[test]
fn traces_are_whole() {
    let p = Place::new();
    p.write("a", text(500));
    let bits = p
        .run(&["measure", "a", "--trace", "t.csv", "--json"])
        .json();
    let bits = bits["bits"].as_f64().unwrap();
    p.run(&["measure", "a", "--trace", "t.npy"]).code(0);
    p.run(&["measure", "a", "--trace", "t.npy"]).code(2);
    p.run(&["measure", "a", "--trace", "t.npy", "-f"]).code(0);
    let csv = String::from_utf8(p.read("t.csv")).unwrap();
    assert!(csv.starts_with("offset,byte,bits\n0,"), "{csv}");
    let last = |line: &str| line.rsplit(',').next().unwrap().parse::<f64>().unwrap();
    let sum: f64 = csv.lines().skip(1).map(last).sum();
    assert!((sum - bits).abs() < 0.01, "{sum} {bits}");
    let npy = p.read("t.npy");
    let array: Vec<f64> = npyz::NpyFile::new(&npy[..]).unwrap().into_vec().unwrap();
    assert_eq!(array.len(), 500);
    assert!((array.iter().sum::<f64>() - bits).abs() < 1e-6);
}

#[test]
fn samples_depend_on_the_seed_only() {
    let p = Place::new();
    p.write("a", text(2000));
    let draw = |seed| {
        p.run(&["generate", "--like", "a", "--bytes", "1K", "--seed", seed])
            .out
    };
    assert_eq!(draw("1").len(), 1024);
    assert_eq!(draw("1"), draw("1"));
    assert_ne!(draw("1"), draw("2"));
    let args = ["generate", "--like", "a", "--bytes", "1K", "-o", "s"];
    p.run(&args).code(0);
    assert_eq!(p.read("s"), draw("1"));
    p.run(&args).code(2);
    // Where only the likeliest is drawn, there is nothing to choose by a seed.
    let top = |top_p, seed| {
        let like = ["generate", "--like", "a", "--bytes", "300"];
        let drawn = p.run(&[&like[..], &["--top-p", top_p, "--seed", seed]].concat());
        drawn.code(0);
        drawn.out
    };
    assert_eq!(top("0.001", "1"), top("0.001", "2"));
    assert_ne!(top("0.9", "1"), top("0.9", "2"));
    assert_eq!(top("1", "2"), draw("2")[..300]);
    p.run(&["generate", "--like", "a", "--bytes", "9", "--top-p", "0"])
        .code(2);
    p.run(&["generate", "--like", "nofile", "--bytes", "1"])
        .code(3);
    p.run(&["generate", "--like", "a", "--bytes", "9T"]).code(2);
}
