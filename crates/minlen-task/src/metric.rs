//! How good answers are, in the task's own measure.

use crate::{Schema, Value};
use minlen_stats::{Interval, clopper_pearson, paired_bootstrap};
use serde::{Deserialize, Serialize};

/// A task's own measure of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Share of answers that are right. An answer that ties with another is wrong.
    Accuracy,
    /// Share of examples whose right answer is among the first five: the likeliest labels, or the
    /// different texts that a contestant would write. What ties with the fifth is not among them.
    #[serde(rename = "top-5")]
    Top5,
    /// The mean over labels of the harmonic mean of precision and recall.
    MacroF1,
    /// Share of written answers that are right to the byte.
    Exact,
    /// Character n-grams in common with the right answer, 0 to 100 (Popović, *chrF*, WMT 2015):
    /// orders 1 to 6, β = 2, spaces left out, over the whole set.
    Chrf,
    /// Mean absolute difference.
    Mae,
    /// Peak signal-to-noise ratio in dB, of mean squared differences over the whole set.
    Psnr,
}

impl Metric {
    /// The one that fits a kind of output.
    pub fn of(schema: &Schema) -> Metric {
        use crate::Modality::{Abc, Category, Image, Number, Sound, Text};
        match schema.output.kind {
            Category => Metric::Accuracy,
            Number => Metric::Mae,
            Text | Abc => Metric::Chrf,
            Image { .. } | Sound { .. } => Metric::Psnr,
        }
    }

    /// Whether it can judge outputs of this kind.
    pub fn suits(self, schema: &Schema) -> bool {
        match self {
            Metric::Accuracy | Metric::MacroF1 => schema.classifies(),
            Metric::Top5 => schema.classifies() || schema.output.kind == crate::Modality::Text,
            Metric::Mae => schema.output.kind == crate::Modality::Number,
            Metric::Exact => schema.writes(),
            Metric::Chrf => matches!(
                schema.output.kind,
                crate::Modality::Text | crate::Modality::Abc
            ),
            Metric::Psnr => matches!(schema.output.kind, crate::Modality::Image { .. }),
        }
    }

    /// Whether more is better.
    pub fn higher_is_better(self) -> bool {
        self != Metric::Mae
    }

    /// Whether it is a share of right answers, to which the bounds for such shares apply.
    pub fn is_share(self) -> bool {
        matches!(self, Metric::Accuracy | Metric::Exact | Metric::Top5)
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::Top5 => "top-5 accuracy",
            Metric::MacroF1 => "macro-F1",
            Metric::Exact => "exact match",
            Metric::Chrf => "chrF",
            Metric::Mae => "mean absolute error",
            Metric::Psnr => "PSNR (dB)",
        }
    }

    /// A value in words: `87.1 %`, `0.42`.
    pub fn show(self, value: f64) -> String {
        match self {
            Metric::Accuracy | Metric::Top5 | Metric::MacroF1 | Metric::Exact => {
                format!("{:.1} %", 100.0 * value)
            }
            Metric::Chrf | Metric::Psnr => format!("{value:.1}"),
            Metric::Mae => format!("{value:.4}"),
        }
    }
}

/// Answers among which [`Metric::Top5`] looks for the right one.
const FIRST: usize = 5;

/// What one example adds to a metric: numbers that are summed before the metric is taken.
type Part = Vec<f64>;

/// Judges answers one by one.
pub struct Tally<'a> {
    metric: Metric,
    schema: &'a Schema,
    parts: Vec<Part>,
}

