//! `minlen task trace`

use super::Places;
use crate::ui::{Exit, Fail, Global, count, data, json};
use minlen_task::{Cache, Made, RunOptions, Task, Value, trace};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// List what each module of a pipeline makes, of one example or of all training examples
#[derive(clap::Args)]
pub struct Args {
    /// The task
    #[arg(value_name = "TASK.toml")]
    task: PathBuf,
    /// A JSON object with the inputs, or a text; without it all training examples are run, and
    /// only modules that changed, or whose inputs did, run anew
    #[arg(value_name = "EXAMPLE")]
    example: Option<String>,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let task = Task::load(&args.task)?;
    let places = Places::of(&args.task);
    let file = places.out.join("pipeline.cache");
    let mut cache = Cache::load(&file);
    let one = args
        .example
        .as_deref()
        .map(|text| serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_string())));
    let progress = global.progress("learning", 0);
    let options = RunOptions {
        name: places.name,
        folder: places.folder,
        out: places.out.clone(),
        threads: global.threads,
        stage: &|stage| super::run::say(global, stage),
        watch: &progress,
    };
    let traced = trace(&task, one.as_ref(), &mut cache, &options)?;
    drop(progress);
    std::fs::create_dir_all(&places.out).map_err(|e| Fail::io("make", &places.out, &e))?;
    cache.save(&file)?;
    if one.is_some() {
        let steps = &traced[0].1;
        if global.json {
            json(&json!({ "steps": steps }))?;
            return Ok(Exit::Done);
        }
        let mut out = String::new();
        for step in steps {
            let kept = if step.kept { "  (as before)" } else { "" };
            for (name, made) in &step.made {
                out += &format!("{name:<24} {}{kept}\n", show(made));
            }
        }
        data(&out)?;
        return Ok(Exit::Done);
    }
    // Of all: for each module, what ran and what came out; and how often the end is right.
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let (mut right, mut wrong) = (0, Vec::new());
    for (example, steps) in &traced {
        for step in steps {
            let count = counts.entry(&step.module).or_default();
            count[0] += usize::from(!step.kept);
            count[1] += usize::from(step.kept);
            count[2] += usize::from(step.made[0].1.is_none());
        }
        let made = steps.last().and_then(|s| s.made[0].1.clone());
        let truth = match &example.output {
            Value::Text(text) => Some(text.clone()),
            Value::Number(n) => Some(n.to_string()),
            _ => None,
        };
        match made.is_some() && made == truth {
            true => right += 1,
            false => wrong.push((example.id.clone(), made, truth)),
        }
    }
    if global.json {
        json(&json!({
            "examples": traced.len(),
            "right": right,
            "modules": task.pipeline.iter().map(|m| {
                let [run, kept, nothing] = counts.get(&*m.name).copied().unwrap_or_default();
                json!({"name": m.name, "run": run, "kept": kept, "nothing": nothing})
            }).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let mut out = format!(
        "{:<20} {:>9} {:>9} {:>14}\n",
        "module", "run", "as before", "made nothing"
    );
    for module in &task.pipeline {
        let [run, kept, nothing] = counts.get(&*module.name).copied().unwrap_or_default();
        out += &format!("{:<20} {run:>9} {kept:>9} {nothing:>14}\n", module.name);
    }
    out += &format!(
        "\n{right} of {} are right.\n",
        count(traced.len() as u64, "training example")
    );
    for (id, made, truth) in wrong.iter().take(5) {
        out += &format!("  {id}: {}, not {}\n", show(made), show(truth));
    }
    data(&out)?;
    Ok(Exit::Done)
}

fn show(made: &Made) -> String {
    made.as_ref()
        .map_or("nothing".to_string(), |m| format!("{m:?}"))
}
