//! The connections that a system lists, as conduits, and the networks outside that they lead to.

use std::collections::BTreeSet;

use super::cluster::Cluster;
use super::resource::{Resource, place};
use crate::infrastructure::{Import, Lowering};
use crate::model::{Conduit, ConduitKind, Field as _, Inspection, To, Zone, ZoneKind};
use crate::source::Spanned;

/// An end of a conduit: a zone, and the place that names it.
pub(super) type End = Spanned<String>;

/// The conduits of a system: what they are called is told apart.
#[derive(Default)]
pub(super) struct Conduits {
    called: BTreeSet<String>,
    /// The networks outside, by address.
    networks: BTreeSet<String>,
}

impl Conduits {
    /// Adds one, unless it leads from a zone into itself.
    pub(super) fn add(
        &mut self,
        cluster: &Cluster<'_>,
        resource: &Resource,
        (from, to): (End, End),
        ports: Vec<Spanned<Box<str>>>,
        lowering: &mut Lowering<'_>,
    ) {
        if from.value == to.value {
            return;
        }
        let at = place(resource);
        let own = cluster.id(&resource.address());
        let short = |zone: &str| zone.rsplit(['/', ':']).next().unwrap_or(zone).to_owned();
        let mut id = format!("{own} from {} to {}", short(&from.value), short(&to.value));
        let first = id.clone();
        let mut number = 1;
        while !self.called.insert(id.clone()) {
            number += 1;
            id = format!("{first} ({number})");
        }
        let from_code = resource.import(&cluster.system.name);
        let mut import = Import::<Conduit>::new(id, at, from_code);
        let conduit = &mut import.entity;
        conduit
            .from
            .state(Spanned::new(To::named(from.value), from.span));
        conduit.to.state(Spanned::new(To::named(to.value), to.span));
        let list = ports.first().map_or(at, |port| port.span);
        conduit.ports.state_list(list, ports.len());
        for port in ports {
            conduit.ports.state(port);
        }
        // Policies look at addresses and ports; answers flow back.
        conduit.one_way.state(Spanned::new(false, at));
        conduit.kind.state(Spanned::new(ConduitKind::Data, at));
        if resource.kind() == "NetworkPolicy" {
            conduit.inspection.state(Spanned::new(Inspection::L4, at));
        }
        let conduit = import.finish(&["status", "inspectionKey", "failClosed"]);
        lowering.declarations().conduits.push(conduit);
    }

    /// The zone of an address range: the internet, or a network outside that is known by it.
    pub(super) fn network(
        &mut self,
        cluster: &Cluster<'_>,
        resource: &Resource,
        range: &Spanned<Box<str>>,
        lowering: &mut Lowering<'_>,
    ) -> End {
        if is_everywhere(&range.value) {
            return Spanned::new(INTERNET.to_owned(), range.span);
        }
        let id = cluster.id(&format!("network {}", range.value));
        if self.networks.insert(id.clone()) {
            let from = cluster.implied_by(resource, "network", "", &range.value);
            let mut import = Import::<Zone>::new(id.clone(), range.span, from);
            let kind = Spanned::new(ZoneKind::Network, range.span);
            import.entity.kind.state(kind);
            let zone = import.finish(&["parent"]);
            lowering.declarations().zones.push(zone);
        }
        Spanned::new(id, range.span)
    }
}

/// The zone of everybody.
pub(super) const INTERNET: &str = "internet";

/// Whether a range has every address in it.
pub(super) fn is_everywhere(range: &str) -> bool {
    matches!(range, "0.0.0.0/0" | "::/0")
}
