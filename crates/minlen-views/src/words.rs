//! Text whose words are codes: half as many symbols, and so twice as fast to code.
//!
//! A word is a maximal run of letters (A–Z, a–z, bytes from 128 on). Words of a built-in list need
//! not be spelled: the parameters tell which of them have codes. Others that recur are listed, in
//! small letters, at the front of the symbols. In the text each is a *code* of one or two symbols,
//! behind a flag if it is Capitalised or in CAPITALS; the space between a code and the letter, flag
//! or code that follows goes without saying. All other words, and those of mixed case, are spelled as
//! they are. `docs/format.md`, sections 7.2 and 7.3, has the rules.
//!
//! | symbols | meaning |
//! |---|---|
//! | 0–127 | bytes |
//! | 128 … first − 1 | the frequent high bytes, in their order |
//! | first, + 1, + 2 | escape of another high byte; capital; capitals |
//! | first + 3 … lead − 1 | words of one symbol: the most frequent |
//! | lead … 255 | with a second symbol, any (in `words`: from first + 3 on), all other words |
//!
//! Models are told of `first` and `lead` ([`Codes`](minlen_core::Codes)): to them, a code is a word.
//!
//! | file | idea |
//! |---|---|
//! | `list` | the words that the program knows |
//! | `told` | which of them have codes, in few bytes |
//! | `count` | the words of a text, counted |
//! | `alphabet` | which symbol is what |
//! | `dictionary` | which words are worth a code, and which code is whose |
//! | `spell` | text to symbols and back |
//!
//! # The ladder of `words`
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
//! # The ladder of `words-1`
//!
//! `mix2:default`; parameters and coded symbols. The built-in list is not in these figures: it is a
//! part of the program. None of these files is in what it was made of.
//!
//! | rung | enwik8, 4,000,000 | its first 1,000,000 | tinyshakespeare |
//! |---|--:|--:|--:|
//! | `words` | 843,100 | 222,650 | 274,580 |
//! | 32,768 words known, by alphabet; those have codes that occur twice and save 8 symbols | 834,977 | 216,511 | 269,312 |
//! | by company: words that stand between the same neighbours stand together | 832,397 | 215,395 | 267,028 |
//! | all that occur have codes, those that occur once too | 832,397 | 211,421 | 264,876 |
//! | 49,152 words | 831,316 | 209,749 | 263,454 |
//! | any second symbol, so that there are twice as many codes | 822,835 | 210,168 | 262,915 |
//! | rare words are placed more by their own company than by all words' | 819,751 | 209,739 | 262,381 |
//! | no words of addresses and of translations into Chinese: they named people | 820,870 | 210,036 | 262,240 |
//!
//! What did not pay:
//! - 65,536 words: − 0.06 %, − 0.2 %, − 0.1 %;
//! - second symbols from 64 on: + 1,700, − 300, − 150 bytes;
//! - spelled words have codes only if they save 32 symbols: − 770 bytes, + 0.8 % symbols;
//! - words by alphabet in groups of 4 of one company, not 12: − 240, + 50, − 240 bytes;
//! - in `told`, odds that follow from the rank and the length of the text: no byte.
//!
//! Archives at the default level, with what the probe chose before `words-1` and since. (Nothing was
//! tuned on those of Silesia, but a megabyte of dickens was looked at.)
//!
//! | file | bytes | before | since |
//! |---|--:|--:|--:|
//! | dickens, first 1,000 bytes | 1,000 | 648 | 515 |
//! | first 10,000 | 10,000 | 3,814 | 3,130 |
//! | first 100,000 | 100,000 | 28,590 | 24,746 |
//! | all | 10,192,446 | 2,137,805 | 2,085,802 |
//! | enwik8, first 300,000 bytes | 300,000 | 71,274 | 66,431 |
//! | xml | 5,345,280 | 327,136 | 319,119 |
//! | samba | 21,606,400 | 3,029,753 | 3,026,461 |
//! | reymont: declined, before and since | 6,627,202 | 996,472 | 996,472 |
//!
//! English and Chinese in turn, with up to 96 high bytes instead of 64 ([`MOST_HIGH`]; before, these were
//! `text` and `script`):
//!
//! | documents | bytes | level | before | since |
//! |---|--:|---|--:|--:|
//! | a third Chinese | 8,000,000 | `-1` | 2,062,773 | 1,989,058 |
//! | | | `-5` | 1,977,038 | 1,781,256 |
//! | | | `-7` | 1,775,611 | 1,744,660 |
//! | sentences, half Chinese | 1,315,137 | `-5` | 299,992 | 284,507 |
//!
//! Tables, logs and JSON keep their fields ([`has_fields`]): with words, all CSVs of a catalogue were
//! 699,388 bytes and as text 661,031; logs 141,038 and 141,038, JSON 729,194 and 720,154
//! (`mix2:default`, `words`).
//!
//! Fewer words are fewer bytes by a little and more symbols by much: of those that save 128 symbols
//! each, 17 % more symbols and 0.3 % fewer bytes in 2 MB of enwik8 (`words`).

