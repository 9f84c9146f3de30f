//! The outcome of a contest as a page.
//!
//! | file | idea |
//! |---|---|
//! | `scores` | who is how good, and how sure that is |
//! | `bill` | bits of the answers and of the model: two complexities |
//! | `learning` | what more examples would bring |
//! | `confusion` | which label is taken for which |
//! | `samples` | blind examples and the winner's answers, as text, pictures and sound |

mod bill;
mod confusion;
mod learning;
mod samples;
mod scores;

use crate::words::{grouped, percent, seconds};
use crate::{About, TASK_GENERATOR, style};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use minlen_task::{Family, Outcome, Standing};

/// The outcome as a web page in one file.
pub fn task_html(outcome: &Outcome, about: &About) -> String {
    let title = &outcome.name;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="generator" content=(TASK_GENERATOR);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "minlen task: " (title) }
                style { (PreEscaped(style::CSS)) }
            }
            body {
                header {
                    p.eyebrow { "minlen task" }
                    h1 { (title) }
                    p.lead { (lead(outcome)) }
                }
                main {
                    (figures(outcome))
                    h3 { "Scores on the blind set" }
                    (scores::dots(outcome))
                    (scores::table(outcome))
                    h3 { "The bill in bits" }
                    (bill::bill(outcome))
                    (learning::learning(outcome))
                    @if let Some(winner) = outcome.standings.first() {
                        (confusion::confusion(outcome, winner))
                        (samples::samples(outcome, winner))
                    }
                    h3 { "What was done" }
                    (facts(outcome))
                }
                (guide(outcome))
                footer.note style="margin-top:3rem" {
                    "Made by minlen " (env!("CARGO_PKG_VERSION"))
                    @if !about.when.is_empty() { ", " (about.when) }
                    "."
                    @if !about.command.is_empty() { " Command: " code { (about.command) } }
                }
            }
        }
    }
    .into_string()
}

/// The outcome in a sentence or two.
fn lead(outcome: &Outcome) -> String {
    let Some(winner) = outcome.standings.first() else {
        return "Nobody took part.".into();
    };
    let (metric, score) = (outcome.metric, &winner.blind);
    let mut words = format!(
        "{} wins: {} {} on {} examples that nobody had seen (95\u{a0}%: {} to {}).",
        winner.contestant,
        metric.name(),
        metric.show(score.value),
        grouped(score.examples as u64),
        metric.show(score.low),
        metric.show(score.high),
    );
    let blind_guess = outcome
        .standings
        .iter()
        .find(|s| s.contestant == "majority");
    if let Some(guess) = blind_guess.filter(|g| g.contestant != winner.contestant) {
        let beaten = match metric.higher_is_better() {
            true => score.low > guess.blind.high,
            false => score.high < guess.blind.low,
        };
        let guessed = metric.show(guess.blind.value);
        words += &match beaten {
            true => format!(" Answering without looking has {guessed}."),
            false => {
                format!(" That is not clearly better than answering without looking: {guessed}.")
            }
        };
    }
    words
}

fn figures(outcome: &Outcome) -> Markup {
    let Some(winner) = outcome.standings.first() else {
        return html! {};
    };
    let (metric, score) = (outcome.metric, &winner.blind);
    html! {
        dl.figures {
            div { dt { "blind " (metric.name()) } dd { (metric.show(score.value)) } }
            @if let Some(bits) = score.bits {
                div { dt { "bits an answer" } dd { (figure(bits / score.examples.max(1) as f64)) } }
            }
            div {
                dt { "its own size, coded" }
                dd { (crate::words::size((winner.own_bits / 8.0).ceil())) }
            }
            @if let Some(parse) = score.parse {
                div {
                    dt { "of the answers are tunes" }
                    dd { (percent(parse as f64 / score.examples.max(1) as f64)) }
                }
            }
            @if let Some(bound) = outcome.hoeffding {
                div {
                    dt { "every score is right within" }
                    dd { "± " (percent(bound)) }
                }
            }
            div { dt { "looks at this blind set" } dd { (outcome.looks) } }
        }
    }
}

