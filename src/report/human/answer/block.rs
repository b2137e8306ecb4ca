//! A cause: the worst of what it does, where, why, and what ends it.

use std::io;

use crate::finding::{Block, Change, Finding};
use crate::report::clean::{clean, prose};

use super::chain::chain;
use super::{Sheet, kind, place};

/// A help is told in so many lines.
const HELP: usize = 2;
/// A path likewise.
const PATH: usize = 4;
/// What a change does, and where the same fault is, likewise.
const FEW: usize = 3;
/// So many other places are named.
const PLACES: usize = 8;

impl Sheet<'_, '_> {
    /// Writes a block: its lead in full, then what the same edit ends, then the same fault elsewhere.
    pub(super) fn block(&mut self, block: &Block) -> io::Result<()> {
        let outcome = self.outcome;
        let finding = &outcome.findings[block.lead];
        let paint = self.page.palette.finding(finding);
        let what = format!("{}[{}]", kind(finding), clean(&finding.rule.id));
        self.headline(paint, &what, &clean(&finding.message))?;
        let at = self
            .page
            .palette
            .path()
            .style(place(&outcome.files, finding.primary.span));
        let id = self.quiet(&finding.identity.short());
        self.line(&format!("  at {at} · {id}"))?;
        for line in self.frame(finding, paint) {
            self.line(&line)?;
        }
        if finding.path.len() > 2 {
            let path = chain(&finding.path);
            self.field("path:", &path, PATH)?;
        }
        if let Some(effect) = &finding.effect {
            self.field("new:", &prose(effect), FEW)?;
        }
        if let Some(way_out) = &finding.way_out {
            self.field("cut:", &prose(way_out), FEW)?;
        }
        if let Some(help) = &finding.rule.help {
            self.help(finding, &prose(help))?;
        }
        if self.style.details {
            self.details(finding)?;
        }
        self.also(block)?;
        self.alike(block)
    }

    /// Who asks for it, and the parts of the rule that decided.
    fn details(&mut self, finding: &Finding) -> io::Result<()> {
        if !finding.rule.references.is_empty() {
            let references = self.page.references(&finding.rule.references);
            self.field("see:", &references, usize::MAX)?;
        }
        let clauses = finding.clauses.iter().map(|clause| {
            let text = self.page.files.slice(clause.span);
            format!("`{}` {}", prose(text), prose(&clause.text))
        });
        let clauses: Vec<_> = clauses.collect();
        if !clauses.is_empty() {
            self.field("rule:", &clauses.join("; "), usize::MAX)?;
        }
        Ok(())
    }

    /// Where the same fault is found again.
    fn alike(&mut self, block: &Block) -> io::Result<()> {
        if block.alike.is_empty() {
            return Ok(());
        }
        let outcome = self.outcome;
        let own = place(&outcome.files, outcome.findings[block.lead].primary.span);
        let file = own.rsplitn(3, ':').nth(2).unwrap_or_default().to_owned();
        let named = block.alike.iter().take(PLACES).map(|(lead, _)| {
            let finding = &outcome.findings[*lead];
            let at = place(&outcome.files, finding.primary.span);
            let mut parts = at.rsplitn(3, ':');
            let line = parts.nth(1).unwrap_or_default();
            let path = parts.next().unwrap_or_default();
            let at = match path == file {
                true => format!("line {line}"),
                false => format!("{path}:{line}"),
            };
            format!("{} ({at})", subject(finding))
        });
        let mut named: Vec<_> = named.collect();
        if block.alike.len() > PLACES {
            named.push(format!("{} more", block.alike.len() - PLACES));
        }
        let count = block.alike.len();
        let places = if count == 1 { "place" } else { "places" };
        let text = format!("{count} more {places}: {}", named.join(", "));
        self.field("same:", &text, FEW)
    }

    /// Whether only what a change brings is shown.
    pub(super) fn is_comparison(&self) -> bool {
        let mut findings = self.outcome.findings.iter();
        self.outcome.comparison.is_some() || findings.any(|it| it.change == Some(Change::New))
    }
}

impl<'o> Sheet<'_, 'o> {
    /// What to do: of several causes of one rule, with the first.
    fn help(&mut self, finding: &'o Finding, help: &str) -> io::Result<()> {
        if self.style.details {
            return self.field("help:", help, usize::MAX);
        }
        let rule = finding.rule.id.as_str();
        match self.helped.iter().find(|(told, _)| *told == rule) {
            Some((_, first)) => {
                let text = format!("as for {}", first.short());
                self.field("help:", &text, HELP)
            }
            None => {
                self.helped.push((rule, &finding.identity));
                self.field("help:", help, HELP)
            }
        }
    }
}

/// The one thing that a finding is about, as in "`vault`".
pub(super) fn subject(finding: &Finding) -> String {
    let (principal, _) = finding.subject();
    name(principal)
}

/// What `Kind::id` is called.
pub(super) fn name(entity: &str) -> String {
    let id = entity.split_once("::").map_or(entity, |(_, id)| id);
    format!("`{}`", clean(id))
}
