//! Markdown, for a comment on a pull request or the summary of a step.
//!
//! What documents say is shown and never acted on: it can neither be mark-up, nor mention anybody,
//! nor refer to an issue.

mod escape;

use std::io;

use crate::finding::{Finding, Outcome, Verdict};

use super::Style;
use super::human::{checked, compared, doubts, result};
use super::looked;
use super::place::Place;
use super::words::{
    Gap, advice, excuse, gaps, kind, reasons, route, sentence, waived, worst_first,
};

use escape::{code, html, text};

/// GitHub takes comments of 65,536 characters; a workflow may add something of its own.
const MAX_CHARACTERS: usize = 60_000;
/// As far as the list of what could not be checked goes, so that there is always room for findings.
const MAX_GAPS: usize = 20_000;
/// As far as rows go, so that there is always room to say why, and for the end.
const MAX_ROWS: usize = 40_000;
/// What is kept for the end.
const END: usize = 1_000;

/// By this line a workflow finds the comment that it wrote before.
const MARKER: &str = "<!-- palisade report -->";

/// Writes the report, at most [`MAX_CHARACTERS`] of it, the worst first.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let gaps = gaps(outcome);
    let findings = worst_first(&outcome.findings);
    let mut page = Page::default();
    page.add(&format!("{MARKER}\n"));
    page.add(&format!("### Palisade: {}\n", title(outcome, &gaps)));
    if !gaps.is_empty() {
        page.add("\n**The answer is incomplete.** This could not be checked:\n\n");
        let items = gaps.iter().map(|gap| item(outcome, style, gap));
        page.add_some(items, MAX_GAPS, "- and {} more\n");
    }
    if !findings.is_empty() {
        page.add("\n| severity | rule | finding | where |\n|---|---|---|---|\n");
        let rows = findings.iter().map(|finding| row(outcome, style, finding));
        page.add_some(rows, MAX_ROWS, "\n{} more findings are left out here.\n");
        let details = findings.iter().map(|found| detail(outcome, style, found));
        page.add("\n");
        let rest = "\nThere is no room for the reasons of {} more.\n";
        page.add_some(details, MAX_CHARACTERS - END, rest);
    }
    let waived = waived(outcome, style);
    let items = waived.iter().map(|waived| {
        let why = format!("; waived {}", excuse(waived));
        line(outcome, style, &waived.finding, &text(&why))
    });
    page.add_folded(&format!("{} waived", waived.len()), items);
    if style.notes {
        let gone = worst_first(&outcome.gone);
        let items = gone.iter().map(|finding| line(outcome, style, finding, ""));
        page.add_folded(
            &format!("{} gone (places are those of before)", gone.len()),
            items,
        );
        for doubt in doubts(outcome) {
            page.add(&format!("\n{}\n", text(&doubt)));
        }
    }
    if style.notes && outcome.summary.decisions > 0 {
        page.add(&format!("\n{}\n", checked(outcome)));
        if let Some(compared) = compared(outcome) {
            page.add(&format!("\n{}\n", text(&compared)));
        }
    }
    if let Some(looked) = looked::doubtful(outcome).filter(|_| style.notes) {
        page.add(&format!("\n{}\n", text(&looked)));
    }
    out.write_all(page.text.as_bytes())
}

/// What it comes to.
fn title(outcome: &Outcome, gaps: &[Gap<'_>]) -> String {
    if outcome.summary.decisions == 0 && outcome.findings.is_empty() && !gaps.is_empty() {
        return "nothing was checked".to_owned();
    }
    result(outcome)
}

/// A text that knows how long it is.
#[derive(Default)]
struct Page {
    text: String,
    characters: usize,
}

impl Page {
    fn add(&mut self, text: &str) {
        self.text += text;
        self.characters += text.chars().count();
    }

    /// Adds parts for as long as the page has no more than `limit` characters, then says in `rest`
    /// how many there are besides.
    fn add_some(&mut self, parts: impl ExactSizeIterator<Item = String>, limit: usize, rest: &str) {
        let total = parts.len();
        for (n, part) in parts.enumerate() {
            if self.characters + part.chars().count() > limit {
                return self.add(&rest.replace("{}", &(total - n).to_string()));
            }
            self.add(&part);
        }
    }

    /// Adds a list under a title, folded; nothing if nothing is in it.
    fn add_folded(&mut self, title: &str, items: impl ExactSizeIterator<Item = String>) {
        if items.len() == 0 {
            return;
        }
        self.add(&format!("\n<details><summary>{title}</summary>\n\n"));
        self.add_some(items, MAX_CHARACTERS - END, "- and {} more\n");
        self.add("\n</details>\n");
    }
}

/// A finding that does not count, as an item of a list that ends with `why`.
fn line(outcome: &Outcome, style: &Style, finding: &Finding, why: &str) -> String {
    let place = Place::of(&outcome.files, style, finding.primary.span);
    format!(
        "- {} {}: {}, at {}{why}\n",
        kind(finding),
        code(&finding.rule.id),
        text(&sentence(finding)),
        code(&place.to_string()),
    )
}

/// What could not be checked, as an item of a list.
fn item(outcome: &Outcome, style: &Style, gap: &Gap<'_>) -> String {
    let mut item = format!("- {}", text(&gap.message));
    for (n, label) in gap.labels.iter().enumerate() {
        let place = Place::of(&outcome.files, style, label.span);
        item += if n == 0 { ", at " } else { ", and " };
        item += &code(&place.to_string());
    }
    if let Some(help) = &gap.help {
        item += &format!("; {}", text(help));
    }
    item + "\n"
}

/// A finding, as a row of a table.
fn row(outcome: &Outcome, style: &Style, finding: &Finding) -> String {
    let place = Place::of(&outcome.files, style, finding.primary.span);
    let doubt = match finding.verdict {
        Verdict::Violation => "",
        Verdict::Undetermined => ", undetermined",
    };
    format!(
        "| {}{doubt} | {} | {} | {} |\n",
        finding.rule.severity,
        code(&finding.rule.id),
        text(&sentence(finding)),
        code(&place.to_string()),
    )
}

/// Why a finding is one, and what to do about it, folded.
fn detail(outcome: &Outcome, style: &Style, finding: &Finding) -> String {
    let said = |label: &str, place: Place| match label {
        "" => format!("- {}\n", code(&place.to_string())),
        label => format!("- {}: {}\n", code(&place.to_string()), text(label)),
    };
    let mut detail = format!(
        "<details><summary>{}</summary>\n\n",
        html(&finding.identity.to_string()),
    );
    let place = |span| Place::of(&outcome.files, style, span);
    detail += &said(&finding.primary.text, place(finding.primary.span));
    for label in reasons(outcome, finding) {
        detail += &said(&label.text, place(label.span));
    }
    let route = route(outcome, style, finding);
    if !route.is_empty() {
        detail += "\nThe path:\n\n";
    }
    for step in route {
        if step.skipped > 0 {
            detail += &format!("- … {} more hops\n", step.skipped);
        }
        let place = code(&step.place.to_string());
        detail += &format!("- {}: {} ({place})\n", step.number, text(&step.text));
    }
    for line in advice(finding) {
        detail += &format!("\n{}\n", text(&line));
    }
    detail += &format!("\nid: {}\n\n</details>\n", code(&finding.identity.short()));
    detail
}
