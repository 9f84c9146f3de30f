//! Nets of low rank: a net that is there, and the little that fine-tuning has changed of it.
//!
//! The file names its base by its hash and holds factors for each of the base's matrices
//! (`minlen_neural::LowRank`), a few percent of what the net would take. The net is made of both when
//! the file is read: no machine makes another. Who reads such a file must have the base.

use crate::learnt::net::{Neural, put_engine, read_engine};
use crate::{Error, Learnt, Reading, Recipe};
use minlen_format::{ModelFile, ModelHash, Wire};
use minlen_neural::LowRank;
use std::sync::Arc;

/// The name of the kind.
pub(crate) const KIND: &str = "low-rank";

/// What a file of this kind holds, and the net that it makes.
pub(crate) struct Changed {
    pub(crate) base: Arc<Learnt>,
    pub(crate) rank: usize,
    pub(crate) net: Neural,
}

impl Changed {
    /// Of a file of this kind. `Missing`: its base is not at hand.
    pub(crate) fn read(file: &ModelFile, reading: &Reading) -> Result<Changed, Error> {
        let mut wire = Wire::new(&file.params);
        let mut hash = [0; 32];
        hash.copy_from_slice(wire.take(32)?);
        let engine = read_engine(&mut wire)?;
        wire.end()?;
        let base = reading.shelf.of_hash(ModelHash(hash))?.clone();
        let Some(under) = base.net() else {
            return Err(Error::damaged("a learnt model changes one that is no net"));
        };
        let changes = LowRank::read(&file.payload, under.shape(), &reading.limits)?;
        let net = Neural::new(engine, changes.of(under.weights())?)?;
        Ok(Changed {
            rank: changes.rank(),
            net: net.beside_its_base(),
            base,
        })
    }

    /// Parameters and payload of a file: changes of the net of `base`, and the engine that the
    /// changed net advises. `Usage`: it can advise no such engine.
    pub(crate) fn write(
        engine: Option<&Recipe>,
        base: &Learnt,
        changes: &LowRank,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut params = base.hash.0.to_vec();
        put_engine(&mut params, engine)?;
        Ok((params, changes.write()))
    }

    /// In words for people.
    pub(crate) fn says(&self) -> String {
        let base = match self.base.name() == Learnt::base().name() {
            true => Learnt::BASE.into(),
            false => self.base.name(),
        };
        format!(
            "{}, which changes {base} by rank {}",
            self.net.says(),
            self.rank
        )
    }
}
