//! minlen's verbs as plain functions: the API boundary of the project.
//!
//! | verb | function |
//! |---|---|
//! | compress | [`compress`], [`append`] |
//! | decompress | [`extract`] |
//! | verify | [`verify`], [`compare`] |
//! | list | [`list`] |
//! | cat | [`cat`] |
//! | get | [`RecordArchive`] |
//! | measure | [`measure`] |
//! | generate | [`generate`] |
//! | study | [`study()`] |
//! | learn | [`learn`] |
//!
//! ```
//! use minlen::{Measurement, Setting};
//!
//! let setting = Setting::recipe("order:2")?;
//! let bits = minlen::measure(b"abracadabra", &setting, None, &())?.cost.bits_ceil();
//! assert!(bits < 88); // 11 bytes of 8 bits
//! # Ok::<(), minlen::Error>(())
//! ```
//!
//! Functions never print and never exit. Long ones take a [`Watch`], which hears of progress and
//! may ask them to stop.
#![forbid(unsafe_code)]

mod archive;
mod codec;
mod error;
mod generate;
mod learnt;
mod measure;
mod parallel;
mod records;
mod registry;
mod setting;
mod study;
mod walk;
mod watch;
mod words;

pub use archive::compare::{Comparison, compare};
pub use archive::compress::{CompressReport, append, compress};
pub use archive::extract::{ExtractOptions, ExtractReport, cat, extract};
pub use archive::get::{Record, RecordArchive};
pub use archive::inputs::{Inputs, Skipped};
pub use archive::list::{BlockInfo, Listing, MemberInfo, list};
pub use archive::output::NewFile;
pub use archive::paths::show as show_name;
pub use archive::source::{ReadSeek, Source};
pub use archive::verify::{VerifyReport, verify};
pub use error::Error;
pub use generate::{Draw, generate, generate_at};
pub use learnt::{
    Filling, Form, LearnEvent, LearnKind, LearnOptions, LearnReport, LearnVerdict, Learnt, Lesson,
    NetBudget, NetOptions, Objective, Reading, Shelf, learn, records_of,
};
pub use measure::{Measurement, measure};
pub use minlen_core::{Cost, Error as DataError, Family, Limits, Recipe, Structure};
pub use minlen_format::{Kind, Member};
pub use minlen_neural::Shape;
pub use minlen_neural::raw::is_raw as is_net_parameters;
pub use minlen_neural::train::Point as NetPoint;
pub use registry::{models, views};
pub use setting::{LEVELS, Setting};
pub use study::{
    Contestant, Curve, Detail, Difference, Earned, FileStudy, Forecast, Heat, Kept, Place, Point,
    Range, Score, SeenBlock, SkippedFile, Study, StudyOptions, Total, Verdict, VerdictKind, Winner,
    contestants, study,
};
pub use walk::BlockView;
pub use watch::Watch;
pub use words::{grouped, percent, size};

/// The pieces that tests, fuzz targets and benches share; no part of the API.
#[doc(hidden)]
pub mod internal {
    pub use crate::codec::plain::{decode, encode};
}
