//! Why a rule fired: the stated values behind the operands that decided, each with its place.

mod step;

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal, Var};

use super::condition::Deciding;
use super::read_set::{Environment, Path, Read, ReadSet};
use super::rule::Rule;
use super::view::View;
use crate::flow::Support;
use crate::inventory::{Evidence, Inventory, Reading};
use crate::model::{Atom, ContextAttribute, EntityId, EnumDef, Kind, Truth, Type};
use crate::source::Span;

/// A value that an operand read, as it is to be said.
#[derive(Debug, Clone)]
pub(super) struct Reason<'a> {
    pub(super) evidence: Evidence<'a>,
    /// Elements that a set would have to have.
    pub(super) lacks: Vec<Atom<'a>>,
    /// What stands for what is no attribute: a label, an identity, a setting of a step.
    pub(super) says: Option<Said>,
    /// Whether something is left open of what the text says.
    pub(super) open: bool,
}

/// A value that is no attribute of an entity.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// What has it, as in "step 1 of transfer `upload`".
    pub(super) of: String,
    /// The name of the value, such as `failClosed`.
    pub(super) attribute: String,
    /// As it is written; `None` if it is not.
    pub(super) value: Option<String>,
    /// All of it in a sentence.
    pub(super) text: String,
}

impl<'a> From<Evidence<'a>> for Reason<'a> {
    fn from(evidence: Evidence<'a>) -> Self {
        Self {
            evidence,
            lacks: Vec::new(),
            says: None,
            open: false,
        }
    }
}

/// Finds the reasons of one request.
pub(super) struct Reasons<'r, 'a> {
    pub(super) view: &'r View<'a>,
    pub(super) rule: &'a Rule,
    pub(super) read_set: &'r ReadSet,
}

