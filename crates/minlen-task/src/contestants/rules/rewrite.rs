//! Rewriting found from examples, after Gulwani (*Automating string processing in spreadsheets
//! using input-output examples*, POPL 2011), but small: texts are cut into words, numbers and
//! marks; inputs of one shape share one program, and each piece of the output is the cheapest that
//! explains the examples: a piece of the input, changed or not, a table found for it, or a constant.

use crate::{Effort, Error, Example};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a piece of the input becomes one of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Change {
    Same,
    Lower,
    Upper,
    Title,
    /// The first letter.
    First,
    /// With noughts up to so many digits.
    Pad(usize),
    /// Without noughts before it.
    Unpad,
    /// The last two letters or digits.
    LastTwo,
}

const CHANGES: [Change; 9] = [
    Change::Same,
    Change::Lower,
    Change::Upper,
    Change::Title,
    Change::First,
    Change::Pad(2),
    Change::Pad(4),
    Change::Unpad,
    Change::LastTwo,
];

/// A piece of an output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Piece {
    /// Always this.
    Constant(String),
    /// Piece number so and so of the input, changed.
    Of(usize, Change),
    /// What a table has for a piece of the input, in small letters.
    Table(usize, BTreeMap<String, String>),
}

/// An input and an output, each in pieces.
type Pair<'a> = (Vec<&'a str>, Vec<&'a str>);

/// A program for each shape of input.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rewrite {
    /// By exact shape, in which numbers tell their lengths.
    exact: BTreeMap<String, Vec<Piece>>,
    /// By rough shape, for others.
    rough: BTreeMap<String, Vec<Piece>>,
}

/// Share of a shape's examples that its program must explain, in tenths.
const EXPLAINED: usize = 8;
/// Examples of one shape that a program is found from.
const LEARNT: usize = 2000;

impl Rewrite {
    pub(super) fn find(examples: &[Example], effort: &Effort) -> Result<Rewrite, Error> {
        let mut rewrite = Rewrite {
            exact: BTreeMap::new(),
            rough: BTreeMap::new(),
        };
        for exact in [true, false] {
            let mut groups: BTreeMap<String, Vec<Pair>> = BTreeMap::new();
            for example in examples {
                let (Some(from), Some(to)) = (example.inputs[0].text(), example.output.text())
                else {
                    continue;
                };
                let group = groups.entry(shape(from, exact)).or_default();
                if group.len() < LEARNT {
                    group.push((cut(from), cut(to)));
                }
            }
            for (shape, group) in groups {
                effort.go_on()?;
                // Two examples at least: one alone would be its own rule.
                if group.len() >= 2
                    && let Some(program) = program(&group)
                {
                    let programs = if exact {
                        &mut rewrite.exact
                    } else {
                        &mut rewrite.rough
                    };
                    programs.insert(shape, program);
                }
            }
        }
        // A rough program that says the same for all exact shapes makes those superfluous.
        let rough = &rewrite.rough;
        rewrite
            .exact
            .retain(|shape, program| rough.get(&roughened(shape)) != Some(program));
        Ok(rewrite)
    }

    fn program(&self, text: &str) -> Option<&Vec<Piece>> {
        self.exact
            .get(&shape(text, true))
            .or_else(|| self.rough.get(&shape(text, false)))
    }

    /// The rewritten text; `None` for a shape that no program is known for.
    pub(super) fn apply(&self, text: &str) -> Option<String> {
        let from = cut(text);
        self.program(text)?
            .iter()
            .map(|piece| piece.make(&from))
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.exact.len() + self.rough.len()
    }

    /// The program for a text, in words.
    pub(super) fn tell(&self, text: &str) -> Vec<String> {
        let Some(program) = self.program(text) else {
            return vec![format!("no rule for the shape {}", shape(text, false))];
        };
        let from = cut(text);
        let tell = |piece: &Piece| {
            let made = piece.make(&from).unwrap_or_else(|| "nothing".to_string());
            match piece {
                Piece::Constant(_) => format!("{made:?} always"),
                Piece::Of(at, change) => format!("{made:?} is piece {} {change:?}", at + 1),
                Piece::Table(at, table) => {
                    format!(
                        "{made:?} is what a table of {} has for piece {}",
                        table.len(),
                        at + 1
                    )
                }
            }
        };
        program.iter().map(tell).collect()
    }
}

