//! Writing an archive.

use crate::archive::block::{Packed, pack, pack_model};
use crate::archive::inputs::{Inputs, Skipped};
use crate::archive::pack::Packer;
use crate::parallel::ordered;
use crate::{Error, Setting, Watch};
use minlen_core::Limits;
use minlen_format::Writer;
use std::io::Write;
use std::path::PathBuf;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompressReport {
    /// Members in the archive.
    pub members: u64,
    /// Original bytes of all members.
    pub bytes: u64,
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// Bytes of the archive that hold the learnt model; 0: it is not in it.
    pub model_bytes: u64,
    /// Blocks in the archive.
    pub blocks: u64,
    /// Inputs that were left out, because they could not be read.
    pub skipped: Vec<Skipped>,
    /// Files that changed while they were read: the archive holds what was read.
    pub changed: Vec<PathBuf>,
}

/// Writes an archive of `inputs` to `out`, on `threads` threads. The bytes written do not depend
/// on `threads`.
pub fn compress(
    inputs: Inputs,
    out: impl Write,
    setting: &Setting,
    threads: usize,
    watch: &dyn Watch,
) -> Result<CompressReport, Error> {
    if setting.block_bytes == 0 {
        return Err(Error::Usage("a block must hold at least one byte".into()));
    }
    Limits::check(
        "the size of a block",
        setting.block_bytes,
        setting.limits.block_bytes,
    )?;
    watch.expect(inputs.bytes);
    let mut report = CompressReport {
        skipped: inputs.skipped,
        ..CompressReport::default()
    };
    let mut counted = Counted { out, bytes: 0 };
    let mut writer = Writer::new(&mut counted).map_err(write_failed)?;
    let mut first = 0;
    if setting.embed {
        let p = pack_model(setting.shelf.find(&setting.recipe)?, &setting.reading())?;
        let written = writer.block(&p.header, p.begun, &p.table, &p.content);
        report.model_bytes = written.map_err(write_failed)?;
        first = 1;
    }
    let mut packer = Packer::new(inputs.inputs, first, setting);
    ordered(
        threads,
        || packer.next(),
        |raw| pack(raw, setting, watch),
        |packed: Result<Packed, Error>| {
            let p = packed?;
            let written = writer.block(&p.header, p.begun, &p.table, &p.content);
            written.map(|_| ()).map_err(write_failed)
        },
    )?;
    let (_, index) = writer.finish().map_err(write_failed)?;
    report.skipped.append(&mut packer.skipped);
    report.changed = packer.changed;
    report.members = index.members - first;
    report.bytes = index.bytes;
    if setting.embed {
        report.bytes -= setting.shelf.find(&setting.recipe)?.file().len() as u64;
    }
    report.blocks = index.blocks.len() as u64;
    report.archive_bytes = counted.bytes;
    Ok(report)
}

/// What failed while writing can only be the output.
fn write_failed(e: minlen_format::Error) -> Error {
    match e {
        minlen_format::Error::Io(source) => Error::Io {
            action: "write",
            path: None,
            source,
        },
        other => other.into(),
    }
}

/// Counts what is written.
struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
