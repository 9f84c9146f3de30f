//! Cutting inputs into blocks.

use crate::archive::inputs::{From, Input, Skipped, time_of};
use crate::records::whole;
use crate::{Error, Form, Setting};
use minlen_format::{Kind, Member, Segment};
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// Members share a block until their table has about this many bytes: a million empty files must
/// not make one table.
const NAMES_BYTES: usize = 1 << 20;

/// The content of one block, not yet coded.
pub(crate) struct Raw {
    pub(crate) segments: Vec<Segment>,
    pub(crate) content: Vec<u8>,
    /// Whether it is a mixture, to be seen as bytes and nothing else.
    pub(crate) mixed: bool,
}

/// Reads inputs and cuts them into blocks: a large member, or one that a special view accepts,
/// has its own blocks; small ones of one kind share: what is compressed already is stored, and
/// does not stand in the way of text.
pub(crate) struct Packer<'a> {
    inputs: std::vec::IntoIter<Input>,
    setting: &'a Setting,
    number: u64,
    /// The shared block under way.
    pack: Vec<u8>,
    packed: Vec<Segment>,
    /// The view of its members with content, when there are any.
    packed_view: Option<&'static str>,
    /// Bytes that its table will have, about.
    names: usize,
    /// The large member under way.
    open: Option<Open>,
    ready: VecDeque<Raw>,
    /// Inputs that could not be read.
    pub(crate) skipped: Vec<Skipped>,
    /// Files that changed while they were read; the archive holds what was read.
    pub(crate) changed: Vec<PathBuf>,
}

/// A member of which more is to be read.
struct Open {
    number: u64,
    offset: u64,
    reader: Box<dyn Read + Send>,
    path: Option<PathBuf>,
    /// Length and time before reading, to see changes.
    before: Option<(u64, (i64, u32))>,
    /// Its length as far as known; 0 when not.
    known: u64,
    /// Read already, to be sent next.
    chunk: Vec<u8>,
    /// The bytes after that, if there are any: without one, nobody could tell the last block; a
    /// record begun is left to the next.
    ahead: Vec<u8>,
}

