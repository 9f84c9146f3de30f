//! A system that has learnt: texts in, the n best translations out.

use super::align::Links;
use super::choose::choose;
use super::corpus::{Corpus, unmarked};
use super::decode::{self, BEAM, Choice, FEATURES, Features, Search, WORDS, Way, feature};
use super::language::Language;
use super::table::{Aligned, Table};
use super::tokens::plain;
use super::trie::Trie;
use super::tune::softmax;

/// Tokens of an input that are translated, at most.
const MOST: usize = 1000;
/// Words that an unknown one is taken for, at most.
const ALIKE: usize = 3;

/// Where weights begin: what each is worth by rule of thumb.
pub(super) const WEIGHTS: Features = {
    let mut all = [0.0; FEATURES];
    all[feature::LANGUAGE] = 0.5;
    all[feature::PHRASES] = 0.3;
    all[feature::PHRASES + 1] = 0.2;
    all[feature::PHRASES + 2] = 0.3;
    all[feature::PHRASES + 3] = 0.2;
    all[feature::WORD] = 0.6;
    all[feature::JUMP] = 0.2;
    all[feature::ORDERS] = 0.3;
    all[feature::ORDERS + 1] = 0.3;
    all[feature::ORDERS + 2] = 0.3;
    all[feature::DROPPED] = -3.0;
    all[feature::ALIKE] = -2.0;
    all
};

/// What has learnt from aligned pairs.
pub(super) struct Translator {
    pub(super) corpus: Corpus,
    pub(super) table: Table,
    pub(super) language: Language,
    /// Letters of each token of the outputs.
    letters: Vec<f32>,
    /// Words of inputs that have phrases of their own, in order.
    words: Vec<(String, u32)>,
}

/// One text to translate, or a part of it, and what its phrases may become.
pub(super) struct Asked {
    /// Its tokens, as they are written.
    pub(super) tokens: Vec<String>,
    pub(super) choices: Vec<Choice>,
}

/// A translation as text, and how it came to be.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) way: Way,
}

impl Translator {
    pub(super) fn new(corpus: Corpus, links: &[Links], order: usize) -> Translator {
        let pairs = corpus.pairs.iter().zip(links);
        let pairs = pairs.map(|((source, target), links)| Aligned {
            source,
            target,
            links,
        });
        let table = Table::new(&pairs.collect::<Vec<_>>());
        let language = Language::new(corpus.pairs.iter().map(|p| p.1.as_slice()), order);
        let letters = |t: &String| t.chars().filter(|c| !c.is_whitespace()).count() as f32;
        let mut words: Vec<(String, u32)> = Vec::new();
        for (i, word) in corpus.sources.all().iter().enumerate() {
            let node = table.sources.child(Trie::ROOT, i as u32 + 1);
            words.extend(
                node.filter(|n| !table.entries(*n).is_empty())
                    .map(|n| (word.clone(), n)),
            );
        }
        words.sort();
        Translator {
            letters: corpus.targets.all().iter().map(letters).collect(),
            words,
            corpus,
            table,
            language,
        }
    }

