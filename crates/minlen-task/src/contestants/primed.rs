//! Mixing models that have read the training examples.
//!
//! To name a label, one model a label has read the inputs that have it; an input gets the label
//! whose model needs the fewest bits for it, with those of the label itself (Frank, Chui and Witten,
//! *Text categorization using compression models*, 2000). Each model reads its text once; every
//! input is measured from there, and the way back is taken for little. To write an answer, one model
//! has read all inputs and outputs in turn.

use super::parts;
use super::script::Script;
use super::search::{Form, write};
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Example, Family, Modality, Schema, Trained,
    Training, Value, Watch, Written,
};
use minlen::{Limits, Structure};
use minlen_core::{Cost, Distribution, Guide, Meter, Model, Rewind, Symbol, Teacher, run};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

/// One primed mixing model a label, or one that writes.
pub struct Primed;

/// The engines that are tried, the quickest first.
const ENGINES: [&str; 3] = ["fast", "default", "strong"];
/// Held-out examples that engines are chosen by, at most.
const TRIED: usize = 400;
/// Bytes of an input that are read.
const MOST: usize = 4096;
/// Memory of all tables together, as a power of two of 64-byte lines: 512 MiB, and as much again
/// for the copies that inputs are measured with.
const LINES: u32 = 23;
/// Bytes that one model reads at most; later examples are left out.
const TEXT: usize = 8 << 20;

/// What was chosen.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Settings {
    /// The preset of `mix2`.
    engine: String,
    /// log2 of the lines of its table.
    table: u32,
    /// Code lengths are multiplied by this before they become probabilities: symbols of one input
    /// are not as independent as their sum takes them to be.
    scale: f64,
    /// How many training examples had each label.
    counts: Vec<u32>,
}

impl Contestant for Primed {
    fn name(&self) -> &'static str {
        "primed"
    }
    fn summary(&self) -> &'static str {
        "one mixing model a label has read its inputs; the shortest code length decides. \
         Or one that has read all examples writes on"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        match schema.output.kind {
            Modality::Number => Err("code lengths name labels and write, but do not count".into()),
            Modality::Sound { .. } => Err("it writes no sound".into()),
            _ => Ok(()),
        }
    }

    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let script = Script::new(data.schema, data.examples, MOST);
        let (counts, texts) = texts(&script, data.examples);
        let table = (LINES - texts.len().max(1).next_power_of_two().ilog2()).clamp(12, 22);
        let settings = |engine: &str, scale| Settings {
            engine: engine.to_string(),
            table,
            scale,
            counts: counts.clone(),
        };
        if let Some(like) = effort.like {
            let engine: String = parts::setting(like, "engine").unwrap_or_default();
            let scale = parts::setting(like, "scale").unwrap_or(1.0);
            let taught = Taught::new(script, settings(&engine, scale), texts, effort)?;
            return Ok(Box::new(taught));
        }
        let tried = &data.held[..data.held.len().min(TRIED)];
        let mut best: Option<(f64, Taught)> = None;
        for engine in ENGINES {
            let begin = std::time::Instant::now();
            let mut taught =
                Taught::new(script.clone(), settings(engine, 1.0), texts.clone(), effort)?;
            let bits = taught.trial(tried)?;
            // The first one that is not better is the last: they are ordered by strength, too.
            let better = best.as_ref().is_none_or(|(least, _)| bits < *least);
            if better {
                best = Some((bits, taught));
            }
            // The next takes about twice as long, and the chosen one learns once more.
            if !better || begin + begin.elapsed() * 8 > effort.until {
                break;
            }
        }
        match best {
            Some((_, taught)) => Ok(Box::new(taught)),
            None => Err(Error::Stopped),
        }
    }

    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let ((settings, mut script), texts): ((Settings, Script), _) = parts::part(saved)?;
        script.schema = schema.clone();
        let labels = schema.labels.len();
        let fits = match schema.classifies() {
            true => texts.len() == labels && settings.counts.len() == labels,
            false => texts.len() == 1,
        };
        if !fits {
            return Err(parts::damaged());
        }
        let effort = Effort::none();
        Ok(Box::new(Taught::new(script, settings, texts, &effort)?))
    }
}

/// What each model shall read, and how many examples that is.
fn texts(script: &Script, examples: &[Example]) -> (Vec<u32>, Vec<Vec<u8>>) {
    let classifies = script.schema.classifies();
    let models = match classifies {
        true => script.schema.labels.len(),
        false => 1,
    };
    let (mut counts, mut texts) = (vec![0; models], vec![Vec::new(); models]);
    for example in examples {
        let Some(reply) = script.reply(&example.output) else {
            continue;
        };
        let (place, document) = match classifies {
            true => {
                let label = example.output.text().and_then(|t| script.schema.label(t));
                (label.unwrap_or(0), document(script, &example.inputs))
            }
            false => (0, [script.prompt(&example.inputs), reply].concat()),
        };
        counts[place] += 1;
        if texts[place].len() + document.len() <= TEXT {
            texts[place].extend(document);
        }
    }
    (counts, texts)
}

