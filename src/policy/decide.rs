//! What a policy says of a request: Cedar's verdict, over all that the unknown may be.

use hashbrown::{HashMap, HashSet};

use super::candidates::{Candidates, candidates};
use super::condition::Deciding;
use super::encode::Unencodable;
use super::leaves::{Alike, Leaves, RuleEvaluator, Session};
use super::read_set::Read;
use super::view::{Unknown, View};
use crate::inventory::{MissingFact, Reading};
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
        self.session().decide(view, roots, explain)
    }
}

impl<'a> Session<'_, 'a> {
    fn decide(
        &self,
        view: &View<'a>,
        roots: &[Unknown],
        explain: impl FnOnce() -> bool,
    ) -> Decision {
        if view.request.open.is_some() {
            return self.decide_open(view);
        }
        let mut leaves = Leaves::new(self, view, None);
        let mut looks = self.evaluator.looks;
        let condition = self.evaluator.rule.condition();
        let outcome = if roots.is_empty() {
            let denied = leaves.ask();
            debug_assert!(
                denied.as_ref().is_ok_and(|denied| {
                    condition.evaluate(&mut |leaf| leaves.truth(leaf)) == Truth::from(*denied)
                }) || denied.is_err(),
                "rule `{}`: what is said of the condition is not what Cedar says",
                self.evaluator.rule.info.id
            );
            denied.map(Outcome::of)
        } else {
            self.complete(&mut leaves, &mut looks)
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
                let relevant = self.missing(&leaves, &open);
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
        let condition = self.evaluator.rule.condition();
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

    /// Tries all that the unknown may be, as far as it matters.
    fn complete(
        &self,
        leaves: &mut Leaves<'_, 'a>,
        budget: &mut usize,
    ) -> Result<Outcome, Unencodable> {
        if *budget == 0 {
            return Ok(Outcome::Mixed);
        }
        let view = leaves.view;
        let condition = self.evaluator.rule.condition();
        let open = condition.unknown(&mut |leaf| leaves.truth(leaf));
        let relevant = self.relevant(leaves, &open);
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
            let ask = || match leaves.has_unknown() {
                true => Leaves::new(self, &self.any_completion(view), None).ask(),
                false => leaves.ask(),
            };
            let denied = match open.is_empty() {
                true => leaves.settled(ask),
                false => ask(),
            };
            return denied.map(Outcome::of);
        };
        let mut outcome: Option<Outcome> = None;
        let mut candidates = self.candidates(view, root);
        // That there is none is tried first: what there is may lead to what is unknown in its turn.
        if candidates.values.last() == Some(&Reading::Absent) {
            candidates.values.rotate_right(1);
        }
        let mut seen = HashSet::new();
        for value in candidates.values {
            let view = view.assuming(root, value);
            let mut leaves = Leaves::new(self, &view, Some(leaves));
            if !is_new(&leaves, &mut seen) {
                continue;
            }
            let this = self.complete(&mut leaves, budget)?;
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
                let evaluator = self.evaluator;
                let (literals, whole) = (evaluator.rule.literals(), self.reads_whole_set(root));
                candidates(
                    view,
                    root,
                    literals,
                    evaluator.read_set,
                    whole,
                    evaluator.now,
                )
            }
            Unknown::ContextAttribute(of) => Candidates {
                values: view.candidates(of),
                all: true,
            },
        }
    }

    /// Whether the policy reads a count or a property of the set at `root`.
    fn reads_whole_set(&self, root: MissingFact) -> bool {
        self.evaluator.read_set.needs.iter().any(|need| match need {
            Read::Value(path, attribute) => {
                let origin = path.kind.attributes()[*attribute].origin;
                path.kind == root.entity.kind && origin.of() == Some(root.attribute)
                    || matches!(origin, Origin::Inventory(_))
            }
            _ => false,
        })
    }

    /// What is unknown in these leaves; each once, in the order of the text.
    fn relevant(&self, of: &Leaves<'_, 'a>, leaves: &[usize]) -> Vec<Unknown> {
        let mut relevant = Vec::new();
        for need in self.needs(leaves).filter(|need| of.is_unknown(*need)) {
            let roots = of.view.unknown(&self.evaluator.read_set.needs[need]);
            add_new(&mut relevant, roots);
        }
        relevant
    }

    /// What nobody states of these leaves, as documents can state it; each once, in that order.
    fn missing(&self, of: &Leaves<'_, 'a>, leaves: &[usize]) -> Vec<Unknown> {
        let mut missing = Vec::new();
        for need in self.needs(leaves).filter(|need| of.is_unknown(*need)) {
            let roots = of.view.unstated(&self.evaluator.read_set.needs[need]);
            add_new(&mut missing, roots);
        }
        missing
    }

    /// What these leaves read.
    fn needs(&self, leaves: &[usize]) -> impl Iterator<Item = usize> {
        let by_leaf = &self.evaluator.read_set.by_leaf;
        leaves.iter().flat_map(|leaf| &by_leaf[*leaf]).copied()
    }

    fn any_completion(&self, view: &View<'a>) -> View<'a> {
        let mut view = view.clone();
        // A derived fact is given a value as such: it may rest on very many unknowns.
        for need in &self.evaluator.read_set.needs {
            if let Some((fact, value)) = view.derived_unknown(need) {
                view = view.assuming(fact, value);
            }
        }
        loop {
            let mut needs = self.evaluator.read_set.needs.iter();
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
            let mut seen = HashSet::new();
            let values = self.candidates(&view, *root).values.into_iter();
            let mut branches = values.filter_map(|value| {
                let view = view.assuming(*root, value.clone());
                let mut leaves = Leaves::new(self, &view, Some(leaves));
                if !is_new(&leaves, &mut seen) {
                    return None;
                }
                let outcome = self.complete(&mut leaves, &mut budget).ok()?;
                drop(leaves);
                (outcome != Outcome::AllDenied).then_some((outcome, view, value))
            });
            let (Some((outcome, next, value)), Some(root)) = (branches.next(), place(root)) else {
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
            let mut leaves = Leaves::new(self, &view, Some(leaves));
            let alike = leaves.alike();
            let known = alike
                .as_ref()
                .and_then(|alike| outcomes.get(alike).copied());
            let passes = known.unwrap_or_else(|| {
                let outcome = self.complete(&mut leaves, &mut left);
                matches!(outcome, Ok(Outcome::AllPass))
            });
            if let Some(alike) = alike {
                outcomes.insert(alike, passes);
            }
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

/// Whether no view was seen yet under which the policy reads the same.
fn is_new(leaves: &Leaves<'_, '_>, seen: &mut HashSet<Alike>) -> bool {
    leaves.alike().is_none_or(|alike| seen.insert(alike))
}

/// Adds what is not there yet.
fn add_new(all: &mut Vec<Unknown>, more: Vec<Unknown>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

/// Whether a document can state it.
fn is_stated(root: MissingFact) -> bool {
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
