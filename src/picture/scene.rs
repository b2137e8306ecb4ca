//! What of a project is drawn: chosen, folded, joined, and what was left out is said.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Arrow, Flows, Graph, Sort};
use super::marks::{Marks, Step};

/// Above so many boxes zones are folded.
const BOXES: usize = 100;
/// Above so many arrows zones are folded, and then arrows left out.
const ARROWS: usize = 64;
/// So many arrows are drawn where somebody asks for a depth.
const MOST_ARROWS: usize = 300;
/// So many arrows end at one box: what lays out pictures takes very long for more.
const AT_ONE_END: usize = 60;
/// So many names of joined arrows are shown.
const NAMES: usize = 3;

/// Which part of a project to draw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// Only what is near this box, as `Kind::id`.
    pub around: Option<String>,
    /// With `around`, how many arrows away; else how many zones in zones are unfolded.
    pub depth: Option<usize>,
    /// Only arrows along which these go.
    pub flows: Option<Flows>,
    /// Only what is on the marked path, and what it is about.
    pub path_only: bool,
}

/// What is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scene {
    /// The boxes, by id.
    pub boxes: Vec<Shown>,
    /// The arrows, by their ends.
    pub lines: Vec<Line>,
    /// What the numbered path is about.
    pub caption: Option<String>,
    /// What was left out, a sentence each.
    pub left_out: Vec<String>,
}

/// A box as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// As `Kind::id`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What sort of thing it is.
    pub kind: &'static str,
    /// What is stated of it.
    pub facts: String,
    /// What is in it without a box of its own.
    pub holds: Vec<String>,
    /// The box around it.
    pub parent: Option<usize>,
    /// Whether others are drawn in it.
    pub encloses: bool,
    /// How many boxes are in it that are not drawn.
    pub folded: usize,
    /// How many violations are about it, or about what is folded in it.
    pub broken: usize,
    /// How many facts of it are unknown, and matter.
    pub unknown: usize,
    /// Whether it is on the numbered path.
    pub on_path: bool,
    /// The hops of the numbered path that begin in it, from nowhere.
    pub starts: Vec<usize>,
}

/// An arrow as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What it is.
    pub sort: Sort,
    /// What to write at it, a line each.
    pub label: Vec<String>,
    /// Everything that it stands for, a line each.
    pub whole: Vec<String>,
    /// What it stands for, as `Kind::id`.
    pub ids: Vec<String>,
    /// Whether it goes both ways.
    pub both: bool,
    /// Whether it must not be.
    pub forbidden: bool,
    /// Whether a fact of it is unknown, and matters.
    pub unknown: bool,
    /// Whether it is a hop of a path to what is wrong.
    pub broken: bool,
    /// The hops of the numbered path along it, from 1, and whether they go from its end to its
    /// beginning.
    pub hops: Vec<(usize, bool)>,
    /// Whether every path is broken without it.
    pub cut: bool,
}

impl Line {
    /// Whether the numbered path goes along it against its direction.
    pub fn is_backward(&self) -> bool {
        self.hops.iter().any(|(_, backward)| *backward)
    }

    /// What to write at it in one text, after the numbers of its hops.
    pub(super) fn numbered(&self, between: &str) -> String {
        let label = self.label.join(between);
        let numbers: Vec<_> = self
            .hops
            .iter()
            .map(|(number, _)| number.to_string())
            .collect();
        match numbers.is_empty() {
            true => label,
            false => format!("{}: {label}", numbers.join(", ")),
        }
    }
}

impl Scene {
    /// What `view` shows of `graph`, with `marks`.
    ///
    /// Near-linear in the boxes and arrows of `graph`, times the depth of its zones.
    pub fn of(graph: &Graph, marks: &Marks, view: &View) -> Self {
        let steps = Steps::of(graph, marks);
        let chosen = Chosen::of(graph, marks, &steps, view);
        let folds = Folds::of(graph, &chosen, view);
        folds.scene(graph, &chosen, marks)
    }
}

