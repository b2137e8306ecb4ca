//! The examples are run, and found to be what their pages say.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use snapbox::{Data, assert_data_eq};
use support::{NOW, root, run_in};

/// Runs an example; compares its concise report with `tests/examples/<name>.txt`.
fn check(example: &str, code: i32) {
    let path = format!("examples/{example}");
    let arguments = ["check", "--now", NOW, "--format", "concise", &path];
    let run = run_in(root(), &arguments, b"");
    let snapshot = root().join("tests/examples").join(format!("{example}.txt"));
    assert_data_eq!(run.stdout, Data::read_from(&snapshot, None).raw());
    assert_eq!(run.code, code, "{}", run.stderr);
    assert_eq!(run.stderr, "");
}

#[test]
fn storm_0558_has_violations_and_questions() {
    check("storm-0558", 1);
}

#[test]
fn storm_0558_fixed_is_clean() {
    check("storm-0558-fixed", 0);
}

#[test]
fn own_rules_has_violations_of_its_own_rules() {
    check("own-rules", 1);
}

#[test]
fn payments_has_violations_and_questions() {
    check("payments", 1);
}

#[test]
fn a_cluster_is_checked_from_its_manifests() {
    check("cluster", 1);
}

#[test]
fn design_doc_has_the_mistakes_that_its_prose_explains_away() {
    check("design-doc", 1);
}

#[test]
fn terraform_has_the_way_of_a_key_into_a_dump() {
    check("terraform", 1);
}

/// The configuration at the root of the repository leaves out what is no design of the project.
#[test]
fn the_project_checks_itself() {
    let run = run_in(
        root(),
        &["check", "--now", NOW, "--format", "json", "."],
        b"",
    );
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("docs/security.md"), "{}", run.stdout);
}

/// Public incidents, each a system of its own: `tests/examples/incidents.txt` has the rules that each
/// breaks.
#[test]
fn incidents_have_what_their_accounts_blame() {
    let report = support::check_in(root(), &["examples/incidents"]);
    let mut lines = std::collections::BTreeSet::new();
    for finding in report.findings() {
        let path = finding["primary"]["location"]["path"].as_str();
        let system = path.and_then(|path| path.split('/').nth(2));
        let rule = finding["rule"].as_str().expect("a rule");
        if finding["verdict"] == "violation" {
            lines.insert(format!("{} {rule}\n", system.expect("a folder")));
        }
    }
    let found: String = lines.into_iter().collect();
    let snapshot = root().join("tests/examples/incidents.txt");
    assert_data_eq!(found, Data::read_from(&snapshot, None).raw());
    assert_eq!(report.code, 1);
}

/// The page of the incidents has a section for each system, and each rule that it names finds something there.
#[test]
fn a_page_of_incidents_names_what_is_found_there() {
    let folder = root().join("examples/incidents");
    let page = std::fs::read_to_string(folder.join("README.md")).expect("a page");
    let listed = std::fs::read_dir(&folder).expect("a folder");
    let systems = listed.filter(|entry| entry.as_ref().expect("an entry").path().is_dir());
    let report = support::check_in(root(), &["examples/incidents"]);
    let mut found = std::collections::BTreeSet::new();
    for finding in report.findings() {
        let path = finding["primary"]["location"]["path"].as_str();
        let system = path.and_then(|path| path.split('/').nth(2));
        found.insert((system.expect("a folder"), finding["rule"].as_str()));
    }
    let mut sections = 0;
    for section in page.split("\n## [").skip(1) {
        let (_, rest) = section.split_once("](").expect("a link to the folder");
        let (system, text) = rest.split_once(')').expect("a link");
        let mut told = text.lines();
        let told = told.find(|line| line.starts_with("- **The report**"));
        sections += 1;
        for rule in told.expect("a report").split('`').skip(1).step_by(2) {
            let is_found = found.contains(&(system, Some(rule)));
            assert!(is_found, "{system}: {rule}: told, and not found");
        }
    }
    assert_eq!(sections, systems.count(), "a section for each system");
}

/// The tables of a page have a row for each finding: its rule, and of what is in several files, the
/// file that it points at.
#[test]
fn a_page_lists_what_is_found() {
    for example in ["payments", "design-doc", "own-rules"] {
        let path = format!("examples/{example}");
        let page = root().join(&path).join("README.md");
        let page = std::fs::read_to_string(page).expect("a page");
        let rows = page.lines().filter(|line| line.starts_with("| `"));
        let rows = rows.filter_map(|row| {
            let (rule, rest) = row.strip_prefix("| `")?.split_once('`')?;
            // A rule is called by words and dashes, a file has an extension.
            (!rule.contains('.')).then_some((rule, rest))
        });
        let mut rows: Vec<_> = rows.collect();
        let report = support::check_in(root(), &[&path]);
        assert!(!report.findings().is_empty(), "{example}");
        for finding in report.findings() {
            let rule = finding["rule"].as_str().expect("a rule");
            let file = finding["primary"]["location"]["path"].as_str();
            let file = file
                .and_then(|path| path.rsplit('/').next())
                .expect("a file");
            let row = rows.iter().position(|(known, rest)| {
                *known == rule && (!rest.contains(".yaml`") || rest.contains(file))
            });
            let row = row.unwrap_or_else(|| panic!("{example}: no row for {rule} in {file}"));
            rows.remove(row);
        }
        assert_eq!(rows, [], "{example}: listed, and not found");
    }
}

/// A repaired system is a test only if it is the same system: the same rules are asked. But three:
/// nothing is reached from the debug environment any more, nobody can come to hold a key, and
/// nothing that is taken from the system holds one.
#[test]
fn storm_0558_fixed_asks_what_storm_0558_asks() {
    let idle = |example: &str| {
        let report = support::check_in(root(), &[&format!("examples/{example}")]);
        let idle = report.json["summary"]["idleRules"].as_array();
        let idle = idle.expect("rules").iter();
        idle.map(|rule| rule.as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    let mut repaired = idle("storm-0558-fixed");
    let gone = ["debug-env-no-corp", "key-admin-user-sod"];
    repaired.retain(|rule| !gone.contains(&rule.as_str()));
    assert_eq!(idle("storm-0558"), repaired);
    let report = support::check_in(root(), &["examples/storm-0558-fixed"]);
    assert!(report.decisions() > 0);
}

#[test]
fn every_example_is_run_here() {
    let listed = std::fs::read_dir(root().join("examples")).expect("a folder");
    let entries = listed.map(|entry| entry.expect("an entry"));
    // Programs that use the library are examples of another kind.
    for entry in entries.filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name();
        let snapshot = format!("tests/examples/{}.txt", name.to_str().expect("a name"));
        assert!(root().join(&snapshot).is_file(), "{snapshot}");
    }
}
