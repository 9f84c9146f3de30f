//! The learning curve: what a byte cost as more had been seen, and would cost next.

use crate::style::family_class;
use crate::words::{rate, size};
use maud::{Markup, html};
use minlen::{Curve, FileStudy, Study};
use std::fmt::Write;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 34.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 40.0;

/// Where figures lie in the picture: bytes on a logarithmic axis, bits a byte on a linear one
/// from 0.
struct Plane {
    first: f64,
    last: f64,
    top: f64,
}

impl Plane {
    fn x(&self, bytes: f64) -> f64 {
        let part = (bytes / self.first).ln() / (self.last / self.first).ln();
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }
    fn y(&self, rate: f64) -> f64 {
        TOP + (1.0 - (rate / self.top).clamp(0.0, 1.0)) * (HEIGHT - TOP - BOTTOM)
    }
    fn path(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut d = String::new();
        for (i, (bytes, rate)) in points.enumerate() {
            let _ = write!(
                d,
                "{}{:.1} {:.1}",
                if i == 0 { "M" } else { "L" },
                self.x(bytes),
                self.y(rate)
            );
        }
        d
    }
}

/// The middle of the stretch that ends at point `i`, on the logarithmic axis.
fn middle(curve: &Curve, i: usize) -> f64 {
    let to = curve.points[i].bytes as f64;
    let from = match i {
        0 => to / 2.0,
        i => curve.points[i - 1].bytes as f64,
    };
    (from * to).sqrt()
}

pub(crate) fn curve(study: &Study, file: &FileStudy) -> Markup {
    let Some(detail) = &file.detail else {
        return html! {};
    };
    let [main, others @ ..] = detail.curves.as_slice() else {
        return html! {};
    };
    if main.points.len() < 4 {
        return html! {};
    }
    let who = &study.contestants[main.contestant as usize];
    let n = file.bytes as f64;
    let rates = detail.curves.iter().flat_map(|c| c.points.iter().map(|p| p.latest));
    let most = rates.fold(0.0f64, f64::max);
    let plane = Plane {
        first: main.points[0].bytes as f64 / 2.0,
        last: 2.0 * n,
        top: [1.0, 2.0, 4.0, 6.0, 8.0, 10.0].into_iter().find(|t| most <= *t).unwrap_or(12.0),
    };
    let next = &file.forecast;
    let latest = |c: &Curve| -> Vec<(f64, f64)> {
        c.points.iter().enumerate().map(|(i, p)| (middle(c, i), p.latest)).collect()
    };
    let end = latest(main).last().copied().unwrap_or_default();
    let whole = main.points.last().map_or((n, 0.0), |p| (p.bytes as f64, p.rate));
    let step = if plane.top <= 2.0 { 0.5 } else { 2.0 };
    let labels = labels(&plane, file, others, &study.contestants, whole);
    html! {
        figure class=(family_class(&who.family)) {
            svg.curve viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="learning curve" {
                @for i in 0..=((plane.top / step) as u32) {
                    @let y = plane.y(f64::from(i) * step);
                    line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(format!("{y:.1}")) y2=(format!("{y:.1}")) {}
                    text x=(LEFT - 8.0) y=(format!("{:.1}", y + 5.0)) text-anchor="end" { (f64::from(i) * step) }
                }
                @for (i, decade) in decades(&plane).into_iter().enumerate() {
                    @let x = plane.x(decade);
                    line.axis x1=(format!("{x:.1}")) x2=(format!("{x:.1}")) y1=(HEIGHT - BOTTOM) y2=(HEIGHT - BOTTOM + 6.0) {}
                    text.minor[i % 2 == 1] x=(format!("{x:.1}")) y=(HEIGHT - 14.0) text-anchor="middle" { (size(decade)) }
                }
                line.axis x1=(LEFT) x2=(WIDTH - RIGHT) y1=(HEIGHT - BOTTOM) y2=(HEIGHT - BOTTOM) {}
                @for other in others {
                    path.other d=(plane.path(latest(other).into_iter())) {}
                }
                @if let (Some(rate), Some(range)) = (next.next, &next.range) {
                    rect.band x=(format!("{:.1}", plane.x(n))) width=(format!("{:.1}", plane.x(2.0 * n) - plane.x(n)))
                        y=(format!("{:.1}", plane.y(range.high)))
                        height=(format!("{:.1}", (plane.y(range.low) - plane.y(range.high)).max(2.0))) {}
                    path.next d=(plane.path([(n, rate), (2.0 * n, rate)].into_iter())) {}
                }
                path.thin d=(plane.path(main.points.iter().map(|p| (p.bytes as f64, p.rate)))) {}
                path.main d=(plane.path(latest(main).into_iter().chain([(n, end.1)]))) {}
                @for (bytes, rate) in latest(main) {
                    circle.dot cx=(format!("{:.1}", plane.x(bytes))) cy=(format!("{:.1}", plane.y(rate))) r="3" {}
                }
                @for (text, y, coloured) in labels {
                    text.label[coloured] x=(WIDTH - RIGHT + 10.0) y=(format!("{y:.1}")) { (text) }
                }
            }
            figcaption {
                b { "Line: " } "bits a byte of each stretch, under " (who.name) ", against the bytes seen before (each stretch is a fifth \
                 longer than the one before). " b { "Dotted: " } "mean from the beginning."
                @for other in others {
                    " " b { "Grey: " } (study.contestants[other.contestant as usize].name) ", for comparison."
                }
                @if next.next.is_some() {
                    " " b { "Dashed, with its band: " } "the forecast for as much data again."
                }
                " " (words(file))
            }
        }
    }
}

