//! Why a step of a transfer does or does not take out what a rule is about, in words.

use super::{Reason, Said};
use crate::flow::Support;
use crate::inventory::{Evidence, Inventory};
use crate::model::{Assurance, Category, Step, StepKind};
use crate::source::Span;

/// What there is to say of a step: each setting that nobody states, then what it comes to.
pub(super) fn reasons<'a>(
    inventory: &Inventory,
    support: Support,
    position: u32,
    (step, whole): (&Step, Span),
) -> Vec<Reason<'a>> {
    let number = position + 1;
    let transfer = inventory.describe(support.entity);
    let of = match inventory.declarations().transfers[support.entity.index as usize]
        .steps
        .iter()
        .count()
    {
        1 => format!("the step of {transfer}"),
        _ => format!("step {number} of {transfer}"),
    };
    let reason = |attribute: &str, value: Option<&str>, span: Span, text: String| Reason {
        evidence: Evidence {
            entity: support.entity,
            attribute: support.attribute,
            value: None,
            span,
            stated: true,
        },
        lacks: Vec::new(),
        open: false,
        says: Some(Said {
            of: of.clone(),
            attribute: attribute.to_owned(),
            value: value.map(str::to_owned),
            text,
        }),
    };
    let open = |attribute: &str| {
        let text = format!("`{attribute}` of {of} is not stated");
        Reason {
            open: true,
            ..reason(attribute, None, whole, text)
        }
    };
    let names = step.removes.iter();
    let names = names.map(|category| Category::DEF.variants[category.value as usize].name);
    let names = names.collect::<Vec<_>>().join(", ");
    let kind = StepKind::DEF.variants[step.kind.value as usize].name;
    if !step.is_removing() {
        let text = format!("{of} is a `{kind}`, which removes nothing");
        return vec![reason("kind", Some(kind), step.kind.span, text)];
    }
    if let Some(closed) = &step.fail_closed
        && !closed.value
    {
        let text = format!("`failClosed` of {of} is `false`, so {names} may pass it");
        return vec![reason("failClosed", Some("false"), closed.span, text)];
    }
    let mut all = Vec::new();
    if step.fail_closed.is_none() {
        all.push(open("failClosed"));
    }
    let assurance = step.assurance.as_ref();
    let (span, value, known) = match assurance {
        Some(assurance) => {
            let name = Assurance::DEF.variants[assurance.value as usize].name;
            let known = match step.kind.value {
                StepKind::Redact if assurance.value > Assurance::Claimed => {
                    format!("`{name}`, which of a `{kind}` is `claimed` at most")
                }
                _ => format!("`{name}`"),
            };
            (assurance.span, Some(name), known)
        }
        None => {
            all.push(open("assurance"));
            (whole, None, "not stated".to_owned())
        }
    };
    let text = format!("{of} removes {names}; its `assurance` is {known}");
    all.push(reason("assurance", value, span, text));
    all
}
