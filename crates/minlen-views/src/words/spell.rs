//! From text to symbols and back, when it is known which word has which code.

use super::alphabet::{Alphabet, Code};
use super::count::{Case, Counts, Word, is_letter};
use super::dictionary::Dictionary;
use minlen_core::{Error, Limits, Role, Symbol};

/// Appends the symbols of the data whose words are counted; `codes` are those words'.
pub(super) fn encode(alphabet: &Alphabet, counts: &Counts, codes: &[Code], out: &mut Vec<Symbol>) {
    let data = counts.data;
    let mut after_code = false;
    let mut at = 0;
    let mut words = counts.all.iter();
    while at < data.len() {
        if !is_letter(data[at]) {
            // The space between a code and a word goes without saying.
            let next = data.get(at + 1);
            if !(after_code && data[at] == b' ' && next.is_some_and(|&b| is_letter(b))) {
                out.push(data[at]);
            }
            after_code = false;
            at += 1;
            continue;
        }
        let word = Word::at(data, at);
        let number = words.next().map_or(usize::MAX, |&number| number as usize);
        let code = codes.get(number).copied().unwrap_or(Code::NONE);
        after_code = code != Code::NONE;
        if after_code {
            match word.case {
                Case::Capital => out.push(alphabet.codes.first + 1),
                Case::Capitals => out.push(alphabet.codes.first + 2),
                Case::Small | Case::Mixed => {}
            }
            out.extend_from_slice(code.symbols());
        } else {
            alphabet.spell(&data[at..word.end], out);
        }
        at = word.end;
    }
}

/// The data that `symbols` are of.
pub(super) fn decode(
    symbols: &[Symbol],
    alphabet: &Alphabet,
    dictionary: &Dictionary,
    limits: &Limits,
) -> Result<Vec<u8>, Error> {
    let damaged = || Error::Damaged("the symbols of the text make no sense".into());
    let mut out = Vec::new();
    let mut after_code = false;
    let mut symbols = symbols.iter().copied();
    let mut next = || symbols.next();
    while let Some(mut s) = next() {
        let mut role = alphabet.codes.role(Role::Byte, s);
        if after_code && (role != Role::Byte || is_letter(s)) {
            out.push(b' ');
        }
        let flag = role;
        if matches!(flag, Role::Capital | Role::Capitals) {
            s = next().ok_or_else(damaged)?;
            role = alphabet.codes.role(Role::Byte, s);
            if !matches!(role, Role::Single | Role::Lead) {
                return Err(damaged());
            }
        }
        let word = match role {
            Role::Single => Some(usize::from(s - alphabet.single())),
            Role::Lead => {
                Some((next().and_then(|second| alphabet.pair(s, second))).ok_or_else(damaged)?)
            }
            Role::Escape => {
                out.push(next().ok_or_else(damaged)?);
                None
            }
            _ => {
                out.push(alphabet.byte(s));
                None
            }
        };
        after_code = word.is_some();
        if let Some(n) = word {
            let from = out.len();
            let letters = dictionary.word(n).ok_or_else(damaged)?;
            let grown = (from + letters.len()) as u64;
            Limits::check("the block", grown, limits.block_bytes)?;
            out.extend_from_slice(letters);
            match flag {
                Role::Capital => out[from..from + 1].make_ascii_uppercase(),
                Role::Capitals => out[from..].make_ascii_uppercase(),
                _ => {}
            }
        }
        Limits::check("the block", out.len() as u64, limits.block_bytes)?;
    }
    Ok(out)
}
