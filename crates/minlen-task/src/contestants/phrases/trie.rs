//! Sequences of tokens as numbers, and pairs of numbers as places.
//!
//! A phrase or an n-gram is a node of a trie: its parent and its last token. All nodes are in one
//! table with open addressing (Knuth, *The Art of Computer Programming* 3, 6.4), which takes 20
//! bytes an entry. Nothing ever walks through the table, so that its order has no say in anything.

/// Places of pairs of numbers.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    /// Both numbers, or [`FREE`].
    keys: Vec<u64>,
    places: Vec<u32>,
    count: usize,
}

const FREE: u64 = u64::MAX;

impl Pairs {
    pub(super) fn new() -> Pairs {
        Pairs {
            keys: vec![FREE; 16],
            places: vec![0; 16],
            count: 0,
        }
    }

    /// Where a pair is kept, or where it would be.
    fn slot(&self, key: u64) -> usize {
        let mask = self.keys.len() - 1;
        let mixed = (key ^ (key >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (mixed >> 20) as usize & mask;
        while self.keys[at] != FREE && self.keys[at] != key {
            at = (at + 1) & mask;
        }
        at
    }

    /// The place of a pair.
    #[inline]
    pub(super) fn get(&self, a: u32, b: u32) -> Option<u32> {
        let at = self.slot(u64::from(a) << 32 | u64::from(b));
        (self.keys[at] != FREE).then(|| self.places[at])
    }

    /// The place of a pair: `new`, if it has none yet. Not both numbers may be `u32::MAX`.
    pub(super) fn get_or(&mut self, a: u32, b: u32, new: u32) -> u32 {
        let key = u64::from(a) << 32 | u64::from(b);
        let mut at = self.slot(key);
        if self.keys[at] == key {
            return self.places[at];
        }
        if 10 * (self.count + 1) > 7 * self.keys.len() {
            self.grow();
            at = self.slot(key);
        }
        self.count += 1;
        self.keys[at] = key;
        self.places[at] = new;
        new
    }

    fn grow(&mut self) {
        let size = 2 * self.keys.len();
        let keys = std::mem::replace(&mut self.keys, vec![FREE; size]);
        let places = std::mem::replace(&mut self.places, vec![0; size]);
        for (key, place) in keys.into_iter().zip(places) {
            if key != FREE {
                let at = self.slot(key);
                self.keys[at] = key;
                self.places[at] = place;
            }
        }
    }
}

/// Sequences of tokens.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    children: Pairs,
    /// Of each node: its parent, its last token.
    nodes: Vec<(u32, u32)>,
}

impl Trie {
    /// The empty sequence.
    pub(super) const ROOT: u32 = 0;

    pub(super) fn new() -> Trie {
        Trie {
            children: Pairs::new(),
            nodes: vec![(0, 0)],
        }
    }

    /// Nodes, the root among them.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    #[inline]
    pub(super) fn child(&self, node: u32, token: u32) -> Option<u32> {
        self.children.get(node, token)
    }

    /// The child; it is made if need be.
    pub(super) fn grow(&mut self, node: u32, token: u32) -> u32 {
        let new = self.nodes.len() as u32;
        let child = self.children.get_or(node, token, new);
        if child == new {
            self.nodes.push((node, token));
        }
        child
    }

    /// The parent of a node and its last token.
    pub(super) fn parent(&self, node: u32) -> (u32, u32) {
        self.nodes[node as usize]
    }

    /// The tokens of a node.
    pub(super) fn tokens(&self, mut node: u32) -> Vec<u32> {
        let mut all = Vec::new();
        while node != Trie::ROOT {
            let (parent, token) = self.nodes[node as usize];
            all.push(token);
            node = parent;
        }
        all.reverse();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_found_again_and_others_are_not() {
        let mut random = minlen_core::Random::new(3);
        let mut trie = Trie::new();
        let sequences: Vec<Vec<u32>> = (0..4000)
            .map(|_| {
                (0..1 + random.below(4))
                    .map(|_| random.below(9) as u32)
                    .collect()
            })
            .collect();
        let add = |trie: &mut Trie, s: &[u32]| s.iter().fold(Trie::ROOT, |n, t| trie.grow(n, *t));
        let nodes: Vec<u32> = sequences.iter().map(|s| add(&mut trie, s)).collect();
        for (s, node) in sequences.iter().zip(&nodes) {
            assert_eq!(&trie.tokens(*node), s);
            assert_eq!(add(&mut trie, s), *node);
            assert_eq!(trie.child(*node, 10), None);
        }
        assert!(trie.len() <= 1 + 9 + 81 + 729 + 6561);
    }
}
