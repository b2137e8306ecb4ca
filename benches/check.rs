//! What each stage of a check costs, inside one process, on generated inventories.
//!
//! Every benchmark asserts what it came to. `cargo bench` runs all; `cargo bench -- stages` those
//! of one group. Figures of the whole program are in `benches/README.md`.

#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up must not run"
)]

mod inventory;

use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;

use inventory::{Expected, GROUP, Plan, RULES};
use palisade::check::{CheckInput, Project, check};
use palisade::finding::{Outcome, Verdict};
use palisade::flow::Flow;
use palisade::format::FORMATS;
use palisade::inventory::Inventory;
use palisade::model::Declarations;
use palisade::policy::{Loader, Rule, evaluate, requests};
use palisade::source::{Candidate, FileId, Files, Found, Origin, SourceFile};
use palisade::syntax::{Limits, parse_yaml};

/// 2026-01-01.
const NOW: i64 = 1_767_225_600_000;

const GROUPS: usize = 500;

fn main() {
    divan::main();
}

const PASSING: Plan = Plan {
    groups: GROUPS,
    violations: 0,
    unknowns: 0,
    seed: 1,
};
const FEW: Plan = Plan {
    violations: 10,
    ..PASSING
};
const MANY: Plan = Plan {
    violations: 100,
    ..PASSING
};
const UNKNOWN: Plan = Plan {
    unknowns: 100,
    ..PASSING
};

/// The inventory in one file, with a low rate of violations.
static TEXT: LazyLock<(String, Expected)> = LazyLock::new(|| FEW.one_file());

fn declarations(text: &str) -> Declarations {
    let reading = (FORMATS[0].read)(FileId(0), "inventory.yaml", text, &Limits::default());
    assert!(reading.problems.is_empty());
    reading.declarations
}

fn link(text: &str) -> Inventory {
    let (inventory, problems) = Inventory::link(declarations(text));
    assert!(problems.is_empty());
    inventory
}

fn built_in() -> Vec<Rule> {
    let mut loader = Loader::new();
    loader.ready(&palisade::policy::built_in(&mut Files::new()));
    let loaded = loader.finish(&[]);
    assert!(loaded.problems.is_empty());
    loaded.rules
}

/// From bytes to findings, one stage after the other: each includes none of those before.
mod stages {
    use super::*;

    #[divan::bench]
    fn events(bencher: Bencher<'_, '_>) {
        let (text, _) = &*TEXT;
        let bencher = bencher.counter(BytesCount::of_str(text));
        bencher.bench(|| {
            let mut events = 0;
            for event in granit_parser::Parser::new_from_str(text) {
                event.expect("well-formed YAML");
                events += 1;
            }
            assert!(events > GROUPS * GROUP);
        });
    }

    /// What [`events`] counts, and the tree of it.
    #[divan::bench]
    fn tree(bencher: Bencher<'_, '_>) {
        let (text, _) = &*TEXT;
        let bencher = bencher.counter(BytesCount::of_str(text));
        bencher.bench(|| {
            let (tree, problems) = parse_yaml(FileId(0), text, &Limits::default());
            assert!(problems.is_empty());
            assert_eq!(tree.documents().len(), 1);
            tree
        });
    }

    /// What [`tree`] counts, and the declarations in it.
    #[divan::bench]
    fn read(bencher: Bencher<'_, '_>) {
        let (text, expected) = &*TEXT;
        let bencher = bencher.counter(BytesCount::of_str(text));
        bencher.bench(|| {
            let declarations = declarations(text);
            assert_eq!(declarations.ids().count(), expected.entities + 1);
            declarations
        });
    }

    #[divan::bench]
    fn linked(bencher: Bencher<'_, '_>) {
        let (text, _) = &*TEXT;
        let bencher = bencher.with_inputs(|| declarations(text));
        bencher.bench_values(|declarations| {
            let (inventory, problems) = Inventory::link(declarations);
            assert!(problems.is_empty());
            inventory
        });
    }

    #[divan::bench]
    fn asked(bencher: Bencher<'_, '_>) {
        let inventory = link(&TEXT.0);
        let flow = Flow::new(&inventory);
        bencher.bench(|| {
            let requests = requests(&inventory, &flow, &|_| true);
            assert!(requests.values().map(Vec::len).sum::<usize>() > GROUPS * GROUP);
            requests
        });
    }

    #[divan::bench(args = [("passing", PASSING), ("1 % violations", FEW), ("10 % violations", MANY), ("10 % unknown", UNKNOWN)].map(Case))]
    fn evaluated(bencher: Bencher<'_, '_>, Case((_, plan)): Case) {
        let (text, expected) = plan.one_file();
        let inventory = link(&text);
        let mut rules = built_in();
        rules.retain(|rule| RULES.contains(&rule.info.id.as_str()));
        let asked: Vec<_> = rules.iter().collect();
        let flow = Flow::new(&inventory);
        bencher.bench(|| {
            let evaluation = evaluate(&inventory, &flow, &asked, NOW);
            assert!(evaluation.problems.is_empty());
            let found = expected.violations + expected.undetermined;
            assert_eq!(evaluation.findings.len(), found);
            evaluation
        });
    }
}

#[derive(Clone, Copy)]
struct Case((&'static str, Plan));

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.0)
    }
}

/// Texts in memory to an outcome.
mod whole {
    use super::*;

    fn job(files: Vec<(String, String)>) -> CheckInput {
        let candidates = files.into_iter().map(|(name, text)| Candidate {
            name,
            named: false,
            origin: Origin::Memory(text.into_bytes()),
        });
        CheckInput {
            roots: vec![Project {
                found: Found {
                    candidates: candidates.collect(),
                    ..Found::default()
                },
                ..Project::default()
            }],
            now: NOW,
            select: RULES.map(str::to_owned).to_vec(),
            ..CheckInput::default()
        }
    }

