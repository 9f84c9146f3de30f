//! Archives that no encoder would write.

use minlen_core::{Limits, Recipe};
pub use minlen_format::Header;
use minlen_format::{Check, Coded, Kind, Member, STORED, Segment, Writer, read_table, write_table};

/// A member of that name and kind, with nothing special about it.
pub fn member(name: &str, kind: Kind) -> Member {
    Member {
        name: name.as_bytes().to_vec(),
        kind,
        mode: 0o644,
        seconds: 1,
        nanoseconds: 0,
    }
}

/// A block of these members with all of their content, stored: its header, table and content. To
/// be spoilt and given to [`archive`].
pub fn block(members: &[(Member, &[u8])]) -> (Header, Vec<u8>, Vec<u8>) {
    let segments: Vec<Segment> = members
        .iter()
        .zip(0..)
        .map(|((member, content), number)| Segment {
            number,
            member: Some(member.clone()),
            offset: 0,
            length: content.len() as u64,
            last: true,
        })
        .collect();
    let table = write_table(&segments);
    let content: Vec<u8> = members.iter().flat_map(|(_, c)| c.to_vec()).collect();
    let header = Header {
        view: "bytes".into(),
        params: Vec::new(),
        bytes: content.len() as u64,
        table: stored(&table),
        content: stored(&content),
    };
    (header, table, content)
}

/// How stored bytes are announced.
pub fn stored(bytes: &[u8]) -> Coded {
    Coded {
        recipe: recipe(STORED),
        symbols: bytes.len() as u64,
        lanes: vec![bytes.len() as u64],
        check: Check::of(bytes),
    }
}

/// A recipe, by name.
///
/// # Panics
/// When it is not well-formed.
pub fn recipe(name: &str) -> Recipe {
    name.parse().expect("a recipe")
}

/// An archive of these blocks, with checks and an index that fit.
///
/// # Panics
/// Never: it writes to memory.
pub fn archive(blocks: &[(Header, Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).expect("memory");
    for (header, table, content) in blocks {
        // The members that a good table of ours begins; damaged tables count none.
        let limits = Limits::default();
        let segments = read_table(table, header.bytes, &limits).unwrap_or_default();
        let begun = segments.iter().filter(|s| s.member.is_some()).count();
        writer
            .block(header, begun as u64, table, content)
            .expect("memory");
    }
    writer.finish().expect("memory").0
}

/// An archive of one block of files and the like.
pub fn of_members(members: &[(Member, &[u8])]) -> Vec<u8> {
    archive(&[block(members)])
}
