//! What the most similar training examples say.
//!
//! Similar is what helps to describe: a text's neighbours are the examples after which it needs the
//! fewest bits, found among those that share its rarest letters; a table's row is told apart by the
//! bits that its fields need beside the neighbour's; images by their squared differences. Labels are
//! voted for with weights that hardly ever tie, and where they do the frame counts it as wrong.

use super::parts;
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Example, Family, Modality, Schema, Trained,
    Training, Value, Written,
};
use minlen::{Limits, Structure};
use minlen_core::{Cost, Meter, Model, Rewind, Teacher, run};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Nearest neighbours.
pub struct Neighbours;

/// Neighbours that may vote, the first so many of them.
const VOTES: [usize; 6] = [1, 2, 4, 8, 16, 32];
const MOST_VOTES: usize = 32;
/// Different texts that are told.
const TOLD: usize = 10;
/// Candidates whose code lengths are measured.
const MEASURED: usize = 16;
/// Bytes of a text that are compared.
const MOST: usize = 512;
/// Bytes of training texts that the model which measures has read before.
const READ: usize = 128 << 10;
/// Held-out examples that settings are chosen by.
const TRIED: usize = 300;
/// Texts that may always share a gram.
const FEW: usize = 500;
/// Bytes of a gram.
const GRAM: usize = 4;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Settings {
    /// How many vote.
    votes: usize,
    /// Whether texts are measured; otherwise shared grams decide alone.
    measured: bool,
}

impl Contestant for Neighbours {
    fn name(&self) -> &'static str {
        "neighbours"
    }
    fn summary(&self) -> &'static str {
        "what the most similar examples say, by code length; texts are copied from the nearest"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let mut kinds = schema.inputs.iter().map(|f| f.kind);
        match kinds.any(|kind| matches!(kind, Modality::Sound { .. })) {
            true => Err("samples of sound are never alike".into()),
            false => Ok(()),
        }
    }

    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let mut settings = Settings {
            votes: 1,
            measured: false,
        };
        if let Some(like) = effort.like {
            settings.votes = parts::setting(like, "votes").unwrap_or(1);
            settings.measured = parts::setting::<u8>(like, "measured") == Some(1);
        }
        let examples = data.examples.iter();
        let known = examples.map(|e| (e.inputs.clone(), e.output.clone()));
        let mut known = Known::new(data.schema.clone(), known.collect(), settings)?;
        if effort.like.is_none() {
            known.choose(&data.held[..data.held.len().min(TRIED)], effort)?;
        }
        Ok(Box::new(known))
    }

    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let (settings, columns): (Settings, _) = parts::part(saved)?;
        let mut columns = columns.into_iter().map(|column| column_of(&column));
        let mut columns = columns
            .by_ref()
            .collect::<Option<Vec<_>>>()
            .unwrap_or_default();
        if columns.len() != schema.inputs.len() + 1 {
            return Err(parts::damaged());
        }
        let outputs = columns.pop().unwrap_or_default();
        let mut pairs: Vec<(Vec<Value>, Value)> = outputs
            .into_iter()
            .map(|output| (Vec::new(), output))
            .collect();
        for column in columns {
            if column.len() != pairs.len() {
                return Err(parts::damaged());
            }
            for (pair, value) in pairs.iter_mut().zip(column) {
                pair.0.push(value);
            }
        }
        Ok(Box::new(Known::new(schema.clone(), pairs, settings)?))
    }
}

/// Training examples, ready to be found.
struct Known {
    schema: Schema,
    pairs: Vec<(Vec<Value>, Value)>,
    settings: Settings,
    /// Shares of the labels.
    prior: Vec<f64>,
    place: Place,
}

/// How inputs are compared.
enum Place {
    Texts(Texts),
    /// Fields, and what a difference in each costs.
    Rows(Vec<Column>),
    Images,
}

