//! A net reads inputs, which nobody needs to have labelled, and learns what comes next in them.

use crate::contestants::{nets, parts};
use crate::{Effort, Error};
use minlen_neural::Shape;
use minlen_neural::train::{Documents, Options, Position, Precision, Stream, Trainer};
use std::fmt;
use std::sync::Mutex;
use std::time::Instant;

/// Streams side by side and symbols of each in a step.
const LANES: usize = 16;
const LENGTH: usize = 128;
/// The part of the time that goes into reading.
const SHARE: f64 = 0.25;

/// What a net is before it reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The one that ships with the program.
    Base,
    /// One that knows nothing.
    Blank,
}

impl Start {
    fn parameters(self) -> Result<(Shape, Option<Vec<f32>>), Error> {
        match self {
            Start::Base => nets::base().map(|(shape, parameters)| (shape, Some(parameters))),
            Start::Blank => Ok((SHAPE.parse()?, None)),
        }
    }

    /// How often all inputs are read at most.
    fn epochs(self) -> u64 {
        match self {
            Start::Base => BASE_EPOCHS,
            Start::Blank => BLANK_EPOCHS,
        }
    }
}

/// The shape of a net that begins with nothing.
const SHAPE: &str = "96,256,128,RWR";
const BASE_EPOCHS: u64 = 4;
const BLANK_EPOCHS: u64 = 30;

/// The work of reading: steps that were planned, in which the rates fall to 0, and steps taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    steps: u64,
    pub(super) taken: u64,
    precision: Precision,
}

impl Work {
    /// Of a line that [`Display`](fmt::Display) wrote.
    pub(super) fn of(config: &str) -> Work {
        let precision = parts::setting::<String>(config, "precision");
        Work {
            steps: parts::setting(config, "steps").unwrap_or(0),
            taken: parts::setting(config, "taken").unwrap_or(0),
            precision: match precision.as_deref() {
                Some("bf16") => Precision::Bf16,
                _ => Precision::F32,
            },
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let precision = match self.precision {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
        };
        write!(
            f,
            "steps={},taken={},precision={precision}",
            self.steps, self.taken
        )
    }
}

/// What was read last, and what came of it: the parts of a trial read the same.
static LAST: Mutex<Option<([u8; 32], Vec<f32>)>> = Mutex::new(None);

/// The shape and the parameters of a net that has read `texts`, and how much work that was.
pub(super) fn read(
    start: Start,
    texts: &[Vec<u8>],
    seed: u64,
    effort: &Effort,
) -> Result<(Shape, Vec<f32>, Work), Error> {
    let (shape, before) = start.parameters()?;
    let begin = Instant::now();
    let left = effort.until.saturating_duration_since(begin).as_secs_f64() * SHARE;
    let slices: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    let documents = Documents::of(&slices);
    let trainer = |steps: u64, precision: Precision| {
        let options = Options {
            lanes: LANES,
            length: LENGTH,
            shards: 4,
            precision,
            ..Options::new(steps)
        };
        let trainer = match before.clone() {
            Some(parameters) => Trainer::with(shape.clone(), options, parameters),
            None => Trainer::new(shape.clone(), options, seed),
        };
        trainer.map(|t| t.threads(effort.threads))
    };
    let batches = || Stream::new(&documents, LENGTH, Position::new(seed, LANES));
    let mut work = match effort.like {
        Some(like) => Work::of(like),
        None => Work {
            steps: 0,
            taken: 0,
            precision: Precision::best(),
        },
    };
    if effort.like.is_none() && !documents.is_empty() && !effort.over() {
        // The pace of a few steps says how many there is time for.
        let (mut trainer, mut batches) = (trainer(1, work.precision)?, batches()?);
        trainer.step(&batches.batch())?; // makes room
        let (paced, steps) = (Instant::now(), 2);
        for _ in 0..steps {
            trainer.step(&batches.batch())?;
        }
        let pace = f64::from(steps) / paced.elapsed().as_secs_f64().max(1e-6);
        let all = (start.epochs() * documents.symbols()).div_ceil((LANES * LENGTH) as u64);
        work.steps = all.min((left * pace) as u64);
        work.taken = work.steps;
    }
    let key = key(start, texts, seed, work);
    if let Ok(last) = LAST.lock()
        && let Some((_, parameters)) = last.as_ref().filter(|(of, _)| *of == key)
    {
        return Ok((shape, parameters.clone(), work));
    }
    let mut trainer = trainer(work.steps, work.precision)?;
    if work.taken > 0 && !documents.is_empty() {
        let mut batches = batches()?;
        while trainer.steps() < work.taken {
            effort.go_on()?;
            trainer.step(&batches.batch())?;
            // The pace was wrong by far.
            if effort.like.is_none() && begin.elapsed().as_secs_f64() > 1.5 * left {
                work.taken = trainer.steps();
            }
        }
    }
    let parameters = trainer.parameters().to_vec();
    if let Ok(mut last) = LAST.lock() {
        *last = Some((self::key(start, texts, seed, work), parameters.clone()));
    }
    Ok((shape, parameters, work))
}

/// A name for all that decides what a net is after reading.
fn key(start: Start, texts: &[Vec<u8>], seed: u64, work: Work) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::from(start == Start::Base)]);
    hasher.update(&seed.to_le_bytes());
    hasher.update(work.to_string().as_bytes());
    for text in texts {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    *hasher.finalize().as_bytes()
}
