//! Text: valid UTF-8, or mostly ASCII in an encoding unknown, with few control characters.
//!
//! Kind, encoding and script serve only the words for people; symbols stay the bytes.

mod kind;

use crate::read::count;
use crate::{Seen, View, layout};
use minlen_core::{Error, Structure};

pub(crate) struct Text;

/// Scripts and kinds are judged by the first so many bytes.
const SAMPLE_BYTES: usize = 256 << 10;

/// Most binary files are told by the first so many bytes; the rest is then not read.
const FIRST_BYTES: usize = 4 << 10;

enum Encoding {
    Ascii,
    Utf8,
    /// Some extension of ASCII.
    EightBit,
}

/// Bytes of control characters that text does not hold.
fn controls(data: &[u8]) -> usize {
    let text = |b: u8| b >= 32 && b != 127 || matches!(b, b'\t' | b'\n' | b'\r' | 12 | 27);
    data.iter().filter(|&&b| !text(b)).count()
}

fn encoding(data: &[u8]) -> Option<Encoding> {
    let first = &data[..data.len().min(FIRST_BYTES)];
    if controls(first) * 16 > first.len() {
        return None;
    }
    let controls = controls(data);
    match utf8(data) {
        None => {
            let high = data.iter().filter(|b| !b.is_ascii()).count();
            (high * 8 <= data.len() && controls * 256 <= data.len() && !data.contains(&0))
                .then_some(Encoding::EightBit)
        }
        // One in 64: files of several texts divide them by a control character.
        _ if controls * 64 > data.len() => None,
        _ if data.is_ascii() => Some(Encoding::Ascii),
        _ => Some(Encoding::Utf8),
    }
}

/// The whole characters of UTF-8 that `data` is made of. It may begin and end within one, as blocks of a
/// longer text do. `None`: it is no UTF-8, or holds none whole.
pub(crate) fn utf8(data: &[u8]) -> Option<&str> {
    let cut = (data.iter().take(3)).take_while(|&&b| b & 0xc0 == 0x80);
    let data = &data[cut.count()..];
    match std::str::from_utf8(data) {
        Ok(text) => Some(text),
        Err(e) if e.error_len().is_none() => std::str::from_utf8(&data[..e.valid_up_to()]).ok(),
        Err(_) => None,
    }
    .filter(|text| !text.is_empty())
}

/// The valid beginning of `data`, of `SAMPLE_BYTES` at most and then whole lines.
fn sample(data: &[u8]) -> &str {
    let cut = data.get(..SAMPLE_BYTES);
    let lines = cut.and_then(|cut| Some(&cut[..=cut.iter().rposition(|&b| b == b'\n')?]));
    let data = lines.or(cut).unwrap_or(data);
    utf8(data).unwrap_or_else(|| match std::str::from_utf8(data) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&data[..e.valid_up_to()]).unwrap_or_default(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Indic,
    Thai,
    Kana,
    Hangul,
    Han,
}

/// In the order of [`Script`].
const SCRIPTS: [&str; 10] = [
    "Latin script",
    "Greek",
    "Cyrillic script",
    "Hebrew",
    "Arabic script",
    "an Indic script",
    "Thai",
    "Japanese",
    "Korean",
    "Chinese",
];

fn script(c: char) -> Option<Script> {
    Some(match c {
        'A'..='Z' | 'a'..='z' | 'À'..='ɏ' | 'Ḁ'..='ỿ' => Script::Latin,
        'Ͱ'..='Ͽ' | 'ἀ'..='῿' => Script::Greek,
        'Ѐ'..='ԯ' => Script::Cyrillic,
        '֐'..='׿' => Script::Hebrew,
        '\u{600}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}' => Script::Arabic,
        '\u{900}'..='\u{dff}' => Script::Indic,
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        '\u{3041}'..='\u{30ff}' => Script::Kana,
        '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}' => Script::Hangul,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}' => {
            Script::Han
        }
        _ => return None,
    })
}

/// The scripts that take at least a fifth of the letters' bytes, largest first; Latin alone goes
/// without saying.
fn scripts(text: &str) -> Option<String> {
    let mut bytes = [0usize; SCRIPTS.len()];
    for c in text.chars() {
        if let Some(script) = script(c) {
            bytes[script as usize] += c.len_utf8();
        }
    }
    // Japanese is written in both; kana is what Chinese has not.
    let (kana, han) = (Script::Kana as usize, Script::Han as usize);
    if bytes[kana] * 4 > bytes[han] {
        bytes[kana] += std::mem::take(&mut bytes[han]);
    }
    let all: usize = bytes.iter().sum();
    let mut large: Vec<usize> = (0..SCRIPTS.len())
        .filter(|&i| bytes[i] > 0 && bytes[i] * 5 >= all)
        .collect();
    large.sort_by_key(|&i| std::cmp::Reverse(bytes[i]));
    match large[..] {
        [] => None,
        [only] if only == Script::Latin as usize => None,
        [only] => Some(format!("mostly {}", SCRIPTS[only])),
        [first, second, ..] => Some(format!("{} and {}", SCRIPTS[first], SCRIPTS[second])),
    }
}

/// Whether text is made of fields, whose columns tell more than its words.
pub(crate) fn has_fields(data: &[u8]) -> bool {
    kind::has_fields(data, sample(data))
}

impl View for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn summary(&self) -> &'static str {
        "text: prose, source code, tables, logs, JSON"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        if data.is_empty() {
            return None;
        }
        let encoding = encoding(data)?;
        let lines = data.iter().filter(|&&b| b == b'\n').count() as u64
            + u64::from(data.last() != Some(&b'\n'));
        let sample = sample(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data));
        let mut says = kind::of(data, sample).unwrap_or_else(|| {
            let characters = match utf8(data) {
                Some(text) => count(text.chars().count() as u64, "character"),
                None => count(data.len() as u64, "byte"),
            };
            format!("text, {characters} on {}", count(lines, "line"))
        });
        says += match encoding {
            Encoding::Ascii => ", ASCII",
            Encoding::Utf8 => ", UTF-8",
            Encoding::EightBit => ", in some 8-bit encoding",
        };
        if let Some(scripts) = scripts(sample) {
            says += ", ";
            says += &scripts;
        }
        Some(Seen::layout(Structure::NONE, says))
    }

    fn structure(&self, params: &[u8]) -> Result<Structure, Error> {
        Ok(Structure {
            text: true,
            ..layout::read(params)?
        })
    }
}
