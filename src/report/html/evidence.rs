//! What is waived, what was looked at and what was not, and what it says of each standard.

use maud::{Markup, html};

use crate::report::clean::{clean, prose};
use crate::report::looked;
use crate::report::matrix::matrices;
use crate::source::End;

use super::{Sheet, day, severity_of, words};

impl Sheet<'_> {
    pub(super) fn waivers(&self) -> Markup {
        let waived = &self.outcome.waived;
        html! {
            @if !waived.is_empty() {
                section id="waivers" aria-labelledby="waivers-title" {
                    h2 id="waivers-title" { "Waivers" }
                    table {
                        thead { tr { th scope="col" { "finding" } th scope="col" { "owner" } th scope="col" { "until" } th.number scope="col" { "days left" } th scope="col" { "reason" } th scope="col" { "where" } } }
                        tbody {
                            @for one in waived {
                                tr {
                                    td { (severity_of(&one.finding)) " " code { (clean(&one.finding.rule.id)) } " " (words(&clean(&one.finding.message))) }
                                    td { (clean(one.owner.as_deref().unwrap_or("no owner"))) }
                                    td { (clean(&one.until)) }
                                    td.number { (self.days_left(&one.until)) }
                                    td { (words(&prose(&one.reason))) }
                                    td.quiet { (self.place(one.span)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn days_left(&self, until: &str) -> String {
        let until: Option<jiff::civil::Date> = until.parse().ok();
        let days = until.zip(day(self.outcome.now)).and_then(|(until, now)| {
            let left = until.since((jiff::Unit::Day, now)).ok()?;
            Some(left.get_days().to_string())
        });
        days.unwrap_or_default()
    }

    pub(super) fn looked(&self) -> Markup {
        let outcome = self.outcome;
        let summary = &outcome.summary;
        let read = summary
            .ledger
            .entries()
            .iter()
            .filter(|entry| entry.end == End::Read);
        let read: Vec<&str> = read.map(|entry| entry.name.as_str()).collect();
        let open = looked::open(outcome);
        html! {
            section id="looked" aria-labelledby="looked-title" {
                h2 id="looked-title" { "What was looked at, and what was not" }
                @if let Some(roots) = looked::roots(outcome) { p { (words(&roots)) } }
                @if let Some(sentence) = looked::sentence(outcome) { p { (words(&sentence)) } }
                @for unread in looked::unread(outcome) { p { (words(&unread)) } }
                @if let Some(open) = open { p { (words(&open)) } }
                @for glob in looked::idle_globs(outcome) { p { (words(&glob)) } }
                details {
                    summary { (read.len()) " files were read" }
                    ul { @for name in &read { li { (clean(name)) } } }
                }
                @if !summary.idle_rules.is_empty() {
                    details {
                        summary { (summary.idle_rules.len()) " rules had nothing to look at" }
                        p { @for rule in &summary.idle_rules { code { (clean(rule)) } " " } }
                    }
                }
            }
        }
    }

    pub(super) fn standards(&self) -> Markup {
        html! {
            section id="standards" aria-labelledby="standards-title" {
                h2 id="standards-title" { "Standards: the rules behind each clause, and their results" }
                p.quiet { "Asked is how many requests a rule was put to; the others are findings, of which one may stand for several requests." }
                @for matrix in matrices(self.outcome) {
                    details {
                        summary { (matrix.title) " (" code { "profile:" (matrix.name) } ")" }
                        table {
                            thead { tr {
                                th scope="col" { "clause" } th scope="col" { "rule" } th scope="col" { "result" }
                                th.number scope="col" { "asked" } th.number scope="col" { "broken" }
                                th.number scope="col" { "undetermined" } th.number scope="col" { "waived" }
                            } }
                            tbody {
                                @for row in &matrix.rows {
                                    tr {
                                        td { (clean(&row.clause)) }
                                        td { code { (clean(&row.rule)) } }
                                        td class=(row.result()) { (row.result()) }
                                        td.number { (row.asked) }
                                        td.number { (row.broken) }
                                        td.number { (row.undetermined) }
                                        td.number { (row.waived) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
