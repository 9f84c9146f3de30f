//! Learning curves: what a byte costs as more has been seen.

/// A point of a learning curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Bytes seen.
    pub bytes: u64,
    /// Bits that they cost in all.
    pub bits: f64,
    /// Bits a byte since the point before.
    pub latest: f64,
}

impl CurvePoint {
    /// Bits a byte from the beginning.
    pub fn cumulative(&self) -> f64 {
        self.bits / self.bytes.max(1) as f64
    }
}

/// Sizes of prefixes of `bytes` bytes, four to a doubling, the smallest 16, the last `bytes`
/// itself. `bytes`/2 and /4 are always among them, so that halves can be compared.
pub fn prefix_sizes(bytes: u64) -> Vec<u64> {
    let mut sizes: Vec<u64> = (0u32..)
        .map(|i| (bytes as f64 * 0.5f64.powf(f64::from(i) / 4.0)).round() as u64)
        .take_while(|&size| size >= 16)
        .collect();
    sizes.reverse();
    sizes.dedup();
    if sizes.is_empty() && bytes > 0 {
        sizes.push(bytes);
    }
    sizes
}

/// Takes the costs of bytes one by one and keeps the curve.
#[derive(Clone, Debug)]
pub struct CurveRecorder {
    sizes: Vec<u64>,
    points: Vec<CurvePoint>,
    seen: u64,
    bits: f64,
    next: u64,
}

impl CurveRecorder {
    /// For a trace of `bytes` bytes.
    pub fn new(bytes: u64) -> CurveRecorder {
        let sizes = prefix_sizes(bytes);
        CurveRecorder {
            next: sizes.first().copied().unwrap_or(u64::MAX),
            sizes,
            points: Vec::new(),
            seen: 0,
            bits: 0.0,
        }
    }

    /// The next byte costs so many bits.
    #[inline]
    pub fn push(&mut self, bits: f64) {
        self.seen += 1;
        self.bits += bits;
        if self.seen == self.next {
            self.point();
        }
    }

    fn point(&mut self) {
        let (bytes, bits) = self.points.last().map_or((0, 0.0), |p| (p.bytes, p.bits));
        self.points.push(CurvePoint {
            bytes: self.seen,
            bits: self.bits,
            latest: (self.bits - bits) / (self.seen - bytes) as f64,
        });
        let next = self.sizes.get(self.points.len());
        self.next = next.copied().unwrap_or(u64::MAX);
    }

    /// The points so far.
    pub fn points(&self) -> &[CurvePoint] {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_grow_to_the_end() {
        assert_eq!(prefix_sizes(0), []);
        assert_eq!(prefix_sizes(3), [3]);
        for n in [16, 17, 1000, 1 << 30] {
            let sizes = prefix_sizes(n);
            assert!(sizes.is_sorted_by(|a, b| a < b) && sizes[0] >= 16);
            assert_eq!(sizes.last(), Some(&n));
        }
        let sizes = prefix_sizes(4000);
        assert!(sizes.contains(&2000) && sizes.contains(&1000));
    }

    #[test]
    fn points_tell_total_and_latest() {
        let mut recorder = CurveRecorder::new(128);
        for i in 0..128 {
            recorder.push(if i < 64 { 8.0 } else { 2.0 });
        }
        let points = recorder.points();
        let last = points.last().unwrap();
        assert_eq!((last.bytes, last.bits), (128, 640.0));
        assert_eq!(last.cumulative(), 5.0);
        assert_eq!(last.latest, 2.0);
        assert_eq!(points[0].latest, 8.0);
    }
}
