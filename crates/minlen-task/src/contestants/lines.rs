//! What the contestants that draw lines through features have in common: how settings are chosen,
//! how lines answer, how they are saved.

use super::basis::Basis;
use crate::entrant::Confidence;
use crate::features::Features;
use crate::solve::descent::softmax;
use crate::solve::{Rows, Sparse, Weights};
use crate::{Answer, Effort, Error, Evidence, Example, Schema, Trained, Training, Value};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Lines through features.
pub(super) struct Lines {
    schema: Schema,
    state: State,
}

#[derive(Serialize, Deserialize)]
struct State {
    features: Features,
    basis: Option<Basis>,
    weights: Weights,
    /// Where numbers are counted from, and in what.
    scale: (f64, f64),
    config: String,
}

/// What was learnt, before it is put together.
pub(super) struct Learnt {
    pub features: Features,
    pub basis: Option<Basis>,
    pub weights: Weights,
    pub scale: (f64, f64),
    pub config: String,
}

/// Whether lines can answer: classes and numbers.
pub(super) fn suits(schema: &Schema) -> Result<(), String> {
    match schema.output.kind {
        crate::Modality::Category if schema.labels.len() > 2000 => {
            Err("more than 2,000 labels need too much memory".to_string())
        }
        crate::Modality::Category | crate::Modality::Number => Ok(()),
        kind => Err(format!(
            "it answers with labels and numbers, not with {kind}"
        )),
    }
}

/// The labels of examples.
pub(super) fn labels(schema: &Schema, examples: &[Example]) -> Result<Vec<usize>, Error> {
    let label = |e: &Example| e.output.text().and_then(|t| schema.label(t));
    let labels: Option<Vec<usize>> = examples.iter().map(label).collect();
    labels.ok_or_else(|| Error::Usage("a training example has none of the labels".to_string()))
}

/// The numbers of examples, counted from their median in mean distances from it; and these two.
pub(super) fn numbers(examples: &[Example]) -> (Vec<f32>, (f64, f64)) {
    let all: Vec<f64> = examples
        .iter()
        .map(|e| e.output.number().unwrap_or(0.0))
        .collect();
    let mut sorted = all.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let sum: f64 = all.iter().map(|n| (n - median).abs()).sum();
    let unit = if sum > 0.0 {
        sum / all.len() as f64
    } else {
        1.0
    };
    let scaled = all.iter().map(|n| ((n - median) / unit) as f32);
    (scaled.collect(), (median, unit))
}

/// How bad sums are on held-out examples: bits of the labels once confidence is fitted, or the mean
/// absolute error. Bits tell neighbouring settings apart where counts of right answers are noise.
pub(super) fn badness(
    schema: &Schema,
    sums: &[Vec<f32>],
    (from, unit): (f64, f64),
    held: &[Example],
) -> f64 {
    if !schema.classifies() {
        let truths = held.iter().map(|e| e.output.number().unwrap_or(0.0));
        let misses = truths
            .zip(sums)
            .map(|(t, s)| (t - from - unit * f64::from(s[0])).abs());
        return misses.sum::<f64>() / held.len().max(1) as f64;
    }
    let answers: Vec<(Vec<f64>, usize)> = held
        .iter()
        .zip(sums)
        .filter_map(|(e, s)| {
            let truth = e.output.text().and_then(|t| schema.label(t))?;
            Some((probabilities(s, schema.labels.len()), truth))
        })
        .collect();
    Confidence::default().fit_power(&answers).1
}

/// Probabilities of a row's sums.
pub(super) fn probabilities(sums: &[f32], classes: usize) -> Vec<f64> {
    match classes {
        0 | 1 => vec![1.0; classes],
        2 => softmax(&[0.0, sums[0]]).0,
        n => softmax(&sums[..n]).0,
    }
}

/// Tries settings in turn until they have got worse twice, or time is up. Gives the best one.
pub(super) fn best_of<S: Copy, T>(
    settings: &[S],
    effort: &Effort,
    mut learn: impl FnMut(S) -> Result<(T, f64), Error>,
) -> Result<(S, T), Error> {
    let mut best: Option<(S, T, f64)> = None;
    let mut worse = 0;
    for setting in settings {
        effort.go_on()?;
        if best.is_some() && (worse == 2 || effort.over()) {
            break;
        }
        let (learnt, badness) = learn(*setting)?;
        match &best {
            Some((.., least)) if badness >= *least => worse += 1,
            _ => {
                best = Some((*setting, learnt, badness));
                worse = 0;
            }
        }
    }
    let (setting, learnt, _) = best.ok_or_else(|| Error::Usage("no settings".to_string()))?;
    Ok((setting, learnt))
}

