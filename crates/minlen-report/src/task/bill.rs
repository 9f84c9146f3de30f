//! Bits of the answers and of the model: two complexities in one picture.

use super::{class, figure};
use crate::words::{grouped, size};
use maud::{Markup, html};
use minlen_task::{Outcome, Standing};

/// For each contestant that has bits: its own size beside what the blind answers cost under it.
pub(super) fn bill(outcome: &Outcome) -> Markup {
    let counted: Vec<(&Standing, f64)> = outcome
        .standings
        .iter()
        .filter_map(|s| Some((s, s.blind.bits?)))
        .collect();
    if counted.is_empty() {
        return html! {
            p.note { "No contestant gives its answers probabilities, so there is nothing to count." }
        };
    }
    const WIDTH: f64 = 700.0;
    const HEIGHT: f64 = 300.0;
    const LEFT: f64 = 62.0;
    const BOTTOM: f64 = 60.0;
    let each = |s: &Standing, bits: f64| bits / s.blind.examples.max(1) as f64;
    let own = |s: &Standing| (s.own_bits / 8.0).max(1.0);
    let most = counted.iter().map(|(s, b)| each(s, *b)).fold(0.0, f64::max) * 1.12 + 1e-9;
    let largest = counted.iter().map(|(s, _)| own(s)).fold(10.0, f64::max) * 4.0;
    let x = |bytes: f64| LEFT + (bytes.ln() / largest.ln()) * (WIDTH - LEFT - 90.0);
    let y = |bits: f64| 10.0 + (1.0 - bits / most) * (HEIGHT - BOTTOM - 10.0);
    // Labels beside dots that are close to each other are moved apart, upwards: by what they take on a
    // narrow screen, where letters are larger.
    let mut labels: Vec<(f64, f64, &Standing)> = counted
        .iter()
        .map(|(s, bits)| (x(own(s)) + 9.0, y(each(s, *bits)) + 4.5, *s))
        .collect();
    labels.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut placed: Vec<(f64, f64, &Standing)> = Vec::new();
    for (left, mut top, s) in labels {
        top = top.min(HEIGHT - BOTTOM - 4.0);
        while placed
            .iter()
            .any(|(l, t, _)| (l - left).abs() < 110.0 && (t - top).abs() < 19.0)
        {
            top -= 1.0;
        }
        placed.push((left, top, s));
    }
    let decades: Vec<f64> = (0..13)
        .map(|e| 10f64.powi(e))
        .filter(|d| *d <= largest)
        .collect();
    html! {
        figure {
            svg.curve viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="bits of answers against size of the model" {
                @for i in 0..=4 {
                    @let bits = most * f64::from(i) / 4.0;
                    line.grid x1=(LEFT) x2=(WIDTH - 90.0) y1=(format!("{:.1}", y(bits))) y2=(format!("{:.1}", y(bits))) {}
                    text x=(LEFT - 8.0) y=(format!("{:.1}", y(bits) + 4.5)) text-anchor="end" { (figure(bits)) }
                }
                @for (i, decade) in decades.iter().enumerate() {
                    text.minor[i % 2 == 1] x=(format!("{:.1}", x(*decade))) y=(HEIGHT - BOTTOM + 24.0) text-anchor="middle" { (size(*decade)) }
                }
                line.axis x1=(LEFT) x2=(WIDTH - 90.0) y1=(HEIGHT - BOTTOM) y2=(HEIGHT - BOTTOM) {}
                text x=((LEFT + WIDTH - 90.0) / 2.0) y=(HEIGHT - 6.0) text-anchor="middle" { "own size, coded" }
                @for (s, bits) in &counted {
                    g class=(class(s.family)) {
                        circle.dot cx=(format!("{:.1}", x(own(s)))) cy=(format!("{:.1}", y(each(s, *bits)))) r="5.5" {}
                    }
                }
                @for (left, top, s) in &placed {
                    g class=(class(s.family)) {
                        text.label x=(format!("{left:.1}")) y=(format!("{top:.1}")) { (s.contestant) }
                    }
                }
            }
            figcaption {
                "Up: bits that the right answer to a blind example costs. Across: bytes of what was learnt, on a logarithmic axis. Left and low is \
                 the short description. "
                @if let Some((s, bits)) = cheapest(&counted) {
                    "For these " (grouped(s.blind.examples as u64)) " answers the shortest in all, the model's own size counted, is "
                    (s.contestant) ": " (grouped((s.own_bits + bits).ceil() as u64)) " bits."
                }
            }
        }
    }
}

/// The shortest description of the blind answers with the model's own size counted.
fn cheapest<'a>(counted: &[(&'a Standing, f64)]) -> Option<(&'a Standing, f64)> {
    let all = |(s, bits): &(&Standing, f64)| s.own_bits + bits;
    counted
        .iter()
        .copied()
        .min_by(|a, b| all(a).total_cmp(&all(b)))
}
