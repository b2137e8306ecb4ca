//! The answer that people act on: causes first, the worst first; then what must be known; then what it
//! comes to.
//!
//! Where the `full` report draws a finding with all that decided it, this one draws a cause with what
//! makes it matter, and names the other findings that the same edit ends. Nothing is lost: each broken
//! rule is named, and `explain`, `--verbose` and every other format have the rest.

mod also;
mod block;
mod brief;
mod chain;
mod end;
mod entry;
mod frame;
mod problem;
mod question;

use std::io;

use owo_colors::Style as Paint;

use crate::finding::{Causes, Finding, Identity, Outcome, Questions, Severity};
use crate::report::clean::clean;
use crate::report::plural::count;
use crate::report::{Sort, Style};
use crate::source::{Files, Span};

use super::page::Page;
use super::wrap::{fill, hang};

/// So many causes are drawn, unless `--limit` says otherwise.
const BLOCKS: usize = 10;
/// So many lines are written of problems, if findings follow.
const PROBLEMS: usize = 16;
/// So many causes of little weight are listed.
const ENTRIES: usize = 10;
/// So many entities are asked about.
const ASKED: usize = 12;
/// The same where only what is new is shown.
const ASKED_OF_CHANGE: usize = 5;

/// What is written, and where: one answer, to one page.
struct Sheet<'p, 'o> {
    page: Page<'p>,
    outcome: &'o Outcome,
    style: &'o Style,
    causes: &'o Causes,
    questions: &'o Questions,
    /// The rules of which it is said what to do, each with the finding where; as few as are drawn.
    helped: Vec<(&'o str, &'o Identity)>,
    /// Lines that are written.
    lines: usize,
}

/// What a run that passes comes to, in one line; `None` if it has more to tell.
pub(in crate::report) fn pass_line(outcome: &Outcome, style: &Style) -> Option<String> {
    let is_quiet = outcome.findings.is_empty()
        && outcome.problems.is_empty()
        && !style.details
        && !style.statistics
        && (outcome.waived.is_empty() || !style.waived)
        && outcome.exit_code() == 0;
    is_quiet.then(|| fill("", "  ", &end::pass(outcome), style.width))
}

/// Writes the whole report.
pub(in crate::report) fn write(
    outcome: &Outcome,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    if let Some(line) = pass_line(outcome, style) {
        return match style.passes && style.notes {
            true => writeln!(out, "{line}"),
            false => Ok(()),
        };
    }
    let mut causes = Causes::of(&outcome.findings, &outcome.files);
    sort(&mut causes, outcome, style);
    let questions = Questions::of(&outcome.findings);
    let mut text = Vec::new();
    let mut sheet = Sheet {
        page: Page::new(&mut text, &outcome.files, style),
        outcome,
        style,
        causes: &causes,
        questions: &questions,
        helped: Vec::new(),
        lines: 0,
    };
    if style.statistics {
        sheet.statistics()?;
    } else if sheet.is_comparison() && !style.details && style.limit.is_none() {
        sheet.brief()?;
    } else {
        sheet.all()?;
    }
    match style.ascii {
        true => out.write_all(ascii(&text).as_bytes()),
        false => out.write_all(&text),
    }
}

/// The blocks in the order that is asked for; by severity they are.
fn sort(causes: &mut Causes, outcome: &Outcome, style: &Style) {
    let finding = |at: usize| &outcome.findings[at];
    match style.sort {
        Sort::Severity => {}
        // Findings are numbered by place.
        Sort::Place => causes.blocks.sort_by_key(|block| block.lead),
        Sort::Rule => causes.blocks.sort_by(|a, b| {
            let key = |lead: usize| (&finding(lead).rule.id, lead);
            key(a.lead).cmp(&key(b.lead))
        }),
    }
}

impl Sheet<'_, '_> {
    /// Everything, in sections with an empty line between two.
    fn all(&mut self) -> io::Result<()> {
        let (outcome, style) = (self.outcome, self.style);
        let unusable = outcome.exit_code() == 2;
        let is_large = |lead: usize| outcome.findings[lead].rule.severity >= Severity::High;
        let goes_far = |lead: usize| outcome.findings[lead].path.len() > 2;
        let blocks = &self.causes.blocks;
        let by_place = style.sort != Sort::Severity;
        let (large, small): (Vec<_>, Vec<_>) = blocks
            .iter()
            .partition(|block| by_place || is_large(block.lead) || goes_far(block.lead));
        let follow = !blocks.is_empty() || !self.questions.all.is_empty();
        let most = (follow && !style.details).then_some(PROBLEMS);
        self.problems(most)?;
        if !unusable || !outcome.findings.is_empty() {
            self.blocks(&large)?;
            // What may be worse than what is known comes before it.
            let asked = self
                .questions
                .asked
                .iter()
                .map(|asked| asked.severity)
                .max();
            let known = small
                .iter()
                .map(|block| outcome.findings[block.lead].rule.severity);
            let most = match (style.details, self.is_comparison()) {
                (true, _) => usize::MAX,
                (_, true) => ASKED_OF_CHANGE,
                (_, false) => ASKED,
            };
            if asked > known.max() {
                self.questions(most)?;
                self.entries(&small)?;
            } else {
                self.entries(&small)?;
                self.questions(most)?;
            }
        }
        if style.details {
            self.gap()?;
            super::summary::details(&mut self.page, outcome)?;
            self.lines += 1;
        }
        if style.details || (style.waived && !outcome.waived.is_empty()) {
            self.waived()?;
        }
        if style.notes {
            self.end(true)?;
        }
        Ok(())
    }

