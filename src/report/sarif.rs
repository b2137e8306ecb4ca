//! SARIF 2.1.0, as GitHub code scanning and editors read it.
//!
//! GitHub shows the first location of a result and those that its message links to, and renders
//! code flows. It refuses what is too much of anything, so the worst is kept, and a notification
//! says what is not.
//!
//! It also compares what it is sent by itself, and closes an alert that is not in it any more. So a
//! comparison has what was there before, too; other readers tell it from what is new by its
//! `baselineState`.
//!
//! What could not be checked is a notification, and where it has a place also a result, for platforms
//! that show nothing else. The invocation was not successful then: GitHub refuses what it is sent, and
//! keeps the alerts that it has.

mod help;
mod wire;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;

use crate::finding::{
    Change, Finding, Identity, Outcome, RuleInfo, Waived, count_open, fingerprint,
};
use crate::source::{Label, Span};

use super::Style;
use super::clean::clean;
use super::escaped::write_json;
use super::human::{compared, doubts};
use super::looked;
use super::place::Place;
use super::words::{
    Gap, Level, Told, gaps, reasons, route, said, sentence, told_causes, waived, worst_first,
};

/// GitHub takes 25,000 results and keeps 5,000.
const MAX_RESULTS: usize = 5_000;
/// Of each result GitHub takes 1,000 locations and keeps 100.
const MAX_LOCATIONS: usize = 100;
/// Of each result GitHub takes 10,000 locations of code flows and keeps 1,000.
const MAX_FLOW: usize = 1_000;
/// GitHub takes 25,000 rules.
const MAX_RULES: usize = 25_000;
/// GitHub takes 10 MB, compressed; results are alike, and come down to a tenth.
const MAX_BYTES: usize = 40_000_000;

/// What our fingerprints are called.
const FINGERPRINT: &str = "palisadeIdentity/v1";

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes one run; the worst results first, in a comparison the worst new ones. What is waived comes
/// last, and only if it is wanted: GitHub does not heed `suppressions`, and makes an open alert of it.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let found = found(outcome, style);
    let gaps = gaps(outcome);
    let placed: Vec<_> = gaps.iter().filter(|gap| !gap.labels.is_empty()).collect();
    let descriptors = descriptors(outcome, style, &placed, &found);
    let indices = descriptors.iter().take(MAX_RULES).enumerate();
    let mut report = Report {
        outcome,
        style,
        indices: indices.map(|(n, rule)| (rule.id.clone(), n)).collect(),
        locations_left_out: 0,
        causes: told_causes(outcome),
    };
    let mut notifications: Vec<_> = gaps.iter().map(|gap| report.notification(gap)).collect();
    let results = report.results(&placed, &found)?;
    let left_out = [
        ("results", placed.len() + found.len() - results.len()),
        ("locations of results", report.locations_left_out),
        ("rules", descriptors.len() - report.indices.len()),
    ];
    notifications.extend(
        left_out
            .into_iter()
            .filter_map(|(what, count)| cut(what, count)),
    );
    let looked = looked::doubtful(outcome)
        .into_iter()
        .chain(looked::roots(outcome));
    let looked = looked.chain(looked::unread(outcome));
    let looked = looked.chain(looked::idle_globs(outcome));
    notifications.extend(looked.map(|text| notice("not-checked", Level::Note, text)));
    let compared = compared(outcome).map(|text| (Level::Note, text));
    let doubts = doubts(outcome).into_iter();
    let said = compared.into_iter();
    let said = said.chain(doubts.map(|text| (Level::Warning, text)));
    notifications.extend(said.map(|(level, text)| notice("comparison", level, text)));
    let log = wire::Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [wire::Run {
            tool: wire::Tool {
                driver: wire::Driver {
                    name: "Palisade",
                    information_uri: help::REPOSITORY,
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: descriptors.into_iter().take(MAX_RULES).collect(),
                },
            },
            automation_details: wire::Automation { id: "palisade/" },
            invocations: [wire::Invocation {
                execution_successful: gaps.is_empty(),
                exit_code: outcome.exit_code(),
                tool_execution_notifications: notifications,
            }],
            column_kind: "unicodeCodePoints",
            results,
            properties: (!outcome.open.is_empty()).then(|| wire::RunProperties {
                open_questions: count_open(&outcome.open),
            }),
        }],
    };
    write_json(&log, out)
}

