//! What a policy says of a request: Cedar's verdict, over all that the unknown may be.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use cedar_policy_core::ast::{Expr, Literal, Request, SlotEnv, Value, ValueKind};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use super::candidates::{Candidates, candidates};
use super::condition::Deciding;
use super::encode::{Unencodable, encode};
use super::read_set::{Read, ReadSet};
use super::rule::{Forbids, Rule};
use super::view::{Unknown, View};
use crate::inventory::{Reading, Root};
use crate::model::{Atom, EntityId, Origin, Truth};

/// What a verdict is worth where nothing else is set, in unknowns that are looked at: each time that
/// one more is filled in, all that are left are looked at again.
pub(super) const COMPLETIONS: usize = 1024;

/// What it is worth to say what would pass, shared among the unknowns and their values.
const HINT_LOOKS: usize = 512;

/// Most values that are said to pass together: more tell nobody what to do.
const HINT_VALUES: usize = 4;

/// Most unknowns of one request for which completions are tried: two values of each would be far
/// too many, and each costs a look at all others.
const UNKNOWNS: usize = 64;

/// What a policy says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// It does not forbid it.
    Pass,
    /// It forbids it, whatever the unknown is, because of these operands.
    Violation(Vec<Deciding>),
    /// It depends on what is unknown.
    Undetermined(Undetermined),
    /// It forbids it, or depends on what is unknown; nobody wants to know why.
    Unexplained(Outcome),
    /// Cedar could not evaluate it.
    Error(String),
}

/// What a verdict depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undetermined {
    /// The operands that hold whatever the unknown is, and let it matter.
    pub(super) known: Vec<Deciding>,
    /// The operands that depend on it.
    pub(super) open: Vec<usize>,
    /// The unknowns that they depend on, by their place among those of the request.
    pub(super) roots: Vec<usize>,
    /// What makes it pass, all of it together.
    pub(super) passes: Vec<Passing>,
    /// Whether not all was tried that there is, so that it may be no question at all.
    pub(super) is_cut: bool,
}

/// The values of an unknown that make a request pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passing {
    /// The unknown, by its place among those of the request.
    pub(super) root: usize,
    /// The values that do.
    pub(super) values: Vec<Given>,
    /// Those that are not known to; empty where only an example is known.
    pub(super) others: Vec<Given>,
}

/// A value, freed from the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    Bool(bool),
    Long(i64),
    Text(String),
    Date(i64),
    Variant(u8),
    Entity(EntityId),
    Absent,
    Set(Vec<Given>),
}

/// Puts requests to one policy.
pub(super) struct RuleEvaluator<'a> {
    pub(super) rule: &'a Rule,
    pub(super) read_set: &'a ReadSet,
    pub(super) now: i64,
    /// How many unknowns are looked at for one verdict.
    pub(super) looks: usize,
}

/// How the completions of what is unknown came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    AllPass,
    AllDenied,
    Mixed,
}

impl Outcome {
    fn of(denied: bool) -> Self {
        if denied {
            Self::AllDenied
        } else {
            Self::AllPass
        }
    }

    fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::Mixed }
    }
}

