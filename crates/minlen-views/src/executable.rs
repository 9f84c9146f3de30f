//! Programs: ELF, PE, Mach-O and WebAssembly; in code for x86 and ARM64, jump targets are made
//! absolute (`jumps.rs`). Parameters: nothing, or one byte that names the code.

use crate::jumps::{Code, Way, transform};
use crate::read::{array, u16_be, u16_le, u32_le};
use crate::{Seen, View};
use minlen_core::{Error, Limits, Structure, Symbol};
use std::borrow::Cow;

pub(crate) struct Executable;

fn elf(data: &[u8]) -> Option<String> {
    let (class, order) = (*data.get(4)?, *data.get(5)?);
    let bits = match class {
        1 => 32,
        2 => 64,
        _ => return None,
    };
    let u16_at = match order {
        1 => u16_le,
        2 => u16_be,
        _ => return None,
    };
    let kind = match u16_at(data, 16)? {
        1 => "object file",
        2 => "program",
        3 => "program or library",
        4 => "memory dump",
        _ => return None,
    };
    let machine = match u16_at(data, 18)? {
        3 => " for x86",
        8 => " for MIPS",
        20 | 21 => " for PowerPC",
        40 => " for ARM",
        62 => " for x86-64",
        183 => " for ARM64",
        243 => " for RISC-V",
        258 => " for LoongArch",
        _ => "",
    };
    Some(format!("{bits}-bit ELF {kind}{machine}"))
}

fn pe(data: &[u8]) -> Option<String> {
    let at = u32_le(data, 0x3c)? as usize;
    if array(data, at)? != *b"PE\0\0" {
        return None;
    }
    let machine = match u16_le(data, at + 4)? {
        0x014c => " for x86",
        0x8664 => " for x86-64",
        0xaa64 => " for ARM64",
        0x01c0 | 0x01c4 => " for ARM",
        _ => "",
    };
    let library = u16_le(data, at + 22)? & 0x2000 != 0;
    let kind = if library { "library" } else { "program" };
    Some(format!("Windows {kind} (PE){machine}"))
}

fn mach_o(data: &[u8]) -> Option<String> {
    let machine = match u32_le(data, 4)? {
        0x0100_0007 => " for x86-64",
        0x0100_000c => " for ARM64",
        _ => "",
    };
    // The kind of file is a small number; anything else is a chance hit.
    (1..=12)
        .contains(&u32_le(data, 12)?)
        .then(|| format!("Mach-O program{machine}"))
}

impl View for Executable {
    fn name(&self) -> &'static str {
        "executable"
    }

    fn summary(&self) -> &'static str {
        "programs: ELF, PE, Mach-O, WebAssembly"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        let says = match array(data, 0)? {
            [0x7f, b'E', b'L', b'F'] => elf(data),
            [b'M', b'Z', ..] => pe(data),
            [0xce | 0xcf, 0xfa, 0xed, 0xfe] => mach_o(data),
            [0, b'a', b's', b'm'] => {
                (u32_le(data, 4)? <= 0xffff).then(|| "WebAssembly module".to_string())
            }
            _ => None,
        };
        let says = says?;
        // As named by the machine's own words above.
        let params = match says.rsplit(" for ").next() {
            Some("x86" | "x86-64") => vec![X86],
            Some("ARM64") => vec![ARM64],
            _ => vec![],
        };
        Some(Seen { params, says })
    }

    fn forward<'a>(&self, data: &'a [u8], params: &[u8]) -> Result<Cow<'a, [Symbol]>, Error> {
        let Some(code) = code_of(params)? else {
            return Ok(Cow::Borrowed(data));
        };
        let mut symbols = data.to_vec();
        transform(code, Way::Forward, &mut symbols);
        Ok(Cow::Owned(symbols))
    }

    fn inverse(
        &self,
        mut symbols: Vec<Symbol>,
        params: &[u8],
        limits: &Limits,
    ) -> Result<Vec<u8>, Error> {
        Limits::check("the block", symbols.len() as u64, limits.block_bytes)?;
        if let Some(code) = code_of(params)? {
            transform(code, Way::Back, &mut symbols);
        }
        Ok(symbols)
    }

    fn structure(&self, params: &[u8]) -> Result<Structure, Error> {
        code_of(params)?;
        Ok(Structure::NONE)
    }
}

const X86: u8 = 1;
const ARM64: u8 = 2;

fn code_of(params: &[u8]) -> Result<Option<Code>, Error> {
    match params {
        [] => Ok(None),
        [X86] => Ok(Some(Code::X86)),
        [ARM64] => Ok(Some(Code::Arm64)),
        _ => Err(Error::Damaged("the view knows no such machine code".into())),
    }
}
