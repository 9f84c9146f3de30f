//! From the nodes of a nibble's tree to its leaves.

use minlen_core::Nodes;

/// The probability of each nibble in units of 2⁻³², from the root down, each product rounded
/// down; 2³² − 1 at most.
pub(crate) fn leaves(nodes: &Nodes) -> [u32; 16] {
    std::array::from_fn(|nibble| {
        let full = 16 + nibble;
        let mut p = 1u64 << 32;
        for depth in 0..4 {
            let bit = full >> (3 - depth) & 1;
            p = (p * u64::from(nodes.at(full >> (4 - depth)).of(bit != 0))) >> 16;
        }
        p.min(u64::from(u32::MAX)) as u32
    })
}
