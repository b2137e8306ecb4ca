//! Who may do what, by roles and their bindings, as grants.
//!
//! Read is what leads to somebody's secrets or to a program: reading Secrets, running commands in
//! pods, and everything at once. Of the roles that every cluster has, `cluster-admin`, `admin` and
//! `edit` do that, and `view` does not (Kubernetes documentation, "Using RBAC Authorization",
//! user-facing roles).

use std::collections::BTreeSet;

use super::accounts;
use super::cluster::Cluster;
use super::resource::{Resource, place, text};
use crate::infrastructure::{Import, Lowering};
use crate::model::{Field as _, Grant, GrantAction, Identity, IdentityKind, Mfa, To};
use crate::source::{Span, Spanned, Via};
use crate::syntax::Node;

/// What a role allows of what is read.
#[derive(Debug, Default)]
struct Rights {
    /// With the Secrets, by name; all where no name is given.
    secrets: Vec<(Option<Box<str>>, Spanned<GrantAction>)>,
    /// To run commands in pods.
    execute: Option<Span>,
    /// Everything.
    all: Option<Span>,
}

/// Adds a grant for each subject of each binding and each thing that its role is about.
pub(super) fn lower(cluster: &mut Cluster<'_>, lowering: &mut Lowering<'_>) {
    for binding in &cluster.system.resources {
        let is_binding = matches!(binding.kind(), "RoleBinding" | "ClusterRoleBinding");
        if !is_binding || binding.group() != "rbac.authorization.k8s.io" {
            continue;
        }
        let Some(rights) = rights(cluster, binding) else {
            continue;
        };
        let namespace = match binding.kind() {
            "RoleBinding" => Some(binding.namespace().map(|it| it.value).unwrap_or_default()),
            _ => None,
        };
        let subjects = binding.node.get("subjects").map_or(&[][..], Node::items);
        for subject in subjects {
            if let Some(identity) = subject_of(cluster, binding, subject, lowering) {
                grants(
                    cluster,
                    binding,
                    &identity,
                    namespace.as_deref(),
                    &rights,
                    lowering,
                );
            }
        }
    }
}

/// What the role of a binding allows; none if it is nothing that is read, or a role that is made
/// elsewhere.
fn rights(cluster: &Cluster<'_>, binding: &Resource) -> Option<Rights> {
    let reference = binding.node.get("roleRef")?;
    let kind = reference.get("kind").and_then(Node::str)?;
    let name = reference.get("name")?;
    let namespace = match kind {
        "Role" => binding.namespace().map(|it| it.value).unwrap_or_default(),
        _ => "".into(),
    };
    let mut rights = Rights::default();
    if let Some(role) = cluster.find(kind, &namespace, name.str()?) {
        for rule in role.node.get("rules").map_or(&[][..], Node::items) {
            add(&mut rights, rule);
        }
    } else if kind == "ClusterRole" {
        let secrets = |action| (None, Spanned::new(action, name.span));
        match name.str()? {
            "cluster-admin" => rights.all = Some(name.span),
            "admin" | "edit" => {
                rights.secrets = vec![secrets(GrantAction::Read), secrets(GrantAction::Write)];
                rights.execute = Some(name.span);
            }
            _ => {}
        }
    }
    let is_any = !rights.secrets.is_empty() || rights.execute.is_some() || rights.all.is_some();
    is_any.then_some(rights)
}

fn add(rights: &mut Rights, rule: &Node) {
    let list = |key: &str| rule.get(key).map_or(&[][..], Node::items);
    let find = |key: &str, any: &[&str]| {
        let mut items = list(key).iter();
        items.find(|item| {
            item.str()
                .is_some_and(|text| text == "*" || any.contains(&text))
        })
    };
    if find("apiGroups", &[""]).is_none() && find("apiGroups", &[]).is_none() {
        return;
    }
    let (verbs, resources) = (find("verbs", &[]), find("resources", &[]));
    let all_groups = find("apiGroups", &[]);
    if let (Some(verb), Some(_), Some(_)) = (verbs, resources, all_groups) {
        rights.all.get_or_insert(verb.span);
        return;
    }
    if find("resources", &["secrets"]).is_some() {
        let names: Vec<Option<Box<str>>> = match rule.get("resourceNames") {
            Some(names) => names
                .items()
                .iter()
                .filter_map(|it| Some(it.str()?.into()))
                .map(Some)
                .collect(),
            None => vec![None],
        };
        let read = find("verbs", &["get", "list", "watch"]);
        let write = find("verbs", &["create", "update", "patch"]);
        for name in names {
            for (verb, action) in [(read, GrantAction::Read), (write, GrantAction::Write)] {
                if let Some(verb) = verb {
                    let action = Spanned::new(action, verb.span);
                    rights.secrets.push((name.clone(), action));
                }
            }
        }
    }
    // `kubectl exec` and `attach` open a stream by GET or POST; an ephemeral container is an update.
    let into = find("resources", &["pods/exec", "pods/attach"]);
    let verb = find("verbs", &["create", "get"]);
    let beside = find("resources", &["pods/ephemeralcontainers"]);
    let change = find("verbs", &["update", "patch"]);
    if let (Some(_), Some(verb)) = (into, verb) {
        rights.execute.get_or_insert(verb.span);
    } else if let (Some(_), Some(verb)) = (beside, change) {
        rights.execute.get_or_insert(verb.span);
    }
}