    /// A text in parts that can be translated, cut at marks if it is long.
    pub(super) fn ask(&self, text: &str, weights: &Features) -> Vec<Asked> {
        let mut tokens = unmarked(self.corpus.inputs.tokens(text));
        tokens.truncate(MOST);
        let mut rest = tokens.as_slice();
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let mut cut = rest.len();
            if cut > WORDS {
                let mark = |t: &String| !t.chars().any(char::is_alphanumeric);
                let last = rest[..WORDS].iter().rposition(mark);
                cut = last
                    .filter(|at| *at >= WORDS / 4)
                    .map_or(WORDS, |at| at + 1);
            }
            let (part, behind) = rest.split_at(cut);
            parts.push(self.part(part, weights));
            rest = behind;
        }
        parts
    }

    fn part(&self, tokens: &[String], weights: &Features) -> Asked {
        let number = |t: &String| self.corpus.sources.number(&plain(t)).unwrap_or(0);
        let source: Vec<u32> = tokens.iter().map(number).collect();
        let letters = |t: u32| self.letters.get(t as usize - 1).copied().unwrap_or(0.0);
        let mut choices = decode::choices(&self.table, weights, &source, &letters);
        for (i, token) in tokens.iter().enumerate() {
            let alone = |c: &Choice| c.from == i && c.to == i + 1;
            if !choices.iter().any(alone) {
                self.strange(i, token, weights, &letters, &mut choices);
            }
        }
        Asked {
            tokens: tokens.to_vec(),
            choices,
        }
    }

    /// What becomes of a word that has no phrase of its own: itself, nothing, or what words become that
    /// begin alike.
    fn strange(
        &self,
        at: usize,
        token: &str,
        weights: &Features,
        letters: &dyn Fn(u32) -> f32,
        choices: &mut Vec<Choice>,
    ) {
        let begun = choices.len();
        let word = plain(token);
        for node in self.alike(&word) {
            decode::of_node(&self.table, weights, node, (at, at + 1), letters, choices);
        }
        for choice in &mut choices[begun..] {
            choice.features[feature::ALIKE] = 1.0;
        }
        let bare = token.trim();
        let spaced = format!(" {bare}");
        let targets = &self.corpus.targets;
        let known = match self.corpus.outputs.spaced {
            true => targets.number(&spaced),
            false => targets.number(bare),
        };
        // Numbers behind all words stand for tokens of the input.
        let copy = known.unwrap_or((targets.all().len() + 1 + at) as u32);
        for (tokens, feature) in [(vec![copy], feature::COPIED), (vec![], feature::DROPPED)] {
            let mut features = [0.0; FEATURES];
            features[feature] = 1.0;
            features[feature::PHRASE] = 1.0;
            features[feature::WORD] = tokens.len() as f32;
            if !tokens.is_empty() {
                features[feature::LETTER] = bare.chars().count() as f32;
            }
            choices.push(Choice {
                from: at,
                to: at + 1,
                tokens,
                features,
                orders: [-1.0; 3],
                bits: 0.0,
            });
        }
    }

    /// Known words that share most of their beginning with this one: "walked" for "walking".
    fn alike(&self, word: &str) -> Vec<u32> {
        let long = word.chars().count();
        let least = (long * 3).div_ceil(5).max(3);
        let shared = |other: &str| {
            let both = word.chars().zip(other.chars());
            both.take_while(|(a, b)| a == b).count()
        };
        let at = self.words.partition_point(|(w, _)| w.as_str() < word);
        let near = self.words[at.saturating_sub(8)..self.words.len().min(at + 8)].iter();
        let mut found: Vec<(usize, usize, u32)> = near
            .map(|(other, node)| {
                let same = shared(other);
                (same, other.chars().count().abs_diff(long), *node)
            })
            .filter(|(same, other, _)| *same >= least && *other <= 4)
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        found.truncate(ALIKE);
        found.into_iter().map(|f| f.2).collect()
    }

    /// The n best translations of a part.
    pub(super) fn best(&self, asked: &Asked, weights: &Features, n: usize) -> Vec<Said> {
        let search = Search {
            language: &self.language,
            weights,
            beam: BEAM,
        };
        let ways = search.best(asked.tokens.len(), &asked.choices, n);
        let said = ways.into_iter().map(|way| Said {
            text: self.text(asked, &way.tokens),
            way,
        });
        said.collect()
    }

    /// Tokens of a translation as text.
    fn text(&self, asked: &Asked, tokens: &[u32]) -> String {
        self.corpus.outputs.join(&self.tokens(asked, tokens))
    }

    /// Tokens of a part of one.
    pub(super) fn phrase(&self, asked: &Asked, tokens: &[u32]) -> String {
        self.tokens(asked, tokens).concat()
    }

    fn tokens(&self, asked: &Asked, tokens: &[u32]) -> Vec<String> {
        let words = self.corpus.targets.all().len();
        let copied = |at: usize| {
            let bare = asked.tokens.get(at).map_or("", |t| t.trim());
            match self.corpus.outputs.spaced {
                true => format!(" {bare}"),
                false => bare.to_string(),
            }
        };
        let each = tokens.iter().map(|t| match *t as usize {
            t if t > words => copied(t - words - 1),
            _ => self.corpus.targets.word(*t).to_string(),
        });
        each.collect()
    }
}

/// The place of the translation to give, and what each one's probability is taken for.
pub(super) fn chosen(said: &[Said], scale: f32) -> (usize, Vec<f64>) {
    let scores: Vec<f32> = said.iter().map(|s| s.way.score).collect();
    let shares = softmax(&scores, scale);
    let texts: Vec<String> = said.iter().map(|s| s.text.clone()).collect();
    (choose(&texts, &shares), shares)
}
