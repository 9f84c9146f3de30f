//! Parquet, as pandas, DuckDB and Spark write tables: column by column.
//!
//! A field is a column with at most one value a row; those inside others are called `outer.inner`.
//! What stands there becomes text, as it would stand in a CSV: dates as 2024-03-05, times of day as
//! 07:05:00, both joined by a T.

use super::{Cell, Row, Sink, find, io};
use crate::Error;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use std::fs::File;
use std::io::{Error as IoError, ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// How a file begins, and ends.
pub(crate) const MAGIC: &[u8; 4] = b"PAR1";

/// A column: its name, and what its values mean, or why it cannot be a field.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) meaning: Result<Meaning, &'static str>,
}

/// What the values of a column mean.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Meaning {
    /// Numbers and yes or no, as they are.
    Plain,
    /// Whole numbers without a sign.
    Unsigned,
    /// Whole numbers, so many of whose digits are behind the point.
    Decimal(u32),
    Text,
    /// Days since 1970.
    Date,
    /// Time since midnight, in units of so many nanoseconds.
    Clock(i64),
    /// Time since 1970, in units of so many nanoseconds.
    Moment(i64),
    Uuid,
    /// A number of 16 bits.
    Half,
}

/// Rows that are read at a time.
const BATCH: usize = 4096;

/// Reads a table row by row.
pub(super) fn read(path: &Path, names: &[&str], sink: &mut Sink) -> Result<(), Error> {
    let file = open(path)?;
    let columns = columns_of(path, &file)?;
    let have: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let mut fields = Vec::new();
    for name in names {
        let at = find(path, &have, name)?;
        let meaning = columns[at].meaning.map_err(|why| {
            let path = path.display();
            Error::Usage(format!("{path}: the field {name:?} has {why}"))
        })?;
        fields.push((at, meaning));
    }
    let mut number = 0;
    for group in 0..file.num_row_groups() {
        let mut readers = guard(path, || {
            let group = file.get_row_group(group)?;
            let reader = |(at, _): &(usize, Meaning)| group.get_column_reader(*at);
            fields.iter().map(reader).collect::<Result<Vec<_>, _>>()
        })?;
        loop {
            let mut cells = Vec::with_capacity(fields.len());
            for ((at, meaning), reader) in fields.iter().zip(&mut readers) {
                let most = file.metadata().file_metadata().schema_descr();
                let most = most.column(*at).max_def_level();
                let batch = guard(path, || batch(reader, *meaning, most))?;
                cells.push(batch.into_iter());
            }
            let rows = cells.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
            if cells.iter().any(|c| c.len() != rows) {
                return Err(damaged(path, "its columns have not as many rows"));
            }
            if rows == 0 {
                break;
            }
            for _ in 0..rows {
                number += 1;
                let id = format!("{}:{number}", path.display());
                let cells = cells.iter_mut().filter_map(Iterator::next).collect();
                sink(Ok(Row { id, cells }))?;
            }
        }
    }
    Ok(())
}

/// The columns of a file.
pub(crate) fn columns(path: &Path) -> Result<Vec<Column>, Error> {
    columns_of(path, &open(path)?)
}

fn open(path: &Path) -> Result<SerializedFileReader<File>, Error> {
    let mut file = File::open(path).map_err(io("read", path))?;
    let mut start = [0; 4];
    if file.read_exact(&mut start).is_err() || start != *MAGIC {
        let path = path.display();
        return Err(Error::Usage(format!("{path} is no Parquet file")));
    }
    guard(path, || SerializedFileReader::new(file))
}

fn columns_of(path: &Path, file: &SerializedFileReader<File>) -> Result<Vec<Column>, Error> {
    guard(path, || {
        let schema = file.metadata().file_metadata().schema_descr();
        let columns = schema.columns().iter().map(|column| {
            let meaning = meaning(column);
            // What lists are made of is called `tags.list.element`: people know it as `tags`.
            let name = match column.path().parts() {
                [root, ..] if column.max_rep_level() > 0 => root.clone(),
                _ => column.path().string(),
            };
            Column { name, meaning }
        });
        Ok(columns.collect())
    })
}

/// Runs a piece of the crate. It is not written against damaged files: some make it panic.
fn guard<T>(path: &Path, run: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Error> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(ParquetError::External(e))) => match e.downcast::<IoError>() {
            Ok(e) if e.kind() == ErrorKind::UnexpectedEof => {
                Err(damaged(path, "it ends too early"))
            }
            Ok(e) => Err(io("read", path)(*e)),
            Err(e) => Err(damaged(path, &e.to_string())),
        },
        Ok(Err(e)) => Err(damaged(path, &e.to_string())),
        Err(_) => Err(damaged(path, "it makes no sense")),
    }
}

