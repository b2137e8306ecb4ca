//! What a kustomization says of all of its resources: their namespace, what their names begin and end
//! with, and their labels.

use std::collections::BTreeSet;

use super::resource::{Resource, is_namespaced};
use crate::infrastructure::Lowering;
use crate::source::{Spanned, Via};
use crate::syntax::{Node, NodeValue};

/// Puts resources into a namespace, and with them the subjects of bindings that are accounts among them,
/// or called `default` (kustomize, NamespaceTransformer: `setRoleBindingSubjects` is `defaultOnly`, and
/// names that refer to what is put elsewhere follow it).
pub(super) fn set_namespaces(
    all: &mut [Resource],
    namespace: &Spanned<Box<str>>,
    lowering: &mut Lowering<'_>,
) {
    let accounts = all.iter().filter(|it| it.kind() == "ServiceAccount");
    let mut accounts: BTreeSet<String> = accounts.map(|it| it.name().value.into()).collect();
    accounts.insert("default".to_owned());
    for resource in all {
        if is_namespaced(resource) && resource.kind() != "Namespace" {
            set_in(&mut resource.node, "metadata", namespace, lowering);
        }
        let is_binding = matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding");
        let NodeValue::Map(entries) = &mut resource.node.value else {
            continue;
        };
        let mut entries = entries.iter_mut().filter(|_| is_binding);
        let subjects = entries.find(|(key, _)| &*key.value == "subjects");
        if let Some((_, subjects)) = subjects
            && let NodeValue::Seq(items) = &mut subjects.value
        {
            for item in items {
                let is_account = item.get("kind").and_then(Node::str) == Some("ServiceAccount");
                let name = item.get("name").and_then(Node::scalar);
                if is_account && name.is_some_and(|name| accounts.contains(&name)) {
                    set(item, "namespace", namespace, lowering);
                }
            }
        }
    }
}

fn set_in(node: &mut Node, part: &str, value: &Spanned<Box<str>>, lowering: &mut Lowering<'_>) {
    if let NodeValue::Map(entries) = &mut node.value {
        let found = entries.iter_mut().find(|(key, _)| &*key.value == part);
        if let Some((_, part)) = found {
            set(part, "namespace", value, lowering);
        }
    }
}

fn set(node: &mut Node, name: &str, value: &Spanned<Box<str>>, lowering: &mut Lowering<'_>) {
    let NodeValue::Map(entries) = &mut node.value else {
        return;
    };
    let text = NodeValue::Str(value.value.clone());
    match entries.iter_mut().find(|(key, _)| &*key.value == name) {
        Some((_, old)) => {
            old.span = lowering.place(value.span, &[(old.span, Via::Replaced)]);
            old.value = text;
        }
        None => entries.push((
            Spanned::new(name.into(), value.span),
            Node {
                span: value.span,
                value: text,
            },
        )),
    }
}

/// Renames what there is, and what refers to it.
pub(super) fn rename(all: &mut [Resource], prefix: &str, suffix: &str) {
    let is_renamed = |kind: &str| {
        !matches!(
            kind,
            "Namespace" | "CustomResourceDefinition" | "APIService"
        )
    };
    let kinds: BTreeSet<(String, String)> = all
        .iter()
        .filter(|resource| is_renamed(resource.kind()))
        .map(|resource| {
            (
                resource.kind().to_owned(),
                resource.name().value.to_string(),
            )
        })
        .collect();
    let new = |kind: &str, name: &str| {
        let known = kinds.contains(&(kind.to_owned(), name.to_owned()));
        known.then(|| format!("{prefix}{name}{suffix}"))
    };
    for resource in all {
        let kind = resource.kind().to_owned();
        refer(&mut resource.node, &mut Vec::new(), &|path, node, name| {
            let last = path.last().map_or("", String::as_str);
            let before = path.len().checked_sub(2).map_or("", |at| path[at].as_str());
            let named = match (before, last) {
                ("metadata", "name") if path.len() == 2 => Some(kind.clone()),
                ("secretKeyRef" | "secretRef" | "secret", "name") | (_, "secretName") => {
                    Some("Secret".to_owned())
                }
                ("configMapKeyRef" | "configMapRef" | "configMap", "name") => {
                    Some("ConfigMap".to_owned())
                }
                (_, "serviceAccountName" | "serviceAccount") => Some("ServiceAccount".to_owned()),
                ("service", "name") | (_, "serviceName") => Some("Service".to_owned()),
                ("roleRef" | "subjects", "name") => {
                    node.get("kind").and_then(Node::str).map(str::to_owned)
                }
                _ => None,
            };
            new(&named?, name)
        });
    }
}

/// Says what a text at a path is to be called, in a mapping of which the kind is given.
type Rename<'r> = dyn Fn(&[String], &Node, &str) -> Option<String> + 'r;

/// Gives each text at a path the name that `new` says, which is told the mapping that it is in.
fn refer(node: &mut Node, path: &mut Vec<String>, new: &Rename<'_>) {
    let before = Node {
        span: node.span,
        value: match &node.value {
            NodeValue::Map(entries) => {
                let kind = entries.iter().filter(|(key, _)| &*key.value == "kind");
                NodeValue::Map(kind.cloned().collect())
            }
            _ => NodeValue::Null,
        },
    };
    match &mut node.value {
        NodeValue::Map(entries) => {
            for (key, value) in entries {
                path.push(key.value.to_string());
                if let NodeValue::Str(name) = &mut value.value {
                    if let Some(renamed) = new(path, &before, name) {
                        *name = renamed.into();
                    }
                } else {
                    refer(value, path, new);
                }
                path.pop();
            }
        }
        NodeValue::Seq(items) => {
            for item in items {
                refer(item, path, new);
            }
        }
        _ => {}
    }
}

pub(super) fn add_labels(all: &mut [Resource], labels: Option<&Node>) {
    let labels = labels.map_or(&[][..], Node::entries);
    for resource in all.iter_mut().filter(|_| !labels.is_empty()) {
        let NodeValue::Map(entries) = &mut resource.node.value else {
            continue;
        };
        let metadata = entries
            .iter_mut()
            .find(|(key, _)| &*key.value == "metadata");
        let Some((_, metadata)) = metadata else {
            continue;
        };
        let NodeValue::Map(entries) = &mut metadata.value else {
            continue;
        };
        match entries.iter_mut().find(|(key, _)| &*key.value == "labels") {
            Some((
                _,
                Node {
                    value: NodeValue::Map(known),
                    ..
                },
            )) => {
                for (name, value) in labels {
                    known.retain(|(key, _)| key.value != name.value);
                    known.push((name.clone(), value.clone()));
                }
            }
            _ => {
                let span = labels[0].1.span;
                let value = NodeValue::Map(labels.to_vec());
                let name = Spanned::new("labels".into(), span);
                entries.push((name, Node { span, value }));
            }
        }
    }
}
