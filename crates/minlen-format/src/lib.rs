//! The minlen archive on disk. `docs/format.md` is its specification; this crate is its twin.
//!
//! Only this crate knows the bytes of an archive, and it knows nothing else: no models, no
//! views, no file system. It turns [`Header`]s and payloads into bytes and back, under
//! [`Limits`](minlen_core::Limits), and finds blocks again when the index is lost.
//!
//! - [`Writer`] writes an archive to any `Write`, without seeking.
//! - [`Stream`] reads one from any `Read`, front to back.
//! - [`ModelFile`] is the file of a learnt model.
//! - [`Archive`] reads one from a seekable file: any block at once, damaged neighbours or not.
#![forbid(unsafe_code)]

mod archive;
mod check;
mod error;
mod header;
mod index;
mod learnt;
mod members;
mod stream;
mod wire;
mod writer;

pub use archive::{Archive, Place};
pub use check::Check;
pub use error::Error;
pub use header::{Coded, Header, MAX_LANES, STORED, lane_bounds};
pub use index::Index;
pub use learnt::{MODEL_MAGIC, MODEL_VERSION, ModelFile, ModelHash};
pub use members::{Kind, Member, Segment, read_table, write_table};
pub use stream::{Block, Stream};
pub use wire::{Wire, put_bytes, put_varint};
pub use writer::{Begun, Writer};

/// The first eight bytes of every archive: a byte with the high bit set, the name, the line ends
/// and end-of-file that transfers in text mode damage, and the version of the format.
pub const MAGIC: [u8; 8] = [0x8d, b'm', b'n', b'l', 0x0d, 0x0a, 0x1a, VERSION];
/// The version of the format that this crate writes and the only one that it reads.
pub const VERSION: u8 = 1;
/// Begins every block.
pub const BLOCK_SYNC: [u8; 4] = [0xb1, b'b', b'l', 0x0c];
/// Begins the index.
pub const INDEX_SYNC: [u8; 4] = [0xb1, b'i', b'd', 0x0c];
/// The last four bytes of every archive.
pub const END: [u8; 4] = [0xb1, b'e', b'n', 0x0d];
