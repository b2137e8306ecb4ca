//! Plans in JSON, as `terraform show -json` prints them: what code leaves open, filled in.
//!
//! Values are those after the plan is applied; what is known only then stays unknown. Values that are
//! marked as sensitive are not looked at. Format: "JSON Output Format" in the documentation of
//! Terraform, format version 1.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::eval::{Cause, Data, Entry, Value, decode};
use super::hcl::Text;
use super::root::{Resource, Root};
use crate::source::{FileId, Span};
use crate::syntax::{Limits, Syntax};

/// Whether a text is a plan.
pub(super) fn is_plan(text: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    has("\"format_version\"") && has("\"resource_changes\"") && has("\"terraform_version\"")
}

/// What a plan says of one resource.
struct Change {
    kind: String,
    name: String,
    provider: String,
    after: Value,
    at: Span,
}

/// Fills in what `resources`, which are those of the code beside the plan, leave open; adds what is in
/// the plan alone.
pub(super) fn apply(
    root: &mut Root<'_, '_, '_>,
    resources: &mut Vec<Resource>,
    (file, text): (FileId, &Arc<str>),
    is_mapped: impl Fn(&str) -> bool,
) {
    let whole = Span::new(file, 0, text.len() as u32);
    let text = Text {
        text: text.clone(),
        pieces: None,
        start: 0,
    };
    let text = Value::new(Data::Text(text), whole);
    let Some(plan) = decode(Syntax::Json, &text, &Limits::default()) else {
        return;
    };
    let changes = changes(&plan);
    let mut instances: HashMap<String, u32> = HashMap::new();
    for resource in resources.iter() {
        instances.insert(resource.import.address.to_string(), resource.instance);
    }
    let mut next = root.free_instance();
    for address in changes.keys() {
        instances.entry(address.clone()).or_insert_with(|| {
            next += 1;
            next
        });
    }
    let references = references(&plan);
    // Of a block whose repetitions the code does not tell, the plan tells all.
    resources.retain(|it| !it.import.address.contains("[?]"));
    for (address, change) in changes {
        let refers = references.get(&unkeyed(&address));
        let after = related(&change.after, &address, refers, &instances);
        let known = resources
            .iter_mut()
            .find(|it| *it.import.address == *address);
        match known {
            Some(resource) => resource.body = filled(&resource.body, &after),
            None if is_mapped(&change.kind) => {
                let instance = instances.get(&address).copied().unwrap_or_default();
                let names = (
                    change.kind.as_str(),
                    change.name.as_str(),
                    change.provider.as_str(),
                );
                resources.push(root.planned(instance, &address, names, after, change.at));
            }
            None => {}
        }
    }
}

/// The resources that are there after the plan is applied, by address.
fn changes(plan: &Value) -> BTreeMap<String, Change> {
    let all = plan.entry("resource_changes").and_then(|all| all.items());
    let all = all.unwrap_or_default().into_iter().filter_map(|change| {
        let text = |name: &str| change.entry(name).and_then(|value| value.as_text());
        if text("mode").as_deref() != Some("managed") {
            return None;
        }
        let inner = change.entry("change")?;
        let after = inner.entry("after").filter(|after| !after.is_null())?;
        let unknown = inner.entry("after_unknown");
        let secret = inner.entry("after_sensitive");
        let after = overlaid(
            &after,
            secret.as_ref(),
            Cause::NotEvaluated,
            "a sensitive value",
        );
        let after = overlaid(
            &after,
            unknown.as_ref(),
            Cause::AfterApply,
            "known after apply",
        );
        let provider = text("provider_name")?;
        let change = Change {
            kind: text("type")?.to_string(),
            name: text("name")?.to_string(),
            provider: provider.rsplit('/').next().unwrap_or_default().to_owned(),
            at: change.entry("address")?.origin.at,
            after,
        };
        Some((text("address")?.to_string(), change))
    });
    all.collect()
}

/// `value`, with what `marks` has `true` for unknown.
fn overlaid(value: &Value, marks: Option<&Value>, cause: Cause, what: &str) -> Value {
    let Some(marks) = marks else {
        return value.clone();
    };
    match (&value.data, &marks.data) {
        (_, Data::Bool(true)) => Value::unknown(cause, what, value.origin.at),
        (Data::Object(entries), Data::Object(marked)) => {
            let mut all: Vec<Entry> = entries
                .iter()
                .map(|entry| Entry {
                    value: overlaid(&entry.value, marks.entry(&entry.key).as_ref(), cause, what),
                    ..entry.clone()
                })
                .collect();
            // What is unknown is left out of the values.
            for mark in marked.iter() {
                let is_there = all.iter().any(|entry| entry.key == mark.key);
                if !is_there && matches!(mark.value.data, Data::Bool(true)) {
                    all.push(Entry {
                        value: Value::unknown(cause, what, mark.at),
                        ..mark.clone()
                    });
                }
            }
            Value::object(all, value.origin.at)
        }
        (Data::List(items), Data::List(marked)) => {
            let items = items.iter().enumerate();
            let items = items.map(|(at, item)| overlaid(item, marked.get(at), cause, what));
            Value::list(items.collect(), value.origin.at)
        }
        _ => value.clone(),
    }
}

