//! Verdicts as findings: in words, with every place that decided.

use std::sync::Arc;

use super::candidates::{FIRST_DATE, LAST_DATE, is_other_text};
use super::condition::Deciding;
use super::decide::{Decision, Given, Outcome, Passing, Undetermined};
use super::read_set::{Read, ReadSet};
use super::reasons::{Reason, Reasons};
use super::requests::Request;
use super::rule::Rule;
use super::unlisted::is_unlisted;
use super::view::{Unknown, View};
use crate::finding::{Because, Edits, Finding, Identity, Instances, Verdict};
use crate::flow::{Blame, Way};
use crate::inventory::{Assumptions, Evidence, Inventory, MissingFact, Reading};
use crate::model::{
    Action, Atom, ContextAttribute, Date, Days, End, EntityId, Fact, Missing, Omission, Origin,
    Truth, Type, UNKNOWN,
};
use crate::source::Label;

/// What is said where not all was tried.
const TOO_MUCH: &str = "too much is unknown here to try every value; state some of it, or raise \
                        `limits: { completions: … }`";

/// The finding of a decision; `None` where there is none.
pub(super) fn finding<'a>(
    rule: &'a Rule,
    read_set: &ReadSet,
    view: &View<'a>,
    roots: &[Unknown],
    decision: &Decision,
    cause: Option<EntityId>,
) -> Option<Finding> {
    let reasons = Reasons {
        view,
        rule,
        read_set,
    };
    match decision {
        Decision::Violation(deciding) if view.context.certain => {
            Some(violation(&reasons, deciding))
        }
        Decision::Violation(deciding) => Some(possible(&reasons, deciding, cause)),
        Decision::Undetermined(undetermined) => Some(open(&reasons, roots, undetermined, cause)),
        Decision::Pass | Decision::Unexplained(_) | Decision::Error(_) => None,
    }
}

/// What makes a request what it is denied for: what is to be changed, or to be stated.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cause {
    /// A conduit of its way, for this, which is the entity.
    Blamed(Blame, EntityId),
    /// An entity, if one could be told.
    Entity(Option<EntityId>),
}

impl Cause {
    /// The entity.
    pub(super) fn of(self, request: &Request) -> EntityId {
        let found = match self {
            Self::Blamed(_, entity) => Some(entity),
            Self::Entity(entity) => entity,
        };
        found.or(request.subject).unwrap_or(request.principal)
    }
}

/// What makes a request what it is denied for.
pub(super) fn cause<'a>(
    rule: &'a Rule,
    read_set: &ReadSet,
    view: &View<'a>,
    roots: &[Unknown],
    decision: &Decision,
) -> Cause {
    let reasons = Reasons {
        view,
        rule,
        read_set,
    };
    let blamed = |blame: Blame| {
        let way = view.request.way?;
        let entity = view.flow.blame(view.inventory, way, blame)?;
        Some(Cause::Blamed(blame, entity))
    };
    let is_reached = matches!(view.request.way, Some(Way::Reached(..)));
    let open = |blame: Blame| is_reached.then(|| blamed(blame)).flatten();
    let first = |reasons: Vec<Reason<'_>>| {
        let mut all = reasons.iter();
        let open = all.find(|reason| is_open(view.inventory, reason));
        open.or(reasons.first())
            .map(|reason| reason.evidence.entity)
    };
    match decision {
        Decision::Violation(deciding) if view.context.certain => {
            let of = ContextAttribute::Inspection;
            let mut leaves = deciding.iter();
            let blame = match leaves.any(|on| reads(view, read_set, on.leaf, of)) {
                true => Blame::Known(of),
                false => Blame::Presence,
            };
            let by_way = rule.primary.is_empty().then(|| blamed(blame)).flatten();
            by_way.unwrap_or_else(|| {
                let primary = primary_of(&reasons, &decided(&reasons, deciding));
                Cause::Entity(primary.map(|reason| reason.evidence.entity))
            })
        }
        Decision::Undetermined(found) if !found.roots.is_empty() => {
            let mut unknown = found.roots.iter().filter_map(|root| roots.get(*root));
            let told = unknown.find_map(|root| match root {
                Unknown::Attribute(root) => Some(Cause::Entity(Some(root.entity))),
                Unknown::ContextAttribute(of) => open(Blame::Unknown(*of)).or_else(|| {
                    let entity = first(reasons.of_context_attribute(*of))?;
                    Some(Cause::Entity(Some(entity)))
                }),
            });
            told.unwrap_or(Cause::Entity(None))
        }
        _ => open(Blame::Doubt).unwrap_or_else(|| Cause::Entity(first(reasons.missing()))),
    }
}

