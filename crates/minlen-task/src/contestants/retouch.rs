//! Pictures redrawn beside that of the most similar example.
//!
//! The example whose inputs are most alike lends its picture. A mixing model reads both as one, a
//! pixel of the lent picture before each pixel of the own one, so that what stands there is in the
//! model's contexts; it has read all examples in the same way, each beside its nearest other. Another
//! one has read the pictures alone. From sample to sample each of the two weighs what it has been
//! right, of late more than before (Herbster and Warmuth, *Tracking the best expert*, 1998): a lent
//! picture that has nothing to do with the own one costs little.

use super::neighbours::{column_bytes, column_of};
use super::parts;
use super::primed::{Lent, Writer, cost, engine};
use super::search::{Form, write};
use crate::nearest::Nearest;
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Example, Family, Modality, Schema, Trained,
    Training, Value, Watch, Written,
};
use minlen::Structure;
use minlen_core::{Distribution, Model, Symbol, Teacher, run};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A mixing model that redraws.
pub struct Retouch;

/// The engines that are tried, the quickest first, and log2 of the lines of their tables.
const ENGINES: [&str; 3] = ["fast", "default", "strong"];
const TABLE: u32 = 21;
/// The share of the weights that is dealt out evenly after each sample, when costs are told.
const SHARE: f64 = 1.0 / 256.0;
/// Held-out examples that engines are chosen by.
const TRIED: usize = 100;
/// Bytes that the model reads at most; later examples are left out.
const TEXT: usize = 32 << 20;

impl Contestant for Retouch {
    fn name(&self) -> &'static str {
        "retouch"
    }
    fn summary(&self) -> &'static str {
        "redraws the picture of the most similar example, by mixing models that read both side by side"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        match schema.output.kind {
            Modality::Image { .. } => Ok(()),
            _ => Err("it draws pictures".into()),
        }
    }

    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let known = Arc::new(Known::new(data.schema, data.examples.to_vec())?);
        if let Some(like) = effort.like {
            let engine: String = parts::setting(like, "engine").unwrap_or_default();
            return Ok(Box::new(Ready::new(known, engine, effort.watch)?));
        }
        let mut best: Option<(f64, Ready)> = None;
        for engine in ENGINES {
            let begin = Instant::now();
            let ready = Ready::new(known.clone(), engine.to_string(), effort.watch)?;
            let mut bits = 0.0;
            for example in data.held.iter().take(TRIED) {
                effort.go_on()?;
                let mut model = ready.model(&example.inputs, false);
                bits += cost(&mut model, &example.output.bytes());
            }
            let better = best.as_ref().is_none_or(|(least, _)| bits < *least);
            if better {
                best = Some((bits, ready));
            }
            // The next takes about twice as long, and the chosen one learns once more.
            if !better || begin + begin.elapsed() * 8 > effort.until {
                break;
            }
        }
        match best {
            Some((_, ready)) => Ok(Box::new(ready)),
            None => Err(Error::Stopped),
        }
    }

    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let (engine, columns): (String, _) = parts::part(saved)?;
        let columns = columns.iter().map(|column| column_of(column));
        let mut columns = columns.collect::<Option<Vec<_>>>().unwrap_or_default();
        let outputs = columns.pop().unwrap_or_default();
        let long = |column: &Vec<Value>| column.len() == outputs.len();
        if columns.len() != schema.inputs.len() || !columns.iter().all(long) {
            return Err(parts::damaged());
        }
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let examples = outputs.into_iter().map(|output| Example {
            id: String::new(),
            inputs: columns.iter_mut().filter_map(Iterator::next).collect(),
            output,
            key: None,
        });
        let known = Known::new(schema, examples.collect())?;
        Ok(Box::new(Ready::new(Arc::new(known), engine, &())?))
    }
}

/// Examples, and which of them are alike.
struct Known {
    schema: Schema,
    examples: Vec<Example>,
    nearest: Nearest,
    /// Bytes of a pixel, of a row and of a picture.
    unit: usize,
    row: usize,
    size: usize,
}

impl Known {
    fn new(schema: &Schema, examples: Vec<Example>) -> Result<Known, Error> {
        let Modality::Image {
            width,
            height,
            channels,
        } = schema.output.kind
        else {
            return Err(parts::damaged());
        };
        let size = (width * height * channels) as usize;
        let whole = |e: &Example| matches!(&e.output, Value::Blob(b) if b.len() == size);
        if examples.is_empty() || !examples.iter().all(whole) {
            return Err(parts::damaged());
        }
        Ok(Known {
            nearest: Nearest::new(&schema.inputs, &examples),
            schema: schema.clone(),
            examples,
            unit: channels as usize,
            row: (width * channels) as usize,
            size,
        })
    }

    /// The picture of the example most like those inputs, `but` for one.
    fn lent(&self, inputs: &[Value], but: Option<usize>) -> Vec<u8> {
        let near = self.nearest.find(inputs, 2);
        let mut near = near.into_iter().map(|(i, _)| i).filter(|i| Some(*i) != but);
        let found = near.next().map(|i| self.examples[i].output.bytes());
        found.unwrap_or_else(|| vec![0; self.size])
    }

