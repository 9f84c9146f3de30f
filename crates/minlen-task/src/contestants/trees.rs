//! Gradient-boosted trees for tables.
//!
//! Friedman, *Greedy function approximation*, Annals of Statistics 2001, with Newton steps, on
//! histograms and leaf by leaf as LightGBM does it (Ke et al., NIPS 2017): where numbers are cut
//! into at most 254 bins, the best split is found in one walk over the rows, and the larger child's
//! histogram is the parent's less the smaller one's. Names are ordered by what speaks for them and
//! then split like numbers.
//!
//! Hand-written: a model here must be the same on any number of threads, small once coded, and tell
//! each field's share. Of the crates, perpetual (some thirty others with it, rayon, rand and sysinfo
//! among them) is between two major versions, and forust-ml states no licence in the registry. None
//! was measured against this one; scikit-learn's HistGradientBoosting was, in `bench/`.

mod grow;

use super::lanes::{self, badness, labels, numbers, probabilities};
use super::lines::{best_of, like};
use crate::solve::descent::softmax;
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Example, Family, Modality, Schema, Trained,
    Training, Value,
};
use grow::{Grower, Medians, Tree};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Asks one question after the other, many times.
pub struct Trees;

/// What a tree's steps are to lower.
#[derive(Clone, Copy, PartialEq)]
enum Loss {
    /// −ln of the label's probability.
    Label,
    /// Squared error.
    Square,
    /// Absolute error.
    Distance,
}

/// Leaves of a tree, and which loss; the first is what others take by default.
const OF_LABELS: [(Loss, usize); 3] = [(Loss::Label, 31), (Loss::Label, 12), (Loss::Label, 5)];
const OF_NUMBERS: [(Loss, usize); 4] = [
    (Loss::Distance, 31),
    (Loss::Distance, 10),
    (Loss::Square, 31),
    (Loss::Square, 10),
];
/// The share of each tree's advice that is taken.
const RATE: f64 = 0.06;
/// Rounds at most, a tree a label each.
const ROUNDS: usize = 800;
/// Rounds without gain on held-out examples after which it stops.
const PATIENCE: usize = 40;
/// Bins of a field; number 0 is for what is missing or unknown.
const BINS: usize = 255;

#[derive(Serialize, Deserialize)]
struct State {
    /// For each input field how it is cut; `None` where trees cannot.
    cuts: Vec<Option<Cuts>>,
    /// What is said before any tree.
    base: Vec<f32>,
    /// A tree for each lane in turn.
    trees: Vec<Tree>,
    scale: (f64, f64),
    config: String,
}

/// How the values of a field are cut into bins.
#[derive(Serialize, Deserialize)]
enum Cuts {
    /// Numbers above a cut are in the next bin.
    Number(Vec<f64>),
    /// Names in order.
    Category(Vec<String>),
}

struct Boosted {
    schema: Schema,
    state: State,
}

impl Contestant for Trees {
    fn name(&self) -> &'static str {
        "trees"
    }
    fn summary(&self) -> &'static str {
        "gradient-boosted trees on numbers and categories"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let field = |f: &crate::Field| matches!(f.kind, Modality::Number | Modality::Category);
        if !schema.inputs.iter().any(field) {
            return Err("no field is a number or a category".to_string());
        }
        match schema.output.kind {
            Modality::Category if schema.labels.len() > 100 => {
                Err("more than 100 labels would need too many trees".to_string())
            }
            Modality::Category | Modality::Number => Ok(()),
            kind => Err(format!(
                "it answers with labels and numbers, not with {kind}"
            )),
        }
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let classifies = data.schema.classifies();
        let of_kind: &[(Loss, usize)] = if classifies { &OF_LABELS } else { &OF_NUMBERS };
        let told = |leaves| (like(effort, "loss").unwrap_or(Loss::Label), leaves);
        let settings = like(effort, "leaves").map_or(of_kind.to_vec(), |n| vec![told(n)]);
        let cuts: Vec<Option<Cuts>> = (0..data.schema.inputs.len())
            .map(|at| Cuts::fit(data.schema.inputs[at].kind, data.examples, at))
            .collect();
        let (_, state, _) = best_of(&settings, effort, |(loss, leaves)| {
            boost(data, effort, &cuts, loss, leaves)
        })?;
        Ok(Box::new(Boosted {
            schema: data.schema.clone(),
            state: State { cuts, ..state },
        }))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let state: State = super::of_compact(saved)?;
        let fields = state.cuts.len();
        let sound = fields == schema.inputs.len()
            && state.base.len() == lanes(schema)
            && state.trees.iter().all(|t| t.sound(fields));
        match sound {
            true => Ok(Box::new(Boosted {
                schema: schema.clone(),
                state,
            })),
            false => Err(minlen::DataError::Damaged("trees of another task".to_string()).into()),
        }
    }
}

