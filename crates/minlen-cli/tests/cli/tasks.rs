//! Tasks.

use crate::Place;

/// A run of `contestant` on `rows` of JSON, inputs in `in`, outputs of that kind in `out`.
fn learnt(kind: &str, contestant: &str, rows: impl Iterator<Item = (String, String)>) -> Place {
    let place = Place::new();
    let rows = rows.map(|(i, o)| serde_json::json!({"in": i, "out": o}).to_string() + "\n");
    place.write("d.jsonl", rows.collect::<String>());
    place.write("task.toml", task(kind, contestant));
    place.run(&["task", "run", "task.toml", "--force"]).code(0);
    place
}

fn task(kind: &str, contestant: &str) -> String {
    format!(
        "input = [{{ field = 'in', kind = 'text' }}]\n\
         output = {{ field = 'out', kind = '{kind}' }}\n\
         data = {{ files = ['d.jsonl'], format = 'jsonl' }}\n\
         contest = {{ contestants = ['{contestant}'] }}\n"
    )
}

#[test]
fn tunes_are_written_as_files_that_can_be_heard() {
    let tune = |i: usize| format!("X:1\nL:1/4\nK:G\n{}|\n", ["G B d", "A c e", "g f e"][i % 3]);
    let words = [
        "rising slowly up the hill",
        "along with all the others",
        "down again to where we were",
    ];
    let word = |i: usize| words[i % 3];
    let rows = (0..60).map(|i| (format!("{} {i}", word(i)), tune(i)));
    let place = learnt("abc", "neighbours", rows);
    let args = ["task", "predict", "task.toml", "-o", "out"];
    let out = place
        .run_with(
            &args,
            b"\"rising slowly up the hill 77\"\n\"down again to where we were 5\"\n",
        )
        .code(0);
    let lines: Vec<serde_json::Value> = (out.lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[1]["answer"], tune(2));
    let files = serde_json::json!(["out/2.abc", "out/2.mid", "out/2.wav"]);
    assert_eq!(lines[1]["files"], files);
    assert_eq!(place.read("out/1.abc"), tune(0).into_bytes());
    assert!(place.read("out/1.mid").starts_with(b"MThd"));
    assert!(place.read("out/1.wav").starts_with(b"RIFF"));
}

#[test]
fn answers_are_drawn_by_seed() {
    let names = ["tabby cat", "barking dog", "little bird", "grey mouse"];
    let rows = (0..80).map(|i| {
        let name = names[i % 4];
        (format!("the {name} number {i}"), name.to_uppercase())
    });
    let place = learnt("text", "primed", rows);
    let drawn = |seed: &str, more: &[&str]| -> Vec<String> {
        let args = [
            "task",
            "predict",
            "task.toml",
            "--draw",
            "3",
            "--seed",
            seed,
        ];
        let out = place
            .run_with(&[&args, more].concat(), b"\"the tabby cat number 99\"\n")
            .code(0);
        let answer = |line: &str| -> String {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["answer"].as_str().unwrap().to_string()
        };
        out.lines().map(answer).collect()
    };
    let hot = ["--temperature", "3"];
    let first = drawn("5", &hot);
    assert_eq!(first.len(), 3);
    assert_eq!(drawn("5", &hot), first);
    // Each has the seed that follows.
    assert_eq!(drawn("6", &hot)[..2], first[1..]);
    assert_ne!(first[0], first[1]);
    // Of next to nothing the likeliest is left, whatever the seed.
    let cold = drawn("5", &["--top-p", "0.01"]);
    assert_eq!(cold, drawn("9", &["--top-p", "0.01"]));
    assert_eq!(cold[0], cold[1]);
}

#[test]
fn who_writes_nothing_draws_nothing() {
    let rows = (0..60).map(|i| (format!("row {i}"), ["a", "b"][i % 2].to_string()));
    let place = learnt("category", "majority", rows);
    let args = ["task", "predict", "task.toml", "--draw", "2"];
    let out = place.run_with(&args, b"\"row 7\"\n").code(1);
    assert!(out.lines().all(|line| line.contains("error")), "{out}");
}
