//! Growing one tree.

use minlen_core::Random;
use serde::{Deserialize, Serialize};

/// A tree: node 0 is the root.
#[derive(Serialize, Deserialize)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Serialize, Deserialize)]
struct Node {
    /// What the rows here would be told, in [`UNIT`]s.
    value: i32,
    split: Option<Split>,
}

/// A question about a field.
#[derive(Clone, Serialize, Deserialize)]
struct Split {
    field: u16,
    test: Test,
    /// The node of those that pass; the others go to the one after it.
    yes: u16,
}

/// What passes.
#[derive(Clone, Serialize, Deserialize)]
enum Test {
    /// Bins up to this one, without the missing.
    UpTo(u8),
    /// Bins up to this one, and the missing.
    UpToOrMissing(u8),
    /// These bins.
    Among(Vec<u8>),
}

/// Values are whole numbers of these: on the bill a byte or two each.
const UNIT: f32 = 1.0 / 512.0;

/// Held against large values, as so much curvature; more for names, which are many.
const HELD: f64 = 1.0;
const HELD_NAMES: f64 = 10.0;

impl Test {
    fn passes(&self, bin: u8) -> bool {
        match self {
            Test::UpTo(last) => bin != 0 && bin <= *last,
            Test::UpToOrMissing(last) => bin <= *last,
            Test::Among(bins) => bins.contains(&bin),
        }
    }
}

impl Tree {
    /// What it says to a row.
    pub(super) fn at(&self, bin: impl Fn(usize) -> u8) -> f32 {
        self.nodes[self.walk(bin, |_, _| ())].value as f32 * UNIT
    }

    /// The leaf that a row comes to; hears by how much each question changed the value.
    pub(super) fn walk(
        &self,
        bin: impl Fn(usize) -> u8,
        mut hear: impl FnMut(usize, f32),
    ) -> usize {
        let mut at = 0;
        while let Some(split) = &self.nodes[at].split {
            let field = usize::from(split.field);
            let next = usize::from(split.yes) + usize::from(!split.test.passes(bin(field)));
            let change = self.nodes[next].value.wrapping_sub(self.nodes[at].value);
            hear(field, change as f32 * UNIT);
            at = next;
        }
        at
    }

    /// Whether every walk ends: children come after their parents.
    pub(super) fn sound(&self, fields: usize) -> bool {
        let fine = |(at, node): (usize, &Node)| match &node.split {
            None => true,
            Some(split) => {
                let yes = usize::from(split.yes);
                usize::from(split.field) < fields && yes > at && yes + 1 < self.nodes.len()
            }
        };
        !self.nodes.is_empty() && self.nodes.iter().enumerate().all(fine)
    }
}

/// The median of what is left of the truths of some rows, where leaves are to say it.
pub(super) type Medians<'a> = Option<&'a dyn Fn(&[u32]) -> f32>;

/// Grows trees on the same rows.
pub(super) struct Grower<'a> {
    /// For each field the bins of all rows; empty where it is not to be asked about.
    bins: &'a [Vec<u8>],
    /// Whether the bins of a field are names.
    names: &'a [bool],
    rows: usize,
    leaves: usize,
    least_rows: usize,
    /// For each field where its cells begin in a histogram; then the size of them all.
    starts: Vec<usize>,
    /// The fields that the tree in the making may ask about.
    asked: Vec<usize>,
    random: Random,
}

/// The share of all fields that a tree may ask about, drawn anew for each: trees that differ are
/// wrong in different places (Breiman's random forests, 2001). Never fewer than three.
const ASKED: f64 = 0.6;
const ASKED_LEAST: usize = 3;

/// Sums over the rows of a bin.
#[derive(Clone, Copy, Default)]
struct Cell {
    slope: f64,
    curve: f64,
    rows: f64,
}

/// A leaf that may be split.
struct Leaf {
    node: usize,
    rows: Vec<u32>,
    cells: Vec<Cell>,
    all: Cell,
    best: Option<(f64, usize, Test)>,
}

