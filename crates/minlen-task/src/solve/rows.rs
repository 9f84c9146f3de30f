//! Rows of numbers, and the two things that learning does with them.
//!
//! Weights have a lane for each class, side by side for each column, so that one walk along a row
//! serves all classes.

/// Rows to learn from. Every row has one more column than was pushed, which is always 1: the
/// weight there is where a line crosses zero.
pub(crate) trait Rows {
    /// Rows.
    fn len(&self) -> usize;

    /// Columns, with the one that is always 1.
    fn columns(&self) -> usize;

    /// Goes through what is not 0.
    fn each(&self, row: usize, f: impl FnMut(usize, f32));

    /// Adds the products of a row with the weights of each lane.
    fn dot(&self, row: usize, weights: &[f32], sums: &mut [f32]) {
        let lanes = sums.len();
        self.each(row, |column, x| {
            let weights = &weights[column * lanes..][..lanes];
            axpy(x, weights, sums);
        });
    }

    /// Adds the row, times `by` for each lane, to the weights.
    fn add(&self, row: usize, by: &[f32], weights: &mut [f32]) {
        let lanes = by.len();
        self.each(row, |column, x| {
            axpy(x, by, &mut weights[column * lanes..][..lanes]);
        });
    }
}

/// `to += x · from`, four lanes at a time where there are four.
#[inline]
fn axpy(x: f32, from: &[f32], to: &mut [f32]) {
    let (fours, rest) = from.as_chunks::<4>();
    let (fours_to, rest_to) = to.as_chunks_mut::<4>();
    for (to, from) in fours_to.iter_mut().zip(fours) {
        for lane in 0..4 {
            to[lane] += x * from[lane];
        }
    }
    for (to, from) in rest_to.iter_mut().zip(rest) {
        *to += x * from;
    }
}

/// Rows that are mostly zeros.
pub(crate) struct Sparse {
    ends: Vec<usize>,
    entries: Vec<(u32, f32)>,
    columns: usize,
}

impl Sparse {
    /// No rows yet, of so many columns.
    pub(crate) fn new(columns: usize) -> Sparse {
        Sparse {
            ends: Vec::new(),
            entries: Vec::new(),
            columns,
        }
    }

    /// One more row.
    pub(crate) fn push(&mut self, row: &[(u32, f32)]) {
        self.entries.extend(row);
        self.ends.push(self.entries.len());
    }
}

impl Rows for Sparse {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn columns(&self) -> usize {
        self.columns + 1
    }

    #[inline]
    fn each(&self, row: usize, mut f: impl FnMut(usize, f32)) {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        for (column, x) in &self.entries[start..self.ends[row]] {
            f(*column as usize, *x);
        }
        f(self.columns, 1.0);
    }
}

/// Rows without zeros, a byte each: numbers from −1 to 1 in steps of 1/127, times a scale.
pub(crate) struct Dense {
    cells: Vec<i8>,
    columns: usize,
    scale: f32,
}

impl Dense {
    /// No rows yet.
    pub(crate) fn new(columns: usize, scale: f32) -> Dense {
        Dense {
            cells: Vec::new(),
            columns,
            scale: scale / 127.0,
        }
    }

    /// One more row, of numbers from −1 to 1.
    pub(crate) fn push(&mut self, row: &[f32]) {
        let cell = |x: &f32| (x * 127.0).round() as i8;
        self.cells.extend(row.iter().map(cell));
    }
}

impl Rows for Dense {
    fn len(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    fn columns(&self) -> usize {
        self.columns + 1
    }

    #[inline]
    fn each(&self, row: usize, mut f: impl FnMut(usize, f32)) {
        let cells = &self.cells[row * self.columns..][..self.columns];
        for (column, cell) in cells.iter().enumerate() {
            f(column, f32::from(*cell) * self.scale);
        }
        f(self.columns, 1.0);
    }
}