/// Three digits that count.
fn figure(x: f64) -> String {
    match x.abs() {
        x if x >= 100.0 => grouped(x.round() as u64),
        x if x >= 10.0 => format!("{x:.1}"),
        x if x >= 1.0 => format!("{x:.2}"),
        _ => format!("{x:.3}"),
    }
}

/// The style class of a family.
fn class(family: Family) -> &'static str {
    match family {
        Family::Symbolic => "f-symbolic",
        Family::Classical => "f-mixing",
        Family::Neural => "f-neural",
    }
}

/// The families that took part, with their colours.
fn legend(standings: &[Standing]) -> Markup {
    let mut families: Vec<Family> = standings.iter().map(|s| s.family).collect();
    families.sort();
    families.dedup();
    html! {
        div.legend {
            @for family in families {
                span class=(class(family)) {
                    i class=(class(family)) {}
                    @match family {
                        Family::Symbolic => "symbolic",
                        Family::Classical => "classical",
                        Family::Neural => "neural",
                    }
                }
            }
        }
    }
}

fn facts(outcome: &Outcome) -> Markup {
    let total: f64 = outcome.standings.iter().map(|s| s.seconds).sum();
    html! {
        dl.facts {
            dt { "given" }
            dd { @for (i, f) in outcome.schema.inputs.iter().enumerate() {
                @if i > 0 { ", " } (f.field) " (" (f.kind) ")"
            } }
            dt { "asked for" }
            dd {
                (outcome.schema.output.field) " (" (outcome.schema.output.kind)
                @if outcome.schema.classifies() { ", " (outcome.schema.labels.len()) " labels" }
                ")"
            }
            dt { "examples" }
            dd {
                (grouped(outcome.train as u64)) " to learn from, " (grouped(outcome.blind as u64)) " blind"
                @if outcome.copies > 0 {
                    "; " (grouped(outcome.copies as u64)) " more left out of training, since a blind one has the same inputs"
                }
                @if let Some(n) = outcome.standings.first().map(|s| s.blind.unseen).filter(|n| *n > 0) {
                    "; " (grouped(n as u64)) " of the blind ones with a label that training never saw: wrong for everybody"
                }
                @if outcome.skipped > 0 { "; " (grouped(outcome.skipped as u64)) " rows left out as unreadable" }
            }
            dt { "blind set" }
            dd { span.hash { (outcome.blind_name) } }
            dt { "time to learn" }
            dd { (seconds(total)) " for all contestants, of a budget of " (outcome.task.budget.minutes) " minutes" }
            @if !outcome.declined.is_empty() {
                dt { "took no part" }
                dd { @for (i, (name, why)) in outcome.declined.iter().enumerate() {
                    @if i > 0 { br; } (name) ": " (why)
                } }
            }
        }
    }
}

fn guide(outcome: &Outcome) -> Markup {
    html! {
        section.guide {
            h2 { "How to read this" }
            dl {
                dt { "The blind set" }
                dd { "Examples held back before anybody learnt. Every look at them is counted in the ledger, since scores that are looked at \
                      again and again, to choose by, stop being blind. Training examples with the same inputs as a blind one were left out." }
                dt { "The winner" }
                dd { "Chosen on a tenth of the training examples, held out, before the blind set was seen. So its blind score is that of one choice, \
                      not of the luckiest of many." }
                dt { "Intervals" }
                dd {
                    "95 %, for other examples of the same kind: "
                    @if outcome.metric.is_share() { "exact (Clopper and Pearson 1934)." } @else { "by the bootstrap over examples (Efron 1979)." }
                }
                @if outcome.hoeffding.is_some() {
                    dt { "Bounds" }
                    dd { "Hoeffding: with probability 95 % all scores of all looks at this blind set are right within the given distance at once. Occam: \
                          what error on new data the training error and the coded size of the model allow, without any blind set; a bound of \
                          100 % says only that the model is large for so few examples." }
                }
                dt { "Bits" }
                dd { "How many bits it takes to tell the right answers to somebody who has the inputs and the trained contestant. Each one's confidence \
                      was fitted by one number on held-out examples. Own size: what was learnt, coded by minlen's default model; the \
                      program that reads it is not counted." }
            }
        }
    }
}
