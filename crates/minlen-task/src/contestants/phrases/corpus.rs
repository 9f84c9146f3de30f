//! Pairs of texts to learn from, and how they are kept.

use super::align::{LONGEST, Links, Pair};
use super::tokens::{AS_IT_IS, Writing, plain};
use crate::{Schema, Training};
use std::collections::HashMap;

/// Places of words in all pairs, at most: what aligning needs of memory, 32 bytes each at worst.
const CELLS: usize = 20_000_000;

/// Words and their numbers, from 1.
#[derive(Default)]
pub(super) struct Words {
    numbers: HashMap<String, u32>,
    words: Vec<String>,
}

impl Words {
    fn add(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        self.words.push(word.to_string());
        let number = self.words.len() as u32;
        self.numbers.insert(word.to_string(), number);
        number
    }

    /// The number of a word.
    pub(super) fn number(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// The word of a number; nothing for others.
    pub(super) fn word(&self, number: u32) -> &str {
        let at = (number as usize).wrapping_sub(1);
        self.words.get(at).map_or("", String::as_str)
    }

    /// All words, by their numbers.
    pub(super) fn all(&self) -> &[String] {
        &self.words
    }
}

/// Pairs of texts, and what they are as tokens.
pub(super) struct Corpus {
    pub(super) inputs: Writing,
    pub(super) outputs: Writing,
    /// Words of inputs, plain.
    pub(super) sources: Words,
    /// Tokens of outputs, as they are written.
    pub(super) targets: Words,
    /// In numbers of `sources` and of `targets`.
    pub(super) pairs: Vec<Pair>,
    pub(super) texts: Vec<(String, String)>,
}

impl Corpus {
    /// The examples that can be learnt from: whose texts are not too long, and as many as memory allows.
    pub(super) fn of(data: &Training) -> Corpus {
        let mut texts: Vec<(String, String)> = Vec::new();
        for example in data.examples {
            let input = rendered(data.schema, &example.inputs);
            let output = example.output.text().unwrap_or_default();
            // These part them where they are kept.
            let parts = |c| c == '\0' || c == '\u{1}';
            if !input.contains(parts) && !output.contains(parts) {
                texts.push((input, output.to_string()));
            }
        }
        let corpus = Corpus::new(texts);
        let mut cells = 0;
        let mut kept = Vec::new();
        for ((x, y), texts) in corpus.pairs.iter().zip(&corpus.texts) {
            let fits = |side: &[u32]| (1..=LONGEST).contains(&side.len());
            let more = (x.len() + 1) * (y.len() + 1);
            if fits(x) && fits(y) && cells + more <= CELLS {
                cells += more;
                kept.push(texts.clone());
            }
        }
        // In order they are kept in fewer bits: equal inputs are written once.
        kept.sort();
        Corpus::new(kept)
    }

    /// Of texts that are all to be learnt from.
    pub(super) fn new(texts: Vec<(String, String)>) -> Corpus {
        let inputs = Writing::of(|| texts.iter().map(|t| t.0.as_str()));
        let outputs = Writing::of(|| texts.iter().map(|t| t.1.as_str()));
        let (mut sources, mut targets) = (Words::default(), Words::default());
        let pairs = texts.iter().map(|(input, output)| {
            let x = unmarked(inputs.tokens(input));
            let y = unmarked(outputs.tokens(output));
            (
                x.iter().map(|t| sources.add(&plain(t))).collect(),
                y.iter().map(|t| targets.add(t)).collect(),
            )
        });
        Corpus {
            pairs: pairs.collect(),
            inputs,
            outputs,
            sources,
            targets,
            texts,
        }
    }

    /// The pairs for aligning, for which it does not matter how a word is written.
    pub(super) fn plain(&self) -> Vec<Pair> {
        let mut words = Words::default();
        let targets = self.targets.all().iter();
        let numbers: Vec<u32> = targets.map(|t| words.add(&plain(t))).collect();
        let number = |t: &u32| numbers[*t as usize - 1];
        let pairs = self.pairs.iter();
        pairs
            .map(|(x, y)| (x.clone(), y.iter().map(number).collect()))
            .collect()
    }