/// An input as the models of labels read it: text ends with its line, samples where they end.
fn document(script: &Script, inputs: &[Value]) -> Vec<u8> {
    let mut all = script.given(inputs);
    if script.given_structure().text {
        all.push(b'\n');
    }
    all
}

/// Models that have read their texts.
struct Taught {
    script: Script,
    settings: Settings,
    texts: Vec<Vec<u8>>,
    /// One a label, at its beginning or to be taken back there.
    readers: Vec<Box<dyn Rewind>>,
    /// The one that writes.
    writer: Option<Arc<Mutex<Writer>>>,
    threads: usize,
}

impl Taught {
    fn new(
        script: Script,
        settings: Settings,
        texts: Vec<Vec<u8>>,
        effort: &Effort,
    ) -> Result<Taught, Error> {
        let (mut readers, mut writer) = (Vec::new(), None);
        if script.schema.classifies() {
            readers = in_threads(effort.threads, texts.iter(), |text| {
                let structure = script.given_structure();
                Ok(read(text, &settings, &structure, effort.watch)?.rewinding())
            });
        } else {
            let origin = read(&texts[0], &settings, &script.structure(), effort.watch)?;
            writer = Some(Arc::new(Mutex::new(Writer::new(origin))));
        }
        Ok(Taught {
            readers: readers.into_iter().collect::<Result<_, Error>>()?,
            writer,
            script,
            settings,
            texts,
            threads: effort.threads,
        })
    }

    /// Mean bits of held-out outputs; for labels, with the best scale, which is kept.
    fn trial(&mut self, held: &[Example]) -> Result<f64, Error> {
        if let Some(writer) = &self.writer {
            let mut bits = 0.0;
            for example in held {
                let reply = self.script.reply(&example.output).unwrap_or_default();
                let mut model = Lent::of(writer, &self.script.prompt(&example.inputs));
                bits += cost(&mut model, &reply);
            }
            return Ok(bits / held.len().max(1) as f64);
        }
        let mut measured = Vec::new();
        for example in held {
            let label = example.output.text();
            if let Some(label) = label.and_then(|t| self.script.schema.label(t)) {
                measured.push((self.costs(&example.inputs), label));
            }
        }
        let mean = |scale: f64| {
            let bits = measured.iter().map(|(costs, label)| {
                // A floor, so that no single example decides.
                -(self.shares(costs, scale)[*label].max(1e-6)).log2()
            });
            bits.sum::<f64>() / measured.len().max(1) as f64
        };
        let scales = (0..=20).map(|i| 2f64.powf(-f64::from(i) / 2.0));
        let (bits, scale) = scales
            .map(|scale| (mean(scale), scale))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((0.0, 1.0));
        self.settings.scale = scale;
        Ok(bits)
    }

    /// Bits of an input under each label's model.
    fn costs(&mut self, inputs: &[Value]) -> Vec<f64> {
        let document = document(&self.script, inputs);
        let threads = match document.len() * self.readers.len() {
            // Threads take some 50 µs to begin, in which a model reads 100 bytes.
            0..=16_384 => 1,
            _ => self.threads,
        };
        in_threads(threads, self.readers.iter_mut(), |reader| {
            reader.rewind();
            cost(reader.model(), &document)
        })
    }

    /// Probabilities of labels, of the bits that an input took.
    fn shares(&self, costs: &[f64], scale: f64) -> Vec<f64> {
        let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
        let parts = costs.iter().zip(&self.settings.counts);
        let parts = parts.map(|(bits, count)| match count {
            // A model that has read nothing knows nothing.
            0 => 0.0,
            _ => f64::from(*count) * (-(bits - least) * scale).exp2(),
        });
        let parts: Vec<f64> = parts.collect();
        let sum: f64 = parts.iter().sum();
        let even = 1.0 / parts.len() as f64;
        let share = |p: &f64| if sum > 0.0 { p / sum } else { even };
        parts.iter().map(share).collect()
    }
}

