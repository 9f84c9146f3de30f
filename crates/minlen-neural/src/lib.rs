//! Neural models: a small net that reads symbols one by one and predicts the next.
//!
//! | file | idea |
//! |---|---|
//! | `shape` | how large a net is, of which layers it is made, in which order its parameters stand |
//! | `train` | from documents to parameters |

pub mod shape;
pub mod train;

pub use shape::{Layer, Shape};
