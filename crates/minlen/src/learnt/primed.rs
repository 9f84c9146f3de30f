//! Primed models: a classical model that has read a text.
//!
//! The file holds the text itself, coded by the very model that reads it. So decoding the text *is*
//! learning: the decoder leaves the model that has read it. It is exact, the same on every machine,
//! and small (150 KB of a log are some 5 to 15 KB); a dump of the tables would have megabytes. It
//! costs the time of reading: about a second for each megabyte of text, once.

use crate::codec::follow;
use crate::{Error, Recipe, Watch, registry};
use minlen_core::{Decoder, Encoder, Limits, Model, Structure};
use minlen_format::{ModelFile, Wire, put_bytes, put_varint};
use std::sync::Mutex;

/// The name of the kind.
pub(crate) const KIND: &str = "primed";

/// Bits of the flags: the structure has *text*; it has *script*, too.
const TEXT: u8 = 1;
const SCRIPT: u8 = 2;

/// What a file of this kind holds.
pub(crate) struct Primed {
    engine: Recipe,
    structure: Structure,
    /// Symbols of the text.
    symbols: u64,
    /// The text, coded by the engine.
    code: Vec<u8>,
    pub(crate) memory: u64,
    /// The model that has read the text, once somebody asked for it.
    ready: Mutex<Option<Box<dyn Model>>>,
}

impl Primed {
    /// Of a file of this kind.
    pub(crate) fn read(file: &ModelFile) -> Result<Primed, Error> {
        let mut wire = Wire::new(&file.params);
        let recipe = std::str::from_utf8(wire.bytes_upto(255, "the length of a recipe")?)
            .ok()
            .and_then(|text| text.parse::<Recipe>().ok())
            .ok_or_else(|| Error::damaged("a recipe is not well-formed"))?;
        let mut structure = Structure {
            unit: wire.varint_upto(1 << 10, "the unit of a structure")? as u32,
            row: wire.varint_upto(1 << 24, "the row of a structure")? as u32,
            start: wire.varint_upto(u32::MAX.into(), "the start of a structure")? as u32,
            ..Structure::NONE
        };
        (structure.text, structure.script) = match wire.byte()? {
            0 => (false, false),
            TEXT => (true, false),
            flags if flags == TEXT | SCRIPT => (true, true),
            _ => return Err(Error::damaged("unknown flags of a learnt model")),
        };
        let symbols = wire.varint()?;
        wire.end()?;
        let unknown = |e| match e {
            minlen_core::Error::Usage(what) => minlen_core::Error::Unsupported(what),
            e => e,
        };
        let entry = registry::find(&recipe)?;
        Ok(Primed {
            memory: (entry.memory)(recipe.settings()).map_err(unknown)?,
            engine: recipe,
            structure,
            symbols,
            code: file.payload.clone(),
            ready: Mutex::new(None),
        })
    }

    /// The model of this kind that has read `text`: parameters and payload of its file.
    pub(crate) fn write(
        engine: &Recipe,
        structure: &Structure,
        text: &[u8],
        limits: &Limits,
        watch: &dyn Watch,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let entry = registry::find(engine)?;
        let mut model = entry.model(engine.settings(), structure, limits)?;
        let mut encoder = Encoder::new(text);
        follow(&mut *model, &mut encoder, watch)?;
        let mut params = Vec::new();
        put_bytes(&mut params, engine.as_str().as_bytes());
        for n in [structure.unit, structure.row, structure.start] {
            put_varint(&mut params, n.into());
        }
        params.push(match (structure.text, structure.script) {
            (false, _) => 0,
            (true, false) => TEXT,
            (true, true) => TEXT | SCRIPT,
        });
        put_varint(&mut params, text.len() as u64);
        Ok((params, encoder.finish()))
    }

    /// The model that reads.
    pub(crate) fn engine(&self) -> &Recipe {
        &self.engine
    }

    /// In words for people.
    pub(crate) fn says(&self) -> String {
        let symbols = crate::grouped(self.symbols);
        format!("{} that has read {symbols} bytes", self.engine)
    }

    /// A model that has read the text.
    pub(crate) fn model(
        &self,
        limits: &Limits,
        watch: &dyn Watch,
    ) -> Result<Box<dyn Model>, Error> {
        // Who comes second waits for the first, rather than read the text again. A thread that
        // died while it read has left nothing.
        let mut ready = match self.ready.lock() {
            Ok(ready) => ready,
            Err(broken) => broken.into_inner(),
        };
        if let Some(model) = &*ready {
            return Ok(model.fork());
        }
        Limits::check("the text of a model", self.symbols, limits.block_bytes)?;
        limits.check_output(self.symbols, self.code.len() as u64)?;
        let entry = registry::find(&self.engine)?;
        let mut model = entry.model(self.engine.settings(), &self.structure, limits)?;
        let mut decoder = Decoder::new(&self.code, self.symbols as usize);
        follow(&mut *model, &mut decoder, &Quiet(watch))?;
        decoder.finish()?;
        Ok(ready.insert(model).fork())
    }

    /// The text that it has read.
    pub(crate) fn text(&self, limits: &Limits, watch: &dyn Watch) -> Result<Vec<u8>, Error> {
        Limits::check("the text of a model", self.symbols, limits.block_bytes)?;
        let entry = registry::find(&self.engine)?;
        let mut model = entry.model(self.engine.settings(), &self.structure, limits)?;
        let mut decoder = Decoder::new(&self.code, self.symbols as usize);
        follow(&mut *model, &mut decoder, watch)?;
        Ok(decoder.finish()?)
    }
}

/// Passes on the wish to stop only: what a model has read is no part of the work that is counted.
struct Quiet<'a>(&'a dyn Watch);

impl Watch for Quiet<'_> {
    fn stop(&self) -> bool {
        self.0.stop()
    }
}
