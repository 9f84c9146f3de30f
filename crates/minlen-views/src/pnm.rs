//! Pictures in binary PGM (`P5`) and PPM (`P6`) files, 8 or 16 bits a sample.

use crate::layout::MAX_ROW;
use crate::read::commas;
use crate::{Seen, View};
use minlen_core::Structure;

pub(crate) struct Pnm;

/// Comments and spaces that a header may hold, in bytes.
const MAX_HEADER: usize = 64 << 10;

/// The next number of a header, past spaces and comments; moves `at` behind its last digit.
fn number(data: &[u8], at: &mut usize) -> Option<u32> {
    let mut comment = false;
    loop {
        match *data.get(*at)? {
            b'\n' | b'\r' if comment => comment = false,
            _ if comment => {}
            b'#' => comment = true,
            byte if byte.is_ascii_whitespace() => {}
            _ => break,
        }
        *at += 1;
    }
    let digits = data[*at..].iter().take_while(|b| b.is_ascii_digit());
    let text = &data[*at..*at + digits.take(10).count()];
    *at += text.len();
    std::str::from_utf8(text).ok()?.parse().ok()
}

struct Picture {
    channels: u32,
    width: u32,
    height: u32,
    wide: bool,
    start: usize,
}

fn parse(data: &[u8]) -> Option<Picture> {
    let data = &data[..data.len().min(MAX_HEADER)];
    let channels = match data.get(..2)? {
        b"P5" => 1,
        b"P6" => 3,
        _ => return None,
    };
    let mut at = 2;
    if !data.get(at)?.is_ascii_whitespace() {
        return None;
    }
    let width = number(data, &mut at)?;
    let height = number(data, &mut at)?;
    let largest = number(data, &mut at)?;
    let space = data.get(at)?.is_ascii_whitespace();
    (space && width > 0 && height > 0 && (1..=65535).contains(&largest)).then_some(Picture {
        channels,
        width,
        height,
        wide: largest > 255,
        start: at + 1,
    })
}

impl View for Pnm {
    fn name(&self) -> &'static str {
        "pnm"
    }

    fn summary(&self) -> &'static str {
        "pictures in PGM and PPM files: pixels as units, and rows"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        let p = parse(data)?;
        let unit = p.channels * (1 + u32::from(p.wide));
        let structure = Structure {
            unit,
            row: p.width.checked_mul(unit).filter(|&row| row <= MAX_ROW)?,
            start: u32::try_from(p.start).ok()?,
            ..Structure::NONE
        };
        let says = format!(
            "{} picture, {} × {} pixels, {} bits a sample",
            if p.channels == 3 {
                "colour"
            } else {
                "greyscale"
            },
            commas(u64::from(p.width)),
            commas(u64::from(p.height)),
            if p.wide { 16 } else { 8 }
        );
        Some(Seen::layout(structure, says))
    }
}
