//! Patches, as `kubectl kustomize` applies them: strategic merge, and RFC 6902.
//!
//! A value that a patch puts in the place of another one stands where the patch says it; the place of
//! what it replaces goes with it.

use crate::infrastructure::Lowering;
use crate::source::{Span, Spanned, Via};
use crate::syntax::{Limits, Node, NodeValue, parse_yaml};

/// What tells the items of a list apart, the first that all of them have: the merge keys of the API
/// (Kubernetes API conventions, strategic merge patch).
const KEYS: [&str; 7] = [
    "name",
    "containerPort",
    "mountPath",
    "port",
    "devicePath",
    "ip",
    "topologyKey",
];

/// Applies a strategic merge patch; `false` if it deletes what it is applied to.
pub(super) fn merge(into: &mut Node, patch: &Node, lowering: &mut Lowering<'_>) -> bool {
    match directive(patch) {
        Some("delete") => return false,
        Some("replace") => {
            let at = into.span;
            *into = without_directive(patch);
            into.span = lowering.place(patch.span, &[(at, Via::Replaced)]);
            return true;
        }
        _ => {}
    }
    match (&mut into.value, &patch.value) {
        (NodeValue::Map(entries), NodeValue::Map(changes)) => {
            for (name, change) in changes.iter().filter(|(name, _)| &*name.value != "$patch") {
                let at = entries
                    .iter()
                    .position(|(known, _)| known.value == name.value);
                match at {
                    Some(at) if change.is_null() => _ = entries.remove(at),
                    Some(at) => {
                        if !merge(&mut entries[at].1, change, lowering) {
                            entries.remove(at);
                        }
                    }
                    None if change.is_null() || directive(change) == Some("delete") => {}
                    None => entries.push((name.clone(), without_directive(change))),
                }
            }
        }
        (NodeValue::Seq(items), NodeValue::Seq(changes)) => {
            let all = || items.iter().chain(changes.iter());
            let key = KEYS
                .into_iter()
                .find(|key| all().all(|item| item.get(key).is_some()));
            let Some(key) = key.filter(|_| !items.is_empty()) else {
                return replace(into, patch, lowering);
            };
            for change in changes {
                let same = |item: &Node| {
                    item.get(key).and_then(Node::scalar) == change.get(key).and_then(Node::scalar)
                };
                match items.iter().position(same) {
                    Some(at) => {
                        if !merge(&mut items[at], change, lowering) {
                            items.remove(at);
                        }
                    }
                    None if directive(change) == Some("delete") => {}
                    None => items.push(without_directive(change)),
                }
            }
        }
        _ => return replace(into, patch, lowering),
    }
    true
}

fn replace(into: &mut Node, by: &Node, lowering: &mut Lowering<'_>) -> bool {
    // What is the same stays where it was written first.
    if into.value == by.value {
        return true;
    }
    let at = into.span;
    *into = by.clone();
    into.span = lowering.place(by.span, &[(at, Via::Replaced)]);
    true
}

fn directive(node: &Node) -> Option<&str> {
    node.get("$patch").and_then(Node::str)
}

fn without_directive(node: &Node) -> Node {
    let mut node = node.clone();
    if let NodeValue::Map(entries) = &mut node.value {
        entries.retain(|(name, _)| &*name.value != "$patch");
    }
    node
}

/// Applies the operations of RFC 6902; the place of the first one that cannot be.
pub(super) fn operate(
    into: &mut Node,
    patch: &Node,
    lowering: &mut Lowering<'_>,
) -> Result<(), Span> {
    for operation in patch.items() {
        let text = |key| operation.get(key).and_then(Node::str);
        let path = text("path").ok_or(operation.span)?;
        let value = operation.get("value");
        let done = match (text("op").unwrap_or(""), value) {
            ("test", _) => Some(()),
            ("remove", _) => take(into, path).map(|_| ()),
            ("replace", Some(value)) => put(into, path, value, false, lowering),
            ("add", Some(value)) => put(into, path, value, true, lowering),
            ("move" | "copy", _) => {
                let from = text("from").ok_or(operation.span)?;
                let value = match text("op") {
                    Some("move") => take(into, from),
                    _ => find(into, from).cloned(),
                };
                let value = value.ok_or(operation.span)?;
                put(into, path, &value, true, lowering)
            }
            _ => None,
        };
        done.ok_or(operation.span)?;
    }
    Ok(())
}