/// Whether an operand reads something of the context.
fn reads(view: &View<'_>, read_set: &ReadSet, leaf: usize, of: ContextAttribute) -> bool {
    let context = view.request.action.def().context;
    let mut needs = read_set.by_leaf[leaf].iter();
    needs.any(|need| match &read_set.needs[*need] {
        Read::Context(value) => context[*value].from == of,
        _ => false,
    })
}

/// How bad what a decision finds is, about what is `certain` or may be; `None` where it finds nothing.
pub(super) fn verdict(certain: bool, decision: &Decision) -> Option<Verdict> {
    let denied = match decision {
        Decision::Violation(_) | Decision::Unexplained(Outcome::AllDenied) => true,
        Decision::Undetermined(_) | Decision::Unexplained(_) => false,
        Decision::Pass | Decision::Error(_) => return None,
    };
    Some(match denied && certain {
        true => Verdict::Violation,
        false => Verdict::Undetermined,
    })
}

/// An entity as identities call it: `Kind::id`.
pub(super) fn named(inventory: &Inventory, entity: EntityId) -> String {
    format!("{}::{}", entity.kind, inventory.entity(entity).id().value)
}

/// What a finding of `rule` about `request` is about.
pub(super) fn identity(rule: &Rule, inventory: &Inventory, request: &Request) -> Identity {
    let named = |entity: EntityId| named(inventory, entity);
    // What is not listed is one thing, whoever has it and whatever it is.
    if let Some(open) = request.open {
        return Identity {
            rule: rule.info.id.clone(),
            principal: named(open.entity),
            resource: Some(UNKNOWN.to_owned()),
            via: None,
        };
    }
    let is_declared = request.action == Action::Declare;
    Identity {
        rule: rule.info.id.clone(),
        principal: named(request.principal),
        resource: (!is_declared).then(|| named(request.resource)),
        via: request.subject.map(named),
    }
}

/// What is behind each operand that decided.
fn decided<'a>(reasons: &Reasons<'_, 'a>, deciding: &[Deciding]) -> Vec<Vec<Reason<'a>>> {
    let mut all: Vec<Vec<Reason<'a>>> = deciding.iter().map(|d| reasons.of(*d)).collect();
    all.retain(|of| !of.is_empty());
    all
}

/// Of these, what is most worth changing.
fn primary_of<'a>(reasons: &Reasons<'_, 'a>, all: &[Vec<Reason<'a>>]) -> Option<Reason<'a>> {
    reasons.named_primary(all).or_else(|| {
        let last = all.last()?;
        let stated = last.iter().find(|reason| reason.evidence.stated);
        stated.or(last.first()).cloned()
    })
}

fn violation(reasons: &Reasons<'_, '_>, deciding: &[Deciding]) -> Finding {
    let all = decided(reasons, deciding);
    let primary = primary_of(reasons, &all);
    let all = all.concat();
    assemble(reasons, Verdict::Violation, primary, &all, deciding, None)
}

/// What is forbidden whatever else is unknown, if it comes about at all, which nobody knows.
fn possible(reasons: &Reasons<'_, '_>, deciding: &[Deciding], cause: Option<EntityId>) -> Finding {
    let mut all = reasons.missing();
    all.sort_by_key(|reason| cause.is_some_and(|cause| cause != reason.evidence.entity));
    let primary = all.first().cloned();
    all.extend(deciding.iter().flat_map(|deciding| reasons.of(*deciding)));
    assemble(
        reasons,
        Verdict::Undetermined,
        primary,
        &all,
        deciding,
        None,
    )
}

