//! The picture of the bench: how short against how fast, one panel a corpus.

use maud::{Markup, html};

const WIDTH: f64 = 800.0;
const PANEL: f64 = 330.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 44.0;
/// Of labels: height, and width of a character, as wide as fonts are.
const LINE: f64 = 16.0;
const CHARACTER: f64 = 7.8;
/// Half the size of a mark.
const MARK: f64 = 5.5;

/// A tool on a corpus.
#[derive(Clone, Debug, PartialEq)]
struct Point {
    tool: String,
    /// Compressing, in MB/s.
    speed: f64,
    /// Original by archive.
    ratio: f64,
}

struct Panel {
    input: String,
    bytes: f64,
    points: Vec<Point>,
}

/// The picture of the figures in `csv`, as `bench/results/peers.csv` has them.
pub fn draw(csv: &str) -> String {
    let panels = panels(csv);
    let height = PANEL * panels.len() as f64;
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}"))
            width=(WIDTH) height=(height) role="img" aria-labelledby="title desc" {
            title id="title" { "How short against how fast: minlen beside other compressors" }
            desc id="desc" { (words(&panels)) }
            style { (STYLE) }
            rect.paper width=(WIDTH) height=(height) {}
            @for (i, panel) in panels.iter().enumerate() {
                g transform=(format!("translate(0 {})", i as f64 * PANEL)) { (draw_panel(panel)) }
            }
        }
    };
    markup.into_string() + "\n"
}

const STYLE: &str = "\
.paper{fill:#fdfcfa}text{font:13px ui-sans-serif,system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#5d636b}\
.head{font-weight:600;font-size:14px;fill:#1d2024}.ours{fill:#c65102}text.ours{font-weight:600}\
.theirs{fill:none;stroke:#5d636b;stroke-width:1.6}.grid{stroke:#dcd8d0}.front{fill:none;stroke:#c65102;stroke-width:1.5;stroke-dasharray:5 4;opacity:.6}\
.lead{stroke:#8a9099}\
@media (prefers-color-scheme:dark){.paper{fill:#14171b}text{fill:#a1a7b0}.head{fill:#e8e6e1}.ours{fill:#f0904a}\
.theirs{stroke:#a1a7b0}.grid{stroke:#333a43}.front{stroke:#f0904a}}";

/// What the picture says, for those who do not see it.
fn words(panels: &[Panel]) -> String {
    let mut out = String::new();
    for panel in panels {
        out += &format!("{}: ", panel.input);
        for p in &panel.points {
            out += &format!(
                "{} {:.2} times shorter at {:.2} MB/s; ",
                p.tool, p.ratio, p.speed
            );
        }
    }
    out
}

/// The rows of the table, corpus by corpus.
fn panels(csv: &str) -> Vec<Panel> {
    let mut panels: Vec<Panel> = Vec::new();
    for line in csv.lines().skip(1) {
        let cells = cells(line);
        let [_, _, input, bytes, tool, archive, seconds, _] = &cells[..] else {
            continue;
        };
        let number = |cell: &str| cell.parse::<f64>().unwrap_or(0.0);
        let bytes = number(bytes);
        let point = Point {
            tool: tool.clone(),
            speed: bytes / 1e6 / number(seconds).max(0.01),
            ratio: bytes / number(archive).max(1.0),
        };
        match panels.iter_mut().find(|p| p.input == *input) {
            Some(panel) => panel.points.push(point),
            None => panels.push(Panel {
                input: input.clone(),
                bytes,
                points: vec![point],
            }),
        }
    }
    panels
}

/// The cells of a line; those in quotes may hold commas.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().expect("there is one").push(c),
        }
    }
    cells
}

/// Where figures lie in a panel.
struct Plane {
    speeds: (f64, f64),
    ratios: (f64, f64),
}

