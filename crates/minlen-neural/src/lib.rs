//! Neural models: a small net that reads symbols one by one and predicts the next.
//!
//! | file | idea |
//! |---|---|
//! | `shape` | how large a net is, of which layers it is made, in which order its parameters stand |
//! | `raw` | parameters as trainers exchange them |
//! | `weights` | a net's parameters as small integers, and as bytes |
//! | `lowrank` | what fine-tuning changes of a net, as two thin matrices for each of its own |
//! | `net` | many streams led through a net at once: the coding path |
//! | `reader` | what a net makes of what it reads: the values between its layers |
//! | `kernels` | its arithmetic, which gives the same bits on every machine |
//! | `train` | from documents to parameters |

mod kernels;
mod lowrank;
mod net;
pub mod raw;
mod reader;
pub mod shape;
pub mod train;
mod weights;

#[doc(hidden)] // for examples/speed.rs
pub use kernels::multiply_adds;
pub use lowrank::{LowRank, MOST_RANK};
pub use net::{Net, Stream, Streams};
pub use reader::{Reader, Seen};
pub use shape::{Layer, Shape};
pub use weights::Weights;

#[cfg(test)]
mod tests;
