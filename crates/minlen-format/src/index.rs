//! The index at the end: where the blocks are, and a check of the whole.

use crate::wire::put_varint;
use crate::{Check, END, Error, INDEX_SYNC, Wire};
use minlen_core::Limits;

/// Bytes after the fields: the check, the length and the end mark.
pub(crate) const TAIL: u64 = 8 + 4 + 4;
/// Bytes of any block: sync mark, length and check of its header.
const MIN_BLOCK: u64 = 4 + 1 + 8;

/// The index of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Bytes of each block on disk, in order; the first block follows the magic.
    pub blocks: Vec<u64>,
    /// Members in the archive.
    pub members: u64,
    /// Original bytes of all members.
    pub bytes: u64,
    /// BLAKE3 of all headers' checks, in order: no block is missing, added, or moved.
    pub whole: [u8; 32],
}

impl Index {
    /// From its sync mark to the end mark.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = INDEX_SYNC.to_vec();
        put_varint(&mut out, self.blocks.len() as u64);
        for &bytes in &self.blocks {
            put_varint(&mut out, bytes);
        }
        put_varint(&mut out, self.members);
        put_varint(&mut out, self.bytes);
        out.extend_from_slice(&self.whole);
        let check = Check::of(&out);
        out.extend_from_slice(&check.0);
        let length = out.len() as u32 + 8;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&END);
        out
    }

    /// From all bytes between the blocks and the end of the archive.
    pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Index, Error> {
        let mut wire = Wire::new(bytes);
        let fields = wire.take(bytes.len().saturating_sub(TAIL as usize))?;
        let check = Check(wire.array()?);
        let length = u32::from_le_bytes(wire.array()?);
        if wire.array()? != END || length as usize != bytes.len() || check != Check::of(fields) {
            return Err(Error::damaged("the index does not match its check"));
        }
        let mut wire = Wire::new(fields);
        if wire.array()? != INDEX_SYNC {
            return Err(Error::damaged("there is no index"));
        }
        let count = wire.varint()?;
        let mut index = Index::default();
        for _ in 0..count {
            let bytes = wire.varint()?;
            if bytes < MIN_BLOCK {
                return Err(Error::damaged("a block is shorter than its header"));
            }
            index.blocks.push(bytes);
        }
        index.members = wire.varint()?;
        Limits::check("the number of members", index.members, limits.members)?;
        index.bytes = wire.varint()?;
        index.whole = wire.array()?;
        wire.end()?;
        Ok(index)
    }
}

/// The check of the whole, block by block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whole(blake3::Hasher);

impl Whole {
    pub(crate) fn add(&mut self, header: Check) {
        self.0.update(&header.0);
    }
    pub(crate) fn get(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}
