//! Data as records, and the part of it that is held out.

use crate::Error;
use minlen_core::Random;
use std::collections::HashSet;

/// What a record is: a part of the data that is coded on its own and can be had on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A line, with the line feed that ends it.
    Line,
    /// What stands behind its length, a number of four bytes, lowest first.
    Prefixed,
    /// A file.
    File,
}

impl Form {
    /// The name on command lines: `line`, `length-prefixed`, `file`.
    pub fn name(self) -> &'static str {
        match self {
            Form::Line => "line",
            Form::Prefixed => "length-prefixed",
            Form::File => "file",
        }
    }
}

/// The records of `data`, a whole file; they do not include the lengths that stand before them.
/// `Usage`: the last one is not as long as it says.
pub fn records_of(data: &[u8], form: Form) -> Result<Vec<&[u8]>, Error> {
    match form {
        Form::File if data.is_empty() => Ok(Vec::new()),
        Form::File => Ok(vec![data]),
        Form::Line => Ok(data.split_inclusive(|&b| b == b'\n').collect()),
        Form::Prefixed => {
            let mut records = Vec::new();
            let mut rest = data;
            while !rest.is_empty() {
                let (record, after) = first_prefixed(rest).ok_or_else(|| {
                    Error::Usage(
                        "the data is no sequence of records with a length of four bytes before \
                         each"
                            .into(),
                    )
                })?;
                records.push(record);
                rest = after;
            }
            Ok(records)
        }
    }
}

/// The first record behind its length, and the rest; `None`: it does not end here.
pub(crate) fn first_prefixed(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = data.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// Records to learn from, and others to see what was learnt.
pub(crate) struct Split<'a> {
    pub(crate) train: Vec<&'a [u8]>,
    pub(crate) held: Vec<&'a [u8]>,
    /// Records that were left out of `held`, because they are in `train`, too.
    pub(crate) repeated: u64,
}

/// Holds out a tenth of `records`: the last ones, or with a seed some drawn by chance. A single
/// record is cut. What is the same as a record to learn from is left out of the others.
pub(crate) fn split<'a>(records: &[&'a [u8]], seed: Option<u64>) -> Split<'a> {
    if let [only] = records {
        let (train, held) = only.split_at(only.len() - only.len() / 10);
        return without_repeated(vec![train], vec![held]);
    }
    let some = records.len().div_ceil(10);
    let mut chosen: Vec<usize> = (0..records.len()).collect();
    if let Some(seed) = seed {
        // Fisher and Yates.
        let mut random = Random::new(seed);
        for i in (1..chosen.len()).rev() {
            chosen.swap(i, (random.next_u64() % (i as u64 + 1)) as usize);
        }
    }
    let mut held = chosen.split_off(chosen.len() - some.min(chosen.len()));
    chosen.sort_unstable();
    held.sort_unstable();
    let pick = |chosen: Vec<usize>| chosen.into_iter().map(|i| records[i]).collect();
    without_repeated(pick(chosen), pick(held))
}

/// Leaves out of `held` what is in `train`, too; but not if nothing were left.
pub(crate) fn without_repeated<'a>(train: Vec<&'a [u8]>, mut held: Vec<&'a [u8]>) -> Split<'a> {
    let known: HashSet<&[u8]> = train.iter().copied().collect();
    let all = held.len();
    let is_new = |r: &&[u8]| !known.contains(r);
    if held.iter().any(is_new) {
        held.retain(is_new);
    }
    let repeated = (all - held.len()) as u64;
    Split {
        train,
        held,
        repeated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found() {
        let lines = |data| records_of(data, Form::Line).unwrap();
        assert_eq!(lines(b""), Vec::<&[u8]>::new());
        assert_eq!(lines(b"a\n\nb"), [&b"a\n"[..], b"\n", b"b"]);
        let data = [&[1, 0, 0, 0, b'x', 0, 0, 0, 0, 2, 0, 0, 0][..], b"yz"].concat();
        let records = records_of(&data, Form::Prefixed).unwrap();
        assert_eq!(records, [&b"x"[..], b"", b"yz"]);
        for cut in [1, 4, 6, data.len() - 1] {
            assert!(records_of(&data[..cut], Form::Prefixed).is_err(), "{cut}");
        }
    }

    #[test]
    fn what_is_held_out_is_new() {
        let text: Vec<String> = (0..100).map(|i| format!("{}\n", i % 95)).collect();
        let records: Vec<&[u8]> = text.iter().map(|t| t.as_bytes()).collect();
        for seed in [None, Some(1), Some(2)] {
            let split = split(&records, seed);
            assert_eq!(split.train.len(), 90);
            assert_eq!(split.held.len() as u64 + split.repeated, 10);
            assert!(split.held.iter().all(|h| !split.train.contains(h)));
            assert!(!split.held.is_empty());
        }
        assert_eq!(split(&records, None).repeated, 5);
        let alone = split(&records[..1], None);
        assert_eq!((alone.train.len(), alone.held.len()), (1, 1));
    }
}