    fn waived(&mut self) -> io::Result<()> {
        self.gap()?;
        super::summary::waived(&mut self.page, self.outcome)?;
        self.lines += self.outcome.waived.len();
        Ok(())
    }

    fn blocks(&mut self, blocks: &[&crate::finding::Block]) -> io::Result<()> {
        let most = self.style.limit.unwrap_or(match self.style.details {
            true => usize::MAX,
            false => BLOCKS,
        });
        for block in blocks.iter().take(most) {
            self.gap()?;
            self.block(block)?;
        }
        let left = &blocks[most.min(blocks.len())..];
        if !left.is_empty() {
            self.gap()?;
            self.left_out(left, usize::MAX)?;
        }
        Ok(())
    }

    /// "and 26 more causes: critical key-no-plaintext ×4, …", with at most so many rules.
    fn left_out(&mut self, blocks: &[&crate::finding::Block], most: usize) -> io::Result<()> {
        let mut counts: Vec<((std::cmp::Reverse<Severity>, &str), usize)> = Vec::new();
        for at in blocks.iter().flat_map(|block| self.members(block)) {
            let rule = &self.outcome.findings[at].rule;
            let key = (std::cmp::Reverse(rule.severity), rule.id.as_str());
            match counts.iter_mut().find(|(known, _)| *known == key) {
                Some((_, count)) => *count += 1,
                None => counts.push((key, 1)),
            }
        }
        counts.sort();
        let further = counts.len().saturating_sub(most);
        let told = counts.iter().take(most);
        let rules = told
            .map(|((severity, rule), count)| format!("{} {} ×{count}", severity.0, clean(rule)));
        let mut rules: Vec<_> = rules.collect();
        if further > 0 {
            rules.push(format!(
                "and {further} more rules, which `--statistics` would list"
            ));
        }
        let causes = blocks.iter().map(|block| {
            let alike = block.alike.iter().map(|(_, causes)| causes.len());
            block.causes.len() + alike.sum::<usize>()
        });
        let text = format!(
            "and {}, which `--limit {}` would show: {}",
            count(causes.sum(), "more cause", "more causes"),
            self.causes.blocks.len(),
            rules.join(", ")
        );
        self.line(&fill("", "  ", &text, self.width()))
    }

    /// All findings of a block, by their places.
    fn members(&self, block: &crate::finding::Block) -> Vec<usize> {
        let others = block.alike.iter().flat_map(|(_, causes)| causes);
        let causes = block.causes.iter().chain(others);
        let findings = causes.flat_map(|cause| &self.causes.all[*cause].findings);
        findings.copied().collect()
    }

    fn width(&self) -> usize {
        self.style.width
    }

    /// Writes text of some lines.
    fn line(&mut self, text: &str) -> io::Result<()> {
        self.lines += 1 + text.matches('\n').count();
        writeln!(self.page.out, "{text}")
    }

    /// An empty line, if anything is above it.
    fn gap(&mut self) -> io::Result<()> {
        match self.lines {
            0 => Ok(()),
            _ => self.line(""),
        }
    }

    /// A name and a text below a headline: `  help: …`, in at most so many lines.
    fn field(&mut self, name: &str, text: &str, lines: usize) -> io::Result<()> {
        let first = format!(
            "  {}{}",
            self.quiet(name),
            " ".repeat(6_usize.saturating_sub(name.len()))
        );
        let text = hang(&first, text, self.width());
        let cut = shorten(&text, lines);
        self.line(&cut)
    }

    fn quiet(&self, text: &str) -> String {
        self.page.palette.quiet().style(text).to_string()
    }

    /// `severity[rule]: message`, in at most three lines.
    fn headline(&mut self, paint: Paint, what: &str, message: &str) -> io::Result<()> {
        let emphasis = self.page.palette.emphasis();
        let text = format!(
            "{}{} {}",
            paint.style(what),
            emphasis.style(":"),
            emphasis.style(message)
        );
        let text = fill("", "  ", &text, self.width());
        self.line(&text)
    }
}

/// Where a span is, as in "keys.yaml:4:5".
fn place(files: &Files, span: Span) -> String {
    let at = files.locate(span).span;
    let start = files.start(at);
    let path = clean(&files.get(at.file).name).into_owned();
    format!("{path}:{}:{}", start.line, start.column)
}

/// The severity of a finding, or that it is not certain.
fn kind(finding: &Finding) -> &'static str {
    crate::report::words::kind(finding)
}

/// The first `lines` lines, the last with an ellipsis where something is left out.
fn shorten(text: &str, lines: usize) -> String {
    let mut kept: Vec<String> = text.lines().map(str::to_owned).collect();
    if kept.len() <= lines {
        return text.to_owned();
    }
    kept.truncate(lines);
    if let Some(last) = kept.last_mut() {
        if let Some((before, _)) = last.trim_end().rsplit_once(' ') {
            *last = before.to_owned();
        }
        last.push_str(" …");
    }
    kept.join("\n")
}

/// The text with what only some terminals can show in letters that all can. Names stay as they are.
fn ascii(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let replaced = text.chars().map(|c| match c {
        '│' => "|".to_owned(),
        '─' => "-".to_owned(),
        '→' => "->".to_owned(),
        '·' => "-".to_owned(),
        '…' => "...".to_owned(),
        '×' => "x".to_owned(),
        other => other.to_string(),
    });
    replaced.collect()
}
