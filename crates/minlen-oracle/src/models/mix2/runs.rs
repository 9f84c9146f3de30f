//! 8.3.7: runs, the byte that came last in a context, and how often in a row.

use crate::models::mix::logistic::Logistic;
use crate::models::mix::nibble::Half;
use crate::models::mix::trust::{self, Trust};

#[derive(Clone, Copy, Default)]
struct Place {
    check: u16,
    count: u8,
    byte: u8,
}

#[derive(Clone)]
pub struct Runs {
    /// The number of the context.
    pub context: usize,
    places: Vec<Place>,
    /// For each c and half.
    trust: Vec<[Trust; 2]>,
    /// Of the context, at the last aim.
    hash: u32,
    /// q and b, as read.
    count: u8,
    byte: u8,
}

impl Runs {
    pub fn new(context: usize) -> Self {
        Self {
            context,
            places: vec![Place::default(); 1 << 20],
            trust: (0..16).map(|c| [trust::first(c); 2]).collect(),
            hash: 0,
            count: 0,
            byte: 0,
        }
    }

    pub fn read(&mut self, hash: u32) {
        self.hash = hash;
        let place = self.places[(hash >> 12) as usize];
        let is_here = u32::from(place.check) == hash % (1 << 12);
        (self.count, self.byte) = if is_here {
            (place.count, place.byte)
        } else {
            (0, 0)
        };
    }

    fn nibble(&self, half: Half) -> Option<u8> {
        trust::nibble((self.count > 0).then_some(self.byte), half)
    }

    fn trust(&mut self, half: Half) -> &mut Trust {
        &mut self.trust[usize::from(self.count.min(15))][half.half()]
    }

    /// The input to the mixer at each node.
    pub fn inputs(&mut self, half: Half, logistic: &Logistic) -> [i64; 16] {
        match self.nibble(half) {
            Some(nibble) => trust::inputs(self.trust(half), nibble, logistic),
            None => [0; 16],
        }
    }

    /// The nibble was v.
    pub fn learn(&mut self, half: Half, v: u8) {
        if let Some(nibble) = self.nibble(half) {
            trust::learn(self.trust(half), nibble, v);
        }
    }

    pub fn note(&mut self, s: u8) {
        let goes_on = self.count > 0 && self.byte == s;
        self.places[(self.hash >> 12) as usize] = Place {
            check: (self.hash % (1 << 12)) as u16,
            count: if goes_on {
                self.count.saturating_add(1)
            } else {
                1
            },
            byte: s,
        };
    }
}
