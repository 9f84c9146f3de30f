//! Keys: which letters are raised or lowered.

/// Half tones by which each letter, C to B, is raised.
pub(crate) type Key = [i8; 7];

/// Half tones of the letters C to B above C.
pub(crate) const STEPS: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];

/// The order in which sharps come: F C G D A E B.
const SHARPS: [usize; 7] = [3, 0, 4, 1, 5, 2, 6];

/// The place of a letter in C D E F G A B.
pub(crate) fn letter(c: char) -> Option<usize> {
    "CDEFGAB".find(c.to_ascii_uppercase())
}

/// The key that a `K:` field names, as `G`, `F#m`, `Bb mixolydian` (ABC 2.1, section 3.1.14);
/// `None` if it names none.
pub(crate) fn key(field: &str) -> Option<Key> {
    let field = field.trim();
    if field.is_empty() || field.eq_ignore_ascii_case("none") {
        return Some([0; 7]);
    }
    if field.starts_with("HP") || field.starts_with("Hp") {
        // The pipes' scale: F and C sharp.
        return Some([1, 0, 0, 1, 0, 0, 0]);
    }
    let mut rest = field.chars();
    let tonic =
        letter(rest.next()?).filter(|_| field.starts_with(|c: char| c.is_ascii_uppercase()))?;
    let mut rest = rest.as_str();
    // Sharps of the major keys on C D E F G A B.
    let mut sharps: i32 = [0, 2, 4, -1, 1, 3, 5][tonic];
    if let Some(r) = rest.strip_prefix('#') {
        (sharps, rest) = (sharps + 7, r);
    } else if let Some(r) = rest.strip_prefix('b') {
        (sharps, rest) = (sharps - 7, r);
    }
    let mode: String = rest
        .trim_start()
        .chars()
        .take(3)
        .collect::<String>()
        .to_lowercase();
    let mode = mode.split_whitespace().next().unwrap_or("");
    sharps += match mode {
        "" | "maj" | "ion" => 0,
        "m" | "min" | "aeo" => -3,
        "mix" => -1,
        "dor" => -2,
        "phr" => -4,
        "lyd" => 1,
        "loc" => -5,
        // What is no mode is a clef or another property.
        _ => 0,
    };
    let mut key = [0; 7];
    for i in 0..sharps.unsigned_abs() as usize {
        // Beyond seven signs a letter is raised, or lowered, twice.
        match sharps > 0 {
            true => key[SHARPS[i % 7]] += 1,
            false => key[SHARPS[6 - i % 7]] -= 1,
        }
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_signs() {
        assert_eq!(key("C"), Some([0; 7]));
        assert_eq!(key("G"), Some([0, 0, 0, 1, 0, 0, 0]));
        assert_eq!(key("F#m"), key("A"));
        assert_eq!(key("D mix"), key("G"));
        assert_eq!(key("Bb"), Some([0, 0, -1, 0, 0, 0, -1]));
        assert_eq!(key("Ador"), key("Gmaj"));
        assert_eq!(key("x"), None);
    }
}
