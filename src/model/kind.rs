//! The kinds of entity: the one registry that schemas, readers and policies derive from.

use std::cmp::Ordering;
use std::sync::LazyLock;

use schemars::{Schema, SchemaGenerator};

use super::attribute::{Attr, AttributeDef, AttributeId, CommonText, attributes_of};
use super::value::{Fact, Missing, Reference, Type};
use super::{Derived, Omission};
use crate::source::{FileId, Span, Spanned};

/// An entity of an inventory: its kind and its place among those of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId {
    /// The kind.
    pub kind: Kind,
    /// Position among the entities of that kind, in the order of the files.
    pub index: u32,
}

/// What is known of a kind before any document is read.
#[derive(Debug)]
pub struct KindDef {
    /// The kind.
    pub kind: Kind,
    /// Its name, as Cedar knows it.
    pub name: &'static str,
    /// Its name in prose.
    pub label: &'static str,
    /// The section of a document that declares entities of this kind; `None` if documents do not.
    pub section: Option<&'static str>,
    /// What it stands for.
    pub doc: &'static str,
    /// What a document may state of it, in order.
    pub fields: &'static [FieldDef],
    /// What the engine adds, with the type of each.
    pub derived: &'static [DerivedDef],
    /// The attribute whose target is its parent in Cedar.
    pub parent: Option<AttributeId>,
}

/// An attribute that a document may state.
#[derive(Debug)]
pub struct FieldDef {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// The type of its value or of its elements.
    pub ty: Type,
    /// Whether it holds a set.
    pub many: bool,
    /// What it means that it is not stated.
    pub omission: Omission,
    /// The JSON Schema of one value.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// The position of a field among those of its kind; that of the attribute is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub(super) u8);

/// An attribute that the engine computes from what is stated.
#[derive(Debug)]
pub struct DerivedDef {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// The type of its value or of its elements.
    pub ty: Type,
    /// Whether it is a set.
    pub many: bool,
    /// How it is computed.
    pub by: Derivation,
}

/// How a derived attribute comes to its value.
#[derive(Debug, Clone, Copy)]
pub enum Derivation {
    /// From the value (of a set, any element) of one stated attribute alone: true for the values
    /// that the function accepts.
    Of(AttributeId, fn(u8) -> bool),
    /// From the inventory.
    Inventory(Derived),
}

/// Free labels: names and values, in the order of the document.
pub type Labels = Vec<(Spanned<Box<str>>, Spanned<Box<str>>)>;

/// What every entity has besides its attributes.
#[derive(Debug, Clone, Default)]
pub struct Common {
    /// The name shown to people.
    pub name: super::Optional<Box<str>>,
    /// Who answers for it.
    pub owner: super::Optional<Box<str>>,
    /// A sentence on what it is.
    pub description: super::Optional<Box<str>>,
    /// Free labels, by name; in Cedar tags.
    pub labels: Labels,
    /// Whether the relations of the entity are listed in full; where `false`, each may have more
    /// elements than are listed.
    pub complete: Option<Spanned<bool>>,
    /// What it was read from, if that is infrastructure code and no document.
    pub import: Option<Box<Import>>,
}

/// What an entity was read from: facts that bindings match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Import {
    /// The name of the language, such as `kubernetes`.
    pub format: &'static str,
    /// The file, as shown to people.
    pub path: Box<str>,
    /// What is checked together, such as the folder of an overlay or of a root module.
    pub system: Box<str>,
    /// What its language calls it, within the system: `module.key.aws_kms_key.k["a"]`,
    /// `Deployment/shop/cart`.
    pub address: Box<str>,
    /// The type of the resource: `aws_kms_key`, `Deployment`.
    pub ty: Box<str>,
    /// The name of the resource.
    pub name: Box<str>,
    /// The namespace; empty where none is written.
    pub namespace: Box<str>,
    /// The provider and its alias, such as `aws.backup`.
    pub provider: Box<str>,
    /// The module call that it is in, such as `network`.
    pub module: Box<str>,
    /// Tags or labels, by name.
    pub tags: Vec<(Box<str>, Box<str>)>,
}

impl Common {
    /// One of its texts.
    pub fn text(&self, which: CommonText) -> &super::Optional<Box<str>> {
        match which {
            CommonText::Name => &self.name,
            CommonText::Owner => &self.owner,
            CommonText::Description => &self.description,
        }
    }

