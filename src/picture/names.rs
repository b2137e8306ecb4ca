//! Names of boxes in languages that have variables: letters, digits and underscores, each once.

use std::collections::BTreeSet;

use super::scene::Scene;

/// A name for each box of a scene: of its kind and its id, with a number where two would be the same.
pub(super) fn names(scene: &Scene<'_>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let names = scene.boxes.iter().map(|shown| {
        let id = shown.node.id.split_once("::").map_or("", |(_, id)| id);
        let mut name = String::new();
        for c in shown.node.kind.chars().chain(['_']).chain(id.chars()) {
            let c = if c.is_ascii_alphanumeric() { c } else { '_' };
            if c != '_' || !name.ends_with('_') {
                name.push(c);
            }
        }
        let name = name.trim_end_matches('_').to_owned();
        let mut numbers = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name}_{n}")));
        let free = numbers.find(|name| !taken.contains(name)).unwrap_or(name);
        taken.insert(free.clone());
        free
    });
    names.collect()
}
