//! The learnt models at hand.

use crate::learnt::Learnt;
use crate::{Error, Recipe, Watch, registry};
use minlen_core::{Batch, Limits, Model, Structure};
use minlen_format::ModelHash;
use std::sync::Arc;

/// Learnt models, by name. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Vec<Arc<Learnt>>);

/// Two shelves are the same when the same models stand on them.
impl PartialEq for Shelf {
    fn eq(&self, other: &Shelf) -> bool {
        let names = |shelf: &Shelf| {
            let mut all: Vec<_> = shelf.0.iter().map(|m| m.hash).collect();
            all.sort();
            all
        };
        names(self) == names(other)
    }
}

impl Eq for Shelf {}

/// What a reader of archives brings along: limits, and the learnt models at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Limits on what an archive may ask for.
    pub limits: Limits,
    /// The learnt models at hand, beside those that archives hold themselves.
    pub shelf: Shelf,
}

impl From<&Limits> for Reading {
    /// These limits, and no learnt models.
    fn from(limits: &Limits) -> Reading {
        Reading {
            limits: *limits,
            shelf: Shelf::default(),
        }
    }
}

impl From<&Reading> for Reading {
    fn from(reading: &Reading) -> Reading {
        reading.clone()
    }
}

impl Shelf {
    /// Puts a model on the shelf, unless it stands there.
    pub fn add(&mut self, model: Arc<Learnt>) {
        if !self.0.iter().any(|m| m.hash == model.hash) {
            self.0.push(model);
        }
    }

    /// The models on the shelf, in the order in which they came.
    pub fn models(&self) -> impl Iterator<Item = &Arc<Learnt>> {
        self.0.iter()
    }

    /// Whether `recipe` stands for a learnt model, at hand or not.
    pub fn is_learnt(recipe: &Recipe) -> bool {
        recipe.name() == Learnt::RECIPE || Learnt::is_base(recipe)
    }

    /// The model that `recipe` stands for. `Missing`: it is not at hand.
    pub fn find(&self, recipe: &Recipe) -> Result<&Arc<Learnt>, Error> {
        let found = self.0.iter().find(|m| m.recipe() == *recipe);
        // Those that ship are at hand everywhere.
        let found = found.or_else(|| Learnt::base_called(recipe));
        found.ok_or_else(|| minlen_core::Error::Missing(recipe.settings().into()).into())
    }

    /// The model of that hash. `Missing`: it is not at hand.
    pub(crate) fn of_hash(&self, hash: ModelHash) -> Result<&Arc<Learnt>, Error> {
        let recipe = format!("{}:{}", Learnt::RECIPE, hash.name()).parse()?;
        let found = self.find(&recipe)?;
        match found.hash == hash {
            true => Ok(found),
            false => Err(minlen_core::Error::Missing(hash.name()).into()),
        }
    }

    /// Memory that one model of this recipe takes, in bytes, learnt or registered.
    pub(crate) fn memory(&self, recipe: &Recipe) -> Result<u64, Error> {
        if Shelf::is_learnt(recipe) {
            return Ok(self.find(recipe)?.memory());
        }
        Ok((registry::find(recipe)?.memory)(recipe.settings())?)
    }

    /// The model that `recipe` names, learnt or registered, at its beginning.
    pub(crate) fn model(
        &self,
        recipe: &Recipe,
        structure: &Structure,
        limits: &Limits,
        watch: &dyn Watch,
    ) -> Result<Box<dyn Model>, Error> {
        if Shelf::is_learnt(recipe) {
            return self.find(recipe)?.model(structure, limits, watch);
        }
        let entry = registry::find(recipe)?;
        Ok(entry.model(recipe.settings(), structure, limits)?)
    }

    /// Lanes to code so many symbols in with this recipe.
    pub(crate) fn lanes(&self, recipe: &Recipe, symbols: usize) -> u64 {
        match self.find(recipe) {
            Ok(learnt) => learnt.lanes(symbols) as u64,
            Err(_) => 1,
        }
    }

    /// As [`Shelf::model`], for several streams.
    pub(crate) fn batch(
        &self,
        recipe: &Recipe,
        structure: &Structure,
        streams: usize,
        limits: &Limits,
        watch: &dyn Watch,
    ) -> Result<Box<dyn Batch>, Error> {
        if Shelf::is_learnt(recipe) {
            return (self.find(recipe)?).batch(streams, structure, limits, watch);
        }
        let entry = registry::find(recipe)?;
        Ok(entry.batch(recipe.settings(), structure, streams, limits)?)
    }
}
