//! From what ran to what is said.

use crate::Cost;
use crate::study::account::together;
use crate::study::read::Input;
use crate::study::trace::Recorder;
use crate::study::types::*;
use crate::study::verdict::{Facts, verdict};
use minlen_stats::{Interval, Method, Trend, block_bootstrap};

/// The result of a contestant on a file.
pub(crate) struct Ran {
    pub(crate) bits: f64,
    pub(crate) seconds: f64,
    pub(crate) hash: Option<blake3::Hash>,
    recorder: Option<Box<Recorder>>,
    problem: Option<String>,
}

impl Ran {
    pub(crate) fn of_bits(bits: f64) -> Ran {
        Ran {
            bits,
            seconds: 0.0,
            hash: None,
            recorder: None,
            problem: None,
        }
    }

    pub(crate) fn of_model(cost: Cost, recorder: Recorder) -> Ran {
        Ran {
            recorder: Some(Box::new(recorder)),
            ..Ran::of_bits(cost.units() as f64 / Cost::UNITS_A_BIT as f64)
        }
    }

    pub(crate) fn of_problem(problem: String) -> Ran {
        Ran {
            problem: Some(problem),
            ..Ran::of_bits(0.0)
        }
    }
}

fn rate(bits: f64, bytes: u64) -> f64 {
    if bytes == 0 { 0.0 } else { bits / bytes as f64 }
}

/// The contestant with the fewest bits, of those that may be called the best.
fn best_of(scores: &[Score], contestants: &[Contestant]) -> usize {
    scores
        .iter()
        .filter(|s| s.problem.is_none() && !contestants[s.contestant as usize].reference)
        .min_by(|a, b| a.bits.total_cmp(&b.bits))
        .map_or(0, |s| s.contestant as usize)
}

/// All that is said of a file.
pub(crate) fn file_study(
    input: &Input,
    ran: Vec<Ran>,
    contestants: &[Contestant],
    seed: u64,
) -> FileStudy {
    let bytes = input.bytes;
    let mut scores: Vec<Score> = ran
        .iter()
        .enumerate()
        .map(|(i, r)| Score {
            contestant: i as u64,
            bits: r.bits,
            rate: rate(r.bits, bytes),
            seconds: r.seconds,
            interval: r.recorder.as_ref().and_then(|t| {
                let i = block_bootstrap(&t.cells.full_means(), seed)?;
                Some(Range {
                    low: i.low,
                    high: i.high,
                })
            }),
            behind: None,
            problem: r.problem.clone(),
        })
        .collect();
    let best = best_of(&scores, contestants);
    let ties = compare(&mut scores, &ran, best, seed);

    // Curves and places are of a model even where storing is shorter.
    let traced = |i: &usize| ran[*i].recorder.is_some();
    let model = Some(best).filter(traced).or_else(|| {
        let models = (0..ran.len()).filter(traced);
        models.min_by(|&a, &b| ran[a].bits.total_cmp(&ran[b].bits))
    });
    let recorder = model.and_then(|m| ran[m].recorder.as_deref());
    let views = recorder.map_or(Vec::new(), |r| r.views.clone());
    let distinct = recorder.map_or(0, |r| r.distinct());
    let forecast = recorder.map_or_else(unknown, |r| {
        let half = block_bootstrap(&r.second_half(), seed);
        forecast(minlen_stats::forecast(r.curve.points(), half, seed))
    });
    let detail = model.zip(recorder).and_then(|(model, r)| {
        let d = r.detail.as_ref()?;
        let second = (0..ran.len()).filter(|&i| i != model && contestants[i].name == "order:2");
        let curves = std::iter::once(model).chain(second);
        Some(Detail {
            model: model as u64,
            curves: curves.filter_map(|i| curve(i, &ran[i])).collect(),
            earned: d.account.earnings(),
            heat: d.heat.heat(),
            cheap: d.places.cheap(),
            dear: d.places.dear(),
            places_from: d.places.from,
            excerpts: d.excerpts(),
        })
    });
    let facts = Facts {
        bytes,
        distinct,
        views: &views,
        contestants,
        scores: &scores,
        best,
        ties: &ties,
        trend: &forecast.trend,
    };
    let verdict = verdict(&facts);
    FileStudy {
        name: input.name.clone(),
        bytes,
        hash: ran
            .iter()
            .find_map(|r| r.hash)
            .map_or(String::new(), |h| h.to_hex().to_string()),
        distinct,
        views,
        scores,
        best: best as u64,
        ties,
        forecast,
        detail,
        verdict,
    }
}

