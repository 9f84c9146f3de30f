//! Lines to compare with: what two well-known compressors make of the data. They are no models of
//! minlen, and their sizes count all of their file formats.

use crate::study::read::Blocks;
use crate::{Error, Watch};
use std::io::{self, Write};

/// A reference line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// `zstd -19`.
    Zstd,
    /// `xz -9e`, one thread.
    Xz,
}

impl Reference {
    pub(crate) const ALL: [Reference; 2] = [Reference::Zstd, Reference::Xz];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Reference::Zstd => "zstd -19",
            Reference::Xz => "xz -9e",
        }
    }

    pub(crate) fn summary(self) -> &'static str {
        match self {
            Reference::Zstd => "Zstandard at level 19: long matches, entropy-coded",
            Reference::Xz => "LZMA at its strongest preset: long matches, modelled bits",
        }
    }

    /// The size of the compressed file.
    pub(crate) fn bytes(self, blocks: &mut Blocks, watch: &dyn Watch) -> Result<u64, Error> {
        let failed = |source| Error::Io {
            action: "compress with a reference",
            path: None,
            source,
        };
        let size = blocks.bytes();
        match self {
            Reference::Zstd => {
                let mut encoder = zstd::Encoder::new(Count(0), 19).map_err(failed)?;
                // As the command does for a file: its size tunes the search.
                encoder.set_pledged_src_size(Some(size)).map_err(failed)?;
                feed(blocks, &mut encoder, watch, failed)?;
                Ok(encoder.finish().map_err(failed)?.0)
            }
            Reference::Xz => {
                let failed_xz = |e: liblzma::stream::Error| failed(e.into());
                const EXTREME: u32 = 1 << 31;
                let mut options =
                    liblzma::stream::LzmaOptions::new_preset(9 | EXTREME).map_err(failed_xz)?;
                // A dictionary larger than the file gains nothing and costs 11 times its size.
                let dictionary = size.next_power_of_two().clamp(4 << 10, 64 << 20);
                options.dict_size(dictionary as u32);
                let mut filters = liblzma::stream::Filters::new();
                filters.lzma2(&options);
                let check = liblzma::stream::Check::Crc64;
                let stream = liblzma::stream::Stream::new_stream_encoder(&filters, check)
                    .map_err(failed_xz)?;
                let mut encoder = liblzma::write::XzEncoder::new_stream(Count(0), stream);
                feed(blocks, &mut encoder, watch, failed)?;
                Ok(encoder.finish().map_err(failed)?.0)
            }
        }
    }
}

/// Bytes between two looks at the watch.
const PACE: usize = 64 << 10;

fn feed(
    blocks: &mut Blocks,
    encoder: &mut dyn Write,
    watch: &dyn Watch,
    failed: impl Fn(io::Error) -> Error,
) -> Result<(), Error> {
    while let Some(block) = blocks.next()? {
        for part in block.chunks(PACE) {
            encoder.write_all(part).map_err(&failed)?;
            watch.advance(part.len() as u64);
            if watch.stop() {
                return Err(Error::Stopped);
            }
        }
    }
    Ok(())
}

/// Counts what is written.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
