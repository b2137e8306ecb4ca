//! Which boxes and arrows a view is about.

use std::collections::BTreeSet;

use super::graph::Graph;
use super::marks::Marks;
use super::scene::View;
use super::steps::Steps;

/// The boxes and arrows that a view is about, before any is folded.
pub(super) struct Chosen<'s> {
    /// The paths through it.
    pub steps: &'s Steps<'s>,
    /// The boxes, by their numbers.
    pub nodes: BTreeSet<usize>,
    /// The arrows, by their numbers.
    pub arrows: Vec<usize>,
    /// What is never folded away.
    pub kept: BTreeSet<usize>,
}

impl<'s> Chosen<'s> {
    /// What `view` is about. Near-linear, times how many arrows away it goes.
    pub(super) fn of(graph: &Graph, marks: &Marks, steps: &'s Steps<'s>, view: &View) -> Self {
        let all = 0..graph.nodes.len();
        let named = |id: &str| graph.find(id);
        let fits = |at: &usize| {
            let wanted = view
                .flows
                .is_none_or(|flows| steps.arrow(*at).flows.meets(flows));
            wanted || steps.hops.contains_key(at)
        };
        let mut arrows: Vec<usize> = (0..steps.count()).filter(fits).collect();
        let mut kept = steps.on_path.clone();
        let mut nodes: BTreeSet<usize> = all.collect();
        let about: BTreeSet<usize> = marks.about.iter().filter_map(|id| named(id)).collect();
        if view.path_only {
            kept.extend(&about);
            nodes = kept.clone();
            arrows.retain(|at| {
                let arrow = steps.arrow(*at);
                steps.hops.contains_key(at)
                    || (nodes.contains(&arrow.from) && nodes.contains(&arrow.to))
            });
        } else if let Some(around) = view.around.as_deref().and_then(named) {
            nodes = near(graph, steps, &arrows, around, view.depth.unwrap_or(1));
            kept.retain(|node| nodes.contains(node));
            kept.insert(around);
        } else if view.flows.is_some() {
            let ends = arrows.iter().map(|at| steps.arrow(*at));
            nodes = ends.flat_map(|arrow| [arrow.from, arrow.to]).collect();
            nodes.extend(&steps.on_path);
        }
        let within: Vec<_> = nodes.iter().flat_map(|node| graph.around(*node)).collect();
        nodes.extend(within);
        arrows.retain(|at| {
            let arrow = steps.arrow(*at);
            nodes.contains(&arrow.from) && nodes.contains(&arrow.to)
        });
        Self {
            steps,
            nodes,
            arrows,
            kept,
        }
    }
}

/// What is at most `most` arrows away from a box or from what is in it.
fn near(
    graph: &Graph,
    steps: &Steps<'_>,
    arrows: &[usize],
    around: usize,
    most: usize,
) -> BTreeSet<usize> {
    let is_in = |node: usize| node == around || graph.around(node).any(|it| it == around);
    let inside: BTreeSet<usize> = (0..graph.nodes.len()).filter(|node| is_in(*node)).collect();
    let mut found = inside.clone();
    let mut edge = inside;
    for _ in 0..most {
        let mut next = BTreeSet::new();
        for arrow in arrows.iter().map(|at| steps.arrow(*at)) {
            if edge.contains(&arrow.from) && !found.contains(&arrow.to) {
                next.insert(arrow.to);
            }
            if edge.contains(&arrow.to) && !found.contains(&arrow.from) {
                next.insert(arrow.from);
            }
        }
        found.extend(&next);
        edge = next;
    }
    found
}
