//! Files read in blocks, and hashed on the way: every contestant reads for itself, so that memory
//! does not grow with the file, and a file that changes meanwhile is noticed.

use crate::Error;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file to be studied.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

impl Input {
    /// The name for people.
    pub(crate) fn name(&self) -> String {
        shown(&self.path)
    }
}

/// A path for people.
pub(crate) fn shown(path: &Path) -> String {
    crate::show_name(&crate::archive::paths::bytes_of(path.as_os_str()))
}

/// The blocks of a file.
pub(crate) struct Blocks<'a> {
    input: &'a Input,
    file: File,
    block: Vec<u8>,
    block_bytes: u64,
    left: u64,
    hasher: blake3::Hasher,
}

impl<'a> Blocks<'a> {
    pub(crate) fn open(input: &'a Input, block_bytes: u64) -> Result<Blocks<'a>, Error> {
        let file = File::open(&input.path).map_err(Error::io("read", &input.path))?;
        Ok(Blocks {
            input,
            file,
            block: Vec::new(),
            block_bytes: block_bytes.max(1),
            left: input.bytes,
            hasher: blake3::Hasher::new(),
        })
    }

    /// Bytes of the file, as found when the study began.
    pub(crate) fn bytes(&self) -> u64 {
        self.input.bytes
    }

    /// The next block; `None` at the end. A file that is shorter or longer than it was is an
    /// error.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, Error> {
        let failed = Error::io("read", &self.input.path);
        let want = self.left.min(self.block_bytes);
        self.block.clear();
        // One byte more at the end, to see whether the file has grown.
        let more = u64::from(want == self.left);
        let got = (&mut self.file).take(want + more);
        let got = { got }
            .read_to_end(&mut self.block)
            .map_err(failed)? as u64;
        if got != want {
            return Err(changed());
        }
        self.left -= want;
        self.hasher.update(&self.block);
        Ok((want > 0).then_some(&self.block))
    }

    /// The hash of what was read.
    pub(crate) fn hash(&self) -> blake3::Hash {
        self.hasher.finalize()
    }
}

pub(crate) fn changed() -> Error {
    Error::Usage("the file changed while it was read".into())
}
