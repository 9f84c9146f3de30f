//! A run once more, from what the ledger says about it, to the same numbers.

use super::parts::Parts;
use super::{Ground, RunOptions, Standing, name_of};
use crate::contestants::ensemble::{self, Member};
use crate::contestants::{find, pipeline::Pipeline};
use crate::{Contestant, Entrant, Entry, Error, Ledger, Score, Task, Trained};
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
    let before = standing(entry)?;
    let ground = Ground::read(&task, &options.folder)?;
    if ground.names() != (entry.train.clone(), entry.blind.clone()) {
        return Err(Error::Usage(format!(
            "the data are not those of entry {}: files have changed since",
            entry.id
        )));
    }
    let (parts, blind) = ground.parts(entry.seed);
    let trained = trained(entry, &task, &parts, ledger, options)?;
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

fn standing(entry: &Entry) -> Result<Standing, Error> {
    serde_json::from_str(&entry.standing).map_err(|e| {
        let what = format!("entry {} of the ledger: {e}", entry.id);
        Error::from(minlen::DataError::Damaged(what))
    })
}

/// What `entry`'s contestant learns with what it chose then: from all examples, or from a part, as
/// the run began.
fn trained(
    entry: &Entry,
    task: &Task,
    parts: &Parts,
    ledger: &Ledger,
    options: &RunOptions,
) -> Result<Box<dyn Trained>, Error> {
    let pipeline = Pipeline::new(task.pipeline.clone());
    let contestant = match entry.contestant == pipeline.name() {
        true => &pipeline as &dyn Contestant,
        false => find(&entry.contestant)?,
    };
    if contestant.joins() {
        // Those that it joined learn again, each as its own entry before this one says.
        let members = ensemble::members(&entry.config).map(|(name, weight)| {
            let like = Entry {
                contestant: name.to_string(),
                ..entry.clone()
            };
            let own = ledger.same(&like)?.ok_or_else(|| {
                let id = entry.id;
                Error::Usage(format!(
                    "the ledger has no run of {name}, which run {id} joined"
                ))
            })?;
            let confidence = standing(&own)?.confidence;
            let trained = trained(&own, task, parts, ledger, options)?;
            Ok(Member {
                entrant: Entrant::new(trained, confidence),
                name: name.to_string(),
                weight,
            })
        });
        let members = members.collect::<Result<_, Error>>()?;
        return Ok(Box::new(ensemble::Mixture(members)));
    }
    let part = match standing(entry)?.from_all {
        true => parts.train.as_slice().into(),
        false => parts.fold(0, parts.folds()).0,
    };
    contestant.train(
        &parts.training(&part, &[]),
        &options.effort(Instant::now(), Some(&entry.config)),
    )
}
