//! `minlen task new`

use crate::ui::{Exit, Fail, Global, count, data, json, show_path};
use minlen_task::{Wishes, propose};
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Look at data and write a task.toml that proposes inputs, output, split and metric
#[derive(clap::Args)]
pub struct Args {
    /// Tables (CSV, TSV, Parquet), JSON lines, lines that begin with a label, parallel texts, idx files,
    /// tunes in ABC, or folders of images, sounds or texts; each may be gzipped
    #[arg(value_name = "DATA", required = true)]
    data: Vec<PathBuf>,
    /// Where to write the task
    #[arg(short, value_name = "TASK.toml", default_value = "task.toml")]
    output_file: PathBuf,
    /// The field that is asked for
    #[arg(long, value_name = "FIELD")]
    output: Option<String>,
    /// For folders: how names of files are made, such as '{digit}_{speaker}_{take}.wav'
    #[arg(long, value_name = "PATTERN")]
    pattern: Option<String>,
    /// Which examples are blind: those with one of these values in a field
    #[arg(long, value_name = "FIELD=VALUE,…")]
    blind: Option<String>,
    /// Replace the file if it exists
    #[arg(short, long)]
    force: bool,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let blind = args.blind.as_deref().map(|text| {
        let (field, values) = text
            .split_once('=')
            .ok_or_else(|| Fail::usage(format!("--blind {text:?}: it is FIELD=VALUE,VALUE,…")))?;
        let values = values.split(',').map(str::to_string).collect();
        Ok::<_, Fail>((field.to_string(), values))
    });
    let wishes = Wishes {
        output: args.output,
        pattern: args.pattern,
        blind: blind.transpose()?,
    };
    let file = &args.output_file;
    let folder = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let proposal = propose(&args.data, folder, &wishes)?;
    let mut options = OpenOptions::new();
    match args.force {
        true => options.create(true).truncate(true),
        false => options.create_new(true),
    };
    let mut out = options.write(true).open(file).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Fail::usage(format!(
            "{} exists already (-f replaces it)",
            show_path(file)
        )),
        _ => Fail::io("write", file, &e),
    })?;
    if let Err(e) = out.write_all(proposal.toml.as_bytes()) {
        // Half a task would be read as a whole one.
        let _ = fs::remove_file(file);
        return Err(Fail::io("write", file, &e));
    }
    if global.json {
        json(&json!({
            "file": show_path(file),
            "rows": proposal.rows,
            "task": proposal.task,
        }))?;
        return Ok(Exit::Done);
    }
    let task = &proposal.task;
    let inputs: Vec<String> = task
        .input
        .iter()
        .map(|f| format!("{} ({})", f.field, f.kind))
        .collect();
    data(&format!(
        "{}: {}\n  input   {}\n  output  {} ({})\n",
        show_path(file),
        count(proposal.rows as u64, "row"),
        inputs.join(", "),
        task.output.field,
        task.output.kind
    ))?;
    global.say(format!(
        "next: read it, then `minlen task run {}`",
        show_path(file)
    ));
    Ok(Exit::Done)
}
