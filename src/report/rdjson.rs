//! Diagnostics for reviewdog, in its own format.

use std::io;

use serde::Serialize;

use crate::finding::{Finding, Outcome};
use crate::source::Span;

use super::Style;
use super::clean::clean;
use super::escaped::write_json;
use super::place::Place;
use super::words::{
    Gap, Level, advice, excuse, gaps, newly_waived, reasons, route, said, sentence, worst_first,
};

#[derive(Serialize)]
struct Result {
    source: Source,
    severity: &'static str,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related>,
}

#[derive(Serialize)]
struct Code {
    value: String,
}

#[derive(Serialize)]
struct Related {
    message: String,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}

/// Writes the object: what could not be checked, then the findings, the worst first; last what is
/// waived.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let report = Report { outcome, style };
    let gaps = gaps(outcome);
    let findings = worst_first(&outcome.findings);
    let waived = newly_waived(outcome, style);
    let levels = findings.iter().map(|finding| Level::of(finding));
    let levels = levels.chain(gaps.iter().map(|_| Level::Error));
    let result = Result {
        source: Source { name: "palisade" },
        severity: name(levels.max().unwrap_or(Level::Note)),
        diagnostics: gaps
            .iter()
            .map(|gap| report.gap(gap))
            .chain(
                findings
                    .iter()
                    .map(|finding| report.finding(finding, Level::of(finding), None)),
            )
            .chain(waived.iter().map(|waived| {
                let excuse = format!("waived {}", excuse(waived));
                report.finding(&waived.finding, Level::Note, Some(excuse))
            }))
            .collect(),
    };
    write_json(&result, out)
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Note => "INFO",
    }
}

struct Report<'r> {
    outcome: &'r Outcome,
    style: &'r Style,
}

impl Report<'_> {
    fn gap(&self, gap: &Gap<'_>) -> Diagnostic {
        let others = gap.labels.iter().skip(1);
        Diagnostic {
            message: format!("not checked: {}", gap.sentence()),
            location: match gap.labels.first() {
                Some(label) => self.location(label.span),
                // What has no place is about the whole repository.
                None => Location {
                    path: ".".to_owned(),
                    range: None,
                },
            },
            severity: name(Level::Error),
            code: Code {
                value: gap.code.to_string(),
            },
            related_locations: others
                .map(|label| self.related(&label.text, label.span))
                .collect(),
        }
    }

    fn finding(&self, finding: &Finding, level: Level, excuse: Option<String>) -> Diagnostic {
        let mut message = vec![sentence(finding)];
        message.extend(excuse);
        message.extend(advice(finding));
        let reasons = reasons(self.outcome, finding);
        let reasons = reasons
            .iter()
            .map(|label| self.related(&label.text, label.span));
        let path = route(self.outcome, self.style, finding);
        let hops = path.iter().zip(&finding.path).map(|(step, hop)| {
            let text = format!("hop {}: {}", step.number, step.text);
            self.related(&text, hop.span)
        });
        Diagnostic {
            message: message.join("\n"),
            location: self.location(finding.primary.span),
            severity: name(level),
            code: Code {
                value: clean(&finding.rule.id).into_owned(),
            },
            related_locations: reasons.chain(hops).collect(),
        }
    }

    fn related(&self, text: &str, span: Span) -> Related {
        Related {
            message: said(text, "here"),
            location: self.location(span),
        }
    }

    fn location(&self, span: Span) -> Location {
        let place = Place::of(&self.outcome.files, self.style, span);
        let (start, end) = place.byte_columns(&self.outcome.files);
        Location {
            range: Some(Range {
                start: Position {
                    line: place.start.line,
                    column: start,
                },
                end: Position {
                    line: place.end.line,
                    column: end,
                },
            }),
            path: place.path,
        }
    }
}
