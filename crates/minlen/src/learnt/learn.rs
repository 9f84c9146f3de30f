//! Learning: from data to a model file.

use crate::learnt::auto::{Lesson, Seen, Trial, Verdict, choose};
use crate::learnt::data::{Form, Split, records_of, split, without_repeated};
use crate::learnt::lowrank::{self, Changed};
use crate::learnt::net::Neural;
use crate::learnt::training::{Filling, NetOptions, train};
use crate::learnt::{Kind, Learnt, Reading, net, primed};
use crate::{Error, Recipe, Watch};
use minlen_core::{Limits, Structure};
use minlen_format::ModelFile;
use minlen_neural::train::Point;
use std::sync::Arc;

/// Which kind of model to learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LearnKind {
    /// Whatever codes held-out data best, with the model's own size counted.
    #[default]
    Auto,
    /// A classical model that has read the data.
    Primed,
    /// A neural net, which advises a classical model.
    Net,
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
    /// Records that a thread of this machine shall get in a second: slower engines are not taken, but for the
    /// fastest. Only for engines that are tried, and records.
    pub gets: Option<u32>,
    /// Draws what is held out by chance; `None`: it is the end of the data.
    pub seed: Option<u64>,
    /// A model to go on from: what it has read comes first, or its parameters do.
    pub base: Option<Arc<Learnt>>,
    /// How to train a net; with the kind `Auto`, `None` leaves nets out.
    pub net: Option<NetOptions>,
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
            gets: None,
            seed: None,
            base: None,
            net: None,
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
    /// Bits a byte of held-out data with the net that it went on from, if it did.
    pub before: Option<f64>,
    /// Bits a byte of what it has learnt from, seen again.
    pub again: f64,
    /// What that says.
    pub verdict: Verdict,
    /// Bytes that the finished model has read: also what was held out, if it is primed.
    pub text_bytes: u64,
    /// The looks at what is held out while a net was trained, in order.
    pub curve: Vec<Point>,
    /// How a net fills in gaps, if it has learnt that.
    pub filling: Option<Filling>,
}

