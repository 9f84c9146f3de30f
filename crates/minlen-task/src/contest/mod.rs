//! One run: all contestants, within a budget, resumable.
//!
//! | file | idea |
//! |---|---|
//! | `ground` | the data of a task, read and cut |
//! | `parts` | training examples in parts: to learn from, and held out |
//! | `trial` | one contestant learns and is tried |
//! | `joint` | one that is made of what the others have learnt |
//! | `standing` | how a contestant did |
//! | `curve` | how contestants do after learning from fewer examples |
//! | `outcome` | what a contest comes to |
//! | `repeat` | a run once more, to the same numbers |
//!
//! Each contestant learns from some of the training examples and is tried on the others; there its
//! settings, its confidence and, among all, the winner are chosen. (Few examples are cut into five
//! parts, each tried after learning from the others; of many, a tenth is tried.) If time allows it
//! then learns anew from all of them. Only then it meets the blind set, once. So the winner's blind
//! score is that of a choice made before the blind set was seen.

mod curve;
mod ground;
mod joint;
mod outcome;
mod parts;
mod repeat;
mod standing;
mod trial;

pub use curve::CurvePoint;
pub(crate) use ground::Ground;
pub use outcome::Outcome;
pub use repeat::{Repeat, repeat};
pub use standing::Standing;

use crate::check::check;
use crate::contestants::ensemble::Told;
use crate::contestants::pipeline::Pipeline;
use crate::pipeline::Steps;
use crate::{
    CONTESTANTS, Check, Contestant, Curve, Effort, Entrant, Entry, Error, Ledger, Task, Watch, data,
};
use curve::curve;
use joint::{joins_the_same, joint};
use minlen_stats::hoeffding;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use trial::{Asked, trial};

/// How to run a task.
pub struct RunOptions<'a> {
    /// The task's name, for the ledger.
    pub name: String,
    /// The folder that the task's paths are relative to.
    pub folder: PathBuf,
    /// The folder that trained contestants are kept in. It is made if need be.
    pub out: PathBuf,
    /// Threads.
    pub threads: usize,
    /// Hears of stages, one after the other.
    pub stage: &'a dyn Fn(&Stage),
    /// Hears of progress, and may ask to stop.
    pub watch: &'a dyn Watch,
}

impl RunOptions<'_> {
    fn effort<'a>(&'a self, until: Instant, like: Option<&'a str>) -> Effort<'a> {
        Effort {
            until,
            like,
            threads: self.threads,
            watch: self.watch,
        }
    }

    /// An error if somebody asked to stop.
    fn go_on(&self) -> Result<(), Error> {
        match self.watch.stop() {
            true => Err(Error::Stopped),
            false => Ok(()),
        }
    }
}

