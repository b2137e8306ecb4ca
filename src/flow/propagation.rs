//! Where a thing gets to: a search over transfers, debug attachments and copies.

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::search::Search;
use super::state::FlowState;
use crate::inventory::{Assumptions, Inventory};
use crate::model::{
    Artifact, Atom, DebugEnvironment, EntityId, Enumeration as _, Fact, Field as _, Key, Kind,
    Status, Store, Transfer, Truth, Workload,
};

/// Stands for "nothing before this".
pub const START: u32 = u32::MAX;

/// How a thing got from one place to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hop {
    /// It is there to begin with: it was taken, is kept, held or worked on there.
    Start,
    /// It is there, however it got there.
    Present,
    /// An artifact is kept in a store, away from what it was taken from.
    Kept,
    /// A key is copied to another key store.
    Replica,
    /// A key is in the memory of the workload that uses it.
    Loaded,
    /// This transfer carries it.
    Transfer(u32),
    /// This step of a transfer is done in another zone than the one before.
    Step(u32, u32),
    /// This debug environment attaches to the workload that it is in.
    Attach(u32),
    /// This debug environment reads the store that it is in.
    Read(u32),
}

/// A thing at a place.
#[derive(Debug, Clone, Copy)]
pub struct FlowNode {
    /// The store, key store, workload, debug environment or zone.
    pub place: EntityId,
    /// What it went through.
    pub state: FlowState,
    /// The node before, by position; [`START`] if there is none.
    pub from: u32,
    /// How it got here from there.
    pub hop: Hop,
}

/// A hop between two nodes of a propagation: from which, to which, how, and whether it and what is before
/// it are certain.
pub type Edge = (u32, u32, Hop, bool);

/// A thing that leaves on a transfer.
#[derive(Debug, Clone, Copy)]
pub struct Departure {
    /// The transfer.
    pub transfer: u32,
    /// The node from which it leaves.
    pub node: u32,
    /// Its state once it has left.
    pub state: FlowState,
}

/// Every place that a thing gets to, in every state in which it does.
#[derive(Debug, Default)]
pub struct Propagation {
    /// The nodes; those that are certain come first, and of these those with the fewest hops.
    pub nodes: Vec<FlowNode>,
    /// What leaves on which transfer.
    pub departures: Vec<Departure>,
    /// Whether steps leave nothing of it somewhere.
    pub vanishes: bool,
}

impl Propagation {
    /// How many places a thing was at when it is at a node, this one included.
    pub(super) fn hops_to(&self, node: u32) -> usize {
        let last = self.nodes.get(node as usize);
        std::iter::successors(last, |node| self.nodes.get(node.from as usize)).count()
    }

    /// Whether a thing goes on so from a node: a copy is made of what is there to begin with, and
    /// not of what comes there.
    fn goes_on(&self, from: u32, hop: Hop) -> bool {
        let is_copy = matches!(hop, Hop::Kept | Hop::Replica | Hop::Loaded);
        !is_copy || self.nodes[from as usize].from == START
    }
}

/// The ways out of every place, of all things.
pub struct FlowGraph<'a> {
    pub(super) inventory: &'a Inventory,
    /// The debug environments that attach to each workload.
    pub(super) attached: Vec<Vec<u32>>,
    /// The debug environments that read each store.
    pub(super) readers: Vec<Vec<u32>>,
    /// The transfers that carry each thing.
    pub(super) carried: HashMap<EntityId, Vec<u32>>,
    /// The transfers of which nobody says, or says in full, what they carry.
    pub(super) open: Vec<u32>,
    /// The stores that hold, and the workloads that process, each data item.
    pub(super) data_at: Vec<Vec<EntityId>>,
    /// The debug environments of which nobody says, or says in full, what they attach to and read.
    pub(super) may_attach: Vec<u32>,
    pub(super) may_read: Vec<u32>,
    /// The stores and workloads of which nobody says, or says in full, what data is there.
    pub(super) may_hold: Vec<EntityId>,
}