/// A setting of an earlier training.
pub(super) fn like<T: FromStr>(effort: &Effort, key: &str) -> Option<T> {
    let settings = effort.like?.split(',');
    settings
        .filter_map(|s| s.trim().split_once('='))
        .find(|(k, _)| *k == key)
        .and_then(|(_, value)| value.parse().ok())
}

/// The rows of one example, for weights.
fn sums(state: &State, inputs: &[Value]) -> Vec<f32> {
    match &state.basis {
        Some(basis) => {
            let mut rows = basis.rows();
            rows.push(&basis.of(&state.features.dense(inputs)));
            state.weights.of(&rows, 0)
        }
        None => {
            let mut rows = Sparse::new(state.features.columns());
            rows.push(&state.features.row(inputs));
            state.weights.of(&rows, 0)
        }
    }
}

/// Evidence that is told: the strongest.
const TOLD: usize = 16;

impl Lines {
    pub(super) fn boxed(data: &Training, learnt: Learnt) -> Box<dyn Trained> {
        Box::new(Lines {
            schema: data.schema.clone(),
            state: State {
                features: learnt.features,
                basis: learnt.basis,
                weights: learnt.weights,
                scale: learnt.scale,
                config: learnt.config,
            },
        })
    }

    pub(super) fn load(saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let state: State = super::of_compact(saved)?;
        state.features.check(schema)?;
        let columns = match &state.basis {
            Some(basis) => basis.check(state.features.columns())?,
            None => state.features.columns(),
        };
        let classes = if schema.classifies() {
            schema.labels.len()
        } else {
            1
        };
        let lanes = crate::solve::lanes_of(classes);
        if state.weights.lanes != lanes || state.weights.all.len() != (columns + 1) * lanes {
            let why = "weights of another size".to_string();
            return Err(minlen::DataError::Damaged(why).into());
        }
        let schema = schema.clone();
        Ok(Box::new(Lines { schema, state }))
    }
}

impl Trained for Lines {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let sums = sums(&self.state, inputs);
        Ok(match self.schema.classifies() {
            true => Answer::Class(probabilities(&sums, self.schema.labels.len())),
            false => {
                let (from, unit) = self.state.scale;
                Answer::Number(from + unit * f64::from(sums[0]))
            }
        })
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        super::to_compact(&self.state)
    }

    fn config(&self) -> String {
        self.state.config.clone()
    }

    /// Each feature's share of the logarithm of how much likelier the answer is than the next
    /// best; for numbers, what it adds.
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        if self.state.basis.is_some() {
            return Ok(Vec::new()); // what it sums are waves, which mean nothing to people
        }
        let (state, classes) = (&self.state, self.schema.classifies());
        let sums = sums(state, inputs);
        let lanes = state.weights.lanes;
        let mut order: Vec<usize> = (0..self.schema.labels.len()).collect();
        if lanes > 1 {
            order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]));
        }
        let share = |column: u32, x: f32| {
            let weights = &state.weights.all[column as usize * lanes..][..lanes];
            f64::from(x)
                * f64::from(match (classes, lanes) {
                    (true, 1) if sums[0] < 0.0 => -weights[0],
                    (_, 1) => weights[0],
                    _ => weights[order[0]] - weights[order[1]],
                })
        };
        let mut all = Vec::new();
        let schema = &self.schema;
        state.features.named(schema, inputs, |column, x, name| {
            all.push((name, share(column, x)))
        });
        all.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        all.retain(|(_, share)| *share != 0.0);
        let told = all
            .into_iter()
            .take(TOLD)
            .map(|(what, share)| match classes {
                true => Evidence {
                    what,
                    bits: Some(share / std::f64::consts::LN_2),
                },
                false => Evidence {
                    what: format!("{what}: {:+.4}", share * state.scale.1),
                    bits: None,
                },
            });
        Ok(told.collect())
    }
}

/// Sums of all rows under weights.
pub(super) fn all_sums(weights: &Weights, rows: &impl Rows) -> Vec<Vec<f32>> {
    (0..rows.len()).map(|row| weights.of(rows, row)).collect()
}
