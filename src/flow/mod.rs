//! What ends up where: which places every dump, log, backup, data item and key gets to over any
//! number of transfers, what artifacts contain, which zones reach which, and what identities can
//! come to hold.
//!
//! Flows in: a linked inventory. Flows out: facts, each with its provenance, that become requests to
//! the policies. A thing is searched for place by place (`propagation`); what it went through is its
//! state (`state`); each fact keeps the hop before it, so that the whole way can be shown
//! (`witness`). What rests on something unknown is *possible*, and says so. It knows no policies.

mod access;
mod assertion;
mod attribute;
mod blame;
mod contents;
mod cut;
mod inside;
mod missing;
mod opens;
mod problem;
mod propagation;
mod question;
mod reach;
mod search;
mod state;
mod support;
mod twin;
mod way;
mod witness;

use std::sync::{Arc, Mutex, OnceLock};

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::inventory::Inventory;
use crate::model::{Category, EntityId, Kind, Level, PossibleValues, SetBounds};

pub use access::{Access, By, Held, Obtainable, Usable};
pub use assertion::{Assertion, Contradiction};
pub use attribute::attributes;
pub use blame::Blame;
pub use contents::{Content, Contents};
pub use cut::Cutter;
pub use inside::{Inside, Stage};
pub use problem::problems;
pub use propagation::{Departure, FlowNode, Hop, Propagation, START};
pub use question::{Answer, Found, Obstacle};
pub use reach::{ConduitGraph, Reached, Route, Ways};
pub use state::FlowState;
pub use support::Support;
pub use twin::Twins;
pub use way::{ContextValues, Used, Way, of_route};
pub use witness::{Passed, hop_span};

use access::Rights;
use propagation::FlowGraph;

/// So many ways between zones are kept, in case they are asked for again.
const REACHED: usize = 100_000;

/// Ways between zones that are kept, by where they begin.
#[derive(Debug, Default)]
struct Kept {
    from: HashMap<u32, Arc<[Reached]>>,
    count: usize,
}

/// What ends up where.
#[derive(Debug, Default)]
pub struct Flow {
    artifacts: Vec<Propagation>,
    data: Vec<Propagation>,
    keys: Vec<Propagation>,
    /// What rests at each place: the thing, and the node of its propagation.
    resting: HashMap<EntityId, Vec<(EntityId, u32)>>,
    contents: Contents,
    conduit_graph: OnceLock<ConduitGraph>,
    reached: Mutex<Kept>,
    access: OnceLock<Vec<Access>>,
    twins: OnceLock<Twins>,
    peers: OnceLock<Twins>,
    assertions: OnceLock<Vec<Assertion>>,
}

impl Flow {
    /// Follows every thing of an inventory.
    ///
    /// Costs what is reached: of each thing, the places that it gets to times the states in which
    /// it does. Where everything reaches everything that is things times places.
    pub fn new(inventory: &Inventory) -> Self {
        let graph = FlowGraph::new(inventory);
        let all = inventory.declarations();
        let propagation = |kind: Kind, count: usize| -> Vec<Propagation> {
            let things = (0..count as u32).into_par_iter();
            things
                .map(|index| graph.propagation(kind.id(index)))
                .collect()
        };
        let mut flow = Self {
            artifacts: propagation(Kind::Artifact, all.artifacts.len()),
            data: propagation(Kind::Data, all.data.len()),
            keys: propagation(Kind::Key, all.keys.len()),
            ..Self::default()
        };
        flow.resting = flow.rest();
        flow.contents = Contents::new(inventory, &|thing| flow.propagation(thing), &flow.resting);
        flow
    }

    fn rest(&self) -> HashMap<EntityId, Vec<(EntityId, u32)>> {
        let mut resting: HashMap<EntityId, Vec<(EntityId, u32)>> = HashMap::new();
        for (thing, propagation) in self.propagations() {
            for (at, node) in (0u32..).zip(&propagation.nodes) {
                if node.place.kind != Kind::Zone {
                    resting.entry(node.place).or_default().push((thing, at));
                }
            }
        }
        resting
    }

    /// Every thing with where it gets to.
    pub fn propagations(&self) -> impl Iterator<Item = (EntityId, &Propagation)> {
        let kinds = [
            (Kind::Artifact, &self.artifacts),
            (Kind::Data, &self.data),
            (Kind::Key, &self.keys),
        ];
        kinds.into_iter().flat_map(|(kind, propagations)| {
            let all = (0u32..).zip(propagations);
            all.map(move |(index, propagation)| (kind.id(index), propagation))
        })
    }

