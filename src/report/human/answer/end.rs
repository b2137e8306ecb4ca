//! The end of the answer, which a terminal shows last: what it comes to, the worst again, what to do
//! next.

use std::io;

use crate::finding::{Outcome, Severity, Verdict, count_open};
use crate::report::clean::clean;
use crate::report::human::change::{doubts, gone};
use crate::report::human::nothing;
use crate::report::looked;
use crate::report::plural::count;

use super::{Sheet, place};

/// In a report of more lines than these, the three worst are named again at its end.
const LONG: usize = 40;

impl Sheet<'_, '_> {
    /// Writes counts, why the run ends as it does, the worst again if that is wanted, and what to do
    /// next.
    pub(super) fn end(&mut self, again: bool) -> io::Result<()> {
        let outcome = self.outcome;
        let notes = self.notes();
        if !outcome.gone.is_empty() || !notes.is_empty() {
            self.gap()?;
        }
        if self.style.details {
            gone(&mut self.page, outcome)?;
        }
        for note in notes {
            let text = super::hang("note: ", &note, self.width());
            self.line(&text)?;
        }
        self.gap()?;
        let is_empty = outcome.checked_nothing() && outcome.findings.is_empty();
        if is_empty {
            let text = format!(
                "nothing was checked: {} · exit {}",
                nothing(outcome),
                outcome.exit_code()
            );
            let text = super::fill("", "  ", &text, self.width());
            return self.line(&text);
        }
        let paint = self.paint();
        let result = paint.style(self.result()).to_string();
        let text = super::fill("", "  ", &format!("{result}{}", self.exit()), self.width());
        self.line(&text)?;
        let looked = super::fill("", "  ", &self.looked(), self.width());
        self.line(&looked)?;
        if let Some(compared) = compared(outcome) {
            let compared = super::fill("", "  ", &compared, self.width());
            self.line(&compared)?;
        }
        if again {
            self.worst()?;
        }
        self.next()
    }

    fn paint(&self) -> owo_colors::Style {
        let (outcome, palette) = (self.outcome, self.page.palette);
        let violations = outcome
            .findings
            .iter()
            .filter(|it| it.verdict == Verdict::Violation);
        match violations.map(|finding| finding.rule.severity).max() {
            Some(worst) => palette.severity(worst),
            None if !outcome.findings.is_empty() => palette.undetermined(),
            None if outcome.exit_code() != 0 => palette.problem(),
            None => palette.passed(),
        }
    }

    /// "18 violations (7 critical, …) from 9 causes, 35 undetermined, waiting for 28 facts".
    fn result(&self) -> String {
        let outcome = self.outcome;
        let new = if self.is_comparison() { "new " } else { "" };
        let violations = outcome.count(Verdict::Violation);
        let mut parts = vec![match violations {
            0 => format!("no {new}violations"),
            some => format!(
                "{some} {new}{} ({}) from {}",
                if some == 1 { "violation" } else { "violations" },
                by_severity(outcome),
                count(self.causes.all.len(), "cause", "causes"),
            ),
        }];
        let undetermined = outcome.count(Verdict::Undetermined);
        let facts = self.questions.all.len();
        match (undetermined, facts) {
            (0, _) => {}
            (some, 0) => parts.push(format!("{some} {new}undetermined")),
            (some, facts) => parts.push(format!(
                "{some} {new}undetermined, waiting for {}",
                count(facts, "fact", "facts")
            )),
        }
        if !outcome.waived.is_empty() {
            parts.push(format!("{} waived", outcome.waived.len()));
        }
        if !outcome.problems.is_empty() {
            parts.push(count(outcome.problems.len(), "problem", "problems"));
        }
        if !outcome.open.is_empty() {
            let open = count_open(&outcome.open);
            parts.push(count(open, "open question", "open questions"));
        }
        parts.join(", ")
    }

