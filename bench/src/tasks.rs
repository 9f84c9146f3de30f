//! Tasks of the catalogue: a contest each, and scikit-learn beside it on the same split.
//!
//! `cargo xtask tasks [NAME…] [--only CONTESTANTS] [--minutes N]`: the tasks are `bench/tasks/*.toml`,
//! in which `$DATA` stands for the folder of the data. scikit-learn takes part where `python3` (or
//! `$PYTHON`) has it.

use crate::report::grouped;
use crate::{peers, value};
use minlen_task::{Example, Modality, Outcome, Task};
use serde_json::json;
use std::collections::HashSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The tasks, if none is named. The longest ones come last.
const ALL: &[&str] = &[
    "sms", "trec", "sst2", "20news", "thucnews", "adult", "banknote", "wine", "abalone", "mpg",
    "digits", "spoken", "mnist", "tunes", "emoji", "chinese", "french",
];

pub fn run(arguments: &[String]) {
    let Some(folder) = data() else { return };
    let named: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|a| ALL.contains(a))
        .collect();
    let names = if named.is_empty() { ALL } else { &named };
    let mut table = String::from(
        "| task | metric | examples | blind | winner | value (95 %) | bits an answer | own bytes | best of all, in hindsight | scikit-learn | seconds |\n\
         |---|---|--:|--:|---|--:|--:|--:|---|---|--:|\n",
    );
    print!("{table}");
    for name in names {
        match row(name, &folder, arguments) {
            Ok(row) => {
                print!("{row}");
                table += &row;
            }
            Err(why) => eprintln!("{name}: {why}"),
        }
    }
    let kept = Path::new("bench/results/tasks.md");
    if named.is_empty() && std::fs::write(kept, table).is_ok() {
        eprintln!("kept in {}", kept.display());
    }
}

/// The folder of the data; `None`, and a word, when it is absent.
pub fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("MINLEN_DATA").unwrap_or("target/data".into());
    let found = std::fs::canonicalize(&folder).ok();
    if found.is_none() {
        eprintln!("the data is absent: MINLEN_DATA names its folder");
    }
    found
}

/// Whether the arguments name that task, or none.
pub fn named(arguments: &[String], name: &str) -> bool {
    let mut names = arguments
        .iter()
        .take_while(|a| !a.starts_with("--"))
        .peekable();
    names.peek().is_none() || names.any(|a| a == name)
}

/// A task of the catalogue.
pub fn load(name: &str, data: &Path) -> Result<Task, String> {
    let text = std::fs::read_to_string(format!("bench/tasks/{name}.toml"))
        .map_err(|e| format!("bench/tasks/{name}.toml: {e}"))?;
    let text = text.replace("$DATA", &data.to_string_lossy());
    Task::parse(&text).map_err(|e| e.to_string())
}

/// A line of the table.
fn row(name: &str, data: &Path, arguments: &[String]) -> Result<String, String> {
    let mut task = load(name, data)?;
    if let Some(minutes) = value(arguments, "--minutes").and_then(|m| m.parse().ok()) {
        task.budget.minutes = minutes;
    }
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let file = folder.path().join("task.toml");
    let text = toml::to_string(&task).map_err(|e| e.to_string())?;
    std::fs::write(&file, text).map_err(|e| e.to_string())?;

    let mut command = Command::new(peers::program("MINLEN").ok_or("minlen is not built")?);
    command
        .args(["task", "run", "--json", "--quiet"])
        .arg(&file);
    if let Some(only) = value(arguments, "--only") {
        command.args(["--only", only]);
    }
    let said = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| e.to_string())?;
    let outcome: Outcome = serde_json::from_slice(&said.stdout)
        .map_err(|_| format!("no outcome: {}", String::from_utf8_lossy(&said.stdout)))?;
    let peer = beside(&task, &outcome, folder.path())?;

    let winner = &outcome.standings[0];
    let (metric, score) = (outcome.metric, &winner.blind);
    let mut others: Vec<_> = outcome.standings.iter().collect();
    others.sort_by(|a, b| {
        let by = a.blind.value.total_cmp(&b.blind.value);
        if metric.higher_is_better() {
            by.reverse()
        } else {
            by
        }
    });
    let best = others[0];
    let seconds: f64 = outcome.standings.iter().map(|s| s.seconds).sum();
    let mut row = String::new();
    let _ = writeln!(
        row,
        "| {name} | {} | {} | {} | {} | {} ({} – {}) | {} | {} | {} {} | {peer} | {seconds:.0} |",
        metric.name(),
        grouped(outcome.train as u64),
        grouped(outcome.blind as u64),
        winner.contestant,
        metric.show(score.value),
        metric.show(score.low),
        metric.show(score.high),
        score.bits.map_or("–".into(), |b| format!(
            "{:.3}",
            b / score.examples as f64
        )),
        grouped((winner.own_bits / 8.0).ceil() as u64),
        best.contestant,
        metric.show(best.blind.value),
    );
    Ok(row)
}