mod alphabet;
mod count;
mod dictionary;
mod list;
mod spell;
mod told;

use crate::records::Records;
use crate::text::{Text, has_fields};
use crate::{Seen, Sight, VIEWS, View, bytes};
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

/// The most high bytes that leave enough room for words. English and Chinese documents in turn, a third
/// of the bytes Chinese, have 73: with codes they are 9.9 % shorter (`mix2:default-2`).
const MOST_HIGH: usize = 96;

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

    /// What `then` makes of what the probe finds, and of what it found it by.
    fn look<T>(&self, data: &[u8], then: impl FnOnce(Seen, &Counts, &Worthy) -> T) -> Option<T> {
        if !self.knows || data.len() < LEAST_BYTES {
            return None;
        }
        let high = high(data)?;
        if has_fields(data) {
            return None;
        }
        let counts = Counts::of(data);
        let worthy = Worthy::of(&counts, self.list());
        let (alphabet, saved) = worthy.alphabet(high, Seconds::All)?;
        if saved * 100 < data.len() as u64 * LEAST_SAVED {
            return None;
        }
        let says = says(data)?;
        let params = self.write(&alphabet.write(), &worthy.told(&alphabet));
        Some(then(Seen { params, says }, &counts, &worthy))
    }

    /// Parameters with this alphabet (the leads and the high bytes).
    fn write(&self, alphabet: &[u8], told: &Told) -> Vec<u8> {
        let bytes = alphabet.len() as u8;
        [&[bytes], alphabet, &told.write(self.list())].concat()
    }
}

/// Data whose words are counted, as symbols.
fn write(params: &Params, counts: &Counts, worthy: &Worthy) -> Vec<Symbol> {
    let Params { alphabet, told } = params;
    let mut symbols = Vec::with_capacity(counts.data.len() / 2);
    let codes = worthy.write(alphabet, told, &mut symbols);
    spell::encode(alphabet, counts, &codes, &mut symbols);
    symbols
}

/// Parameters of `words-1` in which the words of the first `classes` (0 to 26) classes of the built-in list
/// have codes, the most frequent of them in `data` of one symbol, as many as there is room for beside
/// `leads` for two. Few bytes say so, since no class is cut. `None`: too many bytes from 128 on are
/// frequent, or there is no room for so many leads (128 − 3 − the number of these bytes; 1 at least).
pub fn shared_params(data: &[u8], leads: u8, classes: usize) -> Option<Vec<u8>> {
    let (list, high) = (List::first(), high(data)?);
    if !(1..=Alphabet::room(&high)).contains(&leads.into()) {
        return None;
    }
    let alphabet = Alphabet::new(high, leads, Seconds::All);
    let counts = Counts::of(data);
    let mut count = vec![0; list.len()];
    for (i, word) in counts.words.iter().enumerate() {
        if let Some(n) = list.find(counts.letters(i)) {
            count[n] += word.count;
        }
    }
    let mut words: Vec<usize> = (0..list.len())
        .filter(|&n| list.rarity(n) < classes)
        .collect();
    words.sort_by_key(|&n| std::cmp::Reverse(count[n]));
    words.truncate(alphabet.words());
    let mut pairs = words.split_off(alphabet.singles().min(words.len()));
    words.sort_unstable();
    pairs.sort_unstable();
    let told = Told {
        singles: words,
        pairs,
    };
    Some(Words { knows: true }.write(&alphabet.write(), &told))
}

