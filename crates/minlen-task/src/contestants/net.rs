//! A small neural net, trained from nothing.

use super::nets::{self, Start, learn};
use crate::{Contestant, Effort, Error, Family, Schema, Trained, Training};

/// A net from scratch.
pub struct Net;

/// The shape of a net from scratch.
const SHAPE: &str = "96,256,128,RWR";

impl Contestant for Net {
    fn name(&self) -> &'static str {
        "net"
    }
    fn summary(&self) -> &'static str {
        "a small net, trained from nothing on inputs and outputs as one sequence"
    }
    fn family(&self) -> Family {
        Family::Neural
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        nets::suits(schema)
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        learn(Start::Scratch(SHAPE.parse()?), data, effort)
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        nets::load(saved, schema)
    }
}
