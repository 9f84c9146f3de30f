//! `minlen record`: what was run, from the ledger.

use crate::ui::{Exit, Fail, Global, data, json, show_path};
use minlen_task::{Entry, Ledger, RunOptions, Standing, repeat};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// List, show, compare and repeat what was run: the ledger of tasks
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
    /// The ledger, beside the tasks
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "minlen.ledger"
    )]
    ledger: PathBuf,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// All runs, the oldest first
    List,
    /// All that is known of one run
    Show {
        /// Its number
        number: i64,
    },
    /// Two runs side by side
    Compare {
        /// The number of one
        first: i64,
        /// The number of the other
        second: i64,
    },
    /// Learn and score again as a run did: the numbers must be the same
    Repeat {
        /// Its number
        number: i64,
    },
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    // Opening would begin a new one: a wrong name must not look like an empty ledger.
    if !args.ledger.is_file() {
        return Err(
            Fail::usage(format!("{} is not there", show_path(&args.ledger)))
                .hint("--ledger FILE names another; `minlen task run` makes one beside the task"),
        );
    }
    let ledger = Ledger::open(&args.ledger)?;
    match args.verb {
        Verb::List => list(&ledger, global),
        Verb::Show { number } => show(&ledger, number, global),
        Verb::Compare { first, second } => compare(&ledger, first, second, global),
        Verb::Repeat { number } => again(&ledger, number, &args.ledger, global),
    }
}

fn entry(ledger: &Ledger, number: i64) -> Result<(Entry, Standing), Fail> {
    let entry = ledger.entry(number)?.ok_or_else(|| {
        Fail::usage(format!("the ledger has no run {number}"))
            .hint("`minlen record list` lists them")
    })?;
    let standing = serde_json::from_str(&entry.standing)
        .map_err(|e| Fail::usage(format!("run {number} is of another version of minlen: {e}")))?;
    Ok((entry, standing))
}

fn list(ledger: &Ledger, global: &Global) -> Result<Exit, Fail> {
    let entries = ledger.entries()?;
    if global.json {
        let all = entries.iter().map(as_json);
        json(&json!({ "runs": all.collect::<Vec<_>>() }))?;
        return Ok(Exit::Done);
    }
    let mut out = format!(
        "{:>5}  {:<20} {:<16} {:<14} {:>12} {:>14}\n",
        "run", "when (UTC)", "task", "contestant", "blind score", "bits"
    );
    for e in &entries {
        let (score, bits) = match serde_json::from_str::<Standing>(&e.standing) {
            Ok(s) => {
                let bits = s.blind.bits.map_or("–".to_string(), |b| format!("{b:.1}"));
                (s.blind.metric.show(s.blind.value), bits)
            }
            Err(_) => ("?".to_string(), "?".to_string()),
        };
        out += &format!(
            "{:>5}  {:<20} {:<16} {:<14} {score:>12} {bits:>14}\n",
            e.id,
            when(e.time),
            e.task,
            e.contestant
        );
    }
    data(&out)?;
    Ok(Exit::Done)
}

fn show(ledger: &Ledger, number: i64, global: &Global) -> Result<Exit, Fail> {
    let (e, s) = entry(ledger, number)?;
    let looks = ledger.looks(&e.blind)?;
    if global.json {
        let mut all = as_json(&e);
        all["looks"] = json!(looks);
        json(&all)?;
        return Ok(Exit::Done);
    }
    let mut out = String::new();
    for (name, value) in lines(&e, &s) {
        out += &format!("{name:<22} {value}\n");
    }
    out += &format!("{:<22} {looks}\n\n{}", "looks at the blind set", e.toml);
    data(&out)?;
    Ok(Exit::Done)
}

