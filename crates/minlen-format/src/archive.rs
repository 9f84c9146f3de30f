//! Reading an archive from a file: any block at once, damaged neighbours or not.

use crate::index::{TAIL, Whole};
use crate::stream::{read_header, read_magic, read_payload};
use crate::writer::Begun;
use crate::{BLOCK_SYNC, Block, END, Error, Header, Index, MAGIC};
use minlen_core::Limits;
use std::io::{BufReader, Read, Seek, SeekFrom};

/// A block's place in the archive, with its header.
#[derive(Clone, Debug)]
pub struct Place {
    /// The byte of the archive at which the block begins.
    pub offset: u64,
    /// Bytes on disk; 0 when not known.
    pub bytes: u64,
    /// The header, or why it cannot be read.
    pub header: Result<Header, minlen_core::Error>,
    /// The byte at which the payload begins.
    payload: u64,
}

/// An archive in a seekable file. Opening it reads the index and all headers; without a good
/// index it searches the file for blocks.
pub struct Archive<R> {
    input: BufReader<R>,
    size: u64,
    places: Vec<Place>,
    index: Option<Index>,
    /// The check of all headers that were read where the index says they are.
    whole: Whole,
    /// What is wrong with the archive as a whole, in words.
    problem: Option<String>,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive. Errors only when it cannot be read at all: damage inside is found in
    /// [`Archive::problem`] and [`Archive::places`].
    pub fn open(input: R, limits: &Limits) -> Result<Archive<R>, Error> {
        let mut input = BufReader::new(input);
        let size = input.seek(SeekFrom::End(0))?;
        input.seek(SeekFrom::Start(0))?;
        read_magic(&mut input)?;
        let mut archive = Archive {
            input,
            size,
            places: Vec::new(),
            index: None,
            whole: Whole::default(),
            problem: None,
        };
        match archive.read_index(limits) {
            Ok(index) => archive.follow(index, limits)?,
            Err(Error::Data(e @ minlen_core::Error::Damaged(_))) => {
                archive.problem = Some(format!("the index is missing or damaged ({e})"));
                archive.scan(limits)?;
            }
            Err(e) => return Err(e),
        }
        Ok(archive)
    }

    /// Bytes of the archive on disk.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The blocks found, in the order of the file.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// What has been written so far, for a writer that goes on with it where the index begins (the
    /// byte that comes with it); `None`: something is wrong with the archive.
    pub fn resume(&self) -> Option<(Begun, u64)> {
        let index = self.index.clone().filter(|_| self.problem.is_none())?;
        let end = index.blocks.iter().sum::<u64>() + MAGIC.len() as u64;
        let whole = self.whole.clone();
        Some((Begun { index, whole }, end))
    }

    /// What the index says, when there is a good one.
    pub fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    /// What is wrong with the archive as a whole, in words. Blocks may be good all the same.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The block at `place`, not yet decoded.
    pub fn read(&mut self, place: &Place) -> Result<Block, Error> {
        let header = place.header.clone()?;
        self.input.seek(SeekFrom::Start(place.payload))?;
        let (table, content) = read_payload(&mut self.input, &header)?;
        Ok(Block {
            header,
            table,
            content,
        })
    }

    /// Only the coded table of the block at `place`, for listing.
    pub fn read_table(&mut self, place: &Place) -> Result<Vec<u8>, Error> {
        let header = place.header.as_ref().map_err(Clone::clone)?;
        self.input.seek(SeekFrom::Start(place.payload))?;
        let bytes = header.table.coded_bytes();
        let mut table = Vec::new();
        (&mut self.input).take(bytes).read_to_end(&mut table)?;
        if (table.len() as u64) < bytes {
            return Err(Error::truncated());
        }
        Ok(table)
    }

    /// Only the coded content of the block at `place`, or the first `most` bytes of it.
    pub fn read_content(&mut self, place: &Place, most: u64) -> Result<Vec<u8>, Error> {
        let header = place.header.as_ref().map_err(Clone::clone)?;
        let from = place.payload + header.table.coded_bytes();
        self.input.seek(SeekFrom::Start(from))?;
        let bytes = header.content.coded_bytes().min(most);
        let mut content = Vec::new();
        (&mut self.input).take(bytes).read_to_end(&mut content)?;
        if (content.len() as u64) < bytes {
            return Err(Error::truncated());
        }
        Ok(content)
    }