/// What results refer to: what sorts of problems there are, and the rules.
fn descriptors(
    outcome: &Outcome,
    style: &Style,
    placed: &[&Gap<'_>],
    found: &[Found<'_>],
) -> Vec<wire::Rule> {
    let codes: BTreeSet<_> = placed.iter().map(|gap| gap.code.name()).collect();
    let problems = codes.into_iter().map(help::describe_problem);
    let rules = rules(outcome, found).into_iter();
    let rules = rules.map(|rule| help::describe(rule, outcome, style));
    problems.chain(rules).collect()
}

/// The rules that were asked, whatever they found, and those that only findings know.
fn rules<'o>(outcome: &'o Outcome, found: &[Found<'o>]) -> Vec<&'o RuleInfo> {
    let mut rules: Vec<_> = outcome.rules.iter().map(|rule| &**rule).collect();
    rules.extend(found.iter().map(|(finding, _)| &*finding.rule));
    let mut seen = HashSet::new();
    rules.retain(|rule| seen.insert(rule.id.as_str()));
    rules
}

/// A finding, and what excuses it.
type Found<'o> = (&'o Finding, Option<&'o Waived>);

/// What is found now. What is new comes first, because what comes last may be left out.
fn found<'o>(outcome: &'o Outcome, style: &Style) -> Vec<Found<'o>> {
    let counting = [&outcome.findings, &outcome.unchanged];
    let counting = counting.into_iter().flat_map(|all| worst_first(all));
    let waived = waived(outcome, style).into_iter();
    let waived = waived.map(|waived| (&waived.finding, Some(waived)));
    counting
        .map(|finding| (finding, None))
        .chain(waived)
        .collect()
}

/// Says what GitHub would not have taken.
fn cut(what: &str, count: usize) -> Option<wire::Notification> {
    let text = format!("{count} {what} are left out, because code scanning takes no more");
    (count > 0).then(|| notice("left-out", Level::Warning, text))
}

/// Says something of the report itself.
fn notice(id: &str, of: Level, text: String) -> wire::Notification {
    wire::Notification {
        descriptor: wire::Reference { id: id.to_owned() },
        level: level(of),
        message: wire::Message { text },
        locations: Vec::new(),
    }
}

struct Report<'r> {
    outcome: &'r Outcome,
    style: &'r Style,
    /// Where each rule is in the list of rules.
    indices: HashMap<String, usize>,
    locations_left_out: usize,
    causes: HashMap<&'r Identity, Told>,
}

