//! Which symbols are bytes, and which are codes.

use minlen_core::{Codes, Error, Symbol};

/// Which symbols may be the second half of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seconds {
    /// Those that are code symbols: they are easier to predict.
    Codes,
    /// All: there is room for twice as many words.
    All,
}

/// The alphabet of a stream. Its parameters: the number of leads, then the high bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alphabet {
    pub(super) codes: Codes,
    /// The first symbol that may be the second half of a code.
    second: Symbol,
    /// The bytes from 128 on that have symbols of their own: from 128 on, in their order.
    high: Vec<u8>,
    /// The symbol of each byte; for high bytes that have none, that of the escape.
    symbols: [Symbol; 256],
}

impl Alphabet {
    /// Codes that an alphabet with so many high bytes has: singles and leads.
    pub(super) fn room(high: &[u8]) -> usize {
        (128 - usize::from(Codes::FLAGS)).saturating_sub(high.len())
    }

    /// At most [`Alphabet::room`] leads, and at least one.
    pub(super) fn new(high: Vec<u8>, leads: u8, seconds: Seconds) -> Alphabet {
        let first = 128 + high.len() as u8;
        let mut symbols = std::array::from_fn(|b| if b < 128 { b as u8 } else { first });
        for (symbol, &b) in (128..).zip(&high) {
            symbols[usize::from(b)] = symbol;
        }
        let codes = Codes {
            first,
            lead: 0u8.wrapping_sub(leads),
        };
        let second = match seconds {
            Seconds::Codes => first + Codes::FLAGS,
            Seconds::All => 0,
        };
        Alphabet {
            codes,
            second,
            high,
            symbols,
        }
    }

    pub(super) fn read(params: &[u8], seconds: Seconds) -> Result<Alphabet, Error> {
        let makes_sense = |leads: u8, high: &[u8]| {
            let ascend = high.is_sorted_by(|a, b| a < b) && high.first().is_none_or(|&b| b >= 128);
            ascend && leads > 0 && usize::from(leads) <= Alphabet::room(high)
        };
        match params.split_first() {
            Some((&leads, high)) if makes_sense(leads, high) => {
                Ok(Alphabet::new(high.to_vec(), leads, seconds))
            }
            _ => Err(Error::Damaged(
                "the alphabet that the view stored makes no sense".into(),
            )),
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut params = vec![0u8.wrapping_sub(self.codes.lead)];
        params.extend(&self.high);
        params
    }

    /// The first symbol that is a word.
    pub(super) fn single(&self) -> Symbol {
        self.codes.first + Codes::FLAGS
    }

    /// Words of one symbol.
    pub(super) fn singles(&self) -> usize {
        usize::from(self.codes.lead - self.single())
    }

    /// Words that each lead is for.
    fn seconds(&self) -> usize {
        256 - usize::from(self.second)
    }

    /// Words of two symbols.
    pub(super) fn pairs(&self) -> usize {
        (256 - usize::from(self.codes.lead)) * self.seconds()
    }

    /// Words of one symbol and of two.
    pub(super) fn words(&self) -> usize {
        self.singles() + self.pairs()
    }

    /// The code of word `n`.
    pub(super) fn code(&self, n: usize) -> Code {
        let single = usize::from(self.single());
        match n.checked_sub(self.singles()) {
            None => Code {
                symbols: [(single + n) as u8, 0],
                len: 1,
            },
            Some(n) => Code {
                symbols: [
                    self.codes.lead + (n / self.seconds()) as u8,
                    self.second + (n % self.seconds()) as u8,
                ],
                len: 2,
            },
        }
    }

    /// The word that a code of two symbols stands for.
    #[inline]
    pub(super) fn pair(&self, lead: Symbol, second: Symbol) -> Option<usize> {
        let lead = usize::from(lead - self.codes.lead);
        let second = usize::from(second.checked_sub(self.second)?);
        Some(self.singles() + lead * self.seconds() + second)
    }

    /// Appends the bytes of a word.
    #[inline]
    pub(super) fn spell(&self, letters: &[u8], out: &mut Vec<Symbol>) {
        for &b in letters {
            let symbol = self.symbols[usize::from(b)];
            out.push(symbol);
            if symbol == self.codes.first {
                out.push(b);
            }
        }
    }

    /// The byte whose symbol is `s`, below `codes.first`.
    #[inline]
    pub(super) fn byte(&self, s: Symbol) -> u8 {
        match s.checked_sub(128) {
            None => s,
            Some(n) => self.high[usize::from(n)],
        }
    }
}

/// One or two symbols that stand for a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    symbols: [Symbol; 2],
    len: u8,
}

impl Code {
    /// No code.
    pub(super) const NONE: Code = Code {
        symbols: [0; 2],
        len: 0,
    };

    #[inline]
    pub(super) fn symbols(&self) -> &[Symbol] {
        &self.symbols[..usize::from(self.len)]
    }
}
