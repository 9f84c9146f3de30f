//! Formats, proposals and pipelines, tried on small data made here.

use flate2::Compression;
use flate2::write::GzEncoder;
use minlen_task::{
    Cache, Error, Example, Ledger, Modality, RunOptions, Split, SplitBy, Stage, Task, Value,
    Winner, Wishes, propose, read, repeat, run, trace,
};
use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn examples(task: &str, folder: &Path) -> Vec<Example> {
    let task = Task::parse(task).unwrap();
    read(&task, &task.data.files, folder).unwrap().examples
}

fn proposed(paths: &[PathBuf], folder: &Path, output: Option<&str>) -> Task {
    let wishes = Wishes {
        output: output.map(str::to_string),
        ..Wishes::default()
    };
    propose(paths, folder, &wishes).unwrap().task
}

fn idx(sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut all = vec![0, 0, 8, sizes.len() as u8];
    sizes.iter().for_each(|s| all.extend(s.to_be_bytes()));
    all.extend(data);
    all
}

fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    samples
        .iter()
        .for_each(|s| writer.write_sample(*s).unwrap());
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn packed_and_wide_text_is_the_same_text() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let table = "in,out\nété,a\nhiver,b\n";
    let wide: Vec<u8> = "\u{feff}"
        .chars()
        .chain(table.chars())
        .flat_map(|c| {
            let mut units = [0; 2];
            c.encode_utf16(&mut units)
                .iter()
                .flat_map(|u| u.to_le_bytes())
                .collect::<Vec<_>>()
        })
        .collect();
    let latin: Vec<u8> = table.chars().map(|c| c as u8).collect();
    let texts = [
        table.as_bytes().to_vec(),
        format!("\u{feff}{table}").into_bytes(),
        gzip(table.as_bytes()),
        wide,
        latin,
    ];
    for text in texts {
        write(folder, "t.csv", text);
        let task = Task::parse(
            "input = [{ field = 'in', kind = 'text' }]\n\
             output = { field = 'out', kind = 'category' }\n\
             data = { files = ['t.csv'], format = 'csv' }",
        )
        .unwrap();
        let found = read(&task, &task.data.files, folder).unwrap();
        assert_eq!(found.examples.len(), 2);
        assert_eq!(found.examples[0].inputs[0], Value::Text("été".into()));
        assert_eq!(found.skipped_count, 0);
    }
}

#[test]
fn bad_rows_are_counted_and_missing_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(
        folder,
        "t.csv",
        "178,2\n1,2,a\n3,x,b\n4,5,c\n6,7\n8,9,\n1,1,d\n",
    );
    let task = "input = [{ field = '1', kind = 'number' }, { field = '2', kind = 'number' }]\n\
                output = { field = '3', kind = 'category' }\n\
                data = { files = ['t.csv'], format = 'csv', header = false }";
    let task = Task::parse(task).unwrap();
    let found = read(&task, &task.data.files, folder).unwrap();
    // The first line is narrower than most, one has a word for a number, one no output.
    assert_eq!((found.examples.len(), found.skipped_count), (3, 4));
    assert!(
        found.skipped[1].contains("\"x\" is no number"),
        "{:?}",
        found.skipped
    );
    let absent = read(&task, &["absent.csv".into()], folder).err().unwrap();
    assert!(absent.to_string().contains("absent.csv"), "{absent}");
}

#[test]
fn quotes_that_stay_open_and_names_that_come_twice_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rows = |wrong: usize, end: &str| -> String {
        let row = |i: usize| match i == wrong {
            true => format!("\"a{i},x{end}\n"),
            false => format!("a{i},\"x\ny\"\n"),
        };
        format!("in,out\n{}", (0..300).map(row).collect::<String>())
    };
    let text = "input = [{ field = 'in', kind = 'text' }]\n\
                output = { field = 'out', kind = 'text' }\n\
                data = { files = ['t.csv'], format = 'csv' }";
    let task = Task::parse(text).unwrap();
    let read = || read(&task, &task.data.files, folder);
    write(folder, "t.csv", rows(999, ""));
    assert_eq!(read().unwrap().examples.len(), 300);
    // Fields with breaks are no fault; a quote that is never closed takes all that follows.
    write(folder, "t.csv", rows(299, ""));
    let found = read().unwrap();
    assert_eq!((found.examples.len(), found.skipped_count), (299, 1));
    assert!(
        found.skipped[0].contains("t.csv:600: a quote is opened"),
        "{:?}",
        found.skipped
    );
    // One that is closed by the next field's opening one.
    write(folder, "t.csv", rows(100, "\"\""));
    let found = read().unwrap();
    assert!(
        found.skipped[0].contains("t.csv:202"),
        "{:?}",
        found.skipped
    );

    write(folder, "t.csv", "in,out,in\na,b,c\nd,e,f\n");
    let told = read().err().unwrap().to_string();
    assert!(told.contains("twice"), "{told}");
    // Tables of pandas have a first column without a name; it is called by its number.
    write(folder, "t.csv", ",in,out\n0,a,b\n1,c,d\n");
    let task = Task::parse(&text.replace("'in'", "'1'")).unwrap();
    let found = minlen_task::read(&task, &task.data.files, folder).unwrap();
    assert_eq!(found.examples[1].inputs[0], Value::Text("1".into()));
}

