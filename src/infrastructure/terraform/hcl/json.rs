//! The same language in JSON (`.tf.json`): every string is a template.
//!
//! Syntax: "JSON Configuration Syntax" in the documentation of Terraform, and `json/spec.md` in the
//! repository of HCL.

use super::expression::{parse_expression, parse_template};
use super::tree::{Attribute, Block, Body, Expr, Name, Part, Term, Text};
use crate::source::{FileId, Problem, Span};
use crate::syntax::{Limits, NodeRef, Syntax, Value, parse};

/// Reads a whole text, with a problem for each thing in it that cannot be read. Linear.
pub fn parse_json_body(file: FileId, text: &str, limits: &Limits) -> (Body, Vec<Problem>) {
    let (tree, problems) = parse(Syntax::Json, file, text, limits);
    let mut body = Body::default();
    for root in tree.documents() {
        match root.value() {
            // A file may hold several such objects.
            Value::Seq(items) => items.iter().for_each(|item| blocks(item, &mut body)),
            _ => blocks(root, &mut body),
        }
    }
    (body, problems)
}

/// How many labels a block of this kind has; `None` if the key is an attribute.
fn labels(kind: &str) -> Option<usize> {
    Some(match kind {
        "resource" | "data" | "ephemeral" => 2,
        "variable" | "output" | "module" | "provider" | "check" => 1,
        "locals" | "terraform" | "moved" | "import" | "removed" => 0,
        _ => return None,
    })
}

fn blocks(root: NodeRef<'_>, body: &mut Body) {
    for (key, value) in entries(root) {
        let name = name(key);
        match labels(&name.text) {
            Some(count) => block(&name, Vec::new(), count, value, body),
            None => body.attributes.push(attribute(name, value)),
        }
    }
}

fn block(kind: &Name, labels: Vec<Name>, count: usize, value: NodeRef<'_>, body: &mut Body) {
    if let Value::Seq(items) = value.value() {
        for item in items.iter() {
            block(kind, labels.clone(), count, item, body);
        }
    } else if labels.len() < count {
        for (key, value) in entries(value) {
            let mut labels = labels.clone();
            labels.push(name(key));
            block(kind, labels, count, value, body);
        }
    } else {
        let header = labels.last().unwrap_or(kind).at;
        body.blocks.push(Block {
            kind: kind.clone(),
            labels,
            header,
            body: Body {
                attributes: entries(value)
                    .map(|(key, value)| attribute(name(key), value))
                    .collect(),
                blocks: Vec::new(),
            },
        });
    }
}

/// What an object holds, without comments.
fn entries<'t>(node: NodeRef<'t>) -> impl Iterator<Item = (NodeRef<'t>, NodeRef<'t>)> {
    let map = match node.value() {
        Value::Map(map) => Some(map),
        _ => None,
    };
    let entries = map.into_iter().flat_map(|map| map.iter());
    entries.filter(|(key, _)| key.text() != Some("//"))
}

fn name(key: NodeRef<'_>) -> Name {
    Name {
        text: key.text().unwrap_or_default().into(),
        at: key.span(),
    }
}

fn attribute(name: Name, value: NodeRef<'_>) -> Attribute {
    let typed = value.text().filter(|_| &*name.text == "type");
    let typed = typed.and_then(|text| {
        let at = value.span();
        parse_expression(at.file, text, at.start + 1)
    });
    Attribute {
        value: typed.unwrap_or_else(|| expr(value)),
        name,
    }
}

/// A value as an expression.
fn expr(node: NodeRef<'_>) -> Expr {
    let at = node.span();
    let term = match node.value() {
        Value::Null => Term::Null,
        Value::Bool(value) => Term::Bool(value),
        Value::Int(value) => Term::Number(value as f64),
        Value::Float(value) => Term::Number(value),
        Value::Str(text) => string(text, at),
        Value::Seq(items) => Term::Tuple(items.iter().map(expr).collect()),
        Value::Map(_) => Term::Object(
            entries(node)
                .map(|(key, value)| (expr(key), expr(value)))
                .collect(),
        ),
    };
    Expr { at, term }
}

fn string(text: &str, at: Span) -> Term {
    let start = at.start + 1;
    let computed = text.contains("${") || text.contains("%{");
    let parts = computed.then(|| parse_template(at.file, text, start));
    match parts {
        Some(Some(mut parts)) => match (parts.len(), parts.pop()) {
            (1, Some(Part::Text(text))) => Term::Text(text),
            (_, Some(last)) => {
                parts.push(last);
                Term::Template(parts)
            }
            (_, None) => Term::Broken,
        },
        Some(None) => Term::Broken,
        None => Term::Text(Text {
            text: text.into(),
            pieces: None,
            start,
        }),
    }
}
