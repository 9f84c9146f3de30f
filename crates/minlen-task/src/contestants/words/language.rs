//! The words of known texts, and which came after which.

use std::collections::{BTreeMap, HashMap, HashSet};

/// What stands before the first word and behind the last.
pub(super) const END: u32 = 0;

/// Words and their order, as some texts have them.
pub(super) struct Language {
    /// The texts.
    pub(super) texts: Vec<String>,
    known: HashSet<String>,
    /// The words by number; [`END`] is none.
    pub(super) words: Vec<String>,
    numbers: HashMap<String, u32>,
    /// For each word, those that came after it, in order.
    pub(super) after: Vec<Vec<u32>>,
    /// For each two words in a row behind which more than one came: where the weights of those after
    /// the second begin, among the weights of all such pairs.
    pairs: BTreeMap<(u32, u32), usize>,
    /// For each word, where the weights of those after it begin.
    singles: Vec<usize>,
    /// Words of the longest text.
    pub(super) longest: usize,
}

/// A word that was chosen in a known text.
pub(super) struct Choice {
    /// The text.
    pub(super) text: usize,
    /// The two words before.
    pub(super) before: (u32, u32),
    /// The word's place among those that come after the one before.
    pub(super) place: usize,
}

impl Language {
    pub(super) fn new(texts: Vec<String>) -> Language {
        let mut language = Language {
            known: texts.iter().cloned().collect(),
            words: vec![String::new()],
            numbers: HashMap::new(),
            after: Vec::new(),
            pairs: BTreeMap::new(),
            singles: Vec::new(),
            longest: 0,
            texts: Vec::new(),
        };
        for text in &texts {
            for word in split(text) {
                let next = language.words.len() as u32;
                if let std::collections::hash_map::Entry::Vacant(place) =
                    language.numbers.entry(word.to_string())
                {
                    place.insert(next);
                    language.words.push(word.to_string());
                }
            }
        }
        language.texts = texts;
        language.after = vec![Vec::new(); language.words.len()];
        for i in 0..language.texts.len() {
            let row = language.row(i);
            language.longest = language.longest.max(row.len() - 3);
            for two in row[1..].windows(2) {
                language.after[two[0] as usize].push(two[1]);
            }
        }
        for after in &mut language.after {
            after.sort_unstable();
            after.dedup();
        }
        let mut place = 0;
        for after in &language.after {
            language.singles.push(place);
            place += after.len();
        }
        let mut pairs = BTreeMap::new();
        for i in 0..language.texts.len() {
            for two in language.row(i).windows(2) {
                pairs.entry((two[0], two[1])).or_insert(0);
            }
        }
        pairs.retain(|(_, last), _| language.after[*last as usize].len() > 1);
        place = 0;
        for ((_, last), from) in &mut pairs {
            *from = place;
            place += language.after[*last as usize].len();
        }
        language.pairs = pairs;
        language
    }

    /// The words of a text, behind two beginnings and before its end.
    fn row(&self, text: usize) -> Vec<u32> {
        let words = split(&self.texts[text]).map(|w| self.numbers[w]);
        [END, END].into_iter().chain(words).chain([END]).collect()
    }

    /// Whether one of the texts is this one.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.known.contains(text)
    }

    /// Weights that stand for a word after one word, and after two: how many.
    pub(super) fn sizes(&self) -> (usize, usize) {
        let size = |last: u32| self.after[last as usize].len();
        let pairs = self.pairs.keys().map(|(_, last)| size(*last)).sum();
        (self.after.iter().map(Vec::len).sum(), pairs)
    }

    /// Where these weights begin after those two words; after two that were never in a row there are
    /// none.
    pub(super) fn places(&self, before: (u32, u32)) -> (usize, Option<usize>) {
        let single = self.singles[before.1 as usize];
        (single, self.pairs.get(&before).copied())
    }

    /// All words of all texts that might have been others.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let mut all = Vec::new();
        for text in 0..self.texts.len() {
            for three in self.row(text).windows(3) {
                let after = &self.after[three[1] as usize];
                if after.len() > 1 {
                    all.push(Choice {
                        text,
                        before: (three[0], three[1]),
                        place: after.binary_search(&three[2]).unwrap_or(0),
                    });
                }
            }
        }
        all
    }
}

/// A text in words, each with the space before it; signs, and the characters of scripts without
/// spaces, are words of their own.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices().peekable();
        let (_, mut c) = chars.next()?;
        if c == ' ' {
            (_, c) = chars.peek().copied().unwrap_or((0, ' '));
            if c != ' ' {
                chars.next();
            }
        }
        let whole = |c: char| (c.is_alphanumeric() && c < '\u{2e80}') || "-’'&".contains(c);
        if whole(c) {
            while chars.next_if(|(_, c)| whole(*c)).is_some() {}
        }
        let end = chars.peek().map_or(rest.len(), |(at, _)| *at);
        let (word, behind) = rest.split_at(end);
        rest = behind;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_join_to_the_text() {
        let text = "man: medium-dark skin tone, “OK”  button \u{4e2d}\u{6587}";
        let words: Vec<&str> = split(text).collect();
        assert_eq!(words.concat(), text);
        assert_eq!(words[..5], ["man", ":", " medium-dark", " skin", " tone"]);
        assert_eq!(words[words.len() - 2..], [" \u{4e2d}", "\u{6587}"]);
    }

    #[test]
    fn what_came_after_what_is_known() {
        let texts = ["red car", "red bus", "big red"].map(str::to_string);
        let language = Language::new(texts.to_vec());
        let number = |w: &str| language.numbers[w];
        assert_eq!(
            language.after[number("red") as usize],
            [number(" car"), number(" bus")]
        );
        // red and big may begin; after "red" come two; after " red" only the end.
        assert_eq!(language.choices().len(), 3 + 2);
        assert!(language.knows("big red") && !language.knows("big car"));
        assert_eq!(language.longest, 2);
    }
}
