//! Which arrows the paths to what is wrong go along.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Arrow, Flows, Graph, Sort};
use super::marks::{Marks, Step};

/// The arrows with those that only a path needs, and which hops go along each.
pub(super) struct Steps<'g> {
    known: &'g [Arrow],
    /// Arrows for hops that are none of these.
    made: Vec<Arrow>,
    /// The hops of the numbered path along each arrow, and whether they go against it.
    pub hops: BTreeMap<usize, Vec<(usize, bool)>>,
    /// What the numbered path says of its hops that go against an arrow: what is true along the arrow is
    /// not what is true against it.
    pub against: BTreeMap<usize, String>,
    /// The arrows that other paths go along.
    pub also: BTreeSet<usize>,
    /// The boxes on the numbered path.
    pub on_path: BTreeSet<usize>,
    /// The boxes that hops begin in that come from nowhere, and their numbers.
    pub starts: Vec<(usize, usize)>,
}

impl<'g> Steps<'g> {
    /// How many arrows there are.
    pub(super) fn count(&self) -> usize {
        self.known.len() + self.made.len()
    }

    /// An arrow, by its number.
    pub(super) fn arrow(&self, at: usize) -> &Arrow {
        match self.known.get(at) {
            Some(arrow) => arrow,
            None => &self.made[at - self.known.len()],
        }
    }

    /// The hops of the paths of `marks`, each along an arrow. Near-linear.
    pub(super) fn of(graph: &'g Graph, marks: &Marks) -> Self {
        let mut steps = Self {
            known: &graph.arrows,
            made: Vec::new(),
            hops: BTreeMap::new(),
            against: BTreeMap::new(),
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
                        let next = steps.count();
                        let at = *made.entry((from, to, &step.by)).or_insert(next);
                        if at == next {
                            steps.made.push(Arrow {
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
                    let arrow = steps.arrow(at);
                    let (ends, is_named) = ([arrow.from, arrow.to], arrow.sort.is_named());
                    steps.on_path.extend(ends);
                    if backward && !is_named {
                        steps.against.insert(at, step.by.clone());
                    }
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
