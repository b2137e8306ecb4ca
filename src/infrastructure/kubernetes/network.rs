//! What the network lets through: policies, and what the internet is let in by.

use super::cluster::Cluster;
use super::conduits::Conduits;
use super::entrances::{self, Exposed};
use super::policies::{self, Policies};
use super::selection::Selection;
use crate::infrastructure::Lowering;

/// What the network of a system comes to, for its namespaces and its pods.
#[derive(Default)]
pub(super) struct Network {
    pub(super) policies: Policies,
    pub(super) exposed: Exposed,
}

/// Adds the conduits of a system, and says what follows for its namespaces and pods.
pub(super) fn lower(cluster: &mut Cluster<'_>, lowering: &mut Lowering<'_>) -> Network {
    let mut conduits = Conduits::default();
    let pods = Selection::of(cluster.system);
    let policies = policies::lower(cluster, &pods, &mut conduits, lowering);
    let exposed = entrances::lower(cluster, (&pods, &policies), &mut conduits, lowering);
    Network { policies, exposed }
}
