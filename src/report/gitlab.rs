//! GitLab Code Quality: an array of issues.

use std::io;

use serde::Serialize;

use crate::finding::{Outcome, Severity, Verdict, fingerprint};
use crate::source::Span;

use super::Style;
use super::clean::clean;
use super::escaped::write_json;
use super::looked;
use super::place::Place;
use super::words::{Unique, excuse, gaps, sentence, told_causes, waived};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

/// Writes the array: what could not be checked, then the findings by place, then what is waived.
/// GitLab compares it with that of the target branch by itself, so a comparison has what was there
/// before, too.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    // GitLab takes issues of equal fingerprints for one, and compares branches by them: no line
    // number is in a fingerprint, and what comes again is told apart.
    let mut seen = Unique::default();
    let mut unique = |text| seen.of(text, |text, times| format!("{text}-{times}"));
    let gaps = gaps(outcome);
    let mut issues: Vec<_> = gaps
        .iter()
        .map(|gap| Issue {
            description: format!("not checked: {}", gap.sentence()),
            check_name: gap.code.to_string(),
            fingerprint: unique(fingerprint(&[gap.code.name(), &gap.message])),
            severity: "blocker",
            location: location(outcome, style, gap.labels.first().map(|label| label.span)),
        })
        .collect();
    let found = outcome.findings.iter().chain(&outcome.unchanged);
    let causes = told_causes(outcome);
    issues.extend(found.map(|finding| {
        let cause = causes.get(&finding.identity);
        let cause = cause.map_or_else(String::new, |told| format!(" (cause: {})", told.text));
        let unknown = match finding.verdict {
            Verdict::Violation => "",
            Verdict::Undetermined => "undetermined: ",
        };
        Issue {
            description: format!("{unknown}{}{cause}", sentence(finding)),
            check_name: clean(&finding.rule.id).into_owned(),
            fingerprint: unique(finding.identity.fingerprint()),
            severity: match finding.rule.severity {
                Severity::Low => "minor",
                Severity::Medium => "major",
                Severity::High => "critical",
                Severity::Critical => "blocker",
            },
            location: location(outcome, style, Some(finding.primary.span)),
        }
    }));
    issues.extend(waived(outcome, style).into_iter().map(|waived| {
        let finding = &waived.finding;
        // When the waiver ends, a new issue takes the place of this one.
        let print = fingerprint(&["waived", &finding.identity.fingerprint()]);
        Issue {
            description: format!("{} (waived {})", sentence(finding), excuse(waived)),
            check_name: clean(&finding.rule.id).into_owned(),
            fingerprint: unique(print),
            severity: "info",
            location: location(outcome, style, Some(finding.primary.span)),
        }
    }));
    // Which files these are may change, and it is the same issue.
    issues.extend(looked::doubtful(outcome).map(|text| Issue {
        description: text,
        check_name: "not-checked".to_owned(),
        fingerprint: unique(fingerprint(&["not-checked"])),
        severity: "info",
        location: location(outcome, style, None),
    }));
    write_json(&issues, out)
}

/// A place, which every issue must have: what has none is about the whole repository.
fn location(outcome: &Outcome, style: &Style, span: Option<Span>) -> Location {
    let place = span.map(|span| Place::of(&outcome.files, style, span));
    let (path, begin) = match place {
        Some(place) => (place.path, place.start.line),
        None => (".".to_owned(), 1),
    };
    Location {
        path,
        lines: Lines { begin },
    }
}