    /// Where a thing gets to.
    pub fn propagation(&self, thing: EntityId) -> Option<&Propagation> {
        let of = match thing.kind {
            Kind::Artifact => &self.artifacts,
            Kind::Data => &self.data,
            Kind::Key => &self.keys,
            _ => return None,
        };
        of.get(thing.index as usize)
    }

    /// What rests at a place.
    pub fn resting(&self, place: EntityId) -> &[(EntityId, u32)] {
        self.resting.get(&place).map_or(&[], Vec::as_slice)
    }

    /// What is in each artifact.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// How sensitive a thing is in a state.
    pub fn level(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        state: &FlowState,
    ) -> PossibleValues<Level> {
        self.contents.level(inventory, thing, state)
    }

    /// The categories that remain of a thing in a state.
    pub fn remaining(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        state: &FlowState,
    ) -> SetBounds<Category> {
        self.contents.remaining(inventory, thing, state.removed)
    }

    /// How sensitive the most sensitive of all that rests at a place is.
    pub fn level_at(&self, inventory: &Inventory, place: EntityId) -> PossibleValues<Level> {
        let mut level = PossibleValues::one(Level::Public);
        for (thing, node) in self.resting(place) {
            let node = self
                .propagation(*thing)
                .and_then(|propagation| propagation.nodes.get(*node as usize));
            if let Some(node) = node {
                let own = level.max(self.level(inventory, *thing, &node.state));
                level = if node.state.certain {
                    own
                } else {
                    level.or(own)
                };
            }
        }
        level
    }

    /// The conduits of every zone. Computed when first asked for.
    pub fn conduit_graph(&self, inventory: &Inventory) -> &ConduitGraph {
        self.conduit_graph
            .get_or_init(|| ConduitGraph::new(inventory))
    }

    /// What is reached from a zone. Computed when asked for, and kept for a while: of all zones together
    /// it can be as much as the square of their number.
    pub fn reached(&self, inventory: &Inventory, from: u32) -> Arc<[Reached]> {
        let known = self
            .reached
            .lock()
            .map(|known| known.from.get(&from).cloned());
        if let Ok(Some(reached)) = known {
            return reached;
        }
        let mut ways = Ways::default();
        self.conduit_graph(inventory).reached(from, &mut ways);
        let reached: Arc<[Reached]> = ways.all.into();
        if let Ok(mut known) = self.reached.lock() {
            if known.count > REACHED {
                *known = Kept::default();
            }
            known.count += reached.len() + 1;
            known.from.insert(from, Arc::clone(&reached));
        }
        reached
    }

    /// What an identity can come to hold: computed when first asked for, once for all that are alike;
    /// the chains are those of the first of these.
    pub fn access(&self, inventory: &Inventory, identity: u32) -> &Access {
        let twins = self.peers(inventory);
        let all = self.access.get_or_init(|| {
            let rights = Rights::new(inventory);
            let identities = inventory.declarations().identities.len() as u32;
            let identities = (0..identities).into_par_iter();
            let held_by = |identity| match twins.first(identity) == identity {
                true => rights.held_by(self, identity),
                false => Access::default(),
            };
            identities.map(held_by).collect()
        });
        &all[twins.first(identity) as usize]
    }

    /// What an identity can come to hold, by its own chains.
    pub fn own_access(&self, inventory: &Inventory, identity: u32) -> Access {
        Rights::new(inventory).held_by(self, identity)
    }

    /// Which identities hold the same. Computed when first asked for.
    pub fn peers(&self, inventory: &Inventory) -> &Twins {
        self.peers
            .get_or_init(|| Twins::obtainable_alike(inventory))
    }

    /// Which identities are granted the same. Computed when first asked for.
    pub fn twins(&self, inventory: &Inventory) -> &Twins {
        self.twins.get_or_init(|| Twins::new(inventory))
    }

    /// The forbidden transfers and conduits that other ways come to. Computed when first asked for.
    pub fn assertions(&self, inventory: &Inventory) -> &[Assertion] {
        self.assertions
            .get_or_init(|| assertion::broken(self, inventory))
    }
}
