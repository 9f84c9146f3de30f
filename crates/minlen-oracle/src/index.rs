//! Section 5: the index.

use crate::conventions::{Reader, check};

/// With this the index begins.
pub const SYNC: [u8; 4] = [0xb1, 0x69, 0x64, 0x0c];
const END: [u8; 4] = [0xb1, 0x65, 0x6e, 0x0d];

/// What the blocks before the index were; it must say the same.
#[derive(Default)]
pub struct Seen {
    /// Bytes of each block.
    pub block_lengths: Vec<u64>,
    /// The header checks of all blocks, one after the other.
    pub header_checks: Vec<u8>,
    /// Members of the archive.
    pub members: u64,
    /// Original bytes of all members.
    pub bytes: u64,
}

/// Reads the index and compares it with what was seen.
pub fn read(reader: &mut Reader, seen: &Seen) -> Result<(), String> {
    let start = reader.rest();
    if reader.array()? != SYNC {
        return Err("no index".into());
    }
    let expect = |right: bool, what: &str| match right {
        true => Ok(()),
        false => Err(format!("the index is wrong: {what}")),
    };
    let blocks = reader.varint()?;
    expect(
        blocks == seen.block_lengths.len() as u64,
        "number of blocks",
    )?;
    for length in &seen.block_lengths {
        expect(reader.varint()? == *length, "length of a block")?;
    }
    expect(reader.varint()? == seen.members, "number of members")?;
    expect(reader.varint()? == seen.bytes, "original bytes")?;
    let whole = blake3::hash(&seen.header_checks);
    expect(reader.array()? == *whole.as_bytes(), "whole")?;
    let checked = check(&start[..start.len() - reader.left()]);
    expect(reader.array()? == checked, "check")?;
    let length = u64::from(reader.u32le()?);
    expect(reader.array()? == END, "end")?;
    expect(length == (start.len() - reader.left()) as u64, "length")
}
