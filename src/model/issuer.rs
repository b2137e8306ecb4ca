//! Issuers: who signs tokens.

use super::kind::entity;
use super::{Key, Limit, Optional, Realm, Relation, Stated, To};

entity! {
    /// Something that issues tokens.
    Issuer {
        /// Whose accounts it speaks for.
        REALM realm as "realm": Stated<Realm>,
        /// The keys that it signs with.
        SIGNS_WITH signs_with as "signsWith": Relation<To<Key>>,
        /// For how many minutes a token is valid at most; `unlimited` if it is without end.
        MAX_TOKEN_MINUTES max_token_minutes as "maxTokenMinutes": Limit<i64>,
        /// Whether a token is of use only to the client that it was issued to.
        BOUND bound as "bound": Stated<bool>,
        /// Whether what it issues, to whom, and what it refuses is logged; absent: nobody says.
        AUDITED audited as "audited": Optional<bool>,
        /// Whether unusual use of it raises an alert that somebody receives; absent: nobody says.
        ALERTED alerted as "alerted": Optional<bool>,
    }
    derived {}
}