impl<'a> FlowGraph<'a> {
    /// Linear in the inventory.
    pub fn new(inventory: &'a Inventory) -> Self {
        let all = inventory.declarations();
        let mut graph = Self {
            inventory,
            attached: vec![Vec::new(); all.workloads.len()],
            readers: vec![Vec::new(); all.stores.len()],
            carried: HashMap::new(),
            open: Vec::new(),
            data_at: vec![Vec::new(); all.data.len()],
            may_attach: inventory.all_unknown(DebugEnvironment::ATTACHES).collect(),
            may_read: inventory.all_unknown(DebugEnvironment::READS).collect(),
            may_hold: Vec::new(),
        };
        for held in [Store::HOLDS.id(), Workload::PROCESSES.id()] {
            let places = inventory.all_unknown(held);
            graph
                .may_hold
                .extend(places.map(|index| held.kind.id(index)));
        }
        graph.open = inventory.all_unknown(Transfer::CARRIES).collect();
        graph
            .open
            .retain(|index| takes_place(&all.transfers[*index as usize]).is_possible());
        for (index, store) in (0..).zip(&all.stores) {
            let place = Kind::Store.id(index);
            for data in store.holds.iter().filter_map(|data| data.value.target()) {
                graph.data_at[data.index as usize].push(place);
            }
        }
        for (index, workload) in (0..).zip(&all.workloads) {
            let place = Kind::Workload.id(index);
            let processed = workload.processes.iter();
            for data in processed.filter_map(|data| data.value.target()) {
                graph.data_at[data.index as usize].push(place);
            }
        }
        for (index, environment) in (0..).zip(&all.debug_environments) {
            for workload in environment.attaches.iter() {
                if let Some(target) = workload.value.target() {
                    graph.attached[target.index as usize].push(index);
                }
            }
            for store in environment.reads.iter() {
                if let Some(target) = store.value.target() {
                    graph.readers[target.index as usize].push(index);
                }
            }
        }
        for (index, transfer) in (0..).zip(&all.transfers) {
            if takes_place(transfer) == Truth::False {
                continue;
            }
            for cargo in transfer.carries.iter() {
                if let Some(target) = cargo.value.target() {
                    graph.carried.entry(target).or_default().push(index);
                }
            }
        }
        graph
    }

    /// Where `thing` gets to.
    ///
    /// Visits each place once for each state in which the thing gets there. There are as many states
    /// as combinations of removed categories, assurance, approval and encryption that occur on the
    /// way, whatever the number of ways; the order of the documents decides nothing but which of
    /// several ways of one length is shown.
    pub fn propagation(&self, thing: EntityId) -> Propagation {
        self.search(thing, self.starts(thing))
    }

    /// Where a thing gets to once it is at one of the places that `begins` accepts, with every hop.
    /// What is copied of it from where it is to begin with is not copied again when it comes back.
    pub fn onward(
        &self,
        thing: EntityId,
        begins: &dyn Fn(EntityId) -> bool,
    ) -> (Propagation, Vec<Edge>) {
        let (whole, edges) = self.all_hops(thing);
        let mut away: Vec<Vec<(u32, Hop, bool)>> = vec![Vec::new(); whole.nodes.len()];
        for (from, to, hop, certain) in &edges {
            away[*from as usize].push((*to, *hop, *certain));
        }
        let mut places: Vec<Option<u32>> = vec![None; whole.nodes.len()];
        let mut propagation = Propagation::default();
        let mut reached = Vec::new();
        for (at, node) in whole.nodes.iter().enumerate() {
            if begins(node.place) {
                places[at] = Some(propagation.nodes.len() as u32);
                reached.push(at);
                propagation.nodes.push(FlowNode {
                    from: START,
                    hop: Hop::Present,
                    ..*node
                });
            }
        }
        // What is certain elsewhere need not be so by a way from there: first the hops that are, then
        // all others.
        for only_certain in [true, false] {
            let mut at = 0;
            while let Some(here) = reached.get(at).copied() {
                at += 1;
                let Some(from) = places[here] else { continue };
                let state = propagation.nodes[from as usize].state;
                for (to, hop, certain) in &away[here] {
                    if !propagation.goes_on(from, *hop) {
                        continue;
                    }
                    let certain = *certain && state.certain;
                    if only_certain && !certain || places[*to as usize].is_some() {
                        continue;
                    }
                    places[*to as usize] = Some(propagation.nodes.len() as u32);
                    reached.push(*to as usize);
                    let node = whole.nodes[*to as usize];
                    let state = match certain {
                        true => node.state,
                        false => node.state.possible(),
                    };
                    propagation.nodes.push(FlowNode {
                        from,
                        hop: *hop,
                        state,
                        ..node
                    });
                }
            }
        }
        let further = edges.iter().filter_map(|(from, to, hop, certain)| {
            let (from, to) = (places[*from as usize]?, places[*to as usize]?);
            let goes_on = propagation.goes_on(from, *hop);
            goes_on.then_some((from, to, *hop, *certain))
        });
        let further = further.collect();
        (propagation, further)
    }

    /// Where `thing` gets to, with every hop: from which of its nodes to which, and how.
    pub fn all_hops(&self, thing: EntityId) -> (Propagation, Vec<Edge>) {
        let mut search = Search::new(self, thing).with_edges();
        search.run(self.starts(thing));
        search.finish()
    }

    fn search(&self, thing: EntityId, starts: Vec<FlowNode>) -> Propagation {
        let mut search = Search::new(self, thing);
        search.run(starts);
        search.finish().0
    }

    /// The transfers that carry a thing, by where they begin.
    pub(super) fn carrying(
        &self,
        thing: EntityId,
    ) -> HashMap<EntityId, SmallVec<[(u32, Truth); 2]>> {
        let stated = self.carried.get(&thing).into_iter().flatten();
        let stated = stated.map(|transfer| (*transfer, Truth::True));
        let open = self.open.iter();
        let open = open.map(|transfer| (*transfer, Truth::Unknown));
        let mut by_place: HashMap<_, SmallVec<[(u32, Truth); 2]>> = HashMap::new();
        for (index, carries) in stated.chain(open) {
            let transfer = &self.inventory.declarations().transfers[index as usize];
            let from = transfer.from.known().and_then(|from| from.target());
            let Some(from) = from else {
                continue;
            };
            let leaving = by_place.entry(from).or_default();
            let certainty = takes_place(transfer).and(carries);
            if !leaving.iter().any(|(known, _)| *known == index) {
                leaving.push((index, certainty));
            }
        }
        by_place
    }

