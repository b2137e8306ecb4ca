//! What stands below a picture: what its lines mean, what its path is about, and what was left out.

use super::drawing::{Drawing, SMALL, class};
use super::text::{Weight, width};

/// The looks of lines, and what stands beside each; shown if a line looks so.
const LEGEND: [(&str, &str); 9] = [
    ("conduit", "conduit"),
    ("transfer", "transfer, copy"),
    ("grant", "grant, acts as"),
    ("uses", "uses, reads, attaches, runs on"),
    ("hop-only", "other hop"),
    ("on-path", "path to what is wrong"),
    ("broken", "another such path"),
    ("unknown", "a fact is unknown"),
    ("forbidden", "must not be"),
];
const LEFT: f64 = 20.0;
/// The room for the footer, where the picture is narrower.
const LEAST: f64 = 640.0;
const ROW: f64 = 16.0;

/// What stands below a picture, each thing with its place from the left and from the picture.
pub(super) struct Footer {
    /// The looks of lines: the class, what it means, and where.
    pub legend: Vec<(String, &'static str, (f64, f64))>,
    /// Sentences, and how far below the picture each is.
    pub rows: Vec<(String, f64)>,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

impl Footer {
    /// The footer of a picture, in its width.
    pub(super) fn of(drawing: &Drawing<'_>) -> Self {
        let wide = drawing.placed.width.max(LEAST);
        let mut footer = Self {
            legend: Vec::new(),
            rows: Vec::new(),
            width: wide,
            height: 0.0,
        };
        let looks: Vec<String> = drawing.scene.lines.iter().map(class).collect();
        let has = |name: &str| {
            looks
                .iter()
                .any(|look| look.split(' ').any(|it| it == name))
        };
        let (mut x, mut y) = (LEFT, 14.0);
        for (name, means) in LEGEND.into_iter().filter(|(name, _)| has(name)) {
            let room = 32.0 + width(means, SMALL, Weight::Regular) + 18.0;
            if x > LEFT && x + room > wide {
                (x, y) = (LEFT, y + ROW);
            }
            // What is said of lines of any sort is shown on one.
            let class = match name {
                "on-path" | "broken" | "unknown" | "forbidden" => format!("transfer {name}"),
                _ => name.to_owned(),
            };
            footer.legend.push((class, means, (x, y)));
            x += room;
        }
        for row in rows(drawing) {
            for line in wrapped(&row, wide - 2.0 * LEFT) {
                y += ROW;
                footer.rows.push((line, y));
            }
        }
        footer.height = y + ROW;
        footer
    }
}

fn rows(drawing: &Drawing<'_>) -> Vec<String> {
    let mut rows = Vec::new();
    if let Some(caption) = &drawing.scene.caption {
        rows.push(format!("Path in red: {caption}"));
    }
    rows.extend(drawing.scene.left_out.iter().cloned());
    let lines = drawing.placed.lines.iter();
    let lost = lines.filter(|line| line.len() < 2).count();
    let unlabelled = drawing.label_at.iter().filter(|at| at.is_none()).count();
    for (count, one, many) in [
        (
            lost,
            "arrow finds no way and is",
            "arrows find no way and are",
        ),
        (unlabelled.saturating_sub(lost), "label has", "labels have"),
    ] {
        let what = if count == 1 { one } else { many };
        let rest = if what.starts_with("label") {
            "no room"
        } else {
            "not drawn"
        };
        if count > 0 {
            rows.push(format!("{count} {what} {rest}"));
        }
    }
    rows
}

/// A sentence in lines of at most so many px, as far as its words allow.
fn wrapped(text: &str, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), SMALL, Weight::Regular) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
