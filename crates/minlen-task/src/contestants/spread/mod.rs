//! Labels of few, spread to inputs near them, and margins through all.
//!
//! Inputs without labels say where inputs lie. What lies close together mostly has the same label: so
//! labels run from those who have one to their nearest, and on from there (`graph.rs`). What is made
//! of them is less sure than what was given, and counts the less; support vector machines learn from
//! both and answer for what is new. How far labels run, or that they had better stay where they are,
//! is found by cross-validation on the given ones. Words and how rare they are, and in which directions
//! texts differ (`sketch.rs`), are learnt from all inputs too.

mod graph;
mod sketch;
mod space;

use super::lanes;
use super::lines::{Learnt, Lines, Rounds, like};
use crate::solve::dual::{Dual, WALKS};
use crate::solve::{Rows, Weights, lanes_of};
use crate::{Contestant, Effort, Error, Example, Family, Schema, Trained, Training, Value};
use graph::Graph;
use space::{Space, Table};

/// Spreads labels to inputs without them.
pub struct Spread;

/// Inputs that labels are spread over at most: each is compared with each.
const MOST: usize = 12_000;
/// Walks over all rows when settings are compared.
const FEW_WALKS: usize = 8;
/// Parts of the labelled ones, each left out once.
const FOLDS: usize = 5;
/// Shares that a place takes from its neighbours; 0: labels stay where they are.
const SHARES: [f32; 4] = [0.8, 0.5, 0.95, 0.0];

/// What is chosen.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Setting {
    /// The width of the kernel, in median distances; not for text.
    width: f32,
    /// The share that a place takes from its neighbours.
    share: f32,
    /// The cost of errors.
    cost: f32,
}

impl Contestant for Spread {
    fn name(&self) -> &'static str {
        "spread"
    }
    fn summary(&self) -> &'static str {
        "labels spread to inputs without them that are near, and support vector machines on all"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        match schema.classifies() {
            true => super::lines::suits(schema),
            false => Err("it answers with labels only".to_string()),
        }
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let labelled = data.examples.iter().map(|e| &e.inputs[..]);
        let others = data.unlabelled.iter().map(|inputs| &inputs[..]);
        let inputs: Vec<&[Value]> = labelled.chain(others).collect();
        let inputs = &inputs[..inputs.len().min(MOST.max(data.examples.len()))];
        let space = Space::fit(data.schema, inputs, data.seed);
        let ground = Ground {
            graph: match inputs.len() <= MOST {
                true => Some(Graph::of(&space.places(inputs), effort.threads)),
                false => None, // too many have a label to compare each with each
            },
            labels: lanes::labels(data.schema, data.examples)?,
            data,
            inputs,
            space,
        };
        let setting = match effort.like {
            Some(_) => Setting {
                width: like(effort, "width").unwrap_or(0.0),
                share: like(effort, "share").unwrap_or(0.0),
                cost: like(effort, "cost").unwrap_or(1.0),
            },
            None => ground.choose(effort)?,
        };
        let table = ground.space.table(inputs, setting.width);
        let (labels, trust) = ground.teach(setting.share, |_| true);
        let mut rounds = Rounds::new(effort);
        let weights = ground.learn(&table, labels, trust, setting.cost, WALKS, &mut rounds)?;
        let config = format!(
            "width={},share={},cost={}{}",
            setting.width,
            setting.share,
            setting.cost,
            rounds.said()
        );
        let (features, basis) = ground.space.parts(setting.width);
        Ok(Lines::boxed(
            data,
            Learnt {
                features,
                basis,
                weights,
                scale: (0.0, 1.0),
                config,
            },
        ))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        Lines::load(saved, schema)
    }
}

/// All inputs, those with a label first.
struct Ground<'a> {
    data: &'a Training<'a>,
    inputs: &'a [&'a [Value]],
    space: Space,
    graph: Option<Graph>,
    labels: Vec<usize>,
}

