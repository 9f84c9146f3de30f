//! What is learned from: documents, dealt out to lanes as batches in an order set by a seed.

use super::random::{Random, hash};
use minlen_core::Error;
use std::collections::HashSet;
use std::ops::Range;

/// Documents: bytes that belong together and begin without a past.
#[derive(Clone, Debug)]
pub struct Documents {
    text: Vec<u8>,
    places: Vec<Range<usize>>,
    /// Where in the text what is asked for begins, a document each; none: everything is asked for.
    asked: Vec<usize>,
    /// What the symbols before that count.
    weight: f32,
}

impl Documents {
    /// Documents that end after each `separator`, which stays with them. Empty ones are left out.
    pub fn separated(text: Vec<u8>, separator: u8) -> Documents {
        let mut from = 0;
        let mut places = Vec::new();
        for part in text.split_inclusive(|&b| b == separator) {
            if part != [separator] {
                places.push(from..from + part.len());
            }
            from += part.len();
        }
        Documents {
            places,
            text,
            ..Documents::of(&[])
        }
    }

    /// One document a slice. Empty ones are left out.
    pub fn of(parts: &[&[u8]]) -> Documents {
        let mut documents = Documents {
            text: Vec::with_capacity(parts.iter().map(|p| p.len()).sum()),
            places: Vec::new(),
            asked: Vec::new(),
            weight: 1.0,
        };
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let from = documents.text.len();
            documents.text.extend_from_slice(part);
            documents.places.push(from..documents.text.len());
        }
        documents
    }

    /// One document a slice, of which what comes after so many symbols is asked for; those before
    /// count only `weight` (0 to 1) each in what is learned. Empty ones are left out.
    pub fn asking(parts: &[(&[u8], usize)], weight: f32) -> Documents {
        let slices: Vec<&[u8]> = parts.iter().map(|(part, _)| *part).collect();
        let mut documents = Documents::of(&slices);
        let before = parts.iter().filter(|(part, _)| !part.is_empty());
        documents.asked = (before.zip(&documents.places))
            .map(|((_, before), place)| (place.start + before).min(place.end))
            .collect();
        documents.weight = weight.clamp(0.0, 1.0);
        documents
    }

    /// The documents, in order, each with the number of symbols before what is asked for.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let asked = self.asked.iter().copied();
        let starts = self.places.iter().map(|place| place.start);
        let asked = asked.chain(starts.clone().skip(self.asked.len()));
        (self.iter().zip(starts.zip(asked))).map(|(part, (start, asked))| (part, asked - start))
    }

    /// The documents, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.places.iter().map(|place| &self.text[place.clone()])
    }

    /// Number of documents.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Number of symbols of all documents.
    pub fn symbols(&self) -> u64 {
        self.places.iter().map(|place| place.len() as u64).sum()
    }

    /// Splits into documents to learn from and documents held out: about `part` (0 to 1) of them.
    /// The choice is a hash of the document and the seed, so equal documents are on one side. In
    /// both parts everything is asked for.
    pub fn split(self, part: f64, seed: u64) -> (Documents, Documents) {
        let limit = (part.clamp(0.0, 1.0) * u64::MAX as f64) as u64;
        let (held, learned): (Vec<_>, Vec<_>) = (self.places.iter().cloned())
            .partition(|place| hash(&self.text[place.clone()], seed) < limit);
        let held: Vec<&[u8]> = held.into_iter().map(|place| &self.text[place]).collect();
        let held = Documents::of(&held);
        (
            Documents {
                places: learned,
                asked: Vec::new(),
                ..self
            },
            held,
        )
    }

    /// Leaves out what is in `others` too, byte for byte (by a hash of 64 bits). In what is left
    /// everything is asked for.
    pub fn without(mut self, others: &Documents) -> Documents {
        let known: HashSet<u64> = others.iter().map(|document| hash(document, 0)).collect();
        let text = &self.text;
        self.asked.clear();
        (self.places).retain(|place| !known.contains(&hash(&text[place.clone()], 0)));
        self
    }
}

/// A stretch of one document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sequence<'a> {
    /// Whether a document begins here; otherwise it goes on from the lane's last sequence.
    pub fresh: bool,
    /// The symbols, at least one.
    pub symbols: &'a [u8],
    /// So many of them, from the first, are not asked for.
    pub aside: usize,
    /// What those count in what is learned; the others count 1.
    pub weight: f32,
}

/// What one step learns from: for each lane some sequences.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// The lanes.
    pub lanes: Vec<Vec<Sequence<'a>>>,
}

/// Where a stream of batches is: enough to go on from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    pub(crate) seed: u64,
    /// How often all documents have been dealt out.
    pub(crate) epoch: u64,
    /// How many of them have been dealt out this time.
    pub(crate) dealt: u64,
    /// Each lane's document and how much of it has been read.
    pub(crate) lanes: Vec<(u64, u64)>,
}

impl Position {
    /// The beginning, in the order of `seed`.
    pub fn new(seed: u64, lanes: usize) -> Position {
        Position {
            seed,
            epoch: 0,
            dealt: 0,
            lanes: vec![(u64::MAX, 0); lanes],
        }
    }

    /// How often all documents have been dealt out.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}

/// Deals documents out to lanes, again and again, each time in a new order. A lane reads a document
/// to its end, a stretch a batch, then takes the next.
pub struct Stream<'a> {
    documents: &'a Documents,
    length: usize,
    order: Vec<u32>,
    position: Position,
}

