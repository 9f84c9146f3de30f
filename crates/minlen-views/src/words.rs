//! Text whose words are codes: half as many symbols, and so twice as fast to code.
//!
//! A word is a maximal run of letters (A–Z, a–z, bytes from 128 on). The words that recur are
//! listed, in small letters, at the front of the symbols. In the text each is a *code* of one or
//! two symbols, behind a flag if it is Capitalised or in CAPITALS; the space between a code and the
//! letter, flag or code that follows goes without saying. All other words, and those of mixed case,
//! are spelled as they are. `docs/format.md`, section 7.2, has the rules.
//!
//! | symbols | meaning |
//! |---|---|
//! | 0–127 | bytes |
//! | 128 … first − 1 | the frequent high bytes, in their order |
//! | first, + 1, + 2 | escape of another high byte; capital; capitals |
//! | first + 3 … lead − 1 | words of one symbol: the most frequent |
//! | lead … 255 | with a second symbol from first + 3 … 255, all other words |
//!
//! Models are told of `first` and `lead` ([`Codes`](minlen_core::Codes)): to them, a code is a word.
//!
//! | file | idea |
//! |---|---|
//! | `count` | the words of a text, counted |
//! | `alphabet` | which symbol is what |
//! | `dictionary` | which words are worth a code, and how they are listed |
//! | `spell` | text to symbols and back |
//!
//! # The ladder
//!
//! enwik8, first 4,000,000 bytes, `mix:default`, which codes the bytes themselves in 843,368. Time
//! of the last rung: 0.6 of that of the bytes.
//!
//! | rung | symbols | bytes |
//! |---|--:|--:|
//! | 64 leads, seconds of any value, words by alphabet, capitals flagged everywhere | 2,172,559 | 849,200 |
//! | seconds are code symbols | 2,249,573 | 845,813 |
//! | contexts: the end of a code is of the class of letters from 128 on and never collapses, a lead is a class of its own | 2,251,985 | 841,480 |
//! | spelled words keep their capitals, and the space after them | 2,255,211 | 839,622 |
//! | as many leads as save most symbols, words that save 16 symbols or more | 2,223,920 | 839,748 |
//!
//! The list of words costs 11,000 of these bytes, net: without it they would be 828,523.
//!
//! What did not pay:
//! - other orders of pairs, which change what the list costs, too: by suffix 6,400 bytes more, of
//!   which 5,200 are the list; by frequency 13,000; by first use 5,000 (the list 10,000 more, the text
//!   5,000 less); by usage 3,200 (principal axes of the neighbours, 64 groups, sorted within; the list
//!   7,200 more, the text 3,900 less);
//! - no list: words spelled, and flagged as new, where they come first: + 5,200;
//! - the list front-coded: − 36,000 symbols, + 3,500 bytes; behind the text: + 1,200;
//! - frequent pairs of marks (`]]`, `, `) as one symbol: 6 of them − 5.8 % symbols, + 1.0 % bytes;
//! - space left out after spelled words too: − 1.5 % symbols, + 0.3 % bytes;
//! - rarer high bytes with symbols of their own: more symbols, the same bytes;
//! - the last code as the word so far: + 7,000 bytes; last-n contexts of whole codes: − 1,500.
//!
//! Other files, `mix:default` too, symbols and bytes with the view against those without (nothing was
//! tuned on those of Silesia):
//!
//! | file | symbols | bytes |
//! |---|--:|--:|
//! | tinyshakespeare | 0.501 | 1.001 |
//! | dickens | 0.453 | 0.981 |
//! | xml | 0.634 | 0.996 |
//! | samba | 0.704 | 0.994 |
//! | adult-train.csv | 0.610 | 1.015 |
//! | logs of LogHub, twelve | 0.54–0.82 | 0.977–1.028 |
//! | JSON, six | 0.62–0.72 | 0.989–1.079 |
//!
//! The last two lines are small files, where the plain text competes and wins if it is shorter.
//!
//! Fewer words are fewer bytes by a little and more symbols by much: of those that save 128 symbols
//! each, 17 % more symbols and 0.3 % fewer bytes in 2 MB of enwik8.

mod alphabet;
mod count;
mod dictionary;
mod list;
mod spell;
mod told;

use crate::records::Records;
use crate::text::{Text, has_fields};
use crate::{Seen, View, bytes};
use alphabet::{Alphabet, Seconds};
use count::Counts;
use dictionary::{Dictionary, Worthy};
use list::List;
use minlen_core::{Error, Limits, Structure, Symbol};
use std::borrow::Cow;
use told::Told;

/// The view, in two editions.
pub(crate) struct Words {
    /// Whether it knows the words of list 1 and the parameters tell which of these have codes
    /// (`words-1`). Otherwise the symbols list all words (`words`): only old archives have it.
    pub(crate) knows: bool,
}

/// In less text than this, to tell which words it has costs as much as to spell them.
const LEAST_BYTES: usize = 128;

/// Bytes from 128 on have a symbol of their own if they are more than one of so many bytes.
const ONE_OF: usize = 2048;

