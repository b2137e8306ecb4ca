//! One page to hand over: it makes no request, and can be read without its script and on paper.
//!
//! What documents say is text here and never markup: the templates escape it, and pictures do the same.

mod cause;
mod evidence;
mod frame;

use std::io;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::finding::{Causes, Finding, Outcome, Questions, Severity, Verdict};
use crate::picture::{STYLE, Scene, View, svg};

use super::Style;
use super::clean::{clean, prose};
use super::human::{checked, compared, doubts, result};
use super::marks::marks;
use super::place::Place;
use super::words::{gaps, kind};

const PAGE_STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// So many causes are told in full; the others have a line each.
const CAUSES: usize = 150;
/// So many of them have a picture of their path.
const PICTURES: usize = 40;
/// So many causes are named at the top.
const FIRST: usize = 6;

/// What sections are made from.
struct Sheet<'o> {
    outcome: &'o Outcome,
    style: &'o Style,
    causes: Causes,
    questions: Questions,
}

/// Writes the page.
///
/// Linear in the findings: only the first causes are told in full.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let sheet = Sheet {
        outcome,
        style,
        causes: Causes::of(&outcome.findings, &outcome.files),
        questions: Questions::of(&outcome.findings),
    };
    out.write_all(sheet.page().into_string().as_bytes())
}

