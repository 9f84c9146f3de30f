//! What earned the bits: which inputs of the model, and where in the file.

use crate::words::{grouped, percent, rate, size};
use maud::{Markup, html};
use minlen::{Detail, Earned};
use std::fmt::Write;

/// Kinds that have a colour of their own; the others share one.
const COLOURS: usize = 6;
/// Inputs of a kind that are named in the table.
const NAMED: usize = 3;

const WIDTH: f64 = 700.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 30.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 34.0;

/// Inputs of a kind together.
struct Kind<'a> {
    name: &'a str,
    bits: f64,
    /// The largest first.
    inputs: Vec<&'a Earned>,
}

/// The kinds, the largest first; nothing where less than half a percent was gained.
fn kinds(earned: &[Earned], bytes: u64) -> Vec<Kind<'_>> {
    let mut kinds: Vec<Kind> = Vec::new();
    for e in earned {
        match kinds.iter_mut().find(|k| k.name == e.kind) {
            Some(kind) => {
                kind.bits += e.bits;
                kind.inputs.push(e);
            }
            None => kinds.push(Kind {
                name: &e.kind,
                bits: e.bits,
                inputs: vec![e],
            }),
        }
    }
    kinds.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    let gain: f64 = kinds.iter().map(|k| k.bits).sum();
    if gain < 0.005 * 8.0 * bytes as f64 {
        kinds.clear();
    }
    kinds
}

/// The picture and the table of a file.
pub(crate) fn earned(detail: &Detail, bytes: u64, model: &str) -> Markup {
    let kinds = kinds(&detail.earned, bytes);
    html! {
        @if !kinds.is_empty() {
            h3 { "What earned the bits" }
            figure {
                (picture(&kinds, bytes))
                (legend(&kinds))
                figcaption {
                    "Bits a byte that " (model) " gained over the 8 of a stored byte, from the beginning of the file (left) to its end, by \
                     what it looked at. What lacks to 8 is what coding cost. Below 0, where there is such: what misled the model."
                }
            }
            (table(&kinds, bytes, true))
        }
    }
}

/// The table for several files together.
pub(crate) fn together(earned: &[Earned], bytes: u64) -> Markup {
    let kinds = kinds(earned, bytes);
    html! {
        @if !kinds.is_empty() {
            h3 { "What earned the bits" }
            (table(&kinds, bytes, false))
            p.note { "The best model of each file that has a section of its own below, added up." }
        }
    }
}

/// The class of the colour of the kind at a place in the order.
fn colour(place: usize) -> String {
    format!("e{}", place.min(COLOURS))
}

fn legend(kinds: &[Kind]) -> Markup {
    html! {
        div.legend {
            @for (i, kind) in kinds.iter().take(COLOURS).enumerate() {
                span { i class=(colour(i)) {} (kind.name) }
            }
            @if kinds.len() > COLOURS {
                span { i class=(colour(COLOURS)) {} "all others" }
            }
        }
    }
}

