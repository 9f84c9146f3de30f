//! Text in tokens, and back to the letter.
//!
//! A token is a word, a single mark, or a single letter of a script that is written without spaces;
//! the space before it is part of it, so that tokens are joined by writing one behind the other.
//! What must be known of a language is counted in its texts: whether it parts words by spaces,
//! whether an apostrophe ends what is before it (l'eau) or begins what is behind (Tom's), whether
//! texts begin with a capital, and which words do so only there ("truecasing", Lita et al., *tRuEcasIng*,
//! ACL 2003).

use std::collections::{HashMap, HashSet};

/// Stands before the tokens of a text that does not begin as texts of its language do.
pub(super) const AS_IT_IS: &str = "\u{1}";

/// How a language is written.
#[derive(Clone, Debug)]
pub(super) struct Writing {
    /// Whether there are spaces between words.
    pub(super) spaced: bool,
    /// Whether an apostrophe within a word ends a token (or begins one).
    ends: bool,
    /// Whether texts begin with a capital.
    capital: bool,
    /// First words that are to have their small letter: with the space before them, as they stand.
    lowered: HashSet<String>,
}

impl Writing {
    /// Of texts in a language.
    pub(super) fn of<'a, I: Iterator<Item = &'a str>>(texts: impl Fn() -> I) -> Writing {
        let (mut spaces, mut letters) = (0usize, 0usize);
        let (mut large, mut small) = (0usize, 0usize);
        let (mut left, mut right) = (HashSet::new(), HashSet::new());
        let mut count = 0usize;
        for text in texts() {
            count += 1;
            spaces += text.matches(' ').count();
            letters += text.chars().count();
            let first = text.chars().find(|c| c.is_alphanumeric());
            large += usize::from(first.is_some_and(char::is_uppercase));
            small += usize::from(first.is_some_and(char::is_lowercase));
            let inner = |c: char| c.is_alphanumeric() && !alone(c);
            for (at, mark) in text.char_indices().filter(|(_, c)| apostrophe(*c)) {
                let (before, behind) = (&text[..at], &text[at + mark.len_utf8()..]);
                let before = before.rsplit(|c| !inner(c)).next().unwrap_or_default();
                let behind = behind.split(|c| !inner(c)).next().unwrap_or_default();
                if !before.is_empty() && !behind.is_empty() {
                    left.insert(before.to_lowercase());
                    right.insert(behind.to_lowercase());
                }
            }
        }
        let mut writing = Writing {
            spaced: spaces * 20 > letters,
            ends: left.len() < right.len(),
            capital: large > 9 * small && 2 * large > count,
            lowered: HashSet::new(),
        };
        writing.learn_case(texts());
        writing
    }

    /// A first word has its small letter if it is as often seen so within texts as with its capital.
    fn learn_case<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        if !self.capital {
            return;
        }
        let (mut within, mut firsts) = (HashMap::<String, usize>::new(), HashSet::new());
        for text in texts {
            let mut begun = false;
            for piece in self.pieces(text) {
                if begun {
                    *within.entry(piece).or_default() += 1;
                } else if piece.chars().any(char::is_alphabetic) {
                    begun = true;
                    firsts.insert(piece);
                }
            }
        }
        let count = |piece: &str| within.get(piece).copied().unwrap_or(0);
        let lowered = firsts.into_iter().filter(|first| {
            let low = cased(first, false);
            low.as_ref().is_some_and(|low| count(low) >= count(first))
        });
        self.lowered = lowered.collect();
    }

    /// The tokens of a text; [`join`](Writing::join) gives it back.
    pub(super) fn tokens(&self, text: &str) -> Vec<String> {
        let pieces = self.pieces(text);
        let mut low = pieces.clone();
        let first = low.iter_mut();
        let first = first
            .take(3)
            .find(|p| p.chars().any(char::is_alphabetic))
            .filter(|p| self.lowered.contains(p.as_str()));
        if let Some(first) = first {
            *first = cased(first, false).unwrap_or_default();
        }
        if self.join(&low) == text {
            return low;
        }
        if self.join(&pieces) == text {
            return pieces;
        }
        std::iter::once(AS_IT_IS.to_string())
            .chain(pieces)
            .collect()
    }

    /// The text of tokens.
    pub(super) fn join(&self, tokens: &[impl AsRef<str>]) -> String {
        let (as_it_is, tokens) = match tokens.split_first() {
            Some((first, rest)) if first.as_ref() == AS_IT_IS => (true, rest),
            _ => (false, tokens),
        };
        let mut text: String = tokens.iter().map(AsRef::as_ref).collect();
        if self.spaced && text.starts_with(' ') {
            text.remove(0);
        }
        match self.capital && !as_it_is {
            true => cased(&text, true).unwrap_or(text),
            false => text,
        }
    }

    /// Words, marks and lone letters, each behind its space.
    fn pieces(&self, text: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut piece = String::new();
        if self.spaced {
            piece.push(' ');
        }
        // Whether the piece under way is a word that may go on.
        let mut word = false;
        let mut letters = text.chars().peekable();
        while let Some(c) = letters.next() {
            let inner = |c: char| !alone(c) && (c.is_alphanumeric() || combining(c));
            let goes_on = word && letters.peek().is_some_and(|c| inner(*c));
            if c.is_whitespace() {
                if word {
                    all.push(std::mem::take(&mut piece));
                    word = false;
                }
                piece.push(c);
            } else if inner(c) {
                piece.push(c);
                word = true;
            } else if apostrophe(c) && goes_on && self.ends {
                piece.push(c);
                all.push(std::mem::take(&mut piece));
                word = false;
            } else {
                if word {
                    all.push(std::mem::take(&mut piece));
                }
                piece.push(c);
                word = apostrophe(c) && goes_on;
                if !word {
                    all.push(std::mem::take(&mut piece));
                }
            }
        }
        if !piece.is_empty() && (word || !text.is_empty()) {
            all.push(piece);
        }
        all
    }
}

