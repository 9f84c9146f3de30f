//! 8.2.8: the mixer, two layers of weights.

use super::history::History;
use super::logistic::Logistic;
use super::nibble::{Half, path};

/// By what a set of weights chooses its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Match,
    /// match coarse
    MatchCoarse,
    Classes,
    Hits,
    /// byte, byte 2 and byte 3
    Byte(u64),
    Form,
    Expected,
    Length,
    Bracket,
}

/// What rows are chosen by, besides the history.
pub struct Seen {
    /// Contexts whose cell has a root other than 0.
    pub hits: u64,
    /// μ
    pub class: u64,
    /// E, while m > 0
    pub expected: Option<u8>,
}

impl Choice {
    fn rows(self) -> usize {
        match self {
            Self::Match => 68,
            Self::MatchCoarse => 544,
            Self::Classes => 1024,
            Self::Hits => 128,
            Self::Byte(_) | Self::Bracket => 512,
            Self::Form => 8192,
            Self::Expected => 514,
            Self::Length => 32,
        }
    }

    fn row(self, half: Half, history: &History, seen: &Seen) -> u64 {
        let doubled = match self {
            Self::Match => return 17 * sigma(seen.class) + half.place() as u64,
            Self::MatchCoarse => {
                return 17 * (8 * sigma(seen.class) + history.coarse(0)) + half.place() as u64;
            }
            Self::Classes => 64 * history.coarse(0) + 8 * history.coarse(1) + history.coarse(2),
            Self::Hits => seen.hits.min(63),
            Self::Byte(n) => u64::from(history.b(n)),
            Self::Form => history.form % (1 << 12),
            Self::Expected => match seen.expected {
                Some(expected) => 1 + u64::from(expected),
                None => 0,
            },
            Self::Length => seen.class,
            Self::Bracket => u64::from(history.brackets[0]),
        };
        2 * doubled + half.half() as u64
    }
}

/// σ, for μ
fn sigma(class: u64) -> u64 {
    match class {
        0 => 0,
        1..=8 => 1,
        9..=12 => 2,
        _ => 3,
    }
}

/// Weights that are used together: each is w₀ + δ.
#[derive(Clone)]
struct Weights {
    first: i64,
    deltas: Vec<i16>,
    /// How many there are for one row and node.
    width: usize,
}

impl Weights {
    fn new(first: i64, rows: usize, width: usize) -> Self {
        Self {
            first,
            deltas: vec![0; rows * 16 * width],
            width,
        }
    }

    fn of(&mut self, row: usize, node: usize) -> &mut [i16] {
        let start = (row * 16 + node) * self.width;
        &mut self.deltas[start..start + self.width]
    }

    /// round(Σ x · w)
    fn mix(&mut self, row: usize, node: usize, inputs: &[i64]) -> i64 {
        let first = self.first;
        let deltas = self.of(row, node).iter();
        let sum: i64 = inputs
            .iter()
            .zip(deltas)
            .map(|(x, delta)| x * (first + i64::from(*delta)))
            .sum();
        i64::from((sum + (1 << 15)) as i32) >> 16
    }

    fn learn(&mut self, row: usize, node: usize, inputs: &[i64], epsilon: i64) {
        for (x, delta) in inputs.iter().zip(self.of(row, node)) {
            let sum = i64::from(*delta) + ((x * epsilon + (1 << 14)) >> 15);
            *delta = sum.clamp(-32_768, 32_767) as i16;
        }
    }
}

/// What was predicted at a node.
#[derive(Clone, Default)]
struct Predicted {
    inputs: Vec<i64>,
    /// xg of each set
    mixed: Vec<i64>,
    /// X
    x: i64,
}

/// Where the mixers of 8.2.8 and 8.3.9 differ.
pub struct Shape {
    /// Of a node.
    pub inputs: usize,
    /// w₀ in the sets.
    pub first: i64,
    /// ε for the probability q and the answer y, in the sets and in the last layer.
    pub errors: [fn(i64, bool) -> i64; 2],
}

