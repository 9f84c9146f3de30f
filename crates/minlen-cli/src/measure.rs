//! `minlen measure`

use crate::choice::Choice;
use crate::open::is_dash;
use crate::rows::{Per, Row, bits, parts, top};
use crate::size;
use crate::stdin::Stdin;
use crate::trace::Trace;
use crate::ui::{Exit, Fail, Global, count, data, grouped, json, ratio, show_path};
use minlen::{Inputs, Setting};
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Measure the code length of data under a model, in bits, without coding it
#[derive(clap::Args)]
pub struct Args {
    /// Files and folders, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Let the model see this file first: the conditional code length
    #[arg(long, value_name = "FILE")]
    given: Option<PathBuf>,
    /// Measure every part
    #[arg(long, value_enum)]
    per: Option<Per>,
    /// Bytes of a record, for --per record
    #[arg(long, value_name = "SIZE", value_parser = size::parse_positive)]
    record: Option<u64>,
    /// Only the N parts with the most bits a byte, the costliest first
    #[arg(long, value_name = "N", requires = "per")]
    top: Option<usize>,
    /// Write the cost of every byte to a .csv or .npy file
    #[arg(long, value_name = "OUT")]
    trace: Option<PathBuf>,
    /// Replace an existing trace file
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    choice: Choice,
}

/// What all paths come to.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    bytes: u64,
    bits: f64,
    files: u64,
    partly: bool,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let setting = args.choice.setting()?;
    if (args.per == Some(Per::Record)) != args.record.is_some() {
        return Err(Fail::usage(
            "--per record and --record SIZE need each other",
        ));
    }
    let trace = args.trace.as_deref();
    let mut trace = trace.map(|p| Trace::create(p, args.force)).transpose()?;
    let one = args.paths.len() == 1 && !args.paths[0].is_dir();
    if trace.is_some() && !one {
        return Err(Fail::usage("--trace measures one file at a time"));
    }
    let given = args.given.as_deref();
    let given = given
        .map(|path| std::fs::read(path).map_err(|e| Fail::io("read", path, &e)))
        .transpose()?;

    let mut found = Found::default();
    for path in &args.paths {
        let mut whole = Row {
            file: show_path(path),
            number: None,
            bytes: 0,
            bits: 0.0,
            says: String::new(),
        };
        let folder = path.is_dir();
        let (files, skipped) = files(path)?;
        for (path, why) in skipped {
            found.partly = true;
            global.warn(format!("{} was left out: {why}", path.display()));
        }
        for file in &files {
            let content = match read(file, global) {
                Ok(content) => content,
                Err(e) if folder => {
                    found.partly = true;
                    global.warn(format!("{} was left out", e.message));
                    continue;
                }
                Err(e) => return Err(e),
            };
            let given = given.as_deref();
            let (row, costs) = measure(file, &content, given, &args, &setting, global)?;
            match args.per {
                Some(per @ (Per::Line | Per::Record)) => {
                    let record = args.record.unwrap_or(1) as usize;
                    let rows = parts(&row.file, &content, &costs, per, record);
                    found.rows.extend(rows);
                }
                Some(Per::Member) => found.rows.push(row.clone()),
                None => {}
            }
            if let Some(trace) = trace.take() {
                trace.write(&content, &costs)?;
            }
            found.files += 1;
            whole.bytes += row.bytes;
            whole.bits += row.bits;
            whole.says = row.says;
        }
        if folder {
            whole.says = count(files.len() as u64, "file");
        }
        found.bytes += whole.bytes;
        found.bits += whole.bits;
        if args.per.is_none() {
            found.rows.push(whole);
        }
    }
    found.rows = top(found.rows, args.top);
    show(&found, &args, &setting, global)?;
    Ok(Exit::partly_if(found.partly))
}

/// The files that a path stands for, and those left out with the reason.
type Files = (Vec<PathBuf>, Vec<(PathBuf, String)>);

fn files(path: &Path) -> Result<Files, Fail> {
    if !path.is_dir() {
        return Ok((vec![path.to_path_buf()], Vec::new()));
    }
    let inputs = Inputs::from_paths(&[path.to_path_buf()], None)?;
    let files = inputs.files().map(Into::into).collect();
    let skipped = inputs.skipped.into_iter().map(|s| (s.path, s.why));
    Ok((files, skipped.collect()))
}

fn read(path: &Path, global: &Global) -> Result<Vec<u8>, Fail> {
    if !is_dash(path) {
        return std::fs::read(path).map_err(|e| Fail::io("read", path, &e));
    }
    let mut content = Vec::new();
    Stdin::new(global)
        .read_to_end(&mut content)
        .map_err(|e| Fail::io("read", Path::new("standard input"), &e))?;
    Ok(content)
}

fn measure(
    path: &Path,
    content: &[u8],
    given: Option<&[u8]>,
    args: &Args,
    setting: &Setting,
    global: &Global,
) -> Result<(Row, Vec<minlen::Cost>), Fail> {
    let watch = global.progress("measuring", content.len() as u64);
    let measured = minlen::measure(content, setting, given, &watch)?;
    let view = measured.views.first();
    let row = Row {
        file: show_path(path),
        number: None,
        bytes: content.len() as u64,
        bits: bits(measured.cost),
        says: view.map_or(String::new(), |v| format!("{}: {}", v.view, v.says)),
    };
    // A trace of 8 bytes a byte is kept only where it is needed.
    let needed = args.trace.is_some() || matches!(args.per, Some(Per::Line | Per::Record));
    let trace = if needed { measured.trace } else { Vec::new() };
    Ok((row, trace))
}

fn show(found: &Found, args: &Args, setting: &Setting, global: &Global) -> Result<(), Fail> {
    if global.json {
        let rows: Vec<_> = found.rows.iter().map(Row::json).collect();
        let rate = ratio(found.bits, found.bytes);
        return json(&json!({
            "model": setting.recipe.as_str(),
            "given": args.given.as_deref().map(show_path),
            "files": found.files,
            "bytes": found.bytes,
            "bits": found.bits,
            "bits_per_byte": rate,
            "rows": rows,
        }));
    }
    let numbered = found.rows.iter().any(|r| r.number.is_some());
    let mut out = format!("{:>15} {:>18} {:>10}  ", "BYTES", "BITS", "BITS/BYTE");
    out += if numbered { "FILE:PART\n" } else { "FILE\n" };
    let line = |bytes: u64, bits: f64, name: &str| {
        let rate = ratio(bits, bytes);
        format!("{:>15} {bits:>18.1} {rate:>10.4}  {name}\n", grouped(bytes))
    };
    for row in &found.rows {
        let name = match row.number {
            Some(number) => format!("{}:{number}  {}", row.file, row.says),
            None => format!("{}  {}", row.file, row.says),
        };
        out += &line(row.bytes, row.bits, &name);
    }
    if found.rows.len() != 1 {
        let name = format!("total, {}", count(found.files, "file"));
        out += &line(found.bytes, found.bits, &name);
    }
    data(&out)
}
