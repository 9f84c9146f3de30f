//! Linear support vector machines on features, one class against the rest.

use super::lanes;
use super::lines::{self, Ground, Lines, Rounds, best_of, like, said};
use crate::solve::dual::{Dual, WALKS};
use crate::solve::{Sparse, Weights, lanes_of};
use crate::{Contestant, Effort, Error, Family, Schema, Trained, Training};

/// Keeps classes apart with the widest margin.
pub struct Svm;

/// Costs of errors that are tried. Each begins where the one before it ended.
const COSTS: [f32; 5] = [0.04, 0.12, 0.4, 1.2, 4.0];

impl Contestant for Svm {
    fn name(&self) -> &'static str {
        "svm"
    }
    fn summary(&self) -> &'static str {
        "linear support vector machines on words, runs of letters, edges, pitches"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        match schema.classifies() {
            true => lines::suits(schema),
            false => Err("it answers with labels only".to_string()),
        }
    }
    fn settles(&self) -> bool {
        false // each cost begins where the one before it ended
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        train(data, effort, &COSTS, |_, _| None)
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        Lines::load(saved, schema)
    }
}

/// Trains with the prior variances that `prior` finds in rows and labels.
pub(super) fn train(
    data: &Training,
    effort: &Effort,
    costs: &[f32],
    prior: impl Fn(&Sparse, &[usize]) -> Option<Vec<f32>>,
) -> Result<Box<dyn Trained>, Error> {
    let ground = Ground::new(data);
    let labels = lanes::labels(data.schema, data.examples)?;
    let classes = data.schema.labels.len();
    let prior = prior(&ground.rows, &labels);
    let costs = like(effort, "cost").map_or(costs.to_vec(), |cost| vec![cost]);
    let mut dual = Dual::new(&ground.rows, labels, classes, prior);
    let mut first = None;
    let (cost, weights, _) = best_of(&costs, effort, |cost| {
        let mut rounds = Rounds::new(effort);
        dual.solve(&ground.rows, cost, data.seed, WALKS, || rounds.go_on())?;
        first.get_or_insert((cost, rounds.said()));
        let weights = Weights::rounded(&dual.weights, lanes_of(classes));
        let bad = ground.badness(&weights, (0.0, 1.0));
        Ok((weights, bad))
    })?;
    let config = format!("cost={cost}{}", said(first, cost));
    Ok(ground.lines(weights, (0.0, 1.0), config))
}
