//! Data to try things on.

use minlen_core::Random;
use std::path::Path;

/// Bytes without any pattern.
pub fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..bytes).map(|_| random.next_u64() as u8).collect()
}

/// Text-like bytes: words of a small vocabulary, in lines.
pub fn text(bytes: usize) -> Vec<u8> {
    const WORDS: [&str; 12] = [
        "the ",
        "shortest ",
        "description ",
        "of ",
        "a ",
        "file ",
        "is ",
        "what ",
        "we ",
        "look ",
        "for ",
        "here\n",
    ];
    let mut random = Random::new(1);
    let mut out = Vec::new();
    while out.len() < bytes {
        out.extend_from_slice(WORDS[(random.next_u64() % 12) as usize].as_bytes());
    }
    out.truncate(bytes);
    out
}

/// Inputs of every kind, each of at most `most` bytes, with a name: the hard cases, and the
/// beginnings of the files in the repository's `examples` folder when it is there.
pub fn all(most: usize) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![
        ("empty".into(), vec![]),
        ("one byte".into(), vec![7]),
        ("zeros".into(), vec![0; most]),
        ("noise".into(), noise(most, 5)),
        ("text".into(), text(most)),
        (
            "two symbols".into(),
            noise(most, 6).iter().map(|b| b & 1).collect(),
        ),
    ];
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut files: Vec<_> = std::fs::read_dir(examples)
        .map(|dir| dir.flatten().map(|f| f.path()).collect())
        .unwrap_or_default();
    files.sort();
    for path in files.iter().filter(|path| path.is_file()) {
        let mut bytes = std::fs::read(path).unwrap_or_default();
        bytes.truncate(most);
        all.push((path.display().to_string(), bytes));
    }
    all
}
