//! Policies: what is asked of them, what they say, and why.
//!
//! Flows in: policy files and a linked inventory. Flows out: findings, and the problems of policies
//! that cannot be used. Cedar decides every verdict; this module gives it the questions
//! (`requests`), just the entities that a policy can read (`read_set`, `encode`), every value
//! that an unknown may have (`candidates`, `decide`), and turns verdicts into reasons (`condition`,
//! `reasons`, `findings`). What is wrong with the policies themselves is for `lint`. No other module
//! knows Cedar.

mod builtin;
mod candidates;
mod closing;
mod complaint;
mod condition;
mod context;
mod coverage;
mod decide;
mod edits;
mod encode;
mod findings;
mod fold;
mod format;
mod heading;
mod leaves;
mod lint;
mod load;
mod mutate;
mod names;
mod nesting;
mod open;
mod outermost;
mod paths;
mod plain;
mod reach;
mod read_set;
mod reasons;
mod requests;
mod rule;
mod scan;
mod schema;
mod table;
mod text;
mod unlisted;
mod view;

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use crate::finding::{Finding, INSTANCES, Identity, Verdict};
use crate::flow::{Flow, Way, attributes};
use crate::inventory::Inventory;
use crate::model::{Action, Derived, Kind, Origin, UNKNOWN};
use crate::source::{Code, Problem, ProblemKind};

pub use builtin::{built_in, pages};
pub use coverage::{ConditionCoverage, Coverage};
pub use edits::owner;
pub use format::format;
pub use lint::{lint, undeclared};
pub use load::{Loaded, Loader, prepare, prepare_validation};
pub use mutate::{Mutant, mutants, mutate};
pub use paths::hop;
pub use requests::{Request, Requests, requests};
pub use rule::Rule;
pub use schema::cedar_schema_json;

use decide::{COMPLETIONS, Decision};
use leaves::RuleEvaluator;
use outermost::{Found, Reported, outermost};
use paths::merge;
use read_set::{Environment, Read, ReadSet};
use requests::{Chain, requests_of};
use scan::Scan;
use table::Table;
use view::View;

/// How many requests share one set of remembered verdicts.
const CHUNK: usize = 8192;

/// How many verdicts are counted at once.
const COUNTED: usize = 16;

/// What the policies said of an inventory.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// What was found, by rule within each group of requests.
    pub findings: Vec<Finding>,
    /// What was found and is known: its number, and how bad it is.
    pub known: Vec<(usize, Verdict)>,
    /// What could not be evaluated.
    pub problems: Vec<Problem>,
    /// How many verdicts were given: one for each request and each rule that applies to it.
    pub decisions: usize,
    /// Of each rule that applied to something, by id, how many verdicts it gave.
    pub by_rule: BTreeMap<String, usize>,
    /// The rules that applied to nothing, by id.
    pub idle: Vec<String>,
}

/// Puts every request of `inventory` to every rule; `now` is in milliseconds since 1970.
///
/// Linear in requests times rules that apply to them. Cedar is asked once for each combination of
/// the values that a rule reads, not once for each request.
pub fn evaluate(inventory: &Inventory, flow: &Flow, rules: &[&Rule], now: i64) -> Evaluation {
    let asked = Asked {
        now,
        known: None,
        most: INSTANCES,
        completions: COMPLETIONS,
        decided: &Decided::default(),
    };
    evaluate_as(inventory, flow, rules, asked)
}

/// How many verdicts there are to give, and how many were given: for whoever waits.
#[derive(Debug, Default)]
pub struct Decided {
    /// All that are to be given, as far as they are known.
    pub of: AtomicUsize,
    /// Of these, how many were given.
    pub made: AtomicUsize,
}

/// What is known already, by number.
pub type KnownBy<'k> = &'k (dyn Fn(&Identity) -> Option<usize> + Sync);

/// How rules are asked.
#[derive(Clone, Copy)]
pub struct Asked<'k> {
    /// The day, in milliseconds since 1970.
    pub now: i64,
    /// Of these no findings are built: to tell why something is found takes longer than to find it.
    pub known: Option<KnownBy<'k>>,
    /// How many instances of a finding are kept.
    pub most: usize,
    /// How many unknowns are looked at for one verdict.
    pub completions: usize,
    /// Where to count verdicts.
    pub decided: &'k Decided,
}

