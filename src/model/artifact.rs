//! Artifacts: what is taken from something else: dumps, logs, backups.

use super::kind::{Derivation, entity, enumeration};
use super::{
    Data, Derived, Enumeration as _, Kind, Level, Mandatory, Optional, Relation, SetOf, Stated,
    Store, Target, To,
};

enumeration! {
    /// What sort of thing was taken.
    enum ArtifactKind {
        /// The memory of a process that failed.
        CrashDump = "crash-dump",
        /// The memory of a process, as the operating system writes it.
        CoreDump = "core-dump",
        /// The heap of a managed runtime.
        HeapDump = "heap-dump",
        /// A recording of what a process did.
        Trace = "trace",
        /// A log.
        Log = "log",
        /// A copy kept for recovery.
        Backup = "backup",
        /// A copy of a disk or machine.
        Snapshot = "snapshot",
        /// What a vendor asks for to look into a fault.
        SupportBundle = "support-bundle",
        /// What is released for others to run: a program, an image, an update, a script.
        Package = "package",
    }
}

impl ArtifactKind {
    /// Whether it shows the memory of a process: dumps, traces and support bundles.
    pub fn is_dump(self) -> bool {
        matches!(
            self,
            Self::CrashDump | Self::CoreDump | Self::HeapDump | Self::Trace | Self::SupportBundle
        )
    }
}

/// What an artifact may be taken from.
#[derive(Debug, Clone)]
pub enum ArtifactOrigin {}

impl Target for ArtifactOrigin {
    const KINDS: &'static [Kind] = &[
        Kind::Workload,
        Kind::Store,
        Kind::KeyStore,
        Kind::Key,
        Kind::DebugEnvironment,
    ];
}

enumeration! {
    /// What is known of how a package was built (SLSA 1.2, Build track).
    enum Provenance: ordered {
        /// Nothing.
        None = "none",
        /// Who built it from what, by nobody's signature (Build L1).
        Unsigned = "unsigned",
        /// The same, signed by the platform that built it (Build L2).
        Signed = "signed",
        /// Signed, from a platform on which no build can touch another one or the signing key
        /// (Build L3).
        Isolated = "isolated",
    }
}

/// What a package may be built from.
#[derive(Debug, Clone)]
pub enum ArtifactSource {}

impl Target for ArtifactSource {
    const KINDS: &'static [Kind] = &[Kind::Store, Kind::Artifact];
}

entity! {
    /// Something taken from something else: a dump, a log, a backup.
    Artifact {
        /// What sort of thing it is.
        KIND kind as "kind": Stated<ArtifactKind>,
        /// What it was taken from.
        FROM from as "from": Mandatory<To<ArtifactOrigin>>,
        /// The store that it is kept in; absent: where it was taken.
        AT at as "at": Optional<To<Store>>,
        /// The data in it, besides what follows from what it was taken from.
        CONTAINS contains as "contains": Relation<To<Data>>,
        /// How sensitive it is declared to be; absent: as sensitive as what is in it.
        LEVEL level as "level": Optional<Level>,
        /// Of a package: what it was built from. That is not in it.
        BUILT_FROM built_from as "builtFrom": Relation<To<ArtifactSource>>,
        /// Of a package: what is known of how it was built; absent: nobody says.
        PROVENANCE provenance as "provenance": Optional<Provenance>,
    }
    derived {
        /// Whether it shows the memory of a process: dumps, traces and support bundles.
        IS_DUMP as "isDump": bool = Derivation::of(Self::KIND, |at| ArtifactKind::at(at).is_some_and(ArtifactKind::is_dump)),
        /// The zone of what it was taken from.
        ORIGIN as "origin": To<super::Zone> = Derivation::Inventory(Derived::ArtifactOrigin),
        /// The position, from 0, of its level as it is taken: the highest of the clearance of its
        /// `origin`, of what is in it, and of what it is declared as.
        DERIVED_LEVEL_RANK as "derivedLevelRank": i64 = Derivation::Inventory(Derived::ArtifactLevelRank),
        /// The keys in it: those in the memory that it shows, in the key store that it was taken
        /// from, and in the artifacts in it.
        KEYS as "keys": SetOf<To<super::Key>> = Derivation::Inventory(Derived::ArtifactKeys),
        /// How many there are in `keys`.
        KEYS_COUNT as "keysCount": i64 = Derivation::Inventory(Derived::ArtifactKeysCount),
        /// Whether some copy of it rests out of reach of what happens at its `origin`: in a store of
        /// another zone, or in one in which nothing can be changed.
        IS_APART as "isApart": bool = Derivation::Inventory(Derived::ArtifactIsApart),
    }
}
