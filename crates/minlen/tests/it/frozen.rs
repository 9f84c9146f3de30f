//! What must not change unseen: golden archives decode for ever, and sizes move only in reviewed
//! lines.
//!
//! `MINLEN_BLESS=1 cargo test -p minlen --test it frozen` writes `testdata/sizes.csv` anew, and makes
//! the golden archives that are missing. It never touches a golden archive that is there.

use minlen::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn bless() -> bool {
    std::env::var_os("MINLEN_BLESS").is_some()
}

/// Every registered model with every setting that its entry gives as a sample.
fn recipes() -> Vec<String> {
    let mut recipes = Vec::new();
    for entry in models() {
        for settings in entry.samples {
            recipes.push(match *settings {
                "" => entry.name.to_string(),
                settings => format!("{}:{settings}", entry.name),
            });
        }
    }
    recipes
}

/// All files below `folder`, by their path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_path_buf();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn archive_of(data: &[u8], setting: &Setting) -> Vec<u8> {
    let inputs = Inputs::from_reader(b"", Box::new(std::io::Cursor::new(data.to_vec())));
    let mut out = Vec::new();
    compress(inputs, &mut out, setting, 1, &()).unwrap();
    out
}

#[test]
fn sizes_move_only_in_reviewed_lines() {
    let mut lines = vec!["file,bytes,recipe,archive_bytes".to_string()];
    for (name, data) in files(&root().join("examples")) {
        let name = name.display().to_string();
        if name.ends_with(".md") || name.starts_with('.') {
            continue;
        }
        // No level uses `mix`; golden archives hold its bytes.
        for recipe in recipes().iter().filter(|r| !r.starts_with("mix:")) {
            let bytes = archive_of(&data, &Setting::recipe(recipe).unwrap()).len();
            lines.push(format!("{name},{},{recipe},{bytes}", data.len()));
        }
    }
    let now = lines.join("\n") + "\n";
    let place = root().join("testdata/sizes.csv");
    if bless() {
        fs::write(&place, &now).unwrap();
    }
    let then = fs::read_to_string(&place).unwrap_or_default();
    for (now, then) in now.lines().zip(then.lines()) {
        assert_eq!(now, then, "sizes changed; if that is meant: MINLEN_BLESS=1");
    }
    assert_eq!(now.lines().count(), then.lines().count());
}

/// Golden archives of one content.
struct Golden {
    folder: &'static str,
    recipes: Vec<String>,
    block_bytes: u64,
    pack_bytes: u64,
}

fn goldens() -> [Golden; 3] {
    [
        // Several blocks, and members that go on from one to the next.
        Golden {
            folder: "testdata/golden",
            recipes: recipes(),
            block_bytes: 2500,
            pack_bytes: 1000,
        },
        // Text enough for the view `words`: none is written any more.
        Golden {
            folder: "testdata/golden-words",
            recipes: [
                "order:2",
                "mix:default,14",
                "mix:max,17",
                "mix2:default,14",
                "mix2:max,17",
            ]
            .map(String::from)
            .into(),
            block_bytes: 1 << 20,
            pack_bytes: 1 << 20,
        },
        // Text for the view `words-1`.
        Golden {
            folder: "testdata/golden-words-1",
            recipes: [
                "order:2",
                "mix:default,14",
                "mix2:default,14",
                "mix2:max,17",
            ]
            .map(String::from)
            .into(),
            block_bytes: 1 << 20,
            pack_bytes: 1 << 20,
        },
    ]
}

#[test]
fn golden_archives_decode_for_ever() {
    for golden in goldens() {
        decodes_for_ever(&golden);
    }
}

fn decodes_for_ever(golden: &Golden) {
    let recipes = &golden.recipes;
    let folder = root().join(golden.folder);
    let content = files(&folder.join("content"));
    if bless() {
        for recipe in recipes {
            let name = format!("v1-{}.mln", recipe.replace([':', ','], "-"));
            let place = folder.join(name);
            if !place.exists() {
                let setting = Setting {
                    block_bytes: golden.block_bytes,
                    pack_bytes: golden.pack_bytes,
                    ..Setting::recipe(recipe).unwrap()
                };
                std::env::set_current_dir(folder.join("content")).unwrap();
                let inputs = Inputs::from_paths(&[PathBuf::from(".")], None).unwrap();
                let mut out = Vec::new();
                compress(inputs, &mut out, &setting, 1, &()).unwrap();
                fs::write(&place, out).unwrap();
            }
        }
    }
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "mln") {
            continue;
        }
        let target = tempfile::tempdir().unwrap();
        let options = ExtractOptions {
            target: target.path().to_path_buf(),
            names: vec![],
            unnamed: b"data".to_vec(),
            replace: false,
            reading: Reading::default(),
            threads: 1,
        };
        let source = Source::File(Box::new(fs::File::open(&path).unwrap()));
        let report = extract(source, &options, &()).unwrap();
        assert_eq!(report.problems, Vec::<String>::new(), "{}", path.display());
        assert_eq!(files(target.path()), content, "{}", path.display());
        seen += 1;
    }
    assert!(
        seen >= recipes.len(),
        "golden archives are missing: MINLEN_BLESS=1"
    );
}

