//! JUnit XML: what was checked as tests.
//!
//! A rule that found nothing is a test that passed, one that applied to nothing is skipped. A
//! finding that fails the run is a failure, one that does not is skipped, so that who reads the
//! tests and who reads the exit code see the same: in a comparison, what was there before. What could
//! not be checked is an error.
//!
//! GitLab links a test to its `file`. That attribute is all that is written besides what the schema
//! of Jenkins has.

mod xml;

use std::collections::HashSet;
use std::io;

use crate::finding::{Change, Finding, Outcome};

use super::Style;
use super::clean::clean;
use super::looked;
use super::place::Place;
use super::words::{Unique, account, excuse, gaps, kind, said, sentence, told_causes};

use xml::Writer;

/// A test.
#[derive(Debug)]
pub struct Case {
    /// What programs show as its suite.
    pub class: String,
    /// What it is called.
    pub name: String,
    /// The file that it is about, as a path from the root of the repository.
    pub file: Option<String>,
    /// How it ended, if it did not pass.
    pub result: Option<Result>,
}

/// How a test ended that did not pass.
#[derive(Debug)]
pub struct Result {
    /// `failure`, `error` or `skipped`.
    pub element: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// A stable name for this sort of end.
    pub kind: String,
    /// All that there is to say.
    pub body: String,
}

/// Writes one suite: what could not be checked, the findings by place, in a comparison what is new
/// first, what is waived, the other rules.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    write_cases(cases(outcome, style), out)
}

/// Writes one suite. Of tests that are called alike programs show one, so they are told apart.
pub(super) fn write_cases(mut cases: Vec<Case>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut seen = Unique::default();
    for case in &mut cases {
        let full = format!("{}\n{}", case.class, case.name);
        let unique = seen.of(full, |text, times| format!("{text} ({times})"));
        case.name = unique[case.class.len() + 1..].to_owned();
    }
    let count = |element| {
        let results = cases.iter().filter_map(|case| case.result.as_ref());
        let matching = results.filter(|result| result.element == element);
        matching.count().to_string()
    };
    let (failures, errors) = (count("failure"), count("error"));
    let tests = cases.len().to_string();
    let totals = [
        ("name", "palisade"),
        ("tests", &tests),
        ("failures", &failures),
        ("errors", &errors),
        ("time", "0"),
    ];
    let mut xml = Writer::new(out)?;
    xml.open("testsuites", &totals)?;
    let skipped = count("skipped");
    let suite = [&totals[..], &[("skipped", &skipped)]].concat();
    xml.open("testsuite", &suite)?;
    for case in &cases {
        write_case(&mut xml, case)?;
    }
    xml.close("testsuite")?;
    xml.close("testsuites")
}

fn write_case(xml: &mut Writer<'_>, case: &Case) -> io::Result<()> {
    let mut attributes = vec![("classname", case.class.as_str()), ("name", &case.name)];
    attributes.extend(case.file.as_deref().map(|file| ("file", file)));
    attributes.push(("time", "0"));
    let Some(result) = &case.result else {
        return xml.empty("testcase", &attributes);
    };
    xml.open("testcase", &attributes)?;
    let attributes = [("type", result.kind.as_str()), ("message", &result.message)];
    xml.text(result.element, &attributes, &result.body)?;
    xml.close("testcase")
}

fn cases(outcome: &Outcome, style: &Style) -> Vec<Case> {
    let file = |span| Place::of(&outcome.files, style, span).path;
    let gaps = gaps(outcome).into_iter().map(|gap| Case {
        class: format!("problem {}", gap.code),
        name: gap.message.clone(),
        file: gap.labels.first().map(|label| file(label.span)),
        result: Some(Result {
            element: "error",
            kind: gap.code.to_string(),
            body: gap.account(outcome, style).join("\n"),
            message: gap.message,
        }),
    });
    let found = || outcome.findings.iter().chain(&outcome.unchanged);
    let causes = told_causes(outcome);
    let findings = found().map(|finding| {
        let mut result = told(outcome, style, finding);
        if let Some(cause) = causes.get(&finding.identity) {
            result.body += &format!("\ncause: {} ({})", cause.text, cause.id);
        }
        Case {
            class: clean(&finding.rule.id).into_owned(),
            name: said(&finding.message, &finding.rule.id),
            file: Some(file(finding.primary.span)),
            result: Some(result),
        }
    });
    let excused = outcome.waived.iter().map(|waived| &waived.finding);
    let broken: HashSet<_> = found().chain(excused).map(|found| &found.rule.id).collect();
    let idle: HashSet<_> = outcome.summary.idle_rules.iter().collect();
    let kept = outcome
        .rules
        .iter()
        .filter(|rule| !broken.contains(&rule.id));
    let kept = kept.map(|rule| Case {
        class: clean(&rule.id).into_owned(),
        name: said(&rule.title, &rule.id),
        file: None,
        result: idle.contains(&rule.id).then(|| Result {
            element: "skipped",
            message: "it applied to nothing".to_owned(),
            kind: "idle".to_owned(),
            body: String::new(),
        }),
    });
    let waived = outcome.waived.iter().map(|waived| Case {
        class: clean(&waived.finding.rule.id).into_owned(),
        name: said(&waived.finding.message, &waived.finding.rule.id),
        file: Some(file(waived.finding.primary.span)),
        result: Some(Result {
            element: "skipped",
            message: format!("waived {}", excuse(waived)),
            kind: "waived".to_owned(),
            body: account(outcome, style, &waived.finding).join("\n"),
        }),
    });
    let left_out = looked::doubtful(outcome).map(|message| Case {
        class: "files".to_owned(),
        name: "files that are left out".to_owned(),
        file: None,
        result: Some(Result {
            element: "skipped",
            message,
            kind: "not-checked".to_owned(),
            body: String::new(),
        }),
    });
    let all = gaps.chain(findings).chain(waived).chain(kept);
    all.chain(left_out).collect()
}

fn told(outcome: &Outcome, style: &Style, finding: &Finding) -> Result {
    let sentence = sentence(finding);
    Result {
        element: if finding.fails { "failure" } else { "skipped" },
        message: match finding.change {
            _ if finding.fails => sentence,
            Some(Change::Unchanged) => format!("{sentence}; it was there before the change"),
            _ => format!("{sentence}; it does not fail the run"),
        },
        kind: kind(finding).to_owned(),
        body: account(outcome, style, finding).join("\n"),
    }
}
