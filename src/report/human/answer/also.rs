//! What else the edit of a cause ends, a line a rule.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::io;

use unicode_width::UnicodeWidthStr;

use crate::finding::{Block, Finding, Handle};
use crate::report::clean::clean;
use crate::report::words::edit;

use super::Sheet;
use super::block::{name, subject};

/// So many rules are told of.
const RULES: usize = 4;
/// So many things are named of one rule.
const NAMED: usize = 4;

impl Sheet<'_, '_> {
    /// Writes the findings of a block besides its lead, the worst first.
    pub(super) fn also(&mut self, block: &Block) -> io::Result<()> {
        let outcome = self.outcome;
        let lead = block.lead;
        let mut groups: Vec<(Vec<&Finding>, &Handle, bool)> = Vec::new();
        for cause in block.causes.iter().map(|cause| &self.causes.all[*cause]) {
            for finding in cause.findings.iter().filter(|at| **at != lead) {
                let finding = &outcome.findings[*finding];
                let same = |(known, handle, _): &&mut (Vec<&Finding>, &Handle, bool)| {
                    known[0].rule.id == finding.rule.id && *handle == &cause.handle
                };
                match groups.iter_mut().find(same) {
                    Some((known, ..)) => known.push(finding),
                    None => groups.push((vec![finding], &cause.handle, cause.confirmed)),
                }
            }
        }
        if groups.is_empty() {
            return Ok(());
        }
        groups.sort_by_key(|(findings, ..)| {
            (
                Reverse(findings[0].rule.severity),
                findings[0].rule.id.clone(),
            )
        });
        let count: usize = groups.iter().map(|(findings, ..)| findings.len()).sum();
        let first = &self.causes.all[block.causes[0]];
        let is_one = block.causes.len() == 1;
        let from = match is_one && first.confirmed {
            true => format!("{count} more from {}", edit(&first.handle)),
            false => format!("{count} more about {}", clean(&first.handle.name)),
        };
        self.field("also:", &format!("{from}:"), 2)?;
        for (findings, handle, _) in groups.iter().take(RULES) {
            let line = self.rule_line(findings, handle, is_one);
            self.line(&line)?;
        }
        if groups.len() > RULES {
            let rest = groups[RULES..].iter();
            let count: usize = rest.clone().map(|(findings, ..)| findings.len()).sum();
            let rules = rest.map(|(findings, ..)| match findings.len() {
                1 => clean(&findings[0].rule.id).into_owned(),
                many => format!("{} ×{many}", clean(&findings[0].rule.id)),
            });
            let text = format!("and {count} more: {}", rules.collect::<Vec<_>>().join(", "));
            let text = super::hang("        ", &text, self.width());
            self.line(&text)?;
        }
        Ok(())
    }

    /// "47988626 high dump-store-encrypted: `signer-crash` → `crash-store`", cut at its end.
    fn rule_line(&self, findings: &[&Finding], handle: &Handle, is_one: bool) -> String {
        let first = findings[0];
        let severity = first.rule.severity;
        let paint = self.page.palette.severity(severity);
        let start = match findings {
            [only] => only.identity.short(),
            many => format!("{} ×", many.len()),
        };
        let what = match (findings, is_one) {
            ([only], true) => pair(only),
            ([_], false) => {
                let start = self
                    .page
                    .files
                    .start(self.page.files.locate(first.primary.span).span);
                format!("{}, line {}", edit(handle), start.line)
            }
            (many, _) => {
                // Of one principal, what differs.
                let is_one = many.iter().all(|it| it.subject().0 == first.subject().0);
                let told = many.iter().map(|finding| match finding.subject().1 {
                    Some(resource) if is_one => name(resource),
                    _ => subject(finding),
                });
                let mut seen = HashSet::new();
                let mut names: Vec<String> =
                    told.filter(|told| seen.insert(told.clone())).collect();
                let more = names.len().saturating_sub(NAMED);
                names.truncate(NAMED);
                match more {
                    0 => names.join(", "),
                    more => format!("{} and {more} more", names.join(", ")),
                }
            }
        };
        let rule = clean(&first.rule.id);
        let line = format!("{start} {severity} {rule}: {what}");
        let room = self.width().saturating_sub(8);
        let line = cut(&line, room);
        let rest = line
            .strip_prefix(&format!("{start} {severity}"))
            .unwrap_or("")
            .to_owned();
        format!(
            "        {} {}{rest}",
            self.quiet(&start),
            paint.style(severity)
        )
    }
}

fn pair(finding: &Finding) -> String {
    let (principal, resource) = finding.subject();
    match resource {
        Some(resource) => format!("{} → {}", name(principal), name(resource)),
        None => name(principal),
    }
}

/// The text in at most so many columns.
pub(super) fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + 2 > room {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}