/// Bars beside each other, one a stretch of the file: what earned goes up, what lost goes down.
fn picture(kinds: &[Kind], bytes: u64) -> Markup {
    let inputs = || kinds.iter().flat_map(|k| &k.inputs);
    let stretches = inputs().map(|e| e.along.len()).max().unwrap_or(0);
    // By colour, then by stretch.
    let mut series = vec![vec![0.0; stretches]; COLOURS + 1];
    for (i, kind) in kinds.iter().enumerate() {
        for e in &kind.inputs {
            for (sum, bits) in series[i.min(COLOURS)].iter_mut().zip(&e.along) {
                *sum += bits;
            }
        }
    }
    let end = |signed: fn(f64) -> f64| {
        let ends = (0..stretches).map(|x| series.iter().map(|s| signed(s[x])).sum::<f64>());
        ends.fold(0.0, f64::max)
    };
    let most = end(|bits| bits.max(0.0));
    let least = -end(|bits| (-bits).max(0.0)).min(4.0);
    let top = [0.5, 1.0, 2.0, 4.0, 8.0].into_iter().find(|t| most <= *t);
    let top = top.unwrap_or(most);
    let step = if top > 2.0 { 2.0 } else { top / 2.0 };
    let y = |bits: f64| TOP + (top - bits) / (top - least) * (HEIGHT - TOP - BOTTOM);
    let wide = (WIDTH - LEFT - RIGHT) / stretches.max(1) as f64;
    let mut paths = vec![String::new(); series.len()];
    for x in 0..stretches {
        let (mut above, mut below) = (0.0, 0.0);
        for (path, bits) in paths.iter_mut().zip(series.iter().map(|s| s[x])) {
            let from = if bits > 0.0 { &mut above } else { &mut below };
            let (start, end) = (y(*from), y((*from + bits).clamp(least, top)));
            *from += bits;
            if (start - end).abs() >= 0.05 {
                let (left, right) = (LEFT + x as f64 * wide, LEFT + (x + 1) as f64 * wide);
                let _ = write!(
                    path,
                    "M{left:.1} {start:.1}V{end:.1}H{right:.1}V{start:.1}z"
                );
            }
        }
    }
    html! {
        svg.curve viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
            aria-label="bits a byte earned along the file, by kind of input; the sums are in the table below" {
            @for i in 0..=((top / step) as u32) {
                @let at = y(f64::from(i) * step);
                line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(format!("{at:.1}")) y2=(format!("{at:.1}")) {}
                text x=(LEFT - 8.0) y=(format!("{:.1}", at + 5.0)) text-anchor="end" { (f64::from(i) * step) }
            }
            @for (i, d) in paths.iter().enumerate() {
                @if !d.is_empty() { path class=(colour(i)) d=(d) {} }
            }
            line.axis x1=(LEFT) x2=(WIDTH - RIGHT) y1=(format!("{:.1}", y(0.0))) y2=(format!("{:.1}", y(0.0))) {}
            @for (part, anchor) in [(0.0, "start"), (0.5, "middle"), (1.0, "end")] {
                text x=(LEFT + part * (WIDTH - LEFT - RIGHT)) y=(HEIGHT - 10.0) text-anchor=(anchor) {
                    @if part == 0.0 { "byte 0" } @else { (size(part * bytes as f64)) }
                }
            }
        }
    }
}

fn table(kinds: &[Kind], bytes: u64, coloured: bool) -> Markup {
    let gain: f64 = kinds.iter().map(|k| k.bits).sum();
    let share = |bits: f64| signed(bits / gain, percent);
    let figures = |bits: f64| {
        html! {
            td { (share(bits)) }
            td { (signed(bits / bytes.max(1) as f64, rate)) }
            td { (signed(bits, |b| grouped(b.round() as u64))) }
        }
    };
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th { "what the model looked at" } th { "share" } th { "bits a byte" } th { "bits in all" }
                    }
                }
                tbody {
                    @for (i, kind) in kinds.iter().enumerate() {
                        tr {
                            td.name {
                                @if coloured { i class={ "dot " (colour(i)) } {} }
                                (kind.name)
                                div.by { (inputs(kind, share)) }
                            }
                            (figures(kind.bits))
                        }
                    }
                    tr.best { td { "all of it" } (figures(gain)) }
                }
            }
        }
    }
}

/// The inputs that earned the most of a kind.
fn inputs(kind: &Kind, share: impl Fn(f64) -> String) -> String {
    let with_share = |e: &&Earned| format!("{} {}", e.name, share(e.bits));
    let mut named: Vec<String> = kind.inputs.iter().take(NAMED).map(with_share).collect();
    match kind.inputs.len() {
        1 => return kind.inputs[0].name.clone(),
        ..=NAMED => {}
        n => named.push(format!("{} more", n - NAMED)),
    }
    named.join("; ")
}

fn signed(x: f64, write: impl Fn(f64) -> String) -> String {
    let text = write(x.abs());
    match text.contains(|c| ('1'..='9').contains(&c)) {
        false => "0".into(),
        true if x < 0.0 => format!("−{text}"),
        true => text,
    }
}