impl std::str::FromStr for Loss {
    type Err = ();
    fn from_str(s: &str) -> Result<Loss, ()> {
        match s {
            "label" => Ok(Loss::Label),
            "square" => Ok(Loss::Square),
            "distance" => Ok(Loss::Distance),
            _ => Err(()),
        }
    }
}

/// Trees that vote side by side: one a label, or one in all.
fn lanes(schema: &Schema) -> usize {
    match schema.labels.len() {
        n if schema.classifies() && n > 2 => n,
        _ => 1,
    }
}

/// Boosts with one setting; gives what was learnt, and how bad it is on held-out examples.
fn boost(
    data: &Training,
    effort: &Effort,
    cuts: &[Option<Cuts>],
    loss: Loss,
    leaves: usize,
) -> Result<(State, f64), Error> {
    let (lanes, count) = (lanes(data.schema), data.examples.len());
    let (labels, truths, scale) = match loss {
        Loss::Label => (labels(data.schema, data.examples)?, Vec::new(), (0.0, 1.0)),
        _ => {
            let (truths, scale) = numbers(data.examples);
            (Vec::new(), truths, scale)
        }
    };
    let bins = binned(cuts, data.examples);
    let held_bins = binned(cuts, data.held);
    let base = base(loss, &labels, &truths, data.schema.labels.len(), lanes);
    let mut sums: Vec<f32> = base.repeat(count);
    let mut held_sums: Vec<Vec<f32>> = vec![base.clone(); data.held.len()];
    let least_rows = (count / 50).clamp(3, 20);
    let names: Vec<bool> = cuts
        .iter()
        .map(|c| matches!(c, Some(Cuts::Category(_))))
        .collect();
    let mut grower = Grower::new(&bins, &names, count, leaves, least_rows, data.seed);

    let told: Option<usize> = like(effort, "rounds");
    let mut trees: Vec<Tree> = Vec::new();
    let (mut best, mut best_rounds) = (f64::INFINITY, 0);
    let (mut slopes, mut curves) = (vec![0.0f32; count * lanes], vec![1.0f32; count * lanes]);
    for round in 1..=told.unwrap_or(ROUNDS) {
        effort.go_on()?;
        if round > 1 && effort.over() {
            break;
        }
        for row in 0..count {
            let at = row * lanes..(row + 1) * lanes;
            let (slopes, curves) = (&mut slopes[at.clone()], &mut curves[at.clone()]);
            let sums = &sums[at];
            match loss {
                Loss::Label if lanes == 1 => {
                    let p = 1.0 / (1.0 + (-sums[0]).exp());
                    slopes[0] = p - f32::from(labels[row] == 1);
                    curves[0] = (p * (1.0 - p)).max(1e-6);
                }
                Loss::Label => {
                    for (lane, p) in softmax(sums).0.into_iter().enumerate() {
                        slopes[lane] = p as f32 - f32::from(labels[row] == lane);
                        curves[lane] = (p * (1.0 - p)).max(1e-6) as f32;
                    }
                }
                Loss::Square => slopes[0] = sums[0] - truths[row],
                Loss::Distance => slopes[0] = (sums[0] - truths[row]).signum(),
            }
        }
        for lane in 0..lanes {
            let medians = |rows: &[u32]| {
                let mut misses: Vec<f32> = rows
                    .iter()
                    .map(|r| truths[*r as usize] - sums[*r as usize])
                    .collect();
                let middle = misses.len() / 2;
                *misses.select_nth_unstable_by(middle, f32::total_cmp).1
            };
            let of = |row: usize| (slopes[row * lanes + lane], curves[row * lanes + lane]);
            let medians: Medians = match loss {
                Loss::Distance => Some(&medians),
                _ => None,
            };
            let tree = grower.grow(of, medians, RATE);
            for (row, sum) in sums.iter_mut().skip(lane).step_by(lanes).enumerate() {
                *sum += tree.at(|field| bins[field][row]);
            }
            for (row, sums) in held_sums.iter_mut().enumerate() {
                sums[lane] += tree.at(|field| held_bins[field][row]);
            }
            trees.push(tree);
        }
        if told.is_none() {
            let bad = match loss {
                Loss::Label => plain_bits(data.schema, &held_sums, data.held),
                _ => badness(data.schema, &held_sums, scale, data.held),
            };
            if bad < best {
                (best, best_rounds) = (bad, round);
            } else if round >= best_rounds + PATIENCE {
                break;
            }
        }
    }
    let rounds = told.unwrap_or(best_rounds);
    trees.truncate(rounds * lanes);
    let name = match loss {
        Loss::Label => "label",
        Loss::Square => "square",
        Loss::Distance => "distance",
    };
    let state = State {
        cuts: Vec::new(),
        base,
        trees,
        scale,
        config: format!("loss={name},leaves={leaves},rounds={rounds}"),
    };
    Ok((state, best))
}

