//! Generated inventories: what is found in them is known beforehand.
//!
//! In debug builds, as here, every shared verdict is also asked for anew and compared.

#![allow(clippy::expect_used, reason = "a test that cannot be set up must fail")]

#[path = "../benches/inventory/mod.rs"]
mod inventory;

use inventory::{Expected, Plan, RULES};
use palisade::check::{CheckInput, Project, check};
use palisade::finding::{Finding, Outcome, Verdict};
use palisade::source::{Candidate, Found, Origin};

const PLAN: Plan = Plan {
    groups: 12,
    violations: 100,
    unknowns: 100,
    seed: 0,
};

fn run(files: Vec<(String, String)>) -> Outcome {
    let candidates = files.into_iter().map(|(name, text)| Candidate {
        name,
        named: false,
        origin: Origin::Memory(text.into_bytes()),
    });
    check(CheckInput {
        roots: vec![Project {
            found: Found {
                candidates: candidates.collect(),
                ..Found::default()
            },
            ..Project::default()
        }],
        now: 1_767_225_600_000,
        select: RULES.map(str::to_owned).to_vec(),
        ..CheckInput::default()
    })
}

fn found(outcome: &Outcome) -> Expected {
    assert_eq!(outcome.problems, []);
    Expected {
        entities: outcome.summary.entities,
        violations: outcome.count(Verdict::Violation),
        undetermined: outcome.count(Verdict::Undetermined),
    }
}

#[test]
fn each_entity_chosen_by_lot_is_found_once_and_no_other() {
    for seed in 0..4 {
        let (files, expected) = Plan { seed, ..PLAN }.files();
        assert!(expected.violations > 0 && expected.undetermined > 0);
        assert_eq!(found(&run(files)), expected, "seed {seed}");
    }
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let (text, expected) = Plan {
        violations: 0,
        unknowns: 0,
        ..PLAN
    }
    .one_file();
    assert_eq!((expected.violations, expected.undetermined), (0, 0));
    let outcome = run(vec![("inventory.yaml".to_owned(), text)]);
    assert_eq!(found(&outcome), expected);
}

#[test]
fn how_entities_are_spread_over_files_changes_no_finding() {
    let said = |outcome: Outcome| -> Vec<String> {
        let said = |finding: &Finding| format!("{:?} {}", finding.identity, finding.message);
        let mut all: Vec<_> = outcome.findings.iter().map(said).collect();
        all.sort();
        all
    };
    let (files, _) = PLAN.files();
    let (text, _) = PLAN.one_file();
    let one = run(vec![("inventory.yaml".to_owned(), text)]);
    assert_eq!(said(run(files)), said(one));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let outcome = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().expect("threads");
        let outcome = pool.install(|| run(PLAN.files().0));
        format!("{:#?}", (outcome.findings, outcome.summary))
    };
    assert_eq!(outcome(1), outcome(4));
}
