//! One line for each finding, by rule: for whoever has one rule to look after.

use std::cmp::Reverse;
use std::io;

use crate::finding::{Finding, Outcome, Severity, Waived};
use crate::source::Span;

use super::Style;
use super::clean::{clean, prose};
use super::human::result;
use super::plural::count;
use super::words::{excuse, kind, newly_waived};

/// Writes problems by code, then findings by rule, the worst rule first, then by place.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut problems: Vec<_> = outcome.problems.iter().collect();
    problems.sort_by_key(|problem| problem.code.name());
    for group in problems.chunk_by(|a, b| a.code == b.code) {
        let code = group[0].code;
        writeln!(out, "problem {code} ({})", group.len())?;
        for problem in group {
            let at = problem
                .labels
                .first()
                .map(|label| place(outcome, label.span));
            let at = at.map_or_else(String::new, |at| format!("{at}: "));
            writeln!(out, "  {at}{}", clean(&problem.message))?;
        }
        writeln!(out)?;
    }
    let mut findings: Vec<&Finding> = outcome.findings.iter().collect();
    let key = |finding: &Finding| (Reverse(finding.rule.severity), finding.rule.id.clone());
    findings.sort_by_key(|finding| key(finding));
    for group in findings.chunk_by(|a, b| a.rule.id == b.rule.id) {
        let rule = &group[0].rule;
        let severity: Severity = rule.severity;
        let title = prose(&rule.title);
        writeln!(
            out,
            "{severity} {} ({}): {title}",
            clean(&rule.id),
            group.len()
        )?;
        for finding in group {
            let at = place(outcome, finding.primary.span);
            let message = clean(&finding.message);
            let said = message.strip_suffix(&*format!(": {}", rule.title));
            let verdict = match kind(finding) {
                word if word == severity.name() => "",
                _ => "undetermined: ",
            };
            let id = finding.identity.short();
            writeln!(out, "  {at}: {id} {verdict}{}", said.unwrap_or(&message))?;
        }
        writeln!(out)?;
    }
    let waived = newly_waived(outcome, style);
    let mut waived: Vec<&Waived> = waived.into_iter().collect();
    waived.sort_by_key(|waived| waived.finding.rule.id.clone());
    for group in waived.chunk_by(|a, b| a.finding.rule.id == b.finding.rule.id) {
        let rule = &group[0].finding.rule;
        writeln!(out, "waived {} ({})", clean(&rule.id), group.len())?;
        for waived in group {
            let at = place(outcome, waived.finding.primary.span);
            let message = clean(&waived.finding.message);
            writeln!(out, "  {at}: {message} ({})", excuse(waived))?;
        }
        writeln!(out)?;
    }
    if !style.notes {
        return Ok(());
    }
    let rules = count(outcome.summary.rules, "rule", "rules");
    writeln!(out, "{}, of {rules}", result(outcome))
}

fn place(outcome: &Outcome, span: Span) -> String {
    let at = outcome.files.locate(span).span;
    let start = outcome.files.start(at);
    let path = clean(&outcome.files.get(at.file).name);
    format!("{path}:{}:{}", start.line, start.column)
}
