//! What a check found, as text for people and for programs.
//!
//! Flows in: an [`Outcome`] and a [`Style`]. Flows out: bytes. A report looks at nothing else, not
//! the environment, not the terminal, not the clock, so the same outcome gives the same bytes; and
//! it decides nothing: what is a finding and what the exit code is, the outcome says.

mod clean;
mod concise;
mod escaped;
mod explained;
mod github;
mod gitlab;
mod grouped;
mod html;
mod human;
mod json;
mod junit;
mod looked;
mod markdown;
mod marks;
mod matrix;
mod oscal;
mod page;
mod place;
mod plural;
mod problems_page;
mod questions;
mod rdjson;
mod review;
mod rules_page;
mod sarif;
mod words;

use std::collections::BTreeMap;
use std::io;

use crate::finding::{Finding, Hop, Outcome};
use crate::source::Files;

use clean::clean;
use words::hop_text;

pub use human::Notice;
pub use junit::{Case, Result as CaseResult};
pub use marks::{marks, marks_of};
pub use matrix::{Matrix, Row as MatrixRow, matrices, matrix};
pub use page::write_page;
pub use plural::plural;
pub use problems_page::{problem_page, problems_page};
pub use questions::{QuestionForm, QuestionOrder, write_questions};
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
    /// Whether to add what is waived, marked as such, where the format does not have it anyway.
    pub waived: bool,
    /// Whether to tell all instances of a finding, and not the first few, where the format tells them.
    pub all: bool,
    /// Whether to keep to letters that every terminal has, where the format is for people.
    pub ascii: bool,
    /// Whether a run that passes is told, too, where the format is for people.
    pub passes: bool,
    /// How many causes to show, where the format shows the first ones only.
    pub limit: Option<usize>,
    /// In which order to show causes.
    pub sort: Sort,
    /// Whether to count what breaks each rule, and to show none of it.
    pub statistics: bool,
    /// What files are called from the root of the repository, by what people call them. A file that
    /// is not here is called the same by both.
    pub paths: BTreeMap<String, String>,
    /// The pages of rules that have one, by what the file of the rule is called.
    pub pages: BTreeMap<String, &'static str>,
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
            waived: false,
            all: false,
            ascii: false,
            passes: true,
            limit: None,
            sort: Sort::Severity,
            statistics: false,
            paths: BTreeMap::new(),
            pages: BTreeMap::new(),
        }
    }
}

/// In which order causes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The worst first.
    #[default]
    Severity,
    /// By file and line.
    Place,
    /// By the rule that the worst finding of each breaks.
    Rule,
}

/// A way to report an outcome.
#[derive(Debug)]
pub struct Reporter {
    /// What to call it on a command line.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub doc: &'static str,
    /// Whether it is for people, and may have colours.
    pub for_people: bool,
    /// Whether it is for a platform: needs [`Style::paths`] and [`Style::pages`].
    pub for_platform: bool,
    /// Whether it lists what a comparison found in both states, and does not only count it.
    pub lists_unchanged: bool,
    /// Whether it has pictures: needs [`Outcome::graphs`].
    pub draws: bool,
    /// What else its platform takes, if anything.
    pub also: Option<Also>,
    render: fn(&Outcome, &Style, &mut dyn io::Write) -> io::Result<()>,
}

/// A second report that a platform takes, in a file of its own.
#[derive(Debug)]
pub struct Also {
    /// The environment variable that names the file to add the report to. If it is not set, the
    /// platform takes none.
    pub variable: &'static str,
    /// The name of the reporter.
    pub format: &'static str,
}

