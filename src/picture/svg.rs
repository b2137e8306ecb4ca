//! The picture as SVG: one file, no script, no request; light and dark.

use std::fmt::Write as _;

use super::drawing::{DISC, Drawing, INSET, ROW, SMALL, TITLE, badge_width, class};
use super::escape::xml;
use super::footer::Footer;
use super::plane::{Point, Rect};
use super::scene::{Scene, Shown};
use super::text::{Weight, width};

/// How the picture looks, for a file of its own and for the page that it is in.
pub const STYLE: &str = include_str!("svg.css");

/// Writes a scene as SVG. With `alone` it brings its style with it.
pub fn svg(scene: &Scene<'_>, alone: bool) -> String {
    Drawing::of(&scene.told()).write(alone)
}

impl Drawing<'_> {
    fn write(&self, alone: bool) -> String {
        let mut out = String::new();
        let footer = Footer::of(self);
        let full_width = self.placed.width.max(footer.width);
        let full_height = self.placed.height + footer.height;
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
        write_footer(&footer, self.placed.height, &mut out);
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
                    from.node.kind, from.node.name, to.node.kind, to.node.name
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
        let mut class = format!("box {}", shown.node.kind.replace(' ', "-"));
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
        let parent = shown.parent.map(|parent| &self.scene.boxes[parent].node.id);
        let parent = parent
            .map(|id| format!(" data-parent=\"{}\"", xml(id)))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "<g class=\"{class}\" data-id=\"{}\"{parent}>",
            xml(&shown.node.id)
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
        if shown.node.kind == "store" {
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
            "<g class=\"arrow {}\" data-ids=\"{}\" data-from=\"{}\" data-to=\"{}\">",
            class(line),
            xml(&line.ids.join(" ")),
            xml(&self.scene.boxes[line.from].node.id),
            xml(&self.scene.boxes[line.to].node.id),
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
            from.node.kind, from.node.name, to.node.kind, to.node.name
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
        let class = format!("label {}", class(line));
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
            let is_cut = line.cut.is_some() && row + 1 == text.rows.len();
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
}

/// Writes what stands below the picture, from `top` on.
fn write_footer(footer: &Footer, top: f64, out: &mut String) {
    out.push_str("<g class=\"legend\">\n");
    for (class, name, (x, y)) in &footer.legend {
        let y = top + y;
        let _ = writeln!(
            out,
            "<g class=\"arrow {class}\"><path class=\"line\" d=\"M{x:.1} {0:.1}H{1:.1}\"/></g>",
            y - 4.0,
            x + 26.0
        );
        text_at(out, "note", name, (x + 32.0, y), SMALL, Weight::Regular);
    }
    for (row, y) in &footer.rows {
        text_at(out, "note", row, (20.0, top + y), SMALL, Weight::Regular);
    }
    out.push_str("</g>\n");
}

/// Everything about a box, in words.
fn tooltip(shown: &Shown<'_>) -> String {
    let mut text = format!(
        "{} {}",
        shown.node.kind,
        shown.node.id.split_once("::").map_or("", |(_, id)| id)
    );
    if !shown.node.facts.is_empty() {
        text.push('\n');
        text.push_str(&shown.node.facts);
    }
    for held in &shown.node.holds {
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