fn compare(ledger: &Ledger, first: i64, second: i64, global: &Global) -> Result<Exit, Fail> {
    let ((a, s), (b, t)) = (entry(ledger, first)?, entry(ledger, second)?);
    if global.json {
        json(
            &json!({ "first": as_json(&a), "second": as_json(&b), "same_data": a.blind == b.blind }),
        )?;
        return Ok(Exit::Done);
    }
    let mut out = String::new();
    for ((name, one), (_, other)) in lines(&a, &s).into_iter().zip(lines(&b, &t)) {
        let mark = if one == other { ' ' } else { '≠' };
        out += &format!("{name:<22} {one:<36} {mark} {other}\n");
    }
    let task = if a.toml == b.toml {
        "one task"
    } else {
        "tasks that differ"
    };
    out += &format!("\nThey are of {task}.\n");
    if a.blind != b.blind {
        out += "Their blind sets differ: the scores cannot be compared.\n";
    } else if s.blind.low > t.blind.high || t.blind.low > s.blind.high {
        out += "Their intervals lie apart.\n";
    } else {
        out += "Their intervals overlap: chance may have made the difference.\n";
    }
    data(&out)?;
    Ok(Exit::Done)
}

fn again(ledger: &Ledger, number: i64, path: &Path, global: &Global) -> Result<Exit, Fail> {
    let (e, _) = entry(ledger, number)?;
    let folder = path
        .parent()
        .filter(|p| *p != Path::new(""))
        .unwrap_or(Path::new("."));
    let progress = global.progress("learning", 0);
    let done = repeat(
        &e,
        ledger,
        &RunOptions {
            name: e.task.clone(),
            folder: folder.to_path_buf(),
            out: folder.to_path_buf(),
            threads: global.threads,
            stage: &|_| (),
            watch: &progress,
        },
    )?;
    drop(progress);
    if e.version != env!("CARGO_PKG_VERSION") {
        global.warn(format!("run {number} was made by minlen {}", e.version));
    }
    let same = done.same_model && done.same_score;
    if global.json {
        json(&json!({ "run": number, "repeat": done }))?;
    } else {
        let metric = done.now.metric;
        let bits = |b: Option<f64>| b.map_or("–".to_string(), |b| format!("{b:.3}"));
        data(&format!(
            "{:<14} {:>16} {:>16}\n{:<14} {:>16} {:>16}\n{:<14} {:>16} {:>16}\n{}\n",
            "",
            "then",
            "now",
            metric.name(),
            metric.show(done.before.blind.value),
            metric.show(done.now.value),
            "bits",
            bits(done.before.blind.bits),
            bits(done.now.bits),
            match (done.same_model, done.same_score) {
                (true, true) => "The same, to the bit.",
                (false, true) => "The score is the same to the bit; what was learnt is not.",
                (true, false) => "What was learnt is the same, its score is not.",
                (false, false) => "Neither what was learnt nor its score is the same.",
            }
        ))?;
    }
    Ok(Exit::partly_if(!same))
}

fn as_json(e: &Entry) -> Json {
    let standing: Json = serde_json::from_str(&e.standing).unwrap_or(Json::Null);
    let mut all = json!(e);
    all["standing"] = standing;
    all
}

/// What a run comes to, line by line.
fn lines(e: &Entry, s: &Standing) -> Vec<(&'static str, String)> {
    let metric = s.blind.metric;
    let score = |score: &minlen_task::Score| {
        format!(
            "{} ({} – {})",
            metric.show(score.value),
            metric.show(score.low),
            metric.show(score.high)
        )
    };
    vec![
        ("run", e.id.to_string()),
        ("when (UTC)", when(e.time)),
        ("minlen", e.version.clone()),
        ("task", e.task.clone()),
        ("contestant", e.contestant.clone()),
        ("config", e.config.clone()),
        ("seed", e.seed.to_string()),
        ("training examples", e.train.clone()),
        ("blind examples", e.blind.clone()),
        ("model", e.model.clone()),
        ("metric", metric.name().to_string()),
        ("blind score", score(&s.blind)),
        ("held-out score", score(&s.held)),
        (
            "blind bits",
            s.blind.bits.map_or("–".to_string(), |b| format!("{b:.3}")),
        ),
        ("own bits", format!("{:.0}", s.own_bits)),
        ("learnt from", s.learnt_from.to_string()),
        ("seconds", format!("{:.1}", s.seconds)),
    ]
}

fn when(time: i64) -> String {
    jiff::Timestamp::from_second(time)
        .map(|t| t.strftime("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}
