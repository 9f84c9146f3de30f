//! How the page looks.

/// Upper ends of the heat levels, in bits a byte; the last level has none.
pub(crate) const LEVELS: [f64; 7] = [0.1, 0.5, 1.0, 2.0, 3.0, 4.5, 6.5];

/// The heat level of a cost, 0 to 7.
pub(crate) fn level(rate: f64) -> usize {
    LEVELS.iter().filter(|&&end| rate >= end).count()
}

/// The style class of a family.
pub(crate) fn family_class(family: &str) -> &'static str {
    match family {
        "counting" => "f-counting",
        "context mixing" => "f-mixing",
        "symbolic" => "f-symbolic",
        "neural" => "f-neural",
        "reference" => "f-reference",
        _ => "f-stored",
    }
}

/// Family colours are those of Okabe and Ito (distinct for colour-blind readers). The heat palette
/// runs in lightness as well as hue, from paper to ink in light mode and from night to light in
/// dark mode, so that what is cheap recedes and what is dear stands out in either.
pub(crate) const CSS: &str = include_str!("style.css");
