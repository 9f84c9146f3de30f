//! Learnt models: learnt once, used everywhere.
//!
//! A model file holds what was learnt; its name is the hash of its content. The recipe
//! `learnt:HASH` stands for it wherever a recipe does, and leads to it by way of a [`Shelf`] of the
//! models at hand. The *kind* of a model says what its file holds:
//!
//! | kind | idea | file |
//! |---|---|---|
//! | `primed` | a text; the model is a classical one that has read it | `primed.rs` |
//! | `net` | the parameters of a neural net, which advises a classical model | `net.rs` |
//! | `low-rank` | a net that is there, and the little that was changed of it | `lowrank.rs` |
//!
//! Everything else here is for all kinds.

mod auto;
mod base;
mod data;
mod learn;
mod lowrank;
mod net;
mod primed;
mod shelf;
mod training;

pub use auto::{Lesson, Verdict as LearnVerdict};
pub(crate) use data::first_prefixed;
pub use data::{Form, records_of};
pub use learn::{LearnEvent, LearnKind, LearnOptions, LearnReport, learn};
pub use shelf::{Reading, Shelf};
pub use training::{Filling, NetBudget, NetOptions, Objective};

use crate::{Error, Recipe, Watch};
use lowrank::Changed;
use minlen_core::{Batch, Family, Limits, Model, Structure};
use minlen_format::{ModelFile, ModelHash};
use net::Neural;
use primed::Primed;
use std::sync::Arc;

/// A learnt model: what its file holds, ready to be used.
pub struct Learnt {
    hash: ModelHash,
    /// The file, as it is.
    bytes: Vec<u8>,
    card: Vec<(String, String)>,
    kind: Kind,
}

/// What a file of each kind holds. A new kind is one more here, and a name in [`Learnt::read`].
enum Kind {
    Primed(Primed),
    Net(Neural),
    Changed(Changed),
}

impl Learnt {
    /// The name of recipes that stand for learnt models.
    pub const RECIPE: &'static str = "learnt";

    /// Reads a model file: `reading` is limits, or these and the models at hand, for a model that
    /// changes another. It is checked in full. `Missing`: the model that it changes is not at hand.
    pub fn read(bytes: Vec<u8>, reading: impl Into<Reading>) -> Result<Learnt, Error> {
        let reading = reading.into();
        let limits = &reading.limits;
        let (file, hash) = ModelFile::read(&bytes, limits)?;
        let kind = match file.kind.as_str() {
            primed::KIND => Kind::Primed(Primed::read(&file)?),
            net::KIND => Kind::Net(Neural::read(&file, limits)?),
            lowrank::KIND => Kind::Changed(Changed::read(&file, &reading)?),
            other => {
                let what = format!("a learnt model of the kind {other:?}");
                return Err(minlen_core::Error::Unsupported(what).into());
            }
        };
        Ok(Learnt {
            hash,
            bytes,
            card: file.card,
            kind,
        })
    }

    /// Its name: the first 32 hexadecimal digits of the hash of its content.
    pub fn name(&self) -> String {
        self.hash.name()
    }

    /// The recipe that stands for it: `learnt:` and its name; those that ship have one of their own.
    pub fn recipe(&self) -> Recipe {
        let text = format!("{}:{}", Learnt::RECIPE, self.name());
        let recipe: Recipe = text.parse().expect("letters, a colon and digits");
        Learnt::short(&recipe).unwrap_or(recipe)
    }

    /// The file, as it is.
    pub fn file(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes that a reader needs: the file, and that of the model that it changes, if it does.
    pub fn needed_bytes(&self) -> u64 {
        let base = self.changes().map_or(0, |(base, _)| base.needed_bytes());
        self.bytes.len() as u64 + base
    }

    /// The kind: `primed`, `net` or `low-rank`.
    pub fn kind(&self) -> &'static str {
        match &self.kind {
            Kind::Primed(_) => primed::KIND,
            Kind::Net(_) => net::KIND,
            Kind::Changed(_) => lowrank::KIND,
        }
    }

    /// Of a model of the kind `low-rank`, the model that it changes, and the rank of the change.
    pub fn changes(&self) -> Option<(&Arc<Learnt>, usize)> {
        match &self.kind {
            Kind::Changed(c) => Some((&c.base, c.rank)),
            _ => None,
        }
    }

    /// The net, if it has one.
    fn net(&self) -> Option<&Neural> {
        match &self.kind {
            Kind::Primed(_) => None,
            Kind::Net(n) => Some(n),
            Kind::Changed(c) => Some(&c.net),
        }
    }

    /// The family of what it makes of data.
    pub fn family(&self) -> Family {
        match &self.kind {
            Kind::Primed(_) => Family::Mixing,
            Kind::Net(_) | Kind::Changed(_) => Family::Neural,
        }
    }

    /// What it is made of, in words for people.
    pub fn says(&self) -> String {
        match &self.kind {
            Kind::Primed(p) => p.says(),
            Kind::Net(n) => n.says(),
            Kind::Changed(c) => c.says(),
        }
    }

    /// What those who made it noted of it. Nothing depends on it.
    pub fn card(&self) -> &[(String, String)] {
        &self.card
    }

    /// Memory that it takes, in bytes, for one stream.
    pub fn memory(&self) -> u64 {
        match &self.kind {
            Kind::Primed(p) => p.memory,
            Kind::Net(n) | Kind::Changed(Changed { net: n, .. }) => n.memory(1),
        }
    }

    /// A model that has learnt, for symbols of that structure. Of a primed model, the first call
    /// makes it, which takes as long as reading what it learnt from; later ones copy it.
    pub fn model(
        &self,
        structure: &Structure,
        limits: &Limits,
        watch: &dyn Watch,
    ) -> Result<Box<dyn Model>, Error> {
        match &self.kind {
            Kind::Primed(p) => p.model(limits, watch),
            Kind::Net(n) | Kind::Changed(Changed { net: n, .. }) => n.model(structure, limits),
        }
    }

    /// Several such models, for streams that are led side by side.
    pub(crate) fn batch(
        &self,
        streams: usize,
        structure: &Structure,
        limits: &Limits,
        watch: &dyn Watch,
    ) -> Result<Box<dyn Batch>, Error> {
        if let Some(n) = self.net() {
            return n.batch(streams, structure, limits);
        }
        let memory = self.memory().saturating_mul(streams as u64);
        Limits::check("the models' memory in bytes", memory, limits.model_bytes)?;
        let models = (0..streams).map(|_| self.model(structure, limits, watch));
        Ok(Box::new(models.collect::<Result<Vec<_>, _>>()?))
    }

    /// Lanes to code so many symbols in.
    pub(crate) fn lanes(&self, symbols: usize) -> usize {
        self.net().map_or(1, |n| n.lanes(symbols))
    }

    /// Whether it reads bytes whatever they are: a primed model's layout is that of what it has
    /// read.
    pub(crate) fn sees_bytes(&self) -> bool {
        matches!(self.kind, Kind::Primed(_))
    }
}

impl std::fmt::Debug for Learnt {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}", self.recipe())
    }
}