impl<'a> Tally<'a> {
    /// Nothing judged yet.
    pub fn new(metric: Metric, schema: &'a Schema) -> Tally<'a> {
        Tally {
            metric,
            schema,
            parts: Vec::new(),
        }
    }

    /// A label was named; `None`: no single one was best. `probabilities` are those of all labels.
    pub fn class(&mut self, truth: &Value, named: Option<usize>, probabilities: &[f64]) {
        let truth = truth.text().and_then(|t| self.schema.label(t));
        let among = |truth: usize| {
            let p = probabilities.get(truth).copied().unwrap_or(0.0);
            probabilities.iter().filter(|other| **other >= p).count() <= FIRST
        };
        let right = match self.metric {
            Metric::Top5 => truth.is_some_and(among),
            _ => truth.is_some() && truth == named,
        };
        self.parts.push(match self.metric {
            // For each label: right, named, true. A truth that training never saw has no label.
            Metric::MacroF1 => {
                let mut part = vec![0.0; 3 * self.schema.labels.len()];
                if let Some(named) = named {
                    part[3 * named + 1] = 1.0;
                    part[3 * named] = f64::from(right);
                }
                if let Some(truth) = truth {
                    part[3 * truth + 2] = 1.0;
                }
                part
            }
            _ => vec![f64::from(right)],
        });
    }

    /// A number was given.
    pub fn number(&mut self, truth: f64, given: f64) {
        self.parts.push(vec![(truth - given).abs()]);
    }

    /// Something was written, and others might have been.
    pub fn written(&mut self, truth: &[u8], made: &[u8], others: &[Vec<u8>]) {
        self.parts.push(match self.metric {
            Metric::Top5 => {
                let mut others = others.iter().take(FIRST - 1);
                vec![f64::from(truth == made || others.any(|o| o == truth))]
            }
            Metric::Chrf => chrf_parts(
                &String::from_utf8_lossy(truth),
                &String::from_utf8_lossy(made),
            ),
            Metric::Psnr => {
                let missing = 255.0 * 255.0 * truth.len().abs_diff(made.len()) as f64;
                let square = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
                let sum: f64 = truth.iter().zip(made).map(square).sum();
                vec![sum + missing, truth.len() as f64]
            }
            _ => vec![f64::from(truth == made)],
        });
    }

    /// Answers judged.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether nothing was judged.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The metric, and its 95 % interval: exact (Clopper and Pearson 1934) for shares, by the
    /// bootstrap over examples otherwise.
    pub fn value(&self, seed: u64) -> Interval {
        let value = |sums: &[f64], n: usize| self.of(sums, n);
        if self.metric.is_share() {
            let right: f64 = self.parts.iter().map(|p| p[0]).sum();
            return clopper_pearson(right as u64, self.parts.len() as u64, 0.05);
        }
        paired_bootstrap(&self.parts, &value, seed)
    }

    /// The metric of sums over `n` examples.
    fn of(&self, sums: &[f64], n: usize) -> f64 {
        match self.metric {
            Metric::Accuracy | Metric::Top5 | Metric::Exact | Metric::Mae => {
                sums[0] / n.max(1) as f64
            }
            Metric::MacroF1 => {
                // Labels that were neither true nor named here have no score to add.
                let scores = sums.chunks_exact(3).filter(|c| c[1] + c[2] > 0.0);
                let (sum, count) = scores.fold((0.0, 0), |(sum, count), c| {
                    (sum + 2.0 * c[0] / (c[1] + c[2]), count + 1)
                });
                sum / f64::from(count.max(1))
            }
            Metric::Chrf => chrf(sums),
            Metric::Psnr => {
                let mean = (sums[0] / sums[1].max(1.0)).max(1e-9);
                10.0 * (255.0 * 255.0 / mean).log10()
            }
        }
    }
}

const ORDERS: usize = 6;

/// For each order: n-grams in common, in what was made, in the truth.
pub(crate) fn chrf_parts(truth: &str, made: &str) -> Part {
    use std::collections::HashMap;
    let letters = |s: &str| {
        let kept = s.chars().filter(|c| !c.is_whitespace());
        kept.collect::<Vec<char>>()
    };
    let (truth, made) = (letters(truth), letters(made));
    let mut part = Vec::with_capacity(3 * ORDERS);
    for order in 1..=ORDERS {
        let mut counts: HashMap<&[char], (u32, u32)> = HashMap::new();
        for gram in truth.windows(order) {
            counts.entry(gram).or_default().0 += 1;
        }
        for gram in made.windows(order) {
            counts.entry(gram).or_default().1 += 1;
        }
        let common: u32 = counts.values().map(|&(a, b)| a.min(b)).sum();
        let all = |s: &[char]| (s.len() + 1).saturating_sub(order) as f64;
        part.extend([f64::from(common), all(&made), all(&truth)]);
    }
    part
}

pub(crate) fn chrf(sums: &[f64]) -> f64 {
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
    for c in sums.chunks_exact(3) {
        if c[1] > 0.0 && c[2] > 0.0 {
            precision += c[0] / c[1];
            recall += c[0] / c[2];
            orders += 1.0;
        }
    }
    let (p, r): (f64, f64) = (
        precision / f64::max(orders, 1.0),
        recall / f64::max(orders, 1.0),
    );
    match 4.0 * p + r {
        0.0 => 0.0,
        sum => 100.0 * 5.0 * p * r / sum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, Modality};

    fn schema(kind: Modality, labels: &[&str]) -> Schema {
        Schema {
            inputs: Vec::new(),
            output: Field {
                field: "it".to_string(),
                kind,
            },
            labels: labels.iter().map(|l| (*l).to_string()).collect(),
        }
    }

    #[test]
    fn the_first_five_count_and_ties_with_the_fifth_do_not() {
        let labels = schema(Modality::Category, &["a", "b", "c", "d", "e", "f"]);
        let mut tally = Tally::new(Metric::Top5, &labels);
        let truth = Value::Text("f".to_string());
        tally.class(&truth, Some(0), &[0.3, 0.2, 0.2, 0.1, 0.05, 0.15]);
        tally.class(&truth, Some(0), &[0.3, 0.2, 0.2, 0.1, 0.1, 0.1]);
        tally.class(
            &Value::Text("new".to_string()),
            Some(0),
            &[0.5, 0.1, 0.1, 0.1, 0.1, 0.1],
        );
        assert_eq!(tally.value(0).mean, 1.0 / 3.0);

        let texts = schema(Modality::Text, &[]);
        let mut tally = Tally::new(Metric::Top5, &texts);
        let others: Vec<Vec<u8>> = ["b", "c", "d", "e", "f"]
            .map(|t| t.as_bytes().to_vec())
            .into();
        tally.written(b"e", b"a", &others);
        tally.written(b"f", b"a", &others);
        assert_eq!(tally.value(0).mean, 0.5);
    }
}
