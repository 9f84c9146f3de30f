//! Words of a text, and how often each occurs.

/// Letters: A–Z, a–z and all bytes from 128 on, so that words in UTF-8 stay whole.
#[inline]
pub(super) fn is_letter(b: u8) -> bool {
    LETTER[usize::from(b)]
}

const LETTER: [bool; 256] = {
    let mut letter = [false; 256];
    let mut b = 0;
    while b < 256 {
        letter[b] = b >= 128 || (b as u8).is_ascii_alphabetic();
        b += 1;
    }
    letter
};

/// How a word uses capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// None.
    Small,
    /// Its first letter only.
    Capital,
    /// All its letters of ASCII, two or more.
    Capitals,
    /// In another way.
    Mixed,
}

/// A word: a maximal run of letters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) end: usize,
    pub(super) case: Case,
    /// Of its small letters.
    hash: u32,
}

impl Word {
    /// The word that begins at `at`, where a letter is.
    #[inline]
    pub(super) fn at(data: &[u8], at: usize) -> Word {
        let (mut large, mut small, mut hash) = (0usize, 0usize, 0u32);
        let mut end = at;
        while let Some(&b) = data.get(end)
            && is_letter(b)
        {
            let is_large = b.is_ascii_uppercase();
            large += usize::from(is_large);
            small += usize::from(b.is_ascii_lowercase());
            hash = (hash ^ u32::from(b.to_ascii_lowercase())).wrapping_mul(0x9e37_79b1);
            hash ^= hash >> 15;
            end += 1;
        }
        let case = match large {
            0 => Case::Small,
            1 if data[at].is_ascii_uppercase() => Case::Capital,
            2.. if small == 0 => Case::Capitals,
            _ => Case::Mixed,
        };
        Word { end, case, hash }
    }
}

/// The longest word that is counted.
const LONGEST: usize = 32;
/// Different words that are counted at most: bounds memory.
const MOST: usize = 1 << 20;

/// A word counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    at: u32,
    pub(super) len: u32,
    hash: u32,
    pub(super) count: u32,
}

/// Every word of a text that is not of mixed case, in the order of first use.
pub(super) struct Counts<'a> {
    pub(super) data: &'a [u8],
    /// The word's hash, and its number plus one (the low half); 0: free.
    slots: Vec<u64>,
    pub(super) words: Vec<Counted>,
    /// For each word of the text, its number among `words`; [`Counts::NOT`]: it was not counted.
    pub(super) all: Vec<u32>,
}

impl<'a> Counts<'a> {
    /// The number of a word that was not counted.
    pub(super) const NOT: u32 = u32::MAX;

    pub(super) fn of(data: &'a [u8]) -> Counts<'a> {
        let mut counts = Counts {
            data,
            slots: vec![0; 1 << 12],
            words: Vec::new(),
            all: Vec::with_capacity(data.len() / 8),
        };
        let mut at = 0;
        while at < data.len() {
            if !is_letter(data[at]) {
                at += 1;
                continue;
            }
            let word = Word::at(data, at);
            let number = match word.case != Case::Mixed && word.end - at <= LONGEST {
                true => counts.add(at, &word),
                false => Counts::NOT,
            };
            counts.all.push(number);
            at = word.end;
        }
        counts
    }

    fn add(&mut self, at: usize, word: &Word) -> u32 {
        let slot = self.slot(at, word);
        if self.slots[slot] > 0 {
            let number = self.slots[slot] as u32 - 1;
            self.words[number as usize].count += 1;
            return number;
        }
        if self.words.len() == MOST {
            return Counts::NOT;
        }
        let number = self.words.len() as u32;
        self.words.push(Counted {
            at: at as u32,
            len: (word.end - at) as u32,
            hash: word.hash,
            count: 1,
        });
        self.slots[slot] = u64::from(word.hash) << 32 | u64::from(number + 1);
        if self.words.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let mut slots = vec![0; self.slots.len() * 4];
        let mask = slots.len() - 1;
        for (i, word) in self.words.iter().enumerate() {
            let mut slot = word.hash as usize & mask;
            while slots[slot] > 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = u64::from(word.hash) << 32 | (i as u64 + 1);
        }
        self.slots = slots;
    }

    /// Where the word at `at` is noted, or would be.
    #[inline]
    fn slot(&self, at: usize, word: &Word) -> usize {
        let mask = self.slots.len() - 1;
        let letters = &self.data[at..word.end];
        let mut slot = word.hash as usize & mask;
        loop {
            let noted = self.slots[slot];
            let same = || self.letters(noted as u32 as usize - 1);
            if noted == 0
                || (noted >> 32) as u32 == word.hash && same().eq_ignore_ascii_case(letters)
            {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The letters of word `i`, as they are where it occurs first.
    pub(super) fn letters(&self, i: usize) -> &'a [u8] {
        let Counted { at, len, .. } = self.words[i];
        &self.data[at as usize..(at + len) as usize]
    }
}
