//! What an attribute holds, as far as it is known.

use smallvec::SmallVec;

use super::{Inventory, MissingFact};
use crate::model::{
    Atom, CommonText, Elements, EntityId, Fact, Field as _, FieldId, Kind, Missing, Omission,
    Origin, Truth,
};

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<'a> {
    /// One value.
    One(Atom<'a>),
    /// A set, each element where it is written.
    Many(Elements<'a>),
    /// Nothing, and that means something.
    Absent,
    /// Nobody said.
    Unknown,
    /// A reference that names nothing; a problem says so, and nothing can be asked of it.
    Broken,
}

/// Values assumed for attributes that are unknown, to see what would follow.
///
/// Few at a time, so looked through one by one.
#[derive(Debug, Clone, Default)]
pub struct Assumptions<'a> {
    values: SmallVec<[(EntityId, usize, Reading<'a>); 2]>,
}

impl<'a> Assumptions<'a> {
    /// Nothing is assumed.
    pub fn none() -> Self {
        Self::default()
    }

    /// Assumes that the attribute at this position of this entity holds `value`.
    pub fn assume(&mut self, entity: EntityId, attribute: usize, value: Reading<'a>) {
        let known = self.values.iter_mut();
        match known
            .into_iter()
            .find(|(e, a, _)| *e == entity && *a == attribute)
        {
            Some((.., held)) => *held = value,
            None => self.values.push((entity, attribute, value)),
        }
    }

    /// Whether nothing is assumed.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn get(&self, entity: EntityId, attribute: usize) -> Option<&Reading<'a>> {
        let mut values = self.values.iter();
        values
            .find(|(e, a, _)| *e == entity && *a == attribute)
            .map(|(.., value)| value)
    }
}

impl Inventory {
    /// What the attribute at this position of [`Kind::attributes`] holds for `entity`, under
    /// `assumed`.
    ///
    /// Constant for what is stated, but for a zone's attributes, which cost the depth of nesting;
    /// a derived attribute is computed for all entities the first time that one is read.
    pub fn read<'a>(
        &'a self,
        entity: EntityId,
        attribute: usize,
        assumed: &Assumptions<'a>,
    ) -> Reading<'a> {
        if let Some(value) = assumed.get(entity, attribute) {
            return value.clone();
        }
        match entity.kind.attributes()[attribute].origin {
            Origin::Common(text) => self.common(entity, text),
            Origin::Field(field) => self.stated(entity, attribute, field, assumed),
            Origin::RankOf(of) => match self.read(entity, of, assumed) {
                Reading::One(Atom::Variant(rank)) => Reading::One(Atom::Long(i64::from(rank))),
                other => other,
            },
            Origin::CountOf(of) => match self.read(entity, of, assumed) {
                Reading::Many(elements) => Reading::One(Atom::Long(count_distinct(&elements))),
                other => other,
            },
            Origin::PropertyOf(of, accepts) => {
                let accepted = |atom: &Atom<'_>| matches!(atom, Atom::Variant(at) if accepts(*at));
                match self.read(entity, of, assumed) {
                    Reading::One(atom) => Reading::One(Atom::Bool(accepted(&atom))),
                    Reading::Many(elements) => {
                        Reading::One(Atom::Bool(elements.iter().any(|(atom, _)| accepted(atom))))
                    }
                    Reading::Unknown => {
                        let mut listed = self.listed(entity, of).into_iter();
                        let any = listed.any(|(atom, _)| accepted(&atom));
                        Truth::from(any).or(Truth::Unknown).into()
                    }
                    other => other,
                }
            }
            Origin::Inventory(derived) => self.derived(entity, derived, assumed),
        }
    }

    fn common(&self, entity: EntityId, text: CommonText) -> Reading<'_> {
        let Some(common) = self.entity(entity).common() else {
            return Reading::Absent;
        };
        match common.text(text).fact() {
            Fact::One(atom, _) => Reading::One(atom),
            Fact::Unstated(None) | Fact::Absent(_) | Fact::Many(..) => Reading::Absent,
            Fact::Unstated(Some(_)) => Reading::Unknown,
            Fact::Broken(_) => Reading::Broken,
        }
    }

    fn stated<'a>(
        &'a self,
        entity: EntityId,
        attribute: usize,
        field: FieldId,
        assumed: &Assumptions<'a>,
    ) -> Reading<'a> {
        let def = entity.kind.def().field(field);
        if def.omission == Omission::Inherited {
            return self.inherited(entity, attribute, field, assumed);
        }
        match (self.entity(entity).fact(field), def.omission) {
            (Fact::One(atom, _), _) => Reading::One(atom),
            (Fact::Many(..), _) if self.goes_on(entity, field) => Reading::Unknown,
            (Fact::Many(elements, _), _) => Reading::Many(elements),
            (Fact::Unstated(_), Omission::Problem) => Reading::Broken,
            (Fact::Absent(_), _) | (Fact::Unstated(None), Omission::Absent) => Reading::Absent,
            (Fact::Unstated(None), Omission::Empty) if !self.goes_on(entity, field) => {
                Reading::Many(Elements::new())
            }
            (Fact::Unstated(_), _) => Reading::Unknown,
            (Fact::Broken(_), _) => Reading::Broken,
        }
    }

    fn inherited<'a>(
        &'a self,
        zone: EntityId,
        attribute: usize,
        field: FieldId,
        assumed: &Assumptions<'a>,
    ) -> Reading<'a> {
        let around = self.zones_around(zone.index);
        for index in std::iter::once(zone.index).chain(around) {
            let id = Kind::Zone.id(index);
            match self.entity(id).fact(field) {
                Fact::One(atom, _) => return Reading::One(atom),
                // Where nobody states anything, the zone may still have a value of its own: what is
                // assumed of one around it says nothing.
                Fact::Unstated(None) => {}
                Fact::Unstated(Some(_)) | Fact::Absent(_) | Fact::Many(..) => {
                    let assumed = assumed.get(id, attribute).cloned();
                    return assumed.unwrap_or(Reading::Unknown);
                }
                Fact::Broken(_) => return Reading::Broken,
            }
        }
        Reading::Unknown
    }

    /// Whether a list of `entity` may hold more than it lists: it says so itself, or the entity says so
    /// of all its relations.
    pub(super) fn goes_on(&self, entity: EntityId, field: FieldId) -> bool {
        self.is_relation_of_incomplete(entity, field)
            || self.entity(entity).missing(field) == Some(Missing::Open)
    }

    /// Whether a list may hold more than it lists because its entity says so of all its relations.
    pub fn is_one_of_incomplete(&self, list: MissingFact) -> bool {
        match list.entity.kind.attributes()[list.attribute].origin {
            Origin::Field(field) => self.is_relation_of_incomplete(list.entity, field),
            _ => false,
        }
    }

    fn is_relation_of_incomplete(&self, entity: EntityId, field: FieldId) -> bool {
        let common = self.entity(entity).common();
        let complete = common.and_then(|common| common.complete.as_ref());
        let relation = entity.kind.def().field(field).omission == Omission::Empty;
        relation && complete.is_some_and(|complete| !complete.value)
    }
}

/// Cedar sets hold each element once, however often a list repeats it. Quadratic, in lists that
/// people write.
fn count_distinct(elements: &Elements<'_>) -> i64 {
    let mut count = 0;
    for (position, (atom, _)) in elements.iter().enumerate() {
        count += i64::from(
            !elements[..position]
                .iter()
                .any(|(earlier, _)| earlier == atom),
        );
    }
    count
}
