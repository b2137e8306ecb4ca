//! What reports say, seen from outside.
//!
//! The expected reports are files in `tests/report/`, to be read as a person would; write them
//! anew with `SNAPSHOTS=overwrite cargo test --test report`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "report/any.rs"]
mod any;
#[path = "report/build.rs"]
mod build;
#[path = "report/json.rs"]
mod json;
#[path = "report/limits.rs"]
mod limits;
#[path = "report/platforms.rs"]
mod platforms;
#[path = "report/scenes.rs"]
mod scenes;
#[path = "report/source.rs"]
mod source;
mod support;

use palisade::finding::{Outcome, Severity, Verdict};
use palisade::report::{self, MIN_WIDTH, REPORTERS, Style};
use palisade::source::{Code, End, FileId, Foreign, Problem, ProblemKind, Skip, Span};
use snapbox::{Data, assert_data_eq, file, str};

use build::{Texts, full, render, rule, violation};

/// Compares byte for byte: what a document says may look like one of snapbox's placeholders.
fn is(expected: Data) -> Data {
    expected.raw()
}

#[test]
fn a_finding_shows_every_value_that_decided_in_its_file() {
    let outcome = scenes::storm();
    assert_data_eq!(full(&outcome, 60), is(file!["report/storm-60.txt"]));
    assert_data_eq!(full(&outcome, 80), is(file!["report/storm-80.txt"]));
    assert_data_eq!(full(&outcome, 120), is(file!["report/storm-120.txt"]));
}

#[test]
fn findings_that_wait_for_the_same_value_share_a_block() {
    let outcome = scenes::waiting();
    assert_data_eq!(full(&outcome, 80), is(file!["report/waiting-80.txt"]));
    assert_data_eq!(full(&outcome, 60), is(file!["report/waiting-60.txt"]));
}

#[test]
fn of_a_comparison_only_what_is_new_is_drawn_and_what_is_gone_is_listed() {
    let outcome = scenes::compared();
    assert_data_eq!(full(&outcome, 80), is(file!["report/compared-80.txt"]));
    let concise = render("concise", &outcome, &Style::default());
    assert_eq!(concise.lines().count(), 1, "{concise}");
}

#[test]
fn an_undetermined_finding_says_what_is_unknown_and_what_would_pass() {
    let mut outcome = scenes::waiting();
    outcome.findings.truncate(1);
    assert_data_eq!(full(&outcome, 80), is(file!["report/undetermined-80.txt"]));
}

#[test]
fn problems_come_with_their_places_and_what_to_do() {
    let mut outcome = scenes::problems();
    assert_data_eq!(full(&outcome, 80), is(file!["report/problems-80.txt"]));
    outcome.problems.truncate(1);
    outcome.problems[0].kind = ProblemKind::Policy;
    let text = full(&outcome, 80);
    assert!(
        text.contains("1 problem in the configuration or the policies"),
        "{text}"
    );
}