fn open(
    reasons: &Reasons<'_, '_>,
    roots: &[Unknown],
    found: &Undetermined,
    cause: Option<EntityId>,
) -> Finding {
    let inventory = reasons.view.inventory;
    let unknown = found.roots.iter().filter_map(|root| roots.get(*root));
    let mut all: Vec<Reason<'_>> = unknown
        .flat_map(|root| match root {
            Unknown::Attribute(root) => {
                let evidence = inventory.evidence(root.entity, root.attribute).into_iter();
                evidence.map(Reason::from).collect()
            }
            Unknown::ContextAttribute(of) => reasons.of_context_attribute(*of),
        })
        .collect();
    if !reasons.view.context.certain {
        all.extend(reasons.missing());
    }
    // What is stated is no reason for not knowing.
    all.sort_by_key(|reason| {
        let other = cause.is_some_and(|cause| cause != reason.evidence.entity);
        (!is_open(inventory, reason), other)
    });
    let primary = all.first().cloned();
    all.extend(
        found
            .known
            .iter()
            .flat_map(|deciding| reasons.of(*deciding)),
    );
    // Of a fact that is only possible, the stated values that make it so.
    let possible = found.open.iter().flat_map(|leaf| reasons.values(*leaf));
    all.extend(possible.filter(|reason| reason.evidence.stated));
    let conditions = found
        .passes
        .iter()
        .filter_map(|passing| match roots.get(passing.root)? {
            Unknown::Attribute(root) => Some(condition(inventory, *root, passing)),
            Unknown::ContextAttribute(_) => None,
        });
    let passes = conditions.collect::<Vec<_>>().join(" and ");
    let passes = (!passes.is_empty()).then_some(passes);
    let open = found.open.iter().map(|leaf| Deciding {
        leaf: *leaf,
        held: Truth::Unknown,
    });
    let mut clauses: Vec<_> = found.known.iter().copied().chain(open).collect();
    clauses.sort_unstable();
    let mut finding = assemble(
        reasons,
        Verdict::Undetermined,
        primary,
        &all,
        &clauses,
        passes,
    );
    // Of a list that is known in part, what it lists is no unknown: the list is.
    for root in found.roots.iter().filter_map(|root| roots.get(*root)) {
        if let Unknown::Attribute(root) = root
            && inventory.is_unsaid(root.entity, root.attribute)
        {
            let entity = inventory.describe(root.entity);
            let attribute = &root.entity.kind.attributes()[root.attribute].name;
            let of_root = |it: &&mut Because| it.entity == entity && it.attribute == *attribute;
            finding
                .because
                .iter_mut()
                .filter(of_root)
                .for_each(|because| because.unsaid = true);
        }
    }
    if found.is_cut {
        finding.related.push(Label {
            span: reasons.view.request.stated,
            text: TOO_MUCH.to_owned(),
        });
    }
    finding
}

/// Whether nobody states it.
pub(super) fn is_open(inventory: &Inventory, reason: &Reason<'_>) -> bool {
    let on = &reason.evidence;
    if reason.says.is_some() {
        return reason.open;
    }
    let nothing = Assumptions::none();
    on.value.is_none() && inventory.read(on.entity, on.attribute, &nothing) == Reading::Unknown
}

