//! A Gaussian kernel machine on features of images, sound and numbers, by random waves.

use super::basis::{Basis, median_distance};
use super::lanes;
use super::lines::{self, Learnt, Lines, Rounds, all_sums, best_of, like, said};
use crate::features::Features;
use crate::solve::descent::{Loss, descend};
use crate::solve::dual::{Dual, WALKS};
use crate::solve::{Dense, Weights, lanes_of};
use crate::{Contestant, Effort, Error, Example, Family, Modality, Schema, Trained, Training};

/// Compares examples by how near they are.
pub struct Kernel;

/// Widths of the kernel that are tried, in median distances of two examples.
const WIDTHS: [f32; 5] = [0.35, 0.5, 0.7, 1.0, 1.4];
/// Costs of errors that are tried.
const COSTS: [f32; 5] = [1.0, 4.0, 16.0, 64.0, 256.0];
/// The cost that widths are compared at.
const FIRST_COST: f32 = 16.0;
/// Widths are compared on so many examples, and as many of the held-out ones.
const SOME: usize = 3000;
/// Walks for that.
const FEW_WALKS: usize = 8;
/// For numbers: where errors begin to count straight on, and steps down.
const TURN: f32 = 0.2;
const STEPS: usize = 40;

impl Contestant for Kernel {
    fn name(&self) -> &'static str {
        "kernel"
    }
    fn summary(&self) -> &'static str {
        "support vector machines with a Gaussian kernel on edges, pitches, numbers"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let text = |f: &crate::Field| matches!(f.kind, Modality::Text | Modality::Abc);
        match schema.inputs.iter().any(text) {
            true => Err("words are too many for a kernel of distances".to_string()),
            false => lines::suits(schema),
        }
    }
    fn settles(&self) -> bool {
        false // each cost begins where the one before it ended
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let features = Features::fit(data.schema, data.examples);
        let directions = (data.examples.len() / 2)
            .next_power_of_two()
            .clamp(256, 2048);
        let inputs: Vec<_> = data.examples.iter().map(|e| &e.inputs[..]).collect();
        let unit = median_distance(&features, &inputs, data.seed);
        let basis =
            |width: f32| Basis::new(data.seed, features.columns(), directions, width * unit);
        let rows = |basis: &Basis, examples: &[Example]| {
            let mut rows = basis.rows();
            for example in examples {
                rows.push(&basis.of(&features.dense(&example.inputs)));
            }
            rows
        };
        let width = match like(effort, "width") {
            Some(width) => width,
            None => {
                let some = &data.examples[..data.examples.len().min(SOME)];
                let held = &data.held[..data.held.len().min(SOME)];
                let some_data = Training {
                    examples: some,
                    held,
                    ..*data
                };
                let tried = best_of(&WIDTHS, effort, |width| {
                    let basis = basis(width);
                    let (rows, held) = (rows(&basis, some), rows(&basis, held));
                    let mut machine = Machine::new(&some_data, &rows)?;
                    let mut rounds = Rounds::new(effort);
                    let learnt = machine.learn(
                        &some_data,
                        (&rows, &held),
                        FIRST_COST,
                        FEW_WALKS,
                        &mut rounds,
                    )?;
                    Ok(((), learnt.1))
                })?;
                tried.0
            }
        };
        let basis = basis(width);
        let (rows, held) = (rows(&basis, data.examples), rows(&basis, data.held));
        let costs = like(effort, "cost").map_or(COSTS.to_vec(), |cost| vec![cost]);
        let mut machine = Machine::new(data, &rows)?;
        let mut first = None;
        let (cost, weights, _) = best_of(&costs, effort, |cost| {
            let mut rounds = Rounds::new(effort);
            let learnt = machine.learn(data, (&rows, &held), cost, WALKS, &mut rounds)?;
            first.get_or_insert((cost, rounds.said()));
            Ok(learnt)
        })?;
        let scale = match machine {
            Machine::Label(_) => (0.0, 1.0),
            Machine::Number { scale, .. } => scale,
        };
        Ok(Lines::boxed(
            data,
            Learnt {
                features,
                basis: Some(basis),
                weights,
                scale,
                config: format!("width={width},cost={cost}{}", said(first, cost)),
            },
        ))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        Lines::load(saved, schema)
    }
}

/// What learns on waves: margins for labels, Huber's loss for numbers.
enum Machine {
    Label(Dual),
    Number {
        truths: Vec<f32>,
        scale: (f64, f64),
        weights: Vec<f32>,
    },
}

impl Machine {
    fn new(data: &Training, rows: &Dense) -> Result<Machine, Error> {
        if data.schema.classifies() {
            let labels = lanes::labels(data.schema, data.examples)?;
            let classes = data.schema.labels.len();
            return Ok(Machine::Label(Dual::new(rows, labels, classes, None)));
        }
        let (truths, scale) = lanes::numbers(data.examples);
        Ok(Machine::Number {
            truths,
            scale,
            weights: Vec::new(),
        })
    }

    /// Goes on with a cost that is no lower; gives weights, and how bad they are on held-out rows.
    fn learn(
        &mut self,
        data: &Training,
        (rows, held): (&Dense, &Dense),
        cost: f32,
        walks: usize,
        rounds: &mut Rounds,
    ) -> Result<(Weights, f64), Error> {
        let go_on = || rounds.go_on();
        let (weights, scale) = match self {
            Machine::Label(dual) => {
                dual.solve(rows, cost, data.seed, walks, go_on)?;
                let lanes = lanes_of(data.schema.labels.len());
                (Weights::rounded(&dual.weights, lanes), (0.0, 1.0))
            }
            Machine::Number {
                truths,
                scale,
                weights,
            } => {
                let loss = Loss::Number { truths, turn: TURN };
                descend(rows, &loss, cost, weights, STEPS, go_on)?;
                (Weights::rounded(weights, 1), *scale)
            }
        };
        let bad = lanes::badness(data.schema, &all_sums(&weights, held), scale, data.held);
        Ok((weights, bad))
    }
}
