//! Contexts: pairs of features, hashed.

use super::past::{FEATURES, Feature};

/// A context: two features together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) a: Feature,
    pub(crate) b: Feature,
    /// Whether low nibbles get lines of their own, because many different ones follow.
    pub(crate) wide: bool,
    /// Whether its runs are told, too.
    pub(crate) run: bool,
}

pub(crate) const fn one(a: Feature) -> Context {
    two(a, Feature::Nothing)
}

pub(crate) const fn two(a: Feature, b: Feature) -> Context {
    Context {
        a,
        b,
        wide: false,
        run: false,
    }
}

pub(crate) const fn wide(a: Feature, b: Feature) -> Context {
    Context {
        wide: true,
        ..two(a, b)
    }
}

/// The context, its runs told, too.
pub(crate) const fn run(context: Context) -> Context {
    Context {
        run: true,
        ..context
    }
}

impl Context {
    /// Whether it takes so few values that it needs no hash. Such contexts are the first of all.
    pub(crate) fn is_direct(self) -> bool {
        matches!(
            (self.a, self.b),
            (Feature::Nothing | Feature::Last1, Feature::Nothing)
        )
    }

    /// The number of a direct context's value.
    #[inline]
    pub(crate) fn number(self, f: &[u32; FEATURES]) -> usize {
        match self.a {
            Feature::Nothing => 0,
            _ => 1 + f[self.a as usize] as usize,
        }
    }

    pub(crate) fn is_late(self) -> bool {
        self.a.is_late() || self.b.is_late()
    }

    /// Of context number `i`.
    #[inline]
    pub(crate) fn hash(self, i: usize, f: &[u32; FEATURES]) -> u32 {
        let (a, b) = (f[self.a as usize], f[self.b as usize]);
        let k = u64::from(a) << 32 | u64::from(b);
        let k = k.wrapping_add((i as u64 + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
        let k = (k ^ (k >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (k >> 32) as u32
    }
}
