//! Nets: a small neural net over symbols, alone or as one more input of a classical mixer.
//!
//! The file holds the net's parameters as 8-bit integers, coded, and the recipe of the mixer that it
//! advises, if any. *Advising* is the rule: what the net knows of all data of a kind and what the
//! mixer finds in this very file add up. *Alone*, a net reads many parts of a block (lanes) side by
//! side, which is several times as fast.
//!
//! What advice costs where the net knows nothing: a net 64,192,64,RW that has read the first million
//! bytes of plays three times, and advises `mix2:default`; bytes, under the same view.
//!
//! | data | bytes | without | with advice | |
//! |---|---|---|---|---|
//! | the rest of the plays | 115,394 | 33,079 | 29,310 | −11.39 % |
//! | a log | 200,000 | 4,280 | 4,181 | −2.31 % |
//! | JSON | 200,000 | 10,784 | 10,609 | −1.62 % |
//! | small pictures, RGB | 200,000 | 16,624 | 16,237 | −2.33 % |
//! | machine code | 200,000 | 56,637 | 56,535 | −0.18 % |
//! | a table of words and numbers | 200,000 | 10,635 | 10,568 | −0.63 % |
//! | a table of decimal numbers | 200,000 | 22,073 | 22,254 | +0.82 % |

use crate::{Error, Recipe, registry};
use minlen_classical::{Foreign, mix2_with};
use minlen_core::{Batch, Limits, Model, Structure, Symbol};
use minlen_format::{ModelFile, Wire, put_bytes};
use minlen_neural::{Net, Shape, Stream, Streams, Weights};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The name of the kind.
pub(crate) const KIND: &str = "net";

/// The engine that a net can advise.
const ENGINE: &str = "mix2";

/// Symbols of a lane, at least, and lanes at most, of a net alone. (A lane begins without a past,
/// which costs some 100 bytes; more lanes than 64 are no faster.)
const LANE_SYMBOLS: usize = 1 << 16;
const MOST_LANES: usize = 64;

/// What a file of this kind holds.
pub(crate) struct Neural {
    /// The recipe of the mixer that the net advises.
    engine: Option<Recipe>,
    weights: Weights,
    net: Arc<Net>,
    /// Memory of the net itself, and of each stream, in bytes.
    own: u64,
    each: u64,
}

impl Neural {
    /// Of a file of this kind.
    pub(crate) fn read(file: &ModelFile, limits: &Limits) -> Result<Neural, Error> {
        let mut wire = Wire::new(&file.params);
        let engine = read_engine(&mut wire)?;
        wire.end()?;
        Neural::new(engine, Weights::read(&file.payload, limits)?)
    }

    /// A net that advises `engine`.
    pub(crate) fn new(engine: Option<Recipe>, weights: Weights) -> Result<Neural, Error> {
        let shape = weights.shape();
        let mixer = match &engine {
            Some(engine) => (registry::find(engine)?.memory)(engine.settings())?,
            None => 0,
        };
        Ok(Neural {
            own: 2 * Weights::memory(shape),
            each: Net::stream_bytes(shape) + mixer,
            net: Arc::new(Net::new(&weights)),
            weights,
            engine,
        })
    }

    /// Parameters and payload of a file: the net's parameters as they will be coded with, and the
    /// engine that it advises. `Usage`: it can advise no such engine.
    pub(crate) fn write(
        engine: Option<&Recipe>,
        weights: &Weights,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut params = Vec::new();
        put_engine(&mut params, engine)?;
        Ok((params, weights.write()))
    }

    /// The same, beside a net as large that it was made of.
    pub(crate) fn beside_its_base(mut self) -> Neural {
        self.own *= 2;
        self
    }

    /// The net's sizes.
    pub(crate) fn shape(&self) -> &Shape {
        self.net.shape()
    }

    /// Its parameters, as it codes with them.
    pub(crate) fn weights(&self) -> &Weights {
        &self.weights
    }