impl Report<'_> {
    /// What was not checked, then the first of `found`, as many as GitHub takes.
    fn results(
        &mut self,
        placed: &[&Gap<'_>],
        found: &[Found<'_>],
    ) -> io::Result<Vec<wire::Finding>> {
        let mut results = Vec::new();
        let mut bytes = Count(0);
        let problems = placed.iter().map(|gap| (Some(*gap), None));
        let found = found.iter().map(|found| (None, Some(found)));
        for (gap, found) in problems.chain(found).take(MAX_RESULTS) {
            let result = match (gap, found) {
                (Some(gap), _) => self.problem(gap),
                (None, Some((finding, waived))) => {
                    let suppressions = waived.iter().map(|waived| self.suppression(waived));
                    let suppressions = suppressions.collect();
                    Some(wire::Finding {
                        suppressions,
                        ..self.result(finding)
                    })
                }
                (None, None) => None,
            };
            let Some(result) = result else { continue };
            serde_json::to_writer(&mut bytes, &result)?;
            if bytes.0 > MAX_BYTES {
                break;
            }
            results.push(result);
        }
        Ok(results)
    }

    /// What was not checked, at its place: a platform that shows results only must not be without it.
    fn problem(&mut self, gap: &Gap<'_>) -> Option<wire::Finding> {
        let (first, others) = gap.labels.split_first()?;
        let related = others.iter().map(|label| self.label(label)).collect();
        let related = self.numbered(related);
        let rule_id = help::problem_id(gap.code.name());
        Some(wire::Finding {
            rule_index: self.indices.get(&rule_id).copied(),
            rule_id,
            level: level(Level::Error),
            baseline_state: None,
            message: wire::Message {
                text: decided_by(&format!("not checked: {}", gap.sentence()), &related),
            },
            locations: [self.label(first)],
            related_locations: related,
            code_flows: Vec::new(),
            partial_fingerprints: BTreeMap::from([(
                FINGERPRINT,
                fingerprint(&[gap.code.name(), &gap.message]),
            )]),
            suppressions: Vec::new(),
            properties: wire::FindingProperties {
                severity: None,
                verdict: "problem",
                id: None,
                cause: None,
            },
        })
    }

    fn result(&mut self, finding: &Finding) -> wire::Finding {
        let mut related = Vec::new();
        if let Some(used_at) = self.place(finding.primary.span).used_at {
            related.push(self.location(used_at, "the alias that brings it in"));
        }
        related.extend(
            reasons(self.outcome, finding)
                .iter()
                .map(|label| self.label(label)),
        );
        let related = self.numbered(related);
        let fingerprint = finding.identity.fingerprint();
        wire::Finding {
            rule_id: clean(&finding.rule.id).into_owned(),
            rule_index: self.indices.get(&finding.rule.id).copied(),
            level: level(Level::of(finding)),
            baseline_state: finding.change.map(Change::name),
            message: wire::Message {
                text: message(finding, &related),
            },
            locations: [self.label(&finding.primary)],
            related_locations: related,
            code_flows: self.flow(finding).into_iter().collect(),
            partial_fingerprints: BTreeMap::from([(FINGERPRINT, fingerprint)]),
            suppressions: Vec::new(),
            properties: wire::FindingProperties {
                severity: Some(finding.rule.severity.name()),
                verdict: finding.verdict.name(),
                id: Some(finding.identity.short()),
                cause: self.causes.get(&finding.identity).map(|told| wire::Cause {
                    id: told.id.clone(),
                    text: told.text.clone(),
                    lead: told.lead,
                }),
            },
        }
    }

    /// As many locations as GitHub takes, with the numbers by which a message links to them.
    fn numbered(&mut self, mut related: Vec<wire::Location>) -> Vec<wire::Location> {
        self.locations_left_out += related.len().saturating_sub(MAX_LOCATIONS - 1);
        related.truncate(MAX_LOCATIONS - 1);
        for (n, location) in related.iter_mut().enumerate() {
            location.id = Some(n + 1);
        }
        related
    }

    fn suppression(&self, waived: &Waived) -> wire::Suppression {
        wire::Suppression {
            kind: if waived.in_source {
                "inSource"
            } else {
                "external"
            },
            status: "accepted",
            justification: said(&waived.reason, "no reason is given"),
            location: self.location(waived.span, "the waiver"),
            properties: wire::SuppressionProperties {
                until: clean(&waived.until).into_owned(),
            },
        }
    }

    /// The path of a finding, one location for each hop.
    fn flow(&mut self, finding: &Finding) -> Option<wire::CodeFlow> {
        let mut steps = route(self.outcome, self.style, finding);
        self.locations_left_out += steps.len().saturating_sub(MAX_FLOW);
        steps.truncate(MAX_FLOW);
        let locations = steps.into_iter().map(|step| {
            let text = match step.skipped {
                0 => step.text,
                skipped => format!("after {skipped} more hops: {}", step.text),
            };
            wire::FlowLocation {
                location: physical(&step.place, &text),
            }
        });
        let locations: Vec<_> = locations.collect();
        if locations.is_empty() {
            return None;
        }
        Some(wire::CodeFlow {
            thread_flows: [wire::ThreadFlow { locations }],
        })
    }

    fn notification(&self, gap: &Gap<'_>) -> wire::Notification {
        let labels = gap.labels.iter().take(MAX_LOCATIONS);
        wire::Notification {
            descriptor: wire::Reference {
                id: gap.code.to_string(),
            },
            level: level(Level::Error),
            message: wire::Message {
                text: gap.sentence(),
            },
            locations: labels.map(|label| self.label(label)).collect(),
        }
    }

    fn label(&self, label: &Label) -> wire::Location {
        self.location(label.span, &label.text)
    }

    fn location(&self, span: Span, text: &str) -> wire::Location {
        physical(&self.place(span), &said(text, "here"))
    }

    fn place(&self, span: Span) -> Place {
        Place::of(&self.outcome.files, self.style, span)
    }
}

/// Counts what is written.
struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// What is wrong, then a link to each place that decided, then what would end it.
fn message(finding: &Finding, related: &[wire::Location]) -> String {
    let mut text = decided_by(&sentence(finding), related);
    if let Some(way_out) = &finding.way_out {
        text += &format!("\nWay out: {}.", unlinked(&said(way_out, "none")));
    }
    text
}

/// A sentence, then a link to each place that decided.
fn decided_by(sentence: &str, related: &[wire::Location]) -> String {
    let mut text = format!("{}.", unlinked(sentence));
    if !related.is_empty() {
        let links = related.iter().zip(1..);
        let links = links.map(|(place, id)| format!("[{}]({id})", link_text(&place.message.text)));
        text += &format!("\nDecided by: {}.", links.collect::<Vec<_>>().join("; "));
    }
    text
}

/// A text in which nothing is a link.
fn unlinked(text: &str) -> String {
    match text.contains("](") {
        true => link_text(text),
        false => text.to_owned(),
    }
}

/// A text as that of a link.
fn link_text(text: &str) -> String {
    let text = text.replace('\\', "\\\\");
    text.replace('[', "\\[").replace(']', "\\]")
}

fn physical(place: &Place, text: &str) -> wire::Location {
    wire::Location {
        id: None,
        physical_location: wire::Physical {
            artifact_location: wire::Uri {
                uri: uri(&place.path),
            },
            region: wire::Region {
                start_line: place.start.line,
                start_column: place.start.column,
                end_line: place.end.line,
                end_column: place.end.column,
            },
        },
        message: wire::Message {
            text: text.to_owned(),
        },
    }
}

/// A path as a reference; a colon would make a scheme of what is before it. Names are shown with `\xFF`
/// for a byte that is not UTF-8, and have it as it is here.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match (byte, after) {
            (b'\\', [b'x', high @ (b'8'..=b'9' | b'A'..=b'F'), low, end @ ..])
                if low.is_ascii_hexdigit() =>
            {
                uri.extend(['%', char::from(*high), char::from(*low)]);
                rest = end;
            }
            (b'/' | b'-' | b'.' | b'_' | b'~', _) => uri.push(char::from(*byte)),
            (byte, _) if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            (byte, _) => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}
