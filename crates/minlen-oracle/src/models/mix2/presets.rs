//! 8.3 and 8.3.12: settings and presets.

use super::contexts::{Context, Feature};
use super::refiner::Order;
use crate::models::mix::mixer::Choice;
use crate::views::Structure;

/// Of what a model is made.
pub struct Preset {
    /// In their order.
    pub contexts: Vec<Context>,
    pub choices: &'static [Choice],
    pub refiners: &'static [Order],
    /// L, which is also Q, of each match model.
    pub matches: &'static [u64],
    /// A and B
    pub sure: (u64, u16),
    /// P
    pub p: u32,
    /// J
    pub j: u32,
    /// N
    pub n: u32,
    pub foresight: bool,
    /// w₀ in the sets is at most this.
    pub most: i64,
}

impl Preset {
    /// What these settings mean for data of this structure.
    pub fn new(settings: Option<&str>, structure: &Structure) -> Result<Self, String> {
        let wrong = || "settings of `mix2`".to_string();
        let settings = settings.ok_or_else(wrong)?;
        let (name, digits) = match settings.split_once(',') {
            Some((name, digits)) => (name, Some(digits)),
            None => (settings, None),
        };
        let mut preset = preset(name).ok_or_else(wrong)?;
        match digits.map(str::as_bytes) {
            None => {}
            Some([a @ b'0'..=b'9', b @ b'0'..=b'9']) => {
                preset.n = 10 * u32::from(a - b'0') + u32::from(b - b'0');
            }
            Some(_) => return Err(wrong()),
        }
        if !(12..=24).contains(&preset.n) {
            return Err(wrong());
        }
        match (name, list(structure)) {
            ("strong" | "strong-2" | "strong-3", "script") => preset.choices = &SCRIPT[..4],
            ("max", "script") => preset.choices = SCRIPT,
            (_, "script") => preset.choices = &SCRIPT[..2],
            ("swift-2", "data") => preset.choices = &ALL[..2],
            ("strong", "data") => preset.choices = ALL,
            ("strong-2" | "strong-3", "data") => preset.choices = &ALL_2,
            ("default-2", "table") if digits.is_none() => preset.n = 20,
            _ => {}
        }
        preset.contexts = contexts(name, structure).ok_or_else(wrong)?;
        Ok(preset)
    }
}

const ALL: &[Choice] = &[
    Choice::Match,
    Choice::Classes,
    Choice::Hits,
    Choice::Byte(1),
    Choice::Form,
    Choice::Expected,
];

/// With the list *script*: of `max`, and the first of others.
const SCRIPT: &[Choice] = &[
    Choice::Match,
    Choice::Byte(2),
    Choice::Classes,
    Choice::Hits,
    Choice::Byte(1),
    Choice::Expected,
];

/// Of `strong-2` and `strong-3` with the list *data*.
const ALL_2: [Choice; 4] = [
    Choice::Match,
    Choice::Classes,
    Choice::Hits,
    Choice::Byte(1),
];

/// All but the contexts; with the N that stands where no digits do.
fn preset(name: &str) -> Option<Preset> {
    let fast = Preset {
        contexts: vec![],
        choices: &[Choice::Match, Choice::Classes],
        refiners: &[],
        matches: &[5],
        sure: (16, 16),
        p: 24,
        j: 20,
        n: 20,
        foresight: false,
        most: 16_000,
    };
    Some(match name {
        "swift" => Preset {
            j: 18,
            n: 18,
            ..fast
        },
        "swift-2" => Preset {
            choices: &[Choice::MatchCoarse],
            j: 18,
            n: 18,
            most: 28_000,
            ..fast
        },
        "fast" => fast,
        "default-2" => Preset {
            matches: &[7],
            n: 22,
            ..fast
        },
        "default" => Preset {
            sure: (20, 30),
            n: 22,
            ..fast
        },
        "strong" | "strong-2" | "strong-3" => Preset {
            matches: if name == "strong" { &[5] } else { &[8, 5] },
            refiners: &[Order::Two],
            sure: (32, 100),
            p: 26,
            j: 22,
            n: 22,
            ..fast
        },
        "lines" => Preset {
            matches: &[8, 5],
            refiners: &[Order::One],
            sure: (32, 100),
            p: 22,
            j: 18,
            foresight: true,
            ..fast
        },
        "max" => Preset {
            choices: ALL,
            refiners: &[Order::One, Order::Two],
            matches: &[5, 8],
            sure: (32, 400),
            p: 26,
            j: 22,
            n: 23,
            ..fast
        },
        _ => return None,
    })
}

