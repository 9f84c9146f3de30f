//! Records of an archive, any of them alone.

use crate::archive::source::{ReadSeek, shelve};
use crate::records::{self, Records};
use crate::{Error, Form, Reading, Recipe};
use minlen_core::{Rewind, Structure};
use minlen_format::{Archive, Place};
use std::collections::BTreeMap;

/// An archive whose records can be had by number, each without the others.
///
/// What is checked: the header of each block, the number of its records, and of a block that a record is taken from all coded
/// bytes. (That they decode to what was coded, only [`verify`](crate::verify) can say.)
pub struct RecordArchive {
    archive: Archive<Box<dyn ReadSeek>>,
    reading: Reading,
    blocks: Vec<RecordBlock>,
    count: u64,
    /// Blocks from which records were taken.
    open: BTreeMap<usize, Opened>,
    /// The models, at their beginning.
    reels: Vec<(Recipe, Box<dyn Rewind>)>,
}

/// A block of records, and the number of the first one.
struct RecordBlock {
    place: Place,
    inner: Recipe,
    first: u64,
    bytes: u64,
}

/// A block's coded records.
struct Opened {
    lane: Vec<u8>,
    records: Records,
}

/// Blocks that stay open: a block is a megabyte of records at most, and its codes are much less.
const MOST_OPEN: usize = 64;

impl RecordArchive {
    /// Opens an archive in a file. `Usage`: it has no records; `Damaged`: it, or one of its
    /// headers, is damaged.
    pub fn open(
        file: Box<dyn ReadSeek>,
        reading: impl Into<Reading>,
    ) -> Result<RecordArchive, Error> {
        let mut reading = reading.into();
        let mut archive = Archive::open(file, &reading.limits)?;
        if let Some(problem) = archive.problem() {
            return Err(Error::damaged(problem));
        }
        let (mut blocks, mut count) = (Vec::new(), 0);
        for place in archive.places().to_vec() {
            let header = place.header.clone()?;
            shelve(&mut archive, &place, &mut reading)?;
            let Some(inner) = records::inner(&header.content.recipe) else {
                continue;
            };
            let head = archive.read_content(&place, records::HEAD as u64)?;
            blocks.push(RecordBlock {
                place,
                inner: inner?,
                first: count,
                bytes: header.bytes,
            });
            let records = records::count(&head)?;
            if records > header.bytes {
                return Err(Error::damaged("a block has more records than bytes"));
            }
            count += records;
        }
        if blocks.is_empty() {
            return Err(Error::Usage(
                "the archive has no records (--record makes them)".into(),
            ));
        }
        Ok(RecordArchive {
            archive,
            reading,
            blocks,
            count,
            open: BTreeMap::new(),
            reels: Vec::new(),
        })
    }

    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The record number `i`, from 0, in the order of the archive, without its line feed or the
    /// length before it; and what it is. `Usage`: there are fewer.
    pub fn get(&mut self, i: u64) -> Result<(Vec<u8>, Form), Error> {
        if i >= self.count {
            let count = crate::grouped(self.count);
            return Err(Error::Usage(format!(
                "there is no record {i}: the archive has {count}, numbered from 0"
            )));
        }
        let block = self.blocks.partition_point(|b| b.first <= i) - 1;
        if !self.open.contains_key(&block) {
            self.open_block(block)?;
        }
        let RecordBlock {
            inner,
            first,
            bytes,
            ..
        } = &self.blocks[block];
        let known = self.reels.iter().position(|(recipe, _)| recipe == inner);
        let reel = match known {
            Some(at) => at,
            None => {
                let reel = records::reel(inner, &Structure::NONE, &self.reading, &())?;
                self.reels.push((inner.clone(), reel));
                self.reels.len() - 1
            }
        };
        let opened = &self.open[&block];
        let at = (i - first) as usize;
        if at >= opened.records.len() {
            return Err(Error::damaged("a block has fewer records than it says"));
        }
        let reel = &mut *self.reels[reel].1;
        let record = opened.records.get(at, &opened.lane, *bytes, reel)?;
        Ok((record, opened.records.form))
    }

    fn open_block(&mut self, block: usize) -> Result<(), Error> {
        let RecordBlock { place, bytes, .. } = &self.blocks[block];
        let lane = self.archive.read_content(place, u64::MAX)?;
        let records = Records::read(&lane, *bytes, &self.reading)?;
        if self.open.len() >= MOST_OPEN {
            self.open.clear();
        }
        self.open.insert(block, Opened { lane, records });
        Ok(())
    }
}
