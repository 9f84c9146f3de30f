//! The net that ships with the program, untaught: it reads a few examples, then the question, and
//! goes on (Brown et al., *Language models are few-shot learners*, NeurIPS 2020).
//!
//! A label's bits are taken less those that it costs after an empty question: a net that has read
//! much has its likings (Zhao et al., *Calibrate before use*, ICML 2021).

use super::lines::best_of;
use super::script::Script;
use super::search::{Form, write};
use super::{nets, parts};
use crate::{
    Answer, Contestant, Effort, Error, Example, Family, Schema, Trained, Training, Value, Written,
};
use minlen_core::{Cost, Meter, Model, Teacher, run};
use minlen_neural::{Net, Stream, Weights};
use std::sync::Arc;

/// Reads examples, and learns nothing.
pub struct InContext;

/// Numbers of examples that are tried: some for each label.
const COUNTS: [usize; 3] = [4, 16, 48];
/// Bytes of an input that are read.
const MOST: usize = 200;
/// Bytes of all examples at most: what was read long ago is forgotten.
const CONTEXT: usize = 8192;
/// Held-out examples that numbers are chosen by.
const LOOKED_AT: usize = 40;
/// Labels at most: each is measured.
const LABELS: usize = 64;

impl Contestant for InContext {
    fn name(&self) -> &'static str {
        "in-context"
    }
    fn summary(&self) -> &'static str {
        "the net that ships with the program, which reads a few examples and learns nothing"
    }
    fn family(&self) -> Family {
        Family::Neural
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        match schema.labels.len() > LABELS {
            true => Err(format!("it measures each label, {LABELS} at most")),
            false => nets::base_suits(schema),
        }
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let script = Script::new(data.schema, data.examples, MOST);
        let net = net()?;
        let told = parts::setting(effort.like.unwrap_or_default(), "examples");
        let counts = told.map_or(COUNTS.to_vec(), |count| vec![count]);
        let held = &data.held[..data.held.len().min(LOOKED_AT)];
        let (_, reader, _) = best_of(&counts, effort, |count| {
            let context = context(&script, data.examples, count);
            let reader = Reader::new(net.clone(), script.clone(), context, count);
            let mut bits = 0.0;
            for example in held {
                effort.go_on()?;
                bits += reader.cost(example);
            }
            Ok((reader, bits))
        })?;
        Ok(Box::new(reader))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let ((mut script, count), parts): ((Script, usize), _) = parts::part(saved)?;
        let [context] = parts.as_slice() else {
            return Err(parts::damaged());
        };
        script.schema = schema.clone();
        Ok(Box::new(Reader::new(
            net()?,
            script,
            context.clone(),
            count,
        )))
    }
}

fn net() -> Result<Arc<Net>, Error> {
    let (shape, parameters) = nets::base()?;
    Ok(Arc::new(Net::new(&Weights::quantise(&shape, &parameters)?)))
}

/// The first `count` examples, those of all labels in turn: questions and answers.
fn context(script: &Script, examples: &[Example], count: usize) -> Vec<u8> {
    let mut seen = vec![0; script.schema.labels.len()];
    let mut turns: Vec<(usize, &Example)> = Vec::new();
    for example in examples {
        let label = example.output.text().and_then(|t| script.schema.label(t));
        let turn = label.map_or(turns.len(), |label| {
            seen[label] += 1;
            seen[label]
        });
        turns.push((turn, example));
    }
    turns.sort_by_key(|(turn, _)| *turn);
    let mut all = Vec::new();
    for (_, example) in turns.into_iter().take(count) {
        all.extend(question(script, &example.inputs));
        all.extend(ended(&example.output.bytes()));
    }
    all.truncate(CONTEXT);
    all
}

/// One line.
fn question(script: &Script, inputs: &[Value]) -> Vec<u8> {
    let mut line = script.given(inputs);
    let flat = |b: &mut u8| *b = if *b < b' ' { b' ' } else { *b };
    line.iter_mut().for_each(flat);
    line.push(b'\n');
    line
}

/// An answer, and the byte that ends it.
fn ended(answer: &[u8]) -> Vec<u8> {
    [answer, &[0]].concat()
}

/// A net that has read the examples.
struct Reader {
    script: Script,
    context: Vec<u8>,
    count: usize,
    begun: Stream,
    /// Bits of each label after an empty question.
    liked: Vec<f64>,
}

impl Reader {
    fn new(net: Arc<Net>, script: Script, context: Vec<u8>, count: usize) -> Reader {
        let mut begun = Stream::new(net);
        run(&mut begun, &mut Teacher::new(&context));
        let mut reader = Reader {
            script,
            context,
            count,
            begun,
            liked: Vec::new(),
        };
        let mut empty = reader.begun.fork();
        run(&mut *empty, &mut Teacher::new(b"\n"));
        reader.liked = reader.labels(&*empty);
        reader
    }

    /// Where an answer begins.
    fn asked(&self, inputs: &[Value]) -> Box<dyn Model> {
        let mut model = self.begun.fork();
        let question = question(&self.script, inputs);
        run(&mut *model, &mut Teacher::new(&question));
        model
    }

    /// Bits of each label.
    fn labels(&self, model: &dyn Model) -> Vec<f64> {
        let labels = self.script.schema.labels.iter();
        labels.map(|l| bits(model, &ended(l.as_bytes()))).collect()
    }

    fn shares(&self, inputs: &[Value]) -> Vec<f64> {
        let bits = self.labels(&*self.asked(inputs));
        let gains = bits.iter().zip(&self.liked).map(|(b, liked)| liked - b);
        nets::softmax(
            &gains
                .map(|g| g * std::f64::consts::LN_2)
                .collect::<Vec<_>>(),
        )
    }

    /// Bits of the right answer.
    fn cost(&self, example: &Example) -> f64 {
        if !self.script.schema.classifies() {
            let model = self.asked(&example.inputs);
            return bits(&*model, &ended(&example.output.bytes()));
        }
        let label = example
            .output
            .text()
            .and_then(|t| self.script.schema.label(t));
        let share = label.map_or(1.0, |label| self.shares(&example.inputs)[label]);
        -share.max(1e-12).log2()
    }
}

fn bits(model: &dyn Model, answer: &[u8]) -> f64 {
    let mut meter = Meter::new(answer);
    run(&mut *model.fork(), &mut meter);
    meter.total().units() as f64 / Cost::UNITS_A_BIT as f64
}

impl Trained for Reader {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        if self.script.schema.classifies() {
            return Ok(Answer::Class(self.shares(inputs)));
        }
        let model = self.asked(inputs);
        let written = write(&mut *model.fork(), Form::of(&self.script), 1);
        Ok(Answer::Written(Written::of(written, Some(model))))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let head = (&self.script, self.count);
        parts::join(&head, std::slice::from_ref(&self.context))
    }

    fn config(&self) -> String {
        format!("examples={}", self.count)
    }
}