/// Every way to report an outcome, the default first.
pub const REPORTERS: &[Reporter] = &[
    Reporter {
        name: "human",
        doc: "For people: what is wrong, by cause and the worst first; what must be known; what next.",
        for_people: true,
        for_platform: false,
        lists_unchanged: false,
        draws: false,
        also: None,
        render: human::write_answer,
    },
    Reporter {
        name: "full",
        doc: "For people: each finding by itself, by place, drawn in all the source that decided it.",
        for_people: true,
        for_platform: false,
        lists_unchanged: false,
        draws: false,
        also: None,
        render: human::write,
    },
    Reporter {
        name: "grouped",
        doc: "For people: one line for each finding, by rule, the worst rule first.",
        for_people: true,
        for_platform: false,
        lists_unchanged: false,
        draws: false,
        also: None,
        render: grouped::write,
    },
    Reporter {
        name: "concise",
        doc: "One line for each finding and problem: `path:line:column: severity rule message`.",
        for_people: false,
        for_platform: false,
        lists_unchanged: false,
        draws: false,
        also: None,
        render: concise::write,
    },
    Reporter {
        name: "json",
        doc: "Everything, for programs: `palisade.report/v1`, described by a JSON Schema.",
        for_people: false,
        for_platform: false,
        lists_unchanged: true,
        draws: false,
        also: None,
        render: json::write,
    },
    Reporter {
        name: "sarif",
        doc: "SARIF 2.1.0, for GitHub code scanning and editors: paths as code flows.",
        for_people: false,
        for_platform: true,
        lists_unchanged: true,
        draws: false,
        also: None,
        render: sarif::write,
    },
    Reporter {
        name: "oscal",
        doc: "OSCAL assessment results 1.0.6, for programs that keep evidence of controls.",
        for_people: false,
        for_platform: true,
        lists_unchanged: true,
        draws: false,
        also: None,
        render: oscal::write,
    },
    Reporter {
        name: "github",
        doc: "Annotations of GitHub Actions; `$GITHUB_STEP_SUMMARY` gets the `markdown` report.",
        for_people: false,
        for_platform: true,
        lists_unchanged: false,
        draws: false,
        also: Some(Also {
            variable: "GITHUB_STEP_SUMMARY",
            format: "markdown",
        }),
        render: github::write,
    },
    Reporter {
        name: "gitlab",
        doc: "GitLab Code Quality.",
        for_people: false,
        for_platform: true,
        lists_unchanged: true,
        draws: false,
        also: None,
        render: gitlab::write,
    },
    Reporter {
        name: "junit",
        doc: "JUnit XML: a test for each rule that passed, and for each finding.",
        for_people: false,
        for_platform: true,
        lists_unchanged: true,
        draws: false,
        also: None,
        render: junit::write,
    },
    Reporter {
        name: "rdjson",
        doc: "Diagnostics for reviewdog.",
        for_people: false,
        for_platform: true,
        lists_unchanged: false,
        draws: false,
        also: None,
        render: rdjson::write,
    },
    Reporter {
        name: "markdown",
        doc: "Markdown, for a comment on a pull request: causes, and the worst path drawn; at most 60,000 characters.",
        for_people: false,
        for_platform: true,
        lists_unchanged: false,
        draws: true,
        also: None,
        render: markdown::write,
    },
    Reporter {
        name: "html",
        doc: "One page to hand over: causes with pictures, questions, waivers, what was looked at, standards.",
        for_people: false,
        for_platform: false,
        lists_unchanged: true,
        draws: true,
        also: None,
        render: html::write,
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

/// What a run that passes comes to, in one line; `None` if it has more to tell.
pub fn pass_line(outcome: &Outcome, style: &Style) -> Option<String> {
    human::pass_line(outcome, style)
}

/// Writes what became of each file in reach, a line each: its path, a tab, and what became of it.
pub fn write_ledger(outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
    looked::write(outcome, out)
}

/// Writes tests as JUnit XML.
pub fn write_junit(cases: Vec<Case>, out: &mut dyn io::Write) -> io::Result<()> {
    junit::write_cases(cases, out)
}

/// Draws a notice for people.
pub fn write_notice(
    notice: &Notice<'_>,
    files: &Files,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    human::write_notice(notice, files, style, out)
}

/// Draws some of the findings of an outcome, by their places, each with what is known of its cause or of
/// what it waits for.
pub fn write_explained(
    outcome: &Outcome,
    findings: &[usize],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    explained::write(outcome, findings, style, out)
}

/// Draws one finding for people.
pub fn write_finding(
    finding: &Finding,
    files: &Files,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    human::write_finding(finding, files, style, out)
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
    let text = hop_text(hop);
    let start = files.start(hop.span);
    let path = clean(&files.get(hop.span.file).name);
    let place = paint(format!("{path}:{}:{}", start.line, start.column));
    format!("{text}  {place}")
}