/// The list that follows from the structure.
fn list(structure: &Structure) -> &'static str {
    if structure.codes.is_some() {
        "prose"
    } else if structure.script {
        "script"
    } else if structure.text {
        "table"
    } else {
        "data"
    }
}

/// The contexts of a preset, in their order.
fn contexts(preset: &str, structure: &Structure) -> Option<Vec<Context>> {
    let grid = structure.row > 0 || structure.unit > 1;
    let list = match (preset, list(structure)) {
        ("strong-3", "data") if grid => "laid",
        (_, list) => list,
    };
    let owner = match (preset, list) {
        ("swift-2", _) => "swift",
        ("strong-3", "prose" | "table" | "script") => "strong-2",
        (preset, _) => preset,
    };
    let words = LISTS.iter().find(|of| (of.0, of.1) == (owner, list))?.2;
    let mut contexts = vec![];
    for words in words.split(", ") {
        contexts.push(context(words)?);
    }
    if !matches!(preset, "swift" | "swift-2" | "fast") && (structure.row > 0 || structure.unit > 1)
    {
        contexts.extend((0..6).map(|i| Context {
            a: Feature::Grid(i),
            b: Feature::Nothing,
            wide: false,
            runs: false,
        }));
    }
    if preset == "max" {
        for context in &mut contexts {
            context.runs = context.direct().is_none();
        }
    }
    contexts.sort_by_key(Context::rank); // a stable sort
    Some(contexts)
}

/// A context in the words of the document.
fn context(words: &str) -> Option<Context> {
    let (features, marks) = words.split_once(" (").unwrap_or((words, ""));
    let (a, b) = features.split_once(" + ").unwrap_or((features, "nothing"));
    Some(Context {
        a: Feature::named(a)?,
        b: Feature::named(b)?,
        wide: marks.contains('w'),
        runs: marks.contains('r'),
    })
}

