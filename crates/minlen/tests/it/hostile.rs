//! Archives made to do harm.

use crate::damage::leftovers;
use minlen::*;
use minlen_testing::hostile::{Header, archive, block, member, of_members, recipe};
use minlen_testing::props::{TIGHT, reader_never_panics, sources};
use std::io::Cursor;
use std::path::Path;
use tempfile::{TempDir, tempdir};

fn link(to: &str) -> Kind {
    Kind::Link(to.as_bytes().to_vec())
}

fn extract_to(archive: &[u8], target: &Path, replace: bool) -> Result<ExtractReport, Error> {
    let options = ExtractOptions {
        target: target.into(),
        names: vec![],
        unnamed: b"data".to_vec(),
        replace,
        reading: (&TIGHT).into(),
        threads: 1,
    };
    extract(
        Source::File(Box::new(Cursor::new(archive.to_vec()))),
        &options,
        &(),
    )
}

/// A folder with a target folder and a neighbour that nothing may touch.
fn place() -> (TempDir, std::path::PathBuf) {
    let root = tempdir().unwrap();
    std::fs::create_dir(root.path().join("outside")).unwrap();
    std::fs::write(root.path().join("outside/kept"), b"kept").unwrap();
    let target = root.path().join("target");
    std::fs::create_dir(&target).unwrap();
    (root, target)
}

fn untouched(root: &TempDir) {
    let outside: Vec<_> = std::fs::read_dir(root.path()).unwrap().flatten().collect();
    assert_eq!(outside.len(), 2, "{outside:?}");
    assert_eq!(
        std::fs::read_dir(root.path().join("outside"))
            .unwrap()
            .count(),
        1
    );
    assert_eq!(
        std::fs::read(root.path().join("outside/kept")).unwrap(),
        b"kept"
    );
    assert_eq!(leftovers(root.path()), 0);
}