impl Plane {
    fn of(points: &[Point]) -> Plane {
        let ends = |values: &dyn Fn(&Point) -> f64| {
            let all = points.iter().map(values);
            all.fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(v), b.max(v)))
        };
        let (slow, fast) = ends(&|p| p.speed);
        let (long, short) = ends(&|p| p.ratio);
        let room = (short - long).max(0.1) * 0.12;
        Plane {
            speeds: (slow / 1.6, fast * 1.8),
            ratios: (long - room, short + room),
        }
    }
    fn x(&self, speed: f64) -> f64 {
        let (from, to) = self.speeds;
        LEFT + (speed / from).ln() / (to / from).ln() * (WIDTH - LEFT - RIGHT)
    }
    fn y(&self, ratio: f64) -> f64 {
        let (from, to) = self.ratios;
        TOP + (to - ratio) / (to - from) * (PANEL - TOP - BOTTOM)
    }
    /// 0.1, 0.2, 0.5, 1, …
    fn speed_ticks(&self) -> Vec<f64> {
        let decades = (-4..6).flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(e)));
        let (from, to) = self.speeds;
        decades.filter(|t| (from..=to).contains(t)).collect()
    }
    fn ratio_ticks(&self) -> Vec<f64> {
        let (from, to) = self.ratios;
        let step = if to - from > 1.2 { 0.5 } else { 0.25 };
        let all = (0..200).map(|i| f64::from(i) * step);
        all.filter(|t| (from..=to).contains(t)).collect()
    }
}

fn is_ours(tool: &str) -> bool {
    tool.starts_with("minlen")
}

fn draw_panel(panel: &Panel) -> Markup {
    let plane = Plane::of(&panel.points);
    let marks: Vec<(f64, f64)> = panel
        .points
        .iter()
        .map(|p| (plane.x(p.speed), plane.y(p.ratio)))
        .collect();
    let names: Vec<&str> = panel.points.iter().map(|p| p.tool.as_str()).collect();
    let number = |x: f64| format!("{x:.1}");
    let front: Vec<(f64, f64)> = front(&panel.points).iter().map(|&i| marks[i]).collect();
    let labels = place(&names, &marks, &front);
    let line: Vec<String> = front
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    html! {
        text.head x=(LEFT) y="22" {
            (panel.input) ", " (format!("{:.1}", panel.bytes / 1e6)) " MB: original by archive, against speed of compressing in MB/s"
        }
        @for tick in plane.ratio_ticks() {
            @let y = plane.y(tick);
            line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(number(y)) y2=(number(y)) {}
            text x=(LEFT - 8.0) y=(number(y + 4.5)) text-anchor="end" { (tick) }
        }
        @for tick in plane.speed_ticks() {
            @let x = plane.x(tick);
            line.grid x1=(number(x)) x2=(number(x)) y1=(TOP) y2=(PANEL - BOTTOM) {}
            text x=(number(x)) y=(PANEL - BOTTOM + 18.0) text-anchor="middle" {
                (tick)
            }
        }
        polyline.front points=(line.join(" ")) {}
        @for ((x, y), label) in marks.iter().zip(&labels) {
            @if label.far {
                line.lead x1=(number(*x)) y1=(number(*y)) x2=(number(label.near_x(*x))) y2=(number(label.y - 4.5)) {}
            }
        }
        @for (((x, y), name), label) in marks.iter().zip(&names).zip(&labels) {
            @if is_ours(name) {
                circle.ours cx=(number(*x)) cy=(number(*y)) r=(MARK) {}
            } @else {
                rect.theirs x=(number(x - MARK + 1.0)) y=(number(y - MARK + 1.0)) width=(2.0 * MARK - 2.0) height=(2.0 * MARK - 2.0) {}
            }
            text.ours[is_ours(name)] x=(number(label.anchor_x())) y=(number(label.y)) text-anchor=(label.anchor) { (name) }
        }
    }
}

/// The points that no other beats in both, the fastest first.
fn front(points: &[Point]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|&a, &b| points[b].speed.total_cmp(&points[a].speed));
    let mut best = 0.0;
    order.retain(|&i| {
        let better = points[i].ratio > best;
        best = points[i].ratio.max(best);
        better
    });
    order
}

