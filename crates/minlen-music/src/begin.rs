//! Whether a text may be the beginning of a tune: for those who write one letter by letter.

use crate::parse;

/// What closes what music may have left open: a sign, a chord, a name, a grace, a colon.
const MUSIC: [&str; 9] = ["", "C", "|", "]", "C]", "\"", "\"C]", "}", "!"];
/// What completes what a field may have begun: its colon, a fraction, a key.
const FIELD: [&str; 12] = [
    "", ":", ":4", "C", "/4", "4", "/4]", "4]", "C]", "]", ":]", ":4]",
];

/// Letters that a name, a chord, a grace or a decoration may be open for: one that is never closed is no
/// tune's.
const OPEN: usize = 32;

/// Whether some tune begins with `text`, as far as a few ways to go on can tell: what they complete
/// does, but for what notes far before may change; of what they do not complete hardly any does.
///
/// ```
/// assert!(minlen_music::begins("M:3/"));
/// assert!(minlen_music::begins("M:3/4\nK:G\nG [Bd"));
/// assert!(!minlen_music::begins("M:3/4\nK:G\nG ?"));
/// ```
pub fn begins(text: &str) -> bool {
    let headed = text.lines().any(|line| line.starts_with("K:"));
    let rest = match headed {
        true => "\nC",
        false => "\nK:C\nC",
    };
    // With the end of a line that has just ended: nothing may be open there.
    let ended = text.strip_suffix('\n').unwrap_or(text);
    let last = &text[ended.rfind('\n').map_or(0, |at| at + 1)..];
    // Of the lines of music the last one goes for all: so long tunes take no longer.
    let head = text.split_inclusive('\n').scan(false, |done, line| {
        let before = std::mem::replace(done, *done || line.starts_with("K:"));
        (!before).then_some(line.len())
    });
    let head = &text[..head.sum::<usize>()];
    let music = text.len() >= head.len() + last.len();
    let (head, line) = if music { (head, last) } else { ("", text) };
    let goes_on = |with: &&str| parse(&[head, line, with, rest].concat()).is_ok();
    // A field is known by its colon; before it there is but a letter.
    let field = !headed || last.trim_end().len() == 1 || last.contains([':', '[']);
    let open = |c: char| last.rfind(c).is_some_and(|at| last.len() - at <= OPEN);
    let closes = |with: &&&str| match with.chars().next() {
        Some('"') => open('"'),
        Some('}') => open('{'),
        Some('!') => open('!'),
        _ if with.ends_with(']') => open('['),
        _ => true,
    };
    let mut music = MUSIC.iter().filter(|_| headed).filter(&closes);
    let mut fields = FIELD.iter().filter(|_| field).filter(&closes);
    music.any(&goes_on) || fields.any(goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_of_a_tune_is_one() {
        let tune = "X:1\nM:6/8\nL:1/8\nQ:1/4=90\nK:F#m\n|:\"Am\"A>B c [CE]2 (3:2:3abc|{gf}!trill!^c3/2d/ \
                    z-|[M:3/4] +turn+A::B,'|[1 d ~e:|\nM:2/4\n[2 \"G\"[\"x\"G_B]4|]\n";
        assert!(parse(tune).is_ok());
        for end in 0..tune.len() {
            // A decoration between plus signs is as good as never written: it may fail.
            let inside = tune[..end].matches('+').count() % 2 == 1;
            assert!(inside || begins(&tune[..end]), "{:?}", &tune[..end]);
        }
    }

    #[test]
    fn a_chord_is_not_open_for_ever() {
        assert!(begins(&format!("K:G\nA [{}", "CEG".repeat(5))));
        assert!(!begins(&format!("K:G\nA [{}", "CEG".repeat(20))));
    }

    #[test]
    fn what_no_tune_begins_with_is_refused() {
        for text in [
            "hello",
            "M:x",
            "M:3/4\nABC",
            "K:G\nA?",
            "K:G\nC0",
            "K:G\n^z",
            "K:H",
            "K:G\nA[B\n",
            "K:G\nA|\nA[B\n",
        ] {
            assert!(!begins(text), "{text:?}");
        }
    }
}
