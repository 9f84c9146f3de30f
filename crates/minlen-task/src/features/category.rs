//! A category: a column for each name.

use super::Sink;
use crate::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names that training examples have. One that they do not have is in no column.
#[derive(Serialize, Deserialize)]
pub(super) struct Category {
    names: Vec<String>,
}

/// Names that are kept: the most frequent ones.
const MOST: usize = 1 << 14;

impl Category {
    pub(super) fn fit<'a>(values: impl Iterator<Item = &'a Value>) -> Category {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for name in values.filter_map(Value::text) {
            *counts.entry(name).or_default() += 1;
        }
        let mut names: Vec<(&str, u32)> = counts.into_iter().collect();
        names.sort_by_key(|n| u32::MAX - n.1);
        names.truncate(MOST);
        let mut names: Vec<String> = names.into_iter().map(|n| n.0.to_string()).collect();
        names.sort();
        Category { names }
    }

    pub(super) fn columns(&self) -> usize {
        self.names.len()
    }

    pub(super) fn each(&self, name: &str, sink: &mut Sink) {
        if let Ok(at) = self.names.binary_search_by(|n| n.as_str().cmp(name)) {
            sink(at as u32, 1.0, &|| format!("= {name}"));
        }
    }
}
