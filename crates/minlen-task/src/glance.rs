//! What can be seen in a value at a glance, as small numbers: words, letters, coarse pictures and
//! sounds. Not the best features of anything, but some of everything: for the check before training
//! and for finding the nearest examples.

use crate::{Field, Modality, Value};

/// Looks at the values of some fields. Made from examples, which tell where numbers are cut.
pub(crate) struct Eye {
    fields: Vec<Field>,
    /// For each field and each of its quantities: where its range is cut into parts of equally
    /// many examples.
    cuts: Vec<Vec<Vec<f32>>>,
}

/// Letters of a text that are looked at.
const LETTERS: usize = 2000;
/// Up to so many letters, their places count too.
const SHORT: usize = 24;
/// Up to so many features, pairs of them are features too.
const FEW: usize = 32;
/// Parts that the range of a quantity is cut into: of numbers, and of samples.
const PARTS: (usize, usize) = (8, 4);
/// Examples that cuts are made from.
const CUT_BY: usize = 2000;

impl Eye {
    /// Learns from `rows` where to cut.
    pub(crate) fn new<'a>(fields: &[Field], rows: impl Iterator<Item = &'a [Value]>) -> Eye {
        let mut seen: Vec<Vec<Vec<f32>>> = fields.iter().map(|_| Vec::new()).collect();
        for row in rows.take(CUT_BY) {
            for ((field, value), seen) in fields.iter().zip(row).zip(&mut seen) {
                for (i, quantity) in quantities(value, field.kind).into_iter().enumerate() {
                    if seen.len() <= i {
                        seen.push(Vec::new());
                    }
                    seen[i].push(quantity);
                }
            }
        }
        let cuts = fields.iter().zip(seen).map(|(field, seen)| {
            let parts = match field.kind {
                Modality::Number => PARTS.0,
                _ => PARTS.1,
            };
            seen.into_iter().map(|s| cut(s, parts)).collect()
        });
        Eye {
            cuts: cuts.collect(),
            fields: fields.to_vec(),
        }
    }

    /// The features of values, each a hash; in order, each once.
    pub(crate) fn see(&self, values: &[Value]) -> Vec<u32> {
        let mut all = Vec::new();
        for (place, (field, value)) in self.fields.iter().zip(values).enumerate() {
            let place = place as u32;
            match (field.kind, value) {
                (_, Value::Missing) => all.push(hash(&[place, 0])),
                (Modality::Category, value) => all.push(hash(&[place, 1, word(value)])),
                (Modality::Text | Modality::Abc, Value::Text(text)) => {
                    see_text(place, text, &mut all)
                }
                (kind, value) => {
                    let cuts = &self.cuts[place as usize];
                    let parts = quantities(value, kind).into_iter().zip(cuts);
                    all.extend(parts.enumerate().map(|(i, (quantity, cuts))| {
                        let part = cuts.partition_point(|c| *c <= quantity);
                        hash(&[place, 2, i as u32, part as u32])
                    }));
                }
            }
        }
        if all.len() <= FEW {
            let single = all.len();
            for i in 0..single {
                for j in i + 1..single {
                    all.push(hash(&[3, all[i], all[j]]));
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Words and, of short texts, letters with their places; of all, triples of letters.
fn see_text(place: u32, text: &str, all: &mut Vec<u32>) {
    let letters: Vec<char> = text
        .chars()
        .take(LETTERS)
        .flat_map(char::to_lowercase)
        .collect();
    let mut word = Vec::new();
    for &c in letters.iter().chain(&[' ']) {
        // Scripts without spaces: each letter is a word.
        let whole = ('\u{2e80}'..'\u{e000}').contains(&c);
        if c.is_alphanumeric() && !whole {
            word.push(c as u32);
            continue;
        }
        if !word.is_empty() {
            all.push(hash(&[place, 4, hash(&word)]));
            word.clear();
        }
        if whole {
            all.push(hash(&[place, 4, c as u32]));
        }
    }
    if letters.len() <= SHORT {
        let places = letters.iter().enumerate();
        all.extend(places.map(|(i, c)| hash(&[place, 5, i as u32, *c as u32])));
        all.push(hash(&[place, 6, letters.len() as u32]));
    } else {
        let triples = letters.windows(3).take(600);
        all.extend(triples.map(|w| hash(&[place, 7, w[0] as u32, w[1] as u32, w[2] as u32])));
        all.push(hash(&[place, 8, letters.len().ilog2()]));
    }
}

/// What can be measured of a value: a number; the mean of each tile of a picture; of each stretch
/// of sound how loud it is, how often it changes its sign, and how it agrees with itself a little
/// later, which tells high from low.
fn quantities(value: &Value, kind: Modality) -> Vec<f32> {
    match (value, kind) {
        (Value::Number(n), _) => vec![*n as f32],
        (
            Value::Blob(bytes),
            Modality::Image {
                width,
                height,
                channels,
            },
        ) => tiles(bytes, width as usize, height as usize, channels as usize),
        (Value::Blob(bytes), Modality::Sound { .. }) => stretches(bytes),
        _ => Vec::new(),
    }
}

/// Tiles of a picture, along each side.
const TILES: usize = 8;

fn tiles(bytes: &[u8], width: usize, height: usize, channels: usize) -> Vec<f32> {
    let (across, down) = (TILES.min(width), TILES.min(height));
    let mut sums = vec![(0u64, 0u64); across * down * channels];
    for (i, sample) in bytes.iter().take(width * height * channels).enumerate() {
        let (pixel, channel) = (i / channels, i % channels);
        let (x, y) = (
            pixel % width * across / width,
            pixel / width * down / height,
        );
        let sum = &mut sums[(y * across + x) * channels + channel];
        *sum = (sum.0 + u64::from(*sample), sum.1 + 1);
    }
    sums.iter()
        .map(|(sum, n)| *sum as f32 / (*n).max(1) as f32)
        .collect()
}

/// Stretches of a sound.
const STRETCHES: usize = 12;

fn stretches(bytes: &[u8]) -> Vec<f32> {
    let samples: Vec<f32> = bytes
        .chunks_exact(2)
        .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])))
        .collect();
    let mut all = Vec::with_capacity(STRETCHES * 6);
    for i in 0..STRETCHES {
        let (from, to) = (
            i * samples.len() / STRETCHES,
            (i + 1) * samples.len() / STRETCHES,
        );
        let part = &samples[from..to];
        let energy: f32 = part.iter().map(|s| s * s).sum::<f32>() + 1.0;
        all.push((energy / part.len().max(1) as f32).ln());
        let turns = part
            .windows(2)
            .filter(|w| (w[0] < 0.0) != (w[1] < 0.0))
            .count();
        all.push(turns as f32 / part.len().max(1) as f32);
        for lag in [1, 2, 4, 8] {
            let later = part.iter().zip(part.iter().skip(lag));
            all.push(later.map(|(a, b)| a * b).sum::<f32>() / energy);
        }
    }
    all
}

/// Where to cut so that the parts hold equally many.
fn cut(mut seen: Vec<f32>, parts: usize) -> Vec<f32> {
    seen.sort_by(f32::total_cmp);
    let mut cuts: Vec<f32> = (1..parts).map(|i| seen[i * seen.len() / parts]).collect();
    cuts.dedup();
    cuts
}

fn word(value: &Value) -> u32 {
    let bytes = value.bytes();
    let words: Vec<u32> = bytes.iter().map(|b| u32::from(*b)).collect();
    hash(&words)
}

/// FNV-1a over words, stirred at the end (Murmur3's finish).
fn hash(words: &[u32]) -> u32 {
    let mut h = 0x811c_9dc5u32;
    for word in words {
        for byte in word.to_le_bytes() {
            h = (h ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}
