//! What a check found, as text for people and for programs.
//!
//! Flows in: an [`Outcome`] and a [`Style`]. Flows out: bytes. A report looks at nothing else, not
//! the environment, not the terminal, not the clock, so the same outcome gives the same bytes; and
//! it decides nothing: what is a finding and what the exit code is, the outcome says.

mod clean;
mod concise;
mod human;
mod json;
mod page;
mod review;
mod rules_page;

use std::io;

use crate::finding::{Hop, Outcome};
use crate::source::Files;

use clean::{clean, prose};

pub use page::write_page;
pub use review::{write_review, write_review_lines};
pub use rules_page::{cell, rules_page};

pub use json::report_schema;

/// The narrowest width that reports are laid out for.
pub const MIN_WIDTH: usize = 60;

/// How a report may look. Whoever calls looks at the terminal; reports never do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Whether to use terminal hyperlinks (OSC 8).
    pub links: bool,
    /// How many columns there are; taken as [`MIN_WIDTH`] if less.
    pub width: usize,
    /// Whether to add notes and a summary, where the format has them.
    pub notes: bool,
    /// Whether to add what was read and which rules were asked, where the format has notes.
    pub details: bool,
}

/// Neither colours nor links, at 100 columns: right for a file or a pipe.
impl Default for Style {
    fn default() -> Self {
        Self {
            color: false,
            links: false,
            width: 100,
            notes: true,
            details: false,
        }
    }
}

/// A way to report an outcome.
#[derive(Debug)]
pub struct Reporter {
    /// What to call it on a command line.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub doc: &'static str,
    render: fn(&Outcome, &Style, &mut dyn io::Write) -> io::Result<()>,
}

/// Every way to report an outcome, the default first.
pub const REPORTERS: &[Reporter] = &[
    Reporter {
        name: "human",
        doc: "For people: each finding drawn in the source that decided it, and a summary.",
        render: human::write,
    },
    Reporter {
        name: "concise",
        doc: "One line for each finding and problem: `path:line:column: severity rule message`.",
        render: concise::write,
    },
    Reporter {
        name: "json",
        doc: "Everything, for programs: `palisade.report/v1`, described by a JSON Schema.",
        render: json::write,
    },
];

/// The reporter of this name.
pub fn find(name: &str) -> Option<&'static Reporter> {
    REPORTERS.iter().find(|reporter| reporter.name == name)
}

/// Writes `outcome` to `out`, and flushes it.
pub fn write(
    reporter: &Reporter,
    outcome: &Outcome,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let style = Style {
        width: style.width.max(MIN_WIDTH),
        ..style.clone()
    };
    (reporter.render)(outcome, &style, out)?;
    out.flush()
}

/// The hops of a path: of each its number, and a line that says what it is and where that is stated.
/// `paint` makes a place stand out.
pub fn path_lines(
    files: &Files,
    hops: &[Hop],
    paint: &dyn Fn(String) -> String,
) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut number = 0;
    for hop in hops {
        if hop.skipped > 0 {
            lines.push(("…".to_owned(), format!("{} more hops", hop.skipped)));
        }
        number += hop.skipped + 1;
        lines.push((format!("{number}."), path_line(files, hop, paint)));
    }
    lines
}

fn path_line(files: &Files, hop: &Hop, paint: &dyn Fn(String) -> String) -> String {
    let arrow = if hop.from.is_some() { "→ " } else { "" };
    let mut text = format!("{arrow}{}, {}", prose(&hop.to), prose(&hop.by));
    if !hop.added.is_empty() {
        text += &format!("; in it: {}", prose(&hop.added.join(", ")));
    }
    if !hop.removed.is_empty() {
        text += &format!("; removed: {}", prose(&hop.removed.join(", ")));
    }
    let start = files.start(hop.span);
    let path = clean(&files.get(hop.span.file).name);
    let place = paint(format!("{path}:{}:{}", start.line, start.column));
    format!("{text}  {place}")
}
