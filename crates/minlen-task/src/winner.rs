//! Trained contestants at work: answers to new inputs, and why.

use crate::contest::{Ground, saved_by};
use crate::contestants::find;
use crate::contestants::search::{self, Form};
use crate::nearest::Nearest;
use crate::{Answer, Entrant, Error, Evidence, Example, Modality, Outcome, Schema, Value, data};
use minlen::Draw;
use minlen_core::{Cost, Meter, run};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A contestant of an earlier run, ready to answer.
pub struct Winner {
    /// The run.
    pub outcome: Outcome,
    /// Which contestant it is.
    pub contestant: String,
    entrant: Entrant,
}

/// An answer, for people and programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The answer.
    pub answer: Value,
    /// Its probability, for answers that have one.
    pub probability: Option<f64>,
    /// Its cost in bits: of a label or a text as it was answered.
    pub bits: Option<f64>,
    /// For labels: the likeliest ones and their probabilities.
    pub likely: Vec<(String, f64)>,
    /// For texts: what else it might be, the likeliest first.
    #[serde(default)]
    pub others: Vec<String>,
    /// For numbers: how far off answers are on average.
    pub within: Option<f64>,
}

/// Why an answer is what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The answer.
    pub reply: Reply,
    /// What speaks for it and against it, as the contestant says; empty: it cannot tell.
    pub evidence: Vec<Evidence>,
    /// The training examples that look most alike.
    pub nearest: Vec<Neighbour>,
}

/// A training example that looks alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Where it comes from.
    pub id: String,
    /// Its inputs.
    pub inputs: Vec<Value>,
    /// Its output.
    pub output: Value,
    /// How much it looks alike: 0, not at all, to 1.
    pub alike: f64,
}

impl Reply {
    /// One that was drawn: nothing is known but the answer.
    pub fn drawn(answer: Value) -> Reply {
        Reply {
            answer,
            probability: None,
            bits: None,
            likely: Vec::new(),
            others: Vec::new(),
            within: None,
        }
    }
}

/// Labels that a reply names.
const LIKELY: usize = 5;

impl Answer {
    /// Draws an answer by chance from the model that this one was written by: see [`Winner::draw`].
    pub fn draw(self, schema: &Schema, draw: &Draw, free: bool) -> Result<Value, Error> {
        let Answer::Written(written) = self else {
            return Err(Error::Usage("only what is written can be drawn".into()));
        };
        let Some(mut model) = written.model else {
            let why = "a contestant that only writes has no model to draw from";
            return Err(Error::Usage(why.into()));
        };
        let form = Form::within(schema, draw.bytes);
        let form = if free { form.free() } else { form };
        Ok(value(schema, search::draw(&mut *model, form, draw)))
    }
}

/// What was written, as a value.
fn value(schema: &Schema, made: Vec<u8>) -> Value {
    match schema.output.kind {
        Modality::Image { .. } | Modality::Sound { .. } => Value::Blob(made),
        _ => Value::Text(String::from_utf8_lossy(&made).into_owned()),
    }
}

impl Winner {
    /// The winner of the run kept in the folder `out`, or another contestant of it.
    pub fn load(out: &Path, contestant: Option<&str>) -> Result<Winner, Error> {
        let outcome = Outcome::load(out)?;
        let standing = match contestant {
            None => outcome.standings.first(),
            Some(name) => outcome.standings.iter().find(|s| s.contestant == name),
        };
        let Some(standing) = standing.cloned() else {
            let names: Vec<_> = outcome
                .standings
                .iter()
                .map(|s| s.contestant.as_str())
                .collect();
            return Err(Error::Usage(format!("that run had {}", names.join(", "))));
        };
        let name = &standing.contestant;
        let saved = saved_by(out, name, &standing.model)?;
        let trained = find(name)?.load(&saved, &outcome.schema);
        let trained = trained.map_err(|e| e.about(&out.join(format!("{name}.model"))))?;
        Ok(Winner {
            entrant: Entrant::new(trained, standing.confidence),
            contestant: standing.contestant,
            outcome,
        })
    }

    /// The fields of the task.
    pub fn schema(&self) -> &Schema {
        &self.outcome.schema
    }

