//! Typed values from a tree, through serde, with the place of what is wrong.

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};

use super::tree::{NodeRef, Value};
use crate::source::{SPANNED, Span, closest, is_quotable, quote};

/// Why a value could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// What is wrong; lower case, no final period.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where; `None` only until the node that was read adds its own place.
    pub span: Option<Span>,
}

impl ReadError {
    fn new(message: String, help: Option<String>) -> Self {
        Self {
            message,
            help,
            span: None,
        }
    }

    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::new(message.to_string(), None)
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let (expected, found) = (wanted(expected), was(found));
        Self::new(format!("expected {expected}, found {found}"), None)
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(
            format!("{} is not a value of this attribute", quote(variant)),
            Some(choose(variant, expected)),
        )
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(
            format!("{} is not known here", quote(field)),
            Some(choose(field, expected)),
        )
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("`{field}` is missing"), None)
    }
}

/// What serde's types are called in documents.
fn wanted(expected: &dyn de::Expected) -> String {
    let text = expected.to_string();
    match text.as_str() {
        "a boolean" => "`true` or `false`".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => {
            "a whole number".to_owned()
        }
        "a string" | "string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a mapping".to_owned(),
        name if name.starts_with("enum ") => "one word".to_owned(),
        name if name.starts_with("struct ") => "a mapping".to_owned(),
        _ => text,
    }
}

/// What serde's values are called in documents.
fn was(found: de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Bool(value) => format!("`{value}`"),
        de::Unexpected::Unsigned(number) => format!("a number, `{number}`"),
        de::Unexpected::Signed(number) => format!("a number, `{number}`"),
        de::Unexpected::Float(number) => format!("a number, `{number}`"),
        de::Unexpected::Str(text) if is_quotable(text) => format!("text, {}", quote(text)),
        de::Unexpected::Str(_) => "text".to_owned(),
        de::Unexpected::Unit | de::Unexpected::Option => "nothing".to_owned(),
        de::Unexpected::Seq => "a list".to_owned(),
        de::Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// "did you mean", or what there is to choose from.
pub fn choose(found: &str, expected: &[&str]) -> String {
    let all: Vec<_> = expected.iter().map(|name| format!("`{name}`")).collect();
    match closest(found, expected.iter().copied()) {
        Some(similar) => format!("did you mean `{similar}`? it can be {}", all.join(", ")),
        None => format!("it can be {}", all.join(", ")),
    }
}

/// Reads a value of type `T` from a node.
///
/// # Errors
///
/// The first thing that is wrong, with its place.
pub fn read<'t, T: de::Deserialize<'t>>(node: NodeRef<'t>) -> Result<T, ReadError> {
    T::deserialize(Reader(node)).map_err(|error| error.at(node.span()))
}

struct Reader<'t>(NodeRef<'t>);

impl<'t> Reader<'t> {
    fn mismatch<V: Visitor<'t>>(&self, visitor: &V) -> ReadError {
        let found = match (self.0.text(), self.0.kind()) {
            (Some(text), kind) if !text.is_empty() && is_quotable(text) => {
                format!("{kind}, {}", quote(text))
            }
            (_, kind) => kind.to_owned(),
        };
        let expected = wanted(visitor);
        ReadError::new(format!("expected {expected}, found {found}"), None).at(self.0.span())
    }

    fn visit<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let span = self.0.span();
        match self.0.value() {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(value) => visitor.visit_i64(value),
            Value::Float(value) => visitor.visit_f64(value),
            Value::Str(value) => visitor.visit_borrowed_str(value),
            Value::Seq(list) => visitor.visit_seq(List(list.iter())),
            Value::Map(map) => visitor.visit_map(Entries {
                entries: map.iter(),
                value: None,
            }),
        }
        .map_err(|error: ReadError| error.at(span))
    }
}

