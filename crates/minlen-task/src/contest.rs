//! One run: all contestants, within a budget, resumable.
//!
//! Each contestant learns from some of the training examples and is tried on the others; there its
//! settings, its confidence and, among all, the winner are chosen. (Few examples are cut into five
//! parts, each tried after learning from the others; of many, a tenth is tried.) If time allows it
//! then learns anew from all of them. Only then it meets the blind set, once. So the winner's blind
//! score is that of a choice made before the blind set was seen.

use crate::blind::Judge;
use crate::check::check;
use crate::contestants::ensemble::{self, Told};
use crate::contestants::pipeline::Pipeline;
use crate::pipeline::Steps;
use crate::{
    Answer, CONTESTANTS, Check, Confidence, Contestant, Cut, Effort, Entrant, Entry, Error,
    Example, Family, Ledger, Metric, Schema, Score, Split, Task, Trained, Training, Value, Watch,
    cut, data, value,
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

impl RunOptions<'_> {
    fn effort<'a>(&'a self, until: Instant, like: Option<&'a str>) -> Effort<'a> {
        Effort {
            until,
            like,
            threads: self.threads,
            watch: self.watch,
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
    /// What could be said before any training.
    #[serde(default)]
    pub check: Option<Check>,
    /// Who took part, the best first.
    pub standings: Vec<Standing>,
    /// Who did not, and why.
    pub declined: Vec<(String, String)>,
    /// How contestants did after learning from fewer examples; empty unless asked for.
    pub curve: Vec<CurvePoint>,
    /// With which every blind share of right answers is right within ±, all at once, 19 times of
    /// 20 (Hoeffding, and a union bound over all looks).
    pub hoeffding: Option<f64>,
}

/// How a contestant did after learning from some of the training examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Who.
    pub contestant: String,
    /// Examples that it learnt from.
    pub examples: usize,
    /// The task's own measure on held-out training examples: the blind set is not looked at.
    pub value: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Examples of the training set that the training score is taken from.
const TRAIN_SAMPLE: usize = 2000;
/// Examples held out to choose by: a tenth, at most so many.
const HELD_MOST: usize = 5000;
/// If they are not tried in parts, at least so many: by a tenth of TREC-6, 545 examples, a share of
/// right answers is known to ± 1.4 points (one standard error), which is more than contestants differ.
const HELD_LEAST: usize = 1000;
/// The same as `TRAIN_SAMPLE` for a mixture, which takes as long as all that it is made of.
const JOINT_SAMPLE: usize = 300;
/// Fewer examples than this are all tried, in so many parts.
const FEW: usize = 4000;
/// See `FEW`.
const FOLDS: usize = 5;
/// Share of a contestant's time for parts after the first: the rest is for learning from all.
const TRIES: f64 = 0.6;

/// Why a contest does not begin.
const NOTHING_SHARED: &str = "input and output share nothing that could be found: outputs cost as \
     much given their own inputs as given those of others";

/// Runs a contest. What an earlier run with the same ledger, task, data and version has done is
/// taken from there.
pub fn run(task: &Task, ledger: &Ledger, options: &RunOptions) -> Result<Outcome, Error> {
    let until = Instant::now() + Duration::from_secs_f64(task.budget.minutes * 60.0);
    let pipeline = Pipeline::new(task.pipeline.clone());
    let chosen = chosen(task, &pipeline)?;
    // Faults of modules are told before anything takes time.
    let fields: Vec<String> = task.input.iter().map(|f| f.field.clone()).collect();
    Steps::new(&task.pipeline, &fields)?;
    let all = data::read(task, &task.data.files, &options.folder)?;
    let given = data::read(task, &task.data.blind, &options.folder)?;
    for note in all.notes().iter().chain(&given.notes()) {
        (options.stage)(&Stage::Note(note));
    }
    let mut skipped_names = all.skipped;
    skipped_names.extend(given.skipped);
    let skipped = all.skipped_count + given.skipped_count;
    let Cut {
        train,
        blind,
        copies,
    } = cut(all.examples, given.examples, &task.split)?;
    let unlabelled = blind.without(unlabelled(task, &options.folder)?);
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
    let checked = check(&train, &schema, metric, options.watch)?;
    (options.stage)(&Stage::Checked(&checked));
    if checked.shared.is_some_and(|s| !s.any()) && !task.contest.force {
        return Err(Error::Usage(NOTHING_SHARED.to_string()));
    }
    let order = shuffled(&train, task.contest.seed);
    fs::create_dir_all(&options.out).map_err(data::io("make", &options.out))?;
    let mut blank = Entry {
        id: 0,
        time: 0,
        version: env!("CARGO_PKG_VERSION").to_string(),
        task: options.name.clone(),
        toml: String::new(),
        train: learnt_from(&train, &unlabelled),
        blind: blind.name(),
        contestant: String::new(),
        config: String::new(),
        seed: task.contest.seed,
        model: String::new(),
        standing: String::new(),
    };

    let parts = Parts {
        schema: &schema,
        metric,
        train: &order,
        unlabelled: &unlabelled,
        seed: task.contest.seed,
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
        let look = |entrant: &mut Entrant| {
            ledger.look(&blank.blind, name)?;
            blind.score(entrant, &schema, metric, options.watch)
        };
        let (standing, saved) = if contestant.joins() {
            match joined(*contestant, &standings, &parts, until, options, look)? {
                Ok(joined) => joined,
                Err(why) => {
                    (options.stage)(&Stage::Declines(name, &why));
                    declined.push((name.to_string(), why));
                    continue;
                }
            }
        } else {
            let (standing, saved, told) = one(*contestant, &parts, now + share, options, look)?;
            keep(&held_file(&options.out, name), &told)?;
            (standing, saved)
        };
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
    let curve = match task.contest.curve {
        true => curve(&chosen, &standings, &parts, until, options)?,
        false => Vec::new(),
    };
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
        check: Some(checked),
        curve,
        schema,
    };
    let json = serde_json::to_vec_pretty(&outcome).map_err(unwritten)?;
    keep(&options.out.join("outcome.json"), &json)?;
    Ok(outcome)
}

impl Outcome {
    /// The outcome of the last run, from the folder that it was kept in.
    pub fn load(out: &Path) -> Result<Outcome, Error> {
        let path = out.join("outcome.json");
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::Usage(format!(
                    "{} is not there: `minlen task run` makes it",
                    path.display()
                )));
            }
            read => read.map_err(data::io("read", &path))?,
        };
        serde_json::from_slice(&bytes).map_err(|e| {
            let what = format!("it is no outcome of this version: {e}");
            Error::from(minlen::DataError::Damaged(what)).about(&path)
        })
    }
}