    /// The inputs in a JSON object; text where the task has one input only. Fields that are absent
    /// are missing values.
    pub fn inputs(&self, json: &serde_json::Value, folder: &Path) -> Result<Vec<Value>, Error> {
        let fields = &self.schema().inputs;
        let whole = match (json, &fields[..]) {
            (serde_json::Value::Object(_), _) => None,
            (other, [_]) => Some(other),
            _ => {
                let names: Vec<_> = fields.iter().map(|f| f.field.as_str()).collect();
                return Err(Error::Usage(format!(
                    "an input is a JSON object with the fields {}",
                    names.join(", ")
                )));
            }
        };
        let trim = &self.outcome.task.data.trim;
        let value = |field: &crate::Field| {
            let cell = match whole {
                Some(text) => {
                    data::json_cell(&serde_json::json!({ &*field.field: text }), &field.field)
                }
                None => data::json_cell(json, &field.field),
            };
            data::value(cell, field.kind, folder, trim)
                .map_err(|why| Error::Usage(format!("{}: {why}", field.field)))
        };
        fields.iter().map(value).collect()
    }

    /// Answers.
    pub fn reply(&mut self, inputs: &[Value]) -> Result<Reply, Error> {
        let mut reply = Reply::drawn(Value::Missing);
        match self.entrant.answer(inputs)? {
            Answer::Class(p) => {
                let labels = &self.outcome.schema.labels;
                let mut order: Vec<usize> = (0..p.len()).collect();
                order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
                reply.likely = order
                    .iter()
                    .take(LIKELY)
                    .map(|i| (labels[*i].clone(), p[*i]))
                    .collect();
                if let Some(best) = crate::blind::best(&p) {
                    reply.answer = Value::Text(labels[best].clone());
                    reply.probability = Some(p[best]);
                    reply.bits = Some(-p[best].log2());
                }
            }
            Answer::Number(n) => {
                reply.answer = Value::Number(n);
                reply.within = Some(self.entrant.confidence.scale);
            }
            Answer::Written(written) => {
                reply.bits = written.model.map(|mut model| {
                    let mut all = written.made.clone();
                    all.extend(self.outcome.schema.ending());
                    let mut meter = Meter::new(&all);
                    run(&mut *model, &mut meter);
                    meter.total().units() as f64 / Cost::UNITS_A_BIT as f64
                });
                reply.probability = reply.bits.map(|b| (-b).exp2());
                let text = |made: &Vec<u8>| String::from_utf8_lossy(made).into_owned();
                if self.outcome.schema.output.kind == Modality::Text {
                    reply.others = written.others.iter().map(text).collect();
                }
                reply.answer = value(&self.outcome.schema, written.made);
            }
        }
        Ok(reply)
    }

    /// Draws an answer by chance instead of the likeliest, of at most `draw.bytes` bytes. The same
    /// arguments give the same answer. Tunes are such: what no tune goes on with is drawn again,
    /// unless the answer is to be `free`.
    pub fn draw(&mut self, inputs: &[Value], draw: &Draw, free: bool) -> Result<Value, Error> {
        self.entrant.answer(inputs)?.draw(self.schema(), draw, free)
    }

    /// Says why it answers so; `train` are the examples that are looked through for alike ones.
    pub fn explain(&mut self, inputs: &[Value], train: &[Example]) -> Result<Explanation, Error> {
        let reply = self.reply(inputs)?;
        let evidence = self.entrant.trained().evidence(inputs)?;
        let nearest = Nearest::new(&self.outcome.schema.inputs, train);
        let nearest = nearest
            .find(inputs, 5)
            .into_iter()
            .map(|(at, alike)| Neighbour {
                id: train[at].id.clone(),
                inputs: train[at].inputs.clone(),
                output: train[at].output.clone(),
                alike,
            });
        Ok(Explanation {
            reply,
            evidence,
            nearest: nearest.collect(),
        })
    }

    /// The training examples of the task: the blind ones stay behind.
    pub fn train(&self, folder: &Path) -> Result<Vec<Example>, Error> {
        Ok(Ground::read(&self.outcome.task, folder)?.train)
    }
}