impl<'a> RuleEvaluator<'a> {
    /// What the policy says, with everything that `view` assumes; and why, if it is not a pass and
    /// `explain` says so.
    ///
    /// One call of Cedar where all is known; at most [`RuleEvaluator::looks`] where it is not, and twice
    /// [`HINT_LOOKS`] to say what would pass.
    pub(super) fn decide(
        &self,
        view: &View<'a>,
        roots: &[Unknown],
        explain: impl FnOnce() -> bool,
    ) -> Decision {
        if view.request.open.is_some() {
            return self.decide_open(view);
        }
        let mut leaves = Leaves::new(self, view, None);
        let mut looks = self.looks;
        let condition = self.rule.condition();
        let outcome = if roots.is_empty() {
            let denied = leaves.ask();
            debug_assert!(
                denied.as_ref().is_ok_and(|denied| {
                    condition.evaluate(&mut |leaf| leaves.truth(leaf)) == Truth::from(*denied)
                }) || denied.is_err(),
                "rule `{}`: what is said of the condition is not what Cedar says",
                self.rule.info.id
            );
            denied.map(Outcome::of)
        } else {
            self.complete(view, Some(&leaves), &mut looks)
        };
        match outcome {
            Err(fault) => Decision::Error(fault.0),
            Ok(Outcome::AllPass) => Decision::Pass,
            Ok(outcome) if !explain() => Decision::Unexplained(outcome),
            Ok(Outcome::AllDenied) => {
                let mut deciding = condition.deciding(&mut |leaf| leaves.truth(leaf));
                if deciding.is_empty() {
                    let (open, known) = condition.open(&mut |leaf| leaves.truth(leaf));
                    // What depends on one operand alone, whatever is unknown in it, settles that one.
                    let held = match *open {
                        [only] => [Truth::True, Truth::False].into_iter().find(|held| {
                            let mut truth = |at| if at == only { *held } else { leaves.truth(at) };
                            condition.evaluate(&mut truth) == Truth::True
                        }),
                        _ => None,
                    };
                    let held = held.unwrap_or(Truth::Unknown);
                    let open = open.into_iter().map(|leaf| Deciding { leaf, held });
                    deciding = known.into_iter().chain(open).collect();
                }
                Decision::Violation(deciding)
            }
            Ok(Outcome::Mixed) => {
                let (open, known) = condition.open(&mut |leaf| leaves.truth(leaf));
                let relevant = self.missing(view, &open);
                let places = relevant
                    .iter()
                    .filter_map(|root| roots.iter().position(|known| known == root));
                Decision::Undetermined(Undetermined {
                    known,
                    open,
                    roots: places.collect(),
                    passes: self.passes(&leaves, roots, &relevant),
                    is_cut: looks == 0,
                })
            }
        }
    }

    /// What the policy says of whatever may be there besides what is listed: an operand that reads it
    /// may come to anything.
    fn decide_open(&self, view: &View<'a>) -> Decision {
        let mut leaves = Leaves::new(self, view, None);
        let condition = self.rule.condition();
        match condition.evaluate(&mut |leaf| leaves.truth(leaf)) {
            Truth::False => Decision::Pass,
            Truth::True => Decision::Violation(condition.deciding(&mut |leaf| leaves.truth(leaf))),
            Truth::Unknown => {
                let (open, known) = condition.open(&mut |leaf| leaves.truth(leaf));
                Decision::Undetermined(Undetermined {
                    known,
                    open,
                    roots: Vec::new(),
                    passes: Vec::new(),
                    is_cut: false,
                })
            }
        }
    }

    /// Tries all that the unknown may be, as far as it matters. `known` are the leaves under a view
    /// that assumes less.
    fn complete(
        &self,
        view: &View<'a>,
        known: Option<&Leaves<'_, 'a>>,
        budget: &mut usize,
    ) -> Result<Outcome, Unencodable> {
        if *budget == 0 {
            return Ok(Outcome::Mixed);
        }
        let mut leaves = Leaves::new(self, view, known);
        let (open, _) = self.rule.condition().open(&mut |leaf| leaves.truth(leaf));
        let relevant = self.relevant(view, &open);
        *budget = budget.saturating_sub(1 + relevant.len());
        if relevant.len() > UNKNOWNS {
            return Ok(Outcome::Mixed);
        }
        let Some(root) = relevant.first().copied() else {
            // Either what is unknown can take no form that could be tried, or the condition is
            // settled: then any completion will do to hear it from Cedar.
            if open.iter().any(|leaf| leaves.reads_unknown(*leaf)) {
                return Ok(Outcome::Mixed);
            }
            let denied = if leaves.unknown.contains(&true) {
                let completed = self.any_completion(view);
                Leaves::new(self, &completed, Some(&leaves)).ask()
            } else {
                leaves.ask()
            };
            return denied.map(Outcome::of);
        };
        let mut outcome: Option<Outcome> = None;
        let mut candidates = self.candidates(view, root);
        // That there is none is tried first: what there is may lead to what is unknown in its turn.
        if candidates.values.last() == Some(&Reading::Absent) {
            candidates.values.rotate_right(1);
        }
        for (view, _) in self.branches(view, root, candidates.values) {
            let this = self.complete(&view, Some(&leaves), budget)?;
            let joined = outcome.map_or(this, |known| known.join(this));
            if joined == Outcome::Mixed {
                return Ok(joined);
            }
            outcome = Some(joined);
        }
        // What was tried may not be all that there is.
        Ok(outcome.filter(|_| candidates.all).unwrap_or(Outcome::Mixed))
    }

