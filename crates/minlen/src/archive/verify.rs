//! Decoding everything, keeping nothing.

use crate::archive::source::{Source, Want, unpack};
use crate::archive::tracker::Tracker;
use crate::{Error, Reading, Watch};

/// What a look at all of an archive found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Members that are good.
    pub members: u64,
    /// Original bytes of good blocks, without those of learnt models.
    pub bytes: u64,
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// Blocks that are good.
    pub blocks: u64,
    /// What is wrong, in words, one line each.
    pub problems: Vec<String>,
}

/// Decodes all of an archive and compares it with its checks.
pub fn verify(
    source: Source,
    reading: impl Into<Reading>,
    threads: usize,
    watch: &dyn Watch,
) -> Result<VerifyReport, Error> {
    let mut report = VerifyReport::default();
    let mut tracker = Tracker::new(true);
    let reading = reading.into();
    let ending = unpack(source, Want::All, &reading, threads, watch, |unpacked| {
        if let (Ok(_), Ok(content)) = (&unpacked.segments, &unpacked.content) {
            report.blocks += 1;
            // A learnt model, for other blocks, is no data of the archive's.
            if !unpacked.is_model {
                report.bytes += content.len() as u64;
            }
        }
        for (segment, _) in tracker.follow(&unpacked) {
            report.members += u64::from(segment.last);
        }
        Ok(())
    })?;
    report.archive_bytes = ending.archive_bytes;
    report.problems = tracker.finish(ending);
    Ok(report)
}
