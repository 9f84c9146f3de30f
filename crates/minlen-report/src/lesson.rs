//! What was learnt, and how: the page of `minlen learn --report`.

use crate::About;
use crate::page::{sentence, whole_page};
use crate::plane::{HEIGHT, Label, Plane, RIGHT, WIDTH, spread, top};
use crate::words::{grouped, rate, seconds, size};
use maud::{Markup, html};
use minlen::{Family, LearnReport, LearnVerdict, Learnt, Lesson};

/// Marks a page as a report of learning, which may be overwritten by the next.
pub const LEARN_GENERATOR: &str = "minlen learn";

/// A model that was learnt, and how that went.
#[derive(Clone, Copy, Debug)]
pub struct Learning<'a> {
    /// The name of its file.
    pub file: &'a str,
    /// The model.
    pub model: &'a Learnt,
    /// What came of learning.
    pub report: &'a LearnReport,
    /// Bytes that will be coded with it.
    pub for_bytes: u64,
    /// How long learning took, in seconds.
    pub seconds: f64,
}

/// How learning went, as a web page in one file.
pub fn learn_html(learning: &Learning, about: &About) -> String {
    let report = learning.report;
    let family = match learning.model.family() {
        Family::Neural => "f-neural",
        _ => "f-mixing",
    };
    let curve = curve(report);
    let body = html! {
        (headline(learning))
        (facts(learning))
        @if !curve.0.is_empty() {
            h3 { "What is learnt on the way" }
            figure class=(family) { (curve) (caption(report)) }
        }
        h3 { "Both complexities: of the model, and of the data" }
        (complexities(learning, family))
        h3 { "All that was tried" }
        (table(report))
        (guide())
        footer.note style="margin-top:3rem" {
            "Made by minlen " (env!("CARGO_PKG_VERSION"))
            @if !about.when.is_empty() { ", " (about.when) }
            " in " (seconds(learning.seconds)) "."
            @if !about.command.is_empty() { " Command: " code { (about.command) } }
        }
    };
    // What could be done about it belongs to the command line.
    let words = verdict(learning.model, report);
    let end = words.find([';', '(']).unwrap_or(words.len());
    let (title, lead) = (learning.file, sentence(words[..end].trim_end()));
    whole_page(LEARN_GENERATOR, title, &lead, body)
}

/// What the figures say of model and data.
pub fn verdict(learnt: &Learnt, report: &LearnReport) -> &'static str {
    let net = learnt.family() == Family::Neural;
    match report.verdict {
        _ if net && report.text_bytes == 0 => "taken as it is: it has learnt nothing new",
        LearnVerdict::TooSmall if net => {
            "too small for the data, or trained too little: what it has read costs as much as what it \
             has not; more parameters (--shape, --rank) or more training (--time, --symbols) would help"
        }
        LearnVerdict::TooSmall => {
            "too small for the data: more of it would help (--model-size, --budget)"
        }
        LearnVerdict::Fits => "fits the data: what it learnt holds for data that it has not seen",
        LearnVerdict::ByHeart if net => {
            "learnt by heart: it knows what it has read, and that says little of other data; more \
             data, fewer parameters (--shape, --rank), or an end in time (--patience) would help"
        }
        LearnVerdict::ByHeart => {
            "learnt by heart: it knows what it has read, and that says little of other data"
        }
    }
}

fn taken(report: &LearnReport) -> &Lesson {
    &report.lessons[report.taken]
}

/// Bytes of data from which on model and data are shorter together than the data without a model;
/// `None`: the model does not help.
fn pays_from(learning: &Learning) -> Option<f64> {
    let gain = learning.report.untaught - taken(learning.report).held;
    (gain > 0.0).then(|| 8.0 * learning.model.file().len() as f64 / gain)
}