/// Symbols that codes must save of 100, for the list to pay.
const LEAST_SAVED: u64 = 15;

/// The most high bytes that leave enough room for words.
const MOST_HIGH: usize = 64;

/// The high bytes of `data` that get a symbol; `None`: too many.
fn high(data: &[u8]) -> Option<Vec<u8>> {
    let mut count = [0usize; 256];
    data.iter().for_each(|&b| count[usize::from(b)] += 1);
    let high: Vec<u8> = (128..=255)
        .filter(|&b| count[usize::from(b)] * ONE_OF > data.len())
        .collect();
    (high.len() <= MOST_HIGH).then_some(high)
}

/// What the parameters say.
struct Params {
    alphabet: Alphabet,
    told: Told,
}

impl Words {
    fn list(&self) -> &'static List {
        if self.knows {
            List::first()
        } else {
            List::EMPTY
        }
    }

    /// The alphabet, and what is left of the parameters.
    fn alphabet<'a>(&self, params: &'a [u8]) -> Result<(Alphabet, &'a [u8]), Error> {
        if !self.knows {
            return Ok((Alphabet::read(params, Seconds::Codes)?, &[]));
        }
        let (alphabet, rest) = (params.split_first())
            .and_then(|(&bytes, rest)| rest.split_at_checked(bytes.into()))
            .ok_or_else(|| Error::Damaged("the alphabet of the view is cut off".into()))?;
        Ok((Alphabet::read(alphabet, Seconds::All)?, rest))
    }

    fn params(&self, params: &[u8]) -> Result<Params, Error> {
        let (alphabet, rest) = self.alphabet(params)?;
        let told = Told::read(rest, self.list())?;
        if told.singles.len() > alphabet.singles() {
            return Err(Error::Damaged("more words than codes of one symbol".into()));
        }
        Ok(Params { alphabet, told })
    }

    /// Parameters with this alphabet (the leads and the high bytes).
    fn write(&self, alphabet: &[u8], told: &Told) -> Vec<u8> {
        let bytes = alphabet.len() as u8;
        [&[bytes], alphabet, &told.write(self.list())].concat()
    }
}

/// Parameters of `words-1` with any alphabet, in which each of so many words has a code.
pub(crate) fn any_params(alphabet: &[u8], each: usize) -> Vec<u8> {
    let told = Told {
        singles: vec![each],
        pairs: (0..List::first().len()).step_by(each).collect(),
    };
    Words { knows: true }.write(alphabet, &told)
}

impl View for Words {
    fn name(&self) -> &'static str {
        if self.knows { "words-1" } else { "words" }
    }

    fn summary(&self) -> &'static str {
        if self.knows {
            "text again, its words as codes: only in archives"
        } else {
            "as words-1, but lists all words: only in old archives"
        }
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        if !self.knows || data.len() < LEAST_BYTES {
            return None;
        }
        let high = high(data)?;
        // (CSVs of a catalogue: 661 kB as text, 699 kB as words; logs 141 and 141, JSON 720 and 729.)
        if has_fields(data) {
            return None;
        }
        let counts = Counts::of(data);
        let worthy = Worthy::of(&counts, self.list());
        let (alphabet, saved) = worthy.alphabet(high, Seconds::All)?;
        if saved * 100 < data.len() as u64 * LEAST_SAVED {
            return None;
        }
        // Archives of texts are no text, but full of words.
        let says = match (Text.probe(data), Records.probe(data)) {
            (Some(text), _) => text.says,
            (None, Some(_)) => return None,
            (None, None) => bytes::seen(data).says,
        };
        let params = self.write(&alphabet.write(), &worthy.told(&alphabet));
        Some(Seen { params, says })
    }

    fn forward<'a>(&self, data: &'a [u8], params: &[u8]) -> Result<Cow<'a, [Symbol]>, Error> {
        let Params { alphabet, told } = self.params(params)?;
        let counts = Counts::of(data);
        let worthy = Worthy::of(&counts, self.list());
        let mut symbols = Vec::with_capacity(data.len() / 2);
        let codes = worthy.write(&alphabet, &told, &mut symbols);
        spell::encode(data, &alphabet, &counts, &codes, &mut symbols);
        Ok(Cow::Owned(symbols))
    }

    fn inverse(
        &self,
        symbols: Vec<Symbol>,
        params: &[u8],
        limits: &Limits,
    ) -> Result<Vec<u8>, Error> {
        let Params { alphabet, told } = self.params(params)?;
        let mut rest = &symbols[..];
        let dictionary = Dictionary::read(&mut rest, &alphabet, &told, self.list())?;
        spell::decode(rest, &alphabet, &dictionary, limits)
    }

    fn keeps_places(&self) -> bool {
        false
    }

    fn structure(&self, params: &[u8]) -> Result<Structure, Error> {
        let (alphabet, _) = self.alphabet(params)?;
        Ok(Structure {
            text: true,
            codes: alphabet.codes,
            ..Structure::NONE
        })
    }
}
