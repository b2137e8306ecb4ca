//! Causes of little weight, an entry each: what the rule requires, what breaks it, and where.

use std::collections::HashSet;
use std::io;

use crate::finding::Block;
use crate::report::clean::{clean, prose};

use super::block::{name, subject};
use super::{ENTRIES, Sheet, kind, place};

/// So many things are named.
const NAMED: usize = 6;

impl Sheet<'_, '_> {
    /// Writes the entries, without empty lines between them.
    pub(super) fn entries(&mut self, blocks: &[&Block]) -> io::Result<()> {
        if blocks.is_empty() {
            return Ok(());
        }
        self.gap()?;
        let most = match self.style.details {
            true => usize::MAX,
            false => self.style.limit.unwrap_or(ENTRIES),
        };
        for block in blocks.iter().take(most) {
            self.entry(block)?;
        }
        match &blocks[most.min(blocks.len())..] {
            [] => Ok(()),
            left => self.left_out(left, usize::MAX),
        }
    }

    pub(super) fn entry(&mut self, block: &Block) -> io::Result<()> {
        let outcome = self.outcome;
        let finding = &outcome.findings[block.lead];
        let paint = self.page.palette.finding(finding);
        let what = format!("{}[{}]", kind(finding), clean(&finding.rule.id));
        let what = paint.style(what);
        let leads = block.alike.iter().map(|(lead, _)| *lead);
        let subjects = std::iter::once(block.lead).chain(leads);
        let subjects = subjects.map(|lead| subject(&outcome.findings[lead]));
        let mut seen = HashSet::new();
        let mut names: Vec<String> = subjects.filter(|told| seen.insert(told.clone())).collect();
        let count = names.len();
        let more = count.saturating_sub(NAMED);
        names.truncate(NAMED);
        let label = label(&finding.message);
        let about = match (count, more) {
            (1, _) => {
                let resource = finding.subject().1.map(name);
                let pair = resource.map_or_else(String::new, |it| format!(" → {it}"));
                format!("{label}{}{pair}", names[0])
            }
            (_, 0) => format!("{count} places: {}", names.join(", ")),
            _ => format!("{count} places: {} and {more} more", names.join(", ")),
        };
        let at = self
            .page
            .palette
            .path()
            .style(place(&outcome.files, finding.primary.span));
        let id = self.quiet(&finding.identity.short());
        let title = prose(&finding.rule.title);
        let text = format!("{what}: {title}: {about} · {at} · {id}");
        let text = super::fill("", "  ", &text, self.width());
        self.line(&text)?;
        // Each broken rule is named.
        let others = self
            .members(block)
            .into_iter()
            .filter(|at| *at != block.lead);
        let mut counts: Vec<(&str, &str, usize)> = Vec::new();
        for other in others
            .map(|at| &outcome.findings[at])
            .filter(|it| it.rule.id != finding.rule.id)
        {
            let (rule, severity) = (other.rule.id.as_str(), other.rule.severity.name());
            match counts.iter_mut().find(|(_, known, _)| *known == rule) {
                Some((.., count)) => *count += 1,
                None => counts.push((severity, rule, 1)),
            }
        }
        if counts.is_empty() {
            return Ok(());
        }
        let rules = counts.iter().map(|(severity, rule, count)| match count {
            1 => format!("{severity} {}", clean(rule)),
            many => format!("{severity} {} ×{many}", clean(rule)),
        });
        self.field("also:", &rules.collect::<Vec<_>>().join(", "), usize::MAX)
    }
}

/// What the subject of a message is called: "key " of "key `k`: keys must …".
fn label(message: &str) -> String {
    match message.split_once('`') {
        Some((label, _)) if label.len() < 24 => clean(label).into_owned(),
        _ => String::new(),
    }
}
