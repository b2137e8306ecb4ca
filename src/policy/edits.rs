//! What could be edited to end a violation, proven by deciding again; and what could be stated to
//! settle what is undetermined.

use super::decide::{Decision, Given, Passing, Undetermined};
use super::findings::{
    SetPass, is_another, is_extreme, is_nameable, is_open, named, plain, set_pass, verdict,
};
use super::leaves::RuleEvaluator;
use super::reasons::{Reason, Reasons};
use super::scan::Scan;
use super::view::{Unknown, View};
use crate::finding::{Ask, Finding, Handle, Pass, Verdict, classifies};
use crate::inventory::{Assumptions, Evidence, Inventory, MissingFact, Reading};
use crate::model::{Atom, CommonText, EntityId, Kind, Type};

/// Most values of one finding of which it is tried whether changing them ends it.
const TRIED: usize = 12;

/// Adds to a finding what could be edited, or stated. `views` are requests that it stands for, its own
/// first: an edit ends it only if it ends all of them, and if these are not `all`, none is proven.
///
/// Costs a decision for each value that decided and each view.
pub(super) fn attach<'a>(
    evaluator: &RuleEvaluator<'a>,
    views: &[View<'a>],
    all: bool,
    (roots, decision): (&[Unknown], &Decision),
    finding: &mut Finding,
) {
    let Some(view) = views.first() else { return };
    let reasons = Reasons {
        view,
        rule: evaluator.rule,
        read_set: evaluator.read_set,
    };
    match decision {
        Decision::Violation(deciding) if view.context.certain => {
            let deciding = deciding.iter().flat_map(|on| reasons.of(*on));
            for reason in deciding.filter(|reason| reason.says.is_none()) {
                let on = &reason.evidence;
                let is_own = on.span == finding.primary.span;
                let mut handle = of_value(view.inventory, on);
                let known = |known: &Handle| known.span == handle.span && same(known, &handle);
                let tried = finding.edits.handles.len();
                if tried >= TRIED || finding.edits.handles.iter().any(known) {
                    continue;
                }
                let attribute = handle.attribute.as_deref().unwrap_or_default();
                handle.ends = all
                    && (is_own || !classifies(attribute))
                    && views.iter().all(|view| ends(evaluator, view, on));
                finding.edits.handles.push(handle);
            }
            // Without what joins the two, nothing is asked about them.
            let request = view.request;
            let named = [
                Some(request.principal),
                Some(request.resource),
                request.subject,
            ];
            let participants = named.into_iter().flatten();
            for entity in participants.filter(|entity| joins(*entity)) {
                let handle = of_entity(view.inventory, entity);
                if finding.identity.entities().any(|it| it == handle.entity) {
                    finding.edits.handles.push(handle);
                }
            }
        }
        Decision::Violation(_) => {
            finding.edits.any = true;
            finding.edits.asks = unstated(&reasons, reasons.missing());
        }
        Decision::Undetermined(found) => ask(&reasons, roots, found, finding),
        Decision::Pass | Decision::Unexplained(_) | Decision::Error(_) => {}
    }
}

fn same(one: &Handle, other: &Handle) -> bool {
    (&one.entity, &one.attribute, &one.value) == (&other.entity, &other.attribute, &other.value)
}

/// Whether an entity only joins others, so that it can be left out.
fn joins(entity: EntityId) -> bool {
    matches!(entity.kind, Kind::Transfer | Kind::Grant | Kind::Conduit)
}

/// An entity that could be left out, as what ends all that is about it.
pub(super) fn of_entity(inventory: &Inventory, entity: EntityId) -> Handle {
    Handle {
        entity: named(inventory, entity),
        name: inventory.describe(entity),
        attribute: None,
        value: None,
        element: false,
        span: inventory.entity(entity).id().span,
        ends: true,
    }
}

fn of_value(inventory: &Inventory, on: &Evidence<'_>) -> Handle {
    let def = &on.entity.kind.attributes()[on.attribute];
    Handle {
        entity: named(inventory, on.entity),
        name: inventory.describe(on.entity),
        attribute: Some(def.name.clone()),
        value: on.value.map(|atom| plain(inventory, def.ty, &atom)),
        element: def.many && on.value.is_some(),
        span: on.span,
        ends: false,
    }
}

