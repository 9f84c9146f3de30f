//! An archive against the files that it was made of, before they are removed.

use crate::archive::inputs::{From, Input, Inputs};
use crate::archive::paths::{link_stays_inside, safe_path};
use crate::archive::source::{Source, Want, unpack};
use crate::archive::tracker::Tracker;
use crate::{Error, Reading, Watch, show_name};
use minlen_format::{Kind, Segment};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Files, folders and links of which the archive holds exactly what is on disk, in the order
    /// of the archive: folders before what is in them.
    pub same: Vec<PathBuf>,
    /// What differs or is damaged, in words, one line each.
    pub differences: Vec<String>,
}

/// Decodes an archive and compares it with `inputs`, made of the same paths as for
/// [`compress`](crate::compress).
pub fn compare(
    source: Source,
    inputs: Inputs,
    reading: impl Into<Reading>,
    threads: usize,
    watch: &dyn Watch,
) -> Result<Comparison, Error> {
    let mut outcome = Comparison::default();
    let mut inputs = inputs.inputs.into_iter();
    let mut open: Option<Open> = None;
    let mut tracker = Tracker::new(true);
    let reading = reading.into();
    let ending = unpack(source, Want::All, &reading, threads, watch, |unpacked| {
        let content = unpacked.content.as_deref().unwrap_or_default();
        for (segment, range) in tracker.follow(&unpacked) {
            if segment.member.is_some() {
                open = Open::new(&segment, &mut inputs);
            }
            let Some(mut file) = open.take() else {
                let number = segment.number;
                outcome.differences.push(format!(
                    "member {number} is not what is on disk, or would not come back"
                ));
                continue;
            };
            if !file.goes_on_with(&content[range]) || (segment.last && !file.ends()) {
                let name = show_name(file.path.as_os_str().as_encoded_bytes());
                outcome.differences.push(format!("{name} differs"));
            } else if segment.last {
                outcome.same.push(file.path);
            } else {
                open = Some(file);
            }
        }
        Ok(())
    })?;
    outcome.differences.extend(tracker.finish(ending));
    Ok(outcome)
}

/// A file under way, or a folder or link, which is as if empty.
struct Open {
    path: PathBuf,
    reader: Box<dyn Read>,
}

impl Open {
    /// The input with the name and kind of this segment's member. Those in between were left out.
    fn new(segment: &Segment, inputs: &mut impl Iterator<Item = Input>) -> Option<Open> {
        let member = segment.member.as_ref()?;
        let input = inputs.find(|i| i.member.name == member.name)?;
        if input.member.kind != member.kind {
            return None;
        }
        // What extraction would refuse is not safe in the archive alone.
        if let (Kind::Link(target), Ok(place)) = (&member.kind, safe_path(&member.name))
            && !link_stays_inside(&place, target)
        {
            return None;
        }
        let reader: Box<dyn Read> = match input.from {
            From::Nothing => Box::new(std::io::empty()),
            From::File => Box::new(File::open(&input.path).ok()?),
            From::Reader(reader) => reader,
        };
        Some(Open {
            path: input.path,
            reader,
        })
    }

    fn goes_on_with(&mut self, content: &[u8]) -> bool {
        let mut there = [0; 1 << 14];
        content.chunks(there.len()).all(|part| {
            let there = &mut there[..part.len()];
            self.reader.read_exact(there).is_ok() && there == part
        })
    }

    fn ends(&mut self) -> bool {
        matches!(self.reader.read(&mut [0]), Ok(0))
    }
}
