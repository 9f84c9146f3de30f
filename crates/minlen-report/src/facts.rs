//! Figures in words: the headline row, and what was seen in the data.

use crate::words::{grouped, percent, rate, size};
use maud::{Markup, html};
use minlen::{FileStudy, SeenBlock, Study};

/// The headline row of a file.
pub(crate) fn headline(study: &Study, file: &FileStudy) -> Markup {
    let best = &file.scores[file.best as usize];
    let who = &study.contestants[file.best as usize];
    html! {
        @if file.bytes > 0 {
            dl.figures {
                div { dd { (rate(best.rate)) " " small { "of 8" } } dt { "bits a byte, the shortest description found" } }
                div { dd { (size(best.bits / 8.0)) } dt { "in all, " (percent(best.rate / 8.0)) " of " (size(file.bytes as f64)) } }
                div { dd { (who.name) } dt { (who.family) @if !file.ties.is_empty() { ", a tie with " (names(study, &file.ties)) } } }
                div {
                    @if let (Some(next), Some(range)) = (file.forecast.next, &file.forecast.range) {
                        dd { (rate(next)) " " small { (rate(range.low)) "–" (rate(range.high)) } }
                        dt { "bits a byte if as much data again came (90 %)" }
                    } @else {
                        dd { "?" }
                        dt { "what more data would cost: cannot tell from so little" }
                    }
                }
            }
        }
    }
}

fn names(study: &Study, which: &[u64]) -> String {
    let names: Vec<&str> = which
        .iter()
        .map(|&i| study.contestants[i as usize].name.as_str())
        .collect();
    names.join(", ")
}

/// What was seen in a file.
pub(crate) fn seen(file: &FileStudy) -> Markup {
    html! {
        dl.facts {
            dt { "Size" }
            dd { (grouped(file.bytes)) " bytes, " (file.distinct) " of 256 byte values in use" }
            @for (i, view) in file.views.iter().take(3).enumerate() {
                dt { @if i == 0 { "Seen as" } @else { "then" } }
                dd {
                    (view.says) " (view " (view.view) @if view.offset > 0 { ", from byte " (grouped(view.offset)) } ")"
                    @if let Some(layout) = layout(view) { "; " (layout) }
                }
            }
            @if file.views.len() > 3 {
                dt { "then" }
                dd { (file.views.len() - 3) " more blocks" }
            }
            dt { "BLAKE3" }
            dd.hash { (file.hash) }
        }
    }
}

/// The structure that models were told of.
fn layout(view: &SeenBlock) -> Option<String> {
    let mut parts = Vec::new();
    if view.unit > 0 {
        parts.push(format!("a value every {} bytes", grouped(view.unit)));
    }
    if view.row > 0 {
        parts.push(format!("a row every {} bytes", grouped(view.row)));
    }
    if view.start > 0 && !parts.is_empty() {
        parts.push(format!("from byte {}", grouped(view.start)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}
