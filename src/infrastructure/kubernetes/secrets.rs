//! Secrets: the keys and the credentials in them, where they rest, and which pods have them.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{Cluster, Secret, SecretStore};
use super::content::Content;
use super::resource::{Pod, Resource, account_of_token, flag, place, text};
use crate::infrastructure::credential::is_named_credential;
use crate::infrastructure::{Import, Lowering};
use crate::model::{
    self, Category, Custody, Data, Field as _, Key, KeyKind, KeyStore, Purpose, Store, StoreKind,
    To,
};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// What a Secret is.
pub(super) enum Kind {
    /// A key, by its id.
    Key(String),
    /// Credentials, by their id.
    Data(String),
}

/// Adds what the Secrets of a system hold.
pub(super) fn lower(cluster: &mut Cluster<'_>, lowering: &mut Lowering<'_>) {
    for resource in &cluster.system.resources {
        if resource.kind() == "Secret" && resource.group().is_empty() {
            secret(cluster, resource, lowering);
        }
    }
}

fn secret(cluster: &mut Cluster<'_>, resource: &Resource, lowering: &mut Lowering<'_>) {
    let namespace = resource.namespace_or_none();
    let name = resource.name();
    let id = cluster.id_in("Secret", &namespace, &name.value);
    if !cluster.implied.insert(format!("Secret {id}")) {
        return;
    }
    let from = resource.import(&cluster.system.name);
    let at = place(resource);
    let zone = cluster.zone_of(resource);
    let is_key = resource.node.get("type").and_then(Node::str) == Some(TLS);
    let content = Content::of(resource);
    for value in &content.written {
        lowering.hide(value.span);
    }
    if is_key {
        cluster.implied.insert(format!("Key {id}"));
        let store = store_of_keys(cluster, resource, &namespace, at, lowering);
        let mut import = Import::<Key>::new(id.clone(), at, from.clone());
        let key = &mut import.entity;
        key.kind.state(Spanned::new(KeyKind::Private, at));
        key.purposes.state_list(at, 1);
        key.purposes.state(Spanned::new(Purpose::Tls, at));
        match content.written.iter().find(|it| it.is_private_key) {
            Some(value) => {
                let in_git = format!("{id} in source");
                key.store
                    .state(Spanned::new(To::named(in_git.as_str()), value.span));
                key.replicas.state_list(at, 1);
                key.replicas.state(Spanned::new(To::named(store), at));
                let mut import = Import::<KeyStore>::new(in_git, at, from);
                import.entity.zone.state(zone);
                let custody = Spanned::new(Custody::Source, value.span);
                import.entity.custody.state(custody);
                lowering.declarations().key_stores.push(import.finish(&[]));
            }
            None => key.store.state(Spanned::new(To::named(store), at)),
        }
        let key = import.finish(&["replicas", "environments", "authenticates", "notBefore"]);
        lowering.declarations().keys.push(key);
        return;
    }
    let mut import = Import::<Data>::new(id.clone(), at, from.clone());
    // What it is that only settings are written in, the code does not say.
    if !content.is_settings() {
        credential(&mut import.entity, at);
    }
    if let Some(account) = account_of_token(resource) {
        let span = account.span;
        let account = super::accounts::imply(
            cluster,
            resource,
            (&namespace, &account.value),
            span,
            lowering,
        );
        import.entity.authenticates.state_list(span, 1);
        let account = Spanned::new(To::named(account), span);
        import.entity.authenticates.state(account);
    }
    let data = import.finish(&["authenticates"]);
    lowering.declarations().data.push(data);
    cluster.credentials.push(Secret {
        namespace: namespace.clone(),
        name: name.value.clone(),
        id: id.clone(),
        span: at,
    });
    // What is written in a manifest rests wherever the manifest does.
    if let Some(value) = content.credential() {
        in_source(cluster, resource, &id, value.span, from, lowering);
    }
}

const TLS: &str = "kubernetes.io/tls";

fn credential(data: &mut Data, at: Span) {
    data.categories.state_list(at, 1);
    data.categories
        .state(Spanned::new(Category::Credential, at));
}