/// Compares every traced contestant with the best, cell by cell: the difference of two models on
/// the same places varies far less than either. Those whose difference could be 0 are ties.
fn compare(scores: &mut [Score], ran: &[Ran], best: usize, seed: u64) -> Vec<u64> {
    let mut ties = Vec::new();
    let Some(of_best) = ran[best].recorder.as_ref().map(|r| r.cells.full_means()) else {
        return ties;
    };
    for (score, r) in scores.iter_mut().zip(ran) {
        let Some(recorder) = &r.recorder else {
            continue;
        };
        if score.contestant as usize == best {
            continue;
        }
        let cells = recorder.cells.full_means();
        let differences: Vec<f64> = cells.iter().zip(&of_best).map(|(a, b)| a - b).collect();
        let Some(Interval { low, mean, high }) = block_bootstrap(&differences, seed) else {
            continue;
        };
        if low <= 0.0 {
            ties.push(score.contestant);
        }
        score.behind = Some(Difference { mean, low, high });
    }
    ties.sort_by(|&a, &b| ran[a as usize].bits.total_cmp(&ran[b as usize].bits));
    ties
}

fn curve(contestant: usize, ran: &Ran) -> Option<Curve> {
    let points = ran.recorder.as_ref()?.curve.points();
    Some(Curve {
        contestant: contestant as u64,
        points: points
            .iter()
            .map(|p| Point {
                bytes: p.bytes,
                rate: p.cumulative(),
                latest: p.latest,
            })
            .collect(),
    })
}

fn unknown() -> Forecast {
    Forecast {
        method: "cannot tell".into(),
        next: None,
        range: None,
        law: None,
        miss: None,
        trend: "unknown".into(),
    }
}

fn forecast(f: minlen_stats::Forecast) -> Forecast {
    let (method, law) = match f.method {
        Method::PowerLaw(l) => ("power law", Some([l.a, l.b, l.c])),
        Method::SecondHalf => ("second half", None),
        Method::CannotTell => ("cannot tell", None),
    };
    let trend = match f.trend {
        Trend::Falling => "falling",
        Trend::Flat => "flat",
        Trend::Rising => "rising",
        Trend::Dropping => "dropping",
        Trend::Unknown => "unknown",
    };
    Forecast {
        method: method.into(),
        next: f.next.map(|i| i.mean),
        range: f.next.map(|i| Range {
            low: i.low,
            high: i.high,
        }),
        law,
        miss: f.miss,
        trend: trend.into(),
    }
}

/// All files together.
pub(crate) fn total(files: &[FileStudy], contestants: &[Contestant]) -> Total {
    let bytes: u64 = files.iter().map(|f| f.bytes).sum();
    let scores: Vec<Score> = (0..contestants.len())
        .map(|i| {
            let all = files.iter().map(|f| &f.scores[i]);
            let bits: f64 = all.clone().map(|s| s.bits).sum();
            let failed = all.clone().filter(|s| s.problem.is_some()).count();
            Score {
                contestant: i as u64,
                bits,
                rate: rate(bits, bytes),
                seconds: all.map(|s| s.seconds).sum(),
                interval: None,
                behind: None,
                problem: (failed > 0).then(|| format!("failed on {failed} files")),
            }
        })
        .collect();
    let mut winners: Vec<Winner> = Vec::new();
    for file in files.iter().filter(|f| f.bytes > 0) {
        let family = &contestants[file.best as usize].family;
        match winners.iter_mut().find(|w| w.family == *family) {
            Some(w) => w.files += 1,
            None => winners.push(Winner {
                family: family.clone(),
                files: 1,
            }),
        }
    }
    winners.sort_by_key(|w| std::cmp::Reverse(w.files));
    Total {
        files: files.len() as u64,
        bytes,
        best: best_of(&scores, contestants) as u64,
        scores,
        winners,
        earned: together(files.iter().flat_map(|f| &f.detail).flat_map(|d| &d.earned)),
        best_each_bits: files.iter().map(|f| f.scores[f.best as usize].bits).sum(),
    }
}
