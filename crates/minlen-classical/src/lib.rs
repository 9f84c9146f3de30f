//! Classical models: they learn while they code and need no training.
//!
//! | recipe | idea | file |
//! |---|---|---|
//! | `order:K` | whole-symbol counts in the last K symbols, blended down to order 0 | `order.rs` |
//! | `mix2:PRESET` | context mixing: bit histories in many contexts, mixed by online learning | `mix2/` |
//! | `mix:PRESET` | the engine before `mix2`, kept for archives made with it | `mix/` |

mod kernels;
mod mix;
mod mix2;
mod mixing;
mod order;

pub use mix::mix_with;
pub use mix2::mix2_with;
pub use mixing::foreign::Foreign;

use minlen_core::Entry;

/// Every model of this crate.
pub const MODELS: &[Entry] = &[order::ENTRY, mix::ENTRY, mix2::ENTRY];

#[cfg(test)]
mod tests;
