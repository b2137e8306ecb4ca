//! The pods of each namespace, found by their labels.

use std::collections::BTreeMap;

use super::labels::{Index, Selector, labels};
use super::resource::Resource;
use super::systems::System;

/// The pods of a system, by namespace.
#[derive(Default)]
pub(super) struct Selection<'s> {
    namespaces: BTreeMap<Box<str>, Pods<'s>>,
}

#[derive(Default)]
struct Pods<'s> {
    all: Vec<&'s Resource>,
    index: Index,
}

impl<'s> Selection<'s> {
    /// All pods of a system, and what makes them.
    pub(super) fn of(system: &'s System) -> Self {
        let mut selection = Self::default();
        for resource in &system.resources {
            if let Some(pod) = resource.pod() {
                let namespace = resource.namespace_or_none();
                let pods = selection.namespaces.entry(namespace).or_default();
                pods.all.push(resource);
                let all = pod.metadata.and_then(|metadata| metadata.get("labels"));
                pods.index.add(labels(all));
            }
        }
        selection
    }

    /// The pods of a namespace that a selector means, in the order of the files.
    pub(super) fn select(&self, namespace: &str, selector: &Selector) -> Vec<&'s Resource> {
        let Some(pods) = self.namespaces.get(namespace) else {
            return Vec::new();
        };
        let found = pods.index.select(selector).into_iter();
        found.map(|at| pods.all[at]).collect()
    }
}
