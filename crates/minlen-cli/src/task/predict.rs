//! `minlen task predict`

use super::{Places, input_of};
use crate::generate::{temperature, top_p};
use crate::ui::{Exit, Fail, Global, data, show_path};
use minlen_task::{Draw, Reply, Value, Winner};
use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Answer new inputs with what a run has learnt: JSON lines in, JSON lines out, or files
#[derive(clap::Args)]
pub struct Args {
    /// The task, after `minlen task run`, or the folder of its run
    #[arg(value_name = "TASK.toml|RUN_FOLDER")]
    task: PathBuf,
    /// Files of JSON lines, each line an object with the inputs (or just the text, where there is
    /// one input); images, sounds or texts, where they are the input [default: standard input]
    #[arg(value_name = "INPUTS")]
    inputs: Vec<PathBuf>,
    /// Who answers [default: the winner]
    #[arg(long, value_name = "CONTESTANT")]
    with: Option<String>,
    /// A folder for answers that are images (PNG), tunes (ABC, MIDI, WAV) or sounds (WAV)
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Draw so many answers to each input by chance, instead of the likeliest one: for texts, tunes and
    /// images that a model writes
    #[arg(long, value_name = "N")]
    draw: Option<u64>,
    /// The seed of the first one drawn; each has the next
    #[arg(long, default_value_t = 1, requires = "draw")]
    seed: u64,
    /// Below 1, what is likely is drawn more often than the model says; above 1, less often
    #[arg(long, value_name = "T", value_parser = temperature, default_value = "1", requires = "draw")]
    temperature: u32,
    /// Only what is likeliest is drawn: the fewest symbols that have together this share of the
    /// probability
    #[arg(long, value_name = "P", value_parser = top_p, default_value = "1", requires = "draw")]
    top_p: u32,
}

/// Bytes of a text that is drawn, at most.
const MOST: usize = 4096;

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let places = Places::of_either(&args.task);
    let mut winner = Winner::load(&places.out, args.with.as_deref())?;
    let mut partly = false;
    let mut count = 0;
    let mut answer = |id: String, input: &Json, folder: &Path| -> Result<(), Fail> {
        for nth in 0..args.draw.unwrap_or(1) {
            global.go_on()?;
            count += 1;
            let draw = args.draw.map(|_| Draw {
                bytes: MOST,
                seed: args.seed.wrapping_add(nth),
                temperature: args.temperature,
                top_p: args.top_p,
            });
            let inputs = winner.inputs(input, folder);
            let reply = inputs.and_then(|inputs| match &draw {
                Some(draw) => Ok(Reply::drawn(winner.draw(&inputs, draw, false)?)),
                None => winner.reply(&inputs),
            });
            let line = match reply {
                Ok(reply) => {
                    let files = match &args.output {
                        Some(folder) => {
                            let files = reply.answer.files(winner.schema().output.kind);
                            keep(folder, count, files)?
                        }
                        None => Vec::new(),
                    };
                    show(&reply, &files)
                }
                // One bad line is no reason to leave the others unanswered.
                Err(e @ minlen_task::Error::Usage(_)) => {
                    partly = true;
                    global.warn(format!("{id}: {e}"));
                    json!({"error": e.to_string()})
                }
                Err(e) => return Err(e.into()),
            };
            data(&format!("{line}\n"))?;
        }
        Ok(())
    };
    if args.inputs.is_empty() {
        let folder = PathBuf::from(".");
        lines(
            io::stdin().lock(),
            Path::new("standard input"),
            |id, input| answer(id, input, &folder),
        )?;
    }
    for path in &args.inputs {
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        if matches!(ending.as_str(), "jsonl" | "json" | "ndjson") {
            let file = File::open(path).map_err(|e| Fail::io("read", path, &e))?;
            lines(BufReader::new(file), path, |id, input| {
                answer(id, input, &folder)
            })?;
        } else {
            let input = input_of(path)?;
            answer(show_path(path), &input, Path::new(""))?;
        }
    }
    Ok(Exit::partly_if(partly))
}

/// Calls `each` for each line of JSON. A line that is no JSON is a text.
fn lines(
    mut file: impl BufRead,
    path: &Path,
    mut each: impl FnMut(String, &Json) -> Result<(), Fail>,
) -> Result<(), Fail> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if file
            .read_until(b'\n', &mut line)
            .map_err(|e| Fail::io("read", path, &e))?
            == 0
        {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        if text.trim().is_empty() {
            continue;
        }
        let json = serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_string()));
        each(format!("{}:{number}", show_path(path)), &json)?;
    }
    Ok(())
}

/// A reply as one line of JSON.
fn show(reply: &Reply, files: &[String]) -> Json {
    let answer = match (&reply.answer, files) {
        (Value::Number(n), _) => json!(n),
        (Value::Text(text), _) => json!(text),
        (Value::Blob(_), [file, ..]) => json!(file),
        (Value::Blob(samples), []) => json!(samples),
        (Value::Missing, _) => Json::Null,
    };
    let mut line = json!({ "answer": answer });
    if !files.is_empty() {
        line["files"] = json!(files);
    }
    if let Some(p) = reply.probability {
        line["probability"] = json!(p);
    }
    if let Some(bits) = reply.bits {
        line["bits"] = json!(bits);
    }
    if let Some(within) = reply.within {
        line["mean_error"] = json!(within);
    }
    if !reply.others.is_empty() {
        line["others"] = json!(reply.others);
    }
    if !reply.likely.is_empty() {
        let likely = reply
            .likely
            .iter()
            .map(|(label, p)| json!({"label": label, "p": p}));
        line["likely"] = json!(likely.collect::<Vec<_>>());
    }
    line
}

/// Writes the files of an answer, all of one name; gives their paths.
fn keep(
    folder: &Path,
    name: usize,
    files: Vec<(&'static str, Vec<u8>)>,
) -> Result<Vec<String>, Fail> {
    std::fs::create_dir_all(folder).map_err(|e| Fail::io("make", folder, &e))?;
    let written = files.into_iter().map(|(ending, bytes)| {
        let path = folder.join(format!("{name}.{ending}"));
        std::fs::write(&path, bytes).map_err(|e| Fail::io("write", &path, &e))?;
        Ok(show_path(&path))
    });
    written.collect()
}
