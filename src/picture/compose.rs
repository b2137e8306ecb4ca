//! A picture put together: chosen, folded, joined, and what was left out is said.

use std::collections::{BTreeMap, BTreeSet};

use super::chosen::Chosen;
use super::fold::Folds;
use super::graph::Graph;
use super::join::lines;
use super::marks::Marks;
use super::scene::{Scene, Shown, View};
use super::steps::Steps;

impl<'g> Scene<'g> {
    /// What `view` shows of `graph`, with `marks`.
    ///
    /// Near-linear in the boxes and arrows of `graph`, times the depth of its zones.
    pub fn of(graph: &'g Graph, marks: &Marks, view: &View) -> Self {
        let steps = Steps::of(graph, marks);
        let chosen = Chosen::of(graph, marks, &steps, view);
        let folds = Folds::of(graph, &chosen, view);
        Self::composed(graph, &chosen, &folds, marks)
    }

    fn composed(graph: &'g Graph, chosen: &Chosen<'_>, folds: &Folds, marks: &Marks) -> Self {
        let drawn: Vec<usize> = folds.drawn().into_iter().collect();
        let number: BTreeMap<usize, usize> = (0..).zip(&drawn).map(|(at, it)| (*it, at)).collect();
        let mut inside = vec![(0, 0, 0); graph.nodes.len()];
        for (node, stands) in folds.stands.iter().enumerate() {
            let Some(stands) = stands else { continue };
            let id = graph.nodes[node].id.as_str();
            let count = |of: &BTreeMap<String, usize>| of.get(id).copied().unwrap_or_default();
            inside[*stands].0 += usize::from(node != *stands);
            inside[*stands].1 += count(&marks.broken);
            inside[*stands].2 += count(&marks.unknown);
        }
        let on_path = chosen.steps.on_path.iter();
        let on_path: BTreeSet<_> = on_path.filter_map(|node| folds.stands[*node]).collect();
        let mut starts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (node, number) in &chosen.steps.starts {
            if let Some(stands) = folds.stands[*node] {
                starts.entry(stands).or_default().push(*number);
            }
        }
        let boxes = drawn.iter().map(|at| {
            let node = &graph.nodes[*at];
            let (folded, broken, unknown) = inside[*at];
            Shown {
                node,
                parent: node.parent.and_then(|parent| number.get(&parent).copied()),
                encloses: false,
                folded,
                broken,
                unknown,
                on_path: on_path.contains(at),
                told: Vec::new(),
                starts: starts.get(at).cloned().unwrap_or_default(),
            }
        });
        let mut boxes: Vec<Shown<'g>> = boxes.collect();
        let parents: BTreeSet<usize> = boxes.iter().filter_map(|shown| shown.parent).collect();
        for (at, shown) in boxes.iter_mut().enumerate() {
            shown.encloses = parents.contains(&at);
        }
        let (lines, omitted) = lines(folds, chosen, marks, &number, &boxes);
        let mut left_out = Vec::new();
        let folded: Vec<usize> = boxes.iter().map(|shown| shown.folded).collect();
        let hidden: usize = folded.iter().sum();
        if hidden > 0 {
            let zones = folded.iter().filter(|count| **count > 0).count();
            left_out.push(format!(
                "{} folded: what is in {} is not drawn",
                counted(zones, "box is", "boxes are"),
                if zones == 1 { "it" } else { "them" },
            ));
        }
        if folds.dropped > 0 {
            let are = counted(folds.dropped, "box is", "boxes are");
            left_out.push(format!("{are} not drawn: too many for one picture"));
        }
        if omitted > 0 {
            let are = counted(omitted, "arrow is", "arrows are");
            left_out.push(format!("{are} not drawn: too many for one picture"));
        }
        Self {
            boxes,
            lines,
            caption: marks.caption.clone(),
            left_out,
        }
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