impl<'a> Stream<'a> {
    /// Batches with `length` symbols a lane, from `position` on. `Usage` if there are no documents,
    /// or `length` is 0. Where a position of other documents does not fit these, new ones are dealt.
    pub fn new(
        documents: &'a Documents,
        length: usize,
        position: Position,
    ) -> Result<Stream<'a>, Error> {
        if documents.is_empty() || length == 0 {
            return Err(Error::Usage("there is nothing to learn from".into()));
        }
        let mut stream = Stream {
            documents,
            length,
            order: Vec::new(),
            position,
        };
        for (document, at) in &mut stream.position.lanes {
            let known = usize::try_from(*document)
                .ok()
                .and_then(|i| documents.places.get(i));
            if known.is_none_or(|place| *at > place.len() as u64) {
                (*document, *at) = (u64::MAX, 0);
            }
        }
        stream.sort();
        Ok(stream)
    }

    /// Where the next batch begins.
    pub fn position(&self) -> &Position {
        &self.position
    }

    fn sort(&mut self) {
        let seed = hash(&self.position.epoch.to_le_bytes(), self.position.seed);
        self.order = (0..self.documents.len() as u32).collect();
        Random::new(seed).shuffle(&mut self.order);
    }

    fn deal(&mut self) -> u64 {
        if self.position.dealt >= self.order.len() as u64 {
            self.position.epoch += 1;
            self.position.dealt = 0;
            self.sort();
        }
        let document = self.order[self.position.dealt as usize];
        self.position.dealt += 1;
        document.into()
    }

    /// The next batch.
    pub fn batch(&mut self) -> Batch<'a> {
        let lanes = (0..self.position.lanes.len()).map(|lane| {
            let mut sequences = Vec::new();
            let mut left = self.length;
            while left > 0 {
                let (document, at) = self.position.lanes[lane];
                let place = usize::try_from(document)
                    .ok()
                    .and_then(|i| self.documents.places.get(i));
                let rest = place.map_or(&[][..], |place| {
                    &self.documents.text[place.clone()][at as usize..]
                });
                if rest.is_empty() {
                    self.position.lanes[lane] = (self.deal(), 0);
                    continue;
                }
                let symbols = &rest[..rest.len().min(left)];
                let asked = self.documents.asked.get(document as usize);
                let before = asked.zip(place).map_or(0, |(asked, place)| {
                    asked.saturating_sub(place.start + at as usize)
                });
                sequences.push(Sequence {
                    fresh: at == 0,
                    symbols,
                    aside: before.min(symbols.len()),
                    weight: self.documents.weight,
                });
                self.position.lanes[lane].1 += symbols.len() as u64;
                left -= symbols.len();
            }
            sequences
        });
        Batch {
            lanes: lanes.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents() -> Documents {
        let text: Vec<u8> = (0..400u32)
            .flat_map(|i| {
                let i = i % 300; // some twice
                let mut document = vec![(1 + i % 250) as u8; 1 + (i * 37 % 90) as usize];
                document.push(0);
                document
            })
            .collect();
        Documents::separated(text, 0)
    }

    #[test]
    fn no_document_is_on_both_sides() {
        let all = documents();
        let symbols = all.symbols();
        let (learned, held) = all.split(0.2, 7);
        assert_eq!(learned.symbols() + held.symbols(), symbols);
        assert!(held.len() > 40 && held.len() < 140, "{}", held.len());
        let held: HashSet<&[u8]> = held.iter().collect();
        assert!(learned.iter().all(|document| !held.contains(document)));
        let rest = documents().without(&learned);
        assert!(!rest.is_empty() && rest.iter().all(|document| held.contains(document)));
    }

    #[test]
    fn every_document_is_dealt_out_whole_and_once_an_epoch() {
        let all = documents();
        let mut stream = Stream::new(&all, 50, Position::new(3, 4)).unwrap();
        let mut lanes = vec![Vec::new(); 4];
        let mut seen = Vec::new();
        while stream.position().epoch() < 1 {
            for (lane, sequences) in lanes.iter_mut().zip(stream.batch().lanes) {
                assert_eq!(sequences.iter().map(|s| s.symbols.len()).sum::<usize>(), 50);
                for sequence in sequences {
                    if sequence.fresh {
                        seen.push(std::mem::take(lane));
                    }
                    lane.extend_from_slice(sequence.symbols);
                }
            }
        }
        seen.retain(|document: &Vec<u8>| !document.is_empty());
        let mut whole: Vec<&[u8]> = all.iter().collect();
        whole.sort();
        // All but those that the lanes still hold, or have begun of the next epoch.
        assert!(seen.len() + 4 >= whole.len(), "{}", seen.len());
        assert!(
            seen.iter()
                .all(|document| whole.binary_search(&&document[..]).is_ok())
        );
    }

    #[test]
    fn nothing_teaches_nothing() {
        let none = Documents::of(&[b""]);
        assert!(Stream::new(&none, 50, Position::new(3, 4)).is_err());
        assert!(Stream::new(&documents(), 0, Position::new(3, 4)).is_err());
    }

    #[test]
    fn a_position_goes_on_where_it_was() {
        let all = documents();
        let mut stream = Stream::new(&all, 77, Position::new(5, 3)).unwrap();
        for _ in 0..200 {
            stream.batch();
        }
        let mut again = Stream::new(&all, 77, stream.position().clone()).unwrap();
        for _ in 0..200 {
            assert_eq!(stream.batch().lanes, again.batch().lanes);
        }
    }
}