/// Archives that need a learnt model, or hold one.
const LEARNT: &[(&str, &str, Option<Form>, bool)] = &[
    ("v1-primed.mln", "primed.mlm", None, false),
    ("v1-primed-lines.mln", "primed.mlm", Some(Form::Line), false),
    ("v1-primed-files.mln", "primed.mlm", Some(Form::File), false),
    ("v1-primed-inside.mln", "primed.mlm", Some(Form::Line), true),
    ("v1-advised.mln", "advised.mlm", None, false),
    (
        "v1-advised-lines.mln",
        "advised.mlm",
        Some(Form::Line),
        false,
    ),
    ("v1-net.mln", "net.mlm", None, false),
    ("v1-net-lines.mln", "net.mlm", Some(Form::Line), false),
    // By its hash, as none is written any more; and by its own name.
    ("v1-base.mln", "base", None, false),
    ("v1-base-1.mln", "base", None, false),
    ("v1-base-1-lines.mln", "base", Some(Form::Line), false),
];

/// The same, of more text: the base model reads its words.
const LEARNT_TEXT: &[(&str, &str, Option<Form>, bool)] = &[("v1-base-2.mln", "base", None, false)];

/// A small model of the kind that its name says.
fn small_model(name: &str) -> Vec<u8> {
    let engine: Option<Recipe> = "mix2:fast,12".parse().ok();
    let net = |advises| NetOptions {
        shape: "32,32,16,RW".parse().unwrap(),
        advises,
        budget: NetBudget::Symbols(400_000),
        ..NetOptions::default()
    };
    let (kind, net) = match name {
        "primed.mlm" => (LearnKind::Primed, None),
        "advised.mlm" => (LearnKind::Net, Some(net(engine.clone()))),
        _ => (LearnKind::Net, Some(net(None))),
    };
    let options = LearnOptions {
        kind,
        engine,
        net,
        ..LearnOptions::default()
    };
    let text = fs::read(root().join("examples/shakespeare.txt")).unwrap();
    let text = text[..30_000].to_vec();
    let (model, _) = learn(&[text], None, &options, &mut |_| {}, &()).unwrap();
    model.file().to_vec()
}

#[test]
fn golden_archives_of_learnt_models_decode_for_ever() {
    golden_learnt("golden-learnt", LEARNT);
    golden_learnt("golden-learnt-text", LEARNT_TEXT);
    let text = fs::read(root().join("testdata/golden-learnt-text/v1-base-2.mln")).unwrap();
    assert!(text.windows(6).any(|w| w == b"base:2"));
}

fn golden_learnt(folder: &str, archives: &[(&str, &str, Option<Form>, bool)]) {
    let folder = root().join("testdata").join(folder);
    let content = files(&folder.join("content"));
    assert!(!content.is_empty());
    let model = |name: &str| {
        let place = folder.join(name);
        if bless() && !place.exists() {
            fs::write(&place, small_model(name)).unwrap();
        }
        let file = fs::read(&place).expect("a model is missing: MINLEN_BLESS=1");
        std::sync::Arc::new(Learnt::read(file, &Limits::default()).unwrap())
    };
    for (name, learnt, form, embed) in archives {
        let learnt = match *learnt {
            Learnt::BASE => Learnt::base().clone(),
            name => model(name),
        };
        let setting = Setting::learnt(&learnt);
        let setting = Setting {
            embed: *embed,
            ..match form {
                Some(form) => setting.with_records(*form),
                None => setting,
            }
        };
        // A model in the archive is all that it takes; the base model is at hand everywhere.
        let reading = match *embed || learnt.name() == Learnt::base().name() {
            true => Reading::default(),
            false => setting.reading(),
        };
        let place = folder.join(name);
        if bless() && !place.exists() {
            std::env::set_current_dir(folder.join("content")).unwrap();
            let inputs = Inputs::from_paths(&[PathBuf::from(".")], None).unwrap();
            let mut out = Vec::new();
            compress(inputs, &mut out, &setting, 1, &()).unwrap();
            fs::write(&place, out).unwrap();
        }
        let target = tempfile::tempdir().unwrap();
        let options = ExtractOptions {
            target: target.path().to_path_buf(),
            names: vec![],
            unnamed: b"data".to_vec(),
            replace: false,
            reading,
            threads: 1,
        };
        let file = fs::File::open(&place).expect("an archive is missing: MINLEN_BLESS=1");
        let report = extract(Source::File(Box::new(file)), &options, &()).unwrap();
        assert_eq!(report.problems, Vec::<String>::new(), "{name}");
        assert_eq!(files(target.path()), content, "{name}");
    }
}
