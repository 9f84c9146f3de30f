//! What a net looks like: its sizes, its layers, its parameters.
//!
//! The net is a residual stack over symbols (bytes). With d = `width`, and H = d / 32 heads:
//!
//! ```text
//! x = embed[symbol before; row 256 at the beginning]                            d values
//! for each layer:
//!     n = norm(x) ⊙ mix.gain;   m = n + mix.shift ⊙ (n of the symbol before − n)
//!     x = x + mix.out · Mix(mix.in · m)
//!     n = norm(x) ⊙ mlp.gain;   m = n + mlp.shift ⊙ (n of the symbol before − n)
//!     x = x + mlp.down · relu(mlp.up · m)²
//! logits = head · (norm(x) ⊙ gain)                                              256 values
//!
//! norm(x) = x / √(mean of x² + 2⁻²⁰)                       (RMSNorm: Zhang, Sennrich 2019)
//! ```
//!
//! "The symbol before" of a stream's first symbol is all zeros (token shift: RWKV, Peng et al. 2023).
//! `Mix` is one of two:
//!
//! - [`Layer::Recurrent`]: gated linear attention with one decay a head (Yang et al. 2023; Dao, Gu
//!   2024). The rows of `mix.in` are q, k, v, g (d each), then the H decays. For each head, with its
//!   32 values of each and its state S, a 32 × 32 matrix that begins as zeros:
//!   `a = sigmoid(decay row · m + mix.decay)`, `S ← a S + (1 − a) k vᵀ`, `o = norm(Sᵀ q)`; the head's
//!   result is `o ⊙ g ⊙ sigmoid(g)`.
//! - [`Layer::Window`]: attention to the last `window` symbols, this one among them. The rows of
//!   `mix.in` are q, k, v. In each head q and k are normed (`norm`), then turned by rotary positions
//!   (Su et al. 2021: pairs (i, i + 16), angle α = position · 10000^(−i/16), by which (x, y) becomes
//!   (x cos α − y sin α, x sin α + y cos α)); the scores are q · k / √32; the result is the
//!   softmax-weighted sum of v. There is no g.
//!
//! Positions count from 0 and go on for as long as a stream does. The coding path keeps angles as
//! integers, fractions of a turn modulo a turn, so that a difference of positions is the same
//! rotation wherever it stands. It keeps the turned k, and v, rounded to the upper half of an f32
//! (8 significant bits); a training need not.
//!
//! Its cost for a symbol is that of its matrices; a state has d · 32 values a layer, however long
//! the past is.

use minlen_core::Error;
use std::fmt;
use std::str::FromStr;

/// Values of a head.
pub const HEAD: usize = 32;
/// Symbols that a net knows.
pub const SYMBOLS: usize = 256;

/// How a layer looks at the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// A state of constant size, which forgets: gated linear attention.
    Recurrent,
    /// The last symbols themselves: attention within a window.
    Window,
}

/// A net's sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Values that stand for a symbol, a multiple of 32 from 32 to 2,048.
    pub width: usize,
    /// Values between the two matrices of an MLP, a multiple of 32 from 32 to 8,192.
    pub hidden: usize,
    /// Symbols that a window layer sees, 16 to 1,024, a multiple of 16.
    pub window: usize,
    /// The layers, first to last: 1 to 64.
    pub layers: Vec<Layer>,
}

/// A parameter tensor: rows × columns, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name: `embed`, `3.mix.in`, `head`.
    pub name: String,
    /// Rows: values that come out. 1 for vectors.
    pub rows: usize,
    /// Columns: values that go in.
    pub columns: usize,
}

