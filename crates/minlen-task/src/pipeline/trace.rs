//! What each module makes, seen from outside.

use super::{Cache, Known, Module, ModuleKind, Steps, TraceStep, learn};
use crate::contest::Ground;
use crate::{Effort, Error, Example, RunOptions, Stage, Task, Value, data};
use std::time::{Duration, Instant};

/// Runs the modules of a task on all its training examples, or on one. Modules with the same code
/// and the same inputs as before are taken from `cache`; learned steps learn from the training
/// examples, within the task's budget, unless they have learnt the same before. Gives each
/// example's steps.
pub fn trace(
    task: &Task,
    one: Option<&serde_json::Value>,
    cache: &mut Cache,
    options: &RunOptions,
) -> Result<Vec<(Example, Vec<TraceStep>)>, Error> {
    if task.pipeline.is_empty() {
        return Err(Error::Usage(
            "the task has no [[pipeline]] to trace".to_string(),
        ));
    }
    let fields: Vec<String> = task.input.iter().map(|f| f.field.clone()).collect();
    let mut steps = Steps::new(&task.pipeline, &fields)?;
    let learned = |m: &Module| m.kind == ModuleKind::Learned;
    let mut examples = Vec::new();
    if one.is_none() || task.pipeline.iter().any(learned) {
        let ground = Ground::read(task, &options.folder)?;
        examples = ground.train.clone();
        let (parts, _) = ground.parts(task.contest.seed);
        let effort = Effort {
            until: Instant::now() + Duration::from_secs_f64(task.budget.minutes * 60.0),
            like: None,
            threads: options.threads,
            watch: options.watch,
        };
        for module in task.pipeline.iter().filter(|m| learned(m)) {
            (options.stage)(&Stage::Begins(&module.name));
        }
        learn(
            &mut steps,
            &parts.training(&parts.train, &[]),
            &effort,
            cache,
        )?;
    }
    if let Some(json) = one {
        let value = |field: &crate::Field| {
            let cell = match json.is_object() {
                true => data::json_cell(json, &field.field),
                false => data::json_cell(&serde_json::json!({ &*field.field: json }), &field.field),
            };
            data::value(cell, field.kind, &options.folder, &task.data.trim).map_err(Error::Usage)
        };
        examples = vec![Example {
            id: String::new(),
            inputs: task.input.iter().map(value).collect::<Result<_, _>>()?,
            output: Value::Missing,
            key: None,
        }];
    }
    let traced = examples.into_iter().map(|example| {
        if options.watch.stop() {
            return Err(Error::Stopped);
        }
        let done = steps.run(Known::of(&task.input, &example.inputs), cache)?;
        Ok((example, done))
    });
    traced.collect()
}