fn assemble(
    reasons: &Reasons<'_, '_>,
    verdict: Verdict,
    primary: Option<Reason<'_>>,
    all: &[Reason<'_>],
    clauses: &[Deciding],
    passes_if: Option<String>,
) -> Finding {
    let (inventory, request) = (reasons.view.inventory, reasons.view.request);
    let words = Words {
        inventory,
        of: request.principal,
    };
    let primary = primary.map_or_else(
        || Label {
            span: request.stated,
            text: "evaluated because of this".to_owned(),
        },
        |reason| words.label(&reason),
    );
    let mut related: Vec<Label> = Vec::new();
    let mut because = Vec::new();
    for reason in all.iter().chain(&reasons.of_content()) {
        let label = words.label(reason);
        if label.span != primary.span && !related.iter().any(|known| known.span == label.span) {
            related.push(label);
        }
        let value = words.because(reason);
        if !because.contains(&value) {
            because.push(value);
        }
    }
    // What it turns on may be the rest of a list that is known as far as it goes.
    if verdict == Verdict::Undetermined && because.iter().all(|because| because.known) {
        let open = all.iter().filter(|reason| {
            let on = &reason.evidence;
            reason.says.is_none() && inventory.is_unsaid(on.entity, on.attribute)
        });
        let open: Vec<_> = open.map(|reason| words.because(reason)).collect();
        for because in because.iter_mut().filter(|it| open.contains(it)) {
            because.unsaid = true;
        }
    }
    let (principal, resource) = (request.principal, request.resource);
    let relation = request.action.def().relation;
    let subject = if request.action == Action::Declare {
        inventory.describe(principal)
    } else {
        let resource = match is_unlisted(resource) {
            true if request.action == Action::Access => {
                "something by a group that is not listed".to_owned()
            }
            true => format!("{} that is not listed", resource.kind.def().with_article()),
            false => inventory.describe(resource),
        };
        let carried = match request.way {
            Some(Way::Inside(inside)) => {
                format!(" in {}", inventory.describe(inside.carrier()))
            }
            _ => String::new(),
        };
        let principal = inventory.describe(principal);
        let subject = format!("{principal}{carried} {relation} {resource}");
        if request.stated != primary.span
            && !related.iter().any(|label| label.span == request.stated)
        {
            related.push(Label {
                span: request.stated,
                text: subject.clone(),
            });
        }
        subject
    };
    let info = &reasons.rule.info;
    Finding {
        message: format!("{subject}: {}", info.title),
        rule: Arc::clone(info),
        verdict,
        primary,
        related,
        clauses: clauses_of(reasons.rule, reasons.read_set, clauses),
        because,
        path: Vec::new(),
        way_out: None,
        cut: None,
        passes_if: passes_if.or_else(|| completed(inventory, request.open?)),
        edits: Edits::default(),
        fails: true,
        identity: identity(reasons.rule, inventory, &request),
        instances: Instances::default(),
        change: None,
        effect: None,
    }
}

/// The operands that decided; not those that read nothing of the request, such as which action it is.
fn clauses_of(rule: &Rule, read_set: &ReadSet, deciding: &[Deciding]) -> Vec<Label> {
    let settled = deciding.iter().all(|d| d.held != Truth::Unknown);
    let mut clauses: Vec<Label> = Vec::new();
    for deciding in deciding {
        if read_set.by_leaf[deciding.leaf].is_empty() {
            continue;
        }
        let leaf = &rule.condition().leaves[deciding.leaf];
        let Some(span) = rule.span_of(deciding.leaf) else {
            continue;
        };
        let text = leaf.says(deciding.held, settled);
        if !clauses.iter().any(|known| known.span == span) {
            clauses.push(Label {
                span,
                text: text.to_owned(),
            });
        }
    }
    clauses
}

/// Says things of values.
struct Words<'i> {
    inventory: &'i Inventory,
    /// The entity that the finding is about; of it the attribute is enough.
    of: EntityId,
}

impl Words<'_> {
    fn label(&self, reason: &Reason<'_>) -> Label {
        Label {
            span: reason.evidence.span,
            text: self.text(reason),
        }
    }

    fn text(&self, reason: &Reason<'_>) -> String {
        if let Some(said) = &reason.says {
            return said.text.clone();
        }
        let on = &reason.evidence;
        let def = &on.entity.kind.attributes()[on.attribute];
        let mut attribute = format!("`{}`", def.name);
        if on.entity != self.of {
            attribute = format!("{attribute} of {}", self.inventory.describe(on.entity));
        }
        if !reason.lacks.is_empty() && on.stated {
            let lacks: Vec<_> = reason
                .lacks
                .iter()
                .map(|atom| self.value(def.ty, atom))
                .collect();
            return format!("{attribute} does not have {}", or(&lacks));
        }
        match &on.value {
            Some(atom) if def.many => format!("{attribute} has {}", self.value(def.ty, atom)),
            Some(atom) => format!("{attribute} is {}", self.value(def.ty, atom)),
            None => {
                let reading = self
                    .inventory
                    .read(on.entity, on.attribute, &Assumptions::none());
                match (reading, on.stated) {
                    (Reading::Unknown, true) if def.many && !is_word(self.inventory, on) => {
                        format!("{attribute} may hold more than is listed")
                    }
                    (Reading::Unknown, true) => {
                        let missing = self.inventory.missing(on.entity, on.attribute);
                        let Some(Missing::Choice(values)) = missing else {
                            return format!("{attribute} is unknown");
                        };
                        let values = values.iter().map(|(atom, _)| self.value(def.ty, atom));
                        format!("{attribute} is {}", or(&values.collect::<Vec<_>>()))
                    }
                    (Reading::Unknown, false) => format!("{attribute} is not stated"),
                    (Reading::Many(elements), _) if elements.is_empty() => {
                        format!("{attribute} is empty")
                    }
                    (Reading::Many(elements), _) => {
                        let all = elements.iter().map(|(atom, _)| self.value(def.ty, atom));
                        format!("{attribute} has {}", all.collect::<Vec<_>>().join(", "))
                    }
                    _ => format!(
                        "{} has no `{}`",
                        self.inventory.describe(on.entity),
                        def.name
                    ),
                }
            }
        }
    }

    fn because(&self, reason: &Reason<'_>) -> Because {
        let on = &reason.evidence;
        let known = !is_open(self.inventory, reason);
        let unsaid = !known && self.inventory.is_unsaid(on.entity, on.attribute);
        if let Some(said) = &reason.says {
            return Because {
                entity: said.of.clone(),
                attribute: said.attribute.clone(),
                value: said.value.clone(),
                known,
                unsaid,
                span: on.span,
            };
        }
        let def = &on.entity.kind.attributes()[on.attribute];
        Because {
            entity: self.inventory.describe(on.entity),
            attribute: def.name.clone(),
            value: on.value.map(|atom| plain(self.inventory, def.ty, &atom)),
            known,
            unsaid,
            span: on.span,
        }
    }

    fn value(&self, ty: Type, atom: &Atom<'_>) -> String {
        format!("`{}`", plain(self.inventory, ty, atom))
    }
}