impl Known {
    fn new(
        schema: Schema,
        pairs: Vec<(Vec<Value>, Value)>,
        settings: Settings,
    ) -> Result<Known, Error> {
        let kinds = || schema.inputs.iter().map(|f| f.kind);
        let place = if kinds().all(|k| matches!(k, Modality::Number | Modality::Category)) {
            let columns = 0..schema.inputs.len();
            Place::Rows(columns.map(|i| Column::new(&pairs, i)).collect())
        } else if matches!(schema.inputs.as_slice(), [f] if matches!(f.kind, Modality::Image { .. }))
        {
            Place::Images
        } else {
            let rendered = pairs.iter().map(|(inputs, _)| rendered(&schema, inputs));
            Place::Texts(Texts::new(rendered.collect())?)
        };
        let mut prior = vec![0.5; schema.labels.len()];
        for (_, output) in &pairs {
            if let Some(label) = output.text().and_then(|t| schema.label(t)) {
                prior[label] += 1.0;
            }
        }
        let sum: f64 = prior.iter().sum();
        prior.iter_mut().for_each(|p| *p /= sum);
        Ok(Known {
            schema,
            pairs,
            settings,
            prior,
            place,
        })
    }

    /// Chooses how many vote, and whether measuring pays, by wrong answers on held-out examples.
    fn choose(&mut self, held: &[Example], effort: &Effort) -> Result<(), Error> {
        if self.schema.writes() {
            // The nearest by code length is copied: there is nothing to vote on.
            self.settings.measured = true;
            return Ok(());
        }
        let mut best: Option<(f64, Settings)> = None;
        let measured = match self.place {
            Place::Texts(_) => &[false, true][..],
            _ => &[false],
        };
        for &measured in measured {
            self.settings.measured = measured;
            let mut wrong = [0.0; VOTES.len()];
            let begin = std::time::Instant::now();
            for example in held {
                effort.go_on()?;
                let near = self.near(&example.inputs);
                for (wrong, votes) in wrong.iter_mut().zip(VOTES) {
                    *wrong += self.wrong(&near[..near.len().min(votes)], &example.output);
                }
            }
            for (wrong, votes) in wrong.into_iter().zip(VOTES) {
                if best.as_ref().is_none_or(|(least, _)| wrong < *least) {
                    best = Some((wrong, Settings { votes, measured }));
                }
            }
            // Measuring takes tens of times as long as finding.
            if begin + begin.elapsed() * 100 > effort.until {
                break;
            }
        }
        if let Some((_, settings)) = best {
            self.settings = settings;
        }
        Ok(())
    }

    /// How wrong an answer is.
    fn wrong(&self, near: &[(f64, usize)], truth: &Value) -> f64 {
        match self.vote(near) {
            Answer::Class(p) => {
                let label = truth.text().and_then(|t| self.schema.label(t));
                let right = label.is_some() && crate::blind::best(&p) == label;
                f64::from(u8::from(!right))
            }
            Answer::Number(given) => (truth.number().unwrap_or(given) - given).abs(),
            Answer::Written(_) => 0.0,
        }
    }

    /// The nearest examples and how much each weighs, the nearest first.
    fn near(&mut self, inputs: &[Value]) -> Vec<(f64, usize)> {
        let pairs = &self.pairs;
        match &mut self.place {
            Place::Texts(texts) => {
                texts.near(&rendered(&self.schema, inputs), self.settings.measured)
            }
            Place::Rows(columns) => nearest(pairs.len(), |i| {
                let fields = columns.iter().zip(inputs).zip(&pairs[i].0);
                fields.map(|((column, a), b)| column.bits(a, b)).sum()
            }),
            Place::Images => match inputs {
                [Value::Blob(image)] => nearest(pairs.len(), |i| match pairs[i].0.as_slice() {
                    [Value::Blob(other)] => squares(image, other),
                    _ => f64::MAX,
                }),
                _ => Vec::new(),
            },
        }
    }

