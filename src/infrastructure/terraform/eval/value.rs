//! The values of expressions, with the literal that each comes from.

use std::rc::Rc;
use std::sync::Arc;

use crate::infrastructure::terraform::hcl::Text;
use crate::source::Span;

/// The value of an expression. Cheap to clone: what it holds is shared.
#[derive(Debug, Clone)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Data {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(Text),
    /// The text of a value in JSON, as `jsonencode` makes it.
    Json(Rc<Value>),
    /// A text some parts of which are unknown: each is a text or unknown.
    Parts(Rc<Vec<Value>>),
    /// A list, a tuple, or a set in its order.
    List(Rc<Vec<Value>>),
    /// A map or an object, by key.
    Object(Rc<Vec<Entry>>),
    /// A resource, a data source, or a module that is not here, among those of the evaluator.
    Instance(u32),
    /// A module, among those of the evaluator.
    Module(u32),
    /// Nobody knows, and why.
    Unknown(Rc<Unknown>),
    /// One of several values.
    Choice(Rc<Vec<Value>>),
}

/// One entry of a map.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// Where the key stands.
    pub at: Span,
    /// The value.
    pub value: Value,
}

/// Why a value is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A variable without a default, and nothing gives it a value.
    NoValue,
    /// Known only once the infrastructure has been made.
    AfterApply,
    /// Read by a data source.
    DataSource,
    /// A function that is not evaluated, or a file that is not there.
    NotEvaluated,
    /// An expression that Terraform would refuse.
    Wrong,
    /// It cannot be read; a problem says so.
    Broken,
    /// Repeated an unknown number of times.
    Dynamic,
    /// A limit was reached.
    Limit,
}

/// What is not known, and why.
#[derive(Debug, Clone)]
pub struct Unknown {
    /// Why.
    pub cause: Cause,
    /// What it is, for people: `var.level`, or what went wrong.
    pub what: Rc<str>,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The literal, or else the expression that computes it.
    pub at: Span,
    /// The resource that it is an attribute of, if it is one.
    pub of: Option<u32>,
    /// How it came here, the latest step first.
    pub via: Option<Rc<Link>>,
}

/// A step on the way from a literal to where its value is used.
#[derive(Debug)]
pub struct Link {
    /// Where it is.
    pub at: Span,
    /// What happens there.
    pub role: Role,
    next: Option<Rc<Link>>,
}

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The value is referred to.
    Reference,
    /// Another value would hold, were this one not given.
    Overruled,
    /// The value is computed from this one.
    Operand,
}

/// Most steps that are kept of a way.
const STEPS: usize = 8;

impl Origin {
    /// A literal at `at`.
    pub fn at(at: Span) -> Self {
        Self {
            at,
            of: None,
            via: None,
        }
    }

    /// The same, come by way of `at`.
    #[must_use]
    pub fn linked(mut self, at: Span, role: Role) -> Self {
        let again = self.via.as_ref().is_some_and(|link| link.at == at);
        if at != self.at && !again && self.links().count() < STEPS {
            let next = self.via.take();
            self.via = Some(Rc::new(Link { at, role, next }));
        }
        self
    }

    /// The steps, the latest first.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        std::iter::successors(self.via.as_deref(), |link| link.next.as_deref())
    }

    /// The same, come by way of what its container came by.
    #[must_use]
    pub fn inside(mut self, container: &Self) -> Self {
        let links: Vec<_> = container.links().collect();
        for link in links.iter().rev() {
            self = self.linked(link.at, link.role);
        }
        self.of = self.of.or(container.of);
        self
    }
}

impl Value {
    /// The value `data`, written at `at`.
    pub fn new(data: Data, at: Span) -> Self {
        Self {
            data,
            origin: Origin::at(at),
        }
    }

    /// `null`.
    pub fn null(at: Span) -> Self {
        Self::new(Data::Null, at)
    }

    /// A text that is computed at `at`: its bytes stand nowhere.
    pub fn computed(text: impl Into<Arc<str>>, at: Span) -> Self {
        let text = Text {
            text: text.into(),
            pieces: Some(Arc::default()),
            start: at.start,
        };
        Self::new(Data::Text(text), at)
    }

    /// A list.
    pub fn list(items: Vec<Value>, at: Span) -> Self {
        Self::new(Data::List(Rc::new(items)), at)
    }

    /// A map; of several entries of one key the last counts.
    pub fn object(mut entries: Vec<Entry>, at: Span) -> Self {
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
        for entry in entries {
            match kept.last_mut() {
                Some(last) if last.key == entry.key => *last = entry,
                _ => kept.push(entry),
            }
        }
        Self::new(Data::Object(Rc::new(kept)), at)
    }

    /// Something that nobody knows.
    pub fn unknown(cause: Cause, what: impl Into<Rc<str>>, at: Span) -> Self {
        let what = what.into();
        Self::new(Data::Unknown(Rc::new(Unknown { cause, what })), at)
    }