    /// A picture beside a lent one, as the model reads them.
    fn beside(&self, lent: &[u8], own: &[u8]) -> Vec<u8> {
        let pixels = lent.chunks(self.unit).zip(own.chunks(self.unit));
        pixels.flat_map(|(a, b)| [a, b].concat()).collect()
    }
}

/// Two models that have read all examples.
struct Ready {
    known: Arc<Known>,
    engine: String,
    /// The one that has read pictures beside others, and the one that has read them alone.
    writers: [Arc<Mutex<Writer>>; 2],
}

impl Ready {
    fn new(known: Arc<Known>, name: String, watch: &dyn Watch) -> Result<Ready, Error> {
        let fresh = |wide: usize| {
            let structure = Structure {
                unit: (wide * known.unit) as u32,
                row: (wide * known.row) as u32,
                ..Structure::NONE
            };
            engine(&name, TABLE, &structure)
        };
        let (mut beside, mut alone) = (fresh(2)?, fresh(1)?);
        let most = TEXT / (2 * known.size) + 1;
        for (i, example) in known.examples.iter().enumerate().take(most) {
            if watch.stop() {
                return Err(Error::Stopped);
            }
            let own = example.output.bytes();
            let lent = known.lent(&example.inputs, Some(i));
            run(&mut *beside, &mut Teacher::new(&known.beside(&lent, &own)));
            run(&mut *alone, &mut Teacher::new(&own));
        }
        Ok(Ready {
            known,
            engine: name,
            writers: [beside, alone].map(|model| Arc::new(Mutex::new(Writer::new(model)))),
        })
    }

    /// The model of the picture that belongs to those inputs; to write it, the one that sees the lent
    /// picture is alone: what is likeliest for the other is an empty one.
    fn model(&self, inputs: &[Value], writes: bool) -> Beside {
        let lent = self.known.lent(inputs, None);
        let unit = self.known.unit;
        let [beside, alone] = &self.writers;
        Beside {
            both: [
                Box::new(Lent::of(beside, &lent[..unit])),
                Box::new(Lent::of(alone, &[])),
            ],
            weights: if writes { [1.0, 0.0] } else { [0.5; 2] },
            share: if writes { 0.0 } else { SHARE },
            said: None,
            lent: lent.into(),
            unit,
            at: 0,
        }
    }
}

impl Trained for Ready {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let written = write(
            &mut self.model(inputs, true),
            Form::Samples(self.known.size),
            1,
        );
        let model = Box::new(self.model(inputs, false));
        Ok(Answer::Written(Written::of(written, Some(model))))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let examples = &self.known.examples;
        let fields = 0..self.known.schema.inputs.len();
        let inputs = fields.map(|i| examples.iter().map(move |e| &e.inputs[i]));
        let mut columns: Vec<Vec<u8>> = inputs.map(column_bytes).collect();
        columns.push(column_bytes(examples.iter().map(|e| &e.output)));
        parts::join(&self.engine, &columns)
    }

    fn config(&self) -> String {
        format!("engine={}", self.engine)
    }

    /// Whose picture is redrawn.
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let near = self.known.nearest.find(inputs, 1);
        let told = near.into_iter().map(|(i, _)| {
            let inputs = self.known.schema.render(&self.known.examples[i].inputs);
            let text = String::from_utf8_lossy(&inputs[..inputs.len().min(200)]).into_owned();
            Evidence {
                what: format!("redraws the picture of {text}"),
                bits: None,
            }
        });
        Ok(told.collect())
    }
}

/// A model of one picture: of one that is told the pixels of another as it goes, and of one that is
/// not.
struct Beside {
    both: [Box<dyn Model>; 2],
    weights: [f64; 2],
    share: f64,
    /// What the two say of the next sample, if they have been asked.
    said: Option<[Distribution; 2]>,
    lent: Arc<[u8]>,
    unit: usize,
    /// Samples of the own picture so far.
    at: usize,
}

impl Beside {
    fn said(&mut self) -> &[Distribution; 2] {
        let [beside, alone] = &mut self.both;
        self.said
            .get_or_insert_with(|| [beside.predict(), alone.predict()])
    }
}

impl Model for Beside {
    fn predict(&mut self) -> Distribution {
        let [a, b] = self.weights;
        let [beside, alone] = self.said();
        let units = |d: &Distribution, s: usize| f64::from(d.interval(s as Symbol).1);
        let weigh = |s| (a * units(beside, s) + b * units(alone, s)) as u32;
        Distribution::from_weights(&std::array::from_fn(weigh))
    }
    fn update(&mut self, s: Symbol) {
        let right = self.said().each_ref().map(|d| f64::from(d.interval(s).1));
        let [a, b] = [0, 1].map(|i| self.weights[i] * right[i]);
        self.weights = [a, b].map(|w| (1.0 - self.share) * w / (a + b) + self.share / 2.0);
        self.said = None;
        self.both.iter_mut().for_each(|model| model.update(s));
        self.at += 1;
        if self.at.is_multiple_of(self.unit) {
            let pixel = self.lent.get(self.at..self.at + self.unit);
            for s in pixel.unwrap_or_default() {
                self.both[0].update(*s);
            }
        }
    }
    fn fork(&self) -> Box<dyn Model> {
        Box::new(Beside {
            both: self.both.each_ref().map(|model| model.fork()),
            said: None,
            lent: self.lent.clone(),
            ..*self
        })
    }
}
