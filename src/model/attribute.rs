//! The attributes of a kind as Cedar and explanations see them: stated ones, and those that follow
//! from a stated one (`…Rank`, `…Count`, properties), and those that follow from the inventory.

use std::marker::PhantomData;

use super::kind::{Derivation, DerivedDef, EntityId, FieldDef, FieldId, Kind, KindDef};
use super::value::Type;
use super::{Derived, Omission};

/// An attribute as policies know it.
#[derive(Debug)]
pub struct AttributeDef {
    /// Its name.
    pub name: String,
    /// What it says.
    pub doc: String,
    /// The type of its value or of its elements.
    pub ty: Type,
    /// Whether it holds a set.
    pub many: bool,
    /// Whether it may be absent, so that policies must ask `has` first.
    pub optional: bool,
    /// Where its value comes from.
    pub origin: Origin,
}

/// An attribute of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId {
    /// The kind.
    pub kind: Kind,
    position: u8,
}

impl AttributeId {
    /// Its position among [`Kind::attributes`].
    pub const fn position(self) -> usize {
        self.position as usize
    }

    /// The attribute of an entity.
    pub fn of(self, entity: EntityId) -> (EntityId, usize) {
        (entity, self.position())
    }

    /// What is known of it before any document is read.
    pub fn def(self) -> &'static AttributeDef {
        &self.kind.attributes()[self.position()]
    }

    /// The field that states it, if documents do, and of which kind.
    pub fn field(self) -> Option<(Kind, FieldId)> {
        match self.def().origin {
            Origin::Field(field) => Some((self.kind, field)),
            _ => None,
        }
    }
}

/// An attribute with the type of what it holds: `Attr<Level>` one level, `Attr<SetOf<Level>>` a set of
/// them. Each kind has one for every attribute that it declares, such as
/// [`KeyStore::CUSTODY`](super::KeyStore::CUSTODY).
#[derive(Debug)]
pub struct Attr<T> {
    id: AttributeId,
    holds: PhantomData<fn() -> T>,
}

impl<T> Clone for Attr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Attr<T> {}

impl<T> From<Attr<T>> for AttributeId {
    fn from(attribute: Attr<T>) -> Self {
        attribute.id
    }
}

impl<T> Attr<T> {
    /// The attribute that a document states in the field of this name. Does not compile for any other
    /// name, as a constant.
    pub(super) const fn stated(kind: Kind, fields: &[FieldDef], name: &str) -> Self {
        let mut at = 0;
        while !is_same(fields[at].name, name) {
            at += 1;
        }
        Self::at(kind, CommonText::ALL.len() + at)
    }

    /// The attribute of this name that the engine computes. Does not compile for any other name, as a
    /// constant.
    pub(super) const fn derived(
        kind: Kind,
        fields: &[FieldDef],
        derived: &[DerivedDef],
        name: &str,
    ) -> Self {
        let mut position = CommonText::ALL.len() + fields.len();
        let mut at = 0;
        while at < fields.len() {
            if Function::of(&fields[at]).is_some() {
                position += 1;
            }
            at += 1;
        }
        at = 0;
        while !is_same(derived[at].name, name) {
            at += 1;
        }
        Self::at(kind, position + at)
    }

    const fn at(kind: Kind, position: usize) -> Self {
        Self {
            id: AttributeId {
                kind,
                position: position as u8,
            },
            holds: PhantomData,
        }
    }

    /// The attribute, whatever it holds.
    pub const fn id(self) -> AttributeId {
        self.id
    }

    /// Its position among [`Kind::attributes`].
    pub const fn position(self) -> usize {
        self.id.position()
    }

    /// The attribute of an entity.
    pub fn of(self, entity: EntityId) -> (EntityId, usize) {
        self.id.of(entity)
    }

