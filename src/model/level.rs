//! How sensitive a thing is, and how much a zone is cleared for.

use super::kind::enumeration;

enumeration! {
    /// How sensitive a thing is, or how much a zone is cleared for.
    enum Level: ordered {
        /// Anyone may know it.
        Public = "public",
        /// For everyone inside the organisation.
        Internal = "internal",
        /// For those who need it.
        Confidential = "confidential",
        /// For few, named people and programs.
        Restricted = "restricted",
        /// Its loss endangers the organisation: signing keys, master keys.
        Secret = "secret",
    }
}