/// What learning hears of itself.
#[derive(Debug)]
pub enum LearnEvent<'a> {
    /// A model was tried.
    Lesson(&'a Lesson),
    /// A net that is being trained was looked at.
    Look(&'a Point),
}

/// Learns from `data`, whole files, and returns the model. What is learnt is judged by `valid`, if
/// it is given, else by a part of `data`; of that a finished primed model learns, too. `each` hears
/// how it goes.
///
/// `Usage`: there is nothing to learn from, or the base is of another kind.
pub fn learn(
    data: &[Vec<u8>],
    valid: Option<&[Vec<u8>]>,
    options: &LearnOptions,
    each: &mut dyn FnMut(LearnEvent),
    watch: &dyn Watch,
) -> Result<(Learnt, LearnReport), Error> {
    let form = options.form.unwrap_or(Form::File);
    let records = all_records(data, form)?;
    let parts = match valid {
        None => split(&records, options.seed),
        Some(valid) => without_repeated(records.clone(), all_records(valid, form)?),
    };
    if bytes(&parts.train) == 0 || bytes(&parts.held) == 0 {
        return Err(Error::Usage(
            "there is too little data to learn from: some of it is held out".into(),
        ));
    }
    let mut lessons = Vec::new();
    let mut finished = None;
    // What goes on from a model is of its kind.
    let kind = match (options.kind, options.base.as_deref()) {
        (LearnKind::Auto, Some(base)) if base.net().is_some() => LearnKind::Net,
        (LearnKind::Auto, Some(_)) => LearnKind::Primed,
        (kind, _) => kind,
    };
    if kind != LearnKind::Net {
        // A primed model learns from all that there is.
        let all = match valid {
            Some(_) => parts.train.clone(),
            None => records,
        };
        finished = Some(primed_model(
            &parts,
            &all,
            options,
            &mut lessons,
            each,
            watch,
        )?);
    }
    if kind == LearnKind::Net || kind == LearnKind::Auto && options.net.is_some() {
        let net = net_model(&parts, options, &mut lessons, each, watch)?;
        let best = finished
            .as_ref()
            .map_or(f64::INFINITY, |f| lessons[f.lesson].whole);
        if lessons[net.lesson].whole < best {
            finished = Some(net);
        }
    }
    let Some(finished) = finished else {
        return Err(Error::Usage("there is nothing to learn".into()));
    };

    let (lesson, seen) = (&lessons[finished.lesson], &finished.seen);
    let mut card = options.notes.clone();
    let mut note = |key: &str, value: String| card.push((key.into(), value));
    note("learnt from", format!("{} bytes", finished.text_bytes));
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
    let mut reading = Reading::from(&options.limits);
    if let Some(base) = &options.base {
        note("from", base.name());
        reading.shelf.add(base.clone());
    }
    if let (Some(filling), Some(net)) = (&finished.filling, &options.net) {
        let [gap, fill, end] = filling.marks;
        let marks = format!("{gap:02x} {fill:02x} {end:02x}");
        note(
            "objective",
            format!("{}, marks {marks}", net.objective.name()),
        );
    }
    let file = ModelFile {
        kind: finished.kind.into(),
        params: finished.params,
        card,
        payload: finished.payload,
    };
    let model = Learnt::read(file.write()?.0, reading)?;
    let report = LearnReport {
        taken: finished.lesson,
        train_records: parts.train.len() as u64,
        train_bytes: bytes(&parts.train),
        held_records: parts.held.len() as u64,
        held_bytes: bytes(&parts.held),
        repeated: parts.repeated,
        untaught: seen.untaught,
        before: seen.before,
        again: seen.again,
        verdict: seen.verdict,
        text_bytes: finished.text_bytes,
        curve: finished.curve,
        filling: finished.filling,
        lessons,
    };
    Ok((model, report))
}

fn bytes(records: &[&[u8]]) -> u64 {
    records.iter().map(|r| r.len() as u64).sum()
}

/// A model that has learnt, but for its card.
struct Finished {
    kind: &'static str,
    /// Its place among the lessons.
    lesson: usize,
    params: Vec<u8>,
    payload: Vec<u8>,
    /// Bytes that it has read.
    text_bytes: u64,
    seen: Seen,
    curve: Vec<Point>,
    filling: Option<Filling>,
}

/// The best primed model, which has then read `all`.
fn primed_model(
    parts: &Split,
    all: &[&[u8]],
    options: &LearnOptions,
    lessons: &mut Vec<Lesson>,
    each: &mut dyn FnMut(LearnEvent),
    watch: &dyn Watch,
) -> Result<Finished, Error> {
    let (base, engine) = match options.base.as_deref().map(|base| &base.kind) {
        None => (Vec::new(), options.engine.clone()),
        Some(Kind::Primed(p)) => (
            p.text(&options.limits, watch)?,
            options.engine.clone().or(Some(p.engine().clone())),
        ),
        Some(_) => return Err(other_kind("net", "primed")),
    };
    let trial = Trial {
        base: &base,
        structure: structure_of(&parts.train),
        options,
        watch,
    };
    let mut said = |lesson: &Lesson| each(LearnEvent::Lesson(lesson));
    let (tried, taken, seen) = choose(&trial, parts, engine, &mut said)?;
    let lesson = &tried[taken];
    let part = lesson.text_bytes as f64 / (bytes(&parts.train).max(1) + base.len() as u64) as f64;
    let room = ((bytes(all) + base.len() as u64) as f64 * part.min(1.0)).ceil() as u64;
    let (text_bytes, params, payload) = trial.fit(&lesson.engine, all, room)?;
    let first = lessons.len();
    lessons.extend(tried);
    Ok(Finished {
        kind: primed::KIND,
        lesson: first + taken,
        params,
        payload,
        text_bytes,
        seen,
        curve: Vec::new(),
        filling: None,
    })
}

fn other_kind(is: &str, wanted: &str) -> Error {
    Error::Usage(format!(
        "the model to go on from is of the kind {is}: {wanted} cannot go on from it (--kind {is})"
    ))
}

/// A trained net.
fn net_model(
    parts: &Split,
    options: &LearnOptions,
    lessons: &mut Vec<Lesson>,
    each: &mut dyn FnMut(LearnEvent),
    watch: &dyn Watch,
) -> Result<Finished, Error> {
    let settings = options.net.clone().unwrap_or_default();
    let engine = settings.advises.as_ref();
    let under = match options.base.as_deref() {
        None => None,
        Some(base) => Some(base.net().ok_or_else(|| other_kind("primed", "a net"))?),
    };
    let mut look = |p: &Point| each(LearnEvent::Look(p));
    let weights = under.map(Neural::weights);
    let trained = train(parts, &settings, weights, &mut look, watch)?;
    let (kind, (params, payload)) = match (&options.base, &trained.changes) {
        (Some(base), Some(changes)) => (lowrank::KIND, Changed::write(engine, base, changes)?),
        _ => (net::KIND, Neural::write(engine, &trained.weights)?),
    };
    let shape = trained.weights.shape().clone();

    // What counts is what the coding path makes of it, with the mixer and small integers.
    let structure = structure_of(&parts.train);
    let taught = Neural::new(settings.advises.clone(), trained.weights)?;
    let taught = taught.model(&structure, &options.limits)?;
    let trial = Trial {
        base: &[],
        structure,
        options,
        watch,
    };
    let untaught: Recipe = match &settings.advises {
        Some(engine) => engine.clone(),
        None => "mix2:default".parse()?,
    };
    let untaught = trial.bits(&*trial.untaught(&untaught)?, &parts.held, NET_BYTES)?;
    let before = match weights {
        None => None,
        Some(weights) => {
            let base = Neural::new(settings.advises.clone(), weights.clone())?;
            let base = base.model(&trial.structure, &options.limits)?;
            Some(trial.bits(&*base, &parts.held, NET_BYTES)?)
        }
    };
    let held = trial.bits(&*taught, &parts.held, NET_BYTES)?;
    let again = trial.bits(&*taught, &parts.train, NET_BYTES)?;
    // Who learns nothing has read nothing before.
    let train = trained.curve.last().map_or(again, |p| p.train_bits);
    let model_bytes = payload.len() as u64;
    let lesson = Lesson {
        gets: None,
        engine: format!("net:{shape}").parse()?,
        text_bytes: trained.read_bytes,
        model_bytes,
        train,
        held,
        whole: held + 8.0 * model_bytes as f64 / options.for_bytes.max(1) as f64,
    };
    each(LearnEvent::Lesson(&lesson));
    lessons.push(lesson);
    Ok(Finished {
        kind,
        lesson: lessons.len() - 1,
        params,
        payload,
        text_bytes: trained.read_bytes,
        seen: Seen {
            untaught,
            before,
            again,
            verdict: match again / held {
                // It knows what it has read better than its like, though it was to know both.
                ratio if ratio < 0.85 || trained.early => Verdict::ByHeart,
                ratio if ratio > 0.97 => Verdict::TooSmall,
                _ => Verdict::Fits,
            },
        },
        curve: trained.curve,
        filling: trained.filling,
    })
}

/// Bytes that a net is measured on, at most: one stream alone is slow.
const NET_BYTES: usize = 1 << 17;

fn all_records(data: &[Vec<u8>], form: Form) -> Result<Vec<&[u8]>, Error> {
    let mut all = Vec::new();
    for file in data {
        all.extend(records_of(file, form)?);
    }
    Ok(all)
}

/// Of layouts, a primed model knows only whether the data is text, and in which kind of script: rows would not go on from the
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
    let seen = view.structure(&seen.params).unwrap_or_default();
    Structure {
        text: seen.text,
        script: seen.script,
        ..Structure::NONE
    }
}
