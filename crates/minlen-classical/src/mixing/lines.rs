//! Where bit histories live: one cache line a context and byte.
//!
//! A *cell* is 16 bytes: lanes 1–15 are the histories of a nibble's nodes, byte 0 is a mark. A
//! *line* is four cells: the first serves the high nibble, and its mark is an 8-bit check of the
//! context's hash; the other three serve low nibbles, and the low four bits of their marks say
//! after which high nibble. So a context costs one cache miss a byte.
//!
//! The table starts small and grows, in place, up to the size that the settings name, so that short inputs touch little memory and forks of young models are cheap. The high four
//! bits of the three other marks hold 12 further bits of the hash, which say where a line belongs
//! in a larger table.
//!
//! Contexts of fewer than 257 values need no hash: they own 17 cells each in front of the lines.

use super::journal::Journal;
use super::states::States;
use crate::kernels::{Cell, Zeroed, prefetch};

/// Direct contexts: one for order 0, 256 for order 1.
const DIRECT: usize = 257;
/// A line that is never written, behind the direct contexts.
const EMPTY: usize = (DIRECT * 17).next_multiple_of(4);
/// Cells in front of the lines: 17 a direct context, and the empty line.
const FRONT: usize = EMPTY + 4;

/// log₂ of the lines that a table has at first, unless the final size is smaller or so large
/// that the marks could not tell where a line belongs.
const FIRST_BITS: u32 = 12;
/// Bits of the hash that marks hold beside the check.
const GROWTH_BITS: u32 = 12;
/// Eighths in use when a table is crowded.
const LOAD: usize = 3;

/// The table.
pub(crate) struct Lines {
    cells: Zeroed<Cell>,
    first_bits: u32,
    bits: u32,
    final_bits: u32,
    /// Lines in use.
    used: usize,
    /// Lines that were overwritten; and the cells in front of them are few enough to be copied.
    journal: Journal<[Cell; 4]>,
    /// Once the table has grown since the mark, the journal knows no place: then the lines in use.
    /// To clear these, and not the table, is most of what many small blocks save by a way back.
    moved: Option<Vec<u32>>,
}

const fn first_bits(final_bits: u32) -> u32 {
    let least = (final_bits + 1).saturating_sub(GROWTH_BITS);
    let bits = if least > FIRST_BITS {
        least
    } else {
        FIRST_BITS
    };
    if bits < final_bits { bits } else { final_bits }
}

impl Lines {
    /// Bytes taken at most, for a final size of 2^`bits` lines.
    pub(crate) const fn bytes(bits: u32) -> u64 {
        Zeroed::<Cell>::bytes(FRONT + (4 << bits))
    }

    pub(crate) fn new(final_bits: u32) -> Lines {
        let bits = first_bits(final_bits);
        Lines {
            cells: Zeroed::reserved(FRONT + (4 << final_bits)),
            first_bits: bits,
            bits,
            final_bits,
            used: 0,
            journal: Journal::default(),
            moved: None,
        }
    }

    /// log₂ of the present number of lines.
    #[inline]
    pub(crate) fn bits(&self) -> u32 {
        self.bits
    }

    pub(crate) fn is_full_size(&self) -> bool {
        self.bits == self.final_bits
    }