impl Cell {
    fn plus(self, other: Cell) -> Cell {
        Cell {
            slope: self.slope + other.slope,
            curve: self.curve + other.curve,
            rows: self.rows + other.rows,
        }
    }

    fn less(self, other: Cell) -> Cell {
        Cell {
            slope: self.slope - other.slope,
            curve: self.curve - other.curve,
            rows: self.rows - other.rows,
        }
    }

    /// What telling these rows their best value gains.
    fn gain(self, held: f64) -> f64 {
        self.slope * self.slope / (self.curve + held)
    }
}

impl<'a> Grower<'a> {
    /// For rows with these bins.
    pub(super) fn new(
        bins: &'a [Vec<u8>],
        names: &'a [bool],
        rows: usize,
        leaves: usize,
        least_rows: usize,
        seed: u64,
    ) -> Grower<'a> {
        let mut starts = vec![0];
        for bins in bins {
            let size = bins.iter().max().map_or(0, |top| usize::from(*top) + 1);
            starts.push(starts[starts.len() - 1] + size);
        }
        Grower {
            bins,
            names,
            rows,
            leaves,
            least_rows,
            starts,
            asked: Vec::new(),
            random: Random::new(seed),
        }
    }

    /// Draws the fields of the next tree.
    fn draw(&mut self) {
        self.asked = (0..self.bins.len())
            .filter(|f| !self.bins[*f].is_empty())
            .collect();
        let count = (self.asked.len() as f64 * ASKED).round() as usize;
        self.random.shuffle(&mut self.asked);
        self.asked.truncate(count.max(ASKED_LEAST));
        self.asked.sort_unstable();
    }

    /// Grows a tree against slopes and curvatures, each `rate` of the way; `medians` replaces the
    /// Newton step where it is given.
    pub(super) fn grow(
        &mut self,
        of: impl Fn(usize) -> (f32, f32),
        medians: Medians,
        rate: f64,
    ) -> Tree {
        let value = |rows: &[u32], all: Cell| {
            let step = match medians {
                Some(medians) if !rows.is_empty() => f64::from(medians(rows)),
                _ => -all.slope / (all.curve + HELD),
            };
            (step * rate / f64::from(UNIT)).round().clamp(-1e8, 1e8) as i32
        };
        self.draw();
        let rows: Vec<u32> = (0..self.rows as u32).collect();
        let root = self.leaf(0, rows, None, &of);
        let mut tree = Tree {
            nodes: vec![Node {
                value: value(&root.rows, root.all),
                split: None,
            }],
        };
        let mut open = vec![root];
        for _ in 1..self.leaves {
            let gain = |leaf: &Leaf| leaf.best.as_ref().map_or(0.0, |b| b.0);
            // The first of the best, so that ties are broken alike everywhere.
            let Some(at) = (0..open.len())
                .filter(|i| gain(&open[*i]) > 1e-9)
                .max_by(|a, b| gain(&open[*a]).total_cmp(&gain(&open[*b])).then(b.cmp(a)))
            else {
                break;
            };
            let parent = open.swap_remove(at);
            let Some((_, field, test)) = parent.best else {
                break;
            };
            let bins = &self.bins[field];
            let (yes, no): (Vec<u32>, Vec<u32>) = parent
                .rows
                .iter()
                .partition(|r| test.passes(bins[**r as usize]));
            let node = tree.nodes.len();
            tree.nodes[parent.node].split = Some(Split {
                field: field as u16,
                test,
                yes: node as u16,
            });
            let cells = parent.cells;
            let (yes, no) = if yes.len() <= no.len() {
                let yes = self.leaf(node, yes, None, &of);
                let no = self.leaf(node + 1, no, Some((cells, &yes.cells)), &of);
                (yes, no)
            } else {
                let no = self.leaf(node + 1, no, None, &of);
                (self.leaf(node, yes, Some((cells, &no.cells)), &of), no)
            };
            for leaf in [yes, no] {
                tree.nodes.push(Node {
                    value: value(&leaf.rows, leaf.all),
                    split: None,
                });
                open.push(leaf);
            }
        }
        tree
    }

    /// A leaf with its histogram, counted or the rest of its parent's, and its best split.
    fn leaf(
        &self,
        node: usize,
        rows: Vec<u32>,
        rest: Option<(Vec<Cell>, &[Cell])>,
        of: &impl Fn(usize) -> (f32, f32),
    ) -> Leaf {
        let cells = match rest {
            Some((mut cells, others)) => {
                cells
                    .iter_mut()
                    .zip(others)
                    .for_each(|(c, o)| *c = c.less(*o));
                cells
            }
            None => {
                let mut cells = vec![Cell::default(); self.starts[self.bins.len()]];
                let sums: Vec<(f64, f64)> = rows
                    .iter()
                    .map(|r| of(*r as usize))
                    .map(|(slope, curve)| (f64::from(slope), f64::from(curve)))
                    .collect();
                for &field in &self.asked {
                    let bins = &self.bins[field];
                    let cells = &mut cells[self.starts[field]..self.starts[field + 1]];
                    for (row, (slope, curve)) in rows.iter().zip(&sums) {
                        let cell = &mut cells[usize::from(bins[*row as usize])];
                        cell.slope += slope;
                        cell.curve += curve;
                        cell.rows += 1.0;
                    }
                }
                cells
            }
        };
        let all = self.asked.first().map_or(Cell::default(), |field| {
            let cells = &cells[self.starts[*field]..self.starts[field + 1]];
            cells
                .iter()
                .fold(Cell::default(), |sum, cell| sum.plus(*cell))
        });
        let best = match rows.len() >= 2 * self.least_rows {
            true => self.best(&cells, all),
            false => None,
        };
        Leaf {
            node,
            rows,
            cells,
            all,
            best,
        }
    }

    /// The split that gains most: gain, field, test.
    fn best(&self, cells: &[Cell], all: Cell) -> Option<(f64, usize, Test)> {
        let mut best: Option<(f64, usize, Test)> = None;
        let least = self.least_rows as f64 - 0.5;
        for &field in &self.asked {
            let cells = &cells[self.starts[field]..self.starts[field + 1]];
            let held = if self.names[field] { HELD_NAMES } else { HELD };
            let mut consider = |yes: Cell, test: &dyn Fn() -> Test| {
                let no = all.less(yes);
                if yes.rows < least || no.rows < least {
                    return;
                }
                let gain = yes.gain(held) + no.gain(held) - all.gain(held);
                if gain > best.as_ref().map_or(1e-9, |b| b.0) {
                    best = Some((gain, field, test()));
                }
            };
            if self.names[field] {
                let mut order: Vec<usize> =
                    (0..cells.len()).filter(|b| cells[*b].rows > 0.5).collect();
                let pull = |b: &usize| cells[*b].slope / (cells[*b].curve + HELD_NAMES);
                order.sort_by(|a, b| pull(a).total_cmp(&pull(b)));
                let mut yes = Cell::default();
                for end in 0..order.len().saturating_sub(1) {
                    yes = yes.plus(cells[order[end]]);
                    consider(yes, &|| {
                        Test::Among(order[..=end].iter().map(|b| *b as u8).collect())
                    });
                }
                continue;
            }
            let missing = cells.first().copied().unwrap_or_default();
            let mut yes = Cell::default();
            for (last, cell) in cells.iter().enumerate().skip(1) {
                yes = yes.plus(*cell);
                // Where none is missing here, a missing one goes with the many.
                let with = yes.plus(missing);
                if missing.rows > 0.5 {
                    consider(yes, &|| Test::UpTo(last as u8));
                    consider(with, &|| Test::UpToOrMissing(last as u8));
                } else if 2.0 * yes.rows > all.rows {
                    consider(yes, &|| Test::UpToOrMissing(last as u8));
                } else {
                    consider(yes, &|| Test::UpTo(last as u8));
                }
            }
        }
        best
    }
}
