//! What kind of text it is, in words: by rules of thumb over a sample, for people only.

use crate::read::{commas, count};

/// Lines looked at.
const LINES: usize = 1000;
/// Bytes looked at to tell what divides the cells of a table.
const TABLE_BYTES: usize = 1 << 20;

/// The kind of `data`, of which `sample` is the beginning; `None`: just text.
pub(super) fn of(data: &[u8], sample: &str) -> Option<String> {
    let lines: Vec<&str> = sample
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .collect();
    let all_lines = || {
        let newlines = data.iter().filter(|&&b| b == b'\n').count();
        newlines as u64 + u64::from(data.last() != Some(&b'\n'))
    };
    if let Some(says) = markup(sample) {
        return Some(says.to_string());
    }
    if lines.len() > 1 && lines.iter().all(|line| is_object(line)) {
        return Some(format!("JSON lines, {}", count(all_lines(), "value")));
    }
    if json(data) {
        return Some("JSON".to_string());
    }
    if abc(&lines) {
        return Some(format!(
            "music in ABC notation, {}",
            count(all_lines(), "line")
        ));
    }
    if let Some(says) = table(data, &lines) {
        return Some(says);
    }
    if most(&lines, log_line) {
        return Some(format!("log, {}", count(all_lines(), "line")));
    }
    if code(&lines) {
        return Some(format!("source code, {}", count(all_lines(), "line")));
    }
    None
}

/// Whether it is made of fields: a table, a log, JSON.
pub(super) fn has_fields(data: &[u8], sample: &str) -> bool {
    let lines: Vec<&str> = sample
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .collect();
    lines.len() > 1 && lines.iter().all(|line| is_object(line))
        || json(data)
        || table(data, &lines).is_some()
        || most(&lines, log_line)
}

/// Whether at least four fifths of two or more lines are such.
fn most(lines: &[&str], such: fn(&str) -> bool) -> bool {
    let n = lines.iter().filter(|line| such(line)).count();
    n >= 2 && n * 5 >= lines.len() * 4
}

fn markup(sample: &str) -> Option<&'static str> {
    let text = sample.trim_start();
    let starts = |tag: &str| {
        text.get(..tag.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(tag))
    };
    if starts("<!doctype html") || starts("<html") {
        Some("HTML")
    } else if starts("<svg") {
        Some("SVG picture")
    } else if starts("<?xml") {
        Some("XML")
    } else {
        // A tag at the start, and as many again as there are lines: fragments and pages.
        let tags = text.matches("</").count() + text.matches("/>").count();
        let tag = text.strip_prefix('<')?.starts_with(char::is_alphabetic);
        (tag && tags > 0 && tags * 2 >= text.lines().count()).then_some("XML")
    }
}

fn is_object(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('{') && line.ends_with('}') && line.len() < 1 << 20
        || line.starts_with('[') && line.ends_with(']') && line.contains('"')
}

/// Whether brackets balance outside strings, begin at the first character and close at the last.
fn json(data: &[u8]) -> bool {
    let data = data
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(data)
        .trim_ascii();
    if !matches!(data.first(), Some(b'{' | b'[')) || !matches!(data.last(), Some(b'}' | b']')) {
        return false;
    }
    let (mut depth, mut string, mut escaped) = (0usize, false, false);
    for (i, &byte) in data.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' => string = !string,
            _ if string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => match depth {
                0 => return false,
                1 if i + 1 < data.len() => return false,
                _ => depth -= 1,
            },
            // Between strings stand only numbers, true, false, null and punctuation.
            b'0'..=b'9' | b'-' | b'+' | b'.' | b',' | b':' | b'a'..=b'z' | b'E' => {}
            _ if byte.is_ascii_whitespace() => {}
            _ => return false,
        }
    }
    depth == 0 && !string
}

fn abc(lines: &[&str]) -> bool {
    let field = |name| lines.iter().any(|line| line.starts_with(name));
    field("X:") && field("K:")
}

/// Fields of each row of `text`, quoted as in RFC 4180 when `quotes`.
struct Rows<'a> {
    text: &'a [u8],
    delimiter: u8,
    quotes: bool,
}