pub(crate) struct Parts<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) metric: Metric,
    /// All training examples, in the order of a hash.
    pub(crate) train: &'a [Example],
    pub(crate) unlabelled: &'a [Vec<Value>],
    pub(crate) seed: u64,
}

impl Parts<'_> {
    /// Number of parts that are tried one after the other.
    pub(crate) fn folds(&self) -> usize {
        match self.train.len() < FEW && !self.schema.writes() {
            true => FOLDS.min(self.train.len() / 2),
            false => 1,
        }
    }

    /// Part `i` of `folds`: examples to learn from, and held out.
    pub(crate) fn fold(&self, i: usize, folds: usize) -> (Vec<Example>, &[Example]) {
        let n = self.train.len();
        let (from, to) = match folds {
            1 => (0, (n / 10).max(HELD_LEAST.min(n / 4)).clamp(1, HELD_MOST)),
            _ => (n * i / folds, n * (i + 1) / folds),
        };
        let fit = [&self.train[..from], &self.train[to..]].concat();
        (fit, &self.train[from..to])
    }

    fn judge<'a>(&'a self, confidence: &'a Confidence, watch: &'a dyn Watch) -> Judge<'a> {
        Judge {
            schema: self.schema,
            metric: self.metric,
            confidence,
            watch,
        }
    }
}

