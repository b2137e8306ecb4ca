//! A view as Cedar sees it: the request, and of the entities just what the policy can read.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{
    Context, Entities, Entity, EntityId as CedarId, EntityTypeName, EntityUid, Expression, Request,
    RestrictedExpression,
};
use cedar_policy_core::ast::{ExprKind, Literal};
use hashbrown::HashMap;

use smallvec::SmallVec;

use super::footprint::{Footprint, Need};
use super::view::View;
use crate::inventory::{Inventory, Reading};
use crate::model::{Atom, ContextDef, EntityId, EnumDef, Kind, Type, enumerations};

/// The last index, and with those before it the indices, of entities that no document declares:
/// elements that an incomplete list may have.
pub(super) const UNLISTED: u32 = u32::MAX;

/// How many such entities there are.
pub(super) const UNLISTED_COUNT: usize = 24;

/// Whether no document declares `entity`.
pub(super) fn is_unlisted(entity: EntityId) -> bool {
    entity.index > UNLISTED - UNLISTED_COUNT as u32
}

/// What cannot be put to Cedar. It would be a fault of this program, and is reported as such.
#[derive(Debug, Clone)]
pub(super) struct Unencodable(pub(super) String);

impl<E: std::error::Error> From<E> for Unencodable {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The request and the entities of a view, in which everything that the policy reads is known.
pub(super) fn encode(
    view: &View<'_>,
    footprint: &Footprint,
    now: i64,
) -> Result<(Request, Entities), Unencodable> {
    let mut slice = Slice::default();
    let mut context = Vec::new();
    // Cedar parses a date each time that it is given one.
    if footprint.reads_now {
        context.push(("now".to_owned(), datetime(now)));
    }
    for need in &footprint.needs {
        slice.add(view, need);
    }
    let values = view.request.action.def().context.iter().enumerate();
    // An entity is followed without being needed itself.
    let needed = |at: usize, def: &ContextDef| {
        matches!(def.ty, Type::Entity(_)) || footprint.needs.contains(&Need::Context(at))
    };
    let values = values.filter(|(at, def)| needed(*at, def));
    context.extend(values.filter_map(|(at, def)| {
        let held = expression(view.inventory, def.ty, &view.context(at))?;
        Some((def.name.to_owned(), held))
    }));
    let request = Request::new(
        uid(view.inventory, view.request.principal),
        action_uid(view.request.action.def().name),
        uid(view.inventory, view.request.resource),
        Context::from_pairs(context)?,
        None,
    )?;
    Ok((request, slice.entities(view)?))
}

/// The entities that a policy can read, each with the attributes that it can read.
#[derive(Default)]
struct Slice<'a> {
    attributes: BTreeMap<EntityId, BTreeMap<usize, Reading<'a>>>,
    parents: BTreeMap<EntityId, SmallVec<[EntityId; 1]>>,
    labelled: BTreeSet<EntityId>,
}

impl<'a> Slice<'a> {
    fn add(&mut self, view: &View<'a>, need: &Need) {
        let (Need::Value(path, _)
        | Need::Identity(path)
        | Need::Ancestors(path)
        | Need::Label(path, _)) = need
        else {
            return;
        };
        let Ok(entity) = view.entity(path) else {
            return;
        };
        let attributes = self.attributes.entry(entity).or_default();
        match need {
            Need::Value(_, attribute) => {
                let reading = view.inventory.read(entity, *attribute, &view.assumed);
                attributes.insert(*attribute, reading);
            }
            Need::Label(..) => {
                self.labelled.insert(entity);
            }
            Need::Ancestors(_) => {
                let above = view.ancestors(entity).unwrap_or_default();
                for below in std::iter::once(entity).chain(above) {
                    self.attributes.entry(below).or_default();
                    let parents = view.parents(below).unwrap_or_default();
                    self.parents.insert(below, parents);
                }
            }
            Need::Identity(_) | Need::Context(_) => {}
        }
    }

    fn entities(self, view: &View<'_>) -> Result<Entities, Unencodable> {
        let inventory = view.inventory;
        let mut all = Vec::with_capacity(self.attributes.len());
        for (entity, attributes) in &self.attributes {
            let attributes = attributes.iter().filter_map(|(position, reading)| {
                let def = &entity.kind.attributes()[*position];
                Some((def.name.clone(), expression(inventory, def.ty, reading)?))
            });
            let parents = self.parents.get(entity).into_iter().flatten();
            let labels = self
                .labelled
                .contains(entity)
                .then(|| labels(inventory, *entity));
            all.push(Entity::new_with_tags(
                uid(inventory, *entity),
                attributes,
                parents.map(|parent| uid(inventory, *parent)),
                labels.unwrap_or_default(),
            )?);
        }
        Ok(Entities::from_entities(all, None)?)
    }
}

