//! Files as they come: packed by gzip or not, in UTF-8, Latin-1 or UTF-16.

use super::io;
use crate::Error;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// Opens a file for reading. What begins as gzip does is unpacked, UTF-16 with a byte order mark
/// becomes UTF-8, and the mark of UTF-8 is left out.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, Error> {
    let fail = || io("read", path);
    let mut plain = BufReader::new(File::open(path).map_err(fail())?);
    let mut reader: Box<dyn BufRead> = match plain.fill_buf().map_err(fail())? {
        [0x1f, 0x8b, ..] => Box::new(BufReader::new(MultiGzDecoder::new(plain))),
        _ => Box::new(plain),
    };
    let mark = reader.fill_buf().map_err(fail())?;
    let wide: fn([u8; 2]) -> u16 = match mark {
        [0xef, 0xbb, 0xbf, ..] => {
            reader.consume(3);
            return Ok(reader);
        }
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return Ok(reader),
    };
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(fail())?;
    let units = bytes[2..].chunks_exact(2).map(|c| wide([c[0], c[1]]));
    let text: String = char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Ok(Box::new(Cursor::new(text.into_bytes())))
}

/// The lines of a file, numbered from 1, without their ends.
pub(crate) fn lines(
    path: &Path,
    mut each: impl FnMut(usize, &[u8]) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut file = open(path)?;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if file
            .read_until(b'\n', &mut line)
            .map_err(io("read", path))?
            == 0
        {
            break;
        }
        while matches!(line.last(), Some(b'\n' | b'\r')) {
            line.pop();
        }
        if !each(number, &line)? {
            break;
        }
    }
    Ok(())
}
