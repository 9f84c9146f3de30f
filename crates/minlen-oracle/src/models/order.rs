//! Section 8.1: `order:K`.

use super::Model;
use crate::entropy::{Decoder, units};
use std::collections::HashMap;

/// Memory: for each order a map from contexts to rows.
#[derive(Clone)]
pub struct Order {
    maps: Vec<HashMap<u64, Row>>,
    /// The last eight symbols, the newest lowest; before the first there are zeros.
    last: u64,
}

/// Symbols, each with a count, and the sum of the counts.
#[derive(Clone, Default)]
struct Row {
    counts: Vec<(u8, u64)>,
    n: u64,
}

impl Order {
    /// The model before its first symbol.
    pub fn new(settings: Option<&str>) -> Result<Self, String> {
        let k = match settings.unwrap_or_default().as_bytes() {
            [k @ b'0'..=b'6'] => usize::from(k - b'0'),
            _ => return Err("`order` needs a setting from 0 to 6".into()),
        };
        Ok(Self {
            maps: (0..=k).map(|_| HashMap::new()).collect(),
            last: 0,
        })
    }

    /// The last j symbols, as one number.
    fn context(&self, j: usize) -> u64 {
        self.last & ((1 << (8 * j)) - 1)
    }

    fn predict(&self) -> [u64; 256] {
        let mut p = [1 << 23; 256];
        for (j, map) in self.maps.iter().enumerate() {
            let Some(row) = map.get(&self.context(j)) else {
                continue;
            };
            let d = row.counts.len() as u64;
            let c = ((2 * d) << 32) / (row.n + 2 * d);
            for p in &mut p {
                *p = (*p * c) >> 32;
            }
            let e = (1 << 31) / (row.n + 2 * d);
            for (s, count) in &row.counts {
                p[usize::from(*s)] += count * e;
            }
        }
        p
    }

    fn learn(&mut self, s: u8) {
        for j in 0..self.maps.len() {
            let context = self.context(j);
            let map = &mut self.maps[j];
            if !map.contains_key(&context) && map.len() < 1 << 20 {
                map.insert(context, Row::default());
            }
            if let Some(row) = map.get_mut(&context) {
                if row.n + 2 > 65_535 {
                    for (_, count) in &mut row.counts {
                        *count = count.div_ceil(2);
                    }
                    row.n = row.counts.iter().map(|(_, count)| count).sum();
                }
                match row.counts.iter_mut().find(|(symbol, _)| *symbol == s) {
                    Some((_, count)) => *count += 2,
                    None => row.counts.push((s, 2)),
                }
                row.n += 2;
            }
        }
        self.last = (self.last << 8) | u64::from(s);
    }
}

impl Model for Order {
    fn next(&mut self, decoder: &mut Decoder) -> Result<u8, String> {
        let s = decoder.symbol(&units(&self.predict()))?;
        self.learn(s);
        Ok(s)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        assert!(Order::new(Some("0")).is_ok() && Order::new(Some("6")).is_ok());
        for bad in [
            None,
            Some(""),
            Some("7"),
            Some("02"),
            Some("2 "),
            Some("-1"),
        ] {
            assert!(Order::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_row_is_halved_before_it_is_too_full() {
        let mut model = Order::new(Some("0")).unwrap();
        for _ in 0..32_767 {
            model.learn(b'a');
        }
        let n = |model: &Order| model.maps[0][&0].n;
        assert_eq!(n(&model), 65_534);
        model.learn(b'b');
        assert_eq!(n(&model), 32_769);
    }

    #[test]
    fn weights_after_one_symbol() {
        let mut model = Order::new(Some("0")).unwrap();
        model.learn(b'a');
        let p = model.predict();
        // d = 1, n = 2: halves of 2^23, and 2 * 2^29 for the symbol.
        assert_eq!(p[usize::from(b'a')], (1 << 22) + (1 << 30));
        assert_eq!(p[usize::from(b'b')], 1 << 22);
    }
}
