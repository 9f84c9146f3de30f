//! Damaged archives: never wrong data in silence, never a panic, and damage costs only itself.

use minlen::*;
use minlen_testing::io::Full;
use minlen_testing::props::{TIGHT, never_wrong, reader_never_panics, sources};
use std::io::Cursor;
use std::path::Path;

/// A small archive of several members and blocks, what its members hold, and for each member the
/// blocks that it lies in.
struct Small {
    archive: Vec<u8>,
    contents: Vec<(&'static str, Vec<u8>)>,
    blocks: Vec<BlockInfo>,
    lies_in: Vec<std::ops::Range<usize>>,
}

impl Small {
    fn new() -> Small {
        let dir = tempfile::tempdir().unwrap();
        let text = minlen_testing::inputs::text(1000);
        let contents = vec![
            ("a", text[..40].to_vec()),
            ("b", text[..150].to_vec()),
            ("c", text[300..364].to_vec()),
            ("d", minlen_testing::inputs::noise(30, 1)),
            ("e", vec![]),
        ];
        for (name, content) in &contents {
            std::fs::write(dir.path().join(name), content).unwrap();
        }
        let paths: Vec<_> = contents.iter().map(|(n, _)| dir.path().join(n)).collect();
        let setting = Setting {
            block_bytes: 64,
            pack_bytes: 0,
            ..Setting::recipe("order:1").unwrap()
        };
        let mut archive = Vec::new();
        let inputs = Inputs::from_paths(&paths, None).unwrap();
        compress(inputs, &mut archive, &setting, 1, &()).unwrap();
        let listing = list(Cursor::new(&archive), &TIGHT).unwrap();
        let sizes: Vec<_> = listing.blocks.iter().map(|b| b.bytes).collect();
        assert_eq!(sizes, [40, 38, 38, 38, 36, 64, 30, 0]);
        Small {
            archive,
            contents: contents
                .into_iter()
                .zip(&listing.members)
                .map(|((_, content), m)| {
                    let name = m.member.as_ref().unwrap().name.clone();
                    let name: &'static str = String::from_utf8(name).unwrap().leak();
                    (name, content)
                })
                .collect(),
            blocks: listing.blocks,
            lies_in: vec![0..1, 1..5, 5..6, 6..7, 7..8],
        }
    }

    /// Checks a damaged form of the archive in which only these bytes of the blocks are not as
    /// they were: members in other blocks come back.
    fn survives(&self, damaged: &[u8], bad: std::ops::Range<u64>) {
        let contents: Vec<_> = self.contents.iter().map(|(n, c)| (*n, &c[..])).collect();
        let whole = never_wrong(damaged, &contents);
        for (i, lies_in) in self.lies_in.iter().enumerate() {
            let hit = self.blocks[lies_in.clone()]
                .iter()
                .any(|b| bad.start < b.offset + b.archive_bytes && b.offset < bad.end);
            let magic = bad.start < 8;
            assert!(
                whole[i] || hit || magic,
                "{bad:?}: {} is lost",
                self.contents[i].0
            );
        }
        for source in sources(damaged) {
            // The last bits of a code may be free: then damage does no harm.
            let found = verify(source, &TIGHT, 1, &());
            let seen = found.is_err() || !found.unwrap().problems.is_empty();
            assert!(
                seen || whole.iter().all(|&w| w),
                "{bad:?}: damage passes as good"
            );
        }
    }
}

#[test]
fn cut_off_at_every_byte() {
    let small = Small::new();
    for cut in 0..small.archive.len() {
        small.survives(&small.archive[..cut], cut as u64..u64::MAX);
    }
}

#[test]
fn every_bit_flipped() {
    let small = Small::new();
    let mut damaged = small.archive.clone();
    for at in 0..damaged.len() {
        for bit in 0..8 {
            damaged[at] ^= 1 << bit;
            small.survives(&damaged, at as u64..at as u64 + 1);
            damaged[at] ^= 1 << bit;
        }
    }
}

#[test]
fn bytes_after_the_end_and_blocks_gone_or_twice() {
    let small = Small::new();
    let (archive, blocks) = (&small.archive, &small.blocks);
    let end = archive.len() as u64;
    small.survives(&[&archive[..], b"garbage"].concat(), end..end);
    small.survives(&[&archive[..], &[0; 5000]].concat(), end..end);
    small.survives(&[&archive[..], archive].concat(), end..end);
    let b = &blocks[2];
    let (from, to) = (b.offset as usize, (b.offset + b.archive_bytes) as usize);
    let bad = b.offset..b.offset + b.archive_bytes;
    small.survives(&[&archive[..from], &archive[to..]].concat(), bad.clone());
    small.survives(&[&archive[..to], &archive[from..]].concat(), bad);
    reader_never_panics(&archive[from..]);
}

#[test]
fn without_its_index_all_is_found() {
    let small = Small::new();
    let last = small.blocks.last().unwrap();
    let cut = (last.offset + last.archive_bytes) as usize;
    let listing = list(Cursor::new(&small.archive[..cut]), &TIGHT).unwrap();
    assert!(listing.problem.is_some());
    assert_eq!(listing.members.len(), 5);
    assert!(listing.members.iter().all(|m| m.complete));
}

#[test]
fn what_is_good_is_extracted_and_nothing_else() {
    let small = Small::new();
    for (i, block) in small.blocks.iter().enumerate() {
        let mut damaged = small.archive.clone();
        let end = (block.offset + block.archive_bytes) as usize;
        damaged[end - 3..end].iter_mut().for_each(|b| *b ^= 0xff);
        let target = tempfile::tempdir().unwrap();
        let report = extract(
            Source::File(Box::new(Cursor::new(damaged))),
            &ExtractOptions {
                target: target.path().into(),
                names: vec![],
                unnamed: vec![],
                replace: false,
                reading: (&TIGHT).into(),
                threads: 2,
            },
            &(),
        )
        .unwrap();
        assert!(!report.problems.is_empty());
        for ((name, content), lies_in) in small.contents.iter().zip(&small.lies_in) {
            let there = std::fs::read(target.path().join(name)).ok();
            match lies_in.contains(&i) {
                true => assert_eq!(there, None, "{name} is half there"),
                false => assert_eq!(there.as_ref(), Some(content), "{name} is lost"),
            }
        }
        assert_eq!(leftovers(target.path()), 0);
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let text = minlen_testing::inputs::text(3000);
    let setting = Setting {
        block_bytes: 500,
        ..Setting::recipe("order:1").unwrap()
    };
    let inputs = || Inputs::from_reader(b"x", Box::new(Cursor::new(text.clone())));
    let mut whole = Vec::new();
    compress(inputs(), &mut whole, &setting, 1, &()).unwrap();
    for room in (0..whole.len()).step_by(3) {
        let outcome = compress(inputs(), Full(room), &setting, 1 + room % 2, &());
        assert!(
            matches!(&outcome, Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::StorageFull),
            "{outcome:?}"
        );
    }
    compress(inputs(), Full(whole.len()), &setting, 1, &()).unwrap();
    for room in (0..text.len()).step_by(7) {
        let [file, ..] = sources(&whole);
        assert!(cat(file, &[], Full(room), &TIGHT, 1, &()).is_err());
    }
}

/// Temporary files below a folder.
pub fn leftovers(folder: &Path) -> usize {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .flatten()
        .filter(|f| f.file_name().to_string_lossy().ends_with(".part"))
        .count()
}
