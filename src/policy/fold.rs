//! One finding for each cause: what a conduit, a grant or a value opens to many is said once.
//!
//! Of all requests that a rule denies for one cause, the worst is kept, and a count. Only of that one
//! a finding is built, so what there is to report grows with the causes and not with the pairs.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};

use super::closing::closing;
use super::decide::Decision;
use super::edits;
use super::findings;
use super::leaves::RuleEvaluator;
use super::read_set::{Base, ReadSet};
use super::requests::{Chain, Request};
use super::rule::Rule;
use super::scan::{self, Scan};
use super::table::Table;
use super::view::{Unknown, View};
use super::{Answers, Asked, is_sampled, not_evaluated};
use crate::finding::{Finding, Identity, Instance, Instances, Verdict};
use crate::flow::{Cutter, Flow, Route, Twins, Way};
use crate::inventory::{Inventory, MissingFact};
use crate::model::{Action, EntityId, Enumeration as _, Kind};

/// Whether what a rule denies of an action is told by cause. Reached zones are, too; see `reach`.
pub(super) fn folds(action: Action) -> bool {
    matches!(action, Action::Access | Action::Obtain)
}

/// What a rule denies, by cause.
#[derive(Default)]
pub(super) struct Folds {
    all: Vec<Folded>,
    places: HashMap<EntityId, usize>,
}

/// So many sorts of requests are kept of each cause, to try on all of them what would end it.
const SORTS: usize = 16;

/// Requests of one sort are alike to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    /// Like no other.
    Own,
    /// Of those that were decided together, by number.
    Decided(usize),
    /// Zones of two sorts, and how one reaches the other.
    Reached(u32, u32, Route),
}

/// All that a rule denies for one cause.
struct Folded {
    /// One request of each sort that is a violation, and whether these are all sorts.
    sorts: Vec<(Sort, Request)>,
    all_sorts: bool,
    cause: EntityId,
    /// The worst request, and what makes it the worst: its verdict, then how many hops lead to it,
    /// then its name.
    worst: Request,
    verdict: Verdict,
    depth: Depth,
    count: usize,
    shown: Vec<(Request, Verdict)>,
    /// What of the worst holds of all.
    shared: [Option<EntityId>; 3],
}

/// How much a request tells, the most first, and how many hops lead to what it is about.
pub(super) type Depth = (Reverse<usize>, u32);

/// How deep a way leads.
fn depth((inventory, flow): (&Inventory, &Flow), way: Way) -> Depth {
    let level = flow.context(inventory, way).level;
    let highest = level
        .iter()
        .map(|level| usize::from(level.position()))
        .max();
    // Of equals, what a credential leads to shows the credential as well.
    let leads = usize::from(flow.is_by_credential(inventory, way));
    let length = flow.length(inventory, way);
    (Reverse(2 * highest.unwrap_or_default() + leads), length)
}

/// A request that a rule denies.
pub(super) struct Denied<'t> {
    pub(super) cause: EntityId,
    /// Others of whom the same holds.
    pub(super) twins: &'t [EntityId],
    /// Of it and these, those of whom it does not.
    pub(super) but: &'t [EntityId],
    pub(super) request: Request,
    pub(super) verdict: Verdict,
    pub(super) depth: Depth,
    /// Whether the same fact was denied for this cause before, in another state.
    pub(super) again: bool,
    /// Which requests are alike to the rule.
    pub(super) sort: Sort,
}

/// What a request is about, whatever state it is in.
fn ends(request: &Request) -> [Option<EntityId>; 3] {
    let (principal, resource) = (request.principal, request.resource);
    [Some(principal), Some(resource), request.subject]
}

