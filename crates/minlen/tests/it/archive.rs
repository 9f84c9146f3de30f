//! Archives give back what went in.

use minlen::*;
use std::fs;
use std::io::Cursor;

fn setting() -> Setting {
    Setting {
        block_bytes: 1000,
        pack_bytes: 300,
        ..Setting::recipe("order:1").unwrap()
    }
}

#[test]
fn a_folder_returns() {
    let root = tempfile::tempdir().unwrap();
    let from = root.path().join("from");
    fs::create_dir_all(from.join("sub/empty")).unwrap();
    for (name, bytes) in [
        ("a", 0),
        ("b.txt", 1),
        ("sub/c", 299),
        ("d", 3001),
        ("e", 1000),
    ] {
        let text: Vec<u8> = (0..bytes).map(|i| b"abcab"[i % 5]).collect();
        fs::write(from.join(name), text).unwrap();
    }
    let inputs = || Inputs::from_paths(std::slice::from_ref(&from), None).unwrap();
    let mut archives = Vec::new();
    for threads in [1, 3] {
        let mut out = Vec::new();
        let report = compress(inputs(), &mut out, &setting(), threads, &()).unwrap();
        assert_eq!(report.members, 8);
        assert_eq!(report.bytes, 4301);
        assert_eq!(report.archive_bytes, out.len() as u64);
        archives.push(out);
    }
    assert_eq!(archives[0], archives[1]);

    let listing = list(Cursor::new(&archives[0]), &Limits::default()).unwrap();
    assert!(listing.is_good(), "{listing:?}");
    assert_eq!(listing.bytes(), 4301);
    for pipe in [false, true] {
        let bytes = Cursor::new(archives[0].clone());
        let source = match pipe {
            true => Source::Pipe(Box::new(bytes)),
            false => Source::File(Box::new(bytes)),
        };
        let target = root.path().join(format!("to-{pipe}"));
        let options = ExtractOptions {
            target: target.clone(),
            names: vec![],
            unnamed: b"data".to_vec(),
            replace: false,
            reading: Reading::default(),
            threads: 2,
        };
        let report = extract(source, &options, &()).unwrap();
        assert_eq!((report.members, report.problems), (8, vec![]));
        let name = from.strip_prefix("/").unwrap();
        for file in ["a", "b.txt", "sub/c", "d", "e"] {
            assert_eq!(
                fs::read(from.join(file)).unwrap(),
                fs::read(target.join(name).join(file)).unwrap(),
            );
        }
        assert!(target.join(name).join("sub/empty").is_dir());
    }
}

/// The bytes in each block.
fn cuts(inputs: Inputs) -> Vec<u64> {
    let mut out = Vec::new();
    compress(inputs, &mut out, &setting(), 1, &()).unwrap();
    let listing = list(Cursor::new(&out), &Limits::default()).unwrap();
    assert!(listing.is_good(), "{listing:?}");
    listing.blocks.iter().map(|b| b.bytes).collect()
}

#[test]
fn blocks_are_even_and_none_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    for (bytes, as_pipe, as_file) in [
        (0, vec![0], vec![0]),
        (1, vec![1], vec![1]),
        (999, vec![999], vec![999]),
        (1000, vec![1000], vec![1000]),
        (1001, vec![1000, 1], vec![501, 500]),
        (2000, vec![1000, 1000], vec![1000, 1000]),
        (2001, vec![1000, 1000, 1], vec![501, 501, 501, 498]),
        (3000, vec![1000, 1000, 1000], vec![750, 750, 750, 750]),
    ] {
        let text: Vec<u8> = (0..bytes as usize).map(|i| b"abcab"[i % 5]).collect();
        let pipe = || Inputs::from_reader(b"x", Box::new(Cursor::new(text.clone())));
        assert_eq!(cuts(pipe()), as_pipe, "{bytes}");
        assert_eq!(cuts(pipe().of_length(bytes)), as_file, "{bytes}");
        // A length that was wrong cuts otherwise, and loses nothing.
        let (less, more) = (bytes / 2, bytes * 2);
        assert_eq!(cuts(pipe().of_length(less)).iter().sum::<u64>(), bytes);
        assert_eq!(cuts(pipe().of_length(more)).iter().sum::<u64>(), bytes);
        fs::write(&path, &text).unwrap();
        let file = Inputs::from_paths(std::slice::from_ref(&path), None).unwrap();
        assert_eq!(cuts(file), as_file, "{bytes}");
    }
}
