//! The table of a block: which members its content belongs to.

use crate::wire::{put_bytes, put_varint, unzigzag, zigzag};
use crate::{Error, Wire};
use minlen_core::Limits;

/// Bytes that a name or the target of a link may have.
const MAX_NAME: u64 = 1 << 16;

/// Bytes that the names of one block may have together. Eight bytes of a table can spell a name of
/// any length that shares all with the one before: without this bound, a bomb.
const MAX_NAMES: usize = 1 << 21;

const FIRST: u8 = 1;
const LAST: u8 = 2;
const SAME_MODE: u8 = 4;
const KIND_SHIFT: u32 = 3;
const KNOWN_FLAGS: u8 = 0b1_1111;

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file with content.
    File,
    /// A folder.
    Folder,
    /// A symbolic link to this target, bytes as the system gave them.
    Link(Vec<u8>),
}

/// What is known of a member beside its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The path inside the archive, parts divided by `/`; any bytes. Empty for data that came
    /// through a pipe. Not to be trusted: whoever writes files must check it.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Permission bits, as Unix has them (the lowest 12 bits).
    pub mode: u32,
    /// Time of the last change: seconds since 1970-01-01 UTC.
    pub seconds: i64,
    /// The part of that time below a second, in nanoseconds.
    pub nanoseconds: u32,
}

/// A part of a member that is in one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The member's number in the archive, from 0.
    pub number: u64,
    /// What is known of it; in the member's first segment only.
    pub member: Option<Member>,
    /// Where in the member this segment begins, in bytes.
    pub offset: u64,
    /// Bytes of the member in this block.
    pub length: u64,
    /// Whether the member ends here.
    pub last: bool,
}

/// The table as bytes. Segments must be of consecutive members; only the first may lack its
/// [`Member`], and then has an `offset` above 0.
pub fn write_table(segments: &[Segment]) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, segments.len() as u64);
    put_varint(&mut out, segments.first().map_or(0, |s| s.number));
    let mut before = Member::nothing();
    for s in segments {
        let mut flags = if s.last { LAST } else { 0 };
        match &s.member {
            None => {
                out.push(flags);
                put_varint(&mut out, s.offset);
            }
            Some(m) => {
                let same = m.mode == before.mode;
                flags |= FIRST | m.kind_number() << KIND_SHIFT;
                out.push(flags | if same { SAME_MODE } else { 0 });
                let shared = m.name.iter().zip(&before.name);
                let shared = shared.take_while(|(a, b)| a == b).count();
                put_varint(&mut out, shared as u64);
                put_bytes(&mut out, &m.name[shared..]);
                if !same {
                    put_varint(&mut out, u64::from(m.mode));
                }
                let passed = m.seconds.wrapping_sub(before.seconds);
                put_varint(&mut out, zigzag(passed));
                put_varint(&mut out, u64::from(m.nanoseconds));
                if let Kind::Link(target) = &m.kind {
                    put_bytes(&mut out, target);
                }
                before = m.clone();
            }
        }
        put_varint(&mut out, s.length);
    }
    out
}

/// The segments that a table of a block of `bytes` original bytes lists; their lengths sum to it.
pub fn read_table(table: &[u8], bytes: u64, limits: &Limits) -> Result<Vec<Segment>, Error> {
    let mut wire = Wire::new(table);
    let count = wire.varint()?;
    Limits::check("the number of members", count, limits.members)?;
    let first_number = wire.varint_upto(1 << 48, "the number of a member")?;
    if count == 0 {
        return Err(Error::damaged("a block without members"));
    }
    let mut segments = Vec::new();
    let mut before = Member::nothing();
    let mut sum = 0u64;
    let mut names = 0;
    for i in 0..count {
        let flags = wire.byte()?;
        if flags & !KNOWN_FLAGS != 0 {
            return Err(Error::damaged("unknown flags of a member"));
        }
        let (mut member, mut offset) = (None, 0);
        if flags & FIRST != 0 {
            let m = Member::read(&mut wire, flags, &before)?;
            names += m.name.len();
            if names > MAX_NAMES {
                return Err(Error::damaged("the names of a block are too long"));
            }
            before = m.clone();
            member = Some(m);
        } else if i == 0 && flags & !LAST == 0 {
            offset = wire.varint_upto(1 << 60, "the offset of a segment")?;
            if offset == 0 {
                return Err(Error::damaged("a member goes on that never began"));
            }
        } else {
            return Err(Error::damaged("a member begins in the middle of a block"));
        }
        let length = wire.varint()?;
        sum = sum.saturating_add(length);
        let content = !matches!(&member, Some(m) if m.kind != Kind::File);
        if !content && (length > 0 || flags & LAST == 0) {
            return Err(Error::damaged("a folder or link has content"));
        }
        if flags & LAST == 0 && i + 1 < count {
            return Err(Error::damaged("a member goes on in the middle of a block"));
        }
        segments.push(Segment {
            number: first_number + i,
            member,
            offset,
            length,
            last: flags & LAST != 0,
        });
    }
    if sum != bytes {
        return Err(Error::damaged("the members do not fill their block"));
    }
    wire.end()?;
    Ok(segments)
}

impl Member {
    /// What the first member of a table is compared with.
    fn nothing() -> Member {
        Member {
            name: Vec::new(),
            kind: Kind::File,
            mode: 0o644,
            seconds: 0,
            nanoseconds: 0,
        }
    }

    fn kind_number(&self) -> u8 {
        match self.kind {
            Kind::File => 0,
            Kind::Folder => 1,
            Kind::Link(_) => 2,
        }
    }

    fn read(wire: &mut Wire, flags: u8, before: &Member) -> Result<Member, Error> {
        let most = before.name.len() as u64;
        let shared = wire.varint_upto(most, "the shared part of a name")?;
        let mut name = before.name[..shared as usize].to_vec();
        name.extend_from_slice(wire.bytes_upto(MAX_NAME - shared, "the length of a name")?);
        let mode = if flags & SAME_MODE != 0 {
            before.mode
        } else {
            wire.varint_upto(0o7777, "the mode of a member")? as u32
        };
        let passed = unzigzag(wire.varint()?);
        Ok(Member {
            name,
            mode,
            seconds: before.seconds.wrapping_add(passed),
            nanoseconds: wire.varint_upto(999_999_999, "a time's nanoseconds")? as u32,
            kind: match flags >> KIND_SHIFT & 3 {
                0 => Kind::File,
                1 => Kind::Folder,
                2 => Kind::Link(wire.bytes_upto(MAX_NAME, "the length of a link")?.to_vec()),
                _ => return Err(Error::damaged("unknown kind of a member")),
            },
        })
    }
}