impl<'a> Packer<'a> {
    /// The first member gets the number `first`.
    pub(crate) fn new(inputs: Vec<Input>, first: u64, setting: &'a Setting) -> Packer<'a> {
        Packer {
            inputs: inputs.into_iter(),
            setting,
            number: first,
            pack: Vec::new(),
            packed: Vec::new(),
            packed_view: None,
            names: 0,
            open: None,
            ready: VecDeque::new(),
            skipped: Vec::new(),
            changed: Vec::new(),
        }
    }

    /// The next block to code.
    pub(crate) fn next(&mut self) -> Result<Option<Raw>, Error> {
        loop {
            if let Some(raw) = self.ready.pop_front() {
                return Ok(Some(raw));
            }
            if let Some(open) = self.open.take() {
                self.go_on(open)?;
            } else if let Some(input) = self.inputs.next() {
                self.begin(input)?;
            } else if self.packed.is_empty() {
                return Ok(None);
            } else {
                self.flush();
            }
        }
    }

    fn begin(&mut self, input: Input) -> Result<(), Error> {
        let mut segment = Segment {
            number: self.number,
            member: None,
            offset: 0,
            length: 0,
            last: true,
        };
        let (reader, path, before): (Box<dyn Read + Send>, _, _) = match input.from {
            From::Nothing => (Box::new(std::io::empty()), None, None),
            From::Reader(reader) => (reader, None, None),
            From::File => match File::open(&input.path).and_then(|f| Ok((f.metadata()?, f))) {
                Ok((meta, file)) => (
                    Box::new(file),
                    Some(input.path),
                    Some((meta.len(), time_of(&meta))),
                ),
                Err(e) => {
                    let why = e.to_string();
                    let path = input.path;
                    self.skipped.push(Skipped { path, why });
                    return Ok(());
                }
            },
        };
        let mut open = Open {
            number: self.number,
            offset: 0,
            reader,
            path,
            before,
            known: before.map_or(input.bytes, |(length, _)| length),
            chunk: Vec::new(),
            ahead: Vec::new(),
        };
        let whole = open.fill(self.setting)?;
        // Lines and the like do not go on from one member to the next.
        let alone = matches!(self.setting.records, Some(Form::Line | Form::Prefixed));
        let small = whole && open.chunk.len() as u64 <= self.setting.pack_bytes && !alone;
        // Blocks are shared by those of whose very data no view has something to say.
        let shares = small.then(|| self.setting.probe(&open.chunk));
        let shares = shares.filter(|(_, seen)| seen.params.is_empty());
        self.number += 1;
        segment.member = Some(input.member);
        let length = open.chunk.len() as u64;
        segment.length = length;
        if let Some((view, _)) = shares {
            self.see_changes(&open);
            let room = self.setting.block_bytes.min(self.setting.pack_bytes);
            let content = segment.length > 0;
            let other = content && self.packed_view.is_some_and(|packed| packed != view.name());
            let full = self.pack.len() as u64 + segment.length > room;
            if other || full || self.names > NAMES_BYTES {
                self.flush();
            }
            if content {
                self.packed_view = Some(view.name());
            }
            self.pack.append(&mut open.chunk);
            // A name, and what else a table says of a member.
            self.names += segment.member.as_ref().map_or(0, table_bytes);
            self.packed.push(segment);
        } else {
            self.flush();
            segment.last = whole;
            self.ready.push_back(Raw {
                segments: vec![segment],
                content: std::mem::take(&mut open.chunk),
                mixed: false,
            });
            if whole {
                self.see_changes(&open);
            } else {
                open.offset = length;
                self.open = Some(open);
            }
        }
        Ok(())
    }

    /// One more block of a large member.
    fn go_on(&mut self, mut open: Open) -> Result<(), Error> {
        let last = open.fill(self.setting)?;
        let length = open.chunk.len() as u64;
        self.ready.push_back(Raw {
            segments: vec![Segment {
                number: open.number,
                member: None,
                offset: open.offset,
                length,
                last,
            }],
            content: std::mem::take(&mut open.chunk),
            mixed: false,
        });
        if last {
            self.see_changes(&open);
        } else {
            open.offset += length;
            self.open = Some(open);
        }
        Ok(())
    }

    /// Closes the shared block.
    fn flush(&mut self) {
        if self.packed.is_empty() {
            return;
        }
        self.names = 0;
        let kind = self.packed_view.take();
        let content = std::mem::take(&mut self.pack);
        let segments = std::mem::take(&mut self.packed);
        // A block of one file is seen as that file, and one of texts as text; another mixture is
        // bytes.
        let files = segments.iter().filter(|s| s.length > 0).count();
        self.ready.push_back(Raw {
            segments,
            content,
            mixed: files != 1 && kind != Some("text"),
        });
    }

    fn see_changes(&mut self, open: &Open) {
        let (Some(path), Some(before)) = (&open.path, open.before) else {
            return;
        };
        let after = std::fs::metadata(path).map(|m| (m.len(), time_of(&m)));
        if after.ok() != Some(before) {
            self.changed.push(path.clone());
        }
    }
}

impl Open {
    /// Reads the next chunk, a block, and says whether it is the last. An input that fails in the
    /// middle is an error: part of it may be written already.
    fn fill(&mut self, setting: &Setting) -> Result<bool, Error> {
        // A file that grows beyond its length is cut like one of unknown length.
        let left = self.known.saturating_sub(self.offset);
        let most = match left {
            0 => setting.block_bytes,
            _ => setting.cut(self.known),
        };
        let path = self.path.as_deref();
        self.chunk.reserve_exact(left.min(most) as usize + 1);
        self.chunk.append(&mut self.ahead);
        (&mut self.reader)
            .take((most + 1).saturating_sub(self.chunk.len() as u64))
            .read_to_end(&mut self.chunk)
            .map_err(|source| Error::Io {
                action: "read",
                path: path.map(Into::into),
                source,
            })?;
        if self.chunk.len() as u64 > most {
            self.ahead = self.chunk.split_off(most as usize);
            if let Some(form) = setting.records {
                let whole = whole(&self.chunk, form)?;
                self.ahead.splice(..0, self.chunk.drain(whole..));
            }
        }
        Ok(self.ahead.is_empty())
    }
}

/// About what a table says of a member: name, target, numbers.
fn table_bytes(member: &Member) -> usize {
    let target = match &member.kind {
        Kind::Link(target) => target.len(),
        _ => 0,
    };
    member.name.len() + target + 32
}

/// Members that begin in these segments.
pub(crate) fn begun(segments: &[Segment]) -> u64 {
    segments.iter().filter(|s| s.member.is_some()).count() as u64
}