fn labels(inventory: &Inventory, entity: EntityId) -> Vec<(String, RestrictedExpression)> {
    let common = inventory.entity(entity).common();
    let labels = common.into_iter().flat_map(|common| &common.labels);
    labels
        .map(|(name, value)| {
            let value = RestrictedExpression::new_string(value.value.to_string());
            (name.value.to_string(), value)
        })
        .collect()
}

/// `None` for what is absent; what is unknown is given a value before it comes here.
fn expression(
    inventory: &Inventory,
    ty: Type,
    reading: &Reading<'_>,
) -> Option<RestrictedExpression> {
    match reading {
        Reading::One(atom) => Some(single(inventory, ty, atom)),
        Reading::Many(elements) => {
            let elements = elements.iter().map(|(atom, _)| single(inventory, ty, atom));
            Some(RestrictedExpression::new_set(elements))
        }
        // Only where the condition is settled without it; what Cedar may look at first must be there.
        Reading::Unknown if matches!(ty, Type::Bool) => Some(RestrictedExpression::new_bool(false)),
        Reading::Absent | Reading::Unknown | Reading::Broken => None,
    }
}

fn single(inventory: &Inventory, ty: Type, atom: &Atom<'_>) -> RestrictedExpression {
    match (atom, ty) {
        (Atom::Bool(value), _) => RestrictedExpression::new_bool(*value),
        (Atom::Long(value), _) => RestrictedExpression::new_long(*value),
        (Atom::Text(value), _) => RestrictedExpression::new_string((*value).to_owned()),
        (Atom::Date(at), _) => datetime(*at),
        (Atom::Entity(entity), _) => RestrictedExpression::new_entity_uid(uid(inventory, *entity)),
        (Atom::Variant(at), Type::Enum(def)) => {
            RestrictedExpression::new_entity_uid(variant_uid(def, *at))
        }
        (Atom::Variant(at), _) => RestrictedExpression::new_long(i64::from(*at)),
    }
}

/// A point in time, counted in milliseconds from 1970, as Cedar builds one.
fn datetime(milliseconds: i64) -> RestrictedExpression {
    let at = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    RestrictedExpression::new_datetime(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

/// The Cedar entity of `entity`.
pub(super) fn uid(inventory: &Inventory, entity: EntityId) -> EntityUid {
    let id = if is_unlisted(entity) {
        CedarId::new(format!("\u{0}unlisted {}", UNLISTED - entity.index))
    } else {
        CedarId::new(&*inventory.entity(entity).id().value)
    };
    EntityUid::from_type_name_and_id(type_name(entity.kind.def().name), id)
}

fn variant_uid(def: &EnumDef, at: u8) -> EntityUid {
    let name = def.variants.get(usize::from(at)).map_or("", |v| v.name);
    EntityUid::from_type_name_and_id(type_name(def.name), CedarId::new(name))
}

fn action_uid(name: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name("Action"), CedarId::new(name))
}

/// The type of this name, which is one of the vocabulary.
#[expect(
    clippy::expect_used,
    reason = "the names are constants of the vocabulary"
)]
fn type_name(name: &'static str) -> EntityTypeName {
    static KNOWN: LazyLock<HashMap<String, EntityTypeName>> = LazyLock::new(type_names);
    KNOWN.get(name).expect("a name of the vocabulary").clone()
}

/// The types of the vocabulary, parsed as one expression: to parse each name by itself would take
/// Cedar longer than to evaluate most policies.
fn type_names() -> HashMap<String, EntityTypeName> {
    let kinds = Kind::ALL.iter().map(|kind| kind.def().name);
    let names = kinds.chain(enumerations().into_keys()).chain(["Action"]);
    let entities: Vec<_> = names.map(|name| format!("{name}::\"\"")).collect();
    let Ok(all) = Expression::from_str(&format!("[{}]", entities.join(","))) else {
        return HashMap::new();
    };
    let named = all.as_ref().subexpressions().filter_map(|part| {
        let ExprKind::Lit(Literal::EntityUID(uid)) = part.expr_kind() else {
            return None;
        };
        let ty = uid.entity_type().clone();
        Some((ty.to_string(), EntityTypeName::from(ty)))
    });
    named.collect()
}
