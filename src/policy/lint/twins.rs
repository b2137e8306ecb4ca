//! Rules that say the same.

use std::collections::BTreeMap;

use super::canonical::canonical;
use super::{Subject, entity_of};
use crate::finding::{Lint, RuleInfo};
use crate::policy::rule::Rule;
use crate::source::{Code, Problem};

/// Rules that say the same where both are asked: of each, the first one that does.
pub(super) fn twins(
    rules: &[Rule],
    of_interest: &dyn Fn(&RuleInfo) -> bool,
    asked: &dyn Fn(&RuleInfo) -> bool,
) -> Vec<Lint> {
    let mut subjects: Vec<_> = rules.iter().filter_map(Subject::new).collect();
    subjects.retain(|subject| asked(&subject.rule.info));
    subjects.sort_by_key(|subject| (!subject.rule.info.built_in, subject.rule.info.span));
    let mut known: BTreeMap<String, Vec<&Subject<'_>>> = BTreeMap::new();
    let mut remarks = Vec::new();
    for subject in &subjects {
        let text = subject.condition().map(canonical).unwrap_or_default();
        let alike = known.entry(text).or_default();
        let first = alike.iter().find(|other| overlap(other, subject));
        if let Some(first) = first
            && of_interest(&subject.rule.info)
        {
            remarks.push(Lint::fault(twin(first, subject)));
        }
        alike.push(subject);
    }
    remarks
}

/// Whether some request is surely asked of both, if there is one of either.
fn overlap(one: &Subject<'_>, other: &Subject<'_>) -> bool {
    let sides = |subject: &Subject<'_>| {
        [
            entity_of(subject.policy.principal_constraint().as_inner()),
            entity_of(subject.policy.resource_constraint().as_inner()),
        ]
    };
    let mut entities = sides(one).into_iter().zip(sides(other));
    let compatible = entities.all(|(a, b)| a.is_none() || b.is_none() || a == b);
    let mut environments = one.rule.environments();
    compatible && environments.any(|environment| other.rule.applies(environment))
}

fn twin(first: &Subject<'_>, second: &Subject<'_>) -> Problem {
    let place = |subject: &Subject<'_>| match subject.condition() {
        Some(condition) => subject.span(condition),
        None => subject.rule.info.span,
    };
    let other = &first.rule.info;
    let whose = if other.built_in {
        "built-in rule"
    } else {
        "rule"
    };
    second
        .problem(
            Code::SameCondition,
            &format!(
                "has the condition of {whose} `{}`, and some requests are put to both",
                other.id
            ),
        )
        .at(place(second), "the same condition")
        .at(place(first), "as here")
        .help(match other.built_in {
            true => "delete this rule; or list the built-in one under `ignore`, to replace it",
            false => "delete one of them, or correct a condition",
        })
}
