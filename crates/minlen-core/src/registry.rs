//! How models are named, listed and built.

use crate::{Batch, Error, Limits, Model, Structure};
use std::fmt;
use std::str::FromStr;

/// The family that a model belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// No model: the bytes as they are.
    Stored,
    /// Whole-symbol counting.
    Counting,
    /// Context mixing: counting in many contexts, mixed by online learning.
    Mixing,
    /// A short program and what it leaves open.
    Symbolic,
    /// A neural net.
    Neural,
}

impl Family {
    /// The family's name in plain words.
    pub fn name(self) -> &'static str {
        match self {
            Family::Stored => "stored",
            Family::Counting => "counting",
            Family::Mixing => "context mixing",
            Family::Symbolic => "symbolic",
            Family::Neural => "neural",
        }
    }
}

/// A model's name and settings, as written in archives and on command lines: `name` or
/// `name:settings`. At most 255 bytes of printable ASCII.
///
/// ```
/// let recipe: minlen_core::Recipe = "order:2".parse().unwrap();
/// assert_eq!((recipe.name(), recipe.settings()), ("order", "2"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recipe(String);

impl Recipe {
    /// The registered name.
    pub fn name(&self) -> &str {
        self.0.split(':').next().unwrap_or("")
    }

    /// What follows the colon; empty when there is none.
    pub fn settings(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, s)| s)
    }

    /// The recipe as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Recipe {
    type Err = Error;

    fn from_str(s: &str) -> Result<Recipe, Error> {
        let name = s.split(':').next().unwrap_or("");
        let name_ok = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !name_ok || s.len() > 255 || !s.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::Usage(format!(
                "{s:?} is not a model recipe (write NAME or NAME:SETTINGS, e.g. order:2)"
            )));
        }
        Ok(Recipe(s.to_string()))
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A registered model. Being in a registry enrols it in every round-trip, determinism and fuzz
/// test, in the command line's help and in `study`.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name that recipes begin with. A released name never changes its meaning: a better
    /// model gets a new name.
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// The settings, for people: their form and range; empty when there are none.
    pub settings: &'static str,
    /// The family.
    pub family: Family,
    /// Settings that the tests run, the cheapest first. At least one.
    pub samples: &'static [&'static str],
    /// Memory that a model with these settings takes, in bytes; or why the settings make no
    /// sense. Reserves nothing itself.
    pub memory: fn(settings: &str) -> Result<u64, Error>,
    /// For models whose tables come in sizes: the settings with the largest table with which the
    /// model takes at most so many bytes, or with the smallest when none fits; settings that name
    /// a size stay as they are. `None`: settings do not choose a size. Ask by [`Entry::within`].
    pub fit: Option<Fit>,
    /// Builds the model. Called only with settings that `memory` accepted.
    pub build: Build,
    /// Builds a batch of many streams, for models that gain by it; `None`: single models side by
    /// side.
    pub batch: Option<BuildBatch>,
}

/// Chooses a size: see [`Entry::fit`].
pub type Fit = fn(settings: &str, bytes: u64) -> Result<String, Error>;

/// Builds a [`Model`] for symbols of that structure.
pub type Build = fn(settings: &str, structure: &Structure) -> Result<Box<dyn Model>, Error>;

/// Builds a [`Batch`] of so many streams.
pub type BuildBatch =
    fn(settings: &str, structure: &Structure, streams: usize) -> Result<Box<dyn Batch>, Error>;

impl Entry {
    /// The settings, with the largest table that lets the model take at most `bytes`. `Usage`: it
    /// takes more with any; the message says the least that would do.
    pub fn within(&self, settings: &str, bytes: u64) -> Result<String, Error> {
        let fitting = match self.fit {
            Some(fit) => fit(settings, bytes)?,
            None => settings.to_string(),
        };
        let least = (self.memory)(&fitting)?;
        if least > bytes {
            let (name, mib) = (self.name, least.div_ceil(1 << 20));
            return Err(Error::Usage(format!(
                "the model {name}:{settings} takes at least {mib} MiB of memory"
            )));
        }
        Ok(fitting)
    }

    /// Builds the model that `settings` describe, within `limits`.
    pub fn model(
        &self,
        settings: &str,
        structure: &Structure,
        limits: &Limits,
    ) -> Result<Box<dyn Model>, Error> {
        Limits::check(
            "the model's memory in bytes",
            (self.memory)(settings)?,
            limits.model_bytes,
        )?;
        (self.build)(settings, structure)
    }

    /// Builds a batch of `streams` such models, within `limits`.
    pub fn batch(
        &self,
        settings: &str,
        structure: &Structure,
        streams: usize,
        limits: &Limits,
    ) -> Result<Box<dyn Batch>, Error> {
        let memory = (self.memory)(settings)?.saturating_mul(streams as u64);
        Limits::check("the models' memory in bytes", memory, limits.model_bytes)?;
        if let Some(build) = self.batch {
            return build(settings, structure, streams);
        }
        let models: Result<Vec<_>, _> = (0..streams)
            .map(|_| (self.build)(settings, structure))
            .collect();
        Ok(Box::new(models?))
    }
}
