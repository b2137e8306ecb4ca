//! What a role allows, of what is read of it.
//!
//! Read is what leads to somebody's secrets, to a program or to another account: reading Secrets, getting
//! into pods, making tokens, acting as somebody else, deciding who may do what or who is who, and everything at once
//! (Kubernetes documentation, "Role Based Access Control Good Practices", privilege escalation risks).
//! Of the roles that every cluster has, `cluster-admin`, `admin` and `edit` do that, and `view` does not
//! ("Using RBAC Authorization", user-facing roles).

use super::cluster::Cluster;
use super::resource::Resource;
use crate::model::GrantAction;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// What a role allows of what is read.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// With the Secrets, by name; all where no name is given.
    pub(super) secrets: Vec<(Option<Box<str>>, Spanned<GrantAction>)>,
    /// To get into pods.
    pub(super) execute: Option<Span>,
    /// To act as a service account, by name; as all where no name is given.
    pub(super) accounts: Vec<(Option<Box<str>>, Span)>,
    /// To act as other users and as groups, by kind and name; as all where no name is given.
    pub(super) users: Vec<(&'static str, Option<Box<str>>, Span)>,
    /// To decide who may do what.
    pub(super) administer: Option<Span>,
    /// Everything.
    pub(super) all: Option<Span>,
}

impl Rights {
    fn is_any(&self) -> bool {
        !self.secrets.is_empty()
            || !self.accounts.is_empty()
            || !self.users.is_empty()
            || self.execute.is_some()
            || self.administer.is_some()
            || self.all.is_some()
    }
}

/// What the role of a binding allows; none if it is nothing that is read, or a role that is made
/// elsewhere.
pub(super) fn rights(cluster: &Cluster<'_>, binding: &Resource) -> Option<Rights> {
    let reference = binding.node.get("roleRef")?;
    let kind = reference.get("kind").and_then(Node::str)?;
    let name = reference.get("name")?;
    let namespace = match kind {
        "Role" => binding.namespace_or_none(),
        _ => "".into(),
    };
    let is_everywhere = binding.kind() == "ClusterRoleBinding";
    let mut rights = Rights::default();
    if let Some(role) = cluster.find(kind, &namespace, name.str()?) {
        let rules = rules(cluster, role);
        for rule in &rules {
            add(&mut rights, rule, is_everywhere);
        }
        rights.administer = administer(&rules, is_everywhere);
    } else if kind == "ClusterRole" {
        let secrets = |action| (None, Spanned::new(action, name.span));
        match name.str()? {
            "cluster-admin" => rights.all = Some(name.span),
            "admin" | "edit" => {
                rights.secrets = vec![secrets(GrantAction::Read), secrets(GrantAction::Write)];
                rights.execute = Some(name.span);
                // Both may `impersonate` service accounts, and make tokens of them.
                rights.accounts = vec![(None, name.span)];
            }
            _ => {}
        }
    }
    rights.is_any().then_some(rights)
}

/// The rules of a role: its own, or those of the roles that it is made of.
fn rules<'s>(cluster: &Cluster<'s>, role: &'s Resource) -> Vec<&'s Node> {
    let own = role.node.get("rules").map_or(&[][..], Node::items).iter();
    let Some(selectors) = role.node.at(&["aggregationRule", "clusterRoleSelectors"]) else {
        return own.collect();
    };
    // The controller overwrites what stands in such a role itself. It is made of roles as they are
    // written: one of these that is itself made of others has their rules only in a cluster.
    let is_selected = |other: &&Resource| {
        let labels = other.node.at(&["metadata", "labels"]);
        let label = |name: &str| labels.and_then(|all| all.get(name)).and_then(Node::scalar);
        other.kind() == "ClusterRole"
            && other.name().value != role.name().value
            && selectors.items().iter().any(|selector| {
                let wanted = selector.get("matchLabels").map_or(&[][..], Node::entries);
                let mut wanted = wanted.iter();
                selector.get("matchExpressions").is_none()
                    && wanted.all(|(name, value)| label(&name.value) == value.scalar())
            })
    };
    let others = cluster.system.resources.iter().filter(is_selected);
    let others = others.flat_map(|it| it.node.get("rules").map_or(&[][..], Node::items));
    others.collect()
}

/// One rule of a role.
struct Rule<'n>(&'n Node);

impl<'n> Rule<'n> {
    /// The first in a list that is one of `any`, or stands for all.
    fn find(&self, list: &str, any: &[&str]) -> Option<&'n Node> {
        let items = self.0.get(list).map_or(&[][..], Node::items);
        items.iter().find(|item| {
            item.str()
                .is_some_and(|text| text == "*" || any.contains(&text))
        })
    }

    /// The verb by which it allows one of `verbs` with one of `resources` of a group.
    fn allows(&self, group: &str, resources: &[&str], verbs: &[&str]) -> Option<Span> {
        self.find("apiGroups", &[group])?;
        self.find("resources", resources)?;
        Some(self.find("verbs", verbs)?.span)
    }

    /// What it is only about, by name; one entry that is none where it is about all.
    fn names(&self) -> Vec<Option<Box<str>>> {
        match self.0.get("resourceNames") {
            Some(names) if !names.items().is_empty() => {
                let names = names.items().iter();
                names
                    .filter_map(|it| Some(Some(it.str()?.into())))
                    .collect()
            }
            _ => vec![None],
        }
    }
}

