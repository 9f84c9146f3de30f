//! Bits for contestants that only write: their answer is right with some probability, or else
//! letters come as they did in training.

use crate::Example;
use minlen_core::{ALPHABET, Distribution, Model, Symbol};
use serde::{Deserialize, Serialize};

/// How sure a writer may be, and how letters come where it is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sureness {
    /// Of 1,000 answers, how many are right.
    right: u16,
    /// How often each byte comes in outputs, in 1,000ths, at least 1.
    letters: Vec<u16>,
}

impl Sureness {
    /// Told by how many answers to `examples` were right, with Krichevsky and Trofimov's estimate.
    pub(crate) fn new(right: usize, examples: &[Example], ending: Option<u8>) -> Sureness {
        let mut counts = vec![0.5f64; ALPHABET];
        for example in examples {
            for byte in example.output.bytes().into_iter().chain(ending) {
                counts[usize::from(byte)] += 1.0;
            }
        }
        let sum: f64 = counts.iter().sum();
        let share = (right as f64 + 0.5) / (examples.len() as f64 + 1.0);
        Sureness {
            right: (1000.0 * share).round().clamp(1.0, 999.0) as u16,
            letters: counts
                .iter()
                .map(|c| (1000.0 * c / sum).round().max(1.0) as u16)
                .collect(),
        }
    }

    /// A model that expects `made`, then the ending.
    pub(crate) fn model(&self, made: &[u8], ending: Option<u8>) -> Box<dyn Model> {
        let sum: f64 = self.letters.iter().map(|l| f64::from(*l)).sum();
        Box::new(Sure {
            expected: made.iter().copied().chain(ending).collect(),
            at: 0,
            trust: f64::from(self.right) / 1000.0,
            letters: self.letters.iter().map(|l| f64::from(*l) / sum).collect(),
        })
    }
}

/// Two guesses in one: the answer, or any letters. How far the answer is trusted follows Bayes.
#[derive(Clone)]
struct Sure {
    expected: Vec<u8>,
    at: usize,
    trust: f64,
    letters: Vec<f64>,
}

impl Sure {
    /// The probability of a symbol, were the answer right.
    fn told(&self, s: Symbol) -> f64 {
        f64::from(u8::from(self.expected.get(self.at) == Some(&s)))
    }
}

impl Model for Sure {
    fn predict(&mut self) -> Distribution {
        let weights = std::array::from_fn(|s| {
            let s = s as Symbol;
            let p = self.trust * self.told(s) + (1.0 - self.trust) * self.letters[usize::from(s)];
            (p * 2f64.powi(31)) as u32
        });
        Distribution::from_weights(&weights)
    }

    fn update(&mut self, s: Symbol) {
        let told = self.trust * self.told(s);
        let other = (1.0 - self.trust) * self.letters[usize::from(s)];
        // Never quite sure: what is impossible could not be coded.
        self.trust = (told / (told + other)).min(1.0 - 2f64.powi(-20));
        self.at += 1;
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
