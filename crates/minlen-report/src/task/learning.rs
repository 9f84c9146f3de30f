//! What more examples would bring.

use super::class;
use crate::words::grouped;
use maud::{Markup, html};
use minlen_task::{Curve, CurvePoint, Family, Outcome};
use std::fmt::Write;

const WIDTH: f64 = 700.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 96.0;
const BOTTOM: f64 = 44.0;

/// Scores on held-out training examples against examples learnt from.
pub(super) fn learning(outcome: &Outcome) -> Markup {
    let points = &outcome.curve;
    let sizes = |pick: fn(usize, usize) -> usize, start: usize| {
        points.iter().map(|p| p.examples).fold(start, pick)
    };
    let (fewest, most) = (sizes(usize::min, usize::MAX), sizes(usize::max, 0));
    if fewest >= most {
        return html! {};
    }
    let (heading, axis, beside) = match outcome.task.contest.curve {
        Curve::Labels => (
            "What more labels would bring",
            "labels to learn from",
            " All inputs were there to be read each time.",
        ),
        _ => (
            "What more examples would bring",
            "examples to learn from",
            "",
        ),
    };
    let metric = outcome.metric;
    let values = || points.iter().map(|p| p.value).filter(|v| v.is_finite());
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    let margin = ((high - low) * 0.08).max(1e-9);
    let (low, high) = (low - margin, high + margin);
    let (fewest, most) = ((fewest as f64).ln(), (most as f64).ln());
    let x = |n: usize| LEFT + ((n as f64).ln() - fewest) / (most - fewest) * (WIDTH - LEFT - RIGHT);
    let y = |v: f64| 10.0 + (high - v) / (high - low) * (HEIGHT - BOTTOM - 10.0);
    let mut ticks: Vec<usize> = points.iter().map(|p| p.examples).collect();
    ticks.sort_unstable();
    ticks.dedup();
    // The place of each label, pushed down so that none covers another.
    let mut labels: Vec<(&str, Family, f64)> = outcome
        .standings
        .iter()
        .filter_map(|s| {
            let last = points.iter().rfind(|p| p.contestant == s.contestant)?;
            Some((s.contestant.as_str(), s.family, y(last.value)))
        })
        .collect();
    labels.sort_by(|a, b| a.2.total_cmp(&b.2));
    let mut above = f64::MIN;
    for label in &mut labels {
        label.2 = label.2.max(above + 15.0);
        above = label.2;
    }
    html! {
        h3 { (heading) }
        figure {
            svg.curve viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="scores against examples learnt from" {
                @for i in 0..=4 {
                    @let v = low + (high - low) * f64::from(i) / 4.0;
                    line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(format!("{:.1}", y(v))) y2=(format!("{:.1}", y(v))) {}
                    text x=(LEFT - 8.0) y=(format!("{:.1}", y(v) + 4.5)) text-anchor="end" { (metric.show(v)) }
                }
                @for tick in &ticks {
                    text x=(format!("{:.1}", x(*tick))) y=(HEIGHT - BOTTOM + 18.0) text-anchor="middle" { (grouped(*tick as u64)) }
                }
                text x=((LEFT + WIDTH - RIGHT) / 2.0) y=(HEIGHT - 6.0) text-anchor="middle" { (axis) }
                @for s in &outcome.standings {
                    g class=(class(s.family)) {
                        path.main d=(path(points.iter().filter(|p| p.contestant == s.contestant), &x, &y)) {}
                        @for p in points.iter().filter(|p| p.contestant == s.contestant) {
                            circle.dot cx=(format!("{:.1}", x(p.examples))) cy=(format!("{:.1}", y(p.value))) r="3" {}
                        }
                    }
                }
                @for (name, family, y) in labels {
                    g class=(class(family)) {
                        text.label x=(WIDTH - RIGHT + 9.0) y=(format!("{:.1}", y + 4.5)) { (name) }
                    }
                }
            }
            figcaption {
                "Each point is a training of its own, tried on held-out training examples; the blind set was not looked at." (beside) " The axis \
                 is logarithmic: a line that still climbs at its end asks for more."
            }
        }
    }
}

fn path<'a>(
    points: impl Iterator<Item = &'a CurvePoint>,
    x: &dyn Fn(usize) -> f64,
    y: &dyn Fn(f64) -> f64,
) -> String {
    let mut d = String::new();
    for p in points {
        let pen = if d.is_empty() { 'M' } else { 'L' };
        let _ = write!(d, "{pen}{:.1} {:.1}", x(p.examples), y(p.value));
    }
    d
}
