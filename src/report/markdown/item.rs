//! What a report lists: each cause with what it ends, each entity with what is asked of it, and what no
//! fact would settle.

use std::cmp::Reverse;

use crate::finding::{Cause, Causes, Finding, Outcome, Question, Questions, Verdict};
use crate::report::Style;
use crate::report::place::Place;
use crate::report::words::{advice, and_more, pass, reasons, route, sentence};

use super::escape::{code, html, text};

/// So many findings of one item are named.
const MEMBERS: usize = 20;

/// A row of the table, and what is folded below it.
pub(super) struct Item<'o> {
    /// The finding to tell of.
    pub(super) lead: &'o Finding,
    others: Vec<&'o Finding>,
    from: From<'o>,
}

/// What an item has in common.
enum From<'o> {
    /// One edit.
    Cause(Cause),
    /// One entity of which something is not known.
    Asked(Vec<&'o Question>),
    /// It stands for itself.
    Nothing,
}

/// The items of an outcome, the worst first.
pub(super) fn items<'o>(outcome: &'o Outcome, questions: &'o Questions) -> Vec<Item<'o>> {
    let finding = |at: &usize| &outcome.findings[*at];
    let causes = Causes::of(&outcome.findings, &outcome.files)
        .all
        .into_iter();
    let causes = causes.filter_map(|cause| {
        let (lead, others) = cause.findings.split_first()?;
        Some(Item {
            lead: finding(lead),
            others: others.iter().map(finding).collect(),
            from: From::Cause(cause),
        })
    });
    let asked = questions.asked.iter().flat_map(|asked| &asked.entities);
    let asked = asked.filter_map(|entity| {
        let asked: Vec<&Question> = entity.iter().map(|at| &questions.all[*at]).collect();
        let waiting = Question::waiting(asked.iter().copied());
        let mut waiting: Vec<&Finding> = waiting.iter().map(finding).collect();
        waiting.sort_by_key(|finding| Reverse(finding.rule.severity));
        let (lead, others) = waiting.split_first()?;
        Some(Item {
            lead,
            others: others.to_vec(),
            from: From::Asked(asked),
        })
    });
    let open = questions.open.iter().map(|at| Item {
        lead: finding(at),
        others: Vec::new(),
        from: From::Nothing,
    });
    let mut items: Vec<Item<'o>> = causes.chain(asked).chain(open).collect();
    items.sort_by_key(|item| (Reverse(item.lead.rule.severity), item.lead.verdict));
    items
}

impl Item<'_> {
    /// Whether several findings wait for what is asked of one entity.
    fn asked(&self) -> Option<&[&Question]> {
        match &self.from {
            From::Asked(asked) if !self.others.is_empty() => Some(asked),
            _ => None,
        }
    }

    /// The row.
    pub(super) fn row(&self, outcome: &Outcome, style: &Style) -> String {
        let doubt = match self.lead.verdict {
            Verdict::Violation => "",
            Verdict::Undetermined => ", undetermined",
        };
        let count = self.others.len();
        let (told, span) = match (self.asked(), &self.from) {
            (Some(asked), _) => {
                let attributes: Vec<_> = asked
                    .iter()
                    .map(|it| format!("`{}`", it.ask.attribute))
                    .collect();
                let told = format!(
                    "state {} of {}: {} findings wait for it",
                    attributes.join(", "),
                    asked[0].ask.name,
                    count + 1
                );
                (told, asked[0].ask.span)
            }
            (None, From::Cause(cause)) if count > 0 => {
                let told = format!("{}; {}", sentence(self.lead), and_more(cause));
                (told, self.lead.primary.span)
            }
            _ => (sentence(self.lead), self.lead.primary.span),
        };
        let mut rules = code(&self.lead.rule.id);
        let mut others: Vec<&str> = self.others.iter().map(|it| it.rule.id.as_str()).collect();
        others.retain(|rule| *rule != self.lead.rule.id);
        others.sort_unstable();
        others.dedup();
        for rule in others.iter().take(MEMBERS) {
            rules += &format!(", {}", code(rule));
        }
        if others.len() > MEMBERS {
            rules += &format!(" and {} more", others.len() - MEMBERS);
        }
        format!(
            "| {}{doubt} | {rules} | {} | {} |\n",
            self.lead.rule.severity,
            text(&told),
            code(&Place::of(&outcome.files, style, span).to_string()),
        )
    }

    /// Why, and what to do about it, folded.
    pub(super) fn detail(&self, outcome: &Outcome, style: &Style) -> String {
        let (title, mut detail) = match self.asked() {
            Some(asked) => (asked[0].ask.name.replace('`', ""), answers(asked)),
            None => (
                self.lead.identity.to_string(),
                why(outcome, style, self.lead),
            ),
        };
        let is_asked = self.asked().is_some();
        let named = std::iter::once(&self.lead)
            .filter(|_| is_asked)
            .chain(&self.others);
        let named: Vec<_> = named.collect();
        if !named.is_empty() {
            detail += match &self.from {
                _ if is_asked => "\nThis waits for it:\n\n",
                From::Cause(cause) if cause.confirmed => "\nThe same change ends:\n\n",
                _ => "\nAbout the same:\n\n",
            };
        }
        for finding in named.iter().take(MEMBERS) {
            let place = Place::of(&outcome.files, style, finding.primary.span);
            detail += &format!(
                "- {} {} {}: {}, at {}\n",
                code(&finding.identity.short()),
                finding.rule.severity,
                code(&finding.rule.id),
                text(&sentence(finding)),
                code(&place.to_string()),
            );
        }
        if named.len() > MEMBERS {
            detail += &format!("- and {} more\n", named.len() - MEMBERS);
        }
        format!(
            "<details><summary>{}</summary>\n\n{detail}\n</details>\n",
            html(&title)
        )
    }
}

/// What passes, of each fact that is asked.
fn answers(asked: &[&Question]) -> String {
    let lines = asked.iter().map(|question| {
        let ask = &question.ask;
        let passes: Vec<_> = ask.passes.iter().map(|it| pass(it, &ask.values)).collect();
        let told = match () {
            () if question.contradicts => ": no value passes all".to_owned(),
            () if ask.classifies || passes.is_empty() => String::new(),
            () => format!(" passes: {}", passes.join(", ")),
        };
        format!("- {}{}\n", code(&ask.attribute), text(&told))
    });
    lines.collect()
}

/// Why a finding is one, and what to do about it.
fn why(outcome: &Outcome, style: &Style, finding: &Finding) -> String {
    let said = |label: &str, place: Place| match label {
        "" => format!("- {}\n", code(&place.to_string())),
        label => format!("- {}: {}\n", code(&place.to_string()), text(label)),
    };
    let place = |span| Place::of(&outcome.files, style, span);
    let mut why = said(&finding.primary.text, place(finding.primary.span));
    for label in reasons(outcome, finding) {
        why += &said(&label.text, place(label.span));
    }
    let route = route(outcome, style, finding);
    if !route.is_empty() {
        why += "\nThe path:\n\n";
    }
    for step in route {
        if step.skipped > 0 {
            why += &format!("- … {} more hops\n", step.skipped);
        }
        let place = code(&step.place.to_string());
        why += &format!("- {}: {} ({place})\n", step.number, text(&step.text));
    }
    for line in advice(finding) {
        why += &format!("\n{}\n", text(&line));
    }
    why += &format!("\nid: {}\n", code(&finding.identity.short()));
    why
}