    pub(super) fn zone(&self, place: EntityId) -> Option<u32> {
        let zone = match place.kind {
            Kind::Zone => Some(place),
            _ => self.inventory.zone_of(place),
        };
        zone.map(|zone| zone.index)
    }

    /// The places where a thing is to begin with, and those that it is copied to by itself.
    fn starts(&self, thing: EntityId) -> Vec<FlowNode> {
        match thing.kind {
            Kind::Artifact => self.artifact_starts(thing.index),
            Kind::Data => self.data_starts(thing),
            Kind::Key => self.key_starts(thing),
            _ => Vec::new(),
        }
    }

    fn start(&self, place: EntityId) -> Option<FlowNode> {
        Some(FlowNode {
            place,
            state: FlowState::start(self.zone(place)?),
            from: START,
            hop: Hop::Start,
        })
    }

    fn artifact_starts(&self, index: u32) -> Vec<FlowNode> {
        let artifact = &self.inventory.declarations().artifacts[index as usize];
        let Some(from) = artifact.from.known().and_then(|from| from.target()) else {
            return Vec::new();
        };
        let place = match from.kind {
            Kind::Key => self.inventory.container(from),
            _ => Some(from),
        };
        let Some(first) = place.and_then(|place| self.start(place)) else {
            return Vec::new();
        };
        let mut starts = vec![first];
        let kept = |place: EntityId, state: FlowState| FlowNode {
            place,
            state,
            from: 0,
            hop: Hop::Kept,
        };
        let stated = artifact.at.known().and_then(|at| at.target());
        if let Some(store) = stated {
            starts.push(kept(store, first.state));
        } else if let Fact::Unstated(Some(_)) = artifact.at.fact() {
            // Nobody knows which store it is kept in: it may be any, or one of those that are named.
            let here = Kind::Artifact.id(index);
            let stores = match self.inventory.choice(here, Artifact::AT.position()) {
                Some(named) => {
                    let named = named.into_iter();
                    let stores = named.filter_map(|(store, _)| match store {
                        Atom::Entity(store) => Some(store),
                        _ => None,
                    });
                    stores.collect()
                }
                None => {
                    let all = 0..self.inventory.declarations().stores.len() as u32;
                    all.map(|index| Kind::Store.id(index)).collect::<Vec<_>>()
                }
            };
            let stores = stores.into_iter();
            starts.extend(stores.map(|store| kept(store, first.state.possible())));
        }
        starts
    }

    fn data_starts(&self, data: EntityId) -> Vec<FlowNode> {
        let places = self.data_at[data.index as usize].iter();
        let stated = places.filter_map(|place| self.start(*place));
        let others = self.may_hold.iter().filter_map(|place| self.start(*place));
        let others = others.map(|start| FlowNode {
            state: start.state.possible(),
            ..start
        });
        stated.chain(others).collect()
    }

    fn key_starts(&self, key: EntityId) -> Vec<FlowNode> {
        let Some(store) = self.inventory.container(key) else {
            return Vec::new();
        };
        let Some(first) = self.start(store) else {
            return Vec::new();
        };
        let mut starts = vec![first];
        let copied = |place, state, hop| FlowNode {
            place,
            state,
            from: 0,
            hop,
        };
        let replicas = self.inventory.declarations().keys[key.index as usize]
            .replicas
            .iter();
        let replicas = replicas.filter_map(|replica| replica.value.target());
        starts.extend(replicas.map(|store| copied(store, first.state, Hop::Replica)));
        if self.inventory.is_unknown(key, Key::REPLICAS) {
            // Nobody says, or says in full, where copies are: any key store may have one.
            let stores = 0..self.inventory.declarations().key_stores.len() as u32;
            let stores = stores.map(|index| Kind::KeyStore.id(index));
            let others = stores.map(|store| copied(store, first.state.possible(), Hop::Replica));
            starts.extend(others);
        }
        let loaded = match self.inventory.in_memory(key, &Assumptions::none()) {
            Truth::False => return starts,
            Truth::True => first.state,
            Truth::Unknown => first.state.possible(),
        };
        let users = self.inventory.users(key).into_iter();
        starts.extend(users.map(|user| copied(user, loaded, Hop::Loaded)));
        // Of some workloads nobody says which keys they use.
        let others = self.inventory.possible_users().into_iter();
        starts.extend(others.map(|user| copied(user, loaded.possible(), Hop::Loaded)));
        starts
    }
}

fn takes_place(transfer: &Transfer) -> Truth {
    match transfer.status.fact() {
        Fact::One(status, _) if status == Status::Forbidden.atom() => Truth::False,
        Fact::Unstated(Some(_)) => Truth::Unknown,
        _ => Truth::True,
    }
}
