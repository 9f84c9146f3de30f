//! Bits a byte by contestant, as bars.

use crate::style::family_class;
use crate::words::{percent, rate};
use maud::{Markup, html};
use minlen::{Contestant, Score};

/// The hatching of reference lines; once a page.
pub(crate) fn hatch() -> Markup {
    html! {
        svg width="0" height="0" aria-hidden="true" style="position:absolute" {
            defs {
                pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    line x1="0" y1="0" x2="0" y2="6" style="stroke:var(--reference);stroke-width:2.2;opacity:.7" {}
                }
            }
        }
    }
}

/// One bar a contestant, the shortest description first; the axis begins at 0 and reaches at
/// least the 8 bits of a stored byte.
pub(crate) fn bars(contestants: &[Contestant], scores: &[Score]) -> Markup {
    let mut good: Vec<&Score> = scores.iter().filter(|s| s.problem.is_none()).collect();
    good.sort_by(|a, b| a.bits.total_cmp(&b.bits));
    let most = good.iter().fold(8.0f64, |m, s| m.max(s.rate));
    let end = if most > 8.0 { (most * 1.02).max(8.5) } else { 8.0 };
    let step = [2.0, 5.0, 10.0, 50.0, 200.0, 1000.0]
        .into_iter()
        .find(|s| end / s <= 6.0)
        .unwrap_or(end);
    let ticks: Vec<f64> = (0..).map(|i| f64::from(i) * step).take_while(|t| *t <= end).collect();
    let at = |rate: f64| format!("{:.2}%", rate / end * 100.0);
    html! {
        figure {
            div.bars {
                @for score in &good {
                    @let who = &contestants[score.contestant as usize];
                    @let inside = score.rate / end > 0.62;
                    div.who {
                        b { (who.name) } " "
                    }
                    div class={ "bar " (family_class(&who.family)) } {
                        svg aria-hidden="true" {
                            @for tick in &ticks {
                                line.grid x1=(at(*tick)) x2=(at(*tick)) y1="0" y2="100%" {}
                            }
                            @if who.reference {
                                rect.hatch x="0" y="3" height="19" width=(at(score.rate)) {}
                            } @else {
                                rect.fill x="0" y="3" height="19" width=(at(score.rate)) {}
                            }
                            @if let Some(i) = &score.interval && !inside {
                                line.span x1=(at(i.low)) x2=(at(i.high.min(end))) y1="12.5" y2="12.5" {}
                            }
                        }
                        @let reach = match &score.interval {
                            Some(i) if !inside => i.high.max(score.rate).min(end),
                            _ => score.rate,
                        };
                        @let class = if inside { "value in" } else { "value out" };
                        span class=(class) style={ "left:" (at(reach)) } {
                            (rate(score.rate)) " · " (percent(score.rate / 8.0))
                        }
                    }
                }
                div {}
                div.axis {
                    @for tick in &ticks {
                        span style={ "left:" (at(*tick)) } {
                            (tick) @if tick == ticks.last().unwrap_or(&0.0) { " bits a byte" }
                        }
                    }
                }
            }
            (legend(contestants, &good))
            figcaption {
                "Length of the description of all of the data, in bits a byte of the original and as part of its size. \
                 Shorter is better."
                @if good.iter().any(|s| s.interval.is_some()) {
                    " Thin lines: where the figure could lie for other data of the same kind (95 %)."
                }
            }
        }
    }
}

fn legend(contestants: &[Contestant], scores: &[&Score]) -> Markup {
    let mut families: Vec<&str> = Vec::new();
    for score in scores {
        let family = contestants[score.contestant as usize].family.as_str();
        if !families.contains(&family) {
            families.push(family);
        }
    }
    html! {
        div.legend {
            @for family in families {
                span class=(family_class(family)) {
                    i class=(family_class(family)) {}
                    @match family {
                        "reference" => "reference: a known compressor, its whole file",
                        family => (family),
                    }
                }
            }
        }
    }
}