#[test]
fn the_summary_says_what_was_not_looked_at() {
    let mut outcome = Texts::default().outcome(Vec::new());
    outcome.summary.documents = 5;
    assert_data_eq!(
        full(&outcome, 80),
        str![[r#"
checked 5 documents with 7 entities against 0 rules, in 12 decisions
no violations

"#]]
    );
    let ledger = &mut outcome.summary.ledger;
    for name in ["ci.yaml", "chart/values.yaml"] {
        ledger.add(name, End::NotOurs(Foreign::Unmarked));
    }
    for name in ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"] {
        ledger.add(name, End::NotOurs(Foreign::Extension));
    }
    ledger.add("target/", End::LeftOut(Skip::Ignored));
    ledger.add("shared.yaml", End::LeftOut(Skip::Link));
    outcome.summary.idle_rules = vec!["key-audited".into(), "log-kept".into(), "zone-owned".into()];
    assert_data_eq!(
        full(&outcome, 80),
        str![[r#"
note: 3 rules applied to nothing, because nothing that they are about is
      described: key-audited, log-kept, zone-owned
note: not checked: 5 files of other kinds, 2 files without `palisade: v1`
      (ci.yaml, chart/values.yaml), 1 path that git ignores, 1 symbolic link
      (shared.yaml)

checked 5 documents with 7 entities against 0 rules, in 12 decisions
no violations

"#]]
    );
}

#[test]
fn what_is_not_known_is_listed_once_with_the_rules_that_wait() {
    let notes = |outcome: &Outcome| {
        let text = full(outcome, 80);
        let at = text.find("note: undetermined").expect("a note");
        text[at..].to_owned()
    };
    assert_data_eq!(
        notes(&scenes::waiting()),
        str![[r#"
note: undetermined means that the documents do not say enough to tell whether a
      rule is broken; it is decided when this is stated:
      - `custody` of key store `vault`, for key-in-hardware,
        key-not-in-plaintext

checked 1 document with 7 entities against 2 rules, in 12 decisions
no violations, 3 undetermined

"#]]
    );
    let mut outcome = scenes::waiting();
    let open = outcome.findings.remove(0);
    outcome.findings = (0..20)
        .map(|n| {
            let mut finding = open.clone();
            finding.because[0].entity = format!("key store `s{n:02}`");
            finding
        })
        .collect();
    let said = notes(&outcome);
    assert!(said.contains("`s11`") && !said.contains("`s12`"), "{said}");
    assert!(said.contains("      - and 8 more\n"), "{said}");
}

#[test]
fn a_run_that_checked_nothing_says_so_and_what_to_do() {
    let mut outcome = Outcome::default();
    let said = |outcome: &Outcome, what: &str| {
        let text = full(outcome, 200);
        assert!(text.contains("nothing was checked: "), "{text}");
        assert!(text.contains(what), "{text}");
        assert!(!text.contains("no violations"), "{text}");
        assert_eq!(outcome.exit_code(), 3);
    };
    said(&outcome, "there are no files here");
    let ledger = &mut outcome.summary.ledger;
    ledger.add("a.yaml", End::NotOurs(Foreign::Unmarked));
    said(&outcome, "write `palisade: v1` on a line of its own");
    outcome.summary.documents = 1;
    said(&outcome, "no rule was selected");
    outcome.summary.rules = 4;
    said(&outcome, "the documents declare nothing");
    outcome.summary.entities = 4;
    said(&outcome, "no selected rule applies");
    outcome
        .problems
        .push(Problem::input(Code::Unreadable, "`a` cannot be opened"));
    said(&outcome, "see the problems above");
}

#[test]
fn the_last_line_counts_by_severity_the_worst_first() {
    let mut findings = Vec::new();
    for outcome in [scenes::storm(), scenes::waiting()] {
        findings.extend(outcome.findings);
    }
    let mut outcome = scenes::storm();
    outcome.findings.push(outcome.findings[0].clone());
    let low = rule("low-one", Severity::Low, outcome.rules[0].span);
    let primary = outcome.findings[0].primary.clone();
    outcome
        .findings
        .push(violation(low, "it is low", primary.clone()));
    let mut open = violation(
        rule("open", Severity::High, outcome.rules[0].span),
        "it is open",
        primary,
    );
    open.verdict = Verdict::Undetermined;
    outcome.findings.push(open);
    let text = full(&outcome, 100);
    let last = text.lines().last();
    let expected = "3 violations (2 critical, 1 low), 1 undetermined";
    assert_eq!(last, Some(expected));
}

#[test]
fn concise_is_one_line_for_each_item() {
    let mut outcome = scenes::waiting();
    let storm = scenes::storm();
    assert_data_eq!(
        render("concise", &storm, &Style::default()),
        is(file!["report/storm.concise.txt"])
    );
    outcome.problems = vec![
        Problem::input(Code::Unreadable, "`b.yaml` cannot\nbe opened"),
        Problem::input(Code::WrongValue, "something before").at(Span::new(FileId(1), 0, 3), ""),
    ];
    let text = render("concise", &outcome, &Style::default());
    assert_data_eq!(text, is(file!["report/waiting.concise.txt"]));
    assert_eq!(
        render("concise", &Outcome::default(), &Style::default()),
        ""
    );
}

#[test]
fn colours_and_links_are_only_there_if_wanted() {
    let style = |color, links| Style {
        color,
        links,
        width: 80,
        ..Style::default()
    };
    for outcome in [
        scenes::storm(),
        scenes::waiting(),
        scenes::problems(),
        Outcome::default(),
    ] {
        for reporter in REPORTERS {
            let plain = render(reporter.name, &outcome, &style(false, false));
            assert!(!plain.contains('\u{1b}'), "{plain}");
        }
        // Colours change nothing but colours.
        let plain = render("full", &outcome, &style(false, false));
        let colored = render("full", &outcome, &style(true, false));
        assert_eq!(without_colors(&colored), plain);
    }
    let headline = |outcome: &Outcome| render("full", outcome, &style(true, false));
    assert!(
        headline(&scenes::storm()).starts_with("\u{1b}[31;1mcritical[dump-no-downward]\u{1b}[0m")
    );
    assert!(headline(&scenes::waiting()).starts_with("\u{1b}[35;1mundetermined["));
    assert!(headline(&scenes::problems()).starts_with("\u{1b}[91;1mproblem[unreadable]"));
    let links = render("full", &scenes::storm(), &style(false, true));
    let link = "\u{1b}]8;;https://cwe.mitre.org/data/definitions/528.html\u{1b}\\CWE-528\u{1b}]8;;\u{1b}\\";
    assert!(links.contains(link), "{links}");
}

#[test]
fn what_is_not_known_has_one_colour_wherever_it_stands() {
    let mut outcome = scenes::waiting();
    outcome.findings.truncate(1);
    let colored = |outcome: &Outcome| {
        let style = Style {
            color: true,
            ..Style::default()
        };
        let text = render("full", outcome, &style);
        let line = text.lines().find(|line| line.contains("kept here"));
        line.expect("a label").to_owned()
    };
    let (cyan, magenta) = ("\u{1b}[36m", "\u{1b}[35;1m");
    let known = colored(&outcome);
    assert!(
        known.contains(cyan) && !known.contains(magenta),
        "{known:?}"
    );
    let finding = &mut outcome.findings[0];
    let mut because = finding.because[0].clone();
    because.span = finding.related[0].span;
    finding.because.push(because);
    let unknown = colored(&outcome);
    assert!(
        unknown.contains(magenta) && !unknown.contains(cyan),
        "{unknown:?}"
    );
}

fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

#[test]
fn nothing_that_is_written_can_drive_the_terminal() {
    let text = "palisade: v1\nzones: { \"a\u{1b}[2Jb\u{9b}31m\u{202e}c\": {} }\n";
    let texts = Texts::new(&[("evil\u{1b}]0;x\u{7}\n.yaml", text)]);
    let file = FileId(0);
    let label = palisade::source::Label {
        span: Span::new(file, 22, 34),
        text: "bell \u{7}".into(),
    };
    let mut rule = rule("r\u{1b}[1m", Severity::Low, Span::file_start(file));
    rule.help = Some("help \u{1b}c\nand more".into());
    rule.references = vec!["https://a/\u{1b}[0m".into()];
    let mut finding = violation(rule, "named `\u{1b}[31m\r\n`", label.clone());
    finding.passes_if = Some("\u{1b}".into());
    finding.related = vec![label];
    let mut open = finding.clone();
    open.verdict = Verdict::Undetermined;
    let mut outcome = texts.outcome(vec![finding, open]);
    outcome.problems = vec![Problem::input(Code::WrongValue, "\u{8}").help("\u{1b}")];
    outcome.summary.idle_rules = vec!["\u{1b}".into()];
    for name in REPORTERS.iter().map(|reporter| reporter.name) {
        let report = render(name, &outcome, &Style::default());
        let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        // The text of the rule itself is in the help of a rule, as it is.
        assert!(!report.contains(raw), "{report:?}");
        assert!(!report.contains('\u{1b}'), "{report:?}");
    }
    let concise = render("concise", &outcome, &Style::default());
    assert_eq!(concise.lines().count(), 3, "{concise}");
    assert!(full(&outcome, 80).contains(r"a\u{1b}[2Jb\u{9b}31m\u{202e}c"));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for outcome in [scenes::storm(), scenes::waiting(), scenes::problems()] {
        for width in [60, 72, 80, 100, 120] {
            let text = full(&outcome, width);
            let widest = text.lines().max_by_key(|line| line.chars().count());
            let widest = widest.unwrap_or_default();
            assert!(widest.chars().count() <= width, "{width}: {widest}");
        }
    }
}

#[test]
fn a_width_that_is_too_small_is_taken_as_the_smallest() {
    let outcome = scenes::storm();
    assert_eq!(full(&outcome, 0), full(&outcome, MIN_WIDTH));
}

#[test]
fn reporters_are_named_once_and_documented() {
    let mut names: Vec<_> = REPORTERS.iter().map(|reporter| reporter.name).collect();
    let all = [
        "human", "full", "grouped", "concise", "json", "sarif", "oscal", "github", "gitlab",
        "junit", "rdjson", "markdown", "html",
    ];
    assert_eq!(names, all);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), REPORTERS.len());
    for reporter in REPORTERS {
        assert!(reporter.doc.ends_with('.'), "{}", reporter.doc);
        if let Some(also) = &reporter.also {
            assert!(report::find(also.format).is_some(), "{}", also.format);
        }
        let found = report::find(reporter.name);
        assert_eq!(found.map(|found| found.name), Some(reporter.name));
    }
    assert!(report::find("humane").is_none());
}

#[test]
fn the_exit_code_is_that_of_the_worst() {
    let finding = || scenes::storm().findings.remove(0);
    let problem = |kind| Problem::new(kind, Code::WrongValue, "message");
    use ProblemKind::{Configuration, Evaluation, Input, Policy};
    let cases: [(usize, usize, &[ProblemKind], u8); 12] = [
        (0, 0, &[], 3),
        (5, 0, &[], 0),
        (5, 1, &[], 1),
        (5, 0, &[Input], 3),
        (5, 0, &[Evaluation], 3),
        (5, 0, &[Policy], 2),
        (5, 0, &[Configuration], 2),
        (5, 1, &[Input], 1),
        (5, 1, &[Evaluation], 1),
        (5, 1, &[Policy], 2),
        (5, 1, &[Input, Configuration], 2),
        (0, 0, &[Input, Policy], 2),
    ];
    for (decisions, findings, kinds, expected) in cases {
        let mut outcome = scenes::storm();
        outcome.summary.decisions = decisions;
        outcome.findings = (0..findings).map(|_| finding()).collect();
        outcome.problems = kinds.iter().map(|kind| problem(*kind)).collect();
        let case = (decisions, findings, kinds);
        assert_eq!(outcome.exit_code(), expected, "{case:?}");
        for finding in &mut outcome.findings {
            finding.verdict = Verdict::Undetermined;
        }
        assert_eq!(outcome.exit_code(), expected, "undetermined: {case:?}");
    }
}

#[test]
fn a_report_takes_time_for_what_it_shows_not_for_the_files() {
    // A source that is searched from its start, or a line that is drawn in full, makes this take minutes.
    let line = "  key-000: { store: vault, kind: private, purposes: [token-signing] }\n";
    for text in [line.repeat(60_000), line.trim_end().repeat(60_000)] {
        let texts = Texts::new(&[("large.yaml", &text)]);
        let at = |n: usize| Span::new(FileId(0), (n * 2000) as u32 + 20, (n * 2000) as u32 + 25);
        let findings = (0..2000).map(|n| {
            let span = at(n);
            let label = palisade::source::Label {
                span,
                text: "kept here".into(),
            };
            violation(rule("r", Severity::Low, span), "it is here", label)
        });
        let findings = findings.collect();
        let outcome = texts.outcome(findings);
        let start = std::time::Instant::now();
        let report = full(&outcome, 80);
        assert!(report.len() < 2000 * 2000, "{}", report.len());
        let took = start.elapsed();
        assert!(took.as_secs() < 20, "{took:?}");
    }
}
