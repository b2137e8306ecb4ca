//! The picture as SVG: one file, no script, no request; light and dark.

use std::fmt::Write as _;

use super::escape::xml;
use super::labels;
use super::layout::{Link, Placed, Sized, TITLE as TITLE_HEIGHT, lay_out};
use super::plane::{Point, Rect};
use super::scene::{Line, Scene, Shown};
use super::text::{Weight, fit, width};

/// How the picture looks, for a file of its own and for the page that it is in.
pub const STYLE: &str = include_str!("svg.css");

const TITLE: f64 = 12.0;
const SMALL: f64 = 10.5;
const LEAST: f64 = 96.0;
const MOST: f64 = 250.0;
const ROW: f64 = 15.0;
const INSET: f64 = 10.0;
/// So many lines of what is in a box are shown.
const HELD: usize = 3;
const DISC: f64 = 8.0;

/// Writes a scene as SVG. With `alone` it brings its style with it.
pub fn svg(scene: &Scene, alone: bool) -> String {
    Drawing::of(scene).write(alone)
}

/// A scene with everything in its place.
struct Drawing<'s> {
    scene: &'s Scene,
    texts: Vec<BoxText>,
    labels: Vec<LineText>,
    placed: Placed,
    label_at: Vec<Option<Rect>>,
}