    fn candidates(&self, view: &View<'a>, root: Unknown) -> Candidates<'a> {
        match root {
            Unknown::Attribute(root) => {
                let (literals, whole) = (self.rule.literals(), self.reads_whole_set(root));
                candidates(view, root, literals, self.read_set, whole, self.now)
            }
            Unknown::ContextAttribute(of) => Candidates {
                values: view.candidates(of),
                all: true,
            },
        }
    }

    /// The view under each of the values that `root` may have; values that nothing the policy reads
    /// tells apart are tried once.
    fn branches(
        &self,
        view: &View<'a>,
        root: Unknown,
        values: Vec<Reading<'a>>,
    ) -> impl Iterator<Item = (View<'a>, Reading<'a>)> {
        let mut seen = HashSet::new();
        values
            .into_iter()
            .map(move |value| (view.assuming(root, value.clone()), value))
            .filter(move |(view, _)| {
                let alike = view.tokens(self.read_set);
                alike.is_none_or(|tokens| seen.insert(tokens))
            })
    }

    /// Whether the policy reads a count or a property of the set at `root`.
    fn reads_whole_set(&self, root: Root) -> bool {
        self.read_set.needs.iter().any(|need| match need {
            Read::Value(path, attribute) => {
                let origin = path.kind.attributes()[*attribute].origin;
                path.kind == root.entity.kind && origin.of() == Some(root.attribute)
                    || matches!(origin, Origin::Inventory(_))
            }
            _ => false,
        })
    }

    /// What is unknown in these leaves; each once, in the order of the text.
    fn relevant(&self, view: &View<'a>, leaves: &[usize]) -> Vec<Unknown> {
        let mut seen = HashSet::new();
        let needs = leaves.iter().flat_map(|leaf| &self.read_set.by_leaf[*leaf]);
        let roots = needs.flat_map(|need| view.unknown(&self.read_set.needs[*need]));
        roots.filter(|root| seen.insert(*root)).collect()
    }

    /// What nobody states of these leaves, as documents can state it; each once, in that order.
    fn missing(&self, view: &View<'a>, leaves: &[usize]) -> Vec<Unknown> {
        let mut seen = HashSet::new();
        let needs = leaves.iter().flat_map(|leaf| &self.read_set.by_leaf[*leaf]);
        let unstated = needs.flat_map(|need| view.unstated(&self.read_set.needs[*need]));
        unstated.filter(|root| seen.insert(*root)).collect()
    }

    fn any_completion(&self, view: &View<'a>) -> View<'a> {
        let mut view = view.clone();
        // A derived fact is given a value as such: it may rest on very many unknowns.
        for need in &self.read_set.needs {
            if let Some((fact, value)) = view.derived_unknown(need) {
                view = view.assuming(fact, value);
            }
        }
        loop {
            let mut needs = self.read_set.needs.iter();
            let Some(root) = needs.find_map(|need| view.unknown(need).first().copied()) else {
                return view;
            };
            let values = self.candidates(&view, root).values;
            let value = values.into_iter().next().unwrap_or(Reading::Absent);
            view = view.assuming(root, value);
        }
    }

    /// What must be so that the request passes: of one unknown, its values that do whatever the
    /// others are; else one value each of as many as it takes.
    fn passes(
        &self,
        leaves: &Leaves<'_, 'a>,
        roots: &[Unknown],
        relevant: &[Unknown],
    ) -> Vec<Passing> {
        let view = leaves.view;
        let place = |root: &Unknown| roots.iter().position(|known| known == root);
        // Of very many, those that the request is about are looked at.
        let asked = [view.request.principal, view.request.resource];
        let few = relevant.len() <= UNKNOWNS;
        let own = relevant.iter().filter(|root| match root {
            // What is derived is no document's to state.
            Unknown::Attribute(root) => is_stated(*root) && (few || asked.contains(&root.entity)),
            Unknown::ContextAttribute(_) => true,
        });
        let own: Vec<Unknown> = own.take(UNKNOWNS).copied().collect();
        let relevant = own.as_slice();
        let mut left = HINT_LOOKS;
        for (at, root) in relevant.iter().enumerate() {
            let share = left / (relevant.len() - at);
            let mut budget = share;
            let (values, others) = self.passing(leaves, *root, &mut budget);
            left -= share - budget;
            if let (false, Some(root)) = (values.is_empty(), place(root)) {
                return vec![Passing {
                    root,
                    values,
                    others,
                }];
            }
        }
        let mut view = view.clone();
        let mut all = Vec::new();
        let mut budget = HINT_LOOKS;
        for root in relevant.iter().take(HINT_VALUES) {
            let values = self.candidates(&view, *root).values;
            let mut branches = self.branches(&view, *root, values).filter_map(|branch| {
                let outcome = self.complete(&branch.0, Some(leaves), &mut budget).ok()?;
                (outcome != Outcome::AllDenied).then_some((outcome, branch))
            });
            let (Some((outcome, (next, value))), Some(root)) = (branches.next(), place(root))
            else {
                return Vec::new();
            };
            drop(branches);
            all.push(Passing {
                root,
                values: vec![Given::from(&value)],
                others: Vec::new(),
            });
            if outcome == Outcome::AllPass {
                return all;
            }
            view = next;
        }
        Vec::new()
    }

    /// The values of `root` under which the request is known to pass whatever else is unknown, and
    /// the rest.
    fn passing(
        &self,
        leaves: &Leaves<'_, 'a>,
        root: Unknown,
        budget: &mut usize,
    ) -> (Vec<Given>, Vec<Given>) {
        let view = leaves.view;
        let mut outcomes = HashMap::new();
        let (mut values, mut others) = (Vec::new(), Vec::new());
        let candidates = self.candidates(view, root).values;
        let count = candidates.len();
        for (at, value) in candidates.into_iter().enumerate() {
            // What there is no time to look at is not known to pass.
            if *budget == 0 {
                others.push(Given::from(&value));
                continue;
            }
            let share = (*budget / (count - at)).max(1);
            let mut left = share;
            let view = view.assuming(root, value.clone());
            let mut outcome = || {
                let outcome = self.complete(&view, Some(leaves), &mut left);
                matches!(outcome, Ok(Outcome::AllPass))
            };
            let passes = match view.tokens(self.read_set) {
                Some(alike) => *outcomes.entry(alike).or_insert_with(outcome),
                None => outcome(),
            };
            *budget -= share - left;
            if passes {
                values.push(Given::from(&value));
            } else {
                others.push(Given::from(&value));
            }
        }
        (values, others)
    }
}

/// Whether a document can state it.
fn is_stated(root: Root) -> bool {
    let origin = root.entity.kind.attributes()[root.attribute].origin;
    !matches!(origin, Origin::Inventory(_))
}

impl Given {
    /// The value, to be said; `None` for what is no single value.
    pub(super) fn atom(&self) -> Option<Atom<'_>> {
        match self {
            Self::Bool(value) => Some(Atom::Bool(*value)),
            Self::Long(value) => Some(Atom::Long(*value)),
            Self::Text(value) => Some(Atom::Text(value)),
            Self::Date(value) => Some(Atom::Date(*value)),
            Self::Variant(value) => Some(Atom::Variant(*value)),
            Self::Entity(value) => Some(Atom::Entity(*value)),
            Self::Absent | Self::Set(_) => None,
        }
    }
}

impl From<&Reading<'_>> for Given {
    fn from(reading: &Reading<'_>) -> Self {
        let one = |atom: &Atom<'_>| match atom {
            Atom::Bool(value) => Self::Bool(*value),
            Atom::Long(value) => Self::Long(*value),
            Atom::Text(value) => Self::Text((*value).to_owned()),
            Atom::Date(value) => Self::Date(*value),
            Atom::Variant(value) => Self::Variant(*value),
            Atom::Entity(value) => Self::Entity(*value),
        };
        match reading {
            Reading::One(atom) => one(atom),
            Reading::Many(elements) => {
                Self::Set(elements.iter().map(|(atom, _)| one(atom)).collect())
            }
            Reading::Absent | Reading::Unknown | Reading::Broken => Self::Absent,
        }
    }
}

