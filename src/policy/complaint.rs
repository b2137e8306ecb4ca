//! What is said of policies that cannot be used, by us and by Cedar.

use miette::Diagnostic;

use super::text::{Text, text_at};
use crate::finding::RuleInfo;
use crate::source::{Code, Problem, ProblemKind};

/// That a rule is called like one that was there before it.
pub(super) fn same_id(first: &RuleInfo, second: &RuleInfo) -> Problem {
    let id = &first.id;
    if first.built_in {
        let message = format!("rule id `{id}` is already used by a built-in rule");
        policy_problem(Code::DuplicateRule, message)
            .at(second.span, "never evaluated")
            .at(first.span, "this one is evaluated instead")
            .help(
                "give this one another `@id`; to have it in the place of the built-in one, also \
                 list that under `ignore`",
            )
    } else {
        policy_problem(Code::DuplicateRule, format!("two rules have the id `{id}`"))
            .at(second.span, "declared again here, and never evaluated")
            .at(first.span, "first declared here")
            .help("give this one another `@id`")
    }
}

/// A problem of a policy, as yet without a place.
pub(super) fn policy_problem(code: Code, message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Policy, code, message)
}

/// What Cedar says of a policy, with its own labels as spans of ours.
pub(super) fn cedar_problem(code: Code, diagnostic: &dyn Diagnostic, texts: &[Text]) -> Problem {
    let mut problem = policy_problem(code, without_policy(&diagnostic.to_string()));
    for label in diagnostic.labels().into_iter().flatten() {
        let text = label.label().unwrap_or("here").to_owned();
        problem = problem.at(
            text_at(texts, label.offset()).range(label.offset(), label.len()),
            text,
        );
    }
    if problem.labels.is_empty() {
        problem = problem.at(text_at(texts, 0).place_or_start(None), "in this file");
    }
    match diagnostic.help() {
        Some(help) => problem.help(help.to_string()),
        None => problem,
    }
}

/// What Cedar says, without which policy it says it of: the place tells.
fn without_policy(message: &str) -> &str {
    let named = message.strip_prefix("for policy `");
    let after = named.and_then(|rest| rest.split_once('`'));
    after.map_or(message, |(_, rest)| {
        rest.trim_start_matches([',', ':', ' '])
    })
}
