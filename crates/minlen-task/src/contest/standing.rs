//! How a contestant did, and how it comes to be known once it has learnt.

use super::parts::Parts;
use crate::{Confidence, Contestant, Entrant, Error, Example, Family, Score, Watch};
use minlen_stats::occam;
use serde::{Deserialize, Serialize};

/// How one contestant did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Its name.
    pub contestant: String,
    /// Its family.
    pub family: Family,
    /// What it chose.
    pub config: String,
    /// How it did on training examples that it had not learnt from. The winner is chosen by it.
    pub held: Score,
    /// How it did on examples that it learnt from (a sample of at most 2,000).
    pub train: Score,
    /// How it did on the blind set.
    pub blind: Score,
    /// Hash of what it has learnt.
    #[serde(default)]
    pub model: String,
    /// Bits of what it has learnt, coded.
    pub own_bits: f64,
    /// Whether it learnt anew from all training examples.
    pub from_all: bool,
    /// Examples that it learnt from in the end.
    pub learnt_from: usize,
    /// Seconds that learning took.
    pub seconds: f64,
    /// How its confidence is read.
    pub confidence: Confidence,
    /// For shares of right answers: the highest blind error that training error and coded size
    /// allow, but with probability 5 %; 1: they say nothing.
    pub occam: Option<f64>,
    /// Whether it was there from an earlier run.
    #[serde(skip)]
    pub resumed: bool,
}

/// What there is when learning is over and the blind set has not been met.
pub(super) struct Learnt {
    pub(super) entrant: Entrant,
    /// How it did on held-out examples.
    pub(super) held: Score,
    pub(super) from_all: bool,
    /// Examples that it learnt from: the last of the training set.
    pub(super) learnt_from: usize,
    pub(super) seconds: f64,
    /// Examples that the training score is taken from, at most.
    pub(super) sample: usize,
}

impl Learnt {
    /// Takes its last measures and one `look` at the blind set; also gives what it has learnt.
    pub(super) fn stand(
        mut self,
        contestant: &dyn Contestant,
        parts: &Parts,
        watch: &dyn Watch,
        look: impl FnOnce(&mut Entrant) -> Result<Score, Error>,
    ) -> Result<(Standing, Vec<u8>), Error> {
        let confidence = self.entrant.confidence;
        // What is held out of the first part comes first: the last examples were learnt from in
        // any case.
        let sample = &parts.train[parts.train.len() - self.learnt_from.min(self.sample)..];
        let mut answer = |e: &Example| self.entrant.trained().answer(&e.inputs);
        let train = parts
            .judge(&confidence, watch)
            .score(sample, 0, &mut answer)?;
        let saved = self.entrant.save()?;
        let own_bits = coded_bits(&saved)?;
        // The training error is itself known from a sample: its interval's worse end counts.
        let bound = || occam(1.0 - train.low, own_bits, self.learnt_from as u64, 0.05);
        let standing = Standing {
            contestant: contestant.name().to_string(),
            family: contestant.family(),
            config: self.entrant.trained().config(),
            occam: parts.metric.is_share().then(bound),
            held: self.held,
            blind: look(&mut self.entrant)?,
            train,
            model: super::name_of(&saved),
            own_bits,
            from_all: self.from_all,
            learnt_from: self.learnt_from,
            seconds: self.seconds,
            confidence,
            resumed: false,
        };
        Ok((standing, saved))
    }
}

/// Bits of what was learnt, under the default model.
fn coded_bits(saved: &[u8]) -> Result<f64, Error> {
    let setting = minlen::Setting::recipe("mix2:default")?;
    let measured = minlen::measure(saved, &setting, None, &())?;
    Ok(measured.cost.bits_ceil() as f64)
}
