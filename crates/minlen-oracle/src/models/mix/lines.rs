//! 8.2.4: cells, and the table of lines that most contexts share.

use super::nibble::path;
use super::states::States;

/// A state for each node (1 to 15), and a tag.
#[derive(Clone, Copy, Default)]
pub struct Cell {
    pub states: [u8; 16],
    tag: u8,
}

impl Cell {
    pub fn root(&self) -> u8 {
        self.states[1]
    }

    /// The nibble was v, where the states are learnt from themselves (8.3.3).
    pub fn learn(&mut self, v: u8, states: &States) {
        for (node, y) in path(v) {
            self.states[node] = states.next(self.states[node], y);
        }
    }
}

/// The first cell, three low ones, and the hash for which the line was last taken.
#[derive(Clone, Copy, Default)]
struct Line {
    cells: [Cell; 4],
    hash: u32,
}

/// Where a cell of the table is: the number of its line, and of the cell in it.
pub type Address = (usize, usize);

#[derive(Clone)]
pub struct Table {
    lines: Vec<Line>,
    k: u32,
    /// N of the settings.
    n: u32,
    /// 8.3.3: lines that were taken where the root was 0, or that moved.
    in_use: u64,
}

impl Table {
    pub fn new(n: u32) -> Self {
        let k = if n == 24 { 13 } else { 12 };
        let lines = vec![Line::default(); 1 << k];
        Self {
            lines,
            k,
            n,
            in_use: 0,
        }
    }

    pub fn cell(&mut self, (line, cell): Address) -> &mut Cell {
        &mut self.lines[line].cells[cell]
    }

    /// The number of the line for this hash; it may be emptied for it.
    pub fn find(&mut self, hash: u32) -> usize {
        let home = (hash >> (32 - self.k)) as usize;
        let neighbour = home ^ 1;
        for number in [home, neighbour] {
            let line = &self.lines[number];
            if line.cells[0].root() != 0 && line.hash & 0xff == hash & 0xff {
                return number;
            }
        }
        let root = |number: usize| self.lines[number].cells[0].root();
        let number = if root(neighbour) < root(home) {
            neighbour
        } else {
            home
        };
        if root(number) == 0 {
            self.in_use += 1;
        }
        self.lines[number] = Line {
            hash,
            ..Line::default()
        };
        number
    }

    /// The low cell of a line for h; it may be emptied for it.
    pub fn low(&mut self, line: usize, h: u8) -> Address {
        let cells = &mut self.lines[line].cells;
        if let Some(i) = (1..4).find(|&i| cells[i].tag == h && cells[i].root() != 0) {
            return (line, i);
        }
        // min_by_key gives the first of the smallest.
        let i = (1..4).min_by_key(|&i| cells[i].root()).unwrap_or(1);
        cells[i] = Cell {
            tag: h,
            ..Cell::default()
        };
        (line, i)
    }

    /// The low cell for h of a *wide* context with this hash.
    pub fn wide_low(&mut self, hash: u32, h: u8, states: &States) -> Address {
        let more = (1 + (u32::from(h) >> 1)).wrapping_mul(0x9e37_79b1);
        let line = self.find(hash ^ more);
        let first = self.cell((line, 0));
        first.states[1] = states.next(first.root(), false);
        self.low(line, h)
    }

    /// Step 9 of the order of events of 8.2.1.
    pub fn grow(&mut self, t: u64) {
        while self.k < self.n && t >= (1 << self.k) / 8 {
            self.grow_to((self.k + 2).min(self.n));
        }
    }

    /// Step 7 of the order of events of 8.3.1.
    pub fn grow_if_crowded(&mut self) {
        if self.k < self.n && self.in_use >= 3 << (self.k - 3) {
            self.grow_to(match self.k {
                ..18 => (self.k + 2).min(self.n),
                _ => self.k + 1,
            });
        }
    }

    fn grow_to(&mut self, k: u32) {
        self.k = k;
        self.in_use = 0;
        let old = std::mem::take(&mut self.lines);
        self.lines = vec![Line::default(); 1 << k];
        for line in old.into_iter().filter(|line| line.cells[0].root() != 0) {
            let mut to = (line.hash >> (32 - k)) as usize;
            if self.lines[to].cells[0].root() != 0 {
                to ^= 1;
            }
            self.lines[to] = line;
            self.in_use += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_grows_to_its_size() {
        for n in 12..=17 {
            let mut table = Table::new(n);
            table.grow(511);
            assert_eq!(table.k, 12);
            table.grow(512);
            assert_eq!(table.k, n.min(14));
            table.grow(1 << 20);
            assert_eq!((table.k, table.lines.len()), (n, 1 << n));
        }
    }

    #[test]
    fn a_crowded_table_grows_once() {
        let mut table = Table::new(15);
        for i in 0..1535 {
            // A line is counted again as long as its root is 0.
            table.find(i << 24);
        }
        table.grow_if_crowded();
        assert_eq!((table.k, table.in_use), (12, 1535));
        let line = table.find(0);
        table.cell((line, 0)).states[1] = 1;
        table.grow_if_crowded();
        assert_eq!((table.k, table.in_use), (14, 1));
    }

    #[test]
    fn the_smaller_root_makes_way() {
        let mut table = Table::new(12);
        let hashes = [0x0000_0001, 0x0000_0002, 0x0000_0003];
        assert_eq!(table.find(hashes[0]), 0);
        table.cell((0, 0)).states[1] = 5;
        assert_eq!(table.find(hashes[1]), 1);
        table.cell((1, 0)).states[1] = 4;
        assert_eq!(table.find(hashes[0]), 0);
        assert_eq!(table.find(hashes[1]), 1);
        assert_eq!(table.find(hashes[2]), 1);
        assert_eq!(table.cell((1, 0)).root(), 0);
    }

    #[test]
    fn low_cells() {
        let mut table = Table::new(12);
        for (h, i) in [(3, 1), (4, 2), (5, 3), (4, 2), (6, 1), (3, 1)] {
            assert_eq!(table.low(7, h), (7, i), "{h}");
            table.cell((7, i)).states[1] = 9 + i as u8;
        }
    }
}
