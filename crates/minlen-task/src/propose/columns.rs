//! What stands in each field, counted over all rows, and what kind of thing it therefore is.

use super::cut::sides;
use super::layout::Layout;
use crate::data::{self, Cell, Media, files_in, io, media_file, number, open};
use crate::{Error, Field, Format, Modality, Task, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Input,
    Output,
    /// Left out, and why.
    Out(String),
}

/// A field, and what was counted in it.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) rows: usize,
    pub(super) kind: Modality,
    pub(super) fate: Fate,
    empty: usize,
    numbers: usize,
    integers: usize,
    dates: usize,
    letters: usize,
    longest: usize,
    words: usize,
    tunes: usize,
    /// Whether each number was the one before and 1.
    counts_up: bool,
    last: Option<f64>,
    /// What stands there and how often: in the training files, in the blind ones.
    distinct: HashMap<String, [usize; 2]>,
    /// What the first row's samples are, where it has samples.
    media: Option<Modality>,
    /// What it is that cannot be read.
    unread: Option<&'static str>,
}

/// Different values that are remembered.
const REMEMBERED: usize = 20_000;
/// Rows that are looked at.
const LOOK: usize = 200_000;

impl Column {
    fn new(name: &str) -> Column {
        Column {
            name: name.to_string(),
            rows: 0,
            kind: Modality::Text,
            fate: Fate::Input,
            empty: 0,
            numbers: 0,
            integers: 0,
            dates: 0,
            letters: 0,
            longest: 0,
            words: 0,
            tunes: 0,
            counts_up: true,
            last: None,
            distinct: HashMap::new(),
            media: None,
            unread: None,
        }
    }

    fn see(&mut self, text: &str, blind: bool) {
        self.rows += 1;
        let text = text.trim();
        match number(text) {
            Some(Value::Missing) => {
                self.empty += 1;
                return;
            }
            Some(Value::Number(n)) => {
                self.numbers += 1;
                self.integers += usize::from(n.fract() == 0.0);
                self.counts_up &= self.last.is_none_or(|last| n == last + 1.0);
                self.last = Some(n);
            }
            _ => {}
        }
        let letters = text.chars().count();
        self.letters += letters;
        self.longest = self.longest.max(letters);
        self.words += text.split_whitespace().count();
        self.dates += usize::from(looks_dated(text));
        self.tunes += usize::from(text.contains("K:") && text.contains('|'));
        if self.distinct.len() < REMEMBERED || self.distinct.contains_key(text) {
            let short: String = text.chars().take(200).collect();
            self.distinct.entry(short).or_default()[usize::from(blind)] += 1;
        }
    }

    pub(super) fn distinct_count(&self) -> usize {
        self.distinct.len()
    }

    /// Rows where something stands.
    fn filled(&self) -> usize {
        self.rows - self.empty
    }

    /// Whether dates stand in it.
    pub(super) fn is_date(&self) -> bool {
        self.filled() > 0 && self.dates == self.filled()
    }

    /// If it says `train` and the like: the values that are blind, none if they say so themselves.
    pub(super) fn sides(&self) -> Option<Vec<String>> {
        sides(self.distinct.keys().map(String::as_str))
    }

    /// Whether something stands in every row.
    pub(super) fn fills_all(&self) -> bool {
        self.empty == 0
    }

    /// Whether words stand in it rather than numbers.
    pub(super) fn is_words(&self) -> bool {
        self.numbers == 0 && self.media.is_none()
    }

    /// Rows whose value is like that.
    pub(super) fn count(&self, like: impl Fn(&str) -> bool) -> usize {
        let some = self.distinct.iter().filter(|(value, _)| like(value));
        some.map(|(_, counts)| counts[0] + counts[1]).sum()
    }

    /// Whether it sorts examples into classes of several each.
    pub(super) fn sorts(&self) -> bool {
        self.media.is_none()
            && (2..=1000).contains(&self.distinct.len())
            && self.filled() >= 4 * self.distinct.len()
    }

