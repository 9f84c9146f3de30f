//! Recall: what stands here is what stood behind something else in the same line.
//!
//! A record says things twice: a name as the key and in the address, an id as a number and as text, a
//! place before and behind the time. A match finds that after some symbols; here it is known from
//! the first one on. Of each name or number it is remembered behind what it stood, and of each such
//! place where the same had stood before in the line, if it had (a *link*). When the place comes
//! again, in whatever line, what stands behind the other place in this one is expected.

use super::past::fold;
use minlen_core::Symbol;

/// log₂ of the places and names of a line that are remembered, and of all links.
const PLACE_BITS: u32 = 10;
const LINK_BITS: u32 = 12;
/// Symbols that a place is known by: digits are all one.
const BEFORE: u64 = 0xffff_ffff_ffff;
/// Names and numbers of fewer symbols recur by chance.
const LEAST: u32 = 2;
/// Most that is told of how far a link has held, and how often.
const MOST: u8 = 7;

/// Where a name or number began, behind what.
#[derive(Clone, Copy, Default)]
struct Begun {
    hash: u32,
    behind: u32,
    /// Symbols up to its first one, this included; 0: none.
    at: u32,
}

/// What stood behind one place stood behind another before.
#[derive(Clone, Copy, Default)]
struct Link {
    to: u32,
    check: u16,
    /// How often it held, about; 0: there is none.
    trust: u8,
}

/// The memory of a line, and of all lines.
#[derive(Clone)]
pub(crate) struct Recall {
    /// By what stands before: `hash` is that, too.
    places: Vec<Begun>,
    /// By name.
    names: Vec<Begun>,
    links: Vec<Link>,
    now: Now,
}

/// What changes with each symbol.
#[derive(Clone, Copy, Default)]
struct Now {
    /// Symbols up to the end of the line before.
    line: u32,
    /// The last 8 symbols of the line, digits all alike.
    last: u64,
    /// Whether the last symbol belongs to a name or number; and that: behind what it stands, and so on.
    inside: bool,
    begun: Begun,
    /// Where the symbol is that is expected, as [`Begun::at`]; 0: none is.
    at: u32,
    /// How many came as expected.
    agreed: u8,
    /// Of the link that led there.
    trust: u8,
    /// Whether a link said what would come behind the last place.
    told: bool,
}

impl Recall {
    /// Bytes that the tables here take.
    pub(crate) const BYTES: u64 = (24 << PLACE_BITS) + (8 << LINK_BITS);

    pub(crate) fn new() -> Recall {
        Recall {
            places: vec![Begun::default(); 1 << PLACE_BITS],
            names: vec![Begun::default(); 1 << PLACE_BITS],
            links: vec![Link::default(); 1 << LINK_BITS],
            now: Now::default(),
        }
    }

    /// Back to where `to` is: as a copy, without new memory.
    pub(crate) fn go_back(&mut self, to: &Recall) {
        self.places.copy_from_slice(&to.places);
        self.names.copy_from_slice(&to.names);
        self.links.copy_from_slice(&to.links);
        self.now = to.now;
    }

    /// How many symbols back the one is that is expected to come.
    #[inline]
    pub(crate) fn distance(&self, seen: usize) -> Option<usize> {
        (self.now.at > 0).then(|| seen + 1 - self.now.at as usize)
    }

    /// How far what is expected has held, and the link: 6 bits.
    #[inline]
    pub(crate) fn row(&self) -> usize {
        usize::from(self.now.agreed | self.now.trust << 3)
    }

