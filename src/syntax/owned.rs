//! Trees that outlive their text, and that may be changed: what patches are applied to.

use serde_json::Value as Json;

use super::tree::{NodeRef, Value};
use crate::source::{Span, Spanned};

/// A value with its place, free of the text that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it was written; of a value behind an alias, a stand-in as everywhere.
    pub span: Span,
    /// What it holds.
    pub value: NodeValue,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeValue {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text; also a scalar with a tag of its own.
    Str(Box<str>),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping, in the order in which it is written; its keys are texts.
    Map(Vec<(Spanned<Box<str>>, Node)>),
}

impl Node {
    /// What `node` and all in it hold. Linear. The limit on depth bounds how deep it recurses.
    pub fn of(node: NodeRef<'_>) -> Self {
        let value = match node.value() {
            Value::Null => NodeValue::Null,
            Value::Bool(value) => NodeValue::Bool(value),
            Value::Int(value) => NodeValue::Int(value),
            Value::Float(value) => NodeValue::Float(value),
            Value::Str(text) => NodeValue::Str(text.into()),
            Value::Seq(items) => NodeValue::Seq(items.iter().map(Self::of).collect()),
            Value::Map(map) => {
                let entries = map.iter().filter_map(|(key, value)| {
                    let name = Spanned::new(key.text()?.into(), key.span());
                    Some((name, Self::of(value)))
                });
                NodeValue::Map(entries.collect())
            }
        };
        Self {
            span: node.span(),
            value,
        }
    }

    /// The value under a key of a mapping. Linear in its entries.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// A key of a mapping, and its value.
    pub fn entry(&self, key: &str) -> Option<(&Spanned<Box<str>>, &Self)> {
        let found = self.entries().iter().find(|(name, _)| &*name.value == key);
        found.map(|(name, value)| (name, value))
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[(Spanned<Box<str>>, Self)] {
        match &self.value {
            NodeValue::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            NodeValue::Seq(items) => items,
            _ => &[],
        }
    }

    /// The text, if it is one.
    pub fn str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn bool(&self) -> Option<bool> {
        match self.value {
            NodeValue::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn int(&self) -> Option<i64> {
        match self.value {
            NodeValue::Int(value) => Some(value),
            _ => None,
        }
    }

    /// Whether nothing is written.
    pub fn is_null(&self) -> bool {
        self.value == NodeValue::Null
    }

    /// A scalar as text, whatever its type.
    pub fn scalar(&self) -> Option<String> {
        Some(match &self.value {
            NodeValue::Bool(value) => value.to_string(),
            NodeValue::Int(value) => value.to_string(),
            NodeValue::Float(value) => value.to_string(),
            NodeValue::Str(text) => text.to_string(),
            _ => return None,
        })
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            NodeValue::Null => "nothing",
            NodeValue::Bool(_) => "a boolean",
            NodeValue::Int(_) | NodeValue::Float(_) => "a number",
            NodeValue::Str(_) => "a string",
            NodeValue::Seq(_) => "a list",
            NodeValue::Map(_) => "a mapping",
        }
    }

    /// Gives each value in it the place that `place` gives it.
    pub fn moved(&mut self, place: &dyn Fn(Span) -> Span) {
        self.span = place(self.span);
        match &mut self.value {
            NodeValue::Seq(items) => items.iter_mut().for_each(|item| item.moved(place)),
            NodeValue::Map(entries) => {
                for (key, value) in entries {
                    key.span = place(key.span);
                    value.moved(place);
                }
            }
            _ => {}
        }
    }

    /// The same without places.
    pub fn json(&self) -> Json {
        match &self.value {
            NodeValue::Null => Json::Null,
            NodeValue::Bool(value) => (*value).into(),
            NodeValue::Int(value) => (*value).into(),
            NodeValue::Float(value) => (*value).into(),
            NodeValue::Str(text) => (**text).into(),
            NodeValue::Seq(items) => items.iter().map(Self::json).collect(),
            NodeValue::Map(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|(name, value)| (name.value.to_string(), value.json()));
                Json::Object(entries.collect())
            }
        }
    }
}
