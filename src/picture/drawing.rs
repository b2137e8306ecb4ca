//! A scene with everything measured and in its place, the way of laying it out chosen by what it comes to.

use super::graph::Sort;
use super::labels;
use super::layout::{Link, PLANS, Placed, Sized, TITLE as TITLE_HEIGHT, lay_out};
use super::plane::{Rect, crossings};
use super::scene::{Line, Scene, Shown};
use super::text::{Weight, fit, width};

/// How large names are.
pub(super) const TITLE: f64 = 12.0;
/// How large everything else is.
pub(super) const SMALL: f64 = 10.5;
const LEAST: f64 = 96.0;
const MOST: f64 = 250.0;
/// From one line of a box to the next.
pub(super) const ROW: f64 = 15.0;
/// From the border of a box to what is written in it.
pub(super) const INSET: f64 = 10.0;
/// So many lines of what is in a box are shown.
const HELD: usize = 3;
/// Half of how wide the number of a hop is.
pub(super) const DISC: f64 = 8.0;

/// What a picture costs that has room in the window: no other way of laying it out is tried.
const GOOD: f64 = 1.25;
/// How large the window is that a picture should fit: that of a laptop.
const WINDOW: (f64, f64) = (1400.0, 900.0);

/// A scene with everything in its place.
pub(super) struct Drawing<'s> {
    pub scene: &'s Scene<'s>,
    pub texts: Vec<BoxText>,
    pub labels: Vec<LineText>,
    pub placed: Placed,
    pub label_at: Vec<Option<Rect>>,
}

/// What is written in a box.
pub(super) struct BoxText {
    pub title: String,
    pub title_width: f64,
    pub under: Vec<String>,
    pub badges: Vec<(String, &'static str)>,
    pub width: f64,
    pub height: f64,
}

/// What is written at an arrow.
pub(super) struct LineText {
    pub rows: Vec<String>,
    /// The numbers of hops, in discs before the first row.
    pub hops: Vec<usize>,
    pub width: f64,
    pub height: f64,
}

fn badges(shown: &Shown<'_>) -> Vec<(String, &'static str)> {
    let mut badges: Vec<(String, &'static str)> = Vec::new();
    badges.extend(shown.starts.iter().map(|hop| (hop.to_string(), "hop")));
    if shown.broken > 0 {
        badges.push((format!("!{}", shown.broken), "bad"));
    }
    if shown.unknown > 0 {
        badges.push((format!("?{}", shown.unknown), "open"));
    }
    badges
}

/// How wide a badge is.
pub(super) fn badge_width(text: &str) -> f64 {
    width(text, SMALL, Weight::Bold) + 8.0
}

fn box_text(shown: &Shown<'_>) -> BoxText {
    let badges = badges(shown);
    let of_badges: f64 = badges.iter().map(|(text, _)| badge_width(text) + 4.0).sum();
    let title = fit(&shown.node.name, MOST, TITLE, Weight::Bold);
    let title_width = width(&title, TITLE, Weight::Bold);
    let kind = match shown.node.facts.is_empty() {
        true => shown.node.kind.to_owned(),
        false => format!("{}: {}", shown.node.kind, shown.node.facts),
    };
    let mut under = vec![fit(&kind, MOST, SMALL, Weight::Regular)];
    if shown.encloses {
        // One line, in the padding above what is in it.
        let under_width = width(&under[0], SMALL, Weight::Regular);
        return BoxText {
            title,
            title_width,
            width: title_width + 10.0 + under_width + of_badges + 2.0 * INSET,
            height: 60.0,
            under,
            badges,
        };
    }
    if shown.folded > 0 {
        under.push(format!("{} inside", shown.folded));
    }
    let held = shown.node.holds.iter().take(HELD);
    under.extend(held.map(|text| fit(&format!("· {text}"), MOST, SMALL, Weight::Regular)));
    if shown.node.holds.len() > HELD {
        under.push(format!("· {} more", shown.node.holds.len() - HELD));
    }
    let told = shown.told.iter();
    under.extend(told.map(|text| fit(text, MOST, SMALL, Weight::Regular)));
    let widest = under.iter().map(|text| width(text, SMALL, Weight::Regular));
    let widest = widest.fold(title_width + of_badges, f64::max);
    BoxText {
        title,
        title_width,
        width: (widest + 2.0 * INSET).max(LEAST),
        height: 22.0 + ROW * under.len() as f64 + 6.0,
        under,
        badges,
    }
}

fn line_text(line: &Line) -> LineText {
    let mut rows: Vec<String> = line
        .label
        .iter()
        .map(|row| fit(row, 190.0, SMALL, Weight::Regular))
        .collect();
    rows.extend(line.cut_text());
    let hops: Vec<usize> = line.hops.iter().map(|(number, _)| *number).collect();
    let discs = hops.len() as f64 * (2.0 * DISC + 3.0);
    let widest = rows.iter().enumerate().map(|(at, row)| {
        let weight = if at == 0 {
            Weight::Bold
        } else {
            Weight::Regular
        };
        width(row, SMALL, weight) + if at == 0 { discs } else { 0.0 }
    });
    let widest = widest.fold(0.0, f64::max);
    LineText {
        width: widest + 8.0,
        height: (rows.len() as f64) * 13.0 + if hops.is_empty() { 4.0 } else { 8.0 },
        rows,
        hops,
    }
}

impl<'s> Drawing<'s> {
    /// Measures and places everything, in the way that reads best.
    pub(super) fn of(scene: &'s Scene<'s>) -> Self {
        let texts: Vec<BoxText> = scene.boxes.iter().map(box_text).collect();
        let line_texts: Vec<LineText> = scene.lines.iter().map(line_text).collect();
        let boxes = scene.boxes.iter().zip(&texts).map(|(shown, text)| Sized {
            key: shown.node.id.clone(),
            width: text.width,
            height: text.height,
            parent: shown.parent,
            title: shown.encloses.then_some(text.width),
        });
        let boxes: Vec<Sized> = boxes.collect();
        let links = scene
            .lines
            .iter()
            .zip(&line_texts)
            .map(|(line, text)| Link {
                from: line.from,
                to: line.to,
                label: Some((text.width, text.height)),
                main: !line.hops.is_empty(),
            });
        let links: Vec<Link> = links.collect();
        let mut best: Option<(f64, Placed, Vec<Option<Rect>>)> = None;
        for plan in PLANS {
            let placed = lay_out(&boxes, &links, plan);
            let label_at = place_labels(scene, (&texts, &line_texts), &placed);
            let cost = cost(&placed, &label_at);
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, placed, label_at));
            }
            if cost <= GOOD {
                break;
            }
        }
        let (_, placed, label_at) = best.unwrap_or_default();
        Self {
            scene,
            texts,
            labels: line_texts,
            placed,
            label_at,
        }
    }
}

