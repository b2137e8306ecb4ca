//! The picture as a Mermaid flowchart, which GitHub and GitLab draw in Markdown.

use std::fmt::Write as _;

use super::escape::mermaid as escaped;
use super::names::names;
use super::nesting::{Visit, nested};
use super::scene::{Line, Scene, Shown};

/// Writes a scene as a Mermaid flowchart.
pub fn mermaid(scene: &Scene<'_>) -> String {
    let names = names(scene);
    let mut out = "flowchart LR\n".to_owned();
    if let Some(caption) = &scene.caption {
        let _ = writeln!(out, "  accTitle: {}", plain(caption));
    }
    for left_out in &scene.left_out {
        let _ = writeln!(out, "  %% {}", plain(left_out));
    }
    write_boxes(scene, &names, &mut out);
    let (mut on_path, mut broken) = (Vec::new(), Vec::new());
    for (at, line) in scene.lines.iter().enumerate() {
        let _ = writeln!(
            out,
            "  {} {} {}",
            names[line.from],
            arrow(line),
            names[line.to]
        );
        if !line.hops.is_empty() {
            on_path.push(at.to_string());
        } else if line.broken {
            broken.push(at.to_string());
        }
    }
    for (lines, width) in [(on_path, 3), (broken, 1)] {
        if !lines.is_empty() {
            let lines = lines.join(",");
            let _ = writeln!(
                out,
                "  linkStyle {lines} stroke:#c21f2b,stroke-width:{width}px"
            );
        }
    }
    let wrong = (0..)
        .zip(&scene.boxes)
        .filter(|(_, shown): &(usize, &Shown<'_>)| shown.on_path);
    let wrong: Vec<&str> = wrong.map(|(at, _)| names[at].as_str()).collect();
    if !wrong.is_empty() {
        out.push_str("  classDef onPath stroke:#c21f2b,stroke-width:3px\n");
        let _ = writeln!(out, "  class {} onPath", wrong.join(","));
    }
    out
}

/// Boxes with what is in them.
fn write_boxes(scene: &Scene<'_>, names: &[String], out: &mut String) {
    let is_block = |shown: &Shown<'_>| shown.encloses || shown.node.kind == "zone";
    for (depth, visit) in nested(scene, is_block) {
        let indent = "  ".repeat(depth + 1);
        let Visit::Box(at) = visit else {
            let _ = writeln!(out, "{indent}end");
            continue;
        };
        let (shown, name) = (&scene.boxes[at], &names[at]);
        let text = escaped(&text(shown));
        if is_block(shown) {
            let _ = writeln!(out, "{indent}subgraph {name}[\"{text}\"]");
        } else {
            let (open, close) = shape(shown.node.kind);
            let _ = writeln!(out, "{indent}{name}{open}\"{text}\"{close}");
        }
    }
}

fn text(shown: &Shown<'_>) -> String {
    let mut text = shown.node.name.clone();
    if shown.folded > 0 {
        let _ = write!(text, " ({} inside)", shown.folded);
    }
    text
}

fn shape(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "store" => ("[(", ")]"),
        "key" => ("{{", "}}"),
        "key store" => ("[/", "/]"),
        "identity" => ("([", "])"),
        "debug environment" => ("[[", "]]"),
        _ => ("[", "]"),
    }
}

fn arrow(line: &Line) -> String {
    let mut label = line.numbered(", ");
    if let Some(cut) = line.cut_text() {
        let _ = write!(label, " ({cut})");
    }
    let arrow = match (line.both, line.forbidden, line.unknown) {
        (_, true, _) => "--x",
        (true, _, true) => "<-.->",
        (true, ..) => "<-->",
        (false, _, true) => "-.->",
        (false, ..) => "-->",
    };
    match label.is_empty() {
        true => arrow.to_owned(),
        false => format!("{arrow}|\"{}\"|", escaped(&label)),
    }
}

/// A line that Mermaid reads to its end.
fn plain(text: &str) -> String {
    let letters = text.chars().map(|c| match c {
        c if c.is_alphanumeric() || " .,:'()/-_`→".contains(c) => c,
        _ => ' ',
    });
    letters.collect::<String>().replace('`', "'")
}
