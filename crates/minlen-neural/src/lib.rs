//! Neural models: a small net that reads symbols one by one and predicts the next.
//!
//! | file | idea |
//! |---|---|
//! | `shape` | how large a net is, of which layers it is made, in which order its parameters stand |
//! | `raw` | parameters as trainers exchange them |
//! | `weights` | a net's parameters as small integers, and as bytes |
//! | `net` | many streams led through a net at once: the coding path |
//! | `kernels` | its arithmetic, which gives the same bits on every machine |

mod kernels;
mod net;
pub mod raw;
pub mod shape;
mod weights;

#[doc(hidden)] // for examples/speed.rs
pub use kernels::multiply_adds;
pub use net::{Net, Stream, Streams};
pub use shape::{Layer, Shape};
pub use weights::Weights;

#[cfg(test)]
mod tests;
