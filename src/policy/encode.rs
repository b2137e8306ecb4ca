//! A view as Cedar sees it: the request, and of the entities just what the policy can read.
//!
//! Values are built as Cedar's evaluator holds them. Its public constructors take expressions and
//! evaluate each of them, which takes longer than to evaluate most policies.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use cedar_policy_core::FromNormalizedStr;
use cedar_policy_core::ast::{
    Context, Eid, Entity, EntityUID, EntityUIDEntry, Name, PartialValue, Request, RestrictedExpr,
    Value,
};
use cedar_policy_core::entities::{Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::evaluator::RestrictedEvaluator;
use cedar_policy_core::extensions::Extensions;
use hashbrown::HashMap;
use smallvec::SmallVec;

use super::names::type_name;
use super::read_set::{Read, ReadSet};
use super::unlisted::{UNLISTED, is_unlisted};
use super::view::View;
use crate::inventory::{Inventory, Reading};
use crate::model::{Atom, ContextDef, Date, EntityId, EnumDef, Type};

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
    read_set: &ReadSet,
    now: i64,
) -> Result<(Request, Entities), Unencodable> {
    let mut slice = Slice::default();
    let mut context = BTreeMap::new();
    if read_set.reads_now {
        context.insert("now".into(), datetime(now)?);
    }
    for need in &read_set.needs {
        slice.add(view, need);
    }
    let values = view.request.action.def().context.iter().enumerate();
    // An entity is followed without being needed itself.
    let needed = |at: usize, def: &ContextDef| {
        matches!(def.ty, Type::Entity(_)) || read_set.needs.contains(&Read::Context(at))
    };
    let values = values.filter(|(at, def)| needed(*at, def));
    for (at, def) in values {
        if let Some(held) = value(view.inventory, def.ty, &view.context(at))? {
            context.insert(def.name.into(), held);
        }
    }
    let known = |uid: EntityUID| EntityUIDEntry::known(uid, None);
    let request = Request::new_unchecked(
        known(uid(view.inventory, view.request.principal)),
        known(action_uid(view.request.action.def().name)),
        known(uid(view.inventory, view.request.resource)),
        Some(Context::Value(Arc::new(context))),
    );
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
    fn add(&mut self, view: &View<'a>, need: &Read) {
        let (Read::Value(path, _)
        | Read::Identity(path)
        | Read::Ancestors(path)
        | Read::Label(path, _)) = need
        else {
            return;
        };
        let Ok(entity) = view.entity(path) else {
            return;
        };
        let attributes = self.attributes.entry(entity).or_default();
        match need {
            Read::Value(_, attribute) => {
                let reading = view.inventory.read(entity, *attribute, &view.assumed);
                attributes.insert(*attribute, reading);
            }
            Read::Label(..) => {
                self.labelled.insert(entity);
            }
            Read::Ancestors(_) => {
                let above = view.ancestors(entity).unwrap_or_default();
                for below in std::iter::once(entity).chain(above) {
                    self.attributes.entry(below).or_default();
                    let parents = view.parents(below).unwrap_or_default();
                    self.parents.insert(below, parents);
                }
            }
            Read::Identity(_) | Read::Context(_) => {}
        }
    }

    fn entities(self, view: &View<'_>) -> Result<Entities, Unencodable> {
        let inventory = view.inventory;
        let mut all = Vec::with_capacity(self.attributes.len());
        for (entity, attributes) in &self.attributes {
            let mut held = Vec::with_capacity(attributes.len());
            for (position, reading) in attributes {
                let def = &entity.kind.attributes()[*position];
                if let Some(value) = value(inventory, def.ty, reading)? {
                    held.push((def.name.as_str().into(), PartialValue::from(value)));
                }
            }
            let parents = self.parents.get(entity).into_iter().flatten();
            let common = inventory.entity(*entity).common();
            let labelled = common.filter(|_| self.labelled.contains(entity));
            let labels = labelled.into_iter().flat_map(|common| &common.labels);
            let labels = labels.map(|(name, value)| {
                let value = Value::from(&*value.value);
                ((&*name.value).into(), PartialValue::from(value))
            });
            all.push(Entity::new_with_attr_partial_value(
                uid(inventory, *entity),
                held,
                HashSet::new(),
                parents.map(|parent| uid(inventory, *parent)).collect(),
                labels,
            ));
        }
        let closure = match self.parents.is_empty() {
            true => TCComputation::AssumeAlreadyComputed,
            false => TCComputation::ComputeNow,
        };
        let none = None::<&NoEntitiesSchema>;
        let all = Entities::from_entities(all, none, closure, Extensions::none())?;
        Ok(all)
    }
}

