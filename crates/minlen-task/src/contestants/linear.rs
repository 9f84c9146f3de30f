//! Multinomial logistic regression on features; for numbers Huber's regression.

use super::lines::{self, Learnt, Lines, all_sums, badness, best_of, like};
use crate::features::Features;
use crate::solve::Weights;
use crate::solve::descent::{Loss, descend};
use crate::{Contestant, Effort, Error, Family, Schema, Trained, Training};

/// Weighs features.
pub struct Linear;

/// Costs of errors that are tried, against squared weights. Each begins where the one before it
/// ended.
const COSTS: [f32; 6] = [0.25, 1.0, 4.0, 16.0, 64.0, 256.0];
/// For numbers: from where errors count straight on, in mean distances from the median.
const TURNS: [f32; 2] = [0.1, 1.0];
/// Steps down for each of them.
const STEPS: usize = 100;

impl Contestant for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }
    fn summary(&self) -> &'static str {
        "logistic regression on words, runs of letters, edges, pitches (numbers: Huber's)"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        lines::suits(schema)
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let features = Features::fit(data.schema, data.examples);
        let rows = features.rows(data.examples);
        let held = features.rows(data.held);
        let mut start = Vec::new();
        let mut learn = |loss: &Loss, cost: f32, from_zero: bool| {
            if from_zero {
                start.clear();
            }
            descend(&rows, loss, cost, &mut start, STEPS, || {
                effort.go_on()?;
                Ok(!effort.over())
            })?;
            Ok::<_, Error>(Weights::rounded(&start, loss.lanes()))
        };
        let told = like(effort, "cost");
        let costs = told.map_or(COSTS.to_vec(), |cost| vec![cost]);
        let (config, weights, scale) = if data.schema.classifies() {
            let labels = lines::labels(data.schema, data.examples)?;
            let classes = data.schema.labels.len();
            let loss = Loss::Label {
                labels: &labels,
                classes,
            };
            let (cost, weights) = best_of(&costs, effort, |cost| {
                let weights = learn(&loss, cost, false)?;
                let bad = badness(
                    data.schema,
                    &all_sums(&weights, &held),
                    (0.0, 1.0),
                    data.held,
                );
                Ok((weights, bad))
            })?;
            (format!("cost={cost}"), weights, (0.0, 1.0))
        } else {
            let (truths, scale) = lines::numbers(data.examples);
            let turns = like(effort, "turn").map_or(TURNS.to_vec(), |turn| vec![turn]);
            let pairs = turns
                .iter()
                .flat_map(|t| costs.iter().map(move |c| (*t, *c)));
            let mut last = f32::NAN;
            let mut tried = Vec::new();
            for turn in &turns {
                let of_turn: Vec<(f32, f32)> = pairs.clone().filter(|p| p.0 == *turn).collect();
                tried.push(best_of(&of_turn, effort, |(turn, cost)| {
                    let loss = Loss::Number {
                        truths: &truths,
                        turn,
                    };
                    let weights = learn(&loss, cost, turn != last)?;
                    last = turn;
                    let bad = badness(data.schema, &all_sums(&weights, &held), scale, data.held);
                    Ok(((weights, bad), bad))
                })?);
            }
            let best = tried.into_iter().min_by(|a, b| a.1.1.total_cmp(&b.1.1));
            let ((turn, cost), (weights, _)) = best.expect("at least one turn was tried");
            (format!("cost={cost},turn={turn}"), weights, scale)
        };
        Ok(Lines::boxed(
            data,
            Learnt {
                features,
                basis: None,
                weights,
                scale,
                config,
            },
        ))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        Lines::load(saved, schema)
    }
}
