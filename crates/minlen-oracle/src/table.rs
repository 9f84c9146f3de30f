//! Section 4: the table of members.

use crate::conventions::{Reader, at_most};
use crate::{Kind, Member, OUTPUT_LIMIT};

/// A table, read.
pub struct Table {
    /// The number of the first segment's member.
    pub first: u64,
    /// The segments, in order.
    pub segments: Vec<Segment>,
}

/// A member's part in a block.
pub struct Segment {
    /// Where it begins.
    pub start: Start,
    /// Whether the member ends with it.
    pub ends: bool,
    /// Its original bytes.
    pub length: u64,
}

/// Where a segment begins.
pub enum Start {
    /// Where the member does; its content is empty as yet.
    Member(Member),
    /// At this byte of a member that began in an earlier block.
    Offset(u64),
}

/// Reads a table of a block of so many original bytes.
pub fn read(table: &[u8], block_bytes: u64) -> Result<Table, String> {
    let mut reader = Reader::new(table);
    let count = reader.varint()?;
    if count == 0 {
        return Err("a table without segments".into());
    }
    let first = reader.varint_to(1 << 48, "number of a member")?;
    // "The member before" the first.
    let mut before = Member {
        name: vec![],
        kind: Kind::File,
        mode: 0o644,
        seconds: 0,
        nanoseconds: 0,
        content: vec![],
    };
    let mut segments = Vec::new();
    let mut sum: u64 = 0;
    let mut weight = 0;
    let mut names = 0;
    for number in 0..count {
        let flags = reader.u8()?;
        let (begins, ends, same_mode) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
        let kind = (flags >> 3) & 3;
        if flags >> 5 != 0 || kind == 3 {
            return Err(format!("flags {flags:#04x} of a segment"));
        }
        if !begins && (number != 0 || same_mode || kind != 0) {
            return Err("a segment that may not begin inside a member".into());
        }
        if !ends && (number != count - 1 || kind != 0) {
            return Err("a segment that may not go on in the next block".into());
        }
        let start = if begins {
            let member = member(&mut reader, &before, same_mode, kind)?;
            weight = at_most(
                weight + weight_of(&member),
                OUTPUT_LIMIT,
                "memory for members",
            )?;
            names += member.name.len();
            if names > 1 << 21 {
                return Err("names of a table above 2^21 bytes".into());
            }
            before = member.clone();
            Start::Member(member)
        } else {
            match reader.varint_to(1 << 60, "offset of a segment")? {
                0 => return Err("a segment at byte 0 that does not begin a member".into()),
                offset => Start::Offset(offset),
            }
        };
        let length = reader.varint()?;
        if kind != 0 && length != 0 {
            return Err("a folder or link with content".into());
        }
        sum = sum
            .checked_add(length)
            .ok_or("the lengths of segments overflow")?;
        segments.push(Segment {
            start,
            ends,
            length,
        });
    }
    reader.end("the table of members")?;
    if sum != block_bytes {
        return Err("the lengths of the segments are not the block's".into());
    }
    Ok(Table { first, segments })
}

/// Bytes of memory that a member takes beside its content: names that share most of their bytes
/// are far longer than the table that tells them.
pub fn weight_of(member: &Member) -> u64 {
    let target = match &member.kind {
        Kind::Link(target) => target.len(),
        _ => 0,
    };
    (200 + member.name.len() + target) as u64
}

/// The fields of a segment with which a member begins, up to its length.
fn member(
    reader: &mut Reader,
    before: &Member,
    same_mode: bool,
    kind: u8,
) -> Result<Member, String> {
    let shared = reader.varint_to(before.name.len() as u64, "shared bytes of a name")?;
    let suffix = reader.bytes(65_536 - shared, "bytes of a name")?;
    let mut name = before.name[..shared as usize].to_vec();
    name.extend_from_slice(suffix);
    let mode = match same_mode {
        true => before.mode,
        false => reader.varint_to(0o7777, "permission bits")? as u32,
    };
    let seconds = before.seconds.wrapping_add(reader.zigzag()?);
    let nanoseconds = at_most(reader.varint()?, 999_999_999, "nanoseconds")? as u32;
    let kind = match kind {
        0 => Kind::File,
        1 => Kind::Folder,
        _ => Kind::Link(reader.bytes(65_536, "bytes of a link's target")?.to_vec()),
    };
    Ok(Member {
        name,
        kind,
        mode,
        seconds,
        nanoseconds,
        content: vec![],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_by_their_differences() {
        let table = [
            3, 0, // three segments, of the members from 0
            0b1011, 0, 1, b'd', 0xed, 0x03, 2, 5, 0, // folder "d", 0o755, second 1, 5 ns
            0b0111, 1, 2, b'/', b'f', 3, 0, 4, // file "d/f", mode alike, second -1, 4 bytes
            0b10111, 2, 1, b'l', 0, 0, 1, b'f', 0, // link "d/l" to "f", time alike
        ];
        let table = read(&table, 4).unwrap();
        let members: Vec<_> = table
            .segments
            .into_iter()
            .map(|segment| match segment.start {
                Start::Member(m) => (m.name, m.kind, m.mode, m.seconds, m.nanoseconds),
                Start::Offset(_) => panic!(),
            })
            .collect();
        assert_eq!(
            members,
            [
                (b"d".to_vec(), Kind::Folder, 0o755, 1, 5),
                (b"d/f".to_vec(), Kind::File, 0o755, -1, 0),
                (b"d/l".to_vec(), Kind::Link(b"f".to_vec()), 0o755, -1, 0),
            ]
        );
    }

    #[test]
    fn illegal_tables() {
        let bad = |table: &[u8], bytes| assert!(read(table, bytes).is_err(), "{table:?}");
        assert!(read(&[1, 5, 0b10, 9, 3], 3).is_ok());
        bad(&[1, 5, 0b10, 9, 3], 4); // not the block's length
        bad(&[1, 5, 0b10, 9, 3, 0], 3); // something follows
        bad(&[1, 5, 0b10, 0, 3], 3); // begins and does not
        bad(&[1, 5, 0b110, 9, 3], 3); // a mode without a member
        bad(&[1, 5, 0b1010, 9, 0], 0); // a folder that goes on
        bad(&[2, 5, 0b10, 9, 3, 0b10, 9, 0], 3); // the second may not go on
        bad(&[2, 5, 0b00, 9, 3, 0b111, 0, 0, 0, 0, 0], 3); // nor the first
        bad(&[1, 0, 0b111, 1, 0, 0, 0, 0], 0); // shares with no name
        bad(&[1, 0, 0b11111, 0, 0, 0, 0, 0], 0); // kind 3
        bad(&[1, 0, 0b100111, 0, 0, 0, 0, 0], 0); // bit 5
        bad(&[1, 0, 0b11, 0, 0, 0x80, 0x20, 0, 0, 0], 0); // mode 0o10000
        bad(&[1, 0, 0b1111, 0, 0, 0, 0, 1], 1); // a folder with content
        bad(&[0xff, 0xff, 0xff, 0xff, 0x7f, 0], 0); // fewer than it says
    }
}
