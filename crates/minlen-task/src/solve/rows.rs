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
        match sums.len() {
            1 => dot::<1>(self, row, weights, sums),
            4 => dot::<4>(self, row, weights, sums),
            8 => dot::<8>(self, row, weights, sums),
            12 => dot::<12>(self, row, weights, sums),
            16 => dot::<16>(self, row, weights, sums),
            20 => dot::<20>(self, row, weights, sums),
            lanes => self.each(row, |column, x| {
                let weights = &weights[column * lanes..][..lanes];
                sums.iter_mut().zip(weights).for_each(|(s, w)| *s += x * w);
            }),
        }
    }

    /// Adds the row, times `by` for each lane, to the weights.
    fn add(&self, row: usize, by: &[f32], weights: &mut [f32]) {
        match by.len() {
            1 => add::<1>(self, row, by, weights),
            4 => add::<4>(self, row, by, weights),
            8 => add::<8>(self, row, by, weights),
            12 => add::<12>(self, row, by, weights),
            16 => add::<16>(self, row, by, weights),
            20 => add::<20>(self, row, by, weights),
            lanes => self.each(row, |column, x| {
                let weights = &mut weights[column * lanes..][..lanes];
                weights.iter_mut().zip(by).for_each(|(w, b)| *w += x * b);
            }),
        }
    }
}

/// With the number of lanes known when compiled, the sums stay in registers.
#[inline]
fn dot<const LANES: usize>(
    rows: &(impl Rows + ?Sized),
    row: usize,
    weights: &[f32],
    sums: &mut [f32],
) {
    let (columns, _) = weights.as_chunks::<LANES>();
    let mut own = [0.0; LANES];
    rows.each(row, |column, x| {
        let weights = &columns[column];
        for lane in 0..LANES {
            own[lane] += x * weights[lane];
        }
    });
    sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
}

#[inline]
fn add<const LANES: usize>(
    rows: &(impl Rows + ?Sized),
    row: usize,
    by: &[f32],
    weights: &mut [f32],
) {
    let (columns, _) = weights.as_chunks_mut::<LANES>();
    let mut own = [0.0; LANES];
    own.copy_from_slice(by);
    rows.each(row, |column, x| {
        let weights = &mut columns[column];
        for lane in 0..LANES {
            weights[lane] += x * own[lane];
        }
    });
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
