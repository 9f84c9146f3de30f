//! `minlen task run`

use super::Places;
use crate::ui::{Exit, Fail, Global, count, data, json};
use minlen_task::{Ledger, Outcome, RunOptions, Stage, Task};
use serde_json::json;
use std::path::PathBuf;

/// Run a contest: all contestants learn, and are scored once on the blind set
#[derive(clap::Args)]
pub struct Args {
    /// The task
    #[arg(value_name = "TASK.toml")]
    task: PathBuf,
    /// Take part: only these contestants, parted by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let mut task = Task::load(&args.task)?;
    if !args.only.is_empty() {
        task.contest.contestants = args.only;
    }
    let places = Places::of(&args.task);
    let ledger = Ledger::open(&places.ledger)?;
    let progress = global.progress("learning", 0);
    let outcome = minlen_task::run(
        &task,
        &ledger,
        &RunOptions {
            name: places.name,
            folder: places.folder,
            out: places.out,
            threads: global.threads,
            stage: &|stage| say(global, stage),
            watch: &progress,
        },
    )?;
    drop(progress);
    match global.json {
        true => json(&json!(outcome))?,
        false => data(&table(&outcome))?,
    }
    Ok(Exit::Done)
}

/// Tells how the run goes on.
fn say(global: &Global, stage: &Stage) {
    match stage {
        Stage::Read {
            train,
            blind,
            copies,
            skipped: (skipped, reasons),
        } => {
            global.say(format!(
                "{} to learn from, {}",
                count(*train as u64, "example"),
                count(*blind as u64, "blind example")
            ));
            if *copies > 0 {
                let copies = count(*copies as u64, "example");
                global.warn(format!(
                    "{copies} left out of training: a blind one has the same inputs"
                ));
            }
            if *skipped > 0 {
                global.warn(format!("{} left out", count(*skipped as u64, "row")));
                for reason in *reasons {
                    global.warn(reason);
                }
            }
        }
        Stage::Begins(name) => global.say(format!("{name} learns")),
        Stage::Declines(name, why) => global.say(format!("{name} takes no part: {why}")),
        Stage::Done(standing) => {
            let metric = standing.blind.metric;
            let again = if standing.resumed { " (as before)" } else { "" };
            global.say(format!(
                "{}: {} {}{again}",
                standing.contestant,
                metric.name(),
                metric.show(standing.blind.value)
            ));
        }
    }
}

/// The outcome for people.
fn table(outcome: &Outcome) -> String {
    let metric = outcome.metric;
    let mut out = format!(
        "{:<14} {:>12} {:>17} {:>10} {:>12} {:>9}\n",
        "contestant",
        metric.name(),
        "95 % interval",
        "bits each",
        "own bytes",
        "seconds"
    );
    for standing in &outcome.standings {
        let score = &standing.blind;
        let bits = score.bits.map(|b| b / score.examples as f64);
        out += &format!(
            "{:<14} {:>12} {:>17} {:>10} {:>12} {:>9.1}\n",
            standing.contestant,
            metric.show(score.value),
            format!("{} – {}", metric.show(score.low), metric.show(score.high)),
            bits.map_or("–".to_string(), |b| format!("{b:.3}")),
            crate::ui::grouped((standing.own_bits / 8.0).ceil() as u64),
            standing.seconds
        );
    }
    let winner = &outcome.standings[0];
    out += &format!(
        "\nThe winner is {}: chosen on held-out training examples, before the blind set was seen.\n",
        winner.contestant
    );
    out
}
