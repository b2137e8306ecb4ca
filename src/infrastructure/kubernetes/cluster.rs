//! A system as a cluster: what things in it are called, and what it has of each kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::resource::{Resource, is_namespaced, place};
use super::systems::System;
use crate::model::{self, To};
use crate::source::{Span, Spanned};

/// What a namespace is called that no manifest names: that of whoever applies it.
const CONTEXT: &str = "(context)";

/// A system that is being lowered.
pub(super) struct Cluster<'s> {
    pub(super) system: &'s System,
    /// Every namespace that something is in, with the place that first says so; the empty one is that
    /// of whoever applies it.
    namespaces: BTreeMap<Box<str>, Span>,
    /// What is implied by what refers to it, by id.
    pub(super) implied: BTreeSet<String>,
    /// Everybody who is declared so far.
    pub(super) identities: Vec<Account>,
    /// The Secrets that hold credentials.
    pub(super) credentials: Vec<Secret>,
    /// Where the Secrets of each namespace can be read, for those who may.
    pub(super) stores: Vec<SecretStore>,
    /// The place of each resource, by kind, namespace and name.
    places: HashMap<(String, Box<str>, Box<str>), usize>,
}

/// Somebody who can be granted something.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// `ServiceAccount`, `User` or `Group`.
    pub(super) kind: &'static str,
    /// Empty but for service accounts.
    pub(super) namespace: Box<str>,
    pub(super) name: Box<str>,
    pub(super) id: String,
}

/// A Secret that holds credentials.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    pub(super) namespace: Box<str>,
    pub(super) name: Box<str>,
    /// The id of what it holds.
    pub(super) id: String,
    pub(super) span: Span,
}

/// What a right to read Secrets is a right to.
#[derive(Debug, Clone)]
pub(super) struct SecretStore {
    pub(super) namespace: Box<str>,
    /// The one Secret in it; all of the namespace if there is none.
    pub(super) name: Option<Box<str>>,
    /// What refers to it: `stores/…` or `keyStores/…`.
    pub(super) reference: String,
}

impl<'s> Cluster<'s> {
    pub(super) fn of(system: &'s System) -> Self {
        let mut namespaces = BTreeMap::new();
        for resource in &system.resources {
            if resource.kind() == "Namespace" && resource.group().is_empty() {
                let name = resource.name();
                namespaces.insert(name.value, name.span);
            }
        }
        for resource in system.resources.iter().filter(|it| is_namespaced(it)) {
            let (name, span) = match resource.namespace() {
                Some(namespace) => (namespace.value, namespace.span),
                None => ("".into(), place(resource)),
            };
            namespaces.entry(name).or_insert(span);
        }
        let places = (0..).zip(&system.resources).map(|(at, resource)| {
            let namespace = resource.namespace_or_none();
            let key = (resource.kind().to_owned(), namespace, resource.name().value);
            (key, at)
        });
        // Of two of one name, the first.
        let mut by_name = HashMap::new();
        for (key, at) in places {
            by_name.entry(key).or_insert(at);
        }
        Self {
            system,
            namespaces,
            implied: BTreeSet::new(),
            identities: Vec::new(),
            credentials: Vec::new(),
            stores: Vec::new(),
            places: by_name,
        }
    }

    /// What something of this system is called among everything.
    pub(super) fn id(&self, address: &str) -> String {
        match self.system.name.as_str() {
            "" => address.to_owned(),
            system => format!("{system}:{address}"),
        }
    }

    /// What something in a namespace is called, whether or not a manifest declares it.
    pub(super) fn id_in(&self, kind: &str, namespace: &str, name: &str) -> String {
        match namespace {
            "" => self.id(&format!("{kind}/{name}")),
            namespace => self.id(&format!("{kind}/{namespace}/{name}")),
        }
    }

    /// The zone of the whole cluster.
    pub(super) fn cluster_id(&self) -> String {
        self.id("cluster")
    }

    /// The zone of a namespace.
    pub(super) fn zone_id(&self, namespace: &str) -> String {
        let name = if namespace.is_empty() {
            CONTEXT
        } else {
            namespace
        };
        self.id(&format!("Namespace/{name}"))
    }

    /// The zone that a resource is in, and the place that says so.
    pub(super) fn zone_of_resource(&self, resource: &Resource) -> Spanned<String> {
        match resource.namespace() {
            Some(namespace) => Spanned::new(self.zone_id(&namespace.value), namespace.span),
            None => Spanned::new(self.zone_id(""), place(resource)),
        }
    }

    /// The same, to refer to.
    pub(super) fn zone_of<T>(&self, resource: &Resource) -> Spanned<To<T>> {
        let zone = self.zone_of_resource(resource);
        Spanned::new(To::named(zone.value), zone.span)
    }

    /// The namespaces, in the order of their names.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = (&str, Span)> {
        self.namespaces.iter().map(|(name, span)| (&**name, *span))
    }

    /// Makes sure that there is a namespace that something refers to.
    pub(super) fn imply_namespace(&mut self, name: &str, span: Span) {
        self.namespaces.entry(name.into()).or_insert(span);
    }

    /// The resource of this kind, namespace and name.
    pub(super) fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&'s Resource> {
        let key = (kind.to_owned(), namespace.into(), name.into());
        self.system.resources.get(*self.places.get(&key)?)
    }

    /// What something was read from that no manifest declares: `by` refers to it.
    pub(super) fn implied_by(
        &self,
        by: &Resource,
        ty: &str,
        namespace: &str,
        name: &str,
    ) -> model::Import {
        model::Import {
            format: "kubernetes",
            path: by.path.clone(),
            system: self.system.name.as_str().into(),
            address: match namespace {
                "" => format!("{ty}/{name}").into(),
                namespace => format!("{ty}/{namespace}/{name}").into(),
            },
            ty: ty.into(),
            name: name.into(),
            namespace: namespace.into(),
            ..model::Import::default()
        }
    }
}
