//! 8.2: the words for the two halves of a byte.

/// The four nodes at which the nibble v is asked, with the answer at each.
pub fn path(v: u8) -> [(usize, bool); 4] {
    let v = usize::from(v);
    [0, 1, 2, 3].map(|d| ((16 + v) >> (4 - d), (v >> (3 - d)) & 1 == 1))
}

/// Which nibble of a byte is asked.
#[derive(Clone, Copy)]
pub enum Half {
    /// Half 0, the high nibble.
    High,
    /// Half 1, the low nibble of a byte with this high one, h.
    Low(u8),
}

impl Half {
    /// 0 or 1.
    pub fn half(self) -> usize {
        match self {
            Self::High => 0,
            Self::Low(_) => 1,
        }
    }

    /// 0, or 1 + h.
    pub fn place(self) -> usize {
        match self {
            Self::High => 0,
            Self::Low(h) => 1 + usize::from(h),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(path(0), [(1, false), (2, false), (4, false), (8, false)]);
        assert_eq!(path(0b1011), [(1, true), (3, false), (6, true), (13, true)]);
    }
}
