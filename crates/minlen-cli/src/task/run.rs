//! `minlen task run`

use super::Places;
use crate::ui::{Exit, Fail, Global, count, data, json};
use minlen_task::{Check, Error, Ledger, Outcome, RunOptions, Stage, Task};
use serde_json::json;
use std::cell::Cell;
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
    /// Go on even if input and output share nothing that the check before training can find
    #[arg(long)]
    force: bool,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let mut task = Task::load(&args.task)?;
    if !args.only.is_empty() {
        task.contest.contestants = args.only;
    }
    task.contest.force |= args.force;
    let places = Places::of(&args.task);
    let ledger = Ledger::open(&places.ledger)?;
    let progress = global.progress("learning", 0);
    let senseless = Cell::new(false);
    let outcome = minlen_task::run(
        &task,
        &ledger,
        &RunOptions {
            name: places.name,
            folder: places.folder,
            out: places.out,
            threads: global.threads,
            stage: &|stage| {
                if let Stage::Checked(check) = stage {
                    senseless.set(check.shared.is_some_and(|s| !s.any()));
                }
                say(global, stage);
            },
            watch: &progress,
        },
    )
    .map_err(|e| match e {
        Error::Usage(message) if senseless.get() && !task.contest.force => Fail {
            code: NOTHING_SHARED,
            message,
            hint: Some("--force goes on nevertheless"),
        },
        e => e.into(),
    })?;
    drop(progress);
    match global.json {
        true => json(&json!(outcome))?,
        false => data(&table(&outcome))?,
    }
    Ok(Exit::Done)
}

/// The exit code when input and output share nothing.
const NOTHING_SHARED: u8 = 4;

/// The check before training, for people.
fn tell(global: &Global, check: &Check) {
    if !check.labels.is_empty() {
        let most = check.labels.iter().take(6);
        let most: Vec<String> = most
            .map(|(l, c)| format!("{l} {}", crate::ui::grouped(*c as u64)))
            .collect();
        let more = if check.labels.len() > 6 { ", …" } else { "" };
        global.say(format!(
            "{}: {}{more}",
            count(check.labels.len() as u64, "label"),
            most.join(", ")
        ));
    }
    if check.once > 0 {
        global.warn(format!(
            "{} only one example: nobody can learn and be tried on it",
            match check.once {
                1 => "1 label has".to_string(),
                n => format!("{} labels have", crate::ui::grouped(n as u64)),
            }
        ));
    }
    let metric = check.metric;
    let show = |(low, value, high): (f64, f64, f64)| {
        format!(
            "{} ({} – {})",
            metric.show(value),
            metric.show(low),
            metric.show(high)
        )
    };
    global.say(format!(
        "without learning, {} on {}: the most frequent answer {}, the nearest example's {}",
        metric.name(),
        count(check.tried as u64, "training example"),
        show(check.majority),
        show(check.nearest)
    ));
    match check.shared {
        None => global.say("too few examples to tell whether input and output share anything"),
        Some(s) => global.say(format!(
            "at a glance an output costs {:.2} bits given its own input, {:.2} given another's: \
             {:.2} ({:.2} – {:.2}) less; {} (p = {:.3} by shuffling)",
            s.own,
            s.shuffled,
            s.bits.1,
            s.bits.0,
            s.bits.2,
            match s.any() {
                true => "they share something",
                false => "they share nothing that was found",
            },
            s.p
        )),
    }
}

/// Tells how the run goes on.
pub(super) fn say(global: &Global, stage: &Stage) {
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
        Stage::Checked(check) => tell(global, check),
        Stage::Note(note) => global.say(note),
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
    if winner.blind.unseen > 0 {
        out += &format!(
            "{} a label that training never saw: nobody can name it, and it counts as wrong.\n",
            match winner.blind.unseen {
                1 => "1 blind example has".to_string(),
                n => format!("{} blind examples have", crate::ui::grouped(n as u64)),
            }
        );
    }
    if let Some(within) = outcome.hoeffding {
        out += &format!(
            "Every {} above is right within ± {:.1} points, all at once, 19 times of 20 (Hoeffding, {}).\n",
            metric.name(),
            100.0 * within,
            count(outcome.looks, "look")
        );
    }
    // A bound of 1 says nothing.
    if let Some(occam) = winner.occam.filter(|o| *o < 1.0) {
        out += &format!(
            "From its training error and coded size alone: at least {} (Occam).\n",
            metric.show(1.0 - occam)
        );
    }
    out
}
