//! The best archive, left behind after it was decoded and compared.

use crate::study::read::shown;
use crate::study::types::Kept;
use crate::{Error, Inputs, NewFile, Setting, Source, Watch};
use std::path::{Path, PathBuf};

/// Compresses `paths` (all but what is below `except`) with `setting` to `place`, decodes
/// the archive again, and compares it with what is on disk. Only then it appears at `place`.
pub(crate) fn keep(
    paths: &[PathBuf],
    except: Option<&Path>,
    mut setting: Setting,
    place: &Path,
    threads: usize,
    watch: &dyn Watch,
) -> Result<Kept, Error> {
    let inputs = || Inputs::from_paths_but(paths, except);
    let mut file = NewFile::create(place, true)?;
    let report = crate::compress(inputs()?, &mut file, &setting, threads, watch)?;
    let skipped = report.skipped.first();
    if let Some((path, why)) = skipped.map(|s| (&s.path, s.why.as_str())) {
        return Err(not_kept(&format!("{}: {why}", shown(path))));
    }
    // It was just made here: it may be as large as it likes.
    setting.limits.output_bytes = u64::MAX;
    let source = Source::File(Box::new(file.reopen()?));
    let found = crate::compare(source, inputs()?, setting.reading(), threads, watch)?;
    if let Some(difference) = found.differences.first() {
        return Err(not_kept(difference));
    }
    file.commit(|_| Ok(()))?;
    Ok(Kept {
        path: shown(place),
        bytes: report.archive_bytes,
        recipe: setting.recipe.to_string(),
        compared_bytes: report.bytes,
    })
}

fn not_kept(why: &str) -> Error {
    Error::Usage(format!("no archive was kept: {why}"))
}
