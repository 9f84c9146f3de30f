//! One run: all contestants, within a budget, resumable.
//!
//! Each contestant learns from nine tenths of the training examples and is tried on the last tenth;
//! there its settings, its confidence and, among all, the winner are chosen. If time allows it then
//! learns anew from all of them. Only then it meets the blind set, once. So the winner's blind
//! score is that of a choice made before the blind set was seen.

use crate::blind::judge;
use crate::{
    CONTESTANTS, Confidence, Contestant, Cut, Effort, Entrant, Entry, Error, Example, Family,
    Ledger, Metric, Schema, Score, Task, Training, Watch, cut, data, value,
};
use minlen_stats::{hoeffding, occam};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
    /// A contestant begins.
    Begins(&'a str),
    /// A contestant takes no part, for this reason.
    Declines(&'a str, &'a str),
    /// A contestant is done.
    Done(&'a Standing),
}

/// How one contestant did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Its name.
    pub contestant: String,
    /// Its family.
    pub family: Family,
    /// What it chose.
    pub config: String,
    /// How it did on training examples that it had not learnt from. The winner is chosen by it.
    pub held: Score,
    /// How it did on examples that it learnt from (a sample of at most 2,000).
    pub train: Score,
    /// How it did on the blind set.
    pub blind: Score,
    /// Bits of what it has learnt, coded.
    pub own_bits: f64,
    /// Whether it learnt anew from all training examples.
    pub from_all: bool,
    /// Examples that it learnt from in the end.
    pub learnt_from: usize,
    /// Seconds that learning took.
    pub seconds: f64,
    /// How its confidence is read.
    pub confidence: Confidence,
    /// For shares of right answers: the highest blind error that training error and coded size
    /// allow, but with probability 5 %; 1: they say nothing.
    pub occam: Option<f64>,
    /// Whether it was there from an earlier run.
    #[serde(skip)]
    pub resumed: bool,
}

/// What a contest comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The task's name.
    pub name: String,
    /// The task.
    pub task: Task,
    /// Its fields and labels.
    pub schema: Schema,
    /// The task's own measure.
    pub metric: Metric,
    /// Training examples.
    pub train: usize,
    /// Blind examples.
    pub blind: usize,
    /// Training examples left out because a blind one has the same inputs.
    pub copies: usize,
    /// Rows that were left out.
    pub skipped: usize,
    /// The blind set's name.
    pub blind_name: String,
    /// Looks at this blind set so far, those of earlier runs too.
    pub looks: u64,
    /// Who took part, the best first.
    pub standings: Vec<Standing>,
    /// Who did not, and why.
    pub declined: Vec<(String, String)>,
    /// With which every blind share of right answers is right within ±, all at once, 19 times of
    /// 20 (Hoeffding, and a union bound over all looks).
    pub hoeffding: Option<f64>,
}

/// Examples of the training set that the training score is taken from.
const TRAIN_SAMPLE: usize = 2000;
/// Examples held out to choose by: a tenth, at most so many.
const HELD_MOST: usize = 5000;
/// Of few examples up to a quarter is held out, to have so many: a tenth of banknote's 1,098 were
/// all right with three contestants, of which one was 1.4 points worse than another.
const HELD_LEAST: usize = 1000;

