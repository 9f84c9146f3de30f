//! Learning: from data to a model file.

use crate::learnt::auto::{Lesson, Trial, Verdict, choose};
use crate::learnt::data::{Form, records_of, split, without_repeated};
use crate::learnt::{Kind, Learnt, primed};
use crate::{Error, Recipe, Watch};
use minlen_core::{Limits, Structure};
use minlen_format::ModelFile;
use std::sync::Arc;

/// Which kind of model to learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LearnKind {
    /// Whatever codes held-out data best, with the model's own size counted.
    #[default]
    Auto,
    /// A classical model that has read the data.
    Primed,
}

/// How to learn.
#[derive(Clone, Debug)]
pub struct LearnOptions {
    /// The kind.
    pub kind: LearnKind,
    /// The model that learns; `None`: the one that codes held-out data best.
    pub engine: Option<Recipe>,
    /// What is coded on its own; `None`: the data is one long stream.
    pub form: Option<Form>,
    /// Bytes that the model file may have, about (its card comes on top).
    pub model_bytes: u64,
    /// Bytes to learn from at most, the last ones. A model that was learnt from more takes longer
    /// to load.
    pub budget_bytes: u64,
    /// Bytes that will be coded with the model, over which its own are spread.
    pub for_bytes: u64,
    /// Draws what is held out by chance; `None`: it is the end of the data.
    pub seed: Option<u64>,
    /// A model to go on from: what it has read comes first.
    pub base: Option<Arc<Learnt>>,
    /// Notes for the card.
    pub notes: Vec<(String, String)>,
    /// What a reader of the model would have to allow.
    pub limits: Limits,
}

impl Default for LearnOptions {
    /// Any kind, one stream, 1 MiB, learnt from 4 MiB at most, for 1 GB.
    fn default() -> LearnOptions {
        LearnOptions {
            kind: LearnKind::Auto,
            engine: None,
            form: None,
            model_bytes: 1 << 20,
            budget_bytes: 4 << 20,
            for_bytes: 1_000_000_000,
            seed: None,
            base: None,
            notes: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct LearnReport {
    /// All that was tried, in order.
    pub lessons: Vec<Lesson>,
    /// The one that was taken: its place in `lessons`.
    pub taken: usize,
    /// Records to learn from and bytes of them, before anything was left out.
    pub train_records: u64,
    /// Bytes of these.
    pub train_bytes: u64,
    /// Records held out.
    pub held_records: u64,
    /// Bytes of these.
    pub held_bytes: u64,
    /// Records that were not held out because they are among those to learn from.
    pub repeated: u64,
    /// Bits a byte of held-out data without the model: its engine, that has learnt nothing.
    pub untaught: f64,
    /// Bits a byte of what it has learnt from, seen again.
    pub again: f64,
    /// What that says.
    pub verdict: Verdict,
    /// Bytes that the finished model has read: also what was held out.
    pub text_bytes: u64,
}

/// Learns from `data`, whole files, and returns the model. What is learnt is judged by `valid`, if
/// it is given, else by a part of `data`, of which the finished model learns, too. `each` hears
/// of every lesson.
///
/// `Usage`: there is nothing to learn from.
pub fn learn(
    data: &[Vec<u8>],
    valid: Option<&[Vec<u8>]>,
    options: &LearnOptions,
    each: &mut dyn FnMut(&Lesson),
    watch: &dyn Watch,
) -> Result<(Learnt, LearnReport), Error> {
    let limits = &options.limits;
    let form = options.form.unwrap_or(Form::File);
    let records = all_records(data, form)?;
    let parts = match valid {
        None => split(&records, options.seed),
        Some(valid) => without_repeated(records.clone(), all_records(valid, form)?),
    };
    let bytes = |records: &[&[u8]]| records.iter().map(|r| r.len() as u64).sum::<u64>();
    if bytes(&parts.train) == 0 || bytes(&parts.held) == 0 {
        return Err(Error::Usage(
            "there is too little data to learn from: some of it is held out".into(),
        ));
    }
    let (base, engine) = match &options.base {
        None => (Vec::new(), options.engine.clone()),
        Some(base) => match &base.kind {
            Kind::Primed(p) => (
                p.text(limits, watch)?,
                options.engine.clone().or(Some(p.engine().clone())),
            ),
        },
    };
    let structure = structure_of(&parts.train);
    let trial = Trial {
        base: &base,
        structure,
        options,
        watch,
    };
    let (lessons, taken, seen) = choose(&trial, &parts, engine, each)?;

    // The finished model learns from all that there is.
    let all = match valid {
        Some(_) => parts.train.clone(),
        None => records,
    };
    let lesson = &lessons[taken];
    let part = lesson.text_bytes as f64 / (bytes(&parts.train).max(1) + base.len() as u64) as f64;
    let room = ((bytes(&all) + base.len() as u64) as f64 * part.min(1.0)).ceil() as u64;
    let (text, params, payload) = trial.fit(&lesson.engine, &all, room)?;
    let mut card = options.notes.clone();
    let mut note = |key: &str, value: String| card.push((key.into(), value));
    note("learnt from", format!("{} bytes", text));
    note(
        "held-out data",
        format!(
            "{:.4} bits a byte, {:.4} without the model ({} bytes in {} records)",
            lesson.held,
            seen.untaught,
            bytes(&parts.held),
            parts.held.len()
        ),
    );
    note("records", options.form.map_or("none", Form::name).into());
    if let Some(seed) = options.seed {
        note("seed", seed.to_string());
    }
    if let Some(base) = &options.base {
        note("from", base.name());
    }
    let file = ModelFile {
        kind: primed::KIND.into(),
        params,
        card,
        payload,
    };
    let model = Learnt::read(file.write()?.0, limits)?;
    let report = LearnReport {
        taken,
        train_records: parts.train.len() as u64,
        train_bytes: bytes(&parts.train),
        held_records: parts.held.len() as u64,
        held_bytes: bytes(&parts.held),
        repeated: parts.repeated,
        untaught: seen.untaught,
        again: seen.again,
        verdict: seen.verdict,
        text_bytes: text,
        lessons,
    };
    Ok((model, report))
}

fn all_records(data: &[Vec<u8>], form: Form) -> Result<Vec<&[u8]>, Error> {
    let mut all = Vec::new();
    for file in data {
        all.extend(records_of(file, form)?);
    }
    Ok(all)
}

/// Of layouts, a primed model knows only whether the data is text: rows would not go on from the
/// text into the data.
fn structure_of(records: &[&[u8]]) -> Structure {
    const SAMPLE: usize = 1 << 18;
    let mut sample = Vec::new();
    for record in records {
        sample.extend_from_slice(record);
        if sample.len() > SAMPLE {
            break;
        }
    }
    let (view, seen) = minlen_views::probe(&sample);
    let text = view.structure(&seen.params).is_ok_and(|s| s.text);
    Structure {
        text,
        ..Structure::NONE
    }
}
