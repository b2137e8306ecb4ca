//! Causes: what one edit ends, over all rules, and how a report lays it out.
//!
//! Flows in: violations, each with the edits that the engine proved to end it. Flows out: a greedy
//! cover of these edits, then blocks. A cause is laid out anew by each run: no identity, no waiver
//! and no comparison rests on it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::{Finding, Handle, Severity, Verdict, fingerprint};
use crate::source::Files;

/// Attributes that say what a thing is or where it stands. They may decide a finding, but they collect
/// no others: nobody mends a system by calling its zone `test`.
const CLASSIFYING: [&str; 23] = [
    "kind",
    "level",
    "clearance",
    "environment",
    "purposes",
    "categories",
    "plane",
    "realm",
    "state",
    "zone",
    "parent",
    "store",
    "uses",
    "processes",
    "holds",
    "contains",
    "carries",
    "from",
    "to",
    "identity",
    "on",
    "name",
    "labels",
];

/// Whether an attribute says what a thing is or where it stands, and not how it is protected.
pub fn classifies(attribute: &str) -> bool {
    CLASSIFYING.contains(&attribute)
}

/// What one edit ends: one place that has to be changed.
#[derive(Debug, Clone)]
pub struct Cause {
    /// What to type to have it explained: `c` and eight hexadecimal digits.
    pub id: String,
    /// What the edit changes.
    pub handle: Handle,
    /// The findings that it ends, by their place among those of the outcome; the lead first.
    pub findings: Vec<usize>,
    /// Whether the engine proved that for each of them.
    pub confirmed: bool,
    /// The number of the block that shows it, from 1.
    pub block: usize,
}

/// Causes that a report shows together.
#[derive(Debug, Clone)]
pub struct Block {
    /// The finding to tell of.
    pub lead: usize,
    /// The causes, by their place in [`Causes::all`], that of the lead first: values of one
    /// declaration, or what befalls one pair.
    pub causes: Vec<usize>,
    /// Other places with the same fault: of each its lead and its causes.
    pub alike: Vec<(usize, Vec<usize>)>,
}

/// The causes of all violations of an outcome, the worst first.
#[derive(Debug, Clone, Default)]
pub struct Causes {
    /// Each cause, in the order of the report.
    pub all: Vec<Cause>,
    /// The blocks, in the order of the report.
    pub blocks: Vec<Block>,
}

impl Causes {
    /// The causes of the violations among `findings`.
    ///
    /// The same whatever the order of `findings`. Near-linear: each finding has few handles, and a
    /// handle is looked at again only when it lost a finding.
    pub fn of(findings: &[Finding], files: &Files) -> Self {
        let cover = Cover::new(findings, files);
        let taken = cover.greedy();
        let causes = cover.causes(taken);
        cover.lay_out(causes)
    }

    /// The cause of each finding, by their places.
    pub fn by_finding(&self) -> HashMap<usize, &Cause> {
        let causes = self.all.iter();
        let pairs = causes.flat_map(|cause| cause.findings.iter().map(move |at| (*at, cause)));
        pairs.collect()
    }
}

/// A total order of findings: the same whatever order they come in.
fn place<'f>(files: &'f Files, finding: &'f Finding) -> (&'f str, u32, u32) {
    let span = files.locate(finding.primary.span).span;
    (&files.get(span.file).name, span.start, span.end)
}

fn weight(severity: Severity) -> u64 {
    match severity {
        Severity::Critical => 8,
        Severity::High => 4,
        Severity::Medium => 2,
        Severity::Low => 1,
    }
}

/// How good a handle is, the best the greatest: the weight of what it ends, of how much it is what
/// the rule would have changed, the worst of it, then the first place and the name.
type Worth = (u64, usize, Severity, Reverse<usize>, Reverse<usize>);

/// The violations, and which handles end which.
struct Cover<'f> {
    findings: &'f [Finding],
    /// The violations, in the total order; all numbers below are places in this list.
    order: Vec<usize>,
    /// What each has as its own handle.
    own: Vec<Handle>,
    /// The handles that may collect findings: each is the own handle of some finding.
    handles: Vec<Handle>,
    /// The findings that each handle ends, and those whose own handle it is.
    ends: Vec<Vec<usize>>,
    own_of: Vec<Vec<bool>>,
}

