//! Blocks of an archive, from a file or a pipe, decoded in parallel and in order.

use crate::archive::block::{MODEL_VIEW, unpack_content, unpack_table};
use crate::parallel::ordered;
use crate::{Error, Learnt, Reading, Watch};
use minlen_format::{Archive, Block, Header, Index, Place, Segment, Stream};
use std::collections::HashSet;
use std::io::{Read, Seek};
use std::sync::Arc;

/// Readable and seekable.
pub trait ReadSeek: Read + Seek + Send {}
impl<R: Read + Seek + Send> ReadSeek for R {}

/// Where an archive comes from.
pub enum Source {
    /// A file: any block at once, damaged neighbours or not.
    File(Box<dyn ReadSeek>),
    /// A pipe: front to back.
    Pipe(Box<dyn Read + Send>),
}

/// Which blocks to decode.
pub(crate) enum Want<'a> {
    /// All.
    All,
    /// Those with a segment of these members. Needs a [`Source::File`].
    Members(&'a HashSet<u64>),
}

/// A block to be decoded.
struct Job {
    /// With the models that the archive has held so far.
    reading: Reading,
    offset: u64,
    archive_bytes: u64,
    block: Result<Block, Error>,
    /// The table, with its header, when that is all that could be read.
    table: Option<(Header, Vec<u8>)>,
}

/// A decoded block, or what is wrong with it.
pub(crate) struct Unpacked {
    /// Whether it holds a learnt model, for other blocks, and no files.
    pub(crate) is_model: bool,
    /// The byte of the archive at which the block begins.
    pub(crate) offset: u64,
    /// Bytes on disk.
    pub(crate) archive_bytes: u64,
    /// The segments, when the table is good.
    pub(crate) segments: Result<Vec<Segment>, Error>,
    /// The content, when it is good.
    pub(crate) content: Result<Vec<u8>, Error>,
}

/// What is known of the archive beside its blocks, after all were read.
#[derive(Default)]
pub(crate) struct Ending {
    /// What is wrong with the archive as a whole, in words.
    pub(crate) problem: Option<String>,
    /// What the index says, when there is a good one.
    pub(crate) index: Option<Index>,
    /// Bytes of the archive.
    pub(crate) archive_bytes: u64,
}

