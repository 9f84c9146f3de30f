//! Which model to learn: by held-out bits, with the model's own bits counted.

use crate::learnt::data::Split;
use crate::learnt::learn::LearnOptions;
use crate::learnt::primed::Primed;
use crate::{Error, Recipe, Watch, registry};
use minlen_core::{Meter, Model, Structure, Teacher, run};
use std::time::{Duration, Instant};

/// The engines that are tried, the fastest first.
const ENGINES: [&str; 3] = ["mix2:default-2", "mix2:lines", "mix2:strong-3"];

/// The engine that is tried, too, where so many records a second are wanted.
const FASTEST: &str = "mix2:swift-2";

/// How long records are coded to see how many are had in a second.
const LOOK: Duration = Duration::from_millis(200);

/// Who is slower has to code in less than this of the bits: records are asked for one by one.
const SLOWER: f64 = 0.99;

/// Held-out records that are measured at most, evenly spread: enough to tell engines apart.
const MOST_RECORDS: usize = 1000;
/// And bytes of those.
const MOST_BYTES: usize = 1 << 20;

/// Something that was tried.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The model that learnt.
    pub engine: Recipe,
    /// Bytes that it read.
    pub text_bytes: u64,
    /// Bytes of the model: of what it read, coded.
    pub model_bytes: u64,
    /// Bits a byte of what it read, as it came.
    pub train: f64,
    /// Bits a byte of held-out data.
    pub held: f64,
    /// The same, with the model's own bits spread over the data that will be coded.
    pub whole: f64,
    /// Records that a thread of this machine gets in a second, where that was asked.
    pub gets: Option<f64>,
}

/// What the model is to its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It had to leave out data from which it would have learnt more.
    TooSmall,
    /// What it learnt holds for other data of the kind.
    Fits,
    /// It knows what it has read and little else.
    ByHeart,
}

/// What else was seen of the lesson that was taken.
pub(crate) struct Seen {
    pub(crate) untaught: f64,
    pub(crate) before: Option<f64>,
    pub(crate) again: f64,
    pub(crate) verdict: Verdict,
}

/// All that lessons share.
pub(crate) struct Trial<'a> {
    /// Read before anything else.
    pub(crate) base: &'a [u8],
    pub(crate) structure: Structure,
    pub(crate) options: &'a LearnOptions,
    pub(crate) watch: &'a dyn Watch,
}

/// Bytes of the text that is learnt, and parameters and payload of the model.
type Fitted = (u64, Vec<u8>, Vec<u8>);

impl Trial<'_> {
    /// The text of the base and of the last of `records` that fill `room` bytes, whole records
    /// only but for the first.
    fn text(&self, records: &[&[u8]], room: u64) -> Vec<u8> {
        let mut text = self.base.to_vec();
        for record in records {
            text.extend_from_slice(record);
        }
        let cut = text.len() - (room.min(text.len() as u64)) as usize;
        text.split_off(cut)
    }

    /// The model of `engine` that has read as much of the end of `records` as `room`, the budget
    /// and the model's size allow.
    pub(crate) fn fit(
        &self,
        engine: &Recipe,
        records: &[&[u8]],
        room: u64,
    ) -> Result<Fitted, Error> {
        let options = self.options;
        let mut room = room.min(options.budget_bytes).max(1);
        loop {
            let text = self.text(records, room);
            let limits = &options.limits;
            let (params, payload) =
                Primed::write(engine, &self.structure, &text, limits, self.watch)?;
            if payload.len() as u64 <= options.model_bytes || text.len() < 64 {
                return Ok((text.len() as u64, params, payload));
            }
            // The end of a text costs less than its beginning.
            let part = options.model_bytes as f64 / payload.len() as f64;
            room = (text.len() as f64 * part * 0.98) as u64;
        }
    }

    /// A model of `engine` that has read the last `room` bytes.
    fn taught(
        &self,
        engine: &Recipe,
        records: &[&[u8]],
        room: u64,
    ) -> Result<Box<dyn Model>, Error> {
        let mut model = self.untaught(engine)?;
        let text = self.text(records, room);
        crate::codec::follow(&mut *model, &mut Teacher::new(&text), &())?;
        Ok(model)
    }

    pub(crate) fn untaught(&self, engine: &Recipe) -> Result<Box<dyn Model>, Error> {
        let entry = registry::find(engine)?;
        let limits = &self.options.limits;
        Ok(entry.model(engine.settings(), &self.structure, limits)?)
    }

    /// Bits a byte of `records`, of at most so many bytes of them, under `model`: each on its own, or
    /// all of them as one stream.
    pub(crate) fn bits(
        &self,
        model: &dyn Model,
        records: &[&[u8]],
        most: usize,
    ) -> Result<f64, Error> {
        let step = records.len().div_ceil(MOST_RECORDS).max(1);
        let mut reel = model.rewinding();
        let (mut units, mut bytes) = (0u64, 0usize);
        for record in records.iter().step_by(step) {
            if bytes >= most {
                break;
            }
            let record = &record[..record.len().min(most - bytes)];
            let mut meter = Meter::new(record);
            run(reel.model(), &mut meter);
            units += meter.total().units();
            bytes += record.len();
            if self.options.form.is_some() {
                reel.rewind();
            }
            if self.watch.stop() {
                return Err(Error::Stopped);
            }
        }
        Ok(units as f64 / f64::from(1 << 24) / bytes.max(1) as f64)
    }

    /// Held-out records that a thread gets in a second.
    fn gets(&self, model: &dyn Model, records: &[&[u8]]) -> Result<f64, Error> {
        let mut reel = model.rewinding();
        let (mut count, begun) = (0u32, Instant::now());
        for record in records.iter().cycle() {
            run(reel.model(), &mut Meter::new(record));
            reel.rewind();
            count += 1;
            if begun.elapsed() >= LOOK {
                break;
            }
            if self.watch.stop() {
                return Err(Error::Stopped);
            }
        }
        Ok(f64::from(count) / begun.elapsed().as_secs_f64().max(1e-9))
    }

    fn lesson(&self, engine: &Recipe, parts: &Split, room: u64) -> Result<Lesson, Error> {
        let (text_bytes, _, payload) = self.fit(engine, &parts.train, room)?;
        let model = self.taught(engine, &parts.train, text_bytes)?;
        let held = self.bits(&*model, &parts.held, MOST_BYTES)?;
        let model_bytes = payload.len() as u64;
        let own = 8.0 * model_bytes as f64 / self.options.for_bytes.max(1) as f64;
        let gets = match self.options.gets {
            Some(_) => Some(self.gets(&*model, &parts.held)?),
            None => None,
        };
        Ok(Lesson {
            gets,
            engine: engine.clone(),
            text_bytes,
            model_bytes,
            train: 8.0 * model_bytes as f64 / text_bytes.max(1) as f64,
            held,
            whole: held + own,
        })
    }
}