impl Sheet<'_> {
    fn page(&self) -> Markup {
        let outcome = self.outcome;
        let title = prose(&result(outcome));
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    // Nothing is fetched from anywhere, whatever gets into the page.
                    meta http-equiv="Content-Security-Policy"
                        content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Palisade: " (title) }
                    style { (PreEscaped(PAGE_STYLE)) (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { "Skip to the report" }
                    header {
                        h1 { "Palisade: " (title) }
                        p.quiet { (checked(outcome)) @if let Some(day) = day(outcome.now) { ", as of " (day) } "." }
                    }
                    nav aria-label="Sections" {
                        ul {
                            @for (id, name) in self.sections() {
                                li { a href={ "#" (id) } { (name) } }
                            }
                        }
                    }
                    main id="main" {
                        (self.summary())
                        (self.picture())
                        (self.problems())
                        (self.told_causes())
                        (self.asked())
                        (self.waivers())
                        (self.looked())
                        (self.standards())
                    }
                    footer {
                        p { "Made by Palisade " (env!("CARGO_PKG_VERSION")) ". The page is complete in itself: it fetches nothing." }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }

    /// The sections that have something in them.
    fn sections(&self) -> Vec<(&'static str, String)> {
        let outcome = self.outcome;
        let mut sections = vec![("summary", "Summary".to_owned())];
        if !outcome.graphs.is_empty() {
            sections.push(("picture", "Picture".to_owned()));
        }
        let gaps = gaps(outcome).len();
        let counted = [
            ("problems", "Problems", gaps),
            ("causes", "Causes", self.causes.blocks.len()),
            ("questions", "Questions", self.questions.all.len()),
            ("waivers", "Waivers", outcome.waived.len()),
        ];
        let counted = counted.into_iter().filter(|(.., count)| *count > 0);
        sections.extend(counted.map(|(id, name, count)| (id, format!("{name} ({count})"))));
        sections.push(("looked", "What was looked at".to_owned()));
        sections.push(("standards", "Standards".to_owned()));
        sections
    }

    fn summary(&self) -> Markup {
        let outcome = self.outcome;
        let severities = [
            Severity::Critical,
            Severity::High,
            Severity::Medium,
            Severity::Low,
        ];
        html! {
            section id="summary" aria-labelledby="summary-title" {
                h2 id="summary-title" { "Summary" }
                table {
                    thead {
                        tr {
                            th scope="col" { "severity" }
                            th.number scope="col" { "violations" }
                            th.number scope="col" { "undetermined" }
                        }
                    }
                    tbody {
                        @for severity in severities {
                            tr {
                                th scope="row" { span class={ "severity " (severity.name()) } { (severity.name()) } }
                                td.number { (outcome.count_at(Verdict::Violation, severity)) }
                                td.number { (outcome.count_at(Verdict::Undetermined, severity)) }
                            }
                        }
                    }
                }
                @if let Some(compared) = compared(outcome) { p { (words(&compared)) } }
                @for doubt in doubts(outcome) { p { (words(&doubt)) } }
                @if !self.causes.blocks.is_empty() {
                    p { "What to change first; each change ends everything listed with it:" }
                    ol {
                        @for block in self.causes.blocks.iter().take(FIRST) {
                            @let finding = &outcome.findings[block.lead];
                            li {
                                (severity_of(finding)) " "
                                a href={ "#" (self.anchor(block.causes[0])) } { (words(&clean(&finding.message))) }
                                @let count = self.members(block).len();
                                @if count > 1 { span.quiet { " and " (count - 1) " more" } }
                            }
                        }
                    }
                }
                @if outcome.findings.is_empty() && outcome.problems.is_empty() && !outcome.checked_nothing() {
                    p { "No rule is broken, and nothing that a rule asks for is unknown." }
                }
            }
        }
    }

    fn picture(&self) -> Markup {
        let outcome = self.outcome;
        let drawn = outcome
            .graphs
            .iter()
            .filter(|graph| !graph.nodes.is_empty());
        let pictures = drawn.map(|graph| {
            let marks = marks(outcome, graph, None);
            svg(&Scene::of(graph, &marks, &View::default()), false)
        });
        let pictures: Vec<String> = pictures.collect();
        let is_wide = pictures.iter().any(|picture| width(picture) > UPRIGHT);
        html! {
            @if !pictures.is_empty() {
                section id="picture" class=(if is_wide { "wide" } else { "" }) aria-labelledby="picture-title" {
                    h2 id="picture-title" { "Picture" }
                    @for picture in pictures {
                        div.scroll tabindex="0" role="group" aria-label="Picture of the project" {
                            (PreEscaped(picture))
                        }
                    }
                }
            }
        }
    }

    fn problems(&self) -> Markup {
        let gaps = gaps(self.outcome);
        html! {
            @if !gaps.is_empty() {
                section id="problems" aria-labelledby="problems-title" {
                    h2 id="problems-title" { "Problems: the answer is incomplete" }
                    @for gap in &gaps {
                        article.undetermined {
                            h3 { (words(&prose(&gap.message))) }
                            @for label in gap.labels {
                                p.quiet { (self.place(label.span)) @if !label.text.is_empty() { ": " (words(&prose(&label.text))) } }
                            }
                            @if let Some(help) = &gap.help { p { (words(&prose(help))) } }
                        }
                    }
                }
            }
        }
    }

    fn place(&self, span: crate::source::Span) -> String {
        Place::of(&self.outcome.files, self.style, span).to_string()
    }

    /// All findings of a block.
    fn members(&self, block: &crate::finding::Block) -> Vec<usize> {
        let alike = block.alike.iter().flat_map(|(_, causes)| causes);
        let causes = block.causes.iter().chain(alike);
        let members = causes.flat_map(|at| &self.causes.all[*at].findings);
        members.copied().collect()
    }

    /// Where a cause is told on the page.
    fn anchor(&self, cause: usize) -> &str {
        &self.causes.all[cause].id
    }
}

/// How bad it is, as it is shown.
fn severity_of(finding: &Finding) -> Markup {
    let kind = kind(finding);
    html! { span class={ "severity " (kind) } { (kind) } }
}

/// A day, from milliseconds since 1970.
pub(super) fn day(milliseconds: i64) -> Option<jiff::civil::Date> {
    let moment = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).date())
}

/// Words with what is between backticks as code.
fn words(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let paired = parts.len() % 2 == 1;
    html! {
        @if paired {
            @for (at, part) in parts.iter().enumerate() {
                @if at % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else { (text) }
    }
}

/// A picture wider than this, in px, is printed on a page that is turned.
const UPRIGHT: u32 = 1100;

/// How wide a picture is, in px.
fn width(picture: &str) -> u32 {
    let number = picture.split("width=\"").nth(1);
    let number = number.and_then(|rest| rest.split('"').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
