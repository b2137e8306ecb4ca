//! Waivers as they are written: in `palisade.yaml`, and in comments beside what they excuse.

use schemars::JsonSchema;

use super::{Reader, problem};
use crate::finding::Waiver;
use crate::model::Date;
use crate::source::{FileId, Problem, Span, Spanned, closest};
use crate::syntax::{NodeRef, Value, read};

const KEYS: [&str; 5] = ["rule", "entities", "while", "until", "reason"];

/// A waiver in `palisade.yaml`.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, rename = "Waiver")]
#[expect(dead_code, reason = "it is the shape that the JSON Schema describes")]
pub(super) struct Written {
    /// The id of the rule whose finding is excused.
    rule: String,
    /// What the finding is about, as `Kind::id`: all of these must be in it.
    #[schemars(length(min = 1))]
    entities: Vec<String>,
    /// Attributes and the values of them that are excused, among those that decided; the waiver ends
    /// when one changes.
    #[serde(default)]
    r#while: std::collections::BTreeMap<String, String>,
    /// The last day on which it holds.
    #[schemars(extend("format" = "date"))]
    until: String,
    /// Why.
    reason: String,
}

impl Reader<'_> {
    /// The waivers of a list; one that lacks something is a problem and excuses nothing.
    pub(super) fn waivers(&mut self, node: NodeRef<'_>) -> Vec<Waiver> {
        let Value::Seq(all) = node.value() else {
            if !matches!(node.value(), Value::Null) {
                let message = format!("expected a list of waivers, found {}", node.kind());
                self.problems
                    .push(problem(message).at(node.span(), "no list"));
            }
            return Vec::new();
        };
        all.iter().filter_map(|node| self.waiver(node)).collect()
    }

    fn waiver(&mut self, node: NodeRef<'_>) -> Option<Waiver> {
        let before = self.problems.len();
        let (mut rule, mut until, mut reason) = (None, None, None);
        let (mut entities, mut values) = (Vec::new(), Vec::new());
        let entries = self.entries(node);
        for (name, key, value) in entries {
            match name {
                "rule" => rule = self.read(value),
                "entities" => entities = self.value(value),
                "while" => values = self.texts(value),
                "until" => until = self.read::<Spanned<Date>>(value),
                "reason" => reason = self.read::<Spanned<String>>(value),
                _ => self.unknown_key(name, key, &KEYS),
            }
        }
        if self.problems.len() > before {
            return None;
        }
        let missing = |what: &str, why: &str| {
            problem(format!("a waiver has no `{what}`"))
                .at(node.span(), "this one")
                .help(why.to_owned())
        };
        let reason = reason.filter(|reason| !reason.value.trim().is_empty());
        match (rule, until, reason) {
            (None, ..) => self.problems.push(missing("rule", "name the rule that is not kept")),
            (_, None, _) => self.problems.push(missing(
                "until",
                "say until which day it holds, as in `until: 2027-01-31`",
            )),
            (.., None) => self.problems.push(missing("reason", "say why, for whoever reads it then")),
            _ if entities.is_empty() => self.problems.push(missing(
                "entities",
                "name what it is about, as in `entities: [Key::legacy]`; to leave a rule out, use `ignore`",
            )),
            (Some(rule), Some(until), Some(reason)) => {
                return Some(Waiver {
                    rule,
                    entities,
                    values,
                    until,
                    reason: reason.value,
                    line: None,
                    span: node.span(),
                });
            }
        }
        None
    }

    fn read<'t, T: serde::Deserialize<'t>>(&mut self, node: NodeRef<'t>) -> Option<T> {
        let read = read(node);
        read.map_err(|error| self.wrong(error, node)).ok()
    }

    /// A mapping of texts; a number or a yes is one, as it is written.
    fn texts(&mut self, node: NodeRef<'_>) -> Vec<(String, Spanned<String>)> {
        let entries = self.entries(node).into_iter();
        let texts = entries.map(|(name, _, value)| {
            let text = value.text().unwrap_or_default().to_owned();
            (name.to_owned(), Spanned::new(text, value.span()))
        });
        texts.collect()
    }
}

/// What comments with waivers begin with.
const ADDRESS: &str = "palisade:";
const ALLOW: &str = "allow";

/// The waiver that a comment holds, as `palisade: allow RULE until=2027-01-31 REASON`; `line` is the
/// one that it is about. `None` if it is no waiver.
///
/// # Errors
///
/// What the comment lacks.
pub fn inline_waiver(
    comment: &Spanned<String>,
    line: impl FnOnce() -> (FileId, usize),
) -> Option<Result<Waiver, Box<Problem>>> {
    let rest = comment.value.strip_prefix(ADDRESS)?;
    let wrong = |message: &str| {
        let problem = problem(message).at(comment.span, "in this comment");
        Some(Err(Box::new(problem.help(format!(
            "write `# {ADDRESS} {ALLOW} RULE until=2027-01-31 REASON`"
        )))))
    };
    let mut words = rest.split_whitespace();
    let first = words.next().unwrap_or_default();
    if first != ALLOW {
        // `# palisade: v1` is no waiver.
        closest(first, [ALLOW].into_iter())?;
        return wrong("this is no waiver");
    }
    let (Some(rule), Some(until)) = (words.next(), words.next()) else {
        return wrong("a waiver names a rule, and until when it holds");
    };
    let Some(day) = until.strip_prefix("until=") else {
        return wrong("a waiver says after the rule until when it holds");
    };
    let Ok(day) = day.parse::<Date>() else {
        return wrong("a waiver holds until a day");
    };
    let reason: Vec<_> = words.collect();
    if reason.is_empty() {
        return wrong("a waiver says why");
    }
    let place = |word: &str| {
        let base = comment.span.end as usize - comment.value.len();
        let at = comment.value.find(word).unwrap_or_default() + base;
        let start = u32::try_from(at).unwrap_or(comment.span.start);
        Span::new(
            comment.span.file,
            start,
            start + u32::try_from(word.len()).unwrap_or_default(),
        )
    };
    Some(Ok(Waiver {
        rule: Spanned::new(rule.to_owned(), place(rule)),
        entities: Vec::new(),
        values: Vec::new(),
        until: Spanned::new(day, place(until)),
        reason: reason.join(" "),
        line: Some(line()),
        span: comment.span,
    }))
}