/// What scikit-learn's own ones come to on the same split, in words.
fn beside(task: &Task, outcome: &Outcome, folder: &Path) -> Result<String, String> {
    let sampled = |kind: Modality| matches!(kind, Modality::Image { .. } | Modality::Sound { .. });
    let kinds = task.input.iter().map(|f| f.kind);
    if outcome.schema.writes() || kinds.into_iter().any(sampled) {
        return Ok("–".into());
    }
    let read = |files: &[PathBuf]| {
        minlen_task::read(task, files, Path::new(".")).map_err(|e| e.to_string())
    };
    let all = read(&task.data.files)?.examples;
    let given = read(&task.data.blind)?.examples;
    let cut =
        minlen_task::cut(all.clone(), given.clone(), &task.split).map_err(|e| e.to_string())?;
    let train: HashSet<&str> = cut.train.iter().map(|e| e.id.as_str()).collect();
    let blind: Vec<&Example> = match given.is_empty() {
        true => all
            .iter()
            .filter(|e| !train.contains(e.id.as_str()))
            .collect(),
        false => given.iter().collect(),
    };
    let lines = |examples: &mut dyn Iterator<Item = &Example>| {
        let mut text = String::new();
        for example in examples {
            let mut object = serde_json::Map::new();
            let values = example.inputs.iter().chain([&example.output]);
            for (field, value) in task.input.iter().chain([&task.output]).zip(values) {
                let value = match value {
                    minlen_task::Value::Missing => json!(null),
                    minlen_task::Value::Number(n) => json!(n),
                    other => json!(other.text().unwrap_or_default()),
                };
                object.insert(field.field.clone(), value);
            }
            let _ = writeln!(text, "{}", serde_json::Value::Object(object));
        }
        text
    };
    let (train, test) = (folder.join("train.jsonl"), folder.join("blind.jsonl"));
    std::fs::write(&train, lines(&mut cut.train.iter())).map_err(|e| e.to_string())?;
    std::fs::write(&test, lines(&mut blind.into_iter())).map_err(|e| e.to_string())?;
    let python = std::env::var_os("PYTHON").unwrap_or("python3".into());
    let kind = match outcome.schema.classifies() {
        true => "category",
        false => "number",
    };
    let said = Command::new(python)
        .arg("bench/tasks_sklearn.py")
        .args([&train, &test])
        .args(["--output", &task.output.field, "--kind", kind])
        .stderr(Stdio::null())
        .output();
    let said = said.map(|s| String::from_utf8_lossy(&s.stdout).into_owned());
    let mut words = Vec::new();
    for line in said.unwrap_or_default().lines() {
        if let Ok(peer) = serde_json::from_str::<serde_json::Value>(line) {
            let name = peer["name"].as_str().unwrap_or("?");
            let value = peer["value"].as_f64().unwrap_or(f64::NAN);
            words.push(format!("{name} {}", outcome.metric.show(value)));
        }
    }
    match words.is_empty() {
        true => Ok("absent".into()),
        false => Ok(words.join(", ")),
    }
}
