//! Waivers as they are written: in `palisade.yaml`, and in comments beside what they excuse.

use schemars::JsonSchema;

use super::{Reader, problem};
use crate::finding::{Recorded, Verdict, Waiver};
use crate::model::Date;
use crate::source::{FileId, Problem, Span, Spanned, closest, names_program, quote};
use crate::syntax::{NodeRef, Value, choose, read};

const KEYS: [&str; 6] = ["rule", "entities", "verdict", "while", "until", "reason"];
/// What stands in `while` for a value that is not known.
pub(super) const UNKNOWN: &str = "unknown";

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
    /// What the finding may be at most. If omitted, either.
    #[serde(default)]
    verdict: Option<MostVerdict>,
    /// Attributes and their values, which must be among those that decided: the waiver does not hold
    /// once one of them changes. `custody` is that of any entity, `KeyStore::vault.custody` that of
    /// one; `unknown` stands for what is not known, null for what is absent or a list that lacks
    /// something.
    #[serde(default)]
    r#while: std::collections::BTreeMap<String, While>,
    /// The last day on which it holds.
    #[schemars(extend("format" = "date"))]
    until: String,
    /// Why.
    reason: String,
}

/// What a finding may be at most.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case", inline)]
#[expect(dead_code, reason = "it is the shape that the JSON Schema describes")]
enum MostVerdict {
    /// A violation, or undetermined.
    Violation,
    /// Undetermined, and no violation.
    Undetermined,
}

/// The value of an attribute, or several of them.
#[derive(Debug, JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it is the shape that the JSON Schema describes")]
enum While {
    One(Option<String>),
    All(Vec<Option<String>>),
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
        let (mut entities, mut values, mut verdict) = (Vec::new(), Vec::new(), None);
        let entries = self.entries(node);
        for (name, key, value) in entries {
            match name {
                "rule" => rule = self.read(value),
                "entities" => entities = self.value(value),
                "verdict" => verdict = self.verdict(value),
                "while" => values = self.recorded(value),
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
                    verdict,
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

    fn verdict(&mut self, node: NodeRef<'_>) -> Option<Spanned<Verdict>> {
        const ALL: [Verdict; 2] = [Verdict::Violation, Verdict::Undetermined];
        let written = self.read::<Spanned<String>>(node)?;
        let verdict = ALL.iter().find(|known| known.name() == written.value);
        if verdict.is_none() {
            let message = format!("unknown verdict {}", quote(&written.value));
            self.problems.push(
                problem(message)
                    .at(node.span(), "not known")
                    .help(choose(&written.value, &ALL.map(Verdict::name))),
            );
        }
        verdict.map(|verdict| Spanned::new(*verdict, written.span))
    }

    /// A mapping of attributes to what was known of them; a list stands for each of its values.
    fn recorded(&mut self, node: NodeRef<'_>) -> Vec<(String, Spanned<Recorded>)> {
        let mut all = Vec::new();
        for (name, _, value) in self.entries(node) {
            let values: Vec<_> = match value.value() {
                Value::Seq(items) => items.iter().collect(),
                _ => vec![value],
            };
            for value in values {
                // A number or a yes is a text, as it is written.
                let recorded = match (value.value(), value.text()) {
                    (Value::Null, _) => Recorded::Nothing,
                    (_, Some(UNKNOWN)) => Recorded::Unknown,
                    (_, Some(text)) => Recorded::Value(text.to_owned()),
                    (_, None) => {
                        let message = format!("expected a value, found {}", value.kind());
                        self.problems
                            .push(problem(message).at(value.span(), "not a value"));
                        continue;
                    }
                };
                all.push((name.to_owned(), Spanned::new(recorded, value.span())));
            }
        }
        all
    }
}

/// What comments with waivers begin with.
const ADDRESS: &str = "palisade:";
const ALLOW: &str = "allow";

/// What other programs say instead.
const SYNONYMS: [&str; 9] = [
    "ignore", "disable", "skip", "waive", "waiver", "suppress", "nolint", "noqa", "accept",
];

/// Whether a word means to allow something, or nearly says so.
fn means_allow(word: &str) -> bool {
    let word = word.trim_end_matches(':').to_ascii_lowercase();
    let word = word.split(['-', '=', '(', '[']).next().unwrap_or_default();
    SYNONYMS.contains(&word) || closest(word, [ALLOW].into_iter()).is_some()
}

/// Whether a comment that does not begin as a waiver does is meant as one: `Palisade: allow`,
/// `palisade allow`, `palisade : ignore`, `palisade-ignore`.
fn is_near(comment: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric();
    let name = comment.find(|c| !is_part(c)).unwrap_or(comment.len());
    let (name, rest) = comment.split_at(name);
    let separator = rest.find(is_part).unwrap_or(rest.len());
    let (separator, rest) = rest.split_at(separator);
    let word = rest.split_whitespace().next().unwrap_or_default();
    // In prose the program may be the subject: `Palisade allows what …`.
    let is_meant = match separator.contains(':') {
        true => means_allow(word),
        false => word == ALLOW || SYNONYMS.contains(&word),
    };
    names_program(name) && is_meant
}

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
    let wrong = |message: &str| {
        let problem = problem(message).at(comment.span, "in this comment");
        Some(Err(Box::new(problem.help(format!(
            "write `# {ADDRESS} {ALLOW} RULE until=2027-01-31 REASON`"
        )))))
    };
    let Some(rest) = comment.value.strip_prefix(ADDRESS) else {
        return match is_near(&comment.value) {
            true => wrong("this looks like a waiver and is not one"),
            false => None,
        };
    };
    let mut words = rest.split_whitespace();
    let first = words.next().unwrap_or_default();
    if first != ALLOW {
        // `# palisade: v1` is no waiver.
        return match means_allow(first) {
            true => wrong("this looks like a waiver and is not one"),
            false => None,
        };
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
        verdict: None,
        values: Vec::new(),
        until: Spanned::new(day, place(until)),
        reason: reason.join(" "),
        line: Some(line()),
        span: comment.span,
    }))
}
