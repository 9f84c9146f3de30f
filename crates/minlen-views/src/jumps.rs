//! Jump targets in machine code, made absolute: calls of one function then look alike wherever
//! they stand.
//!
//! Both transforms are of the same length as their input and exact inverses on any bytes, since
//! they look only at what they leave unchanged.

/// A kind of machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// x86 and x86-64.
    X86,
    /// 64-bit ARM.
    Arm64,
}

/// Which way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Distances to addresses.
    Forward,
    /// Addresses to distances.
    Back,
}

/// Transforms `bytes` in place.
pub(crate) fn transform(code: Code, way: Way, bytes: &mut [u8]) {
    match code {
        Code::X86 => x86(way, bytes),
        Code::Arm64 => arm64(way, bytes),
    }
}

/// `value` with `place` added or taken away.
fn shift(way: Way, value: u32, place: u32) -> u32 {
    match way {
        Way::Forward => value.wrapping_add(place),
        Way::Back => value.wrapping_sub(place),
    }
}

/// CALL (e8) and JMP (e9) with a 32-bit distance, if that is below 2²⁴ either way, as its highest
/// byte shows: 00 or ff. That byte stays in its place, and holds 00 or ff for the 25th bit of the
/// sum. The other three are written highest first: models meet the telling bytes first.
///
/// Places may overlap. Forward goes from the last to the first and back from the first to the
/// last, so that every step meets what the other way's step left.
fn x86(way: Way, bytes: &mut [u8]) {
    let places = 0..bytes.len().saturating_sub(4);
    match way {
        Way::Forward => places.rev().for_each(|i| x86_at(way, bytes, i)),
        Way::Back => places.for_each(|i| x86_at(way, bytes, i)),
    }
}

fn x86_at(way: Way, bytes: &mut [u8], i: usize) {
    let [opcode, a, b, c, sign] = [0, 1, 2, 3, 4].map(|k| bytes[i + k]);
    if !matches!(opcode, 0xe8 | 0xe9) || !matches!(sign, 0 | 0xff) {
        return;
    }
    let value = match way {
        Way::Forward => u32::from_be_bytes([sign, c, b, a]),
        Way::Back => u32::from_be_bytes([sign, a, b, c]),
    };
    let sum = shift(way, value, i as u32);
    let [_, x, y, z] = sum.to_be_bytes();
    let sign = if sum >> 24 & 1 == 1 { 0xff } else { 0 };
    let field = match way {
        Way::Forward => [x, y, z, sign],
        Way::Back => [z, y, x, sign],
    };
    bytes[i + 1..i + 5].copy_from_slice(&field);
}

/// BL: 4-byte little-endian words whose highest six bits are 100101; the other 26 bits count
/// words.
fn arm64(way: Way, bytes: &mut [u8]) {
    for (i, word) in bytes.chunks_exact_mut(4).enumerate() {
        let value = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        if value >> 26 == 0b10_0101 {
            let sum = shift(way, value, i as u32) & 0x3ff_ffff;
            word.copy_from_slice(&(0b10_0101 << 26 | sum).to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minlen_core::Random;

    #[test]
    fn there_and_back() {
        let mut random = Random::new(9);
        for code in [Code::X86, Code::Arm64] {
            for length in (0..40).chain([5000]) {
                // Many opcodes and signs, so that they meet in every way.
                let byte = |n: u64| [0xe8, 0xe9, 0, 0xff, 0x97, n as u8][(n >> 8) as usize % 6];
                let data: Vec<u8> = (0..length).map(|_| byte(random.next_u64())).collect();
                let mut moved = data.clone();
                transform(code, Way::Forward, &mut moved);
                assert!(length < 5000 || moved != data);
                transform(code, Way::Back, &mut moved);
                assert_eq!(moved, data);
            }
        }
    }

    #[test]
    fn calls_of_one_function_look_alike() {
        // Two calls, at 0 and at 16, of what is at 0x105.
        let mut code = [0x90; 21];
        code[..5].copy_from_slice(&[0xe8, 0, 1, 0, 0]);
        code[16..].copy_from_slice(&[0xe8, 0xf0, 0, 0, 0]);
        transform(Code::X86, Way::Forward, &mut code);
        assert_eq!(code[..5], code[16..]);
    }
}