/// The references of each attribute of each resource in the configuration, by address without keys.
fn references(plan: &Value) -> HashMap<String, HashMap<String, Vec<String>>> {
    let mut all = HashMap::new();
    let configuration = plan.entry("configuration");
    if let Some(root) = configuration.and_then(|it| it.entry("root_module")) {
        of_module(&root, "", &mut all);
    }
    all
}

fn of_module(
    module: &Value,
    prefix: &str,
    all: &mut HashMap<String, HashMap<String, Vec<String>>>,
) {
    let resources = module.entry("resources").and_then(|it| it.items());
    for resource in resources.unwrap_or_default() {
        let address = resource.entry("address").and_then(|it| it.as_text());
        let expressions = resource.entry("expressions").map(|it| it.data);
        let (Some(address), Some(Data::Object(expressions))) = (address, expressions) else {
            continue;
        };
        let expressions = expressions.iter().filter_map(|expression| {
            let refers = expression.value.entry("references")?.items()?;
            let refers = refers.iter().filter_map(Value::as_text);
            let refers = refers.map(|to| format!("{prefix}{to}"));
            Some((expression.key.to_string(), refers.collect()))
        });
        all.insert(format!("{prefix}{address}"), expressions.collect());
    }
    let calls = module.entry("module_calls").map(|it| it.data);
    if let Some(Data::Object(calls)) = calls {
        for call in calls.iter() {
            if let Some(inner) = call.value.entry("module") {
                of_module(&inner, &format!("{prefix}module.{}.", call.key), all);
            }
        }
    }
}

/// An address without the keys of repetitions.
fn unkeyed(address: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for c in address.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// The unknown attributes, each with the resource that it refers to.
fn related(
    after: &Value,
    address: &str,
    refers: Option<&HashMap<String, Vec<String>>>,
    instances: &HashMap<String, u32>,
) -> Value {
    let (Data::Object(entries), Some(refers)) = (&after.data, refers) else {
        return after.clone();
    };
    let of = |name: &str| {
        let refers = refers.get(name)?.iter();
        let mut found = refers.filter_map(|to| {
            let exact = instances.get(to).copied();
            exact.or_else(|| {
                let mut all = instances.iter().filter(|(other, _)| *other != address);
                all.find(|(other, _)| unkeyed(other) == *to)
                    .map(|(_, instance)| *instance)
            })
        });
        found.next()
    };
    let entries = entries.iter().map(|entry| {
        let mut entry = entry.clone();
        if matches!(entry.value.data, Data::Unknown(_)) {
            entry.value.origin.of = of(&entry.key);
        }
        entry
    });
    Value::object(entries.collect(), after.origin.at)
}

/// What the code says, and where that is open or says nothing, what the plan says.
fn filled(code: &Value, plan: &Value) -> Value {
    match (&code.data, &plan.data) {
        (Data::Unknown(_) | Data::Choice(_) | Data::Parts(_), _) if !plan.is_null() => {
            let mut value = plan.clone();
            let of = code.origin.of.or(plan.origin.of);
            // The place is that of the code, where there is something to change.
            value.origin = code.origin.clone();
            value.origin.of = of;
            value
        }
        (Data::Object(own), Data::Object(_)) => {
            let Data::Object(planned) = &plan.data else {
                return code.clone();
            };
            let mut all: Vec<Entry> = own
                .iter()
                .map(|entry| match plan.entry(&entry.key) {
                    Some(value) => Entry {
                        value: filled(&entry.value, &value),
                        ..entry.clone()
                    },
                    None => entry.clone(),
                })
                .collect();
            let is_own = |entry: &&Entry| code.entry(&entry.key).is_some() || entry.value.is_null();
            all.extend(planned.iter().filter(|entry| !is_own(entry)).cloned());
            let mut value = Value::object(all, code.origin.at);
            value.origin = code.origin.clone();
            value
        }
        (Data::List(own), Data::List(planned)) if own.len() == planned.len() => {
            let items = own.iter().zip(planned.iter());
            let mut value = code.clone();
            value.data = Data::List(
                items
                    .map(|(own, plan)| filled(own, plan))
                    .collect::<Vec<_>>()
                    .into(),
            );
            value
        }
        _ => code.clone(),
    }
}
