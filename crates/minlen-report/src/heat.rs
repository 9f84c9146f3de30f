//! Heat maps and coloured text: what each place cost.

use crate::style::{LEVELS, level};
use crate::words::{grouped, is_text, shown, size};
use maud::{Markup, html};
use minlen::{Detail, Heat, Place};
use std::fmt::Write;

/// The scale of colours.
pub(crate) fn scale() -> Markup {
    html! {
        div.scale role="img" aria-label="colour scale, bits a byte" {
            @for (i, end) in LEVELS.iter().enumerate() {
                span class={ "l" (i) } { "< " (end) }
            }
            span class={ "l" (LEVELS.len()) } { "≥ " (LEVELS[LEVELS.len() - 1]) }
        }
    }
}

/// The grid.
pub(crate) fn heat(heat: &Heat, bytes: u64, model: &str) -> Markup {
    let columns = heat.columns.max(1) as usize;
    let rows = heat.cells.len().div_ceil(columns);
    if heat.cells.len() < 16 {
        return html! {};
    }
    // Cells of pictures are square; in reading order, wide ones make a calm band.
    let tall = if heat.shaped { 10 } else { 7 };
    html! {
        figure {
            div.heatbox {
                svg.heat viewBox=(format!("0 0 {} {}", columns * 10, rows * tall)) role="img"
                    aria-label="heat map of the data by cost" {
                    @for (i, d) in paths(heat, columns, tall).iter().enumerate() {
                        @if !d.is_empty() {
                            path class={ "p" (i) } d=(d) {}
                        }
                    }
                }
            }
            (scale())
            figcaption {
                "All " (size(bytes as f64)) " under " (model) ", "
                @if heat.shaped {
                    "in the shape of the data: across, the place in a row; down, the rows."
                } @else {
                    "in reading order, from the top left to the bottom right."
                }
                " A cell is "
                @if heat.cell_bytes <= 1.0 { "one byte" } @else { "the mean of " (size(heat.cell_bytes.round())) }
                "; its colour is what a byte of it cost, in bits."
            }
        }
    }
}

/// One path a level, cells of a row that are alike joined.
fn paths(heat: &Heat, columns: usize, tall: usize) -> Vec<String> {
    let mut paths = vec![String::new(); LEVELS.len() + 1];
    for (y, row) in heat.cells.chunks(columns).enumerate() {
        let mut x = 0;
        while x < row.len() {
            if row[x] < 0.0 {
                x += 1;
                continue;
            }
            let here = level(row[x]);
            let from = x;
            while x < row.len() && row[x] >= 0.0 && level(row[x]) == here {
                x += 1;
            }
            let (left, top, width) = (from * 10, y * tall, (x - from) * 10);
            let _ = write!(paths[here], "M{left} {top}h{width}v{tall}h-{width}z");
        }
    }
    paths
}

/// Bytes as text in which every character has the colour of its cost; hexadecimal where they are
/// no text.
pub(crate) fn coloured(place: &Place, lines: bool) -> Markup {
    if !is_text(&place.bytes) {
        return hexadecimal(place);
    }
    let all = shown(&place.bytes, &place.bits);
    let alike = |a: &&crate::words::Shown, b: &&crate::words::Shown| {
        level(a.rate) == level(b.rate) && !(lines && a.ends_line)
    };
    let refs: Vec<_> = all.iter().collect();
    html! {
        @for run in refs.chunk_by(alike) {
            span class={ "l" (level(run[0].rate)) } {
                (run.iter().map(|s| s.text).collect::<String>())
            }
            @if lines && run.last().is_some_and(|s| s.ends_line) { "\n" }
        }
    }
}

fn hexadecimal(place: &Place) -> Markup {
    let pairs: Vec<(u8, f64)> = place.bytes.iter().copied().zip(place.bits.iter().copied()).collect();
    html! {
        @for (i, line) in pairs.chunks(16).enumerate() {
            @if i > 0 { "\n" }
            @for run in line.chunk_by(|a, b| level(a.1) == level(b.1)) {
                span class={ "l" (level(run[0].1)) } {
                    @for (byte, _) in run { (format!("{byte:02x} ")) }
                }
            }
        }
    }
}

/// Stretches of the data, every character coloured.
pub(crate) fn excerpts(detail: &Detail) -> Markup {
    html! {
        @for place in &detail.excerpts {
            @if is_text(&place.bytes) {
                p.at style="margin:1.1rem 0 -0.5rem" { "from byte " (grouped(place.offset)) }
                pre.data { (coloured(place, true)) }
            } @else {
                @let short = Place {
                    offset: place.offset,
                    bytes: place.bytes.iter().copied().take(256).collect(),
                    bits: place.bits.clone(),
                };
                p.at style="margin:1.1rem 0 -0.5rem" { "from byte " (grouped(place.offset)) ", hexadecimal" }
                pre.data { (coloured(&short, true)) }
            }
        }
    }
}
