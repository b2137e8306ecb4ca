//! Keys: what they are for, where they are, how long they live.

use super::kind::{Derivation, entity, enumeration};
use super::{
    Approval, Date, Derived, Enumeration as _, Environment, Identity, KeyStore, Level, Limit,
    Mandatory, Optional, Relation, SetOf, Stated, To, Values,
};

enumeration! {
    /// Which half of a key, or which sort of key, it is.
    enum KeyKind {
        /// The private half of a pair.
        Private = "private",
        /// A symmetric key.
        Symmetric = "symmetric",
        /// The public half of a pair; no secret.
        Public = "public",
    }
}

enumeration! {
    /// What a key is used for.
    enum Purpose {
        /// Signs tokens.
        TokenSigning = "token-signing",
        /// Signs code.
        CodeSigning = "code-signing",
        /// Signs certificates.
        CertificateSigning = "certificate-signing",
        /// Signs documents.
        DocumentSigning = "document-signing",
        /// Encrypts data.
        Encryption = "encryption",
        /// Encrypts other keys.
        Wrapping = "wrapping",
        /// Serves TLS.
        Tls = "tls",
        /// Proves who somebody is.
        Authentication = "authentication",
    }
}

impl Purpose {
    /// Whether a signature under it is trusted by others.
    pub fn is_signing(self) -> bool {
        matches!(
            self,
            Self::TokenSigning
                | Self::CodeSigning
                | Self::CertificateSigning
                | Self::DocumentSigning
        )
    }
}

enumeration! {
    /// Where in its life a key is (NIST SP 800-57 part 1, key states).
    enum KeyState {
        /// Made, not yet in use.
        PreActive = "pre-active",
        /// In use.
        Active = "active",
        /// No longer used to protect anything new.
        Retired = "retired",
        /// Known or feared to be in other hands.
        Compromised = "compromised",
        /// Gone.
        Destroyed = "destroyed",
    }
}

enumeration! {
    /// How a key is replaced by a new one.
    enum Rotation {
        /// By a machine, on time.
        Automatic = "automatic",
        /// By a person.
        Manual = "manual",
        /// Not at all.
        None = "none",
    }
}

enumeration! {
    /// Whose accounts a key, an issuer or a verifier stands for.
    enum Realm {
        /// Private persons' accounts.
        Consumer = "consumer",
        /// Organisations' accounts.
        Enterprise = "enterprise",
        /// The operator's own.
        Internal = "internal",
    }
}

entity! {
    /// A cryptographic key.
    Key in STORE {
        /// The key store that it is in.
        STORE store as "store": Mandatory<To<KeyStore>>,
        /// Further key stores that hold a copy.
        REPLICAS replicas as "replicas": Relation<To<KeyStore>>,
        /// Which half of a key, or which sort of key, it is.
        KIND kind as "kind": Stated<KeyKind>,
        /// What it is used for.
        PURPOSES purposes as "purposes": Values<Purpose>,
        /// Whether its store hands it out.
        EXPORTABLE exportable as "exportable": Stated<bool>,
        /// Where in its life it is.
        STATE state as "state": Stated<KeyState>,
        /// When it was made.
        CREATED created as "created": Stated<Date>,
        /// From when on it is valid; absent: at once.
        NOT_BEFORE not_before as "notBefore": Optional<Date>,
        /// Until when it is valid; `never` if it is without end.
        NOT_AFTER not_after as "notAfter": Limit<Date>,
        /// How it is replaced by a new one.
        ROTATION rotation as "rotation": Stated<Rotation>,
        /// Whether somebody is told when it grows old.
        AGE_ALERT age_alert as "ageAlert": Stated<bool>,
        /// How sensitive it is.
        LEVEL level as "level": Stated<Level>,
        /// Whose accounts it vouches for.
        REALM realm as "realm": Stated<Realm>,
        /// The audiences that accept what it signs; `*` for any.
        AUDIENCES audiences as "audiences": Values<Box<str>>,
        /// The environments that it serves, besides those of the workloads that use it.
        ENVIRONMENTS environments as "environments": Relation<Environment>,
        /// Whether somebody else keeps a copy for recovery.
        ESCROWED escrowed as "escrowed": Stated<bool>,
        /// The identities that it signs in as: whoever holds it can act as them.
        AUTHENTICATES authenticates as "authenticates": Relation<To<Identity>>,
        /// Who must agree before it is used; absent: nobody says.
        APPROVAL approval as "approval": Optional<Approval>,
        /// Whether its store computes with it, or hands it out, only for programs that prove what
        /// they are; absent: nobody says.
        ATTESTED attested as "attested": Optional<bool>,
    }
    derived {
        /// Whether any of its `purposes` is a signing one.
        IS_SIGNING as "isSigning": bool = Derivation::of(Self::PURPOSES, |at| Purpose::at(at).is_some_and(Purpose::is_signing)),
        /// The environments that it serves: those in `environments`, and those of the zones of the
        /// workloads that use it.
        SERVED_ENVIRONMENTS as "servedEnvironments": SetOf<Environment> = Derivation::Inventory(Derived::KeyServedEnvironments),
        /// Whether there is such a key: its `state` is not stated as `destroyed`. A key whose state
        /// nobody states is taken to exist.
        EXISTS as "exists": bool = Derivation::Inventory(Derived::KeyExists),
        /// Whether something new may be protected with it: its `state` is not stated as `retired`,
        /// `compromised` or `destroyed`. A key whose state nobody states is taken to be in use.
        IN_USE as "inUse": bool = Derivation::Inventory(Derived::KeyInUse),
        /// Whether its `state` is stated as `compromised`.
        IS_COMPROMISED as "isCompromised": bool = Derivation::Inventory(Derived::KeyIsCompromised),
        /// Whether it alone lets somebody in: it signs in as a program whose `credential` is
        /// `static`, or as a person whose `mfa` is `none`.
        IS_SOLE_FACTOR as "isSoleFactor": bool = Derivation::Inventory(Derived::IsSoleFactor),
        /// Whether it signs in as a person: as an identity of kind `human` or `admin`.
        IS_PERSONAL as "isPersonal": bool = Derivation::Inventory(Derived::IsPersonal),
        /// The position, from 0, of the highest level of what those that it signs in as can come to
        /// hold, over any chain; 0 if that is nothing.
        OPENS_RANK as "opensRank": i64 = Derivation::Inventory(Derived::KeyOpensRank),
        /// The identities that the workloads which use it run as.
        USED_BY as "usedBy": SetOf<To<Identity>> = Derivation::Inventory(Derived::UsedBy),
        /// The zones of its store and of its replicas.
        ZONES as "zones": SetOf<To<super::Zone>> = Derivation::Inventory(Derived::KeyZones),
        /// The zone of its store.
        ZONE as "zone": To<super::Zone> = Derivation::Inventory(Derived::KeyZone),
        /// How many identities can come to sign with it, decrypt with it or take it out, over any
        /// chain; the members of a group are counted, not the group, those included that `members` counts,
        /// and `everyone` counts as a billion.
        OBTAINABLE_BY_COUNT as "obtainableByCount": i64 = Derivation::Inventory(Derived::KeyObtainableByCount),
    }
}

impl Key {
    /// How many identities everyone counts as: more than any rule asks for.
    pub(crate) const EVERYONE: i64 = 1_000_000_000;
}