impl Shape {
    /// That of 8.2.8.
    pub fn of_mix(contexts: usize) -> Self {
        Self {
            inputs: contexts + 1,
            first: (115_000 / contexts as i64).min(16_000),
            errors: [|q, y| error(q, y, 26_000), |q, y| error(q, y, 6_000)],
        }
    }
}

#[derive(Clone)]
pub struct Mixer {
    errors: [fn(i64, bool) -> i64; 2],
    sets: Vec<(Choice, Weights)>,
    /// The row that each set chose.
    rows: Vec<usize>,
    /// Its row is the half.
    last: Weights,
    predicted: Vec<Predicted>,
}

impl Mixer {
    pub fn new(shape: &Shape, choices: &[Choice]) -> Self {
        let sets = choices
            .iter()
            .map(|choice| {
                (
                    *choice,
                    Weights::new(shape.first, choice.rows(), shape.inputs),
                )
            })
            .collect();
        let g = choices.len();
        Self {
            errors: shape.errors,
            sets,
            rows: vec![0; g],
            last: Weights::new((65_536 / g as i64).min(32_767), 2, g),
            predicted: vec![Predicted::default(); 16],
        }
    }

    /// Chooses the rows for the nibble that comes.
    pub fn choose(&mut self, half: Half, history: &History, seen: &Seen) {
        for (row, (choice, _)) in self.rows.iter_mut().zip(&self.sets) {
            *row = choice.row(half, history, seen) as usize;
        }
    }

    /// X, for this node and its inputs.
    pub fn predict(&mut self, half: Half, node: usize, inputs: Vec<i64>) -> i64 {
        let rows = self.rows.iter();
        let sets = self.sets.iter_mut();
        let mut mixed: Vec<i64> = sets
            .zip(rows)
            .map(|((_, weights), row)| weights.mix(*row, node, &inputs))
            .collect();
        let x = match mixed[..] {
            [alone] => alone,
            _ => {
                mixed
                    .iter_mut()
                    .for_each(|xg| *xg = (*xg).clamp(-3071, 3071));
                self.last.mix(half.half(), node, &mixed)
            }
        }
        .clamp(-4095, 4095);
        self.predicted[node] = Predicted { inputs, mixed, x };
        x
    }

    /// The nibble was v; all nodes of its path were predicted.
    pub fn learn(&mut self, half: Half, v: u8, logistic: &Logistic) {
        let [of_sets, of_last] = self.errors;
        for (node, y) in path(v) {
            let Predicted { inputs, mixed, x } = &self.predicted[node];
            if let [(_, alone)] = &mut self.sets[..] {
                let epsilon = of_sets(logistic.squash(*x), y);
                alone.learn(self.rows[0], node, inputs, epsilon);
                continue;
            }
            for (((_, weights), row), xg) in self.sets.iter_mut().zip(&self.rows).zip(mixed) {
                let epsilon = of_sets(logistic.squash(*xg), y);
                weights.learn(*row, node, inputs, epsilon);
            }
            let epsilon = of_last(logistic.squash(*x), y);
            self.last.learn(half.half(), node, mixed, epsilon);
        }
    }
}

/// ε for the probability q, the answer y and the rate ρ.
pub fn error(q: i64, y: bool, rate: i64) -> i64 {
    let e = if y { (65_536 - q) >> 1 } else { -(q >> 1) };
    (e * rate + (1 << 14)) >> 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_go_round_at_32_bits() {
        let mut weights = Weights::new(0, 1, 1);
        weights.of(0, 1)[0] = 1;
        assert_eq!(weights.mix(0, 1, &[(1 << 31) - (1 << 15) - 1]), 32_767);
        assert_eq!(weights.mix(0, 1, &[(1 << 31) - (1 << 15)]), -32_768);
        assert_eq!(weights.mix(0, 1, &[-1]), 0);
        assert_eq!(weights.mix(0, 1, &[-32_769]), -1);
    }

    #[test]
    fn errors() {
        assert_eq!(error(1, true, 26_000), 25_999);
        assert_eq!(error(1, false, 26_000), 0);
        assert_eq!(error(65_535, false, 6_000), -6_000);
    }
}
