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

    /// The documents in segments of 512 symbols, of which about `part` (0 to 1), drawn by chance, are
    /// arranged so that their middle comes last and is filled in knowing both sides (Bavarian et al.
    /// 2022, arXiv 2207.14255): prefix, first mark, suffix, second mark, middle, third mark. In them
    /// everything is asked for.
    pub fn masked(&self, part: f64, marks: Marks, seed: u64) -> Documents {
        let mut random = Random::new(seed);
        let limit = (part.clamp(0.0, 1.0) * (1u64 << 32) as f64) as usize;
        let mut masked = Documents {
            text: Vec::with_capacity(self.text.len() + self.text.len() / 128),
            places: Vec::with_capacity(self.places.len()),
            ..Documents::of(&[])
        };
        for document in self.iter() {
            let from = masked.text.len();
            for segment in document.chunks(SEGMENT) {
                let masks = random.below(1 << 32) < limit;
                match masks {
                    true => marks.arrange(segment, &mut random, &mut masked.text),
                    false => masked.text.extend_from_slice(segment),
                }
            }
            masked.places.push(from..masked.text.len());
        }
        masked
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

/// Symbols of a segment of which a part is masked.
const SEGMENT: usize = 512;

/// Three symbols that no data has: they part what stands before a gap, what stands behind it, and
/// what is to be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks(pub [u8; 3]);

impl Marks {
    /// The highest symbols that none of these has: of UTF-8 fd, fe and ff. `Usage`: there are no three.
    pub fn unused<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Result<Marks, Error> {
        let mut used = [false; 256];
        texts
            .flatten()
            .for_each(|&symbol| used[usize::from(symbol)] = true);
        let unused: Vec<u8> = (0..=255).filter(|&s| !used[usize::from(s)]).collect();
        match unused.last_chunk() {
            Some(marks) => Ok(Marks(*marks)),
            None => Err(Error::Usage(format!(
                "gaps need three bytes that the data never has as marks, and it lacks only {}",
                unused.len()
            ))),
        }
    }

    /// Where `segment` is cut: its middle begins and ends at two places drawn by chance.
    pub(crate) fn cut<'a>(segment: &'a [u8], random: &mut Random) -> [&'a [u8]; 3] {
        let (a, b) = (
            random.below(segment.len() + 1),
            random.below(segment.len() + 1),
        );
        let (prefix, rest) = segment.split_at(a.min(b));
        let (middle, suffix) = rest.split_at(a.max(b) - a.min(b));
        [prefix, middle, suffix]
    }

    /// Appends a segment with its middle last.
    fn arrange(&self, segment: &[u8], random: &mut Random, out: &mut Vec<u8>) {
        let [prefix, middle, suffix] = Marks::cut(segment, random);
        let [gap, fill, end] = self.0;
        for (part, mark) in [(prefix, gap), (suffix, fill), (middle, end)] {
            out.extend_from_slice(part);
            out.push(mark);
        }
    }

    /// Up to `most` gaps of `texts`, evenly spread: of each what stands before it and what is to be
    /// filled in, in segments as those that are learned from; and the same before a gap with what
    /// stands behind it and the marks.
    pub fn gaps<'a>(&self, texts: &[&'a [u8]], most: usize, seed: u64) -> Vec<Gap<'a>> {
        let segments: Vec<&[u8]> = texts.iter().flat_map(|t| t.chunks(SEGMENT)).collect();
        let mut random = Random::new(seed);
        let step = segments.len().div_ceil(most.max(1)).max(1);
        let gaps = segments.into_iter().step_by(step).map(|segment| {
            let [before, middle, after] = Marks::cut(segment, &mut random);
            let [gap, fill, _] = self.0;
            Gap {
                before,
                both: [before, &[gap], after, &[fill]].concat(),
                middle,
            }
        });
        gaps.filter(|gap| !gap.middle.is_empty()).collect()
    }
}

/// A gap in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap<'a> {
    /// What stands before it.
    pub before: &'a [u8],
    /// What stands before it and behind it, with their marks: what a net reads that fills it in.
    pub both: Vec<u8>,
    /// What belongs there.
    pub middle: &'a [u8],
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
    fn gaps_are_of_their_text() {
        let all = documents();
        let marks = Marks::unused(all.iter()).unwrap();
        assert_eq!(marks, Marks([253, 254, 255]));
        let [gap, fill, end] = marks.0;
        let back = |segment: &[u8]| -> Vec<u8> {
            let parts: Vec<&[u8]> = segment.split(|s| [gap, fill, end].contains(s)).collect();
            match parts[..] {
                [prefix, suffix, middle, b""] => [prefix, middle, suffix].concat(),
                [plain] => plain.to_vec(),
                _ => panic!("{segment:?}"),
            }
        };
        for (part, least, most) in [(0.0, 0, 0), (0.5, 150, 250), (1.0, 400, 400)] {
            let masked = all.masked(part, marks, 3);
            assert_eq!(masked.len(), all.len());
            // Documents of one segment: each comes back, and as many are masked as shall be.
            let pairs: Vec<_> = all.iter().zip(masked.iter()).collect();
            assert!(pairs.iter().all(|(a, b)| *a == back(b)));
            let changed = pairs.iter().filter(|(a, b)| a != b).count();
            assert!((least..=most).contains(&changed), "{part}: {changed}");
        }
        let gaps = marks.gaps(&all.iter().collect::<Vec<_>>(), 50, 1);
        assert!((30..=50).contains(&gaps.len()));
        for gap in &gaps {
            assert!(gap.both.starts_with(gap.before) && !gap.middle.is_empty());
        }
        let every: Vec<u8> = (3..=255).collect();
        assert_eq!(
            Marks::unused([&every[..]].into_iter()).unwrap(),
            Marks([0, 1, 2])
        );
        assert!(Marks::unused([&every[..], &[0]].into_iter()).is_err());
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
