//! The words that the program knows: a text need not tell how they are spelled.

use std::sync::OnceLock;

/// List 1: 49,152 words of English and of programs, by company: words that stand between the same
/// neighbours stand together. A line each: the class, `A` … `Z`, and the letters.
///
/// It is part of the format and never changes. `examples/word_list.rs` made it of 200,000,000 bytes
/// of books, documents and programs, of which no test set is a part: these are the words that most
/// segments (64 KiB at most) of 95 % ASCII have in sentences, 3 segments at least. Words are all
/// that it keeps of them. Swear words are left out; names that many segments have are in.
const FIRST: &[u8] = include_bytes!("list-1.txt");

/// Words in an order that never changes.
pub(super) struct List {
    letters: &'static [u8],
    /// Where the line of each word begins, and one that follows the last would begin.
    lines: Vec<u32>,
    /// Number of the word plus one, by hash; 0: free.
    slots: Vec<u32>,
}

impl List {
    /// Classes of words: those of each but the last are about √2 times as many as those before.
    pub(super) const CLASSES: usize = 26;

    /// No words.
    pub(super) const EMPTY: &List = &List {
        letters: b"",
        lines: Vec::new(),
        slots: Vec::new(),
    };

    /// The words of list 1.
    pub(super) fn first() -> &'static List {
        static LIST: OnceLock<List> = OnceLock::new();
        LIST.get_or_init(|| List::of(FIRST))
    }

    fn of(letters: &'static [u8]) -> List {
        let mut lines = vec![0];
        lines.extend(
            (1..)
                .zip(letters)
                .filter(|&(_, &b)| b == b'\n')
                .map(|(i, _)| i),
        );
        let slots = vec![0; (4 * lines.len()).next_power_of_two()];
        let mut list = List {
            letters,
            lines,
            slots,
        };
        for n in 0..list.len() {
            let slot = list.slot(list.word(n));
            list.slots[slot] = n as u32 + 1;
        }
        list
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len().saturating_sub(1)
    }

    /// How rare word `n` is, below [`List::CLASSES`].
    pub(super) fn rarity(&self, n: usize) -> usize {
        usize::from(self.letters[self.lines[n] as usize] - b'A')
    }

    /// The letters of word `n`.
    pub(super) fn word(&self, n: usize) -> &'static [u8] {
        &self.letters[self.lines[n] as usize + 1..self.lines[n + 1] as usize - 1]
    }

    /// The number of the word that these are, small or large.
    pub(super) fn find(&self, letters: &[u8]) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        (self.slots[self.slot(letters)] as usize).checked_sub(1)
    }

    /// Where the word is noted, or would be.
    fn slot(&self, letters: &[u8]) -> usize {
        let hash = letters.iter().fold(0u32, |h, b| {
            (h.rotate_left(5) ^ u32::from(b.to_ascii_lowercase())).wrapping_mul(0x9e37_79b1)
        });
        let mask = self.slots.len() - 1;
        let mut slot = (hash ^ hash >> 15) as usize & mask;
        while let Some(n) = self.slots[slot].checked_sub(1)
            && !self.word(n as usize).eq_ignore_ascii_case(letters)
        {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_never_changes() {
        let hash = FIRST.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, &b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        assert_eq!(hash, 0x4e93_3b5b_f854_d519);
        let list = List::first();
        assert_eq!(list.len(), 49_152);
        for n in 0..list.len() {
            let word = list.word(n);
            assert!((2..=24).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase));
            assert!(list.rarity(n) < List::CLASSES);
            assert_eq!(list.find(&word.to_ascii_uppercase()), Some(n));
        }
        assert_eq!(list.find(b"shortestdescription"), None);
        assert_eq!(List::EMPTY.find(b"the"), None);
    }
}
