//! The trait that every contestant is behind, and what trained ones answer.

use crate::{Error, Schema, Training, Value, Watch};
use minlen_core::Model;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// A way to learn a task. A new one needs one file in `contestants/` and one line in
/// [`CONTESTANTS`](crate::CONTESTANTS).
pub trait Contestant: Sync {
    /// Its name, for `task.toml`, tables and the ledger: lower-case letters and hyphens.
    fn name(&self) -> &'static str;

    /// What it does, in one line for people.
    fn summary(&self) -> &'static str;

    /// Which family it belongs to.
    fn family(&self) -> Family;

    /// Whether it can do tasks of this kind; the error says why not, for people.
    fn suits(&self, schema: &Schema) -> Result<(), String>;

    /// Whether it is made of what the others have learnt, rather than of examples. It comes after
    /// them, and [`train`](Contestant::train) is not called. Provided: no.
    fn joins(&self) -> bool {
        false
    }

    /// Whether what it has learnt after choosing is, to the bit, what it learns when told what it
    /// chose. If not, and time does not do for learning from all, it learns once more from the same
    /// examples, so that the run can be repeated. Provided: yes.
    fn settles(&self) -> bool {
        true
    }

    /// Learns. What it chooses by itself (settings, how long to train) it must be able to say in
    /// [`Trained::config`], and must take from [`Effort::like`] when given.
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error>;

    /// What [`Trained::save`] wrote, ready to answer again.
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error>;
}

/// Which family a contestant belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Rules that people can read.
    Symbolic,
    /// Counting, trees, lines.
    Classical,
    /// Nets.
    Neural,
}

/// How much a contestant may spend.
pub struct Effort<'a> {
    /// When training has to be over. One that comes to it stops and keeps what it has.
    pub until: Instant,
    /// What an earlier training chose, to choose the same: [`Trained::config`]. Then `until` is no
    /// longer heeded, so that the result is the same on every machine.
    pub like: Option<&'a str>,
    /// Threads. They have no say in the result.
    pub threads: usize,
    /// Hears of progress and may ask to stop.
    pub watch: &'a dyn Watch,
}

impl Effort<'static> {
    /// For taking back what was learnt: on one thread, with nothing left to choose.
    pub(crate) fn none() -> Effort<'static> {
        Effort {
            until: Instant::now(),
            like: None,
            threads: 1,
            watch: &(),
        }
    }
}

impl Effort<'_> {
    /// Whether time is up. Never, when settings are given.
    pub fn over(&self) -> bool {
        self.like.is_none() && Instant::now() >= self.until
    }

    /// An error if somebody asked to stop.
    pub fn go_on(&self) -> Result<(), Error> {
        match self.watch.stop() {
            true => Err(Error::Stopped),
            false => Ok(()),
        }
    }
}

/// A contestant that has learnt.
pub trait Trained: Send {
    /// Answers one input. Equal inputs get equal answers, whatever was asked before.
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error>;

    /// Everything it has learnt, as bytes that [`Contestant::load`] understands. Their coded
    /// size is on the bill.
    fn save(&self) -> Result<Vec<u8>, Error>;

    /// The settings that it chose and the work that it did, in one line: `key=value`, parted by
    /// commas. [`Effort::like`] takes it back.
    fn config(&self) -> String;

    /// Why it would answer so: what speaks for and against. Provided: it cannot tell.
    fn evidence(&mut self, _inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        Ok(Vec::new())
    }
}

/// An answer.
pub enum Answer {
    /// A probability for each label of the schema, in its order; they sum to 1.
    Class(Vec<f64>),
    /// A number.
    Number(f64),
    /// Something written.
    Written(Written),
}

/// An answer that was written symbol by symbol.
pub struct Written {
    /// The answer: text in UTF-8, or samples.
    pub made: Vec<u8>,
    /// What else it might be, the likeliest first, none twice: for those who ask for more than one
    /// answer. Empty where a contestant knows no other.
    pub others: Vec<Vec<u8>>,
    /// A model of bytes that has been led through the input and now predicts the output, ended by
    /// [`Schema::ending`]. The blind set measures the right answer under it. `None` for
    /// contestants that only write.
    pub model: Option<Box<dyn Model>>,
}

impl Written {
    /// What a search found, the best first.
    pub fn of(found: Vec<Vec<u8>>, model: Option<Box<dyn Model>>) -> Written {
        let mut found = found.into_iter();
        Written {
            made: found.next().unwrap_or_default(),
            others: found.collect(),
            model,
        }
    }
}

/// Something that speaks for an answer, or against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it is: a word, a field and its value, an example seen in training, a step.
    pub what: String,
    /// How many bits it contributed for the answer; below 0: against it. `None` where bits say
    /// nothing (steps of a pipeline).
    pub bits: Option<f64>,
}
