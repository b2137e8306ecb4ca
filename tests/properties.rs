//! What holds of any inventory and any policy.
//!
//! Random inventories over the whole vocabulary are put to random policies. The first property
//! holds the engine against a naive one: all entities, all completions, one call of Cedar for each.
//! `PROPTEST_CASES` says how many are tried, for a longer look.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "properties/oracle.rs"]
mod oracle;
#[path = "properties/policies.rs"]
mod policies;
#[path = "properties/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{PolicyId, PolicySet, ValidationMode, Validator};
use palisade::check::{Job, check};
use palisade::finding::{Outcome, Verdict};
use palisade::source::{Candidate, Found, Origin};
use proptest::prelude::*;

use oracle::{DOCUMENT, NOW, Subject};
use policies::Policy;
use world::{Choices, World};

/// How often each property is tried, unless `PROPTEST_CASES` says otherwise.
fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: asked.and_then(|text| text.parse().ok()).unwrap_or(usual),
        failure_persistence: Some(Box::new(
            proptest::test_runner::FileFailurePersistence::Direct(
                "tests/properties.proptest-regressions",
            ),
        )),
        ..ProptestConfig::default()
    }
}

fn numbers(most: usize) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 0..most)
}

fn text(name: &str, text: impl Into<Vec<u8>>) -> Candidate {
    Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.into()),
    }
}

fn run(documents: Vec<Candidate>, policies: Vec<Candidate>) -> Outcome {
    check(Job {
        found: Found {
            candidates: documents,
            ..Found::default()
        },
        policies,
        now: NOW,
        ..Job::default()
    })
}

/// Checks a world in one document.
fn run_world(world: &World, policies: &[Policy]) -> Outcome {
    let policies: Vec<_> = policies.iter().map(Policy::text).collect();
    let mut rules = Vec::new();
    if !policies.is_empty() {
        rules.push(text("own.cedar", policies.concat()));
    }
    run(vec![text(DOCUMENT, world.whole_document())], rules)
}

type Verdicts = BTreeMap<(String, Subject), BTreeSet<Verdict>>;

fn verdicts(outcome: &Outcome) -> Verdicts {
    let mut all = Verdicts::new();
    for finding in &outcome.findings {
        let identity = finding.identity.clone();
        let key = (identity.rule, (identity.principal, identity.resource));
        all.entry(key).or_default().insert(finding.verdict);
    }
    all
}

/// Random policies about `world`, those that the validator has nothing to say of.
fn make_policies(world: &World, count: usize, choices: &mut Choices<'_>) -> Vec<Policy> {
    let made = (0..count).map(|at| Policy::make(format!("own-{at}"), world, choices));
    let validator = Validator::new(oracle::schema().clone());
    made.filter(|policy| {
        let set: PolicySet = policy.text().parse().expect("a policy");
        let result = validator.validate(&set, ValidationMode::Strict);
        result.validation_passed_without_warnings()
    })
    .collect()
}

/// The policies as Cedar takes them, and the rules that come with Palisade, under their ids.
fn policy_set(own: &[Policy]) -> PolicySet {
    let built_in = walk("policies".as_ref());
    let texts = built_in.into_iter().chain(own.iter().map(Policy::text));
    let mut set = PolicySet::new();
    for text in texts.chain(["@id(\"permit\") permit(principal, action, resource);".to_owned()]) {
        for policy in text.parse::<PolicySet>().expect("a policy").policies() {
            let id = policy.annotation("id").expect("an id");
            set.add(policy.new_id(PolicyId::new(id)))
                .expect("ids are unique");
        }
    }
    set
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            texts.extend(walk(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "cedar")
        {
            texts.push(std::fs::read_to_string(path).expect("a text"));
        }
    }
    texts
}

fn holds_against_oracle(world: &World, own: &[Policy]) {
    let outcome = run_world(world, own);
    let shown = || {
        let policies: String = own.iter().map(Policy::text).collect();
        format!("{}\n{policies}", world.whole_document())
    };
    assert!(
        outcome.problems.is_empty(),
        "{:?}\n{}",
        outcome.problems,
        shown()
    );
    let found = verdicts(&outcome);
    let expected = oracle::tallies(world, &policy_set(own));
    for key in found.keys() {
        assert!(
            expected.contains_key(key),
            "{key:?} is no request\n{}",
            shown()
        );
    }
    for (key, tally) in expected {
        let found = found.get(&key);
        let only = |verdict| found.is_some_and(|found| *found == BTreeSet::from([verdict]));
        let open = only(Verdict::Undetermined);
        let agrees = match (tally.denied > 0, tally.passed > 0) {
            (true, true) => open,
            (true, false) => only(Verdict::Violation) || (open && !tally.exact),
            (false, _) => found.is_none() || (open && !tally.exact),
        };
        assert!(
            agrees,
            "{key:?}: {tally:?}, but found {found:?}\n{}",
            shown()
        );
    }
}

proptest! {
    #![proptest_config(cases(128))]

    /// All completions denied: a violation. None: nothing. Some: undetermined. No request more or
    /// less. This holds slices against whole stores, remembered verdicts against computed ones,
    /// derived attributes against their definitions, and the search through completions against
    /// trying all.
    #[test]
    fn verdicts_are_those_of_all_completions(of_world in numbers(160), of_policies in numbers(200)) {
        let world = World::make(&mut Choices::new(&of_world));
        let own = make_policies(&world, 6, &mut Choices::new(&of_policies));
        holds_against_oracle(&world, &own);
    }
}
