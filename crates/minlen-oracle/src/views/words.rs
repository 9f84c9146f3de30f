//! 7.2: `words`, text whose words are codes.

use super::{Codes, Role, Structure};

/// The symbols that are left.
struct Symbols<'a> {
    structure: Structure,
    first: u8,
    high: &'a [u8],
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
                let Some(place) = second.checked_sub(first + 3) else {
                    return Err("the second half of a code is none".into());
                };
                Ok((lead - first - 3) + (s - lead) * (253 - first) + place)
            }
            _ => Err("capitals of no word".into()),
        }
    }
}

/// The text, of `most` bytes at most.
pub fn undo(codes: Codes, high: &[u8], symbols: &[u8], most: u64) -> Result<Vec<u8>, String> {
    let structure = Structure {
        codes: Some(codes),
        ..Structure::NONE
    };
    let mut symbols = Symbols {
        structure,
        first: codes.first,
        high,
        rest: symbols.iter(),
    };
    let words = symbols.list()?;
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
        let read = |symbols: &[u8]| undo(codes, &[0xe9], symbols, 99);
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
        assert!(read(b"a\n").is_err() && read(b"a\x84\n\n").is_err() && read(b"\n").is_ok());
    }
}