    fn read_index(&mut self, limits: &Limits) -> Result<Index, Error> {
        let first = MAGIC.len() as u64;
        if self.size < first + TAIL {
            return Err(Error::truncated());
        }
        let mut tail = [0; 8];
        self.input.seek(SeekFrom::Start(self.size - 8))?;
        self.input.read_exact(&mut tail)?;
        let length = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
        if tail[4..] != END || length > self.size - first {
            return Err(Error::truncated());
        }
        self.input.seek(SeekFrom::Start(self.size - length))?;
        let mut bytes = Vec::new();
        (&mut self.input).take(length).read_to_end(&mut bytes)?;
        let index = Index::read(&bytes, limits)?;
        let blocks = index.blocks.iter();
        if blocks.fold(first, |sum, &b| sum.saturating_add(b)) != self.size - length {
            return Err(Error::damaged("the blocks do not fill the archive"));
        }
        Ok(index)
    }

    /// Reads the headers where the index says they are.
    fn follow(&mut self, index: Index, limits: &Limits) -> Result<(), Error> {
        let mut whole = Whole::default();
        let mut offset = MAGIC.len() as u64;
        for &bytes in &index.blocks {
            let place = match self.header_at(offset, limits) {
                Ok((place, check)) if place.bytes == bytes => {
                    whole.add(check);
                    place
                }
                Err(Error::Io(e)) => return Err(Error::Io(e)),
                other => Place {
                    offset,
                    bytes,
                    payload: 0,
                    header: Err(match other {
                        Err(Error::Data(e)) => e,
                        _ => minlen_core::Error::Damaged(
                            "its length is not what the index says".into(),
                        ),
                    }),
                },
            };
            self.places.push(place);
            offset += bytes;
        }
        if whole.get() != index.whole {
            self.problem = Some("blocks are damaged, missing, added or moved".into());
        }
        self.whole = whole;
        self.index = Some(index);
        Ok(())
    }

    fn header_at(&mut self, offset: u64, limits: &Limits) -> Result<(Place, crate::Check), Error> {
        self.input.seek(SeekFrom::Start(offset))?;
        let mut sync = [0; 4];
        self.input.read_exact(&mut sync)?;
        if sync != BLOCK_SYNC {
            return Err(Error::damaged("no block begins here"));
        }
        let (header, head, check) = read_header(&mut self.input, limits)?;
        let place = Place {
            offset,
            bytes: head + header.payload_bytes(),
            payload: offset + head,
            header: Ok(header),
        };
        Ok((place, check))
    }

    /// Searches the whole file for blocks.
    fn scan(&mut self, limits: &Limits) -> Result<(), Error> {
        const WINDOW: u64 = 1 << 16;
        const MARK: u64 = BLOCK_SYNC.len() as u64;
        // A file full of marks with no blocks behind them must not take for ever.
        let mut patience = self.size.saturating_mul(4).saturating_add(1 << 20);
        let mut window = Vec::new();
        let mut from = MAGIC.len() as u64;
        // Where the last block found ends: no block begins before that.
        let mut offset = from;
        while from + MARK <= self.size {
            self.input.seek(SeekFrom::Start(from))?;
            window.clear();
            (&mut self.input).take(WINDOW).read_to_end(&mut window)?;
            let marks = window.windows(BLOCK_SYNC.len()).zip(from..);
            for (_, found) in marks.filter(|(bytes, _)| *bytes == BLOCK_SYNC) {
                if found < offset {
                    continue;
                }
                match self.header_at(found, limits) {
                    Ok((place, _)) => {
                        offset = place.offset.saturating_add(place.bytes);
                        // A block cut off by the end is listed; reading it says so.
                        self.places.push(place);
                    }
                    Err(Error::Data(minlen_core::Error::Damaged(_))) => {
                        let looked_at = self.input.stream_position()?.saturating_sub(found);
                        match patience.checked_sub(looked_at) {
                            Some(left) => patience = left,
                            None => return Ok(()),
                        }
                    }
                    Err(e) => return Err(e),
                }
            }
            // The last three bytes may begin a mark.
            from = offset.max(from + WINDOW - (MARK - 1));
        }
        Ok(())
    }
}
