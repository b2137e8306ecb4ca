//! What is made of what is not known, and of what follows from it: cases that were once wrong.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use palisade::check::{Job, Root, check};
use palisade::source::{Candidate, Found, Origin};

/// The verdicts of one policy, each with what it is about and what would pass.
fn verdicts(document: &str, policy: &str) -> Vec<String> {
    let memory = |name: &str, text: &str| Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    };
    let outcome = check(Job {
        roots: vec![Root {
            found: Found {
                candidates: vec![memory("a.yaml", &format!("palisade: v1\n{document}"))],
                ..Found::default()
            },
            policies: vec![memory("own.cedar", policy)],
            ..Root::default()
        }],
        select: vec!["own".to_owned()],
        now: 1_767_225_600_000,
        ..Job::default()
    });
    let problems = outcome
        .problems
        .iter()
        .map(|problem| format!("problem: {}", problem.message));
    let findings = outcome.findings.iter().map(|finding| {
        let about = finding
            .identity
            .principal
            .split("::")
            .nth(1)
            .unwrap_or_default();
        format!("{about} {}", finding.verdict.name())
    });
    problems.chain(findings).collect()
}

#[track_caller]
fn are(document: &str, policy: &str, expected: &[&str]) {
    assert_eq!(verdicts(document, policy), expected);
}

#[test]
fn a_member_is_in_its_group_and_the_groups_around_that() {
    are(
        "zones: { z: {} }\nidentities:\n  staff: { zone: z }\n  admins: { zone: z, memberOf: [staff] }\n  a: { zone: z, memberOf: [admins] }\n  b: { zone: z }\n",
        "forbid(principal in Identity::\"staff\", action == Action::\"declare\", resource);",
        &["staff violation", "admins violation", "a violation"],
    );
}
