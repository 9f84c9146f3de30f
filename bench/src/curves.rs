//! Pictures of lines over a logarithmic axis, one panel a task.

use crate::report::grouped;
use maud::{Markup, html};
use std::fmt::Write;

const WIDTH: f64 = 800.0;
const PANEL: f64 = 300.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 146.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 46.0;
/// Height of a line of text.
const LINE: f64 = 15.0;

/// A task.
pub struct Panel {
    pub title: String,
    pub lines: Vec<Line>,
    /// A value that is to be reached, in per cent.
    pub level: Option<f64>,
    /// A place on the axis that it is to be reached before.
    pub limit: Option<f64>,
}

/// A contestant.
pub struct Line {
    pub name: String,
    /// How it is drawn: a class of [`STYLE`].
    pub class: &'static str,
    /// From left to right.
    pub points: Vec<Point>,
}

/// A measurement and its interval.
#[derive(Clone, Copy)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    pub low: f64,
    pub high: f64,
}

/// A class for each family; `second` for a line of it that is to be told from another.
const STYLE: &str = "\
.paper{fill:#fdfcfa}text{font:13px ui-sans-serif,system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#5d636b}\
.head{font-weight:600;font-size:14px;fill:#1d2024}.grid{stroke:#dcd8d0}.level{stroke:#5d636b;stroke-dasharray:5 4}\
.line{fill:none;stroke-width:2;stroke-linejoin:round}.whisker{stroke-width:1.2;opacity:.7}.lead{opacity:.5}.name{font-weight:600}.second .line{stroke-dasharray:7 4}\
.neural .line,.neural .lead,.neural .whisker{stroke:#c65102}.neural .dot,.neural .name{fill:#c65102}\
.classical .line,.classical .lead,.classical .whisker{stroke:#2b6cb0}.classical .dot,.classical .name{fill:#2b6cb0}\
.symbolic .line,.symbolic .lead,.symbolic .whisker{stroke:#5f7a1f}.symbolic .dot,.symbolic .name{fill:#5f7a1f}\
@media (prefers-color-scheme:dark){.paper{fill:#14171b}text{fill:#a1a7b0}.head{fill:#e8e6e1}.grid{stroke:#333a43}.level{stroke:#a1a7b0}\
.neural .line,.neural .lead,.neural .whisker{stroke:#f0904a}.neural .dot,.neural .name{fill:#f0904a}\
.classical .line,.classical .lead,.classical .whisker{stroke:#79b0ea}.classical .dot,.classical .name{fill:#79b0ea}\
.symbolic .line,.symbolic .lead,.symbolic .whisker{stroke:#a9c25f}.symbolic .dot,.symbolic .name{fill:#a9c25f}}";

/// The picture; `axis` says what is counted, `whiskers` whether intervals are drawn.
pub fn draw(title: &str, axis: &str, whiskers: bool, panels: &[Panel]) -> String {
    let height = PANEL * panels.len() as f64;
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}"))
            width=(WIDTH) height=(height) role="img" aria-labelledby="title desc" {
            title id="title" { (title) }
            desc id="desc" { (words(panels)) }
            style { (STYLE) }
            rect.paper width=(WIDTH) height=(height) {}
            @for (i, panel) in panels.iter().enumerate() {
                g transform=(format!("translate(0 {})", i as f64 * PANEL)) { (draw_panel(panel, axis, whiskers)) }
            }
        }
    };
    markup.into_string() + "\n"
}

/// What the picture says, for those who do not see it.
fn words(panels: &[Panel]) -> String {
    let mut out = String::new();
    for panel in panels {
        let _ = write!(out, "{}. ", panel.title);
        for line in &panel.lines {
            let _ = write!(out, "{}:", line.name);
            for p in &line.points {
                let _ = write!(out, " {:.1} % after {},", p.y, p.x);
            }
            out.pop();
            out.push_str("; ");
        }
    }
    out.trim_end().to_string()
}

/// Where values lie in a panel.
struct Plane {
    x: (f64, f64),
    y: (f64, f64),
}

