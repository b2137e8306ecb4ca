//! The end of the report: what was not looked at, and what the rest comes to.

use std::io;

use crate::finding::{Outcome, Severity, Verdict, count_open};
use crate::report::clean::clean;
use crate::report::looked;
use crate::report::plural::count;
use crate::report::words::excuse;
use crate::source::{End, ProblemKind};

use super::change;
use super::page::Page;
use super::unknown;
use super::wrap::{fill, hang};

/// So many unknown values are listed; who has more to ask begins with these.
const QUESTIONS: usize = 12;

/// Writes what a reader may miss, then what was checked and, in the last line, what it comes to.
pub(super) fn write(page: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    let width = page.prose_width();
    let mut lines = questions(outcome, width);
    let notes = notes(outcome);
    lines.extend(notes.iter().map(|note| hang("note: ", note, width)));
    for line in &lines {
        writeln!(page.out, "{line}")?;
    }
    if !lines.is_empty() {
        page.blank()?;
    }
    let palette = page.palette;
    let violations = outcome
        .findings
        .iter()
        .filter(|f| f.verdict == Verdict::Violation);
    let paint = match violations.map(|finding| finding.rule.severity).max() {
        Some(worst) => palette.severity(worst),
        None if !outcome.findings.is_empty() => palette.undetermined(),
        None if outcome.exit_code() != 0 => palette.problem(),
        None => palette.passed(),
    };
    let text = if outcome.checked_nothing() && outcome.findings.is_empty() {
        let nothing = paint.style(nothing(outcome)).to_string();
        format!("nothing was checked: {nothing}")
    } else {
        writeln!(page.out, "{}", fill("", "  ", &checked(outcome), width))?;
        if let Some(compared) = change::compared(outcome) {
            writeln!(page.out, "{}", fill("", "  ", &compared, width))?;
        }
        paint.style(result(outcome)).to_string()
    };
    writeln!(page.out, "{}", fill("", "  ", &text, width))
}

/// Writes what was read, and which rules were asked.
pub(super) fn details(page: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    let width = page.prose_width();
    for entry in outcome.summary.ledger.entries() {
        let (name, end) = (clean(&entry.name), looked::end(page.files, entry.end));
        let line = match entry.end {
            End::Read => hang("read: ", &name, width),
            _ => hang("file: ", &format!("{name}: {end}"), width),
        };
        writeln!(page.out, "{line}")?;
    }
    let rules = outcome.rules.iter();
    let rules: Vec<_> = rules.map(|rule| clean(&rule.id).into_owned()).collect();
    let asked = format!(
        "{}: {}",
        count(rules.len(), "rule", "rules"),
        rules.join(", ")
    );
    writeln!(page.out, "{}", hang("asked: ", &asked, width))
}

/// Writes what is excused, a line each.
pub(super) fn waived(page: &mut Page<'_>, outcome: &Outcome) -> io::Result<()> {
    let width = page.prose_width();
    for waived in &outcome.waived {
        let place = page.files.start(waived.finding.primary.span);
        let text = format!(
            "{}:{}:{}: {} {}, {}",
            clean(&page.files.get(waived.finding.primary.span.file).name),
            place.line,
            place.column,
            clean(&waived.finding.rule.id),
            clean(&waived.finding.message),
            excuse(waived),
        );
        writeln!(page.out, "{}", hang("waived: ", &text, width))?;
    }
    Ok(())
}

/// What is not known, each with the rules that wait for it, in lines.
fn questions(outcome: &Outcome, width: usize) -> Vec<String> {
    let questions = unknown::questions(&outcome.findings);
    if questions.is_empty() {
        return Vec::new();
    }
    let text = "undetermined means that the documents do not say enough to tell whether a rule is \
                broken; it is decided when this is stated:";
    let listed = questions.iter().take(QUESTIONS).map(|(unknown, rules)| {
        let rules: Vec<_> = rules.iter().map(|rule| clean(rule)).collect();
        format!("{}, for {}", unknown::name(*unknown), rules.join(", "))
    });
    let mut lines = vec![hang("note: ", text, width)];
    lines.extend(listed.map(|text| hang("      - ", &text, width)));
    if questions.len() > QUESTIONS {
        lines.push(format!("      - and {} more", questions.len() - QUESTIONS));
    }
    lines
}

/// "checked 5 documents with 23 entities against 10 rules, in 41 decisions"
pub(in crate::report) fn checked(outcome: &Outcome) -> String {
    let summary = &outcome.summary;
    format!(
        "checked {} with {} against {}, in {}",
        count(summary.documents, "document", "documents"),
        count(summary.entities, "entity", "entities"),
        count(summary.rules, "rule", "rules"),
        count(summary.decisions, "decision", "decisions"),
    )
}

