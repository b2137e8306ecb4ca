//! Who may do what, by roles and their bindings, as grants.
//!
//! What a role allows is in `rights`. Whoever may make tokens of a service account, or act as it, can
//! do what it can: that is a grant on the identity.

use std::collections::BTreeSet;

use super::accounts;
use super::cluster::{Account, Cluster};
use super::resource::{Resource, place, text};
use super::rights::{Rights, rights};
use crate::infrastructure::{Import, Lowering};
use crate::model::{Field as _, Grant, GrantAction, Identity, IdentityKind, Mfa, To};
use crate::source::{Span, Spanned, Via};
use crate::syntax::Node;

/// A binding of a role that allows something which is read.
struct Binding<'s> {
    resource: &'s Resource,
    /// The namespace that it holds in; everywhere if there is none.
    namespace: Option<Box<str>>,
    rights: Rights,
    subjects: Vec<Spanned<String>>,
}

/// Adds a grant for each subject of each binding and each thing that its role is about.
pub(super) fn lower(cluster: &mut Cluster<'_>, lowering: &mut Lowering<'_>) {
    let mut bindings = Vec::new();
    for resource in &cluster.system.resources {
        let is_binding = matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding");
        if !is_binding || resource.group() != "rbac.authorization.k8s.io" {
            continue;
        }
        let Some(rights) = rights(cluster, resource) else {
            continue;
        };
        let namespace = match resource.kind() {
            "RoleBinding" => Some(resource.namespace_or_none()),
            _ => None,
        };
        let subjects = resource.node.get("subjects").map_or(&[][..], Node::items);
        let subjects = subjects
            .iter()
            .filter_map(|subject| subject_of(cluster, resource, subject, lowering));
        let subjects = subjects.collect();
        bindings.push(Binding {
            resource,
            namespace,
            rights,
            subjects,
        });
    }
    // A binding may be about the accounts that only another one names.
    for binding in &bindings {
        for identity in &binding.subjects {
            grants(cluster, binding, identity, lowering);
        }
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
    let kind = if kind == "Group" { "Group" } else { "User" };
    Some(identity(cluster, binding, kind, name, lowering))
}

/// A user or a group, which is declared if nothing names it before.
pub(super) fn identity(
    cluster: &mut Cluster<'_>,
    by: &Resource,
    kind: &'static str,
    name: Spanned<Box<str>>,
    lowering: &mut Lowering<'_>,
) -> Spanned<String> {
    let id = cluster.id(&format!("{kind}/{}", name.value));
    if cluster.implied.insert(format!("Identity {id}")) {
        let from = cluster.implied_by(by, kind, "", &name.value);
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
        let sort = match kind {
            _ if is_everyone => Some(IdentityKind::Everyone),
            "Group" => Some(IdentityKind::Group),
            _ => None,
        };
        if let Some(sort) = sort {
            identity.kind.state(Spanned::new(sort, name.span));
        }
        if is_everyone {
            identity.mfa.state(Spanned::new(Mfa::None, name.span));
        }
        let identity = import.finish(&["memberOf", "assumes"]);
        lowering.declarations().identities.push(identity);
        cluster.identities.push(Account {
            kind,
            namespace: "".into(),
            name: name.value,
            id: id.clone(),
        });
    }
    Spanned::new(id, name.span)
}

/// Adds what a binding gives one of its subjects.
fn grants(
    cluster: &Cluster<'_>,
    binding: &Binding<'_>,
    identity: &Spanned<String>,
    lowering: &mut Lowering<'_>,
) {
    let rights = &binding.rights;
    let mut add = |on: String, actions: Vec<Spanned<GrantAction>>| {
        grant(cluster, binding.resource, identity, on, actions, lowering);
    };
    let zone = match &binding.namespace {
        Some(namespace) => cluster.zone_id(namespace),
        None => cluster.cluster_id(),
    };
    if let Some(span) = rights.all {
        let all = [
            GrantAction::Administer,
            GrantAction::Read,
            GrantAction::Write,
            GrantAction::Execute,
        ];
        let all = all.map(|action| Spanned::new(action, span));
        add(format!("zones/{zone}"), all.to_vec());
        return;
    }
    if let Some(span) = rights.administer {
        let action = Spanned::new(GrantAction::Administer, span);
        add(format!("zones/{zone}"), vec![action]);
    }
    let in_reach = |of: &str| {
        let namespace = binding.namespace.as_deref();
        namespace.is_none_or(|namespace| namespace == of)
    };
    for store in cluster.stores.iter().filter(|it| in_reach(&it.namespace)) {
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
            add(store.reference.clone(), actions);
        }
    }
    if let Some(span) = rights.execute {
        let all = cluster.system.resources.iter();
        let pods = all.filter(|it| it.pod().is_some());
        let pods = pods.filter(|it| in_reach(&it.namespace_or_none()));
        for pod in pods {
            let action = Spanned::new(GrantAction::Execute, span);
            add(
                format!("workloads/{}", cluster.id(&pod.address())),
                vec![action],
            );
        }
    }
    let others = cluster.identities.iter();
    for other in others.filter(|other| other.id != identity.value) {
        let accounts = rights
            .accounts
            .iter()
            .filter(|_| other.kind == "ServiceAccount");
        let accounts = accounts.filter(|_| in_reach(&other.namespace));
        let accounts = accounts.map(|(name, verb)| (name, verb));
        let users = rights.users.iter().filter(|(kind, ..)| *kind == other.kind);
        let mut all = accounts.chain(users.map(|(_, name, verb)| (name, verb)));
        let found = all.find(|(name, _)| name.as_ref().is_none_or(|name| *name == other.name));
        if let Some((_, verb)) = found {
            let action = Spanned::new(GrantAction::Execute, *verb);
            add(format!("identities/{}", other.id), vec![action]);
        }
    }
}

fn grant(
    cluster: &Cluster<'_>,
    binding: &Resource,
    identity: &Spanned<String>,
    on: String,
    actions: Vec<Spanned<GrantAction>>,
    lowering: &mut Lowering<'_>,
) {
    let role = binding.node.at(&["roleRef", "name"]);
    let role = role.map_or(place(binding), |role| role.span);
    grant_on(cluster, binding, identity, on, (role, actions), lowering);
}

/// Adds a grant that a resource makes: `role` is the place that says what it gives.
pub(super) fn grant_on(
    cluster: &Cluster<'_>,
    binding: &Resource,
    identity: &Spanned<String>,
    on: String,
    (role, actions): (Span, Vec<Spanned<GrantAction>>),
    lowering: &mut Lowering<'_>,
) {
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
}
