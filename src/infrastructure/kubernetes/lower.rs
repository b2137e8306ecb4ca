//! A system, lowered: its zones, and what is in each.

use super::cluster::Cluster;
use super::network::{self, Network};
use super::resource::place;
use super::systems::System;
use super::{accounts, custom, keys, kubelet, pods, rbac, secrets};
use crate::infrastructure::{Import, Lowering};
use crate::model::{self, Field as _, To, Zone, ZoneKind};
use crate::source::Spanned;

/// Adds what a system declares.
pub(super) fn lower(system: &System, lowering: &mut Lowering<'_>) {
    let mut cluster = Cluster::of(system);
    custom::lower(&cluster, lowering);
    custom::list_others(system, lowering);
    let network = network::lower(&mut cluster, lowering);
    keys::lower(&mut cluster, lowering);
    secrets::lower(&mut cluster, lowering);
    accounts::lower(&mut cluster, lowering);
    pods::lower(&mut cluster, &network, lowering);
    secrets::stores(&mut cluster, lowering);
    rbac::lower(&mut cluster, lowering);
    kubelet::lower(&mut cluster, lowering);
    zones(&cluster, &network, lowering);
}

/// The cluster and its namespaces as zones.
fn zones(cluster: &Cluster<'_>, network: &Network, lowering: &mut Lowering<'_>) {
    let Some(first) = cluster.system.resources.first() else {
        return;
    };
    let from = model::Import {
        name: "cluster".into(),
        ..cluster.implied_by(first, "Cluster", "", "cluster")
    };
    let id = cluster.cluster_id();
    let mut zone = Import::<Zone>::new(id.clone(), place(first), from);
    zone.entity
        .kind
        .state(Spanned::new(ZoneKind::Cluster, place(first)));
    lowering.declarations().zones.push(zone.finish(&["parent"]));
    for (name, span) in cluster.namespaces() {
        let declared = cluster.find("Namespace", "", name);
        let from = match declared {
            Some(resource) => model::Import {
                namespace: name.into(),
                ..resource.import(&cluster.system.name)
            },
            None => cluster.implied_by(first, "Namespace", name, name),
        };
        let mut zone = Import::<Zone>::new(cluster.zone_id(name), span, from);
        let parent = To::named(id.as_str());
        zone.entity.parent.state(Spanned::new(parent, span));
        zone.entity
            .kind
            .state(Spanned::new(ZoneKind::Namespace, span));
        let id = cluster.zone_id(name);
        network.policies.isolate(&mut zone.entity, &id);
        lowering.declarations().zones.push(zone.finish(&[]));
    }
}