    /// What the neighbours say together.
    fn vote(&self, near: &[(f64, usize)]) -> Answer {
        if self.schema.classifies() {
            let sum: f64 = near.iter().map(|(weight, _)| weight).sum();
            // What nobody votes for keeps a little, by how frequent it is.
            let little = 0.01 * sum.max(1e-9);
            let mut shares: Vec<f64> = self.prior.iter().map(|p| p * little).collect();
            for (weight, i) in near {
                let output = self.pairs[*i].1.text();
                if let Some(label) = output.and_then(|t| self.schema.label(t)) {
                    shares[label] += weight;
                }
            }
            let sum: f64 = shares.iter().sum();
            return Answer::Class(shares.iter().map(|s| s / sum).collect());
        }
        if self.schema.writes() {
            // Of those that share nothing one is as good as another.
            let nearest = match near {
                [] => &[(1.0, 0)],
                near => near,
            };
            let known = nearest.iter().filter_map(|(_, i)| self.pairs.get(*i));
            let mut outputs: Vec<Vec<u8>> = Vec::new();
            for (_, output) in known {
                let output = output.bytes();
                if outputs.len() < TOLD && !outputs.contains(&output) {
                    outputs.push(output);
                }
            }
            return Answer::Written(Written::of(outputs, None));
        }
        // The weighted median; where nothing is shared, that of all.
        let all: Vec<(f64, usize)>;
        let near = match near {
            [] => {
                all = (0..self.pairs.len()).map(|i| (1.0, i)).collect();
                &all
            }
            near => near,
        };
        let numbers = near.iter();
        let numbers = numbers.filter_map(|(weight, i)| Some((self.pairs[*i].1.number()?, *weight)));
        let mut numbers: Vec<(f64, f64)> = numbers.collect();
        numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
        let half = numbers.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
        let mut passed = 0.0;
        let middle = numbers.iter().find(|(_, weight)| {
            passed += weight;
            passed >= half
        });
        Answer::Number(middle.map_or(0.0, |(number, _)| *number))
    }
}

impl Trained for Known {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let near = self.near(inputs);
        let votes = match self.schema.writes() {
            true => near.len(),
            false => near.len().min(self.settings.votes),
        };
        Ok(self.vote(&near[..votes]))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let fields = 0..self.schema.inputs.len();
        let inputs = fields.map(|i| self.pairs.iter().map(move |(inputs, _)| &inputs[i]));
        let mut columns: Vec<Vec<u8>> = inputs.map(column_bytes).collect();
        columns.push(column_bytes(self.pairs.iter().map(|(_, output)| output)));
        parts::join(&self.settings, &columns)
    }

    fn config(&self) -> String {
        let Settings { votes, measured } = self.settings;
        format!("votes={votes},measured={}", u8::from(measured))
    }

    /// The neighbours that vote.
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let near = self.near(inputs);
        let votes = near.iter().take(self.settings.votes.min(8));
        let told = votes.map(|(_, i)| {
            let (inputs, output) = &self.pairs[*i];
            let text = self.schema.render(inputs);
            let text = String::from_utf8_lossy(&text[..text.len().min(200)]).into_owned();
            let says = match output {
                Value::Blob(bytes) => format!("{} samples", bytes.len()),
                other => String::from_utf8_lossy(&other.bytes()).into_owned(),
            };
            Evidence {
                what: format!("{text} → {says}"),
                bits: None,
            }
        });
        Ok(told.collect())
    }
}

/// An input as text, as far as it is compared.
fn rendered(schema: &Schema, inputs: &[Value]) -> Vec<u8> {
    let mut text = schema.render(inputs);
    text.truncate(MOST);
    text
}

/// The places of the least distances, with weights 1 / distance, the nearest first; equally far
/// ones in the order of the examples.
fn nearest(count: usize, distance: impl Fn(usize) -> f64) -> Vec<(f64, usize)> {
    let mut near: Vec<(f64, usize)> = Vec::with_capacity(MOST_VOTES + 1);
    for i in 0..count {
        let d = distance(i);
        if near.len() < MOST_VOTES || d < near[near.len() - 1].0 {
            let at = near.partition_point(|(other, _)| *other <= d);
            near.insert(at, (d, i));
            near.truncate(MOST_VOTES);
        }
    }
    let weigh = |(d, i): (f64, usize)| (1.0 / (d + 0.01), i);
    near.into_iter().map(weigh).collect()
}