impl Folds {
    /// Adds a request; keeps it by name if it is among the first `most` of its cause.
    pub(super) fn put(&mut self, inventory: &Inventory, denied: &Denied<'_>, most: usize) {
        let Denied {
            cause,
            request,
            verdict,
            depth,
            again,
            twins,
            but,
            sort,
        } = *denied;
        let all = std::iter::once(request.principal).chain(twins.iter().copied());
        let mut all = all.filter(|of| !but.contains(of));
        let Some(first) = all.next() else {
            return;
        };
        let others = all;
        let request = match first == request.principal {
            true => request,
            false => request.by(first),
        };
        let place = *self.places.entry(cause).or_insert_with(|| {
            self.all.push(Folded {
                cause,
                sorts: Vec::new(),
                all_sorts: true,
                worst: request,
                verdict,
                depth,
                count: 0,
                shown: Vec::new(),
                shared: ends(&request),
            });
            self.all.len() - 1
        });
        let folded = &mut self.all[place];
        if verdict == Verdict::Violation {
            folded.sort(sort, request);
        }
        folded.consider(inventory, (request, verdict, depth));
        if again {
            let mut shown = folded.shown.iter_mut().rev();
            if let Some((_, known)) = shown.find(|(known, _)| ends(known) == ends(&request)) {
                *known = verdict.min(*known);
            }
            return;
        }
        let is_among = |of: &&EntityId| **of == denied.request.principal || twins.contains(*of);
        let count = 1 + twins.len() - but.iter().filter(is_among).count();
        folded.count += count;
        folded.share(ends(&request));
        if count > 1 {
            folded.shared[0] = None;
        }
        let room = most.saturating_sub(folded.shown.len());
        let others = others.map(|twin| request.by(twin));
        let all = std::iter::once(request).chain(others);
        let shown = all.take(room).map(|request| (request, verdict));
        folded.shown.extend(shown);
    }

    /// What was found of an entity that is to blame for its own requests is so of its twin. What is its own
    /// is nothing of one that can only act as it.
    fn repeat(&mut self, (first, chain): (EntityId, Chain), twin: EntityId) {
        let Some(folded) = self.places.get(&first).map(|place| &self.all[*place]) else {
            return;
        };
        if folded.shared[0] != Some(first) || self.places.contains_key(&twin) {
            return;
        }
        let holds = |request: &Request| chain == Chain::Direct || Chain::of(request) == chain;
        let shown = folded.shown.iter().filter(|(request, _)| holds(request));
        let shown: Vec<_> = shown.map(|(it, verdict)| (it.by(twin), *verdict)).collect();
        let Some((first, _)) = shown.first() else {
            return;
        };
        let [_, resource, subject] = folded.shared;
        let sorts = folded.sorts.iter().filter(|(_, request)| holds(request));
        let folded = Folded {
            sorts: sorts.map(|(sort, it)| (*sort, it.by(twin))).collect(),
            cause: twin,
            worst: match holds(&folded.worst) {
                true => folded.worst.by(twin),
                false => *first,
            },
            count: folded.count - (folded.shown.len() - shown.len()),
            shared: [Some(twin), resource, subject],
            shown,
            ..*folded
        };
        self.places.insert(twin, self.all.len());
        self.all.push(folded);
    }

    /// Adds what was found of requests that follow these.
    pub(super) fn append(&mut self, inventory: &Inventory, others: Self, most: usize) {
        for other in others.all {
            self.add(inventory, other, most);
        }
    }

    fn add(&mut self, inventory: &Inventory, other: Folded, most: usize) {
        let Some(place) = self.places.get(&other.cause) else {
            self.places.insert(other.cause, self.all.len());
            self.all.push(other);
            return;
        };
        let folded = &mut self.all[*place];
        folded.all_sorts &= other.all_sorts;
        for (sort, request) in other.sorts {
            folded.sort(sort, request);
        }
        folded.consider(inventory, (other.worst, other.verdict, other.depth));
        folded.count += other.count;
        folded.share(other.shared);
        let room = most.saturating_sub(folded.shown.len());
        folded.shown.extend(other.shown.into_iter().take(room));
    }

    /// Builds a finding for each cause that is not known.
    pub(super) fn build<'a>(
        self,
        (inventory, flow): (&'a Inventory, &'a Flow),
        evaluator: &RuleEvaluator<'a>,
        asked: Asked<'_>,
        answers: &mut Answers,
    ) {
        let (rule, read_set) = (evaluator.rule, evaluator.read_set);
        let mut cutter = None;
        for folded in self.all {
            let identity = Identity {
                rule: rule.info.id.clone(),
                principal: findings::named(inventory, folded.cause),
                resource: None,
                via: None,
            };
            if let Some(number) = asked.known.and_then(|known| known(&identity)) {
                answers.known.push((number, folded.verdict));
                continue;
            }
            let request = folded.worst;
            let view = View::new(inventory, flow, request);
            let (Scan::Own(roots) | Scan::Shared(_, roots)) = view.scan(read_set) else {
                continue;
            };
            let decision = evaluator.decide(&view, &roots, || true);
            let cause = Some(folded.cause);
            let built = findings::finding(rule, read_set, &view, &roots, &decision, cause);
            answers.findings.extend(built.map(|finding| {
                let mut finding = Finding {
                    identity,
                    instances: folded.instances(inventory),
                    ..finding
                };
                let others = folded.sorts.iter();
                let others = others.map(|(_, request)| View::new(inventory, flow, *request));
                let views: Vec<_> = std::iter::once(view).chain(others).collect();
                let decided = (&roots[..], &decision);
                edits::attach(evaluator, &views, folded.all_sorts, decided, &mut finding);
                if finding.verdict == Verdict::Violation && folded.count == folded.shown.len() {
                    let cutter = cutter.get_or_insert_with(|| Cutter::new(flow, inventory));
                    let all: Vec<_> = folded.shown.iter().map(|(request, _)| *request).collect();
                    let closing = closing((inventory, flow), cutter, &request, &all).into_iter();
                    let closing = closing.map(|at| Kind::Transfer.id(at));
                    let handles = closing.map(|it| edits::of_entity(inventory, it));
                    finding.edits.handles.extend(handles);
                }
                (finding, request.way)
            }));
        }
    }
}

