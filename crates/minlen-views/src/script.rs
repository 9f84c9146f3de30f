//! Text in a script whose characters take three bytes each or more: Chinese, Japanese, Korean, Thai,
//! the scripts of India.
//!
//! The symbols stay the bytes; models are told, and look at whole characters. Bytes of archives,
//! `mix2:default-2` and `mix2:strong-2`, with the list of contexts for other text and with their own:
//!
//! | Chinese | bytes | `default-2` | own | `strong-2` | own |
//! |---|--:|--:|--:|--:|--:|
//! | prose and documents | 3,000,000 | 831,730 | 773,711 | 749,381 | 737,554 |
//! | titles of news | 551,313 | 232,963 | 209,554 | 209,245 | 203,186 |
//!
//! (Contexts were chosen on these. JSON of poems, which chose none, is 7 and
//! 2 % shorter.) Greek, Russian, Hebrew and Arabic, of two bytes a character, have
//! words, and so codes of words.

use crate::text::{Text, has_fields, utf8};
use crate::{Seen, View, layout};
use minlen_core::{Error, Structure};

pub(crate) struct Script;

/// Of so many bytes one at least belongs to such a character, and where columns tell something, too, half of
/// all: of a table of Chinese and English, `default` and `strong` make 2 to 4 % more by characters.
const ONE_OF: usize = 3;

/// Whether the text is in such a script.
fn is_in_script(text: &str) -> bool {
    let wide = text.chars().map(char::len_utf8).filter(|&bytes| bytes > 2);
    let bytes: usize = wide.sum();
    let all = text.len().max(1);
    bytes * ONE_OF >= all && (bytes * 2 >= all || !has_fields(text.as_bytes()))
}

impl View for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn summary(&self) -> &'static str {
        "text in Chinese and other scripts of three bytes a character"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        match is_in_script(utf8(data)?) {
            true => Text.probe(data),
            false => None,
        }
    }

    fn structure(&self, params: &[u8]) -> Result<Structure, Error> {
        Ok(Structure {
            text: true,
            script: true,
            ..layout::read(params)?
        })
    }
}