impl<'a> Reasons<'_, 'a> {
    /// The values that the leaf read, the most telling first.
    pub(super) fn of(&self, deciding: Deciding) -> Vec<Reason<'a>> {
        let expr = &self.rule.condition().leaves[deciding.leaf].expr;
        match expr.expr_kind() {
            ExprKind::BinaryApp { op, arg1, arg2 } => match op {
                BinaryOp::Contains | BinaryOp::ContainsAny | BinaryOp::ContainsAll => {
                    if let Some(reasons) = self.elements(arg1, arg2, deciding.held) {
                        return reasons;
                    }
                }
                // What nests nothing, such as `custody in [a, b]`, is a comparison of values.
                BinaryOp::In if self.encloses(deciding.leaf) => {
                    return self.enclosure(deciding, arg2);
                }
                _ => {}
            },
            ExprKind::Is { .. } => return Vec::new(),
            _ => {}
        }
        self.values(deciding.leaf)
    }

    fn encloses(&self, leaf: usize) -> bool {
        let mut needs = self.read_set.by_leaf[leaf].iter();
        needs.any(|need| matches!(self.read_set.needs[*need], Read::Ancestors(_)))
    }

    /// The values behind every need of a leaf that is not merely a step on the way to another.
    pub(super) fn values(&self, leaf: usize) -> Vec<Reason<'a>> {
        let mut reasons = Vec::new();
        let needs = &self.read_set.by_leaf[leaf];
        for need in needs {
            let need = &self.read_set.needs[*need];
            if !self.is_step(need, needs) {
                self.need(need, &mut reasons);
            }
        }
        reasons
    }

    fn is_step(&self, need: &Read, among: &[usize]) -> bool {
        let Read::Value(path, attribute) = need else {
            return false;
        };
        among
            .iter()
            .any(|other| match &self.read_set.needs[*other] {
                Read::Value(longer, _) | Read::Label(longer, _) => {
                    longer.base == path.base
                        && longer.steps.len() > path.steps.len()
                        && longer.steps.starts_with(&path.steps)
                        && longer.steps[path.steps.len()] == *attribute
                }
                _ => false,
            })
    }

    fn need(&self, need: &Read, reasons: &mut Vec<Reason<'a>>) {
        let inventory = self.view.inventory;
        match need {
            Read::Value(path, attribute) => {
                let read = match self.view.entity(path) {
                    Ok(entity) => Some((entity, *attribute)),
                    Err(_) => self.missing_step(path),
                };
                if let Some((entity, attribute)) = read {
                    let evidence = inventory.evidence(entity, attribute).into_iter();
                    reasons.extend(evidence.map(Reason::from));
                }
            }
            Read::Identity(path) => {
                if let Ok(entity) = self.view.entity(path) {
                    reasons.push(identity(inventory, entity));
                }
            }
            Read::Label(path, name) => {
                if let Ok(entity) = self.view.entity(path) {
                    reasons.push(label(inventory, entity, name.as_deref()));
                }
            }
            Read::Context(value) => {
                let from = self.view.request.action.def().context[*value].from;
                match (from, self.view.context(*value)) {
                    // Nothing can be shown of what is not listed.
                    _ if self.view.request.open.is_some() => {}
                    (ContextAttribute::Subject, Reading::One(Atom::Entity(entity))) => {
                        reasons.push(identity(inventory, entity));
                    }
                    (ContextAttribute::InMemory, _) => {
                        let evidence = self.view.memory_evidence().into_iter();
                        reasons.extend(evidence.map(Reason::from));
                    }
                    _ => reasons.extend(self.of_context_attribute(from)),
                }
            }
            // What encloses an entity is shown where `in` asks for it.
            Read::Ancestors(_) => {}
        }
    }

    /// The values behind something that holds of the request as a whole.
    pub(super) fn of_context_attribute(&self, of: ContextAttribute) -> Vec<Reason<'a>> {
        let supports = self.view.supports(of).into_iter();
        supports.flat_map(|support| self.support(support)).collect()
    }

    /// What nobody states and would settle whether what is asked about is so at all.
    pub(super) fn missing(&self) -> Vec<Reason<'a>> {
        if let Some(open) = self.view.request.open {
            return vec![Reason::from(self.view.inventory.opening(open))];
        }
        let Some(way) = self.view.request.way else {
            return Vec::new();
        };
        let supports = self.view.flow.missing(self.view.inventory, way);
        let reasons = supports
            .into_iter()
            .flat_map(|support| self.support(support));
        reasons.collect()
    }

    /// The values that put what the request is about into an artifact.
    pub(super) fn of_content(&self) -> Vec<Reason<'a>> {
        let inventory = self.view.inventory;
        let way = self.view.request.way;
        let Some((thing, supports)) = way.and_then(|way| self.view.flow.puts_in(inventory, way))
        else {
            return Vec::new();
        };
        let reasons = supports
            .into_iter()
            .flat_map(|support| self.support(support));
        // Of a list, what else is in it tells nothing.
        let is_telling = |reason: &Reason<'_>| {
            let on = &reason.evidence;
            let is_list = on.entity.kind.attributes()[on.attribute].many;
            !is_list || on.value.is_none_or(|value| value == Atom::Entity(thing))
        };
        reasons.filter(is_telling).collect()
    }

    fn support(&self, support: Support) -> Vec<Reason<'a>> {
        let inventory = self.view.inventory;
        let Some(position) = support.step else {
            let evidence = inventory.evidence(support.entity, support.attribute);
            return evidence.into_iter().map(Reason::from).collect();
        };
        let transfer = &inventory.declarations().transfers[support.entity.index as usize];
        let step = transfer.steps.iter().nth(position as usize);
        let step = step.map(|step| (&step.value, step.span));
        step.map_or_else(Vec::new, |step| {
            step::reasons(inventory, support, position, step)
        })
    }

    /// The entity and the attribute at which a path ends before its time, as nothing is stated there.
    fn missing_step(&self, path: &Path) -> Option<(EntityId, usize)> {
        (0..path.steps.len()).find_map(|at| {
            let mut before = path.clone();
            before.steps.truncate(at);
            let entity = self.view.entity(&before).ok()?;
            let step = path.steps[at];
            let reading = self.view.inventory.read(entity, step, &self.view.assumed);
            (reading == Reading::Absent).then_some((entity, step))
        })
    }

    /// For `set.contains(x)`: where it holds, the elements that do it; where not, the set and what
    /// of `x` is not in it.
    fn elements(&self, set: &Expr, sought: &'a Expr, held: Truth) -> Option<Vec<Reason<'a>>> {
        let ExprKind::GetAttr { expr, attr } = set.expr_kind() else {
            return None;
        };
        if is_context(expr) {
            return self.of_context(attr, sought, held);
        }
        let entity = self.entity(expr)?;
        let position = entity.kind.attribute(attr)?;
        let sought = self.atoms(sought)?;
        let evidence = self.view.inventory.evidence(entity, position);
        if held == Truth::Unknown {
            return None;
        }
        if held == Truth::False {
            let mut whole = *evidence.first()?;
            whole.value = None;
            let there: Vec<_> = evidence.iter().filter_map(|on| on.value).collect();
            let missing = sought.into_iter().filter(|atom| !there.contains(atom));
            if let Reading::Many(_) = self
                .view
                .inventory
                .read(entity, position, &self.view.assumed)
                && let Some(span) = list_span(self.view.inventory, whole.entity, position)
            {
                whole.span = span;
            }
            return Some(vec![Reason {
                evidence: whole,
                lacks: missing.collect(),
                says: None,
                open: false,
            }]);
        }
        let telling = evidence.into_iter();
        let telling = telling.filter(|on| on.value.is_some_and(|value| sought.contains(&value)));
        Some(telling.map(Reason::from).collect())
    }

    /// The same of a set in the context: of the values of its sort behind it, those that do it.
    fn of_context(&self, name: &str, sought: &'a Expr, held: Truth) -> Option<Vec<Reason<'a>>> {
        let mut defs = self.view.request.action.def().context.iter();
        let def = defs.find(|def| def.name == name)?;
        let sought = self.atoms(sought)?;
        let mut reasons = self.of_context_attribute(def.from);
        let is_sought = |reason: &Reason<'_>| {
            let value = reason.evidence.value;
            value.is_some_and(|value| sought.contains(&value))
        };
        let is_of_sort = |reason: &Reason<'_>| {
            let Evidence {
                entity, attribute, ..
            } = reason.evidence;
            entity.kind.attributes()[attribute].ty == def.ty
        };
        if held != Truth::True || !reasons.iter().any(|r| is_of_sort(r) && is_sought(r)) {
            return None;
        }
        reasons.retain(|reason| !is_of_sort(reason) || is_sought(reason));
        Some(reasons)
    }

    /// The entity that an expression leads to, where that is plain.
    fn entity(&self, expr: &Expr) -> Option<EntityId> {
        match expr.expr_kind() {
            ExprKind::Var(Var::Principal) => Some(self.view.request.principal),
            ExprKind::Var(Var::Resource) => Some(self.view.request.resource),
            ExprKind::Lit(Literal::EntityUID(uid)) => {
                super::rule::declared(self.view.inventory, uid)
            }
            ExprKind::GetAttr { expr, attr } if is_context(expr) => {
                let defs = self.view.request.action.def().context;
                let value = defs.iter().position(|def| def.name == attr.as_str())?;
                match self.view.context(value) {
                    Reading::One(Atom::Entity(entity)) => Some(entity),
                    _ => None,
                }
            }
            ExprKind::GetAttr { expr, attr } => {
                let entity = self.entity(expr)?;
                let position = entity.kind.attribute(attr)?;
                match self
                    .view
                    .inventory
                    .read(entity, position, &self.view.assumed)
                {
                    Reading::One(Atom::Entity(next)) => Some(next),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The values that an expression stands for, where that is plain.
    fn atoms(&self, expr: &'a Expr) -> Option<Vec<Atom<'a>>> {
        match expr.expr_kind() {
            ExprKind::Set(elements) => {
                let atoms = elements.iter().map(|element| self.atoms(element));
                Some(atoms.collect::<Option<Vec<_>>>()?.concat())
            }
            ExprKind::Lit(Literal::EntityUID(uid)) => {
                let name = uid.entity_type().to_string();
                variant(&name, uid.eid().as_ref())
                    .map(Atom::Variant)
                    .or_else(|| self.entity(expr).map(Atom::Entity))
                    .map(|atom| vec![atom])
            }
            ExprKind::Lit(Literal::Long(number)) => Some(vec![Atom::Long(*number)]),
            ExprKind::Lit(Literal::String(text)) => Some(vec![Atom::Text(text)]),
            _ => self.entity(expr).map(|entity| vec![Atom::Entity(entity)]),
        }
    }

    /// For `x in Zone::"a"`: the values of `zone`, `store` and `parent` that nest it, or, where it
    /// does not hold, those that nest it elsewhere.
    fn enclosure(&self, deciding: Deciding, outer: &'a Expr) -> Vec<Reason<'a>> {
        let inventory = self.view.inventory;
        let mut reasons = Vec::new();
        let targets = self.atoms(outer).unwrap_or_default();
        for need in &self.read_set.by_leaf[deciding.leaf] {
            let Read::Ancestors(path) = &self.read_set.needs[*need] else {
                continue;
            };
            let Ok(mut entity) = self.view.entity(path) else {
                continue;
            };
            if let Some((last, before)) = path.steps.split_last() {
                let mut way = path.clone();
                way.steps = before.into();
                if let Ok(from) = self.view.entity(&way) {
                    let evidence = inventory.evidence(from, *last).into_iter();
                    reasons.extend(evidence.map(Reason::from));
                }
            } else if targets.contains(&Atom::Entity(entity)) {
                reasons.push(identity(inventory, entity));
            }
            while !(deciding.held == Truth::True && targets.contains(&Atom::Entity(entity))) {
                let Some((parent, field)) = self.towards(entity, &targets) else {
                    break;
                };
                if let Some(position) = entity.kind.attribute(field) {
                    let evidence = inventory.evidence(entity, position).into_iter();
                    let telling = evidence.filter(|on| on.value == Some(Atom::Entity(parent)));
                    reasons.extend(telling.map(Reason::from));
                }
                entity = parent;
            }
            if reasons.is_empty() {
                reasons.push(identity(inventory, entity));
            }
        }
        reasons
    }

    /// The parent of `entity` on the way to one of `targets`, or any, and the attribute that says so.
    fn towards(&self, entity: EntityId, targets: &[Atom<'_>]) -> Option<(EntityId, &'static str)> {
        let inventory = self.view.inventory;
        let parents = inventory.parents(entity);
        let leads = |parent: &&EntityId| {
            let around = inventory.ancestors(**parent);
            let mut around = std::iter::once(**parent).chain(around);
            around.any(|entity| targets.contains(&Atom::Entity(entity)))
        };
        let parent = parents.iter().find(leads).or(parents.first())?;
        Some((*parent, &entity.kind.def().parent?.def().name))
    }

    /// The value that the author of the rule wants findings to point at: of several, the first that
    /// is among those that decided or states the fact.
    pub(super) fn named_primary(&self, decided: &[Vec<Reason<'a>>]) -> Option<Reason<'a>> {
        let paths = self.rule.primary.iter();
        let named: Vec<_> = paths.filter_map(|path| self.at(path)).collect();
        let decided = decided.iter().flatten().map(|reason| reason.evidence.span);
        let shown: Vec<_> = decided.chain([self.view.request.stated]).collect();
        let mut first = named.iter();
        let first = first.find(|reason| shown.contains(&reason.evidence.span));
        first.or(named.first()).cloned()
    }

    /// The value at `principal.a.b` or `resource.a.b`; of a set, what joins the two.
    fn at(&self, path: &str) -> Option<Reason<'a>> {
        let request = self.view.request;
        let mut steps = path.split('.');
        let (mut entity, other) = match steps.next()? {
            "principal" => (request.principal, request.resource),
            "resource" => (request.resource, request.principal),
            _ => return None,
        };
        let inventory = self.view.inventory;
        let mut position = entity.kind.attribute(steps.next()?)?;
        for step in steps {
            let Reading::One(Atom::Entity(next)) =
                inventory.read(entity, position, &self.view.assumed)
            else {
                return None;
            };
            entity = next;
            position = entity.kind.attribute(step)?;
        }
        let evidence = inventory.evidence(entity, position);
        let names_other = evidence
            .iter()
            .find(|on| on.value == Some(Atom::Entity(other)));
        names_other.or(evidence.first()).map(|on| Reason::from(*on))
    }
}

fn is_context(expr: &Expr) -> bool {
    matches!(expr.expr_kind(), ExprKind::Var(Var::Context))
}

/// Whether `principal.a.b` or `resource.a.b` leads to an attribute.
pub(super) fn leads_somewhere(path: &str, environment: Environment) -> bool {
    let mut steps = path.split('.');
    let mut kinds = match steps.next() {
        Some("principal") => vec![environment.principal],
        Some("resource") => vec![environment.resource],
        _ => return false,
    };
    let mut read = false;
    for step in steps {
        let attributes = kinds.iter().filter_map(|kind| {
            let position = kind.attribute(step)?;
            Some(kind.attributes()[position].ty)
        });
        let types: Vec<_> = attributes.collect();
        read = !types.is_empty();
        let next = types.iter().filter_map(|ty| match ty {
            Type::Entity(kinds) => Some(*kinds),
            _ => None,
        });
        kinds = next.flatten().copied().collect();
    }
    read
}

fn identity<'a>(inventory: &Inventory, entity: EntityId) -> Reason<'a> {
    Reason {
        evidence: Evidence {
            entity,
            attribute: 0,
            value: None,
            span: inventory.entity(entity).id().span,
            stated: true,
        },
        lacks: Vec::new(),
        says: Some(Said {
            of: inventory.describe(entity),
            attribute: "id".to_owned(),
            value: Some(inventory.entity(entity).id().value.to_string()),
            text: format!("this is {}", inventory.describe(entity)),
        }),
        open: false,
    }
}

fn label<'a>(inventory: &Inventory, entity: EntityId, name: Option<&str>) -> Reason<'a> {
    let common = inventory.entity(entity).common();
    let labels = common
        .map(|common| common.labels.as_slice())
        .unwrap_or_default();
    let label = name.and_then(|name| labels.iter().find(|(key, _)| &*key.value == name));
    let mut reason = identity(inventory, entity);
    let of = inventory.describe(entity);
    let text = match (label, name) {
        (Some((key, value)), _) => {
            reason.evidence.span = value.span;
            format!("label `{}` is `{}`", key.value, value.value)
        }
        (None, Some(name)) => format!("{of} has no label `{name}`"),
        (None, None) => format!("the labels of {of}"),
    };
    reason.says = Some(Said {
        of,
        attribute: match name {
            Some(name) => format!("labels.{name}"),
            None => "labels".to_owned(),
        },
        value: label.map(|(_, value)| value.value.to_string()),
        text,
    });
    reason
}

/// Where the list of a set stands.
fn list_span(inventory: &Inventory, entity: EntityId, attribute: usize) -> Option<Span> {
    let crate::model::Origin::Field(field) = entity.kind.attributes()[attribute].origin else {
        return None;
    };
    match inventory.entity(entity).fact(field) {
        crate::model::Fact::Many(_, span) => Some(span),
        _ => None,
    }
}

fn variant(enumeration: &str, name: &str) -> Option<u8> {
    let attributes = Kind::ALL.iter().flat_map(|kind| kind.attributes());
    let mut defs = attributes.filter_map(|attribute| match attribute.ty {
        Type::Enum(def) if def.name == enumeration => Some(def),
        _ => None,
    });
    let def: &EnumDef = defs.next()?;
    let at = def
        .variants
        .iter()
        .position(|variant| variant.name == name)?;
    u8::try_from(at).ok()
}
