//! Keys that are no Secrets themselves: those of certificates that a cluster is asked to make, and those
//! that are written where none belongs.

use super::cluster::Cluster;
use super::resource::{Resource, is_namespaced, place, text};
use super::secrets::store_of_keys;
use crate::infrastructure::credential::{holds_private_key, is_placeholder};
use crate::infrastructure::{Import, Lowering};
use crate::model::{Custody, Field as _, Key, KeyKind, KeyStore, Purpose, Rotation, To};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// Adds the keys of a system, but for those in Secrets that it declares.
pub(super) fn lower(cluster: &mut Cluster<'_>, lowering: &mut Lowering<'_>) {
    for resource in &cluster.system.resources {
        match (resource.kind(), resource.group()) {
            ("Certificate", "cert-manager.io") => certificate(cluster, resource, lowering),
            ("ConfigMap", "") => config_map(cluster, resource, lowering),
            ("EncryptionConfiguration", "apiserver.config.k8s.io") => {
                encryption(cluster, resource, lowering);
            }
            _ => {}
        }
    }
}

/// The key of a certificate, in the Secret that cert-manager puts it into (cert-manager API reference,
/// CertificateSpec; `rotationPolicy` was `Never` by default before 1.18 and is `Always` since).
fn certificate(cluster: &mut Cluster<'_>, resource: &Resource, lowering: &mut Lowering<'_>) {
    let Some(spec) = resource.spec() else {
        return;
    };
    let Some(name) = spec.get("secretName").and_then(text) else {
        return;
    };
    let namespace = resource.namespace_or_none();
    let id = cluster.id_in("Secret", &namespace, &name.value);
    let is_declared = cluster.find("Secret", &namespace, &name.value).is_some();
    if is_declared || !cluster.implied.insert(format!("Secret {id}")) {
        return;
    }
    cluster.implied.insert(format!("Key {id}"));
    let store = store_of_keys(cluster, resource, &namespace, name.span, lowering);
    let from = resource.import(&cluster.system.name);
    let mut import = Import::<Key>::new(id, name.span, from);
    let key = &mut import.entity;
    key.store.state(Spanned::new(To::named(store), name.span));
    key.kind.state(Spanned::new(KeyKind::Private, name.span));
    if let Some((purpose, span)) = purpose(spec, name.span) {
        key.purposes.state_list(span, 1);
        key.purposes.state(Spanned::new(purpose, span));
    }
    let policy = spec.at(&["privateKey", "rotationPolicy"]);
    let rotation = policy.and_then(|policy| match policy.str()? {
        "Always" => Some(Spanned::new(Rotation::Automatic, policy.span)),
        "Never" => Some(Spanned::new(Rotation::None, policy.span)),
        _ => None,
    });
    if let Some(rotation) = rotation {
        key.rotation.state(rotation);
    }
    let key = import.finish(&["replicas", "environments", "authenticates", "notBefore"]);
    lowering.declarations().keys.push(key);
}

/// What a certificate is for, where that is one thing: serving TLS, unless it says otherwise.
fn purpose(spec: &Node, at: Span) -> Option<(Purpose, Span)> {
    let is_true = |key| spec.get(key).is_some_and(|it| it.bool() == Some(true));
    if is_true("isCA") {
        return None;
    }
    let usages = spec.get("usages").map_or(&[][..], Node::items);
    let find = |usage: &str| usages.iter().find(|it| it.str() == Some(usage));
    match (
        find("server auth"),
        find("client auth"),
        find("code signing"),
    ) {
        (_, _, Some(_)) => None,
        (Some(usage), ..) => Some((Purpose::Tls, usage.span)),
        (None, Some(usage), _) => Some((Purpose::Authentication, usage.span)),
        (None, None, None) => Some((Purpose::Tls, at)),
    }
}

/// Private keys in a ConfigMap, which whoever looks at a namespace may read.
fn config_map(cluster: &Cluster<'_>, resource: &Resource, lowering: &mut Lowering<'_>) {
    let data = resource.node.get("data").map_or(&[][..], Node::entries);
    for (name, value) in data {
        let key = value.scalar().filter(|text| holds_private_key(text));
        if key.is_some() {
            let written = Spanned::new(&*name.value, value.span);
            in_source(cluster, resource, written, KeyKind::Private, lowering);
        }
    }
}

/// The keys that the API server encrypts Secrets with, written down beside everything else (Kubernetes
/// documentation, "Encrypting Confidential Data at Rest").
fn encryption(cluster: &Cluster<'_>, resource: &Resource, lowering: &mut Lowering<'_>) {
    let resources = resource.node.get("resources").map_or(&[][..], Node::items);
    let providers = resources
        .iter()
        .flat_map(|it| it.get("providers").map_or(&[][..], Node::items));
    for provider in providers {
        let kinds = ["aescbc", "aesgcm", "secretbox"];
        let keys = kinds.iter().filter_map(|kind| provider.at(&[kind, "keys"]));
        for key in keys.flat_map(Node::items) {
            let Some(secret) = key.get("secret").and_then(text) else {
                continue;
            };
            if !is_placeholder(&secret.value) {
                let name = key.get("name").and_then(Node::scalar).unwrap_or_default();
                let written = Spanned::new(name.as_str(), secret.span);
                in_source(cluster, resource, written, KeyKind::Symmetric, lowering);
            }
        }
    }
}

/// Adds a key that is written down: what it is called, and where.
fn in_source(
    cluster: &Cluster<'_>,
    resource: &Resource,
    written: Spanned<&str>,
    kind: KeyKind,
    lowering: &mut Lowering<'_>,
) {
    lowering.hide(written.span);
    let (at, span) = (place(resource), written.span);
    let id = format!("{}#{}", cluster.id(&resource.address()), written.value);
    let from = resource.import(&cluster.system.name);
    let store = format!("{id} in source");
    let mut import = Import::<Key>::new(id, at, from.clone());
    let key = &mut import.entity;
    key.kind.state(Spanned::new(kind, span));
    key.store
        .state(Spanned::new(To::named(store.as_str()), span));
    if kind == KeyKind::Symmetric {
        key.purposes.state_list(span, 1);
        key.purposes.state(Spanned::new(Purpose::Encryption, span));
    }
    let key = import.finish(&["replicas", "environments", "authenticates", "notBefore"]);
    lowering.declarations().keys.push(key);
    let mut import = Import::<KeyStore>::new(store, at, from);
    import.entity.zone.state(match is_namespaced(resource) {
        true => cluster.zone_of(resource),
        false => Spanned::new(To::named(cluster.cluster_id()), at),
    });
    let custody = Spanned::new(Custody::Source, span);
    import.entity.custody.state(custody);
    lowering.declarations().key_stores.push(import.finish(&[]));
}
