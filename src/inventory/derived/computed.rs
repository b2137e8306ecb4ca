//! The attributes that follow from where things end up. They are computed elsewhere, each once for all
//! entities, and kept here so that they are read like any other.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use hashbrown::HashMap;

use super::{EVIDENCE_LIMIT, Evidence, Inventory, Reading};
use crate::model::{Atom, Derived, Elements, EntityId};

/// What such an attribute may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Possible {
    /// One of these; a single one: it is known.
    Truths(Vec<bool>),
    /// One of these numbers; a single one: it is known.
    Numbers(Vec<i64>),
    /// A set: what is in it, and what may be in it besides.
    Set(Vec<EntityId>, Vec<EntityId>),
}

/// What such an attribute is, and which stated ones it rests on.
#[derive(Debug, Clone)]
pub struct Computed {
    /// What it may be.
    pub value: Possible,
    /// The entities and attributes, by position, that make it so; what is unknown comes first.
    pub rests_on: Vec<(EntityId, usize)>,
}

/// All of them, by entity.
pub type ComputedAttributes = HashMap<(EntityId, Derived), Computed>;

/// What was computed so far, by attribute.
#[derive(Debug)]
pub(in crate::inventory) struct Known([OnceLock<HashMap<EntityId, Computed>>; Derived::COUNT]);

impl Default for Known {
    fn default() -> Self {
        Self(std::array::from_fn(|_| OnceLock::new()))
    }
}

impl Inventory {
    /// Sees to it that these attributes, which follow from where things end up, can be read: computes
    /// those that are not known yet.
    pub fn settle(
        &self,
        wanted: &BTreeSet<Derived>,
        compute: impl FnOnce(&BTreeSet<Derived>) -> ComputedAttributes,
    ) {
        let is_missing = |derived: &Derived| self.computed.0[*derived as usize].get().is_none();
        let missing: BTreeSet<_> = wanted.iter().copied().filter(is_missing).collect();
        if missing.is_empty() {
            return;
        }
        let mut found: HashMap<Derived, HashMap<EntityId, Computed>> = HashMap::new();
        for ((entity, derived), computed) in compute(&missing) {
            found.entry(derived).or_default().insert(entity, computed);
        }
        for derived in missing {
            let computed = found.remove(&derived).unwrap_or_default();
            // There is one flow of an inventory, so what another thread put there is the same.
            let _ = self.computed.0[derived as usize].set(computed);
        }
    }

    /// What a computed attribute may be; `None` if it was not computed.
    pub fn possible(&self, entity: EntityId, derived: Derived) -> Option<&Computed> {
        self.computed.0[derived as usize].get()?.get(&entity)
    }

    pub(super) fn computed(&self, entity: EntityId, derived: Derived) -> Reading<'_> {
        match self
            .possible(entity, derived)
            .map(|computed| &computed.value)
        {
            Some(Possible::Numbers(numbers)) => match numbers.as_slice() {
                [number] => Reading::One(Atom::Long(*number)),
                _ => Reading::Unknown,
            },
            Some(Possible::Truths(truths)) => match truths.as_slice() {
                [truth] => Reading::One(Atom::Bool(*truth)),
                _ => Reading::Unknown,
            },
            Some(Possible::Set(elements, others)) if others.is_empty() => {
                Reading::Many(self.elements(elements))
            }
            _ => Reading::Unknown,
        }
    }

    /// Entities as elements of a set, each at its declaration.
    pub fn elements(&self, entities: &[EntityId]) -> Elements<'_> {
        let elements = entities.iter();
        elements
            .map(|entity| (Atom::Entity(*entity), self.entity(*entity).id().span))
            .collect()
    }

    /// The stated values that a computed attribute rests on.
    pub(super) fn computed_evidence<'a>(
        &'a self,
        entity: EntityId,
        derived: Derived,
        found: &mut Vec<Evidence<'a>>,
    ) {
        let computed = self.possible(entity, derived).into_iter();
        let rests_on = computed.flat_map(|computed| &computed.rests_on);
        for (entity, attribute) in rests_on.take(EVIDENCE_LIMIT) {
            self.gather(*entity, *attribute, &|_| true, found);
        }
    }
}
