//! Pictures in uncompressed Windows bitmaps: 8 bits of palette index, 24 or 32 bits of colour.
//! Rows are padded to multiples of four bytes.

use crate::layout::MAX_ROW;
use crate::read::{array, commas, u16_le, u32_le};
use crate::{Seen, View};
use minlen_core::Structure;

pub(crate) struct Bmp;

struct Picture {
    width: u32,
    height: u32,
    bits: u16,
    start: u32,
}

fn parse(data: &[u8]) -> Option<Picture> {
    if array(data, 0)? != *b"BM" {
        return None;
    }
    let (header, compression) = (u32_le(data, 14)?, u32_le(data, 30)?);
    let p = Picture {
        width: u32_le(data, 18)?,
        // Negative: the top row comes first.
        height: (u32_le(data, 22)? as i32).unsigned_abs(),
        bits: u16_le(data, 28)?,
        start: u32_le(data, 10)?,
    };
    // 3: bit fields, which say only which byte of four is which colour.
    let plain = compression == 0 || compression == 3 && p.bits == 32;
    (plain
        && (40..=256).contains(&header)
        && u16_le(data, 26)? == 1
        && [8, 24, 32].contains(&p.bits)
        && p.width > 0
        && p.height > 0
        && p.start >= 14 + header
        && (p.start as usize) < data.len())
    .then_some(p)
}

impl View for Bmp {
    fn name(&self) -> &'static str {
        "bmp"
    }

    fn summary(&self) -> &'static str {
        "pictures in uncompressed BMP files: pixels as units, and padded rows"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        let p = parse(data)?;
        let unit = u32::from(p.bits) / 8;
        let row = p.width.checked_mul(unit)?.checked_next_multiple_of(4)?;
        let structure = Structure {
            unit,
            row: Some(row).filter(|&row| row <= MAX_ROW)?,
            start: p.start,
            ..Structure::NONE
        };
        let says = format!(
            "bitmap picture, {} × {} pixels, {} bits a pixel",
            commas(u64::from(p.width)),
            commas(u64::from(p.height)),
            p.bits
        );
        Some(Seen::layout(structure, says))
    }
}