fn headline(learning: &Learning) -> Markup {
    let report = learning.report;
    let held = taken(report).held;
    let file = learning.model.file().len() as f64;
    html! {
        dl.figures {
            div { dd { (rate(held)) " " small { "of 8" } } dt { "bits a byte of data that it has not seen" } }
            div {
                dd { (rate(report.untaught)) }
                dt { "bits a byte of the same data without the model" }
            }
            div { dd { (size(file)) } dt { "the model's own size: " (grouped(8 * file as u64)) " bits" } }
            div {
                @if let Some(bytes) = pays_from(learning) {
                    dd { (size(bytes)) } dt { "of data from which on it has paid for itself" }
                } @else {
                    dd { "never" } dt { "does it pay for itself: without it, data is no longer" }
                }
            }
        }
    }
}

fn records(n: u64) -> String {
    match n {
        1 => "one record".into(),
        n => format!("{} records", grouped(n)),
    }
}

fn facts(learning: &Learning) -> Markup {
    let report = learning.report;
    html! {
        dl.facts {
            dt { "Model" } dd { (learning.model.says()) }
            dt { "Name" } dd.hash { (learning.model.name()) }
            dt { "Learnt from" }
            dd {
                (grouped(report.train_bytes)) " bytes in " (records(report.train_records)) "; it read "
                (grouped(report.text_bytes)) " bytes"
                @if report.text_bytes > report.train_bytes + report.held_bytes { ", some of it more than once" }
            }
            dt { "Held out" }
            dd {
                (grouped(report.held_bytes)) " bytes in " (records(report.held_records))
                @if report.repeated > 0 {
                    "; " (grouped(report.repeated)) " more were left out because they are among the others"
                }
            }
            dt { "Seen again" } dd { (rate(report.again)) " bits a byte for what it has learnt from" }
            dt { "Memory" } dd { (size(learning.model.memory() as f64)) " to code with it" }
            dt { "Time" }
            dd {
                (seconds(learning.seconds)) " to learn"
                @if let Some(last) = report.curve.last() {
                    ", " (size(last.speed)) " a second at the end"
                }
            }
        }
    }
}

/// What held-out data cost against what had been read.
fn curve(report: &LearnReport) -> Markup {
    let taken = taken(report);
    // A net was looked at on its way; a primed model was made of more and less text.
    let mut held: Vec<(f64, f64)> = match report.curve.is_empty() {
        false => (report.curve.iter())
            .map(|p| (p.symbols as f64, p.held_out_bits))
            .collect(),
        true => (report.lessons.iter())
            .filter(|l| l.engine == taken.engine)
            .map(|l| (l.text_bytes as f64, l.held))
            .collect(),
    };
    held.retain(|(bytes, rate)| *bytes > 0.0 && rate.is_finite());
    held.sort_by(|a, b| a.0.total_cmp(&b.0));
    let train: Vec<(f64, f64)> = (report.curve.iter())
        .filter(|p| p.symbols > 0 && p.train_bits.is_finite())
        .map(|p| (p.symbols as f64, p.train_bits))
        .collect();
    let [first, .., last] = held.as_slice() else {
        return html! {};
    };
    let all = held.iter().chain(&train).map(|p| p.1);
    let most = all.fold(report.untaught.max(taken.held), f64::max);
    let plane = Plane {
        first: first.0 / 1.5,
        last: last.0,
        top: top(most),
    };
    let mut labels: Vec<Label> = vec![
        (format!("held out {}", rate(last.1)), plane.y(last.1), true),
        (
            format!("without {}", rate(report.untaught)),
            plane.y(report.untaught),
            false,
        ),
    ];
    if let Some((_, seen)) = train.last() {
        labels.push((format!("as read {}", rate(*seen)), plane.y(*seen), false));
        let whole = taken.held;
        labels.push((format!("in use {}", rate(whole)), plane.y(whole), true));
    }
    spread(&mut labels);
    let level = |rate: f64| plane.path([(plane.first, rate), (plane.last, rate)].into_iter());
    html! {
        svg.curve viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="learning curve" {
            (plane.axes())
            path.other stroke-dasharray="2 5" d=(level(report.untaught)) {}
            @if !train.is_empty() {
                path.next d=(level(taken.held)) {}
                path.other d=(plane.path(train.iter().copied())) {}
            }
            path.main d=(plane.path(held.iter().copied())) {}
            @for (bytes, rate) in &held {
                circle.dot cx=(format!("{:.1}", plane.x(*bytes))) cy=(format!("{:.1}", plane.y(*rate))) r="3" {}
            }
            @for (text, y, coloured) in labels {
                text.label[coloured] x=(WIDTH - RIGHT + 10.0) y=(format!("{y:.1}")) { (text) }
            }
        }
    }
}

