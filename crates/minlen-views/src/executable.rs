//! Programs: ELF, PE, Mach-O and WebAssembly, recognised and described.

use crate::read::{array, u16_be, u16_le, u32_le};
use crate::{Seen, View};
use minlen_core::Structure;

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
        Some(Seen::layout(Structure::NONE, says?))
    }
}
