//! Any task: inputs, outputs, one contest on a blind set.
//!
//! Whatever has an input and an output is a task. A user gives examples; minlen holds some of them
//! back, lets symbolic, classical and neural systems learn from the rest, and scores them all on
//! what it held back, in one unit: bits of the outputs.
//!
//! ```text
//! files ─▶ data ─▶ examples ─▶ split ─┬─▶ Training ─▶ contestants ─▶ entrants ─┐
//!                                     └─▶ Blind  ◀──── answers ────────────────┘
//!                                           └─▶ scores ─▶ ledger, report
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `task` | what `task.toml` says |
//! | `schema`, `value` | fields, their modalities, and what stands in them |
//! | `data/` | files to examples, a file a format |
//! | `check` | what can be said before any training; `glance`, `nearest` serve it |
//! | `propose/` | a first `task.toml` for data that nobody has described |
//! | `split` | which examples are blind |
//! | `training` | all that a contestant may see |
//! | `blind` | the blind set: it can be scored and never read |
//! | `metric` | how good answers are, in the task's own measure |
//! | `contestant` | the trait that each contestant is behind, and what it answers |
//! | `contestants/` | a file each |
//! | `features/` | inputs as rows of numbers, a file a modality |
//! | `solve/` | weights for such rows: the best lines |
//! | `entrant` | a trained contestant whose confidence was checked on held-out examples |
//! | `contest/` | one run: all contestants, within a budget, resumable; and a run once more |
//! | `files` | values as files that other programs read |
//! | `winner` | trained contestants at work: answers, and why |
//! | `pipeline/` | modules that the user wrote |
//! | `ledger` | what was run and looked at, in one SQLite file |
#![forbid(unsafe_code)]

mod blind;
mod check;
mod contest;
mod contestant;
mod contestants;
mod data;
mod entrant;
mod features;
mod files;
mod glance;
mod ledger;
mod metric;
mod nearest;
mod pipeline;
mod propose;
mod schema;
mod solve;
mod split;
mod task;
mod training;
mod value;
mod winner;

pub use blind::{Blind, Score, Shown};
pub use check::{Check, Shared};
pub use contest::{CurvePoint, Outcome, Repeat, RunOptions, Stage, Standing, repeat, run};
pub use contestant::{Answer, Contestant, Effort, Evidence, Family, Trained, Written};
pub use contestants::CONTESTANTS;
pub use data::{Read, read, read_inputs};
pub use entrant::{Confidence, Entrant};
pub use ledger::{Entry, Ledger};
pub use metric::{Metric, Tally};
pub use minlen::{Draw, Error, Watch};
pub use pipeline::{Cache, Known, Made, Module, ModuleKind, ModuleTest, Steps, TraceStep, trace};
pub use propose::{Proposal, Wishes, propose};
pub use schema::{Field, Modality, Schema};
pub use split::{Cut, cut};
pub use task::{Budget, Contest, Copies, Curve, DataFiles, Format, Split, SplitBy, Task};
pub use training::Training;
pub use value::{Example, Value};
pub use winner::{Explanation, Neighbour, Reply, Winner};
