//! Small neural nets that go on where the input ends: trained from nothing, or from the net that
//! ships with the program.
//!
//! An example is one sequence (`script.rs`), the net learns to predict its symbols, and those of the
//! input count as much in sum as those of the output: that the input is predicted too teaches what
//! inputs are made of, which is all that unlabelled ones can teach.

use super::parts;
use super::script::Script;
use super::search::{Form, write};
use crate::{
    Answer, Contestant, Effort, Error, Example, Family, Modality, Schema, Trained, Training, Value,
    Written,
};
use minlen::{Learnt, Limits};
use minlen_core::{Model, Teacher, run};
use minlen_neural::train::{Documents, Options, Position, Precision, Stream as Batches, Trainer};
use minlen_neural::{Net as Ready, Shape, Stream, Streams, Weights, raw};
use std::sync::Arc;
use std::time::Instant;

/// A net from scratch.
pub struct Net;

/// The net that ships with the program, trained on.
pub struct Base;

/// The shape of a net from scratch.
const SHAPE: &str = "96,256,128,RWR";
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
/// Beginnings that are held side by side when a text of at most so many bytes is written.
const BEAM: usize = 3;
const BEAM_TEXT: usize = 300;

impl Contestant for Net {
    fn name(&self) -> &'static str {
        "net"
    }
    fn summary(&self) -> &'static str {
        "a small net, trained from nothing on inputs and outputs as one sequence"
    }
    fn family(&self) -> Family {
        Family::Neural
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        match schema.output.kind {
            Modality::Number => Err("nets name labels and write, but do not count".into()),
            Modality::Sound { .. } => Err("it writes no sound".into()),
            _ => Ok(()),
        }
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let shape: Shape = SHAPE.parse()?;
        learn(shape, None, data, effort)
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        load(saved, schema)
    }
}

impl Contestant for Base {
    fn name(&self) -> &'static str {
        "base"
    }
    fn summary(&self) -> &'static str {
        "the net that ships with the program, which has read much text, trained on"
    }
    fn family(&self) -> Family {
        Family::Neural
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let kinds = schema.inputs.iter().map(|f| f.kind);
        let mut samples = kinds
            .chain([schema.output.kind])
            .filter(|kind| matches!(kind, Modality::Image { .. } | Modality::Sound { .. }));
        match samples.next() {
            Some(kind) => Err(format!("it has read text, and here is {kind}")),
            None => Net.suits(schema),
        }
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let parameters = Learnt::base().net_parameters();
        let (shape, parameters) = raw::read(&parameters.expect("the base model is a net"))?;
        learn(shape, Some(parameters), data, effort)
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        load(saved, schema)
    }
}

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

fn learn(
    shape: Shape,
    parameters: Option<Vec<f32>>,
    data: &Training,
    effort: &Effort,
) -> Result<Box<dyn Trained>, Error> {
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
        let trainer = match parameters {
            Some(parameters) => Trainer::with(shape.clone(), options, parameters)?,
            None => Trainer::new(shape.clone(), options, data.seed)?,
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
    let mut trainer = start(work.steps, work.precision, parameters)?;
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
                best = Some((bits, steps, trainer.parameters().to_vec()));
            }
        }
        if ends {
            break;
        }
    }
    let (taken, parameters) = match best {
        Some((_, taken, parameters)) => (taken, parameters),
        None => (trainer.steps(), trainer.parameters().to_vec()),
    };
    work.taken = taken;
    let weights = Weights::quantise(&shape, &parameters)?;
    Ok(Box::new(Taught::new(script, weights, work.to_string())))
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

fn load(saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
    let ((mut script, config), parts): ((Script, String), _) = parts::part(saved)?;
    let [weights] = parts.as_slice() else {
        return Err(parts::damaged());
    };
    script.schema = schema.clone();
    let weights = Weights::read(weights, &Limits::default())?;
    Ok(Box::new(Taught::new(script, weights, config)))
}

/// A net that has learnt.
struct Taught {
    script: Script,
    weights: Weights,
    net: Arc<Ready>,
    config: String,
}

impl Taught {
    fn new(script: Script, weights: Weights, config: String) -> Taught {
        Taught {
            net: Arc::new(Ready::new(&weights)),
            script,
            weights,
            config,
        }
    }

    /// A probability for each label: what the net holds for those symbols, as shares of all that
    /// stand for labels.
    fn shares(&self, streams: &mut Streams) -> Vec<f64> {
        let labels = self.script.schema.labels.len();
        let first = streams.logits(0).map(f64::from);
        if labels <= 256 {
            return softmax(&first[..labels]);
        }
        let high = softmax(&first[..labels.div_ceil(256)]);
        let mut shares = Vec::with_capacity(labels);
        for (symbol, share) in (0u8..).zip(high) {
            let mut inner = streams.copies(0, 1);
            inner.update(0, symbol);
            let low = inner.logits(0).map(f64::from);
            let here = (labels - shares.len()).min(256);
            shares.extend(softmax(&low[..here]).iter().map(|p| share * p));
        }
        shares
    }
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = logits.iter().map(|x| (x - most).exp()).collect();
    let sum: f64 = parts.iter().sum();
    parts.iter().map(|p| p / sum).collect()
}

impl Trained for Taught {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let prompt = self.script.prompt(inputs);
        if self.script.schema.classifies() {
            let mut streams = Streams::new(self.net.clone(), 1);
            for symbol in prompt {
                streams.update(0, symbol);
            }
            return Ok(Answer::Class(self.shares(&mut streams)));
        }
        let mut model = Stream::new(self.net.clone());
        run(&mut model, &mut Teacher::new(&prompt));
        let form = Form::of(&self.script);
        let width = match form {
            Form::Text(most) if most <= BEAM_TEXT => BEAM,
            _ => 1,
        };
        let made = write(&mut *model.fork(), form, width);
        Ok(Answer::Written(Written {
            made,
            model: Some(Box::new(model)),
        }))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let head = (&self.script, &self.config);
        parts::join(&head, &[self.weights.write()])
    }

    fn config(&self) -> String {
        self.config.clone()
    }
}
