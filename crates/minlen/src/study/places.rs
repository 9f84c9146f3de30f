//! The cheapest and the dearest places of a file.

use crate::study::trace::rounded;
use crate::study::types::Place;

/// Bytes of a place.
pub(crate) const PLACE_BYTES: usize = 48;
/// Places in a list.
const MOST: usize = 5;

/// Cuts the data into places of equal size and keeps a few: the cheapest and the dearest. Of
/// places with equal bytes, or close to each other, only one is kept: five times the same says no
/// more than once.
pub(crate) struct Places {
    /// Places before this byte are left out: there, the model has not learnt enough yet.
    pub(crate) from: u64,
    apart: u64,
    bytes: Vec<u8>,
    bits: Vec<f64>,
    cheap: Vec<(f64, Place)>,
    dear: Vec<(f64, Place)>,
}

impl Places {
    pub(crate) fn new(bytes: u64) -> Places {
        let place = PLACE_BYTES as u64;
        let from = match bytes {
            0..1024 => 0,
            n => (n / 10).min(64 << 10),
        };
        Places {
            from: from.next_multiple_of(place),
            apart: (bytes / place / 10).clamp(1, 16) * place,
            bytes: Vec::new(),
            bits: Vec::new(),
            cheap: Vec::new(),
            dear: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, position: u64, byte: u8, bits: f64) {
        if position < self.from {
            return;
        }
        self.bytes.push(byte);
        self.bits.push(bits);
        if self.bytes.len() == PLACE_BYTES {
            self.place(position + 1 - PLACE_BYTES as u64);
            self.bytes.clear();
            self.bits.clear();
        }
    }

    fn place(&mut self, offset: u64) {
        let sum: f64 = self.bits.iter().sum();
        let (bytes, bits, apart) = (&self.bytes, &self.bits, self.apart);
        // `key` is least for the best place of a list.
        let offer = |list: &mut Vec<(f64, Place)>, key: f64| {
            if list.len() == MOST && list[MOST - 1].0 <= key {
                return;
            }
            let alike = |p: &Place| p.bytes == *bytes || offset - p.offset < apart;
            if list.iter().any(|(k, p)| alike(p) && *k <= key) {
                return;
            }
            list.retain(|(_, p)| !alike(p));
            let place = Place {
                offset,
                bytes: bytes.clone(),
                bits: bits.iter().map(|&b| rounded(b)).collect(),
            };
            let at = list.partition_point(|(k, _)| *k <= key);
            list.insert(at, (key, place));
            list.truncate(MOST);
        };
        offer(&mut self.cheap, sum);
        offer(&mut self.dear, -sum);
    }

    /// The cheapest places, the cheapest first.
    pub(crate) fn cheap(&self) -> Vec<Place> {
        self.cheap.iter().map(|(_, p)| p.clone()).collect()
    }

    /// The dearest places, the dearest first.
    pub(crate) fn dear(&self) -> Vec<Place> {
        self.dear.iter().map(|(_, p)| p.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_planted_places() {
        let n = 200_000u64;
        let mut places = Places::new(n);
        for i in 0..n {
            let bits = match i / 48 {
                0 => 99.0, // while the model still learns: left out
                1000 => 9.0,
                3000 => 8.5,
                3001 => 8.6, // close to the one before: only the dearer stays
                2000 => 0.5,
                _ => 3.0 + (i % 7) as f64 * 0.01,
            };
            places.push(i, (i / 48 % 251) as u8, bits);
        }
        let dear = places.dear();
        assert_eq!(dear[0].offset, 48_000);
        assert_eq!(dear[1].offset, 3001 * 48);
        assert!(dear.iter().all(|p| p.offset != 3000 * 48));
        assert_eq!(places.cheap()[0].offset, 96_000);
        assert!(dear.len() == MOST && dear[2].bits[0] < 4.0);
    }
}