#[test]
fn what_is_too_little_for_a_task_is_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("hollow")).unwrap();
    for (name, bytes, word) in [
        ("empty.csv", &b""[..], "empty.csv: the file is empty"),
        (
            "noise",
            &[0, 7, 255, 3, 0, 254, 9],
            "noise: its format is not known",
        ),
        ("one.csv", b"a,b\n1,x\n", "one row only"),
        ("none.csv", b"a,b\n", "row"),
        ("hollow", b"", "hollow: there is no file in it"),
    ] {
        let path = folder.join(name);
        if !path.is_dir() {
            write(folder, name, bytes);
        }
        let told = propose(&[path], folder, &Wishes::default()).err().unwrap();
        assert!(told.to_string().contains(word), "{told}");
    }
    // Answers end at a zero byte: one within could never be right.
    write(folder, "t.csv", "in,out\na,b\nc,d\0e\nf,g\n");
    let task = "input = [{ field = 'in', kind = 'text' }]\n\
                output = { field = 'out', kind = 'text' }\n\
                data = { files = ['t.csv'], format = 'csv' }";
    let task = Task::parse(task).unwrap();
    let found = read(&task, &task.data.files, folder).unwrap();
    assert_eq!((found.examples.len(), found.skipped_count), (2, 1));
}

#[test]
fn a_blind_file_without_examples_is_no_reason_to_draw_others() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rows: String = (0..100).map(|i| format!("w{i},{}\n", i % 2)).collect();
    write(folder, "train.csv", format!("in,out\n{rows}"));
    write(folder, "test.csv", "in,out\n");
    let task = Task::parse(
        "input = [{ field = 'in', kind = 'text' }]\n\
         output = { field = 'out', kind = 'category' }\n\
         data = { files = ['train.csv'], blind = ['test.csv'], format = 'csv' }",
    )
    .unwrap();
    let ledger = Ledger::open(&folder.join("ledger")).unwrap();
    let told = run(&task, &ledger, &options(folder)).err().unwrap();
    assert!(told.to_string().contains("[data] blind"), "{told}");
}

#[test]
fn idx_pairs_come_packed_or_not_and_must_agree() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let pixels: Vec<u8> = (0..40).map(|i| (i * 6) as u8).collect();
    let images = write(
        folder,
        "d/train-images-idx3-ubyte.gz",
        gzip(&idx(&[10, 2, 2], &pixels)),
    );
    write(
        folder,
        "d/train-labels-idx1-ubyte",
        idx(&[10], &[3, 1, 3, 1, 3, 1, 3, 1, 3, 1]),
    );
    let task = proposed(&[folder.join("d")], folder, None);
    let kind = Modality::Image {
        width: 2,
        height: 2,
        channels: 1,
    };
    assert_eq!((task.input[0].kind, &*task.output.field), (kind, "label"));
    let found = read(&task, &task.data.files, folder).unwrap().examples;
    assert_eq!(found[1].inputs[0], Value::Blob(pixels[4..8].to_vec()));
    assert_eq!(found[1].output, Value::Text("1".into()));
    write(folder, "d/train-labels-idx1-ubyte", idx(&[9], &[0; 9]));
    assert!(read(&task, &task.data.files, folder).is_err());
    fs::remove_file(images).unwrap();
    assert!(read(&task, &task.data.files, folder).is_err());
}