fn damaged(path: &Path, what: &str) -> Error {
    let what = minlen::DataError::Damaged(format!("Parquet: {what}"));
    Error::from(what).about(path)
}

/// What a column's values mean, or what it is that cannot be read.
fn meaning(column: &ColumnDescriptor) -> Result<Meaning, &'static str> {
    if column.max_rep_level() > 0 {
        return Err("lists: a field has one value a row");
    }
    let nanos = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 1_000_000,
        TimeUnit::MICROS => 1000,
        TimeUnit::NANOS => 1,
    };
    let decimal = |scale: i32| match u32::try_from(scale) {
        Ok(scale @ 0..=38) => Ok(Meaning::Decimal(scale)),
        _ => Err("numbers with more digits than can be read"),
    };
    // What newer files say, and then what older ones do.
    match column.logical_type_ref() {
        Some(LogicalType::String | LogicalType::Enum | LogicalType::Json) => Ok(Meaning::Text),
        Some(LogicalType::Decimal(of)) => decimal(of.scale),
        Some(LogicalType::Date) => Ok(Meaning::Date),
        Some(LogicalType::Time(of)) => Ok(Meaning::Clock(nanos(&of.unit))),
        Some(LogicalType::Timestamp(of)) => Ok(Meaning::Moment(nanos(&of.unit))),
        Some(LogicalType::Integer(of)) if !of.is_signed => Ok(Meaning::Unsigned),
        Some(LogicalType::Integer(_)) => Ok(Meaning::Plain),
        Some(LogicalType::Uuid) => Ok(Meaning::Uuid),
        Some(LogicalType::Float16) => Ok(Meaning::Half),
        Some(LogicalType::Unknown) | None => match column.converted_type() {
            ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => Ok(Meaning::Text),
            ConvertedType::DECIMAL => decimal(column.type_scale()),
            ConvertedType::DATE => Ok(Meaning::Date),
            ConvertedType::TIME_MILLIS => Ok(Meaning::Clock(1_000_000)),
            ConvertedType::TIME_MICROS => Ok(Meaning::Clock(1000)),
            ConvertedType::TIMESTAMP_MILLIS => Ok(Meaning::Moment(1_000_000)),
            ConvertedType::TIMESTAMP_MICROS => Ok(Meaning::Moment(1000)),
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64 => Ok(Meaning::Unsigned),
            ConvertedType::INTERVAL => Err("stretches of time, which are not known"),
            _ => match column.physical_type() {
                Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => {
                    Err("bytes that need not be text: write it as strings, or as files")
                }
                Physical::INT96 => Ok(Meaning::Moment(1)),
                _ => Ok(Meaning::Plain),
            },
        },
        Some(_) => Err("values of a kind that is not known"),
    }
}

/// The next rows of a column, where a definition level below `most` says that nothing is there.
fn batch(
    reader: &mut ColumnReader,
    meaning: Meaning,
    most: i16,
) -> Result<Vec<Cell>, ParquetError> {
    use ColumnReader as R;
    let bytes = |b: &[u8]| of_bytes(b, meaning);
    match reader {
        R::BoolColumnReader(r) => typed(r, most, |b| Cell::Text(b.to_string())),
        R::Int32ColumnReader(r) => typed(r, most, |n| match meaning {
            Meaning::Unsigned => Cell::Text((*n as u32).to_string()),
            _ => of_whole((*n).into(), meaning),
        }),
        R::Int64ColumnReader(r) => typed(r, most, |n| match meaning {
            Meaning::Unsigned => Cell::Text((*n as u64).to_string()),
            _ => of_whole((*n).into(), meaning),
        }),
        R::Int96ColumnReader(r) => typed(r, most, |n| of_whole(n.to_nanos().into(), meaning)),
        R::FloatColumnReader(r) => typed(r, most, |n| Cell::Text(n.to_string())),
        R::DoubleColumnReader(r) => typed(r, most, |n| Cell::Text(n.to_string())),
        R::ByteArrayColumnReader(r) => typed(r, most, |b| bytes(b.data())),
        R::FixedLenByteArrayColumnReader(r) => typed(r, most, |b| bytes(b.data())),
    }
}

fn typed<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    most: i16,
    cell: impl Fn(&T::T) -> Cell,
) -> Result<Vec<Cell>, ParquetError> {
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let told = (most > 0).then_some(&mut levels);
    reader.read_records(BATCH, told, None, &mut values)?;
    if most == 0 {
        return Ok(values.iter().map(cell).collect());
    }
    let mut values = values.iter();
    let cells = levels.iter().map(|level| {
        let there = (*level == most).then(|| values.next()).flatten();
        there.map_or(Cell::Nothing, &cell)
    });
    Ok(cells.collect())
}

