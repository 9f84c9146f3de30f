//! Which words have codes, and how the front of a stream lists them.

use super::alphabet::{Alphabet, Code};
use super::count::Counts;
use minlen_core::{Error, Role, Symbol};
use std::cmp::Reverse;

/// Words that occur less often have no code.
const LEAST: u32 = 3;

/// Words that save fewer symbols have no code: to list them costs more bits than it is worth.
const LEAST_SAVED: u64 = 16;

/// The end of a word in the list; a word of no letters ends the list.
const END: Symbol = b'\n';

/// The words of a text that are worth a code.
pub(super) struct Worthy {
    /// Their numbers, the most frequent first: these are worth a code of one symbol.
    frequent: Vec<usize>,
    /// The same, those first that save most symbols by a code of two.
    saving: Vec<usize>,
}

/// Symbols that a code of two saves for a word: each time but the first, at which the dictionary
/// spells it. Spaces between words come on top.
fn saved(counts: &Counts, word: usize) -> u64 {
    let counted = &counts.words[word];
    u64::from(counted.count - 1) * (u64::from(counted.len) + 1).saturating_sub(2)
}

impl Worthy {
    pub(super) fn of(counts: &Counts) -> Worthy {
        let mut saving: Vec<usize> = (0..counts.words.len())
            .filter(|&i| counts.words[i].count >= LEAST && saved(counts, i) >= LEAST_SAVED)
            .collect();
        let mut frequent = saving.clone();
        saving.sort_by_key(|&i| (Reverse(saved(counts, i)), i));
        frequent.sort_by_key(|&i| (Reverse(counts.words[i].count), i));
        Worthy { frequent, saving }
    }

    /// The alphabet that saves most symbols, with these high bytes, and how many it saves, about.
    pub(super) fn alphabet(&self, counts: &Counts, high: Vec<u8>) -> Option<(Alphabet, u64)> {
        let sums = |words: &[usize], value: &dyn Fn(usize) -> u64| {
            let mut sums = vec![0];
            for &i in words {
                sums.push(sums[sums.len() - 1] + value(i));
            }
            sums
        };
        let all = sums(&self.saving, &|i| saved(counts, i));
        // What a code of one symbol saves more than one of two.
        let more = sums(&self.frequent, &|i| u64::from(counts.words[i].count));
        let last = self.saving.len();
        (1..=Alphabet::room(&high))
            .map(|leads| {
                let alphabet = Alphabet::new(high.clone(), leads as u8);
                let singles = alphabet.singles();
                let words = singles + alphabet.pairs();
                (
                    all[words.min(last)] + more[singles.min(last)],
                    Reverse(leads),
                )
            })
            .max()
            .map(|(saved, Reverse(leads))| (Alphabet::new(high, leads as u8), saved))
    }

    /// The words in the order of their codes: by alphabet, singles and pairs each.
    pub(super) fn chosen(&self, counts: &Counts, alphabet: &Alphabet) -> Vec<usize> {
        let singles = alphabet.singles().min(self.frequent.len());
        let mut words = self.frequent[..singles].to_vec();
        let mut single = vec![false; counts.words.len()];
        words.iter().for_each(|&i| single[i] = true);
        let others = self.saving.iter().copied().filter(|&i| !single[i]);
        words.extend(others.take(alphabet.pairs()));
        let small = |&i: &usize| counts.letters(i).to_ascii_lowercase();
        words[..singles].sort_by_cached_key(small);
        words[singles..].sort_by_cached_key(small);
        words
    }
}

/// Appends the list of `words`; gives the code of each word counted.
pub(super) fn write(
    words: &[usize],
    counts: &Counts,
    alphabet: &Alphabet,
    out: &mut Vec<Symbol>,
) -> Vec<Code> {
    let mut codes = vec![Code::NONE; counts.words.len()];
    for (n, &word) in words.iter().enumerate() {
        codes[word] = alphabet.code(n);
        alphabet.spell(&counts.letters(word).to_ascii_lowercase(), out);
        out.push(END);
    }
    out.push(END);
    codes
}

/// Words, in the order of their codes.
pub(super) struct Dictionary {
    letters: Vec<u8>,
    /// Where each begins, and the last ends.
    bounds: Vec<u32>,
}

impl Dictionary {
    /// Takes the list from the front of `symbols`.
    pub(super) fn read(symbols: &mut &[Symbol], alphabet: &Alphabet) -> Result<Dictionary, Error> {
        let damaged = || Error::Damaged("the list of words makes no sense".into());
        let (mut letters, mut bounds) = (Vec::new(), vec![0]);
        let mut next = || {
            let (&s, rest) = symbols.split_first().ok_or_else(damaged)?;
            *symbols = rest;
            Ok(s)
        };
        loop {
            match next()? {
                END if bounds.last() == Some(&(letters.len() as u32)) => {
                    return Ok(Dictionary { letters, bounds });
                }
                END => bounds.push(letters.len() as u32),
                s => letters.push(match alphabet.codes.role(Role::Byte, s) {
                    Role::Byte => alphabet.byte(s),
                    Role::Escape => next()?,
                    _ => return Err(damaged()),
                }),
            }
        }
    }

    /// Word `n`.
    #[inline]
    pub(super) fn word(&self, n: usize) -> Option<&[u8]> {
        let (from, to) = (*self.bounds.get(n)?, *self.bounds.get(n + 1)?);
        Some(&self.letters[from as usize..to as usize])
    }
}
