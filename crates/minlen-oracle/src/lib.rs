//! A second decoder of minlen archives, written from `docs/format.md` and nothing else.
//!
//! Its purpose is to keep that document honest: what the first decoder accepts and this one does
//! not, or the other way round, or what the two read differently, is a bug in one of the three.
//! So it is slow and obvious, it shares no code with the rest of minlen, and it follows the
//! document section by section. It is all or nothing: an archive is good in every byte, or an
//! error comes back.
//!
//! | section | module |
//! |---|---|
//! | 1 | `conventions` |
//! | 2 | `archive` |
//! | 3 | `block` |
//! | 4 | `table` |
//! | 5 | `index` |
//! | 6 | `entropy` |
//! | 7 | `views` |
//! | 8 | `models` |
#![forbid(unsafe_code)]

mod archive;
mod block;
mod conventions;
mod entropy;
mod index;
mod models;
mod table;
mod views;

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A file with content.
    File,
    /// A folder.
    Folder,
    /// A symbolic link to this target.
    Link(Vec<u8>),
}

/// A member with all that the archive says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name, any bytes; not to be trusted.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Unix permission bits.
    pub mode: u32,
    /// Time of the last change, in seconds since 1970-01-01 UTC.
    pub seconds: i64,
    /// The part of that time below a second, in nanoseconds.
    pub nanoseconds: u32,
    /// The original bytes.
    pub content: Vec<u8>,
}

/// All members of an archive that is good in every byte, in their order.
///
/// # Errors
/// Words on the first thing that the specification does not allow, that this decoder does not
/// know, or that is above its limits (`BLOCK_LIMIT`, `OUTPUT_LIMIT`). It never panics.
pub fn decode(archive: &[u8]) -> Result<Vec<Member>, String> {
    decode_with(archive, &[])
}

/// The same of an archive that needs model files; one that changes another comes behind that. Of
/// those in the archive itself nobody has to know.
///
/// # Errors
/// As for [`decode`]; and if one of `models` is no good model file.
pub fn decode_with(archive: &[u8], models: &[&[u8]]) -> Result<Vec<Member>, String> {
    let mut shelf = models::Shelf::default();
    for model in models {
        shelf.add(model)?;
    }
    archive::decode(archive, &mut shelf)
}

/// The symbols of one lane under the model of that name, for tests that make lanes by hand. The
/// structure is unit, row and start, and whether it has text.
///
/// # Errors
/// As for [`decode`].
pub fn decode_lane(
    name: &str,
    settings: &str,
    [unit, row, start]: [u64; 3],
    text: bool,
    lane: &[u8],
    symbols: u64,
) -> Result<Vec<u8>, String> {
    let structure = views::Structure {
        unit,
        row,
        start,
        text,
        script: false,
        codes: None,
    };
    let shelf = models::Shelf::default();
    models::decode(name, Some(settings), &structure, lane, symbols, &shelf)
}

/// The symbols of one lane under the neural net of these bytes.
///
/// # Errors
/// As for [`decode`].
pub fn decode_lane_with_net(net: &[u8], lane: &[u8], symbols: u64) -> Result<Vec<u8>, String> {
    models::decode_with_net(net, lane, symbols)
}

/// The same under the net that these factors of low rank make of it.
///
/// # Errors
/// As for [`decode`].
pub fn decode_lane_with_changed_net(
    net: &[u8],
    changes: &[u8],
    lane: &[u8],
    symbols: u64,
) -> Result<Vec<u8>, String> {
    models::decode_with_changed_net(net, changes, lane, symbols)
}

/// The block limit of this reader: original bytes or symbols that one block may hold.
const BLOCK_LIMIT: u64 = 1 << 28;

/// Bytes of memory that the members of one archive may take, names and all.
const OUTPUT_LIMIT: u64 = 1 << 30;