/// A whole number, as what it means.
fn of_whole(n: i128, meaning: Meaning) -> Cell {
    const DAY: i128 = 86_400_000_000_000;
    let clock = |nanos: i128| {
        let time = jiff::civil::Time::midnight();
        time.checked_add(jiff::SignedDuration::from_nanos(nanos as i64))
            .ok()
    };
    let date = |days: i128| {
        let days = jiff::Span::new().try_days(i64::try_from(days).ok()?).ok()?;
        jiff::civil::date(1970, 1, 1).checked_add(days).ok()
    };
    let text = match meaning {
        Meaning::Decimal(scale) => Some(decimal(n, scale)),
        Meaning::Date => date(n).map(|d| d.to_string()),
        Meaning::Clock(unit) => Some(n * i128::from(unit))
            .filter(|nanos| (0..DAY).contains(nanos))
            .and_then(clock)
            .map(|t| t.to_string()),
        Meaning::Moment(unit) => {
            let nanos = n * i128::from(unit);
            let both = date(nanos.div_euclid(DAY)).zip(clock(nanos.rem_euclid(DAY)));
            both.map(|(date, time)| date.to_datetime(time).to_string())
        }
        _ => Some(n.to_string()),
    };
    // A day before the year −9999 is no date: it stays the number that it was.
    Cell::Text(text.unwrap_or_else(|| n.to_string()))
}

/// A whole number with a point before its last `scale` digits.
fn decimal(n: i128, scale: u32) -> String {
    let scale = scale as usize;
    let sign = if n < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", n.unsigned_abs(), scale + 1);
    match digits.split_at(digits.len() - scale) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, rest) => format!("{sign}{whole}.{rest}"),
    }
}

/// Bytes, as what they mean.
fn of_bytes(bytes: &[u8], meaning: Meaning) -> Cell {
    match meaning {
        Meaning::Decimal(_) if bytes.len() <= 16 => {
            // Big-endian, the sign drawn out to the left.
            let fill = if bytes.first().is_some_and(|b| *b >= 0x80) {
                0xff
            } else {
                0
            };
            let mut whole = [fill; 16];
            whole[16 - bytes.len()..].copy_from_slice(bytes);
            of_whole(i128::from_be_bytes(whole), meaning)
        }
        Meaning::Uuid if bytes.len() == 16 => {
            let hex: Vec<String> = bytes.iter().map(|b| format!("{b:02x}")).collect();
            let parts = [0..4, 4..6, 6..8, 8..10, 10..16];
            Cell::Text(parts.map(|p| hex[p].concat()).join("-"))
        }
        Meaning::Half if bytes.len() == 2 => {
            Cell::Text(half(u16::from_le_bytes([bytes[0], bytes[1]])).to_string())
        }
        Meaning::Text => Cell::of(bytes),
        _ => Cell::Nothing,
    }
}

/// A number of IEEE 754's binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, part) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => part * 2f64.powi(-24),
        31 if part == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + part) * 2f64.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cell: Cell) -> String {
        match cell {
            Cell::Text(text) => text,
            _ => String::new(),
        }
    }

    #[test]
    fn whole_numbers_become_what_they_mean() {
        for (n, meaning, as_text) in [
            (-5, Meaning::Decimal(2), "-0.05"),
            (12345, Meaning::Decimal(2), "123.45"),
            (7, Meaning::Decimal(0), "7"),
            (-1, Meaning::Date, "1969-12-31"),
            (19_787, Meaning::Date, "2024-03-05"),
            (25_500_000, Meaning::Clock(1_000_000), "07:05:00"),
            (
                i128::from(i64::MAX),
                Meaning::Clock(1_000_000),
                "9223372036854775807",
            ),
            (-1, Meaning::Moment(1_000_000), "1969-12-31T23:59:59.999"),
            (
                i128::from(i64::MIN),
                Meaning::Moment(1_000_000),
                "-9223372036854775808",
            ),
            (i128::from(i64::MAX), Meaning::Date, "9223372036854775807"),
        ] {
            assert_eq!(text(of_whole(n, meaning)), as_text);
        }
    }

    #[test]
    fn bytes_become_what_they_mean() {
        assert_eq!(text(of_bytes(&[0xff, 0x85], Meaning::Decimal(1))), "-12.3");
        let uuid: Vec<u8> = (0..16).collect();
        let as_text = "00010203-0405-0607-0809-0a0b0c0d0e0f";
        assert_eq!(text(of_bytes(&uuid, Meaning::Uuid)), as_text);
        for (bits, number) in [(0x3c00, 1.0), (0xc000, -2.0), (0x0001, 2f64.powi(-24))] {
            assert_eq!(half(bits), number);
        }
        assert!(half(0x7e00).is_nan() && half(0x7c00).is_infinite());
    }
}