/// Whether a request is no violation any more with this value unknown, or this element taken out.
fn ends<'a>(evaluator: &RuleEvaluator<'a>, view: &View<'a>, on: &Evidence<'a>) -> bool {
    let def = &on.entity.kind.attributes()[on.attribute];
    let value = match on.value.filter(|_| def.many) {
        None => Reading::Unknown,
        Some(element) => match view.inventory.read(on.entity, on.attribute, &view.assumed) {
            Reading::Many(mut elements) => {
                elements.retain(|(atom, _)| *atom != element);
                Reading::Many(elements)
            }
            _ => return false,
        },
    };
    let root = MissingFact {
        entity: on.entity,
        attribute: on.attribute,
    };
    let view = view.assuming(Unknown::Attribute(root), value);
    let (Scan::Own(roots) | Scan::Shared(_, roots)) = view.scan(evaluator.read_set) else {
        return false;
    };
    match evaluator.decide(&view, &roots, || false) {
        Decision::Error(_) => false,
        decision => verdict(view.context.certain, &decision) != Some(Verdict::Violation),
    }
}

/// What an undetermined finding waits for: what is known to settle it, else all that is not stated.
fn ask(reasons: &Reasons<'_, '_>, roots: &[Unknown], found: &Undetermined, finding: &mut Finding) {
    let inventory = reasons.view.inventory;
    if let Some(open) = reasons.view.request.open {
        let mut list = of_root(inventory, open);
        list.passes = vec![Pass::Complete];
        finding.edits.asks = vec![list];
        return;
    }
    let settling = found
        .passes
        .iter()
        .filter_map(|passing| match roots.get(passing.root)? {
            Unknown::Attribute(root) => {
                let mut ask = of_root(inventory, *root);
                ask.passes = passes(inventory, *root, passing).into_iter().collect();
                Some(ask)
            }
            Unknown::ContextAttribute(_) => None,
        });
    finding.edits.asks = settling.collect();
    if !finding.edits.asks.is_empty() {
        return;
    }
    finding.edits.any = true;
    let mut all = Vec::new();
    for root in found.roots.iter().filter_map(|root| roots.get(*root)) {
        match root {
            Unknown::Attribute(root) => {
                let evidence = inventory.evidence(root.entity, root.attribute);
                all.extend(evidence.into_iter().map(Reason::from));
            }
            Unknown::ContextAttribute(of) => all.extend(reasons.of_context_attribute(*of)),
        }
    }
    if !reasons.view.context.certain {
        all.extend(reasons.missing());
    }
    finding.edits.asks = unstated(reasons, all);
}

/// Of these, what no document states, each once.
fn unstated(reasons: &Reasons<'_, '_>, all: Vec<Reason<'_>>) -> Vec<Ask> {
    let inventory = reasons.view.inventory;
    let mut asks: Vec<Ask> = Vec::new();
    for reason in all.iter().filter(|reason| is_open(inventory, reason)) {
        let on = &reason.evidence;
        let mut ask = of_root(
            inventory,
            MissingFact {
                entity: on.entity,
                attribute: on.attribute,
            },
        );
        ask.span = on.span;
        let is_known =
            |known: &Ask| (&known.entity, &known.attribute) == (&ask.entity, &ask.attribute);
        if !asks.iter().any(is_known) {
            asks.push(ask);
        }
    }
    asks
}

fn of_root(inventory: &Inventory, root: MissingFact) -> Ask {
    let def = &root.entity.kind.attributes()[root.attribute];
    let evidence = inventory.evidence(root.entity, root.attribute);
    let span = evidence.first().map(|on| on.span);
    let values = match def.ty {
        Type::Bool => vec!["true".to_owned(), "false".to_owned()],
        Type::Enum(of) => of.variants.iter().map(|it| it.name.to_owned()).collect(),
        _ => Vec::new(),
    };
    Ask {
        entity: named(inventory, root.entity),
        name: inventory.describe(root.entity),
        attribute: def.name.clone(),
        owner: owner(inventory, root.entity),
        span: span.unwrap_or(inventory.entity(root.entity).id().span),
        classifies: classifies(&def.name),
        values,
        passes: Vec::new(),
    }
}

