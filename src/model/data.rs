//! Data: what is worth protecting besides keys.

use super::kind::{Derivation, entity, enumeration};
use super::{
    Date, Derived, End, Identity, KeyState, Level, Optional, Relation, Rotation, SetOf, Stated, To,
    Values,
};

enumeration! {
    /// What data is about.
    enum Category {
        /// Keys, or what keys are made from.
        KeyMaterial = "key-material",
        /// Passwords, tokens, cookies.
        Credential = "credential",
        /// About persons.
        Personal = "personal",
        /// About payments.
        Payment = "payment",
        /// About health.
        Health = "health",
        /// What customers entrusted.
        CustomerContent = "customer-content",
        /// About how a system does.
        Telemetry = "telemetry",
    }
}

entity! {
    /// A body of data: customer records, mail, session tokens.
    Data {
        /// How sensitive it is.
        LEVEL level as "level": Stated<Level>,
        /// What it is about.
        CATEGORIES categories as "categories": Values<Category>,
        /// The identities that it signs in as: whoever holds it can act as them.
        AUTHENTICATES authenticates as "authenticates": Relation<To<Identity>>,
        /// Of a credential: where in its life it is; absent: nobody says.
        STATE state as "state": Optional<KeyState>,
        /// Of a credential: when it was made; absent: nobody says.
        CREATED created as "created": Optional<Date>,
        /// Of a credential: until when it is accepted, or `never`; absent: nobody says.
        NOT_AFTER not_after as "notAfter": Optional<End>,
        /// Of a credential: how it is replaced by a new one; absent: nobody says.
        ROTATION rotation as "rotation": Optional<Rotation>,
    }
    derived {
        /// Whether it alone lets somebody in: it signs in as a program whose `credential` is
        /// `static`, or as a person whose `mfa` is `none`.
        IS_SOLE_FACTOR as "isSoleFactor": bool = Derivation::Inventory(Derived::IsSoleFactor),
        /// Whether it signs in as a person: as an identity of kind `human` or `admin`.
        IS_PERSONAL as "isPersonal": bool = Derivation::Inventory(Derived::IsPersonal),
        /// The position, from 0, of the highest level of what those that it signs in as can come to
        /// hold, over any chain; 0 if that is nothing.
        OPENS_RANK as "opensRank": i64 = Derivation::Inventory(Derived::DataOpensRank),
        /// The identities that the workloads which process it run as.
        USED_BY as "usedBy": SetOf<To<Identity>> = Derivation::Inventory(Derived::UsedBy),
        /// How many persons can come to hold it, over any chain: those that are named, and `members`;
        /// a thousand million if anyone at all can.
        OBTAINABLE_BY_COUNT as "obtainableByCount": i64 = Derivation::Inventory(Derived::DataObtainableByCount),
    }
}