/// Bits of the held-out labels, with confidence as it is: trees aim at just these. Fitted bits
/// would not tell one round from the next once all labels are right.
fn plain_bits(schema: &Schema, sums: &[Vec<f32>], held: &[Example]) -> f64 {
    let bits = held.iter().zip(sums).filter_map(|(example, sums)| {
        let truth = schema.label(example.output.text()?)?;
        Some(
            -probabilities(sums, schema.labels.len())[truth]
                .max(1e-12)
                .log2(),
        )
    });
    bits.sum()
}

/// What is said before any tree: how often the labels are, or the middle of the numbers.
fn base(loss: Loss, labels: &[usize], truths: &[f32], classes: usize, lanes: usize) -> Vec<f32> {
    match loss {
        Loss::Label => {
            let mut counts = vec![0.5f32; classes.max(2)];
            labels.iter().for_each(|l| counts[*l] += 1.0);
            match lanes {
                1 => vec![(counts[1] / counts[0]).ln()],
                _ => counts
                    .iter()
                    .map(|c| (c / labels.len().max(1) as f32).ln())
                    .collect(),
            }
        }
        Loss::Square => vec![truths.iter().sum::<f32>() / truths.len().max(1) as f32],
        Loss::Distance => vec![0.0], // numbers are counted from their median
    }
}

/// For each field the bins of all examples.
fn binned(cuts: &[Option<Cuts>], examples: &[Example]) -> Vec<Vec<u8>> {
    let of_field = |(at, cuts): (usize, &Option<Cuts>)| match cuts {
        Some(cuts) => examples.iter().map(|e| cuts.bin(&e.inputs[at])).collect(),
        None => Vec::new(),
    };
    cuts.iter().enumerate().map(of_field).collect()
}