/// The key store of a namespace: its Secrets that hold keys. Whoever may read them has the keys.
pub(super) fn store_of_keys(
    cluster: &mut Cluster<'_>,
    by: &Resource,
    namespace: &str,
    span: Span,
    lowering: &mut Lowering<'_>,
) -> String {
    let id = cluster.id_in("Secrets", namespace, "keys");
    if cluster.implied.insert(format!("KeyStore {id}")) {
        let from = cluster.implied_by(by, "Secrets", namespace, "keys");
        let mut import = Import::<KeyStore>::new(id.clone(), span, from);
        let zone = To::named(cluster.zone_id(namespace));
        import.entity.zone.state(Spanned::new(zone, span));
        let custody = Spanned::new(Custody::SoftwareVault, span);
        import.entity.custody.state(custody);
        lowering.declarations().key_stores.push(import.finish(&[]));
        cluster.stores.push(SecretStore {
            namespace: namespace.into(),
            name: None,
            reference: format!("keyStores/{id}"),
        });
    }
    id
}

/// A namespace, and the name of one Secret in it if it is not all of them.
type Group = (Box<str>, Option<Box<str>>);

/// Adds the stores that rights to Secrets are rights to: one for all credentials of a namespace, and
/// one for each Secret that a role names.
pub(super) fn stores(cluster: &mut Cluster<'_>, lowering: &mut Lowering<'_>) {
    let Some(first) = cluster.system.resources.first() else {
        return;
    };
    let rules = cluster.system.resources.iter();
    let rules = rules.filter(|it| matches!(it.kind(), "Role" | "ClusterRole"));
    let rules = rules.flat_map(|role| role.node.get("rules").map_or(&[][..], Node::items));
    let named = rules.flat_map(|rule| rule.get("resourceNames").map_or(&[][..], Node::items));
    let named: BTreeSet<&str> = named.filter_map(Node::str).collect();
    let mut groups: BTreeMap<Group, Vec<Secret>> = BTreeMap::new();
    for secret in &cluster.credentials {
        let mut add = |name| {
            let key = (secret.namespace.clone(), name);
            groups.entry(key).or_default().push(secret.clone());
        };
        add(None);
        if named.contains(&*secret.name) {
            add(Some(secret.name.clone()));
        }
    }
    for ((namespace, name), secrets) in groups {
        let id = match &name {
            Some(name) => cluster.id_in("Secrets", &namespace, name),
            None if namespace.is_empty() => cluster.id("Secrets"),
            None => cluster.id(&format!("Secrets/{namespace}")),
        };
        let at = secrets[0].span;
        let of = name.as_deref().unwrap_or("*");
        let from = cluster.implied_by(first, "Secrets", &namespace, of);
        let mut import = Import::<Store>::new(id.clone(), at, from);
        let zone = To::named(cluster.zone_id(&namespace));
        import.entity.zone.state(Spanned::new(zone, at));
        // They rest in etcd, a database.
        let kind = Spanned::new(StoreKind::Database, at);
        import.entity.kind.state(kind);
        import.entity.public.state(Spanned::new(false, at));
        import.entity.holds.state_list(at, secrets.len());
        for secret in secrets {
            let holds = Spanned::new(To::named(secret.id), secret.span);
            import.entity.holds.state(holds);
        }
        let store = import.finish(&["encryptionKey", "holds"]);
        lowering.declarations().stores.push(store);
        cluster.stores.push(SecretStore {
            namespace,
            name,
            reference: format!("stores/{id}"),
        });
    }
}

