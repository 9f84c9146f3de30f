//! A trained contestant whose confidence was checked on held-out examples.

use crate::{Answer, Error, Example, Schema, Trained, Value};
use serde::{Deserialize, Serialize};

/// A trained contestant, and how its confidence is to be read. What it costs in bits is fair only
/// when it is neither too sure nor too modest, so each one's confidence is fitted in the same way,
/// by one number, on examples of the training set that it did not learn from (temperature scaling:
/// Guo, Pleiss, Sun and Weinberger, ICML 2017; for numbers the scale of a Laplace density).
pub struct Entrant {
    trained: Box<dyn Trained>,
    /// How its confidence is read.
    pub confidence: Confidence,
}

/// How to turn answers into probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confidence {
    /// Probabilities are raised to this power and made to sum to 1 again.
    pub power: f64,
    /// Share of the probability that is dealt out evenly: nothing is impossible.
    pub doubt: f64,
    /// Mean absolute error of answers that are numbers.
    pub scale: f64,
    /// The steps that true numbers come in.
    pub step: f64,
    /// The probability of a label that training has never seen.
    pub unseen: f64,
}

impl Default for Confidence {
    fn default() -> Confidence {
        Confidence {
            power: 1.0,
            doubt: 1e-3,
            scale: 1.0,
            step: 1.0,
            unseen: 1e-6,
        }
    }
}

impl Confidence {
    /// Bits of `truth` under `probabilities`. A truth without label costs what unseen labels do,
    /// and its name.
    pub fn class_bits(&self, probabilities: &[f64], truth: Option<usize>, name: &str) -> f64 {
        self.read_bits(&self.read(probabilities), truth, name)
    }

    /// The same, of probabilities that are as they are to be read.
    pub fn read_bits(&self, read: &[f64], truth: Option<usize>, name: &str) -> f64 {
        match truth {
            Some(truth) => -(read[truth] * (1.0 - self.unseen)).log2(),
            None => -self.unseen.log2() + 8.0 * name.len() as f64,
        }
    }

    /// Probabilities as they are to be read: all above 0, their sum 1.
    pub fn read(&self, probabilities: &[f64]) -> Vec<f64> {
        let raised = probabilities.iter().map(|p| p.max(1e-12).powf(self.power));
        let raised: Vec<f64> = raised.collect();
        let sum: f64 = raised.iter().sum();
        let even = 1.0 / probabilities.len().max(1) as f64;
        let read = raised.iter().map(|p| {
            let p = if sum > 0.0 { p / sum } else { even };
            p * (1.0 - self.doubt) + self.doubt * even
        });
        read.collect()
    }

