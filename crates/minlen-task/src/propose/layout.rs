//! Which format files have, and which of them are named as blind.

use super::Wishes;
use crate::data::{
    PARQUET, dimensions, files_in, io, labelled_parts, lines, media_of_name, open, open_table,
};
use crate::{DataFiles, Error, Format};
use std::collections::HashSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// How the data lie.
pub(super) struct Layout {
    /// As `task.toml` will say it, but for the trimming.
    pub(super) data: DataFiles,
}

impl Layout {
    /// Whether each example is a file or a record.
    pub(super) fn is_of_files(&self) -> bool {
        matches!(
            self.data.format,
            Format::Folder | Format::Records | Format::Idx
        )
    }
}

/// Lines that are looked at.
const LOOK: usize = 1000;

/// Finds how the data at `paths` lie.
pub(super) fn find(paths: &[PathBuf], wishes: &Wishes) -> Result<Layout, Error> {
    let mut files = Vec::new();
    for path in paths {
        files.extend(files_in(path)?);
    }
    if files.is_empty() {
        let names: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
        let why = format!("{}: there is no file in it", names.join(", "));
        return Err(Error::Usage(why));
    }
    let mut data = DataFiles::of(Format::Csv);
    let media = |kind| {
        files
            .iter()
            .filter(|f| media_of_name(f) == Some(kind))
            .count()
    };
    let folder = paths.iter().any(|p| p.is_dir());
    let sampled = media("image") + media("sound");
    let texts = files.iter().filter(|f| is(f, "txt")).count();
    if 2 * sampled > files.len() || (folder && classed(&files) && 2 * texts > files.len()) {
        data.format = Format::Folder;
        data.files = paths.to_vec();
        data.pattern = wishes.pattern.clone().or_else(|| pattern(&files));
        return Ok(Layout { data });
    }
    let bins: Vec<&PathBuf> = files.iter().filter(|f| is(f, "bin")).collect();
    if let [bin] = bins[..] {
        let index = files.iter().find(|f| is(f, "tsv") && stem_fits(bin, f));
        if let Some(index) = index {
            data.format = Format::Records;
            (data.files, data.index) = (vec![bin.clone()], Some(index.clone()));
            return Ok(Layout { data });
        }
    }
    // A folder may hold more than data: keep what can be read as examples.
    if folder {
        files.retain(|f| known(f));
    }
    let Some(first) = files.first().cloned() else {
        return Err(Error::Usage(
            "no file in the folder has a format that is known".to_string(),
        ));
    };
    (data.format, data.delimiter) = format(&first, &files)?;
    let blind = |p: &PathBuf| {
        let name = p
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|w| matches!(w, "test" | "blind" | "t10k" | "testing"))
    };
    let (tests, others): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(blind);
    (data.files, data.blind) = match others.is_empty() || data.format == Format::Pairs {
        true => ([others, tests].concat(), Vec::new()),
        false => (others, tests),
    };
    if matches!(data.format, Format::Csv | Format::Tsv) {
        data.header = header(&data.files[0], &data)?;
    }
    Ok(Layout { data })
}

fn is(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case(ending))
}

/// Whether `index` is named after `bin`.
fn stem_fits(bin: &Path, index: &Path) -> bool {
    let stem = bin
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    index
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .starts_with(&stem)
}

fn known(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let endings = [
        ".csv", ".tsv", ".jsonl", ".ndjson", ".abc", "-ubyte", ".all", ".txt", ".tab", ".parquet",
    ];
    endings.iter().any(|e| name.ends_with(e))
}

/// Whether files lie in several folders, several files in each.
fn classed(files: &[PathBuf]) -> bool {
    let folders: HashSet<_> = files.iter().filter_map(|f| f.parent()).collect();
    folders.len() >= 2 && files.len() >= 4 * folders.len()
}

