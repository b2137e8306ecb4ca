//! The vocabulary: every kind of entity, its attributes, and the questions asked about it.
//!
//! This is the one place where the vocabulary is written. The JSON Schema of documents, the Cedar
//! schema, the reader of documents and the reference documentation derive from the declarations in
//! this module. It knows neither documents nor Cedar: it says what a value may be, not how it is
//! written or asked for.

mod action;
mod artifact;
mod attribute;
mod cedar_schema;
mod conduit;
mod data;
mod debug_environment;
mod document;
mod editors;
mod end;
mod field;
mod identity;
mod issuer;
mod json_schema;
mod key;
mod key_store;
mod kind;
mod level;
mod possible;
mod store;
mod transfer;
mod truth;
mod value;
mod verifier;
mod vocabulary;
mod workload;
mod zone;

pub use action::{Action, ActionDef, ContextAttribute, ContextDef};
pub use artifact::{Artifact, ArtifactKind, ArtifactOrigin, ArtifactSource, Provenance};
pub use attribute::{Attr, AttributeDef, AttributeId, CommonText, Origin};
pub use cedar_schema::{cedar_schema, enumerations};
pub use conduit::{Conduit, ConduitKind, Inspection, Status};
pub use data::{Category, Data};
pub use debug_environment::DebugEnvironment;
pub use document::Document;
pub use editors::{for_editors, generator};
pub use end::End;
pub use field::{Field, Inherited, Limit, Mandatory, Omission, Optional, Relation, Stated, Values};
pub use identity::{
    Credential, Device, Grant, GrantAction, GrantTarget, Identity, IdentityKind, IdentityState,
    Mfa, Scope, SignInFrom,
};
pub use issuer::Issuer;
pub use json_schema::document_schema;
pub use key::{Key, KeyKind, KeyState, Purpose, Realm, Rotation};
pub use key_store::{Custody, KeyStore, Validation};
pub use kind::{
    Bound, Common, Declarations, Derivation, DerivedDef, Entity, EntityId, EntityTask, FieldDef,
    FieldId, Import, Kind, KindDef, Labels, SectionTask,
};
pub use level::Level;
pub use possible::{Enumeration, PossibleValues, SetBounds};
pub use store::{Days, Encryption, Store, StoreKind};
pub use transfer::{Approval, Assurance, Cargo, Endpoint, Step, StepKind, Transfer};
pub use truth::Truth;
pub use value::{
    Atom, Cause, Choice, Date, DerivedType, Elements, EnumDef, Fact, List, Missing, Reference,
    SetOf, State, Target, To, Type, Value, VariantDef,
};
pub use verifier::{Check, KeySource, Verifier};
pub use vocabulary::vocabulary;
pub use workload::{
    ArtifactCheck, Capability, Debug, DumpMode, Exposure, Maintenance, ProcessNamespace, Workload,
    WorkloadKind,
};
pub use zone::{Environment, Internet, Isolation, Plane, Zone, ZoneKind};

/// The word that says of an attribute that nobody knows its value. No entity may be called so.
pub const UNKNOWN: &str = "unknown";

/// The key of a mapping that says of an attribute that it has one of several values.
pub const ONE_OF: &str = "oneOf";

/// What stands at the end of a list that may hold more than it lists. No entity may be called so.
pub const MORE: &str = "...";

/// The key that claims a document, and the version of the vocabulary that it stands for.
pub const MARKER: (&str, &str) = ("palisade", "v1");

/// An entity that a document can declare.
pub trait Declare: Entity + Sized {
    /// The entity, with nothing stated yet.
    fn declared(id: crate::source::Spanned<Box<str>>) -> Self;
    /// What it has in common with others.
    fn common_mut(&mut self) -> &mut Common;
    /// Shows `visitor` the field called `name`; `false` if there is none.
    fn visit_field<V: FieldVisitor>(&mut self, name: &str, visitor: &mut V) -> bool;
}

/// Something to do with a field, whatever its type.
pub trait FieldVisitor {
    /// Does it.
    fn visit<F: Field>(&mut self, field: &mut F);
}