impl Iterator for Rows<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.text.is_empty() {
            return None;
        }
        let (mut fields, mut quoted, mut fresh) = (1, false, true);
        let mut end = self.text.len();
        for (i, &byte) in self.text.iter().enumerate() {
            if self.quotes && byte == b'"' && (quoted || fresh) {
                quoted = !quoted;
                // A doubled quote opens again what it closed.
                fresh = true;
            } else if quoted {
                fresh = false;
            } else if byte == b'\n' {
                end = i + 1;
                break;
            } else {
                fresh = byte == self.delimiter;
                fields += usize::from(fresh);
            }
        }
        self.text = &self.text[end..];
        Some(fields)
    }
}

fn table(data: &[u8], lines: &[&str]) -> Option<String> {
    let beginning = &data[..data.len().min(TABLE_BYTES)];
    let is_quoted = beginning.contains(&b'"');
    // The comma last: it also stands inside other tables' numbers and sentences.
    for (delimiter, name) in [
        (b'\t', "TSV"),
        (b';', "CSV with semicolons"),
        (b'|', "table with bars"),
        (b',', "CSV"),
    ] {
        if !beginning.contains(&delimiter) {
            continue;
        }
        let both = [true, false];
        let ways = if is_quoted { &both[..] } else { &both[1..] };
        for &quotes in ways {
            let rows = |text| Rows {
                text,
                delimiter,
                quotes,
            };
            let mut fields: Vec<usize> = rows(beginning).take(LINES).filter(|&n| n > 0).collect();
            // The last row may be cut, and is often empty.
            if fields.len() > 2 {
                fields.pop();
            }
            // The middle: the first row is sometimes a title.
            let columns = *fields.get(fields.len() / 2)?;
            let equal = fields.iter().filter(|&&n| n == columns).count();
            if columns < 2 || fields.len() < 2 || equal * 20 < fields.len() * 19 {
                continue;
            }
            let header = usize::from(header(lines, delimiter as char));
            let all = rows(data).filter(|&n| n == columns).count() - header;
            let header = if header > 0 { "a header and " } else { "" };
            return Some(format!(
                "{name}, {} columns, {header}{}",
                commas(columns as u64),
                count(all as u64, "row")
            ));
        }
    }
    None
}

/// Whether the first line has no number where most others have.
fn header(lines: &[&str], delimiter: char) -> bool {
    let number = |cell: &str| cell.trim().trim_matches('"').parse::<f64>().is_ok();
    let Some((first, rest)) = lines.split_first() else {
        return false;
    };
    if first.split(delimiter).any(number) {
        return false;
    }
    let numeric = rest
        .iter()
        .filter(|line| line.split(delimiter).any(number))
        .count();
    numeric > 0 && numeric * 10 >= rest.len() * 9
}

/// A time of day, a time stamp or a level near the start of the line.
fn log_line(line: &str) -> bool {
    let head: Vec<u8> = line.bytes().take(80).collect();
    let time = |w: &[u8]| {
        let digits = [0, 1, 3, 4, 6, 7].iter().all(|&i| w[i].is_ascii_digit());
        digits && w[2] == b':' && w[5] == b':'
    };
    let level = |w: &[u8]| matches!(w, b" INFO" | b" WARN" | b"ERROR" | b"DEBUG" | b"FATAL");
    // Or seconds since 1970, of this century: ten digits, 1 or 2 first.
    let epoch = line.split(' ').take(6).any(|word| {
        word.starts_with(['1', '2'])
            && (10..18).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_digit())
    });
    epoch || head.windows(8).any(time) || head.windows(5).any(level)
}

fn code(lines: &[&str]) -> bool {
    const STARTS: [&str; 16] = [
        "#include",
        "import ",
        "from ",
        "use ",
        "def ",
        "class ",
        "fn ",
        "pub ",
        "func ",
        "function ",
        "return ",
        "const ",
        "let ",
        "//",
        "/*",
        "#!",
    ];
    let statement = |line: &&&str| {
        let line = line.trim();
        let ends = [';', '{', '}', ')'].iter().any(|&c| line.ends_with(c));
        let keyword = STARTS.iter().any(|s| line.starts_with(s));
        ends || keyword || line.ends_with(':') && line.contains('(') || line.contains(" = ")
    };
    let marks = ["{", "def ", "#include", "import ", "=>", "==", "();"];
    let marked = lines
        .iter()
        .any(|line| marks.iter().any(|m| line.contains(m)));
    marked && lines.len() > 2 && lines.iter().filter(statement).count() * 2 >= lines.len()
}
