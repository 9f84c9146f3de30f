//! Studies of small made inputs, as page and as JSON.

use minlen::{Study, StudyOptions, VerdictKind, study};
use minlen_report::{About, from_json, html, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Fast contestants.
fn options() -> StudyOptions {
    StudyOptions {
        models: ["order:0", "order:2", "mix2:fast,12"]
            .map(|m| m.parse().unwrap())
            .to_vec(),
        threads: 2,
        ..StudyOptions::default()
    }
}

fn of(paths: &[&Path]) -> Study {
    let paths: Vec<PathBuf> = paths.iter().map(|p| p.to_path_buf()).collect();
    study(&paths, &options(), &()).unwrap()
}

/// The same study with all times set to 0.
fn timeless(mut study: Study) -> Study {
    study.seconds = 0.0;
    let files = study.files.iter_mut().flat_map(|f| &mut f.scores);
    for score in files.chain(&mut study.total.scores) {
        score.seconds = 0.0;
    }
    study
}

fn noise(n: usize) -> Vec<u8> {
    let mut state = 88172645463325252u64;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

fn prose(n: usize) -> Vec<u8> {
    let words = [
        "the",
        "shortest",
        "description",
        "of",
        "data",
        "says",
        "<b>&",
        "\"how\"",
        "much",
    ];
    let mut text = String::new();
    for (i, byte) in noise(n).into_iter().enumerate() {
        text += words[usize::from(byte) % words.len()];
        text.push(if i % 9 == 8 { '\n' } else { ' ' });
    }
    text.into_bytes()[..n].to_vec()
}

/// A folder with one file of each kind, hostile names among them.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("empty", b"");
    put("one byte", b"x");
    put("zeros", &[0; 50_000]);
    put("noise", &noise(20_000));
    put("prose.txt", &prose(30_000));
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    gzip.extend(noise(20_000));
    put("data.gz", &gzip);
    put(
        "<img src=x onerror=alert(1)>&\"'.txt",
        b"<script>alert(1)</script> </pre> &amp; \"'<!-- ]]> ",
    );
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"\xff\xfe<i>.txt");
        fs::write(folder.path().join(name), prose(3000)).unwrap();
    }
    folder
}

#[test]
fn verdicts_fit_the_data() {
    let folder = folder();
    let study = of(&[folder.path()]);
    let file = |name: &str| study.files.iter().find(|f| f.name == name).unwrap();
    let best = |name: &str| &study.contestants[file(name).best as usize];
    for (name, kind) in [
        ("empty", VerdictKind::Empty),
        ("one byte", VerdictKind::TooSmall),
        ("zeros", VerdictKind::OneValue),
        ("noise", VerdictKind::Random),
        ("prose.txt", VerdictKind::VeryStrong),
        ("data.gz", VerdictKind::Compressed),
    ] {
        let verdict = &file(name).verdict;
        assert_eq!(verdict.kind, kind, "{name}: {}", verdict.words);
    }
    assert_eq!(best("prose.txt").family, "context mixing");
    assert_eq!(best("noise").name, "stored");
    assert!(study.skipped.is_empty());
    assert_eq!(
        study.total.bytes,
        study.files.iter().map(|f| f.bytes).sum::<u64>()
    );
    // What is measured here is what `measure` says.
    for (at, who) in study.contestants.iter().enumerate() {
        let Ok(setting) = minlen::Setting::recipe(&who.name) else {
            continue; // stored, references
        };
        let cost = minlen::measure(&prose(30_000), &setting, None, &())
            .unwrap()
            .cost;
        let bits = cost.units() as f64 / minlen::Cost::UNITS_A_BIT as f64;
        assert_eq!(file("prose.txt").scores[at].bits, bits, "{}", who.name);
    }
    // References compress.
    let xz = study
        .contestants
        .iter()
        .position(|c| c.name == "xz -9e")
        .unwrap();
    assert!(file("zeros").scores[xz].bits < 8.0 * 300.0);
}

#[test]
fn what_was_earned_is_what_was_gained() {
    let folder = folder();
    let study = of(&[folder.path()]);
    let mut seen = 0;
    for file in &study.files {
        let Some(detail) = file.detail.as_ref().filter(|d| !d.earned.is_empty()) else {
            continue;
        };
        let cost = file.scores[detail.model as usize].bits;
        let earned: f64 = detail.earned.iter().map(|e| e.bits).sum();
        assert!((8.0 * file.bytes as f64 - cost - earned).abs() < 1e-3);
        let along: f64 = detail.earned.iter().flat_map(|e| &e.along).sum();
        let stretches = detail.earned[0].along.len() as f64;
        assert!((along / stretches * file.bytes as f64 - earned).abs() < 0.05 * earned);
        seen += 1;
    }
    assert!(seen >= 2);
    let together: f64 = study.total.earned.iter().map(|e| e.bits).sum();
    assert!(together > 0.0);
    let page = html(&study, &About::default());
    assert!(page.matches("What earned the bits</h3>").count() > seen / 2);
}

