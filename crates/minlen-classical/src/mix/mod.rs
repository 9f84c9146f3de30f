//! Context mixing, a nibble at a time.

pub(crate) mod apm;
pub(crate) mod contexts;
pub(crate) mod lines;
pub(crate) mod logistic;
pub(crate) mod maps;
pub(crate) mod matching;
pub(crate) mod mixer;
pub(crate) mod model;
pub(crate) mod settings;
pub(crate) mod states;

use crate::kernels::Cpu;
use minlen_core::{Entry, Family};
use model::Mix;
use settings::Settings;

pub(crate) const ENTRY: Entry = Entry {
    name: "mix",
    summary: "context mixing: bit histories in many contexts, mixed by online learning",
    settings: "fast, default, strong or max, and perhaps a comma and log2 of the table's lines (12 to 24)",
    family: Family::Mixing,
    samples: &["fast,12", "default,16", "strong,16", "max,16"],
    memory: |settings| Ok(Settings::parse(settings)?.memory()),
    fit: settings::fit,
    build: |settings, _| Ok(Box::new(Mix::new(Settings::parse(settings)?, Cpu::best()))),
    batch: None,
};
