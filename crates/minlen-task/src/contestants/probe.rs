//! A net that has read, and lines through what it holds in mind.
//!
//! Labels are few and inputs are many. A net learns from inputs alone what comes next in them (the one
//! that ships with the program has read much text before), and what it makes of an input on the
//! way are the numbers that logistic regression draws lines through. That next-symbol prediction makes
//! numbers of use: Radford, Józefowicz and Sutskever, *Learning to generate reviews and
//! discovering sentiment*, 2017, for bytes of text; Chen et al., *Generative pretraining from
//! pixels*, ICML 2020. Lines through them as probes: Alain and Bengio, *Understanding intermediate
//! layers using linear classifier probes*, ICLR 2017.

mod pool;
mod read;

use super::lines::{Rounds, all_sums, best_of, like, said};
use super::{lanes, nets, parts};
use crate::solve::descent::{Loss, descend};
use crate::solve::{Dense, Weights, lanes_of};
use crate::{
    Answer, Contestant, Effort, Error, Example, Family, Modality, Schema, Trained, Training, Value,
};
use minlen::Limits;
use minlen_neural::{Net, Weights as NetWeights};
use pool::Pools;
use read::{Start, read};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Draws lines through what a net holds in mind.
pub struct Probe;

/// Costs of errors that are tried, against squared weights. Each begins where the one before it
/// ended.
const COSTS: [f32; 6] = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0];
/// Steps down for each of them.
const STEPS: usize = 100;
/// Examples that the scale of numbers is taken from, and that are read at a time.
const SOME: usize = 2000;
/// Deviations from the mean that count at most.
const FAR: f32 = 4.0;

impl Contestant for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }
    fn summary(&self) -> &'static str {
        "logistic regression on what a net holds in mind that has read inputs without labels"
    }
    fn family(&self) -> Family {
        Family::Neural
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let kinds = || schema.inputs.iter().map(|f| f.kind);
        let read = |kind| {
            matches!(
                kind,
                Modality::Text | Modality::Abc | Modality::Image { .. }
            )
        };
        if !schema.classifies() {
            return Err("it answers with labels only".to_string());
        }
        match kinds().any(read) {
            true => super::lines::suits(schema),
            false => Err("there is nothing that a net would read: text, a tune, an image".into()),
        }
    }
    fn settles(&self) -> bool {
        false // each cost begins where the one before it ended
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let pools = Pools::new(data.schema);
        let symbols = |inputs: &Vec<Value>| pools.symbols(inputs);
        let texts: Vec<Vec<u8>> = match data.unlabelled.is_empty() {
            true => data.examples.iter().map(|e| symbols(&e.inputs)).collect(),
            // The same ones for all parts of a trial: they need be read only once.
            false => data.unlabelled.iter().map(symbols).collect(),
        };
        let (shape, parameters, work) = read(start(data.schema), &texts, data.seed, effort)?;
        let weights = NetWeights::quantise(&shape, &parameters)?;
        let own = match start(data.schema) {
            Start::Base if work.taken == 0 => Vec::new(),
            _ => weights.write(),
        };
        let net = Arc::new(Net::new(&weights));

        let told: Option<usize> = like(effort, "rows");
        let mut features = Vec::new();
        let examples = &data.examples[..told.unwrap_or(usize::MAX).min(data.examples.len())];
        for some in examples.chunks(SOME) {
            if !features.is_empty() && effort.over() {
                break;
            }
            effort.go_on()?;
            features.extend(rows(&net, &pools, some, effort.threads));
        }
        let examples = &data.examples[..features.len()];
        let cut_short = match examples.len() < data.examples.len() {
            true => format!(",rows={}", examples.len()),
            false => String::new(),
        };
        let scaler = Scaler::fit(&features[..features.len().min(SOME)], pools.columns(&net));
        let rows_of_examples = scaler.rows(&features);
        drop(features);
        let held = scaler.rows(&rows(&net, &pools, data.held, effort.threads));

        let labels = lanes::labels(data.schema, examples)?;
        let classes = data.schema.labels.len();
        let loss = Loss::Label {
            labels: &labels,
            classes,
        };
        let costs = like(effort, "cost").map_or(COSTS.to_vec(), |cost| vec![cost]);
        let (mut start, mut first) = (Vec::new(), None);
        let (cost, weights, _) = best_of(&costs, effort, |cost| {
            let mut rounds = Rounds::new(effort);
            let go_on = || rounds.go_on();
            descend(&rows_of_examples, &loss, cost, &mut start, STEPS, go_on)?;
            first.get_or_insert((cost, rounds.said()));
            let weights = Weights::rounded(&start, loss.lanes());
            let sums = all_sums(&weights, &held);
            let bad = lanes::badness(data.schema, &sums, (0.0, 1.0), data.held);
            Ok((weights, bad))
        })?;
        let state = State {
            config: format!("{work},cost={cost}{cut_short}{}", said(first, cost)),
            scaler,
            weights,
        };
        Ok(Box::new(Probed {
            schema: data.schema.clone(),
            pools,
            net,
            own,
            state,
        }))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let ((), parts): ((), _) = parts::part(saved)?;
        let [state, own] = parts.as_slice() else {
            return Err(parts::damaged());
        };
        let state: State = super::of_compact(state)?;
        let weights = match own.is_empty() {
            true => {
                let (shape, base) = nets::base()?;
                NetWeights::quantise(&shape, &base)?
            }
            false => NetWeights::read(own, &Limits::default())?,
        };
        let net = Arc::new(Net::new(&weights));
        let pools = Pools::new(schema);
        let columns = pools.columns(&net);
        let lanes = lanes_of(schema.labels.len());
        let (scaler, lines) = (&state.scaler, &state.weights);
        let fits = scaler.means.len() == columns
            && scaler.deviations.len() == columns
            && lines.lanes == lanes
            && lines.all.len() == (columns + 1) * lanes;
        if !fits {
            return Err(parts::damaged());
        }
        Ok(Box::new(Probed {
            schema: schema.clone(),
            pools,
            net,
            own: own.clone(),
            state,
        }))
    }
}

