//! Which examples are blind.

use crate::{Blind, Copies, Error, Example, Split, SplitBy};
use std::cmp::Ordering;
use std::collections::HashSet;

/// Examples in two parts.
pub struct Cut {
    /// What contestants may learn from.
    pub train: Vec<Example>,
    /// What they are scored on.
    pub blind: Blind,
    /// Training examples left out because a blind one has the same inputs.
    pub copies: usize,
}

/// Cuts `examples` as `split` says; `given`, if there are any, are the blind ones.
///
/// Equal inputs never are on both sides: a training example with the inputs of a blind one is left
/// out and counted. (Where the split says that copies are pairs, one with its output, too.)
pub fn cut(examples: Vec<Example>, given: Vec<Example>, split: &Split) -> Result<Cut, Error> {
    let (mut train, mut blind) = (Vec::new(), given);
    if !blind.is_empty() {
        train = examples;
    } else if split.by == SplitBy::Time {
        let mut sorted = examples;
        // A stable sort keeps the order of the data where nothing else is told.
        sorted.sort_by(in_time);
        let blind_count = (sorted.len() as f64 * split.blind).round() as usize;
        blind = sorted.split_off(sorted.len() - blind_count.min(sorted.len()));
        train = sorted;
    } else {
        for example in examples {
            match side(&example, split)? {
                Side::Train => train.push(example),
                Side::Blind => blind.push(example),
            }
        }
    }
    let name = |e: &Example| match split.copies {
        Copies::Inputs => hash(&e.input_bytes(), 0),
        Copies::Pairs => hash(&[e.input_bytes(), e.output.bytes()].concat(), 0),
    };
    let names: HashSet<_> = blind.iter().map(name).collect();
    let before = train.len();
    train.retain(|e| !names.contains(&name(e)));
    let copies = before - train.len();
    if train.len() < 2 || blind.is_empty() {
        return Err(Error::Usage(format!(
            "{} examples to learn from and {} blind ones are too few",
            train.len(),
            blind.len()
        )));
    }
    Ok(Cut {
        train,
        blind: Blind::new(blind),
        copies,
    })
}

/// The side of the line that an example is on.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Side {
    Train,
    Blind,
}

impl Side {
    /// The side that a word means, and whether it is the word for what is learnt from (and not for
    /// what others choose by).
    pub(crate) fn named(word: &str) -> Option<(Side, bool)> {
        match word.trim().to_ascii_lowercase().as_str() {
            "train" | "training" => Some((Side::Train, true)),
            "dev" | "val" | "valid" | "validation" => Some((Side::Train, false)),
            "test" | "testing" | "blind" => Some((Side::Blind, false)),
            _ => None,
        }
    }
}

/// Whether a hash of `key` puts it on the blind side.
pub(crate) fn blind_by_hash(key: &[u8], split: &Split) -> bool {
    let hash = hash(key, split.seed);
    let unit = u64::from_le_bytes(hash[..8].try_into().expect("8 bytes")) as f64 / 2f64.powi(64);
    unit < split.blind
}

fn side(example: &Example, split: &Split) -> Result<Side, Error> {
    let key = example.key.as_deref().unwrap_or("");
    let blind = match split.by {
        SplitBy::Given if !split.values.is_empty() => split.values.iter().any(|v| v == key.trim()),
        SplitBy::Given => {
            let (side, _) = Side::named(key).ok_or_else(|| {
                Error::Usage(format!(
                    "{}: the split's field says {key:?}, neither train nor test",
                    example.id
                ))
            })?;
            return Ok(side);
        }
        SplitBy::Group => blind_by_hash(key.as_bytes(), split),
        SplitBy::Hash | SplitBy::Time => blind_by_hash(&example.input_bytes(), split),
    };
    Ok(if blind { Side::Blind } else { Side::Train })
}

fn hash(bytes: &[u8], seed: u64) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(bytes);
    *hasher.finalize().as_bytes()
}

/// Numbers as numbers, all else as text (ISO dates sort so). What says nothing comes first, and
/// words come last: 9 < 10 < 1a < 9 would be no order.
fn in_time(a: &Example, b: &Example) -> Ordering {
    let number = |e: &Example| e.key.as_deref()?.trim().parse::<f64>().ok();
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) if b.key.is_some() => Ordering::Less,
        (None, Some(_)) if a.key.is_some() => Ordering::Greater,
        _ => a.key.cmp(&b.key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    fn example(i: usize, input: &str, key: Option<&str>) -> Example {
        Example {
            id: i.to_string(),
            inputs: vec![Value::Text(input.to_string())],
            output: Value::Text("x".to_string()),
            key: key.map(str::to_string),
        }
    }

    #[test]
    fn equal_inputs_are_never_on_both_sides() {
        let examples: Vec<_> = (0..1000)
            .map(|i| example(i, &(i % 100).to_string(), None))
            .collect();
        let given = vec![example(0, "7", None)];
        let all = cut(examples.clone(), Vec::new(), &Split::default()).unwrap();
        assert_eq!(all.copies, 0);
        assert_eq!(all.train.len() + all.blind.len(), 1000);
        assert!((100..300).contains(&all.blind.len()), "{}", all.blind.len());
        let told = cut(examples, given, &Split::default()).unwrap();
        assert_eq!((told.copies, told.blind.len()), (10, 1));
    }

    #[test]
    fn where_many_outputs_are_right_only_pairs_are_copies() {
        let told = |i: usize, output: usize| Example {
            output: Value::Text(output.to_string()),
            ..example(i, "a style", None)
        };
        let examples: Vec<_> = (0..100).map(|i| told(i, i)).collect();
        let split = Split {
            by: SplitBy::Given,
            copies: Copies::Pairs,
            ..Split::default()
        };
        let all = cut(examples, vec![told(0, 7), told(1, 200)], &split).unwrap();
        assert_eq!((all.copies, all.train.len()), (1, 99));
    }

    #[test]
    fn keys_of_all_kinds_have_one_order() {
        let keys = ["9", "10", "1a", "2", "-", "7.5", "", "x"];
        let mut all: Vec<_> = (0..200)
            .map(|i| example(i, "x", keys.get(i * 7 % 9).copied()))
            .collect();
        all.sort_by(in_time);
        let mut seen: Vec<_> = all.iter().map(|e| e.key.as_deref()).collect();
        seen.dedup();
        let expected = ["2", "7.5", "9", "10", "", "-", "1a", "x"].map(Some);
        assert_eq!(seen[0], None);
        assert_eq!(seen[1..], expected);
    }

    #[test]
    fn time_takes_the_last_ones_and_groups_stay_together() {
        let split = |by| Split {
            by,
            field: Some("key".into()),
            ..Split::default()
        };
        let timed: Vec<_> = (0..100)
            .map(|i| example(i, &i.to_string(), Some(&(100 - i).to_string())))
            .collect();
        let cut_by_time = cut(timed, Vec::new(), &split(SplitBy::Time)).unwrap();
        let latest = |e: &Example| e.key.as_ref().unwrap().parse::<usize>().unwrap();
        assert_eq!(cut_by_time.blind.len(), 20);
        assert_eq!(cut_by_time.train.iter().map(latest).max(), Some(80));

        let grouped: Vec<_> = (0..500)
            .map(|i| example(i, &i.to_string(), Some(&(i % 25).to_string())))
            .collect();
        let by_group = cut(grouped, Vec::new(), &split(SplitBy::Group)).unwrap();
        let groups: HashSet<_> = by_group.train.iter().map(|e| e.key.clone()).collect();
        assert_eq!(by_group.train.len(), groups.len() * 20);
    }
}
