//! The trial of one that is made of what the others have learnt.

use super::parts::Parts;
use super::standing::Learnt;
use super::{Held, RunOptions, Standing, held_file, saved_by};
use crate::contestants::ensemble::{self, Member, Told};
use crate::contestants::find;
use crate::{CONTESTANTS, Confidence, Entrant, Error, Example};
use std::fs;
use std::time::{Duration, Instant};

/// Examples of the training set that the training score is taken from, at most: an answer takes as
/// long as those of all that it is made of.
const JOINT_SAMPLE: usize = 300;

/// Whether an earlier mixture is of contestants that are here just as they were then.
pub(super) fn joins_the_same(before: &Standing, standings: &[Standing]) -> bool {
    let mut members = ensemble::members(&before.config);
    let here = |(name, _): (&str, f64)| standings.iter().any(|s| s.contestant == name);
    standings.iter().all(|s| s.resumed) && members.all(here)
}

/// Joins those who have learnt. The inner error says why not.
pub(super) fn joint(
    standings: &[Standing],
    parts: &Parts,
    until: Instant,
    options: &RunOptions,
) -> Result<Result<Learnt, String>, Error> {
    let begin = Instant::now();
    let mut some: Vec<(&Standing, Vec<Told>)> = Vec::new();
    // A pipeline is a part of its task and none of those that are read by their names.
    let known = |s: &&Standing| CONTESTANTS.iter().any(|c| c.name() == s.contestant);
    for standing in standings.iter().filter(known) {
        let held = fs::read(held_file(&options.out, &standing.contestant)).unwrap_or_default();
        match serde_json::from_slice::<Held>(&held) {
            Ok(held) if held.model == standing.model => some.push((standing, held.told)),
            _ => {}
        }
    }
    if some.len() < 2 {
        return Ok(Err("there are not two others to join".to_string()));
    }
    let answering: f64 = some.iter().map(|(s, _)| s.blind.seconds).sum();
    if begin + Duration::from_secs_f64(answering) > until {
        return Ok(Err(
            "the budget would not do for all their answers".to_string()
        ));
    }
    // What all were tried on: examples in order, more or fewer of them.
    let count = some.iter().map(|(_, told)| told.len()).min().unwrap_or(0);
    let held = &parts.train[..count.min(parts.train.len())];
    let row = |i: usize| some.iter().map(|(_, told)| told[i].clone()).collect();
    let told: Vec<Vec<Told>> = (0..held.len()).map(row).collect();
    let confidences: Vec<Confidence> = some.iter().map(|(s, _)| s.confidence).collect();
    let shares = ensemble::shares(&told, held, &parts.schema, &confidences);
    let weights = ensemble::fit_few(&shares, some.len());

    let crossed = ensemble::crossed(&told, &shares);
    let confidence = Confidence::fit(crossed.iter().zip(held), &parts.schema, &parts.train);
    let judge = parts.judge(&confidence, options.watch);
    let mut answers = crossed.into_iter();
    let mut next = |_: &Example| Ok(answers.next().expect("one for each"));
    let held = judge.score(held, 0, &mut next)?;

    let mut members = Vec::new();
    for ((standing, _), weight) in some.iter().zip(weights).filter(|(_, w)| *w > 0.0) {
        let name = &standing.contestant;
        let saved = saved_by(&options.out, name, &standing.model)?;
        members.push(Member {
            entrant: Entrant::new(
                find(name)?.load(&saved, &parts.schema)?,
                standing.confidence,
            ),
            name: name.clone(),
            weight,
        });
    }
    let others: f64 = some.iter().map(|(s, _)| s.seconds).sum();
    Ok(Ok(Learnt {
        entrant: Entrant::new(Box::new(ensemble::Mixture(members)), confidence),
        held,
        from_all: some.iter().all(|(s, _)| s.from_all),
        learnt_from: some.iter().map(|(s, _)| s.learnt_from).min().unwrap_or(0),
        seconds: begin.elapsed().as_secs_f64() + others,
        sample: JOINT_SAMPLE,
    }))
}