const RBAC: &str = "rbac.authorization.k8s.io";

fn add(rights: &mut Rights, node: &Node, is_everywhere: bool) {
    let rule = Rule(node);
    let is_all = |list| rule.find(list, &[]);
    if let (Some(verb), Some(_), Some(_)) =
        (is_all("verbs"), is_all("resources"), is_all("apiGroups"))
    {
        rights.all.get_or_insert(verb.span);
        return;
    }
    let read = rule.allows("", &["secrets"], &["get", "list", "watch"]);
    let write = rule.allows("", &["secrets"], &["create", "update", "patch"]);
    for name in rule.names() {
        for (verb, action) in [(read, GrantAction::Read), (write, GrantAction::Write)] {
            if let Some(verb) = verb {
                rights
                    .secrets
                    .push((name.clone(), Spanned::new(action, verb)));
            }
        }
    }
    // Streams are opened by GET or POST; an ephemeral container is an update. Rights to a pod by its name
    // are to one that no manifest names.
    let streams = ["pods/exec", "pods/attach", "pods/portforward"];
    let into = rule.allows("", &streams, &["create", "get"]);
    let beside = rule.allows("", &["pods/ephemeralcontainers"], &["update", "patch"]);
    // The kubelet runs commands in each pod of a node for whoever may use it as a proxy.
    let kubelet = rule.allows("", &["nodes/proxy"], &["create", "get"]);
    let kubelet = kubelet.filter(|_| is_everywhere);
    if let Some(verb) = into.or(beside).or(kubelet) {
        rights.execute.get_or_insert(verb);
    }
    let mint = rule.allows("", &["serviceaccounts/token"], &["create"]);
    let act = rule.allows("", &["serviceaccounts"], &["impersonate"]);
    if let Some(verb) = mint.or(act) {
        let names = rule.names().into_iter();
        rights.accounts.extend(names.map(|name| (name, verb)));
    }
    for (resource, kind) in [("users", "User"), ("groups", "Group")] {
        let verb = rule.allows("", &[resource], &["impersonate"]);
        if let Some(verb) = verb.filter(|_| is_everywhere) {
            let names = rule.names().into_iter();
            rights.users.extend(names.map(|name| (kind, name, verb)));
        }
    }
}

/// Where rules let decide who may do what: `escalate` with roles that can be written, and `bind` with
/// bindings that can be.
fn administer(rules: &[&Node], is_everywhere: bool) -> Option<Span> {
    let roles: &[&str] = match is_everywhere {
        true => &["roles", "clusterroles"],
        false => &["roles"],
    };
    let bindings: &[&str] = match is_everywhere {
        true => &["rolebindings", "clusterrolebindings"],
        false => &["rolebindings"],
    };
    // A role by name is no role of one's choice, but for the one that may do everything.
    let is_free = |rule: &Rule<'_>| {
        let names = rule.names();
        let mut names = names.iter();
        names.any(|name| matches!(name.as_deref(), None | Some("cluster-admin" | "admin")))
    };
    let verb = |resources: &[&str], verbs: &[&str]| {
        let mut rules = rules.iter().map(|rule| Rule(rule));
        rules.find_map(|rule| {
            rule.allows(RBAC, resources, verbs)
                .filter(|_| is_free(&rule))
        })
    };
    let change = ["create", "update", "patch"];
    let escalate = verb(roles, &["escalate"]).filter(|_| verb(roles, &change[1..]).is_some());
    let bind = verb(&["roles", "clusterroles"], &["bind"]);
    let bind = bind.filter(|_| verb(bindings, &change).is_some());
    escalate.or(bind).or_else(|| certify(rules, is_everywhere))
}

/// Where rules let make a certificate of anybody for the API: requests that can be made, approved and are
/// of a signer that it trusts (Kubernetes documentation, "Role Based Access Control Good Practices", CSRs
/// and certificate issuing; "Certificates and Certificate Signing Requests", authorization).
fn certify(rules: &[&Node], is_everywhere: bool) -> Option<Span> {
    const GROUP: &str = "certificates.k8s.io";
    const SIGNERS: [&str; 3] = [
        "kubernetes.io/kube-apiserver-client",
        "kubernetes.io/kube-apiserver-client-kubelet",
        "kubernetes.io/*",
    ];
    let allows = |resource: &str, verbs: &[&str], named: bool| {
        rules.iter().map(|rule| Rule(rule)).find_map(|rule| {
            let names = rule.names();
            let mut names = names.iter();
            let is_meant = names.any(|name| match name.as_deref() {
                None => true,
                Some(name) => named && SIGNERS.contains(&name),
            });
            rule.allows(GROUP, &[resource], verbs).filter(|_| is_meant)
        })
    };
    let requests = "certificatesigningrequests";
    let approval = "certificatesigningrequests/approval";
    allows(requests, &["create"], false).filter(|_| is_everywhere)?;
    allows("signers", &["approve"], true)?;
    allows(approval, &["update", "patch"], false)
}
