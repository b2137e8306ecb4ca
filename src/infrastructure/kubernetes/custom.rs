//! Custom resources: what mappings say of them, and those that nothing is read of.

use super::cluster::Cluster;
use super::resource::{Resource, is_namespaced, place};
use super::systems::System;
use super::unread;
use crate::infrastructure::{Lowering, Mapping};
use crate::source::Spanned;

/// Adds what custom resources mean, where a mapping says so.
pub(super) fn lower(cluster: &Cluster<'_>, lowering: &mut Lowering<'_>) {
    for mapping in lowering.mappings() {
        for resource in &cluster.system.resources {
            if is_of(mapping, resource) {
                let id = cluster.id(&resource.address()).into();
                let zone = match is_namespaced(resource) {
                    true => cluster.zone_of_resource(resource),
                    false => Spanned::new(cluster.cluster_id(), place(resource)),
                };
                let from = resource.import(&cluster.system.name);
                let id = Spanned::new(id, place(resource));
                mapping.declare(&resource.node, id, (from, zone), lowering);
            }
        }
    }
}

/// Whether a mapping is for a resource.
fn is_of(mapping: &Mapping, resource: &Resource) -> bool {
    let named = mapping.ty.value.split_once('.');
    named == Some((resource.kind(), resource.group()))
}

/// Says which kinds of resource are there that nothing is read of.
pub(super) fn list_others(system: &System, lowering: &mut Lowering<'_>) {
    for resource in &system.resources {
        let group = resource.group();
        let is_built_in = group.is_empty() || !group.contains('.') || group.ends_with(".k8s.io");
        let is_read = (resource.kind(), group) == ("Certificate", "cert-manager.io")
            || lowering.mappings().iter().any(|it| is_of(it, resource));
        if !is_built_in && !is_read {
            let what = ("custom kind of resource", "custom kinds of resource");
            let name = format!("{} of {group}", resource.kind());
            let help = "no rule covers them, unless `infrastructure: { mappings: … }` says \
                        what they mean";
            let span = resource
                .node
                .get("kind")
                .map_or(place(resource), |it| it.span);
            lowering.not_mapped(unread(what, name, help, span));
        }
    }
}

/// Says which mappings are for nothing.
pub(super) fn list_unused(systems: &[System], lowering: &mut Lowering<'_>) {
    for mapping in lowering.mappings() {
        let mut all = systems.iter().flat_map(|system| &system.resources);
        if !all.any(|resource| is_of(mapping, resource)) {
            let what = ("mapping", "mappings");
            let help = "no manifest has such a resource";
            lowering.unread(unread(what, &*mapping.ty.value, help, mapping.ty.span));
        }
    }
}
