//! The header of a block: all that is needed to decode it.

use crate::wire::{put_bytes, put_varint};
use crate::{Check, Error, Wire};
use minlen_core::{Limits, Recipe};

/// The recipe of bytes that are kept as they are.
pub const STORED: &str = "stored";
/// Lanes that one coded part may have.
pub const MAX_LANES: u64 = 256;
/// Bytes that one header may have, from its first field to its last.
pub(crate) const MAX_HEADER: u64 = 1 << 17;
/// Bytes that one table of members may have.
const MAX_TABLE: u64 = 1 << 26;
/// Bytes of parameters that a view may keep.
const MAX_PARAMS: u64 = 1 << 16;

/// A run of symbols, coded: how, how many, how long the code is, and a check of the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coded {
    /// The model.
    pub recipe: Recipe,
    /// Number of symbols, in all lanes.
    pub symbols: u64,
    /// Coded bytes of each lane; see [`lane_bounds`] for what symbols a lane holds.
    pub lanes: Vec<u64>,
    /// Check of the original bytes that these symbols stand for.
    pub check: Check,
}

/// Where lane `lane` of `lanes` begins and ends in `symbols` symbols: equal parts, rounded down.
pub fn lane_bounds(symbols: u64, lanes: u64, lane: u64) -> (u64, u64) {
    let at = |i: u64| (u128::from(symbols) * u128::from(i) / u128::from(lanes)) as u64;
    (at(lane), at(lane + 1))
}

impl Coded {
    /// Coded bytes of all lanes.
    pub fn coded_bytes(&self) -> u64 {
        self.lanes.iter().fold(0, |a, &b| a.saturating_add(b))
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.recipe.as_str().as_bytes());
        put_varint(out, self.symbols);
        put_varint(out, self.lanes.len() as u64);
        for &bytes in &self.lanes {
            put_varint(out, bytes);
        }
        out.extend_from_slice(&self.check.0);
    }

    fn read(wire: &mut Wire) -> Result<Coded, Error> {
        let recipe = text(wire.bytes_upto(255, "the length of a recipe")?)?
            .parse()
            .map_err(|_| Error::damaged("a recipe is not well-formed"))?;
        let symbols = wire.varint()?;
        let count = wire.varint_upto(MAX_LANES, "the number of lanes")?;
        if count == 0 {
            return Err(Error::damaged("there are no lanes"));
        }
        let mut lanes = Vec::new();
        for lane in 0..count {
            let (from, to) = lane_bounds(symbols, count, lane);
            // No symbol costs more than 8 questions of 16 bits, and 8 bytes end a lane.
            lanes.push(wire.varint_upto(
                (to - from).saturating_mul(16).saturating_add(8),
                "the length of a lane",
            )?);
        }
        Ok(Coded {
            recipe,
            symbols,
            lanes,
            check: Check(wire.array()?),
        })
    }
}

/// What stands before a block's payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The view that made symbols of the bytes.
    pub view: String,
    /// What the view needs to turn them back, and to know their structure.
    pub params: Vec<u8>,
    /// Original bytes of the content.
    pub bytes: u64,
    /// The table of members that the content belongs to.
    pub table: Coded,
    /// The content.
    pub content: Coded,
}

impl Header {
    /// Bytes of the payload that follows the header: table, then content.
    pub fn payload_bytes(&self) -> u64 {
        let (table, content) = (self.table.coded_bytes(), self.content.coded_bytes());
        table.saturating_add(content)
    }

    /// What decoding the block may write to memory: counted against the limit on output, so that
    /// neither tables nor symbols that a view shortens can be a decompression bomb.
    pub fn unpacked_bytes(&self) -> u64 {
        self.bytes.max(self.content.symbols) + self.table.symbols
    }

    /// The fields, as written.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_bytes(&mut out, self.view.as_bytes());
        put_bytes(&mut out, &self.params);
        put_varint(&mut out, self.bytes);
        self.table.write(&mut out);
        self.content.write(&mut out);
        out
    }

    pub(crate) fn read(fields: &[u8], limits: &Limits) -> Result<Header, Error> {
        let mut wire = Wire::new(fields);
        let view = text(wire.bytes_upto(255, "the length of a view's name")?)?;
        let params = wire.bytes_upto(MAX_PARAMS, "the length of a view's parameters")?;
        let bytes = wire.varint()?;
        Limits::check("the size of a block", bytes, limits.block_bytes)?;
        let header = Header {
            view: view.to_string(),
            params: params.to_vec(),
            bytes,
            table: Coded::read(&mut wire)?,
            content: Coded::read(&mut wire)?,
        };
        wire.end()?;
        let symbols = header.content.symbols;
        Limits::check("the size of a block", symbols, limits.block_bytes)?;
        if header.table.symbols > MAX_TABLE {
            return Err(Error::damaged("a table of members is too long"));
        }
        Ok(header)
    }
}

fn text(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Error::damaged("a name is not text"))
}
