//! Checksums: BLAKE3, shortened where 64 bits are enough against accidents.

/// The first 8 bytes of a BLAKE3 hash. It finds accidents, all but one in 2⁶⁴; it is no defence
/// against somebody who edits an archive on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check(pub [u8; 8]);

impl Check {
    /// The check of `bytes`.
    pub fn of(bytes: &[u8]) -> Check {
        let mut first = [0; 8];
        first.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
        Check(first)
    }
}