    /// One of its texts, to be stated.
    pub fn text_mut(&mut self, which: CommonText) -> &mut super::Optional<Box<str>> {
        match which {
            CommonText::Name => &mut self.name,
            CommonText::Owner => &mut self.owner,
            CommonText::Description => &mut self.description,
        }
    }

    /// What is stated, as a document says it.
    pub fn written(&self) -> Vec<(&'static str, serde_json::Value)> {
        use super::Field as _;
        let texts = CommonText::ALL.into_iter();
        let texts = texts.filter_map(|text| Some((text.name(), self.text(text).written()?)));
        let mut all: Vec<_> = texts.collect();
        if !self.labels.is_empty() {
            let labels = self.labels.iter();
            let labels =
                labels.map(|(name, value)| (name.value.to_string(), (*value.value).into()));
            all.push(("labels", serde_json::Value::Object(labels.collect())));
        }
        if let Some(complete) = &self.complete {
            all.push(("complete", complete.value.into()));
        }
        all
    }
}

/// Something that a binding stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The entity, as `Kind::id`.
    pub entity: String,
    /// The attribute.
    pub attribute: String,
    /// Where the value is written.
    pub span: Span,
}

/// An entity, whatever its kind.
pub trait Entity: Send + Sync {
    /// Its kind.
    fn kind(&self) -> Kind;
    /// Its id, where it is declared.
    fn id(&self) -> &Spanned<Box<str>>;
    /// What it has in common with all others; `None` if nothing of it is stated.
    fn common(&self) -> Option<&Common>;
    /// What it states for the field at this position of its kind's [`KindDef::fields`].
    fn fact(&self, field: FieldId) -> Fact<'_>;
    /// Why nothing is known of that field, or not all.
    fn missing(&self, field: FieldId) -> Option<Missing<'_>>;
    /// What it states, by the names of its kind's fields, as a document says it.
    fn written(&self) -> Vec<(&'static str, serde_json::Value)>;
    /// Every reference in it, with the position of its field.
    fn references(&self, visit: &mut dyn FnMut(FieldId, &Reference, Span));
    /// Every reference in it, to be given its target, in the same order.
    fn references_mut(&mut self, visit: &mut dyn FnMut(&mut Reference));
}

impl Derivation {
    /// From the value, or any element, of this stated attribute.
    pub(super) const fn of<T>(attribute: Attr<T>, accepts: fn(u8) -> bool) -> Self {
        Self::Of(attribute.id(), accepts)
    }
}

impl KindDef {
    /// The fields, each with its position.
    pub fn fields(&self) -> impl Iterator<Item = (FieldId, &'static FieldDef)> {
        (0..).map(FieldId).zip(self.fields)
    }

    /// One of this kind, in prose: "a zone", "an artifact".
    pub fn with_article(&self) -> String {
        let article = match self.label.starts_with(['a', 'e', 'i', 'o', 'u']) {
            true => "an",
            false => "a",
        };
        format!("{article} {}", self.label)
    }

    /// The field at this position.
    pub fn field(&self, id: FieldId) -> &'static FieldDef {
        &self.fields[usize::from(id.0)]
    }
}

impl Kind {
    /// The entity of this kind at this position among those of its kind.
    pub const fn id(self, index: u32) -> EntityId {
        EntityId { kind: self, index }
    }

    /// The kind of this name, as Cedar knows it.
    pub fn named(name: &str) -> Option<Self> {
        let mut kinds = Self::ALL.iter().copied();
        kinds.find(|kind| kind.def().name == name)
    }

    /// The attributes as Cedar knows them: common, stated, then computed. Built once.
    pub fn attributes(self) -> &'static [AttributeDef] {
        static ATTRIBUTES: LazyLock<Vec<Vec<AttributeDef>>> = LazyLock::new(|| {
            let kinds = Kind::ALL.iter();
            kinds.map(|kind| attributes_of(kind.def())).collect()
        });
        &ATTRIBUTES[self as usize]
    }

    /// The position of the attribute `name`. Linear in the number of attributes of the kind.
    pub fn attribute(self, name: &str) -> Option<usize> {
        self.attributes().iter().position(|def| def.name == name)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.def().name)
    }
}

