//! The day on which something ends, or that it does not.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _};

use super::Date;
use super::value::{Atom, Type, Value};

/// A day, or `never`, which is later than any day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct End(Date);

impl End {
    /// In milliseconds since 1970-01-01 UTC what policies read for `never`: 9999-12-31, as in RFC 5280 4.1.2.5.
    pub const NEVER: i64 = 253_402_214_400_000;
}

impl<'de> Deserialize<'de> for End {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "never" {
            return Ok(Self(Date {
                milliseconds: Self::NEVER,
            }));
        }
        text.parse().map(Self).map_err(|refusal: String| {
            D::Error::custom(format!("{refusal}, or `never` if there is no end"))
        })
    }
}

impl JsonSchema for End {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "End".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{
                "type": "string",
                "format": "date",
                "errorMessage": "Write a day, such as `2026-01-31`, `never` or `unknown`.",
            }, { "const": "never", "description": "Without end." }],
            "description": "A day, such as `2026-01-31`, or `never`."
        })
    }
}

impl Value for End {
    const TYPE: Type = Type::Date;
    fn written(&self) -> serde_json::Value {
        match self.0.milliseconds {
            Self::NEVER => "never".into(),
            _ => self.0.to_string().into(),
        }
    }
    fn atom(&self) -> Option<Atom<'_>> {
        Some(Atom::Date(self.0.milliseconds))
    }
}
