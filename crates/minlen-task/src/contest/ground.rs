//! The data of a task, read and cut: what a contest stands on.

use super::parts::{self, Parts};
use crate::{
    Blind, Cut, Error, Example, Metric, Modality, Schema, Split, Task, Value, cut, data, value,
};
use std::path::Path;

/// What a task's files hold, in the order of the files.
pub(crate) struct Ground {
    /// Fields, and the labels of training examples.
    pub(crate) schema: Schema,
    /// The task's own measure.
    pub(crate) metric: Metric,
    /// Examples to learn from.
    pub(crate) train: Vec<Example>,
    /// Those held back.
    pub(crate) blind: Blind,
    /// Inputs whose outputs nobody knows; none of them is a blind one's.
    pub(crate) unlabelled: Vec<Vec<Value>>,
    /// Training examples left out because a blind one has the same inputs.
    pub(crate) copies: usize,
    /// Rows left out.
    pub(crate) skipped: usize,
    /// Why: of the first few.
    pub(crate) reasons: Vec<String>,
    /// What is worth knowing besides.
    pub(crate) notes: Vec<String>,
}

impl Ground {
    /// Reads the data of `task`, whose paths are relative to `folder`.
    pub(crate) fn read(task: &Task, folder: &Path) -> Result<Ground, Error> {
        let all = data::read(task, &task.data.files, folder)?;
        let given = data::read(task, &task.data.blind, folder)?;
        if given.examples.is_empty() && !task.data.blind.is_empty() {
            // Or a draw would be taken for the blind set that was asked for.
            let why = "the files of [data] blind have no examples";
            return Err(Error::Usage(why.to_string()));
        }
        let notes = [all.notes(), given.notes()].concat();
        let reasons = [all.skipped, given.skipped].concat();
        let skipped = all.skipped_count + given.skipped_count;
        let Cut {
            mut train,
            blind,
            copies,
        } = cut(all.examples, given.examples, &task.split)?;
        let mut unlabelled = [without_labels(task, &mut train), unlabelled(task, folder)?].concat();
        if task.contest.labelled_only {
            unlabelled.clear();
        }
        let schema = schema(task, &train);
        let metric = task.metric.unwrap_or_else(|| Metric::of(&schema));
        if !metric.suits(&schema) {
            return Err(Error::Usage(format!(
                "{} cannot judge a {}",
                metric.name(),
                schema.output.kind
            )));
        }
        Ok(Ground {
            unlabelled: blind.without(unlabelled),
            schema,
            metric,
            train,
            blind,
            copies,
            skipped,
            reasons,
            notes,
        })
    }

    /// The names of all that can be learnt from, and of the blind set: for the ledger.
    pub(crate) fn names(&self) -> (String, String) {
        let inputs = self.unlabelled.iter().map(|inputs| Example {
            id: String::new(),
            inputs: inputs.clone(),
            output: Value::Missing,
            key: None,
        });
        let learnt_from = match self.unlabelled.is_empty() {
            true => value::name(&self.train),
            false => value::name(&self.train.iter().cloned().chain(inputs).collect::<Vec<_>>()),
        };
        (learnt_from, self.blind.name())
    }

    /// What contestants learn from and are tried on, and what they are scored on in the end.
    pub(crate) fn parts(self, seed: u64) -> (Parts, Blind) {
        let parts = Parts::new(self.schema, self.metric, self.train, self.unlabelled, seed);
        (parts, self.blind)
    }
}

/// Fields, and the labels that training examples have.
fn schema(task: &Task, train: &[Example]) -> Schema {
    let mut labels: Vec<&str> = match task.output.kind {
        Modality::Category => train.iter().filter_map(|e| e.output.text()).collect(),
        _ => Vec::new(),
    };
    labels.sort_unstable();
    labels.dedup();
    Schema {
        inputs: task.input.clone(),
        output: task.output.clone(),
        labels: labels.into_iter().map(str::to_string).collect(),
    }
}

/// Takes the outputs of as many training examples as the task wants without them; gives their inputs.
fn without_labels(task: &Task, train: &mut Vec<Example>) -> Vec<Vec<Value>> {
    let Some(share) = task.contest.labels else {
        return Vec::new();
    };
    parts::order(train, task.contest.seed);
    let kept = (train.len() as f64 * share).round() as usize;
    let rest = train.split_off(kept.clamp(2.min(train.len()), train.len()));
    rest.into_iter().map(|e| e.inputs).collect()
}

/// Inputs whose outputs nobody knows.
fn unlabelled(task: &Task, folder: &Path) -> Result<Vec<Vec<Value>>, Error> {
    if task.data.unlabelled.is_empty() {
        return Ok(Vec::new());
    }
    // Read as if the first input were the output too: a row has at least that.
    let mut task = task.clone();
    task.output = task.input[0].clone();
    task.split = Split::default();
    let read = data::read(&task, &task.data.unlabelled, folder)?;
    Ok(read.examples.into_iter().map(|e| e.inputs).collect())
}
