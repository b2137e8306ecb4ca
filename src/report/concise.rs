//! One line for each item, for editors, `grep` and problem matchers.
//!
//! Nothing else is written, so that each line can be parsed alike.

use std::io;

use crate::finding::{Finding, Outcome, Verdict, Waived};
use crate::source::{Files, Problem, Span};

use super::Style;
use super::clean::{clean, prose};
use super::words::{excuse, newly_waived};

/// Writes findings and problems, by place; problems without a place first.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let files = &outcome.files;
    let problems = outcome
        .problems
        .iter()
        .map(|problem| problem_line(files, problem));
    let findings = outcome
        .findings
        .iter()
        .map(|finding| finding_line(files, finding));
    let excused = newly_waived(outcome, style);
    let excused = excused.iter().map(|waived| waived_line(files, waived));
    let mut lines: Vec<_> = problems.chain(findings).chain(excused).collect();
    lines.sort();
    for (place, text) in lines {
        if let Some(place) = place {
            let path = clean(&files.get(place.file).name);
            let start = files.start(place);
            write!(out, "{path}:{}:{}: ", start.line, start.column)?;
        }
        writeln!(out, "{text}")?;
    }
    Ok(())
}

fn waived_line(files: &Files, waived: &Waived) -> (Option<Span>, String) {
    let finding = &waived.finding;
    let rule = clean(&finding.rule.id);
    let text = format!(
        "waived {rule} {} ({})",
        clean(&finding.message),
        excuse(waived)
    );
    (Some(files.locate(finding.primary.span).span), text)
}

fn finding_line(files: &Files, finding: &Finding) -> (Option<Span>, String) {
    let what = match finding.verdict {
        Verdict::Violation => finding.rule.severity.name(),
        Verdict::Undetermined => finding.verdict.name(),
    };
    let rule = clean(&finding.rule.id);
    let mut text = format!("{what} {rule} {}", clean(&finding.message));
    if let Some(passes_if) = &finding.passes_if {
        text += &format!(" (passes if {})", prose(passes_if));
    }
    (Some(files.locate(finding.primary.span).span), text)
}

fn problem_line(files: &Files, problem: &Problem) -> (Option<Span>, String) {
    let place = problem.labels.first();
    let text = format!("problem {} {}", problem.code, clean(&problem.message));
    (place.map(|label| files.locate(label.span).span), text)
}
