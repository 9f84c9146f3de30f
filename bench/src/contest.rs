//! Contests that are run here, for benches that go on with what was learnt.

use crate::value;
use minlen_task::{Example, Ledger, Outcome, RunOptions, Stage, Task};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Runs a task with some contestants, its files in `folder`, and prints how each did. What was learnt
/// there before is not learnt again.
pub fn contest(
    name: &str,
    task: &mut Task,
    contestants: &[&str],
    arguments: &[String],
    folder: &Path,
) -> Result<Outcome, String> {
    if let Some(minutes) = value(arguments, "--minutes").and_then(|m| m.parse().ok()) {
        task.budget.minutes = minutes;
    }
    task.contest.contestants = contestants.iter().map(|c| (*c).to_string()).collect();
    fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    let ledger = Ledger::open(&folder.join("minlen.ledger")).map_err(|e| e.to_string())?;
    let options = RunOptions {
        name: name.to_string(),
        folder: ".".into(),
        out: folder.join(name),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        stage: &|stage| {
            if let Stage::Begins(name) = stage {
                eprintln!("{name} learns");
            }
        },
        watch: &(),
    };
    let outcome = minlen_task::run(task, &ledger, &options).map_err(|e| e.to_string())?;
    println!(
        "{name}: {} examples to learn from, {} blind; looks at this blind set here: {}\n\n\
         | contestant | {} | 95 % interval | bits each | own bytes | seconds |\n|---|--:|---|--:|--:|--:|",
        outcome.train,
        outcome.blind,
        outcome.looks,
        outcome.metric.name()
    );
    for standing in &outcome.standings {
        let (metric, score) = (outcome.metric, &standing.blind);
        println!(
            "| {} | {} | {} – {} | {} | {:.0} | {:.0} |",
            standing.contestant,
            metric.show(score.value),
            metric.show(score.low),
            metric.show(score.high),
            score.bits.map_or("–".into(), |b| format!(
                "{:.1}",
                b / score.examples as f64
            )),
            standing.own_bits / 8.0,
            standing.seconds
        );
    }
    println!();
    Ok(outcome)
}

/// The examples of a task: those to learn from, and the blind ones.
pub fn sides(task: &Task) -> Result<(Vec<Example>, Vec<Example>), String> {
    let read = minlen_task::read(task, &task.data.files, Path::new("."));
    let all = read.map_err(|e| e.to_string())?.examples;
    let cut = minlen_task::cut(all.clone(), Vec::new(), &task.split).map_err(|e| e.to_string())?;
    let train: HashSet<&str> = cut.train.iter().map(|e| e.id.as_str()).collect();
    let blind = all.into_iter().filter(|e| !train.contains(e.id.as_str()));
    let blind = blind.collect();
    Ok((cut.train, blind))
}