/// Trains and judges one contestant; also gives what it has learnt, and what it said to examples
/// that were held out, for those that join others.
fn one(
    contestant: &dyn Contestant,
    parts: &Parts,
    until: Instant,
    options: &RunOptions,
    look: impl FnOnce(&mut Entrant) -> Result<Score, Error>,
) -> Result<(Standing, Vec<u8>, Vec<u8>), Error> {
    let begin = Instant::now();
    let time = until.saturating_duration_since(begin).as_secs_f64();
    let watch = options.watch;
    let folds = parts.folds();
    let mut config: Option<String> = None;
    let mut first: Option<Box<dyn Trained>> = None;
    let mut tries: Vec<(Answer, &Example)> = Vec::new();
    let (mut held_score, mut fit_size) = (None, 0);
    for i in 0..folds {
        let used = begin.elapsed().as_secs_f64();
        if i > 0 && used / i as f64 * (i + 1) as f64 > time * TRIES {
            break;
        }
        let (fit, held) = parts.fold(i, folds);
        let training = Training {
            schema: parts.schema,
            examples: &fit,
            held: if i == 0 { held } else { &[] },
            unlabelled: parts.unlabelled,
            seed: parts.seed,
        };
        let mut trained = contestant.train(&training, &options.effort(until, config.as_deref()))?;
        if config.is_none() {
            config = Some(trained.config());
            fit_size = fit.len();
        }
        if parts.schema.writes() {
            // Its answers hold models: they are judged at once.
            let confidence = Confidence::default();
            let judge = parts.judge(&confidence, watch);
            let mut answer = |e: &Example| trained.answer(&e.inputs);
            held_score = Some(judge.score(held, 0, &mut answer)?);
        } else {
            for example in held {
                tries.push((trained.answer(&example.inputs)?, example));
            }
        }
        first.get_or_insert(trained);
    }
    let config = config.unwrap_or_default();
    let answers = tries.iter().map(|(answer, example)| (answer, *example));
    let confidence = Confidence::fit(answers, parts.schema, parts.train);
    let told = tries.iter();
    let told: Vec<Told> = told.filter_map(|(a, _)| Told::of(a, &confidence)).collect();
    let told = serde_json::to_vec(&told).map_err(unwritten)?;
    let judge = parts.judge(&confidence, watch);
    let held = match held_score {
        Some(score) => score,
        None => {
            let examples: Vec<&Example> = tries.iter().map(|(_, example)| *example).collect();
            let mut answers = tries.into_iter().map(|(answer, _)| answer);
            let mut next = |_: &Example| Ok(answers.next().expect("one for each"));
            judge.score(examples, 0, &mut next)?
        }
    };
    // Learning once more takes as long as before, if there is as much time. What was learnt from a
    // part only is the last resort.
    let each = begin.elapsed().as_secs_f64() / folds as f64;
    let from_all = begin.elapsed().as_secs_f64() + 1.5 * each < time;
    let trained = match first {
        Some(first) if !from_all => first,
        _ => {
            let all = Training {
                schema: parts.schema,
                examples: parts.train,
                held: &[],
                unlabelled: parts.unlabelled,
                seed: parts.seed,
            };
            contestant.train(&all, &options.effort(until, Some(&config)))?
        }
    };
    let mut entrant = Entrant::new(trained, confidence);
    let seconds = begin.elapsed().as_secs_f64();
    // What is held out of the first part comes first: the last examples were learnt from in any case.
    let learnt_from = if from_all {
        parts.train.len()
    } else {
        fit_size
    };
    let sample = &parts.train[parts.train.len() - learnt_from.min(TRAIN_SAMPLE)..];
    let mut answer = |e: &Example| entrant.trained().answer(&e.inputs);
    let train = judge.score(sample, 0, &mut answer)?;
    let saved = entrant.trained().save()?;
    let own_bits = coded_bits(&saved)?;
    let blind = look(&mut entrant)?;
    let standing = Standing {
        contestant: contestant.name().to_string(),
        family: contestant.family(),
        config,
        occam: parts.metric.is_share().then(|| {
            // The training error is itself known from a sample: its interval's worse end counts.
            occam(1.0 - train.low, own_bits, learnt_from as u64, 0.05)
        }),
        held,
        train,
        blind,
        own_bits,
        from_all,
        learnt_from,
        seconds,
        confidence: entrant.confidence,
        resumed: false,
    };
    Ok((standing, saved, told))
}

