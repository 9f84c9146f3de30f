//! What a view knows about the layout of its symbols.

use crate::Symbol;

/// Layout of a symbol stream, as numbers: all that a model is told about where symbols come from.
///
/// A photograph of 768 × 512 RGB pixels has `unit` 3 and `row` 2304; 16-bit stereo sound has
/// `unit` 4 and no row; a database of 80-byte records has `row` 80. Models make contexts of these
/// numbers and need to know no file format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// Symbols from one value to the next of the same channel; 0 when there is no such thing.
    pub unit: u32,
    /// Symbols from one row or record to the same place in the next; 0 when there are no rows.
    pub row: u32,
    /// Symbols before the first unit or row begins (a file's header).
    pub start: u32,
    /// Whether it is text, so far as a view can tell.
    pub text: bool,
    /// Whether most of its characters take several bytes each. Then it is text, too.
    pub script: bool,
    /// Which symbols stand for words.
    pub codes: Codes,
}

impl Structure {
    /// No layout known.
    pub const NONE: Structure = Structure {
        unit: 0,
        row: 0,
        start: 0,
        text: false,
        script: false,
        codes: Codes::NONE,
    };
}

/// Which symbols stand for words, in a text whose other symbols are its bytes.
///
/// From `first` on there are three that say something of what follows, then those that are a word
/// each, and from `lead` to 255 those that are a word together with the next symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// The first symbol that is no byte of the text, 128 at least; 0: all are.
    pub first: Symbol,
    /// The first symbol that needs another to be a word.
    pub lead: Symbol,
}

/// What a symbol is where there are [`Codes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// A byte of the text.
    #[default]
    Byte,
    /// The next symbol is a byte of the text, whatever its value.
    Escape,
    /// The next word begins with a capital.
    Capital,
    /// The next word is in capitals.
    Capitals,
    /// A word.
    Single,
    /// The first half of a word.
    Lead,
    /// The second half of a word.
    Second,
}

impl Codes {
    /// No codes: all symbols are bytes.
    pub const NONE: Codes = Codes { first: 0, lead: 0 };

    /// Symbols from `first` on that are no words.
    pub const FLAGS: u8 = 3;

    /// What the symbol `s` is; the one before was `before` (at the beginning: [`Role::Byte`]).
    #[inline]
    pub fn role(&self, before: Role, s: Symbol) -> Role {
        match before {
            Role::Escape => return Role::Byte,
            Role::Lead => return Role::Second,
            _ if self.first == 0 || s < self.first => return Role::Byte,
            _ => {}
        }
        match s - self.first {
            0 => Role::Escape,
            1 => Role::Capital,
            2 => Role::Capitals,
            _ if s < self.lead => Role::Single,
            _ => Role::Lead,
        }
    }
}