#[test]
fn folders_give_sounds_and_images_by_names_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for digit in 0..3 {
        for take in 0..6 {
            let name = format!("s/{digit}_ann_{take}.wav");
            write(
                folder,
                &name,
                wav(8000, 2, &[digit * 100, digit * 100 + 50, 7, 9]),
            );
        }
    }
    let wishes = Wishes {
        pattern: Some("{digit}_{who}_{take}.wav".into()),
        blind: Some(("take".into(), vec!["0".into()])),
        ..Wishes::default()
    };
    let proposal = propose(&[folder.join("s")], folder, &wishes).unwrap();
    let task = proposal.task;
    assert_eq!(task.output.field, "digit");
    assert_eq!(task.input[0].kind, Modality::Sound { rate: 8000 });
    assert_eq!(
        (task.split.by, &task.split.values),
        (SplitBy::Given, &vec!["0".to_string()])
    );
    write(folder, "s/1_ann_9.wav", wav(16000, 1, &[1, 2]));
    write(folder, "s/1_ann.wav", wav(8000, 1, &[1, 2]));
    let found = read(&task, &task.data.files, folder).unwrap();
    assert_eq!((found.examples.len(), found.skipped_count), (18, 2));
    assert!(
        found.skipped.iter().any(|s| s.contains("16000")),
        "{:?}",
        found.skipped
    );
    // Two channels become their mean.
    let last = &found.examples[17].inputs[0];
    assert_eq!(
        *last,
        Value::Blob([225i16.to_le_bytes(), 8i16.to_le_bytes()].concat())
    );

    for (i, class) in ["dark", "bright"].iter().enumerate() {
        for n in 0..4 {
            let grey = [40 + 150 * i as u8 + n; 6];
            let image = [b"P5\n3 2\n255\n".as_slice(), &grey].concat();
            write(folder, &format!("p/{class}/{n}.pgm"), image);
        }
    }
    let task = proposed(&[folder.join("p")], folder, None);
    assert_eq!(task.output.field, "folder");
    let found = read(&task, &task.data.files, folder).unwrap().examples;
    assert_eq!(found.len(), 8);
    assert_eq!(found[0].inputs[0], Value::Blob(vec![190; 6]));
}

#[test]
fn labelled_lines_pairs_records_and_tunes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lines: String = (0..60)
        .map(|i| format!("L{} what is {i}{} then ?\n", i % 3, [",", ""][i % 2]))
        .collect();
    let path = write(folder, "q.train.all", lines);
    let task = proposed(&[path], folder, None);
    assert_eq!(
        (&*task.input[0].field, &*task.output.field),
        ("text", "label")
    );
    assert_eq!(task.output.kind, Modality::Category);
    let found = read(&task, &task.data.files, folder).unwrap().examples;
    assert_eq!(found[4].inputs[0], Value::Text("what is 4, then ?".into()));

    let one = write(folder, "a.en", "one house\ntwo trees\n");
    let two = write(folder, "a.fr", "une maison\ndeux arbres\n");
    let task = proposed(&[one, two.clone()], folder, None);
    let found = read(&task, &task.data.files, folder).unwrap().examples;
    assert_eq!(found[1].output, Value::Text("deux arbres".into()));
    fs::write(two, "une maison\n").unwrap();
    assert!(
        read(&task, &task.data.files, folder).is_err(),
        "out of step"
    );

    let bin = write(folder, "r.bin", (0..48).collect::<Vec<u8>>());
    let index = write(folder, "r.index.tsv", "0\ta b\n1\tc d\n2\te f\n3\tg h\n");
    let task = proposed(&[bin, index], folder, Some("2"));
    let found = read(&task, &task.data.files, folder).unwrap().examples;
    assert_eq!(found[1].inputs[0], Value::Blob((12..24).collect()));
    assert_eq!(found[1].output, Value::Text("c d".into()));

    write(
        folder,
        "t.abc",
        "%x\n\nX:1\nT:One\nR:jig\nM:6/8\nK:G\nGAB|\n\nX:2\nT:Two\nK:D\nd2|\n",
    );
    let found = examples(
        "input = [{ field = 'title', kind = 'text' }]\noutput = { field = 'abc', kind = 'abc' }\n\
         data = { files = ['t.abc'], format = 'abc' }",
        folder,
    );
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].output, Value::Text("M:6/8\nK:G\nGAB|".into()));
}

