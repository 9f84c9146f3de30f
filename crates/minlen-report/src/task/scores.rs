//! Who is how good, and how sure that is.

use super::{class, figure, legend};
use crate::words::{grouped, seconds, size};
use maud::{Markup, html};
use minlen_task::Outcome;

/// One line a contestant: the score, and its interval.
pub(super) fn dots(outcome: &Outcome) -> Markup {
    let metric = outcome.metric;
    let ends = |of: fn(&minlen_task::Score) -> f64, start: f64, pick: fn(f64, f64) -> f64| {
        let scores = outcome.standings.iter().map(|s| of(&s.blind));
        scores.filter(|v| v.is_finite()).fold(start, pick)
    };
    let (low, high) = (
        ends(|s| s.low, f64::INFINITY, f64::min),
        ends(|s| s.high, f64::NEG_INFINITY, f64::max),
    );
    if !(low.is_finite() && high.is_finite()) {
        return html! {};
    }
    let margin = ((high - low) * 0.06).max(high.abs() * 0.005).max(1e-9);
    let (from, to) = (low - margin, high + margin);
    let at = |v: f64| format!("{:.2}%", ((v - from) / (to - from)).clamp(0.0, 1.0) * 100.0);
    html! {
        figure {
            div.bars {
                @for standing in &outcome.standings {
                    @let score = &standing.blind;
                    @let inside = (score.high - from) / (to - from) > 0.8;
                    div.who { b { (standing.contestant) } }
                    div class={ "bar " (class(standing.family)) } {
                        svg aria-hidden="true" {
                            line.grid x1="0%" x2="100%" y1="12.5" y2="12.5" {}
                            line.span x1=(at(score.low)) x2=(at(score.high)) y1="12.5" y2="12.5" {}
                            circle cx=(at(score.value)) cy="12.5" r="5.5" style="fill:var(--c)" {}
                        }
                        @let (edge, style) = match inside {
                            true => (score.low, "color:var(--ink);transform:translateX(-100%)"),
                            false => (score.high, ""),
                        };
                        span class="value out" style={ "padding:0 0.65rem;left:" (at(edge)) ";" (style) } { (metric.show(score.value)) }
                    }
                }
            }
            (legend(&outcome.standings))
            figcaption {
                "The first one is the winner, chosen on held-out training examples. Lines: where " (metric.name()) " could lie for other \
                 examples of the same kind (95 %). "
                @if metric.higher_is_better() { "Right is better." } @else { "Left is better." }
            }
        }
    }
}

/// All figures of all contestants.
pub(super) fn table(outcome: &Outcome) -> Markup {
    let metric = outcome.metric;
    let occam = outcome.standings.iter().any(|s| s.occam.is_some());
    html! {
        div.scroll {
            table.scores {
                thead {
                    tr {
                        th { "contestant" }
                        th { "blind " (metric.name()) }
                        th { "95 %" }
                        th { "held out" }
                        th { "on what it learnt" }
                        @if occam { th { "Occam: error below" } }
                        th { "bits an answer" }
                        th { "own size" }
                        th { "learnt from" }
                        th { "time to learn" }
                        th { "an answer" }
                    }
                }
                tbody {
                    @for (i, s) in outcome.standings.iter().enumerate() {
                        @let score = &s.blind;
                        tr class=(if i == 0 { "best" } else { "" }) {
                            td title=(s.config) {
                                i class={ "dot " (class(s.family)) } {}
                                (s.contestant)
                            }
                            td { (metric.show(score.value)) }
                            td { (metric.show(score.low)) " – " (metric.show(score.high)) }
                            td { (metric.show(s.held.value)) }
                            td { (metric.show(s.train.value)) }
                            @if occam { td { @if let Some(b) = s.occam.filter(|b| *b < 1.0) { (crate::words::percent(b)) } @else { "–" } } }
                            td { @if let Some(bits) = score.bits { (figure(bits / score.examples.max(1) as f64)) } @else { "–" } }
                            td { (size((s.own_bits / 8.0).ceil())) }
                            td { (grouped(s.learnt_from as u64)) }
                            td { (seconds(s.seconds)) }
                            td { (seconds(score.seconds / score.examples.max(1) as f64)) }
                        }
                    }
                }
            }
        }
    }
}
