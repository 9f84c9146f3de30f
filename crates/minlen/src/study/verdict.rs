//! From figures to a sentence, by fixed rules.

use crate::study::types::{Contestant, FileStudy, Score, SeenBlock, Total, Verdict, VerdictKind};
use crate::words::{grouped, percent, size};

/// Below so many bytes nothing is said.
const TOO_SMALL: u64 = 64;
/// Below so many bytes what is said is called a hint.
const HINT: u64 = 2048;

/// What the rules look at.
pub(crate) struct Facts<'a> {
    pub(crate) bytes: u64,
    pub(crate) distinct: u64,
    pub(crate) views: &'a [SeenBlock],
    pub(crate) contestants: &'a [Contestant],
    pub(crate) scores: &'a [Score],
    pub(crate) best: usize,
    pub(crate) ties: &'a [u64],
    pub(crate) trend: &'a str,
}

/// The verdict on a file.
pub(crate) fn verdict(f: &Facts) -> Verdict {
    let kind = kind(f);
    let bytes = count(f.bytes, "byte");
    let says = f.views.first().map_or("", |v| v.says.as_str());
    let words = match kind {
        VerdictKind::Empty => "empty: there is nothing to describe".to_string(),
        VerdictKind::TooSmall => {
            format!("too small to tell: any model needs more than {bytes} to learn from")
        }
        VerdictKind::OneValue => format!(
            "one byte value, repeated {} times: that sentence is about its shortest description",
            grouped(f.bytes)
        ),
        VerdictKind::Compressed => format!("{says}: {}; study what is inside it instead", left(f)),
        VerdictKind::Random if f.bytes < HINT => format!(
            "no structure found by any contestant in {bytes}; more data of the kind may show some"
        ),
        VerdictKind::Random => "no structure found by any contestant; it is as good as random, \
             or already compressed or encrypted"
            .to_string(),
        _ => structure(f, kind),
    };
    Verdict { kind, words }
}

fn kind(f: &Facts) -> VerdictKind {
    let rate = shortest(f).rate;
    let container = f
        .views
        .first()
        .is_some_and(|v| v.view == "container" && v.says.ends_with("already compressed"));
    match f.bytes {
        0 => return VerdictKind::Empty,
        _ if f.distinct == 1 && f.bytes >= 16 => return VerdictKind::OneValue,
        n if n < TOO_SMALL => return VerdictKind::TooSmall,
        _ => {}
    }
    match rate {
        r if container && r >= 7.2 => VerdictKind::Compressed,
        // A code shorter by k bits has a chance of 2^−k on random data.
        r if r >= 7.95 && shortest(f).bits > 8.0 * f.bytes as f64 - 64.0 => VerdictKind::Random,
        r if r < 1.0 => VerdictKind::VeryStrong,
        r if r < 3.0 => VerdictKind::Strong,
        r if r < 5.5 => VerdictKind::Clear,
        _ => VerdictKind::Weak,
    }
}

/// The shortest result of all, references too.
fn shortest<'a>(f: &Facts<'a>) -> &'a Score {
    let good = f.scores.iter().filter(|s| s.problem.is_none());
    good.min_by(|a, b| a.bits.total_cmp(&b.bits))
        .unwrap_or(&f.scores[f.best])
}

fn left(f: &Facts) -> String {
    let gain = 100.0 - shortest(f).rate / 8.0 * 100.0;
    if gain < 0.05 {
        "no contestant makes it smaller".into()
    } else {
        format!("only {gain:.1} % is left to gain")
    }
}

fn structure(f: &Facts, kind: VerdictKind) -> String {
    let best = &f.scores[f.best];
    let who = &f.contestants[f.best];
    let mut words = format!(
        "{} — {:.2} bits a byte of 8; {} ({}) describes it in {} of its size",
        kind.name(),
        best.rate,
        who.family,
        who.name,
        percent(best.rate / 8.0),
    );
    words += &beside_reference(f);
    if let Some(&tie) = f.ties.first() {
        words += &format!(
            " (a tie with {}: the difference could be chance)",
            f.contestants[tie as usize].name
        );
    }
    words += match f.trend {
        _ if f.bytes < HINT => "; with so little data, take this as a hint",
        "falling" => "; the curve still falls, so more data of this kind would be cheaper still",
        "rising" => "; its second half costs more than what came before: the data changes",
        "dropping" => {
            "; its second half costs less than what came before: the data repeats or changes"
        }
        "flat" => "; the curve is flat: more data of this kind would cost about the same",
        _ => "",
    };
    words
}

/// How the best model does beside the best reference line.
fn beside_reference(f: &Facts) -> String {
    let best = &f.scores[f.best];
    let references = f
        .scores
        .iter()
        .filter(|s| f.contestants[s.contestant as usize].reference && s.problem.is_none());
    let Some(reference) = references.min_by(|a, b| a.bits.total_cmp(&b.bits)) else {
        return String::new();
    };
    let name = &f.contestants[reference.contestant as usize].name;
    let name = name.split(' ').next().unwrap_or(name);
    match 1.0 - best.bits / reference.bits {
        l if l.abs() < 0.005 => format!(", as {name} does"),
        l if l > 0.0 => format!(", {} less than {name}", percent(l)),
        l => format!(", {} more than {name}", percent(-l)),
    }
}

/// The verdict on all files together.
pub(crate) fn overall(files: &[FileStudy], contestants: &[Contestant], total: &Total) -> Verdict {
    match files {
        [] => {
            return Verdict {
                kind: VerdictKind::Empty,
                words: "there was nothing to study".into(),
            };
        }
        [file] => {
            return Verdict {
                kind: file.verdict.kind,
                words: format!("{}: {}", file.name, file.verdict.words),
            };
        }
        _ => {}
    }
    let n = grouped(files.len() as u64);
    let best = &total.scores[total.best as usize];
    let who = &contestants[total.best as usize];
    let views = [];
    let facts = Facts {
        bytes: total.bytes,
        distinct: 256,
        views: &views,
        contestants,
        scores: &total.scores,
        best: total.best as usize,
        ties: &[],
        trend: "",
    };
    let kind = kind(&facts);
    let mut words = format!("{n} files, {}: ", size(total.bytes as f64));
    words += &match kind {
        VerdictKind::Empty => "all empty".to_string(),
        VerdictKind::TooSmall => "too small to tell".to_string(),
        VerdictKind::Random => "no structure found by any contestant".to_string(),
        _ => format!(
            "together {:.2} bits a byte of 8; {} ({}), the best single model, describes them in {} of \
             their size{}",
            best.rate,
            who.family,
            who.name,
            percent(best.rate / 8.0),
            beside_reference(&facts),
        ),
    };
    if let [first, rest @ ..] = total.winners.as_slice()
        && !rest.is_empty()
    {
        words += &format!(
            "; {} is shortest, or tied, for {} of {n} files",
            first.family,
            grouped(first.files)
        );
    }
    Verdict { kind, words }
}

fn count(n: u64, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{} {what}s", grouped(n)),
    }
}
