//! A [`Structure`] in an archive: `unit`, `row` and `start` as LEB128 numbers (seven bits a byte,
//! lowest first, the top bit set when more follow), each as short as it can be. No structure is
//! written as nothing. One structure has one spelling, so that equal views give equal archives.

use minlen_core::{Error, Structure};

/// The longest unit that is a unit: 256 channels of 32 bits.
pub(crate) const MAX_UNIT: u32 = 1024;
/// The longest row, in symbols.
pub(crate) const MAX_ROW: u32 = 1 << 24;

pub(crate) fn write(structure: &Structure) -> Vec<u8> {
    let mut out = Vec::new();
    if *structure == Structure::NONE {
        return out;
    }
    for mut n in [structure.unit, structure.row, structure.start] {
        while n >= 128 {
            out.push(n as u8 | 128);
            n >>= 7;
        }
        out.push(n as u8);
    }
    out
}

pub(crate) fn read(params: &[u8]) -> Result<Structure, Error> {
    if params.is_empty() {
        return Ok(Structure::NONE);
    }
    let mut rest = params;
    let mut next = || number(&mut rest);
    let structure = (|| {
        Some(Structure {
            unit: next().filter(|&n| n <= MAX_UNIT)?,
            row: next().filter(|&n| n <= MAX_ROW)?,
            start: next()?,
            ..Structure::NONE
        })
    })();
    match structure {
        Some(s) if rest.is_empty() && s != Structure::NONE => Ok(s),
        _ => Err(Error::Damaged(
            "the layout that the view stored makes no sense".into(),
        )),
    }
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let mut n = 0u32;
    for place in 0..5 {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        let digit = u32::from(byte & 127);
        n |= digit.checked_mul(1 << (7 * place))?;
        if byte < 128 {
            // A zero on top would be a second spelling.
            return (digit > 0 || place == 0).then_some(n);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        for unit in [0, 1, 127, 128, MAX_UNIT] {
            for row in [0, 300, MAX_ROW] {
                for start in [0, 44, 1 << 28, u32::MAX] {
                    let s = Structure {
                        unit,
                        row,
                        start,
                        ..Structure::NONE
                    };
                    assert_eq!(read(&write(&s)), Ok(s));
                }
            }
        }
        let too_long: [&[u8]; 7] = [
            &[0],
            &[1, 2],
            &[1, 2, 3, 4],
            &[0, 0, 0],
            &[128, 0, 1, 1],
            &[1, 1, 255, 255, 255, 255, 31],
            &[1, 1, 128, 128, 128, 128, 128, 1],
        ];
        for bad in too_long {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