/// Whether the word `unknown` stands in the place of a value.
fn is_word(inventory: &Inventory, on: &Evidence<'_>) -> bool {
    match on.entity.kind.attributes()[on.attribute].origin {
        Origin::Field(field) => {
            inventory.entity(on.entity).fact(field) == Fact::Unstated(Some(on.span))
        }
        _ => true,
    }
}

/// A value as it is written in documents.
pub(super) fn plain(inventory: &Inventory, ty: Type, atom: &Atom<'_>) -> String {
    match (atom, ty) {
        (Atom::Bool(value), _) => value.to_string(),
        (Atom::Long(Days::FOREVER), _) => "forever".to_owned(),
        (Atom::Long(value), _) => value.to_string(),
        (Atom::Text(value), _) => (*value).to_owned(),
        (Atom::Date(End::NEVER), _) => "never".to_owned(),
        (Atom::Date(at), _) => Date { milliseconds: *at }.to_string(),
        (Atom::Variant(at), Type::Enum(def)) => {
            let variant = def.variants.get(usize::from(*at));
            variant.map_or_else(String::new, |variant| variant.name.to_owned())
        }
        (Atom::Variant(at), _) => at.to_string(),
        (Atom::Entity(entity), _) => inventory.entity(*entity).id().value.to_string(),
    }
}

/// `a`, `a or b`, `a, b or c`.
fn or(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
}

/// That a list holds nothing besides what it names, in words.
fn completed(inventory: &Inventory, list: MissingFact) -> Option<String> {
    let def = &list.entity.kind.attributes()[list.attribute];
    let what = format!("`{}` of {}", def.name, inventory.describe(list.entity));
    def.many.then(|| complete(&what))
}

fn complete(what: &str) -> String {
    format!("{what} is complete as listed")
}

/// What an unknown must be, in words: "`custody` of key store `s` is `hsm`".
fn condition(inventory: &Inventory, root: MissingFact, passing: &Passing) -> String {
    let def = &root.entity.kind.attributes()[root.attribute];
    let what = format!("`{}` of {}", def.name, inventory.describe(root.entity));
    let value = |given: &Given| match given {
        // That there is no limit is written with a word of its own.
        Given::Absent => match omission(root) {
            Omission::Unless(word) => format!("`{word}`"),
            _ => "absent".to_owned(),
        },
        Given::Text(text) if is_other_text(text) => "something else".to_owned(),
        Given::Entity(entity) if is_unlisted(*entity) => {
            format!("another {}", entity.kind.def().label)
        }
        given => format!(
            "`{}`",
            given
                .atom()
                .map_or_else(String::new, |atom| plain(inventory, def.ty, &atom))
        ),
    };
    if def.many {
        return set_condition(&what, passing, &value);
    }
    let values: Vec<_> = passing.values.iter().map(value).collect();
    let others: Vec<_> = passing.others.iter().map(value).collect();
    let finite = matches!(def.ty, Type::Bool | Type::Enum(_));
    if !finite {
        let telling = |given: &&Given| **given != Given::Absent && !is_extreme(given);
        let example = passing.values.iter().find(telling);
        return match (example.or(passing.values.first()), passing.values.len()) {
            (Some(only), 1) => format!("{what} is {}", value(only)),
            (Some(example), _) => format!("{what} is, for example, {}", value(example)),
            (None, _) => format!("{what} is known"),
        };
    }
    if !others.is_empty() && others.len() < values.len() {
        format!("{what} is not {}", or(&others))
    } else {
        format!("{what} is {}", or(&values))
    }
}

