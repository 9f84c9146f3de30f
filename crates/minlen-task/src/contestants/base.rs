//! The net that ships with the program, trained on whole.

use super::nets::{self, Start, learn};
use crate::{Contestant, Effort, Error, Family, Schema, Trained, Training};

/// The net that ships with the program, trained on.
pub struct Base;

impl Contestant for Base {
    fn name(&self) -> &'static str {
        "base"
    }
    fn summary(&self) -> &'static str {
        "the net that ships with the program, which has read much text, trained on"
    }
    fn family(&self) -> Family {
        Family::Neural
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        nets::base_suits(schema)
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let (shape, parameters) = nets::base()?;
        learn(Start::Whole(shape, parameters), data, effort)
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        nets::load(saved, schema)
    }
}
