//! What reports for platforms say alike.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::finding::{
    Cause, Causes, Change, Finding, Handle, Hop, Identity, Outcome, Pass, Severity, Verdict, Waived,
};
use crate::source::{Code, Label};

use super::Style;
use super::clean::{clean, prose};
use super::human::nothing;
use super::place::Place;

/// How loudly a platform tells of something; the least loud first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Note,
    Warning,
    Error,
}

impl Level {
    /// What is not certain is no error.
    pub(super) fn of(finding: &Finding) -> Self {
        let level = match finding.rule.severity {
            Severity::Low => Self::Note,
            Severity::Medium => Self::Warning,
            Severity::High | Severity::Critical => Self::Error,
        };
        match finding.verdict {
            Verdict::Violation => level,
            Verdict::Undetermined => level.min(Self::Warning),
        }
    }
}

/// The findings, the worst first: platforms show the first few, and stop somewhere.
pub(super) fn worst_first(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<_> = findings.iter().collect();
    sorted.sort_by_key(|finding| badness(finding));
    sorted
}

fn badness(finding: &Finding) -> impl Ord + use<> {
    (Reverse(finding.rule.severity), finding.verdict)
}

/// What is waived, if a report is to have it, the worst first.
pub(super) fn waived<'o>(outcome: &'o Outcome, style: &Style) -> Vec<&'o Waived> {
    let all = outcome.waived.iter().filter(|_| style.waived);
    let mut sorted: Vec<_> = all.collect();
    sorted.sort_by_key(|waived| badness(&waived.finding));
    sorted
}

/// The same, for formats that have of a comparison only what is new.
pub(super) fn newly_waived<'o>(outcome: &'o Outcome, style: &Style) -> Vec<&'o Waived> {
    let mut new = waived(outcome, style);
    new.retain(|waived| waived.finding.change != Some(Change::Unchanged));
    new
}

/// Until when something is waived, and why.
pub(super) fn excuse(waived: &Waived) -> String {
    let reason = said(&waived.reason, "no reason is given");
    format!("until {}: {reason}", clean(&waived.until))
}

/// How bad it is, or that this is not known.
pub(super) fn kind(finding: &Finding) -> &'static str {
    match finding.verdict {
        Verdict::Violation => finding.rule.severity.name(),
        Verdict::Undetermined => finding.verdict.name(),
    }
}

/// What is wrong, on one line.
pub(super) fn sentence(finding: &Finding) -> String {
    let message = said(&finding.message, &finding.rule.id);
    match &finding.passes_if {
        Some(passes_if) => format!("{message} (passes if {})", prose(passes_if)),
        None => message,
    }
}

/// `text` on one line, or `otherwise` if it says nothing: many programs take no empty text.
pub(super) fn said(text: &str, otherwise: &str) -> String {
    match prose(text) {
        text if text.is_empty() => prose(otherwise),
        text => text,
    }
}

/// What a hop is, without its place.
pub(super) fn hop_text(hop: &Hop) -> String {
    let arrow = if hop.from.is_some() { "→ " } else { "" };
    let mut text = format!("{arrow}{}, {}", prose(&hop.to), prose(&hop.by));
    if !hop.added.is_empty() {
        text += &format!("; in it: {}", prose(&hop.added.join(", ")));
    }
    if !hop.removed.is_empty() {
        text += &format!("; removed: {}", prose(&hop.removed.join(", ")));
    }
    text
}

/// The hops of a finding: of each its number, what it is, and where that is stated.
pub(super) fn route(outcome: &Outcome, style: &Style, finding: &Finding) -> Vec<Step> {
    let mut number = 0;
    let steps = finding.path.iter().map(|hop| {
        number += hop.skipped + 1;
        Step {
            number,
            skipped: hop.skipped,
            text: hop_text(hop),
            place: Place::of(&outcome.files, style, hop.span),
        }
    });
    steps.collect()
}

/// A hop, in words.
pub(super) struct Step {
    /// From 1; hops that are left out count.
    pub(super) number: usize,
    /// How many hops before it are left out.
    pub(super) skipped: usize,
    /// What it is.
    pub(super) text: String,
    /// Where that is stated.
    pub(super) place: Place,
}

