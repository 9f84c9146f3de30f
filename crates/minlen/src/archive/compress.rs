//! Writing an archive.

use crate::archive::block::{Packed, pack, pack_model};
use crate::archive::inputs::{Inputs, Skipped};
use crate::archive::list::list;
use crate::archive::pack::Packer;
use crate::parallel::ordered;
use crate::{Error, Learnt, Setting, Shelf, Watch, records};
use minlen_core::{Limits, Recipe};
use minlen_format::{Archive, Index, Writer};
use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
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
    /// Recipes of the learnt models that blocks were coded by.
    pub learnt: Vec<Recipe>,
    /// Bytes of these, which a reader of what was written needs, in the archive or not.
    pub needed_bytes: u64,
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
    check(setting)?;
    watch.expect(inputs.bytes);
    let mut report = CompressReport::default();
    let mut counted = Counted { out, bytes: 0 };
    let mut writer = Writer::new(&mut counted).map_err(write_failed)?;
    let mut model = Index::default();
    if setting.embed {
        // What a model changes stands before it.
        let mut held = vec![setting.shelf.find(&setting.recipe)?];
        while let Some((base, _)) = held[held.len() - 1].changes()
            && !Learnt::is_base(&base.recipe())
        {
            held.push(base);
        }
        for held in held.into_iter().rev() {
            let p = pack_model(held, model.members, &setting.reading())?;
            let written = writer.block(&p.header, p.begun, &p.table, &p.content);
            report.model_bytes += written.map_err(write_failed)?;
            model.members += p.begun;
            model.bytes += p.header.bytes;
        }
    }
    write(inputs, writer, &model, setting, threads, watch, &mut report)?;
    report.archive_bytes = counted.bytes;
    Ok(report)
}

/// Adds `inputs` to the archive in `file`, which is open for reading and writing. No block that is
/// there is written again; the index at the end makes room for what is new. The report tells of
/// what was added, but for the bytes of the archive. Where this fails, the archive is as it was;
/// where the machine stops, its blocks are, and can be searched for.
///
/// `Usage`: a name is in the archive already. `Damaged`: something is wrong with the archive.
pub fn append(
    inputs: Inputs,
    file: &mut File,
    setting: &Setting,
    threads: usize,
    watch: &dyn Watch,
) -> Result<CompressReport, Error> {
    check(setting)?;
    let there = list(&mut *file, setting.reading())?;
    let names: HashSet<&[u8]> = (there.members.iter())
        .filter_map(|m| Some(m.member.as_ref()?.name.as_slice()))
        .collect();
    let mut new = inputs.inputs.iter().map(|input| &input.member.name[..]);
    if let Some(name) = new.find(|name| names.contains(name)) {
        let name = crate::show_name(name);
        return Err(Error::Usage(format!("{name:?} is in the archive already")));
    }
    let archive = Archive::open(&mut *file, &setting.limits)?;
    let Some((begun, end)) = archive.resume() else {
        let problem = archive.problem().unwrap_or("there is no index");
        return Err(Error::damaged(format!("nothing was added: {problem}")));
    };
    drop(archive);
    watch.expect(inputs.bytes);
    let before = begun.index().clone();
    let mut report = CompressReport::default();
    let mut old = Vec::new();
    let outcome = (|| {
        file.seek(SeekFrom::Start(end)).map_err(io_failed)?;
        file.read_to_end(&mut old).map_err(io_failed)?;
        file.seek(SeekFrom::Start(end)).map_err(io_failed)?;
        let writer = Writer::go_on(&mut *file, begun);
        write(
            inputs,
            writer,
            &before,
            setting,
            threads,
            watch,
            &mut report,
        )?;
        report.archive_bytes = file.stream_position().map_err(io_failed)?;
        file.set_len(report.archive_bytes).map_err(io_failed)?;
        file.sync_all().map_err(io_failed)
    })();
    if outcome.is_err() && !old.is_empty() {
        // As it was; if not even that can be written, the first error says why.
        let _ = file
            .seek(SeekFrom::Start(end))
            .and_then(|_| file.write_all(&old))
            .and_then(|()| file.set_len(end + old.len() as u64));
    }
    outcome.map(|()| report)
}

fn check(setting: &Setting) -> Result<(), Error> {
    if setting.block_bytes == 0 {
        return Err(Error::Usage("a block must hold at least one byte".into()));
    }
    let (bytes, most) = (setting.block_bytes, setting.limits.block_bytes);
    Ok(Limits::check("the size of a block", bytes, most)?)
}

/// Writes the blocks of `inputs` and the index. The archive holds what `before` says.
fn write(
    inputs: Inputs,
    mut writer: Writer<impl Write>,
    before: &Index,
    setting: &Setting,
    threads: usize,
    watch: &dyn Watch,
    report: &mut CompressReport,
) -> Result<(), Error> {
    report.skipped = inputs.skipped;
    let mut packer = Packer::new(inputs.inputs, before.members, setting);
    let learnt = &mut report.learnt;
    ordered(
        threads,
        || packer.next(),
        |raw| pack(raw, setting, watch),
        |packed: Result<Packed, Error>| {
            let p = packed?;
            let recipe = &p.header.content.recipe;
            let recipe = match records::inner(recipe) {
                Some(inner) => inner?,
                None => recipe.clone(),
            };
            if Shelf::is_learnt(&recipe) && !learnt.contains(&recipe) {
                learnt.push(recipe);
            }
            let written = writer.block(&p.header, p.begun, &p.table, &p.content);
            written.map(|_| ()).map_err(write_failed)
        },
    )?;
    let (_, index) = writer.finish().map_err(write_failed)?;
    report.skipped.append(&mut packer.skipped);
    report.changed = packer.changed;
    report.members = index.members - before.members;
    report.bytes = index.bytes - before.bytes;
    report.blocks = (index.blocks.len() - before.blocks.len()) as u64;
    for recipe in &report.learnt {
        report.needed_bytes += setting.shelf.find(recipe)?.needed_bytes();
    }
    Ok(())
}

/// The archive could not be written, or read again.
fn io_failed(source: std::io::Error) -> Error {
    Error::Io {
        action: "write",
        path: None,
        source,
    }
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
