//! One contestant's trial: it learns from some of the training examples and is tried on the others,
//! part by part; then, if time allows, it learns from all.

use super::RunOptions;
use super::parts::Parts;
use super::standing::Learnt;
use crate::contestants::ensemble::Told;
use crate::{Answer, Confidence, Contestant, Entrant, Error, Example, Trained};
use std::time::{Duration, Instant};

/// Examples of the training set that the training score is taken from.
const TRAIN_SAMPLE: usize = 2000;
/// Share of a contestant's time for parts after the first: the rest is for learning from all.
const TRIES: f64 = 0.6;

/// Answers after which it is looked at how long they take.
const PACE: usize = 64;

/// What is to be answered once all is learnt, and until when that must be done.
pub(super) struct Asked {
    pub(super) blind: usize,
    pub(super) end: Instant,
}

impl Asked {
    /// What answers to `others` and to the blind examples take at that pace, if it is too long.
    fn too_long(&self, an_answer: Duration, others: usize) -> Option<Duration> {
        let answers = an_answer.mul_f64((self.blind + others) as f64);
        (Instant::now() + answers > self.end).then_some(answers)
    }
}

/// Trains one contestant, at best until `until`; also gives what it said to examples that were held
/// out, for those that join others. The inner error: what its answers would take, which is too long.
pub(super) fn trial(
    contestant: &dyn Contestant,
    parts: &Parts,
    until: Instant,
    asked: &Asked,
    options: &RunOptions,
) -> Result<Result<(Learnt, Vec<Told>), Duration>, Error> {
    let begin = Instant::now();
    let time = until.saturating_duration_since(begin).as_secs_f64();
    let folds = parts.folds();
    let (mut first, mut config): (Option<Box<dyn Trained>>, Option<String>) = (None, None);
    let mut tries: Vec<(Answer, &Example)> = Vec::new();
    let mut held_score = None;
    let (mut answering, mut answered) = (Duration::ZERO, 0);
    for i in 0..folds {
        let used = begin.elapsed().as_secs_f64();
        if i > 0 && used / i as f64 * (i + 1) as f64 > time * TRIES {
            break;
        }
        let (fit, held) = parts.fold(i, folds);
        // The first part chooses the settings, the others take them.
        let training = parts.training(&fit, if i == 0 { held } else { &[] });
        let mut trained = contestant.train(&training, &options.effort(until, config.as_deref()))?;
        config.get_or_insert_with(|| trained.config());
        let began = Instant::now();
        if parts.schema.writes() {
            // Its answers hold models: they are judged at once.
            let confidence = Confidence::default();
            let judge = parts.judge(&confidence, options.watch);
            let mut answer = |e: &Example| trained.answer(&e.inputs);
            held_score = Some(judge.score(held, 0, &mut answer)?);
        } else {
            for (i, example) in held.iter().enumerate() {
                options.go_on()?;
                if i > 0 && i % PACE == 0 {
                    let an_answer = began.elapsed().div_f64(i as f64);
                    let rest = held.len() - i + TRAIN_SAMPLE.min(fit.len());
                    if let Some(answers) = asked.too_long(an_answer, rest) {
                        return Ok(Err(answers));
                    }
                }
                tries.push((trained.answer(&example.inputs)?, example));
            }
        }
        answering += began.elapsed();
        answered += held.len();
        first.get_or_insert(trained);
    }
    let answers = tries.iter().map(|(answer, example)| (answer, *example));
    let confidence = Confidence::fit(answers, &parts.schema, &parts.train);
    let told = tries.iter();
    let told: Vec<Told> = told.filter_map(|(a, _)| Told::of(a, &confidence)).collect();
    let held = match held_score {
        Some(score) => score,
        None => {
            let examples: Vec<&Example> = tries.iter().map(|(_, example)| *example).collect();
            let mut answers = tries.into_iter().map(|(answer, _)| answer);
            let mut next = |_: &Example| Ok(answers.next().expect("one for each"));
            let judge = parts.judge(&confidence, options.watch);
            judge.score(examples, 0, &mut next)?
        }
    };
    // Learning once more takes as long as before, if there is as much time. What was learnt from a
    // part only is the last resort.
    let each = begin.elapsed().as_secs_f64() / folds as f64;
    let from_all = begin.elapsed().as_secs_f64() + 1.5 * each < time;
    let (fit, _) = parts.fold(0, folds);
    let examples = if from_all { &parts.train[..] } else { &fit };
    let trained = match first {
        Some(first) if !from_all && contestant.settles() => first,
        _ => contestant.train(
            &parts.training(examples, &[]),
            &options.effort(until, config.as_deref()),
        )?,
    };
    let learnt = Learnt {
        entrant: Entrant::new(trained, confidence),
        held,
        from_all,
        learnt_from: examples.len(),
        seconds: begin.elapsed().as_secs_f64(),
        sample: TRAIN_SAMPLE,
    };
    // Learning anew may have taken longer than it was foreseen.
    let an_answer = answering.div_f64(f64::max(answered as f64, 1.0));
    let sample = TRAIN_SAMPLE.min(learnt.learnt_from);
    Ok(match asked.too_long(an_answer, sample) {
        Some(answers) => Err(answers),
        None => Ok((learnt, told)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_too_slow_is_told_what_it_would_take() {
        let asked = Asked {
            blind: 600,
            end: Instant::now() + Duration::from_secs(60),
        };
        let second = Duration::from_secs(1);
        assert_eq!(asked.too_long(second, 400), Some(1000 * second));
        assert_eq!(asked.too_long(second / 100, 400), None);
    }
}
