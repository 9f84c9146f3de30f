//! Jumps of programs.

use super::*;

/// What the executable view makes of jumps, in corners that no encoder reaches.
#[test]
fn jumps_made_by_hand() {
    let mut state = random(400);
    for byte in &mut state {
        *byte = match *byte % 5 {
            0 => 0xe8,
            1 => 0xe9,
            2 => 0xff,
            3 => 0,
            _ => *byte,
        };
    }
    let mut arm = random(402);
    arm.chunks_exact_mut(4)
        .for_each(|w| w[3] = 0x94 | (w[3] & 3));
    for (parameter, symbols) in [(1, &state), (2, &arm)] {
        for n in (0..12).chain(390..=symbols.len()) {
            let symbols = &symbols[..n];
            let length = n as u64;
            let mut block = Block::new(&table(0, &[file(b"f", length)]), symbols);
            block.view = b"executable".to_vec();
            block.parameters = vec![parameter];
            let original = undo(parameter, symbols);
            block.content.check = check(&original);
            let archive = archive(&[block.seal()], 1, length);
            assert!(agree(&archive, &format!("{parameter}, {n} bytes")));
        }
    }
}

/// Section 7.1, written once more, as near to its words as can be.
fn undo(parameter: u8, symbols: &[u8]) -> Vec<u8> {
    let mut b = symbols.to_vec();
    let n = b.len();
    let mut i = 0;
    while parameter == 1 && i + 5 <= n {
        if (b[i] == 0xe8 || b[i] == 0xe9) && (b[i + 4] == 0 || b[i + 4] == 0xff) {
            let high = i64::from(b[i + 4]) * 0x100_0000;
            let low = i64::from(b[i + 1]) * 0x1_0000 + i64::from(b[i + 2]) * 0x100;
            let v = (high + low + i64::from(b[i + 3]) - i as i64).rem_euclid(1 << 32);
            b[i + 1] = (v % 0x100) as u8;
            b[i + 2] = (v / 0x100 % 0x100) as u8;
            b[i + 3] = (v / 0x1_0000 % 0x100) as u8;
            b[i + 4] = if v / 0x100_0000 % 2 == 1 { 0xff } else { 0 };
        }
        i += 1;
    }
    let mut i = 0;
    while parameter == 2 && 4 * i + 4 <= n {
        let w = (0..4).fold(0, |w, k| w + (i64::from(b[4 * i + k]) << (8 * k)));
        if w / (1 << 26) == 37 {
            let w = 37 * (1 << 26) + (w % (1 << 26) - i as i64).rem_euclid(1 << 26);
            (0..4).for_each(|k| b[4 * i + k] = (w >> (8 * k)) as u8);
        }
        i += 1;
    }
    b
}
