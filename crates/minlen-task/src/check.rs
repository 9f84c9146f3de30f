//! What can be said before any training: how many pairs, the answers that need no learning, and
//! whether input and output share anything.

use crate::glance::Eye;
use crate::nearest::Nearest;
use crate::{Error, Example, Metric, Schema, Tally, Value, Watch};
use minlen_stats::paired_bootstrap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the check found. All of it is told from training examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Pairs to learn from.
    pub pairs: usize,
    /// Labels and how often each comes, the most frequent first.
    pub labels: Vec<(String, usize)>,
    /// Labels that come once: nobody can learn and be tried on them.
    pub once: usize,
    /// Held-out training examples that the two scores are of.
    pub tried: usize,
    /// The measure of both scores.
    pub metric: Metric,
    /// The score of the answer that does not look: low end, value, high end.
    pub majority: (f64, f64, f64),
    /// The score of the most alike example's output.
    pub nearest: (f64, f64, f64),
    /// Whether input and output share anything; `None`: there are too few examples to tell.
    pub shared: Option<Shared>,
}

/// What input and output share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shared {
    /// Bits of an output given its own input: of what a quick look sees of it.
    pub own: f64,
    /// Bits of an output given another one's input.
    pub shuffled: f64,
    /// The difference, and the ends of its 95 % interval.
    pub bits: (f64, f64, f64),
    /// How often shuffled pairs did as well as the true ones, with the true ones among them: a
    /// permutation test, exact.
    pub p: f64,
    /// Examples that were tried.
    pub examples: usize,
}

impl Shared {
    /// Whether anything is shared, wrong once in a hundred where nothing is.
    pub fn any(&self) -> bool {
        self.p <= 0.01
    }
}

/// Examples that are tried, and the most that are learnt from.
const TRIED: usize = 400;
const LEARNT: usize = 20_000;
/// Shuffles.
const SHUFFLES: u32 = 999;
/// Fewer tried examples tell nothing.
const LEAST: usize = 20;

/// Checks training examples. Takes seconds.
pub fn check(
    train: &[Example],
    schema: &Schema,
    metric: Metric,
    watch: &dyn Watch,
) -> Result<Check, Error> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    if schema.classifies() {
        for example in train {
            *counts
                .entry(example.output.text().unwrap_or_default())
                .or_default() += 1;
        }
    }
    let once = counts.values().filter(|c| **c == 1).count();
    let mut labels: Vec<(String, usize)> = counts
        .into_iter()
        .map(|(l, c)| (l.to_string(), c))
        .collect();
    labels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));

    let order = shuffled(train);
    let (tried, rest) = order.split_at((train.len() / 3).clamp(1, TRIED));
    let rest = &rest[..rest.len().min(LEARNT)];
    let owned: Vec<Example> = rest.iter().map(|e| (*e).clone()).collect();

    let middle = middle(&owned, schema);
    let neighbours = Nearest::new(&schema.inputs, &owned);
    let (mut majority, mut nearest) = (Tally::new(metric, schema), Tally::new(metric, schema));
    for example in tried {
        if watch.stop() {
            return Err(Error::Stopped);
        }
        let found = neighbours.find(&example.inputs, 5);
        judge(&mut majority, schema, &example.output, &[&middle]);
        let found: Vec<&Value> = found.iter().map(|(i, _)| &owned[*i].output).collect();
        judge(&mut nearest, schema, &example.output, &found);
    }
    let ends = |tally: &Tally| {
        let interval = tally.value(0);
        (interval.low, interval.mean, interval.high)
    };
    Ok(Check {
        pairs: train.len(),
        labels,
        once,
        tried: tried.len(),
        metric,
        majority: ends(&majority),
        nearest: ends(&nearest),
        shared: shared(tried, rest, schema, watch)?,
    })
}

/// The examples in an order drawn by a hash of them: their order in the data may mean something.
fn shuffled(train: &[Example]) -> Vec<&Example> {
    let mut order: Vec<([u8; 8], usize)> = train
        .iter()
        .enumerate()
        .map(|(i, e)| {
            let mut hasher = blake3::Hasher::new_derive_key("minlen task: check");
            hasher.update(&e.input_bytes());
            hasher.update(&(i as u64).to_le_bytes());
            let hash = hasher.finalize();
            (hash.as_bytes()[..8].try_into().expect("8 of 32"), i)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, i)| &train[i]).collect()
}

