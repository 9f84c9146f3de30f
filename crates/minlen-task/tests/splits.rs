//! Which split is proposed for data that nobody has described.

use minlen_task::{Format, Proposal, Split, SplitBy, Wishes, cut, propose, read};
use std::path::Path;

fn proposed(folder: &Path, name: &str, text: String) -> Proposal {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    propose(&[path], folder, &Wishes::default()).unwrap()
}

/// A table of 120 rows: a number, a word, and one more column by `rule` under `name`.
fn table(name: &str, rule: impl Fn(usize) -> String) -> Proposal {
    let folder = tempfile::tempdir().unwrap();
    let row = |i: usize| {
        let word = ["sun", "rain", "snow"][i % 3];
        format!("{},{},{word}\n", rule(i), i * 37 % 101)
    };
    let rows: String = (0..120).map(row).collect();
    let proposal = proposed(folder.path(), "d.csv", format!("{name},size,label\n{rows}"));
    let task = &proposal.task;
    let fields: Vec<&str> = task.input.iter().map(|f| f.field.as_str()).collect();
    assert_eq!((&*task.output.field, &fields[..]), ("label", &["size"][..]));
    // It can be done: neither side is empty.
    let examples = read(task, &task.data.files, folder.path())
        .unwrap()
        .examples;
    let cut = cut(examples, Vec::new(), &task.split).unwrap();
    assert!((5..60).contains(&cut.blind.len()), "{}", proposal.toml);
    proposal
}

#[test]
fn rows_of_one_speaker_or_patient_stay_together() {
    for name in ["speaker", "Patient_ID", "author name", "visit_id"] {
        let Proposal { task, toml, .. } = table(name, |i| format!("p{}", i % 7));
        assert_eq!(task.split.by, SplitBy::Group, "{toml}");
        assert_eq!(task.split.field.as_deref(), Some(name));
        assert!(toml.contains("stay together") && toml.contains("# by = \"hash\""));
    }
}

#[test]
fn the_last_ones_are_blind_where_there_are_dates() {
    let Proposal { task, toml, .. } = table("day", |i| {
        format!("2024-{:02}-{:02}", i / 28 + 1, i % 28 + 1)
    });
    assert_eq!(
        (task.split.by, task.split.field.as_deref()),
        (SplitBy::Time, Some("day"))
    );
    assert!(toml.contains("lies ahead"), "{toml}");
}

#[test]
fn a_column_that_says_train_and_test_is_the_split_and_never_the_output() {
    let sides = |names: &'static [&'static str]| move |i: usize| names[i % names.len()].to_string();
    for (names, values) in [
        (&["train", "train", "test"][..], &[][..]),
        (&["Train", "train", "valid", "test"], &[]),
        (&["train", "train", "train", "val"], &["val"]),
    ] {
        let split = table("fold", sides(names)).task.split;
        assert_eq!(
            (split.by, split.field.as_deref()),
            (SplitBy::Given, Some("fold"))
        );
        assert_eq!(split.values, values);
    }
    // Numbers of folds say nothing about what is blind, and are nothing to learn from.
    assert_eq!(
        table("fold", |i| (i % 4).to_string()).task.split,
        Split::default()
    );

    let folder = tempfile::tempdir().unwrap();
    let tune = |i: usize| {
        let abc = format!(
            "L:1/4\\nK:G\\n{}|\\n",
            ["GBd", "Ace", "gfe"][i % 3].repeat(i)
        );
        let split = ["train", "train", "valid", "test"][i % 4];
        let style = ["dance", "song", "hymn"][i % 3];
        format!("{{\"style\": \"{style}\", \"abc\": \"{abc}\", \"split\": \"{split}\"}}\n")
    };
    let Proposal { task, toml, .. } =
        proposed(folder.path(), "tunes.jsonl", (1..90).map(tune).collect());
    assert_eq!(task.data.format, Format::Jsonl);
    assert_eq!(
        (&*task.output.field, task.split.by),
        ("style", SplitBy::Given),
        "{toml}"
    );
    assert!(task.input.iter().all(|f| f.field == "abc"), "{toml}");
}

#[test]
fn files_that_name_their_speakers_are_split_by_them() {
    let folder = tempfile::tempdir().unwrap();
    let people = ["ann", "bob", "cat", "dan", "eve", "fay"];
    for i in 0..90u8 {
        let name = format!(
            "{}_{}_{}.pgm",
            i % 3,
            people[usize::from(i) / 3 % 6],
            i / 18
        );
        let image = [b"P5\n2 1\n255\n".as_slice(), &[i, i]].concat();
        std::fs::write(folder.path().join(name), image).unwrap();
    }
    for (pattern, field) in [
        (None, "part2"),
        (Some("{word}_{speaker}_{take}.pgm"), "speaker"),
    ] {
        let wishes = Wishes {
            pattern: pattern.map(str::to_string),
            ..Wishes::default()
        };
        let paths = [folder.path().to_path_buf()];
        let task = propose(&paths, folder.path(), &wishes).unwrap().task;
        assert_eq!(task.split.by, SplitBy::Group);
        assert_eq!(task.split.field.as_deref(), Some(field));
    }
}