/// How hard a picture is to read: how far it leaves the window, to the side more than down, what of it
/// has no room, and how often arrows cross.
fn cost(placed: &Placed, labels: &[Option<Rect>]) -> f64 {
    let beyond = |size: f64, window: f64| (size / window).max(1.0);
    let (wide, high) = (
        beyond(placed.width, WINDOW.0),
        beyond(placed.height, WINDOW.1),
    );
    let area = placed.width * placed.height / (WINDOW.0 * WINDOW.1);
    let lost = placed.lines.iter().filter(|line| line.len() < 2).count();
    let unlabelled = labels.iter().filter(|at| at.is_none()).count();
    let crossed = crossings(&placed.lines);
    wide.powi(2) * high
        + 0.2 * area
        + 1.0 * lost as f64
        + 0.15 * unlabelled as f64
        + 0.01 * crossed as f64
}

/// Places the labels.
fn place_labels(
    scene: &Scene<'_>,
    (texts, labels): (&[BoxText], &[LineText]),
    placed: &Placed,
) -> Vec<Option<Rect>> {
    let title = |at: usize| {
        let (rect, text) = (placed.boxes[at], &texts[at]);
        Rect {
            x: rect.x,
            y: rect.y,
            width: text.width.min(rect.width),
            height: TITLE_HEIGHT,
        }
    };
    let lines = &scene.lines;
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| {
        let rank = |at: usize| {
            (
                lines[at].hops.is_empty(),
                lines[at].cut.is_none(),
                !lines[at].broken,
            )
        };
        let wide = labels[*b].width.total_cmp(&labels[*a].width);
        rank(*a).cmp(&rank(*b)).then(wide).then(a.cmp(b))
    });
    let mut solid = Vec::new();
    let mut borders = Vec::new();
    for (at, shown) in scene.boxes.iter().enumerate() {
        if shown.encloses {
            solid.push(title(at));
            borders.push(placed.boxes[at]);
        } else {
            solid.push(placed.boxes[at]);
        }
    }
    let sizes = labels.iter().map(|text| Some((text.width, text.height)));
    let sizes: Vec<_> = sizes.collect();
    let page = Rect {
        x: 0.0,
        y: 0.0,
        width: placed.width,
        height: placed.height,
    };
    labels::place(&sizes, &placed.lines, &order, &solid, &borders, page)
}

/// How an arrow looks: its sort, and what is said of it.
pub(super) fn class(line: &Line) -> String {
    let sort = match line.sort {
        Sort::Conduit => "conduit",
        Sort::Transfer => "transfer",
        Sort::Grant | Sort::Acts => "grant",
        Sort::Copies => "transfer",
        Sort::Attaches | Sort::Reads | Sort::Uses | Sort::Hosts => "uses",
        Sort::Hop => "hop-only",
    };
    let mut class = sort.to_owned();
    for (is, name) in [
        (line.forbidden, "forbidden"),
        (line.unknown, "unknown"),
        (line.broken && line.hops.is_empty(), "broken"),
        (!line.hops.is_empty(), "on-path"),
    ] {
        if is {
            class.push(' ');
            class.push_str(name);
        }
    }
    class
}