/// The arrows with those that only a path needs, and which hops go along each.
struct Steps {
    arrows: Vec<Arrow>,
    hops: BTreeMap<usize, Vec<(usize, bool)>>,
    also: BTreeSet<usize>,
    /// The boxes on the numbered path.
    on_path: BTreeSet<usize>,
    /// The boxes that hops begin in that come from nowhere, and their numbers.
    starts: Vec<(usize, usize)>,
}

impl Steps {
    fn of(graph: &Graph, marks: &Marks) -> Self {
        let mut steps = Self {
            arrows: graph.arrows.clone(),
            hops: BTreeMap::new(),
            also: BTreeSet::new(),
            on_path: BTreeSet::new(),
            starts: Vec::new(),
        };
        let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut by_ends: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, arrow) in graph.arrows.iter().enumerate() {
            by_id.entry(&arrow.id).or_default().push(at);
            let ends = (arrow.from.min(arrow.to), arrow.from.max(arrow.to));
            by_ends.entry(ends).or_default().push(at);
        }
        let find = |step: &Step| -> Option<(usize, bool)> {
            let place = |name: &String| graph.places.get(name).copied();
            let from = step.from.as_ref().and_then(place);
            let to = place(&step.to);
            let via = step.via.as_deref().and_then(|via| by_id.get(via));
            let mut of_via = via.into_iter().flatten().copied();
            let between = from.zip(to).map(|(a, b)| (a.min(b), a.max(b)));
            let between = between.and_then(|ends| by_ends.get(&ends));
            let between = between.into_iter().flatten().copied();
            let fits = |at: &usize| {
                let arrow = &graph.arrows[*at];
                let ends = [arrow.from, arrow.to];
                from.is_none_or(|from| ends.contains(&from))
                    || to.is_none_or(|to| ends.contains(&to))
            };
            let at = of_via.find(fits).or_else(|| {
                let mut between = between;
                between.find(|at| graph.arrows[*at].sort != Sort::Conduit)
            })?;
            let arrow = &graph.arrows[at];
            let backward = match (from, to) {
                (Some(from), _) if from == arrow.from => false,
                (Some(from), _) if from == arrow.to => true,
                (_, Some(to)) => to == arrow.from,
                _ => false,
            };
            Some((at, backward))
        };
        let mut made: BTreeMap<(usize, usize, &str), usize> = BTreeMap::new();
        let paths = [(&marks.path, true), (&marks.also, false)];
        for (path, numbered) in paths {
            for (number, step) in path.iter().enumerate() {
                let place = |name: &String| graph.places.get(name).copied();
                let ends = [step.from.as_ref().and_then(place), place(&step.to)];
                if numbered {
                    steps.on_path.extend(ends.into_iter().flatten());
                    if let (None, [_, Some(to)]) = (&step.from, ends) {
                        steps.starts.push((to, number + 1));
                    }
                }
                if step.from.is_none() && step.via.is_none() {
                    continue;
                }
                let found = find(step).or_else(|| match ends {
                    [Some(from), Some(to)] if from != to => {
                        let next = steps.arrows.len();
                        let at = *made.entry((from, to, &step.by)).or_insert(next);
                        if at == next {
                            steps.arrows.push(Arrow {
                                id: step.via.clone().unwrap_or_default(),
                                name: step.by.clone(),
                                sort: Sort::Hop,
                                detail: String::new(),
                                from,
                                to,
                                forbidden: false,
                                flows: Flows::default(),
                            });
                        }
                        Some((at, false))
                    }
                    _ => None,
                });
                let Some((at, backward)) = found else {
                    continue;
                };
                if numbered {
                    let arrow = &steps.arrows[at];
                    steps.on_path.extend([arrow.from, arrow.to]);
                    steps
                        .hops
                        .entry(at)
                        .or_default()
                        .push((number + 1, backward));
                } else {
                    steps.also.insert(at);
                }
            }
        }
        steps
    }
}

/// The boxes and arrows that a view is about, before any is folded.
struct Chosen<'s> {
    steps: &'s Steps,
    nodes: BTreeSet<usize>,
    arrows: Vec<usize>,
    /// What is never folded away.
    kept: BTreeSet<usize>,
}

