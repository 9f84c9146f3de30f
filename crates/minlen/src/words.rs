//! Numbers as people read them.

/// A number, its thousands divided: 1234567 as `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// A size in bytes, kB, MB or GB (powers of 1000), to three digits.
pub fn size(bytes: f64) -> String {
    let short = |x: f64, unit: &str| {
        let digits = usize::from(x < 99.95) + usize::from(x < 9.995);
        format!("{x:.digits$} {unit}")
    };
    match bytes {
        1.0 => "1 byte".into(),
        b if b < 999.5 => format!("{b:.0} bytes"),
        b if b < 999.5e3 => short(b / 1e3, "kB"),
        b if b < 999.5e6 => short(b / 1e6, "MB"),
        b => short(b / 1e9, "GB"),
    }
}

/// A part of 1 in percent: whole ones from 10 on, below with a digit or two more.
pub fn percent(part: f64) -> String {
    match part * 100.0 {
        p if p >= 9.95 || p == 0.0 => format!("{p:.0} %"),
        p if p >= 0.095 => format!("{p:.1} %"),
        p => format!("{p:.2} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        assert_eq!(
            (grouped(0), grouped(1_234_567)),
            ("0".into(), "1,234,567".into())
        );
        let sizes = [1.0, 17.0, 1234.0, 999_400.0, 12_345_678.0, 2.5e9].map(size);
        assert_eq!(
            sizes,
            [
                "1 byte", "17 bytes", "1.23 kB", "999 kB", "12.3 MB", "2.50 GB"
            ]
        );
        let parts = [0.0, 0.237, 0.0123, 0.0004].map(percent);
        assert_eq!(parts, ["0 %", "24 %", "1.2 %", "0.04 %"]);
    }
}