#[test]
fn tables_are_proposed_with_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut train = String::from("id,when,shape,size,same,note,class\n");
    let mut test = train.clone();
    for i in 0..120 {
        let row = format!(
            "r{i},2020-01-{:02},{},{:.1},x,this is remark number {i} of all,{}",
            1 + i % 28,
            ["round", "square"][i % 2],
            i as f64 * 1.5,
            ["low", "high"][i / 60]
        );
        match i % 3 {
            0 => test += &(row + ".\n"),
            _ => train += &(row + "\n"),
        }
    }
    let train = write(folder, "x-train.csv", train);
    let test = write(folder, "x-test.csv", test);
    let task = proposed(&[train, test], folder, None);
    let fields: Vec<&str> = task.input.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(fields, ["shape", "size", "note"]);
    let kinds: Vec<Modality> = task.input.iter().map(|f| f.kind).collect();
    assert_eq!(
        kinds,
        [Modality::Category, Modality::Number, Modality::Text]
    );
    assert_eq!((&*task.output.field, &*task.data.trim), ("class", "."));
    assert_eq!(task.data.blind, [PathBuf::from("x-test.csv")]);
    let blind = read(&task, &task.data.blind, folder).unwrap().examples;
    assert_eq!(blind[0].output, Value::Text("low".into()));

    let plain: String = (0..50).map(|i| format!("{};{}\n", i, 3 * i % 7)).collect();
    let plain = write(folder, "plain.csv", plain);
    let task = proposed(&[plain], folder, None);
    assert!(!task.data.header);
    assert_eq!(task.split, Split::default());
}

const DATES: &str = "
input = [{ field = 'in', kind = 'text' }]
output = { field = 'out', kind = 'text' }
metric = 'exact'
data = { files = ['d.csv'], format = 'csv' }
[contest]
contestants = ['pipeline', 'rules']
[[pipeline]]
name = 'parts'
kind = 'capture'
pattern = '^(?P<d>\\d+) (?P<m>\\w+) (?P<y>\\d+)$'
[[pipeline]]
name = 'month'
kind = 'lookup'
from = 'parts.m'
table = { Jan = '1', Feb = '2', Mar = '3' }
tests = [{ given = 'Mar', gives = '3' }, { given = 'May' }]
[[pipeline]]
name = 'late'
kind = 'arithmetic'
from = ['parts.y', 'month']
code = 'parts_y * 12.0 + month'
[[pipeline]]
name = 'date'
kind = 'join'
template = '{parts.y}-{month:02}-{parts.d:02}'
";

fn options(folder: &Path) -> RunOptions<'static> {
    RunOptions {
        name: "none".into(),
        folder: folder.to_path_buf(),
        out: folder.join("run"),
        threads: 1,
        stage: &|_| (),
        watch: &(),
    }
}

fn dates(folder: &Path) {
    let months = ["Jan", "Feb", "Mar"];
    let rows: String = (0..300)
        .map(|i| {
            let (d, m, y) = (1 + i % 28, i % 3, 1950 + i);
            format!("{d} {} {y},{y}-{:02}-{d:02}\n", months[m], m + 1)
        })
        .collect();
    write(folder, "d.csv", format!("in,out\n{rows}"));
}

#[test]
fn only_successors_of_a_changed_module_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    dates(folder);
    let task = Task::parse(DATES).unwrap();
    let mut cache = Cache::default();
    let kept = |task: &Task, cache: &mut Cache| -> Vec<bool> {
        let one = serde_json::json!("5 Mar 2024");
        let done = trace(task, Some(&one), cache, &options(folder)).unwrap();
        let steps = &done[0].1;
        assert_eq!(
            steps.last().unwrap().made[0].1.as_deref(),
            Some("2024-03-05")
        );
        assert_eq!(steps[2].made[0].1.as_deref(), Some("24291"));
        steps.iter().map(|s| s.kept).collect()
    };
    assert_eq!(kept(&task, &mut cache), [false; 4]);
    assert_eq!(kept(&task, &mut cache), [true; 4]);
    // Another table with the same result: it runs, and what follows need not.
    let other = Task::parse(&DATES.replace("Jan = '1'", "Jan = '01'")).unwrap();
    assert_eq!(kept(&other, &mut cache), [true, false, true, true]);
    let other = Task::parse(&DATES.replace("parts_y * 12.0 + month", "month + 12.0 * parts_y"));
    assert_eq!(kept(&other.unwrap(), &mut cache), [true, true, false, true]);
}

#[test]
fn modules_are_checked_before_they_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    dates(folder);
    for (right, wrong, word) in [
        ("gives = '3'", "gives = '4'", "fails its test"),
        ("from = 'parts.m'", "from = 'parts.z'", "parts.z"),
        ("parts_y * 12.0", "parts_y * * 12.0", "late"),
        ("(?P<d>", "(?P<d", "parts"),
        ("name = 'late'", "name = 'month'", "already"),
    ] {
        let task = Task::parse(&DATES.replace(right, wrong)).unwrap();
        let one = serde_json::json!("5 Mar 2024");
        let told = trace(&task, Some(&one), &mut Cache::default(), &options(folder))
            .err()
            .unwrap();
        assert!(told.to_string().contains(word), "{told}");
    }
}

