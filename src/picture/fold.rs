//! Zones that are folded: a picture shows as much as can be read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::chosen::Chosen;
use super::graph::{Graph, Sort};
use super::scene::View;

/// Above so many boxes zones are folded.
const BOXES: usize = 100;
/// Above so many arrows zones are folded, and then arrows left out.
const ARROWS: usize = 64;
/// Above so many of both zones are folded: what is left takes about two screens.
const TOGETHER: usize = 76;
/// So many arrows are drawn where somebody asks for a depth.
const MOST_ARROWS: usize = 300;

/// Which boxes stand for which.
pub(super) struct Folds {
    /// The box that stands for each node; `None` if it is not drawn at all.
    pub stands: Vec<Option<usize>>,
    /// How many boxes are not drawn because there are too many.
    pub dropped: usize,
    /// How many arrows are drawn.
    pub most_arrows: usize,
}

impl Folds {
    /// Folds as much as `view` asks for, else as much as it takes to be read.
    pub(super) fn of(graph: &Graph, chosen: &Chosen<'_>, view: &View) -> Self {
        let level: Vec<usize> = (0..graph.nodes.len())
            .map(|node| graph.around(node).count() + 1)
            .collect();
        // Whatever something that must be seen is in stays unfolded.
        let kept = chosen.kept.iter();
        let open: BTreeSet<usize> = kept.flat_map(|node| graph.around(*node)).collect();
        let asked = view.depth.filter(|_| view.around.is_none());
        if let Some(depth) = asked {
            let is_deep = |node: &usize| level[*node] >= depth.max(1);
            let all = 0..graph.nodes.len();
            let mut folds = Self::at(graph, chosen, &all.filter(is_deep).collect(), &open);
            folds.most_arrows = MOST_ARROWS;
            folds.limit(graph, chosen, MOST_ARROWS);
            return folds;
        }
        let order = order(graph, chosen, &level, &open);
        // The fewest that have to be folded: the more are, the less is drawn.
        let at = |count: usize| {
            let folded = order[..count].iter().copied().collect();
            Self::at(graph, chosen, &folded, &open)
        };
        let (mut too_few, mut enough) = (0, order.len());
        let mut folds = at(0);
        if folds.exceeds(chosen) {
            while enough - too_few > 1 {
                let half = usize::midpoint(too_few, enough);
                match at(half).exceeds(chosen) {
                    true => too_few = half,
                    false => enough = half,
                }
            }
            folds = at(enough);
        }
        folds.limit(graph, chosen, BOXES);
        folds
    }

    /// Folds these boxes, as far as others are in them and none of what is `open`.
    fn at(
        graph: &Graph,
        chosen: &Chosen<'_>,
        folded: &BTreeSet<usize>,
        open: &BTreeSet<usize>,
    ) -> Self {
        let folds = |node: &usize| {
            graph.nodes[*node].encloses && folded.contains(node) && !open.contains(node)
        };
        let stands = (0..graph.nodes.len()).map(|node| {
            let outermost = graph.around(node).filter(folds).last();
            let drawn = chosen.nodes.contains(&node);
            drawn.then_some(outermost.unwrap_or(node))
        });
        Self {
            stands: stands.collect(),
            dropped: 0,
            most_arrows: ARROWS,
        }
    }

    /// The boxes that are drawn.
    pub(super) fn drawn(&self) -> BTreeSet<usize> {
        self.stands.iter().flatten().copied().collect()
    }

    fn exceeds(&self, chosen: &Chosen<'_>) -> bool {
        let pairs = chosen.arrows.iter().filter_map(|at| self.ends(chosen, *at));
        let pairs: BTreeSet<_> = pairs.collect();
        let boxes = self.drawn().len();
        boxes > BOXES || pairs.len() > ARROWS || boxes + pairs.len() > TOGETHER
    }

    /// The ends of an arrow as they are drawn; `None` if it is in one folded box.
    pub(super) fn ends(&self, chosen: &Chosen<'_>, at: usize) -> Option<(usize, usize, Sort)> {
        let arrow = chosen.steps.arrow(at);
        let (from, to) = (self.stands[arrow.from]?, self.stands[arrow.to]?);
        (from != to || arrow.from == arrow.to).then_some((from, to, arrow.sort))
    }

    /// Leaves out boxes above `most`: those with the fewest arrows, but none that must be seen.
    fn limit(&mut self, graph: &Graph, chosen: &Chosen<'_>, most: usize) {
        let drawn = self.drawn();
        if drawn.len() <= most {
            return;
        }
        let mut weight: BTreeMap<usize, usize> = BTreeMap::new();
        for at in &chosen.arrows {
            if let Some((from, to, _)) = self.ends(chosen, *at) {
                *weight.entry(from).or_default() += 1;
                *weight.entry(to).or_default() += 1;
            }
        }
        let mut order: Vec<usize> = drawn.iter().copied().collect();
        order.sort_by_key(|node| {
            let weight = weight.get(node).copied().unwrap_or_default();
            (!chosen.kept.contains(node), Reverse(weight), *node)
        });
        let mut keep: BTreeSet<usize> = BTreeSet::new();
        for node in order {
            let with: Vec<_> = std::iter::once(node).chain(graph.around(node)).collect();
            let new = with.iter().filter(|it| !keep.contains(it)).count();
            if keep.len() + new <= most || chosen.kept.contains(&node) {
                keep.extend(with);
            }
        }
        self.dropped = drawn.difference(&keep).count();
        for stands in &mut self.stands {
            *stands = stands.filter(|node| keep.contains(node));
        }
    }
}

/// The boxes in the order in which they are folded: key stores, then the innermost zones, of these the one
/// that most is in.
fn order(
    graph: &Graph,
    chosen: &Chosen<'_>,
    level: &[usize],
    open: &BTreeSet<usize>,
) -> Vec<usize> {
    let mut inside = vec![0_usize; graph.nodes.len()];
    for node in &chosen.nodes {
        for outer in graph.around(*node) {
            inside[outer] += 1;
        }
    }
    let can = |node: &usize| inside[*node] > 0 && !open.contains(node);
    let mut order: Vec<usize> = chosen.nodes.iter().copied().filter(can).collect();
    order.sort_by_key(|node| {
        let keys = graph.nodes[*node].kind == "key store";
        (!keys, Reverse(level[*node]), Reverse(inside[*node]), *node)
    });
    order
}