/// The answer that does not look: the median, or the most frequent output.
fn middle(examples: &[Example], schema: &Schema) -> Value {
    if schema.output.kind == crate::Modality::Number {
        let mut numbers: Vec<f64> = examples.iter().filter_map(|e| e.output.number()).collect();
        numbers.sort_by(f64::total_cmp);
        return Value::Number(numbers.get(numbers.len() / 2).copied().unwrap_or(0.0));
    }
    let mut counts: BTreeMap<Vec<u8>, (usize, &Value)> = BTreeMap::new();
    for example in examples {
        counts
            .entry(example.output.bytes())
            .or_insert((0, &example.output))
            .0 += 1;
    }
    let most = counts.into_values().max_by_key(|(count, _)| *count);
    most.map_or(Value::Missing, |(_, value)| value.clone())
}

/// Judges the first of what is `given`; the others count where a metric asks for several.
fn judge(tally: &mut Tally, schema: &Schema, truth: &Value, given: &[&Value]) {
    let Some((given, others)) = given.split_first() else {
        return;
    };
    match (truth, *given) {
        (Value::Number(_), Value::Number(n)) => {
            tally.number(truth.number().unwrap_or_default(), *n);
        }
        _ if schema.classifies() => {
            let place = |v: &Value| v.text().and_then(|t| schema.label(t));
            let mut votes = vec![0.0; schema.labels.len()];
            for (i, other) in [given].into_iter().chain(others).enumerate() {
                if let Some(place) = place(other) {
                    votes[place] = f64::max(votes[place], 1.0 / (i + 1) as f64);
                }
            }
            tally.class(truth, place(given), &votes);
        }
        _ => {
            let others: Vec<Vec<u8>> = others.iter().map(|v| v.bytes()).collect();
            tally.written(&truth.bytes(), &given.bytes(), &others);
        }
    }
}

/// Kinds of parts of outputs, and of features of inputs.
const KINDS: usize = 256;
const FEATURES: usize = 1 << 15;
/// Parts of an output, and features of an input, that are looked at.
const PARTS: usize = 200;
const SEEN: usize = 500;

/// How much less outputs cost given their own inputs than given those of others.
///
/// An output is looked at as a bag of parts (its label; or words, letters, tiles), each of one of
/// 256 kinds; a part's probability given the features of an input is that of a naive Bayes model,
/// learnt from other examples, whose features' votes are weighed down by one factor, as they are
/// not independent. It is no good model, but any bit that it saves with true pairs and not with
/// shuffled ones is shared; and where nothing is shared, true pairs are drawn like shuffled ones,
/// whatever the model.
fn shared(
    tried: &[&Example],
    rest: &[&Example],
    schema: &Schema,
    watch: &dyn Watch,
) -> Result<Option<Shared>, Error> {
    if tried.len() < LEAST {
        return Ok(None);
    }
    let outputs: Vec<[Value; 1]> = rest.iter().map(|e| [e.output.clone()]).collect();
    let inputs_eye = Eye::new(&schema.inputs, rest.iter().map(|e| &e.inputs[..]));
    let output_eye = Eye::new(
        std::slice::from_ref(&schema.output),
        outputs.iter().map(|o| &o[..]),
    );
    let features = |e: &Example| -> Vec<usize> {
        let all = inputs_eye.see(&e.inputs);
        // Of many, an even choice: hashes are in order, so every n-th is one by chance.
        let each = all.len().div_ceil(SEEN).max(1);
        all.iter()
            .step_by(each)
            .map(|f| *f as usize % FEATURES)
            .collect()
    };
    let parts = |e: &Example| -> Vec<usize> {
        if schema.classifies() {
            let label = e.output.text().and_then(|t| schema.label(t)).unwrap_or(0);
            return vec![label % KINDS];
        }
        let all = output_eye.see(std::slice::from_ref(&e.output));
        let each = all.len().div_ceil(PARTS).max(1);
        all.iter()
            .step_by(each)
            .map(|f| *f as usize % KINDS)
            .collect()
    };

    // As many examples as can be counted in a few seconds.
    let (learn, choose) = rest.split_at(rest.len() - (rest.len() / 5).min(TRIED));
    let mut model = Bayes::new();
    let mut work = 0;
    for (i, example) in learn.iter().enumerate() {
        if i % 256 == 0 && watch.stop() {
            return Err(Error::Stopped);
        }
        let (features, parts) = (features(example), parts(example));
        work += features.len() * parts.len();
        model.learn(&features, &parts);
        if work > 300_000_000 {
            break;
        }
    }
    model.finish();
    let seen = |examples: &[&Example]| -> Vec<(Vec<usize>, Vec<usize>)> {
        examples.iter().map(|e| (features(e), parts(e))).collect()
    };
    let (choose, tried) = (seen(choose), seen(tried));
    let cost = |weight: f64| -> f64 {
        let costs = choose
            .iter()
            .map(|(features, parts)| bits(&model.bits(&model.votes(features), weight), parts));
        costs.sum()
    };
    let weights = (0..=7).map(|i| 2f64.powi(-i));
    let weight = weights
        .min_by(|a, b| cost(*a).total_cmp(&cost(*b)))
        .unwrap_or(1.0);
    let n = tried.len();
    // Row by row: the output of each, given the input of each.
    let mut costs = vec![0.0; n * n];
    for (j, (features, _)) in tried.iter().enumerate() {
        if watch.stop() {
            return Err(Error::Stopped);
        }
        let table = model.bits(&model.votes(features), weight);
        for (i, (_, parts)) in tried.iter().enumerate() {
            costs[i * n + j] = bits(&table, parts);
        }
    }
    Ok(Some(compare(&costs, n)))
}

