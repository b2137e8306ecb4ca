//! Values from texts in JSON and YAML.

use std::rc::Rc;

use super::value::{Data, Entry, Origin, Value};
use crate::infrastructure::terraform::hcl::Text;
use crate::source::Span;
use crate::syntax::{Limits, NodeRef, Syntax, Value as Node, parse};

/// Stands for the part of this number in a text that is parsed.
const HOLE: char = '\u{f8f0}';

/// The value that a text in JSON or YAML says, each value in it where it was written; unknown parts
/// of the text are unknown parts of the value. `None` if it cannot be parsed.
pub fn decode(syntax: Syntax, text: &Value, limits: &Limits) -> Option<Value> {
    let whole = match &text.data {
        Data::Json(value) => return Some((**value).clone()),
        Data::Text(whole) => Whole::of(std::slice::from_ref(text), Some(whole)),
        Data::Parts(parts) => Whole::of(parts, None),
        _ => return None,
    };
    let file = text.origin.at.file;
    let (tree, problems) = parse(syntax, file, &whole.text, limits);
    let root = tree.documents().next()?;
    problems.is_empty().then(|| {
        let reader = Reader {
            whole: &whole,
            container: text,
        };
        reader.value(root)
    })
}

/// A text with its unknown parts marked.
struct Whole<'v> {
    text: String,
    /// Where each part begins, with the part.
    parts: Vec<(usize, &'v Value)>,
    /// The parts that are unknown.
    holes: Vec<&'v Value>,
}

impl<'v> Whole<'v> {
    fn of(parts: &'v [Value], only: Option<&Text>) -> Self {
        let mut whole = Self {
            text: String::new(),
            parts: Vec::new(),
            holes: Vec::new(),
        };
        for part in parts {
            whole.parts.push((whole.text.len(), part));
            match &part.data {
                Data::Text(text) => whole.text.push_str(&only.unwrap_or(text).text),
                _ => {
                    whole.text.push(HOLE);
                    whole.text.push_str(&whole.holes.len().to_string());
                    whole.text.push(HOLE);
                    whole.holes.push(part);
                }
            }
        }
        whole
    }

    /// Where the byte at `offset` was written.
    fn position(&self, offset: usize) -> u32 {
        let after = self.parts.partition_point(|(at, _)| *at <= offset);
        let Some((at, part)) = after.checked_sub(1).and_then(|last| self.parts.get(last)) else {
            return 0;
        };
        match &part.data {
            Data::Text(text) => text.position((offset - at) as u32),
            _ => part.origin.at.start,
        }
    }
}

struct Reader<'r, 'v> {
    whole: &'r Whole<'v>,
    container: &'v Value,
}

impl Reader<'_, '_> {
    fn span(&self, node: NodeRef<'_>) -> Span {
        let Span { file, start, end } = node.span();
        let within = self.container.origin.at;
        let inside = |at: u32| at.clamp(within.start, within.end);
        let first = inside(self.whole.position(start as usize));
        let last = (end as usize).max(start as usize + 1) - 1;
        let written = self.whole.position(last);
        // A quotation mark in a quoted text is written as two bytes.
        let is_escaped = self.whole.position(last + 1) == written.saturating_add(2);
        let after = inside(written.saturating_add(if is_escaped { 2 } else { 1 }));
        Span::new(file, first, after.max(first))
    }

    fn value(&self, node: NodeRef<'_>) -> Value {
        let at = self.span(node);
        let data = match node.value() {
            Node::Null => Data::Null,
            Node::Bool(value) => Data::Bool(value),
            Node::Int(value) => Data::Number(value as f64),
            Node::Float(value) => Data::Number(value),
            Node::Str(text) => return self.text(text, node, at),
            Node::Seq(items) => {
                Data::List(Rc::new(items.iter().map(|item| self.value(item)).collect()))
            }
            Node::Map(map) => {
                let entries = map.iter().map(|(key, value)| Entry {
                    key: key.text().unwrap_or_default().into(),
                    at: self.span(key),
                    value: self.value(value),
                });
                let mut object = Value::object(entries.collect(), at);
                object.origin = Origin::at(at).inside(&self.container.origin);
                return object;
            }
        };
        Value {
            data,
            origin: Origin::at(at).inside(&self.container.origin),
        }
    }

    fn text(&self, text: &str, node: NodeRef<'_>, at: Span) -> Value {
        let mut pieces = text.split(HOLE);
        let first = pieces.next().unwrap_or_default();
        let mut parts = vec![first];
        parts.extend(pieces);
        if parts.len() < 3 {
            let quotes = u32::from(!node.is_plain());
            let text = Text {
                text: text.into(),
                pieces: None,
                start: at.start + quotes,
            };
            let mut value = Value::new(Data::Text(text), at);
            value.origin = value.origin.inside(&self.container.origin);
            return value;
        }
        let mut all = Vec::new();
        for (index, part) in parts.into_iter().enumerate() {
            // Every other piece is the number of an unknown part.
            match (index % 2, part.parse::<usize>()) {
                (1, Ok(hole)) => all.extend(self.whole.holes.get(hole).map(|hole| (*hole).clone())),
                _ if part.is_empty() => {}
                _ => all.push(Value::computed(part, at)),
            }
        }
        let of = all.iter().find_map(|part| part.origin.of);
        let mut value = match all.len() {
            1 => all.remove(0),
            _ => Value::new(Data::Parts(Rc::new(all)), at),
        };
        value.origin = Origin::at(at).inside(&self.container.origin);
        value.origin.of = of;
        value
    }
}