/// "4 violations (2 critical, 2 high), 1 undetermined, 2 problems"
pub(in crate::report) fn result(outcome: &Outcome) -> String {
    let violations = outcome.count(Verdict::Violation);
    let undetermined = outcome.count(Verdict::Undetermined);
    let new = match outcome.comparison {
        Some(_) => "new ",
        None => "",
    };
    let mut parts = vec![match violations {
        0 => format!("no {new}violations"),
        some => format!(
            "{some} {new}{} ({})",
            if some == 1 { "violation" } else { "violations" },
            by_severity(outcome, Verdict::Violation)
        ),
    }];
    if undetermined > 0 {
        parts.push(format!("{undetermined} {new}undetermined"));
    }
    if !outcome.waived.is_empty() {
        parts.push(format!("{} waived", outcome.waived.len()));
    }
    if !outcome.problems.is_empty() {
        parts.push(count(outcome.problems.len(), "problem", "problems"));
    }
    if !outcome.open.is_empty() {
        let open = count_open(&outcome.open);
        parts.push(count(open, "open question", "open questions"));
    }
    parts.join(", ")
}

fn by_severity(outcome: &Outcome, verdict: Verdict) -> String {
    let worst_first = Severity::ALL.into_iter().rev();
    let counts = worst_first.map(|severity| (outcome.count_at(verdict, severity), severity));
    let parts: Vec<_> = counts
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {severity}"))
        .collect();
    parts.join(", ")
}

/// What a reader would otherwise not know.
fn notes(outcome: &Outcome) -> Vec<String> {
    let summary = &outcome.summary;
    let mut notes = Vec::new();
    let unusable = |kind: ProblemKind| {
        let of_kind = outcome
            .problems
            .iter()
            .filter(|problem| problem.kind == kind);
        of_kind.count()
    };
    let of_setup = unusable(ProblemKind::Configuration) + unusable(ProblemKind::Policy);
    let of_command = unusable(ProblemKind::Command);
    if of_command > 0 {
        notes.push(format!(
            "{} with what the command names: nothing was checked",
            count(of_command, "problem", "problems"),
        ));
    }
    if of_setup > 0 {
        notes.push(format!(
            "{} in the configuration or the policies: nothing here can be relied on before {} solved",
            count(of_setup, "problem", "problems"),
            if of_setup == 1 { "it is" } else { "they are" },
        ));
    } else if of_command == 0 && !outcome.problems.is_empty() {
        let problems = outcome.problems.len();
        notes.push(format!(
            "{} kept something from being checked, so there may be more to find",
            count(problems, "problem", "problems"),
        ));
    }
    if !summary.idle_rules.is_empty() && summary.decisions > 0 {
        let rules: Vec<_> = summary.idle_rules.iter().map(|rule| clean(rule)).collect();
        notes.push(format!(
            "{} applied to nothing, because nothing that {} is described: {}",
            count(rules.len(), "rule", "rules"),
            if rules.len() == 1 {
                "it is about"
            } else {
                "they are about"
            },
            rules.join(", "),
        ));
    }
    if summary.held_back > 0 {
        notes.push(format!(
            "{} not reported: what they refer to may be declared in what could not be read",
            match summary.held_back {
                1 => "1 reference is".to_owned(),
                some => format!("{some} references are"),
            }
        ));
    }
    if summary.aside > 0 {
        notes.push(format!(
            "{} read only because what was named may refer to {}; nothing in {} is reported",
            count(summary.aside, "other document was", "other documents were"),
            if summary.aside == 1 { "it" } else { "them" },
            if summary.aside == 1 { "it" } else { "them" },
        ));
    }
    notes.extend(looked::unread(outcome));
    notes.extend(looked::open(outcome));
    notes.extend(looked::sentence(outcome));
    notes.extend(looked::roots(outcome));
    notes.extend(looked::idle_globs(outcome));
    notes.extend(change::doubts(outcome));
    notes
}

/// Why nothing was checked, and what to do.
pub(in crate::report) fn nothing(outcome: &Outcome) -> &'static str {
    let summary = &outcome.summary;
    if !outcome.problems.is_empty() {
        "see the problems above, and solve them first"
    } else if summary.documents == 0 && summary.ledger.not_ours().next().is_none() {
        "there are no files here; name the files or directories that describe your infrastructure"
    } else if summary.documents == 0 {
        "no file claims to be a Palisade document; write `palisade: v1` on a line of its own in \
         each file that describes your infrastructure"
    } else if summary.rules == 0 {
        "no rule was selected; select at least one"
    } else if summary.entities == 0 && !summary.ledger.unread.is_empty() {
        "no rule covers what the infrastructure code has; the notes say what was not read"
    } else if summary.entities == 0 {
        "the documents declare nothing; add what there is, such as `zones:` and `keys:`"
    } else {
        "no selected rule applies to what the documents declare; select more rules, or describe \
         what uses what"
    }
}
