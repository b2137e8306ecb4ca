//! Arrows as they are drawn: those between the same boxes joined, and only as many as can be read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::chosen::Chosen;
use super::fold::Folds;
use super::graph::{Arrow, Sort};
use super::marks::Marks;
use super::scene::{Line, Shown};

/// So many arrows end at one box: what lays out pictures takes very long for more.
const AT_ONE_END: usize = 60;
/// So many names of joined arrows are shown.
const NAMES: usize = 3;

/// The arrows as they are drawn between `boxes`, those between the same two joined, and how many are not
/// drawn. `number` are the places of boxes in the picture.
pub(super) fn lines(
    folds: &Folds,
    chosen: &Chosen<'_>,
    marks: &Marks,
    number: &BTreeMap<usize, usize>,
    boxes: &[Shown<'_>],
) -> (Vec<Line>, usize) {
    type Key = (usize, usize, Sort, bool, Vec<(usize, bool)>);
    let mut joined: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for at in &chosen.arrows {
        let Some((from, to, sort)) = folds.ends(chosen, *at) else {
            continue;
        };
        let (Some(from), Some(to)) = (number.get(&from), number.get(&to)) else {
            continue;
        };
        let hops = chosen.steps.hops.get(at).cloned().unwrap_or_default();
        let forbidden = chosen.steps.arrow(*at).forbidden;
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
        let arrows = all.iter().map(|at| chosen.steps.arrow(*at));
        let arrows: Vec<&Arrow> = arrows.collect();
        let against = all.iter().find_map(|at| chosen.steps.against.get(at));
        let has = |known: &dyn Fn(&str) -> bool| arrows.iter().any(|arrow| known(&arrow.id));
        Line {
            from,
            to,
            sort,
            label: match against {
                Some(said) => vec![said.clone()],
                None => label(sort, forbidden, &arrows),
            },
            whole: arrows.iter().map(|arrow| whole(arrow)).collect(),
            ids: arrows.iter().map(|arrow| arrow.id.clone()).collect(),
            both: is_both,
            forbidden,
            unknown: sort.is_named() && has(&|id| marks.unknown.contains_key(id)),
            broken: !hops.is_empty()
                || all.iter().any(|at| chosen.steps.also.contains(at))
                || (sort.is_named() && has(&|id| marks.broken.contains_key(id))),
            cut: arrows
                .iter()
                .filter_map(|arrow| marks.cuts.get(&arrow.id).copied())
                .min()
                .filter(|_| sort.is_named()),
            hops,
        }
    });
    let mut lines = bundled(lines.collect(), boxes);
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
        let too_many = keep.len() >= folds.most_arrows || full(&line.from) || full(&line.to);
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

/// The lines with those between the same two boxes made one where one of the boxes is folded: what they
/// are is told in a line each. What is wrong stays by itself.
fn bundled(lines: Vec<Line>, boxes: &[Shown<'_>]) -> Vec<Line> {
    let is_plain = |line: &Line| {
        let is_wrong = line.broken || line.forbidden || line.unknown || line.cut.is_some();
        let is_folded = boxes[line.from].folded > 0 || boxes[line.to].folded > 0;
        is_folded && !is_wrong && !line.both && line.hops.is_empty()
    };
    let mut bundles: Vec<Vec<Line>> = Vec::with_capacity(lines.len());
    let mut first: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for line in lines {
        let next = bundles.len();
        let at = match is_plain(&line) {
            true => *first.entry((line.from, line.to)).or_insert(next),
            false => next,
        };
        match bundles.get_mut(at) {
            Some(bundle) => bundle.push(line),
            None => bundles.push(vec![line]),
        }
    }
    let bundles = bundles.into_iter().filter_map(|bundle| {
        let label = (bundle.len() > 1).then(|| bundle.iter().map(told).collect());
        let mut all = bundle.into_iter();
        let mut one = all.next()?;
        one.label = label.unwrap_or(one.label);
        for line in all {
            one.whole.extend(line.whole);
            one.ids.extend(line.ids);
        }
        Some(one)
    });
    bundles.collect()
}

/// A line among others, in one line: its name, or how many there are.
fn told(line: &Line) -> String {
    match line.ids.as_slice() {
        [_] => line.label.first().cloned().unwrap_or_default(),
        several => format!("{} {}", several.len(), line.sort.nouns()[1]),
    }
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
