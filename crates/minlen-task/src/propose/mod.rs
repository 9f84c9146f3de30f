//! A first `task.toml` for data that nobody has described: format, fields and their kinds, what is
//! asked for, and which examples are blind. It is a proposal: short, commented, and to be read.

mod columns;
mod cut;
mod layout;
mod toml;

use crate::{Error, Metric, Modality, Task};
use columns::{Column, Fate};
use std::path::{Path, PathBuf};

/// What the user already knows.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The field that is asked for.
    pub output: Option<String>,
    /// For folders: how names of files are made.
    pub pattern: Option<String>,
    /// A field, and what stands in it where an example is blind.
    pub blind: Option<(String, Vec<String>)>,
}

/// A proposed task.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The task.
    pub task: Task,
    /// It as text, with comments.
    pub toml: String,
    /// Rows that were looked at.
    pub rows: usize,
}

/// Looks at `paths` and proposes a task whose `task.toml` will stand in `folder`.
pub fn propose(paths: &[PathBuf], folder: &Path, wishes: &Wishes) -> Result<Proposal, Error> {
    let layout = layout::find(paths, wishes)?;
    let mut columns = columns::look(&layout)?;
    let rows = columns.first().map_or(0, |c| c.rows);
    if rows < 2 {
        let few = ["not one row", "one row only"][rows];
        return Err(Error::Usage(format!(
            "there is {few} in the data: a task needs examples to learn from and others to be tried on"
        )));
    }
    for column in &mut columns {
        column.judge();
    }
    let told = cut::told(&mut columns, wishes, &layout)?;
    let output = output(&columns, wishes, &layout)?;
    columns[output].fate = Fate::Output;
    let split = told.unwrap_or_else(|| cut::proposed(&mut columns, &layout));
    choose_inputs(&mut columns, &layout);
    let trim = match columns[output].as_output() {
        Modality::Category => columns::stray_letters(&columns[output]),
        _ => String::new(),
    };
    let metric = match columns[output].as_output() {
        Modality::Category => Some(Metric::Accuracy),
        Modality::Number => Some(Metric::Mae),
        Modality::Text | Modality::Abc => Some(Metric::Chrf),
        Modality::Image { .. } => Some(Metric::Psnr),
        Modality::Sound { .. } => {
            return Err(Error::Usage(
                "sound as an output is not known yet; --output names another field".to_string(),
            ));
        }
    };
    let mut data = layout.data;
    data.trim = trim;
    for path in data.files.iter_mut().chain(&mut data.blind) {
        *path = relative(path, folder);
    }
    data.index = data.index.map(|index| relative(&index, folder));
    let toml = toml::write(&toml::Parts {
        data: &data,
        columns: &columns,
        split: &split,
        metric,
        rows,
    });
    let task = Task::parse(&toml)?;
    Ok(Proposal { task, toml, rows })
}

/// Names that people give to what is asked for.
const ASKED: [&str; 16] = [
    "label",
    "class",
    "target",
    "output",
    "answer",
    "y",
    "category",
    "sentiment",
    "species",
    "income",
    "diagnosis",
    "quality",
    "rating",
    "price",
    "summary",
    "translation",
];

/// Which column is asked for.
fn output(columns: &[Column], wishes: &Wishes, layout: &layout::Layout) -> Result<usize, Error> {
    if let Some(name) = &wishes.output {
        return columns.iter().position(|c| c.name == *name).ok_or_else(|| {
            let names: Vec<_> = columns.iter().map(|c| c.name.as_str()).collect();
            Error::Usage(format!(
                "there is no field {name:?}; there are {}",
                names.join(", ")
            ))
        });
    }
    let usable = |c: &Column| c.fate == Fate::Input;
    let answers =
        |c: &Column| usable(c) && matches!(c.as_output(), Modality::Category | Modality::Number);
    let named = ASKED.iter().find_map(|name| {
        columns
            .iter()
            .position(|c| usable(c) && c.name.eq_ignore_ascii_case(name))
    });
    let found = named
        // Of files: what the pattern or the folder says, the first that sorts them into classes.
        .or_else(|| {
            layout
                .is_of_files()
                .then(|| columns.iter().position(|c| c.sorts()))
                .flatten()
        })
        // Of tunes, images and sounds beside other things: what class they are of.
        .or_else(|| {
            let sampled = |c: &Column| {
                !matches!(
                    c.kind,
                    Modality::Number | Modality::Category | Modality::Text
                )
            };
            let classes = |c: &Column| usable(c) && c.as_output() == Modality::Category;
            columns
                .iter()
                .any(sampled)
                .then(|| columns.iter().position(classes))
                .flatten()
        })
        // Of tables: the last column, if it is one to answer; else the first; else the last.
        .or_else(|| {
            columns
                .iter()
                .rposition(usable)
                .filter(|at| answers(&columns[*at]))
        })
        .or_else(|| {
            columns
                .iter()
                .position(usable)
                .filter(|at| answers(&columns[*at]))
        })
        .or_else(|| columns.iter().rposition(usable));
    found.ok_or_else(|| {
        Error::Usage("no field looks like something to ask for: name one by --output".to_string())
    })
}

/// Leaves out what should not be an input, unless nothing would be left.
fn choose_inputs(columns: &mut [Column], layout: &layout::Layout) {
    if layout.is_of_files() {
        // Names of files often tell the answer: only what they hold is given.
        let content = columns
            .iter()
            .position(|c| c.name == "content" || c.name == "record");
        if content.is_some_and(|at| columns[at].fate != Fate::Output) {
            for column in columns.iter_mut() {
                if column.fate == Fate::Input
                    && Some(column.name.as_str()) != Some("content")
                    && column.name != "record"
                {
                    column.fate = Fate::Out("part of a name".to_string());
                }
            }
        }
    }
    if !columns.iter().any(|c| c.fate == Fate::Input) {
        // Better a weak input than none: dates before ids.
        let last = columns.iter().position(|c| c.is_date()).or_else(|| {
            columns
                .iter()
                .position(|c| matches!(c.fate, Fate::Out(_)) && c.distinct_count() > 1)
        });
        if let Some(at) = last {
            columns[at].fate = Fate::Input;
        }
    }
}

/// A path as seen from `folder`, if it is inside it; else whole.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let whole = |p: &Path| std::fs::canonicalize(p).unwrap_or_else(|_| p.to_path_buf());
    let (path, folder) = (whole(path), whole(folder));
    path.strip_prefix(&folder)
        .map_or(path.clone(), Path::to_path_buf)
}