impl<'t> Deserializer<'t> for Reader<'t> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.visit(visitor)
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0.value() {
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Str(text) => {
                let mut error = self.mismatch(&visitor);
                let meant = match text.to_ascii_lowercase().as_str() {
                    "yes" | "y" | "on" => Some("true"),
                    "no" | "n" | "off" => Some("false"),
                    _ => None,
                };
                error.help = meant.map(|meant| format!("YAML 1.2 writes it `{meant}`"));
                Err(error)
            }
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_i64<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0.value() {
            Value::Int(value) => visitor.visit_i64(value),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    /// Text may look like a number or a boolean: a label `2016` is no less a label.
    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match (self.0.value(), self.0.text()) {
            (Value::Null, _) | (_, None) => Err(self.mismatch(&visitor)),
            (_, Some(text)) => visitor.visit_borrowed_str(text),
        }
        .map_err(|error: ReadError| error.at(self.0.span()))
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0.value() {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if name == SPANNED {
            return visitor.visit_seq(WithSpan {
                node: self.0,
                part: 0,
            });
        }
        match self.0.value() {
            Value::Map(_) => self.visit(visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match (self.0.value(), self.0.text()) {
            (Value::Null, _) | (_, None) => {
                let mut error = self.mismatch(&visitor);
                error.help = Some(choose("", variants));
                Err(error)
            }
            (_, Some(text)) => visitor.visit_enum(Variant(text)),
        }
        .map_err(|error: ReadError| error.at(self.0.span()))
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0.value() {
            Value::Seq(_) => self.visit(visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    serde::forward_to_deserialize_any! {
        <W: Visitor<'t>>
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf
        unit unit_struct tuple tuple_struct map ignored_any
    }
}

/// The value and its span, as the four fields of a `Spanned`.
struct WithSpan<'t> {
    node: NodeRef<'t>,
    part: u8,
}

impl<'t> SeqAccess<'t> for WithSpan<'t> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'t>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let span = self.node.span();
        self.part += 1;
        let number = match self.part {
            1 => span.file.0,
            2 => span.start,
            3 => span.end,
            4 => return seed.deserialize(Reader(self.node)).map(Some),
            _ => return Ok(None),
        };
        seed.deserialize(number.into_deserializer()).map(Some)
    }
}

struct List<I>(I);

impl<'t, I: Iterator<Item = NodeRef<'t>>> SeqAccess<'t> for List<I> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'t>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let Some(node) = self.0.next() else {
            return Ok(None);
        };
        let value = seed.deserialize(Reader(node));
        value.map(Some).map_err(|error| error.at(node.span()))
    }
}

struct Entries<'t, I> {
    entries: I,
    value: Option<NodeRef<'t>>,
}

impl<'t, I: Iterator<Item = (NodeRef<'t>, NodeRef<'t>)>> MapAccess<'t> for Entries<'t, I> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'t>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        let read = seed.deserialize(Reader(key));
        read.map(Some).map_err(|error| error.at(key.span()))
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let Some(node) = self.value.take() else {
            return Err(ReadError::custom("a value without a key"));
        };
        let value = seed.deserialize(Reader(node));
        value.map_err(|error| error.at(node.span()))
    }
}

struct Variant<'t>(&'t str);

impl<'t> EnumAccess<'t> for Variant<'t> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'t>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        let name: de::value::BorrowedStrDeserializer<'t, ReadError> =
            de::value::BorrowedStrDeserializer::new(self.0);
        Ok((seed.deserialize(name)?, self))
    }
}

/// Enumerations of the vocabulary hold no data.
impl<'t> VariantAccess<'t> for Variant<'t> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(self, _: T) -> Result<T::Value, ReadError> {
        Err(ReadError::custom("expected a single word"))
    }

    fn tuple_variant<V: Visitor<'t>>(self, _: usize, _: V) -> Result<V::Value, ReadError> {
        Err(ReadError::custom("expected a single word"))
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ReadError> {
        Err(ReadError::custom("expected a single word"))
    }
}