/// Compares true pairs, on the diagonal, with shuffled ones.
fn compare(costs: &[f64], n: usize) -> Shared {
    let own: f64 = (0..n).map(|i| costs[i * n + i]).sum();
    let gains: Vec<Vec<f64>> = costs
        .chunks_exact(n)
        .enumerate()
        .map(|(i, row)| {
            let others = row.iter().sum::<f64>() - row[i];
            vec![others / (n - 1).max(1) as f64 - row[i]]
        })
        .collect();
    let mut random = minlen_core::Random::new(0);
    let mut order: Vec<usize> = (0..n).collect();
    let mut as_good = 0;
    for _ in 0..SHUFFLES {
        random.shuffle(&mut order);
        let sum: f64 = order
            .iter()
            .enumerate()
            .map(|(i, j)| costs[i * n + j])
            .sum();
        // Sums in another order differ in the last digits.
        as_good += u32::from(sum <= own + 1e-9 * own.abs());
    }
    let interval = paired_bootstrap(&gains, &|sums, n| sums[0] / n.max(1) as f64, 0);
    let own = own / n as f64;
    Shared {
        own,
        shuffled: own + interval.mean,
        bits: (interval.low, interval.mean, interval.high),
        p: f64::from(1 + as_good) / f64::from(1 + SHUFFLES),
        examples: n,
    }
}

fn bits(table: &[f64], parts: &[usize]) -> f64 {
    parts.iter().map(|p| table[*p]).sum()
}

/// Naive Bayes over hashed features: how often each kind of part came with each feature.
struct Bayes {
    counts: Vec<f32>,
    sums: Vec<f32>,
    all: Vec<f64>,
}

/// A feature has to come a few times before it is heeded.
const DOUBT: f32 = 4.0;

impl Bayes {
    fn new() -> Bayes {
        Bayes {
            counts: vec![0.0; FEATURES * KINDS],
            sums: vec![0.0; FEATURES],
            all: vec![0.5; KINDS],
        }
    }

    fn learn(&mut self, features: &[usize], parts: &[usize]) {
        for part in parts {
            self.all[*part] += 1.0;
        }
        for feature in features {
            let row = &mut self.counts[feature * KINDS..][..KINDS];
            for part in parts {
                row[*part] += 1.0;
            }
            self.sums[*feature] += parts.len() as f32;
        }
    }

    /// Turns counts into votes: the logarithm of how much more often a kind comes with a feature
    /// than without.
    fn finish(&mut self) {
        let all: f64 = self.all.iter().sum();
        self.all.iter_mut().for_each(|a| *a /= all);
        for (row, sum) in self.counts.chunks_exact_mut(KINDS).zip(&self.sums) {
            // A feature that never came has no vote.
            if *sum == 0.0 {
                continue;
            }
            for (count, base) in row.iter_mut().zip(&self.all) {
                let base = *base as f32;
                *count = ((*count + DOUBT * base) / (sum + DOUBT) / base).ln();
            }
        }
    }

