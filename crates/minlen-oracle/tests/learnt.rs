//! Golden archives that need learnt models, or hold one.

use minlen_oracle::{Kind, decode, decode_with};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The model files beside the archives, and where time does not matter those that ship.
fn models() -> Vec<Vec<u8>> {
    let folder = root().join("testdata/golden-learnt");
    let names = ["primed.mlm", "net.mlm", "advised.mlm"].map(|name| folder.join(name));
    let bases =
        ["base.mlm", "base-2.mlm"].map(|name| root().join("crates/minlen/src/learnt").join(name));
    let bases = std::env::var_os("MINLEN_LONG").map(|_| bases);
    let paths = names.into_iter().chain(bases.into_iter().flatten());
    paths.map(|path| fs::read(path).unwrap()).collect()
}

fn archive(name: &str) -> Vec<u8> {
    fs::read(root().join("testdata/golden-learnt").join(name)).unwrap()
}

#[test]
fn golden_archives() {
    let models = models();
    let models: Vec<&[u8]> = models.iter().map(Vec::as_slice).collect();
    let folders =
        ["golden-learnt", "golden-learnt-text"].map(|name| root().join("testdata").join(name));
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut archives = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let folder = path.parent().unwrap();
        if path.extension().is_none_or(|e| e != "mln") {
            continue;
        }
        // A step of the net that ships takes milliseconds here.
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("v1-base") && std::env::var_os("MINLEN_LONG").is_none() {
            continue;
        }
        let what = path.display();
        let members = decode_with(&fs::read(&path).unwrap(), &models);
        let members = members.unwrap_or_else(|e| panic!("{what}: {e}"));
        let mut files = 0;
        for member in members.iter().filter(|member| member.kind == Kind::File) {
            let name = String::from_utf8(member.name.clone()).unwrap();
            let content = fs::read(folder.join("content").join(&name)).unwrap();
            assert!(member.content == content, "{what}, {name}");
            files += 1;
        }
        assert!(files >= 1, "{what}");
        archives += 1;
    }
    let least = match std::env::var_os("MINLEN_LONG") {
        None => 8,
        Some(_) => 12,
    };
    assert!(archives >= least, "{archives}");
}

#[test]
fn a_model_that_is_not_at_hand_is_asked_for() {
    let wanted = decode(&archive("v1-primed.mln")).unwrap_err();
    assert!(wanted.contains("is not at hand"), "{wanted}");
    // An archive that holds its model needs no other.
    assert!(decode(&archive("v1-primed-inside.mln")).is_ok());
}

#[test]
fn damaged_models_and_records_are_refused() {
    let [primed, ..] = &models()[..] else {
        panic!("no models")
    };
    let good = archive("v1-primed-lines.mln");
    let members = decode_with(&good, &[primed]).unwrap();
    for byte in (0..primed.len()).step_by(397) {
        let mut bad = primed.clone();
        bad[byte] ^= 1;
        assert!(decode_with(&good, &[&bad]).is_err(), "byte {byte}");
    }
    for byte in (0..good.len()).step_by(61) {
        let mut bad = good.clone();
        bad[byte] ^= 0x10;
        // A code's last bits may be anything, but a check holds those of records.
        if let Ok(read) = decode_with(&bad, &[primed]) {
            assert!(read == members, "byte {byte}");
        }
    }
}