/// Tries engines, then less text, and says which lesson was best and what it says of the data.
pub(crate) fn choose(
    trial: &Trial,
    parts: &Split,
    engine: Option<Recipe>,
    each: &mut dyn FnMut(&Lesson),
) -> Result<(Vec<Lesson>, usize, Seen), Error> {
    let engines = match engine {
        Some(engine) => vec![engine],
        None => (trial.options.gets.map(|_| FASTEST).iter())
            .chain(&ENGINES)
            .map(|e| e.parse())
            .collect::<Result<_, _>>()?,
    };
    let train_bytes = parts.train.iter().map(|r| r.len() as u64).sum::<u64>();
    let all = train_bytes + trial.base.len() as u64;
    let mut lessons: Vec<Lesson> = Vec::new();
    let mut taken = 0;
    let mut learn = |lessons: &mut Vec<Lesson>, engine: &Recipe, room| -> Result<bool, Error> {
        let lesson = trial.lesson(engine, parts, room)?;
        each(&lesson);
        lessons.push(lesson);
        let best = &lessons[taken];
        let wanted = match best.engine == *engine {
            true => best.whole,
            false => SLOWER * best.whole,
        };
        let last = &lessons[lessons.len() - 1];
        let fast = |wanted| last.gets.is_some_and(|gets| gets >= f64::from(wanted));
        let better = last.whole < wanted && trial.options.gets.is_none_or(fast);
        if better {
            taken = lessons.len() - 1;
        }
        Ok(better)
    };
    let mut first = 0;
    for (i, engine) in engines.iter().enumerate() {
        if learn(&mut lessons, engine, all)? {
            first = i;
        }
    }
    // Half the text, while that is better: where little is coded, a model must be small. Once in
    // any case, to see what more text is worth.
    let first = lessons[first].clone();
    let mut room = first.text_bytes / 2;
    while room >= 1024 && learn(&mut lessons, &first.engine, room)? {
        room /= 2;
    }
    let best = &lessons[taken];
    let half = lessons[engines.len()..].first();
    let more_helps = half.is_some_and(|half| first.held < 0.98 * half.held);
    let untaught = trial.bits(&*trial.untaught(&best.engine)?, &parts.held, MOST_BYTES)?;
    let model = trial.taught(&best.engine, &parts.train, best.text_bytes)?;
    let again = trial.bits(&*model, &parts.train, MOST_BYTES)?;
    let verdict = if first.text_bytes < all && more_helps {
        Verdict::TooSmall
    } else if best.held > 0.9 * untaught && again < 0.5 * best.held {
        Verdict::ByHeart
    } else {
        Verdict::Fits
    };
    let seen = Seen {
        untaught,
        before: None,
        again,
        verdict,
    };
    Ok((lessons, taken, seen))
}