/// Where it is kept what a contestant said to held-out examples.
fn held_file(out: &Path, name: &str) -> PathBuf {
    out.join(format!("{name}.held"))
}

/// Whether an earlier mixture is of contestants that are here just as they were then.
fn joins_the_same(before: &Standing, standings: &[Standing]) -> bool {
    let mut names = before.config.split(',').filter_map(|p| p.split('=').next());
    let here = |name| standings.iter().any(|s| s.contestant == name);
    standings.iter().all(|s| s.resumed) && names.all(here)
}

/// Joins those who have learnt, and judges them together. The inner error says why not.
fn joined(
    contestant: &dyn Contestant,
    standings: &[Standing],
    parts: &Parts,
    until: Instant,
    options: &RunOptions,
    look: impl FnOnce(&mut Entrant) -> Result<Score, Error>,
) -> Result<Result<(Standing, Vec<u8>), String>, Error> {
    let begin = Instant::now();
    let mut some: Vec<(&Standing, Vec<Told>)> = Vec::new();
    // A pipeline is a part of its task and none of those that are read by their names.
    let known = |s: &&Standing| CONTESTANTS.iter().any(|c| c.name() == s.contestant);
    for standing in standings.iter().filter(known) {
        let told = fs::read(held_file(&options.out, &standing.contestant)).unwrap_or_default();
        if let Ok(told) = serde_json::from_slice::<Vec<Told>>(&told) {
            some.push((standing, told));
        }
    }
    if some.len() < 2 {
        return Ok(Err("there are not two others to join".to_string()));
    }
    let answering: f64 = some.iter().map(|(s, _)| s.blind.seconds).sum();
    if begin + Duration::from_secs_f64(answering) > until {
        return Ok(Err(
            "the budget would not do for all their answers".to_string()
        ));
    }
    // What all were tried on: examples in order, more or fewer of them.
    let count = some.iter().map(|(_, told)| told.len()).min().unwrap_or(0);
    let held = &parts.train[..count.min(parts.train.len())];
    let row = |i: usize| some.iter().map(|(_, told)| told[i].clone()).collect();
    let told: Vec<Vec<Told>> = (0..held.len()).map(row).collect();
    let confidences: Vec<Confidence> = some.iter().map(|(s, _)| s.confidence).collect();
    let shares = ensemble::shares(&told, held, parts.schema, &confidences);
    let weights = ensemble::fit_few(&shares, some.len());

    let crossed = ensemble::crossed(&told, &shares);
    let confidence = Confidence::fit(crossed.iter().zip(held), parts.schema, parts.train);
    let judge = parts.judge(&confidence, options.watch);
    let mut answers = crossed.into_iter();
    let mut next = |_: &Example| Ok(answers.next().expect("one for each"));
    let held = judge.score(held, 0, &mut next)?;

    let mut members = Vec::new();
    for ((standing, _), weight) in some.iter().zip(weights).filter(|(_, w)| *w > 0.0) {
        let name = &standing.contestant;
        let path = options.out.join(format!("{name}.model"));
        let saved = fs::read(&path).map_err(data::io("read", &path))?;
        let own = CONTESTANTS.iter().find(|c| c.name() == name);
        let own = own.ok_or_else(|| Error::Usage(format!("there is no contestant {name:?}")))?;
        members.push(ensemble::Member {
            entrant: Entrant::new(own.load(&saved, parts.schema)?, standing.confidence),
            name: name.clone(),
            weight,
        });
    }
    let mut entrant = Entrant::new(Box::new(ensemble::Mixture(members)), confidence);
    let config = entrant.trained().config();
    let learnt_from = some.iter().map(|(s, _)| s.learnt_from).min().unwrap_or(0);
    let sample = &parts.train[parts.train.len() - learnt_from.min(JOINT_SAMPLE)..];
    let mut answer = |e: &Example| entrant.trained().answer(&e.inputs);
    let train = judge.score(sample, 0, &mut answer)?;
    let saved = entrant.trained().save()?;
    let own_bits = coded_bits(&saved)?;
    let blind = look(&mut entrant)?;
    let standing = Standing {
        contestant: contestant.name().to_string(),
        family: contestant.family(),
        config,
        occam: (parts.metric.is_share())
            .then(|| occam(1.0 - train.low, own_bits, learnt_from as u64, 0.05)),
        held,
        train,
        blind,
        own_bits,
        from_all: some.iter().all(|(s, _)| s.from_all),
        learnt_from,
        seconds: begin.elapsed().as_secs_f64() + some.iter().map(|(s, _)| s.seconds).sum::<f64>(),
        confidence,
        resumed: false,
    };
    Ok(Ok((standing, saved)))
}