/// Runs a contest. What an earlier run with the same ledger, task, data and version has done is
/// taken from there.
pub fn run(task: &Task, ledger: &Ledger, options: &RunOptions) -> Result<Outcome, Error> {
    let until = Instant::now() + Duration::from_secs_f64(task.budget.minutes * 60.0);
    let chosen = chosen(task)?;
    let all = data::read(task, &task.data.files, &options.folder)?;
    let given = data::read(task, &task.data.blind, &options.folder)?;
    let mut skipped_names = all.skipped;
    skipped_names.extend(given.skipped);
    let skipped = all.skipped_count + given.skipped_count;
    let Cut {
        train,
        blind,
        copies,
    } = cut(all.examples, given.examples, &task.split)?;
    (options.stage)(&Stage::Read {
        train: train.len(),
        blind: blind.len(),
        copies,
        skipped: (skipped, &skipped_names),
    });

    let schema = schema(task, &train);
    let metric = task.metric.unwrap_or_else(|| Metric::of(&schema));
    if !metric.suits(&schema) {
        return Err(Error::Usage(format!(
            "{} cannot judge a {}",
            metric.name(),
            schema.output.kind
        )));
    }
    let (fit, held) = hold_out(&train, task.contest.seed);
    fs::create_dir_all(&options.out).map_err(data::io("make", &options.out))?;
    let mut blank = Entry {
        id: 0,
        time: 0,
        version: env!("CARGO_PKG_VERSION").to_string(),
        task: options.name.clone(),
        toml: normalised(task)?,
        train: value::name(&train),
        blind: blind.name(),
        contestant: String::new(),
        config: String::new(),
        seed: task.contest.seed,
        model: String::new(),
        standing: String::new(),
    };

    let (mut standings, mut declined) = (Vec::<Standing>::new(), Vec::new());
    for (i, contestant) in chosen.iter().enumerate() {
        let name = contestant.name();
        if let Err(why) = contestant.suits(&schema) {
            (options.stage)(&Stage::Declines(name, &why));
            declined.push((name.to_string(), why));
            continue;
        }
        blank.contestant = name.to_string();
        if let Some(mut before) = resumed(ledger, &blank, &options.out)? {
            before.resumed = true;
            (options.stage)(&Stage::Done(&before));
            standings.push(before);
            continue;
        }
        let now = Instant::now();
        if now >= until {
            let why = "the budget was used up".to_string();
            (options.stage)(&Stage::Declines(name, &why));
            declined.push((name.to_string(), why));
            continue;
        }
        (options.stage)(&Stage::Begins(name));
        // What is left is shared evenly by those that have not begun; the quick ones come first
        // and leave the more to the slow ones.
        let share = (until - now) / (chosen.len() - i) as u32;
        let standing = one(
            *contestant,
            &Parts {
                schema: &schema,
                metric,
                train: &train,
                fit: &fit,
                held: &held,
                seed: task.contest.seed,
            },
            now + share,
            options,
            |entrant| {
                ledger.look(&blank.blind, name)?;
                blind.score(entrant, &schema, metric, options.watch)
            },
        )?;
        let (standing, saved) = standing;
        keep(&options.out.join(format!("{name}.model")), &saved)?;
        ledger.add(&Entry {
            config: standing.config.clone(),
            model: name_of(&saved),
            standing: serde_json::to_string(&standing).map_err(unwritten)?,
            ..blank.clone()
        })?;
        (options.stage)(&Stage::Done(&standing));
        standings.push(standing);
    }
    if standings.is_empty() {
        let why = "no contestant suits this task: see `minlen task contestants`";
        return Err(Error::Usage(why.to_string()));
    }
    rank(&mut standings);
    let looks = ledger.looks(&blank.blind)?;
    let outcome = Outcome {
        name: options.name.clone(),
        task: task.clone(),
        metric,
        train: train.len(),
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
        schema,
    };
    let json = serde_json::to_vec_pretty(&outcome).map_err(unwritten)?;
    keep(&options.out.join("outcome.json"), &json)?;
    Ok(outcome)
}

struct Parts<'a> {
    schema: &'a Schema,
    metric: Metric,
    train: &'a [Example],
    fit: &'a [Example],
    held: &'a [Example],
    seed: u64,
}