#[test]
fn a_clear_winner_is_no_tie_and_twins_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prose");
    fs::write(&path, prose(40_000)).unwrap();
    let twins = StudyOptions {
        models: ["order:3", "order:4", "order:0"]
            .map(|m| m.parse().unwrap())
            .to_vec(),
        ..options()
    };
    let study = study(&[path], &twins, &()).unwrap();
    let file = &study.files[0];
    let behind = |i: usize| file.scores[i].behind.as_ref();
    assert!(behind(3).unwrap().low > 0.5, "order:0 is clearly behind");
    assert!(!file.ties.contains(&3) && !file.ties.contains(&file.best));
}

#[test]
fn places_and_excerpts_carry_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("planted");
    let mut data = prose(60_000);
    data[40_032..40_080].copy_from_slice(&noise(48));
    fs::write(&path, &data).unwrap();
    let study = of(&[&path]);
    let detail = study.files[0].detail.as_ref().unwrap();
    assert_eq!(detail.dear[0].offset, 40_032);
    for place in detail
        .cheap
        .iter()
        .chain(&detail.dear)
        .chain(&detail.excerpts)
    {
        let from = place.offset as usize;
        assert_eq!(place.bytes, data[from..from + place.bytes.len()]);
        assert_eq!(place.bytes.len(), place.bits.len());
    }
    let cells = &detail.heat.cells;
    let mean = cells.iter().sum::<f64>() / cells.len() as f64;
    let rate = study.files[0].scores[detail.model as usize].rate;
    assert!((mean - rate).abs() < 0.05, "{mean} {rate}");
}

#[test]
fn json_returns_and_studies_repeat() {
    let folder = folder();
    let (a, b) = (
        timeless(of(&[folder.path()])),
        timeless(of(&[folder.path()])),
    );
    assert_eq!(a, b);
    let one = StudyOptions {
        threads: 1,
        ..options()
    };
    let mut c = timeless(study(&[folder.path().into()], &one, &()).unwrap());
    c.threads = 2;
    assert_eq!(a, c);
    let about = About {
        command: "minlen study 'x'".into(),
        when: String::new(),
    };
    let text = json(&a, &about);
    let back = from_json(&text).unwrap();
    assert_eq!(back.study, a);
    assert_eq!(json(&back.study, &about), text);
    assert_eq!(html(&a, &about), html(&b, &about));
}

#[test]
fn pages_are_whole_and_safe() {
    let folder = folder();
    let hostile = folder.path().join("<img src=x onerror=alert(1)>&\"'.txt");
    let about = About {
        command: "minlen study '<script>'".into(),
        when: String::new(),
    };
    for study in [
        of(&[folder.path()]),
        of(&[&hostile]),
        of(&[&folder.path().join("empty")]),
    ] {
        let page = html(&study, &about);
        check_balance(&page);
        for bad in [
            "<script",
            "<img",
            "onerror=alert(1)>",
            "http:",
            "https:",
            "//",
            "url(h",
            "@import",
        ] {
            assert!(!page.to_lowercase().contains(bad), "{bad}");
        }
        assert!(!page.contains("NaN") && !page.contains("inf%"));
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(study(&[folder.path().join("none")], &options(), &()).is_err());
    let empty = of(&[folder.path()]);
    assert_eq!(
        (empty.files.len(), empty.verdict.kind),
        (0, VerdictKind::Empty)
    );
    check_balance(&html(&empty, &About::default()));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
        let study = of(&[folder.path()]);
        assert_eq!(study.skipped.len(), 1);
        assert!(html(&study, &About::default()).contains("Left out"));
    }
}

#[test]
fn many_files_and_the_kept_archive() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..300 {
        let name = folder.path().join(format!("file {i}"));
        fs::write(name, &prose(400)[..100 + i]).unwrap();
    }
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("report.html"), "no part of the data").unwrap();
    let options = StudyOptions {
        models: vec!["order:2".parse().unwrap()],
        except: Some(out.clone()),
        keep: Some(out.join("best.mln")),
        ..options()
    };
    let study = study(&[folder.path().into()], &options, &()).unwrap();
    assert_eq!(study.files.len(), 300);
    assert_eq!(
        study.files.iter().filter(|f| f.detail.is_some()).count(),
        options.details
    );
    let kept = study.kept.as_ref().unwrap();
    assert_eq!(kept.compared_bytes, study.total.bytes);
    assert_eq!(
        kept.bytes,
        fs::metadata(out.join("best.mln")).unwrap().len()
    );
    check_balance(&html(&study, &About::default()));
}

#[test]
fn a_study_can_be_stopped() {
    struct Stop;
    impl minlen::Watch for Stop {
        fn stop(&self) -> bool {
            true
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), prose(100_000)).unwrap();
    let outcome = study(&[folder.path().into()], &options(), &Stop);
    assert!(matches!(outcome, Err(minlen::Error::Stopped)));
}

/// Every element that is opened is closed, in order; attributes are quoted.
fn check_balance(page: &str) {
    let void = ["meta", "br", "link", "hr"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        assert!(
            !rest[..at].contains('>') || open.last() == Some(&"style"),
            "a bare > in text"
        );
        rest = &rest[at + 1..];
        let end = rest.find('>').expect("an unclosed tag");
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if tag.starts_with('!') {
            continue;
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            let name = tag.split([' ', '/']).next().unwrap_or_default();
            if !void.contains(&name) {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}
