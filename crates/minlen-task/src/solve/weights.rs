//! Weights, rounded to what is saved.

use super::Rows;
use serde::{Deserialize, Serialize};

/// A weight for each column and lane.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "Saved", from = "Saved")]
pub(crate) struct Weights {
    /// Column by column, the lanes side by side.
    pub(crate) all: Vec<f32>,
    pub(crate) lanes: usize,
    steps: Vec<i32>,
    step: f32,
}

/// Whole numbers of steps.
#[derive(Serialize, Deserialize)]
struct Saved {
    lanes: usize,
    step: f32,
    steps: Vec<i32>,
}

/// Steps to a typical weight (the root of the mean square). More of them change no answer: with 8,
/// the rounding of a row of length 1 moves a sum by a thirtieth of a typical weight.
const FINE: f32 = 8.0;

impl Weights {
    /// Rounded: what answers now will answer the same after saving and loading.
    pub(crate) fn rounded(all: &[f32], lanes: usize) -> Weights {
        let squares: f64 = all.iter().map(|w| f64::from(*w).powi(2)).sum();
        let filled = all.iter().filter(|w| **w != 0.0).count().max(1);
        let typical = (squares / filled as f64).sqrt() as f32;
        let step = if typical > 0.0 { typical / FINE } else { 1.0 };
        let steps: Vec<i32> = all.iter().map(|w| (w / step).round() as i32).collect();
        Saved { lanes, step, steps }.into()
    }

    /// The sums of a row.
    pub(crate) fn of(&self, rows: &impl Rows, row: usize) -> Vec<f32> {
        let mut sums = vec![0.0; self.lanes];
        rows.dot(row, &self.all, &mut sums);
        sums
    }
}

impl From<Saved> for Weights {
    fn from(s: Saved) -> Weights {
        Weights {
            all: s.steps.iter().map(|n| *n as f32 * s.step).collect(),
            lanes: s.lanes,
            steps: s.steps,
            step: s.step,
        }
    }
}

impl From<Weights> for Saved {
    fn from(w: Weights) -> Saved {
        Saved {
            lanes: w.lanes,
            step: w.step,
            steps: w.steps,
        }
    }
}

/// Lanes for so many classes: two need only one line between them; others are filled up to a
/// multiple of four, which is quicker.
pub(crate) fn lanes_of(classes: usize) -> usize {
    match classes {
        0..=2 => 1,
        n => n.next_multiple_of(4),
    }
}