/// Where a label's room begins, on which line its text stands, and whether that is far from its
/// mark.
#[derive(Clone, Debug)]
struct Label {
    x: f64,
    y: f64,
    wide: f64,
    anchor: &'static str,
    far: bool,
}

impl Label {
    fn anchor_x(&self) -> f64 {
        match self.anchor {
            "start" => self.x,
            "end" => self.x + self.wide,
            _ => self.x + self.wide / 2.0,
        }
    }
    /// Left, top, right, bottom.
    fn area(&self) -> [f64; 4] {
        [
            self.x,
            self.y - LINE + 4.0,
            self.x + self.wide,
            self.y + 4.0,
        ]
    }
    /// The place of the label that a line from `x` leads to.
    fn near_x(&self, x: f64) -> f64 {
        x.clamp(self.x, self.x + self.wide)
    }
}

fn overlap(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// A place for each label, the nearest that covers no mark, no other label, and nothing of the
/// line along `front`.
fn place(names: &[&str], marks: &[(f64, f64)], front: &[(f64, f64)]) -> Vec<Label> {
    let square = |(x, y): (f64, f64), half: f64| [x - half, y - half, x + half, y + half];
    let mut taken: Vec<[f64; 4]> = marks.iter().map(|&mark| square(mark, MARK)).collect();
    for pair in front.windows(2) {
        let [(ax, ay), (bx, by)] = [pair[0], pair[1]];
        let on_line = (0..=50).map(|i| f64::from(i) / 50.0);
        taken.extend(on_line.map(|t| square((ax + t * (bx - ax), ay + t * (by - ay)), 1.0)));
    }
    let mut labels = Vec::new();
    for (name, &(x, y)) in names.iter().zip(marks) {
        let wide = name.chars().count() as f64 * CHARACTER;
        let (right, left) = (x + MARK + 4.0, x - MARK - 4.0 - wide);
        let at = |x, y, anchor, far| Label {
            x,
            y,
            wide,
            anchor,
            far,
        };
        let mut candidates = (0..20).flat_map(|step| {
            let off = f64::from(step) * LINE / 2.0;
            let far = step > 2;
            [
                at(right, y + 4.5 - off, "start", far),
                at(right, y + 4.5 + off, "start", far),
                at(left, y + 4.5 + off, "end", far),
                at(left, y + 4.5 - off, "end", far),
                at(x - wide / 2.0, y - 10.0 - off, "middle", far),
                at(x - wide / 2.0, y + 20.0 + off, "middle", far),
            ]
        });
        let free = |l: &Label| {
            let [left, top, right, bottom] = l.area();
            let inside =
                left >= LEFT && right <= WIDTH && top >= TOP - 12.0 && bottom <= PANEL - BOTTOM;
            inside && !taken.iter().any(|t| overlap(*t, l.area()))
        };
        let label = candidates.find(free);
        let label = label.unwrap_or(at(right, y + 4.5, "start", false));
        taken.push(label.area());
        labels.push(label);
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cover_nothing() {
        let csv = include_str!("../results/peers.csv");
        for panel in panels(csv) {
            let plane = Plane::of(&panel.points);
            let at = |p: &Point| (plane.x(p.speed), plane.y(p.ratio));
            let marks: Vec<(f64, f64)> = panel.points.iter().map(at).collect();
            let names: Vec<&str> = panel.points.iter().map(|p| p.tool.as_str()).collect();
            let labels = place(&names, &marks, &[]);
            for (i, a) in labels.iter().enumerate() {
                for b in &labels[..i] {
                    assert!(!overlap(a.area(), b.area()), "{a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn the_front_is_what_nothing_beats() {
        let point = |speed, ratio| Point {
            tool: String::new(),
            speed,
            ratio,
        };
        let points = [
            point(1.0, 4.0),
            point(2.0, 3.0),
            point(1.5, 2.0),
            point(9.0, 1.0),
        ];
        assert_eq!(front(&points), [3, 1, 0]);
        assert_eq!(cells("a,\"b, c\",d"), ["a", "b, c", "d"]);
    }
}
