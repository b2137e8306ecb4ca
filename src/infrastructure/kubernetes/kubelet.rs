//! The configuration of kubelets: whom they run commands for, beside the API server.
//!
//! In a file, nobody without a name is let in and the API server decides who may do what, unless it says
//! otherwise; handlers that run commands in containers are on (Kubernetes reference, "Kubelet Configuration
//! (v1beta1)": `authentication.anonymous.enabled` is false, `authorization.mode` is `Webhook`,
//! `enableDebuggingHandlers` is true by default).

use super::cluster::Cluster;
use super::rbac::{grant_on, identity};
use super::resource::{Resource, flag, text};
use crate::infrastructure::Lowering;
use crate::model::GrantAction;
use crate::source::Spanned;

/// Adds what kubelets grant by themselves.
pub(super) fn lower(cluster: &mut Cluster<'_>, lowering: &mut Lowering<'_>) {
    for resource in &cluster.system.resources {
        let of = (resource.kind(), resource.group());
        if of == ("KubeletConfiguration", "kubelet.config.k8s.io") {
            kubelet(cluster, resource, lowering);
        }
    }
}

/// What one that allows whoever is let in everything grants.
fn kubelet(cluster: &mut Cluster<'_>, resource: &Resource, lowering: &mut Lowering<'_>) {
    let mode = resource.node.at(&["authorization", "mode"]).and_then(text);
    let Some(mode) = mode.filter(|mode| &*mode.value == "AlwaysAllow") else {
        return;
    };
    let anonymous = resource
        .node
        .at(&["authentication", "anonymous", "enabled"]);
    let anonymous = flag(anonymous).filter(|enabled| enabled.value);
    let handlers = resource.node.get("enableDebuggingHandlers");
    let mut actions = vec![Spanned::new(GrantAction::Read, mode.span)];
    if flag(handlers).is_none_or(|handlers| handlers.value) {
        actions.insert(0, Spanned::new(GrantAction::Execute, mode.span));
    }
    let (name, at) = match anonymous {
        Some(enabled) => ("system:unauthenticated", enabled.span),
        None => ("system:authenticated", mode.span),
    };
    let who = Spanned::new(Box::from(name), at);
    let who = identity(cluster, resource, "Group", who, lowering);
    let on = format!("zones/{}", cluster.cluster_id());
    grant_on(cluster, resource, &who, on, (mode.span, actions), lowering);
}