/// The pattern of names that all have as many parts, parted by `_` or `-`.
fn pattern(files: &[PathBuf]) -> Option<String> {
    let names: Vec<String> = files
        .iter()
        .map(|f| {
            f.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let ending = names[0].rsplit_once('.')?.1;
    let stems: Option<Vec<&str>> = names
        .iter()
        .map(|n| n.strip_suffix(ending)?.strip_suffix('.'))
        .collect();
    let stems = stems?;
    for mark in ['_', '-'] {
        let parts = stems[0].split(mark).count();
        if parts > 1 && stems.iter().all(|s| s.split(mark).count() == parts) {
            let fields: Vec<String> = (1..=parts).map(|i| format!("{{part{i}}}")).collect();
            return Some(format!("{}.{ending}", fields.join(&mark.to_string())));
        }
    }
    None
}

/// The format of a file, and its delimiter where it has to be said.
fn format(path: &Path, files: &[PathBuf]) -> Result<(Format, Option<char>), Error> {
    if is(path, "abc") {
        return Ok((Format::Abc, None));
    }
    let mut head = open(path)?;
    if head
        .fill_buf()
        .map_err(io("read", path))?
        .starts_with(PARQUET)
    {
        return Ok((Format::Parquet, None));
    }
    if dimensions(&mut head, path).is_ok() {
        return Ok((Format::Idx, None));
    }
    let mut sample: Vec<Vec<u8>> = Vec::new();
    lines(path, |_, line| {
        if !line.is_empty() {
            sample.push(line.to_vec());
        }
        Ok(sample.len() < LOOK)
    })?;
    let unknown = |why: &str| Err(Error::Usage(format!("{}: {why}", path.display())));
    let Some(first) = sample.first() else {
        return unknown("the file is empty");
    };
    match first[0] {
        b'{' => return Ok((Format::Jsonl, None)),
        b'[' => {
            return unknown("one JSON array; put each object on a line of its own (jq -c '.[]')");
        }
        _ => {}
    }
    if first.contains(&0) {
        return unknown("its format is not known; a table with names of files can bring it in");
    }
    let even = |count: &dyn Fn(&[u8]) -> usize| {
        let counts: Vec<usize> = sample.iter().map(|l| count(l)).collect();
        let most = counts
            .iter()
            .copied()
            .max_by_key(|c| counts.iter().filter(|d| *d == c).count());
        let most = most.unwrap_or(0);
        let fit = counts.iter().filter(|c| **c == most).count();
        (most > 0 && 20 * fit >= 19 * sample.len()).then_some(most)
    };
    let marks = |mark: u8| move |l: &[u8]| l.iter().filter(|b| **b == mark).count();
    if even(&marks(b'\t')).is_some() {
        return Ok((Format::Tsv, None));
    }
    if is_table(path)? {
        return Ok((Format::Csv, None));
    }
    let words = |l: &[u8]| l.split(|b| *b == b' ').count();
    let numbers = |l: &Vec<u8>| {
        let mut words = l.split(|b| *b == b' ');
        words.all(|w| std::str::from_utf8(w).is_ok_and(|w| w.parse::<f64>().is_ok()))
    };
    if even(&words).is_some_and(|w| w > 1) && sample.iter().all(numbers) {
        return Ok((Format::Csv, Some(' ')));
    }
    // Sentences often begin alike: files of as many lines are parallel before they are labelled.
    if files.len() >= 2 && as_many_lines(files)? {
        return Ok((Format::Pairs, None));
    }
    let labels: Option<HashSet<&[u8]>> = sample
        .iter()
        .map(|l| labelled_parts(l, ' ').map(|[label, _]| label))
        .collect();
    if labels.is_some_and(|l| l.len() >= 2 && l.len() * 5 <= sample.len()) {
        return Ok((Format::Labelled, None));
    }
    unknown("neither a table, nor JSON lines, nor lines that begin with a label; see docs/task.md")
}

/// Whether all files have as many lines as the first.
fn as_many_lines(files: &[PathBuf]) -> Result<bool, Error> {
    let mut counts = HashSet::new();
    for file in files {
        let mut count = 0;
        lines(file, |_, _| {
            count += 1;
            Ok(true)
        })?;
        counts.insert(count);
    }
    Ok(counts.len() == 1)
}

/// Whether commas or semicolons part as many fields in nearly all rows.
fn is_table(path: &Path) -> Result<bool, Error> {
    let data = DataFiles::of(Format::Csv);
    let mut widths = Vec::new();
    for record in open_table(path, &data)?.byte_records().take(LOOK) {
        widths.push(record.map_or(0, |r| r.len()));
    }
    let most = widths
        .iter()
        .max_by_key(|w| widths.iter().filter(|x| x == w).count());
    let most = most.copied().unwrap_or(0);
    let fit = widths.iter().filter(|w| **w == most).count();
    Ok(most > 1 && 20 * fit >= 19 * widths.len())
}

/// Whether the first line names the fields: words that never come again in their columns, above
/// numbers, or like names in a program where nothing is a number.
fn header(path: &Path, data: &DataFiles) -> Result<bool, Error> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let records = open_table(path, data)?.into_byte_records();
    for record in records.take(LOOK).flatten() {
        let fields = record
            .iter()
            .map(|f| crate::data::text_of(f).trim().to_string());
        rows.push(fields.collect());
    }
    let Some((first, rest)) = rows.split_first() else {
        return Ok(false);
    };
    let number = |s: &str| crate::data::number(s).is_some();
    let width = rest.first().map_or(first.len(), Vec::len);
    let distinct: HashSet<&String> = first.iter().collect();
    if first.len() != width || distinct.len() < width || first.iter().any(|f| number(f)) {
        return Ok(false);
    }
    let again = |at: usize| rest.iter().any(|r| r.get(at) == Some(&first[at]));
    if (0..width).any(again) {
        return Ok(false);
    }
    let numeric = |at: usize| rest.iter().all(|r| r.get(at).is_none_or(|f| number(f)));
    let plain = |f: &String| {
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        f.starts_with(|c: char| c.is_ascii_alphabetic()) && f.chars().all(letters)
    };
    Ok((0..width).any(numeric) || first.iter().all(plain))
}
