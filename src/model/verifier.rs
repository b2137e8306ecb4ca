//! Verifiers: who accepts tokens, and on what grounds.

use super::kind::{Derivation, entity, enumeration};
use super::{Derived, Key, Optional, Realm, Relation, Stated, To, Values};

enumeration! {
    /// What a verifier checks of a token.
    enum Check {
        /// That the key belongs to the issuer that the token names (RFC 8725 section 3.8).
        KeyIssuer = "key-issuer",
        /// That the issuer is a trusted one.
        Issuer = "issuer",
        /// That the token is meant for this audience (RFC 8725 section 3.9).
        Audience = "audience",
        /// That the token allows what is asked.
        Scope = "scope",
        /// That the issuer may speak for this sort of account.
        Realm = "realm",
        /// That the token has not expired.
        Expiry = "expiry",
        /// That the token was not revoked.
        Revocation = "revocation",
        /// That the token is about a listed subject: a tenant, an account, a repository.
        Subject = "subject",
        /// That the issuer has a record of having issued the token.
        Issuance = "issuance",
    }
}

enumeration! {
    /// Where a verifier takes its keys from.
    enum KeySource {
        /// From a place that its configuration names.
        Pinned = "pinned",
        /// From a place that it finds out, such as one that the token names.
        Discovered = "discovered",
    }
}

entity! {
    /// Something that accepts tokens: a service, a gateway, a library shared by many.
    Verifier {
        /// Whose accounts it lets in.
        REALM realm as "realm": Stated<Realm>,
        /// The keys whose signatures it accepts.
        TRUSTS trusts as "trusts": Relation<To<Key>>,
        /// What it checks of a token.
        CHECKS checks as "checks": Values<Check>,
        /// The algorithms that it accepts; `any` if it accepts whichever the token names.
        ALGORITHMS algorithms as "algorithms": Values<Box<str>>,
        /// Where it takes its keys from.
        KEY_SOURCE key_source as "keySource": Stated<KeySource>,
        /// Whether who signs in, and who is refused, is logged; absent: nobody says.
        AUDITED audited as "audited": Optional<bool>,
        /// Whether unusual use of it raises an alert that somebody receives; absent: nobody says.
        ALERTED alerted as "alerted": Optional<bool>,
    }
    derived {
        /// For how many minutes a token that it accepts is valid at most: the longest
        /// `maxTokenMinutes` of the issuers that sign with the keys that it trusts; if it trusts no
        /// declared key, of the issuers of its realm that sign with none. A thousand million where
        /// there is no such issuer, or no end.
        MAX_TRUSTED_MINUTES as "maxTrustedMinutes": i64 = Derivation::Inventory(Derived::VerifierMaxTrustedMinutes),
        /// Whether what it accepts may be tokens: it trusts no declared key, or one that is not stated
        /// to serve other purposes alone.
        ACCEPTS_TOKENS as "acceptsTokens": bool = Derivation::Inventory(Derived::VerifierAcceptsTokens),
        /// Whether its `algorithms` hold `any`, or `none`, which stands for no signature, in capital
        /// letters or small ones.
        ACCEPTS_UNSIGNED as "acceptsUnsigned": bool = Derivation::Inventory(Derived::VerifierAcceptsUnsigned),
    }
}

impl Verifier {
    /// What `algorithms` lists if tokens without a signature are accepted, in small letters.
    pub const UNSIGNED: [&'static str; 2] = ["any", "none"];
}
