//! Reading an archive front to back, as from a pipe.

use crate::header::MAX_HEADER;
use crate::index::Whole;
use crate::wire::put_varint;
use crate::{BLOCK_SYNC, Check, Error, Header, INDEX_SYNC, Index, MAGIC, VERSION};
use minlen_core::Limits;
use std::io::Read;

/// A block as read: its header, and its payload not yet decoded.
#[derive(Clone, Debug)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The coded table.
    pub table: Vec<u8>,
    /// The coded content.
    pub content: Vec<u8>,
}

/// Reads an archive from any `Read`.
pub struct Stream<R> {
    input: R,
    limits: Limits,
    whole: Whole,
    /// Bytes of each block so far.
    blocks: Vec<u64>,
    /// Found at the end.
    index: Option<Index>,
    /// Bytes read so far.
    position: u64,
    ended: bool,
}

impl<R: Read> Stream<R> {
    /// Reads the magic from `input`. Give a buffered reader.
    pub fn new(mut input: R, limits: &Limits) -> Result<Stream<R>, Error> {
        read_magic(&mut input)?;
        Ok(Stream {
            input,
            limits: *limits,
            whole: Whole::default(),
            blocks: Vec::new(),
            index: None,
            position: MAGIC.len() as u64,
            ended: false,
        })
    }

    /// Archive bytes read so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// What the index says, once the end was reached.
    pub fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    /// The next block; `None` after the last, when the index was found to agree with all that was
    /// read and nothing follows it.
    pub fn next_block(&mut self) -> Result<Option<Block>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut sync = [0; 4];
        self.input.read_exact(&mut sync)?;
        if sync == INDEX_SYNC {
            self.ended = true;
            self.read_index()?;
            return Ok(None);
        }
        if sync != BLOCK_SYNC {
            return Err(Error::damaged(format!(
                "no block begins at byte {}",
                self.position
            )));
        }
        let (header, head_bytes, check) = read_header(&mut self.input, &self.limits)?;
        let (table, content) = read_payload(&mut self.input, &header)?;
        self.whole.add(check);
        let bytes = head_bytes + header.payload_bytes();
        self.position += bytes;
        self.blocks.push(bytes);
        Ok(Some(Block {
            header,
            table,
            content,
        }))
    }

    fn read_index(&mut self) -> Result<(), Error> {
        let mut rest = INDEX_SYNC.to_vec();
        // As long as the index of the blocks seen can be, and one byte to show what follows it.
        let most = 10 * self.blocks.len() as u64 + 128;
        (&mut self.input).take(most).read_to_end(&mut rest)?;
        let index = Index::read(&rest, &self.limits)?;
        if index.blocks != self.blocks || index.whole != self.whole.get() {
            return Err(Error::damaged("blocks are missing, added or moved"));
        }
        self.position += rest.len() as u64;
        self.index = Some(index);
        Ok(())
    }
}

/// Reads the magic, or says what is wrong with it.
pub(crate) fn read_magic(input: &mut impl Read) -> Result<(), Error> {
    let mut magic = [0; 8];
    let mut got = 0;
    while got < magic.len() {
        match input.read(&mut magic[got..]) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    if got == magic.len() && magic[..7] == MAGIC[..7] && magic[7] != VERSION {
        let version = magic[7];
        return Err(Error::Data(minlen_core::Error::Unsupported(format!(
            "version {version} of the archive format (this program reads version {VERSION})"
        ))));
    }
    if magic[..got] != MAGIC[..got] || got == 0 {
        return Err(Error::damaged("this is not a minlen archive"));
    }
    if got < magic.len() {
        return Err(Error::truncated());
    }
    Ok(())
}

/// Reads a header after its sync mark. Returns it with its bytes on disk, sync mark included, and
/// its check.
pub(crate) fn read_header(
    input: &mut impl Read,
    limits: &Limits,
) -> Result<(Header, u64, Check), Error> {
    let mut length = 0u64;
    for shift in [0, 7, 14] {
        let mut byte = [0];
        input.read_exact(&mut byte)?;
        length |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            break;
        }
    }
    if length > MAX_HEADER {
        return Err(Error::damaged("the header of a block is too long"));
    }
    // Written again, so that only the shortest form of the length passes the check.
    let mut head = BLOCK_SYNC.to_vec();
    put_varint(&mut head, length);
    let fields = head.len();
    head.resize(fields + length as usize, 0);
    input.read_exact(&mut head[fields..])?;
    let mut check = [0; 8];
    input.read_exact(&mut check)?;
    if Check::of(&head) != Check(check) {
        return Err(Error::damaged(
            "the header of a block does not match its check",
        ));
    }
    let header = Header::read(&head[fields..], limits)?;
    Ok((header, head.len() as u64 + 8, Check(check)))
}

/// Reads the payload that `header` announces. Memory grows as bytes come: a false length reserves
/// nothing.
pub(crate) fn read_payload(
    input: &mut impl Read,
    header: &Header,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let mut part = |bytes: u64| {
        let mut payload = Vec::new();
        input.take(bytes).read_to_end(&mut payload)?;
        if (payload.len() as u64) < bytes {
            return Err(Error::truncated());
        }
        Ok(payload)
    };
    Ok((
        part(header.table.coded_bytes())?,
        part(header.content.coded_bytes())?,
    ))
}
