//! No report is more than its platform takes, and findings stay what they are.

use palisade::finding::{Change, Hop, Outcome, Severity, Waived};
use palisade::report::Style;
use palisade::source::{Code, FileId, Label, Problem, Span};
use serde_json::Value as Json;

use super::build::{Texts, render, rule, violation};
use super::support::platform::errors;

const TEXT: &str = "palisade: v1\nzones: { z: {} }\n";

/// So many findings of one rule, the last of them the worst.
fn many(count: usize, related: usize) -> Outcome {
    let texts = Texts::new(&[("a.yaml", TEXT)]);
    let label = Label {
        span: Span::new(FileId(0), 0, 8),
        text: "here".to_owned(),
    };
    let low = rule("low", Severity::Low, Span::file_start(FileId(0)));
    let mut finding = violation(low, "it is so", label.clone());
    finding.related = vec![label.clone(); related];
    let mut findings = vec![finding; count];
    let worst = rule("worst", Severity::Critical, Span::file_start(FileId(0)));
    findings.push(violation(worst, "it is bad", label));
    texts.outcome(findings)
}

#[test]
fn code_scanning_gets_the_worst_of_what_is_too_much() {
    let run = |outcome: &Outcome| {
        let report = render("sarif", outcome, &Style::default());
        assert_eq!(errors("sarif", &report), [""; 0]);
        let report: Json = serde_json::from_str(&report).expect("JSON");
        let run = report["runs"][0].clone();
        let said = &run["invocations"][0]["toolExecutionNotifications"][0];
        let said = said["message"]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (run, said)
    };
    let (all, said) = run(&many(4_999, 0));
    assert_eq!(all["results"].as_array().map(Vec::len), Some(5_000));
    assert_eq!(said, "");
    let (cut, said) = run(&many(5_002, 0));
    assert_eq!(cut["results"].as_array().map(Vec::len), Some(5_000));
    assert_eq!(cut["results"][0]["ruleId"], "worst");
    assert!(said.starts_with("3 results are left out"), "{said}");
    // That a report is cut says nothing against the check.
    assert_eq!(cut["invocations"][0]["executionSuccessful"], true);
    let (cut, said) = run(&many(1, 150));
    assert_eq!(
        cut["results"][1]["relatedLocations"]
            .as_array()
            .map(Vec::len),
        Some(99)
    );
    assert!(
        said.starts_with("51 locations of results are left out"),
        "{said}"
    );
}

