//! Sums, a lane for each label or one for a number: what they answer, how bad that is, and what
//! speaks for it. Lines and trees make such sums.

use crate::entrant::Confidence;
use crate::solve::descent::softmax;
use crate::{Answer, Error, Evidence, Example, Schema};

/// The labels of examples.
pub(super) fn labels(schema: &Schema, examples: &[Example]) -> Result<Vec<usize>, Error> {
    let label = |e: &Example| e.output.text().and_then(|t| schema.label(t));
    let labels: Option<Vec<usize>> = examples.iter().map(label).collect();
    labels.ok_or_else(|| Error::Usage("a training example has none of the labels".to_string()))
}

/// The numbers of examples, counted from their median in mean distances from it; and these two.
pub(super) fn numbers(examples: &[Example]) -> (Vec<f32>, (f64, f64)) {
    let all: Vec<f64> = examples
        .iter()
        .map(|e| e.output.number().unwrap_or(0.0))
        .collect();
    let mut sorted = all.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let sum: f64 = all.iter().map(|n| (n - median).abs()).sum();
    let unit = if sum > 0.0 {
        sum / all.len() as f64
    } else {
        1.0
    };
    let scaled = all.iter().map(|n| ((n - median) / unit) as f32);
    (scaled.collect(), (median, unit))
}

/// How bad sums are on held-out examples: bits of the labels once confidence is fitted, or the mean
/// absolute error. Bits tell neighbouring settings apart where counts of right answers are noise.
pub(super) fn badness(
    schema: &Schema,
    sums: &[Vec<f32>],
    (from, unit): (f64, f64),
    held: &[Example],
) -> f64 {
    if !schema.classifies() {
        let truths = held.iter().map(|e| e.output.number().unwrap_or(0.0));
        let misses = truths
            .zip(sums)
            .map(|(t, s)| (t - from - unit * f64::from(s[0])).abs());
        return misses.sum::<f64>() / held.len().max(1) as f64;
    }
    let answers: Vec<(Vec<f64>, usize)> = held
        .iter()
        .zip(sums)
        .filter_map(|(e, s)| {
            let truth = e.output.text().and_then(|t| schema.label(t))?;
            Some((probabilities(s, schema.labels.len()), truth))
        })
        .collect();
    Confidence::default().fit_power(&answers).1
}

/// Probabilities of a row's sums.
pub(super) fn probabilities(sums: &[f32], classes: usize) -> Vec<f64> {
    match classes {
        0 | 1 => vec![1.0; classes],
        2 => softmax(&[0.0, sums[0]]).0,
        n => softmax(&sums[..n]).0,
    }
}

/// What sums say; numbers are counted from the scale's beginning, in its unit.
pub(super) fn answer(schema: &Schema, sums: &[f32], (from, unit): (f64, f64)) -> Answer {
    match schema.classifies() {
        true => Answer::Class(probabilities(sums, schema.labels.len())),
        false => Answer::Number(from + unit * f64::from(sums[0])),
    }
}

/// How much each lane counts for the answer against the next best; for numbers, what it adds.
pub(super) fn leads(schema: &Schema, sums: &[f32]) -> Vec<f64> {
    let mut leads = vec![0.0; sums.len()];
    if !schema.classifies() || sums.len() == 1 {
        let other = schema.classifies() && sums[0] < 0.0;
        leads[0] = if other { -1.0 } else { 1.0 };
        return leads;
    }
    let mut order: Vec<usize> = (0..schema.labels.len()).collect();
    order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]));
    (leads[order[0]], leads[order[1]]) = (1.0, -1.0);
    leads
}

/// Evidence that is told: the strongest.
const TOLD: usize = 16;

/// Shares of a [lead](leads), the strongest first: bits of labels, or what numbers move by.
pub(super) fn evidence(
    schema: &Schema,
    unit: f64,
    mut shares: Vec<(String, f64)>,
) -> Vec<Evidence> {
    shares.retain(|(_, share)| *share != 0.0);
    shares.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    shares.truncate(TOLD);
    let told = shares
        .into_iter()
        .map(|(what, share)| match schema.classifies() {
            true => Evidence {
                what,
                bits: Some(share / std::f64::consts::LN_2),
            },
            false => Evidence {
                what: format!("{what}: {:+.4}", share * unit),
                bits: None,
            },
        });
    told.collect()
}