impl<'f> Cover<'f> {
    fn new(findings: &'f [Finding], files: &'f Files) -> Self {
        let violations =
            (0..findings.len()).filter(|at| findings[*at].verdict == Verdict::Violation);
        let mut order: Vec<usize> = violations.collect();
        order.sort_by(|a, b| {
            let (a, b) = (&findings[*a], &findings[*b]);
            let order = place(files, a).cmp(&place(files, b));
            order.then_with(|| a.identity.cmp(&b.identity))
        });
        let own: Vec<Handle> = order.iter().map(|at| own(&findings[*at])).collect();
        let mut numbers: HashMap<(String, String, String), usize> = HashMap::new();
        let mut handles: Vec<Handle> = Vec::new();
        let key = |handle: &Handle| {
            let (entity, attribute, value) = handle.key();
            (entity.to_owned(), attribute.to_owned(), value.to_owned())
        };
        for handle in &own {
            numbers.entry(key(handle)).or_insert_with(|| {
                handles.push(handle.clone());
                handles.len() - 1
            });
        }
        let mut ends = vec![Vec::new(); handles.len()];
        let mut own_of = vec![Vec::new(); handles.len()];
        for (number, at) in order.iter().enumerate() {
            let mut seen = Vec::new();
            for handle in findings[*at].edits.handles.iter().filter(|it| it.ends) {
                let is_own = handle.key() == own[number].key();
                let collects = handle.attribute.as_deref().is_none_or(|it| !classifies(it));
                let Some(place) = numbers.get(&key(handle)).filter(|_| is_own || collects) else {
                    continue;
                };
                if !seen.contains(place) {
                    seen.push(*place);
                    ends[*place].push(number);
                    own_of[*place].push(is_own);
                }
            }
        }
        Self {
            findings,
            order,
            own,
            handles,
            ends,
            own_of,
        }
    }

