//! Arrays of numbers in IDX files, the format of MNIST: `00 00`, the type of a number, the number
//! of dimensions, each dimension (u32, big-endian), then the numbers.
//!
//! Two leading zeros are weak evidence, so the size must be what the dimensions say.

use crate::layout::MAX_ROW;
use crate::read::{array, commas, u32_be};
use crate::{Seen, View};
use minlen_core::Structure;

pub(crate) struct Idx;

const MAX_DIMENSIONS: u8 = 8;

impl View for Idx {
    fn name(&self) -> &'static str {
        "idx"
    }

    fn summary(&self) -> &'static str {
        "arrays of numbers in IDX files (MNIST): numbers as units, the last dimension as rows"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        let [0, 0, kind, dimensions] = array(data, 0)? else {
            return None;
        };
        let (unit, number) = match kind {
            0x08 => (1, "8-bit numbers"),
            0x09 => (1, "signed 8-bit numbers"),
            0x0b => (2, "16-bit numbers"),
            0x0c => (4, "32-bit numbers"),
            0x0d => (4, "32-bit floats"),
            0x0e => (8, "64-bit floats"),
            _ => return None,
        };
        if !(1..=MAX_DIMENSIONS).contains(&dimensions) {
            return None;
        }
        let sizes: Option<Vec<u32>> = (0..usize::from(dimensions))
            .map(|i| u32_be(data, 4 + 4 * i))
            .collect();
        let sizes = sizes?;
        let start = 4 + 4 * sizes.len();
        let bytes = sizes
            .iter()
            .try_fold(unit as usize, |n, &size| n.checked_mul(size as usize))?;
        if bytes == 0 || bytes != data.len() - start {
            return None;
        }
        let row = match sizes.last() {
            Some(&last) if sizes.len() > 1 => last.checked_mul(unit)?,
            _ => 0,
        };
        let structure = Structure {
            unit,
            row: Some(row).filter(|&row| row <= MAX_ROW)?,
            start: start as u32,
            ..Structure::NONE
        };
        let sizes: Vec<String> = sizes.iter().map(|&n| commas(u64::from(n))).collect();
        let says = format!("array of {number}, {}", sizes.join(" × "));
        Some(Seen::layout(structure, says))
    }
}
