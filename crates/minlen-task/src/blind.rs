//! The blind set: it can be scored and never read.
//!
//! A contestant is given inputs one by one, and answers. The outputs stay here: labels and numbers
//! are compared here, and what is to be written is measured here, with the contestant's model as it
//! was handed over and dropped afterwards, so that nothing flows back.
//!
//! ```compile_fail
//! fn peek(blind: &minlen_task::Blind) -> usize {
//!     blind.examples.len() // the examples are private: no contestant's code compiles that reads them
//! }
//! ```

use crate::{
    Answer, Confidence, Entrant, Error, Example, Metric, Modality, Schema, Tally, Value, Watch,
    value,
};
use minlen_core::{Cost, Meter, run};
use minlen_stats::{Interval, paired_bootstrap};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Instant;

/// Examples that were held back.
pub struct Blind {
    examples: Vec<Example>,
}

/// What a score says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Examples answered.
    pub examples: usize,
    /// The task's own measure.
    pub metric: Metric,
    /// Its value.
    pub value: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Bits of all outputs given their inputs; `None` where the contestant only writes.
    pub bits: Option<f64>,
    /// 95 % interval of those bits, by the bootstrap over examples.
    pub bits_range: Option<(f64, f64)>,
    /// How often label `i` (row) was taken for label `j` (column); the last row holds labels that
    /// training never saw, the last column answers where two labels tied. Empty where there are
    /// more than 500 labels.
    pub confusion: Vec<Vec<u32>>,
    /// Examples whose label training never saw: all are wrong.
    pub unseen: usize,
    /// Answers where labels tied: all are wrong.
    pub ties: usize,
    /// For tunes: how many of the answers are tunes at all.
    pub parse: Option<usize>,
    /// A few examples with their answers, for people: the first ones, then the first mistakes.
    pub shown: Vec<Shown>,
    /// Seconds that all answers took.
    pub seconds: f64,
}

/// An example and its answer, for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Where it comes from.
    pub id: String,
    /// What was given.
    pub inputs: Vec<Value>,
    /// The right answer.
    pub truth: Value,
    /// The contestant's.
    pub answer: Value,
    /// What the right answer cost, in bits.
    pub bits: Option<f64>,
}

/// Labels up to which it is counted which is taken for which: the table has a cell for each pair,
/// and is kept in the ledger.
const CONFUSED: usize = 500;
/// Examples that a score shows.
const SHOWN: usize = 24;

impl Blind {
    /// Holds `examples` back.
    pub fn new(examples: Vec<Example>) -> Blind {
        Blind { examples }
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.examples.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.examples.is_empty()
    }

    /// What the set is, in 32 hexadecimal digits: for the ledger, which counts the looks at it.
    pub fn name(&self) -> String {
        value::name(&self.examples)
    }

    /// The inputs that no blind example has.
    pub(crate) fn without(&self, mut inputs: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
        let own: HashSet<Vec<u8>> = (self.examples.iter())
            .map(|e| value::input_bytes(&e.inputs))
            .collect();
        inputs.retain(|inputs| !own.contains(&value::input_bytes(inputs)));
        inputs
    }

    /// One look: lets `entrant` answer every input, and judges.
    pub fn score(
        &self,
        entrant: &mut Entrant,
        schema: &Schema,
        metric: Metric,
        watch: &dyn Watch,
    ) -> Result<Score, Error> {
        let confidence = entrant.confidence;
        let judge = Judge {
            schema,
            metric,
            confidence: &confidence,
            watch,
        };
        let mut answer = |example: &Example| entrant.trained().answer(&example.inputs);
        judge.score(&self.examples, SHOWN, &mut answer)
    }
}

/// Judges answers to examples: the blind ones, or ones of the training set.
pub(crate) struct Judge<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) metric: Metric,
    pub(crate) confidence: &'a Confidence,
    pub(crate) watch: &'a dyn Watch,
}

