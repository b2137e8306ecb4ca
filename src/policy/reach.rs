//! What rules say of zones that are reached: of all pairs, without a request for each.
//!
//! Zones of which a rule reads the same are alike to it. It is asked once for each two sorts of zones
//! and each way in which one can reach the other; then a pair costs looking that up.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;
use smallvec::SmallVec;

use super::decide::Decision;
use super::findings::{self, Cause};
use super::fold::{self, Denied, Folds};
use super::leaves::RuleEvaluator;
use super::paths::merge;
use super::read_set::{Base, Environment, ReadSet};
use super::requests::Request;
use super::scan::{Scan, Side, Tokens};
use super::view::{Unknown, View};
use super::{Answered, Answers, Asked, Rule, applying, names_primary, not_evaluated};
use crate::finding::Verdict;
use crate::flow::{Blame, Flow, Reached, Route, Way, Ways, of_route};
use crate::inventory::Inventory;
use crate::model::{Action, EntityId, Kind};
use crate::source::Problem;

/// So many shares of the zones are looked at side by side for each thread.
const SHARES: usize = 4;

/// What may be asked of what is reached: the action, and the kinds that there are.
pub(super) fn environments(inventory: &Inventory) -> impl Iterator<Item = (Action, Kind, Kind)> {
    let principals = Action::Reach.def().principals.iter().copied();
    let principals = principals.filter(|kind| inventory.declarations().count(*kind) > 0);
    principals.map(|principal| (Action::Reach, principal, Kind::Zone))
}

/// What the rules say of what is reached from entities of a kind; `None` if nothing is.
pub(super) fn answer(
    (inventory, flow): (&Inventory, &Flow),
    rules: &[&Rule],
    principal: Kind,
    asked: Asked<'_>,
) -> Option<Answered> {
    let environment = Environment {
        action: Action::Reach.def(),
        principal,
        resource: Kind::Zone,
    };
    let starts = starts(inventory, principal);
    if starts.is_empty() {
        return None;
    }
    let (applying, read_sets) = applying(inventory, rules, environment);
    if applying.is_empty() {
        return None;
    }
    let askers = read_sets.par_iter();
    let askers: Vec<_> = askers
        .map(|(rule, read_set)| Asker::new(inventory, flow, (rule, read_set), &starts, asked))
        .collect();
    let share = starts.len() / (rayon::current_num_threads() * SHARES) + 1;
    let shares: Vec<_> = starts
        .par_chunks(share)
        .map(|starts| look((inventory, flow), &askers, starts, asked.most))
        .collect();
    let mut ways = 0;
    let mut answers = Answers::default();
    let mut folds: Vec<_> = askers.iter().map(|_| Folds::default()).collect();
    for looked in shares {
        ways += looked.ways;
        answers.problems.extend(looked.problems);
        for (folds, others) in folds.iter_mut().zip(looked.folds) {
            folds.append(inventory, others, asked.most);
        }
    }
    for (folds, asker) in folds.into_iter().zip(&askers) {
        folds.build((inventory, flow), &asker.evaluator, asked, &mut answers);
    }
    let primary = names_primary(rules);
    (ways > 0).then(|| Answered {
        decisions: ways * applying.len(),
        applying,
        findings: merge(inventory, flow, answers.findings, &primary),
        known: answers.known,
        told: answers.told,
        problems: answers.problems,
    })
}

/// The zones from which something is reached, each with those that reach it from there.
fn starts(inventory: &Inventory, principal: Kind) -> Vec<(u32, Vec<EntityId>)> {
    let all = inventory.declarations();
    let mut starts: BTreeMap<u32, Vec<EntityId>> = BTreeMap::new();
    match principal {
        Kind::Zone => {
            let zones = 0..all.zones.len() as u32;
            starts.extend(zones.map(|zone| (zone, vec![Kind::Zone.id(zone)])));
        }
        _ => {
            for index in 0..all.debug_environments.len() as u32 {
                let environment = Kind::DebugEnvironment.id(index);
                if let Some(zone) = inventory.container(environment) {
                    starts.entry(zone.index).or_default().push(environment);
                }
            }
        }
    }
    starts.into_iter().collect()
}

/// What was found from some zones, by rule.
struct Looked {
    folds: Vec<Folds>,
    /// How many ways there are.
    ways: usize,
    problems: Vec<Problem>,
}

fn look<'a>(
    (inventory, flow): (&'a Inventory, &'a Flow),
    askers: &[Asker<'a>],
    starts: &[(u32, Vec<EntityId>)],
    most: usize,
) -> Looked {
    let mut looked = Looked {
        folds: askers.iter().map(|_| Folds::default()).collect(),
        ways: 0,
        problems: Vec::new(),
    };
    let conduit_graph = flow.conduit_graph(inventory);
    let mut ways = Ways::default();
    let mut known: Vec<_> = askers.iter().map(|_| HashMap::new()).collect();
    let mut order: Vec<u32> = Vec::new();
    for (start, principals) in starts {
        conduit_graph.reached(*start, &mut ways);
        order.clear();
        order.extend(
            (0..)
                .zip(&ways.all)
                .filter(|(_, on)| !on.again)
                .map(|(at, _)| at),
        );
        order.sort_by_key(|at: &u32| (ways.all[*at as usize].zone, *at));
        looked.ways += order.len() * principals.len();
        for states in
            order.chunk_by(|a, b| ways.all[*a as usize].zone == ways.all[*b as usize].zone)
        {
            for principal in principals {
                let asking = askers.iter().zip(&mut known).zip(&mut looked.folds);
                for ((asker, known), folds) in asking {
                    let mut counted: SmallVec<[EntityId; 4]> = SmallVec::new();
                    for at in states {
                        let reached = &ways.all[*at as usize];
                        let request = Request {
                            action: Action::Reach,
                            principal: *principal,
                            resource: Kind::Zone.id(reached.zone),
                            subject: None,
                            stated: inventory.entity(*principal).id().span,
                            way: Some(Way::Reached(*start, *at)),
                            open: None,
                        };
                        let Some((verdict, cause, sort)) =
                            asker.ask(request, reached, known, &mut looked.problems)
                        else {
                            continue;
                        };
                        let again = counted.contains(&cause);
                        counted.push(cause);
                        let denied = Denied {
                            cause,
                            twins: &[],
                            but: &[],
                            request,
                            verdict,
                            depth: (Reverse(0), reached.length),
                            again,
                            sort,
                        };
                        folds.put(inventory, &denied, most);
                    }
                }
            }
        }
    }
    looked
}