/// Preset, list, contexts: the table of 8.3.12, word for word.
const LISTS: [(&str, &str, &str); 34] = [
    ("fast", "prose", "last 1, last 2 (w), last 4, word (w)"),
    (
        "fast",
        "table",
        "last 1, last 2 (w), last 4, word (w), field above + field, run + last 1",
    ),
    ("fast", "data", "last 1, last 2 (w), last 3, last 4"),
    (
        "default",
        "prose",
        "last 1, last 2 (wr), last 3, last 4, word (wr), word + form 4, form 8, shape 6 + \
         last 1",
    ),
    (
        "default",
        "table",
        "nothing, last 2 (w), last 4, last 6, word (w), field + token (r), form 8, run + \
         last 1, follow 2 + last 2, field above + field (r), token + field above, \
         expected + last 1",
    ),
    (
        "default",
        "data",
        "nothing, last 1, last 2 (w), last 3, last 4, last 6, back 2, back 23, column + \
         last 1, above + last 1, shape 6 + last 1, follow 1 + last 1",
    ),
    (
        "strong",
        "prose",
        "nothing, last 1, last 2 (wr), last 3 (wr), last 4, last 5, word (wr), word + before (w), word + before 2, word + form 4, word + brackets, bracket + last 2 (w), form 8, form 12, shape 6 + last 1, follow 1 + last 1, follow 2 + last 2, before + last 1 (r), expected + last 1, column + last 1",
    ),
    (
        "strong",
        "table",
        "nothing, last 1, last 2 (w), last 3, last 4, last 5, last 6, word (wr), word + \
         before, word + form 4, word + brackets, bracket + last 2 (w), field + token (r), \
         form 8, form 12, run + last 1, token + token before, follow 2 + last 2, field \
         above + last 1, field above + field (r), token + field above, expected + last 1, \
         column + last 1, above + last 2",
    ),
    (
        "strong",
        "data",
        "nothing, last 1, last 2 (w), last 3, last 4, last 5, last 6, back 2, back 23, \
         back 3, last 1 + back 3, follow 2 + last 2, expected + last 1, column + last 1, \
         above + last 1, column + above, shape 6 + last 1, follow 1 + last 1, last 1 + \
         back 34, form 8",
    ),
    (
        "max",
        "prose",
        "nothing, last 1, last 2 (w), last 3 (w), last 4, last 5, last 6, word (w), word \
         + before (w), word + before 2, word + pair, word + form 4, word + brackets, word \
         + mark, word + first, bracket + last 2 (w), form 4, form 8, form 12, shape 6 + \
         last 1, run + last 1, token + token before, follow 1 + last 1, follow 2 + last \
         2, before + last 1, before + form 4, back 2, back 23, back 34, expected + last \
         1, column + last 1, above + last 2",
    ),
    (
        "max",
        "table",
        "nothing, last 1, last 2 (w), last 3 (w), last 4, last 5, last 6, last 8, word \
         (w), word + before, word + form 4, word + brackets, word + first, bracket + last \
         2 (w), field + token, form 8, form 12, shape 6 + last 1, run + last 1, token + \
         token before, token + form 4, follow 1 + last 1, follow 2 + last 2, before + \
         last 1, back 23, field above + last 1, field above + field, token + field above, \
         expected + last 1, column + last 1, column + above, above + last 2",
    ),
    (
        "max",
        "data",
        "nothing, last 1, last 2 (w), last 3, last 4, last 5, last 6, last 8, word, word \
         + before, back 2, back 3, back 23, last 1 + back 3, last 1 + back 34, form 8, \
         shape 6 + last 1, run + last 1, token + last 1, follow 1 + last 1, follow 2 + \
         last 2, expected + last 1, column + last 1, column + above, above + last 1, \
         above + last 2",
    ),
    ("swift", "prose", "nothing, last 1, last 2, form 8"),
    (
        "swift",
        "table",
        "last 1, last 4, run + last 1, field above + field",
    ),
    ("swift", "data", "last 1, last 2, last 3, last 4"),
    (
        "default-2",
        "prose",
        "last 1, last 2 (wr), last 3, last 4, word (wr), word + form 4, form 8, shape 6 + last 1",
    ),
    (
        "default-2",
        "table",
        "last 1, last 5, field + token, run + last 1, follow 2 + last 2, field above + field",
    ),
    (
        "default-2",
        "data",
        "nothing, last 1, last 2 (w), last 3, last 4, last 6, back 2, back 23, column + last 1, above + last 1, shape 6 + last 1, follow 1 + last 1",
    ),
    (
        "strong-2",
        "prose",
        "nothing, last 1, last 2 (wr), last 3 (wr), last 4, word (wr), word + before (w), word + form 4, word + brackets, bracket + last 2 (w), form 8, form 12, shape 6 + last 1, follow 1 + last 1, before + last 1 (r), expected + last 1",
    ),
    (
        "strong-2",
        "table",
        "nothing, last 1, last 3, last 4, last 5, last 6, word (wr), word + before, field + token (r), form 8, form 12, run + last 1, token + token before, follow 2 + last 2, field above + last 1, field above + field (r), token + field above, expected + last 1, column + last 1, above + last 2",
    ),
    (
        "strong-2",
        "data",
        "nothing, last 1, last 2 (w), last 3, last 4, last 5, last 6, back 2, back 23, back 3, last 1 + back 3, follow 2 + last 2, expected + last 1, column + last 1, above + last 1, column + above, shape 6 + last 1, follow 1 + last 1, last 1 + back 34, form 8",
    ),
    (
        "lines",
        "prose",
        "last 1, last 2 (wr), last 3, last 4, word (wr), word + form 4, form 8, shape 6 + last 1",
    ),
    (
        "lines",
        "table",
        "last 1, last 3, last 4, last 6 (r), word (wr), word + before, before + form 4, back 23, bracket + last 2 (w), form 12, run + last 1, field above + last 1, token + field above, recall",
    ),
    (
        "lines",
        "data",
        "nothing, last 1, last 2 (w), last 3, last 4, last 6, back 2, back 23, column + last 1, above + last 1, shape 6 + last 1, follow 1 + last 1",
    ),
    ("fast", "script", "last 1, last 2 (w), char 1, char 2"),
    (
        "default",
        "script",
        "nothing, last 1, last 2, last 4, char 1 (wr), char 2 (r), char 3, char gap",
    ),
    (
        "strong",
        "script",
        "nothing, last 1, last 2 (wr), last 3 (wr), last 4, last 6, last 8, char 1 (wr), char 2 (wr), char 3, char gap, word, form 8, shape 6 + last 1, follow 2 + last 2, expected + last 1",
    ),
    (
        "max",
        "script",
        "nothing, last 1, last 2 (w), last 3 (w), last 4, last 5, last 6, last 8, word (w), word + before, word + form 4, char 1 (w), char 2, bracket + last 2 (w), char 3, form 8, form 12, shape 6 + last 1, run + last 1, token + token before, char gap, follow 1 + last 1, follow 2 + last 2, before + last 1, back 23, field above + last 1, field above + field, token + field above, expected + last 1, column + last 1, column + above, above + last 2",
    ),
    ("swift", "script", "last 1, last 2, char 1, char 2"),
    (
        "default-2",
        "script",
        "nothing, last 1, last 2, last 4, char 1 (wr), char 2 (r), char 3, char gap",
    ),
    (
        "strong-2",
        "script",
        "nothing, last 1, last 2 (wr), last 3 (wr), last 4, last 6, last 8, char 1 (wr), char 2 (wr), char 3, char gap, word, form 8, shape 6 + last 1, follow 2 + last 2, expected + last 1",
    ),
    (
        "lines",
        "script",
        "nothing, last 1, last 2, last 4, char 1 (wr), char 2 (r), char 3, char gap",
    ),
    (
        "strong-3",
        "data",
        "nothing, last 1, last 2 (w), last 3, last 4, last 5, last 6, back 2, back 23, back 3, last 1 + back 3, follow 2 + last 2, expected + last 1, column + last 1, shape 6 + last 1, follow 1 + last 1, last 1 + back 34, form 8",
    ),
    (
        "strong-3",
        "laid",
        "last 1, last 2 (w), last 6, back 23, column + last 1, above + last 1, column + above, shape 6 + last 1",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        let n = |settings| {
            Preset::new(Some(settings), &Structure::NONE)
                .ok()
                .map(|preset| preset.n)
        };
        assert_eq!(n("fast"), Some(20));
        assert_eq!(n("default"), Some(22));
        assert_eq!(n("strong"), Some(22));
        assert_eq!(n("max"), Some(23));
        assert_eq!(n("swift"), Some(18));
        assert_eq!(n("swift-2"), Some(18));
        assert_eq!(n("default-2"), Some(22));
        assert_eq!(n("strong-2"), Some(22));
        assert_eq!(n("strong-3"), Some(22));
        assert_eq!(n("lines"), Some(20));
        assert_eq!(n("max,12"), Some(12));
        assert_eq!(n("default,24"), Some(24));
        for bad in [
            "", "Fast", "fast,", "fast,11", "fast,25", "fast,012", "slow",
        ] {
            assert_eq!(n(bad), None, "{bad}");
        }
        assert!(Preset::new(None, &Structure::NONE).is_err());
    }

    #[test]
    fn lists_are_those_of_the_document() {
        let document = include_str!("../../../../../docs/format.md");
        for (preset, list, contexts) in LISTS {
            let row = format!("\n| {preset} | {list} | {contexts} |\n");
            assert!(document.contains(&row), "{row}");
        }
    }

    #[test]
    fn all_lists_have_their_order() {
        let structures = [0, 1, 2, 3, 4].map(|i| Structure {
            row: i % 2,
            text: i > 1,
            script: i > 3,
            ..Structure::NONE
        });
        for structure in structures {
            for (preset, _, _) in LISTS {
                let contexts = contexts(preset, &structure).unwrap();
                assert!(contexts.is_sorted_by_key(Context::rank));
            }
        }
    }
}