/// The Secrets that a pod has: in its environment, and in its volumes. One that it can do without is
/// there only if a manifest declares it, or something makes it.
pub(super) fn of_pod(cluster: &Cluster<'_>, by: &Resource, pod: Pod<'_>) -> Vec<Spanned<Box<str>>> {
    let namespace = by.namespace_or_none();
    let is_known = |name: &str| {
        let id = cluster.id_in("Secret", &namespace, name);
        cluster.implied.contains(&format!("Secret {id}"))
    };
    let mut all: Vec<Spanned<Box<str>>> = Vec::new();
    let mut add = |source: Option<&Node>, name: &str| {
        let is_optional =
            source.is_some_and(|it| flag(it.get("optional")).is_some_and(|it| it.value));
        if let Some(name) = source.and_then(|it| it.get(name)).and_then(text)
            && (!is_optional || is_known(&name.value))
            && !all.iter().any(|known| known.value == name.value)
        {
            all.push(name);
        }
    };
    for container in pod.containers() {
        for variable in container.get("env").map_or(&[][..], Node::items) {
            add(variable.at(&["valueFrom", "secretKeyRef"]), "name");
        }
        for source in container.get("envFrom").map_or(&[][..], Node::items) {
            add(source.get("secretRef"), "name");
        }
    }
    for volume in pod.spec.get("volumes").map_or(&[][..], Node::items) {
        add(volume.get("secret"), "secretName");
        let sources = volume.at(&["projected", "sources"]);
        for source in sources.map_or(&[][..], Node::items) {
            add(source.get("secret"), "name");
        }
    }
    all
}

/// The credentials that a pod template writes down in variables: data that the pod has, and that rests in the
/// source.
pub(super) fn written_in(
    cluster: &mut Cluster<'_>,
    by: &Resource,
    pod: Pod<'_>,
    lowering: &mut Lowering<'_>,
) -> Vec<Spanned<To<Data>>> {
    let mut all = Vec::new();
    for container in pod.containers() {
        for variable in container.get("env").map_or(&[][..], Node::items) {
            let parts = ["name", "value"].map(|part| variable.get(part).and_then(text));
            let [Some(name), Some(value)] = parts else {
                continue;
            };
            let id = cluster.id(&format!("{}.{}", by.address(), name.value));
            if !is_named_credential(&name.value, &value.value)
                || !cluster.implied.insert(format!("Variable {id}"))
            {
                continue;
            }
            lowering.hide(value.span);
            let from = by.import(&cluster.system.name);
            let mut import = Import::<Data>::new(id.clone(), name.span, from.clone());
            credential(&mut import.entity, name.span);
            let data = import.finish(&["authenticates"]);
            lowering.declarations().data.push(data);
            in_source(cluster, by, &id, value.span, from, lowering);
            all.push(Spanned::new(To::named(id), name.span));
        }
    }
    all
}

/// A place in the source where a credential stands.
fn in_source(
    cluster: &mut Cluster<'_>,
    by: &Resource,
    id: &str,
    span: Span,
    from: model::Import,
    lowering: &mut Lowering<'_>,
) {
    let mut import = Import::<Store>::new(format!("{id} in source"), place(by), from);
    import.entity.zone.state(cluster.zone_of(by));
    let kind = Spanned::new(StoreKind::Source, span);
    import.entity.kind.state(kind);
    import.entity.holds.state_list(span, 1);
    import.entity.holds.state(Spanned::new(To::named(id), span));
    let store = import.finish(&["encryptionKey", "holds"]);
    lowering.declarations().stores.push(store);
}

/// What the Secret is that `by` names; it is declared if no manifest does: it is made elsewhere.
pub(super) fn imply(
    cluster: &mut Cluster<'_>,
    by: &Resource,
    name: &Spanned<Box<str>>,
    lowering: &mut Lowering<'_>,
) -> Kind {
    let namespace = by.namespace_or_none();
    let id = cluster.id_in("Secret", &namespace, &name.value);
    if cluster.implied.contains(&format!("Key {id}")) {
        return Kind::Key(id);
    }
    if cluster.implied.insert(format!("Secret {id}")) {
        let from = cluster.implied_by(by, "Secret", &namespace, &name.value);
        let mut import = Import::<Data>::new(id.clone(), name.span, from);
        credential(&mut import.entity, name.span);
        let data = import.finish(&["authenticates"]);
        lowering.declarations().data.push(data);
        cluster.credentials.push(Secret {
            namespace,
            name: name.value.clone(),
            id: id.clone(),
            span: name.span,
        });
    }
    Kind::Data(id)
}