/// The labels of a finding besides its first one that lie in files of the repository: what decided,
/// and of a rule of the repository what it says there. Not its hops, which [`route`] gives.
pub(super) fn reasons(outcome: &Outcome, finding: &Finding) -> Vec<Label> {
    let is_hop = |label: &&Label| {
        let mut hops = finding.path.iter();
        label.text.starts_with("hop ") && hops.any(|hop| hop.span == label.span)
    };
    let related = finding.related.iter().filter(|label| !is_hop(label));
    let mut reasons: Vec<_> = related.cloned().collect();
    if !finding.rule.built_in {
        // No source is drawn beside these.
        reasons.extend(finding.clauses.iter().map(|clause| Label {
            span: clause.span,
            text: format!(
                "`{}` {}",
                prose(outcome.files.slice(clause.span)),
                clause.text
            ),
        }));
    }
    reasons
}

/// All there is to say of a finding but what is wrong, in lines; without the first, where.
pub(super) fn account(outcome: &Outcome, style: &Style, finding: &Finding) -> Vec<String> {
    let mut lines = vec![labelled(outcome, style, "at", &finding.primary)];
    let reasons = reasons(outcome, finding);
    lines.extend(
        reasons
            .iter()
            .map(|label| labelled(outcome, style, "and", label)),
    );
    for step in route(outcome, style, finding) {
        if step.skipped > 0 {
            lines.push(format!("hop: {} more hops", step.skipped));
        }
        lines.push(format!(
            "hop {}: {} ({})",
            step.number, step.text, step.place
        ));
    }
    lines.extend(advice(finding));
    lines.push(format!("id: {}", finding.identity.short()));
    lines
}

/// What a change does to bring a finding about, what to do about it, and who asks for that, in lines.
pub(super) fn advice(finding: &Finding) -> Vec<String> {
    let references = finding.rule.references.join("; ");
    let parts = [
        ("change", finding.effect.as_deref().unwrap_or_default()),
        ("way out", finding.way_out.as_deref().unwrap_or_default()),
        ("help", finding.rule.help.as_deref().unwrap_or_default()),
        ("see", &references),
    ];
    let parts = parts.map(|(name, text)| (name, prose(text)));
    let said = parts.into_iter().filter(|(_, text)| !text.is_empty());
    said.map(|(name, text)| format!("{name}: {text}")).collect()
}

fn labelled(outcome: &Outcome, style: &Style, how: &str, label: &Label) -> String {
    let place = Place::of(&outcome.files, style, label.span);
    match clean(&label.text) {
        text if text.is_empty() => format!("{how} {place}"),
        text => format!("{how} {place}: {text}"),
    }
}

/// A reason for which the answer is incomplete.
pub(super) struct Gap<'a> {
    /// A stable name for this sort of reason.
    pub(super) code: Code,
    /// What is wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: Option<String>,
    /// The places concerned, the one to change first; there may be none.
    pub(super) labels: &'a [Label],
}

impl Gap<'_> {
    /// What is wrong and what to do, on one line.
    pub(super) fn sentence(&self) -> String {
        match &self.help {
            Some(help) => format!("{} (help: {help})", self.message),
            None => self.message.clone(),
        }
    }

    /// All there is to say of it but what is wrong, in lines.
    pub(super) fn account(&self, outcome: &Outcome, style: &Style) -> Vec<String> {
        let labels = self.labels.iter();
        let mut lines: Vec<_> = labels
            .enumerate()
            .map(|(n, label)| labelled(outcome, style, if n == 0 { "at" } else { "and" }, label))
            .collect();
        lines.extend(self.help.iter().map(|help| format!("help: {help}")));
        lines
    }
}

/// Why the answer is incomplete: each problem, or that nothing at all was checked.
pub(super) fn gaps(outcome: &Outcome) -> Vec<Gap<'_>> {
    let problems = outcome.problems.iter().map(|problem| Gap {
        code: problem.code,
        message: said(&problem.message, problem.code.name()),
        help: problem.help.as_deref().map(prose),
        labels: &problem.labels,
    });
    let mut gaps: Vec<_> = problems.collect();
    if gaps.is_empty() && outcome.findings.is_empty() && outcome.checked_nothing() {
        gaps.push(Gap {
            code: Code::NothingChecked,
            message: "nothing was checked".to_owned(),
            help: Some(nothing(outcome).to_owned()),
            labels: &[],
        });
    }
    gaps
}