/// What is written in a box.
struct BoxText {
    title: String,
    title_width: f64,
    under: Vec<String>,
    badges: Vec<(String, &'static str)>,
    width: f64,
    height: f64,
}

/// What is written at an arrow.
struct LineText {
    rows: Vec<String>,
    /// The numbers of hops, in discs before the first row.
    hops: Vec<usize>,
    width: f64,
    height: f64,
}

fn badges(shown: &Shown) -> Vec<(String, &'static str)> {
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

fn badge_width(text: &str) -> f64 {
    width(text, SMALL, Weight::Bold) + 8.0
}

fn box_text(shown: &Shown) -> BoxText {
    let badges = badges(shown);
    let of_badges: f64 = badges.iter().map(|(text, _)| badge_width(text) + 4.0).sum();
    let title = fit(&shown.name, MOST, TITLE, Weight::Bold);
    let title_width = width(&title, TITLE, Weight::Bold);
    let kind = match shown.facts.is_empty() {
        true => shown.kind.to_owned(),
        false => format!("{}: {}", shown.kind, shown.facts),
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
    let held = shown.holds.iter().take(HELD);
    under.extend(held.map(|text| fit(&format!("· {text}"), MOST, SMALL, Weight::Regular)));
    if shown.holds.len() > HELD {
        under.push(format!("· {} more", shown.holds.len() - HELD));
    }
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
    if line.cut {
        rows.push("cut: breaks every path".to_owned());
    }
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
    fn of(scene: &'s Scene) -> Self {
        let texts: Vec<BoxText> = scene.boxes.iter().map(box_text).collect();
        let line_texts: Vec<LineText> = scene.lines.iter().map(line_text).collect();
        let boxes = scene.boxes.iter().zip(&texts).map(|(shown, text)| Sized {
            key: shown.id.clone(),
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
        let placed = lay_out(&boxes, &links);
        let mut drawing = Self {
            scene,
            texts,
            labels: line_texts,
            placed,
            label_at: Vec::new(),
        };
        drawing.label_at = drawing.place_labels();
        drawing
    }

    /// The title of an enclosing box, as a rectangle.
    fn title_rect(&self, at: usize) -> Rect {
        let (rect, text) = (self.placed.boxes[at], &self.texts[at]);
        Rect {
            x: rect.x,
            y: rect.y,
            width: text.width.min(rect.width),
            height: TITLE_HEIGHT,
        }
    }

    fn place_labels(&self) -> Vec<Option<Rect>> {
        let lines = &self.scene.lines;
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by(|a, b| {
            let rank = |at: usize| (lines[at].hops.is_empty(), !lines[at].cut, !lines[at].broken);
            let wide = self.labels[*b].width.total_cmp(&self.labels[*a].width);
            rank(*a).cmp(&rank(*b)).then(wide).then(a.cmp(b))
        });
        let mut solid = Vec::new();
        let mut borders = Vec::new();
        for (at, shown) in self.scene.boxes.iter().enumerate() {
            if shown.encloses {
                solid.push(self.title_rect(at));
                borders.push(self.placed.boxes[at]);
            } else {
                solid.push(self.placed.boxes[at]);
            }
        }
        let sizes = self
            .labels
            .iter()
            .map(|text| Some((text.width, text.height)));
        let sizes: Vec<_> = sizes.collect();
        let page = Rect {
            x: 0.0,
            y: 0.0,
            width: self.placed.width,
            height: self.placed.height,
        };
        labels::place(&sizes, &self.placed.lines, &order, &solid, &borders, page)
    }

    fn write(&self, alone: bool) -> String {
        let mut out = String::new();
        let footer = self.footer();
        let widest = footer.iter().map(|row| width(row, SMALL, Weight::Regular));
        let full_width = widest
            .fold(self.placed.width, |a, b| a.max(b + 40.0))
            .max(LEGEND_WIDTH);
        let full_height = self.placed.height + 40.0 + 16.0 * footer.len() as f64;
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"palisade-picture\" role=\"img\" width=\"{w}\" \
             height=\"{h}\" viewBox=\"0 0 {w} {h}\" font-family=\"DejaVu Sans, Verdana, sans-serif\">",
            w = full_width.ceil(),
            h = full_height.ceil(),
        );
        let _ = writeln!(out, "<title>{}</title>", xml(&self.name()));
        let _ = writeln!(out, "<desc>{}</desc>", xml(&self.description()));
        if alone {
            let _ = writeln!(out, "<style>\n{STYLE}</style>");
            let _ = writeln!(
                out,
                "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>"
            );
        }
        // Boxes from the outside in: whatever is in another one is drawn over it.
        let mut boxes: Vec<usize> = (0..self.scene.boxes.len()).collect();
        boxes.sort_by_key(|at| (self.depth(*at), *at));
        for at in boxes {
            self.write_box(at, &mut out);
        }
        // The path last, over everything.
        let mut lines: Vec<usize> = (0..self.scene.lines.len()).collect();
        lines.sort_by_key(|at| {
            let line = &self.scene.lines[*at];
            (!line.hops.is_empty(), line.broken, *at)
        });
        for at in &lines {
            self.write_line(*at, &mut out);
        }
        for at in &lines {
            self.write_label(*at, &mut out);
        }
        self.write_footer(&footer, &mut out);
        out.push_str("</svg>\n");
        out
    }

    fn depth(&self, at: usize) -> usize {
        let boxes = &self.scene.boxes;
        std::iter::successors(boxes[at].parent, |parent| boxes[*parent].parent).count()
    }

    fn name(&self) -> String {
        match &self.scene.caption {
            Some(caption) => format!("Picture of the project, with the path of: {caption}"),
            None => "Picture of the project".to_owned(),
        }
    }

    /// The picture in words: the path, hop by hop, or how much is drawn.
    fn description(&self) -> String {
        let boxes = &self.scene.boxes;
        let mut hops: Vec<(usize, String)> = Vec::new();
        for line in &self.scene.lines {
            for (number, backward) in &line.hops {
                let (from, to) = match backward {
                    false => (line.from, line.to),
                    true => (line.to, line.from),
                };
                let (from, to) = (&boxes[from], &boxes[to]);
                let label = line.label.first().map(String::as_str).unwrap_or_default();
                let text = format!(
                    "hop {number}: {} {} to {} {} ({label})",
                    from.kind, from.name, to.kind, to.name
                );
                hops.push((*number, text));
            }
        }
        hops.sort();
        let mut text = format!(
            "{} boxes and {} arrows.",
            boxes.len(),
            self.scene.lines.len()
        );
        for (_, hop) in hops {
            text.push(' ');
            text.push_str(&hop);
            text.push('.');
        }
        for left_out in &self.scene.left_out {
            text.push(' ');
            text.push_str(left_out);
            text.push('.');
        }
        text
    }

    fn write_box(&self, at: usize, out: &mut String) {
        let (shown, text, rect) = (
            &self.scene.boxes[at],
            &self.texts[at],
            self.placed.boxes[at],
        );
        let mut class = format!("box {}", shown.kind.replace(' ', "-"));
        for (is, name) in [
            (shown.encloses, "outer"),
            (shown.folded > 0, "folded"),
            (shown.unknown > 0, "unknown"),
            (shown.on_path, "on-path"),
        ] {
            if is {
                class.push(' ');
                class.push_str(name);
            }
        }
        let parent = shown.parent.map(|parent| &self.scene.boxes[parent].id);
        let parent = parent
            .map(|id| format!(" data-parent=\"{}\"", xml(id)))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "<g class=\"{class}\" data-id=\"{}\"{parent}>",
            xml(&shown.id)
        );
        let _ = writeln!(out, "<title>{}</title>", xml(&tooltip(shown)));
        let radius = if shown.encloses { 6 } else { 4 };
        let _ = writeln!(out, "<rect {} rx=\"{radius}\"/>", position(rect));
        if shown.folded > 0 {
            let _ = writeln!(
                out,
                "<rect class=\"inner\" {} rx=\"3\"/>",
                position(rect.grown(-3.0))
            );
        }
        if shown.kind == "store" {
            let (x, y, r) = (rect.x, rect.y + 4.5, rect.right());
            let _ = writeln!(out, "<path class=\"lid\" d=\"M{x:.1} {y:.1}H{r:.1}\"/>");
        }
        let x = rect.x + INSET;
        let y = rect.y + 18.0;
        text_at(out, "name", &text.title, (x, y), TITLE, Weight::Bold);
        let mut at_x = x + text.title_width + 6.0;
        if shown.encloses {
            at_x += 4.0;
            text_at(
                out,
                "kind",
                &text.under[0],
                (at_x, y),
                SMALL,
                Weight::Regular,
            );
            at_x += width(&text.under[0], SMALL, Weight::Regular) + 6.0;
        } else {
            for (row, line) in text.under.iter().enumerate() {
                let class = if row == 0 { "kind" } else { "held" };
                let y = y + ROW * (row + 1) as f64;
                text_at(out, class, line, (x, y), SMALL, Weight::Regular);
            }
        }
        for (badge, class) in &text.badges {
            let wide = badge_width(badge);
            let _ = writeln!(
                out,
                "<rect class=\"badge {class}\" x=\"{at_x:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"14\" rx=\"7\"/>",
                y - 11.0
            );
            let class = format!("badge-text {class}");
            text_at(out, &class, badge, (at_x + 4.0, y), SMALL, Weight::Bold);
            at_x += wide + 4.0;
        }
        out.push_str("</g>\n");
    }

    fn write_line(&self, at: usize, out: &mut String) {
        let (line, points) = (&self.scene.lines[at], &self.placed.lines[at]);
        let [first, .., last] = points.as_slice() else {
            return;
        };
        let _ = writeln!(
            out,
            "<g class=\"{}\" data-ids=\"{}\" data-from=\"{}\" data-to=\"{}\">",
            line_class("arrow", line),
            xml(&line.ids.join(" ")),
            xml(&self.scene.boxes[line.from].id),
            xml(&self.scene.boxes[line.to].id),
        );
        let _ = writeln!(out, "<title>{}</title>", xml(&self.line_tooltip(at)));
        let mut path = format!("M{:.1} {:.1}", first.x, first.y);
        for point in &points[1..] {
            let _ = write!(path, "L{:.1} {:.1}", point.x, point.y);
        }
        if !line.hops.is_empty() {
            let _ = writeln!(out, "<path class=\"edge-of-path\" d=\"{path}\"/>");
        }
        let _ = writeln!(out, "<path class=\"line\" d=\"{path}\"/>");
        if line.both || !line.is_backward() {
            head(out, points[points.len() - 2], *last);
        }
        if line.both || line.is_backward() {
            head(out, points[1], *first);
        }
        out.push_str("</g>\n");
    }

    fn line_tooltip(&self, at: usize) -> String {
        let line = &self.scene.lines[at];
        let (from, to) = (&self.scene.boxes[line.from], &self.scene.boxes[line.to]);
        let arrow = if line.both { "↔" } else { "→" };
        let mut text = format!(
            "{} {} {arrow} {} {}",
            from.kind, from.name, to.kind, to.name
        );
        for row in &line.whole {
            text.push('\n');
            text.push_str(row);
        }
        text
    }

    fn write_label(&self, at: usize, out: &mut String) {
        let (line, text) = (&self.scene.lines[at], &self.labels[at]);
        let Some(rect) = self.label_at[at] else {
            return;
        };
        let class = line_class("label", line);
        let _ = writeln!(
            out,
            "<g class=\"{class}\" data-ids=\"{}\">",
            xml(&line.ids.join(" "))
        );
        let _ = writeln!(out, "<title>{}</title>", xml(&self.line_tooltip(at)));
        let _ = writeln!(out, "<rect {} rx=\"3\"/>", position(rect));
        let mut x = rect.x + 4.0;
        let first = if text.hops.is_empty() { 12.0 } else { 14.0 };
        for number in &text.hops {
            let _ = writeln!(
                out,
                "<circle class=\"hop\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{DISC}\"/>",
                x + DISC,
                rect.y + first - 4.0
            );
            let digits = number.to_string();
            let half = width(&digits, SMALL, Weight::Bold) / 2.0;
            let at = (x + DISC - half, rect.y + first);
            text_at(out, "hop-number", &digits, at, SMALL, Weight::Bold);
            x += 2.0 * DISC + 3.0;
        }
        for (row, content) in text.rows.iter().enumerate() {
            let is_cut = line.cut && row + 1 == text.rows.len();
            let (class, weight) = match row {
                _ if is_cut => ("cut", Weight::Regular),
                0 => ("what", Weight::Bold),
                _ => ("detail", Weight::Regular),
            };
            let at_x = if row == 0 { x } else { rect.x + 4.0 };
            let y = rect.y + first + 13.0 * row as f64;
            let size = SMALL;
            text_at(out, class, content, (at_x, y), size, weight);
        }
        out.push_str("</g>\n");
    }

    /// What stands below the picture.
    fn footer(&self) -> Vec<String> {
        let mut rows = Vec::new();
        if let Some(caption) = &self.scene.caption {
            rows.push(format!(
                "Path in red: {}",
                fit(caption, 900.0, SMALL, Weight::Regular)
            ));
        }
        rows.extend(self.scene.left_out.iter().cloned());
        let lost = self
            .placed
            .lines
            .iter()
            .filter(|line| line.len() < 2)
            .count();
        if lost > 0 {
            let arrows = if lost == 1 {
                "arrow finds"
            } else {
                "arrows find"
            };
            rows.push(format!("{lost} {arrows} no way and is not drawn"));
        }
        let unlabelled = self.label_at.iter().filter(|at| at.is_none()).count() - lost;
        if unlabelled > 0 {
            let arrows = if unlabelled == 1 {
                "arrow has"
            } else {
                "arrows have"
            };
            rows.push(format!("{unlabelled} {arrows} no room for a label"));
        }
        rows
    }

    fn write_footer(&self, rows: &[String], out: &mut String) {
        let mut y = self.placed.height + 14.0;
        let mut x = 20.0;
        out.push_str("<g class=\"legend\">\n");
        for (class, name) in LEGEND {
            let _ = writeln!(
                out,
                "<g class=\"arrow {class}\"><path class=\"line\" d=\"M{x:.1} {0:.1}H{1:.1}\"/></g>",
                y - 4.0,
                x + 26.0
            );
            text_at(out, "note", name, (x + 32.0, y), SMALL, Weight::Regular);
            x += 32.0 + width(name, SMALL, Weight::Regular) + 18.0;
        }
        for row in rows {
            y += 16.0;
            text_at(out, "note", row, (20.0, y), SMALL, Weight::Regular);
        }
        out.push_str("</g>\n");
    }
}

/// The sorts of arrows that are told apart, and what stands beside them.
const LEGEND: [(&str, &str); 7] = [
    ("conduit", "conduit"),
    ("transfer", "transfer, copy"),
    ("grant", "grant, acts as"),
    ("uses", "uses, reads, attaches, runs on"),
    ("transfer on-path", "path to what is wrong"),
    ("transfer unknown", "a fact is unknown"),
    ("transfer forbidden", "must not be"),
];
const LEGEND_WIDTH: f64 = 960.0;

fn line_class(base: &str, line: &Line) -> String {
    use super::graph::Sort;
    let sort = match line.sort {
        Sort::Conduit => "conduit",
        Sort::Transfer => "transfer",
        Sort::Grant | Sort::Acts => "grant",
        Sort::Copies => "transfer",
        Sort::Attaches | Sort::Reads | Sort::Uses | Sort::Hosts => "uses",
        Sort::Hop => "hop-only",
    };
    let mut class = format!("{base} {sort}");
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

/// Everything about a box, in words.
fn tooltip(shown: &Shown) -> String {
    let mut text = format!(
        "{} {}",
        shown.kind,
        shown.id.split_once("::").map_or("", |(_, id)| id)
    );
    if !shown.facts.is_empty() {
        text.push('\n');
        text.push_str(&shown.facts);
    }
    for held in &shown.holds {
        text.push('\n');
        text.push_str(held);
    }
    for (count, what) in [
        (shown.folded, "not drawn inside"),
        (shown.broken, "violations"),
        (shown.unknown, "unknown facts that matter"),
    ] {
        if count > 0 {
            let _ = write!(text, "\n{what}: {count}");
        }
    }
    text
}

fn position(rect: Rect) -> String {
    format!(
        "x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"",
        rect.x, rect.y, rect.width, rect.height
    )
}

/// A line of text, exactly as wide as it was measured, whatever the font.
fn text_at(out: &mut String, class: &str, text: &str, at: (f64, f64), size: f64, weight: Weight) {
    if text.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\"{} textLength=\"{:.1}\" \
         lengthAdjust=\"spacingAndGlyphs\">{}</text>",
        at.0,
        at.1,
        if weight == Weight::Bold {
            " font-weight=\"bold\""
        } else {
            ""
        },
        width(text, size, weight),
        xml(text)
    );
}

/// The head of an arrow, at `tip`.
fn head(out: &mut String, before: Point, tip: Point) {
    let (dx, dy) = (tip.x - before.x, tip.y - before.y);
    let length = dx.hypot(dy).max(0.001);
    let (ux, uy) = (dx / length, dy / length);
    let (bx, by) = (tip.x - ux * 9.0, tip.y - uy * 9.0);
    let _ = writeln!(
        out,
        "<path class=\"head\" d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\"/>",
        tip.x,
        tip.y,
        bx - uy * 4.0,
        by + ux * 4.0,
        bx + uy * 4.0,
        by - ux * 4.0
    );
}
