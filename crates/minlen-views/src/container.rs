//! Files that hold other data, mostly compressed already: recognised and described, so that a
//! user learns why there is little left to gain.

use crate::read::{array, commas, u16_be, u16_le, u32_be, u32_le};
use crate::{Seen, View, layout};
use minlen_core::{Error, Structure};

pub(crate) struct Container;

/// Magic bytes, where they stand, and what they mean. What needs a closer look is in `closer`.
const KINDS: &[(usize, &[u8], &str)] = &[
    (0, b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (0, b"\xfd7zXZ\0", "xz data"),
    (0, b"\x04\x22\x4d\x18", "LZ4 data"),
    (0, b"LZIP\x01", "lzip data"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (0, b"Rar!\x1a\x07", "RAR archive"),
    (0, b"MSCF\0\0\0\0", "Windows cabinet"),
    (0, b"fLaC\0\0\0\x22", "FLAC sound"),
    (0, b"OggS\0\x02", "Ogg sound or video"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM video"),
    (0, b"ID3", "MP3 sound"),
    (0, b"wOFF", "WOFF font"),
    (0, b"wOF2", "WOFF2 font"),
    (0, b"\xff\x0a\xfa", "JPEG XL picture"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL picture"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000 picture"),
    (8, b"WEBPVP8", "WebP picture"),
    (4, b"ftypavif", "AVIF picture"),
    (4, b"ftyphei", "HEIC picture"),
    (4, b"ftypM4A", "AAC sound"),
    (4, b"ftyp", "MP4 video or sound"),
];

fn png(data: &[u8]) -> Option<String> {
    let size = (array(data, 12)? == *b"IHDR").then_some((u32_be(data, 16)?, u32_be(data, 20)?));
    Some(picture("PNG", size?))
}

fn gif(data: &[u8]) -> Option<String> {
    let size = (u16_le(data, 6)?.into(), u16_le(data, 8)?.into());
    Some(picture("GIF", size))
}

/// Walks the segments to the frame header, which says how large the picture is.
fn jpeg(data: &[u8]) -> String {
    let size = (|| {
        let mut at = 2usize;
        for _ in 0..64 {
            let [0xff, marker] = array(data, at)? else {
                return None;
            };
            let frame = (0xc0..=0xcf).contains(&marker) && ![0xc4, 0xc8, 0xcc].contains(&marker);
            if frame {
                return Some((u16_be(data, at + 7)?.into(), u16_be(data, at + 5)?.into()));
            }
            at += 2 + usize::from(u16_be(data, at + 2)?);
        }
        None
    })();
    size.map_or("JPEG picture".to_string(), |size| picture("JPEG", size))
}

fn picture(kind: &str, (width, height): (u32, u32)) -> String {
    let (width, height) = (commas(width.into()), commas(height.into()));
    format!("{kind} picture, {width} × {height} pixels")
}

/// Many formats are ZIP archives of agreed names; the first name tells.
fn zip(data: &[u8]) -> &'static str {
    let name = data.get(30..).unwrap_or_default();
    let says = |prefix: &[u8]| name.starts_with(prefix);
    if says(b"[Content_Types].xml") || says(b"_rels/") {
        "Office document (ZIP)"
    } else if says(b"mimetypeapplication/epub") {
        "EPUB book (ZIP)"
    } else if says(b"mimetypeapplication/vnd.oasis") {
        "OpenDocument file (ZIP)"
    } else if says(b"META-INF/") {
        "Java archive (ZIP)"
    } else {
        "ZIP archive"
    }
}

/// Bytes from one MP3 frame to the next (MPEG 1, 2 and 2.5, layer III).
fn mp3_frame(data: &[u8], at: usize) -> Option<usize> {
    const KBIT: [[usize; 14]; 2] = [
        [
            32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
        ],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let [0xff, b1, b2, _] = array(data, at)? else {
        return None;
    };
    let (version, layer) = (b1 >> 3 & 3, b1 >> 1 & 3);
    if b1 < 0xe0 || version == 1 || layer != 1 {
        return None;
    }
    let first = version == 3;
    let rate = [44_100, 48_000, 32_000].get(usize::from(b2 >> 2 & 3))?
        / match version {
            3 => 1,
            2 => 2,
            _ => 4,
        };
    let kbit = KBIT[usize::from(!first)].get(usize::from(b2 >> 4).checked_sub(1)?)?;
    let padding = usize::from(b2 >> 1 & 1);
    Some(if first { 144_000 } else { 72_000 } * kbit / rate + padding)
}

/// Three frames in a row: a sync word alone is too weak.
fn mp3(data: &[u8]) -> Option<&'static str> {
    let mut at = 0;
    for _ in 0..3 {
        at += mp3_frame(data, at)?;
    }
    Some("MP3 sound")
}

fn closer(data: &[u8]) -> Option<String> {
    if data.starts_with(b"\x89PNG\r\n\x1a\n") {
        return png(data);
    }
    if data.starts_with(b"GIF87a") || data.starts_with(b"GIF89a") {
        return gif(data);
    }
    if data.starts_with(b"\xff\xd8\xff") {
        return Some(jpeg(data));
    }
    // The reserved flags must be zero; likewise below, what only some values can follow.
    if data.starts_with(b"\x1f\x8b\x08") && data.get(3)? & 0xe0 == 0 {
        return Some("gzip data".to_string());
    }
    if data.starts_with(b"BZh") && array(data, 4)? == *b"\x31\x41\x59\x26\x53\x59" {
        return Some("bzip2 data".to_string());
    }
    if data.starts_with(b"PK\x03\x04") && u32_le(data, 26)? & 0xffff > 0 {
        return Some(zip(data).to_string());
    }
    if let Some(kind) = mp3(data) {
        return Some(kind.to_string());
    }
    KINDS
        .iter()
        .find(|(at, magic, _)| data.get(*at..).is_some_and(|d| d.starts_with(magic)))
        .map(|(_, _, kind)| kind.to_string())
}

impl View for Container {
    fn name(&self) -> &'static str {
        "container"
    }

    fn summary(&self) -> &'static str {
        "archives and media, most of them compressed already"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        let says = if data.starts_with(b"%PDF-") {
            "PDF document".to_string()
        } else if array(data, 257) == Some(*b"ustar") {
            "tar archive, not compressed".to_string()
        } else {
            format!("{}, already compressed", closer(data)?)
        };
        Some(Seen::layout(Structure::NONE, says))
    }

    /// What is not compressed (tar, PDF) mostly holds text; the rest is noise to any model.
    fn structure(&self, params: &[u8]) -> Result<Structure, Error> {
        Ok(Structure {
            text: true,
            ..layout::read(params)?
        })
    }
}
