//! How nets learn a task, in the time there is.

use super::Taught;
use crate::contestants::parts;
use crate::contestants::script::Script;
use crate::{Effort, Error, Example, Trained, Training};
use minlen_neural::train::{Documents, Options, Position, Precision, Stream as Batches, Trainer};
use minlen_neural::{LowRank, Shape, Weights};
use std::time::Instant;

/// Bytes of an input that are read: half a page.
const MOST: usize = 512;
/// Streams side by side and symbols of each in a step: small data want many small steps.
const LANES: usize = 16;
const LENGTH: usize = 128;
/// Looks at what is held out.
const LOOKS: u64 = 16;
/// Held-out examples of a look at most.
const LOOKED_AT: usize = 500;
/// How often the examples are read at most.
const EPOCHS: u64 = 30;
/// The part of the work that goes into reading unlabelled inputs, if there are any.
const RAW: f64 = 0.5;
/// The work that was planned, and what of it was best.
#[derive(Clone, Copy, Debug)]
struct Work {
    /// Steps on unlabelled inputs.
    raw: u64,
    /// Steps on examples, in which the rates fall to 0.
    steps: u64,
    /// Steps on examples that were taken.
    taken: u64,
    precision: Precision,
}

/// What a net begins as.
pub(crate) enum Start {
    /// Nothing but a shape.
    Scratch(Shape),
    /// What it has learnt before, to learn on.
    Whole(Shape, Vec<f32>),
    /// What it has learnt before, of which only a change of that rank learns.
    LowRank(Shape, Vec<f32>, usize),
}

/// Teaches a net a task.
pub(crate) fn learn(
    start: Start,
    data: &Training,
    effort: &Effort,
) -> Result<Box<dyn Trained>, Error> {
    let (shape, parameters, rank) = match start {
        Start::Scratch(shape) => (shape, None, None),
        Start::Whole(shape, parameters) => (shape, Some(parameters), None),
        Start::LowRank(shape, parameters, rank) => (shape, Some(parameters), Some(rank)),
    };
    let script = Script::new(data.schema, data.examples, MOST);
    let examples = documents(&script, data.examples);
    if examples.is_empty() {
        return Err(Error::Usage("there is nothing to learn from".into()));
    }
    let held = documents(&script, &data.held[..data.held.len().min(LOOKED_AT)]);
    let given = data.unlabelled.iter();
    let given: Vec<Vec<u8>> = given.map(|inputs| script.prompt(inputs)).collect();

    let start = |steps: u64, precision, parameters: Option<Vec<f32>>| {
        let options = Options {
            lanes: LANES,
            length: LENGTH,
            shards: 4,
            precision,
            ..Options::new(steps)
        };
        let (shape, seed) = (shape.clone(), data.seed);
        let trainer = match (parameters, rank) {
            (None, _) => Trainer::new(shape, options, seed)?,
            (Some(whole), None) => Trainer::with(shape, options, whole)?,
            (Some(whole), Some(rank)) => Trainer::low_rank(shape, options, whole, rank, seed)?,
        };
        Ok::<_, Error>(trainer.threads(effort.threads))
    };
    let labelled = Documents::asking(&borrowed(&examples), aside(&examples));
    let mut work = match effort.like {
        Some(like) => Work::of(like),
        None => {
            // The pace of a few steps says how many there is time for: three more times of what
            // is taken here will go into looks, answers and learning from all examples.
            let trainer = start(1, Precision::best(), parameters.clone())?;
            let pace = pace(trainer, &labelled)?;
            let left = effort.until.saturating_duration_since(Instant::now());
            let affordable = (left.as_secs_f64() / 4.0 * pace) as u64;
            let step = (LANES * LENGTH) as u64;
            let raw_symbols: usize = given.iter().map(Vec::len).sum();
            let raw = match raw_symbols {
                0 => 0,
                // What little of a net learns is kept for the task.
                _ if rank.is_some() => 0,
                n => ((affordable as f64 * RAW) as u64).min(EPOCHS * (n as u64).div_ceil(step)),
            };
            let all = (EPOCHS * labelled.symbols()).div_ceil(step);
            Work {
                raw,
                steps: (affordable - raw).clamp(1, all),
                taken: 0,
                precision: Precision::best(),
            }
        }
    };

    let mut parameters = parameters;
    if work.raw > 0 {
        let slices: Vec<&[u8]> = given.iter().map(Vec::as_slice).collect();
        let documents = Documents::of(&slices);
        let mut trainer = start(work.raw, work.precision, parameters)?;
        let position = Position::new(data.seed, LANES);
        let mut batches = Batches::new(&documents, LENGTH, position)?;
        while trainer.steps() < work.raw {
            effort.go_on()?;
            trainer.step(&batches.batch())?;
        }
        parameters = Some(trainer.parameters().to_vec());
    }

    let held = Documents::asking(&borrowed(&held), 0.0);
    let mut trainer = start(work.steps, work.precision, parameters.clone())?;
    let mut batches = Batches::new(&labelled, LENGTH, Position::new(data.seed, LANES))?;
    let mut best: Option<(f64, u64, Vec<f32>)> = None;
    let last = match effort.like {
        Some(_) => work.taken.clamp(1, work.steps),
        None => work.steps,
    };
    let look_every = work.steps.div_ceil(LOOKS);
    while trainer.steps() < last {
        effort.go_on()?;
        trainer.step(&batches.batch())?;
        let steps = trainer.steps();
        let ends = steps == last || effort.over();
        if !held.is_empty() && (ends || steps.is_multiple_of(look_every)) {
            let bits = trainer.evaluate_asked(&held);
            if best.as_ref().is_none_or(|(least, ..)| bits < *least) {
                best = Some((bits, steps, trainer.learned().to_vec()));
            }
        }
        if ends {
            break;
        }
    }
    let (taken, learned) = match best {
        Some((_, taken, parameters)) => (taken, parameters),
        None => (trainer.steps(), trainer.learned().to_vec()),
    };
    work.taken = taken;
    let taught = match (rank, &parameters) {
        (Some(rank), Some(base)) => {
            let changes = LowRank::quantise(&shape, rank, &learned)?;
            Taught::changed(script, (&shape, base), changes, work.to_string())?
        }
        _ => Taught::new(
            script,
            Weights::quantise(&shape, &learned)?,
            work.to_string(),
        ),
    };
    Ok(Box::new(taught))
}