impl Tensor {
    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.rows * self.columns
    }

    /// Whether there are none: never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Shape {
    /// The same shape, if its sizes are in their ranges. `Usage` otherwise.
    pub fn checked(self) -> Result<Shape, Error> {
        let fine = |value: usize, step: usize, least: usize, most: usize| {
            value.is_multiple_of(step) && (least..=most).contains(&value)
        };
        if fine(self.width, HEAD, 32, 2048)
            && fine(self.hidden, 32, 32, 8192)
            && fine(self.window, 16, 16, 1024)
            && (1..=64).contains(&self.layers.len())
        {
            return Ok(self);
        }
        Err(Error::Usage(format!(
            "a net of width {}, hidden {}, window {} and {} layers is outside the limits",
            self.width,
            self.hidden,
            self.window,
            self.layers.len()
        )))
    }

    /// Heads of a layer.
    pub fn heads(&self) -> usize {
        self.width / HEAD
    }

    /// All parameters, in the order in which they stand.
    pub fn tensors(&self) -> Vec<Tensor> {
        let d = self.width;
        let mut all = Vec::new();
        let mut add = |name: String, rows: usize, columns: usize| {
            all.push(Tensor {
                name,
                rows,
                columns,
            })
        };
        add("embed".into(), SYMBOLS + 1, d);
        for (i, layer) in self.layers.iter().enumerate() {
            add(format!("{i}.mix.gain"), 1, d);
            add(format!("{i}.mix.shift"), 1, d);
            match layer {
                Layer::Recurrent => {
                    add(format!("{i}.mix.in"), 4 * d + self.heads(), d);
                    add(format!("{i}.mix.decay"), 1, self.heads());
                }
                Layer::Window => add(format!("{i}.mix.in"), 3 * d, d),
            }
            add(format!("{i}.mix.out"), d, d);
            add(format!("{i}.mlp.gain"), 1, d);
            add(format!("{i}.mlp.shift"), 1, d);
            add(format!("{i}.mlp.up"), self.hidden, d);
            add(format!("{i}.mlp.down"), d, self.hidden);
        }
        add("gain".into(), 1, d);
        add("head".into(), SYMBOLS, d);
        all
    }

    /// Number of parameters of all tensors.
    pub fn parameters(&self) -> usize {
        self.tensors().iter().map(Tensor::len).sum()
    }
}

impl fmt::Display for Shape {
    /// `WIDTH,HIDDEN,WINDOW,LAYERS`: `192,768,128,RRWR`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{},{},{},", self.width, self.hidden, self.window)?;
        self.layers.iter().try_for_each(|layer| match layer {
            Layer::Recurrent => f.write_str("R"),
            Layer::Window => f.write_str("W"),
        })
    }
}

impl FromStr for Shape {
    type Err = Error;

    /// As [`Display`](fmt::Display) writes it. `Usage`: it is no shape, or outside the limits.
    fn from_str(text: &str) -> Result<Shape, Error> {
        let wrong = || {
            Error::Usage(format!(
                "{text:?} is no shape of a net: write width, hidden, window and layers, R for \
                 recurrent and W for window, as in 192,768,128,RRWR"
            ))
        };
        let mut parts = text.split(',');
        let mut next = || parts.next().ok_or_else(wrong);
        let mut size = || next()?.parse().map_err(|_| wrong());
        let (width, hidden, window) = (size()?, size()?, size()?);
        let layer = |letter| match letter {
            'R' => Ok(Layer::Recurrent),
            'W' => Ok(Layer::Window),
            _ => Err(wrong()),
        };
        let layers = next()?.chars().map(layer).collect::<Result<_, _>>()?;
        if parts.next().is_some() {
            return Err(wrong());
        }
        let shape = Shape {
            width,
            hidden,
            window,
            layers,
        };
        shape.checked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_as_they_are_written() {
        let text = "192,768,128,RRWR";
        assert_eq!(text.parse::<Shape>().unwrap().to_string(), text);
        for wrong in [
            "",
            "192",
            "192,768,128",
            "192,768,128,RX",
            "192,768,128,R,",
            "191,768,128,R",
        ] {
            assert!(
                matches!(wrong.parse::<Shape>(), Err(Error::Usage(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn parameters_are_counted() {
        let shape = Shape {
            width: 64,
            hidden: 256,
            window: 128,
            layers: vec![Layer::Recurrent, Layer::Window],
        };
        let shape = shape.checked().unwrap();
        let recurrent = 2 * 64 + (4 * 64 + 2) * 64 + 2 + 64 * 64;
        let window = 2 * 64 + 3 * 64 * 64 + 64 * 64;
        let mlp = 2 * 64 + 2 * 64 * 256;
        let all = 257 * 64 + recurrent + window + 2 * mlp + 64 + 256 * 64;
        assert_eq!(shape.parameters(), all);
        let wide = Shape { width: 65, ..shape };
        assert!(matches!(wide.checked(), Err(Error::Usage(_))));
    }
}