impl Folded {
    /// Keeps a request as one of its sort.
    fn sort(&mut self, sort: Sort, request: Request) {
        if sort != Sort::Own && self.sorts.iter().any(|(known, _)| *known == sort) {
            return;
        }
        match self.sorts.len() {
            0..SORTS => self.sorts.push((sort, request)),
            _ => self.all_sorts = false,
        }
    }

    /// Keeps the worse of the worst and this one.
    fn consider(
        &mut self,
        inventory: &Inventory,
        (request, verdict, depth): (Request, Verdict, Depth),
    ) {
        let name = |request: &Request| {
            let ends = [request.principal, request.resource];
            ends.map(|end| &*inventory.entity(end).id().value)
        };
        let (this, worst) = ((verdict, depth), (self.verdict, self.depth));
        if this < worst || (this == worst && name(&request) < name(&self.worst)) {
            (self.worst, self.verdict, self.depth) = (request, verdict, depth);
        }
    }

    fn share(&mut self, ends: [Option<EntityId>; 3]) {
        for (shared, own) in self.shared.iter_mut().zip(ends) {
            *shared = shared.filter(|shared| own == Some(*shared));
        }
    }

    fn instances(&self, inventory: &Inventory) -> Instances {
        let named = |entity: EntityId| findings::named(inventory, entity);
        let describe = |entity: EntityId| inventory.describe(entity);
        let instance = |request: &Request, verdict| {
            let sides = [request.principal, request.resource].map(describe);
            let text = sides.join(" → ");
            Instance {
                principal: named(request.principal),
                resource: named(request.resource),
                via: request.subject.map(named),
                verdict,
                text: match request.subject {
                    Some(subject) => format!("{text} ({})", describe(subject)),
                    None => text,
                },
            }
        };
        let others = self.shown.iter();
        let others = others.filter(|(request, _)| ends(request) != ends(&self.worst));
        let others = others.take(self.shown.len().saturating_sub(1));
        let first = instance(&self.worst, self.verdict);
        let others = others.map(|(request, verdict)| instance(request, *verdict));
        Instances {
            count: self.count,
            shown: std::iter::once(first).chain(others).collect(),
            shared: self.shared.iter().flatten().copied().map(named).collect(),
            telling: self.depth.0.0,
        }
    }
}

