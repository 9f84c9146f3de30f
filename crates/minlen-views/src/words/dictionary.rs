//! Which words have codes, and how the front of a stream lists them.

use super::alphabet::{Alphabet, Code, Seconds};
use super::count::Counts;
use super::list::List;
use super::told::Told;
use minlen_core::{Error, Role, Symbol};
use std::cmp::Reverse;
use std::ops::Range;

/// Words that have to be spelled and occur less often have no code.
const LEAST: u32 = 3;

/// Words that have to be spelled and save fewer symbols have no code: to list them costs more bits
/// than it is worth.
const LEAST_SAVED: u64 = 16;

/// The end of a word in the list; a word of no letters ends the list.
const END: Symbol = b'\n';

/// The words of a text that are worth a code.
pub(super) struct Worthy<'a> {
    counts: &'a Counts<'a>,
    /// Words of the built-in list.
    listed: usize,
    /// Of each word counted, its number in the built-in list.
    known: Vec<Option<usize>>,
    /// Their numbers, the most frequent first: these are worth a code of one symbol.
    frequent: Vec<usize>,
    /// The same, those first that save most symbols by a code of two.
    saving: Vec<usize>,
}

impl<'a> Worthy<'a> {
    pub(super) fn of(counts: &'a Counts, list: &List) -> Worthy<'a> {
        let mut worthy = Worthy {
            counts,
            listed: list.len(),
            known: (0..counts.words.len())
                .map(|i| list.find(counts.letters(i)))
                .collect(),
            frequent: Vec::new(),
            saving: Vec::new(),
        };
        let is_worth = |&i: &usize| {
            let pays = || counts.words[i].count >= LEAST && worthy.saved(i) >= LEAST_SAVED;
            worthy.known[i].is_some() || pays()
        };
        let mut saving: Vec<usize> = (0..counts.words.len()).filter(is_worth).collect();
        let mut frequent = saving.clone();
        saving.sort_by_key(|&i| (Reverse(worthy.saved(i)), i));
        frequent.sort_by_key(|&i| (Reverse(counts.words[i].count), i));
        (worthy.saving, worthy.frequent) = (saving, frequent);
        worthy
    }

    /// Symbols that a code of two saves for a word: each time but the one at which the list spells
    /// it. Spaces between words come on top.
    fn saved(&self, word: usize) -> u64 {
        let counted = &self.counts.words[word];
        let spelled = u32::from(self.known[word].is_none());
        u64::from(counted.count - spelled) * (u64::from(counted.len) + 1).saturating_sub(2)
    }

    /// The alphabet that saves most symbols, with these high bytes, and how many it saves, about.
    pub(super) fn alphabet(&self, high: Vec<u8>, seconds: Seconds) -> Option<(Alphabet, u64)> {
        let sums = |words: &[usize], value: &dyn Fn(usize) -> u64| {
            let mut sums = vec![0];
            for &i in words {
                sums.push(sums[sums.len() - 1] + value(i));
            }
            sums
        };
        let all = sums(&self.saving, &|i| self.saved(i));
        // What a code of one symbol saves more than one of two.
        let more = sums(&self.frequent, &|i| u64::from(self.counts.words[i].count));
        let last = self.saving.len();
        (1..=Alphabet::room(&high))
            .map(|leads| {
                let alphabet = Alphabet::new(high.clone(), leads as u8, seconds);
                let singles = alphabet.singles();
                (
                    all[alphabet.words().min(last)] + more[singles.min(last)],
                    Reverse(leads),
                )
            })
            .max()
            .map(|(saved, Reverse(leads))| (Alphabet::new(high, leads as u8, seconds), saved))
    }

    /// The words that have codes of one symbol, and those that have codes of two.
    fn chosen(&self, alphabet: &Alphabet) -> [Vec<usize>; 2] {
        let singles = alphabet.singles().min(self.frequent.len());
        let singles = self.frequent[..singles].to_vec();
        let mut single = vec![false; self.counts.words.len()];
        singles.iter().for_each(|&i| single[i] = true);
        let others = self.saving.iter().copied().filter(|&i| !single[i]);
        let pairs = others.take(alphabet.pairs()).collect();
        [singles, pairs]
    }

    /// Those of the built-in list that have codes.
    pub(super) fn told(&self, alphabet: &Alphabet) -> Told {
        let [singles, pairs] = self.chosen(alphabet).map(|words| {
            let mut known: Vec<usize> = words.iter().filter_map(|&i| self.known[i]).collect();
            known.sort_unstable();
            known
        });
        Told { singles, pairs }
    }

    /// Appends the list of the other words that have codes; gives the code of each word counted.
    pub(super) fn write(
        &self,
        alphabet: &Alphabet,
        told: &Told,
        out: &mut Vec<Symbol>,
    ) -> Vec<Code> {
        let mut is_told = vec![false; self.listed];
        told.all().for_each(|n| is_told[n] = true);
        let mut spelled = Vec::new();
        for mut words in self.chosen(alphabet) {
            words.retain(|&i| self.known[i].is_none_or(|n| !is_told[n]));
            words.sort_by_cached_key(|&i| self.counts.letters(i).to_ascii_lowercase());
            spelled.extend(words);
        }
        for &i in &spelled {
            alphabet.spell(&self.counts.letters(i).to_ascii_lowercase(), out);
            out.push(END);
        }
        out.push(END);
        codes(alphabet, told, &spelled, &self.known, self.listed)
    }
}

/// Appends a list of no words; gives the codes of the words counted if only those told of have any.
pub(super) fn told(
    counts: &Counts,
    alphabet: &Alphabet,
    told: &Told,
    list: &List,
    out: &mut Vec<Symbol>,
) -> Vec<Code> {
    out.push(END);
    let known: Vec<_> = (0..counts.words.len())
        .map(|i| list.find(counts.letters(i)))
        .collect();
    codes(alphabet, told, &[], &known, list.len())
}

/// The code of each word counted, if those told of and those of the list `spelled` have codes. `known`: of each
/// word counted, its number in the built-in list of so many words.
fn codes(
    alphabet: &Alphabet,
    told: &Told,
    spelled: &[usize],
    known: &[Option<usize>],
    listed: usize,
) -> Vec<Code> {
    // The word counted that is word n of the built-in list.
    let mut counted = vec![None; listed];
    for (i, known) in known.iter().enumerate() {
        known.iter().for_each(|&n| counted[n] = Some(i));
    }
    let mut codes = vec![Code::NONE; known.len()];
    for (n, word) in numbered(alphabet, told, spelled.len()) {
        let counted = match word {
            Word::Told(word) => counted[word],
            Word::Spelled(word) => Some(spelled[word]),
        };
        if let Some(i) = counted
            && n < alphabet.words()
        {
            codes[i] = alphabet.code(n);
        }
    }
    codes
}

/// Where a word's letters are.
enum Word {
    /// The number in the built-in list.
    Told(usize),
    /// The number in the list at the front of the symbols.
    Spelled(usize),
}

/// All words that have codes, by the numbers of these: of the singles and of the pairs, those told
/// of come first.
fn numbered(
    alphabet: &Alphabet,
    told: &Told,
    spelled: usize,
) -> impl Iterator<Item = (usize, Word)> {
    let singles = alphabet.singles();
    let room = singles.saturating_sub(told.singles.len()).min(spelled);
    let words = |told: &[usize], spelled: Range<usize>| -> Vec<Word> {
        let told = told.iter().map(|&n| Word::Told(n));
        told.chain(spelled.map(Word::Spelled)).collect()
    };
    let first = words(&told.singles, 0..room);
    let second = words(&told.pairs, room..spelled);
    (0..).zip(first).chain((singles..).zip(second))
}

/// Words, by the numbers of their codes.
pub(super) struct Dictionary {
    letters: Vec<u8>,
    /// Where each begins and ends.
    bounds: Vec<(u32, u32)>,
}

impl Dictionary {
    /// Those told of, and those of the list at the front of `symbols`, which it takes off.
    pub(super) fn read(
        symbols: &mut &[Symbol],
        alphabet: &Alphabet,
        told: &Told,
        list: &List,
    ) -> Result<Dictionary, Error> {
        let (mut letters, spelled) = spelled(symbols, alphabet)?;
        let mut bounds = Vec::new();
        for (n, word) in numbered(alphabet, told, spelled.len()) {
            bounds.resize(n, (0, 0));
            bounds.push(match word {
                Word::Spelled(i) => spelled[i],
                Word::Told(i) => {
                    let from = letters.len() as u32;
                    letters.extend(list.word(i));
                    (from, letters.len() as u32)
                }
            });
        }
        Ok(Dictionary { letters, bounds })
    }

    /// Word `n`.
    #[inline]
    pub(super) fn word(&self, n: usize) -> Option<&[u8]> {
        let &(from, to) = self.bounds.get(n)?;
        (from < to).then(|| &self.letters[from as usize..to as usize])
    }
}

/// The letters of the words listed, and where each begins and ends.
type Spelled = (Vec<u8>, Vec<(u32, u32)>);

/// Takes the list from the front of `symbols`.
fn spelled(symbols: &mut &[Symbol], alphabet: &Alphabet) -> Result<Spelled, Error> {
    let damaged = || Error::Damaged("the list of words makes no sense".into());
    let (mut letters, mut bounds) = (Vec::new(), Vec::new());
    let mut next = || {
        let (&s, rest) = symbols.split_first().ok_or_else(damaged)?;
        *symbols = rest;
        Ok(s)
    };
    let mut from = 0;
    loop {
        let to = letters.len() as u32;
        match next()? {
            END if from == to => return Ok((letters, bounds)),
            END => {
                bounds.push((from, to));
                from = to;
            }
            s => letters.push(match alphabet.codes.role(Role::Byte, s) {
                Role::Byte => alphabet.byte(s),
                Role::Escape => next()?,
                _ => return Err(damaged()),
            }),
        }
    }
}