    fn assert_found(outcome: &Outcome, expected: Expected) {
        assert!(outcome.problems.is_empty());
        let found = Expected {
            entities: outcome.summary.entities,
            violations: outcome.count(Verdict::Violation),
            undetermined: outcome.count(Verdict::Undetermined),
        };
        assert_eq!(found, expected);
    }

    #[divan::bench]
    fn one_file(bencher: Bencher<'_, '_>) {
        let (text, expected) = &*TEXT;
        let bencher = bencher.counter(BytesCount::of_str(text));
        let bencher =
            bencher.with_inputs(|| job(vec![("inventory.yaml".to_owned(), text.clone())]));
        bencher.bench_values(|job| {
            let outcome = check(job);
            assert_found(&outcome, *expected);
            outcome
        });
    }

    #[divan::bench]
    fn many_files(bencher: Bencher<'_, '_>) {
        let (files, expected) = FEW.files();
        let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
        let bencher = bencher.counter(BytesCount::new(bytes));
        let bencher = bencher.with_inputs(|| job(files.clone()));
        bencher.bench_values(|job| {
            let outcome = check(job);
            assert_found(&outcome, expected);
            outcome
        });
    }
}

/// From a git repository in which one of many files is staged, changed.
mod git {
    use super::*;
    use std::fs;

    use palisade::check::BaseState;
    use palisade::source::{Repo, Snapshot};

    static REPOSITORY: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = git2::Repository::init(folder.path()).expect("a repository");
        let (files, _) = FEW.files();
        for (name, text) in &files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let mut index = repository.index().expect("an index");
        let mut stage = || {
            let all = ["."].iter();
            let added = index.add_all(all, git2::IndexAddOption::DEFAULT, None);
            added.and_then(|()| index.write()).expect("an index");
            let tree = index.write_tree().expect("a tree");
            repository.find_tree(tree).expect("a tree")
        };
        let tree = stage();
        let who = git2::Signature::now("a", "a@example.com").expect("a name");
        let commit = repository.commit(Some("HEAD"), &who, &who, "all", &tree, &[]);
        commit.expect("a commit");
        let (name, text) = &files[0];
        fs::write(folder.path().join(name), format!("{text}# changed\n")).expect("a file");
        stage();
        folder
    });

    fn found(snapshot: Snapshot) -> Found {
        let candidates = snapshot.entries.into_iter().map(|entry| Candidate {
            name: entry.path,
            named: false,
            origin: Origin::Blob(entry.blob),
        });
        Found {
            candidates: candidates.collect(),
            ..Found::default()
        }
    }

    fn job(is_compared: bool) -> CheckInput {
        let repo = Repo::open(REPOSITORY.path(), false).expect("a repository");
        let before = is_compared.then(|| repo.head().expect("a commit"));
        CheckInput {
            base: before.as_ref().map(|before| before.name.clone()),
            roots: vec![Project {
                found: found(repo.index().expect("an index")),
                before: before.map(|before| BaseState {
                    found: found(before),
                    ..BaseState::default()
                }),
                ..Project::default()
            }],
            now: NOW,
            select: RULES.map(str::to_owned).to_vec(),
            ..CheckInput::default()
        }
    }

    /// What is staged, by itself.
    #[divan::bench]
    fn index(bencher: Bencher<'_, '_>) {
        let (_, expected) = FEW.files();
        LazyLock::force(&REPOSITORY);
        bencher.bench(|| {
            let outcome = check(job(false));
            assert_eq!(outcome.findings.len(), expected.violations);
            outcome
        });
    }

    /// What is staged, compared with `HEAD`. The target: at most 1.3 of [`index`].
    #[divan::bench]
    fn staged(bencher: Bencher<'_, '_>) {
        let (_, expected) = FEW.files();
        LazyLock::force(&REPOSITORY);
        bencher.bench(|| {
            let outcome = check(job(true));
            assert_eq!(outcome.findings.len(), 0);
            assert_eq!(outcome.unchanged.len(), expected.violations);
            let compared = outcome.comparison.as_ref().expect("a comparison");
            assert_eq!(compared.differing, 1);
            outcome
        });
    }
}

/// What a run costs whatever it checks.
mod cold {
    use super::*;

    const POLICY: &str = include_str!("../examples/own-rules/policies/signing-keys-in-hsm.cedar");

    #[divan::bench]
    fn built_in_headings() {
        assert!(!built_in().is_empty());
    }

    /// The schema is needed only to validate a user's policies.
    #[divan::bench]
    fn schema() -> cedar_policy::Schema {
        let text = palisade::model::cedar_schema();
        let (schema, warnings) =
            cedar_policy::Schema::from_cedarschema_str(&text).expect("a schema");
        assert_eq!(warnings.count(), 0);
        schema
    }

    /// The same schema, were it kept as JSON.
    #[divan::bench]
    fn schema_json(bencher: Bencher<'_, '_>) {
        let text = palisade::model::cedar_schema();
        let (fragment, _) =
            cedar_policy::SchemaFragment::from_cedarschema_str(&text).expect("a schema");
        let json = fragment.to_json_string().expect("a schema");
        bencher.bench(|| cedar_policy::Schema::from_json_str(&json).expect("a schema"));
    }

    /// One policy, with the schema at hand.
    #[divan::bench]
    fn user_policy(bencher: Bencher<'_, '_>) {
        let mut files = Files::new();
        let file = files.add(SourceFile::new("own.cedar", POLICY));
        bencher.bench(|| {
            let mut loader = Loader::new();
            loader.user(&files, file);
            let loaded = loader.finish(&[]);
            assert!(loaded.problems.is_empty());
            loaded.rules
        });
    }
}
