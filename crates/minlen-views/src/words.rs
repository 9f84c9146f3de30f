//! Text whose words are codes.

mod alphabet;
mod count;
mod dictionary;
mod spell;

use crate::text::Text;
use crate::{Seen, View};
use alphabet::Alphabet;
use count::Counts;
use dictionary::{Dictionary, Worthy};
use minlen_core::{Error, Limits, Structure, Symbol};
use std::borrow::Cow;

pub(crate) struct Words;

/// Less text than this has no frequent words.
const LEAST_BYTES: usize = 32 << 10;

/// Bytes from 128 on that are at least one of so many bytes have a symbol of their own.
const ONE_OF: usize = 2048;

/// The high bytes of `data` that get a symbol; `None`, when so many are needed that words would
/// have too little room.
fn high(data: &[u8]) -> Option<Vec<u8>> {
    let mut count = [0usize; 256];
    data.iter().for_each(|&b| count[usize::from(b)] += 1);
    let high: Vec<u8> = (128..=255)
        .filter(|&b| count[usize::from(b)] * ONE_OF > data.len())
        .collect();
    (high.len() <= 64).then_some(high)
}

impl View for Words {
    fn name(&self) -> &'static str {
        "words"
    }

    fn summary(&self) -> &'static str {
        "text, its words as codes"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        if data.len() < LEAST_BYTES {
            return None;
        }
        let high = high(data)?;
        let seen = Text.probe(data)?;
        let counts = Counts::of(data);
        let (alphabet, saved) = Worthy::of(&counts).alphabet(&counts, high)?;
        (saved * 100 >= data.len() as u64 * 15).then(|| Seen {
            params: alphabet.write(),
            ..seen
        })
    }

    fn forward<'a>(&self, data: &'a [u8], params: &[u8]) -> Result<Cow<'a, [Symbol]>, Error> {
        let alphabet = Alphabet::read(params)?;
        let counts = Counts::of(data);
        let words = Worthy::of(&counts).chosen(&counts, &alphabet);
        let mut symbols = Vec::with_capacity(data.len() / 2);
        let codes = dictionary::write(&words, &counts, &alphabet, &mut symbols);
        spell::encode(data, &alphabet, &counts, &codes, &mut symbols);
        Ok(Cow::Owned(symbols))
    }

    fn inverse(
        &self,
        symbols: Vec<Symbol>,
        params: &[u8],
        limits: &Limits,
    ) -> Result<Vec<u8>, Error> {
        let alphabet = Alphabet::read(params)?;
        let mut rest = &symbols[..];
        let dictionary = Dictionary::read(&mut rest, &alphabet)?;
        spell::decode(rest, &alphabet, &dictionary, limits)
    }

    fn keeps_places(&self) -> bool {
        false
    }

    fn structure(&self, params: &[u8]) -> Result<Structure, Error> {
        let codes = Alphabet::read(params)?.codes;
        Ok(Structure {
            codes,
            ..Structure::NONE
        })
    }
}
