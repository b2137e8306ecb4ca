//! What requests show of a rule: whether it fired, whether it stayed silent, and which of its
//! conditions were seen to hold and not to hold.

use super::decide::COMPLETIONS;
use super::decide::{Decision, Outcome};
use super::leaves::{Leaves, RuleEvaluator};
use super::read_set::{Environment, ReadSet};
use super::requests::requests;
use super::rule::{Rule, declared};
use super::scan::Scan;
use super::view::View;
use crate::flow::Flow;
use crate::inventory::Inventory;
use crate::model::{Action, Truth};
use crate::source::Span;

/// What was seen of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// It forbade something.
    pub fired: bool,
    /// It was asked, and forbade nothing.
    pub silent: bool,
    /// Of each of its conditions, what it came to.
    pub conditions: Vec<ConditionCoverage>,
}

/// What was seen of an operand of a rule's condition that reads something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionCoverage {
    /// Where it stands.
    pub span: Span,
    /// It held, as it is written.
    pub held: bool,
    /// It did not hold, as it is written.
    pub failed: bool,
    leaf: usize,
}

impl Coverage {
    /// Nothing seen yet of `rule`.
    pub fn of(rule: &Rule) -> Self {
        let reads = |leaf: usize| {
            let leaves = &rule.condition().leaves[leaf..=leaf];
            let mut all = rule.environments();
            all.any(|environment| {
                let read_set = ReadSet::new(leaves, environment, &|_| None);
                !read_set.needs.is_empty()
            })
        };
        // What the scope says of kinds and actions is true of every request that is asked.
        let conditions = (0..rule.condition().leaves.len()).filter(|leaf| reads(*leaf));
        let conditions = conditions.filter_map(|leaf| {
            Some(ConditionCoverage {
                span: rule.span_of(leaf)?,
                held: false,
                failed: false,
                leaf,
            })
        });
        Self {
            conditions: conditions.collect(),
            ..Self::default()
        }
    }

    /// Whether it can stay silent where it is asked: it has conditions.
    pub fn can_be_silent(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// How much there was to see, and how much of it was seen.
    pub fn score(&self) -> (usize, usize) {
        let conditions = self.conditions.iter();
        let conditions = conditions.flat_map(|seen| [seen.held, seen.failed]);
        let silent = self.can_be_silent().then_some(self.silent);
        let all = std::iter::once(self.fired).chain(silent).chain(conditions);
        all.fold((0, 0), |(total, seen), one| {
            (total + 1, seen + usize::from(one))
        })
    }

    /// Adds what the requests of `inventory` show. What is undetermined shows nothing.
    ///
    /// Only after [`evaluate`](super::evaluate) was asked of the same inventory and rule, which
    /// makes the attributes known that follow from where things end up. Cedar is asked once for
    /// each request.
    pub fn add(&mut self, inventory: &Inventory, flow: &Flow, rule: &Rule, now: i64) {
        let asks = |action: Action| rule.asks(action);
        for ((action, principal, resource), requests) in requests(inventory, flow, &asks) {
            let environment = Environment {
                action: action.def(),
                principal,
                resource,
            };
            if !rule.applies(environment) {
                continue;
            }
            let named = |uid: &_| declared(inventory, uid);
            let read_set = ReadSet::new(&rule.condition().leaves, environment, &named);
            let evaluator = RuleEvaluator::new(rule, &read_set, now, COMPLETIONS);
            for request in requests {
                let view = View::new(inventory, flow, request);
                let (Scan::Own(roots) | Scan::Shared(_, roots)) = view.scan(&read_set) else {
                    continue;
                };
                match evaluator.decide(&view, &roots, || false) {
                    Decision::Pass => self.silent = true,
                    Decision::Unexplained(Outcome::AllDenied) if view.context.certain => {
                        self.fired = true;
                    }
                    _ => {}
                }
                self.look(rule, &mut Leaves::new(&evaluator.session(), &view, None));
            }
        }
    }

    /// Notes what each leaf came to that Cedar would look at.
    fn look(&mut self, rule: &Rule, leaves: &mut Leaves<'_, '_>) {
        rule.condition().evaluate(&mut |leaf| {
            let truth = leaves.truth(leaf);
            let mut conditions = self.conditions.iter_mut();
            if let Some(seen) = conditions.find(|seen| seen.leaf == leaf) {
                let negated = rule.condition().leaves[leaf].written_negated;
                let written = if negated { !truth } else { truth };
                seen.held |= written == Truth::True;
                seen.failed |= written == Truth::False;
            }
            truth
        });
    }
}
