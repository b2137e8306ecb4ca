//! Data: what is worth protecting besides keys.

use super::kind::{entity, enumeration};
use super::{Level, Stated, Values};

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
    }
    derived {}
}