    /// " · exit 1", with the setting that is to blame where the findings do not say it.
    fn exit(&self) -> String {
        let outcome = self.outcome;
        let code = outcome.exit_code();
        let settings = outcome.settings.iter().map(|setting| match setting.span {
            Some(span) => {
                let at = place(self.page.files, span);
                let at = at.rsplit_once(':').map_or(at.as_str(), |(line, _)| line);
                format!("`{}` in {at}", clean(&setting.text))
            }
            None => format!("`{}`", clean(&setting.text)),
        });
        let settings: Vec<_> = settings.collect();
        match settings.is_empty() || outcome.findings.is_empty() {
            true => format!(" · exit {code}"),
            false => format!(" ({}) · exit {code}", settings.join(", ")),
        }
    }

    /// "checked 1 document, 26 entities, 76 rules (4 matched nothing), 235 decisions".
    fn looked(&self) -> String {
        let outcome = self.outcome;
        let summary = &outcome.summary;
        let idle = match summary.idle_rules.len() {
            0 => String::new(),
            some => format!(" ({some} matched nothing)"),
        };
        format!(
            "checked {}, {}, {}{idle}, {}",
            count(summary.documents, "document", "documents"),
            count(summary.entities, "entity", "entities"),
            count(summary.rules, "rule", "rules"),
            count(summary.decisions, "decision", "decisions"),
        )
    }

    /// What a reader would otherwise not know.
    fn notes(&self) -> Vec<String> {
        let outcome = self.outcome;
        let summary = &outcome.summary;
        let mut notes = Vec::new();
        if self.style.details && !summary.idle_rules.is_empty() {
            let rules: Vec<_> = summary.idle_rules.iter().map(|rule| clean(rule)).collect();
            let rules = rules.join(", ");
            notes.push(format!(
                "{} matched nothing: {rules}",
                count(summary.idle_rules.len(), "rule", "rules")
            ));
        }
        if !outcome.problems.is_empty() && !outcome.checked_nothing() {
            notes.push("results are incomplete until these problems are fixed".to_owned());
        }
        if summary.aside > 0 {
            notes.push(format!(
                "{} read only because what was named may refer to {}; nothing in {} is reported",
                count(summary.aside, "other document was", "other documents were"),
                if summary.aside == 1 { "it" } else { "them" },
                if summary.aside == 1 { "it" } else { "them" },
            ));
        }
        notes.extend(looked::unread(outcome));
        notes.extend(looked::open(outcome));
        notes.extend(match self.style.details {
            true => looked::sentence(outcome),
            false => looked::doubtful(outcome),
        });
        notes.extend(looked::roots(outcome));
        notes.extend(looked::idle_globs(outcome));
        notes.extend(doubts(outcome));
        notes
    }

    /// The worst again, if a reader may not see it any more.
    fn worst(&mut self) -> io::Result<()> {
        let (outcome, blocks) = (self.outcome, &self.causes.blocks);
        if blocks.len() < 2 {
            return Ok(());
        }
        let most = if self.lines > LONG { 3 } else { 1 };
        // Whatever the order in which they are shown.
        let mut worst: Vec<_> = blocks.iter().collect();
        worst.sort_by_key(|block| self.causes.all[block.causes[0]].block);
        let worst = worst.into_iter().take(most);
        let worst: Vec<_> = worst
            .filter(|block| outcome.findings[block.lead].rule.severity >= Severity::High)
            .collect();
        for (at, block) in worst.into_iter().enumerate() {
            let finding = &outcome.findings[block.lead];
            let start = if at == 0 { "worst: " } else { "       " };
            let severity = finding.rule.severity;
            let paint = self.page.palette.severity(severity);
            let causes = block
                .causes
                .iter()
                .map(|cause| self.causes.all[*cause].findings.len());
            let others = match causes.sum::<usize>() {
                1 => String::new(),
                some => format!(", {some} findings"),
            };
            let text = format!(
                "{} {} {} at {}{others}",
                finding.identity.short(),
                paint.style(severity),
                clean(&finding.rule.id),
                place(self.page.files, finding.primary.span),
            );
            let text = super::hang(start, &text, self.width());
            self.line(&text)?;
        }
        Ok(())
    }

