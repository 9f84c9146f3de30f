//! Where the figures of a curve lie in its picture, its axes, and its labels.

use crate::words::size;
use maud::{Markup, html};
use std::fmt::Write;

pub(crate) const WIDTH: f64 = 700.0;
pub(crate) const HEIGHT: f64 = 340.0;
pub(crate) const LEFT: f64 = 30.0;
pub(crate) const RIGHT: f64 = 118.0;
const TOP: f64 = 12.0;
pub(crate) const BOTTOM: f64 = 38.0;

/// Where figures lie in the picture: bytes on a logarithmic axis, bits a byte on a linear one
/// from 0.
pub(crate) struct Plane {
    pub(crate) first: f64,
    pub(crate) last: f64,
    pub(crate) top: f64,
}

/// The upper end of an axis that reaches `most` bits a byte.
pub(crate) fn top(most: f64) -> f64 {
    let ends = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    ends.into_iter().find(|t| most <= *t).unwrap_or(12.0)
}

impl Plane {
    pub(crate) fn x(&self, bytes: f64) -> f64 {
        let part = (bytes / self.first).ln() / (self.last / self.first).ln();
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    pub(crate) fn y(&self, rate: f64) -> f64 {
        TOP + (1.0 - (rate / self.top).clamp(0.0, 1.0)) * (HEIGHT - TOP - BOTTOM)
    }

    /// A line through points, for an SVG path.
    pub(crate) fn path(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut d = String::new();
        for (i, (bytes, rate)) in points.enumerate() {
            let _ = write!(
                d,
                "{}{:.1} {:.1}",
                if i == 0 { "M" } else { "L" },
                self.x(bytes),
                self.y(rate)
            );
        }
        d
    }

    /// The axes, with their figures.
    pub(crate) fn axes(&self) -> Markup {
        let step = if self.top <= 2.0 { 0.5 } else { 2.0 };
        html! {
            @for i in 0..=((self.top / step) as u32) {
                @let y = self.y(f64::from(i) * step);
                line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(format!("{y:.1}")) y2=(format!("{y:.1}")) {}
                text x=(LEFT - 8.0) y=(format!("{:.1}", y + 5.0)) text-anchor="end" { (f64::from(i) * step) }
            }
            @for (i, bytes) in self.marks().into_iter().enumerate() {
                @let x = self.x(bytes);
                line.axis x1=(format!("{x:.1}")) x2=(format!("{x:.1}")) y1=(HEIGHT - BOTTOM) y2=(HEIGHT - BOTTOM + 6.0) {}
                text.minor[i % 2 == 1] x=(format!("{x:.1}")) y=(HEIGHT - 12.0) text-anchor="middle" { (size(bytes)) }
            }
            line.axis x1=(LEFT) x2=(WIDTH - RIGHT) y1=(HEIGHT - BOTTOM) y2=(HEIGHT - BOTTOM) {}
        }
    }

    /// Bytes that are marked on the axis: powers of ten, or, where few of them lie on it, their doubles
    /// and fives, too.
    fn marks(&self) -> Vec<f64> {
        let within = |d: &f64| (self.first..=self.last).contains(d);
        let decades: Vec<f64> = (0..16).map(|e| 10f64.powi(e)).collect();
        let marks: Vec<f64> = decades.iter().copied().filter(within).collect();
        if marks.len() > 2 {
            return marks;
        }
        let finer = decades.iter().flat_map(|d| [*d, 2.0 * d, 5.0 * d]);
        finer.filter(within).collect()
    }
}

/// A label at the right edge: its text, its height, and whether it has the curve's colour.
pub(crate) type Label = (String, f64, bool);

/// Pushes labels apart so that they do not cover each other.
pub(crate) fn spread(labels: &mut [Label]) {
    labels.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut above = f64::MIN;
    for label in labels.iter_mut() {
        label.1 = (label.1 + 5.0).max(above + 26.0);
        above = label.1;
    }
    let over = above - (HEIGHT - BOTTOM);
    if over > 0.0 {
        for label in labels {
            label.1 -= over;
        }
    }
}