    fn finding(&self, number: usize) -> &'f Finding {
        &self.findings[self.order[number]]
    }

    fn severity(&self, number: usize) -> Severity {
        self.finding(number).rule.severity
    }

    /// What a handle ends of what is not taken.
    fn worth(&self, handle: usize, is_taken: &[bool]) -> Option<Worth> {
        let all = self.ends[handle].iter().zip(&self.own_of[handle]);
        let left: Vec<_> = all.filter(|(number, _)| !is_taken[**number]).collect();
        let worst = left
            .iter()
            .map(|(number, _)| self.severity(**number))
            .max()?;
        Some((
            left.iter()
                .map(|(number, _)| weight(self.severity(**number)))
                .sum(),
            left.iter().filter(|(_, own)| **own).count(),
            worst,
            Reverse(*left.first()?.0),
            Reverse(handle),
        ))
    }

    /// The greedy cover: of each finding, the handle that takes it.
    fn greedy(&self) -> Vec<Option<usize>> {
        let mut is_taken = vec![false; self.order.len()];
        let mut by = vec![None; self.order.len()];
        let all = (0..self.handles.len()).filter_map(|it| self.worth(it, &is_taken));
        let mut heap: BinaryHeap<Worth> = all.collect();
        while let Some(known) = heap.pop() {
            let Reverse(handle) = known.4;
            // It may have lost findings since it was put there.
            match self.worth(handle, &is_taken) {
                Some(now) if now != known => {
                    heap.push(now);
                    continue;
                }
                None => continue,
                Some(_) => {}
            }
            for number in &self.ends[handle] {
                if !std::mem::replace(&mut is_taken[*number], true) {
                    by[*number] = Some(handle);
                }
            }
        }
        by
    }

    /// The cover as causes. What a handle ends alone is told by its own handle, and so is what no edit
    /// is proven to end.
    fn causes(&self, taken: Vec<Option<usize>>) -> Vec<Cause> {
        let mut counts = vec![0; self.handles.len()];
        for handle in taken.iter().flatten() {
            counts[*handle] += 1;
        }
        let number_of: HashMap<_, _> = (0..)
            .zip(&self.handles)
            .map(|(at, it)| (it.key(), at))
            .collect();
        let mut members: BTreeMap<(bool, usize), Vec<usize>> = BTreeMap::new();
        for (number, by) in taken.into_iter().enumerate() {
            let own = number_of[&self.own[number].key()];
            let shared = by.filter(|handle| counts[*handle] > 1);
            let key = shared.map_or((true, own), |handle| (false, handle));
            members.entry(key).or_default().push(number);
        }
        let causes = members.into_iter().map(|((alone, at), numbers)| {
            let handle = self.handles[at].clone();
            let (entity, attribute, value) = handle.key();
            let how = if alone { "alone" } else { "" };
            let id = fingerprint(&[entity, attribute, value, how]);
            let mut cause = Cause {
                id: format!("c{}", id.get(..8).unwrap_or(&id)),
                confirmed: !alone || numbers.iter().all(|number| self.own[*number].ends),
                handle,
                findings: numbers,
                block: 0,
            };
            self.lead_first(&mut cause);
            cause
        });
        causes.collect()
    }

    /// Sorts what a cause ends so that what explains the rest comes first: the worst, of these what
    /// points at the handle, of these what is nearest to it.
    fn lead_first(&self, cause: &mut Cause) {
        let key = cause.handle.key();
        cause.findings.sort_by_key(|number| {
            let finding = self.finding(*number);
            let is_own = self.own[*number].key() == key;
            (
                Reverse(finding.rule.severity),
                !is_own,
                finding.path.len(),
                *number,
            )
        });
    }

    /// Joins causes to blocks, folds what is the same fault elsewhere, and sorts all of it.
    fn lay_out(&self, causes: Vec<Cause>) -> Causes {
        let mut groups = self.by_pair(&causes, by_declaration(&causes));
        for group in &mut groups {
            group.sort_by_key(|cause| self.rank(&causes[*cause].findings));
        }
        groups.sort_by_key(|group| {
            let findings = group.iter().flat_map(|cause| &causes[*cause].findings);
            self.rank(&findings.copied().collect::<Vec<_>>())
        });
        let mut blocks: Vec<Block> = Vec::new();
        let mut faults: HashMap<Fault<'_>, usize> = HashMap::new();
        for group in groups {
            let lead = causes[group[0]].findings[0];
            let fault = self.fault(&causes, &group);
            let known = fault.as_ref().and_then(|fault| faults.get(fault).copied());
            match known {
                Some(at) => blocks[at].alike.push((lead, group)),
                None => {
                    faults.extend(fault.map(|fault| (fault, blocks.len())));
                    blocks.push(Block {
                        lead,
                        causes: group,
                        alike: Vec::new(),
                    });
                }
            }
        }
        // Causes in the order of the blocks, findings as the outcome numbers them.
        let mut new = vec![0; causes.len()];
        let mut all: Vec<Cause> = Vec::with_capacity(causes.len());
        let mut causes: Vec<Option<Cause>> = causes.into_iter().map(Some).collect();
        for (number, block) in blocks.iter_mut().enumerate() {
            let alike = block.alike.iter_mut().map(|(lead, group)| (lead, group));
            for (lead, group) in std::iter::once((&mut block.lead, &mut block.causes)).chain(alike)
            {
                *lead = self.order[*lead];
                for cause in group.iter() {
                    if let Some(mut taken) = causes[*cause].take() {
                        taken.block = number + 1;
                        for finding in &mut taken.findings {
                            *finding = self.order[*finding];
                        }
                        new[*cause] = all.len();
                        all.push(taken);
                    }
                }
                for cause in group {
                    *cause = new[*cause];
                }
            }
        }
        Causes { all, blocks }
    }

    /// How early to tell of some findings, the earliest the least: the worst, how many are as bad,
    /// how many there are, how far it goes, where.
    fn rank(&self, numbers: &[usize]) -> impl Ord + use<> {
        let worst = numbers.iter().map(|number| self.severity(*number)).max();
        let as_bad = numbers
            .iter()
            .filter(|it| Some(self.severity(**it)) == worst);
        let longest = numbers
            .iter()
            .map(|number| self.finding(*number).path.len());
        (
            Reverse(worst),
            Reverse(as_bad.count()),
            Reverse(numbers.len()),
            Reverse(longest.max()),
            numbers.iter().min().copied(),
        )
    }

    /// Joins groups that befall one and the same pair, each of its causes by itself.
    fn by_pair(&self, causes: &[Cause], groups: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
        let mut joined: Vec<Vec<usize>> = Vec::new();
        let mut places: HashMap<(&str, Option<&str>), usize> = HashMap::new();
        for group in groups {
            let mut findings = group.iter().flat_map(|cause| &causes[*cause].findings);
            let mut all = group.iter().map(|cause| &causes[*cause].handle);
            let by_value = all.all(|handle| handle.attribute.is_some());
            let pair = findings.next().map(|first| self.finding(*first).subject());
            let same = findings.all(|other| Some(self.finding(*other).subject()) == pair);
            let pair = pair.filter(|(_, resource)| same && by_value && resource.is_some());
            match pair.and_then(|pair| places.get(&pair).copied()) {
                Some(at) => joined[at].extend(group),
                None => {
                    places.extend(pair.map(|pair| (pair, joined.len())));
                    joined.push(group);
                }
            }
        }
        joined
    }

    /// What makes two groups the same fault in two places; `None` for what goes a long way.
    fn fault<'c>(&self, causes: &'c [Cause], group: &[usize]) -> Option<Fault<'c>>
    where
        'f: 'c,
    {
        let lead = self.finding(causes[group[0]].findings[0]);
        if lead.path.len() > 2 {
            return None;
        }
        let of_group = group.iter().map(|cause| {
            let cause = &causes[*cause];
            let kind = cause.handle.entity.split("::").next().unwrap_or_default();
            (kind, cause.handle.attribute.as_deref())
        });
        let findings = group.iter().flat_map(|cause| &causes[*cause].findings);
        let mut rules: Vec<_> = findings
            .map(|it| self.finding(*it).rule.id.as_str())
            .collect();
        rules.sort_unstable();
        rules.dedup();
        Some((&lead.rule.id, of_group.collect(), rules))
    }
}