/// The steps of a JSON pointer (RFC 6901).
fn steps(pointer: &str) -> impl Iterator<Item = String> {
    let steps = pointer.split('/').skip(1);
    steps.map(|step| step.replace("~1", "/").replace("~0", "~"))
}

fn step<'n>(node: &'n mut Node, step: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        NodeValue::Map(entries) => {
            let found = entries.iter_mut().find(|(name, _)| &*name.value == step);
            found.map(|(_, value)| value)
        }
        NodeValue::Seq(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    }
}

fn find<'n>(node: &'n mut Node, pointer: &str) -> Option<&'n mut Node> {
    steps(pointer).try_fold(node, |node, name| step(node, &name))
}

fn parent<'n>(node: &'n mut Node, pointer: &str) -> Option<(&'n mut Node, String)> {
    let all: Vec<_> = steps(pointer).collect();
    let (last, before) = all.split_last()?;
    let parent = before
        .iter()
        .try_fold(node, |node, name| step(node, name))?;
    Some((parent, last.clone()))
}

fn take(node: &mut Node, pointer: &str) -> Option<Node> {
    let (parent, last) = parent(node, pointer)?;
    match &mut parent.value {
        NodeValue::Map(entries) => {
            let at = entries.iter().position(|(name, _)| *name.value == last)?;
            Some(entries.remove(at).1)
        }
        NodeValue::Seq(items) => {
            let at = last.parse::<usize>().ok().filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}

fn put(
    node: &mut Node,
    pointer: &str,
    value: &Node,
    adds: bool,
    lowering: &mut Lowering<'_>,
) -> Option<()> {
    if pointer.is_empty() {
        replace(node, value, lowering);
        return Some(());
    }
    let (parent, last) = parent(node, pointer)?;
    match &mut parent.value {
        NodeValue::Map(entries) => match entries.iter().position(|(name, _)| *name.value == last) {
            Some(at) => _ = replace(&mut entries[at].1, value, lowering),
            None if adds => {
                let name = Spanned::new(last.into(), value.span);
                entries.push((name, value.clone()));
            }
            None => return None,
        },
        NodeValue::Seq(items) if adds => {
            let at = match last.as_str() {
                "-" => items.len(),
                at => at.parse().ok().filter(|at| *at <= items.len())?,
            };
            items.insert(at, value.clone());
        }
        NodeValue::Seq(items) => {
            let item = items.get_mut(last.parse::<usize>().ok()?)?;
            replace(item, value, lowering);
        }
        _ => return None,
    }
    Some(())
}

/// The documents in a text that stands in a YAML file, each value where it is written there.
pub(super) fn inline(node: &Node, lowering: &Lowering<'_>) -> Vec<Node> {
    let Some(text) = node.str() else {
        return Vec::new();
    };
    let file = node.span.file;
    let all = lowering.source(file);
    let range = node.span.range();
    let raw = all.get(range.clone()).unwrap_or("");
    let unquoted = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
    let line = all.get(..range.start).unwrap_or("");
    let line = line.rfind('\n').map_or(0, |at| at + 1);
    let is_block = all
        .get(line..range.start)
        .is_some_and(|before| before.trim().is_empty());
    // A block of text is read with its indentation, which YAML allows.
    let (text, offset) = if raw == text {
        (raw, Some(range.start))
    } else if unquoted == text {
        (unquoted, Some(range.start + 1))
    } else if is_block {
        (all.get(line..range.end).unwrap_or(""), Some(line))
    } else {
        (text, None)
    };
    let (tree, problems) = parse_yaml(file, text, &Limits::default());
    if !problems.is_empty() {
        return Vec::new();
    }
    let documents = tree.documents().map(Node::of).map(|mut document| {
        document.moved(
            &|span| match offset.and_then(|offset| u32::try_from(offset).ok()) {
                Some(offset) => Span::new(file, span.start + offset, span.end + offset),
                None => node.span,
            },
        );
        document
    });
    documents.filter(|document| !document.is_null()).collect()
}
