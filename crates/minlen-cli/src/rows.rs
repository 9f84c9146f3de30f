//! Parts of measured data: lines and records.

use minlen::{Cost, show_name};
use serde_json::{Value, json};

/// Which parts to measure one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Per {
    /// Lines of text
    Line,
    /// Records of --record bytes
    Record,
    /// Files, those inside folders too
    Member,
}

/// What a part costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The file.
    pub file: String,
    /// The number of the part in its file, from 1; `None`: the row is the whole file.
    pub number: Option<u64>,
    /// Bytes, line ends included.
    pub bytes: u64,
    /// Bits.
    pub bits: f64,
    /// How the part begins, for people; for a file, its view.
    pub says: String,
}

impl Row {
    /// Bits a byte; 0 for no bytes.
    pub fn rate(&self) -> f64 {
        crate::ui::ratio(self.bits, self.bytes)
    }

    /// For `--json`.
    pub fn json(&self) -> Value {
        json!({
            "file": self.file,
            "number": self.number,
            "bytes": self.bytes,
            "bits": self.bits,
            "bits_per_byte": self.rate(),
            "says": self.says,
        })
    }
}

/// A cost in bits.
pub fn bits(cost: Cost) -> f64 {
    cost.units() as f64 / Cost::UNITS_A_BIT as f64
}

/// One row for each line or record of `data`, whose bytes cost `trace`.
pub fn parts(file: &str, data: &[u8], trace: &[Cost], per: Per, record: usize) -> Vec<Row> {
    let parts: Vec<&[u8]> = match per {
        Per::Line => data.split_inclusive(|&b| b == b'\n').collect(),
        Per::Record => data.chunks(record.max(1)).collect(),
        Per::Member => vec![data],
    };
    let mut at = 0;
    let row = |(part, number): (&[u8], u64)| {
        let costs = &trace[at..at + part.len()];
        at += part.len();
        Row {
            file: file.to_string(),
            number: Some(number),
            bytes: part.len() as u64,
            bits: bits(costs.iter().copied().sum()),
            says: beginning(part),
        }
    };
    parts.into_iter().zip(1..).map(row).collect()
}

/// The `top` rows with the most bits a byte, the costliest first; all in their order without.
pub fn top(mut rows: Vec<Row>, top: Option<usize>) -> Vec<Row> {
    if let Some(top) = top {
        // Stable: the order of the file decides between equals.
        rows.sort_by(|a, b| b.rate().total_cmp(&a.rate()));
        rows.truncate(top);
    }
    rows
}

fn beginning(part: &[u8]) -> String {
    const MOST: usize = 48;
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    let shown = show_name(&part[..part.len().min(4 * MOST)]);
    match shown.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}…", &shown[..cut]),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_share_the_cost() {
        let data = b"aa\nb\n\nlast";
        let trace: Vec<Cost> = (1..=data.len() as u64)
            .map(|n| Cost::from_units(n * Cost::UNITS_A_BIT))
            .collect();
        let rows = parts("f", data, &trace, Per::Line, 0);
        let got: Vec<_> = rows.iter().map(|r| (r.bytes, r.bits)).collect();
        assert_eq!(got, [(3, 6.0), (2, 9.0), (1, 6.0), (4, 34.0)]);
        assert_eq!(rows[3].says, "last");
        assert_eq!(top(rows.clone(), Some(1))[0].number, Some(4));
        assert_eq!(top(rows.clone(), None), rows);
        assert_eq!(parts("f", data, &trace, Per::Record, 4).len(), 3);
        assert_eq!(parts("f", b"", &[], Per::Line, 0), []);
    }
}