    /// The texts as bytes: an input, its outputs, and so on.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for same in self.texts.chunk_by(|a, b| a.0 == b.0) {
            all.extend(same[0].0.as_bytes());
            for (_, output) in same {
                all.push(1);
                all.extend(output.as_bytes());
            }
            all.push(0);
        }
        all
    }

    /// What [`to_bytes`](Corpus::to_bytes) wrote.
    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Corpus> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut texts = Vec::new();
        for group in text.split_terminator('\0') {
            let mut parts = group.split('\u{1}');
            let input = parts.next()?;
            texts.extend(parts.map(|output| (input.to_string(), output.to_string())));
        }
        let corpus = Corpus::new(texts);
        let fits = |side: &[u32]| (1..=LONGEST).contains(&side.len());
        let mut pairs = corpus.pairs.iter();
        pairs.all(|(x, y)| fits(x) && fits(y)).then_some(corpus)
    }
}

/// Links as bytes: for each token of an output how far each token that it is linked to is from where
/// one is expected, behind the last one. 0: all of it; 1: and one more.
pub(super) fn links_to_bytes(pairs: &[Pair], links: &[Links]) -> Vec<u8> {
    let mut all = Vec::new();
    for ((_, y), links) in pairs.iter().zip(links) {
        let mut last = -1i32;
        for j in 0..y.len() {
            let own = links.iter().filter(|(_, t)| usize::from(*t) == j);
            for (n, (i, _)) in own.enumerate() {
                if n > 0 {
                    all.push(1);
                }
                let off = i32::from(*i) - last - 1;
                all.push(2 + (off << 1 ^ off >> 31) as u8);
                last = i32::from(*i);
            }
            all.push(0);
        }
    }
    all
}

/// What [`links_to_bytes`] wrote, for these pairs.
pub(super) fn links_of_bytes(pairs: &[Pair], bytes: &[u8]) -> Option<Vec<Links>> {
    let mut bytes = bytes.iter();
    let mut all = Vec::with_capacity(pairs.len());
    for (x, y) in pairs {
        let mut links = Links::new();
        let mut last = -1i32;
        for j in 0..y.len() {
            loop {
                match bytes.next()? {
                    0 => break,
                    1 => continue,
                    code => {
                        let code = i32::from(code - 2);
                        let off = code >> 1 ^ -(code & 1);
                        last += off + 1;
                        let i = u8::try_from(last)
                            .ok()
                            .filter(|i| usize::from(*i) < x.len())?;
                        links.push((i, j as u8));
                    }
                }
            }
        }
        links.sort_unstable();
        links.dedup();
        all.push(links);
    }
    bytes.next().is_none().then_some(all)
}

/// Inputs as one text.
pub(super) fn rendered(schema: &Schema, inputs: &[crate::Value]) -> String {
    String::from_utf8_lossy(&schema.render(inputs)).into_owned()
}

/// Without the mark of a text that begins otherwise than others.
pub(super) fn unmarked(mut tokens: Vec<String>) -> Vec<String> {
    if tokens.first().is_some_and(|t| t == AS_IT_IS) {
        tokens.remove(0);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let texts = [
            ("Go.", "Va !"),
            ("Go.", "Allez !"),
            ("I see Tom.", "Je vois Tom."),
        ];
        let texts = texts.map(|(a, b)| (a.to_string(), b.to_string())).to_vec();
        let corpus = Corpus::new(texts);
        let again = Corpus::of_bytes(&corpus.to_bytes()).unwrap();
        assert_eq!(again.texts, corpus.texts);
        assert_eq!(again.pairs, corpus.pairs);
        let links: Vec<Links> = vec![
            vec![(0, 0), (1, 1)],
            vec![],
            vec![(0, 0), (0, 2), (1, 1), (2, 1), (3, 3)],
        ];
        let bytes = links_to_bytes(&corpus.pairs, &links);
        assert_eq!(links_of_bytes(&corpus.pairs, &bytes), Some(links));
        assert_eq!(
            links_of_bytes(&corpus.pairs, &bytes[..bytes.len() - 1]),
            None
        );
        assert_eq!(links_of_bytes(&corpus.pairs, &[]), None);
    }
}