    /// Fits the confidence on answers to examples that were not learnt from; `all` are all training
    /// examples, which tell what steps numbers come in.
    pub fn fit<'a>(
        tries: impl Iterator<Item = (&'a Answer, &'a Example)>,
        schema: &Schema,
        all: &[Example],
    ) -> Confidence {
        let mut confidence = Confidence {
            step: step_of(all),
            // Krichevsky and Trofimov's estimate for what never happened.
            unseen: 0.5 / (all.len() as f64 + 1.0),
            ..Confidence::default()
        };
        let (mut classes, mut misses) = (Vec::new(), Vec::new());
        for (answer, example) in tries {
            match answer {
                Answer::Class(p) => {
                    if let Some(truth) = example.output.text().and_then(|t| schema.label(t)) {
                        classes.push((p.clone(), truth));
                    }
                }
                Answer::Number(given) => {
                    if let Some(truth) = example.output.number() {
                        misses.push((truth - given).abs());
                    }
                }
                Answer::Written(_) => (),
            }
        }
        if !misses.is_empty() {
            confidence.scale = misses.iter().sum::<f64>() / misses.len() as f64;
        }
        if !classes.is_empty() {
            confidence.doubt = 1.0 / (classes.len() as f64 + 2.0);
            confidence.power = confidence.fit_power(&classes).0;
        }
        confidence
    }

    /// The power under which `answers`, probabilities and the place of the truth, cost least, and
    /// their bits. A grid is enough: costs are flat around the best power.
    pub(crate) fn fit_power(self, answers: &[(Vec<f64>, usize)]) -> (f64, f64) {
        let cost = |power: f64| {
            let c = Confidence { power, ..self };
            let bits = answers.iter().map(|(p, t)| c.class_bits(p, Some(*t), ""));
            (power, bits.sum::<f64>())
        };
        let powers = (-16..=16).map(|i| cost(2f64.powf(f64::from(i) / 4.0)));
        let best = powers.min_by(|a, b| a.1.total_cmp(&b.1));
        best.unwrap_or((1.0, 0.0))
    }

    /// Bits of a true number when `given` was answered, to the step that numbers come in.
    pub fn number_bits(&self, given: f64, truth: f64) -> f64 {
        let scale = self.scale.max(self.step / 4.0);
        // The Laplace density's share of the step around the truth, and a little everywhere.
        let below = |x: f64| {
            let tail = 0.5 * (-(x - given).abs() / scale).exp();
            if x < given { tail } else { 1.0 - tail }
        };
        let share = below(truth + self.step / 2.0) - below(truth - self.step / 2.0);
        let density = 0.5 * (-(truth - given).abs() / scale).exp() / scale * self.step;
        // Far out the difference of two numbers near 1 is 0, and the density is exact enough.
        let share = if share > 1e-9 { share } else { density };
        let far = (truth - given).abs() / scale;
        // A heavy tail, so that one wild value does not cost thousands of bits: 1 % of a Cauchy.
        let cauchy = self.step / scale / (std::f64::consts::PI * (1.0 + far * far));
        -(0.99 * share + 0.01 * cauchy).min(1.0).log2()
    }
}

impl Entrant {
    /// With the confidence that a fit found.
    pub fn new(trained: Box<dyn Trained>, confidence: Confidence) -> Entrant {
        Entrant {
            trained,
            confidence,
        }
    }
    /// Answers; probabilities are as they are to be read.
    pub fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        Ok(match self.trained.answer(inputs)? {
            Answer::Class(p) => Answer::Class(self.confidence.read(&p)),
            other => other,
        })
    }

    /// See [`Trained::save`].
    pub fn save(&self) -> Result<Vec<u8>, Error> {
        self.trained.save()
    }

    /// The trained contestant.
    pub fn trained(&mut self) -> &mut dyn Trained {
        &mut *self.trained
    }
}

/// The steps that numbers come in: the smallest difference between two of them.
fn step_of(examples: &[Example]) -> f64 {
    let mut numbers: Vec<f64> = examples.iter().filter_map(|e| e.output.number()).collect();
    numbers.sort_by(f64::total_cmp);
    let gaps = numbers.windows(2).map(|w| w[1] - w[0]).filter(|g| *g > 0.0);
    let step = gaps.fold(f64::INFINITY, f64::min);
    // Differences of decimal fractions are not exact: 0.1 may come out as 0.0999….
    if step.is_finite() {
        let digits = 10f64.powf(3.0 - step.log10().floor());
        (step * digits).round() / digits
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_cost_what_their_density_says_and_all_shares_sum_to_one() {
        let c = Confidence {
            scale: 3.0,
            ..Confidence::default()
        };
        let all: f64 = (-20_000..20_000)
            .map(|i| (-c.number_bits(0.3, f64::from(i))).exp2())
            .sum();
        assert!((all - 1.0).abs() < 1e-3, "{all}");
        assert!(c.number_bits(0.0, 1e6) < 60.0);
    }

    #[test]
    fn probabilities_stay_probabilities() {
        let c = Confidence {
            power: 3.0,
            ..Confidence::default()
        };
        for p in [vec![1.0, 0.0], vec![0.2, 0.3, 0.5], vec![0.0; 4]] {
            let read = c.read(&p);
            assert!((read.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            assert!(read.iter().all(|p| *p > 0.0));
        }
    }
}