/// Labels at the right edge, pushed apart so that they do not cover each other.
fn labels(
    plane: &Plane,
    file: &FileStudy,
    others: &[Curve],
    contestants: &[minlen::Contestant],
    whole: (f64, f64),
) -> Vec<(String, f64, bool)> {
    let mut labels: Vec<(String, f64, bool)> = Vec::new();
    if let Some(next) = file.forecast.next {
        labels.push((format!("next {}", rate(next)), plane.y(next), true));
    }
    labels.push((format!("mean {}", rate(whole.1)), plane.y(whole.1), true));
    for other in others {
        let name = &contestants[other.contestant as usize].name;
        if let Some(p) = other.points.last() {
            labels.push((name.clone(), plane.y(p.latest), false));
        }
    }
    labels.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut above = f64::MIN;
    for label in &mut labels {
        label.1 = (label.1 + 5.0).max(above + 26.0);
        above = label.1;
    }
    let over = above - (HEIGHT - BOTTOM);
    if over > 0.0 {
        for label in &mut labels {
            label.1 -= over;
        }
    }
    labels
}

fn decades(plane: &Plane) -> Vec<f64> {
    (0..16)
        .map(|e| 10f64.powi(e))
        .filter(|d| (plane.first..=plane.last).contains(d))
        .collect()
}

/// The forecast in words.
pub(crate) fn words(file: &FileStudy) -> String {
    let f = &file.forecast;
    let (Some(next), Some(range)) = (f.next, &f.range) else {
        return "There is too little data for a forecast.".into();
    };
    let span = format!("{} ({} to {}, 90 %)", rate(next), rate(range.low), rate(range.high));
    let how = match (&f.law, f.miss) {
        (Some([a, b, c]), Some(miss)) => format!(
            "by the law {} + {b:.1} · n^−{c:.2}, which, fitted to the first half, missed the second by {} bits a byte",
            rate(*a),
            rate(miss.abs())
        ),
        (_, Some(miss)) => format!(
            "as its second half: a law fitted to the first half missed the second by {} bits a byte, too much to be trusted",
            rate(miss.abs())
        ),
        _ => "as its second half".into(),
    };
    format!("As much data again of the same kind should cost {span} bits a byte, {how}.")
}
