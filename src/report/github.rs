//! Annotations of GitHub Actions: commands that the runner reads from the log.
//!
//! Ten of each level are shown for a step: there is one for each cause and one for each entity that is asked
//! about, and the worst come first.

use std::io;

use crate::finding::{Causes, Outcome, Question, Questions};

use super::Style;
use super::clean::{clean, is_hostile};
use super::looked;
use super::place::Place;
use super::words::{Level, account, and_more, excuse, gaps, kind, newly_waived, pass, sentence};

/// Writes a line for what could not be checked, then for each cause, then for each entity of which
/// something is not known; last for what is waived, and
/// one for files that were left out.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    for gap in gaps(outcome) {
        let labels = gap.labels.first();
        let place = labels.map(|label| Place::of(&outcome.files, style, label.span));
        let mut text = vec![gap.message.clone()];
        text.extend(gap.account(outcome, style));
        let title = format!("problem {}", gap.code);
        command(out, Level::Error, place.as_ref(), &title, &text)?;
    }
    // A step shows ten errors and ten warnings: one for each cause, and one for each entity.
    let causes = Causes::of(&outcome.findings, &outcome.files);
    let mut all: Vec<_> = causes.all.iter().collect();
    all.sort_by_key(|cause| {
        let severities = cause
            .findings
            .iter()
            .map(|at| outcome.findings[*at].rule.severity);
        std::cmp::Reverse(severities.max())
    });
    for cause in all {
        let (lead, others) = match &cause.findings[..] {
            [lead, others @ ..] => (&outcome.findings[*lead], others),
            [] => continue,
        };
        let mut text = vec![sentence(lead)];
        if !others.is_empty() {
            text.push(format!("{}:", and_more(cause)));
            text.extend(members(outcome, others));
        }
        text.extend(account(outcome, style, lead));
        let place = Place::of(&outcome.files, style, lead.primary.span);
        let title = format!("{} {}", kind(lead), clean(&lead.rule.id));
        command(out, Level::of(lead), Some(&place), &title, &text)?;
    }
    let questions = Questions::of(&outcome.findings);
    for entity in questions.asked.iter().flat_map(|asked| &asked.entities) {
        let asked: Vec<_> = entity.iter().map(|at| &questions.all[*at]).collect();
        let Some(first) = asked.first() else { continue };
        let attributes: Vec<_> = asked.iter().map(|it| clean(&it.ask.attribute)).collect();
        let waiting = Question::waiting(asked.iter().copied());
        let mut text = vec![format!(
            "state {} of {}: {} for it",
            attributes.join(", "),
            clean(&first.ask.name),
            match waiting.len() {
                1 => "1 finding waits".to_owned(),
                some => format!("{some} findings wait"),
            }
        )];
        for question in &asked {
            let passes = question
                .ask
                .passes
                .iter()
                .map(|it| pass(it, &question.ask.values));
            let passes: Vec<_> = passes.collect();
            if !question.ask.classifies && !question.contradicts && !passes.is_empty() {
                let attribute = clean(&question.ask.attribute);
                text.push(format!("{attribute} passes: {}", passes.join(", ")));
            }
        }
        match waiting[..] {
            [only] => text.extend(account(outcome, style, &outcome.findings[only])),
            _ => text.extend(members(outcome, &waiting)),
        }
        let level = waiting
            .iter()
            .map(|at| Level::of(&outcome.findings[*at]))
            .max();
        let place = Place::of(&outcome.files, style, first.ask.span);
        let title = format!("undetermined {}", clean(&first.ask.name));
        command(
            out,
            level.unwrap_or(Level::Note),
            Some(&place),
            &title,
            &text,
        )?;
    }
    for finding in questions.open.iter().map(|at| &outcome.findings[*at]) {
        let place = Place::of(&outcome.files, style, finding.primary.span);
        let mut text = vec![sentence(finding)];
        text.extend(account(outcome, style, finding));
        let title = format!("{} {}", kind(finding), clean(&finding.rule.id));
        command(out, Level::of(finding), Some(&place), &title, &text)?;
    }
    for waived in newly_waived(outcome, style) {
        let finding = &waived.finding;
        let place = Place::of(&outcome.files, style, finding.primary.span);
        let mut text = vec![sentence(finding), format!("waived {}", excuse(waived))];
        text.extend(account(outcome, style, finding));
        let title = format!("waived {}", clean(&finding.rule.id));
        command(out, Level::Note, Some(&place), &title, &text)?;
    }
    if let Some(text) = looked::doubtful(outcome) {
        command(out, Level::Note, None, "not checked", &[text])?;
    }
    Ok(())
}

/// So many findings are named in one annotation.
const MEMBERS: usize = 20;

/// A line for each finding, the first few.
fn members(outcome: &Outcome, places: &[usize]) -> Vec<String> {
    let named = places.iter().take(MEMBERS).map(|at| {
        let finding = &outcome.findings[*at];
        let id = finding.identity.short();
        let severity = finding.rule.severity;
        format!(
            "- {id} {severity} {}: {}",
            clean(&finding.rule.id),
            sentence(finding)
        )
    });
    let mut named: Vec<_> = named.collect();
    if places.len() > MEMBERS {
        named.push(format!("- and {} more", places.len() - MEMBERS));
    }
    named
}

fn command(
    out: &mut dyn io::Write,
    level: Level,
    place: Option<&Place>,
    title: &str,
    text: &[String],
) -> io::Result<()> {
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    write!(out, "::{level} ")?;
    if let Some(place) = place {
        let (start, end) = (place.start, place.end);
        write!(out, "file={},", property(&visible(&place.path)))?;
        write!(out, "line={},endLine={},", start.line, end.line)?;
        // The runner takes columns only of what is on one line.
        if start.line == end.line {
            write!(out, "col={},endColumn={},", start.column, end.column)?;
        }
    }
    writeln!(out, "title={}::{}", property(title), data(&text.join("\n")))
}

/// What the runner reads as `text` after the second `::`.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// A path in which nothing drives the terminal that shows the log. White space stays what it is.
fn visible(path: &str) -> String {
    let kept = |c: char| matches!(c, '\t' | '\n' | '\r');
    let mut visible = String::with_capacity(path.len());
    for c in path.chars() {
        match is_hostile(c) && !kept(c) {
            true => visible.extend(c.escape_default()),
            false => visible.push(c),
        }
    }
    visible
}

/// What the runner reads as `text` in a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
