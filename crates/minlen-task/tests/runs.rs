//! Whole runs: what is resumed and what is repeated.

use minlen_task::{Cache, Ledger, RunOptions, Task, repeat, run, trace};
use std::path::Path;

/// Rows whose label hangs on a number and, if that is small, on a word; now and then on neither.
fn rows(folder: &Path) {
    let rows = (0..240).map(|i| {
        let word = ["sun", "rain", "snow"][i * 7 % 3];
        let label = match i {
            i if i % 17 == 0 => "a",
            i if i % 50 >= 25 => "late",
            i => ["a", "b", "c"][i * 7 % 3],
        };
        format!("{word} on day {i},{},{label}\n", i % 50)
    });
    let text = format!("text,number,label\n{}", rows.collect::<String>());
    std::fs::write(folder.join("d.csv"), text).unwrap();
}

const TASK: &str = "
input = [{ field = 'text', kind = 'text' }, { field = 'number', kind = 'number' }]
output = { field = 'label', kind = 'category' }
data = { files = ['d.csv'], format = 'csv' }
contest = { contestants = ['majority', 'linear', 'trees', 'ensemble'], force = true }
";

fn options(folder: &Path) -> RunOptions<'static> {
    RunOptions {
        name: "runs".into(),
        folder: folder.to_path_buf(),
        out: folder.join("run"),
        threads: 1,
        stage: &|_| (),
        watch: &(),
    }
}

#[test]
fn an_ensemble_is_repeated_with_all_that_it_joins() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    rows(folder);
    let task = Task::parse(TASK).unwrap();
    let ledger = Ledger::open(&folder.join("ledger")).unwrap();
    let outcome = run(&task, &ledger, &options(folder)).unwrap();
    assert_eq!(outcome.standings.len(), 4, "{:?}", outcome.declined);
    let again = run(&task, &ledger, &options(folder)).unwrap();
    assert!(again.standings.iter().all(|s| s.resumed));
    assert_eq!(
        again.looks, outcome.looks,
        "what is resumed looks at nothing"
    );

    // Without what it has learnt, linear learns anew: the ensemble of before joined the older one.
    std::fs::remove_file(folder.join("run/linear.model")).unwrap();
    let later = run(&task, &ledger, &options(folder)).unwrap();
    assert!(later.standings.iter().any(|s| !s.resumed));
    for entry in ledger.entries().unwrap() {
        let told = repeat(&entry, &ledger, &options(folder)).unwrap();
        assert!(told.same_model && told.same_score, "{}", entry.contestant);
    }
}

const LEARNED: &str = "
[[pipeline]]
name = 'word'
kind = 'split'
by = ' '
[[pipeline]]
name = 'large'
kind = 'upper'
[[pipeline]]
name = 'label of'
kind = 'learned'
from = ['large', 'number']
contestant = 'linear'
";

#[test]
fn a_learned_step_is_traced_replaced_and_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    rows(folder);
    let task = TASK.replace("'majority', 'linear', 'trees', 'ensemble'", "'pipeline'");
    let text = format!("{task}{LEARNED}");
    let mut cache = Cache::default();
    let traced = |text: &str, cache: &mut Cache| {
        let task = Task::parse(text).unwrap();
        trace(&task, None, cache, &options(folder)).unwrap()
    };
    let first = traced(&text, &mut cache);
    let right = |(example, steps): &&(minlen_task::Example, Vec<minlen_task::TraceStep>)| {
        steps[2].made[0].1.as_deref() == example.output.text()
    };
    assert!(10 * first.iter().filter(right).count() > 8 * first.len());
    let again = traced(&text, &mut cache);
    assert!(again.iter().all(|(_, steps)| steps.iter().all(|s| s.kept)));
    // Small letters for large ones: the step before stays, the one after learns and runs anew.
    let other = traced(&text.replace("'upper'", "'lower'"), &mut cache);
    assert!(other.iter().all(|(_, steps)| steps[0].kept));
    assert!(!other[0].1[2].kept);

    let ledger = Ledger::open(&folder.join("ledger")).unwrap();
    run(&Task::parse(&text).unwrap(), &ledger, &options(folder)).unwrap();
    let entry = ledger.entry(1).unwrap().unwrap();
    assert!(entry.config.contains("label of.cost="), "{}", entry.config);
    let told = repeat(&entry, &ledger, &options(folder)).unwrap();
    assert!(told.same_model && told.same_score);
}

#[test]
fn examples_that_lose_their_labels_are_still_read_and_a_run_of_them_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    rows(folder);
    let task = |contest: &str| {
        let contestants = "contestants = ['linear', 'probe'], force = true";
        let before = "contestants = ['majority', 'linear', 'trees', 'ensemble'], force = true";
        Task::parse(&TASK.replace(before, &format!("{contestants}, {contest}"))).unwrap()
    };
    let ledger = Ledger::open(&folder.join("ledger")).unwrap();
    let all = run(&task("seed = 0"), &ledger, &options(folder)).unwrap();
    let some = task("seed = 0, labels = 0.25, curve = 'labels'");
    let some = run(&some, &ledger, &options(folder)).unwrap();
    assert_eq!(some.train, (all.train as f64 / 4.0).round() as usize);
    assert_eq!((some.blind, &some.blind_name), (all.blind, &all.blind_name));
    for contestant in ["linear", "probe"] {
        let sizes = some.curve.iter().filter(|p| p.contestant == contestant);
        assert!(sizes.count() > 2);
    }
    let entries = ledger.entries().unwrap();
    let few = entries.iter().filter(|e| e.toml.contains("labels = 0.25"));
    assert_eq!(few.clone().count(), 2);
    for entry in few {
        let told = repeat(entry, &ledger, &options(folder)).unwrap();
        assert!(told.same_model && told.same_score, "{}", entry.contestant);
    }
    // Without the inputs of the others it is another contest, of as many examples.
    let mut alone = task("seed = 0, labels = 0.25, labelled_only = true");
    alone.contest.contestants = vec!["linear".to_string()];
    let alone = run(&alone, &ledger, &options(folder)).unwrap();
    assert_eq!(alone.train, some.train);
    let learnt_from =
        |e: &minlen_task::Entry| e.toml.contains("labelled_only").then(|| e.train.clone());
    let entries = ledger.entries().unwrap();
    let alone: Vec<_> = entries.iter().filter_map(learnt_from).collect();
    let others = entries.iter().filter(|e| learnt_from(e).is_none());
    assert_eq!(alone.len(), 1);
    assert!(others.into_iter().all(|e| e.train != alone[0]));
    for (wrong, why) in [("labels = 0.0", "above 0"), ("curve = 'few'", "\"few\"")] {
        let text = TASK.replace("force = true", wrong);
        let told = Task::parse(&text).unwrap_err().to_string();
        assert!(told.contains(why), "{told}");
    }
}
