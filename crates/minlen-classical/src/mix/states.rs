//! The bit histories of this engine: 219 states.

use crate::mixing::states::Rule;
pub(crate) use crate::mixing::states::States;
use std::sync::LazyLock;

const RULE: Rule = Rule {
    bound: [44, 36, 14, 8, 6, 5],
    aged: [0, 1, 2, 2, 3, 4, 4, 5, 6],
    remembered: u8::MAX,
};

/// The machine, made at first use.
pub(crate) static STATES: LazyLock<States> = LazyLock::new(|| States::new(&RULE));

#[cfg(test)]
#[test]
fn fits_a_byte_and_orders_by_age() {
    crate::mixing::states::tests::check(&STATES, 219);
}
