//! All figures of all contestants.

use crate::style::family_class;
use crate::words::{grouped, percent, rate, seconds, size};
use maud::{Markup, html};
use minlen::{Contestant, Score};

pub(crate) fn table(contestants: &[Contestant], scores: &[Score], best: u64, bytes: u64) -> Markup {
    let mut sorted: Vec<&Score> = scores.iter().collect();
    sorted.sort_by(|a, b| {
        let key = |s: &Score| (s.problem.is_some(), s.bits);
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let compared = scores.iter().any(|s| s.behind.is_some());
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th { "contestant" }
                        th.left { "family" }
                        th { "bits in all" }
                        th { "bytes in all" }
                        th { "bits a byte" }
                        th { "of the size" }
                        @if compared { th { "behind the best, 95 %" } }
                        th { "time" }
                        th { "speed" }
                        th { "own size" }
                    }
                }
                tbody {
                    @for score in sorted {
                        @let who = &contestants[score.contestant as usize];
                        @let class = match (score.contestant == best, who.reference) {
                            (true, _) => "best",
                            (_, true) => "reference",
                            _ => "",
                        };
                        tr class=(class) {
                            td title=(who.summary) {
                                i class={ "dot " (family_class(&who.family)) } {}
                                (who.name)
                            }
                            td.left { (who.family) }
                            @if let Some(problem) = &score.problem {
                                td.left colspan="8" { (problem) }
                            } @else {
                                td { (grouped(score.bits.ceil() as u64)) }
                                td { (grouped((score.bits / 8.0).ceil() as u64)) }
                                td { (rate(score.rate)) }
                                td { (percent(score.rate / 8.0)) }
                                @if compared {
                                    td {
                                        @if let Some(d) = &score.behind {
                                            @if d.low <= 0.0 { "a tie: " }
                                            (signed(d.low)) " to " (signed(d.high))
                                        }
                                    }
                                }
                                td { @if who.name != "stored" { (seconds(score.seconds)) } }
                                td {
                                    @if who.name != "stored" && score.seconds > 0.0 {
                                        (format!("{:.2}", bytes as f64 / 1e6 / score.seconds)) "\u{a0}MB/s"
                                    }
                                }
                                td { (own(who)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn signed(x: f64) -> String {
    let sign = if x < 0.0 { "−" } else { "+" };
    format!("{sign}{:.3}", x.abs())
}

fn own(who: &Contestant) -> String {
    match (who.own_bytes, who.reference || who.name == "stored") {
        (0, true) => String::new(),
        (0, false) => "0".into(),
        (n, _) => size(n as f64),
    }
}
