//! Small records, each coded on its own, beside zstd with a dictionary.
//!
//! `cargo xtask records`: of each log, and of the records of a set of JSON files, the first half is
//! learnt and each record of the second half is coded alone. Counted are: for zstd the frames as the
//! program writes them at level 19, without check sums (4 bytes of each name the dictionary), with
//! the best dictionary of 4 to 110 KiB that `zstd --train` makes; neither the dictionary itself is
//! counted, nor an index that would be needed to find a frame. For minlen the whole archive: list
//! of lengths, index, names, checks. The model's bytes stand beside it. Line feeds are not coded by
//! zstd.

use crate::{data, peers, report::grouped};
use minlen::{
    Form, Inputs, LearnKind, LearnOptions, Learnt, RecordArchive, Setting, learn, records_of,
};
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

/// Sizes of dictionaries, in KiB.
const DICTIONARIES: [usize; 6] = [4, 8, 16, 32, 64, 110];

/// `[ENGINE]`: instead of the one that learning takes.
pub fn run(arguments: &[String]) {
    let engine = arguments.first().map(|e| e.parse().expect("a recipe"));
    let mut sets = Vec::new();
    if let Some(folder) = data("logs") {
        for file in files(&folder, "log") {
            let content = std::fs::read(&file).expect("the log can be read");
            let lines = records_of(&content, Form::Line).expect("any data has lines");
            let (first, second) = lines.split_at(lines.len() / 2);
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let name = name.trim_end_matches("_2k").to_string();
            sets.push((name, first.concat(), second.concat()));
        }
    }
    if let Some(folder) = data("json") {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for file in files(&folder, "json") {
            let records = json_records(&std::fs::read(&file).expect("the file can be read"));
            let (a, b) = records.split_at(records.len() / 2);
            let whole = |records: &[Vec<u8>]| {
                let lines = records
                    .iter()
                    .flat_map(|r| r.iter().copied().chain([b'\n']));
                lines.collect::<Vec<u8>>()
            };
            first.extend(whole(a));
            second.extend(whole(b));
        }
        sets.push(("JSON".into(), first, second));
    }
    println!(
        "| data | records | bytes | zstd -19, best dictionary | KiB | minlen archive | of zstd | model | records a second: all | any one |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (name, first, second) in sets {
        measure(&name, first, &second, engine.clone());
    }
}

fn measure(name: &str, first: Vec<u8>, second: &[u8], engine: Option<minlen::Recipe>) {
    let without_end = |line: &[u8]| line.strip_suffix(b"\n").unwrap_or(line).to_vec();
    let records = |data: &[u8]| {
        let lines = records_of(data, Form::Line).expect("any data has lines");
        lines.into_iter().map(without_end).collect::<Vec<_>>()
    };
    let lines = records(second);
    let (zstd, kib) = zstd(&records(&first), &lines);

    let options = LearnOptions {
        kind: LearnKind::Primed,
        engine,
        form: Some(Form::Line),
        ..LearnOptions::default()
    };
    let (model, _) = learn(&[first], None, &options, &mut |_| {}, &()).expect("it can be learnt");
    // As somebody does who has the file only.
    let file = model.file().to_vec();
    let model = Arc::new(Learnt::read(file, &options.limits).expect("the model is good"));
    model
        .model(&Default::default(), &options.limits, &())
        .expect("the model can be loaded");
    let setting = Setting::learnt(&model).with_records(Form::Line);
    let mut archive = Vec::new();
    let input = Inputs::from_reader(name.as_bytes(), Box::new(Cursor::new(second.to_vec())));
    let started = Instant::now();
    minlen::compress(input, &mut archive, &setting, 1, &()).expect("it can be coded");
    let all = started.elapsed().as_secs_f64();

    let bytes = archive.len();
    let cursor = Box::new(Cursor::new(archive));
    let mut archive = RecordArchive::open(cursor, setting.reading()).expect("the archive is good");
    // The first makes the model.
    archive.get(0).expect("there is a record");
    let started = Instant::now();
    // In an order that is far from that of the archive.
    let step = 611; // no divisor of any number of records here
    let n = lines.len() as u64;
    for i in 0..n {
        let i = i * step % n;
        let (record, _) = archive.get(i).expect("the record is there");
        assert_eq!(record, lines[i as usize], "record {i} of {name}");
    }
    let any = started.elapsed().as_secs_f64();
    println!(
        "| {name} | {} | {} | {} | {kib} | {} | {:.3} | {} | {} | {} |",
        grouped(n),
        grouped(second.len() as u64),
        grouped(zstd as u64),
        grouped(bytes as u64),
        bytes as f64 / zstd as f64,
        grouped(model.file().len() as u64),
        grouped((n as f64 / all) as u64),
        grouped((n as f64 / any) as u64),
    );
}