/// An attribute that follows from the inventory as a whole. The inventory must compute each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Derived {
    /// [`Zone`]: it, or a zone that encloses it, states a clearance.
    ZoneStatesClearance,
    /// [`Zone`]: it, or a zone that encloses it, holds a non-public key of level restricted or above
    /// that exists.
    ZoneIsKeyZone,
    /// [`Zone`]: a workload in it loads keys.
    ZoneLoadsKeys,
    /// [`Zone`]: it, or a zone that encloses it, is a machine and loads keys.
    ZoneOnKeyHost,
    /// [`Workload`]: a non-public key that it or a guest uses exists and is in its memory.
    WorkloadLoadsKeys,
    /// [`Zone`]: it is shut off, and no conduit joins it on every port.
    ZoneDenyDefault,
    /// [`Store`]: a dump, trace or support bundle gets into it.
    StoreHoldsDumps,
    /// [`Transfer`]: the zone in which it begins.
    TransferFromZone,
    /// [`Transfer`]: the zone in which it ends.
    TransferToZone,
    /// [`Key`]: the environments that are declared and those of its users.
    KeyServedEnvironments,
    /// [`Key`]: not stated as destroyed.
    KeyExists,
    /// [`Key`]: not stated as retired, compromised or destroyed.
    KeyInUse,
    /// [`Key`]: the zone of its store.
    KeyZone,
    /// [`Artifact`]: the zone of what it was taken from.
    ArtifactOrigin,
    /// [`Verifier`]: its algorithms let through what nobody signed.
    VerifierAcceptsUnsigned,
    /// [`Verifier`]: it may be tokens that it accepts.
    VerifierAcceptsTokens,
    /// [`Workload`]: it takes anybody's input.
    WorkloadIsExposed,
    /// [`Verifier`]: the longest life of a token that it accepts.
    VerifierMaxTrustedMinutes,
    /// [`Key`]: the zones of its store and its replicas.
    KeyZones,
    /// [`Transfer`]: a step that is tested looks for what must not pass.
    TransferScans,
    /// [`Key`]: stated as compromised.
    KeyIsCompromised,
    /// [`Key`], [`Data`]: it alone lets a program or a person in.
    IsSoleFactor,
    /// [`Key`], [`Data`]: it signs in as a person.
    IsPersonal,
    /// [`Zone`]: a workload in it takes anybody's input.
    ZoneIsExposed,
    /// [`Zone`]: the level of the most sensitive thing that rests in a store in it.
    ZoneDataLevelRank,
    /// [`Identity`]: the highest level of what it can come to hold.
    IdentityOpensRank,
    /// [`Identity`]: the highest level of what it can come to hold without asking for a right.
    IdentityStandingRank,
    /// [`Identity`]: the highest level of what it is certain that it can come to hold.
    IdentityOpensAtLeast,
    /// [`Identity`]: the highest level of what it can come to hold by acting as another at any time.
    IdentityAssumedRank,
    /// [`Identity`]: in how many stores and key stores it can come to hold something sensitive.
    IdentityOpensCount,
    /// [`Key`]: the highest level of what those that it signs in as can come to hold.
    KeyOpensRank,
    /// [`Data`]: the same.
    DataOpensRank,
    /// [`Workload`]: the level of the most sensitive key or data that it works with.
    WorkloadLevelRank,
    /// [`Identity`]: a workload that runs as it takes anybody's input.
    IdentityIsExposed,
    /// [`Key`], [`Data`]: those that the workloads which use it run as.
    UsedBy,
    /// [`Data`]: how many persons can come to hold it.
    DataObtainableByCount,
    /// [`Store`]: the level of the most sensitive thing that rests in it.
    StoreLevelRank,
    /// [`Artifact`]: how sensitive what is in it makes it.
    ArtifactLevelRank,
    /// [`Artifact`]: the keys in it.
    ArtifactKeys,
    /// [`Artifact`]: how many keys are in it.
    ArtifactKeysCount,
    /// [`Artifact`]: it rests away from its origin, or where nothing can be changed.
    ArtifactIsApart,
    /// [`DebugEnvironment`]: the level of the most sensitive thing that ends up there.
    DebugEnvironmentLevelRank,
    /// [`Identity`]: the keys that it can come to use, public and destroyed ones left out.
    IdentityKeys,
    /// [`Identity`]: how many of them there are.
    IdentityKeysCount,
    /// [`Key`]: how many identities can come to use it.
    KeyObtainableByCount,
}

impl Derived {
    /// How many there are: the last is [`Derived::KeyObtainableByCount`].
    pub const COUNT: usize = Self::KeyObtainableByCount as usize + 1;

    /// The texts that its value turns on, and the list of texts that it reads them in. Of what else
    /// it follows from, every value is tried where it is unknown.
    pub fn turns_on(self) -> Option<(AttributeId, &'static [&'static str])> {
        match self {
            Self::ZoneDenyDefault => Some((Conduit::PORTS.id(), &[Conduit::EVERY_PORT])),
            Self::VerifierAcceptsUnsigned => Some((Verifier::ALGORITHMS.id(), &Verifier::UNSIGNED)),
            _ => None,
        }
    }
}
