//! 7.2 and 7.3: `words` and `words-1`, text whose words are codes.

use super::{Codes, Role, Structure};
use crate::entropy::Decoder;

/// 7.3: the list of words, a part of the format.
const LIST: &str = include_str!("../../../minlen-views/src/words/list-1.txt");

/// Words whose codes need not be spelled.
pub struct Told {
    singles: Vec<&'static str>,
    pairs: Vec<&'static str>,
}

/// 7.3: reads the lane that tells of the words of the list.
pub fn told(lane: &[u8]) -> Result<Told, String> {
    let mut decoder = Decoder::new(lane);
    let share = |(yes, all): (u64, u64), p, weight| ((yes << 16) + p * weight) / (all + weight);
    let ask = |decoder: &mut Decoder, p: u64| decoder.bit(p.clamp(1, 65535));
    let mut first = [(0, 0); 26];
    let mut near = [[(0, 0); 7]; 26];
    let mut second = [(0, 0); 26];
    let mut answers: Vec<u64> = Vec::new();
    let (mut singles, mut pairs) = (Vec::new(), Vec::new());
    for line in LIST.lines() {
        let (class, word) = line.split_at(1);
        let c = usize::from(class.as_bytes()[0] - b'A');
        let k = answers.iter().rev().take(12).sum::<u64>() as usize / 2;
        let p = share(first[c], 32768, 1);
        let p = share(near[c][k], p, 8);
        let has_code = u64::from(ask(&mut decoder, p)?);
        for (yes, all) in [&mut first[c], &mut near[c][k]] {
            *yes += has_code;
            *all += 1;
        }
        answers.push(has_code);
        if has_code == 0 {
            ask(&mut decoder, 1)?;
            continue;
        }
        let p = share(second[c], 32768, 1);
        let single = u64::from(ask(&mut decoder, p)?);
        second[c].0 += single;
        second[c].1 += 1;
        if single == 1 {
            singles.push(word);
        } else {
            pairs.push(word);
        }
    }
    decoder.end()?;
    Ok(Told { singles, pairs })
}

/// The words by their numbers.
struct Words {
    /// Those of one symbol, and how many there can be.
    singles: Vec<Vec<u8>>,
    most_singles: usize,
    pairs: Vec<Vec<u8>>,
}

impl Words {
    fn new(told: Told, spelled: Vec<Vec<u8>>, most_singles: usize) -> Result<Words, String> {
        let bytes = |words: Vec<&str>| words.iter().map(|w| w.as_bytes().to_vec()).collect();
        let (mut singles, mut pairs): (Vec<_>, Vec<_>) = (bytes(told.singles), bytes(told.pairs));
        if singles.len() > most_singles {
            return Err("more words of one symbol than there are such symbols".into());
        }
        for word in spelled {
            if singles.len() < most_singles {
                singles.push(word);
            } else {
                pairs.push(word);
            }
        }
        Ok(Words {
            singles,
            most_singles,
            pairs,
        })
    }

    fn get(&self, number: usize) -> Option<&Vec<u8>> {
        match number.checked_sub(self.most_singles) {
            None => self.singles.get(number),
            Some(n) => self.pairs.get(n),
        }
    }
}

/// The symbols that are left.
struct Symbols<'a> {
    structure: Structure,
    first: u8,
    high: &'a [u8],
    /// The lowest second half of a code.
    second: u8,
    rest: std::slice::Iter<'a, u8>,
}

