//! `minlen study`.

use crate::{Place, text};

#[test]
fn a_study_leaves_its_report_and_nothing_else() {
    let p = Place::new();
    p.write("in/a.txt", text(20_000));
    p.write("in/b.bin", [7; 500]);
    let args = ["study", "in", "--model", "order:0", "--model", "order:2"];
    let out = p.run(&args).code(0);
    assert!(out.contains("2 files, 20,500 bytes"), "{out}");
    assert!(out.contains("* order:2"), "{out}");
    assert!(
        out.contains("b.bin: one byte value, repeated 500 times"),
        "{out}"
    );
    assert!(out.contains("report: minlen-study/report.html"), "{out}");
    assert_eq!(p.names(), ["in", "minlen-study"]);
    let page = String::from_utf8(p.read("minlen-study/report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(page.contains("minlen study in --model order:0 --model order:2"));

    // Again: its own report is replaced, and, as JSON, printed.
    let json = p.run(&[&args[..], &["--json"]].concat()).json();
    let file = minlen_report_json(&p);
    assert_eq!(json["study"]["files"], file["study"]["files"]);
    assert_eq!(json["study"]["total"]["bytes"], 20_500);

    // In the folder that is studied, the report is no data.
    let inside = [&args[..], &["-o", "in/out"]].concat();
    p.run(&inside).code(0);
    p.run(&inside).code(0);
    let report = String::from_utf8(p.read("in/out/report.json")).unwrap();
    assert!(!report.contains("report.html"));
}

#[test]
fn a_study_says_what_earned_the_bits() {
    let p = Place::new();
    p.write("a.txt", text(20_000));
    let out = p
        .run(&["study", "a.txt", "--model", "mix2:fast,12"])
        .code(0);
    assert!(
        out.contains("What earned the bits, under mix2:fast,12:\n"),
        "{out}"
    );
    let json = minlen_report_json(&p);
    let file = &json["study"]["files"][0];
    let earned = file["detail"]["earned"].as_array().unwrap();
    let sum: f64 = earned.iter().map(|e| e["bits"].as_f64().unwrap()).sum();
    let cost = file["scores"][1]["bits"].as_f64().unwrap();
    assert!((8.0 * 20_000.0 - cost - sum).abs() < 0.01);
    // Models that cannot tell, say nothing.
    let out = p.run(&["study", "a.txt", "--model", "order:1"]).code(0);
    assert!(!out.contains("What earned"), "{out}");
}

fn minlen_report_json(p: &Place) -> serde_json::Value {
    serde_json::from_slice(&p.read("minlen-study/report.json")).unwrap()
}

#[test]
fn what_is_kept_can_be_extracted() {
    let p = Place::new();
    p.write("in/a.txt", text(5000));
    p.write("in/empty", "");
    let args = ["study", "in", "--keep", "-o", "out", "--model", "order:2"];
    for _ in 0..2 {
        let out = p.run(&args).code(0);
        assert!(
            out.contains("all 5,000 bytes decoded and found equal"),
            "{out}"
        );
    }
    p.run(&["extract", "out/best.mln", "-o", "back"]).code(0);
    assert_eq!(p.read("back/in/a.txt"), text(5000));
}

#[test]
fn foreign_files_stay() {
    let p = Place::new();
    p.write("a", text(100));
    p.write("out/report.html", "<p>my own page");
    let ran = p.run(&["study", "a", "-o", "out"]);
    ran.code(2);
    assert!(ran.err.contains("in the way"), "{}", ran.err);
    assert_eq!(p.read("out/report.html"), b"<p>my own page");
    p.write("other/best.mln", "not an archive");
    p.run(&["study", "a", "-o", "other", "--keep"]).code(2);
    assert_eq!(p.read("other/best.mln"), b"not an archive");

    p.run(&["study", "none", "-o", "new"]).code(3);
    p.run(&["study"]).code(2);
    p.run(&["study", "a", "--model", "nonsense"]).code(2);
}