/// `None` for what is absent; what is unknown is given a value before it comes here.
fn value(
    inventory: &Inventory,
    ty: Type,
    reading: &Reading<'_>,
) -> Result<Option<Value>, Unencodable> {
    Ok(match reading {
        Reading::One(atom) => Some(single(inventory, ty, atom)?),
        Reading::Many(elements) => {
            let elements = elements.iter().map(|(atom, _)| single(inventory, ty, atom));
            Some(Value::set(elements.collect::<Result<Vec<_>, _>>()?, None))
        }
        // Only where the condition is settled without it; what Cedar may look at first must be there.
        Reading::Unknown if matches!(ty, Type::Bool) => Some(Value::from(false)),
        Reading::Absent | Reading::Unknown | Reading::Broken => None,
    })
}

fn single(inventory: &Inventory, ty: Type, atom: &Atom<'_>) -> Result<Value, Unencodable> {
    Ok(match (atom, ty) {
        (Atom::Bool(value), _) => Value::from(*value),
        (Atom::Long(value), _) => Value::from(*value),
        (Atom::Text(value), _) => Value::from(*value),
        (Atom::Date(at), _) => datetime(*at)?,
        (Atom::Entity(entity), _) => Value::from(uid(inventory, *entity)),
        (Atom::Variant(at), Type::Enum(def)) => Value::from(variant_uid(def, *at)),
        (Atom::Variant(at), _) => Value::from(i64::from(*at)),
    })
}

/// Most points in time that are remembered.
const DATES: usize = 100_000;

/// A point in time, counted in milliseconds from 1970. Cedar parses a date each time that it is given
/// one, so each is given to it once.
fn datetime(milliseconds: i64) -> Result<Value, Unencodable> {
    static KNOWN: LazyLock<RwLock<HashMap<i64, Value>>> = LazyLock::new(RwLock::default);
    static FUNCTION: LazyLock<Result<Name, String>> =
        LazyLock::new(|| Name::from_normalized_str("datetime").map_err(|error| format!("{error}")));
    // Entries are never changed, so one that is there is right even after a panic elsewhere.
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = known.get(&milliseconds) {
        return Ok(value.clone());
    }
    drop(known);
    let Some(at) = Date::civil(milliseconds) else {
        return Err(Unencodable(format!("{milliseconds} ms is no date")));
    };
    let text = at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let function = FUNCTION
        .as_ref()
        .map_err(|error| Unencodable(error.clone()))?;
    let call = RestrictedExpr::call_extension_fn(function.clone(), [RestrictedExpr::val(text)]);
    let evaluator = RestrictedEvaluator::new(Extensions::all_available());
    let value = evaluator.interpret(call.as_borrowed())?;
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() < DATES {
        known.insert(milliseconds, value.clone());
    }
    Ok(value)
}

/// The Cedar entity of `entity`.
fn uid(inventory: &Inventory, entity: EntityId) -> EntityUID {
    let id = if is_unlisted(entity) {
        Eid::new(format!("\u{0}unlisted {}", UNLISTED - entity.index))
    } else {
        Eid::new(&*inventory.entity(entity).id().value)
    };
    EntityUID::from_components(type_name(entity.kind.def().name), id, None)
}

fn variant_uid(def: &EnumDef, at: u8) -> EntityUID {
    let name = def.variants.get(usize::from(at)).map_or("", |v| v.name);
    EntityUID::from_components(type_name(def.name), Eid::new(name), None)
}

fn action_uid(name: &str) -> EntityUID {
    EntityUID::from_components(type_name("Action"), Eid::new(name), None)
}
