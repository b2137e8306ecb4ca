//! `palisade test`: what it says, in `tests/testing/*.md`, and what the tests of the rules that come
//! with Palisade are worth.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;

use support::{Folder, NOW, files, questions, root, run_in};

#[test]
fn expectations() {
    questions::check(&root().join("tests/testing/expectations.md"), 10);
}

#[test]
fn coverage() {
    questions::check(&root().join("tests/testing/coverage.md"), 6);
}

#[test]
fn mutation() {
    questions::check(&root().join("tests/testing/mutation.md"), 8);
}

/// What `docs/writing-rules.md` says of tests is what somebody sees who does what it says.
#[test]
fn the_page_for_authors_is_true() {
    let page = std::fs::read_to_string(root().join("docs/writing-rules.md")).expect("a page");
    let fences = |text: &str, language: &str| -> Vec<String> {
        let opening = format!("```{language}\n");
        let parts = text.split(&opening).skip(1);
        let parts = parts.map(|part| part.split("```").next().expect("a fence").to_owned());
        parts.collect()
    };
    let (_, section) = page.split_once("\n## Testing a rule\n").expect("a section");
    let (section, _) = section.split_once("\n## ").expect("an end");
    let (rules, files) = (fences(&page, "cedar"), fences(section, "yaml"));
    let [config, test, more] = files.as_slice() else {
        panic!("{files:?}")
    };
    let name = "tests/signing-key-age.yaml";
    let folder = Folder::of(&[
        ("palisade.yaml", config),
        ("policies/signing-key-age.cedar", &rules[0]),
        (name, test),
    ]);
    let typed = fences(section, "console");
    assert_eq!(typed.len(), 3);
    for (at, console) in typed.iter().enumerate() {
        if at == 2 {
            folder.write(name, format!("{test}{more}"));
        }
        let (command, said) = console.split_once('\n').expect("a command");
        let command = command.strip_prefix("$ palisade ").expect("a command");
        let words: Vec<_> = command.split(' ').collect();
        assert_eq!(run_in(folder.path(), &words, b"").stdout, said, "{command}");
    }
}

/// Every rule that comes with Palisade has tests, which show all of it but what cannot be, and notice
/// each small change of it but those that `tests/rules/SURVIVORS.md` explains.
#[test]
fn the_tests_of_the_built_in_rules_notice_nearly_everything() {
    let words = [
        "test",
        "tests/rules",
        "--coverage",
        "--mutate",
        "--now",
        NOW,
    ];
    let run = run_in(root(), &words, b"");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let rules = files(&root().join("policies"), "cedar").len();
    let figure = |start: &str| -> f64 {
        let mut lines = run.stdout.lines().rev();
        let line = lines
            .find(|line| line.starts_with(start))
            .expect("a summary");
        let percent = line.rsplit(' ').nth(1).expect("a figure");
        percent.parse().expect("a number")
    };
    assert!(
        figure(&format!("coverage of {rules} rules:")) > 99.0,
        "{}",
        run.stdout
    );
    assert!(figure("mutation:") >= 95.0, "{}", run.stdout);
    let explained = std::fs::read_to_string(root().join("tests/rules/SURVIVORS.md"));
    let explained = explained.expect("a list");
    let explained: BTreeSet<_> = explained
        .lines()
        .filter_map(|line| Some(line.strip_prefix("- ")?.split_once(" — ")?.0.to_owned()))
        .collect();
    assert_eq!(survivors(&run.stdout), explained);
}

/// What is said to have survived, each in one line.
fn survivors(report: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut lines = report.lines();
    while let Some(line) = lines.next() {
        if let Some(start) = line.strip_prefix("survived") {
            let rest = lines
                .by_ref()
                .take_while(|line| line.starts_with("  ") && !line.contains('╭'));
            let rest: String = rest.map(|line| format!(" {}", line.trim())).collect();
            all.insert(start.to_owned() + &rest);
        }
    }
    all
}