    /// What to type next.
    fn next(&mut self) -> io::Result<()> {
        let outcome = self.outcome;
        let first = self.causes.blocks.first();
        let first = first.map(|block| outcome.findings[block.lead].identity.short());
        let asks = !self.questions.all.is_empty() || !outcome.open.is_empty();
        let mut steps = Vec::new();
        match &first {
            Some(id) if self.is_comparison() => {
                steps.push(format!("palisade explain {id}"));
                steps.push(format!(
                    "palisade waive {id} --until DATE --reason '…' && git add palisade.yaml"
                ));
            }
            Some(id) => {
                steps.push(format!("palisade explain {id}"));
                steps.push("palisade waive ID --until DATE --reason TEXT".to_owned());
            }
            None => {}
        }
        if asks && !self.is_comparison() {
            steps.push("palisade questions".to_owned());
        }
        if steps.is_empty() {
            return Ok(());
        }
        let text = match self.is_comparison() {
            // To be copied whole.
            true => {
                let rest = steps.join("\n       ");
                format!("next:  {rest}")
            }
            false => super::hang("next:  ", &steps.join(" · "), self.width()),
        };
        self.line(&text)
    }

    /// How often each rule is broken, the worst first.
    pub(super) fn statistics(&mut self) -> io::Result<()> {
        let outcome = self.outcome;
        let mut rules: Vec<(&str, Severity, usize, usize)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for finding in &outcome.findings {
            let at = *places.entry(finding.rule.id.as_str()).or_insert_with(|| {
                rules.push((&finding.rule.id, finding.rule.severity, 0, 0));
                rules.len() - 1
            });
            match finding.verdict {
                Verdict::Violation => rules[at].2 += 1,
                Verdict::Undetermined => rules[at].3 += 1,
            }
        }
        rules.sort_by_key(|(rule, severity, violations, open)| {
            use std::cmp::Reverse;
            (
                Reverse(*severity),
                Reverse(*violations),
                Reverse(*open),
                *rule,
            )
        });
        if !rules.is_empty() {
            self.line("violations  undetermined  severity  rule")?;
        }
        for (rule, severity, violations, open) in rules {
            let paint = self.page.palette.severity(severity);
            let severity = paint.style(format!("{:<8}", severity.name()));
            let line = format!("{violations:>10}  {open:>12}  {severity}  {}", clean(rule));
            self.line(&line)?;
        }
        match self.style.notes {
            true => self.end(true),
            false => Ok(()),
        }
    }
}

/// "palisade: no new findings · 1 document, 24 entities, 57 of 76 rules · 2 waived".
pub(super) fn pass(outcome: &Outcome) -> String {
    let summary = &outcome.summary;
    let what = match &outcome.comparison {
        Some(_) => "no new findings",
        None => "no findings",
    };
    let applied = match summary.decisions {
        0 => 0,
        _ => summary.rules.saturating_sub(summary.idle_rules.len()),
    };
    let mut text = format!(
        "palisade: {what} · {}, {}, {applied} of {}",
        count(summary.documents, "document", "documents"),
        count(summary.entities, "entity", "entities"),
        count(summary.rules, "rule", "rules"),
    );
    if let Some(compared) = compared(outcome) {
        text += &format!(" · {compared}");
    }
    if !outcome.waived.is_empty() {
        let ends = outcome.waived.iter().map(|waived| &waived.until);
        let first = ends.min();
        let first = first.map_or_else(String::new, |until| format!(", the first until {until}"));
        text += &format!(" · {} waived{first}", outcome.waived.len());
    }
    let unread = looked::unread(outcome).into_iter();
    for said in unread.chain(looked::open(outcome)) {
        text += &format!(" · {said}");
    }
    for doubt in looked::doubtful(outcome).into_iter().chain(doubts(outcome)) {
        text += &format!(" · {doubt}");
    }
    text
}

/// "compared with `main` (1a2b3c4): 14 unchanged, 1 gone".
fn compared(outcome: &Outcome) -> Option<String> {
    let comparison = outcome.comparison.as_ref()?;
    Some(format!(
        "compared with {}: {} unchanged, {} gone",
        clean(&comparison.base),
        outcome.count_unchanged(),
        outcome.gone.len()
    ))
}

fn by_severity(outcome: &Outcome) -> String {
    let worst_first = Severity::ALL.into_iter().rev();
    let counts = worst_first.map(|it| (outcome.count_at(Verdict::Violation, it), it));
    let parts = counts.filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts
        .map(|(count, severity)| format!("{count} {severity}"))
        .collect();
    parts.join(", ")
}
