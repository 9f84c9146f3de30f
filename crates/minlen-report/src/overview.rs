//! Many files: what they come to together, and a table of them.

use crate::style::family_class;
use crate::words::{grouped, percent, rate, size};
use crate::{bars, earned, table};
use maud::{Markup, html};
use minlen::{FileStudy, Study};

/// Rows of the table of files at most.
const ROWS: usize = 500;

/// The name by which a section can be linked to.
pub(crate) fn anchor(index: usize) -> String {
    format!("file-{}", index + 1)
}

pub(crate) fn overview(study: &Study) -> Markup {
    let total = &study.total;
    let best = &total.scores[total.best as usize];
    html! {
        dl.figures {
            div { dd { (rate(best.rate)) " " small { "of 8" } } dt { "bits a byte under " (study.contestants[total.best as usize].name) ", the best single model" } }
            div { dd { (size(total.best_each_bits / 8.0)) } dt { "when every file has its own best model: " (percent(total.best_each_bits / 8.0 / total.bytes.max(1) as f64)) " of " (size(total.bytes as f64)) } }
            @for winner in total.winners.iter().take(2) {
                div { dd { (grouped(winner.files)) " " small { "of " (grouped(total.files)) " files" } } dt { "shortest by " (winner.family) } }
            }
        }
        h3 { "All files together" }
        (bars::bars(&study.contestants, &total.scores))
        p.note { "Each file is described on its own, from nothing; an archive of all of them can be shorter, since files share what they have in common." }
        (table::table(&study.contestants, &total.scores, total.best, total.bytes))
        @let detailed = study.files.iter().filter(|f| f.detail.is_some());
        (earned::together(&total.earned, detailed.map(|f| f.bytes).sum()))
        h3 { "File by file" }
        (files(study))
    }
}

/// The files with their numbers, those with the longest descriptions first.
pub(crate) fn by_length(study: &Study) -> Vec<(usize, &FileStudy)> {
    let mut order: Vec<(usize, &FileStudy)> = study.files.iter().enumerate().collect();
    let bits = |f: &FileStudy| f.scores[f.best as usize].bits;
    order.sort_by(|a, b| bits(b.1).total_cmp(&bits(a.1)).then(a.0.cmp(&b.0)));
    order
}

/// The table of files.
fn files(study: &Study) -> Markup {
    let order = by_length(study);
    let rest = order.len().saturating_sub(ROWS);
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th { "file" } th { "size" } th { "description" } th { "of the size" }
                        th { "bits a byte, of 8" } th.left { "shortest by" } th.left { "verdict" } th { "next" }
                    }
                }
                tbody {
                    @for (i, file) in order.into_iter().take(ROWS) {
                        @let best = &file.scores[file.best as usize];
                        @let who = &study.contestants[file.best as usize];
                        tr {
                            td.name {
                                @if file.detail.is_some() { a href={ "#" (anchor(i)) } { (file.name) } } @else { (file.name) }
                            }
                            td { (size(file.bytes as f64)) }
                            td { (size((best.bits / 8.0).ceil())) }
                            td { @if file.bytes > 0 { (percent(best.rate / 8.0)) } }
                            td class=(family_class(&who.family)) {
                                (rate(best.rate))
                                svg.mini aria-hidden="true" {
                                    rect height="100%" width=(format!("{:.1}%", (best.rate / 8.0 * 100.0).min(100.0))) {}
                                }
                            }
                            td.left { @if file.bytes > 0 { (who.name) } }
                            td.left { (file.verdict.kind.name()) }
                            td { @match file.forecast.next { Some(next) => (rate(next)), None => "?" } }
                        }
                    }
                }
            }
        }
        @if rest > 0 {
            p.note { "and " (grouped(rest as u64)) " more files with shorter descriptions; the JSON report lists them all." }
        }
        @let details = study.files.iter().filter(|f| f.detail.is_some()).count();
        @if details < study.files.len() {
            p.note { "The " (details) " largest files have a section of their own below." }
        }
    }
}