    /// Whether 3 in 8 lines or more are in use, and there may be more.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        self.used >> (self.bits - 3) >= LOAD && !self.is_full_size()
    }

    /// Grows, in place: 2^`by` times the lines, at most the final number. A line goes to its
    /// home or, when that is taken, to the neighbour. Two neighbours' new places are theirs alone,
    /// and behind those of all before them: so the last come first.
    pub(crate) fn grow(&mut self, by: u32) {
        let old_bits = self.bits;
        self.bits = (old_bits + by).min(self.final_bits);
        self.cells.will_use(FRONT + (4 << self.bits));
        let known = old_bits + 1 - self.first_bits; // of `further`, in the old home already
        self.used = 0;
        if self.journal.is_on() {
            self.journal = Journal::default();
            self.moved = Some(Vec::new());
        } else if let Some(moved) = &mut self.moved {
            moved.clear();
        }
        for i in (0..1 << old_bits).step_by(2).rev() {
            let from = FRONT + 4 * i;
            let mut two = [Cell([0; 16]); 8];
            two.copy_from_slice(&self.cells[from..from + 8]);
            self.cells[from..from + 8].fill(Cell([0; 16]));
            for line in two.chunks_exact(4).filter(|line| line[0].0[1] != 0) {
                let mark = |c: usize| usize::from(line[c].0[0] >> 4);
                // The 12 bits of the hash from the lowest bit of the first table's home on.
                let further = mark(1) << 8 | mark(2) << 4 | mark(3);
                let home = (i >> known) << GROWTH_BITS | further;
                let home = home >> (self.first_bits - 1 + GROWTH_BITS - self.bits);
                let mut at = FRONT + 4 * home;
                if self.cells[at].0[1] != 0 {
                    at = FRONT + 4 * (home ^ 1);
                }
                self.used += usize::from(self.cells[at].0[1] == 0);
                if let Some(moved) = &mut self.moved {
                    moved.push(at as u32);
                }
                self.cells[at..at + 4].copy_from_slice(line);
            }
        }
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        (hash >> (32 - self.bits)) as usize
    }

    /// Starts loading the line of `hash`.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u32) {
        prefetch(&self.cells, FRONT + 4 * self.home(hash));
        prefetch(&self.cells, FRONT + 4 * (self.home(hash) ^ 1));
    }

    /// The first cell of the line of `hash`: at its home or the neighbour (index xor 1), if the
    /// check agrees; else the one of the two whose root (lane 1 of the first cell) is the
    /// smaller number, the home if equal, is emptied and taken.
    #[inline]
    pub(crate) fn find(&mut self, hash: u32) -> u32 {
        let home = self.home(hash);
        let check = hash as u8;
        let (a, b) = (FRONT + 4 * home, FRONT + 4 * (home ^ 1));
        let (ca, cb) = (&self.cells[a].0, &self.cells[b].0);
        if ca[0] == check && ca[1] != 0 {
            self.keep(a);
            return a as u32;
        }
        if cb[0] == check && cb[1] != 0 {
            self.keep(b);
            return b as u32;
        }
        let at = if cb[1] < ca[1] { b } else { a };
        self.keep(at);
        if let Some(moved) = &mut self.moved {
            moved.push(at as u32);
        }
        self.used += usize::from(self.cells[at].0[1] == 0);
        let further = hash >> (33 - self.first_bits - GROWTH_BITS);
        let line = &mut self.cells[at..at + 4];
        line[0] = Cell::fresh(check);
        line[1] = Cell::fresh((further >> 4) as u8 & 0xf0);
        line[2] = Cell::fresh(further as u8 & 0xf0);
        line[3] = Cell::fresh((further << 4) as u8);
        at as u32
    }

    /// The line at `at` is found: what becomes of it until the next symbol, the journal need not
    /// know.
    #[inline]
    fn keep(&mut self, at: usize) {
        let cells = &self.cells;
        self.journal.keep_with(at, || {
            let mut line = [Cell([0; 16]); 4];
            line.copy_from_slice(&cells[at..at + 4]);
            line
        });
    }

    /// From here on there is a way back. The lines that begin at `found` have been found already.
    pub(crate) fn mark(&mut self, found: &[u32]) {
        self.journal.mark();
        for &first in found {
            if first as usize >= FRONT {
                self.keep(first as usize);
            }
        }
    }

    /// Back to the mark, where the table was as `to`. Then it has to be marked again.
    pub(crate) fn go_back(&mut self, to: &Lines) {
        let cells = &mut self.cells;
        match self.moved.take() {
            None => {
                self.journal
                    .undo_with(|at, line| cells[at..at + 4].copy_from_slice(&line));
                cells[..EMPTY].copy_from_slice(&to.cells[..EMPTY]);
            }
            Some(moved) => {
                for at in moved {
                    cells[at as usize..at as usize + 4].fill(Cell([0; 16]));
                }
                let then = FRONT + (4 << to.bits);
                cells[..then].copy_from_slice(&to.cells[..then]);
                self.bits = to.bits;
            }
        }
        self.used = to.used;
    }

    /// The hash of the line for low nibbles of a wide context: the context's hash xor
    /// (1 + ⌊high / 2⌋) · 0x9e3779b1 modulo 2³².
    #[inline]
    pub(crate) fn wide(hash: u32, high: u8) -> u32 {
        hash ^ (1 + u32::from(high >> 1)).wrapping_mul(0x9e37_79b1)
    }

    /// The cell for low nibbles of a wide context. Only the three tagged cells of such a line
    /// are used; its root counts visits, as a history of zeros.
    #[inline]
    pub(crate) fn low_of_wide(&mut self, hash: u32, high: u8, states: &States) -> u32 {
        let first = self.find(Lines::wide(hash, high));
        let root = &mut self.cells[first as usize].0[1];
        *root = states.next.0[0][usize::from(*root)];
        self.low(first, high)
    }

    /// The line of `hash`; that of nothing, when there is none.
    pub(crate) fn peek(&self, hash: u32) -> u32 {
        let home = self.home(hash);
        let line = [home, home ^ 1].into_iter().map(|i| FRONT + 4 * i);
        let hit = line.into_iter().find(|&at| {
            let root = &self.cells[at].0;
            root[0] == hash as u8 && root[1] != 0
        });
        hit.unwrap_or(EMPTY) as u32
    }

    /// The histories that [`Lines::low_of_wide`] would lead to.
    pub(crate) fn peek_low_of_wide(&self, hash: u32, high: u8) -> Cell {
        self.peek_low(self.peek(Lines::wide(hash, high)), high)
    }

    /// The first cell of direct context `n`.
    #[inline]
    pub(crate) fn direct(&self, n: usize) -> u32 {
        17 * n as u32
    }

    /// The cell for low nibbles after the high nibble `high`, in the context whose first cell is
    /// `first`; when there is none in a line, the one with the smallest root is emptied and taken
    /// (the first of equals).
    #[inline]
    pub(crate) fn low(&mut self, first: u32, high: u8) -> u32 {
        let first = first as usize;
        match self.seek_low(first, high) {
            Ok(at) => at as u32,
            Err(at) => {
                let mark = self.cells[at].0[0] & 0xf0 | high;
                self.cells[at] = Cell::fresh(mark);
                at as u32
            }
        }
    }

    /// The histories that [`Lines::low`] would lead to.
    #[inline]
    pub(crate) fn peek_low(&self, first: u32, high: u8) -> Cell {
        match self.seek_low(first as usize, high) {
            Ok(at) => self.cells[at],
            Err(_) => Cell([0; 16]),
        }
    }

    #[inline]
    fn seek_low(&self, first: usize, high: u8) -> Result<usize, usize> {
        if first < EMPTY {
            return Ok(first + 1 + usize::from(high));
        }
        let line = &self.cells[first..first + 4];
        let mut victim = 1;
        for c in 1..4 {
            let cell = &line[c].0;
            if cell[0] & 15 == high && cell[1] != 0 {
                return Ok(first + c);
            }
            if cell[1] < line[victim].0[1] {
                victim = c;
            }
        }
        Err(first + victim)
    }

    /// All cells.
    #[inline]
    pub(crate) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    #[inline]
    pub(crate) fn cells_mut(&mut self) -> &mut [Cell] {
        &mut self.cells
    }
}

