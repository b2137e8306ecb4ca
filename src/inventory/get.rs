//! Attributes by their type: what a value may be, what is in a set, whether something holds.

use super::{Assumptions, Inventory, Reading};
use crate::model::{
    Attr, AttributeId, Cause, Elements, EntityId, Enumeration, Fact, Field as _, Import, Missing,
    Origin, PossibleValues, SetBounds, SetOf, Truth,
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
            _ => {
                let choice = self.choice(entity, attribute.position()).into_iter();
                PossibleValues::of(choice.flatten().filter_map(|(atom, _)| E::from_atom(&atom)))
            }
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
            _ => {
                let listed = self.listed(entity, attribute.position()).into_iter();
                let listed = listed.filter_map(|(atom, _)| E::from_atom(&atom));
                SetBounds::known(listed).with(SetBounds::ANY)
            }
        }
    }

    /// Why nothing is known of an attribute that documents state, or not all; `None` if all is.
    pub fn missing(&self, entity: EntityId, attribute: usize) -> Option<Missing<'_>> {
        let def = &entity.kind.attributes()[attribute];
        if self.read(entity, attribute, &Assumptions::none()) != Reading::Unknown {
            return None;
        }
        match def.origin {
            Origin::Common(text) => {
                let common = self.entity(entity).common();
                let missing = common.and_then(|common| common.text(text).missing());
                missing.or(Some(Missing::Unresolved(Cause::Stated)))
            }
            Origin::Field(field) => {
                let stating = self.stating(entity, field);
                match self.entity(stating).missing(field) {
                    Some(Missing::Unset) | None if def.many && self.goes_on(stating, field) => {
                        Some(Missing::Open)
                    }
                    missing => missing,
                }
            }
            Origin::RankOf(of) | Origin::CountOf(of) | Origin::PropertyOf(of, _) => {
                self.missing(entity, of)
            }
            Origin::Inventory(_) => None,
        }
    }

    /// What an entity was read from, if that is infrastructure code.
    pub fn import(&self, entity: EntityId) -> Option<&Import> {
        self.entity(entity).common()?.import.as_deref()
    }

    /// Whether the code that an entity was read from leaves an attribute out that is unknown: its
    /// language has no word for it, or it lists some of what there is. What is written there and cannot
    /// be computed is not left out.
    pub fn is_unsaid(&self, entity: EntityId, attribute: usize) -> bool {
        // A list that may hold more is known as far as it goes.
        let attributes = entity.kind.attributes();
        let field = |attribute: usize| match attributes[attribute].origin {
            Origin::Field(field) => Some(field),
            _ => None,
        };
        let field = match attributes[attribute].origin {
            Origin::RankOf(of) | Origin::CountOf(of) | Origin::PropertyOf(of, _) => field(of),
            _ => field(attribute),
        };
        let open = field.and_then(|field| self.entity(entity).missing(field));
        match self.missing(entity, attribute).or(open) {
            Some(Missing::Unsaid) => true,
            Some(Missing::Unset | Missing::Open) => self.import(entity).is_some(),
            Some(Missing::Unresolved(_) | Missing::Choice(_)) | None => false,
        }
    }

    /// The values that an unknown attribute is one of, each where it is written, if a document says so.
    pub fn choice(&self, entity: EntityId, attribute: usize) -> Option<Elements<'_>> {
        let Origin::Field(field) = entity.kind.attributes()[attribute].origin else {
            return None;
        };
        match self.entity(self.stating(entity, field)).missing(field)? {
            Missing::Choice(values) => Some(values),
            _ => None,
        }
    }

    /// What is listed of a set, whether or not there may be more in it.
    pub fn listed(&self, entity: EntityId, attribute: usize) -> Elements<'_> {
        let Origin::Field(field) = entity.kind.attributes()[attribute].origin else {
            return Elements::new();
        };
        match self.entity(entity).fact(field) {
            Fact::Many(elements, _) => elements,
            _ => Elements::new(),
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