    /// Decides what kind of thing it holds, and whether it is of use.
    pub(super) fn judge(&mut self) {
        let filled = self.filled();
        let distinct = self.distinct.len();
        let out = |why: &str| Fate::Out(why.to_string());
        if let Some(media) = self.media {
            self.kind = media;
            return;
        }
        if let Some(why) = self.unread {
            self.fate = out(why);
            return;
        }
        let counts = self.counts_up && self.integers == filled;
        let unique = (distinct == filled || counts) && filled >= 20;
        let single = self.words == filled;
        let named_id = {
            let name = self.name.to_ascii_lowercase();
            let ends = ["id", "no", "key", "code", "uuid", "index"];
            ends.iter()
                .any(|e| name == *e || name.ends_with(&format!("_{e}")))
                || name == "hexcode"
                || name == "unnamed: 0"
        };
        self.kind = if filled > 0 && self.numbers == filled {
            Modality::Number
        } else if self.name == "abc" || 10 * self.tunes >= 9 * filled.max(1) {
            Modality::Abc
        } else if distinct <= (filled / 10).clamp(2, 2000)
            && self.words <= 4 * filled
            && self.longest <= 64
        {
            Modality::Category
        } else {
            Modality::Text
        };
        self.fate = if distinct == 0 {
            out("nothing stands in it")
        } else if distinct == 1 && self.empty == 0 {
            out("the same everywhere")
        } else if unique && single && (named_id || counts) {
            out("a number or name of the row")
        } else if self.is_date() {
            out("a date")
        } else {
            Fate::Input
        };
    }

    /// The kind as something to answer: a few whole numbers, each often, are names of classes.
    pub(super) fn as_output(&self) -> Modality {
        let few = self.distinct.len() <= 20 && self.filled() >= 5 * self.distinct.len();
        match self.kind {
            Modality::Number if few && self.integers == self.numbers => Modality::Category,
            kind => kind,
        }
    }

    /// The share of the most frequent value.
    pub(super) fn majority(&self) -> f64 {
        let most = self.distinct.values().map(|c| c[0] + c[1]).max();
        most.unwrap_or(0) as f64 / self.filled().max(1) as f64
    }

    /// For comments: `3 values`, `12 – 99`, `4.2 words`.
    pub(super) fn remark(&self) -> String {
        let missing = match self.empty {
            0 => String::new(),
            n => format!(", {n} missing"),
        };
        let about = match self.kind {
            Modality::Number if self.distinct.len() != 1 => {
                format!("{} different numbers", self.distinct.len())
            }
            Modality::Category if self.distinct.len() != 1 => {
                format!("{} different names", self.distinct.len())
            }
            Modality::Number => "1 number".to_string(),
            Modality::Category => "1 name".to_string(),
            Modality::Text | Modality::Abc => {
                format!(
                    "{:.0} letters on average",
                    self.letters as f64 / self.filled().max(1) as f64
                )
            }
            Modality::Image { .. } | Modality::Sound { .. } => "files".to_string(),
        };
        format!("{about}{missing}")
    }

    /// Whether its whole numbers may serve to split by: `take` of a recording.
    pub(super) fn numbers_takes(&self) -> bool {
        self.integers == self.filled() && self.sorts() && self.distinct.len() >= 5
    }

    /// A few of its values, the smallest numbers first.
    pub(super) fn some_values(&self, count: usize) -> Vec<String> {
        let mut values: Vec<&String> = self.distinct.keys().collect();
        values.sort_by_key(|v| (v.len(), v.as_str()));
        values.into_iter().take(count).cloned().collect()
    }
}

/// `2024-03-05`, with or without a time.
fn looks_dated(text: &str) -> bool {
    let b = text.as_bytes();
    let digits = |at: std::ops::Range<usize>| b[at].iter().all(u8::is_ascii_digit);
    b.len() >= 10 && digits(0..4) && b[4] == b'-' && digits(5..7) && b[7] == b'-' && digits(8..10)
}

/// Letters at the ends of labels of the blind files without which they would be labels of the
/// training files (adult's test labels end in a full stop).
pub(super) fn stray_letters(column: &Column) -> String {
    let known = |label: &str| column.distinct.get(label).is_some_and(|c| c[0] > 0);
    let strange: Vec<&String> = column
        .distinct
        .iter()
        .filter(|(_, c)| c[0] == 0 && c[1] > 0)
        .map(|(l, _)| l)
        .collect();
    let trims = |c: char| strange.iter().all(|l| known(l.trim_matches(c)));
    match strange.is_empty() {
        true => String::new(),
        false => ".,;:*\"'"
            .chars()
            .find(|c| trims(*c))
            .map(String::from)
            .unwrap_or_default(),
    }
}