/// Symbols of an example, and how many come before what is asked for.
type Document = (Vec<u8>, usize);

fn documents(script: &Script, examples: &[Example]) -> Vec<Document> {
    let known = examples.iter().filter_map(|example| {
        let mut all = script.prompt(&example.inputs);
        let before = all.len();
        all.extend(script.reply(&example.output)?);
        Some((all, before))
    });
    known.collect()
}

fn borrowed(documents: &[Document]) -> Vec<(&[u8], usize)> {
    let borrowed = documents.iter().map(|(all, before)| (&all[..], *before));
    borrowed.collect()
}

/// What a symbol of an input counts, so that all inputs together count as much as all outputs; but
/// no more than a symbol of an output.
fn aside(documents: &[Document]) -> f32 {
    let before: usize = documents.iter().map(|(_, before)| before).sum();
    let all: usize = documents.iter().map(|(all, _)| all.len()).sum();
    ((all - before) as f64 / before.max(1) as f64).min(1.0) as f32
}

/// Steps a second.
fn pace(mut trainer: Trainer, documents: &Documents) -> Result<f64, Error> {
    let mut batches = Batches::new(documents, LENGTH, Position::new(0, LANES))?;
    // The first one makes room.
    trainer.step(&batches.batch())?;
    let begin = Instant::now();
    let steps = 2;
    for _ in 0..steps {
        trainer.step(&batches.batch())?;
    }
    Ok(f64::from(steps) / begin.elapsed().as_secs_f64().max(1e-6))
}

impl Work {
    /// Of a line that [`Display`](std::fmt::Display) wrote.
    fn of(config: &str) -> Work {
        let number = |key| parts::setting(config, key).unwrap_or(1);
        Work {
            raw: parts::setting(config, "raw").unwrap_or(0),
            steps: number("steps"),
            taken: number("taken"),
            precision: match parts::setting::<String>(config, "precision").as_deref() {
                Some("bf16") => Precision::Bf16,
                _ => Precision::F32,
            },
        }
    }
}

impl std::fmt::Display for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let precision = match self.precision {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
        };
        write!(
            f,
            "raw={},steps={},taken={},precision={precision}",
            self.raw, self.steps, self.taken
        )
    }
}