impl Cuts {
    fn fit(kind: Modality, examples: &[Example], at: usize) -> Option<Cuts> {
        match kind {
            Modality::Number => {
                let mut all: Vec<f64> = examples
                    .iter()
                    .filter_map(|e| e.inputs[at].number())
                    .collect();
                all.sort_by(f64::total_cmp);
                // Between neighbours that differ, where as many are on each side as may be.
                let mut ends: Vec<usize> =
                    (1..all.len()).filter(|i| all[i - 1] < all[*i]).collect();
                if ends.len() > BINS - 2 {
                    let mut kept = Vec::new();
                    for i in 1..BINS - 1 {
                        let aim = i * all.len() / (BINS - 1);
                        let near = ends.partition_point(|end| *end < aim).min(ends.len() - 1);
                        kept.push(ends[near]);
                    }
                    kept.dedup();
                    ends = kept;
                }
                let middle = |i: &usize| all[i - 1] + (all[*i] - all[i - 1]) / 2.0;
                Some(Cuts::Number(ends.iter().map(middle).collect()))
            }
            Modality::Category => {
                let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
                for name in examples.iter().filter_map(|e| e.inputs[at].text()) {
                    *counts.entry(name).or_default() += 1;
                }
                let mut names: Vec<(&str, usize)> = counts.into_iter().collect();
                names.sort_by_key(|n| std::cmp::Reverse(n.1));
                names.truncate(BINS - 1);
                let mut names: Vec<String> = names.into_iter().map(|n| n.0.to_string()).collect();
                names.sort();
                Some(Cuts::Category(names))
            }
            _ => None,
        }
    }

    /// The bin of a value; 0 for what is missing or unknown.
    fn bin(&self, value: &Value) -> u8 {
        let bin = match (self, value) {
            (Cuts::Number(cuts), Value::Number(n)) => 1 + cuts.partition_point(|c| c < n),
            (Cuts::Category(names), Value::Text(name)) => {
                let found = names.binary_search_by(|n| n.as_str().cmp(name));
                found.map_or(0, |at| at + 1)
            }
            _ => 0,
        };
        bin.min(usize::from(u8::MAX)) as u8
    }
}

impl Boosted {
    fn bins(&self, inputs: &[Value]) -> Vec<u8> {
        let bin =
            |(cuts, value): (&Option<Cuts>, &Value)| cuts.as_ref().map_or(0, |c| c.bin(value));
        self.state.cuts.iter().zip(inputs).map(bin).collect()
    }

    fn sums(&self, bins: &[u8]) -> Vec<f32> {
        let mut sums = self.state.base.clone();
        let lanes = sums.len();
        for (i, tree) in self.state.trees.iter().enumerate() {
            sums[i % lanes] += tree.at(|field| bins.get(field).copied().unwrap_or(0));
        }
        sums
    }
}

impl Trained for Boosted {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let sums = self.sums(&self.bins(inputs));
        Ok(lanes::answer(&self.schema, &sums, self.state.scale))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        super::to_compact(&self.state)
    }

    fn config(&self) -> String {
        self.state.config.clone()
    }

    /// Each field's share of the answer's lead over the next best: what the mean of the rows at a
    /// node changes by, with each question on the way (Saabas 2014).
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let bins = self.bins(inputs);
        let leads = lanes::leads(&self.schema, &self.sums(&bins));
        let mut shares = vec![0.0f64; inputs.len()];
        for (i, tree) in self.state.trees.iter().enumerate() {
            let lead = leads[i % leads.len()];
            if lead != 0.0 {
                tree.walk(
                    |field| bins.get(field).copied().unwrap_or(0),
                    |field, change| shares[field] += lead * f64::from(change),
                );
            }
        }
        let fields = self.schema.inputs.iter().zip(inputs).zip(shares);
        let named = fields.map(|((field, value), share)| {
            let value = String::from_utf8_lossy(&value.bytes()).into_owned();
            (format!("{} = {value}", field.field), share)
        });
        let unit = self.state.scale.1;
        Ok(lanes::evidence(&self.schema, unit, named.collect()))
    }
}