impl Trained for Taught {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let Some(writer) = &self.writer else {
            let costs = self.costs(inputs);
            return Ok(Answer::Class(self.shares(&costs, self.settings.scale)));
        };
        let prompt = self.script.prompt(inputs);
        let form = Form::of(&self.script);
        // Copies of a mixing model are not cheap: no beam.
        let written = write(&mut Lent::of(writer, &prompt), form, 1);
        let model: Box<dyn Model> = Box::new(Lent::of(writer, &prompt));
        Ok(Answer::Written(Written::of(written, Some(model))))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        parts::join(&(&self.settings, &self.script), &self.texts)
    }

    fn config(&self) -> String {
        format!(
            "engine={},scale={}",
            self.settings.engine, self.settings.scale
        )
    }

    /// The words that speak for the label named and against the one that comes next: bits that
    /// the other's model needs more for them.
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let document = document(&self.script, inputs);
        if self.readers.len() < 2 || !self.script.given_structure().text {
            return Ok(Vec::new());
        }
        let costs = self.costs(inputs);
        let shares = self.shares(&costs, self.settings.scale);
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
        let mut trace = |label: usize| {
            self.readers[label].rewind();
            let mut meter = Meter::with_trace(&document);
            run(self.readers[label].model(), &mut meter);
            meter.into_trace()
        };
        let (own, other) = (trace(order[0]), trace(order[1]));
        let mut found = Vec::new();
        let mut from = 0;
        for word in document.split_inclusive(|b| b.is_ascii_whitespace()) {
            let place = from..from + word.len();
            from = place.end;
            let sum = |costs: &[Cost]| {
                let units = costs[place.clone()].iter().map(|c| c.units() as f64);
                units.sum::<f64>() / Cost::UNITS_A_BIT as f64
            };
            found.push(Evidence {
                what: String::from_utf8_lossy(word).trim().to_string(),
                bits: Some(self.settings.scale * (sum(&other) - sum(&own))),
            });
        }
        let size = |e: &Evidence| e.bits.unwrap_or(0.0).abs();
        found.sort_by(|a, b| size(b).total_cmp(&size(a)));
        found.truncate(12);
        Ok(found)
    }
}

/// A model that has read nothing: a preset of `mix2` with a table of 2^`table` lines.
pub(super) fn engine(
    preset: &str,
    table: u32,
    structure: &Structure,
) -> Result<Box<dyn Model>, Error> {
    let entry = minlen::models().find(|entry| entry.name == "mix2");
    let entry = entry.expect("the facade has its own engine");
    Ok(entry.model(&format!("{preset},{table}"), structure, &Limits::default())?)
}

/// A model that has read `text`.
fn read(
    text: &[u8],
    settings: &Settings,
    structure: &Structure,
    watch: &dyn Watch,
) -> Result<Box<dyn Model>, Error> {
    let mut model = engine(&settings.engine, settings.table, structure)?;
    for part in text.chunks(1 << 16) {
        if watch.stop() {
            return Err(Error::Stopped);
        }
        run(&mut *model, &mut Teacher::new(part));
    }
    Ok(model)
}

/// Bits of `data`.
pub(super) fn cost(model: &mut dyn Model, data: &[u8]) -> f64 {
    let mut meter = Meter::new(data);
    run(model, &mut meter);
    meter.total().units() as f64 / Cost::UNITS_A_BIT as f64
}

/// What `work` makes of each item, in order.
pub(super) fn in_threads<I: Send, R: Send>(
    threads: usize,
    items: impl Iterator<Item = I> + Send,
    work: impl Fn(I) -> R + Sync,
) -> Vec<R> {
    if threads < 2 {
        return items.map(work).collect();
    }
    let (items, done) = (Mutex::new(items.enumerate()), Mutex::new(Vec::new()));
    let one = || {
        let next = || items.lock().ok()?.next();
        while let Some((i, item)) = next() {
            let result = work(item);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((i, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(one);
        }
        one();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

/// A model that writes, lent to one answer after the other: copying its tables takes longer than
/// an answer.
pub(super) struct Writer {
    origin: Box<dyn Model>,
    /// Nothing while it is lent.
    waiting: Option<Box<dyn Rewind>>,
}

impl Writer {
    /// Of a model, as it is.
    pub(super) fn new(origin: Box<dyn Model>) -> Writer {
        let waiting = Some(origin.rewinding());
        Writer { origin, waiting }
    }
}

/// What is lent. It goes back when it is dropped.
pub(super) struct Lent {
    /// There until it is dropped.
    model: RefCell<Option<Box<dyn Rewind>>>,
    home: Arc<Mutex<Writer>>,
}

impl Lent {
    /// The model, led through `prompt`; a copy, if somebody has it.
    pub(super) fn of(home: &Arc<Mutex<Writer>>, prompt: &[u8]) -> Lent {
        let mut writer = home.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = writer.waiting.take();
        let mut model = waiting.unwrap_or_else(|| writer.origin.rewinding());
        drop(writer);
        model.rewind();
        run(model.model(), &mut Teacher::new(prompt));
        Lent {
            model: RefCell::new(Some(model)),
            home: home.clone(),
        }
    }

    fn model(&mut self) -> &mut dyn Model {
        self.model.get_mut().as_mut().expect("it is there").model()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut writer = self.home.lock().unwrap_or_else(PoisonError::into_inner);
        writer.waiting = self.model.take();
    }
}

impl Model for Lent {
    fn predict(&mut self) -> Distribution {
        self.model().predict()
    }
    fn update(&mut self, s: Symbol) {
        self.model().update(s);
    }
    fn fork(&self) -> Box<dyn Model> {
        let mut model = self.model.borrow_mut();
        model.as_mut().expect("it is there").model().fork()
    }
    fn step(&mut self, guide: &mut dyn Guide) -> Symbol {
        self.model().step(guide)
    }
}