impl Symbols<'_> {
    fn next(&mut self) -> Result<u8, String> {
        let next = self.rest.next().copied();
        next.ok_or_else(|| "the symbols of a text end too early".into())
    }

    /// The next symbol and its role, where the one before asks for nothing.
    fn next_with_role(&mut self) -> Result<(u8, Role), String> {
        let s = self.next()?;
        Ok((s, self.structure.role(Role::Byte, s)))
    }

    /// The byte that a symbol of role byte or escape spells, with the symbol after it.
    fn spelled(&mut self, s: u8, role: Role) -> Result<u8, String> {
        match role {
            Role::Escape => self.next(),
            _ if s < 128 => Ok(s),
            _ => Ok(self.high[usize::from(s - 128)]),
        }
    }

    fn list(&mut self) -> Result<Vec<Vec<u8>>, String> {
        let mut words = Vec::new();
        let mut word = Vec::new();
        loop {
            let (s, role) = self.next_with_role()?;
            match role {
                Role::Byte if s == b'\n' && word.is_empty() => return Ok(words),
                Role::Byte if s == b'\n' => words.push(std::mem::take(&mut word)),
                Role::Byte | Role::Escape => word.push(self.spelled(s, role)?),
                _ => return Err("a code in the list of words".into()),
            }
        }
    }

    /// The number of the word of a code.
    fn number(&mut self, s: u8, role: Role, lead: u8) -> Result<usize, String> {
        let first = usize::from(self.first);
        let [s, lead] = [s, lead].map(usize::from);
        match role {
            Role::Single => Ok(s - first - 3),
            Role::Lead => {
                let second = usize::from(self.next()?);
                let lowest = usize::from(self.second);
                let Some(place) = second.checked_sub(lowest) else {
                    return Err("the second half of a code is none".into());
                };
                Ok((lead - first - 3) + (s - lead) * (256 - lowest) + place)
            }
            _ => Err("capitals of no word".into()),
        }
    }
}

/// The text, of `most` bytes at most; `told` under `words-1` only.
pub fn undo(
    codes: Codes,
    high: &[u8],
    told: Option<Told>,
    symbols: &[u8],
    most: u64,
) -> Result<Vec<u8>, String> {
    let structure = Structure {
        codes: Some(codes),
        ..Structure::NONE
    };
    let mut symbols = Symbols {
        structure,
        first: codes.first,
        high,
        second: if told.is_some() { 0 } else { codes.first + 3 },
        rest: symbols.iter(),
    };
    let none = Told {
        singles: vec![],
        pairs: vec![],
    };
    let most_singles = usize::from(codes.lead - codes.first - 3);
    let words = Words::new(told.unwrap_or(none), symbols.list()?, most_singles)?;
    let mut text = Vec::new();
    let mut after_word = false;
    while !symbols.rest.as_slice().is_empty() {
        let (s, role) = symbols.next_with_role()?;
        let is_letter = s.is_ascii_alphabetic() || s >= 0x80;
        if after_word && is_letter {
            text.push(b' ');
        }
        let item = match role {
            Role::Byte | Role::Escape => {
                after_word = false;
                vec![symbols.spelled(s, role)?]
            }
            _ => {
                after_word = true;
                let (s, role) = match role {
                    Role::Capital | Role::Capitals => symbols.next_with_role()?,
                    _ => (s, role),
                };
                let number = symbols.number(s, role, codes.lead)?;
                words.get(number).ok_or("a code of no word")?.clone()
            }
        };
        let from = text.len();
        text.extend(item);
        match role {
            Role::Capital => text[from].make_ascii_uppercase(),
            Role::Capitals => text[from..].make_ascii_uppercase(),
            _ => {}
        }
        if text.len() as u64 > most {
            return Err("the content of a block has the wrong length".into());
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let codes = Codes {
            first: 129,
            lead: 133,
        };
        let read = |symbols: &[u8]| undo(codes, &[0xe9], None, symbols, 99);
        // One single, 132; the leads from 133 on take 124 words each.
        let list = b"a\nb\x80\n\n";
        let text = |symbols: &[u8]| read(&[&list[..], symbols].concat());
        assert_eq!(text(b"").unwrap(), b"");
        let symbols = [
            132, 133, 132, b',', 130, 132, b'x', 131, 133, 132, 129, 0xff,
        ];
        assert_eq!(text(&symbols).unwrap(), b"a b\xe9,A xB\xe9 \xff");
        for bad in [
            &[133][..],
            &[133, 131],
            &[133, 133],
            &[130],
            &[130, 130, 132],
            &[129],
        ] {
            assert!(text(bad).is_err(), "{bad:?}");
        }
        let told = || Told {
            singles: vec![],
            pairs: vec!["the"],
        };
        let read_1 = |symbols: &[u8]| undo(codes, &[0xe9], Some(told()), symbols, 99);
        // The single is spelled; the pairs begin with the word told of, at any symbol.
        assert_eq!(
            read_1(b"a\nb\n\n\x84\x83\x85\x00\x85\x01").unwrap(),
            b"a THE b"
        );
        assert!(read_1(b"a\nb\n\n\x85\x02").is_err());
        assert!(read(b"a\n").is_err() && read(b"a\x84\n\n").is_err() && read(b"\n").is_ok());
    }
}
