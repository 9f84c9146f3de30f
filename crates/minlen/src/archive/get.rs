//! Records of an archive, any of them alone.

use crate::archive::source::{ReadSeek, shelve};
use crate::records::{self, Records};
use crate::{Error, Form, Reading, Recipe};
use minlen_core::{Rewind, Structure};
use minlen_format::{Archive, Place};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    open: BTreeMap<usize, Arc<Opened>>,
    /// The models of each thread, at their beginning.
    reels: Vec<Reels>,
}

type Reels = Vec<(Recipe, Box<dyn Rewind>)>;

/// A block of records, and the number of the first one.
struct RecordBlock {
    place: Place,
    inner: Recipe,
    first: u64,
    bytes: u64,
}

/// A block's coded records.
struct Opened {
    inner: Recipe,
    bytes: u64,
    lane: Vec<u8>,
    records: Records,
}

/// A record that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its bytes, without its line feed or the length before it.
    pub bytes: Vec<u8>,
    /// What kind of record it is, and so what stood around it.
    pub form: Form,
}

/// A record that is asked for: the block, and the number in it.
type Asked = (Arc<Opened>, usize);

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

    /// The record number `i`, from 0, in the order of the archive. `Usage`: there are fewer.
    pub fn get(&mut self, i: u64) -> Result<Record, Error> {
        let mut one = self.get_all(&[i], 1)?;
        one.pop().expect("as many records as numbers")
    }

    /// As [`get`](RecordArchive::get) for each of `numbers`, in that order, on so many threads; each
    /// thread keeps models of its own for the next call. `Err`: not even the blocks can be read.
    pub fn get_all(
        &mut self,
        numbers: &[u64],
        threads: usize,
    ) -> Result<Vec<Result<Record, Error>>, Error> {
        let asked: Vec<Asked> = numbers
            .iter()
            .map(|&i| self.ask(i))
            .collect::<Result<_, _>>()?;
        let threads = threads.min(asked.len()).max(1);
        for thread in 0..threads {
            self.take_reels(thread, &asked)?;
        }
        // Records are of all lengths: who is done with one takes the next.
        let next = AtomicUsize::new(0);
        let work = |reels: &mut Reels| -> Vec<(usize, Result<Record, Error>)> {
            let indices = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
            indices
                .map_while(|i| Some((i, record(asked.get(i)?, reels))))
                .collect()
        };
        let mut own = self.reels.iter_mut().take(threads);
        let mut all = std::thread::scope(|scope| {
            let first = own.next();
            let others: Vec<_> = own.map(|reels| scope.spawn(|| work(reels))).collect();
            let mut all = first.map_or_else(Vec::new, work);
            for other in others {
                match other.join() {
                    Ok(records) => all.extend(records),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        });
        all.sort_by_key(|(i, _)| *i);
        Ok(all.into_iter().map(|(_, record)| record).collect())
    }

    /// Where the record number `i` is, in an open block.
    fn ask(&mut self, i: u64) -> Result<Asked, Error> {
        if i >= self.count {
            let count = crate::grouped(self.count);
            return Err(Error::Usage(format!(
                "there is no record {i}: the archive has {count}, numbered from 0"
            )));
        }
        let block = self.blocks.partition_point(|b| b.first <= i) - 1;
        let at = (i - self.blocks[block].first) as usize;
        let opened = match self.open.get(&block) {
            Some(opened) => opened.clone(),
            None => self.open_block(block)?,
        };
        if at >= opened.records.len() {
            return Err(Error::damaged("a block has fewer records than it says"));
        }
        Ok((opened, at))
    }

    /// Makes the models that a thread lacks for what is asked.
    fn take_reels(&mut self, thread: usize, asked: &[Asked]) -> Result<(), Error> {
        if self.reels.len() <= thread {
            self.reels.push(Vec::new());
        }
        let own = &mut self.reels[thread];
        for (opened, _) in asked {
            if own.iter().all(|(recipe, _)| *recipe != opened.inner) {
                let reel = records::reel(&opened.inner, &Structure::NONE, &self.reading, &())?;
                own.push((opened.inner.clone(), reel));
            }
        }
        Ok(())
    }

    fn open_block(&mut self, block: usize) -> Result<Arc<Opened>, Error> {
        let b = &self.blocks[block];
        let lane = self.archive.read_content(&b.place, u64::MAX)?;
        let records = Records::read(&lane, b.bytes, &self.reading)?;
        if self.open.len() >= MOST_OPEN {
            self.open.clear();
        }
        let opened = Arc::new(Opened {
            inner: b.inner.clone(),
            bytes: b.bytes,
            lane,
            records,
        });
        self.open.insert(block, opened.clone());
        Ok(opened)
    }
}

/// A record, by the model of its block among `reels`.
fn record((opened, at): &Asked, reels: &mut Reels) -> Result<Record, Error> {
    let own = reels.iter_mut().find(|(recipe, _)| *recipe == opened.inner);
    let (_, reel) = own.expect("the models of what is asked were made");
    let Opened {
        bytes,
        lane,
        records,
        ..
    } = &**opened;
    Ok(Record {
        bytes: records.get(*at, lane, *bytes, &mut **reel)?,
        form: records.form,
    })
}
