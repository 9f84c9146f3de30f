//! Pictures redrawn beside that of the most similar example.
//!
//! The example whose inputs are most alike lends its picture. A mixing model reads both as one, a
//! pixel of the lent picture before each pixel of the own one, so that what stands there is in the
//! model's contexts; of the own pixels alone it tells what they cost. It has read all examples in
//! the same way, each beside its nearest other.

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
use minlen_core::{Distribution, Guide, Model, Symbol, Teacher, run};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A mixing model that redraws.
pub struct Retouch;

/// The engines that are tried, the quickest first, and log2 of the lines of their tables.
const ENGINES: [&str; 3] = ["fast", "default", "strong"];
const TABLE: u32 = 21;
/// Held-out examples that engines are chosen by.
const TRIED: usize = 100;
/// Bytes that the model reads at most; later examples are left out.
const TEXT: usize = 32 << 20;

impl Contestant for Retouch {
    fn name(&self) -> &'static str {
        "retouch"
    }
    fn summary(&self) -> &'static str {
        "redraws the picture of the most similar example, by a mixing model that reads both side by side"
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
                let mut model = ready.model(&example.inputs);
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

/// A model that has read all examples.
struct Ready {
    known: Arc<Known>,
    engine: String,
    writer: Arc<Mutex<Writer>>,
}

impl Ready {
    fn new(known: Arc<Known>, name: String, watch: &dyn Watch) -> Result<Ready, Error> {
        let structure = Structure {
            unit: 2 * known.unit as u32,
            row: 2 * known.row as u32,
            ..Structure::NONE
        };
        let mut model = engine(&name, TABLE, &structure)?;
        for (i, example) in known.examples.iter().enumerate().take(TEXT / (2 * known.size) + 1) {
            if watch.stop() {
                return Err(Error::Stopped);
            }
            let lent = known.lent(&example.inputs, Some(i));
            let both = known.beside(&lent, &example.output.bytes());
            run(&mut *model, &mut Teacher::new(&both));
        }
        Ok(Ready {
            known,
            engine: name,
            writer: Arc::new(Mutex::new(Writer::new(model))),
        })
    }

    /// The model of the picture that belongs to those inputs.
    fn model(&self, inputs: &[Value]) -> Beside {
        let lent = self.known.lent(inputs, None);
        let unit = self.known.unit;
        Beside {
            own: Box::new(Lent::of(&self.writer, &lent[..unit])),
            lent: lent.into(),
            unit,
            at: 0,
        }
    }
}

impl Trained for Ready {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let written = write(&mut self.model(inputs), Form::Samples(self.known.size), 1);
        let model = Box::new(self.model(inputs));
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

/// A model of one picture, which is told the pixels of another as it goes.
struct Beside {
    own: Box<dyn Model>,
    lent: Arc<[u8]>,
    unit: usize,
    /// Samples of the own picture so far.
    at: usize,
}

impl Beside {
    /// Past an own sample, and past a lent pixel where one comes.
    fn pass(&mut self) {
        self.at += 1;
        if self.at.is_multiple_of(self.unit) {
            let pixel = self.lent.get(self.at..self.at + self.unit);
            for s in pixel.unwrap_or_default() {
                self.own.update(*s);
            }
        }
    }
}

impl Model for Beside {
    fn predict(&mut self) -> Distribution {
        self.own.predict()
    }
    fn update(&mut self, s: Symbol) {
        self.own.update(s);
        self.pass();
    }
    fn fork(&self) -> Box<dyn Model> {
        Box::new(Beside {
            own: self.own.fork(),
            lent: self.lent.clone(),
            ..*self
        })
    }
    fn step(&mut self, guide: &mut dyn Guide) -> Symbol {
        let s = self.own.step(guide);
        self.pass();
        s
    }
}