    /// The sum of the features' votes.
    fn votes(&self, features: &[usize]) -> Vec<f32> {
        let mut votes = vec![0.0; KINDS];
        for feature in features {
            let row = &self.counts[feature * KINDS..][..KINDS];
            votes.iter_mut().zip(row).for_each(|(v, r)| *v += r);
        }
        votes
    }

    /// Bits of each kind of part.
    fn bits(&self, votes: &[f32], weight: f64) -> Vec<f64> {
        let scores = votes.iter().zip(&self.all);
        let scores: Vec<f64> = scores
            .map(|(v, a)| a.ln() + weight * f64::from(*v))
            .collect();
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|s| (s - most).exp()).sum();
        let norm = most + sum.ln();
        scores
            .iter()
            .map(|s| (norm - s) / std::f64::consts::LN_2)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, Modality};

    fn number(seed: u64, i: usize) -> u64 {
        let hash = blake3::hash(&[seed.to_le_bytes(), (i as u64).to_le_bytes()].concat());
        u64::from_le_bytes(hash.as_bytes()[..8].try_into().unwrap())
    }

    fn schema(input: Modality, output: Modality, labels: &[&str]) -> Schema {
        let field = |name: &str, kind| Field {
            field: name.to_string(),
            kind,
        };
        Schema {
            inputs: vec![field("in", input)],
            output: field("out", output),
            labels: labels.iter().map(|l| l.to_string()).collect(),
        }
    }

    fn pair(input: Value, output: Value) -> Example {
        Example {
            id: String::new(),
            inputs: vec![input],
            output,
            key: None,
        }
    }

    fn any(examples: &[Example], schema: &Schema) -> bool {
        let found = check(examples, schema, Metric::of(schema), &()).unwrap();
        found.shared.unwrap().any()
    }

    #[test]
    fn chance_is_found_to_share_nothing_and_every_kind_of_task_something() {
        let sound = Modality::Sound { rate: 8000 };
        let tone = |i: usize| {
            let period = 4 + i % 2 * 6;
            let samples = (0..400usize).flat_map(|t| {
                let noise = (number(7, i * 1000 + t) % 4000) as i16;
                (((t % period) as i16) * 900 + noise).to_le_bytes()
            });
            Value::Blob(samples.collect())
        };
        let words = ["one", "two", "three", "four", "five", "six", "seven"];
        let said = |seed, i: usize| {
            let word = |k| words[(number(seed, 10 * i + k) % 7) as usize];
            [word(0), word(1), word(2)].join(" ")
        };
        let doubled = |s: &str| {
            s.split(' ')
                .map(|w| format!("{w}{w}"))
                .collect::<Vec<_>>()
                .join("-")
        };
        let text = Value::Text;
        let labels = ["a", "b"];
        let label = |i: u64| text(labels[(i % 2) as usize].to_string());
        type Make<'a> = &'a dyn Fn(usize, usize) -> Example;
        let kinds: [(Schema, Make); 4] = [
            // The first index says which input it is, the second which output.
            (schema(sound, Modality::Category, &labels), &|i, j| {
                pair(tone(i), label(j as u64 % 2))
            }),
            (schema(Modality::Text, Modality::Text, &[]), &|i, j| {
                pair(text(said(1, i)), text(doubled(&said(1, j))))
            }),
            (schema(Modality::Number, Modality::Number, &[]), &|i, j| {
                let n = |i: usize| (number(2, i) % 1000) as f64;
                pair(Value::Number(n(i)), Value::Number((n(j) - 500.0).abs()))
            }),
            // Two letters whose sum is odd or even: neither alone tells anything.
            (
                schema(Modality::Text, Modality::Category, &labels),
                &|i, j| {
                    let n = |i: usize| number(3, i) % 100;
                    pair(text(format!("{:02}", n(i))), label(n(j) / 10 + n(j) % 10))
                },
            ),
        ];
        for (schema, make) in kinds {
            let own: Vec<Example> = (0..900).map(|i| make(i, i)).collect();
            assert!(any(&own, &schema), "{schema:?}");
            let strange = |i: usize| (number(4, i) % 900) as usize;
            let others: Vec<Example> = (0..900).map(|i| make(i, strange(i))).collect();
            assert!(!any(&others, &schema), "{schema:?}");
        }
    }
}
