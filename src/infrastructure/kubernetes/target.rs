//! Which resources a patch of a kustomization is for.

use super::resource::Resource;
use crate::syntax::Node;

/// Whether a resource is one that a strategic patch is for.
pub(super) fn is_same(resource: &Resource, patch: &Node) -> bool {
    let of = |path: &[&str]| patch.at(path).and_then(Node::scalar);
    let group = |version: String| match version.split_once('/') {
        Some((group, _)) => group.to_owned(),
        None => String::new(),
    };
    let name = resource.name().value;
    of(&["kind"]).as_deref() == Some(resource.kind())
        && of(&["metadata", "name"]).is_some_and(|it| *it == *name || *it == *resource.first_name)
        && of(&["apiVersion"]).is_none_or(|version| group(version) == resource.group())
        && of(&["metadata", "namespace"]).is_none_or(|namespace| {
            resource
                .namespace()
                .is_none_or(|it| *it.value == *namespace)
        })
}

/// Whether a resource is among what a patch names as its target; names are regular expressions there,
/// of which the plain ones and `.*` are understood.
pub(super) fn is_target(resource: &Resource, target: &Node) -> bool {
    let matches = |key: &str, value: &str| {
        let wanted = target.get(key).and_then(Node::scalar);
        wanted.is_none_or(|wanted| wanted.is_empty() || is_match(&wanted, value))
    };
    let namespace = resource.namespace_or_none();
    let version = resource
        .node
        .get("apiVersion")
        .and_then(Node::str)
        .unwrap_or("");
    let version = version.rsplit('/').next().unwrap_or(version);
    let selects = |key: &str, part: &str| {
        let selector = target.get(key).and_then(Node::str);
        selector.is_none_or(|selector| {
            let all = resource.node.at(&["metadata", part]);
            selector.split(',').all(|term| match term.split_once('=') {
                Some((name, value)) => {
                    let label = all.and_then(|all| all.get(name.trim()));
                    let value = value.trim_start_matches('=').trim();
                    label.and_then(Node::scalar).as_deref() == Some(value)
                }
                None => all.is_some_and(|all| all.get(term.trim()).is_some()),
            })
        })
    };
    matches("kind", resource.kind())
        && matches("group", resource.group())
        && matches("version", version)
        && (matches("name", &resource.name().value) || matches("name", &resource.first_name))
        && matches("namespace", &namespace)
        && selects("labelSelector", "labels")
        && selects("annotationSelector", "annotations")
}

/// Whether an anchored pattern of alternatives and `.*` matches a text.
fn is_match(pattern: &str, text: &str) -> bool {
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let pattern = pattern
        .strip_prefix('(')
        .and_then(|it| it.strip_suffix(')'))
        .unwrap_or(pattern);
    pattern.split('|').any(|pattern| {
        let parts: Vec<&str> = pattern.split(".*").collect();
        let (first, last) = (parts[0], parts[parts.len() - 1]);
        if parts.len() == 1 {
            return pattern == text;
        }
        let Some(mut rest) = text.strip_prefix(first) else {
            return false;
        };
        for part in &parts[1..parts.len() - 1] {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    })
}