/// The mean squared difference of two images; they have the same size but for damage.
fn squares(a: &[u8], b: &[u8]) -> f64 {
    // Chunks whose sums fit in 32 bits.
    let chunk = |(a, b): (&[u8], &[u8])| {
        let square = |(a, b): (&u8, &u8)| u32::from(a.abs_diff(*b)).pow(2);
        f64::from(a.iter().zip(b).map(square).sum::<u32>())
    };
    let sum: f64 = a.chunks(1 << 14).zip(b.chunks(1 << 14)).map(chunk).sum();
    sum / a.len().max(1) as f64
}

/// What differences in one field of a table cost.
enum Column {
    /// Under a Laplace density with this scale.
    Number(f64),
    /// Bits of each name.
    Names(HashMap<String, f64>),
}

impl Column {
    fn new(pairs: &[(Vec<Value>, Value)], i: usize) -> Column {
        let values = || pairs.iter().map(move |(inputs, _)| &inputs[i]);
        let mut numbers: Vec<f64> = values().filter_map(Value::number).collect();
        if !numbers.is_empty() {
            numbers.sort_by(f64::total_cmp);
            let middle = numbers[numbers.len() / 2];
            let away = numbers.iter().map(|x| (x - middle).abs()).sum::<f64>();
            return Column::Number((away / numbers.len() as f64).max(1e-9));
        }
        let mut names: HashMap<String, f64> = HashMap::new();
        for name in values().filter_map(Value::text) {
            *names.entry(name.to_string()).or_default() += 1.0;
        }
        let count = pairs.len() as f64;
        names.values_mut().for_each(|n| *n = (count / *n).log2());
        Column::Names(names)
    }

    /// Bits to tell `a` beside `b`.
    fn bits(&self, a: &Value, b: &Value) -> f64 {
        match (self, a, b) {
            (Column::Number(scale), Value::Number(a), Value::Number(b)) => {
                // Far is far: one wild value shall not decide alone.
                ((a - b).abs() / scale * std::f64::consts::LOG2_E).min(10.0)
            }
            (_, a, b) if a == b => 0.0,
            (Column::Names(names), Value::Text(name), _) => {
                names.get(name).copied().unwrap_or(10.0).clamp(1.0, 10.0)
            }
            _ => 2.0,
        }
    }
}

/// Texts, by the grams in them.
struct Texts {
    texts: Vec<Vec<u8>>,
    /// Texts that have a gram, and what it weighs.
    index: HashMap<u32, (f32, Vec<u32>)>,
    /// The root of the sum of squared weights of each text's grams.
    sizes: Vec<f32>,
    /// A model that has read some of the texts.
    reader: Box<dyn Rewind>,
}

impl Texts {
    fn new(texts: Vec<Vec<u8>>) -> Result<Texts, Error> {
        let mut index: HashMap<u32, (f32, Vec<u32>)> = HashMap::new();
        for (i, text) in texts.iter().enumerate() {
            for gram in grams(text) {
                index.entry(gram).or_default().1.push(i as u32);
            }
        }
        let mut sizes = vec![0f32; texts.len()];
        // What a fifth of many texts have tells little and takes long.
        let most = (texts.len() / 5).max(FEW);
        index.retain(|_, (_, have)| have.len() <= most);
        // The order of a map is drawn by chance, and so would be sums of roundings: sort first.
        let mut order: Vec<u32> = index.keys().copied().collect();
        order.sort_unstable();
        for gram in order {
            let (weight, have) = index.get_mut(&gram).expect("it is there");
            *weight = (texts.len() as f32 / have.len() as f32).log2() + 1.0;
            have.iter()
                .for_each(|i| sizes[*i as usize] += *weight * *weight);
        }
        sizes.iter_mut().for_each(|size| *size = size.sqrt());
        let entry = minlen::models().find(|entry| entry.name == "mix2");
        let entry = entry.expect("the facade has its own engine");
        let structure = Structure {
            text: true,
            ..Structure::NONE
        };
        let mut model = entry.model("fast,16", &structure, &Limits::default())?;
        let all: usize = texts.iter().map(Vec::len).sum();
        let step = all.div_ceil(READ).max(1);
        for text in texts.iter().step_by(step) {
            run(&mut *model, &mut Teacher::new(text));
            run(&mut *model, &mut Teacher::new(b"\n"));
        }
        Ok(Texts {
            texts,
            index,
            sizes,
            reader: model.rewinding(),
        })
    }

