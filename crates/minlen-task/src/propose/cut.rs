//! Which examples a proposed task holds back, and why so.

use super::Wishes;
use super::columns::{Column, Fate};
use super::layout::Layout;
use crate::split::{Side, blind_by_hash};
use crate::{Error, Format, Split, SplitBy};

/// A split, and what is said about it.
pub(super) struct Proposed {
    pub(super) split: Split,
    /// Why it is proposed; empty where nothing needs to be said.
    pub(super) why: String,
    /// Another one, and when it would suit.
    pub(super) other: Option<(Split, String)>,
}

/// Names of columns that say which part of the data a row is in.
const PARTS: [&str; 4] = ["split", "fold", "partition", "subset"];
/// Names of those whose rows belong together.
const GROUPS: [&str; 30] = [
    "speaker",
    "patient",
    "subject",
    "participant",
    "author",
    "writer",
    "user",
    "customer",
    "client",
    "person",
    "student",
    "worker",
    "singer",
    "composer",
    "artist",
    "reader",
    "driver",
    "owner",
    "seller",
    "session",
    "group",
    "family",
    "household",
    "hospital",
    "site",
    "station",
    "device",
    "document",
    "doc",
    "who",
];
/// Fewer groups or times tell too little.
const LEAST: usize = 5;

/// Leaves out the columns that say which rows are blind: nobody is to learn from them, and nobody
/// asks for them. Gives the split that is told so.
pub(super) fn told(
    columns: &mut [Column],
    wishes: &Wishes,
    layout: &Layout,
) -> Result<Option<Proposed>, Error> {
    let mut found = None;
    for column in columns.iter_mut() {
        let name = column.name.to_ascii_lowercase();
        let asked = wishes.output.as_ref() == Some(&column.name);
        let named = PARTS.contains(&&*name) && column.sorts();
        let blind = column.sides();
        if asked || !(named || blind.is_some()) {
            continue;
        }
        column.fate = Fate::Out("it says which part of the data a row is in".to_string());
        if let (None, Some(values)) = (&found, blind) {
            found = Some(given(column, values));
        }
    }
    if let Some((field, values)) = &wishes.blind {
        let Some(column) = columns.iter_mut().find(|c| c.name == *field) else {
            return Err(Error::Usage(format!(
                "there is no field {field:?} to split by"
            )));
        };
        column.fate = Fate::Out("the split goes by it".to_string());
        return Ok(Some(given(column, values.clone())));
    }
    Ok(found.filter(|_| layout.data.blind.is_empty()))
}

fn given(column: &Column, values: Vec<String>) -> Proposed {
    Proposed {
        split: Split {
            by: SplitBy::Given,
            field: Some(column.name.clone()),
            values,
            ..Split::default()
        },
        why: String::new(),
        other: None,
    }
}

/// Proposes a split where the data do not tell one: rows that belong together stay together; or the
/// last ones are blind; or chance decides.
pub(super) fn proposed(columns: &mut [Column], layout: &Layout) -> Proposed {
    let inputs = columns.iter().filter(|c| c.fate == Fate::Input).count();
    let groups = |c: &Column| c.fate == Fate::Input && groups(c, layout);
    if inputs > 1
        && let Some(at) = columns.iter().position(groups)
    {
        let column = &mut columns[at];
        let split = group(column);
        column.fate = Fate::Out("the split goes by it: who is new has no name yet".to_string());
        return Proposed {
            why: format!(
                "rows of one {} stay together: the blind ones are of others, as new ones will be",
                column.name
            ),
            split,
            other: Some((
                Split::default(),
                "if new rows come from the same".to_string(),
            )),
        };
    }
    let times = |c: &&Column| c.is_date() && c.distinct_count() >= LEAST && c.fate != Fate::Output;
    if let Some(at) = columns.iter().position(|c| times(&c)) {
        let column = &mut columns[at];
        column.fate = Fate::Out("a date: the split goes by it".to_string());
        return Proposed {
            split: Split {
                by: SplitBy::Time,
                field: Some(column.name.clone()),
                ..Split::default()
            },
            why: "the last fifth is blind: what will be asked lies ahead".to_string(),
            other: Some((Split::default(), "if time plays no part".to_string())),
        };
    }
    let takes = |c: &&Column| c.fate != Fate::Output && c.numbers_takes();
    let takes = columns.iter().rfind(takes);
    let takes = takes.filter(|_| layout.data.format == Format::Folder);
    let by_takes = takes.map(|c| (given(c, c.some_values(5)).split, "of each".to_string()));
    Proposed {
        split: Split::default(),
        why: "equal inputs are on one side".to_string(),
        other: by_takes,
    }
}

/// Whether rows that share what stands in the column belong together: by its name; of files, by a
/// word in their names that comes again and again.
fn groups(column: &Column, layout: &Layout) -> bool {
    let lower = column.name.to_ascii_lowercase();
    let name = lower.trim_end_matches(['_', '-', ' ']);
    let bare = ["id", "no", "name", "code"].iter().find_map(|end| {
        let bare = name.strip_suffix(end)?;
        Some(bare.trim_end_matches(['_', '-', ' ']))
    });
    let named = GROUPS.contains(&name) || bare.is_some_and(|bare| GROUPS.contains(&bare));
    let id = ["_id", "-id", " id"].iter().any(|end| name.ends_with(end));
    let of_files = layout.data.format == Format::Folder && name.starts_with("part");
    let repeats = column.fills_all() && 2 * column.distinct_count() <= column.rows;
    column.distinct_count() >= LEAST
        && repeats
        && column.majority() <= 0.5
        && (named || id || (of_files && column.is_words()))
}

/// A group split whose seed leaves a fair share blind: of few groups chance may take none.
fn group(column: &Column) -> Split {
    let of = |seed| Split {
        by: SplitBy::Group,
        field: Some(column.name.clone()),
        seed,
        ..Split::default()
    };
    let fair = |split: &Split| {
        let blind = column.count(|key| blind_by_hash(key.as_bytes(), split));
        (column.rows / 10..=column.rows / 3).contains(&blind)
    };
    (0..100).map(of).find(fair).unwrap_or_else(|| of(0))
}

/// What `sides` of a column's values means: those that are blind, none if they say so themselves;
/// `None` if they name no sides.
pub(super) fn sides<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<Vec<String>> {
    let all: Option<Vec<(&str, Side, bool)>> = values
        .map(|value| {
            let (side, learnt) = Side::named(value)?;
            Some((value, side, learnt))
        })
        .collect();
    let all = all?;
    let learnt = all.iter().any(|(.., learnt)| *learnt);
    if !learnt {
        return None;
    }
    if all.iter().any(|(_, side, _)| *side == Side::Blind) {
        return Some(Vec::new());
    }
    // Without a test set, what others choose by is blind.
    let others = all.iter().filter(|(.., learnt)| !learnt);
    let others: Vec<String> = others.map(|(value, ..)| value.to_string()).collect();
    (!others.is_empty()).then_some(others)
}
