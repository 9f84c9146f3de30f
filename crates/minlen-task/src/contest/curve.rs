//! How contestants do after learning from fewer examples.

use super::parts::Parts;
use super::{RunOptions, Standing};
use crate::{Confidence, Contestant, Error, Example, Score};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// How a contestant did after learning from some of the training examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Who.
    pub contestant: String,
    /// Examples that it learnt from.
    pub examples: usize,
    /// The task's own measure on held-out training examples: the blind set is not looked at.
    pub value: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl CurvePoint {
    fn new(contestant: &str, examples: usize, score: &Score) -> CurvePoint {
        CurvePoint {
            contestant: contestant.to_string(),
            examples,
            value: score.value,
            low: score.low,
            high: score.high,
        }
    }
}

/// After 1/32, 1/16, … of the examples, and after all but those held out, which those who stand
/// have been tried on already; the cheapest first, until time is up.
pub(super) fn curve(
    chosen: &[&dyn Contestant],
    standings: &[Standing],
    parts: &Parts,
    until: Instant,
    options: &RunOptions,
) -> Result<Vec<CurvePoint>, Error> {
    let (fit, held) = parts.fold(0, parts.folds());
    let all = standings.iter();
    let mut points: Vec<CurvePoint> = all
        .map(|s| CurvePoint::new(&s.contestant, fit.len(), &s.held))
        .collect();
    let stands = |name: &str| standings.iter().any(|s| s.contestant == name);
    for examples in (1..=5).rev().map(|halvings| fit.len() >> halvings) {
        for contestant in chosen {
            let name = contestant.name();
            if examples < 4 || contestant.joins() || !stands(name) || Instant::now() >= until {
                continue;
            }
            // They are in the order of a hash: the first ones are as good as any.
            let training = parts.training(&fit[..examples], held);
            let mut trained = contestant.train(&training, &options.effort(until, None))?;
            let confidence = Confidence::default();
            let judge = parts.judge(&confidence, options.watch);
            let mut answer = |e: &Example| trained.answer(&e.inputs);
            let score = judge.score(held, 0, &mut answer)?;
            points.push(CurvePoint::new(name, examples, &score));
        }
    }
    points.sort_by_key(|p| p.examples);
    Ok(points)
}
