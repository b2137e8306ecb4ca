//! The facts that undetermined findings wait for, to be looked at, to be sent, or to be written down.

mod patch;

use std::collections::BTreeMap;
use std::io;

use crate::finding::{Outcome, Question, Questions, open_facts};
use crate::source::Span;

use super::Style;
use super::clean::{clean, prose};
use super::escaped::write_json;
use super::plural::count;
use super::words::pass;

/// How questions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionForm {
    /// For people, with what would pass.
    Text,
    /// A list with boxes to tick, to send to whoever knows.
    Markdown,
    /// For programs; described by the schema of the `json` report.
    Json,
    /// A patch that writes `unknown` into the documents.
    Patch,
}

/// How questions are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionOrder {
    /// By entity, the worst and most decisive first.
    Entity,
    /// By who answers for the entity.
    Owner,
}

/// Writes every question that `outcome` comes to. `answers` adds to a list that is to be sent what
/// would pass.
pub fn write_questions(
    outcome: &Outcome,
    form: QuestionForm,
    order: QuestionOrder,
    answers: bool,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let questions = Questions::of(&outcome.findings);
    let sheet = Sheet {
        outcome,
        questions: &questions,
        answers,
        style,
    };
    match form {
        QuestionForm::Text => sheet.text(order, out)?,
        QuestionForm::Markdown => sheet.markdown(order, out)?,
        QuestionForm::Json => sheet.json(out)?,
        QuestionForm::Patch => patch::write(outcome, &questions, out)?,
    }
    out.flush()
}

struct Sheet<'s> {
    outcome: &'s Outcome,
    questions: &'s Questions,
    answers: bool,
    style: &'s Style,
}

/// Questions about one entity.
type Entity<'s> = Vec<&'s Question>;

impl Sheet<'_> {
    /// The entities that are asked about, by owner if that is wanted; else all under no name.
    fn groups(&self, order: QuestionOrder) -> Vec<(Option<&str>, Vec<Entity<'_>>)> {
        let entities = self
            .questions
            .asked
            .iter()
            .flat_map(|asked| &asked.entities);
        let entities = entities.map(|all| all.iter().map(|at| &self.questions.all[*at]));
        let entities: Vec<Entity<'_>> = entities.map(Iterator::collect).collect();
        if order == QuestionOrder::Entity {
            return vec![(None, entities)];
        }
        let mut owners: BTreeMap<(bool, &str), Vec<Entity<'_>>> = BTreeMap::new();
        for entity in entities {
            let owner = entity.first().and_then(|it| it.ask.owner.as_deref());
            let key = (owner.is_none(), owner.unwrap_or("no owner"));
            owners.entry(key).or_default().push(entity);
        }
        owners
            .into_iter()
            .map(|((_, owner), all)| (Some(owner), all))
            .collect()
    }

    fn text(&self, order: QuestionOrder, out: &mut dyn io::Write) -> io::Result<()> {
        for (owner, entities) in self.groups(order) {
            if let Some(owner) = owner {
                writeln!(out, "{}", clean(owner))?;
            }
            for entity in entities {
                let Some(first) = entity.first() else {
                    continue;
                };
                let worst = entity.iter().map(|it| it.severity).max();
                let worst = worst.map_or("", |severity| severity.name());
                writeln!(
                    out,
                    "{worst:<9}{} · {}",
                    clean(&first.ask.name),
                    self.place(first.ask.span)
                )?;
                for question in entity {
                    let answer = self.answer(question).map(|it| format!(" ({it})"));
                    let attribute = clean(&question.ask.attribute);
                    let answer = answer.unwrap_or_default();
                    let line = format!("{attribute}{answer}: {}", self.rules(question));
                    let start = format!("  {} ", question.id);
                    let line = super::human::hang(&start, &line, self.style.width);
                    writeln!(out, "{line}")?;
                    for (other, attribute) in &question.or_instead {
                        let line = format!("or `{}` of {}", clean(attribute), clean(other));
                        writeln!(out, "            {line}")?;
                    }
                }
            }
        }
        let open = &self.questions.open;
        if !open.is_empty() {
            writeln!(out, "undetermined whatever is stated:")?;
            for finding in open.iter().map(|at| &self.outcome.findings[*at]) {
                writeln!(
                    out,
                    "  {} {}",
                    finding.identity.short(),
                    clean(&finding.message)
                )?;
            }
        }
        let unsaid = open_facts(&self.outcome.open);
        if !unsaid.is_empty() {
            writeln!(out, "what infrastructure code has no word for:")?;
        }
        for fact in unsaid {
            let waiting = count(fact.waiting, "open question", "open questions");
            let (attribute, entity) = (clean(&fact.attribute), clean(&fact.entity));
            let place = self.place(fact.span);
            writeln!(out, "  {attribute} of {entity} · {place} · {waiting}")?;
        }
        if self.style.notes {
            let facts = count(self.questions.all.len(), "question", "questions");
            let findings = self.outcome.findings.iter();
            let open = findings.filter(|it| it.verdict == crate::finding::Verdict::Undetermined);
            let open = count(
                open.count(),
                "undetermined finding",
                "undetermined findings",
            );
            writeln!(out, "{facts}, for {open}")?;
        }
        Ok(())
    }

    fn markdown(&self, order: QuestionOrder, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "# What has to be known")?;
        writeln!(
            out,
            "\nState what is true. What a rule does not let pass becomes a violation."
        )?;
        for (owner, entities) in self.groups(order) {
            if let Some(owner) = owner {
                let facts = entities.iter().map(Vec::len).sum::<usize>();
                writeln!(out, "\n## {} ({facts})", prose(owner))?;
            }
            for entity in entities {
                let Some(first) = entity.first() else {
                    continue;
                };
                let place = self.place(first.ask.span);
                writeln!(out, "\n**{}** (`{place}`)\n", clean(&first.ask.name))?;
                for question in entity {
                    let values = match question.ask.values.is_empty() {
                        true => String::new(),
                        false => format!(" One of {}.", question.ask.values.join(", ")),
                    };
                    let answer = self.answers.then(|| self.answer(question)).flatten();
                    let answer = answer.map_or_else(String::new, |it| format!(" Passes: {it}."));
                    writeln!(
                        out,
                        "- [ ] `{}`?{values}{answer} Worst {}: {}.",
                        clean(&question.ask.attribute),
                        question.severity,
                        self.rules(question)
                    )?;
                }
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let (files, findings) = (&self.outcome.files, &self.outcome.findings);
        let all = self.questions.all.iter();
        let all = all.map(|it| super::json::Unknown::of(files, findings, self.questions, it));
        write_json(&all.collect::<Vec<_>>(), out)
    }

    fn answer(&self, question: &Question) -> Option<String> {
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

    /// The rules that wait for it, each once.
    fn rules(&self, question: &Question) -> String {
        let findings = question
            .findings
            .iter()
            .map(|at| &self.outcome.findings[*at]);
        let mut rules: Vec<_> = findings.map(|finding| clean(&finding.rule.id)).collect();
        rules.sort();
        rules.dedup();
        rules.join(", ")
    }

    fn place(&self, span: Span) -> String {
        let at = self.outcome.files.locate(span).span;
        let path = clean(&self.outcome.files.get(at.file).name);
        format!("{path}:{}", self.outcome.files.start(at).line)
    }
}
