//! The answer that does not look: how often each label came, or the median.

use super::{of_bytes, to_bytes};
use crate::{Answer, Contestant, Effort, Error, Family, Schema, Trained, Training, Value};
use serde::{Deserialize, Serialize};

/// Answers without looking at the input. Who cannot beat it has learnt nothing.
pub struct Majority;

#[derive(Serialize, Deserialize)]
enum State {
    /// Probabilities of labels.
    Class(Vec<f64>),
    /// The median.
    Number(f64),
}

impl Contestant for Majority {
    fn name(&self) -> &'static str {
        "majority"
    }
    fn summary(&self) -> &'static str {
        "answers without looking: the most frequent label, or the median"
    }
    fn family(&self) -> Family {
        Family::Symbolic
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        match schema.writes() {
            true => Err("no answer is the middle of all texts".to_string()),
            false => Ok(()),
        }
    }
    fn train(&self, data: &Training, _effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let outputs = data.examples.iter().map(|e| &e.output);
        if data.schema.classifies() {
            let mut counts = vec![0.5; data.schema.labels.len()];
            for output in outputs {
                if let Some(label) = output.text().and_then(|t| data.schema.label(t)) {
                    counts[label] += 1.0;
                }
            }
            let sum: f64 = counts.iter().sum();
            return Ok(Box::new(State::Class(
                counts.iter().map(|c| c / sum).collect(),
            )));
        }
        let mut numbers: Vec<f64> = outputs.filter_map(Value::number).collect();
        numbers.sort_by(f64::total_cmp);
        let median = numbers.get(numbers.len() / 2).copied().unwrap_or(0.0);
        Ok(Box::new(State::Number(median)))
    }
    fn load(&self, saved: &[u8], _schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        Ok(Box::new(of_bytes::<State>(saved)?))
    }
}

impl Trained for State {
    fn answer(&mut self, _inputs: &[Value]) -> Result<Answer, Error> {
        Ok(match self {
            State::Class(p) => Answer::Class(p.clone()),
            State::Number(n) => Answer::Number(*n),
        })
    }
    fn save(&self) -> Result<Vec<u8>, Error> {
        to_bytes(self)
    }
    fn config(&self) -> String {
        String::new()
    }
}