    /// The nearest texts with their weights: the cosine of their grams, or by how many bits each
    /// shortens `text`.
    fn near(&mut self, text: &[u8], measured: bool) -> Vec<(f64, usize)> {
        let mut scores: HashMap<u32, f32> = HashMap::new();
        let mut size = 0f32;
        for gram in grams(text) {
            if let Some((weight, have)) = self.index.get(&gram) {
                size += weight * weight;
                for i in have {
                    *scores.entry(*i).or_default() += weight * weight;
                }
            }
        }
        let size = size.sqrt();
        let cosine = |i: u32, score: f32| score / (size * self.sizes[i as usize]).max(1e-9);
        let scores = scores.into_iter().map(|(i, score)| (cosine(i, score), i));
        let mut near: Vec<(f32, u32)> = scores.collect();
        let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        let most = if measured { MEASURED } else { MOST_VOTES };
        if near.len() > most {
            near.select_nth_unstable_by(most, order);
            near.truncate(most);
        }
        near.sort_by(order);
        if !measured {
            let squared = |(cosine, i): (f32, u32)| (f64::from(cosine).powi(2), i as usize);
            return near.into_iter().map(squared).collect();
        }
        let alone = self.bits(&[], text);
        let mut found: Vec<(f64, usize)> = Vec::new();
        for (_, i) in near {
            let known = std::mem::take(&mut self.texts[i as usize]);
            let gain = (alone - self.bits(&known, text)) / alone.max(1.0);
            self.texts[i as usize] = known;
            found.push((gain.max(1e-6).powi(2), i as usize));
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found
    }

    /// Bits of `text` after `known`.
    fn bits(&mut self, known: &[u8], text: &[u8]) -> f64 {
        self.reader.rewind();
        let model: &mut dyn Model = self.reader.model();
        if !known.is_empty() {
            run(model, &mut Teacher::new(known));
            run(model, &mut Teacher::new(b"\n"));
        }
        let mut meter = Meter::new(text);
        run(model, &mut meter);
        meter.total().units() as f64 / Cost::UNITS_A_BIT as f64
    }
}

/// The different runs of four bytes, capitals as small letters, in order.
fn grams(text: &[u8]) -> Vec<u32> {
    let small: Vec<u8> = [b"\n", text, b"\n"].concat().to_ascii_lowercase();
    let four = small.windows(GRAM);
    let mut all: Vec<u32> = four
        .map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Values as bytes: for each a letter for its kind and, but for what is missing, its length and
/// itself.
pub(super) fn column_bytes<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<u8> {
    let mut all = Vec::new();
    for value in values {
        let kind = match value {
            Value::Missing => b'-',
            Value::Number(_) => b'n',
            Value::Text(_) => b't',
            Value::Blob(_) => b'b',
        };
        all.push(kind);
        if kind != b'-' {
            let bytes = value.bytes();
            all.extend((bytes.len() as u32).to_le_bytes());
            all.extend(bytes);
        }
    }
    all
}

pub(super) fn column_of(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    while let Some((kind, rest)) = bytes.split_first() {
        if *kind == b'-' {
            values.push(Value::Missing);
            bytes = rest;
            continue;
        }
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let text = || String::from_utf8(value.to_vec()).ok();
        values.push(match kind {
            b'n' => Value::Number(text()?.parse().ok()?),
            b't' => Value::Text(text()?),
            _ => Value::Blob(value.to_vec()),
        });
        bytes = rest;
    }
    Some(values)
}
