//! Section 2: the archive, and how the segments of its blocks become members.

use crate::block::{self, Block};
use crate::conventions::{Reader, at_most};
use crate::models::Shelf;
use crate::table::{self, Start, Table};
use crate::{Member, OUTPUT_LIMIT, index};

const MAGIC: [u8; 7] = [0x8d, 0x6d, 0x6e, 0x6c, 0x0d, 0x0a, 0x1a];
const VERSION: u8 = 1;

/// All members of an archive.
pub fn decode(archive: &[u8], shelf: &mut Shelf) -> Result<Vec<Member>, String> {
    let mut reader = Reader::new(archive);
    if reader.array()? != MAGIC {
        return Err("not a minlen archive".into());
    }
    match reader.u8()? {
        VERSION => {}
        version => return Err(format!("version {version} of the format is unknown")),
    }
    let mut members = Members::default();
    let mut models = Vec::new();
    let mut seen = index::Seen::default();
    while !reader.rest().starts_with(&index::SYNC) {
        let before = reader.left();
        let Block {
            header_check,
            table,
            content,
            is_model,
        } = block::read(&mut reader, shelf)?;
        seen.block_lengths.push((before - reader.left()) as u64);
        seen.header_checks.extend(header_check);
        members.add(table, &content)?;
        if is_model {
            models.push(members.all.len() - 1);
        }
    }
    let mut all = members.finish()?;
    seen.members = all.len() as u64;
    seen.bytes = all.iter().map(|member| member.content.len() as u64).sum();
    index::read(&mut reader, &seen)?;
    reader.end("the archive, after its index")?;
    // Models count as members, but are none that a reader lists.
    for model in models.into_iter().rev() {
        all.remove(model);
    }
    Ok(all)
}

/// The members so far.
#[derive(Default)]
struct Members {
    all: Vec<Member>,
    /// Whether the last of them goes on in the next block.
    open: bool,
    /// Bytes of memory that they take.
    weight: u64,
}

impl Members {
    /// Takes over the segments of one block.
    fn add(&mut self, table: Table, content: &[u8]) -> Result<(), String> {
        self.weigh(content.len() as u64)?;
        let next = self.all.len() as u64 - u64::from(self.open);
        if table.first != next {
            return Err(format!(
                "the block begins with member {}, not {next}",
                table.first
            ));
        }
        let mut content = Reader::new(content);
        for segment in table.segments {
            match segment.start {
                Start::Offset(offset) => match self.all.last() {
                    Some(member) if self.open && offset == member.content.len() as u64 => {}
                    _ => return Err(format!("byte {offset} of a member out of its order")),
                },
                Start::Member(_) if self.open => {
                    return Err("a member begins before the last one ended".into());
                }
                Start::Member(member) => {
                    self.weigh(table::weight_of(&member))?;
                    self.all.push(member);
                }
            }
            let bytes = content.take(segment.length)?;
            let Some(member) = self.all.last_mut() else {
                return Err("a segment without a member".into());
            };
            member.content.extend_from_slice(bytes);
            self.open = !segment.ends;
        }
        content.end("the content of a block")
    }

    /// Counts bytes of memory.
    fn weigh(&mut self, bytes: u64) -> Result<(), String> {
        self.weight = at_most(self.weight + bytes, OUTPUT_LIMIT, "memory for members")?;
        Ok(())
    }

    /// All members, if the last one ended.
    fn finish(self) -> Result<Vec<Member>, String> {
        match self.open {
            true => Err("the last member does not end".into()),
            false => Ok(self.all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::check;

    /// An archive without members.
    fn nothing() -> Vec<u8> {
        let mut archive = vec![0x8d, 0x6d, 0x6e, 0x6c, 0x0d, 0x0a, 0x1a, 1];
        let mut index = vec![0xb1, 0x69, 0x64, 0x0c, 0, 0, 0];
        index.extend(blake3::hash(b"").as_bytes());
        index.extend(check(&index));
        index.extend([55, 0, 0, 0, 0xb1, 0x65, 0x6e, 0x0d]);
        archive.extend(index);
        archive
    }

    #[test]
    fn nothing_is_an_archive() {
        assert_eq!(decode(&nothing(), &mut Shelf::default()), Ok(vec![]));
    }

    #[test]
    fn all_else_is_not() {
        let good = nothing();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bad, &mut Shelf::default()).is_err(), "bit {bit}");
        }
        for end in 0..good.len() {
            assert!(
                decode(&good[..end], &mut Shelf::default()).is_err(),
                "{end} bytes"
            );
        }
        assert!(decode(&[&good[..], &[0]].concat(), &mut Shelf::default()).is_err());
        assert!(decode(&[&good[..], &good[..]].concat(), &mut Shelf::default()).is_err());
    }
}