/// Counts what stands in all fields.
pub(super) fn look(layout: &Layout) -> Result<Vec<Column>, Error> {
    let data = &layout.data;
    let mut unreadable = Vec::new();
    let names: Vec<String> = match data.format {
        Format::Csv | Format::Tsv => table_names(layout)?,
        Format::Jsonl => json_names(&data.files[0])?,
        Format::Parquet => {
            let columns = data::parquet_columns(&data.files[0])?;
            let unread = |c: &data::ParquetColumn| Column {
                unread: c.meaning.err(),
                ..Column::new(&c.name)
            };
            let (read, others): (Vec<_>, Vec<_>) = columns.iter().partition(|c| c.meaning.is_ok());
            unreadable.extend(others.into_iter().map(unread));
            unreadable.dedup_by(|a, b| a.name == b.name);
            read.into_iter().map(|c| c.name.clone()).collect()
        }
        Format::Labelled => vec!["label".into(), "text".into()],
        Format::Pairs => (1..=data.files.len()).map(|i| i.to_string()).collect(),
        Format::Idx => return idx_columns(layout),
        Format::Folder => return folder_columns(layout),
        Format::Records => return record_columns(layout),
        Format::Abc => [
            "title", "type", "origin", "composer", "key", "metre", "source", "abc",
        ]
        .map(String::from)
        .to_vec(),
    };
    if names.len() < 2 {
        return Err(Error::Usage(format!(
            "{} has one field only: a task needs an input and an output",
            data.files[0].display()
        )));
    }
    let mut columns: Vec<Column> = names.iter().map(|n| Column::new(n)).collect();
    // Read as text in all fields: the last stands in as the output.
    let field = |name: &String| Field {
        field: name.clone(),
        kind: Modality::Text,
    };
    let task = Task {
        data: data.clone(),
        input: names[..names.len() - 1].iter().map(field).collect(),
        output: field(&names[names.len() - 1]),
        split: Default::default(),
        metric: None,
        budget: Default::default(),
        contest: Default::default(),
        pipeline: Vec::new(),
    };
    for (files, blind) in [(&data.files, false), (&data.blind, true)] {
        if files.is_empty() {
            continue;
        }
        let task = Task {
            data: data.clone(),
            ..task.clone()
        };
        let mut rows = 0;
        data::rows(
            &task,
            files,
            Path::new(""),
            &names.iter().map(String::as_str).collect::<Vec<_>>(),
            &mut |row, _| {
                rows += 1;
                if let (Ok(row), true) = (row, rows <= LOOK) {
                    for (column, cell) in columns.iter_mut().zip(&row.cells) {
                        match cell {
                            Cell::Text(text) | Cell::Latin1(text) => column.see(text, blind),
                            _ => column.see("", blind),
                        }
                    }
                }
                Ok(())
            },
        )?;
    }
    let beside = data.files[0]
        .parent()
        .unwrap_or(Path::new(""))
        .to_path_buf();
    for column in &mut columns {
        column.media = named_media(column, &beside);
    }
    columns.extend(unreadable);
    Ok(columns)
}

/// The kind of the files that a column names, if it names files.
fn named_media(column: &Column, beside: &Path) -> Option<Modality> {
    let names = || column.distinct.keys();
    let all = names().next().is_some()
        && names().all(|n| matches!(data::media_of_name(Path::new(n)), Some("image" | "sound")));
    let first = names().min()?;
    all.then(|| media_file(&beside.join(first)).ok())
        .flatten()
        .map(|m| m.kind())
}

fn table_names(layout: &Layout) -> Result<Vec<String>, Error> {
    let data = &layout.data;
    let mut first = Vec::new();
    let path = &data.files[0];
    for record in data::open_table(path, data)?.byte_records().take(100) {
        first.push(record.map_err(|e| Error::Usage(format!("{}: {e}", path.display())))?);
    }
    let width = data::table_width(&first, data.header).unwrap_or(0);
    Ok(match (data.header, first.first()) {
        (true, Some(header)) => data::table_names(path, header)?,
        _ => (1..=width).map(|i| i.to_string()).collect(),
    })
}

/// The fields of the first objects, in the order that they come in; objects inside are opened.
fn json_names(path: &Path) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::new();
    data::lines(path, |number, line| {
        if let Ok(serde_json::Value::Object(object)) = serde_json::from_slice(line) {
            for (name, value) in object {
                match value {
                    serde_json::Value::Object(inner) => {
                        for part in inner.keys() {
                            let name = format!("{name}.{part}");
                            if !names.contains(&name) {
                                names.push(name);
                            }
                        }
                    }
                    _ if !names.contains(&name) => names.push(name),
                    _ => {}
                }
            }
        }
        Ok(number < 100)
    })?;
    Ok(names)
}

