//! For people: what to act on ([`answer`]), and each finding drawn in the source that decided it.
//!
//! Problems come first, because they say what the rest of the report cannot know; then findings by
//! place; last what was looked at and what it comes to. The drawing is miette's; everything that
//! makes it safe, short and readable happens before miette sees it.

mod answer;
mod change;
mod mark;
mod page;
mod palette;
mod path;
mod remarks;
mod row;
mod sheet;
mod summary;
mod unknown;
mod wrap;

use std::io;

use owo_colors::Style as Paint;
use rayon::prelude::*;

use crate::finding::{Finding, Outcome, Verdict};
use crate::source::{Files, Label, Problem};

use super::Style;
use super::clean::{clean, prose};

pub(super) use answer::{pass_line, write as write_answer};
pub(super) use change::{compared, doubts};
pub(super) use summary::{checked, nothing, result};

use mark::Role;
use page::Page;
pub(super) use remarks::remarks;
use unknown::Block;
pub(super) use wrap::hang;

/// So many blocks are held in memory before they are written.
const BATCH: usize = 256;

/// Writes the whole report.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(out, &outcome.files, style);
    for found in &outcome.problems {
        problem(&mut page, found)?;
        page.blank()?;
    }
    // To draw a finding takes longer than to find it.
    for blocks in unknown::blocks(&outcome.findings).chunks(BATCH) {
        let drawn = blocks.par_iter().map(|block| draw(block, outcome, style));
        for text in drawn.collect::<io::Result<Vec<_>>>()? {
            page.out.write_all(&text)?;
        }
    }
    if style.details {
        summary::details(&mut page, outcome)?;
    }
    if style.details || (style.waived && !outcome.waived.is_empty()) {
        summary::waived(&mut page, outcome)?;
        page.blank()?;
    }
    if style.notes {
        change::gone(&mut page, outcome)?;
        summary::write(&mut page, outcome)?;
    }
    Ok(())
}

/// A block of the report by itself.
fn draw(block: &Block<'_>, outcome: &Outcome, style: &Style) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut page = Page::new(&mut text, &outcome.files, style);
    match block {
        Block::One(found) => finding(&mut page, found)?,
        Block::Waiting(waiting) => unknown::write(&mut page, waiting)?,
    }
    page.blank()?;
    Ok(text)
}

/// Something to say of places that is no finding.
#[derive(Debug)]
pub struct Notice<'a> {
    /// What it is, as in `problem[duplicate-key]`.
    pub what: String,
    /// What is to be said, in one sentence.
    pub message: &'a str,
    /// The places, the one to change first.
    pub labels: &'a [Label],
    /// What to do about it.
    pub help: Option<&'a str>,
}

/// Writes one notice, and an empty line.
pub(super) fn write_notice(
    notice: &Notice<'_>,
    files: &Files,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(out, files, style);
    let paint = page.palette.problem();
    draw_notice(&mut page, paint, notice)?;
    page.blank()
}

/// Writes one finding, and an empty line.
pub(super) fn write_finding(
    found: &Finding,
    files: &Files,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(out, files, style);
    finding(&mut page, found)?;
    page.blank()
}

fn problem(page: &mut Page<'_>, problem: &Problem) -> io::Result<()> {
    said(page, "problem", page.palette.problem(), problem)
}

/// A problem, or what is drawn like one and called something else.
fn said(page: &mut Page<'_>, word: &str, paint: Paint, problem: &Problem) -> io::Result<()> {
    let notice = Notice {
        what: format!("{word}[{}]", problem.code),
        message: &problem.message,
        labels: &problem.labels,
        help: problem.help.as_deref(),
    };
    draw_notice(page, paint, &notice)
}

fn draw_notice(page: &mut Page<'_>, paint: Paint, notice: &Notice<'_>) -> io::Result<()> {
    page.headline(paint, &clean(&notice.what), &clean(notice.message))?;
    let roles = std::iter::once(Role::Primary).chain(std::iter::repeat(Role::Related));
    page.source(paint, roles.zip(notice.labels))?;
    let help = notice.help.iter().map(|help| ("help:", prose(help)));
    page.fields(2, &help.collect::<Vec<_>>())
}

fn finding(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let paint = page.palette.finding(finding);
    let rule = &finding.rule;
    let kind = match finding.verdict {
        Verdict::Violation => rule.severity.name(),
        Verdict::Undetermined => finding.verdict.name(),
    };
    let what = format!("{kind}[{}]", clean(&rule.id));
    page.headline(paint, &what, &clean(&finding.message))?;
    page.source(paint, labels(finding))?;
    path::write(page, finding)?;
    let mut fields = Vec::new();
    if let Some(effect) = &finding.effect {
        fields.push(("change:", prose(effect)));
    }
    if finding.verdict == Verdict::Undetermined {
        let unknowns = unknown::unknowns(finding);
        if !unknowns.is_empty() {
            fields.push(("unknown:", unknown::list(&unknowns)));
        }
        if let Some(passes_if) = &finding.passes_if {
            fields.push(("passes if:", prose(passes_if)));
        }
        fields.push(("severity:", format!("{}, if it is broken", rule.severity)));
    }
    if let Some(others) = others(finding, page.tells_all()) {
        fields.push(("also:", others));
    }
    if let Some(help) = &rule.help {
        fields.push(("help:", prose(help)));
    }
    if !rule.references.is_empty() {
        fields.push(("see:", page.references(&rule.references)));
    }
    fields.push(("id:", finding.identity.short()));
    page.fields(2, &fields)
}

/// So many of the other facts that a finding stands for are told.
const OTHERS: usize = 3;

/// The other facts that a finding stands for: all, or the first few and how many more there are.
fn others(finding: &Finding, all: bool) -> Option<String> {
    let instances = &finding.instances;
    let told = instances.shown.len().saturating_sub(1);
    let told = if all { told } else { told.min(OTHERS) };
    let others = instances.shown.iter().skip(1).take(told);
    let mut texts: Vec<_> = others.map(|other| prose(&other.text)).collect();
    match instances.count.saturating_sub(1 + told) {
        0 => {}
        more => texts.push(format!("{more} more")),
    }
    let last = texts.pop()?;
    Some(match texts.as_slice() {
        [] => last,
        _ => format!("{} and {last}", texts.join(", ")),
    })
}

/// Every label of a finding, with what it is there for; the one to change first. What is not known
/// is to be changed, too, wherever it stands.
fn labels(finding: &Finding) -> impl Iterator<Item = (Role, &Label)> {
    let is_open = |label: &Label| {
        let mut missing = finding.because.iter().filter(|b| !b.known);
        finding.verdict == Verdict::Undetermined && missing.any(|b| b.span == label.span)
    };
    let related = finding
        .related
        .iter()
        .map(move |label| match is_open(label) {
            true => (Role::Primary, label),
            false => (Role::Related, label),
        });
    let clauses = finding.clauses.iter().map(|label| (Role::Clause, label));
    std::iter::once((Role::Primary, &finding.primary))
        .chain(related)
        .chain(clauses)
}
