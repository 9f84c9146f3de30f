//! Section 7: views.

mod words;

use crate::conventions::Reader;

/// What models may know of the symbols. 0 stands for "no such thing".
#[derive(Clone, Copy)]
pub struct Structure {
    /// Symbols from one value to the next of the same channel.
    pub unit: u64,
    /// Symbols from one row or record to the same place in the next.
    pub row: u64,
    /// Symbols before the first row or record.
    pub start: u64,
    /// Whether the view is `script`, `text`, `words`, `words-1` or `container`.
    pub text: bool,
    /// Whether it is `script`.
    pub script: bool,
    /// Under `words` and `words-1`.
    pub codes: Option<Codes>,
}

/// Codes of words: the first symbol that is no byte, and the first that is a lead.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Codes {
    /// At least 128.
    pub first: u8,
    /// At least `first` + 3.
    pub lead: u8,
}

/// What a symbol is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Byte,
    Escape,
    Capital,
    Capitals,
    Single,
    Lead,
    Second,
}

impl Structure {
    /// The role of the symbol s after one of the role `before`.
    pub fn role(&self, before: Role, s: u8) -> Role {
        let Some(Codes { first, lead }) = self.codes else {
            return Role::Byte;
        };
        match before {
            Role::Lead => Role::Second,
            Role::Escape => Role::Byte,
            _ if s < first => Role::Byte,
            _ if s == first => Role::Escape,
            _ if s == first + 1 => Role::Capital,
            _ if s == first + 2 => Role::Capitals,
            _ if s < lead => Role::Single,
            _ => Role::Lead,
        }
    }
}

impl Structure {
    /// No structure.
    pub const NONE: Self = Self {
        unit: 0,
        row: 0,
        start: 0,
        text: false,
        script: false,
        codes: None,
    };
}

/// How symbols become original bytes.
pub enum Undo {
    /// They are the bytes.
    Nothing,
    /// `executable` with parameters `01`.
    X86,
    /// `executable` with parameters `02`.
    Arm64,
    /// They are the bytes, of a model file.
    Model,
    /// `words`, with its high bytes, and what `words-1` tells.
    Words(Codes, Vec<u8>, Option<words::Told>),
}

/// A view with its parameters.
pub struct View {
    /// What models may know.
    pub structure: Structure,
    /// What to do with the symbols.
    pub undo: Undo,
}

/// The view of this name and these parameters.
pub fn read(name: &str, parameters: &[u8]) -> Result<View, String> {
    match name {
        "executable" => {
            let undo = match parameters {
                [] => Undo::Nothing,
                [1] => Undo::X86,
                [2] => Undo::Arm64,
                _ => return Err("parameters of the view `executable`".into()),
            };
            let structure = Structure::NONE;
            Ok(View { structure, undo })
        }
        "words" => {
            let (structure, codes, high) = alphabet(parameters)?;
            let undo = Undo::Words(codes, high, None);
            Ok(View { structure, undo })
        }
        "words-1" => {
            let Some((&n, rest)) = parameters.split_first() else {
                return Err("no parameters of the view `words-1`".into());
            };
            if rest.len() < usize::from(n) {
                return Err("parameters of the view `words-1`".into());
            }
            let (first, lane) = rest.split_at(usize::from(n));
            let (structure, codes, high) = alphabet(first)?;
            let undo = Undo::Words(codes, high, Some(words::told(lane)?));
            Ok(View { structure, undo })
        }
        "wav" | "pnm" | "bmp" | "idx" | "midi" | "container" | "script" | "text" | "records"
        | "bytes" | "model" => {
            if name == "model" && !parameters.is_empty() {
                return Err("parameters of the view `model`".into());
            }
            let structure = Structure {
                text: matches!(name, "script" | "text" | "container"),
                script: name == "script",
                ..structure(parameters)?
            };
            let undo = match name {
                "model" => Undo::Model,
                _ => Undo::Nothing,
            };
            Ok(View { structure, undo })
        }
        _ => Err(format!("view `{}` is not known", name.escape_debug())),
    }
}

/// 7.2: leads and high bytes.
fn alphabet(parameters: &[u8]) -> Result<(Structure, Codes, Vec<u8>), String> {
    let [leads, high @ ..] = parameters else {
        return Err("no parameters of the view `words`".into());
    };
    let h = high.len();
    let ascend = high.windows(2).all(|pair| pair[0] < pair[1]);
    if *leads == 0 || usize::from(*leads) + h > 125 || !ascend || high.iter().any(|b| *b < 0x80) {
        return Err("parameters of the view `words`".into());
    }
    let codes = Codes {
        first: 128 + h as u8,
        lead: (256 - u32::from(*leads)) as u8,
    };
    let structure = Structure {
        text: true,
        codes: Some(codes),
        ..Structure::NONE
    };
    Ok((structure, codes, high.to_vec()))
}

