//! The learning curve: what a byte cost as more had been seen, and would cost next.

use crate::plane::{HEIGHT, Plane, RIGHT, WIDTH, spread, top};
use crate::style::family_class;
use crate::words::rate;
use maud::{Markup, html};
use minlen::{Curve, FileStudy, Study};

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
    let rates = detail
        .curves
        .iter()
        .flat_map(|c| c.points.iter().map(|p| p.latest));
    let most = rates.fold(0.0f64, f64::max);
    let plane = Plane {
        first: main.points[0].bytes as f64 / 2.0,
        last: 2.0 * n,
        top: top(most),
    };
    let next = &file.forecast;
    let latest = |c: &Curve| -> Vec<(f64, f64)> {
        c.points
            .iter()
            .enumerate()
            .map(|(i, p)| (middle(c, i), p.latest))
            .collect()
    };
    let end = latest(main).last().copied().unwrap_or_default();
    let whole = main
        .points
        .last()
        .map_or((n, 0.0), |p| (p.bytes as f64, p.rate));
    let labels = labels(&plane, file, others, &study.contestants, whole);
    html! {
        figure class=(family_class(&who.family)) {
            svg.curve viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="learning curve" {
                (plane.axes())
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
    spread(&mut labels);
    labels
}

/// The forecast in words.
pub(crate) fn words(file: &FileStudy) -> String {
    let f = &file.forecast;
    let (Some(next), Some(range)) = (f.next, &f.range) else {
        return "There is too little data for a forecast.".into();
    };
    let span = format!(
        "{} ({} to {}, 90 %)",
        rate(next),
        rate(range.low),
        rate(range.high)
    );
    let how = match (&f.law, f.miss) {
        (Some([_, b, _]), Some(miss)) if *b < 0.05 => format!(
            "as its rate has hardly changed; a law fitted to the first half missed the second by {} bits a byte",
            rate(miss.abs())
        ),
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
