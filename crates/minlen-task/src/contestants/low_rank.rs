//! The net that ships with the program, of which only a change of low rank is learnt: it is a twentieth
//! of the net to tell, and little to learn from examples that are few.

use super::nets::{self, Start, learn};
use crate::{Contestant, Effort, Error, Family, Schema, Trained, Training};

/// The net that ships with the program, changed a little.
pub struct LowRank;

/// The rank of the change: 60 thousand parameters where the net has 1.3 million.
const RANK: usize = 8;

impl Contestant for LowRank {
    fn name(&self) -> &'static str {
        "low-rank"
    }
    fn summary(&self) -> &'static str {
        "the net that ships with the program, of which a change of low rank is learnt"
    }
    fn family(&self) -> Family {
        Family::Neural
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        nets::base_suits(schema)
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let (shape, parameters) = nets::base()?;
        learn(Start::LowRank(shape, parameters, RANK), data, effort)
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        nets::load(saved, schema)
    }
}