/// Bytes of the frames of all `records` with the best dictionary that `zstd --train` makes, and
/// its size in KiB.
fn zstd(train: &[Vec<u8>], records: &[Vec<u8>]) -> (usize, usize) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = |name: &str, records: &[Vec<u8>]| {
        let folder = place.path().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        for (i, record) in records.iter().enumerate() {
            std::fs::write(folder.join(format!("{i:06}")), record).expect("a file");
        }
        folder
    };
    let samples = folder("samples", train);
    let plain = folder("plain", records);
    let coded = folder("coded", &[]);
    let dictionary = place.path().join("dictionary");
    let program = peers::program("zstd").expect("zstd is installed");
    let zstd = |words: &str, paths: &[&Path]| {
        let mut command = Command::new(&program);
        command.args(words.split_whitespace()).args(paths);
        let outcome = command.stdin(Stdio::null()).stderr(Stdio::null()).status();
        outcome.expect("zstd is there").success()
    };
    let sizes = |kib: usize| {
        let words = format!("-q -f --train --maxdict={} -r", kib << 10);
        // There may be too little to train a dictionary of that size.
        if !zstd(&words, &[&samples, Path::new("-o"), &dictionary]) {
            return None;
        }
        let to = Path::new("--output-dir-flat");
        let paths = [dictionary.as_path(), Path::new("-r"), &plain, to, &coded];
        assert!(zstd("-q -f -19 --no-check -D", &paths), "zstd failed");
        let frames = std::fs::read_dir(&coded).expect("frames");
        let bytes = frames.map(|f| f.and_then(|f| f.metadata()).expect("a frame").len());
        Some((bytes.sum::<u64>() as usize, kib))
    };
    let best = DICTIONARIES.into_iter().filter_map(sizes).min();
    best.expect("zstd finds a dictionary")
}

/// Files below `folder` with this ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                all.push(path);
            }
        }
    }
    all.sort();
    all
}

/// The records of a JSON file, each without white space: the elements, if they are objects, of
/// the largest array; or the values of an object of 50 and more, all objects.
fn json_records(text: &[u8]) -> Vec<Vec<u8>> {
    let text = compact(text);
    let mut best: Vec<&[u8]> = Vec::new();
    let mut spans: Vec<Vec<usize>> = Vec::new(); // of each open bracket: where its parts begin
    let bytes = |parts: &[&[u8]]| parts.iter().map(|p| p.len()).sum::<usize>();
    let mut in_string = false;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => spans.push(vec![at, at + 1]),
            b',' => {
                if let Some(span) = spans.last_mut() {
                    span.push(at + 1);
                }
            }
            b']' | b'}' => {
                let mut span = spans.pop().unwrap_or_default();
                span.push(at + 1);
                let is_array = text[at] == b']';
                let parts: Vec<&[u8]> = span[1..]
                    .windows(2)
                    .map(|w| &text[w[0]..w[1] - 1])
                    .map(|part| if is_array { part } else { value(part) })
                    .collect();
                let objects = parts.iter().all(|p| p.starts_with(b"{"));
                let enough = parts.len() >= if is_array { 5 } else { 50 };
                if objects && enough && bytes(&parts) > bytes(&best) {
                    best = parts;
                }
            }
            _ => {}
        }
        at += 1;
    }
    best.into_iter().map(<[u8]>::to_vec).collect()
}

/// What stands behind the name of a member of an object.
fn value(member: &[u8]) -> &[u8] {
    let mut at = 1;
    while at < member.len() && member[at] != b'"' {
        at += 1 + usize::from(member[at] == b'\\');
    }
    member.get(at + 2..).unwrap_or_default()
}

/// Without white space outside strings.
fn compact(text: &[u8]) -> Vec<u8> {
    let (mut in_string, mut escaped) = (false, false);
    let keep = |&b: &u8| {
        if in_string {
            in_string = escaped || b != b'"';
            escaped = !escaped && b == b'\\';
            return true;
        }
        in_string = b == b'"';
        !b.is_ascii_whitespace()
    };
    text.iter().copied().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_json() {
        let text = br#" { "a" : [ {"x": "}, ]\" "}, {}, {"y":[1, 2]}, {"z":{}}, {"w" : 1} ] } "#;
        let records = json_records(text);
        let records: Vec<_> = records.iter().map(|r| String::from_utf8_lossy(r)).collect();
        let expected = [
            r#"{"x":"}, ]\" "}"#,
            "{}",
            r#"{"y":[1,2]}"#,
            r#"{"z":{}}"#,
            r#"{"w":1}"#,
        ];
        assert_eq!(records, expected);
        assert!(json_records(b"[1,2,3,4,5,6]").is_empty());
        let named: Vec<String> = (0..50)
            .map(|i| format!("\"n\\\"{i}\": {{\"v\": {i}}}"))
            .collect();
        let object = format!("{{{}}}", named.join(", "));
        assert_eq!(json_records(object.as_bytes())[7], b"{\"v\":7}");
    }
}