/// Like [`evaluate`], as `asked` says.
pub fn evaluate_as(
    inventory: &Inventory,
    flow: &Flow,
    rules: &[&Rule],
    asked: Asked<'_>,
) -> Evaluation {
    let mut evaluation = Evaluation::default();
    let asks = |action: Action| rules.iter().any(|rule| rule.asks(action));
    // Rules that come with Palisade name no entity.
    for rule in rules.iter().filter(|rule| !rule.info.built_in) {
        evaluation.problems.extend(rule.undeclared(inventory));
    }
    let lists = |action: Action| asks(action) && action != Action::Reach;
    let keeps = |chain: Chain, identity: u32| {
        fold::twins(chain, (inventory, flow)).first(identity) == identity
    };
    let groups = requests_of(inventory, flow, &lists, &keeps);
    let groups: Vec<_> = groups.into_iter().collect();
    let environments: Vec<_> = groups
        .iter()
        .map(|((action, principal, resource), _)| (*action, *principal, *resource))
        .chain(reach::environments(inventory))
        .map(|(action, principal, resource)| Environment {
            action: action.def(),
            principal,
            resource,
        })
        .collect();
    let applies = |rule: &&Rule| environments.iter().any(|it| rule.applies(*it));
    let applying: Vec<_> = rules.iter().copied().filter(applies).collect();
    builtin::parse(&applying);
    let compute = |missing: &_| attributes(flow, inventory, missing);
    inventory.settle(&wanted(inventory, &applying), compute);
    let verdicts = groups.iter().zip(&environments).map(|((_, requests), it)| {
        let applying = applying.iter().filter(|rule| rule.applies(*it));
        requests.len() * applying.count()
    });
    let decided = asked.decided;
    decided.of.fetch_add(verdicts.sum(), Ordering::Relaxed);
    let mut answers: Vec<_> = groups
        .par_iter()
        .map(|(group, requests)| answer_group((inventory, flow), rules, *group, requests, asked))
        .collect();
    for principal in Action::Reach.def().principals {
        answers.extend(reach::answer((inventory, flow), rules, *principal, asked));
    }
    let mut applied = vec![None; rules.len()];
    let (mut found, mut told) = (Vec::new(), Vec::new());
    for answered in answers {
        // Each of them was put to the same requests.
        let each = answered.decisions / answered.applying.len().max(1);
        for at in answered.applying {
            *applied[at].get_or_insert(0) += each;
        }
        evaluation.decisions += answered.decisions;
        found.extend(answered.findings);
        told.extend(answered.told);
        evaluation.known.extend(answered.known);
        evaluation.problems.extend(answered.problems);
    }
    evaluation.findings = fold::join(outermost(flow, found, &told), asked.most);
    // One list is one finding of a rule, whoever it matters to and whatever may be in it.
    let mut open = HashSet::new();
    evaluation.findings.retain(|finding| {
        finding.identity.resource.as_deref() != Some(UNKNOWN)
            || open.insert(finding.identity.clone())
    });
    for (rule, applied) in rules.iter().zip(applied) {
        let id = rule.info.id.clone();
        match applied {
            Some(count) => drop(evaluation.by_rule.insert(id, count)),
            None => evaluation.idle.push(id),
        }
    }
    evaluation
}

/// What the rules said of the requests of one action about two kinds.
struct Answered {
    /// The rules that apply, by their place among all.
    applying: Vec<usize>,
    decisions: usize,
    findings: Vec<Found>,
    known: Vec<(usize, Verdict)>,
    /// The artifacts that what is known is about.
    told: Vec<(Reported, Verdict)>,
    problems: Vec<Problem>,
}