/// What is waived is left out first, then what was there before, however bad it is.
#[test]
fn code_scanning_gets_what_is_new_before_what_was_there() {
    let mut outcome = many(5_000, 0);
    outcome.unchanged = std::mem::take(&mut outcome.findings)
        .into_iter()
        .map(|finding| finding.marked(Change::Unchanged))
        .collect();
    let new = outcome.unchanged[0].clone();
    outcome.findings = vec![new.marked(Change::New)];
    outcome.waived = vec![Waived {
        finding: outcome.unchanged[5_000].clone(),
        until: "2027-01-31".to_owned(),
        reason: "soon".to_owned(),
        in_source: false,
        owner: None,
        span: Span::file_start(FileId(0)),
    }];
    let style = Style {
        waived: true,
        ..Style::default()
    };
    let report = render("sarif", &outcome, &style);
    assert_eq!(errors("sarif", &report), [""; 0]);
    let report: Json = serde_json::from_str(&report).expect("JSON");
    let run = &report["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 5_000);
    let first = results[..3].iter();
    let first: Vec<_> = first
        .map(|result| (&result["ruleId"], &result["baselineState"]))
        .collect();
    let pair = |rule: &str, state: &str| (Json::from(rule), Json::from(state));
    let expected = [
        pair("low", "new"),
        pair("worst", "unchanged"),
        pair("low", "unchanged"),
    ];
    assert_eq!(
        first,
        expected.each_ref().map(|(rule, state)| (rule, state))
    );
    let said = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    let said = said.as_str().expect("a text");
    assert!(said.starts_with("3 results are left out"), "{said}");
    assert!(!report.to_string().contains("suppressions"));
}

#[test]
fn code_scanning_gets_no_more_than_it_takes_of_a_path_or_in_bytes() {
    let mut outcome = many(0, 0);
    let hop = Hop {
        from: None,
        to: "store `s`".to_owned(),
        by: "by transfer `t`".to_owned(),
        via: None,
        span: Span::new(FileId(0), 0, 8),
        removed: Vec::new(),
        added: Vec::new(),
        skipped: 0,
    };
    outcome.findings[0].path = vec![hop; 1_200];
    let report = render("sarif", &outcome, &Style::default());
    assert_eq!(errors("sarif", &report), [""; 0]);
    assert!(report.contains("200 locations of results are left out"));
    // A text of a megabyte in each of a hundred findings.
    let mut outcome = many(100, 0);
    for finding in &mut outcome.findings {
        finding.message = "x".repeat(1_000_000);
    }
    let report = render("sarif", &outcome, &Style::default());
    assert!(report.len() < 45_000_000, "{}", report.len());
    assert!(report.contains("results are left out"));
}

#[test]
fn code_scanning_gets_no_more_than_it_takes_of_a_rule() {
    let mut outcome = many(0, 0);
    let mut rule = (*outcome.rules[0]).clone();
    rule.title = "é".repeat(2_000);
    rule.references = (1..30).map(|n| format!("CWE-{n}")).collect();
    outcome.rules[0] = rule.into();
    let report = render("sarif", &outcome, &Style::default());
    assert_eq!(errors("sarif", &report), [""; 0]);
    let report: Json = serde_json::from_str(&report).expect("JSON");
    let rule = &report["runs"][0]["tool"]["driver"]["rules"][0];
    let title = rule["shortDescription"]["text"].as_str().expect("a text");
    assert!(
        title.chars().count() == 1_024 && title.ends_with('…'),
        "{title}"
    );
    let tags = rule["properties"]["tags"].as_array().expect("tags");
    assert_eq!((tags.len(), &tags[0]), (10, &Json::from("security")));
    assert_eq!(tags[1], "external/cwe/cwe-001");
}

#[test]
fn a_comment_is_no_longer_than_github_takes() {
    for count in [100, 1_000, 10_000] {
        let mut outcome = many(count, 20);
        let problem = Problem::input(Code::WrongValue, "it cannot be read");
        outcome.problems = vec![problem; count];
        // Each for a cause of its own.
        for (at, finding) in outcome.findings.iter_mut().enumerate() {
            finding.identity.principal = format!("Key::k{at}");
        }
        outcome.gone = outcome.findings.clone();
        let report = render("markdown", &outcome, &Style::default());
        assert!(report.chars().count() <= 60_000, "{}", report.len());
        assert!(report.contains(" more causes and questions are left out here.\n") || count == 100);
        assert!(report.contains("There is no room for the reasons of "));
        // The worst is told first, with its reasons, and the end is there.
        let rows = report.find("|---|").expect("a table");
        assert!(report[rows..].starts_with("|---|---|---|---|\n| critical | `worst` |"));
        assert!(report.contains("<details><summary>worst "));
        assert!(report.contains(" gone (places are those of before)</summary>"));
        assert!(
            report
                .lines()
                .last()
                .is_some_and(|line| line.starts_with("checked "))
        );
    }
}

#[test]
fn findings_that_are_alike_are_told_apart() {
    let outcome = many(3, 0);
    for format in ["gitlab", "junit"] {
        let report = render(format, &outcome, &Style::default());
        assert_eq!(errors(format, &report), [""; 0]);
    }
    let gitlab = render("gitlab", &outcome, &Style::default());
    let report: Json = serde_json::from_str(&gitlab).expect("JSON");
    let prints = report.as_array().expect("a list").iter();
    let prints: Vec<_> = prints
        .map(|issue| issue["fingerprint"].as_str().unwrap())
        .collect();
    assert_eq!(prints[1], format!("{}-2", prints[0]));
    assert_eq!(prints[2], format!("{}-3", prints[0]));
}

/// A fingerprint is of what a finding is about, not of where it is.
#[test]
fn fingerprints_outlive_moved_lines() {
    let outcome = many(1, 0);
    let mut moved = many(1, 0);
    moved.findings[0].primary.span = Span::new(FileId(0), 13, 18);
    let prints = |outcome: &Outcome, format: &str| {
        let report = render(format, outcome, &Style::default());
        let lines = report.lines().filter(|line| {
            line.contains("\"fingerprint\"") || line.contains("\"palisadeIdentity/v1\"")
        });
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for format in ["gitlab", "sarif"] {
        assert_eq!(prints(&outcome, format).len(), 2);
        assert_eq!(prints(&outcome, format), prints(&moved, format));
        assert_ne!(
            render(format, &outcome, &Style::default()),
            render(format, &moved, &Style::default())
        );
    }
}
