//! Causes and questions: how the findings are told to people.

use schemars::JsonSchema;
use serde::Serialize;

use super::Severity;
use super::place::Location;
use crate::finding as engine;
use crate::report::words;
use crate::source::Files;

/// What one edit ends. Laid out anew by each run: it identifies nothing from one run to the next.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cause<'a> {
    /// What to type to have it explained.
    id: &'a str,
    /// Whether the edit changes a value, takes an element out of a list, or leaves an entity out.
    kind: Edit,
    /// The entity, as `Kind::id`.
    entity: &'a str,
    /// The attribute; null if the entity is left out.
    attribute: Option<&'a str>,
    /// The value, or the element; null if there is none.
    value: Option<&'a str>,
    /// Where it is written.
    location: Location<'a>,
    /// How bad the worst of its findings is.
    severity: Severity,
    /// The finding that is told of, by its short id.
    lead: String,
    /// All findings that the edit ends, by their short ids, the lead first.
    findings: Vec<String>,
    /// Whether the engine decided each of them again without it and found no violation.
    confirmed: bool,
    /// The number of the block in which the `human` report shows it.
    block: usize,
}

/// What an edit does.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Edit {
    /// It changes a value.
    Value,
    /// It takes an element out of a list.
    Element,
    /// It leaves an entity out.
    Entity,
}

impl<'a> Cause<'a> {
    pub(super) fn of(
        files: &'a Files,
        findings: &'a [engine::Finding],
        cause: &'a engine::Cause,
    ) -> Self {
        let ids: Vec<_> = cause
            .findings
            .iter()
            .map(|at| findings[*at].identity.short())
            .collect();
        let severities = cause.findings.iter().map(|at| findings[*at].rule.severity);
        let handle = &cause.handle;
        Self {
            id: &cause.id,
            kind: match (&handle.attribute, handle.element) {
                (None, _) => Edit::Entity,
                (Some(_), true) => Edit::Element,
                (Some(_), false) => Edit::Value,
            },
            entity: &handle.entity,
            attribute: handle.attribute.as_deref(),
            value: handle.value.as_deref(),
            location: Location::of(files, handle.span),
            severity: severities.max().unwrap_or(engine::Severity::Low).into(),
            lead: ids.first().cloned().unwrap_or_default(),
            findings: ids,
            confirmed: cause.confirmed,
            block: cause.block,
        }
    }
}

/// A fact that no document states and undetermined findings wait for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct Unknown<'a> {
    /// What to type to have it explained.
    id: &'a str,
    /// The entity, as `Kind::id`.
    entity: &'a str,
    /// The attribute.
    attribute: &'a str,
    /// Who answers for the entity, or for what it stands in; null if nobody is named.
    owner: Option<&'a str>,
    /// Where it is left out.
    location: Location<'a>,
    /// How bad the worst is that it may come to.
    severity: Severity,
    /// Whether it says how something is protected, or what it is.
    kind: Fact,
    /// All values that it may have, where these are few.
    values: &'a [String],
    /// What passes every rule that waits for it, in words; null if that is not known.
    passes: Option<String>,
    /// Whether no value passes every rule that waits for it.
    contradicts: bool,
    /// The findings that wait for it, by their short ids.
    findings: Vec<String>,
    /// How many of these wait for nothing else.
    decides: usize,
    /// Questions that some of them wait for as well.
    with: Vec<&'a str>,
    /// Facts that would settle some of them instead, as `Kind::id` and the attribute.
    or_instead: Vec<String>,
}

/// What a fact says.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Fact {
    /// How something is protected.
    Control,
    /// What something is. State what is true.
    Classification,
}

impl<'a> Unknown<'a> {
    pub(in crate::report) fn of(
        files: &'a Files,
        findings: &'a [engine::Finding],
        questions: &'a engine::Questions,
        question: &'a engine::Question,
    ) -> Self {
        let ask = &question.ask;
        let passes = ask.passes.iter().map(|pass| words::pass(pass, &ask.values));
        let passes = passes.collect::<Vec<_>>().join(", ");
        let instead = question.or_instead.iter();
        Self {
            id: &question.id,
            entity: &ask.entity,
            attribute: &ask.attribute,
            owner: ask.owner.as_deref(),
            location: Location::of(files, ask.span),
            severity: question.severity.into(),
            kind: match ask.classifies {
                true => Fact::Classification,
                false => Fact::Control,
            },
            values: &ask.values,
            passes: Some(passes).filter(|text| !text.is_empty() && !question.contradicts),
            contradicts: question.contradicts,
            findings: question
                .findings
                .iter()
                .map(|at| findings[*at].identity.short())
                .collect(),
            decides: question.alone,
            with: question
                .with
                .iter()
                .map(|at| &*questions.all[*at].id)
                .collect(),
            or_instead: instead
                .map(|(entity, attribute)| format!("{entity} {attribute}"))
                .collect(),
        }
    }
}