fn idx_columns(layout: &Layout) -> Result<Vec<Column>, Error> {
    let (mut image, mut label) = (Column::new("image"), Column::new("label"));
    for (files, blind) in [(&layout.data.files, false), (&layout.data.blind, true)] {
        for path in files {
            let mut file = open(path)?;
            let sizes = data::dimensions(&mut file, path)?;
            match sizes[..] {
                [_] => {
                    let mut labels = Vec::new();
                    let read = std::io::Read::read_to_end(&mut file, &mut labels);
                    read.map_err(io("read", path))?;
                    labels.iter().for_each(|l| label.see(&l.to_string(), blind));
                }
                [_, height, width, ref rest @ ..] => {
                    image.rows += sizes[0] as usize;
                    image.media = Some(Modality::Image {
                        width,
                        height,
                        channels: rest.first().copied().unwrap_or(1),
                    });
                }
                _ => {}
            }
        }
    }
    if image.media.is_none() || label.rows == 0 {
        let why = "idx files come in pairs: images (3 dimensions) and labels (1 dimension)";
        return Err(Error::Usage(why.to_string()));
    }
    Ok(vec![image, label])
}

fn folder_columns(layout: &Layout) -> Result<Vec<Column>, Error> {
    let pattern = layout
        .data
        .pattern
        .as_deref()
        .map(data::pattern)
        .transpose()?;
    let mut content = Column::new("content");
    let mut parts: Vec<Column> = match &pattern {
        Some(p) => p.capture_names().flatten().map(Column::new).collect(),
        None => Vec::new(),
    };
    let (mut folder, mut above) = (Column::new("folder"), Column::new("above"));
    let mut files: Vec<PathBuf> = Vec::new();
    for path in &layout.data.files {
        files.extend(files_in(path)?);
    }
    for file in &files {
        content.rows += 1;
        if content.media.is_none()
            && let Ok(media) = media_file(file)
        {
            content.media = match media {
                Media::Text(_) => Some(Modality::Text),
                other => Some(other.kind()),
            };
        }
        let name = |p: Option<&Path>| {
            p.and_then(Path::file_name)
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        folder.see(&name(file.parent()), false);
        above.see(&name(file.parent().and_then(Path::parent)), false);
        if let Some(found) = pattern.as_ref().and_then(|p| {
            p.captures(&name(Some(file))).map(|c| {
                parts
                    .iter()
                    .map(|part| {
                        c.name(&part.name)
                            .map_or(String::new(), |m| m.as_str().to_string())
                    })
                    .collect::<Vec<_>>()
            })
        }) {
            parts
                .iter_mut()
                .zip(found)
                .for_each(|(part, text)| part.see(&text, false));
        }
    }
    let mut columns = vec![content];
    columns.extend(parts);
    columns.extend([folder, above]);
    Ok(columns)
}

fn record_columns(layout: &Layout) -> Result<Vec<Column>, Error> {
    let index = layout.data.index.as_ref().expect("records have an index");
    let mut columns: Vec<Column> = Vec::new();
    let mut rows = 0u64;
    data::lines(index, |_, line| {
        rows += 1;
        for (i, part) in line.split(|b| *b == b'\t').enumerate() {
            if columns.len() <= i {
                columns.push(Column::new(&(i + 1).to_string()));
            }
            columns[i].see(&data::text_of(part), false);
        }
        Ok(true)
    })?;
    let path = &layout.data.files[0];
    let bytes = std::fs::metadata(path).map_err(io("read", path))?.len();
    let each = bytes.checked_div(rows).unwrap_or(0);
    let side = |pixels: u64| Some(pixels.isqrt()).filter(|s| s * s == pixels && *s > 0);
    let found = match (side(each), side(each / 3)) {
        (Some(side), _) => Some((side, 1)),
        (_, Some(side)) if each % 3 == 0 => Some((side, 3)),
        _ => None,
    };
    let Some((side, channels)) = found.filter(|_| bytes == rows * each) else {
        return Err(Error::Usage(format!(
            "{}: {bytes} bytes are not {rows} square images",
            path.display()
        )));
    };
    let mut record = Column::new("record");
    record.rows = rows as usize;
    record.media = Some(Modality::Image {
        width: side as u32,
        height: side as u32,
        channels,
    });
    columns.insert(0, record);
    Ok(columns)
}
