//! mix2
pub(crate) mod apm;
pub(crate) mod contexts;
pub(crate) mod explain;
pub(crate) mod lines;
pub(crate) mod matching;
pub(crate) mod mixer;
pub(crate) mod model;
pub(crate) mod past;
pub(crate) mod refiner;
pub(crate) mod runs;
pub(crate) mod settings;
pub(crate) mod states;
pub(crate) mod worth;
pub(crate) use crate::mix::{foreign, logistic};

use crate::kernels::Cpu;
use foreign::Foreign;
use minlen_core::{Entry, Error, Family, Limits, Model, Structure};
use model::Mix;
use settings::Settings;

pub(crate) const ENTRY: Entry = Entry {
    name: "mix2",
    summary: "bit histories in many contexts, mixed by online learning",
    settings: "fast, default, strong or max; then, if you like, a comma and log2 of the number of \
               64-byte lines, 12 to 24 (22; max: 23)",
    family: Family::Mixing,
    samples: &["fast,12", "default,14", "strong,16", "max,17"],
    memory: |settings| Ok(Settings::parse(settings)?.memory()),
    fit: Some(Settings::fit),
    build: |settings, structure| {
        Ok(Box::new(Mix::new(
            &Settings::parse(settings)?,
            structure,
            Cpu::best(),
            None,
        )))
    },
    batch: None,
};

/// The model `mix:settings` with a foreign prediction as one more input, within `limits`.
///
/// Such a model is another model than without: what it coded is decoded only with the same
/// advice.
pub fn mix2_with(
    settings: &str,
    structure: &Structure,
    limits: &Limits,
    foreign: Box<dyn Foreign>,
) -> Result<Box<dyn Model>, Error> {
    let settings = Settings::parse(settings)?;
    let memory = settings.memory();
    Limits::check("the model's memory in bytes", memory, limits.model_bytes)?;
    Ok(Box::new(Mix::new(
        &settings,
        structure,
        Cpu::best(),
        Some(foreign),
    )))
}
