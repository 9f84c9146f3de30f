//! Writing an archive, front to back.

use crate::index::Whole;
use crate::wire::put_varint;
use crate::{BLOCK_SYNC, Check, Error, Header, Index, MAGIC};
use std::io::Write;

/// What an archive holds so far: see [`Archive::resume`](crate::Archive::resume).
#[derive(Clone, Debug)]
pub struct Begun {
    pub(crate) index: Index,
    pub(crate) whole: Whole,
}

impl Begun {
    /// The index as it is so far.
    pub fn index(&self) -> &Index {
        &self.index
    }
}

/// Writes an archive without seeking.
pub struct Writer<W> {
    out: W,
    index: Index,
    whole: Whole,
}

impl<W: Write> Writer<W> {
    /// Writes the magic to `out`. Give a buffered writer or large blocks; nothing is buffered
    /// here.
    pub fn new(mut out: W) -> Result<Writer<W>, Error> {
        out.write_all(&MAGIC)?;
        Ok(Writer {
            out,
            index: Index::default(),
            whole: Whole::default(),
        })
    }

    /// Goes on with an archive: `out` stands where its index begins, which the next block takes
    /// the place of.
    pub fn go_on(out: W, begun: Begun) -> Writer<W> {
        Writer {
            out,
            index: begun.index,
            whole: begun.whole,
        }
    }

    /// Writes a block. `begun` is the number of members whose first segment it holds; `table` and
    /// `content` are the coded lanes, one after the other, as long as `header` says. Returns the
    /// bytes written.
    pub fn block(
        &mut self,
        header: &Header,
        begun: u64,
        table: &[u8],
        content: &[u8],
    ) -> Result<u64, Error> {
        let fields = header.write();
        let mut head = BLOCK_SYNC.to_vec();
        put_varint(&mut head, fields.len() as u64);
        head.extend_from_slice(&fields);
        let check = Check::of(&head);
        head.extend_from_slice(&check.0);
        self.out.write_all(&head)?;
        self.out.write_all(table)?;
        self.out.write_all(content)?;
        let written = (head.len() + table.len() + content.len()) as u64;
        self.whole.add(check);
        self.index.blocks.push(written);
        self.index.members += begun;
        self.index.bytes += header.bytes;
        Ok(written)
    }

    /// Writes the index and gives the output back, with all that the index says.
    pub fn finish(mut self) -> Result<(W, Index), Error> {
        self.index.whole = self.whole.get();
        self.out.write_all(&self.index.write())?;
        self.out.flush()?;
        Ok((self.out, self.index))
    }
}