/// As phrases are looked up: without spaces and capitals.
pub(super) fn plain(token: &str) -> String {
    token.trim().to_lowercase()
}

/// With its first letter made large, or small; `None`: it has none, or would not come back.
fn cased(text: &str, large: bool) -> Option<String> {
    let (at, letter) = text.char_indices().find(|(_, c)| c.is_alphabetic())?;
    let other: String = match large {
        true => letter.to_uppercase().collect(),
        false => letter.to_lowercase().collect(),
    };
    let behind = &text[at + letter.len_utf8()..];
    (other.chars().count() == 1 && !other.starts_with(letter))
        .then(|| [&text[..at], &other, behind].concat())
}

/// Letters of scripts that are written without spaces: Thai to Burmese, Khmer, Chinese and kana.
/// Of Korean, whose words are made of many parts, each syllable.
fn alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}'
        | '\u{900}'..='\u{dff}')
}

fn apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Writing {
        Writing::of(|| texts.iter().copied())
    }

    #[test]
    fn what_a_language_does_is_seen_in_its_texts() {
        let french = of(&[
            "L'eau est bonne.",
            "Il a l'art, l'air et l'ami.",
            "Est-ce Tom ?",
        ]);
        assert!(french.spaced && french.ends && french.capital);
        assert_eq!(
            french.tokens("L'eau, c'est Tom !"),
            [" l'", "eau", ",", " c'", "est", " Tom", " !"]
        );
        let english = of(&[
            "Tom's here.",
            "It's Mary's.",
            "He's Tom's friend, isn't he?",
        ]);
        assert!(!english.ends);
        assert_eq!(english.tokens("Tom's it"), [" Tom", "'s", " it"]);
        let chinese = of(&["我在北京。", "他们今天都不在家。", "Tom 不在。"]);
        assert!(!chinese.spaced && !chinese.capital);
        assert_eq!(
            chinese.tokens("我和Tom 2人。"),
            ["我", "和", "Tom", " 2", "人", "。"]
        );
    }

    #[test]
    fn every_text_comes_back_to_the_letter() {
        let writings = [
            of(&[
                "L'eau est bonne.",
                "Il a l'art, l'air et l'ami.",
                "Tom est là.",
            ]),
            of(&["我在北京。", "Tom 不在。"]),
            of(&["no capitals here", "or here"]),
            of(&[]),
        ];
        let letters: Vec<char> = " 'aàéAZßǅŒİ.\u{1}\u{a0}\t\n«!?-\u{301}北京ไท가1’\u{feff}"
            .chars()
            .collect();
        let mut random = minlen_core::Random::new(5);
        for writing in &writings {
            for _ in 0..20_000 {
                let text: String = (0..random.below(9))
                    .map(|_| letters[random.below(letters.len())])
                    .collect();
                let tokens = writing.tokens(&text);
                assert_eq!(writing.join(&tokens), text, "{tokens:?}");
            }
        }
    }
}