    /// The symbol was `s`, of a name or number or not, `seen` counts it, and `expected` was expected.
    #[inline]
    pub(crate) fn push(&mut self, s: Symbol, is_name: bool, seen: usize, expected: Option<Symbol>) {
        let now = &mut self.now;
        if expected == Some(s) {
            now.at += 1;
            now.agreed = (now.agreed + 1).min(MOST);
        } else {
            (now.at, now.agreed) = (0, 0);
        }
        let seen = seen as u32;
        if is_name {
            if !now.inside {
                now.inside = true;
                now.begun = Begun {
                    hash: 0,
                    behind: fold(now.last & BEFORE),
                    at: seen,
                };
            }
            let hash = now.begun.hash.wrapping_add(u32::from(s) + 1);
            now.begun.hash = hash.wrapping_mul(0x2f0b_4c47);
        } else if now.inside {
            now.inside = false;
            if seen - now.begun.at >= LEAST {
                self.learn();
            }
        }
        let now = &mut self.now;
        let alike = if s.is_ascii_digit() { b'0' } else { s };
        now.last = now.last << 8 | u64::from(alike);
        if s == b'\n' {
            // Lines begin alike.
            (now.line, now.last, now.at, now.agreed) = (seen, 0, 0, 0);
        }
        if !is_name && now.agreed == 0 {
            self.look();
        }
    }

    /// A name has ended.
    #[inline]
    fn learn(&mut self) {
        let Now { begun, line, .. } = self.now;
        let hash = fold(begun.hash.into());
        let name = &mut self.names[(hash >> (32 - PLACE_BITS)) as usize];
        let before = (name.hash == hash && name.at > line).then_some(name.behind);
        if before.is_none() {
            *name = Begun { hash, ..begun };
        }
        let check = begun.behind as u16;
        let link = &mut self.links[(begun.behind >> (32 - LINK_BITS)) as usize];
        let is_own = link.check == check;
        match before {
            Some(behind) if is_own && link.to == behind => link.trust = (link.trust + 1).min(MOST),
            Some(_) if is_own && link.trust > 1 => link.trust /= 2,
            Some(to) => {
                *link = Link {
                    to,
                    check,
                    trust: 1,
                }
            }
            None if is_own && self.now.told => link.trust /= 2,
            None => {}
        }
        self.places[(begun.behind >> (32 - PLACE_BITS)) as usize] = Begun {
            hash: begun.behind,
            ..begun
        };
    }

    /// Behind the last symbol a name may begin.
    #[inline]
    fn look(&mut self) {
        let now = &mut self.now;
        (now.at, now.told) = (0, false);
        let behind = fold(now.last & BEFORE);
        let link = self.links[(behind >> (32 - LINK_BITS)) as usize];
        if link.check != behind as u16 || link.trust == 0 {
            return;
        }
        let place = self.places[(link.to >> (32 - PLACE_BITS)) as usize];
        if place.hash == link.to && place.at > now.line {
            (now.at, now.trust, now.told) = (place.at, link.trust, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is expected after each symbol of `text`.
    fn expected(text: &[u8]) -> Vec<Option<u8>> {
        let mut recall = Recall::new();
        let mut all = Vec::new();
        let mut next = None;
        for (i, &s) in text.iter().enumerate() {
            recall.push(s, s.is_ascii_alphanumeric(), i + 1, next);
            next = recall.distance(i + 1).map(|n| text[i + 1 - n]);
            all.push(next);
        }
        all
    }

    #[test]
    fn what_stood_behind_another_place_is_expected_at_once() {
        let text = b"id=1234, text=1234;\nid=5678, text=5678;\nid=90, text=91;\n";
        let seen = expected(text);
        let of = |line: usize, n: usize| &seen[20 * line + 13..][..n];
        // In the first line nothing is known; in the second it is, up to the end.
        assert_eq!(of(0, 4), [None; 4]);
        assert_eq!(of(1, 4), b"5678".map(Some));
        // What comes otherwise ends it.
        let third = &seen[40 + 11..];
        assert_eq!(third[..3], [Some(b'9'), Some(b'0'), None]);
    }

    #[test]
    fn lines_do_not_lend() {
        let seen = expected(b"a=12 b=12\na=34 b=34\n     b=34\n");
        assert_eq!(seen[16], Some(b'3'));
        assert!(seen[20..].iter().all(Option::is_none));
    }
}
