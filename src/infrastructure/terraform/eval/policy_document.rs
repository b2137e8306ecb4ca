//! The data source `aws_iam_policy_document`: the JSON that it makes, with the places of its parts.
//!
//! Arguments: documentation of the provider hashicorp/aws, data source `aws_iam_policy_document`.

use std::rc::Rc;

use super::Evaluator;
use super::json::decode;
use super::value::{Data, Entry, Value};
use crate::source::Span;
use crate::syntax::Syntax;

impl Evaluator<'_> {
    /// The JSON of a policy document.
    pub(super) fn document(&mut self, instance: u32) -> Value {
        let whole = self.whole(instance);
        let at = whole.origin.at;
        let mut statements = Vec::new();
        for other in ["source_json", "source_policy_documents"] {
            self.others(&whole, other, &mut statements);
        }
        let own = whole.entry("statement").and_then(|own| own.items());
        statements.extend(own.unwrap_or_default().iter().map(statement));
        for other in ["override_json", "override_policy_documents"] {
            self.others(&whole, other, &mut statements);
        }
        let entries = vec![
            entry("Version", at, Value::computed("2012-10-17", at)),
            entry("Statement", at, Value::list(statements, at)),
        ];
        let document = Value::object(entries, at);
        let mut json = Value::new(Data::Json(Rc::new(document)), at);
        json.origin.of = None;
        json
    }

    /// The statements of other documents that this one takes over.
    fn others(&self, whole: &Value, name: &str, statements: &mut Vec<Value>) {
        let Some(value) = whole.entry(name) else {
            return;
        };
        for other in value.items().unwrap_or_else(|| vec![value.clone()]) {
            let decoded = decode(Syntax::Json, &other, self.limits);
            let inner = decoded.and_then(|other| other.entry("Statement"));
            match inner {
                Some(inner) => match inner.items() {
                    Some(items) => statements.extend(items),
                    None => statements.push(inner),
                },
                None => statements.push(other),
            }
        }
    }
}

fn entry(key: &str, at: Span, value: Value) -> Entry {
    Entry {
        key: key.into(),
        at,
        value,
    }
}

/// One block `statement` as policies write it.
fn statement(block: &Value) -> Value {
    if block.is_unknown() {
        return block.clone();
    }
    let at = block.origin.at;
    let mut entries = Vec::new();
    let names = [
        ("sid", "Sid"),
        ("effect", "Effect"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
        ("condition", "Condition"),
    ];
    for (name, key) in names {
        if let Some(value) = block.entry(name) {
            entries.push(entry(key, value.origin.at, value));
        }
    }
    if block.entry("effect").is_none() {
        entries.push(entry("Effect", at, Value::computed("Allow", at)));
    }
    for (name, key) in [
        ("principals", "Principal"),
        ("not_principals", "NotPrincipal"),
    ] {
        let Some(blocks) = block.entry(name).and_then(|blocks| blocks.items()) else {
            continue;
        };
        let mut by_type: Vec<Entry> = Vec::new();
        for principals in &blocks {
            let kind = principals.entry("type").and_then(|kind| kind.as_text());
            let Some(identifiers) = principals.entry("identifiers") else {
                continue;
            };
            let kind = kind.unwrap_or_else(|| "AWS".into());
            // Several blocks of one type are one list.
            match by_type.iter_mut().find(|entry| entry.key == kind) {
                Some(entry) => {
                    let mut all = entry.value.items().unwrap_or_default();
                    all.extend(identifiers.items().unwrap_or_default());
                    entry.value = Value::list(all, entry.at);
                }
                None => by_type.push(entry(&kind, identifiers.origin.at, identifiers)),
            }
        }
        entries.push(entry(key, at, Value::object(by_type, at)));
    }
    Value::object(entries, at)
}
