//! `minlen task explain`

use super::{Places, input_of};
use crate::ui::{Exit, Fail, Global, data, json};
use minlen_task::{Explanation, Value, Winner};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// Say why the winner answers so: evidence in bits, and the nearest training examples
#[derive(clap::Args)]
pub struct Args {
    /// The task, after `minlen task run`, or the folder of its run
    #[arg(value_name = "TASK.toml|RUN_FOLDER")]
    task: PathBuf,
    /// A JSON object with the inputs, a text, a file, or where a training example comes from
    /// (`train.csv:17`)
    #[arg(value_name = "EXAMPLE")]
    example: String,
    /// Who explains [default: the winner]
    #[arg(long, value_name = "CONTESTANT")]
    with: Option<String>,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let places = Places::of_either(&args.task);
    let mut winner = Winner::load(&places.out, args.with.as_deref())?;
    let train = winner.train(&places.folder)?;
    let named = |e: &&minlen_task::Example| {
        e.id == args.example || e.id.ends_with(&format!("/{}", args.example))
    };
    let (inputs, truth) = match train.iter().find(named) {
        Some(example) => (example.inputs.clone(), Some(example.output.clone())),
        None => {
            let path = Path::new(&args.example);
            let (input, folder) = match path.is_file() {
                true => (input_of(path)?, Path::new("")),
                false => {
                    let text = || Json::String(args.example.clone());
                    (
                        serde_json::from_str(&args.example).unwrap_or_else(|_| text()),
                        Path::new(""),
                    )
                }
            };
            (winner.inputs(&input, folder)?, None)
        }
    };
    let explanation = winner.explain(&inputs, &train)?;
    if global.json {
        json(&json!({
            "contestant": winner.contestant,
            "truth": truth,
            "explanation": explanation,
        }))?;
        return Ok(Exit::Done);
    }
    data(&tell(&winner.contestant, &explanation, truth.as_ref()))?;
    Ok(Exit::Done)
}

/// The explanation for people.
fn tell(contestant: &str, explanation: &Explanation, truth: Option<&Value>) -> String {
    let reply = &explanation.reply;
    let mut out = format!("{contestant} answers {}", short(&reply.answer));
    if let Some(p) = reply.probability {
        out += &format!(" (probability {p:.4})");
    }
    if let Some(truth) = truth {
        out += &format!("; the example says {}", short(truth));
    }
    out += "\n";
    if !explanation.evidence.is_empty() {
        out += "\n  bits for it\n";
    }
    for evidence in &explanation.evidence {
        let bits = evidence.bits.map_or(String::new(), |b| format!("{b:+.2}"));
        out += &format!("  {bits:>9}  {}\n", evidence.what);
    }
    out += "\nThe training examples that look most alike:\n";
    for near in &explanation.nearest {
        let inputs: Vec<String> = near.inputs.iter().map(short).collect();
        out += &format!(
            "  {:>4.0} %  {}: {} → {}\n",
            100.0 * near.alike,
            near.id,
            inputs.join(" · "),
            short(&near.output)
        );
    }
    out
}

/// A value on part of a line.
pub(super) fn short(value: &Value) -> String {
    match value {
        Value::Missing => "–".to_string(),
        Value::Number(n) => n.to_string(),
        Value::Blob(bytes) => format!("({} bytes)", bytes.len()),
        Value::Text(text) => {
            let flat: String = text
                .chars()
                .take(60)
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            match text.chars().count() > 60 {
                true => format!("{flat}…"),
                false => flat,
            }
        }
    }
}
