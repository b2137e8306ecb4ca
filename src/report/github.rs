//! Annotations of GitHub Actions: commands that the runner reads from the log.
//!
//! Ten of each level are shown for a step, so the worst come first.

use std::io;

use crate::finding::Outcome;

use super::Style;
use super::clean::{clean, is_hostile};
use super::looked;
use super::place::Place;
use super::words::{Level, account, excuse, gaps, kind, newly_waived, sentence, worst_first};

/// Writes a line for what could not be checked, then for each finding; last for what is waived, and
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
    for finding in worst_first(&outcome.findings) {
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
