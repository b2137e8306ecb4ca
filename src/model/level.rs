//! How sensitive a thing is, and how much a zone is cleared for.

use super::kind::enumeration;

enumeration! {
    /// How sensitive a thing is, or how much a zone is cleared for.
    enum Level: ordered {
        /// Anyone may know it: what is published, public keys.
        Public = "public",
        /// For everyone inside the organisation: internal pages, names of colleagues.
        Internal = "internal",
        /// For those who need it: contracts, records of customers, designs.
        Confidential = "confidential",
        /// For few, named people and programs: card numbers, session tokens, keys of one service.
        Restricted = "restricted",
        /// Its loss endangers the organisation: signing keys, master keys, the keys of backups.
        Secret = "secret",
    }
}
