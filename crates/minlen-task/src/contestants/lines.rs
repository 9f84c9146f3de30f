//! What the contestants that draw lines through features have in common: how settings are chosen,
//! how lines answer, how they are saved.

use super::basis::Basis;
use super::lanes;
use crate::features::Features;
use crate::solve::{Rows, Sparse, Weights};
use crate::{Answer, Effort, Error, Evidence, Schema, Trained, Training, Value};
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

/// Tries settings in turn until they have got worse twice, or time is up. Gives the best one, what
/// was learnt with it, and how bad that is.
pub(super) fn best_of<S: Copy, T>(
    settings: &[S],
    effort: &Effort,
    mut learn: impl FnMut(S) -> Result<(T, f64), Error>,
) -> Result<(S, T, f64), Error> {
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
    best.ok_or_else(|| Error::Usage("no settings".to_string()))
}

/// Rounds of a fit: as many as were told, or as there is time for.
pub(super) struct Rounds<'a> {
    effort: &'a Effort<'a>,
    told: Option<usize>,
    taken: usize,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(effort: &'a Effort<'a>) -> Rounds<'a> {
        Rounds {
            told: like(effort, "rounds"),
            taken: 0,
            effort,
        }
    }

    /// Whether there is another one. The first is taken even when time is up: without it nothing is
    /// learnt, and all answers are ties.
    pub(super) fn go_on(&mut self) -> Result<bool, Error> {
        self.effort.go_on()?;
        if self.told == Some(self.taken) {
            return Ok(false);
        }
        if self.effort.over() && self.taken > 0 {
            self.told = Some(self.taken);
            return Ok(false);
        }
        self.taken += 1;
        Ok(true)
    }

    /// What a later training is to be told: nothing, unless time was up.
    pub(super) fn said(&self) -> String {
        let told = self.told.map(|rounds| format!(",rounds={rounds}"));
        told.unwrap_or_default()
    }
}

/// What a later training is to be told of the rounds at `cost`, if that was the `first` one tried:
/// then it began from nothing, as the later one will.
pub(super) fn said(first: Option<(f32, String)>, cost: f32) -> String {
    let first = first.filter(|(of, _)| *of == cost);
    first.map_or(String::new(), |(_, said)| said)
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
        Ok(lanes::answer(&self.schema, &sums, self.state.scale))
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
        let (state, schema) = (&self.state, &self.schema);
        let leads = lanes::leads(schema, &sums(state, inputs));
        let mut shares = Vec::new();
        state.features.named(schema, inputs, |column, x, name| {
            let weights = &state.weights.all[column as usize * leads.len()..];
            let lead: f64 = (leads.iter().zip(weights))
                .map(|(lead, w)| lead * f64::from(*w))
                .sum();
            shares.push((name, f64::from(x) * lead));
        });
        Ok(lanes::evidence(schema, state.scale.1, shares))
    }
}

/// Examples as rows of features, to draw lines through, and held-out ones to choose them by.
pub(super) struct Ground<'a> {
    data: &'a Training<'a>,
    features: Features,
    pub(super) rows: Sparse,
    held: Sparse,
}

impl<'a> Ground<'a> {
    pub(super) fn new(data: &'a Training<'a>) -> Ground<'a> {
        let features = Features::fit(data.schema, data.examples);
        Ground {
            rows: features.rows(data.examples),
            held: features.rows(data.held),
            features,
            data,
        }
    }

    /// How bad weights are on held-out examples.
    pub(super) fn badness(&self, weights: &Weights, scale: (f64, f64)) -> f64 {
        let sums = all_sums(weights, &self.held);
        lanes::badness(self.data.schema, &sums, scale, self.data.held)
    }

    /// What was learnt, put together.
    pub(super) fn lines(
        self,
        weights: Weights,
        scale: (f64, f64),
        config: String,
    ) -> Box<dyn Trained> {
        Lines::boxed(
            self.data,
            Learnt {
                features: self.features,
                basis: None,
                weights,
                scale,
                config,
            },
        )
    }
}

/// Sums of all rows under weights.
pub(super) fn all_sums(weights: &Weights, rows: &impl Rows) -> Vec<Vec<f32>> {
    (0..rows.len()).map(|row| weights.of(rows, row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_round_is_taken_however_late_it_is() {
        let late = Effort {
            until: std::time::Instant::now() - std::time::Duration::from_secs(1),
            ..Effort::none()
        };
        let mut rounds = Rounds::new(&late);
        assert!(rounds.go_on().unwrap());
        assert!(!rounds.go_on().unwrap());
        assert_eq!(rounds.said(), ",rounds=1");
        // Who is told so takes as many.
        let told = Effort {
            like: Some("cost=1,rounds=1"),
            ..late
        };
        let mut rounds = Rounds::new(&told);
        assert!(rounds.go_on().unwrap());
        assert!(!rounds.go_on().unwrap());
    }
}
