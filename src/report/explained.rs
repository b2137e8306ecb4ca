//! Findings at length: each drawn in full, after what is known of its cause or of what it waits for.

use std::io;

use crate::finding::{Causes, Outcome, Questions};

use super::Style;
use super::clean::clean;
use super::human::{hang, write_finding};
use super::plural::count;
use super::words::{edit, pass};

/// Writes the findings at these places.
pub(super) fn write(
    outcome: &Outcome,
    findings: &[usize],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let causes = Causes::of(&outcome.findings, &outcome.files);
    let questions = Questions::of(&outcome.findings);
    let member = |at: usize| {
        let finding = &outcome.findings[at];
        let (id, rule) = (finding.identity.short(), &finding.rule);
        format!(
            "  {id} {} {}: {}",
            rule.severity,
            clean(&rule.id),
            clean(&finding.message)
        )
    };
    let mut line = |first: &str, text: &str| writeln!(out, "{}", hang(first, text, style.width));
    let about = |of: &[usize]| of.iter().any(|at| findings.contains(at));
    let mut any = false;
    for cause in causes.all.iter().filter(|cause| about(&cause.findings)) {
        let total = count(cause.findings.len(), "finding", "findings");
        let tried = match (
            cause.confirmed,
            &cause.handle.attribute,
            cause.handle.element,
        ) {
            (false, ..) => "no single edit was found that ends each of them".to_owned(),
            (true, None, _) => format!("decided again without it: {total} end"),
            (true, _, true) => format!("decided again with the element taken out: {total} end"),
            (true, _, false) => format!("decided again with the value unknown: {total} end"),
        };
        line(
            &format!("cause {}: ", cause.id),
            &format!("{}; {tried}", edit(&cause.handle)),
        )?;
        for at in &cause.findings {
            line("  ", member(*at).trim_start())?;
        }
        any = true;
    }
    for question in questions.all.iter().filter(|it| about(&it.findings)) {
        let ask = &question.ask;
        let passes: Vec<_> = ask.passes.iter().map(|it| pass(it, &ask.values)).collect();
        let passes = match (ask.classifies, question.contradicts, passes.is_empty()) {
            (true, ..) => "it says what the thing is: state what is true".to_owned(),
            (_, true, _) => "no value passes all rules that wait for it".to_owned(),
            (_, _, true) => "what would pass is not known".to_owned(),
            _ => format!("passes: {}", passes.join(", ")),
        };
        let what = format!("`{}` of {}", clean(&ask.attribute), clean(&ask.name));
        line(
            &format!("question {}: ", question.id),
            &format!("{what}; {passes}"),
        )?;
        for at in &question.findings {
            line("  ", member(*at).trim_start())?;
        }
        any = true;
    }
    if any {
        writeln!(out)?;
    }
    for at in findings {
        write_finding(&outcome.findings[*at], &outcome.files, style, out)?;
    }
    Ok(())
}
