//! Parquet, written by its own library and read as tasks.

use minlen_task::{Error, Modality, Task, Value, Wishes, propose, read};
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

const SCHEMA: &str = "message fruits {
    optional double size;
    required int32 day (DATE);
    optional boolean ripe;
    optional group place { optional binary town (UTF8); }
    required int64 price (DECIMAL(9, 2));
    required binary photo;
    repeated int32 tags;
    required binary shape (UTF8);
}";

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

fn column<T: parquet::data_type::DataType>(
    group: &mut Group,
    values: &[T::T],
    levels: Option<(&[i16], &[i16])>,
) {
    let mut column = group.next_column().unwrap().unwrap();
    let (defined, repeated) = levels.map_or((None, None), |(d, r)| (Some(d), Some(r)));
    let typed = column.typed::<T>();
    typed.write_batch(values, defined, repeated).unwrap();
    column.close().unwrap();
}

/// Two groups of 60 rows each: every third size, and every fifth town, is not there.
fn fruits(codec: Compression) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = WriterProperties::builder().set_compression(codec).build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for first in [0, 60] {
        let rows = || first..first + 60;
        let there = |step: i32, most: i16| -> Vec<i16> {
            let level = |i: i32| if i % step == 0 { 0 } else { most };
            rows().map(level).collect()
        };
        let words = |of: &dyn Fn(i32) -> String| -> Vec<ByteArray> {
            rows().map(|i| of(i).into_bytes().into()).collect()
        };
        let none = vec![0; 60];
        let mut group = file.next_row_group().unwrap();
        let sizes = rows().filter(|i| i % 3 != 0).map(|i| f64::from(i) / 4.0);
        let sizes: Vec<f64> = sizes.collect();
        column::<DoubleType>(&mut group, &sizes, Some((&there(3, 1), &none)));
        let days: Vec<i32> = rows().map(|i| 19_787 + i % 7).collect();
        column::<Int32Type>(&mut group, &days, None);
        let ripe: Vec<bool> = rows().map(|i| i % 2 == 0).collect();
        column::<BoolType>(&mut group, &ripe, Some((&[1; 60], &none)));
        let mut towns = words(&|i| ["Ulm", "Köln"][i as usize % 2].to_string());
        let mut at = first..;
        towns.retain(|_| at.next().unwrap() % 5 != 0);
        column::<ByteArrayType>(&mut group, &towns, Some((&there(5, 2), &none)));
        let prices: Vec<i64> = rows().map(|i| 100 + i64::from(i) * 5).collect();
        column::<Int64Type>(&mut group, &prices, None);
        column::<ByteArrayType>(&mut group, &words(&|_| "\u{1}".into()), None);
        let tags: Vec<i32> = (0..60).flat_map(|i| [i, i + 1]).collect();
        let starts: Vec<i16> = (0..120).map(|i| i % 2).collect();
        column::<Int32Type>(&mut group, &tags, Some((&[1; 120], &starts)));
        let shapes = words(&|i| ["round", "long"][(i % 4) as usize / 2].to_string());
        column::<ByteArrayType>(&mut group, &shapes, None);
        group.close().unwrap();
    }
    file.into_inner().unwrap()
}

const TASK: &str = "
input = [{ field = 'size', kind = 'number' }, { field = 'day', kind = 'text' },
    { field = 'ripe', kind = 'category' }, { field = 'place.town', kind = 'category' },
    { field = 'price', kind = 'number' }]
output = { field = 'shape', kind = 'category' }
data = { files = ['x.parquet'], format = 'parquet' }";

fn write(folder: &Path, bytes: &[u8]) -> Task {
    fs::write(folder.join("x.parquet"), bytes).unwrap();
    Task::parse(TASK).unwrap()
}

#[test]
fn every_codec_gives_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
    ] {
        let task = write(folder, &fruits(codec));
        let found = read(&task, &task.data.files, folder).unwrap();
        assert_eq!((found.examples.len(), found.skipped_count), (120, 0));
        let text = |s: &str| Value::Text(s.to_string());
        let inputs = |i: usize| &found.examples[i].inputs;
        assert_eq!(
            inputs(61)[..],
            [
                Value::Number(15.25),
                text("2024-03-10"),
                text("false"),
                text("Köln"),
                Value::Number(4.05)
            ]
        );
        assert_eq!(inputs(60)[0], Value::Missing);
        assert_eq!(inputs(60)[3], Value::Missing);
        assert_eq!(found.examples[2].output, text("long"));
        assert!(found.examples[61].id.ends_with("x.parquet:62"));
    }
}

#[test]
fn what_is_no_field_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, &fruits(Compression::SNAPPY));
    let path = folder.join("x.parquet");
    let proposal = propose(&[path], folder, &Wishes::default()).unwrap();
    assert_eq!(proposal.rows, 120);
    let task = proposal.task;
    let kinds: Vec<(&str, Modality)> = task.input.iter().map(|f| (&*f.field, f.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("size", Modality::Number),
            ("ripe", Modality::Category),
            ("place.town", Modality::Category),
            ("shape", Modality::Category)
        ]
    );
    assert_eq!(task.output.field, "price");
    assert!(
        proposal.toml.contains("# Left out: lists"),
        "{}",
        proposal.toml
    );
    for (field, why) in [("photo", "bytes"), ("tags", "lists"), ("height", "shape")] {
        let task = Task::parse(&TASK.replace("place.town", field)).unwrap();
        let told = read(&task, &task.data.files, folder).err().unwrap();
        assert!(told.to_string().contains(why), "{told}");
    }
}

#[test]
fn damaged_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let whole = fruits(Compression::SNAPPY);
    let tried = |bytes: &[u8]| {
        let task = write(folder, bytes);
        let path = folder.join("x.parquet");
        let read = catch_unwind(AssertUnwindSafe(|| {
            let _ = propose(&[path], folder, &Wishes::default());
            read(&task, &task.data.files, folder)
        }));
        let read = read.expect("no panic gets out");
        if let Err(e) = &read {
            assert!(matches!(e, Error::Data { .. } | Error::Usage(_)), "{e:?}");
            assert!(
                e.to_string().contains("x.parquet") || e.to_string().contains("rows"),
                "{e}"
            );
        }
        read.is_err()
    };
    for end in (0..whole.len()).step_by(97) {
        assert!(tried(&whole[..end]), "cut to {end}");
    }
    let mut refused = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        refused += usize::from(tried(&bytes));
    }
    // Pages have no checksums: some damage makes another table.
    assert!(refused > whole.len() / 10, "{refused} of {}", whole.len());
}
