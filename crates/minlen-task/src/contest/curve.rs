//! How contestants do after learning from fewer examples.

use super::parts::Parts;
use super::{RunOptions, Standing};
use crate::{Confidence, Contestant, Curve, Error, Example, Score, Training, Value};
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
/// have been tried on already; the fewest first, until time is up. Each training gets as much of the
/// time that is left as those after it.
pub(super) fn curve(
    chosen: &[&dyn Contestant],
    standings: &[Standing],
    parts: &Parts,
    kind: Curve,
    until: Instant,
    options: &RunOptions,
) -> Result<Vec<CurvePoint>, Error> {
    let (fit, held) = parts.fold(0, parts.folds());
    let all = standings.iter();
    let mut points: Vec<CurvePoint> = all
        .map(|s| CurvePoint::new(&s.contestant, fit.len(), &s.held))
        .collect();
    // All inputs, whether their outputs are known or not: the same for every point.
    let inputs: Vec<Vec<Value>> = match kind {
        Curve::Labels => {
            let own = fit.iter().map(|e| e.inputs.clone());
            own.chain(parts.unlabelled.iter().cloned()).collect()
        }
        _ => parts.unlabelled.clone(),
    };
    let stands = |name: &str| standings.iter().any(|s| s.contestant == name);
    let sizes = (1..=5).rev().map(|halvings| fit.len() >> halvings);
    let trainings: Vec<(usize, &&dyn Contestant)> = sizes
        .filter(|examples| *examples >= 4)
        .flat_map(|examples| chosen.iter().map(move |c| (examples, c)))
        .filter(|(_, c)| !c.joins() && stands(c.name()))
        .collect();
    for (i, (examples, contestant)) in trainings.iter().enumerate() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let share = Instant::now() + left / (trainings.len() - i) as u32;
        // They are in the order of a hash: the first ones are as good as any.
        let training = Training {
            unlabelled: &inputs,
            ..parts.training(&fit[..*examples], held)
        };
        let mut trained = contestant.train(&training, &options.effort(share, None))?;
        let confidence = Confidence::default();
        let judge = parts.judge(&confidence, options.watch);
        let mut answer = |e: &Example| trained.answer(&e.inputs);
        let score = judge.score(held, 0, &mut answer)?;
        points.push(CurvePoint::new(contestant.name(), *examples, &score));
    }
    points.sort_by_key(|p| p.examples);
    Ok(points)
}
