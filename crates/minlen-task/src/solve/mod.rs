//! Weights for rows of numbers: the best lines, found by two methods.
//!
//! Hand-written because no kept crate takes rows that are mostly zeros, as those of text are:
//! linfa and smartcore want whole matrices, where 20 Newsgroups would need 20 GB.

pub(crate) mod descent;
pub(crate) mod dual;
mod rows;
mod weights;

pub(crate) use rows::{Dense, Rows, Sparse};
pub(crate) use weights::{Weights, lanes_of};
