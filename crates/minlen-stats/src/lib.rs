//! Statistics of code lengths: pure functions, no IO, no clock; what is random takes a seed.
//!
//! | question | file |
//! |---|---|
//! | How sure is a mean of neighbours that resemble each other? | `interval.rs` |
//! | What does a byte cost as more has been seen? | `curve.rs` |
//! | What would the next bytes cost? | `forecast.rs` |
//! | A long trace in few numbers | `cells.rs` |
//! | What error may a score hide? | `bound.rs` |
//!
//! Costs are in bits, sizes in bytes, rates in bits a byte.
#![forbid(unsafe_code)]

mod bound;
mod cells;
mod curve;
mod forecast;
mod interval;

pub use bound::{clopper_pearson, hoeffding, occam};
pub use cells::Cells;
pub use curve::{CurvePoint, CurveRecorder, prefix_sizes};
pub use forecast::{Forecast, Method, PowerLaw, Trend, forecast};
pub use interval::{Interval, block_bootstrap, paired_bootstrap};