fn structure(parameters: &[u8]) -> Result<Structure, String> {
    if parameters.is_empty() {
        return Ok(Structure::NONE);
    }
    let mut reader = Reader::new(parameters);
    let structure = Structure {
        unit: reader.varint_to(1024, "unit of a view")?,
        row: reader.varint_to(1 << 24, "row of a view")?,
        start: reader.varint_to((1 << 32) - 1, "start of a view")?,
        text: false,
        script: false,
        codes: None,
    };
    reader.end("the parameters of a view")?;
    if structure.unit == 0 && structure.row == 0 && structure.start == 0 {
        return Err("a structure of zeros".into());
    }
    Ok(structure)
}

/// Makes symbols original bytes: `most` at most.
pub fn undo(undo: Undo, bytes: &mut Vec<u8>, most: u64) -> Result<(), String> {
    match undo {
        Undo::Nothing | Undo::Model => {}
        Undo::Words(codes, high, told) => *bytes = words::undo(codes, &high, told, bytes, most)?,
        Undo::X86 => {
            for i in 0..bytes.len().saturating_sub(4) {
                if !matches!(bytes[i], 0xe8 | 0xe9) || !matches!(bytes[i + 4], 0x00 | 0xff) {
                    continue;
                }
                let spelt = [bytes[i + 4], bytes[i + 1], bytes[i + 2], bytes[i + 3]];
                let v = u32::from_be_bytes(spelt).wrapping_sub(i as u32);
                bytes[i + 3] = (v >> 16) as u8;
                bytes[i + 2] = (v >> 8) as u8;
                bytes[i + 1] = v as u8;
                bytes[i + 4] = if v & (1 << 24) != 0 { 0xff } else { 0 };
            }
        }
        Undo::Arm64 => {
            for (i, group) in bytes.chunks_exact_mut(4).enumerate() {
                let w = u32::from_le_bytes([group[0], group[1], group[2], group[3]]);
                if w >> 26 == 37 {
                    let low = w.wrapping_sub(i as u32) & ((1 << 26) - 1);
                    group.copy_from_slice(&((37 << 26) | low).to_le_bytes());
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters() {
        for good in [&[][..], &[1, 0, 0], &[0x80, 8, 0, 0], &[0, 0, 1]] {
            assert!(read("wav", good).is_ok(), "{good:?}");
        }
        for bad in [&[0, 0, 0][..], &[1], &[1, 0, 0, 0], &[0x81, 8, 0, 0]] {
            assert!(read("wav", bad).is_err(), "{bad:?}");
        }
        for bad in [&[0][..], &[3], &[1, 0], &[1, 0, 0]] {
            assert!(read("executable", bad).is_err(), "{bad:?}");
        }
        for good in [&[1][..], &[125], &[1, 0x80, 0xff], &[123, 0x80, 0xff]] {
            assert!(read("words", good).is_ok(), "{good:?}");
        }
        for bad in [
            &[][..],
            &[0],
            &[126],
            &[124, 0x80, 0xff],
            &[1, 0x7f],
            &[1, 0x81, 0x80],
        ] {
            assert!(read("words", bad).is_err(), "{bad:?}");
        }
        assert!(read("", &[]).is_err() && read("Wav", &[]).is_err());
    }

    #[test]
    fn jumps_become_relative_again() {
        let after = |way, bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            undo(way, &mut bytes, 99).map(|()| bytes)
        };
        assert_eq!(
            after(Undo::X86, &[0, 0xe8, 0x00, 0x01, 0x05, 0x00, 9]).unwrap(),
            [0, 0xe8, 0x04, 0x01, 0x00, 0x00, 9]
        );
        assert_eq!(after(Undo::X86, &[0xe8, 0, 0, 0]).unwrap(), [0xe8, 0, 0, 0]);
        assert_eq!(
            after(Undo::Arm64, &[1, 0, 0, 0x94, 0, 0, 0, 0x94, 1]).unwrap(),
            [1, 0, 0, 0x94, 0xff, 0xff, 0xff, 0x97, 1]
        );
    }
}
