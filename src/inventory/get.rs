//! Attributes by their type: what a value may be, what is in a set, whether something holds.

use super::{Assumptions, Inventory, Reading};
use crate::model::{
    Attr, AttributeId, EntityId, Enumeration, Fact, PossibleValues, SetBounds, SetOf, Truth,
};

impl Inventory {
    /// The values that an attribute may have; any where it is absent.
    pub fn get<E: Enumeration>(&self, entity: EntityId, attribute: Attr<E>) -> PossibleValues<E> {
        self.get_assuming(entity, attribute, &Assumptions::none())
    }

    /// The values that an attribute may have under `assumed`; any where it is absent.
    pub fn get_assuming<'a, E: Enumeration>(
        &'a self,
        entity: EntityId,
        attribute: Attr<E>,
        assumed: &Assumptions<'a>,
    ) -> PossibleValues<E> {
        match self.reading(entity, attribute, assumed) {
            Reading::One(atom) => PossibleValues::of(E::from_atom(&atom)),
            _ => PossibleValues::ANY,
        }
    }

    /// The elements that a set has and may have.
    pub fn get_set<E: Enumeration>(
        &self,
        entity: EntityId,
        attribute: Attr<SetOf<E>>,
    ) -> SetBounds<E> {
        match self.reading(entity, attribute, &Assumptions::none()) {
            Reading::Many(elements) => {
                let elements = elements.iter();
                SetBounds::known(elements.filter_map(|(atom, _)| E::from_atom(atom)))
            }
            _ => SetBounds::ANY,
        }
    }

    /// What an attribute holds, as [`Inventory::read`] says it; nothing can be asked of one that
    /// entities of this kind have not.
    pub fn reading<'a>(
        &'a self,
        entity: EntityId,
        attribute: impl Into<AttributeId>,
        assumed: &Assumptions<'a>,
    ) -> Reading<'a> {
        let attribute = attribute.into();
        if attribute.kind != entity.kind {
            return Reading::Broken;
        }
        self.read(entity, attribute.position(), assumed)
    }

    /// Whether nobody states an attribute, or of a list all that is in it.
    pub fn is_unknown(&self, entity: EntityId, attribute: impl Into<AttributeId>) -> bool {
        self.reading(entity, attribute, &Assumptions::none()) == Reading::Unknown
    }

    /// The entities of which nobody states an attribute, or of a list all that is in it.
    pub fn all_unknown(&self, attribute: impl Into<AttributeId>) -> impl Iterator<Item = u32> {
        let attribute = attribute.into();
        let all = 0..self.declarations.count(attribute.kind) as u32;
        all.filter(move |index| self.is_unknown(attribute.kind.id(*index), attribute))
    }

    /// What a document states for an attribute of this very entity.
    pub fn fact(&self, entity: EntityId, attribute: impl Into<AttributeId>) -> Fact<'_> {
        match attribute.into().field() {
            Some((kind, field)) if kind == entity.kind => self.entity(entity).fact(field),
            _ => Fact::Unstated(None),
        }
    }
}

impl From<Truth> for Reading<'_> {
    fn from(value: Truth) -> Self {
        match value.known() {
            Some(value) => Self::One(value.atom()),
            None => Self::Unknown,
        }
    }
}