    /// In words for people.
    pub(crate) fn says(&self) -> String {
        let parameters = crate::grouped(self.shape().parameters() as u64);
        let alone = format!("a net of {parameters} parameters ({})", self.shape());
        match &self.engine {
            Some(engine) => format!("{alone} that advises {engine}"),
            None => alone,
        }
    }

    /// Memory of so many streams, in bytes.
    pub(crate) fn memory(&self, streams: usize) -> u64 {
        self.own + self.each.saturating_mul(streams as u64)
    }

    /// Lanes to code so many symbols in.
    pub(crate) fn lanes(&self, symbols: usize) -> usize {
        match self.engine {
            Some(_) => 1,
            None => (symbols / LANE_SYMBOLS).clamp(1, MOST_LANES),
        }
    }

    /// A stream at its beginning.
    pub(crate) fn model(
        &self,
        structure: &Structure,
        limits: &Limits,
    ) -> Result<Box<dyn Model>, Error> {
        let Some(engine) = &self.engine else {
            return Ok(Box::new(Stream::new(self.net.clone())));
        };
        let streams = Arc::new(Mutex::new(Streams::new(self.net.clone(), 1)));
        let advice = Advice { streams, stream: 0 };
        let settings = engine.settings();
        Ok(mix2_with(settings, structure, limits, Box::new(advice))?)
    }

    /// As many streams, side by side.
    pub(crate) fn batch(
        &self,
        streams: usize,
        structure: &Structure,
        limits: &Limits,
    ) -> Result<Box<dyn Batch>, Error> {
        let memory = self.memory(streams);
        Limits::check("the models' memory in bytes", memory, limits.model_bytes)?;
        let net = Streams::new(self.net.clone(), streams);
        let Some(engine) = &self.engine else {
            return Ok(Box::new(net));
        };
        let net = Arc::new(Mutex::new(net));
        let one = |stream| {
            let streams = net.clone();
            let advice = Box::new(Advice { streams, stream });
            mix2_with(engine.settings(), structure, limits, advice)
        };
        let models: Result<Vec<_>, _> = (0..streams).map(one).collect();
        Ok(Box::new(models?))
    }
}

/// The engine that a net advises, among the parameters of its file.
pub(crate) fn read_engine(wire: &mut Wire) -> Result<Option<Recipe>, Error> {
    match wire.bytes_upto(255, "the length of a recipe")? {
        [] => Ok(None),
        text => recipe(text).map(Some),
    }
}

/// The same, written. `Usage`: a net can advise no such engine.
pub(crate) fn put_engine(params: &mut Vec<u8>, engine: Option<&Recipe>) -> Result<(), Error> {
    if let Some(engine) = engine {
        if engine.name() != ENGINE {
            return Err(Error::Usage(format!(
                "a net advises an engine {ENGINE}:…, not {engine}"
            )));
        }
        (registry::find(engine)?.memory)(engine.settings())?;
    }
    put_bytes(params, engine.map_or("", Recipe::as_str).as_bytes());
    Ok(())
}

fn recipe(text: &[u8]) -> Result<Recipe, Error> {
    let recipe = std::str::from_utf8(text).ok();
    let recipe = recipe.and_then(|text| text.parse::<Recipe>().ok());
    match recipe {
        Some(recipe) if recipe.name() == ENGINE => Ok(recipe),
        _ => Err(Error::damaged("a net advises no such engine")),
    }
}

/// What the net says of one of its streams.
struct Advice {
    /// The streams of a batch are led through the net together.
    streams: Arc<Mutex<Streams>>,
    stream: usize,
}

impl Advice {
    /// A thread that died while it held them has left no stream half-led.
    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Foreign for Advice {
    fn nodes(&mut self, high: Option<u8>) -> [u16; 16] {
        self.streams().nodes(self.stream, high)
    }

    fn update(&mut self, s: Symbol) {
        self.streams().update(self.stream, s);
    }

    fn fork(&self) -> Box<dyn Foreign> {
        let alone = self.streams().copies(self.stream, 1);
        Box::new(Advice {
            streams: Arc::new(Mutex::new(alone)),
            stream: 0,
        })
    }
}
