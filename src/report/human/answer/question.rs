//! What must be known, by entity: one person knows it, and one place is edited.

use std::io;

use unicode_width::UnicodeWidthStr;

use crate::finding::{Asked, Question, Severity};
use crate::report::clean::clean;
use crate::report::plural::{count, plural};
use crate::report::words::pass;

use super::Sheet;

/// So many entities of which the same is asked are named.
const NAMED: usize = 5;

impl Sheet<'_, '_> {
    /// Writes what is not known, the worst and most decisive first: so many entities, and how many more
    /// there are.
    pub(super) fn questions(&mut self, most: usize) -> io::Result<()> {
        let questions = self.questions;
        if questions.all.is_empty() && questions.open.is_empty() {
            return Ok(());
        }
        self.gap()?;
        if !questions.all.is_empty() {
            self.asked(most)?;
        }
        self.unsettled()
    }

    fn asked(&mut self, most: usize) -> io::Result<()> {
        let questions = self.questions;
        let waiting = Question::waiting(&questions.all);
        let verb = if waiting.len() == 1 { "waits" } else { "wait" };
        let proposes = questions.all.iter().any(|it| answer(it).is_some());
        let brackets = if proposes {
            "; in brackets what passes"
        } else {
            ""
        };
        let what = format!(
            "Not known: {} {verb} for {} that no document states",
            count(waiting.len(), "finding", "findings"),
            count(questions.all.len(), "fact", "facts"),
        );
        if most == 0 {
            let text = format!("{what}: palisade questions");
            let text = super::fill("", "", &text, self.width());
            return self.line(&text);
        }
        let text = format!("{what}{brackets}. Most decisive first:");
        let text = super::fill("", "", &text, self.width());
        self.line(&text)?;
        for asked in questions.asked.iter().take(most) {
            self.entity(asked)?;
        }
        let left = &questions.asked[most.min(questions.asked.len())..];
        if left.is_empty() {
            return Ok(());
        }
        let entities: usize = left.iter().map(|asked| asked.entities.len()).sum();
        let findings: usize = left.iter().map(|asked| asked.findings).sum();
        let text = format!(
            "and {entities} more, for {}: palisade questions",
            count(findings, "finding", "findings")
        );
        self.line(&format!("  {text}"))
    }

    fn entity(&mut self, asked: &Asked) -> io::Result<()> {
        let questions = self.questions;
        let Some(first) = asked.entities.first().and_then(|it| it.first()) else {
            return Ok(());
        };
        let first = &questions.all[*first];
        let names = asked
            .entities
            .iter()
            .filter_map(|it| it.first())
            .map(|it| &questions.all[*it]);
        let who = match asked.entities.len() {
            1 => clean(&first.ask.name).into_owned(),
            many => {
                let label = first.ask.name.split('`').next().unwrap_or_default().trim();
                let mut names: Vec<_> = names.map(|it| id(&it.ask.name)).collect();
                let more = names.len().saturating_sub(NAMED);
                names.truncate(NAMED);
                let names = names.join(", ");
                match more {
                    0 => format!("{many} {}: {names}", plural(label)),
                    more => format!("{many} {}: {names} and {more} more", plural(label)),
                }
            }
        };
        let place = super::place(self.page.files, first.ask.span);
        let place = place
            .rsplit_once(':')
            .map_or(place.as_str(), |(line, _)| line);
        let place = match asked.entities.len() {
            1 => self.page.palette.path().style(place).to_string(),
            _ => format!("{} …", self.page.palette.path().style(place)),
        };
        let findings = count(asked.findings, "finding", "findings");
        let facts = asked.entities[0].iter().map(|at| fact(&questions.all[*at]));
        let facts: Vec<_> = facts.collect();
        let severity = self.severity(asked.severity);
        let one = format!("{who}: {} · {place} · {findings}", facts.join("; "));
        let plain = console_width(&one);
        if plain + 11 <= self.width() {
            return self.line(&format!("  {severity}{one}"));
        }
        let head = format!("{who} · {place} · {findings}");
        let head = super::hang(&format!("  {severity}"), &head, self.width());
        self.line(&head)?;
        let facts = super::hang("           ", &facts.join("; "), self.width());
        self.line(&facts)
    }

    fn severity(&self, severity: Severity) -> String {
        let name = format!("{:<9}", severity.name());
        self.page.palette.severity(severity).style(name).to_string()
    }

    /// What no fact would settle.
    fn unsettled(&mut self) -> io::Result<()> {
        let open = &self.questions.open;
        if open.is_empty() {
            return Ok(());
        }
        let mut rules: Vec<(&str, usize)> = Vec::new();
        for at in open {
            let rule = self.outcome.findings[*at].rule.id.as_str();
            match rules.iter_mut().find(|(known, _)| *known == rule) {
                Some((_, count)) => *count += 1,
                None => rules.push((rule, 1)),
            }
        }
        let rules = rules.iter().map(|(rule, count)| match count {
            1 => clean(rule).into_owned(),
            many => format!("{} ×{many}", clean(rule)),
        });
        let text = format!(
            "Undetermined whatever is stated: {}",
            rules.collect::<Vec<_>>().join(", ")
        );
        let text = super::fill("", "  ", &text, self.width());
        self.line(&text)
    }
}

/// How wide a text is on a terminal, which shows no colours as text.
fn console_width(text: &str) -> usize {
    let mut width = 0;
    for (at, part) in text.split('\u{1b}').enumerate() {
        let shown = match at {
            0 => part,
            _ => part.split_once('m').map_or(part, |(_, rest)| rest),
        };
        width += shown.width();
    }
    width
}

fn id(name: &str) -> String {
    let id = name.split('`').nth(1).unwrap_or(name);
    format!("`{}`", clean(id))
}

/// "custody (hsm)": the attribute, and of a control what passes.
fn fact(question: &Question) -> String {
    let attribute = clean(&question.ask.attribute);
    match answer(question) {
        Some(answer) => format!("{attribute} ({answer})"),
        None => attribute.into_owned(),
    }
}

/// What passes, where that may be proposed: to say what a thing should be called invites a lie.
fn answer(question: &Question) -> Option<String> {
    if question.ask.classifies {
        return None;
    }
    if question.contradicts {
        return Some("no value passes all".to_owned());
    }
    let passes = question.ask.passes.iter();
    let told: Vec<_> = passes.map(|it| pass(it, &question.ask.values)).collect();
    (!told.is_empty()).then(|| told.join(", "))
}
