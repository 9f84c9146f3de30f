//! The bit histories of this engine: 183 states.

use crate::mixing::states::Rule;
pub(crate) use crate::mixing::states::States;
use std::sync::LazyLock;

const RULE: Rule = Rule {
    bound: [40, 40, 24, 18, 14, 12],
    aged: [0, 1, 1, 2, 3, 3, 4, 4, 5],
    remembered: 10,
};

/// The machine, made at first use.
pub(crate) static STATES: LazyLock<States> = LazyLock::new(|| States::new(&RULE));

#[cfg(test)]
#[test]
fn fits_a_byte_and_orders_by_age() {
    crate::mixing::states::tests::check(&STATES, 183);
}