/// What it means that an attribute is left out.
fn omission(root: MissingFact) -> Omission {
    match root.entity.kind.attributes()[root.attribute].origin {
        Origin::Field(field) => root.entity.kind.def().field(field).omission,
        _ => Omission::Absent,
    }
}

/// Whether it is a value that no author would take as an example.
pub(super) fn is_extreme(given: &Given) -> bool {
    match given {
        Given::Date(at) => !(FIRST_DATE + 1..LAST_DATE).contains(at),
        Given::Text(text) => is_other_text(text),
        _ => false,
    }
}

/// Whether it is an entity that stands for any that is not listed.
pub(super) fn is_another(given: &Given) -> bool {
    matches!(given, Given::Entity(entity) if is_unlisted(*entity))
}

/// Whether it can be said in words: a text that stands for any other cannot.
pub(super) fn is_nameable(given: &Given) -> bool {
    !matches!(given, Given::Text(text) if is_other_text(text))
}

fn set_condition(what: &str, passing: &Passing, value: &dyn Fn(&Given) -> String) -> String {
    let list = |elements: &[Given]| -> Vec<String> { elements.iter().map(value).collect() };
    match set_pass(passing) {
        SetPass::Has(elements) => format!("{what} has {}", list(&elements).join(" and ")),
        SetPass::NoneOf(elements) => format!("{what} has no {}", or(&list(&elements))),
        SetPass::Complete => complete(what),
        SetPass::Example(elements) if elements.is_empty() => format!("{what} is empty"),
        SetPass::Example(elements) => {
            format!("{what} is, for example, [{}]", list(&elements).join(", "))
        }
    }
}

/// What passes of a list.
pub(super) enum SetPass {
    /// Whatever has these elements.
    Has(Vec<Given>),
    /// Whatever has none of these.
    NoneOf(Vec<Given>),
    /// What holds nothing besides what is listed.
    Complete,
    /// This, for example.
    Example(Vec<Given>),
}

/// What the lists that pass have in common, and those that do not have.
pub(super) fn set_pass(passing: &Passing) -> SetPass {
    let sets = |all: &[Given]| -> Vec<Vec<Given>> {
        let sets = all.iter().filter_map(|given| match given {
            Given::Set(elements) => Some(elements.clone()),
            _ => None,
        });
        sets.collect()
    };
    let (values, others) = (sets(&passing.values), sets(&passing.others));
    let first = values.first().cloned().unwrap_or_default();
    let in_all = first
        .into_iter()
        .filter(|e| is_nameable(e) && values.iter().all(|set| set.contains(e)));
    let in_all: Vec<_> = in_all.collect();
    let has_all = |set: &Vec<Given>| in_all.iter().all(|e| set.contains(e));
    if !in_all.is_empty() && !others.iter().any(has_all) {
        return SetPass::Has(in_all);
    }
    let mut in_none: Vec<Given> = Vec::new();
    for element in others.iter().flatten() {
        let new = is_nameable(element) && !in_none.contains(element);
        if new && !values.iter().any(|set| set.contains(element)) {
            in_none.push(element.clone());
        }
    }
    let has_none = |set: &Vec<Given>| !in_none.iter().any(|e| set.contains(e));
    if !in_none.is_empty() && !others.iter().any(has_none) {
        return match in_none.iter().all(is_another) {
            true => SetPass::Complete,
            false => SetPass::NoneOf(in_none),
        };
    }
    let is_example = |given: &Given| is_nameable(given) && !is_another(given);
    let plain = values.iter().find(|set| set.iter().all(is_example));
    SetPass::Example(plain.or(values.first()).cloned().unwrap_or_default())
}