/// Who a subject of a binding is: an identity, with the place that names it.
fn subject_of(
    cluster: &mut Cluster<'_>,
    binding: &Resource,
    subject: &Node,
    lowering: &mut Lowering<'_>,
) -> Option<Spanned<String>> {
    let name = subject.get("name").and_then(text)?;
    let kind = subject.get("kind").and_then(Node::str)?;
    if kind == "ServiceAccount" {
        let namespace = subject.get("namespace").and_then(Node::scalar);
        let namespace = namespace.or_else(|| Some(binding.namespace()?.value.to_string()));
        let namespace = namespace.unwrap_or_default();
        let id = accounts::imply(
            cluster,
            binding,
            (&namespace, &name.value),
            name.span,
            lowering,
        );
        return Some(Spanned::new(id, name.span));
    }
    let id = cluster.id(&format!("{kind}/{}", name.value));
    if cluster.implied.insert(format!("Identity {id}")) {
        let from = cluster.implied_by(binding, kind, "", &name.value);
        let mut import = Import::<Identity>::new(id.clone(), name.span, from);
        let identity = &mut import.entity;
        let zone = To::named(cluster.cluster_id());
        identity.zone.state(Spanned::new(zone, name.span));
        // Whoever sends a request is in these groups, with or without an account (Kubernetes
        // documentation, "Authenticating").
        let is_everyone = matches!(
            &*name.value,
            "system:anonymous" | "system:unauthenticated" | "system:authenticated"
        );
        let kind = match kind {
            _ if is_everyone => Some(IdentityKind::Everyone),
            "Group" => Some(IdentityKind::Group),
            _ => None,
        };
        if let Some(kind) = kind {
            identity.kind.state(Spanned::new(kind, name.span));
        }
        if is_everyone {
            identity.mfa.state(Spanned::new(Mfa::None, name.span));
        }
        let identity = import.finish(&["memberOf", "assumes"]);
        lowering.declarations().identities.push(identity);
    }
    Some(Spanned::new(id, name.span))
}

fn grants(
    cluster: &mut Cluster<'_>,
    binding: &Resource,
    identity: &Spanned<String>,
    namespace: Option<&str>,
    rights: &Rights,
    lowering: &mut Lowering<'_>,
) {
    let role = binding.node.at(&["roleRef", "name"]);
    let role = role.map_or(place(binding), |role| role.span);
    let mut add = |cluster: &Cluster<'_>, on: String, actions: Vec<Spanned<GrantAction>>| {
        let own = cluster.id(&binding.address());
        let id = format!("{own} for {} on {on}", identity.value);
        let from = binding.import(&cluster.system.name);
        let mut import = Import::<Grant>::new(id, place(binding), from);
        let grant = &mut import.entity;
        let who = To::named(identity.value.as_str());
        grant.identity.state(Spanned::new(who, identity.span));
        grant.on.state(Spanned::new(To::named(on), role));
        let first = actions.first().map_or(role, |action| action.span);
        grant.actions.state_list(first, actions.len());
        for action in actions {
            let span = match action.span == role {
                true => role,
                false => lowering.place(action.span, &[(role, Via::Use)]),
            };
            grant.actions.state(Spanned::new(action.value, span));
        }
        grant.standing.state(Spanned::new(true, place(binding)));
        lowering.declarations().grants.push(import.finish(&[]));
    };
    if let Some(span) = rights.all {
        let on = match namespace {
            Some(namespace) => cluster.zone_id(namespace),
            None => cluster.cluster_id(),
        };
        let all = [
            GrantAction::Administer,
            GrantAction::Read,
            GrantAction::Write,
            GrantAction::Execute,
        ];
        let all = all.map(|action| Spanned::new(action, span));
        add(cluster, format!("zones/{on}"), all.to_vec());
        return;
    }
    let in_reach = |of: &str| namespace.is_none_or(|namespace| namespace == of);
    let stores = cluster.stores.iter();
    let stores: Vec<_> = stores
        .filter(|it| in_reach(&it.namespace))
        .cloned()
        .collect();
    for store in stores {
        let is_of_keys = store.reference.starts_with("keyStores/");
        let meant = rights
            .secrets
            .iter()
            .filter(|(only, _)| *only == store.name);
        let mut seen = BTreeSet::new();
        let actions = meant.map(|(_, action)| match (is_of_keys, action.value) {
            // Whoever reads a Secret has what is in it.
            (true, GrantAction::Read) => Spanned::new(GrantAction::Export, action.span),
            _ => *action,
        });
        let actions: Vec<_> = actions.filter(|action| seen.insert(action.value)).collect();
        if !actions.is_empty() {
            add(cluster, store.reference, actions);
        }
    }
    if let Some(span) = rights.execute {
        let pods = cluster
            .system
            .resources
            .iter()
            .filter(|it| it.pod().is_some());
        let pods =
            pods.filter(|it| in_reach(&it.namespace().map(|it| it.value).unwrap_or_default()));
        let ids: Vec<_> = pods.map(|pod| cluster.id(&pod.address())).collect();
        for id in ids {
            let action = Spanned::new(GrantAction::Execute, span);
            add(cluster, format!("workloads/{id}"), vec![action]);
        }
    }
}