const NAME: &str = "words-1";

/// `data` as `words-1` sees it under given parameters: words have those codes that the parameters give them, or
/// none, and none are listed. So the symbols of different texts mean the same, and who has learnt those of
/// many knows those of another. `None`: it is no such text, codes save too little, or they are no such
/// parameters.
///
/// ```
/// let text = "the words of the text, and the words of another text: ".repeat(9);
/// let params = minlen_views::shared_params(text.as_bytes(), 40, 10).unwrap();
/// let (view, sight) = minlen_views::see_with_words(text.as_bytes(), &params).unwrap();
/// assert_eq!(view.name(), "words-1");
/// assert!(sight.symbols.unwrap().len() < text.len() * 3 / 4);
/// ```
pub fn see_with_words<'a>(data: &'a [u8], params: &[u8]) -> Option<(&'static dyn View, Sight<'a>)> {
    const VIEW: &Words = &Words { knows: true };
    let mut before = VIEWS.iter().take_while(|view| view.name() != NAME);
    if data.len() < LEAST_BYTES || has_fields(data) || before.any(|view| view.probe(data).is_some())
    {
        return None;
    }
    let says = says(data)?;
    let symbols = with_words(data, params).ok()?;
    if symbols.len() as u64 * 100 > data.len() as u64 * (100 - LEAST_SAVED) {
        return None;
    }
    let seen = Seen {
        params: params.to_vec(),
        says,
    };
    let symbols = Ok(Cow::Owned(symbols));
    Some((VIEW, Sight { seen, symbols }))
}

/// The symbols of any data under parameters of `words-1`, as [`see_with_words`] has them. `Damaged`: they are no
/// such parameters.
pub fn with_words(data: &[u8], params: &[u8]) -> Result<Vec<Symbol>, Error> {
    let Params { alphabet, told } = Words { knows: true }.params(params)?;
    let counts = Counts::of(data);
    let mut symbols = Vec::with_capacity(data.len() / 2);
    let codes = dictionary::told(&counts, &alphabet, &told, List::first(), &mut symbols);
    spell::encode(&alphabet, &counts, &codes, &mut symbols);
    Ok(symbols)
}

/// What text it is, in words; `None`: none. Archives of texts are no text, but full of words.
fn says(data: &[u8]) -> Option<String> {
    match (Text.probe(data), Records.probe(data)) {
        (Some(text), _) => Some(text.says),
        (None, Some(_)) => None,
        (None, None) => Some(bytes::seen(data).says),
    }
}

/// Parameters of `words-1` with any alphabet, in which each of so many words has a code.
pub(crate) fn any_params(alphabet: &[u8], each: usize) -> Result<Vec<u8>, Error> {
    let singles = Alphabet::read(alphabet, Seconds::All)?.singles();
    let mut words = (0..List::first().len()).step_by(each);
    let told = Told {
        singles: words.by_ref().take(singles).collect(),
        pairs: words.collect(),
    };
    Ok(Words { knows: true }.write(alphabet, &told))
}

impl View for Words {
    fn name(&self) -> &'static str {
        if self.knows { NAME } else { "words" }
    }

    fn summary(&self) -> &'static str {
        if self.knows {
            "text again, its words as codes: only in archives"
        } else {
            "as words-1, but lists all words: only in old archives"
        }
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        self.look(data, |seen, _, _| seen)
    }

    fn forward<'a>(&self, data: &'a [u8], params: &[u8]) -> Result<Cow<'a, [Symbol]>, Error> {
        let params = self.params(params)?;
        let counts = Counts::of(data);
        let worthy = Worthy::of(&counts, self.list());
        Ok(Cow::Owned(write(&params, &counts, &worthy)))
    }

    fn see<'a>(&self, data: &'a [u8]) -> Option<Sight<'a>> {
        self.look(data, |seen, counts, worthy| {
            let params = self.params(&seen.params);
            let symbols = params.map(|params| Cow::Owned(write(&params, counts, worthy)));
            Sight { seen, symbols }
        })
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
