//! A run once more, from what the ledger says about it, to the same numbers.

use super::{Ground, RunOptions, Standing, name_of};
use crate::contestants::{find, pipeline::Pipeline};
use crate::{Contestant, Entrant, Entry, Error, Ledger, Score, Task};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// How a repeated run compares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// What the ledger says.
    pub before: Standing,
    /// The score on the blind set now.
    pub now: Score,
    /// Whether what was learnt is the same to the bit.
    pub same_model: bool,
    /// Whether value and bits of the score are the same to the bit.
    pub same_score: bool,
}

/// Trains again as `entry` says and scores again. The look at the blind set is counted.
pub fn repeat(entry: &Entry, ledger: &Ledger, options: &RunOptions) -> Result<Repeat, Error> {
    let task = Task::parse(&entry.toml)?;
    let before: Standing = serde_json::from_str(&entry.standing).map_err(|e| {
        let what = format!("entry {} of the ledger: {e}", entry.id);
        Error::from(minlen::DataError::Damaged(what))
    })?;
    let ground = Ground::read(&task, &options.folder)?;
    if ground.names() != (entry.train.clone(), entry.blind.clone()) {
        return Err(Error::Usage(format!(
            "the data are not those of entry {}: files have changed since",
            entry.id
        )));
    }
    let pipeline = Pipeline::new(task.pipeline.clone());
    let contestant = match entry.contestant == pipeline.name() {
        true => &pipeline as &dyn Contestant,
        false => find(&entry.contestant)?,
    };
    let (parts, blind) = ground.parts(entry.seed);
    // From all examples, with what it chose; or from a part, as the run began.
    let (fit, held) = match before.from_all {
        true => (parts.train.as_slice().into(), &[][..]),
        false => parts.fold(0, parts.folds()),
    };
    let trained = contestant.train(
        &parts.training(&fit, held),
        &options.effort(Instant::now(), Some(&entry.config)),
    )?;
    let same_model = name_of(&trained.save()?) == entry.model;
    let mut entrant = Entrant::new(trained, before.confidence);
    ledger.look(&entry.blind, &entry.contestant)?;
    let now = blind.score(&mut entrant, &parts.schema, parts.metric, options.watch)?;
    let same = |a: Option<f64>, b: Option<f64>| a.map(f64::to_bits) == b.map(f64::to_bits);
    Ok(Repeat {
        same_score: same(Some(now.value), Some(before.blind.value))
            && same(now.bits, before.blind.bits),
        same_model,
        before,
        now,
    })
}