#[test]
fn names_that_lead_elsewhere_are_refused_and_the_rest_comes_back() {
    let bad = [
        "../x",
        "/x",
        "a/../../x",
        "a/..",
        "..",
        ".",
        "./x",
        "a//x",
        "a/",
        "x\0y",
        "../outside/kept",
    ];
    for name in bad {
        let (root, target) = place();
        let bytes = of_members(&[
            (member("good", Kind::File), b"1"),
            (member(name, Kind::File), b"2"),
            (member("later", Kind::File), b"3"),
        ]);
        let report = extract_to(&bytes, &target, true).unwrap();
        assert_eq!((report.members, report.problems.len()), (2, 1), "{name:?}");
        assert_eq!(std::fs::read(target.join("later")).unwrap(), b"3");
        untouched(&root);
    }
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere_else() {
    for to in ["/etc", "../outside", "..", "a/../../outside", "here/..", ""] {
        let (root, target) = place();
        let bytes = of_members(&[
            (member("here", link(".")), b""),
            (member("l", link(to)), b""),
            (member("l/x", Kind::File), b"through"),
        ]);
        extract_to(&bytes, &target, true).unwrap();
        assert!(
            target
                .join("l")
                .symlink_metadata()
                .is_ok_and(|m| m.is_dir()),
            "{to}"
        );
        untouched(&root);
    }
    // A link that was planted before is not written through, nor is it a folder.
    for name in ["l/x", "l/kept", "l/deep/x"] {
        let (root, target) = place();
        std::os::unix::fs::symlink("../outside", target.join("l")).unwrap();
        let bytes = of_members(&[(member(name, Kind::File), b"through")]);
        assert_eq!(extract_to(&bytes, &target, true).unwrap().members, 0);
        untouched(&root);
    }
    // A link in the place of a file is replaced, not followed.
    let (root, target) = place();
    std::os::unix::fs::symlink("../outside/kept", target.join("f")).unwrap();
    let bytes = of_members(&[(member("f", Kind::File), b"new")]);
    assert_eq!(
        extract_to(&bytes, &target, false).unwrap().problems.len(),
        1
    );
    assert_eq!(extract_to(&bytes, &target, true).unwrap().problems.len(), 0);
    assert!(target.join("f").symlink_metadata().unwrap().is_file());
    untouched(&root);
    // A folder's permissions are not set through a link of the same name.
    let (root, target) = place();
    std::os::unix::fs::symlink("../outside", target.join("f")).unwrap();
    let bytes = of_members(&[(member("f", Kind::Folder), b"")]);
    assert_eq!(extract_to(&bytes, &target, true).unwrap().members, 0);
    untouched(&root);
}

#[cfg(unix)]
#[test]
fn permissions_that_give_powers_are_dropped() {
    use std::os::unix::fs::PermissionsExt;
    let (_root, target) = place();
    let mut m = member("tool", Kind::File);
    m.mode = 0o6755;
    extract_to(&of_members(&[(m, b"#!")]), &target, false).unwrap();
    let mode = std::fs::metadata(target.join("tool"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o755);
}

#[test]
fn the_same_name_twice_does_not_overwrite() {
    let (root, target) = place();
    let bytes = of_members(&[
        (member("x", Kind::File), b"first"),
        (member("x", Kind::File), b"second"),
    ]);
    let report = extract_to(&bytes, &target, false).unwrap();
    assert_eq!(
        (report.members, report.bytes, report.problems.len()),
        (1, 5, 1)
    );
    assert_eq!(std::fs::read(target.join("x")).unwrap(), b"first");
    untouched(&root);
}

fn limited(outcome: Result<impl Sized, Error>) -> bool {
    matches!(
        outcome,
        Err(Error::Data {
            source: DataError::Limit { .. },
            ..
        })
    )
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let inputs = Inputs::from_reader(b"zeros", Box::new(Cursor::new(vec![0; 5 << 19])));
    let setting = Setting {
        block_bytes: 1 << 19,
        ..Setting::recipe("order:1").unwrap()
    };
    let mut bomb = Vec::new();
    compress(inputs, &mut bomb, &setting, 1, &()).unwrap();
    assert!(bomb.len() < 20_000);
    for source in sources(&bomb) {
        let mut out = Vec::new();
        assert!(limited(cat(source, &[], &mut out, &TIGHT, 1, &())));
        assert!(out.len() <= 1 << 20);
    }
    for source in sources(&bomb) {
        assert!(limited(verify(source, &TIGHT, 1, &())));
    }
    let target = tempdir().unwrap();
    assert!(limited(extract_to(&bomb, target.path(), false)));
    assert_eq!(std::fs::read_dir(target.path()).unwrap().count(), 0);
}

#[test]
fn lengths_that_lie_reserve_and_do_nothing() {
    let good = || block(&[(member("x", Kind::File), b"content")]);
    let spoilt = |spoil: &dyn Fn(&mut Header)| {
        let (mut header, table, content) = good();
        spoil(&mut header);
        archive(&[(header, table, content)])
    };
    let huge = [u64::MAX, 1 << 60, 1 << 31, (1 << 20) + 1, 1 << 20, 8];
    for n in huge {
        let all = [
            spoilt(&|h| h.bytes = n),
            spoilt(&|h| h.content.symbols = n),
            spoilt(&|h| h.table.symbols = n),
            spoilt(&|h| h.content.lanes = vec![n]),
            spoilt(&|h| h.content.lanes = vec![7; 300]),
            spoilt(&|h| h.content.lanes = vec![]),
            spoilt(&|h| h.params = vec![255; 70_000]),
            spoilt(&|h| {
                h.content.symbols = n;
                h.content.recipe = recipe("order:1");
            }),
            spoilt(&|h| {
                h.table.symbols = n;
                h.table.recipe = recipe("order:0");
            }),
        ];
        for bytes in all {
            reader_never_panics(&bytes);
            let mut out = Vec::new();
            let [file, ..] = sources(&bytes);
            assert!(cat(file, &[], &mut out, &TIGHT, 1, &()).is_err());
            assert_eq!(out, b"");
        }
    }
}

#[test]
fn a_table_can_be_no_bomb() {
    // A table of zeros, which codes to nothing, in many blocks.
    let (mut header, _, content) = block(&[(member("x", Kind::File), b"content")]);
    let zeros = vec![0; 1 << 17];
    let structure = Structure::NONE;
    let order = recipe("order:1");
    let coded = internal::encode(&order, &structure, &zeros, 1, &Limits::default(), &()).unwrap();
    header.table.recipe = order;
    header.table.symbols = zeros.len() as u64;
    header.table.lanes = coded.lengths;
    let bytes = archive(&vec![(header, coded.payload, content); 40]);
    assert!(limited(list(Cursor::new(&bytes), &TIGHT)));
    for source in sources(&bytes) {
        assert!(limited(verify(source, &TIGHT, 1, &())));
    }
}

#[test]
fn marks_without_blocks_do_not_take_for_ever() {
    let mut bytes = of_members(&[(member("x", Kind::File), b"content")]);
    bytes.extend(minlen_format::BLOCK_SYNC.repeat(1 << 20));
    let listing = list(Cursor::new(&bytes), &TIGHT).unwrap();
    assert!(listing.problem.is_some() && listing.members[0].complete);
}

#[test]
fn what_is_unknown_is_named() {
    let with = |spoil: &dyn Fn(&mut Header)| {
        let (mut header, table, content) = block(&[(member("x", Kind::File), b"content")]);
        spoil(&mut header);
        archive(&[(header, table, content)])
    };
    let model = with(&|h| h.content.recipe = recipe("oracle:9"));
    let view = with(&|h| h.view = "dream".into());
    let mut version = with(&|_| ());
    version[7] = 200;
    for (bytes, says) in [(model, "oracle"), (view, "dream"), (version, "version 200")] {
        for source in sources(&bytes) {
            let e = verify(source, &TIGHT, 1, &()).unwrap_err();
            assert!(e.to_string().contains(says), "{e}");
            assert!(
                matches!(
                    e,
                    Error::Data {
                        source: DataError::Unsupported(_),
                        ..
                    }
                ),
                "{e}"
            );
        }
    }
    // A known model with settings that make no sense is damage, not a mistake of the user.
    let bytes = with(&|h| h.content.recipe = recipe("order:99"));
    let [file, ..] = sources(&bytes);
    let outcome = verify(file, &TIGHT, 1, &());
    assert!(
        matches!(&outcome, Ok(report) if !report.problems.is_empty())
            || matches!(&outcome, Err(Error::Data { .. })),
        "{outcome:?}"
    );
}

#[test]
fn a_model_that_wants_too_much_memory_is_refused() {
    let mut setting = Setting::recipe("order:4").unwrap();
    let inputs = || Inputs::from_reader(b"x", Box::new(Cursor::new(b"some text".repeat(9))));
    let mut out = Vec::new();
    compress(inputs(), &mut out, &setting, 1, &()).unwrap();
    for source in sources(&out) {
        assert!(limited(verify(source, &TIGHT, 1, &())));
    }
    setting.limits.model_bytes = 1 << 20;
    assert!(limited(compress(inputs(), Vec::new(), &setting, 1, &())));
    assert!(limited(measure(b"x", &setting, None, &())));
    assert!(limited(generate(b"x", 1, 1, &setting, &())));
}

#[test]
fn found_by_chance_or_not_no_bytes_make_a_reader_panic() {
    for seed in 0..300 {
        let bytes = minlen_testing::inputs::noise(3 + seed as usize, seed);
        reader_never_panics(&bytes);
        reader_never_panics(&minlen_testing::props::sealed(&bytes));
        minlen_testing::props::table_reads(&bytes);
        for entry in models() {
            let structure = Structure::NONE;
            minlen_testing::props::hostile_code(entry, entry.samples[0], &bytes, &structure);
        }
    }
    for text in [
        "",
        ":",
        "order",
        "order:",
        "order:2:3",
        "é",
        "a b",
        "order:-1",
    ] {
        minlen_testing::props::recipe_parses(text);
    }
}