/// Declares an enumeration: the Rust type, its names, and what each value means.
macro_rules! enumeration {
    (@ordered ordered) => { true };
    (@ordered) => { false };
    (
        $(#[doc = $doc:literal])+
        enum $name:ident $(: $ordered:ident)? {
            $( $(#[doc = $variant_doc:literal])+ $variant:ident = $text:literal, )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Deserialize, schemars::JsonSchema,
        )]
        pub enum $name {
            $( $(#[doc = $variant_doc])+ #[serde(rename = $text)] $variant, )+
        }

        impl $name {
            /// The enumeration, for readers of any.
            pub const DEF: $crate::model::EnumDef = $crate::model::EnumDef {
                name: stringify!($name),
                doc: concat!($($doc),+),
                ordered: enumeration!(@ordered $($ordered)?),
                variants: &[
                    $($crate::model::VariantDef {
                        name: $text,
                        doc: concat!($($variant_doc),+),
                    },)+
                ],
                #[cfg(test)]
                covers_one_more: || {
                    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
                    enum Grown {
                        $($variant,)+
                        OneMore,
                    }

                    impl $crate::model::Enumeration for Grown {
                        const ALL: &'static [Self] = &[$(Self::$variant,)+ Self::OneMore];

                        fn atom(self) -> $crate::model::Atom<'static> {
                            $crate::model::Atom::Variant(self as u8)
                        }

                        fn from_atom(_: &$crate::model::Atom<'_>) -> Option<Self> {
                            None
                        }

                        fn position(self) -> u8 {
                            self as u8
                        }
                    }

                    $crate::model::possible::covers(Grown::OneMore)
                },
            };
        }

        impl $name {
            /// The value, as documents and policies write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl $crate::model::Enumeration for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn atom(self) -> $crate::model::Atom<'static> {
                $crate::model::Atom::Variant(self as u8)
            }

            fn from_atom(atom: &$crate::model::Atom<'_>) -> Option<Self> {
                match atom {
                    $crate::model::Atom::Variant(at) => Self::at(*at),
                    _ => None,
                }
            }

            fn position(self) -> u8 {
                self as u8
            }
        }

        impl $crate::model::Value for $name {
            const TYPE: $crate::model::Type = $crate::model::Type::Enum({
                static DEF: $crate::model::EnumDef = $name::DEF;
                &DEF
            });
            fn atom(&self) -> Option<$crate::model::Atom<'_>> {
                Some($crate::model::Atom::Variant(*self as u8))
            }
            fn written(&self) -> serde_json::Value {
                self.name().into()
            }
            fn of_text(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

/// Declares a kind of entity: the struct, its fields with their names in documents, and what the
/// engine derives.
macro_rules! entity {
    (@parent $parent:ident) => { Some(Self::$parent.id()) };
    (@parent) => { None };
    (
        $(#[doc = $doc:literal])+
        $name:ident $(in $parent:ident)? {
            $( $(#[doc = $field_doc:literal])+ $field_const:ident $field:ident as $text:literal: $ty:ty, )*
        }
        derived {
            $( $(#[doc = $derived_doc:literal])+ $derived_const:ident as $derived:literal: $derived_ty:ty = $by:expr, )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $name {
            /// The id, where it is declared.
            pub id: $crate::source::Spanned<Box<str>>,
            /// What it has in common with entities of other kinds, if any of that is stated.
            pub common: Option<Box<$crate::model::Common>>,
            $( $(#[doc = $field_doc])+ pub $field: $ty, )*
        }

        impl $name {
            pub(super) const DOC: &'static str = concat!($($doc),+);
            pub(super) const PARENT_ATTRIBUTE: Option<$crate::model::AttributeId> =
                entity!(@parent $($parent)?);
            pub(super) const FIELDS: &'static [$crate::model::FieldDef] = &[
                $($crate::model::FieldDef {
                    name: $text,
                    doc: concat!($($field_doc),+),
                    ty: $crate::model::field::type_of::<$ty>(),
                    many: <$ty as $crate::model::Field>::MANY,
                    omission: <$ty as $crate::model::Field>::OMISSION,
                    schema: |generator| {
                        generator.subschema_for::<<$ty as $crate::model::Field>::Value>()
                    },
                },)*
            ];
            pub(super) const DERIVED: &'static [$crate::model::DerivedDef] = &[
                $($crate::model::DerivedDef {
                    name: $derived,
                    doc: concat!($($derived_doc),+),
                    ty: <$derived_ty as $crate::model::DerivedType>::TYPE,
                    many: <$derived_ty as $crate::model::DerivedType>::MANY,
                    by: $by,
                },)*
            ];

            $(
                $(#[doc = $field_doc])+
                pub const $field_const: $crate::model::Attr<<$ty as $crate::model::Field>::Shape> =
                    $crate::model::Attr::stated($crate::model::Kind::$name, Self::FIELDS, $text);
            )*
            $(
                $(#[doc = $derived_doc])+
                pub const $derived_const: $crate::model::Attr<$derived_ty> =
                    $crate::model::Attr::derived(
                        $crate::model::Kind::$name,
                        Self::FIELDS,
                        Self::DERIVED,
                        $derived,
                    );
            )*
        }

        impl $crate::model::Declare for $name {
            fn declared(id: $crate::source::Spanned<Box<str>>) -> Self {
                Self { id, common: None, $($field: Default::default(),)* }
            }

            fn common_mut(&mut self) -> &mut $crate::model::Common {
                self.common.get_or_insert_default()
            }

            fn visit_field<V: $crate::model::FieldVisitor>(
                &mut self,
                name: &str,
                visitor: &mut V,
            ) -> bool {
                match name {
                    $($text => visitor.visit(&mut self.$field),)*
                    _ => return false,
                }
                true
            }
        }

        impl $crate::model::Entity for $name {
            fn kind(&self) -> $crate::model::Kind {
                $crate::model::Kind::$name
            }

            fn id(&self) -> &$crate::source::Spanned<Box<str>> {
                &self.id
            }

            fn common(&self) -> Option<&$crate::model::Common> {
                self.common.as_deref()
            }

            fn fact(&self, field: $crate::model::FieldId) -> $crate::model::Fact<'_> {
                use $crate::model::Field as _;
                match field {
                    $(field if field == Self::$field_const.field() => self.$field.fact(),)*
                    _ => $crate::model::Fact::Unstated(None),
                }
            }

            fn missing(
                &self,
                field: $crate::model::FieldId,
            ) -> Option<$crate::model::Missing<'_>> {
                use $crate::model::Field as _;
                match field {
                    $(field if field == Self::$field_const.field() => self.$field.missing(),)*
                    _ => None,
                }
            }

            fn written(&self) -> Vec<(&'static str, serde_json::Value)> {
                use $crate::model::Field as _;
                let mut all = Vec::new();
                $(
                    if let Some(value) = self.$field.written() {
                        all.push(($text, value));
                    }
                )*
                all
            }

            fn references(
                &self,
                visit: &mut dyn FnMut(
                    $crate::model::FieldId,
                    &$crate::model::Reference,
                    $crate::source::Span,
                ),
            ) {
                use $crate::model::Field as _;
                $(
                    let field = Self::$field_const.field();
                    self.$field.references(&mut |reference, span| visit(field, reference, span));
                )*
                let _ = visit;
            }

            fn references_mut(&mut self, visit: &mut dyn FnMut(&mut $crate::model::Reference)) {
                use $crate::model::Field as _;
                $( self.$field.references_mut(visit); )*
                let _ = visit;
            }
        }
    };
}

/// Declares the registry of kinds.
macro_rules! kinds {
    ($( $name:ident { label: $label:literal, section: $section:expr, all: $all:ident } )+) => {
        /// A kind of entity.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind {
            $( #[doc = concat!("A [`", stringify!($name), "`](super::", stringify!($name), ").")] $name, )+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Kind] = &[$(Kind::$name),+];

            /// What is known of the kind before any document is read.
            pub fn def(self) -> &'static KindDef {
                match self {
                    $(Kind::$name => {
                        static DEF: KindDef = KindDef {
                            kind: Kind::$name,
                            name: stringify!($name),
                            label: $label,
                            section: $section,
                            doc: super::$name::DOC,
                            fields: super::$name::FIELDS,
                            derived: super::$name::DERIVED,
                            parent: super::$name::PARENT_ATTRIBUTE,
                        };
                        &DEF
                    })+
                }
            }
        }

        $(impl super::Target for super::$name {
            const KINDS: &'static [Kind] = &[Kind::$name];
        })+

        /// The entities that documents declare, by kind, in the order of the files.
        #[derive(Debug, Default)]
        pub struct Declarations {
            $( #[doc = concat!("Every entity of the kind [`Kind::", stringify!($name), "`].")] pub $all: Vec<super::$name>, )+
            /// The comments that may say something to this program, without their `#`.
            pub remarks: Vec<$crate::source::Spanned<String>>,
        }

        impl Declarations {
            /// The entity that `id` names.
            pub fn entity(&self, id: EntityId) -> &dyn Entity {
                match id.kind {
                    $(Kind::$name => &self.$all[id.index as usize],)+
                }
            }

            /// The entity that `id` names, to be linked.
            pub fn entity_mut(&mut self, id: EntityId) -> &mut dyn Entity {
                match id.kind {
                    $(Kind::$name => &mut self.$all[id.index as usize],)+
                }
            }

            /// How many there are of a kind.
            pub fn count(&self, kind: Kind) -> usize {
                match kind {
                    $(Kind::$name => self.$all.len(),)+
                }
            }

            /// Takes over all of `other`, which stand after those here.
            pub fn append(&mut self, other: Declarations) {
                $(take_over(&mut self.$all, other.$all);)+
                take_over(&mut self.remarks, other.remarks);
            }

            /// Leaves only what stands in files that `keep` accepts.
            pub fn retain_files(&mut self, keep: &dyn Fn(FileId) -> bool) {
                $(self.$all.retain(|entity| keep(entity.id.span.file));)+
                self.remarks.retain(|remark| keep(remark.span.file));
            }

            /// Sorts everything by the file that it stands in, and leaves the order within a file as
            /// it is.
            pub fn sort_by_file(&mut self, order: &dyn Fn(FileId, FileId) -> Ordering) {
                $(self.$all.sort_by(|a, b| order(a.id.span.file, b.id.span.file));)+
                self.remarks.sort_by(|a, b| order(a.span.file, b.span.file));
            }

            /// Runs `task` for every entity, by kind, in the order of the files.
            pub fn each<T: EntityTask>(&mut self, task: &mut T) {
                $(self.$all.iter_mut().for_each(|entity| task.run(entity));)+
            }

            /// Runs `task` for the kind that the section `name` declares; `false` if none does.
            pub fn with_section<T: SectionTask>(&mut self, name: &str, task: T) -> bool {
                $(
                    if Kind::$name.def().section == Some(name) {
                        task.run(&mut self.$all);
                        return true;
                    }
                )+
                false
            }
        }
    };
}

/// Adds `others`; where there is nothing yet, without a second copy of them.
fn take_over<T>(all: &mut Vec<T>, mut others: Vec<T>) {
    match all.is_empty() && all.capacity() <= others.len() {
        true => *all = others,
        false => all.append(&mut others),
    }
}

/// Something to do with all entities of the kind that a section declares.
pub trait SectionTask {
    /// Does it.
    fn run<E: super::Declare>(self, entities: &mut Vec<E>);
}

/// Something to do with each entity, whatever its kind.
pub trait EntityTask {
    /// Does it.
    fn run<E: super::Declare>(&mut self, entity: &mut E);
}

kinds! {
    Zone { label: "zone", section: Some("zones"), all: zones }
    Conduit { label: "conduit", section: Some("conduits"), all: conduits }
    KeyStore { label: "key store", section: Some("keyStores"), all: key_stores }
    Key { label: "key", section: Some("keys"), all: keys }
    Workload { label: "workload", section: Some("workloads"), all: workloads }
    Store { label: "store", section: Some("stores"), all: stores }
    Data { label: "data item", section: Some("data"), all: data }
    Artifact { label: "artifact", section: Some("artifacts"), all: artifacts }
    Transfer { label: "transfer", section: Some("transfers"), all: transfers }
    Identity { label: "identity", section: Some("identities"), all: identities }
    Grant { label: "grant", section: Some("grants"), all: grants }
    Issuer { label: "issuer", section: Some("issuers"), all: issuers }
    Verifier { label: "verifier", section: Some("verifiers"), all: verifiers }
    DebugEnvironment { label: "debug environment", section: Some("debugEnvironments"), all: debug_environments }
    Document { label: "document", section: None, all: documents }
}

impl Declarations {
    /// Every entity, by kind, in the order of the files.
    pub fn ids(&self) -> impl Iterator<Item = EntityId> + '_ {
        Kind::ALL.iter().flat_map(|kind| {
            let count = u32::try_from(self.count(*kind)).unwrap_or(u32::MAX);
            (0..count).map(|index| kind.id(index))
        })
    }
}

pub(super) use {entity, enumeration};