    /// The position of its field; only of an attribute that documents state.
    pub(super) const fn field(self) -> FieldId {
        FieldId(self.id.position - CommonText::ALL.len() as u8)
    }
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// What is computed from one stated attribute, whatever it means.
#[derive(Debug, Clone, Copy)]
enum Function {
    Rank,
    Count,
}

impl Function {
    const fn of(field: &FieldDef) -> Option<Self> {
        match field.ty {
            // A step is no value that policies know.
            Type::Step => None,
            _ if field.many => Some(Self::Count),
            Type::Enum(def) if def.ordered => Some(Self::Rank),
            _ => None,
        }
    }
}

/// Where the value of an attribute comes from.
#[derive(Debug, Clone, Copy)]
pub enum Origin {
    /// A text that every entity has.
    Common(CommonText),
    /// This field.
    Field(FieldId),
    /// The rank of the ordered enumeration at the attribute at this position.
    RankOf(usize),
    /// The number of elements of the set at the attribute at this position.
    CountOf(usize),
    /// Whether the value at the attribute at this position, or any element of it, is one that the
    /// function accepts.
    PropertyOf(usize, fn(u8) -> bool),
    /// The inventory.
    Inventory(Derived),
}

impl Origin {
    /// The attribute that this one is a function of, if it is one.
    pub fn of(self) -> Option<usize> {
        match self {
            Self::RankOf(of) | Self::CountOf(of) | Self::PropertyOf(of, _) => Some(of),
            Self::Common(_) | Self::Field(_) | Self::Inventory(_) => None,
        }
    }
}

/// A text that every entity has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommonText {
    /// The name shown to people.
    Name,
    /// Who answers for it.
    Owner,
    /// A sentence on what it is.
    Description,
}

impl CommonText {
    /// All of them, in the order in which they come before the attributes of a kind.
    pub const ALL: [Self; 3] = [Self::Name, Self::Owner, Self::Description];

    /// Its name in documents and policies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Owner => "owner",
            Self::Description => "description",
        }
    }

    /// The text of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|text| text.name() == name)
    }

    /// What it says.
    pub(super) const fn doc(self) -> &'static str {
        match self {
            Self::Name => "The name shown to people.",
            Self::Owner => "Who answers for it.",
            Self::Description => "A sentence on what it is.",
        }
    }
}

/// The attributes of a kind, in a fixed order: common, stated, ranks and counts, derived.
pub(super) fn attributes_of(kind: &'static KindDef) -> Vec<AttributeDef> {
    let mut all = Vec::new();
    for text in CommonText::ALL {
        all.push(AttributeDef {
            name: text.name().to_owned(),
            doc: text.doc().to_owned(),
            ty: Type::Text,
            many: false,
            optional: true,
            origin: Origin::Common(text),
        });
    }
    for (position, field) in kind.fields() {
        all.push(AttributeDef {
            name: field.name.to_owned(),
            doc: field.doc.trim().to_owned(),
            ty: field.ty,
            many: field.many,
            optional: matches!(field.omission, Omission::Absent | Omission::Unless(_)),
            origin: Origin::Field(position),
        });
    }
    for (of, field) in (CommonText::ALL.len()..).zip(kind.fields) {
        let stated = &all[of];
        let (suffix, doc, origin) = match Function::of(field) {
            Some(Function::Count) => ("Count", "How many there are in", Origin::CountOf(of)),
            Some(Function::Rank) => (
                "Rank",
                "The position, from 0, of the value of",
                Origin::RankOf(of),
            ),
            None => continue,
        };
        let attribute = AttributeDef {
            name: format!("{}{suffix}", stated.name),
            doc: format!("{doc} `{}`.", stated.name),
            ty: Type::Long,
            many: false,
            optional: stated.optional,
            origin,
        };
        all.push(attribute);
    }
    for derived in kind.derived {
        let origin = match derived.by {
            Derivation::Inventory(derived) => Origin::Inventory(derived),
            Derivation::Of(of, accepts) => Origin::PropertyOf(of.position(), accepts),
        };
        all.push(AttributeDef {
            name: derived.name.to_owned(),
            doc: derived.doc.trim().to_owned(),
            ty: derived.ty,
            many: derived.many,
            optional: false,
            origin,
        });
    }
    all
}
