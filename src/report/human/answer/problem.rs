//! What could not be read or used: first, and what is the same everywhere once.

use std::io;

use crate::report::clean::{clean, prose};
use crate::report::plural::count;
use crate::source::Problem;

use super::frame::Told;
use super::{Sheet, place};

/// So many other places are named.
const PLACES: usize = 8;

impl Sheet<'_, '_> {
    /// Writes the problems, those of one code and message together, in about so many lines.
    pub(super) fn problems(&mut self, most: Option<usize>) -> io::Result<()> {
        let mut groups: Vec<Vec<&Problem>> = Vec::new();
        for problem in &self.outcome.problems {
            let same = |known: &&mut Vec<&Problem>| {
                known[0].code == problem.code && known[0].message == problem.message
            };
            match groups.iter_mut().find(same) {
                Some(known) => known.push(problem),
                None => groups.push(vec![problem]),
            }
        }
        let start = self.lines;
        for (at, group) in groups.iter().enumerate() {
            if most.is_some_and(|most| self.lines - start >= most) {
                let rest = &groups[at..];
                return self.further(rest);
            }
            self.gap()?;
            self.problem(group)?;
        }
        if self.outcome.summary.held_back > 0 {
            self.gap()?;
            let text = format!(
                "{} cannot be looked up before these can be read, and {} not listed",
                count(self.outcome.summary.held_back, "reference", "references"),
                if self.outcome.summary.held_back == 1 {
                    "is"
                } else {
                    "are"
                },
            );
            let text = super::fill("", "", &text, self.width());
            self.line(&text)?;
        }
        Ok(())
    }

    /// "and 12 more problems: unknown-id ×8, wrong-value ×4 (`--verbose` lists them)"
    fn further(&mut self, groups: &[Vec<&Problem>]) -> io::Result<()> {
        let mut codes: Vec<(&str, usize)> = Vec::new();
        for group in groups {
            let code = group[0].code.name();
            match codes.iter_mut().find(|(known, _)| *known == code) {
                Some((_, count)) => *count += group.len(),
                None => codes.push((code, group.len())),
            }
        }
        let total: usize = codes.iter().map(|(_, count)| count).sum();
        let codes = codes.iter().map(|(code, count)| format!("{code} ×{count}"));
        self.gap()?;
        let text = format!(
            "and {} more: {} (`--verbose` lists them)",
            count(total, "problem", "problems"),
            codes.collect::<Vec<_>>().join(", ")
        );
        let text = super::fill("", "  ", &text, self.width());
        self.line(&text)
    }

    fn problem(&mut self, group: &[&Problem]) -> io::Result<()> {
        let problem = group[0];
        let paint = self.page.palette.problem();
        let what = format!("problem[{}]", problem.code);
        self.headline(paint, &what, &clean(&problem.message))?;
        if let Some(label) = problem.labels.first() {
            let at = place(self.page.files, label.span);
            let at = self.page.palette.path().style(at);
            self.line(&format!("  at {at}"))?;
            let told = Told {
                primary: label.span,
                text: &label.text,
            };
            for line in self.frame_of(&told, paint) {
                self.line(&line)?;
            }
            for other in problem.labels.iter().skip(1).take(2) {
                let text = format!(
                    "{}: {}",
                    place(self.page.files, other.span),
                    clean(&other.text)
                );
                self.field("see:", &text, 2)?;
            }
        }
        if let Some(help) = &problem.help {
            let lines = if self.style.details { usize::MAX } else { 3 };
            self.field("help:", &prose(help), lines)?;
        }
        let others = &group[1..];
        if others.is_empty() {
            return Ok(());
        }
        let own = problem.labels.first().map(|label| label.span.file);
        let named = others.iter().take(PLACES).filter_map(|other| {
            let span = other.labels.first()?.span;
            let at = place(self.page.files, span);
            let (path, line) = at.rsplit_once(':')?.0.rsplit_once(':')?;
            Some(match Some(span.file) == own {
                true => format!("line {line}"),
                false => format!("{path}:{line}"),
            })
        });
        let mut named: Vec<_> = named.collect();
        if others.len() > PLACES {
            named.push(format!("{} more", others.len() - PLACES));
        }
        let places = count(others.len(), "more place", "more places");
        self.field("same:", &format!("{places}: {}", named.join(", ")), 3)
    }
}
