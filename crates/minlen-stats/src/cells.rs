//! A long trace as the means of few cells.

/// Takes the costs of bytes one by one and keeps the mean of each of at most so many cells of
/// equal size (the last may be shorter): local-mean downsampling in one pass.
#[derive(Clone, Debug)]
pub struct Cells {
    cell_bytes: u64,
    sums: Vec<f64>,
    filled: u64,
}

impl Cells {
    /// For a trace of `bytes` bytes, in at most `most` cells of at least `least_bytes` bytes.
    pub fn new(bytes: u64, most: usize, least_bytes: u64) -> Cells {
        let cell_bytes = bytes.div_ceil(most.max(1) as u64).max(least_bytes).max(1);
        Cells {
            cell_bytes,
            sums: Vec::new(),
            filled: cell_bytes,
        }
    }

    /// The next byte costs so many bits.
    #[inline]
    pub fn push(&mut self, bits: f64) {
        if self.filled == self.cell_bytes {
            self.filled = 0;
            self.sums.push(0.0);
        }
        self.filled += 1;
        if let Some(sum) = self.sums.last_mut() {
            *sum += bits;
        }
    }

    /// Bytes a cell, but for the last.
    pub fn cell_bytes(&self) -> u64 {
        self.cell_bytes
    }

    /// Mean bits a byte of every cell.
    pub fn means(&self) -> Vec<f64> {
        let mut means: Vec<f64> = self
            .sums
            .iter()
            .map(|s| s / self.cell_bytes as f64)
            .collect();
        if let Some(last) = means.last_mut() {
            *last *= self.cell_bytes as f64 / self.filled.max(1) as f64;
        }
        means
    }

    /// As [`Cells::means`], without a last cell that is not full: all of equal weight.
    pub fn full_means(&self) -> Vec<f64> {
        let mut means = self.means();
        if self.filled < self.cell_bytes {
            means.pop();
        }
        means
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_kept() {
        for n in [0u64, 1, 7, 64, 65, 1000] {
            let mut cells = Cells::new(n, 16, 1);
            let mut sum = 0.0;
            for i in 0..n {
                cells.push((i % 9) as f64);
                sum += (i % 9) as f64;
            }
            let means = cells.means();
            assert!(means.len() <= 16);
            let size = cells.cell_bytes();
            let mut back = 0.0;
            for (i, m) in means.iter().enumerate() {
                back += m * (n - i as u64 * size).min(size) as f64;
            }
            assert!((back - sum).abs() < 1e-9, "{n}: {back} {sum}");
            assert_eq!(cells.full_means().len() as u64, n / size);
        }
    }
}
