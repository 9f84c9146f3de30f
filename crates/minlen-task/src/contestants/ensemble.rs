//! The others together: a mixture whose weights are fitted on what each said to held-out examples.
//!
//! The mixture's share of each contestant is the one under which held-out outputs cost the fewest
//! bits, found by expectation and maximisation (Dempster, Laird and Rubin 1977), which has no other
//! optimum to stop at: the cost is convex in the weights. Who adds nothing gets next to none and is
//! left out.

use super::{find, parts};
use crate::{
    Answer, Confidence, Contestant, Effort, Entrant, Error, Evidence, Example, Family, Schema,
    Trained, Training, Value,
};
use serde::{Deserialize, Serialize};

/// The mixture of the other contestants.
pub struct Ensemble;

/// Weights below this are left out.
const LEAST: f64 = 0.03;
/// Rounds of the fit.
const ROUNDS: usize = 300;

impl Contestant for Ensemble {
    fn name(&self) -> &'static str {
        "ensemble"
    }
    fn summary(&self) -> &'static str {
        "the others together, weighted by the bits of held-out examples"
    }
    fn family(&self) -> Family {
        Family::Neural
    }
    fn joins(&self) -> bool {
        true
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        match schema.writes() {
            true => Err("texts and images cannot be averaged".into()),
            false => Ok(()),
        }
    }
    fn train(&self, _: &Training, _: &Effort) -> Result<Box<dyn Trained>, Error> {
        let why = "an ensemble is made of what others have learnt, in a contest";
        Err(Error::Usage(why.into()))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let (heads, states): (Vec<(String, f64, Confidence)>, _) = parts::part(saved)?;
        if heads.len() != states.len() || heads.is_empty() {
            return Err(parts::damaged());
        }
        let mut members = Vec::new();
        for ((name, weight, confidence), state) in heads.into_iter().zip(states) {
            if name == Ensemble.name() {
                return Err(parts::damaged());
            }
            let trained = find(&name)?.load(&state, schema)?;
            members.push(Member {
                entrant: Entrant::new(trained, confidence),
                name,
                weight,
            });
        }
        Ok(Box::new(Mixture(members)))
    }
}

/// What a contestant said to a held-out example, as it is to be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Told {
    /// Probabilities of labels.
    Class(Vec<f64>),
    /// A number.
    Number(f64),
}

impl Told {
    /// Of an answer; `None` for what was written.
    pub(crate) fn of(answer: &Answer, confidence: &Confidence) -> Option<Told> {
        match answer {
            Answer::Class(p) => Some(Told::Class(confidence.read(p))),
            Answer::Number(n) => Some(Told::Number(*n)),
            Answer::Written(_) => None,
        }
    }

    /// How probable it holds the truth to be.
    pub(crate) fn of_truth(&self, truth: &Value, schema: &Schema, confidence: &Confidence) -> f64 {
        match self {
            Told::Class(p) => {
                let label = truth.text().and_then(|t| schema.label(t));
                label.map_or(1.0, |label| p[label])
            }
            Told::Number(given) => {
                let truth = truth.number().unwrap_or(*given);
                (-confidence.number_bits(*given, truth)).exp2()
            }
        }
    }
}

/// The weights under which examples cost least: `shares` holds for each how probable each member
/// holds its truth to be.
pub(crate) fn fit(shares: &[Vec<f64>], members: usize) -> Vec<f64> {
    let mut weights = vec![1.0 / members.max(1) as f64; members];
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; members];
        for shares in shares {
            let parts = shares.iter().zip(&weights).map(|(p, w)| p.max(1e-12) * w);
            let parts: Vec<f64> = parts.collect();
            let sum: f64 = parts.iter().sum();
            next.iter_mut().zip(parts).for_each(|(n, p)| *n += p / sum);
        }
        let count = shares.len().max(1) as f64;
        weights = next.into_iter().map(|n| n / count).collect();
    }
    weights
}

/// As [`fit`], then without those that add next to nothing.
pub(crate) fn fit_few(shares: &[Vec<f64>], members: usize) -> Vec<f64> {
    let mut weights = fit(shares, members);
    let most = weights.iter().copied().fold(0.0, f64::max);
    for weight in &mut weights {
        if *weight < LEAST && *weight < most {
            *weight = 0.0;
        }
    }
    let sum: f64 = weights.iter().sum();
    // Thousandths are enough, and are what the ledger shows.
    weights
        .iter()
        .map(|w| (w / sum * 1000.0).round() / 1000.0)
        .collect()
}

/// What members say together.
pub(crate) fn mix<'a>(told: impl Iterator<Item = (f64, &'a Told)>) -> Answer {
    let (mut shares, mut number, mut sum): (Vec<f64>, f64, f64) = (Vec::new(), 0.0, 0.0);
    for (weight, told) in told {
        sum += weight;
        match told {
            Told::Class(p) => {
                shares.resize(p.len(), 0.0);
                shares.iter_mut().zip(p).for_each(|(s, p)| *s += weight * p);
            }
            Told::Number(n) => number += weight * n,
        }
    }
    let sum = if sum > 0.0 { sum } else { 1.0 };
    match shares.is_empty() {
        true => Answer::Number(number / sum),
        false => Answer::Class(shares.iter().map(|s| s / sum).collect()),
    }
}

