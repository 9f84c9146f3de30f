//! `minlen model`

use crate::open::model;
use crate::ui::{Exit, Fail, Global, data, grouped, json, show_path};
use minlen::{Learnt, Limits, Structure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Show, list and verify learnt models
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Tell all of a model, and how long it takes to load
    Show {
        /// The model file
        #[arg(value_name = "FILE.mlm")]
        model: PathBuf,
    },
    /// List model files in a line each
    List {
        /// Model files, or folders with such [default: the current folder]
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Check model files against their hashes, and load them
    Verify {
        /// The model files
        #[arg(required = true, value_name = "FILE.mlm")]
        models: Vec<PathBuf>,
    },
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    match args.verb {
        Verb::Show { model } => show(&model, global),
        Verb::List { paths } => list(paths, global),
        Verb::Verify { models } => verify(&models, global),
    }
}

fn show(path: &Path, global: &Global) -> Result<Exit, Fail> {
    let mut shown = Vec::new();
    for learnt in &all(path)? {
        let seconds = load(learnt, global)?;
        match global.json {
            true => {
                let mut about = object(path, learnt);
                about["load_seconds"] = json!(seconds);
                shown.push(about);
            }
            false => data(&told(path, learnt, seconds))?,
        }
    }
    if global.json {
        let second = (shown.len() > 1).then(|| shown.remove(1));
        let mut about = shown.remove(0);
        if let Some(words) = second {
            about["of_words"] = words;
        }
        json(&about)?;
    }
    Ok(Exit::Done)
}

/// The model at `path`. The base model is two: one that reads bytes, and one that reads the words of text.
fn all(path: &Path) -> Result<Vec<Arc<Learnt>>, Fail> {
    let mut all = vec![model(path)?];
    if path == Path::new(Learnt::BASE) {
        all.push(Learnt::base_of_words().clone());
    }
    Ok(all)
}

/// All of a model, in lines.
fn told(path: &Path, learnt: &Learnt, seconds: f64) -> String {
    let mut out = format!("{}\n", show_path(path));
    let mut line = |key: &str, value: &str| out += &format!("  {key:<16} {value}\n");
    line("name", &learnt.name());
    line("archives say", learnt.recipe().as_str());
    line("kind", learnt.kind());
    line("is", &learnt.says());
    if let Some((base, rank)) = learnt.changes() {
        line("base", &base_name(base));
        line("rank", &rank.to_string());
    }
    line(
        "size",
        &format!("{} bytes", grouped(learnt.file().len() as u64)),
    );
    let mib = learnt.memory().div_ceil(1 << 20);
    line("memory", &format!("{} MiB for each stream", grouped(mib)));
    line("loading", &format!("{seconds:.3} s on this machine"));
    for (key, value) in learnt.card() {
        line(&plain(key), &plain(value));
    }
    out
}

fn list(mut paths: Vec<PathBuf>, global: &Global) -> Result<Exit, Fail> {
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let inside = std::fs::read_dir(&path).map_err(|e| Fail::io("read", &path, &e))?;
        let mut found: Vec<PathBuf> = inside
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|p| p.extension().is_some_and(|e| e == "mlm"))
            .map(|p| p.strip_prefix("./").map(Into::into).unwrap_or(p))
            .collect();
        found.sort();
        files.extend(found);
    }
    let mut rows = Vec::new();
    let mut out = format!("{:<32} {:>12}  {:<8} FILE\n", "NAME", "BYTES", "KIND");
    let mut partly = false;
    for path in &files {
        match all(path) {
            Ok(all) => {
                for learnt in all {
                    out += &format!(
                        "{} {:>12}  {:<8} {}: {}\n",
                        learnt.name(),
                        grouped(learnt.file().len() as u64),
                        learnt.kind(),
                        show_path(path),
                        learnt.says(),
                    );
                    rows.push(object(path, &learnt));
                }
            }
            Err(e) => {
                partly = true;
                global.warn(e.message);
            }
        }
    }
    match global.json {
        true => json(&json!({"models": rows}))?,
        false => data(&out)?,
    }
    Ok(Exit::partly_if(partly))
}

fn verify(models: &[PathBuf], global: &Global) -> Result<Exit, Fail> {
    let mut rows = Vec::new();
    let mut out = String::new();
    let mut partly = false;
    for path in models {
        let good = |all: Vec<Arc<Learnt>>| {
            all.iter()
                .try_for_each(|learnt| load(learnt, global).map(|_| ()))?;
            Ok(all)
        };
        match all(path).and_then(good) {
            Ok(all) => {
                for learnt in all {
                    let (place, name) = (show_path(path), learnt.name());
                    out += &format!("{place}: good, {name}\n");
                    rows.push(json!({"file": place, "good": true, "name": name}));
                }
            }
            Err(e) if e.code == 1 => {
                partly = true;
                rows.push(json!({"file": show_path(path), "good": false, "problem": e.message}));
                global.warn(e.message);
            }
            Err(e) => return Err(e),
        }
    }
    match global.json {
        true => json(&json!({"models": rows}))?,
        false => data(&out)?,
    }
    Ok(Exit::partly_if(partly))
}

/// Loads the model, and says how many seconds that took.
fn load(learnt: &Learnt, global: &Global) -> Result<f64, Fail> {
    let watch = global.progress("loading", 0);
    let started = Instant::now();
    learnt.model(&Structure::NONE, &Limits::default(), &watch)?;
    Ok(started.elapsed().as_secs_f64())
}

/// How a model that another changes is called.
fn base_name(base: &Learnt) -> String {
    match base.name() == Learnt::base().name() {
        true => format!("{} ({})", base.name(), Learnt::BASE),
        false => base.name(),
    }
}

fn object(path: &Path, learnt: &Learnt) -> Value {
    let card = learnt.card().iter();
    let card: serde_json::Map<String, Value> = card
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    json!({
        "file": show_path(path),
        "name": learnt.name(),
        "recipe": learnt.recipe().as_str(),
        "kind": learnt.kind(),
        "says": learnt.says(),
        "base": learnt.changes().map(|(base, _)| base.name()),
        "rank": learnt.changes().map(|(_, rank)| rank),
        "bytes": learnt.file().len(),
        "memory_bytes": learnt.memory(),
        "card": card,
    })
}

/// Without control characters: a card may come from anywhere.
fn plain(text: &str) -> String {
    minlen::show_name(text.as_bytes())
}
