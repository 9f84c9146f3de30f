//! How much untrusted data may ask for.

use crate::Error;

/// Limits that every reader of untrusted data keeps. A size found in data is never trusted: it is
/// compared with these first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Memory that one model may take, in bytes.
    pub model_bytes: u64,
    /// Original bytes that one block may hold.
    pub block_bytes: u64,
    /// Members that one archive may hold.
    pub members: u64,
    /// Original bytes that may come out of an archive before the growth rule of
    /// [`Limits::growth`] applies.
    pub output_bytes: u64,
    /// Above `output_bytes`, the original may be at most this many times larger than the archive:
    /// a guard against decompression bombs.
    pub growth: u64,
}

impl Default for Limits {
    /// 2 GiB a model, 1 GiB a block, 10 million members; more than 1 GiB of output only while it
    /// is at most 4,096 times the archive.
    fn default() -> Limits {
        Limits {
            model_bytes: 2 << 30,
            block_bytes: 1 << 30,
            members: 10_000_000,
            output_bytes: 1 << 30,
            growth: 4096,
        }
    }
}

impl Limits {
    /// An error naming `what` when `needed` is above `allowed`.
    pub fn check(what: &'static str, needed: u64, allowed: u64) -> Result<(), Error> {
        if needed > allowed {
            return Err(Error::Limit {
                what,
                needed,
                allowed,
            });
        }
        Ok(())
    }

    /// Whether `output` original bytes may come from `archive` bytes.
    pub fn check_output(&self, output: u64, archive: u64) -> Result<(), Error> {
        let allowed = self.output_bytes.max(archive.saturating_mul(self.growth));
        Self::check("the size of the unpacked data", output, allowed)
    }
}
