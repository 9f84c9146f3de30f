//! What a view knows about the layout of its symbols.

/// Layout of a symbol stream, as numbers: all that a model is told about where symbols come from.
///
/// A photograph of 768 × 512 RGB pixels has `unit` 3 and `row` 2304; 16-bit stereo sound has
/// `unit` 4 and no row; a database of 80-byte records has `row` 80. Models make contexts of these
/// numbers and need to know no file format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// Symbols from one value to the next of the same channel; 0 when there is no such thing.
    pub unit: u32,
    /// Symbols from one row or record to the same place in the next; 0 when there are no rows.
    pub row: u32,
    /// Symbols before the first unit or row begins (a file's header).
    pub start: u32,
}

impl Structure {
    /// No layout known.
    pub const NONE: Structure = Structure {
        unit: 0,
        row: 0,
        start: 0,
    };
}
