//! Figures and data as people read them.

pub(crate) use minlen::grouped;

/// A size, its unit kept beside it.
pub(crate) fn size(bytes: f64) -> String {
    minlen::size(bytes).replace(' ', "\u{a0}")
}

/// Bits a byte.
pub(crate) fn rate(rate: f64) -> String {
    match rate {
        r if r > 0.0 && r < 0.01 => format!("{r:.4}"),
        r if r < 0.1 => format!("{r:.3}"),
        r => format!("{r:.2}"),
    }
}

/// A part of 1 in percent.
pub(crate) fn percent(part: f64) -> String {
    minlen::percent(part).replace(' ', "\u{a0}")
}

/// A time.
pub(crate) fn seconds(s: f64) -> String {
    match s {
        s if s > 0.0 && s < 5e-5 => "<\u{a0}0.1\u{a0}ms".to_string(),
        s if s < 0.0995 => format!("{:.1}\u{a0}ms", s * 1e3),
        s if s < 9.95 => format!("{s:.2}\u{a0}s"),
        s => format!("{s:.0}\u{a0}s"),
    }
}

/// Whether bytes are better shown as text than as numbers.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let mut good = 0;
    for chunk in bytes.utf8_chunks() {
        let fine = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        good += chunk
            .valid()
            .chars()
            .filter(fine)
            .map(char::len_utf8)
            .sum::<usize>();
    }
    // A place may begin or end inside a character.
    good + 6 >= bytes.len() && good * 10 >= bytes.len() * 8
}

/// A character of data, what it cost a byte, and whether a line ends after it.
pub(crate) struct Shown {
    pub(crate) text: char,
    pub(crate) rate: f64,
    pub(crate) ends_line: bool,
}

/// Text for the page: what has no shape of its own, or could change the direction of what follows,
/// gets a sign in its place.
pub(crate) fn shown(bytes: &[u8], bits: &[f64]) -> Vec<Shown> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut push = |text: char, length: usize, ends_line: bool| {
        let bits = bits.get(at..at + length).unwrap_or_default();
        out.push(Shown {
            text,
            rate: bits.iter().sum::<f64>() / length as f64,
            ends_line,
        });
        at += length;
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(sign(c), c.len_utf8(), c == '\n');
        }
        for _ in chunk.invalid() {
            push('�', 1, false);
        }
    }
    out
}

fn sign(c: char) -> char {
    match c {
        '\n' => '↵',
        '\t' => '⇥',
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('�'),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '¤',
        // Zero-width characters, private use, and what browsers drop.
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => '¤',
        c if c.is_control() => '¤',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        assert_eq!(size(1234.0), "1.23\u{a0}kB");
        assert_eq!(percent(0.237), "24\u{a0}%");
        assert_eq!(
            (rate(1.904), rate(0.0012)),
            ("1.90".into(), "0.0012".into())
        );
    }

    #[test]
    fn data_is_shown_with_signs_and_no_cost_is_lost() {
        let bytes = "a\n\u{202e}é\x00".as_bytes();
        let bits: Vec<f64> = (0..bytes.len()).map(|i| i as f64).collect();
        let shown = shown(bytes, &bits);
        let text: String = shown.iter().map(|s| s.text).collect();
        assert_eq!(text, "a↵¤é␀");
        assert_eq!(shown[3].rate, 5.5);
        assert!(shown[1].ends_line);
        assert!(is_text(b"hello, world") && !is_text(&[0, 1, 2, 255, 254, 9, 1, 0]));
    }
}