fn caption(report: &LearnReport) -> Markup {
    html! {
        figcaption {
            b { "Line: " } "bits a byte of held-out data, against the bytes read before"
            @if report.curve.is_empty() {
                ", for the same engine with more and less text. "
            } @else {
                ", under the net alone, while it trains. " b { "Grey: " } "of what it read, as it came. "
                b { "Dashed: " } "of held-out data under the finished model as it codes, with its numbers rounded and all that it advises. "
            }
            b { "Dotted: " } "without the model."
        }
    }
}

/// The bits of the model and those of the data, as parts of one bar.
fn complexities(learning: &Learning, family: &str) -> Markup {
    let report = learning.report;
    let bytes = learning.for_bytes as f64;
    let own = learning.model.file().len() as f64;
    let (with, without) = (
        taken(report).held * bytes / 8.0,
        report.untaught * bytes / 8.0,
    );
    let end = without.max(with + own).max(1.0) * 1.35;
    let at = |bytes: f64| format!("{:.2}%", bytes / end * 100.0);
    html! {
        figure {
            div.bars {
                div.who { b { "with the model" } }
                div class={ "bar " (family) } {
                    svg aria-hidden="true" {
                        rect.fill x="0" y="3" height="19" width=(at(own)) {}
                        rect.fill style="opacity:.55" x=(at(own)) y="3" height="19" width=(at(with)) {}
                    }
                    span.value.out style={ "left:" (at(own + with)) } {
                        (size(own)) " + " (size(with))
                    }
                }
                div.who { b { "without" } }
                div.bar.f-stored {
                    svg aria-hidden="true" { rect.fill x="0" y="3" height="19" width=(at(without)) {} }
                    span.value.out style={ "left:" (at(without)) } { (size(without)) }
                }
            }
            figcaption {
                "If " (size(bytes)) " of such data were coded (--for): the model's own bytes, then those of the data, "
                "as held-out data says."
            }
        }
    }
}

/// All lessons, in order.
fn table(report: &LearnReport) -> Markup {
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th { "engine" } th { "bytes read" } th { "model, bytes" } th { "bits a byte as it came" }
                        th { "held out" } th { "with the model's own" }
                    }
                }
                tbody {
                    @for (i, lesson) in report.lessons.iter().enumerate() {
                        tr class=(if i == report.taken { "best" } else { "" }) {
                            td { (lesson.engine) }
                            td { (grouped(lesson.text_bytes)) }
                            td { (grouped(lesson.model_bytes)) }
                            @for bits in [lesson.train, lesson.held, lesson.whole] {
                                td { @if bits.is_finite() { (format!("{bits:.3}")) } @else { "–" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn guide() -> Markup {
    html! {
        section.guide {
            h2 { "How to read this" }
            dl {
                dt { "Held out" }
                dd { "Data of the same kind that was kept aside while learning. What it costs is what other data will cost; what was read, seen \
                      again, costs less, and the difference is what was learnt by heart." }
                dt { "Without the model" }
                dd { "The same held-out data under the same classical engine, that begins with nothing; with records of which each is coded on its \
                      own, it begins with nothing at each." }
                dt { "The model's own bits" }
                dd { "A model is a part of the description: who has the data's bits and not the model's can read nothing. It pays when both \
                      together are shorter than the data without it." }
                dt { "The finished model" }
                dd { "A primed model has in the end also read what was held out; a net has not." }
            }
        }
    }
}