/// The leaves of a condition under one view, each evaluated by Cedar when it is first asked for.
pub(super) struct Leaves<'j, 'a> {
    evaluator: &'j RuleEvaluator<'a>,
    view: &'j View<'a>,
    /// The view as Cedar sees it: to encode it takes longer than most answers.
    encoded: OnceCell<Result<(Request, Entities), Unencodable>>,
    /// Of each need of the policy, whether it is unknown.
    unknown: Vec<bool>,
    truths: Vec<Option<Truth>>,
}

impl<'j, 'a> Leaves<'j, 'a> {
    /// The leaves under `view`; what is `known` where less is assumed stays as it is.
    pub(super) fn new(
        evaluator: &'j RuleEvaluator<'a>,
        view: &'j View<'a>,
        known: Option<&Leaves<'_, 'a>>,
    ) -> Self {
        let needs = evaluator.read_set.needs.iter();
        let unknown = needs.map(|need| view.is_unknown(need)).collect();
        let settled = |truth: &Option<Truth>| truth.filter(|truth| *truth != Truth::Unknown);
        let truths = match known {
            Some(known) => known.truths.iter().map(settled).collect(),
            None => vec![None; evaluator.rule.condition().leaves.len()],
        };
        Self {
            evaluator,
            view,
            encoded: OnceCell::new(),
            unknown,
            truths,
        }
    }

