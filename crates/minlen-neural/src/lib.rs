//! Neural models: a small net that reads symbols one by one and predicts the next.
//!
//! | file | idea |
//! |---|---|
//! | `shape` | how large a net is, of which layers it is made, in which order its parameters stand |

pub mod shape;

pub use shape::{Layer, Shape};