impl Ground<'_> {
    /// A label for each input and how far it is to be trusted, if of the given ones only those are
    /// known that `knows` says. The others of the given ones are not trusted at all.
    fn teach(&self, share: f32, knows: impl Fn(usize) -> bool) -> (Vec<usize>, Vec<f32>) {
        let classes = self.data.schema.labels.len();
        let given = |i: usize| self.labels.get(i).copied();
        let known: Vec<Option<usize>> = (0..self.inputs.len())
            .map(|i| given(i).filter(|_| knows(i)))
            .collect();
        let held = match &self.graph {
            Some(graph) if share > 0.0 => graph.spread(&known, classes, share),
            _ => vec![0.0; self.inputs.len() * classes],
        };
        let taught = held.chunks(classes.max(1)).zip(&known).enumerate();
        let taught = taught.map(|(i, (held, known))| match (known, given(i)) {
            (Some(label), _) => (*label, 1.0),
            (None, Some(label)) => (label, 0.0),
            (None, None) => {
                let (label, most) = most(held);
                let sum: f32 = held.iter().sum();
                // Of the powers 1, 2 and 4, 2 did best, if by little.
                let sure = if sum > 0.0 { most / sum } else { 0.0 };
                (label, self.space.trust() * sure * sure)
            }
        });
        taught.unzip()
    }

    fn learn(
        &self,
        table: &impl Rows,
        labels: Vec<usize>,
        trust: Vec<f32>,
        cost: f32,
        walks: usize,
        rounds: &mut Rounds,
    ) -> Result<Weights, Error> {
        let classes = self.data.schema.labels.len();
        let mut dual = Dual::new(table, labels, classes, None).trusting(trust);
        dual.solve(table, cost, self.data.seed, walks, || rounds.go_on())?;
        Ok(Weights::rounded(&dual.weights, lanes_of(classes)))
    }

    /// One kind of setting after the other, the others as they are.
    fn choose(&self, effort: &Effort) -> Result<Setting, Error> {
        let (widths, costs) = (self.space.widths(), self.space.costs());
        let mut best = Setting {
            width: widths[0],
            share: SHARES[0],
            cost: costs[0],
        };
        let mut table = self.space.table(self.inputs, best.width);
        let mut least = self.badness(&table, best, effort)?;
        let shares: &[f32] = match self.inputs.len() > self.labels.len() {
            true => &SHARES[1..],
            false => &[], // there is nobody to spread labels to
        };
        for share in shares.iter().take_while(|_| !effort.over()) {
            let other = Setting {
                share: *share,
                ..best
            };
            let bad = self.badness(&table, other, effort)?;
            if bad < least {
                (best, least) = (other, bad);
            }
        }
        for width in widths[1..].iter().take_while(|_| !effort.over()) {
            let other = Setting {
                width: *width,
                ..best
            };
            let its_table = self.space.table(self.inputs, *width);
            let bad = self.badness(&its_table, other, effort)?;
            if bad < least {
                (best, least, table) = (other, bad, its_table);
            }
        }
        for cost in costs[1..].iter().take_while(|_| !effort.over()) {
            let other = Setting {
                cost: *cost,
                ..best
            };
            let bad = self.badness(&table, other, effort)?;
            if bad < least {
                (best, least) = (other, bad);
            }
        }
        Ok(best)
    }

    /// How bad a setting is: bits of given labels that were left out, part by part.
    fn badness(&self, table: &Table, setting: Setting, effort: &Effort) -> Result<f64, Error> {
        let n = self.labels.len();
        let folds = FOLDS.min(n).max(1);
        let (mut sums, mut asked): (Vec<Vec<f32>>, Vec<Example>) = (Vec::new(), Vec::new());
        for fold in 0..folds {
            effort.go_on()?;
            let (labels, trust) = self.teach(setting.share, |i| i % folds != fold);
            let mut rounds = Rounds::new(effort);
            let weights = self.learn(table, labels, trust, setting.cost, FEW_WALKS, &mut rounds)?;
            for i in (fold..n).step_by(folds) {
                sums.push(weights.of(table, i));
                asked.push(self.data.examples[i].clone());
            }
        }
        Ok(lanes::badness(self.data.schema, &sums, (0.0, 1.0), &asked))
    }
}

/// The first place of the largest number, and that.
fn most(held: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::MIN);
    for (i, x) in held.iter().enumerate() {
        if *x > best.1 {
            best = (i, *x);
        }
    }
    best
}
