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

/// A list that may hold more than it names may hold any number more.
#[test]
fn a_list_that_may_go_on_may_be_longer_than_any_number() {
    let keys = "zones: { z: {} }\nkeyStores: { s: { zone: z } }\n\
                keys: { a: { store: s }, b: { store: s }, c: { store: s } }\n";
    let few = "@id(\"own\") forbid(principal is Verifier, action == Action::\"declare\", resource)\n\
               when { principal.trustsCount > 2 };";
    let verifier = |what: &str| format!("{keys}verifiers: {{ v: {{ {what} }} }}\n");
    let verdict = |what: &str, policy: &str| {
        let verdicts = verdicts(&verifier(what), policy).into_iter();
        let words = verdicts.map(|said| said.replace("v ", ""));
        words.collect::<Vec<_>>()
    };
    assert_eq!(verdict("trusts: [a, b]", few), [""; 0]);
    assert_eq!(verdict("trusts: [a, b, c]", few), ["violation"]);
    assert_eq!(verdict("trusts: unknown", few), ["undetermined"]);
    assert_eq!(
        verdict("trusts: [a], complete: false", few),
        ["undetermined"]
    );
    assert_eq!(
        verdict("trusts: [a, b, c], complete: false", few),
        ["violation"]
    );
    let many = few.replace("trustsCount > 2", "algorithmsCount > 20");
    assert_eq!(verdict("algorithms: [RS256]", &many), [""; 0]);
    assert_eq!(verdict("algorithms: unknown", &many), ["undetermined"]);
    let some = few.replace("trustsCount > 2", "algorithmsCount < 1000");
    assert_eq!(verdict("algorithms: unknown", &some), ["undetermined"]);
    let any = few.replace("trustsCount > 2", "trustsCount >= 0");
    assert_eq!(verdict("trusts: unknown", &any), ["violation"]);
}
