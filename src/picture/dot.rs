//! The picture as DOT, for Graphviz and whatever reads its language.

use std::fmt::Write as _;

use super::escape::dot as escaped;
use super::names::names;
use super::nesting::{Visit, nested};
use super::scene::{Line, Scene, Shown};

/// Writes a scene as a DOT digraph: boxes in boxes are clusters.
pub fn dot(scene: &Scene<'_>) -> String {
    let names = names(scene);
    let mut out = "digraph palisade {\n  rankdir=LR;\n  compound=true;\n  \
                   node [shape=box, fontname=\"DejaVu Sans\", fontsize=11];\n  \
                   edge [fontname=\"DejaVu Sans\", fontsize=10];\n"
        .to_owned();
    let mut notes: Vec<&String> = scene.caption.iter().collect();
    notes.extend(&scene.left_out);
    if !notes.is_empty() {
        let notes: Vec<String> = notes.into_iter().map(|note| escaped(note)).collect();
        let _ = writeln!(out, "  label=\"{}\";", notes.join("\\n"));
    }
    for (depth, visit) in nested(scene, |shown| shown.encloses) {
        let indent = "  ".repeat(depth + 1);
        let Visit::Box(at) = visit else {
            let _ = writeln!(out, "{indent}}}");
            continue;
        };
        let (shown, name) = (&scene.boxes[at], &names[at]);
        let text = escaped(&text(shown));
        if shown.encloses {
            let _ = writeln!(out, "{indent}subgraph \"cluster_{name}\" {{");
            let _ = writeln!(out, "{indent}  label=\"{text}\";");
            // Arrows end at boxes; this one stands for the cluster.
            let _ = writeln!(out, "{indent}  \"{name}\" [shape=point, style=invis];");
            continue;
        }
        let red = match shown.on_path {
            true => ", color=\"#c21f2b\", penwidth=2",
            false => "",
        };
        let shape = shape(shown.node.kind);
        let _ = writeln!(
            out,
            "{indent}\"{name}\" [label=\"{text}\", shape={shape}{red}];"
        );
    }
    for line in &scene.lines {
        let mut extra = String::new();
        for (end, at) in [("ltail", line.from), ("lhead", line.to)] {
            if scene.boxes[at].encloses {
                let _ = write!(extra, ", {end}=\"cluster_{}\"", names[at]);
            }
        }
        let _ = writeln!(
            out,
            "  \"{}\" -> \"{}\" [label=\"{}\"{}{extra}];",
            names[line.from],
            names[line.to],
            escaped(&label(line)),
            look(line)
        );
    }
    out.push_str("}\n");
    out
}

fn text(shown: &Shown<'_>) -> String {
    let mut text = format!("{}\n{}", shown.node.name, shown.node.kind);
    if shown.folded > 0 {
        let _ = write!(text, ", {} inside", shown.folded);
    }
    text
}

fn shape(kind: &str) -> &'static str {
    match kind {
        "store" => "cylinder",
        "key" => "hexagon",
        "key store" => "box3d",
        "identity" => "oval",
        "debug environment" => "component",
        _ => "box",
    }
}

fn label(line: &Line) -> String {
    let mut label = line.numbered("\n");
    if let Some(cut) = line.cut_text() {
        let _ = write!(label, "\n{cut}");
    }
    label
}

fn look(line: &Line) -> String {
    let mut look = String::new();
    if line.both {
        look.push_str(", dir=both");
    } else if line.is_backward() {
        look.push_str(", dir=back");
    }
    if line.forbidden {
        look.push_str(", style=dotted, arrowhead=tee");
    } else if line.unknown {
        look.push_str(", style=dashed");
    }
    if !line.hops.is_empty() {
        look.push_str(", color=\"#c21f2b\", fontcolor=\"#c21f2b\", penwidth=2.5");
    } else if line.broken {
        look.push_str(", color=\"#c21f2b\"");
    }
    look
}
