//! Sizes on the command line: `65536`, `64K`, `1M`, `2GiB`, `10MB`.

/// Bytes that `text` stands for. As in `dd`, `K` and `KiB` are 1,024 and `KB` is 1,000.
pub fn parse(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text[digits.len()..].to_ascii_lowercase();
    let (base, power) = match unit.as_str() {
        "" | "b" => (1, 0),
        "k" | "kib" => (1024, 1),
        "m" | "mib" => (1024, 2),
        "g" | "gib" => (1024, 3),
        "t" | "tib" => (1024, 4),
        "kb" => (1000, 1),
        "mb" => (1000, 2),
        "gb" => (1000, 3),
        "tb" => (1000, 4),
        _ => return Err(format!("{unit:?} is no unit; write e.g. 64K, 1M or 2GiB")),
    };
    let n: u64 = digits
        .parse()
        .map_err(|_| "write a whole number and a unit, e.g. 64K, 1M or 2GiB".to_string())?;
    n.checked_mul(u64::pow(base, power))
        .ok_or_else(|| "this is above 16 EiB".to_string())
}

/// A size that is not 0.
pub fn parse_positive(text: &str) -> Result<u64, String> {
    match parse(text)? {
        0 => Err("must be at least 1 byte".into()),
        n => Ok(n),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_parse() {
        for (text, bytes) in [
            ("0", 0),
            ("17", 17),
            ("17b", 17),
            ("64K", 65536),
            ("1m", 1 << 20),
            ("2GiB", 2 << 30),
            ("10MB", 10_000_000),
            ("1T", 1 << 40),
        ] {
            assert_eq!(super::parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "K", "-1", "1.5M", "1 M", "3X", "1é", "99999999999T"] {
            assert!(super::parse(text).is_err(), "{text}");
        }
        assert!(super::parse_positive("0K").is_err());
    }
}