/// A rule, with the sorts of things that it tells apart.
struct Asker<'a> {
    evaluator: RuleEvaluator<'a>,
    inventory: &'a Inventory,
    flow: &'a Flow,
    principals: HashMap<EntityId, Sort>,
    /// By zone.
    resources: Vec<Sort>,
    /// Whether all is known that it reads of what it names.
    is_plain: bool,
}

/// What a rule reads of one thing, as a number that stands for it.
enum Sort {
    /// The same number, the same verdict, but for what is unknown of both sides.
    Alike(u32, Vec<Unknown>),
    /// What is unknown has consequences of its own.
    Own,
    /// Something refers to nothing.
    Broken,
}

/// What was decided of two sorts of zones and a route, if it is denied.
type Known = HashMap<(u32, u32, Route), Option<(Verdict, Option<Blame>)>>;

impl<'a> Asker<'a> {
    fn new(
        inventory: &'a Inventory,
        flow: &'a Flow,
        (rule, read_set): (&'a Rule, &'a ReadSet),
        starts: &[(u32, Vec<EntityId>)],
        asked: Asked<'_>,
    ) -> Self {
        let view = |principal: EntityId, resource: EntityId| {
            let request = Request {
                action: Action::Reach,
                principal,
                resource,
                subject: None,
                stated: inventory.entity(principal).id().span,
                way: None,
                open: None,
            };
            View::new(inventory, flow, request)
        };
        let mut numbers = HashMap::new();
        let mut sort = |view: View<'a>, base: Base| match view.side(read_set, base) {
            Side::Broken => Sort::Broken,
            Side::Own => Sort::Own,
            Side::Shared(tokens, roots) => Sort::Alike(number(&mut numbers, tokens), roots),
        };
        let zones = 0..inventory.declarations().zones.len() as u32;
        let resources = zones.map(|zone| Kind::Zone.id(zone));
        let resources = resources.map(|zone| sort(view(zone, zone), Base::Resource));
        let resources = resources.collect();
        let principals = starts.iter().flat_map(|(start, principals)| {
            let zone = Kind::Zone.id(*start);
            principals.iter().map(move |principal| (*principal, zone))
        });
        let principals = principals
            .map(|(principal, zone)| (principal, sort(view(principal, zone), Base::Principal)));
        Self {
            evaluator: RuleEvaluator::new(rule, read_set, asked.now, asked.completions),
            inventory,
            flow,
            principals: principals.collect(),
            resources,
            is_plain: read_set.names_nothing(),
        }
    }

    /// Whether a request is denied, and for which cause.
    fn ask(
        &self,
        request: Request,
        reached: &Reached,
        known: &mut Known,
        problems: &mut Vec<Problem>,
    ) -> Option<(Verdict, EntityId, fold::Sort)> {
        let principal = self.principals.get(&request.principal)?;
        let resource = self.resources.get(request.resource.index as usize)?;
        let key = match (principal, resource) {
            (Sort::Broken, _) | (_, Sort::Broken) => return None,
            (Sort::Alike(one, roots), Sort::Alike(two, others)) => {
                let both = roots.iter().any(|root| others.contains(root));
                (!both && self.is_plain).then_some((*one, *two, reached.route))
            }
            _ => None,
        };
        let sort = key.map_or(fold::Sort::Own, |(one, two, route)| {
            fold::Sort::Reached(one, two, route)
        });
        match key.map(|key| known.get(&key).copied()) {
            Some(Some(None)) => return None,
            Some(Some(Some((verdict, Some(blame))))) => {
                return Some((verdict, reached.blame(blame), sort));
            }
            _ => {}
        }
        let view = View::with_context((self.inventory, self.flow), request, of_route(reached));
        let (rule, read_set) = (self.evaluator.rule, self.evaluator.read_set);
        let (Scan::Own(roots) | Scan::Shared(_, roots)) = view.scan(read_set) else {
            return None;
        };
        let decision = self.evaluator.decide(&view, &roots, || true);
        if let Decision::Error(error) = &decision {
            problems.push(not_evaluated(self.inventory, rule, &request, error));
            return None;
        }
        let verdict = findings::verdict(view.context.certain, &decision);
        let denied = verdict.map(|verdict| {
            let cause = findings::cause(rule, read_set, &view, &roots, &decision);
            (verdict, cause)
        });
        if let Some(key) = key {
            let shared = denied.as_ref().map(|(verdict, cause)| match cause {
                Cause::Blamed(blame, _) => (*verdict, Some(*blame)),
                Cause::Entity(_) => (*verdict, None),
            });
            known.insert(key, shared);
        }
        denied.map(|(verdict, cause)| (verdict, cause.of(&request), sort))
    }
}

fn number<'a>(numbers: &mut HashMap<Tokens<'a>, u32>, tokens: Tokens<'a>) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(tokens).or_insert(next)
}