/// What is happening.
pub enum Stage<'a> {
    /// The data were read and cut.
    Read {
        /// Training examples.
        train: usize,
        /// Blind ones.
        blind: usize,
        /// Training examples left out because a blind one has the same inputs.
        copies: usize,
        /// Rows left out, and the reasons of the first few.
        skipped: (usize, &'a [String]),
    },
    /// Something about the data that is worth knowing.
    Note(&'a str),
    /// The check before training is done.
    Checked(&'a Check),
    /// A contestant begins.
    Begins(&'a str),
    /// A contestant takes no part, for this reason.
    Declines(&'a str, &'a str),
    /// A contestant is done.
    Done(&'a Standing),
}

/// Why a contest does not begin.
const NOTHING_SHARED: &str = "input and output share nothing that could be found: outputs cost as \
     much given their own inputs as given those of others";

/// Why a contestant does not begin.
const USED_UP: &str = "the budget was used up";
/// Answers may go on for so long after the budget is used up: a share of it, and at least so many
/// seconds.
const GRACE: (u32, u64) = (4, 30);

/// Runs a contest. What an earlier run with the same ledger, task, data and version has done is
/// taken from there.
pub fn run(task: &Task, ledger: &Ledger, options: &RunOptions) -> Result<Outcome, Error> {
    let until = Instant::now() + Duration::from_secs_f64(task.budget.minutes * 60.0);
    let pipeline = Pipeline::new(task.pipeline.clone());
    let chosen = chosen(task, &pipeline)?;
    // Faults of modules are told before anything takes time.
    let fields: Vec<String> = task.input.iter().map(|f| f.field.clone()).collect();
    Steps::new(&task.pipeline, &fields)?;
    let ground = Ground::read(task, &options.folder)?;
    for note in &ground.notes {
        (options.stage)(&Stage::Note(note));
    }
    (options.stage)(&Stage::Read {
        train: ground.train.len(),
        blind: ground.blind.len(),
        copies: ground.copies,
        skipped: (ground.skipped, &ground.reasons),
    });
    let checked = check(&ground.train, &ground.schema, ground.metric, options.watch)?;
    (options.stage)(&Stage::Checked(&checked));
    if checked.shared.is_some_and(|s| !s.any()) && !task.contest.force {
        return Err(Error::Usage(NOTHING_SHARED.to_string()));
    }
    fs::create_dir_all(&options.out).map_err(data::io("make", &options.out))?;
    let (train_name, blind_name) = ground.names();
    let mut blank = Entry {
        id: 0,
        time: 0,
        version: env!("CARGO_PKG_VERSION").to_string(),
        task: options.name.clone(),
        toml: String::new(),
        train: train_name,
        blind: blind_name,
        contestant: String::new(),
        config: String::new(),
        seed: task.contest.seed,
        model: String::new(),
        standing: String::new(),
    };
    let (copies, skipped) = (ground.copies, ground.skipped);
    let (parts, blind) = ground.parts(task.contest.seed);
    let metric = parts.metric;
    let (mut standings, mut declined) = (Vec::<Standing>::new(), Vec::new());
    // Learning from 1/32, 1/16, … 1/2 of the examples takes as long as learning from all does.
    let tried = match task.contest.curve {
        Curve::No => until,
        _ => until - until.saturating_duration_since(Instant::now()) / 2,
    };
    // Some learn at once and take their time to answer.
    let budget = Duration::from_secs_f64(task.budget.minutes * 60.0);
    let asked = Asked {
        blind: blind.len(),
        end: tried + (budget / GRACE.0).max(Duration::from_secs(GRACE.1)),
    };
    let mut decline = |name: &str, why: String| {
        (options.stage)(&Stage::Declines(name, &why));
        declined.push((name.to_string(), why));
    };
    for (i, contestant) in chosen.iter().enumerate() {
        let name = contestant.name();
        if let Err(why) = contestant.suits(&parts.schema) {
            decline(name, why);
            continue;
        }
        blank.contestant = name.to_string();
        blank.toml = normalised(task, name)?;
        if let Some(mut before) = resumed(ledger, &blank, &options.out)?
            && (!contestant.joins() || joins_the_same(&before, &standings))
        {
            before.resumed = true;
            (options.stage)(&Stage::Done(&before));
            standings.push(before);
            continue;
        }
        let now = Instant::now();
        if now >= tried {
            decline(name, USED_UP.to_string());
            continue;
        }
        (options.stage)(&Stage::Begins(name));
        // What is left is shared evenly by those that have not begun; the quick ones come first
        // and leave the more to the slow ones.
        let share = (tried - now) / (chosen.len() - i) as u32;
        let (learnt, told) = if contestant.joins() {
            match joint(&standings, &parts, tried, options)? {
                Ok(learnt) => (learnt, None),
                Err(why) => {
                    decline(name, why);
                    continue;
                }
            }
        } else {
            match trial(*contestant, &parts, now + share, &asked, options)? {
                Ok((learnt, told)) => (learnt, Some(told)),
                Err(answers) => {
                    let minutes = (answers.as_secs_f64() / 60.0).ceil();
                    decline(
                        name,
                        format!(
                            "its answers would take {minutes} minutes more: [budget] needs more, \
                             or [split] fewer blind examples"
                        ),
                    );
                    continue;
                }
            }
        };
        let look = |entrant: &mut Entrant| {
            ledger.look(&blank.blind, name)?;
            blind.score(entrant, &parts.schema, metric, options.watch)
        };
        let (standing, saved) = learnt.stand(*contestant, &parts, options.watch, look)?;
        if let Some(told) = told {
            let held = Held {
                model: standing.model.clone(),
                told,
            };
            let held = serde_json::to_vec(&held).map_err(unwritten)?;
            keep(&held_file(&options.out, name), &held)?;
        }
        keep(&model_file(&options.out, name), &saved)?;
        ledger.add(&Entry {
            config: standing.config.clone(),
            model: standing.model.clone(),
            standing: serde_json::to_string(&standing).map_err(unwritten)?,
            ..blank.clone()
        })?;
        (options.stage)(&Stage::Done(&standing));
        standings.push(standing);
    }
    if standings.is_empty() {
        let why = match declined.iter().any(|(_, why)| why == USED_UP) {
            true => "reading and checking the data used up the budget: [budget] needs more minutes",
            false => {
                "no contestant takes part, for the reasons told: see `minlen task contestants`"
            }
        };
        return Err(Error::Usage(why.to_string()));
    }
    rank(&mut standings);
    let curve = match task.contest.curve {
        Curve::No => Vec::new(),
        kind => curve(&chosen, &standings, &parts, kind, until, options)?,
    };
    let looks = ledger.looks(&blank.blind)?;
    let outcome = Outcome {
        name: options.name.clone(),
        task: task.clone(),
        metric,
        train: parts.train.len(),
        blind: blind.len(),
        copies,
        skipped,
        blind_name: blank.blind.clone(),
        looks,
        hoeffding: metric
            .is_share()
            .then(|| hoeffding(blind.len() as u64, looks, 0.05)),
        standings,
        declined,
        check: Some(checked),
        curve,
        schema: parts.schema,
    };
    outcome.save(&options.out)?;
    Ok(outcome)
}

/// The contestants that the task names; all, if it names none. The task's own pipeline stands in
/// for the one without modules.
fn chosen<'a>(task: &Task, pipeline: &'a Pipeline) -> Result<Vec<&'a dyn Contestant>, Error> {
    let names = &task.contest.contestants;
    for name in names {
        if CONTESTANTS.iter().all(|c| c.name() != name) {
            let known: Vec<_> = CONTESTANTS.iter().map(|c| c.name()).collect();
            return Err(Error::Usage(format!(
                "there is no contestant {name:?}; there are {}",
                known.join(", ")
            )));
        }
    }
    let all = CONTESTANTS
        .iter()
        .map(|c| match c.name() == pipeline.name() {
            true => pipeline as &dyn Contestant,
            false => *c,
        });
    Ok(all
        .filter(|c| names.is_empty() || names.iter().any(|n| n == c.name()))
        .collect())
}

/// The best first: by the task's own measure on held-out training examples, then by their bits.
/// The blind scores have no say.
fn rank(standings: &mut [Standing]) {
    standings.sort_by(|a, b| {
        let (x, y) = (a.held.value, b.held.value);
        let by_value = match a.held.metric.higher_is_better() {
            true => y.total_cmp(&x),
            false => x.total_cmp(&y),
        };
        let bits = |s: &Standing| s.held.bits.unwrap_or(f64::INFINITY);
        by_value.then(bits(a).total_cmp(&bits(b)))
    });
}

/// What an earlier run has done, if what it learnt is still there.
fn resumed(ledger: &Ledger, blank: &Entry, out: &Path) -> Result<Option<Standing>, Error> {
    let Some(before) = ledger.same(blank)? else {
        return Ok(None);
    };
    let same = saved_by(out, &before.contestant, &before.model).is_ok();
    // A standing that an older development version wrote is made anew.
    let standing = serde_json::from_str::<Standing>(&before.standing).ok();
    Ok(standing.filter(|_| same).map(|standing| Standing {
        model: before.model,
        ..standing
    }))
}

/// What a contestant has learnt in the run that called it `model`. Two runs share a folder if they
/// are of one task: the later one's files may be there while the earlier one's outcome still is.
pub(crate) fn saved_by(out: &Path, contestant: &str, model: &str) -> Result<Vec<u8>, Error> {
    let path = model_file(out, contestant);
    let saved = fs::read(&path).map_err(data::io("read", &path))?;
    match model.is_empty() || name_of(&saved) == model {
        true => Ok(saved),
        false => Err(Error::Usage(format!(
            "{} is of another run than its score: `minlen task run` makes both anew",
            path.display()
        ))),
    }
}

/// Where it is kept what a contestant has learnt.
fn model_file(out: &Path, contestant: &str) -> PathBuf {
    out.join(format!("{contestant}.model"))
}

/// What a contestant said to held-out examples, and the name of what it learnt in the same run.
#[derive(Serialize, Deserialize)]
struct Held {
    model: String,
    told: Vec<Told>,
}

/// Where that is kept.
fn held_file(out: &Path, name: &str) -> PathBuf {
    out.join(format!("{name}.held"))
}

pub(crate) fn name_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_string()
}

/// A task as it counts for the ledger: without what does not change a contestant's results.
fn normalised(task: &Task, contestant: &str) -> Result<String, Error> {
    let mut task = task.clone();
    if contestant != "pipeline" {
        task.pipeline.clear();
    }
    task.contest.contestants.clear();
    task.contest.force = false;
    toml::to_string(&task).map_err(|e| Error::Usage(e.to_string()))
}

/// Writes a file whole or not at all.
fn keep(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // Two runs at once write two files.
    let part = path.with_extension(format!("{}.part", std::process::id()));
    let written = fs::write(&part, bytes).map_err(data::io("write", &part));
    let done = written.and_then(|()| fs::rename(&part, path).map_err(data::io("write", path)));
    if done.is_err() {
        // On a full disk half a file would only take what room is left.
        let _ = fs::remove_file(&part);
    }
    done
}

fn unwritten(e: serde_json::Error) -> Error {
    Error::Usage(format!("the outcome cannot be written: {e}"))
}