    /// One of `values`: flattened, without repetition. The only one if there is one.
    pub fn choice(values: Vec<Value>, at: Span) -> Self {
        let mut all: Vec<Value> = Vec::new();
        for value in values {
            match &value.data {
                Data::Choice(more) => more.iter().for_each(|one| add(&mut all, one)),
                _ => add(&mut all, &value),
            }
        }
        if let Some(unknown) = all.iter().find(|value| value.is_unknown()) {
            return unknown.clone();
        }
        match all.len() {
            1 => all.remove(0),
            _ => Self::new(Data::Choice(Rc::new(all)), at),
        }
    }

    /// Whether nothing is known of it.
    pub fn is_unknown(&self) -> bool {
        matches!(self.data, Data::Unknown(_))
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The text, if it is one, or a number or a boolean.
    pub fn as_text(&self) -> Option<Arc<str>> {
        Some(match &self.data {
            Data::Text(text) => text.text.clone(),
            Data::Number(number) => number_text(*number).into(),
            Data::Bool(value) => value.to_string().into(),
            Data::Json(value) => encode(value)?.into(),
            _ => return None,
        })
    }

    /// The text as far as it is known, with a question mark for each part that is not.
    pub fn shown(&self) -> String {
        match &self.data {
            Data::Parts(parts) => parts.iter().map(Self::shown).collect(),
            _ => self
                .as_text()
                .map_or_else(|| "?".to_owned(), |text| text.to_string()),
        }
    }

    /// The boolean, also if it is written as a text.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.data {
            Data::Bool(value) => Some(*value),
            Data::Text(text) => match &*text.text {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The number, also if it is written as a text.
    pub fn as_number(&self) -> Option<f64> {
        match &self.data {
            Data::Number(number) => Some(*number),
            Data::Text(text) => text.text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The elements of a list, each with the way of the list; `None` if it is none.
    pub fn items(&self) -> Option<Vec<Value>> {
        let Data::List(items) = &self.data else {
            return None;
        };
        Some(items.iter().map(|item| item.within(self)).collect())
    }

    /// The entry of a map, with the way of the map.
    pub fn entry(&self, key: &str) -> Option<Value> {
        let Data::Object(entries) = &self.data else {
            return None;
        };
        let at = entries
            .binary_search_by(|entry| (*entry.key).cmp(key))
            .ok()?;
        Some(entries.get(at)?.value.within(self))
    }

    /// The same, come by the way of `container`.
    #[must_use]
    pub fn within(&self, container: &Value) -> Value {
        Value {
            data: self.data.clone(),
            origin: self.origin.clone().inside(&container.origin),
        }
    }

    /// The same, referred to at `at`.
    #[must_use]
    pub fn referred(mut self, at: Span) -> Value {
        self.origin = self.origin.linked(at, Role::Reference);
        self
    }

    /// Whether two values are equal; `None` if nobody knows.
    pub fn equals(&self, other: &Value) -> Option<bool> {
        Some(match (&self.data, &other.data) {
            (Data::Unknown(_) | Data::Choice(_) | Data::Parts(_), _)
            | (_, Data::Unknown(_) | Data::Choice(_) | Data::Parts(_)) => return None,
            (Data::Null, Data::Null) => true,
            (Data::Bool(a), Data::Bool(b)) => a == b,
            (Data::Number(a), Data::Number(b)) => a == b,
            (Data::Text(a), Data::Text(b)) => a.text == b.text,
            (Data::Json(_), _) | (_, Data::Json(_)) => match (self.as_text(), other.as_text()) {
                (Some(a), Some(b)) => a == b,
                _ => return None,
            },
            (Data::List(a), Data::List(b)) => {
                a.len() == b.len() && all_equal(a.iter().zip(b.iter()))?
            }
            (Data::Object(a), Data::Object(b)) => {
                let keys = a.iter().map(|entry| &entry.key);
                keys.eq(b.iter().map(|entry| &entry.key))
                    && all_equal(a.iter().zip(b.iter()).map(|(a, b)| (&a.value, &b.value)))?
            }
            (Data::Instance(a), Data::Instance(b)) => a == b,
            (Data::Module(a), Data::Module(b)) => a == b,
            _ => false,
        })
    }
}

fn all_equal<'v>(pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Option<bool> {
    let mut known = true;
    for (a, b) in pairs {
        match a.equals(b) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

fn add(all: &mut Vec<Value>, value: &Value) {
    if !all.iter().any(|other| other.equals(value) == Some(true)) {
        all.push(value.clone());
    }
}

/// A number as Terraform writes it.
pub fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{}", number as i64)
    } else {
        format!("{number}")
    }
}

/// A value in JSON; `None` if part of it is unknown.
pub fn encode(value: &Value) -> Option<String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Some(out)
}

fn write(value: &Value, out: &mut String) -> Option<()> {
    match &value.data {
        Data::Null => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number_text(*number)),
        Data::Text(text) => quote(&text.text, out),
        Data::Json(value) => quote(&encode(value)?, out),
        Data::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Data::Object(entries) => {
            out.push('{');
            for (at, Entry { key, value, .. }) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                write(value, out)?;
            }
            out.push('}');
        }
        Data::Parts(_)
        | Data::Instance(_)
        | Data::Module(_)
        | Data::Unknown(_)
        | Data::Choice(_) => return None,
    }
    Some(())
}

/// A text in JSON, with the characters escaped that Terraform escapes.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}