/// Makes each of a series of texts its own: what was there before gets a number.
#[derive(Default)]
pub(super) struct Unique(HashMap<String, usize>);

impl Unique {
    /// `text`, or if it was there before, what `again` makes of it and of how often it was.
    pub(super) fn of(&mut self, text: String, again: fn(&str, usize) -> String) -> String {
        let mut unique = text.clone();
        loop {
            let seen = self.0.entry(unique.clone()).or_insert(0);
            *seen += 1;
            if *seen == 1 {
                return unique;
            }
            unique = again(&text, *seen);
        }
    }
}

/// Of more values than these that pass, the others are told if they are fewer.
const VALUES: usize = 2;

/// What passes, in words.
pub(super) fn pass(pass: &Pass, values: &[String]) -> String {
    match pass {
        Pass::OneOf(passing) => {
            let others: Vec<_> = values.iter().filter(|it| !passing.contains(it)).collect();
            match passing.len() > VALUES && !others.is_empty() && others.len() <= passing.len() {
                true => format!("not {}", list(&others)),
                false => or(&passing.iter().collect::<Vec<_>>()),
            }
        }
        Pass::NoneOf(elements) => format!("none of {}", list(&elements.iter().collect::<Vec<_>>())),
        Pass::Has(elements) => format!("with {}", list(&elements.iter().collect::<Vec<_>>())),
        Pass::AtMost(_, most) => format!("at most {}", clean(most)),
        Pass::AtLeast(_, least) => format!("at least {}", clean(least)),
        Pass::Example(example) if example == "[]" => "for example none".to_owned(),
        Pass::Example(example) => format!("for example {}", clean(example)),
        Pass::Complete => "complete as listed".to_owned(),
    }
}

fn list(all: &[&String]) -> String {
    let all: Vec<_> = all.iter().map(|it| clean(it)).collect();
    all.join(", ")
}

fn or(all: &[&String]) -> String {
    match all {
        [] => String::new(),
        [one] => clean(one).into_owned(),
        [first @ .., last] => format!("{} or {}", list(first), clean(last)),
    }
}

/// "and 3 more from transfer `upload`": what a cause ends besides the finding that is told.
pub(super) fn and_more(cause: &Cause) -> String {
    let from = if cause.confirmed { "from" } else { "about" };
    let others = cause.findings.len().saturating_sub(1);
    format!("and {others} more {from} {}", edit(&cause.handle))
}

/// "transfer `upload`", "`rotation` of key `msa`", "`debug` of workload `w` has `remote`".
pub(super) fn edit(handle: &Handle) -> String {
    let entity = clean(&handle.name);
    match (&handle.attribute, &handle.value) {
        (None, _) => entity.into_owned(),
        (Some(attribute), None) => format!("`{}` of {entity}", clean(attribute)),
        (Some(attribute), Some(value)) => {
            let verb = if handle.element { "has" } else { "is" };
            format!(
                "`{}` of {entity} {verb} `{}`",
                clean(attribute),
                clean(value)
            )
        }
    }
}

/// The cause of a finding, where it has others.
pub(super) struct Told {
    /// What to type to have it explained.
    pub(super) id: String,
    /// "transfer `upload`, with 3 more".
    pub(super) text: String,
    /// Whether the finding is the one that explains the others.
    pub(super) lead: bool,
}

/// The causes of all findings that share theirs with others.
pub(super) fn told_causes(outcome: &Outcome) -> HashMap<&Identity, Told> {
    let causes = Causes::of(&outcome.findings, &outcome.files);
    let shared = causes.all.iter().filter(|cause| cause.findings.len() > 1);
    let told = shared.flat_map(|cause| {
        let text = format!(
            "{}, with {} more",
            edit(&cause.handle),
            cause.findings.len() - 1
        );
        let findings = cause.findings.iter().enumerate();
        findings.map(move |(nth, at)| {
            let told = Told {
                id: cause.id.clone(),
                text: text.clone(),
                lead: nth == 0,
            };
            (&outcome.findings[*at].identity, told)
        })
    });
    told.collect()
}
