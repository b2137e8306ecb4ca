//! Stores: where data, dumps, logs and backups rest.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};

use super::kind::{Derivation, entity, enumeration};
use super::value::{Atom, Type, Value};
use super::{Data, Derived, Key, Mandatory, Optional, Relation, Stated, To, Zone};
use crate::source::quote;

enumeration! {
    /// What sort of store it is.
    enum StoreKind {
        /// A database.
        Database = "database",
        /// An object store, such as a bucket.
        Object = "object",
        /// A file system.
        Filesystem = "filesystem",
        /// A queue.
        Queue = "queue",
        /// Where logs end up.
        LogSink = "log-sink",
        /// Where dumps end up.
        DumpStore = "dump-store",
        /// Where build results are kept.
        Artifact = "artifact",
        /// Where backups are kept.
        Backup = "backup",
        /// Where source code is kept.
        Source = "source",
    }
}

enumeration! {
    /// Under whose key a store encrypts what it holds.
    enum Encryption: ordered {
        /// Nobody's: it does not.
        None = "none",
        /// The provider's.
        Provider = "provider",
        /// One's own.
        Customer = "customer",
    }
}

/// For how many days something is kept; `forever` is more than any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(i64);

impl Days {
    /// Longer than anything is kept, and small enough to compute with.
    pub const FOREVER: i64 = 1_000_000_000;

    /// So many days; `None` for what is no number of days.
    pub fn of(days: i64) -> Option<Self> {
        (0..Self::FOREVER).contains(&days).then_some(Self(days))
    }

    /// Without end.
    pub fn forever() -> Self {
        Self(Self::FOREVER)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;

        impl Visitor<'_> for Words {
            type Value = Days;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of days, or `forever`")
            }

            fn visit_i64<E: serde::de::Error>(self, days: i64) -> Result<Days, E> {
                if (0..Days::FOREVER).contains(&days) {
                    Ok(Days(days))
                } else {
                    Err(E::custom(format!(
                        "invalid number of days `{days}`; write `forever`, or a number from 0 to {}",
                        Days::FOREVER - 1
                    )))
                }
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Days, E> {
                if text == "forever" {
                    Ok(Days(Days::FOREVER))
                } else {
                    Err(E::custom(format!(
                        "expected a number of days, or `forever`, found {}",
                        quote(text)
                    )))
                }
            }
        }

        deserializer.deserialize_any(Words)
    }
}

impl JsonSchema for Days {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{
                "type": "integer",
                "minimum": 0,
                "errorMessage": "Write a number of days, `forever` or `unknown`.",
            }, { "const": "forever", "description": "Without end." }],
            "description": "A number of days, or `forever`."
        })
    }
}

impl Value for Days {
    const TYPE: Type = Type::Long;
    fn atom(&self) -> Option<Atom<'_>> {
        Some(Atom::Long(self.0))
    }
    fn written(&self) -> serde_json::Value {
        match self.0 {
            Self::FOREVER => "forever".into(),
            days => days.into(),
        }
    }
}

entity! {
    /// A place where data rests: a database, a bucket, a log sink, a dump store, a backup.
    Store in ZONE {
        /// The zone that it is in.
        ZONE zone as "zone": Mandatory<To<Zone>>,
        /// What sort of store it is.
        KIND kind as "kind": Stated<StoreKind>,
        /// Under whose key it encrypts what it holds.
        ENCRYPTION encryption as "encryption": Stated<Encryption>,
        /// The declared key that it encrypts with; absent: a key that no document declares, or none,
        /// as `encryption` says.
        ENCRYPTION_KEY encryption_key as "encryptionKey": Optional<To<Key>>,
        /// Whether anyone can read it.
        PUBLIC public as "public": Stated<bool>,
        /// For how many days it keeps what it holds, or `forever`.
        RETENTION_DAYS retention_days as "retentionDays": Stated<Days>,
        /// Whether what it holds cannot be changed or deleted before its time.
        IMMUTABLE immutable as "immutable": Stated<bool>,
        /// The data that it holds.
        HOLDS holds as "holds": Relation<To<Data>>,
        /// Whether who reads and changes what in it is logged, by every way in; absent: nobody
        /// says.
        AUDITED audited as "audited": Optional<bool>,
        /// Whether unusual use of it raises an alert that somebody receives; absent: nobody says.
        ALERTED alerted as "alerted": Optional<bool>,
    }
    derived {
        /// Whether a dump, trace or support bundle is kept in it, or gets there by transfers.
        HOLDS_DUMPS as "holdsDumps": bool = Derivation::Inventory(Derived::StoreHoldsDumps),
        /// The position, from 0, of the level of the most sensitive thing that rests in it; 0 if
        /// nothing does.
        LEVEL_RANK as "levelRank": i64 = Derivation::Inventory(Derived::StoreLevelRank),
    }
}