impl Judge<'_> {
    /// The score of what `answer` says to each of `examples`, of which a few are shown.
    pub(crate) fn score<'e>(
        &self,
        examples: impl IntoIterator<Item = &'e Example>,
        show: usize,
        answer: &mut dyn FnMut(&Example) -> Result<Answer, Error>,
    ) -> Result<Score, Error> {
        let (schema, metric) = (self.schema, self.metric);
        let mut count = 0;
        let start = Instant::now();
        let labels = schema.labels.len();
        let mut tally = Tally::new(metric, schema);
        let mut confusion = match schema.classifies() && labels <= CONFUSED {
            true => vec![vec![0; labels + 1]; labels + 1],
            false => Vec::new(),
        };
        let (mut unseen, mut ties, mut parse) = (0, 0, 0);
        let mut bits = Vec::new();
        let (mut shown, mut mistakes) = (Vec::new(), Vec::new());
        for example in examples {
            if self.watch.stop() {
                return Err(Error::Stopped);
            }
            count += 1;
            let (cost, answer) = match (answer(example)?, &example.output) {
                (Answer::Class(p), truth) => {
                    let p = self.confidence.read(&p);
                    let name = truth.text().unwrap_or_default();
                    let truth_label = schema.label(name);
                    let named = best(&p);
                    tally.class(truth, named, &p);
                    unseen += usize::from(truth_label.is_none());
                    ties += usize::from(named.is_none());
                    let row = confusion.get_mut(truth_label.unwrap_or(labels));
                    if let Some(count) = row.and_then(|r| r.get_mut(named.unwrap_or(labels))) {
                        *count += 1;
                    }
                    let cost = self.confidence.read_bits(&p, truth_label, name);
                    let named = named.map_or("(a tie)", |n| &schema.labels[n]);
                    (Some(cost), Value::Text(named.to_string()))
                }
                (Answer::Number(given), truth) => {
                    let truth = truth.number().unwrap_or(f64::NAN);
                    tally.number(truth, given);
                    let cost = self.confidence.number_bits(given, truth);
                    (Some(cost), Value::Number(given))
                }
                (Answer::Written(written), truth) => {
                    let bytes = truth.bytes();
                    let tune = std::str::from_utf8(&written.made).map(minlen_music::parse);
                    parse += usize::from(matches!(tune, Ok(Ok(_))));
                    tally.written(&bytes, &written.made, &written.others);
                    let cost = written.model.map(|mut model| {
                        let mut all = bytes.clone();
                        all.extend(schema.ending());
                        let mut meter = Meter::new(&all);
                        run(&mut *model, &mut meter);
                        meter.total().units() as f64 / Cost::UNITS_A_BIT as f64
                    });
                    let made = match truth {
                        Value::Blob(_) => Value::Blob(written.made),
                        _ => Value::Text(String::from_utf8_lossy(&written.made).into_owned()),
                    };
                    (cost, made)
                }
            };
            bits.extend(cost);
            // Half of the places are for the first ones that are wrong.
            let wrong = answer != example.output;
            let place = match shown.len() < show.div_ceil(2) {
                true => Some(&mut shown),
                false => (wrong && mistakes.len() < show / 2).then_some(&mut mistakes),
            };
            if let Some(place) = place {
                place.push(Shown {
                    id: example.id.clone(),
                    inputs: example.inputs.clone(),
                    truth: example.output.clone(),
                    answer,
                    bits: cost,
                });
            }
        }
        shown.append(&mut mistakes);
        // Of one that has bits for some answers only, the sum would say nothing.
        let bits = (bits.len() == count).then(|| {
            let parts: Vec<Vec<f64>> = bits.iter().map(|b| vec![*b]).collect();
            paired_bootstrap(&parts, &|sums, _| sums[0], 0)
        });
        let Interval { low, mean, high } = tally.value(0);
        Ok(Score {
            examples: count,
            metric,
            value: mean,
            low,
            high,
            bits: bits.map(|b| b.mean),
            bits_range: bits.map(|b| (b.low, b.high)),
            confusion,
            unseen,
            ties,
            parse: (schema.output.kind == Modality::Abc).then_some(parse),
            shown,
            seconds: start.elapsed().as_secs_f64(),
        })
    }
}

/// The place of the greatest, unless two share it.
pub(crate) fn best(probabilities: &[f64]) -> Option<usize> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]));
    match order.as_slice() {
        [] => None,
        [one] => Some(*one),
        [first, second, ..] => (probabilities[*first] > probabilities[*second]).then_some(*first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_names_nobody() {
        assert_eq!(best(&[0.2, 0.5, 0.3]), Some(1));
        assert_eq!(best(&[0.4, 0.2, 0.4]), None);
        assert_eq!(best(&[]), None);
        assert_eq!(best(&[1.0]), Some(0));
    }
}
