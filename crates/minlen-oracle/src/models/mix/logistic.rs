//! 8.2.2: squash and stretch.

/// Both functions; the first by its table of points, the second written out.
#[derive(Clone)]
pub struct Logistic {
    points: [i64; 65],
    stretch: Vec<i64>,
}

impl Logistic {
    pub fn new() -> Self {
        let mut points = [0; 65];
        let mut e = 1_u64 << 32;
        for point in &mut points {
            let below = (1 << 32) + e;
            // 65536 e is below 2^49.
            *point = ((65_536 * e + below / 2) / below) as i64;
            e = (e * 3_344_923_893 + (1 << 31)) >> 32;
        }
        let mut logistic = Self {
            points,
            stretch: Vec::new(),
        };
        // Squash grows with x: so the smallest x of a v begins the search for the next.
        let mut x = -2047;
        for v in 0..4096 {
            while x < 2047 && logistic.squash(x) < 16 * v + 8 {
                x += 1;
            }
            logistic.stretch.push(x);
        }
        logistic
    }

    pub fn squash(&self, x: i64) -> i64 {
        let a = x.abs().min(4095);
        let (i, f) = ((a >> 6) as usize, a % 64);
        let (here, next) = (self.points[i], self.points[i + 1]);
        let q = (here - (((here - next) * f) >> 6)).max(1);
        if x < 0 { q } else { 65_536 - q }
    }

    /// For v = 0 … 4095.
    pub fn stretch(&self, v: u64) -> i64 {
        self.stretch[v as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_document_gives() {
        let l = Logistic::new();
        assert_eq!(l.points[..4], [32_768, 28_693, 24_743, 21_025]);
        assert_eq!(l.points[64], 0);
        for (v, x) in [
            (0, -2047),
            (1, -2037),
            (100, -944),
            (2047, 0),
            (2048, 1),
            (4095, 2047),
        ] {
            assert_eq!(l.stretch(v), x, "{v}");
        }
        assert_eq!(l.stretch.iter().map(|x| x.abs()).sum::<i64>(), 1_455_787);
        let all: Vec<i64> = (-5000..=5000).map(|x| l.squash(x)).collect();
        assert!(all.is_sorted());
        assert_eq!((all[0], all[10_000]), (1, 65_535));
    }
}