/// What one rule says of requests, one finding for each cause. The requests of one principal, or of
/// one grant, follow each other.
pub(super) fn answer(
    (inventory, flow): (&Inventory, &Flow),
    (rule, read_set): (&Rule, &ReadSet),
    (requests, table): (&[Request], Option<&Table>),
    asked: Asked<'_>,
) -> Answers {
    let evaluator = RuleEvaluator::new(rule, read_set, asked.now, asked.completions);
    let mut answers = Answers::default();
    let mut known: HashMap<_, (usize, Option<(Decision, Side)>)> = HashMap::new();
    let mut folds = Folds::default();
    // What the last principal was denied, for which cause.
    let mut principal = None;
    let mut counted = HashSet::new();
    let alike = Alike::new((inventory, flow), read_set, requests);
    let mut lent = Lent::default();
    let mut rows = table.map(|table| table.of(read_set));
    let mut told: HashMap<usize, Told> = HashMap::new();
    let mut decide = |request: &Request, row: Option<usize>| {
        let at = row.and_then(|row| Some((row, rows.as_mut()?.of(row)?)));
        let before = at.and_then(|(row, at)| Some((row, told.get(&at)?)));
        let before = before.map(|(row, told)| {
            let certain = table.is_none_or(|table| table.is_certain(row));
            told.of(request, certain)
        });
        if let Some(before) = before
            && !(cfg!(debug_assertions) && row.is_some_and(is_sampled))
        {
            return before;
        }
        let view = View::new(inventory, flow, *request);
        let decide = |roots: &[_]| evaluator.decide(&view, roots, || true);
        let blame = |roots: &[_], decision: &Decision| {
            findings::cause(rule, read_set, &view, roots, decision).of(request)
        };
        let found = match view.scan(read_set) {
            Scan::Broken => None,
            Scan::Own(roots) => {
                let decision = decide(&roots);
                if let Decision::Error(error) = &decision {
                    let problem = not_evaluated(inventory, rule, request, error);
                    answers.problems.push(problem);
                }
                let verdict = findings::verdict(view.context.certain, &decision);
                verdict.map(|verdict| (verdict, blame(&roots, &decision), Sort::Own))
            }
            Scan::Shared(tokens, roots) => {
                let next = known.len();
                let (sort, known) = known.entry(tokens).or_insert((next, None));
                let (decision, side) = known.get_or_insert_with(|| {
                    let decision = decide(&roots);
                    let verdict = findings::verdict(view.context.certain, &decision);
                    let side = verdict.map(|_| Side::of(request, blame(&roots, &decision)));
                    (decision, side.unwrap_or(Side::Other))
                });
                if let Decision::Error(error) = decision {
                    let problem = not_evaluated(inventory, rule, request, error);
                    answers.problems.push(problem);
                }
                if let Some((_, at)) = at {
                    told.extend(Told::new(decision, *side, *sort).map(|told| (at, told)));
                }
                findings::verdict(view.context.certain, decision).map(|verdict| {
                    let cause = side.cause(request);
                    let cause = cause.unwrap_or_else(|| blame(&roots, decision));
                    (verdict, cause, Sort::Decided(*sort))
                })
            }
        };
        debug_assert!(
            before.is_none_or(|before| before == found),
            "rule `{}`: alike to a table, unlike decisions",
            rule.info.id
        );
        found
    };
    let mut ask =
        |request: &Request, row: Option<usize>, twins: &[EntityId], owners: &[EntityId]| {
            let Some((verdict, cause, sort)) = decide(request, row) else {
                return;
            };
            if principal != Some(request.principal) {
                principal = Some(request.principal);
                counted.clear();
            }
            let way = request.way;
            // Who is to blame for its own has a finding of its own.
            let is_own = cause == request.principal;
            let denied = Denied {
                cause,
                request: *request,
                verdict,
                depth: way.map_or_else(Depth::default, |way| depth((inventory, flow), way)),
                again: {
                    let chain = Chain::of(request);
                    !counted.insert((cause, request.resource, request.subject, chain))
                },
                sort,
                twins: if is_own { &[] } else { twins },
                but: owners,
            };
            if is_own && !twins.is_empty() && Chain::of(request) == Chain::Any {
                lent.put(inventory, &denied, asked.most);
            }
            folds.put(inventory, &denied, asked.most);
        };
    let mut owners = Owners::default();
    for (row, request) in requests.iter().enumerate() {
        let twins = alike.of(request);
        let owners = owners.of((inventory, flow), request);
        let same = twins.map_or(&[][..], |twins| &twins.alike);
        ask(request, Some(row), same, owners);
        let unlike = twins.into_iter().flat_map(|twins| &twins.unlike);
        for twin in unlike.filter(|twin| !owners.contains(twin)) {
            ask(&request.by(*twin), None, &[], &[]);
        }
    }
    for ((first, chain), twins) in alike.0 {
        for twin in twins.alike {
            let same = flow.twins(inventory);
            if chain == Chain::Direct || same.first(first.index) == same.first(twin.index) {
                folds.repeat((first, chain), twin);
            } else if let Some(folded) = lent.by((inventory, flow), (first, twin), &mut owners) {
                folds.add(inventory, folded, asked.most);
            }
        }
    }
    folds.build((inventory, flow), &evaluator, asked, &mut answers);
    answers
}

/// What one that stands for others was denied of rights that all of them come to over a chain.
#[derive(Default)]
struct Lent {
    folds: Folds,
    /// Of how many of these rights they are the owners.
    own: HashMap<EntityId, usize>,
}

