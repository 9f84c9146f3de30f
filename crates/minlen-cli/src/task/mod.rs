//! `minlen task`: a file for each of its verbs.

mod contestants;
mod explain;
mod new;
mod predict;
mod report;
mod run;
mod trace;

use crate::ui::{Exit, Fail, Global};
use clap::Subcommand;
use std::path::{Path, PathBuf};

/// Learn a task from examples: one contest of symbolic, classical and neural systems on a blind set
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    New(new::Args),
    Run(run::Args),
    Predict(predict::Args),
    Explain(explain::Args),
    Trace(trace::Args),
    Report(report::Args),
    Contestants(contestants::Args),
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    match args.verb {
        Verb::New(args) => new::run(args, global),
        Verb::Run(args) => run::run(args, global),
        Verb::Predict(args) => predict::run(args, global),
        Verb::Explain(args) => explain::run(args, global),
        Verb::Trace(args) => trace::run(args, global),
        Verb::Report(args) => report::run(args, global),
        Verb::Contestants(args) => contestants::run(args, global),
    }
}

/// Where things are that belong to a `task.toml`.
struct Places {
    /// The folder that the task's paths are relative to.
    folder: PathBuf,
    /// The task's name: that of the file, or of its folder if it is just `task.toml`.
    name: String,
    /// Where trained contestants and the outcome are kept: `NAME.run` beside the file.
    out: PathBuf,
    /// The ledger: `minlen.ledger` beside the file, for all tasks of the folder.
    ledger: PathBuf,
}

impl Places {
    /// Of a `task.toml`, or of the folder of its run.
    fn of_either(path: &Path) -> Places {
        if !path.is_dir() {
            return Places::of(path);
        }
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        Places {
            out: path.to_path_buf(),
            ..Places::of(&absolute.with_extension("toml"))
        }
    }

    fn of(task: &Path) -> Places {
        let folder = match task.parent() {
            Some(parent) if parent != Path::new("") => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let stem = task.file_stem().unwrap_or_default().to_string_lossy();
        let absolute = std::path::absolute(&folder).unwrap_or_else(|_| folder.clone());
        let name = match (&*stem, absolute.file_name()) {
            ("task", Some(folder)) => folder.to_string_lossy().into_owned(),
            (stem, _) => stem.to_string(),
        };
        Places {
            out: folder.join(format!("{stem}.run")),
            ledger: folder.join("minlen.ledger"),
            name,
            folder,
        }
    }
}

/// A file as an input: its text, or its name where it holds an image or a sound.
fn input_of(path: &Path) -> Result<serde_json::Value, Fail> {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let text = match ending.to_ascii_lowercase().as_str() {
        "png" | "bmp" | "pnm" | "ppm" | "pgm" | "pbm" | "jpg" | "jpeg" | "wav" => {
            let path = std::path::absolute(path).map_err(|e| Fail::io("find", path, &e))?;
            path.to_string_lossy().into_owned()
        }
        _ => {
            let bytes = std::fs::read(path).map_err(|e| Fail::io("read", path, &e))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    Ok(serde_json::Value::String(text))
}
