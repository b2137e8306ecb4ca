//! Type constraints of variables, and what Terraform makes of a value to fit one.

use std::rc::Rc;

use super::value::{Data, Entry, Value, number_text};
use crate::infrastructure::terraform::hcl::{Expr, Term};

/// What a variable takes.
#[derive(Debug, Clone)]
pub enum Type<'m> {
    /// `any`, and what is not known here.
    Any,
    /// `string`
    Text,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(…)`
    List(Box<Type<'m>>),
    /// `set(…)`
    Set(Box<Type<'m>>),
    /// `map(…)`
    Map(Box<Type<'m>>),
    /// `object({ … })`
    Object(Vec<Member<'m>>),
    /// `tuple([ … ])`
    Tuple(Vec<Type<'m>>),
}

/// An attribute of an object.
#[derive(Debug, Clone)]
pub struct Member<'m> {
    /// Its name.
    pub name: &'m str,
    /// What it takes.
    pub ty: Type<'m>,
    /// Whether it may be left out.
    pub optional: bool,
    /// What it is then.
    pub default: Option<&'m Expr>,
}

impl<'m> Type<'m> {
    /// The type that `expr` says; also as it was written before version 0.12: `"string"`.
    pub fn of(expr: &'m Expr) -> Self {
        match &expr.term {
            Term::Root(name) => Self::named(name),
            Term::Text(text) => Self::named(&text.text),
            Term::Call(call) => {
                let first = call.arguments.first();
                let inner = || Box::new(first.map_or(Self::Any, Self::of));
                match (&*call.name.text, first.map(|first| &first.term)) {
                    ("list", _) => Self::List(inner()),
                    ("set", _) => Self::Set(inner()),
                    ("map", _) => Self::Map(inner()),
                    ("object", Some(Term::Object(members))) => {
                        let members = members.iter();
                        Self::Object(members.filter_map(|(name, ty)| member(name, ty)).collect())
                    }
                    ("tuple", Some(Term::Tuple(types))) => {
                        Self::Tuple(types.iter().map(Self::of).collect())
                    }
                    _ => Self::Any,
                }
            }
            _ => Self::Any,
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "string" => Self::Text,
            "number" => Self::Number,
            "bool" => Self::Bool,
            "list" => Self::List(Box::new(Self::Any)),
            "map" => Self::Map(Box::new(Self::Any)),
            _ => Self::Any,
        }
    }
}

fn member<'m>(name: &'m Expr, ty: &'m Expr) -> Option<Member<'m>> {
    let name = name.text()?;
    match &ty.term {
        Term::Call(call) if &*call.name.text == "optional" => Some(Member {
            name,
            ty: call.arguments.first().map_or(Type::Any, Type::of),
            optional: true,
            default: call.arguments.get(1),
        }),
        _ => Some(Member {
            name,
            ty: Type::of(ty),
            optional: false,
            default: None,
        }),
    }
}

/// The value as one of the type. What does not fit stays as it is: Terraform would refuse it.
/// `default` evaluates the default of an attribute.
pub fn convert<'m>(
    value: Value,
    ty: &Type<'m>,
    default: &mut dyn FnMut(&'m Expr) -> Value,
) -> Value {
    let Value { data, origin } = value;
    let data = match (ty, data) {
        (_, data @ (Data::Null | Data::Unknown(_))) => data,
        (ty, Data::Choice(values)) => {
            let values = values.iter().cloned();
            let values = values.map(|value| convert(value, ty, default));
            Data::Choice(Rc::new(values.collect()))
        }
        (Type::Text, Data::Number(number)) => {
            return Value {
                origin: origin.clone(),
                ..Value::computed(number_text(number), origin.at)
            };
        }
        (Type::Text, Data::Bool(value)) => {
            return Value {
                origin: origin.clone(),
                ..Value::computed(value.to_string(), origin.at)
            };
        }
        (Type::Number, Data::Text(text)) => match text.text.parse() {
            Ok(number) => Data::Number(number),
            Err(_) => Data::Text(text),
        },
        (Type::Bool, Data::Text(text)) => match &*text.text {
            "true" | "1" => Data::Bool(true),
            "false" | "0" => Data::Bool(false),
            _ => Data::Text(text),
        },
        (Type::List(inner), Data::List(items)) => {
            let items = items.iter().cloned();
            Data::List(Rc::new(
                items.map(|item| convert(item, inner, default)).collect(),
            ))
        }
        (Type::Set(inner), Data::List(items)) => {
            let items = items.iter().cloned();
            let items = items.map(|item| convert(item, inner, default)).collect();
            Data::List(Rc::new(as_set(items)))
        }
        (Type::Tuple(types), Data::List(items)) => {
            let items = items.iter().cloned().enumerate();
            let items = items.map(|(at, item)| match types.get(at) {
                Some(ty) => convert(item, ty, default),
                None => item,
            });
            Data::List(Rc::new(items.collect()))
        }
        (Type::Map(inner), Data::Object(entries)) => {
            let entries = entries.iter().cloned().map(|entry| Entry {
                value: convert(entry.value, inner, default),
                ..entry
            });
            Data::Object(Rc::new(entries.collect()))
        }
        (Type::Object(members), Data::Object(entries)) => {
            let given = |name: &str| entries.iter().find(|entry| &*entry.key == name);
            let members = members.iter().filter_map(|member| {
                let given = given(member.name);
                let value = match given.map(|entry| entry.value.clone()) {
                    // A default also holds where the value is null.
                    Some(value) if !value.is_null() || member.default.is_none() => value,
                    _ => match member.default {
                        Some(expr) => default(expr),
                        None if member.optional => Value::null(origin.at),
                        None => return None,
                    },
                };
                Some(Entry {
                    key: member.name.into(),
                    at: given.map_or(origin.at, |entry| entry.at),
                    value: convert(value, &member.ty, default),
                })
            });
            let mut members: Vec<_> = members.collect();
            members.sort_by(|a, b| a.key.cmp(&b.key));
            Data::Object(Rc::new(members))
        }
        (_, data) => data,
    };
    Value { data, origin }
}

/// The elements as those of a set: each once; texts in their order.
pub fn as_set(items: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    let mut seen = std::collections::HashSet::new();
    for item in items {
        let is_new = match item.as_text() {
            Some(text) => seen.insert(text),
            None => !kept.iter().any(|other| other.equals(&item) == Some(true)),
        };
        if is_new {
            kept.push(item);
        }
    }
    if kept.iter().all(|item| item.as_text().is_some()) {
        kept.sort_by_cached_key(|item| item.as_text());
    }
    kept
}