fn answer_group(
    (inventory, flow): (&Inventory, &Flow),
    rules: &[&Rule],
    (action, principal, resource): (Action, Kind, Kind),
    requests: &[Request],
    asked: Asked<'_>,
) -> Answered {
    let environment = Environment {
        action: action.def(),
        principal,
        resource,
    };
    let (applying, read_sets) = applying(inventory, rules, environment);
    let all_read: Vec<_> = read_sets.iter().map(|(_, read_set)| read_set).collect();
    let table = |requests: &[Request]| Table::new((inventory, flow), &all_read, requests);
    let answers: Vec<_> = if fold::folds(action) {
        // What is not listed is nothing that could be counted.
        let (open, listed): (Vec<Request>, Vec<Request>) =
            requests.iter().partition(|request| request.open.is_some());
        let table = table(&listed);
        let rules = read_sets.par_iter();
        let answers = rules.flat_map_iter(|rule| {
            let requests = (&listed[..], table.as_ref());
            let folded = fold::answer((inventory, flow), (rule.0, &rule.1), requests, asked);
            let made = &asked.decided.made;
            made.fetch_add(listed.len(), Ordering::Relaxed);
            let rule = std::slice::from_ref(rule);
            [
                folded,
                answer((inventory, flow), rule, (&open, None), asked),
            ]
        });
        answers.collect()
    } else {
        let tables: Vec<_> = requests.par_chunks(CHUNK).map(table).collect();
        // Few requests are shared out by rule, and many by request.
        let by_rule = read_sets.chunks(match requests.len() {
            0..CHUNK => 1,
            _ => read_sets.len().max(1),
        });
        let shares: Vec<_> = by_rule
            .flat_map(|rules| {
                let tables = tables.iter().map(Option::as_ref);
                let requests = requests.chunks(CHUNK).zip(tables);
                requests.map(move |requests| (rules, requests))
            })
            .collect();
        shares
            .into_par_iter()
            .map(|(rules, requests)| answer((inventory, flow), rules, requests, asked))
            .collect()
    };
    let (mut found, mut known, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    let mut told = Vec::new();
    for answers in answers {
        found.extend(answers.findings);
        known.extend(answers.known);
        told.extend(answers.told);
        problems.extend(answers.problems);
    }
    let names_primary = names_primary(rules);
    Answered {
        decisions: applying.len()
            * match fold::folds(action) {
                true => fold::count((inventory, flow), requests),
                false => requests.len(),
            },
        applying,
        findings: merge(inventory, flow, found, &names_primary),
        known,
        told,
        problems,
    }
}

/// The rules that apply to such requests, by their place among all, with what they read of these.
fn applying<'r>(
    inventory: &Inventory,
    rules: &[&'r Rule],
    environment: Environment,
) -> (Vec<usize>, Vec<(&'r Rule, ReadSet)>) {
    let named = |uid: &_| rule::declared(inventory, uid);
    let applying = rules.iter().enumerate();
    let applying = applying.filter(|(_, rule)| rule.applies(environment));
    applying
        .map(|(at, rule)| {
            let read_set = ReadSet::new(&rule.condition().leaves, environment, &named);
            (at, (*rule, read_set))
        })
        .unzip()
}

/// Whether the author of the rule of a finding says what to point at.
fn names_primary(rules: &[&Rule]) -> impl Fn(&Finding) -> bool {
    |finding: &Finding| {
        let mut rules = rules.iter();
        rules.any(|rule| rule.info.id == finding.rule.id && !rule.primary.is_empty())
    }
}

/// The attributes that follow from where things end up and that a rule reads.
fn wanted(inventory: &Inventory, rules: &[&Rule]) -> BTreeSet<Derived> {
    let named = |uid: &_| rule::declared(inventory, uid);
    let mut wanted = BTreeSet::new();
    for rule in rules.iter().filter(|rule| rule.may_read_flow()) {
        for environment in rule.environments() {
            let read_set = ReadSet::new(&rule.condition().leaves, environment, &named);
            for need in &read_set.needs {
                if let Read::Value(path, attribute) = need
                    && let Origin::Inventory(derived) = path.kind.attributes()[*attribute].origin
                    && derived.is_flow()
                {
                    wanted.insert(derived);
                }
            }
        }
    }
    wanted
}

/// Whether a debug build decides a request anew: of very many a sample is enough, all take minutes.
fn is_sampled(at: usize) -> bool {
    at < 64 || at.is_multiple_of(61)
}

/// What some rules said of some requests.
#[derive(Default)]
struct Answers {
    findings: Vec<(Finding, Option<Way>)>,
    known: Vec<(usize, Verdict)>,
    told: Vec<(Reported, Verdict)>,
    problems: Vec<Problem>,
}

fn answer(
    (inventory, flow): (&Inventory, &Flow),
    rules: &[(&Rule, ReadSet)],
    (requests, table): (&[Request], Option<&Table>),
    asked: Asked<'_>,
) -> Answers {
    let mut answers = Answers::default();
    for (rule, read_set) in rules {
        let evaluator = RuleEvaluator::new(rule, read_set, asked.now, asked.completions);
        let mut known = HashMap::new();
        let mut alike = table.map(|table| table.of(read_set));
        let mut passes: HashSet<usize> = HashSet::new();
        for (at, request) in requests.iter().enumerate() {
            if at % COUNTED == COUNTED - 1 {
                asked.decided.made.fetch_add(COUNTED, Ordering::Relaxed);
            }
            let sort = alike.as_mut().and_then(|alike| alike.of(at));
            let is_known = sort.is_some_and(|sort| passes.contains(&sort));
            if is_known && !(cfg!(debug_assertions) && is_sampled(at)) {
                continue;
            }
            let view = View::new(inventory, flow, *request);
            // The number under which it is known, if it is found.
            let number = LazyCell::new(|| {
                let told = asked.known;
                told.and_then(|told| told(&findings::identity(rule, inventory, request)))
            });
            let is_new = || number.is_none();
            let scan = match request.open {
                Some(_) => Scan::Own(Vec::new()),
                None => view.scan(read_set),
            };
            let (roots, decision) = match scan {
                Scan::Broken => continue,
                Scan::Own(roots) => {
                    let decision = evaluator.decide(&view, &roots, is_new);
                    (roots, decision)
                }
                Scan::Shared(tokens, roots) => {
                    let decide = || evaluator.decide(&view, &roots, is_new);
                    let decision = known.entry(tokens).or_insert_with(decide);
                    // Found before about something that is known.
                    if matches!(decision, Decision::Unexplained(_)) && is_new() {
                        *decision = decide();
                    }
                    debug_assert!(
                        !is_sampled(at) || {
                            let is_explained = || !matches!(decision, Decision::Unexplained(_));
                            *decision == evaluator.decide(&view, &roots, is_explained)
                        },
                        "rule `{}`: alike requests, unlike decisions",
                        rule.info.id
                    );
                    if *decision == Decision::Pass {
                        passes.extend(sort);
                        continue;
                    }
                    debug_assert!(
                        !is_known,
                        "rule `{}`: alike to a table, unlike decisions",
                        rule.info.id
                    );
                    (roots, decision.clone())
                }
            };
            if let Some(verdict) = findings::verdict(view.context.certain, &decision)
                && let Some(number) = *number
            {
                answers.known.push((number, verdict));
                if request.way.is_some() && request.principal.kind == Kind::Artifact {
                    let place = findings::named(inventory, request.resource);
                    let reported = (rule.info.id.clone(), place, request.principal);
                    answers.told.push((reported, verdict));
                }
                continue;
            }
            let finding = findings::finding(rule, read_set, &view, &roots, &decision, None);
            let finding = finding.map(|mut finding| {
                let views = std::slice::from_ref(&view);
                edits::attach(&evaluator, views, true, (&roots, &decision), &mut finding);
                (finding, request.way)
            });
            answers.findings.extend(finding);
            if let Decision::Error(error) = decision {
                let problem = not_evaluated(inventory, rule, request, &error);
                answers.problems.push(problem);
            }
        }
        let rest = requests.len() % COUNTED;
        asked.decided.made.fetch_add(rest, Ordering::Relaxed);
    }
    answers
}

fn not_evaluated(inventory: &Inventory, rule: &Rule, request: &Request, error: &str) -> Problem {
    let id = &rule.info.id;
    let message = format!(
        "rule `{id}` could not be evaluated for {}: {}",
        inventory.describe(request.principal),
        error
    );
    Problem::new(ProblemKind::Evaluation, Code::NotEvaluated, message)
        .at(request.stated, "evaluated because of this")
        .at(rule.info.span, "this rule")
        .help("guard what may be absent with `has`, and keep arithmetic within 64 bits")
}