/// What a net is before it reads inputs of that kind.
fn start(schema: &Schema) -> Start {
    match nets::base_suits(schema) {
        Ok(()) => Start::Base,
        Err(_) => Start::Blank,
    }
}

fn rows(net: &Arc<Net>, pools: &Pools, examples: &[Example], threads: usize) -> Vec<Vec<f32>> {
    let texts: Vec<Vec<u8>> = examples.iter().map(|e| pools.symbols(&e.inputs)).collect();
    pools.rows(net, &texts, threads)
}

/// Where each number is counted from, and in what: mean and deviation, of which 8 bits of precision
/// are kept, since weights make up for what is wrong.
#[derive(Serialize, Deserialize)]
struct Scaler {
    means: Vec<u16>,
    deviations: Vec<u16>,
}

impl Scaler {
    fn fit(rows: &[Vec<f32>], columns: usize) -> Scaler {
        let n = rows.len().max(1) as f32;
        let half = |x: f32| (x.to_bits() >> 16) as u16;
        let mut means = vec![0.0f32; columns];
        for row in rows {
            means.iter_mut().zip(row).for_each(|(m, x)| *m += x / n);
        }
        let means: Vec<u16> = means.into_iter().map(half).collect();
        let mut squares = vec![0.0f32; columns];
        for row in rows {
            for ((s, m), x) in squares.iter_mut().zip(&means).zip(row) {
                *s += (x - wide(*m)).powi(2) / n;
            }
        }
        Scaler {
            means,
            deviations: squares.into_iter().map(|s| half(s.sqrt())).collect(),
        }
    }

    /// Rows of a length of about 1.
    fn rows(&self, features: &[Vec<f32>]) -> Dense {
        let mut rows = Dense::new(self.means.len(), FAR / (self.means.len() as f32).sqrt());
        for row in features {
            let scaled = row.iter().zip(&self.means).zip(&self.deviations);
            let scaled = scaled.map(|((x, mean), deviation)| {
                let unit = FAR * wide(*deviation);
                let x = if unit > 1e-6 {
                    (x - wide(*mean)) / unit
                } else {
                    0.0
                };
                x.clamp(-1.0, 1.0)
            });
            rows.push(&scaled.collect::<Vec<_>>());
        }
        rows
    }
}

/// The number whose upper half `half` is.
fn wide(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

/// What has been learnt.
#[derive(Serialize, Deserialize)]
struct State {
    config: String,
    scaler: Scaler,
    weights: Weights,
}

struct Probed {
    schema: Schema,
    pools: Pools,
    net: Arc<Net>,
    /// The net, if it is its own.
    own: Vec<u8>,
    state: State,
}

impl Trained for Probed {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let rows = self.pools.rows(&self.net, &[self.pools.symbols(inputs)], 1);
        let rows = self.state.scaler.rows(&rows);
        let sums = self.state.weights.of(&rows, 0);
        Ok(lanes::answer(&self.schema, &sums, (0.0, 1.0)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        parts::join(&(), &[super::to_compact(&self.state)?, self.own.clone()])
    }

    fn config(&self) -> String {
        self.state.config.clone()
    }
}
