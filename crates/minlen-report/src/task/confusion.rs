//! Which label is taken for which.

use crate::words::grouped;
use maud::{Markup, html};
use minlen_task::{Outcome, Standing};

/// Labels of which the whole table is shown; of more, only the commonest mistakes.
const MOST: usize = 20;
/// Mistakes that are listed.
const MISTAKES: usize = 20;

pub(super) fn confusion(outcome: &Outcome, winner: &Standing) -> Markup {
    let table = &winner.blind.confusion;
    let labels = &outcome.schema.labels;
    if table.len() != labels.len() + 1 {
        return html! {};
    }
    let name = |i: usize| labels.get(i).map_or("(never seen)", String::as_str);
    let named = |i: usize| labels.get(i).map_or("(a tie)", String::as_str);
    if labels.len() > MOST {
        let mut mistakes: Vec<(u32, usize, usize)> = Vec::new();
        for (i, row) in table.iter().enumerate() {
            let wrong = row.iter().enumerate().filter(|(j, n)| i != *j && **n > 0);
            mistakes.extend(wrong.map(|(j, n)| (*n, i, j)));
        }
        mistakes.sort_by(|a, b| b.cmp(a));
        return html! {
            h3 { "The commonest mistakes of " (winner.contestant) }
            div.scroll {
                table {
                    thead { tr { th { "is" } th.left { "was taken for" } th { "times" } } }
                    tbody {
                        @for (n, i, j) in mistakes.iter().take(MISTAKES) {
                            tr { td { (name(*i)) } td.left { (named(*j)) } td { (n) } }
                        }
                    }
                }
            }
        };
    }
    let row_sum = |row: &[u32]| row.iter().sum::<u32>();
    // The row of labels never seen, and the column of ties, only if there were any.
    let rows = labels.len() + usize::from(row_sum(&table[labels.len()]) > 0);
    let ties = table.iter().any(|row| row[labels.len()] > 0);
    let columns = labels.len() + usize::from(ties);
    html! {
        h3 { "Which label " (winner.contestant) " takes for which" }
        div.scroll {
            table.confusion {
                thead {
                    tr {
                        th { "is ↓   taken for →" }
                        @for j in 0..columns { th { (named(j)) } }
                        th { "in all" }
                    }
                }
                tbody {
                    @for (i, row) in table.iter().enumerate().take(rows) {
                        @let sum = row_sum(row);
                        tr {
                            td { (name(i)) }
                            @for (j, n) in row.iter().enumerate().take(columns) {
                                @let share = f64::from(*n) / f64::from(sum.max(1));
                                td class=(if i == j { "right" } else { "wrong" }) style=(format!("--s:{share:.3}")) {
                                    @if *n > 0 { (grouped(u64::from(*n))) }
                                }
                            }
                            td { (grouped(u64::from(sum))) }
                        }
                    }
                }
            }
        }
    }
}