impl Lent {
    fn put(&mut self, inventory: &Inventory, denied: &Denied<'_>, most: usize) {
        if !denied.again {
            for owner in denied.but {
                *self.own.entry(*owner).or_default() += 1;
            }
        }
        self.folds.put(
            inventory,
            &Denied {
                but: &[],
                ..*denied
            },
            most,
        );
    }

    /// The same of one of the others: but for its own rights.
    fn by(
        &self,
        all: (&Inventory, &Flow),
        (first, twin): (EntityId, EntityId),
        owners: &mut Owners,
    ) -> Option<Folded> {
        let folded = &self.folds.all[*self.folds.places.get(&first)?];
        let own = self.own.get(&twin).copied().unwrap_or_default();
        let count = folded.count.checked_sub(own).filter(|count| *count > 0)?;
        let mut is_lent = |request: &Request| !owners.of(all, request).contains(&twin);
        let mut sorts = folded.sorts.clone();
        sorts.retain(|(_, request)| is_lent(request));
        let mut shown = folded.shown.clone();
        shown.retain(|(request, _)| is_lent(request));
        let depth =
            |request: &Request| request.way.map_or_else(Depth::default, |it| depth(all, it));
        let (worst, verdict, depth) = match is_lent(&folded.worst) {
            true => (folded.worst, folded.verdict, folded.depth),
            false => {
                let shown = shown.iter();
                let shown = shown.map(|(request, verdict)| (*request, *verdict, depth(request)));
                shown.min_by_key(|(_, verdict, depth)| (*verdict, *depth))?
            }
        };
        let [_, resource, subject] = folded.shared;
        let by = |request: Request| request.by(twin);
        Some(Folded {
            sorts: sorts.into_iter().map(|(sort, it)| (sort, by(it))).collect(),
            all_sorts: folded.all_sorts,
            cause: twin,
            worst: by(worst),
            verdict,
            depth,
            count,
            shown: shown
                .into_iter()
                .map(|(it, verdict)| (by(it), verdict))
                .collect(),
            shared: [Some(twin), resource, subject],
        })
    }
}

/// Of identities that can act as each other, those whose own a right is: to them it comes about over no
/// chain.
#[derive(Default)]
struct Owners(HashMap<(u32, EntityId), Vec<EntityId>>);

impl Owners {
    fn of(&mut self, (inventory, flow): (&Inventory, &Flow), request: &Request) -> &[EntityId] {
        let Some(Way::Used(used)) = request.way else {
            return &[];
        };
        let grant = &inventory.declarations().grants[used.grant as usize];
        let Some(identity) = grant.identity.known().and_then(|it| it.target()) else {
            return &[];
        };
        let peers = flow.peers(inventory);
        let first = peers.first(request.principal.index);
        self.0.entry((first, identity)).or_insert_with(|| {
            let holders = inventory.holders(identity.index).into_iter();
            let among = holders.filter(|holder| peers.first(*holder) == first);
            among.map(|holder| Kind::Identity.id(holder)).collect()
        })
    }
}

/// Which identities come to the same requests.
pub(super) fn twins<'f>(chain: Chain, (inventory, flow): (&Inventory, &'f Flow)) -> &'f Twins {
    match chain {
        Chain::Any => flow.peers(inventory),
        Chain::Direct => flow.twins(inventory),
    }
}

/// How many requests there are, with those of twins.
pub(super) fn count(all: (&Inventory, &Flow), requests: &[Request]) -> usize {
    let requests = requests.iter();
    let others = |request: &Request| match request.open {
        None => {
            let twins = twins(Chain::of(request), all);
            twins.others(request.principal).len()
        }
        Some(_) => 0,
    };
    requests.map(|request| 1 + others(request)).sum()
}

/// What is found of all requests that are alike.
enum Told {
    Nothing,
    /// How bad it is where the request is certain, who is to blame, and the number of their sort.
    Denied(Verdict, Side, usize),
}

impl Told {
    /// `None` where each has to be looked at.
    fn new(decision: &Decision, side: Side, sort: usize) -> Option<Self> {
        match (findings::verdict(true, decision), side) {
            (None, _) if matches!(decision, Decision::Error(_)) => None,
            (None, _) => Some(Self::Nothing),
            (Some(_), Side::Other) => None,
            (Some(verdict), side) => Some(Self::Denied(verdict, side, sort)),
        }
    }