/// Words, numbers, and marks one by one.
fn cut(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        c if c.is_ascii_digit() => 0,
        c if c.is_alphabetic() => 1,
        _ => 2,
    };
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let now = class(c);
        if before.is_some_and(|b| b != now || now == 2) {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(now);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// The shape of a text: a W for a word, an N for a number (with its length if above 2), marks as
/// they are.
fn shape(text: &str, exact: bool) -> String {
    let mut shape = String::new();
    for piece in cut(text) {
        let first = piece.chars().next().unwrap_or(' ');
        if first.is_ascii_digit() {
            shape.push('N');
            if exact && piece.len() > 2 {
                shape += &piece.len().to_string();
            }
        } else if first.is_alphabetic() {
            shape.push('W');
        } else {
            shape += piece;
        }
    }
    shape
}

/// An exact shape as a rough one.
fn roughened(shape: &str) -> String {
    shape.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// The shortest program that explains most of a group's examples.
fn program(group: &[Pair]) -> Option<Vec<Piece>> {
    // Outputs of the most frequent length; the others are exceptions.
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, to) in group {
        *lengths.entry(to.len()).or_default() += 1;
    }
    let (length, count) = lengths.into_iter().max_by_key(|(_, count)| *count)?;
    if count * 10 < group.len() * EXPLAINED {
        return None;
    }
    let fit: Vec<&Pair> = group.iter().filter(|(_, to)| to.len() == length).collect();
    (0..length).map(|at| piece(&fit, at)).collect()
}

/// The cheapest piece that explains place `at` of the outputs.
fn piece(group: &[&Pair], at: usize) -> Option<Piece> {
    let pieces = group[0].0.len();
    let mut best: Option<(f64, Piece)> = None;
    let mut consider = |piece: Piece, bits: f64| {
        let wrong = group
            .iter()
            .filter(|(from, to)| piece.make(from).as_deref() != Some(to[at]))
            .count();
        if wrong * 10 > group.len() * (10 - EXPLAINED) {
            return;
        }
        // An exception costs about what it takes to write it down.
        let bits = bits + 40.0 * wrong as f64;
        if best.as_ref().is_none_or(|(least, _)| bits < *least) {
            best = Some((bits, piece));
        }
    };
    let constant = group[0].1[at];
    consider(
        Piece::Constant(constant.to_string()),
        2.0 + 8.0 * constant.len() as f64,
    );
    for from in 0..pieces {
        for change in CHANGES {
            consider(
                Piece::Of(from, change),
                4.0 + (pieces as f64 * CHANGES.len() as f64).log2(),
            );
        }
        let mut table: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
        for (input, output) in group {
            let entry = table.entry(input[from].to_lowercase()).or_default();
            *entry.entry(output[at]).or_default() += 1;
        }
        // A table with as many entries as examples says nothing that the examples do not.
        if table.len() * 2 > group.len() {
            continue;
        }
        let table: BTreeMap<String, String> = table
            .into_iter()
            .filter_map(|(key, counts)| {
                let most = counts.into_iter().max_by_key(|(_, count)| *count)?;
                Some((key, most.0.to_string()))
            })
            .collect();
        let bits: usize = table.iter().map(|(k, v)| 8 * (k.len() + v.len())).sum();
        consider(Piece::Table(from, table), 8.0 + bits as f64);
    }
    best.map(|(_, piece)| piece)
}

impl Piece {
    fn make(&self, from: &[&str]) -> Option<String> {
        match self {
            Piece::Constant(text) => Some(text.clone()),
            Piece::Of(at, change) => from.get(*at).map(|text| change.of(text)),
            Piece::Table(at, table) => table.get(&from.get(*at)?.to_lowercase()).cloned(),
        }
    }
}

impl Change {
    fn of(self, text: &str) -> String {
        match self {
            Change::Same => text.to_string(),
            Change::Lower => text.to_lowercase(),
            Change::Upper => text.to_uppercase(),
            Change::Title => {
                let mut letters = text.chars();
                let first = letters.next().map(|c| c.to_uppercase().to_string());
                format!(
                    "{}{}",
                    first.unwrap_or_default(),
                    letters.as_str().to_lowercase()
                )
            }
            Change::First => text.chars().take(1).collect(),
            Change::Pad(width) => format!(
                "{}{text}",
                "0".repeat(usize::saturating_sub(width, text.len()))
            ),
            Change::Unpad => match text.trim_start_matches('0') {
                "" if !text.is_empty() => "0".to_string(),
                rest => rest.to_string(),
            },
            Change::LastTwo => {
                let letters = text.chars().count();
                text.chars().skip(letters.saturating_sub(2)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;
    use std::time::Instant;

    #[test]
    fn a_date_is_rewritten_by_a_program_with_a_table() {
        let months = ["Jan", "Feb", "Mar", "Apr"];
        let examples: Vec<Example> = (0..80)
            .map(|i| {
                let (day, month, year) = (1 + i % 28, i % 4, 1990 + i % 30);
                Example {
                    id: String::new(),
                    inputs: vec![Value::Text(format!("{day} {} {year}", months[month]))],
                    output: Value::Text(format!("{year}-{:02}-{day:02}", month + 1)),
                    key: None,
                }
            })
            .collect();
        let effort = Effort {
            until: Instant::now(),
            like: None,
            threads: 1,
            watch: &(),
        };
        let found = Rewrite::find(&examples, &effort).unwrap();
        assert_eq!(found.apply("7 Mar 2024").as_deref(), Some("2024-03-07"));
        assert_eq!(found.apply("7/Mar/2024"), None);
        assert_eq!(found.len(), 1);
    }
}
