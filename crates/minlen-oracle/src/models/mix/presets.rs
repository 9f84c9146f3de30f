//! 8.2.11: presets.

use super::contexts::Context;
use super::mixer::Choice;
use super::refiner::Order;
use crate::views::Structure;

/// Of what a model is made.
pub struct Preset {
    pub contexts: Vec<Context>,
    pub choices: &'static [Choice],
    pub refiners: &'static [Order],
    /// N
    pub n: u32,
}

impl Preset {
    /// What these settings mean for data of this structure.
    pub fn new(settings: Option<&str>, structure: &Structure) -> Result<Self, String> {
        let wrong = || "settings of `mix`".to_string();
        let settings = settings.ok_or_else(wrong)?;
        let (name, digits) = match settings.split_once(',') {
            Some((name, digits)) => (name, Some(digits)),
            None => (settings, None),
        };
        let (contexts, choices, refiners) = parts(name).ok_or_else(wrong)?;
        let n = match digits.map(str::as_bytes) {
            None if name == "max" => 23,
            None => 22,
            Some([a @ b'0'..=b'9', b @ b'0'..=b'9']) => {
                10 * u32::from(a - b'0') + u32::from(b - b'0')
            }
            Some(_) => return Err(wrong()),
        };
        if !(12..=24).contains(&n) {
            return Err(wrong());
        }
        let mut contexts = contexts.to_vec();
        if name != "fast" && (structure.row > 0 || structure.unit > 1) {
            contexts.extend((0..6).map(Context::Grid));
        }
        Ok(Self {
            contexts,
            choices,
            refiners,
            n,
        })
    }
}

type Parts = (&'static [Context], &'static [Choice], &'static [Order]);

fn parts(name: &str) -> Option<Parts> {
    Some(match name {
        "fast" => (FAST, &[Choice::Match, Choice::Classes], &[]),
        "default" => (
            DEFAULT,
            &[
                Choice::Match,
                Choice::Classes,
                Choice::Hits,
                Choice::Byte(1),
            ],
            &[Order::Two],
        ),
        "strong" => (
            STRONG,
            &[
                Choice::Match,
                Choice::Classes,
                Choice::Hits,
                Choice::Byte(1),
                Choice::Form,
                Choice::Expected,
            ],
            &[Order::One, Order::Two],
        ),
        "max" => (
            MAX,
            &[
                Choice::Match,
                Choice::Classes,
                Choice::Hits,
                Choice::Byte(1),
                Choice::Form,
                Choice::Expected,
                Choice::Byte(2),
                Choice::Length,
                Choice::Bracket,
                Choice::Byte(3),
            ],
            &[Order::One, Order::Two],
        ),
        _ => return None,
    })
}

const FAST: &[Context] = &[
    Context::Byte,
    Context::Last(2),
    Context::Last(4),
    Context::Word,
];

const DEFAULT: &[Context] = &[
    Context::Byte,
    Context::Last(2),
    Context::Last(3),
    Context::Last(4),
    Context::Last(6),
    Context::Word,
    Context::Word2,
    Context::WordForm,
    Context::Bracket,
    Context::Form(8),
];

const STRONG: &[Context] = &[
    Context::Nothing,
    Context::Byte,
    Context::Last(2),
    Context::Last(3),
    Context::Last(4),
    Context::Last(5),
    Context::Last(6),
    Context::Word,
    Context::Word2,
    Context::WordSkip,
    Context::WordForm,
    Context::WordBrackets,
    Context::Bracket,
    Context::Form(8),
    Context::Form(12),
    Context::Shape,
    Context::Expected,
    Context::Column,
    Context::Sparse(0xff00),
    Context::Sparse(0xff_ff00),
];

const MAX: &[Context] = &[
    Context::Nothing,
    Context::Byte,
    Context::Last(2),
    Context::Last(3),
    Context::Last(4),
    Context::Last(5),
    Context::Last(6),
    Context::Last(8),
    Context::Word,
    Context::Word2,
    Context::Word3,
    Context::WordSkip,
    Context::WordLine,
    Context::WordForm,
    Context::WordBrackets,
    Context::Bracket,
    Context::Form(8),
    Context::Form(12),
    Context::Shape,
    Context::Before,
    Context::Mark,
    Context::Follow1,
    Context::Follow2,
    Context::Expected,
    Context::Column,
    Context::Above,
    Context::Sparse(0xff00),
    Context::Sparse(0xff_ff00),
    Context::Sparse(0xff_00ff),
    Context::Sparse(0xffff_00ff),
    Context::Form(4),
    Context::Sparse(0xff_0000),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        let n = |settings| {
            Preset::new(Some(settings), &Structure::NONE)
                .ok()
                .map(|preset| preset.n)
        };
        assert_eq!(n("fast"), Some(22));
        assert_eq!(n("max"), Some(23));
        assert_eq!(n("max,12"), Some(12));
        assert_eq!(n("default,24"), Some(24));
        for bad in [
            "", "Fast", "fast,", "fast,11", "fast,25", "fast,7", "fast,012", "fast,+9", "fast,12,",
            "fast,12 ", "slow",
        ] {
            assert_eq!(n(bad), None, "{bad}");
        }
        assert!(Preset::new(None, &Structure::NONE).is_err());
    }
}