    fn of(&self, request: &Request, certain: bool) -> Option<(Verdict, EntityId, Sort)> {
        let Self::Denied(verdict, side, sort) = *self else {
            return None;
        };
        let verdict = match certain {
            true => verdict,
            false => Verdict::Undetermined,
        };
        Some((verdict, side.cause(request)?, Sort::Decided(sort)))
    }
}

/// Which end of a request is to blame.
#[derive(Clone, Copy)]
enum Side {
    Principal,
    Resource,
    Subject,
    Other,
}

impl Side {
    fn of(request: &Request, cause: EntityId) -> Self {
        match cause {
            cause if Some(cause) == request.subject => Self::Subject,
            cause if cause == request.principal => Self::Principal,
            cause if cause == request.resource => Self::Resource,
            _ => Self::Other,
        }
    }

    fn cause(self, request: &Request) -> Option<EntityId> {
        match self {
            Self::Principal => Some(request.principal),
            Self::Resource => Some(request.resource),
            Self::Subject => request.subject,
            Self::Other => None,
        }
    }
}

/// The identities that stand for others, in the order of their first requests.
struct Alike(
    Vec<((EntityId, Chain), Others)>,
    HashMap<(EntityId, Chain), usize>,
);

/// The twins of an identity: those of which a rule reads the same, and the others.
#[derive(Default)]
struct Others {
    alike: Vec<EntityId>,
    unlike: Vec<EntityId>,
}

impl Alike {
    fn new(
        (inventory, flow): (&Inventory, &Flow),
        read_set: &ReadSet,
        requests: &[Request],
    ) -> Self {
        let mut all = Self(Vec::new(), HashMap::new());
        for request in requests {
            let first = request.principal;
            let of = (first, Chain::of(request));
            let others = twins(of.1, (inventory, flow)).others(first);
            if others.is_empty() || all.1.contains_key(&of) {
                continue;
            }
            let side = |identity: EntityId| {
                let own = |root: Unknown| match root {
                    Unknown::Attribute(root) if root.entity == identity => {
                        Unknown::Attribute(MissingFact {
                            entity: first,
                            ..root
                        })
                    }
                    other => other,
                };
                let request = Request {
                    way: None,
                    ..request.by(identity)
                };
                let view = View::new(inventory, flow, request);
                match view.side(read_set, Base::Principal) {
                    scan::Side::Shared(tokens, roots) => {
                        let roots: Vec<_> = roots.into_iter().map(own).collect();
                        Some((tokens, roots))
                    }
                    _ => None,
                }
            };
            let known = side(first);
            let mut found = Others::default();
            for twin in others {
                match known.is_some() && side(*twin) == known {
                    true => found.alike.push(*twin),
                    false => found.unlike.push(*twin),
                }
            }
            all.1.insert(of, all.0.len());
            all.0.push((of, found));
        }
        all
    }

    fn of(&self, request: &Request) -> Option<&Others> {
        let place = self.1.get(&(request.principal, Chain::of(request)))?;
        self.0.get(*place).map(|(_, others)| others)
    }
}

/// Joins what was found of one cause in requests about several kinds of things: one finding for each
/// identity, the worst.
pub(super) fn join(findings: Vec<Finding>, most: usize) -> Vec<Finding> {
    let mut places: HashMap<Identity, usize> = HashMap::new();
    let mut joined: Vec<Finding> = Vec::with_capacity(findings.len());
    for mut finding in findings {
        if finding.instances.count == 0 {
            joined.push(finding);
            continue;
        }
        let Some(place) = places.get(&finding.identity).copied() else {
            places.insert(finding.identity.clone(), joined.len());
            joined.push(finding);
            continue;
        };
        let worst = &mut joined[place];
        let badness = |finding: &Finding| {
            let telling = Reverse(finding.instances.telling);
            (finding.verdict, telling, finding.path.len())
        };
        if badness(&finding) < badness(worst) {
            std::mem::swap(&mut finding, worst);
        }
        if finding.verdict == Verdict::Violation {
            worst.edits.keep(&finding.edits);
            // What closes one of the ways may leave another one.
            worst.cut = None;
            worst.way_out = None;
        }
        let others = finding.instances;
        let instances = &mut worst.instances;
        instances.count += others.count;
        instances.shown.extend(others.shown);
        instances.shown.truncate(most);
        let shared: HashSet<_> = others.shared.into_iter().collect();
        instances.shared.retain(|name| shared.contains(name));
    }
    joined
}