/// Decodes the wanted blocks on `threads` threads and hands them to `each` in order. Damage comes
/// to `each` or in [`Ending`]; errors are of the machine, of limits, of the whole archive, or of
/// `each`.
pub(crate) fn unpack(
    source: Source,
    want: Want,
    reading: &Reading,
    threads: usize,
    watch: &dyn Watch,
    mut each: impl FnMut(Unpacked) -> Result<(), Error>,
) -> Result<Ending, Error> {
    let limits = &reading.limits;
    let mut reading = reading.clone();
    let mut ending = Ending::default();
    let mut output = 0u64;
    let work = |job: Job| Unpacked {
        is_model: match (&job.block, &job.table) {
            (Ok(block), _) => is_model(&block.header),
            (Err(_), Some((header, _))) => is_model(header),
            (Err(_), None) => false,
        },
        offset: job.offset,
        archive_bytes: job.archive_bytes,
        segments: match (&job.block, &job.table) {
            (Ok(block), _) => unpack_table(&block.header, &block.table, limits),
            (Err(_), Some((header, table))) => unpack_table(header, table, limits),
            (Err(_), None) => Err(Error::damaged("its table of members is lost")),
        },
        content: job
            .block
            .and_then(|block| unpack_content(&block, &job.reading, watch)),
    };
    // What is no damage ends the work: the machine, the limits, the wish to stop.
    let mut sink = |unpacked: Unpacked| {
        let errors = [
            unpacked.segments.as_ref().err(),
            unpacked.content.as_ref().err(),
        ];
        if errors.into_iter().flatten().all(is_damage) {
            return each(unpacked);
        }
        match (unpacked.segments, unpacked.content) {
            (Err(e), _) if !is_damage(&e) => Err(e),
            (_, content) => content.map(|_| ()),
        }
    };
    match source {
        Source::Pipe(input) => {
            let mut stream = Stream::new(std::io::BufReader::new(input), limits)?;
            let next = || {
                let offset = stream.position();
                match stream.next_block() {
                    Ok(None) => Ok(None),
                    Ok(Some(block)) => {
                        output = output.saturating_add(block.header.unpacked_bytes());
                        limits.check_output(output, stream.position())?;
                        if is_model(&block.header) {
                            put_on_shelf(&block, &mut reading)?;
                        }
                        Ok(Some(Job {
                            reading: reading.clone(),
                            offset,
                            archive_bytes: stream.position() - offset,
                            block: Ok(block),
                            table: None,
                        }))
                    }
                    // Without a way to seek, the first damage is the end.
                    Err(minlen_format::Error::Data(e @ minlen_core::Error::Damaged(_))) => {
                        ending.problem = Some(e.to_string());
                        Ok(None)
                    }
                    Err(e) => Err(e.into()),
                }
            };
            ordered(threads, next, work, &mut sink)?;
            ending.archive_bytes = stream.position();
            ending.index = stream.index().cloned();
        }
        Source::File(input) => {
            let mut archive = Archive::open(input, limits)?;
            ending.problem = archive.problem().map(Into::into);
            ending.archive_bytes = archive.size();
            ending.index = archive.index().cloned();
            let mut chosen = Vec::new();
            for place in archive.places().to_vec() {
                shelve(&mut archive, &place, &mut reading)?;
                if let Want::Members(numbers) = &want {
                    let table = match (&place.header, archive.read_table(&place)) {
                        (Ok(header), Ok(table)) => unpack_table(header, &table, limits),
                        _ => continue,
                    };
                    let wanted = table.is_ok_and(|t| t.iter().any(|s| numbers.contains(&s.number)));
                    if !wanted {
                        continue;
                    }
                }
                if let Ok(header) = &place.header {
                    output = output.saturating_add(header.unpacked_bytes());
                }
                chosen.push(place);
            }
            limits.check_output(output, archive.size())?;
            watch.expect(output);
            let mut chosen = chosen.into_iter();
            let next = || match chosen.next() {
                None => Ok(None),
                Some(place) => match archive.read(&place) {
                    Err(e @ minlen_format::Error::Io(_)) => Err(e.into()),
                    block => {
                        // Where the content is lost, its table can still say whose it was.
                        let table = match (&block, &place.header) {
                            (Err(_), Ok(header)) => {
                                let table = archive.read_table(&place).ok();
                                table.map(|table| (header.clone(), table))
                            }
                            _ => None,
                        };
                        Ok(Some(Job {
                            reading: reading.clone(),
                            offset: place.offset,
                            archive_bytes: place.bytes,
                            block: block.map_err(Error::from),
                            table,
                        }))
                    }
                },
            };
            ordered(threads, next, work, &mut sink)?;
        }
    }
    Ok(ending)
}

/// Whether a block holds a learnt model.
pub(crate) fn is_model(header: &Header) -> bool {
    header.view == MODEL_VIEW
}

/// Puts the model that the block at `place` holds, if it holds one, on the shelf.
pub(crate) fn shelve<R: Read + Seek>(
    archive: &mut Archive<R>,
    place: &Place,
    reading: &mut Reading,
) -> Result<(), Error> {
    match &place.header {
        Ok(header) if is_model(header) => match archive.read(place) {
            Ok(block) => put_on_shelf(&block, reading),
            Err(e @ minlen_format::Error::Io(_)) => Err(e.into()),
            Err(_) => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Puts the model of a block on the shelf. Of damage, those hear who decode the block; of a model
/// that changes one that is not at hand, those who need it.
fn put_on_shelf(block: &Block, reading: &mut Reading) -> Result<(), Error> {
    let content = unpack_content(block, reading, &());
    match content.and_then(|content| Learnt::read(content, &*reading)) {
        Ok(model) => reading.shelf.add(Arc::new(model)),
        Err(e) if is_damage(&e) => {}
        Err(Error::Data {
            source: minlen_core::Error::Missing(_),
            ..
        }) => {}
        Err(e) => return Err(e),
    }
    Ok(())
}

/// Whether the error says that the archive is damaged, rather than the machine, the limits or the
/// caller.
pub(crate) fn is_damage(e: &Error) -> bool {
    matches!(
        e,
        Error::Data {
            source: minlen_core::Error::Damaged(_),
            ..
        }
    )
}