/// How contestants do after learning from 1/32, 1/16, … of the examples, and from all but those
/// held out; the cheapest first, until time is up.
fn curve(
    chosen: &[&dyn Contestant],
    standings: &[Standing],
    parts: &Parts,
    until: Instant,
    options: &RunOptions,
) -> Result<Vec<CurvePoint>, Error> {
    let (fit, held) = parts.fold(0, parts.folds());
    let mut points = Vec::new();
    for standing in standings {
        points.push(CurvePoint {
            contestant: standing.contestant.clone(),
            examples: fit.len(),
            value: standing.held.value,
            low: standing.held.low,
            high: standing.held.high,
        });
    }
    for halvings in (1..=5).rev() {
        let examples = fit.len() >> halvings;
        if examples < 4 {
            continue;
        }
        for contestant in chosen {
            let name = contestant.name();
            if contestant.joins()
                || Instant::now() >= until
                || standings.iter().all(|s| s.contestant != name)
            {
                continue;
            }
            let training = Training {
                schema: parts.schema,
                // They are in the order of a hash: the first ones are as good as any.
                examples: &fit[..examples],
                held,
                unlabelled: parts.unlabelled,
                seed: parts.seed,
            };
            let mut trained = contestant.train(&training, &options.effort(until, None))?;
            let confidence = Confidence::default();
            let judge = parts.judge(&confidence, options.watch);
            let mut answer = |e: &Example| trained.answer(&e.inputs);
            let score = judge.score(held, 0, &mut answer)?;
            points.push(CurvePoint {
                contestant: name.to_string(),
                examples,
                value: score.value,
                low: score.low,
                high: score.high,
            });
        }
    }
    points.sort_by_key(|p| p.examples);
    Ok(points)
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

/// Inputs whose outputs nobody knows.
pub(crate) fn unlabelled(task: &Task, folder: &Path) -> Result<Vec<Vec<Value>>, Error> {
    if task.data.unlabelled.is_empty() {
        return Ok(Vec::new());
    }
    // Read as if the first input were the output too: a row has at least that.
    let mut task = task.clone();
    task.output = task.input[0].clone();
    task.split = Split::default();
    let read = data::read(&task, &task.data.unlabelled, folder)?;
    Ok(read.examples.into_iter().map(|e| e.inputs).collect())
}

/// The name of all that can be learnt from.
pub(crate) fn learnt_from(train: &[Example], unlabelled: &[Vec<Value>]) -> String {
    let inputs = unlabelled.iter().map(|inputs| Example {
        id: String::new(),
        inputs: inputs.clone(),
        output: Value::Missing,
        key: None,
    });
    match unlabelled {
        [] => value::name(train),
        _ => value::name(&train.iter().cloned().chain(inputs).collect::<Vec<_>>()),
    }
}

/// The training examples in the order of a hash of their inputs, so that any stretch of them is as
/// good as a draw by chance, whatever order the data came in.
pub(crate) fn shuffled(train: &[Example], seed: u64) -> Vec<Example> {
    let mut order: Vec<([u8; 32], &Example)> = train
        .iter()
        .map(|e| {
            let mut hasher = blake3::Hasher::new_derive_key("minlen task: the order of training");
            hasher.update(&seed.to_le_bytes());
            hasher.update(&e.input_bytes());
            (*hasher.finalize().as_bytes(), e)
        })
        .collect();
    // Equal inputs are neighbours now, and the stable sort keeps their order.
    order.sort_by_key(|(hash, _)| *hash);
    order.into_iter().map(|(_, e)| e.clone()).collect()
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
