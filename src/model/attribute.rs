//! The attributes of a kind as Cedar and explanations see them: stated ones, and those that follow
//! from a stated one (`…Rank`, `…Count`, properties), and those that follow from the inventory.

use super::kind::{Derivation, KindDef};
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

/// Where the value of an attribute comes from.
#[derive(Debug, Clone, Copy)]
pub enum Origin {
    /// `name`, `owner` or `description`, which every entity has: their position in that order.
    Common(usize),
    /// The field at this position.
    Field(usize),
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

/// The attributes that every entity has, each a text: name, and what it says.
pub(super) const COMMON: [(&str, &str); 3] = [
    ("name", "The name shown to people."),
    ("owner", "Who answers for it."),
    ("description", "A sentence on what it is."),
];

/// The attributes of a kind, in a fixed order: common, stated, ranks and counts, derived.
pub(super) fn attributes_of(kind: &'static KindDef) -> Vec<AttributeDef> {
    let mut all = Vec::new();
    for (position, (name, doc)) in COMMON.iter().enumerate() {
        all.push(AttributeDef {
            name: (*name).to_owned(),
            doc: (*doc).to_owned(),
            ty: Type::Text,
            many: false,
            optional: true,
            origin: Origin::Common(position),
        });
    }
    for (position, field) in kind.fields.iter().enumerate() {
        all.push(AttributeDef {
            name: field.name.to_owned(),
            doc: field.doc.trim().to_owned(),
            ty: field.ty,
            many: field.many,
            optional: field.omission == Omission::Absent,
            origin: Origin::Field(position),
        });
    }
    for of in COMMON.len()..all.len() {
        let stated = &all[of];
        let (suffix, doc, origin) = match stated.ty {
            // A step is no value that policies know.
            Type::Step => continue,
            _ if stated.many => ("Count", "How many there are in", Origin::CountOf(of)),
            Type::Enum(def) if def.ordered => (
                "Rank",
                "The position, from 0, of the value of",
                Origin::RankOf(of),
            ),
            _ => continue,
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
            Derivation::Of(name, accepts) => match all.iter().position(|def| def.name == name) {
                Some(of) => Origin::PropertyOf(of, accepts),
                // A misspelt name in a kind's own declaration; the schema test names it.
                None => continue,
            },
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