impl Clone for Lines {
    /// Only what is in use is copied: forks of young models are cheap.
    fn clone(&self) -> Lines {
        let mut cells = Zeroed::reserved(self.cells.len());
        let used = FRONT + (4 << self.bits);
        cells.will_use(used);
        cells[..used].copy_from_slice(&self.cells[..used]);
        Lines {
            cells,
            journal: Journal::default(),
            moved: None,
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minlen_core::Random;

    #[test]
    fn growing_keeps_lines() {
        for final_bits in [12, 13, 15, 16, 23, 24] {
            if final_bits > 20 && std::env::var_os("MINLEN_LONG").is_none() {
                continue;
            }
            let mut lines = Lines::new(final_bits);
            let mut r = Random::new(3);
            let hashes: Vec<u32> = (0..60).map(|_| r.next_u64() as u32).collect();
            for &h in &hashes {
                let at = lines.find(h);
                lines.cells[at as usize].0[1] = 1 + (h >> 8) as u8 % 200;
                let low = lines.low(at, h as u8 & 15);
                lines.cells[low as usize].0[1] = 7;
            }
            while !lines.is_full_size() {
                lines.grow(1 + lines.bits() % 2);
            }
            for &h in &hashes {
                let at = lines.find(h);
                assert_eq!(lines.cells[at as usize].0[1], 1 + (h >> 8) as u8 % 200);
                let low = lines.seek_low(at as usize, h as u8 & 15).unwrap();
                assert_eq!(lines.cells[low].0[1], 7);
            }
        }
    }
}
