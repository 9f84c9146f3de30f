//! Multinomial logistic regression on features; for numbers Huber's regression.

use super::lanes;
use super::lines::{self, Ground, Lines, Rounds, best_of, like, said};
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
    fn settles(&self) -> bool {
        false // each cost begins where the one before it ended
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let ground = Ground::new(data);
        let classifies = data.schema.classifies();
        let classes = data.schema.labels.len();
        let (mut labels, mut truths, mut scale) = (Vec::new(), Vec::new(), (0.0, 1.0));
        match classifies {
            true => labels = lanes::labels(data.schema, data.examples)?,
            false => (truths, scale) = lanes::numbers(data.examples),
        }
        let costs = like(effort, "cost").map_or(COSTS.to_vec(), |cost| vec![cost]);
        let turns = match like(effort, "turn") {
            Some(turn) => vec![turn],
            None if classifies => vec![0.0],
            None => TURNS.to_vec(),
        };
        let mut tried = Vec::new();
        for turn in turns {
            let loss = match classifies {
                true => Loss::Label {
                    labels: &labels,
                    classes,
                },
                false => Loss::Number {
                    truths: &truths,
                    turn,
                },
            };
            if effort.over() && !tried.is_empty() {
                break;
            }
            let (mut start, mut first) = (Vec::new(), None);
            let (cost, weights, bad) = best_of(&costs, effort, |cost| {
                let mut rounds = Rounds::new(effort);
                let go_on = || rounds.go_on();
                descend(&ground.rows, &loss, cost, &mut start, STEPS, go_on)?;
                first.get_or_insert((cost, rounds.said()));
                let weights = Weights::rounded(&start, loss.lanes());
                let bad = ground.badness(&weights, scale);
                Ok((weights, bad))
            })?;
            let turn = match classifies {
                true => String::new(),
                false => format!(",turn={turn}"),
            };
            let rounds = said(first, cost);
            let config = format!("cost={cost}{turn}{rounds}");
            tried.push((bad, weights, config));
        }
        let best = tried.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
        let (_, weights, config) = best.expect("at least one turn was tried");
        Ok(ground.lines(weights, scale, config))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        Lines::load(saved, schema)
    }
}