/// The rule of the lead, what is changed of which kinds of entities, and all rules that break.
type Fault<'c> = (&'c str, Vec<(&'c str, Option<&'c str>)>, Vec<&'c str>);

/// The handle that the rule of a finding points at; where it points at none, what it is about.
fn own(finding: &Finding) -> Handle {
    let mut handles = finding.edits.handles.iter();
    let at_primary = handles.find(|handle| handle.span == finding.primary.span);
    if let Some(handle) = at_primary {
        return handle.clone();
    }
    let mut hops = finding.path.iter();
    let hop = hops.find(|hop| hop.span == finding.primary.span && hop.via.is_some());
    let via = hop.and_then(|hop| hop.via.as_deref());
    let known = |entity: &str| {
        let mut handles = finding.edits.handles.iter();
        handles.find(|it| it.attribute.is_none() && it.entity == entity)
    };
    if let Some(handle) = via.and_then(known) {
        return handle.clone();
    }
    let entity = via.unwrap_or(finding.subject().0);
    Handle {
        entity: entity.to_owned(),
        name: match entity.split_once("::") {
            Some((kind, id)) => format!("{} `{id}`", kind.to_lowercase()),
            None => format!("`{entity}`"),
        },
        attribute: None,
        value: None,
        element: false,
        span: finding.primary.span,
        ends: false,
    }
}

/// Joins causes by values of one entity. What is left out as a whole stays by itself.
fn by_declaration(causes: &[Cause]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, cause) in causes.iter().enumerate() {
        let entity = cause
            .handle
            .attribute
            .is_some()
            .then_some(&*cause.handle.entity);
        match entity.and_then(|entity| places.get(entity).copied()) {
            Some(place) => groups[place].push(at),
            None => {
                places.extend(entity.map(|entity| (entity, groups.len())));
                groups.push(vec![at]);
            }
        }
    }
    groups
}