#[test]
fn what_another_run_has_learnt_is_not_taken_for_this_ones() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    dates(folder);
    let text = DATES.replace("'pipeline', 'rules'", "'rules'");
    let ledger = Ledger::open(&folder.join("ledger")).unwrap();
    let ran = |text: &str| run(&Task::parse(text).unwrap(), &ledger, &options(folder)).unwrap();
    ran(&text);
    let out = folder.join("run");
    assert!(Winner::load(&out, None).is_ok());
    // Another run of the task, with a change in it, was stopped before its end.
    fs::write(out.join("rules.model"), "what it has learnt").unwrap();
    let told = Winner::load(&out, None).err().unwrap().to_string();
    assert!(told.contains("another run"), "{told}");
    // A run brings both together again, and takes nothing for done that is not.
    let again = ran(&text);
    assert!(!again.standings[0].resumed);
    assert!(Winner::load(&out, None).is_ok());
}

#[test]
fn a_run_answers_explains_and_repeats_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    dates(folder);
    let task = Task::parse(DATES).unwrap();
    let ledger = Ledger::open(&folder.join("ledger")).unwrap();
    let shared = RefCell::new(None);
    let options = RunOptions {
        stage: &|stage| {
            if let Stage::Checked(check) = stage {
                *shared.borrow_mut() = check.shared;
            }
        },
        ..options(folder)
    };
    let outcome = run(&task, &ledger, &options).unwrap();
    assert!(shared.borrow().unwrap().any());
    let names: Vec<&str> = outcome
        .standings
        .iter()
        .map(|s| s.contestant.as_str())
        .collect();
    assert_eq!(names.len(), 2, "{:?}", outcome.declined);
    for standing in &outcome.standings {
        assert_eq!(standing.blind.value, 1.0, "{}", standing.contestant);
        assert!(standing.blind.bits.unwrap() < 2.0 * standing.blind.examples as f64);
        let mut one = Winner::load(&options.out, Some(&standing.contestant)).unwrap();
        let inputs = one
            .inputs(&serde_json::json!({"in": "7 Feb 1999"}), folder)
            .unwrap();
        let train = one.train(folder).unwrap();
        let told = one.explain(&inputs, &train).unwrap();
        assert_eq!(told.reply.answer, Value::Text("1999-02-07".into()));
        assert!(!told.evidence.is_empty());
        assert_eq!(told.nearest.len(), 5);
        assert!(told.nearest.windows(2).all(|w| w[0].alike >= w[1].alike));
        assert!(told.nearest[0].alike > 0.0 && told.nearest[0].alike <= 1.0 + 1e-9);
    }
    for entry in ledger.entries().unwrap() {
        let again = repeat(&entry, &ledger, &options).unwrap();
        assert!(again.same_model && again.same_score, "{}", entry.contestant);
    }
    // The data change: the numbers of before cannot be had again.
    write(
        folder,
        "d.csv",
        "in,out\n1 Jan 2000,2000-01-01\n2 Jan 2000,2000-01-02\n",
    );
    let entry = ledger.entry(1).unwrap().unwrap();
    assert!(repeat(&entry, &ledger, &options).is_err());
}

#[test]
fn a_task_that_shares_nothing_stops_before_training_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let stir = |i: u64, seed: u64| {
        let hash = (i * 2 + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(seed);
        (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
    };
    let rows: String = (0..600)
        .map(|i| format!("{},{}\n", stir(i, 1) % 1000, stir(i, 77) % 2))
        .collect();
    write(folder, "d.csv", format!("in,out\n{rows}"));
    let task = "input = [{ field = 'in', kind = 'number' }]\n\
                output = { field = 'out', kind = 'category' }\n\
                data = { files = ['d.csv'], format = 'csv' }\n\
                contest = { contestants = ['majority'] }";
    let mut task = Task::parse(task).unwrap();
    let ledger = Ledger::open(&folder.join("ledger")).unwrap();
    let options = options(folder);
    let told = run(&task, &ledger, &options).err().unwrap();
    assert!(
        matches!(&told, Error::Usage(what) if what.contains("share nothing")),
        "{told}"
    );
    assert_eq!(ledger.entries().unwrap().len(), 0);
    task.contest.force = true;
    run(&task, &ledger, &options).unwrap();
}