impl<'s> Chosen<'s> {
    fn of(graph: &Graph, marks: &Marks, steps: &'s Steps, view: &View) -> Self {
        let all = 0..graph.nodes.len();
        let named = |id: &str| graph.find(id);
        let fits = |at: &usize| {
            let wanted = view
                .flows
                .is_none_or(|flows| steps.arrows[*at].flows.meets(flows));
            wanted || steps.hops.contains_key(at)
        };
        let mut arrows: Vec<usize> = (0..steps.arrows.len()).filter(fits).collect();
        let mut kept = steps.on_path.clone();
        let mut nodes: BTreeSet<usize> = all.collect();
        let about: BTreeSet<usize> = marks.about.iter().filter_map(|id| named(id)).collect();
        if view.path_only {
            kept.extend(&about);
            nodes = kept.clone();
            arrows.retain(|at| {
                let arrow = &steps.arrows[*at];
                steps.hops.contains_key(at)
                    || (nodes.contains(&arrow.from) && nodes.contains(&arrow.to))
            });
        } else if let Some(around) = view.around.as_deref().and_then(named) {
            nodes = near(graph, steps, &arrows, around, view.depth.unwrap_or(1));
            kept.retain(|node| nodes.contains(node));
            kept.insert(around);
        } else if view.flows.is_some() {
            let ends = arrows.iter().map(|at| &steps.arrows[*at]);
            nodes = ends.flat_map(|arrow| [arrow.from, arrow.to]).collect();
            nodes.extend(&steps.on_path);
        }
        let within: Vec<_> = nodes.iter().flat_map(|node| graph.around(*node)).collect();
        nodes.extend(within);
        arrows.retain(|at| {
            let arrow = &steps.arrows[*at];
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
    steps: &Steps,
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
        for arrow in arrows.iter().map(|at| &steps.arrows[*at]) {
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

/// Which boxes stand for which.
struct Folds {
    /// The box that stands for each node; `None` if it is not drawn at all.
    stands: Vec<Option<usize>>,
    /// How many boxes are not drawn because there are too many.
    dropped: usize,
    most_arrows: usize,
    /// Whether zones were folded although nobody asked for it.
    unasked: bool,
}

impl Folds {
    fn of(graph: &Graph, chosen: &Chosen<'_>, view: &View) -> Self {
        let level: Vec<usize> = (0..graph.nodes.len())
            .map(|node| graph.around(node).count() + 1)
            .collect();
        // Whatever something that must be seen is in stays unfolded.
        let kept = chosen.kept.iter();
        let open: BTreeSet<usize> = kept.flat_map(|node| graph.around(*node)).collect();
        let asked = view.depth.filter(|_| view.around.is_none());
        if let Some(depth) = asked {
            let mut folds = Self::at(graph, chosen, &level, &open, depth.max(1), true);
            folds.most_arrows = MOST_ARROWS;
            folds.limit(graph, chosen, MOST_ARROWS);
            return folds;
        }
        let deepest = chosen.nodes.iter().map(|node| level[*node]).max();
        let mut folds = Self::at(graph, chosen, &level, &open, usize::MAX, true);
        let mut tried = (1..=deepest.unwrap_or(1)).rev();
        let mut keys = Some(());
        while folds.exceeds(chosen) {
            // Keys go first, then the innermost zones.
            folds = match (keys.take(), tried.next()) {
                (Some(()), _) => Self::at(graph, chosen, &level, &open, usize::MAX, false),
                (None, Some(depth)) => Self::at(graph, chosen, &level, &open, depth, false),
                (None, None) => break,
            };
            folds.unasked = true;
        }
        folds.limit(graph, chosen, BOXES);
        folds
    }

    /// Folds what is `depth` zones deep, and key stores too unless `keys`.
    fn at(
        graph: &Graph,
        chosen: &Chosen<'_>,
        level: &[usize],
        open: &BTreeSet<usize>,
        depth: usize,
        keys: bool,
    ) -> Self {
        let folds = |node: &usize| {
            let node = *node;
            let deep = level[node] >= depth || (!keys && graph.nodes[node].kind == "key store");
            graph.nodes[node].encloses && deep && !open.contains(&node)
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
            unasked: false,
        }
    }

    fn drawn(&self) -> BTreeSet<usize> {
        self.stands.iter().flatten().copied().collect()
    }

    fn exceeds(&self, chosen: &Chosen<'_>) -> bool {
        let pairs = chosen.arrows.iter().filter_map(|at| self.ends(chosen, *at));
        let pairs: BTreeSet<_> = pairs.collect();
        self.drawn().len() > BOXES || pairs.len() > ARROWS
    }

    /// The ends of an arrow as they are drawn; `None` if it is in one folded box.
    fn ends(&self, chosen: &Chosen<'_>, at: usize) -> Option<(usize, usize, Sort)> {
        let arrow = &chosen.steps.arrows[at];
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

    fn scene(&self, graph: &Graph, chosen: &Chosen<'_>, marks: &Marks) -> Scene {
        let drawn: Vec<usize> = self.drawn().into_iter().collect();
        let number: BTreeMap<usize, usize> = (0..).zip(&drawn).map(|(at, it)| (*it, at)).collect();
        let mut inside = vec![(0, 0, 0); graph.nodes.len()];
        for (node, stands) in self.stands.iter().enumerate() {
            let Some(stands) = stands else { continue };
            let id = graph.nodes[node].id.as_str();
            let count = |of: &BTreeMap<String, usize>| of.get(id).copied().unwrap_or_default();
            inside[*stands].0 += usize::from(node != *stands);
            inside[*stands].1 += count(&marks.broken);
            inside[*stands].2 += count(&marks.unknown);
        }
        let on_path = chosen.steps.on_path.iter();
        let on_path: BTreeSet<_> = on_path.filter_map(|node| self.stands[*node]).collect();
        let mut starts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (node, number) in &chosen.steps.starts {
            if let Some(stands) = self.stands[*node] {
                starts.entry(stands).or_default().push(*number);
            }
        }
        let boxes = drawn.iter().map(|at| {
            let node = &graph.nodes[*at];
            let (folded, broken, unknown) = inside[*at];
            Shown {
                id: node.id.clone(),
                name: node.name.clone(),
                kind: node.kind,
                facts: node.facts.clone(),
                holds: node.holds.clone(),
                parent: node.parent.and_then(|parent| number.get(&parent).copied()),
                encloses: false,
                folded,
                broken,
                unknown,
                on_path: on_path.contains(at),
                starts: starts.get(at).cloned().unwrap_or_default(),
            }
        });
        let mut boxes: Vec<Shown> = boxes.collect();
        let parents: BTreeSet<usize> = boxes.iter().filter_map(|shown| shown.parent).collect();
        for (at, shown) in boxes.iter_mut().enumerate() {
            shown.encloses = parents.contains(&at);
        }
        let (lines, omitted) = self.lines(chosen, marks, &number);
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
        if self.dropped > 0 {
            let are = counted(self.dropped, "box is", "boxes are");
            left_out.push(format!("{are} not drawn: too many for one picture"));
        }
        if omitted > 0 {
            let are = counted(omitted, "arrow is", "arrows are");
            left_out.push(format!("{are} not drawn: too many for one picture"));
        }
        Scene {
            boxes,
            lines,
            caption: marks.caption.clone(),
            left_out,
        }
    }

    /// The arrows as they are drawn, those between the same boxes joined, and how many are not drawn.
    fn lines(
        &self,
        chosen: &Chosen<'_>,
        marks: &Marks,
        number: &BTreeMap<usize, usize>,
    ) -> (Vec<Line>, usize) {
        type Key = (usize, usize, Sort, bool, Vec<(usize, bool)>);
        let mut joined: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for at in &chosen.arrows {
            let Some((from, to, sort)) = self.ends(chosen, *at) else {
                continue;
            };
            let (Some(from), Some(to)) = (number.get(&from), number.get(&to)) else {
                continue;
            };
            let hops = chosen.steps.hops.get(at).cloned().unwrap_or_default();
            let forbidden = chosen.steps.arrows[*at].forbidden;
            let key = (*from, *to, sort, forbidden, hops);
            joined.entry(key).or_default().push(*at);
        }
        // Conduits there and back are one line with two heads.
        let backs: Vec<Key> = joined
            .keys()
            .filter(|key| key.0 > key.1 && key.2 == Sort::Conduit && key.4.is_empty())
            .cloned()
            .collect();
        let mut both: BTreeMap<Key, bool> = BTreeMap::new();
        for back in backs {
            let there = (back.1, back.0, back.2, back.3, Vec::new());
            if joined.contains_key(&there)
                && let Some(more) = joined.remove(&back)
            {
                joined.entry(there.clone()).or_default().extend(more);
                both.insert(there, true);
            }
        }
        let lines = joined.into_iter().map(|(key, all)| {
            let is_both = both.contains_key(&key);
            let (from, to, sort, forbidden, hops) = key;
            let arrows = all.iter().map(|at| &chosen.steps.arrows[*at]);
            let arrows: Vec<&Arrow> = arrows.collect();
            let has = |known: &dyn Fn(&str) -> bool| arrows.iter().any(|arrow| known(&arrow.id));
            Line {
                from,
                to,
                sort,
                label: label(sort, forbidden, &arrows),
                whole: arrows.iter().map(|arrow| whole(arrow)).collect(),
                ids: arrows.iter().map(|arrow| arrow.id.clone()).collect(),
                both: is_both,
                forbidden,
                unknown: sort.is_named() && has(&|id| marks.unknown.contains_key(id)),
                broken: !hops.is_empty()
                    || all.iter().any(|at| chosen.steps.also.contains(at))
                    || (sort.is_named() && has(&|id| marks.broken.contains_key(id))),
                cut: sort.is_named() && has(&|id| marks.cuts.contains(id)),
                hops,
            }
        });
        let mut lines: Vec<Line> = lines.collect();
        // What matters most is drawn if not all can be.
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|at| {
            let line = &lines[*at];
            let matters = (line.hops.is_empty(), !line.broken, Reverse(line.ids.len()));
            (matters, *at)
        });
        let mut at_end: BTreeMap<usize, usize> = BTreeMap::new();
        let mut keep = BTreeSet::new();
        for at in order {
            let line = &lines[at];
            let full = |node: &usize| at_end.get(node).copied().unwrap_or_default() >= AT_ONE_END;
            let too_many = keep.len() >= self.most_arrows || full(&line.from) || full(&line.to);
            if too_many && line.hops.is_empty() {
                continue;
            }
            keep.insert(at);
            *at_end.entry(line.from).or_default() += 1;
            *at_end.entry(line.to).or_default() += 1;
        }
        let mut at = 0;
        let mut omitted = 0;
        lines.retain(|line| {
            let kept = keep.contains(&at);
            omitted += if kept { 0 } else { line.ids.len() };
            at += 1;
            kept
        });
        (lines, omitted)
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// What is written at an arrow.
fn label(sort: Sort, forbidden: bool, arrows: &[&Arrow]) -> Vec<String> {
    let [one, several] = sort.nouns();
    let mut label = Vec::new();
    if forbidden {
        label.push("must not be".to_owned());
    }
    match arrows {
        [arrow] if sort.is_named() => {
            label.push(arrow.name.clone());
            if !arrow.detail.is_empty() {
                label.push(arrow.detail.clone());
            }
        }
        [arrow] if !arrow.name.is_empty() => label.push(arrow.name.clone()),
        [_] => label.push(one.to_owned()),
        all if sort.is_named() && all.len() <= NAMES => {
            label.extend(all.iter().map(|arrow| arrow.name.clone()));
        }
        all => label.push(format!("{} {several}", all.len())),
    }
    label
}

/// An arrow in one line.
fn whole(arrow: &Arrow) -> String {
    let [noun, _] = arrow.sort.nouns();
    let mut text = match arrow.sort {
        Sort::Conduit | Sort::Transfer | Sort::Grant => format!("{noun} {}", arrow.name),
        _ if arrow.name.is_empty() => noun.to_owned(),
        _ => arrow.name.clone(),
    };
    if !arrow.detail.is_empty() {
        text.push_str(": ");
        text.push_str(&arrow.detail);
    }
    text
}