    fn encoded(&self) -> Result<&(Request, Entities), Unencodable> {
        let evaluator = self.evaluator;
        let encode = || encode(self.view, evaluator.read_set, evaluator.now);
        self.encoded
            .get_or_init(encode)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Asks Cedar whether the policy forbids it; nothing that it reads may be unknown.
    ///
    /// A request is denied if a `forbid` applies, and, where everything is forbidden that is not
    /// permitted, if no `permit` does. Cedar's authorizer says the same of a set of policies, and takes
    /// longer; a property test holds the two together.
    fn ask(&self) -> Result<bool, Unencodable> {
        let evaluator = self.evaluator()?;
        let applies = |condition: &Expr| -> Result<bool, Unencodable> {
            let value = evaluator.interpret(condition, &SlotEnv::new())?;
            as_bool(&value)
                .ok_or_else(|| Unencodable(format!("`{value}` is neither true nor false")))
        };
        match self.evaluator.rule.forbids() {
            Forbids::If(condition) => applies(condition),
            Forbids::Unless(permits) => {
                let applying = permits.iter().map(applies).collect::<Result<Vec<_>, _>>()?;
                Ok(!applying.contains(&true))
            }
        }
    }

    fn evaluator(&self) -> Result<Evaluator<'_>, Unencodable> {
        let (request, entities) = self.encoded()?;
        // To build those of Cedar takes longer than to evaluate a hundred policies.
        let extensions = match self.evaluator.read_set.uses_extensions {
            true => Extensions::all_available(),
            false => Extensions::none(),
        };
        Ok(Evaluator::new(request.clone(), entities, extensions))
    }

    fn reads_unknown(&self, leaf: usize) -> bool {
        let mut needs = self.evaluator.read_set.by_leaf[leaf].iter();
        needs.any(|need| self.unknown[*need])
    }

    /// Unknown where the leaf reads what is unknown, and where it cannot be evaluated.
    pub(super) fn truth(&mut self, leaf: usize) -> Truth {
        if let Some(truth) = self.truths[leaf] {
            return truth;
        }
        let truth = if self.reads_unknown(leaf) {
            Truth::Unknown
        } else {
            self.evaluate(leaf)
        };
        self.truths[leaf] = Some(truth);
        truth
    }

    fn evaluate(&self, leaf: usize) -> Truth {
        let Ok(evaluator) = self.evaluator() else {
            return Truth::Unknown;
        };
        let expr = &self.evaluator.rule.condition().leaves[leaf].expr;
        let value = evaluator.interpret(expr, &SlotEnv::new()).ok();
        value
            .and_then(|value| as_bool(&value))
            .map_or(Truth::Unknown, Truth::from)
    }
}

fn as_bool(value: &Value) -> Option<bool> {
    match value.value_kind() {
        ValueKind::Lit(Literal::Bool(truth)) => Some(*truth),
        _ => None,
    }
}