impl Plane {
    fn of(panel: &Panel) -> Plane {
        let points = || panel.lines.iter().flat_map(|l| &l.points);
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)))
        };
        let (low, high) = ends(&mut points().map(|p| p.y).chain(panel.level));
        let room = (high - low).max(1.0) * 0.08;
        let (from, to) = ends(&mut points().map(|p| p.x));
        Plane {
            x: (from, to.max(from * 1.01)),
            y: (low - room, (high + room).min(100.5)),
        }
    }
    fn x(&self, x: f64) -> f64 {
        let (from, to) = self.x;
        LEFT + 10.0 + (x / from).ln() / (to / from).ln() * (WIDTH - LEFT - RIGHT - 20.0)
    }
    fn y(&self, y: f64) -> f64 {
        let (from, to) = self.y;
        (TOP + (to - y) / (to - from) * (PANEL - TOP - BOTTOM)).clamp(TOP, PANEL - BOTTOM)
    }
    fn ticks(&self) -> Vec<f64> {
        let (from, to) = self.y;
        let step = [1.0, 2.0, 5.0, 10.0, 20.0];
        let step = step
            .into_iter()
            .find(|s| (to - from) / s <= 6.0)
            .unwrap_or(25.0);
        let all = (0..=100).map(|i| f64::from(i) * step);
        all.filter(|t| (from..=to).contains(t)).collect()
    }
}

/// Heights of names beside the ends of lines, pushed apart, in the order of the lines.
fn spread(wanted: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut places = wanted.to_vec();
    let mut above = f64::MIN;
    for i in &order {
        places[*i] = places[*i].max(above + LINE);
        above = places[*i];
    }
    // What was pushed out of the panel goes back up, and takes others with it.
    let mut below = PANEL - BOTTOM + 4.0 + LINE;
    for i in order.iter().rev() {
        places[*i] = places[*i].min(below - LINE);
        below = places[*i];
    }
    places
}

fn draw_panel(panel: &Panel, axis: &str, whiskers: bool) -> Markup {
    let plane = Plane::of(panel);
    let n = |x: f64| format!("{x:.1}");
    let last = |line: &Line| line.points.last().map_or(0.0, |p| plane.y(p.y));
    let names = spread(&panel.lines.iter().map(last).collect::<Vec<_>>());
    let mut ticks: Vec<f64> = (panel.lines.iter().flat_map(|l| &l.points))
        .map(|p| p.x)
        .collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup_by(|b, a| plane.x(*b) - plane.x(*a) < 30.0);
    let right = WIDTH - RIGHT;
    html! {
        text.head x=(LEFT) y="22" { (panel.title) }
        @for tick in plane.ticks() {
            @let y = plane.y(tick);
            line.grid x1=(LEFT) x2=(right) y1=(n(y)) y2=(n(y)) {}
            text x=(LEFT - 8.0) y=(n(y + 4.5)) text-anchor="end" { (tick) " %" }
        }
        @for tick in &ticks {
            text x=(n(plane.x(*tick))) y=(PANEL - BOTTOM + 18.0) text-anchor="middle" { (grouped(*tick as u64)) }
        }
        text x=(n((LEFT + right) / 2.0)) y=(PANEL - BOTTOM + 36.0) text-anchor="middle" { (axis) }
        @if let Some(level) = panel.level {
            line.level x1=(LEFT) x2=(right) y1=(n(plane.y(level))) y2=(n(plane.y(level))) {}
        }
        @if let Some(limit) = panel.limit {
            line.level x1=(n(plane.x(limit))) x2=(n(plane.x(limit))) y1=(TOP) y2=(PANEL - BOTTOM) {}
            text x=(n(plane.x(limit) + 6.0)) y=(PANEL - BOTTOM - 6.0) { "20 %" }
        }
        @for (line, name) in panel.lines.iter().zip(&names) {
            g class=(line.class) {
                @if whiskers {
                    @for p in &line.points {
                        line.whisker x1=(n(plane.x(p.x))) x2=(n(plane.x(p.x))) y1=(n(plane.y(p.low))) y2=(n(plane.y(p.high))) {}
                    }
                }
                polyline.line points=(line.points.iter().map(|p| format!("{:.1},{:.1} ", plane.x(p.x), plane.y(p.y))).collect::<String>().trim_end()) {}
                @for p in &line.points {
                    circle.dot cx=(n(plane.x(p.x))) cy=(n(plane.y(p.y))) r="3.2" {}
                }
                @if let Some(p) = line.points.last().filter(|p| plane.x(p.x) > right - 20.0) {
                    line.lead x1=(n(plane.x(p.x) + 5.0)) x2=(right + 6.0) y1=(n(plane.y(p.y))) y2=(n(*name)) {}
                }
                text.name x=(right + 8.0) y=(n(name + 4.5)) { (line.name) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_apart_and_inside() {
        let bottom = PANEL - BOTTOM + 4.0;
        for wanted in [vec![100.0, 101.0, 50.0], vec![bottom; 9], vec![60.0]] {
            let places = spread(&wanted);
            for (i, a) in places.iter().enumerate() {
                assert!(*a <= bottom);
                for b in &places[..i] {
                    assert!((a - b).abs() >= LINE - 1e-9, "{places:?}");
                }
            }
        }
        assert_eq!(spread(&[100.0, 50.0]), [100.0, 50.0]);
    }
}