/// Trains and judges one contestant; also gives what it has learnt.
fn one(
    contestant: &dyn Contestant,
    parts: &Parts,
    until: Instant,
    options: &RunOptions,
    look: impl FnOnce(&mut Entrant) -> Result<Score, Error>,
) -> Result<(Standing, Vec<u8>), Error> {
    let begin = Instant::now();
    let training = Training {
        schema: parts.schema,
        examples: parts.fit,
        held: parts.held,
        seed: parts.seed,
    };
    let effort = Effort {
        until,
        like: None,
        threads: options.threads,
        watch: options.watch,
    };
    let trained = contestant.train(&training, &effort)?;
    let config = trained.config();
    let mut entrant = Entrant::fitted(trained, parts.schema, parts.held, parts.train)?;
    let watch = options.watch;
    let judged = |entrant: &mut Entrant, examples: &[Example]| {
        judge(examples, 0, entrant, parts.schema, parts.metric, watch)
    };
    let held = judged(&mut entrant, parts.held)?;
    // Learning once more takes as long as before, if there is as much time.
    let from_all = begin + begin.elapsed() * 5 / 2 < until;
    if from_all {
        let all = Training {
            examples: parts.train,
            held: &[],
            ..training
        };
        let again = Effort {
            like: Some(&config),
            ..effort
        };
        entrant = entrant.with(contestant.train(&all, &again)?);
    }
    let seconds = begin.elapsed().as_secs_f64();
    let learnt_from = if from_all { parts.train } else { parts.fit };
    let sample = &learnt_from[..learnt_from.len().min(TRAIN_SAMPLE)];
    let train = judged(&mut entrant, sample)?;
    let saved = entrant.trained().save()?;
    let own_bits = coded_bits(&saved)?;
    let blind = look(&mut entrant)?;
    let standing = Standing {
        contestant: contestant.name().to_string(),
        family: contestant.family(),
        config,
        occam: parts.metric.is_share().then(|| {
            // The training error is itself known from a sample: its interval's worse end counts.
            occam(1.0 - train.low, own_bits, learnt_from.len() as u64, 0.05)
        }),
        held,
        train,
        blind,
        own_bits,
        from_all,
        learnt_from: learnt_from.len(),
        seconds,
        confidence: entrant.confidence,
        resumed: false,
    };
    Ok((standing, saved))
}

/// The contestants that the task names; all, if it names none.
fn chosen(task: &Task) -> Result<Vec<&'static dyn Contestant>, Error> {
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
    let all = CONTESTANTS.iter().copied();
    Ok(all
        .filter(|c| names.is_empty() || names.iter().any(|n| n == c.name()))
        .collect())
}

/// Fields, and the labels that training examples have.
pub(crate) fn schema(task: &Task, train: &[Example]) -> Schema {
    let mut labels: Vec<String> = match task.output.kind {
        crate::Modality::Category => {
            let texts = train.iter().filter_map(|e| e.output.text());
            texts.map(str::to_string).collect()
        }
        _ => Vec::new(),
    };
    labels.sort();
    labels.dedup();
    Schema {
        inputs: task.input.clone(),
        output: task.output.clone(),
        labels,
    }
}

/// A tenth of the training examples, drawn by a hash of the inputs, to choose by.
fn hold_out(train: &[Example], seed: u64) -> (Vec<Example>, Vec<Example>) {
    let mut order: Vec<([u8; 32], &Example)> = train
        .iter()
        .map(|e| {
            let mut hasher = blake3::Hasher::new_derive_key("minlen task: held out to choose by");
            hasher.update(&seed.to_le_bytes());
            hasher.update(&e.input_bytes());
            (*hasher.finalize().as_bytes(), e)
        })
        .collect();
    // Equal inputs are neighbours now, and the stable sort keeps their order.
    order.sort_by_key(|(hash, _)| *hash);
    let (tenth, quarter) = (train.len() / 10, train.len() / 4);
    let count = tenth.max(quarter.min(HELD_LEAST)).clamp(1, HELD_MOST);
    let (held, fit) = order.split_at(count);
    let owned = |part: &[([u8; 32], &Example)]| part.iter().map(|(_, e)| (*e).clone()).collect();
    (owned(fit), owned(held))
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
    let path = out.join(format!("{}.model", before.contestant));
    let same = fs::read(path).is_ok_and(|saved| name_of(&saved) == before.model);
    // A standing that an older development version wrote is made anew.
    Ok(serde_json::from_str(&before.standing).ok().filter(|_| same))
}

/// Bits of what was learnt, under the default model.
fn coded_bits(saved: &[u8]) -> Result<f64, Error> {
    let setting = minlen::Setting::recipe("mix2:default")?;
    let measured = minlen::measure(saved, &setting, None, &())?;
    Ok(measured.cost.bits_ceil() as f64)
}

fn name_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_string()
}

/// A task as it counts for the ledger: without what does not change the results.
fn normalised(task: &Task) -> Result<String, Error> {
    let mut task = task.clone();
    task.contest.contestants.clear();
    toml::to_string(&task).map_err(|e| Error::Usage(e.to_string()))
}

/// Writes a file whole or not at all.
fn keep(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let part = path.with_extension("part");
    fs::write(&part, bytes).map_err(data::io("write", &part))?;
    fs::rename(&part, path).map_err(data::io("write", path))
}

fn unwritten(e: serde_json::Error) -> Error {
    Error::Usage(format!("the outcome cannot be written: {e}"))
}