/// A member, with its weight.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) weight: f64,
    pub(crate) entrant: Entrant,
}

/// Trained contestants, mixed.
pub(crate) struct Mixture(pub(crate) Vec<Member>);

impl Mixture {
    fn told(&mut self, inputs: &[Value]) -> Result<Vec<Told>, Error> {
        let mut all = Vec::new();
        for member in &mut self.0 {
            let answer = member.entrant.answer(inputs)?;
            // What they answer has been read by their own confidence.
            all.extend(match answer {
                Answer::Class(p) => Some(Told::Class(p)),
                Answer::Number(n) => Some(Told::Number(n)),
                Answer::Written(_) => None,
            });
        }
        Ok(all)
    }
}

impl Trained for Mixture {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let told = self.told(inputs)?;
        Ok(mix(self.0.iter().map(|m| m.weight).zip(&told)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let heads = self.0.iter();
        let heads: Vec<_> = heads
            .map(|m| (&m.name, m.weight, m.entrant.confidence))
            .collect();
        let states = self.0.iter().map(|m| m.entrant.save());
        parts::join(&heads, &states.collect::<Result<Vec<_>, _>>()?)
    }

    fn config(&self) -> String {
        config(self.0.iter().map(|m| (m.name.as_str(), m.weight)))
    }

    /// What each of them says.
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let told = self.told(inputs)?;
        let said = self.0.iter().zip(told).map(|(member, told)| {
            let says = match told {
                Told::Class(p) => {
                    let most = p.iter().copied().fold(0.0, f64::max);
                    let label = p.iter().position(|p| *p == most).unwrap_or(0);
                    format!("label {} with probability {most:.3}", label + 1)
                }
                Told::Number(n) => format!("{n}"),
            };
            Evidence {
                what: format!(
                    "{}, which weighs {}, says {says}",
                    member.name, member.weight
                ),
                bits: None,
            }
        });
        Ok(said.collect())
    }
}

/// Members and weights in one line.
pub(crate) fn config<'a>(members: impl Iterator<Item = (&'a str, f64)>) -> String {
    let all: Vec<String> = members
        .map(|(name, weight)| format!("{name}={weight}"))
        .collect();
    all.join(",")
}

/// What [`config`] wrote.
pub(crate) fn members(config: &str) -> impl Iterator<Item = (&str, f64)> {
    let pairs = config.split(',').filter_map(|pair| pair.split_once('='));
    pairs.filter_map(|(name, weight)| Some((name, weight.parse().ok()?)))
}

/// Answers of a mixture whose weights were not fitted on the very examples: one half of them by
/// weights of the other, and the other way round.
pub(crate) fn crossed(told: &[Vec<Told>], shares: &[Vec<f64>]) -> Vec<Answer> {
    let members = told.first().map_or(0, Vec::len);
    let weights = [0, 1].map(|half| {
        let others = shares.iter().enumerate().filter(|(i, _)| i % 2 != half);
        let others: Vec<Vec<f64>> = others.map(|(_, s)| s.clone()).collect();
        fit_few(&others, members)
    });
    let each = told.iter().enumerate();
    each.map(|(i, told)| mix(weights[i % 2].iter().copied().zip(told)))
        .collect()
}

/// For each example, how probable each member holds its truth to be.
pub(crate) fn shares(
    told: &[Vec<Told>],
    examples: &[Example],
    schema: &Schema,
    confidences: &[Confidence],
) -> Vec<Vec<f64>> {
    let rows = told.iter().zip(examples).map(|(told, example)| {
        let each = told.iter().zip(confidences);
        each.map(|(told, c)| told.of_truth(&example.output, schema, c))
            .collect()
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_that_cost_least() {
        // The first is right on two thirds, the second on the others; a third knows nothing.
        let rows = (0..90).map(|i| match i % 3 {
            0 => vec![0.1, 0.9, 0.2],
            _ => vec![0.9, 0.1, 0.2],
        });
        let rows: Vec<Vec<f64>> = rows.collect();
        let cost = |w: &[f64]| -> f64 {
            let p = |row: &Vec<f64>| row.iter().zip(w).map(|(p, w)| p * w).sum::<f64>();
            rows.iter().map(|row| -p(row).log2()).sum()
        };
        let best = fit_few(&rows, 3);
        assert_eq!(best[2], 0.0);
        assert!(best[0] > best[1] && best[1] > 0.1, "{best:?}");
        for other in [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.6, 0.3, 0.1]] {
            assert!(cost(&best) < cost(&other));
        }
    }
}