/// Who answers for an entity: its owner, else that of the nearest thing around it; of what joins two
/// others, that of where it ends.
pub fn owner(inventory: &Inventory, entity: EntityId) -> Option<String> {
    let own = |entity: EntityId| {
        let attribute = entity.kind.attribute(CommonText::Owner.name())?;
        match inventory.read(entity, attribute, &Assumptions::none()) {
            Reading::One(Atom::Text(owner)) => Some(owner.to_owned()),
            _ => None,
        }
    };
    let around =
        |entity: EntityId| std::iter::successors(Some(entity), |it| inventory.container(*it));
    if let Some(owner) = around(entity).find_map(own) {
        return Some(owner);
    }
    let end = match entity.kind {
        Kind::Transfer | Kind::Conduit => entity.kind.attribute("to"),
        Kind::Grant => entity.kind.attribute("on"),
        Kind::Artifact => entity.kind.attribute("from"),
        _ => None,
    }?;
    let evidence = inventory.evidence(entity, end);
    let ends = evidence.iter().filter_map(|on| match on.value {
        Some(Atom::Entity(end)) => Some(end),
        _ => None,
    });
    ends.flat_map(around).find_map(own)
}

/// What passes of an unknown, whatever else is unknown.
fn passes(inventory: &Inventory, root: MissingFact, passing: &Passing) -> Option<Pass> {
    let def = &root.entity.kind.attributes()[root.attribute];
    let say = |given: &Given| given.atom().map(|atom| plain(inventory, def.ty, &atom));
    let say_all = |all: &[Given]| -> Vec<String> {
        let told = all.iter().filter(|it| is_nameable(it) && !is_another(it));
        told.filter_map(say).collect()
    };
    if def.many {
        // Its entity says that its lists go on, so that a list which is written settles nothing: that
        // it is complete as it is does, if that passes.
        let listed = Given::from(&Reading::Many(
            inventory.listed(root.entity, root.attribute),
        ));
        if inventory.is_one_of_incomplete(root) && passing.values.contains(&listed) {
            return Some(Pass::Complete);
        }
        return Some(match set_pass(passing) {
            SetPass::Has(elements) => Pass::Has(say_all(&elements)),
            SetPass::NoneOf(elements) => Pass::NoneOf(say_all(&elements)),
            SetPass::Complete => Pass::Complete,
            SetPass::Example(elements) => {
                Pass::Example(format!("[{}]", say_all(&elements).join(", ")))
            }
        });
    }
    match def.ty {
        Type::Bool | Type::Enum(_) => {
            let values = say_all(&passing.values);
            (!values.is_empty()).then_some(Pass::OneOf(values))
        }
        Type::Long | Type::Date => bound(passing, &say).or_else(|| {
            let mut values = passing.values.iter().filter(|it| !is_extreme(it));
            values.find_map(say).map(Pass::Example)
        }),
        _ => say_all(&passing.values)
            .into_iter()
            .next()
            .map(Pass::Example),
    }
}

/// The bound between the numbers or dates that pass and those that do not, if there is one. The rule
/// turns at the values that were tried.
fn bound(passing: &Passing, say: &dyn Fn(&Given) -> Option<String>) -> Option<Pass> {
    let number = |given: &Given| match given {
        Given::Long(at) | Given::Date(at) => Some(*at),
        _ => None,
    };
    let numbers = |all: &[Given]| -> Vec<i64> { all.iter().filter_map(number).collect() };
    let (passes, others) = (numbers(&passing.values), numbers(&passing.others));
    let written = |at: i64| {
        let mut all = passing.values.iter();
        all.find(|given| number(given) == Some(at)).and_then(say)
    };
    let (least, most) = (*passes.iter().min()?, *passes.iter().max()?);
    if others.iter().min().is_some_and(|other| most < *other) {
        return Some(Pass::AtMost(most, written(most)?));
    }
    if others.iter().max().is_some_and(|other| least > *other) {
        return Some(Pass::AtLeast(least, written(least)?));
    }
    None
}
