//! Where a thing gets to: a search over transfers, debug attachments and copies.

use std::collections::VecDeque;

use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

use super::choice::Part;
use super::contents::categories;
use super::trail::Trail;
use crate::inventory::{Assumptions, Inventory, Reading};
use crate::model::{Atom, Category, EntityId, Fact, Field as _, Kind, Status, Transfer};

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
pub struct Node {
    /// The store, key store, workload, debug environment or zone.
    pub place: EntityId,
    /// What it went through.
    pub trail: Trail,
    /// The node before, by position; [`START`] if there is none.
    pub from: u32,
    /// How it got here from there.
    pub hop: Hop,
}

/// A hop between two nodes of a spread: from which, to which, and how.
pub type Edge = (u32, u32, Hop);

/// A thing that leaves on a transfer.
#[derive(Debug, Clone, Copy)]
pub struct Departure {
    /// The transfer.
    pub transfer: u32,
    /// The node from which it leaves.
    pub node: u32,
    /// Its state once it has left.
    pub trail: Trail,
}

/// Every place that a thing gets to, in every state in which it does.
#[derive(Debug, Default)]
pub struct Spread {
    /// The nodes; those that are certain come first, and of these those with the fewest hops.
    pub nodes: Vec<Node>,
    /// What leaves on which transfer.
    pub departures: Vec<Departure>,
    /// Whether steps leave nothing of it somewhere.
    pub vanishes: bool,
}

/// The ways out of every place, of all things.
pub struct Map<'a> {
    inventory: &'a Inventory,
    /// The debug environments that attach to each workload.
    attached: Vec<Vec<u32>>,
    /// The debug environments that read each store.
    readers: Vec<Vec<u32>>,
    /// The transfers that carry each thing.
    carried: HashMap<EntityId, Vec<u32>>,
    /// The transfers of which nobody says, or says in full, what they carry.
    open: Vec<u32>,
    /// The stores that hold, and the workloads that process, each data item.
    data_at: Vec<Vec<EntityId>>,
    /// The debug environments of which nobody says, or says in full, what they attach to and read.
    may_attach: Vec<u32>,
    may_read: Vec<u32>,
    /// The stores and workloads of which nobody says, or says in full, what data is there.
    may_hold: Vec<EntityId>,
}

/// Whether something takes place: that, perhaps, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Certainty {
    Yes,
    Perhaps,
    No,
}

impl<'a> Map<'a> {
    /// Linear in the inventory.
    pub fn new(inventory: &'a Inventory) -> Self {
        let all = inventory.declarations();
        let mut map = Self {
            inventory,
            attached: vec![Vec::new(); all.workloads.len()],
            readers: vec![Vec::new(); all.stores.len()],
            carried: HashMap::new(),
            open: Vec::new(),
            data_at: vec![Vec::new(); all.data.len()],
            may_attach: open(inventory, Kind::DebugEnvironment, "attaches"),
            may_read: open(inventory, Kind::DebugEnvironment, "reads"),
            may_hold: Vec::new(),
        };
        for (kind, attribute) in [(Kind::Store, "holds"), (Kind::Workload, "processes")] {
            let places = open(inventory, kind, attribute).into_iter();
            map.may_hold.extend(places.map(|index| id(kind, index)));
        }
        map.open = open(inventory, Kind::Transfer, "carries");
        map.open
            .retain(|index| takes_place(&all.transfers[*index as usize]) != Certainty::No);
        for (index, store) in (0..).zip(&all.stores) {
            let place = id(Kind::Store, index);
            for data in store.holds.iter().filter_map(|data| data.value.target()) {
                map.data_at[data.index as usize].push(place);
            }
        }
        for (index, workload) in (0..).zip(&all.workloads) {
            let place = id(Kind::Workload, index);
            let processed = workload.processes.iter();
            for data in processed.filter_map(|data| data.value.target()) {
                map.data_at[data.index as usize].push(place);
            }
        }
        for (index, environment) in (0..).zip(&all.debug_environments) {
            for workload in environment.attaches.iter() {
                if let Some(target) = workload.value.target() {
                    map.attached[target.index as usize].push(index);
                }
            }
            for store in environment.reads.iter() {
                if let Some(target) = store.value.target() {
                    map.readers[target.index as usize].push(index);
                }
            }
        }
        for (index, transfer) in (0..).zip(&all.transfers) {
            if takes_place(transfer) == Certainty::No {
                continue;
            }
            for cargo in transfer.carries.iter() {
                if let Some(target) = cargo.value.target() {
                    map.carried.entry(target).or_default().push(index);
                }
            }
        }
        map
    }

    /// Where `thing` gets to.
    ///
    /// Visits each place once for each state in which the thing gets there. There are as many states
    /// as combinations of removed categories, assurance, approval and encryption that occur on the
    /// way, whatever the number of ways; the order of the documents decides nothing but which of
    /// several ways of one length is shown.
    pub fn spread(&self, thing: EntityId) -> Spread {
        self.search(thing, self.starts(thing))
    }

    /// Where a thing gets to once it is at one of the places that `begins` accepts, with every hop.
    pub fn onward(
        &self,
        thing: EntityId,
        begins: &dyn Fn(EntityId) -> bool,
    ) -> (Spread, Vec<Edge>) {
        let (whole, edges) = self.all_hops(thing);
        let mut away: Vec<Vec<(u32, Hop)>> = vec![Vec::new(); whole.nodes.len()];
        for (from, to, hop) in &edges {
            away[*from as usize].push((*to, *hop));
        }
        let mut places: Vec<Option<u32>> = vec![None; whole.nodes.len()];
        let mut spread = Spread::default();
        let mut queue = VecDeque::new();
        for (at, node) in whole.nodes.iter().enumerate() {
            if begins(node.place) {
                places[at] = Some(spread.nodes.len() as u32);
                queue.push_back(at);
                spread.nodes.push(Node {
                    from: START,
                    hop: Hop::Present,
                    ..*node
                });
            }
        }
        let mut further = Vec::new();
        while let Some(at) = queue.pop_front() {
            let Some(from) = places[at] else { continue };
            for (to, hop) in &away[at] {
                let next = spread.nodes.len() as u32;
                let known = *places[*to as usize].get_or_insert(next);
                if known == next {
                    queue.push_back(*to as usize);
                    spread.nodes.push(Node {
                        from,
                        hop: *hop,
                        ..whole.nodes[*to as usize]
                    });
                }
                further.push((from, known, *hop));
            }
        }
        (spread, further)
    }

    /// Where `thing` gets to, with every hop: from which of its nodes to which, and how.
    pub fn all_hops(&self, thing: EntityId) -> (Spread, Vec<Edge>) {
        let mut search = self.searching(thing);
        search.edges = Some(Vec::new());
        search.run(self.starts(thing));
        (search.spread, search.edges.unwrap_or_default())
    }

    fn search(&self, thing: EntityId, starts: Vec<Node>) -> Spread {
        let mut search = self.searching(thing);
        search.run(starts);
        search.spread
    }

    fn searching(&self, thing: EntityId) -> Search<'_, 'a> {
        Search {
            map: self,
            thing,
            categories: match thing.kind {
                Kind::Data => categories(self.inventory, thing),
                _ => Part::default(),
            },
            carrying: self.carrying(thing),
            seen: HashMap::new(),
            left: HashSet::new(),
            spread: Spread::default(),
            queue: VecDeque::new(),
            perhaps: VecDeque::new(),
            edges: None,
        }
    }

    /// The transfers that carry a thing, by where they begin.
    fn carrying(&self, thing: EntityId) -> HashMap<EntityId, SmallVec<[(u32, Certainty); 2]>> {
        let stated = self.carried.get(&thing).into_iter().flatten();
        let stated = stated.map(|transfer| (*transfer, Certainty::Yes));
        let open = self.open.iter();
        let open = open.map(|transfer| (*transfer, Certainty::Perhaps));
        let mut by_place: HashMap<_, SmallVec<[(u32, Certainty); 2]>> = HashMap::new();
        for (index, carries) in stated.chain(open) {
            let transfer = &self.inventory.declarations().transfers[index as usize];
            let from = transfer.from.known().and_then(|from| from.target());
            let Some(from) = from else {
                continue;
            };
            let leaving = by_place.entry(from).or_default();
            let certainty = match takes_place(transfer) {
                Certainty::Yes => carries,
                other => other,
            };
            if !leaving.iter().any(|(known, _)| *known == index) {
                leaving.push((index, certainty));
            }
        }
        by_place
    }

    fn zone(&self, place: EntityId) -> Option<u32> {
        let zone = match place.kind {
            Kind::Zone => Some(place),
            _ => self.inventory.zone_of(place),
        };
        zone.map(|zone| zone.index)
    }

    /// The places where a thing is to begin with, and those that it is copied to by itself.
    fn starts(&self, thing: EntityId) -> Vec<Node> {
        match thing.kind {
            Kind::Artifact => self.artifact_starts(thing.index),
            Kind::Data => self.data_starts(thing),
            Kind::Key => self.key_starts(thing),
            _ => Vec::new(),
        }
    }

    fn start(&self, place: EntityId) -> Option<Node> {
        Some(Node {
            place,
            trail: Trail::start(self.zone(place)?),
            from: START,
            hop: Hop::Start,
        })
    }

    fn artifact_starts(&self, index: u32) -> Vec<Node> {
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
        let kept = |place: EntityId, trail: Trail| Node {
            place,
            trail,
            from: 0,
            hop: Hop::Kept,
        };
        let stated = artifact.at.known().and_then(|at| at.target());
        if let Some(store) = stated {
            starts.push(kept(store, first.trail));
        } else if let Fact::Unstated(Some(_)) = artifact.at.fact() {
            // Nobody knows which store it is kept in: it may be any.
            let stores = 0..self.inventory.declarations().stores.len() as u32;
            let stores = stores.map(|index| id(Kind::Store, index));
            starts.extend(stores.map(|store| kept(store, first.trail.possible())));
        }
        starts
    }

    fn data_starts(&self, data: EntityId) -> Vec<Node> {
        let places = self.data_at[data.index as usize].iter();
        let stated = places.filter_map(|place| self.start(*place));
        let others = self.may_hold.iter().filter_map(|place| self.start(*place));
        let others = others.map(|start| Node {
            trail: start.trail.possible(),
            ..start
        });
        stated.chain(others).collect()
    }

    fn key_starts(&self, key: EntityId) -> Vec<Node> {
        let Some(store) = self.inventory.container(key) else {
            return Vec::new();
        };
        let Some(first) = self.start(store) else {
            return Vec::new();
        };
        let mut starts = vec![first];
        let copied = |place, trail, hop| Node {
            place,
            trail,
            from: 0,
            hop,
        };
        let replicas = self.inventory.declarations().keys[key.index as usize]
            .replicas
            .iter();
        let replicas = replicas.filter_map(|replica| replica.value.target());
        starts.extend(replicas.map(|store| copied(store, first.trail, Hop::Replica)));
        if self.inventory.is_unknown(key, "replicas") {
            // Nobody says, or says in full, where copies are: any key store may have one.
            let stores = 0..self.inventory.declarations().key_stores.len() as u32;
            let stores = stores.map(|index| id(Kind::KeyStore, index));
            let others = stores.map(|store| copied(store, first.trail.possible(), Hop::Replica));
            starts.extend(others);
        }
        let loaded = match self.inventory.in_memory(key, &Assumptions::none()) {
            Reading::One(Atom::Bool(false)) => return starts,
            Reading::One(Atom::Bool(true)) => first.trail,
            _ => first.trail.possible(),
        };
        let users = self.inventory.users(key).into_iter();
        starts.extend(users.map(|user| copied(user, loaded, Hop::Loaded)));
        // Of some workloads nobody says which keys they use.
        let others = self.inventory.possible_users().into_iter();
        starts.extend(others.map(|user| copied(user, loaded.possible(), Hop::Loaded)));
        starts
    }
}

/// The entity of this kind at this position.
pub(super) fn id(kind: Kind, index: u32) -> EntityId {
    EntityId { kind, index }
}

/// The entities of a kind of which nobody says, or says in full, what an attribute holds.
fn open(inventory: &Inventory, kind: Kind, attribute: &str) -> Vec<u32> {
    let position = kind.attribute(attribute).unwrap_or_default();
    let nothing = Assumptions::none();
    let indices = 0..inventory.declarations().count(kind) as u32;
    let open = indices
        .filter(|index| inventory.read(id(kind, *index), position, &nothing) == Reading::Unknown);
    open.collect()
}

fn takes_place(transfer: &Transfer) -> Certainty {
    match transfer.status.fact() {
        Fact::One(Atom::Variant(status), _) if status == Status::Forbidden as u8 => Certainty::No,
        Fact::Unstated(Some(_)) => Certainty::Perhaps,
        _ => Certainty::Yes,
    }
}

/// How a thing is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stay {
    /// It rests there, and can go on from there and be copied with the place.
    Resting,
    /// It is in the memory of a workload, and not in each copy of that.
    InMemory,
    /// It is there for a step of a transfer, and goes nowhere else.
    Passing,
}

impl Hop {
    fn stay(self) -> Stay {
        match self {
            Self::Loaded => Stay::InMemory,
            Self::Step(..) => Stay::Passing,
            _ => Stay::Resting,
        }
    }
}

struct Search<'m, 'a> {
    map: &'m Map<'a>,
    thing: EntityId,
    /// Of data, what it is about.
    categories: Part,
    carrying: HashMap<EntityId, SmallVec<[(u32, Certainty); 2]>>,
    /// The nodes by place and state, certain or not, and by how the thing is there.
    seen: HashMap<(EntityId, Trail, Stay), u32>,
    left: HashSet<(u32, Trail)>,
    spread: Spread,
    /// Nodes to go on from.
    queue: VecDeque<u32>,
    /// What is only possible, to be looked at when all that is certain is known.
    perhaps: VecDeque<Node>,
    /// Every hop, if they are wanted.
    edges: Option<Vec<Edge>>,
}

impl Search<'_, '_> {
    /// First all that is certain, then what is only possible.
    fn run(&mut self, starts: Vec<Node>) {
        for start in starts {
            self.arrive(start);
        }
        loop {
            while let Some(at) = self.queue.pop_front() {
                self.leave(at);
            }
            match self.perhaps.pop_front() {
                Some(node) => self.settle(node),
                None => return,
            }
        }
    }

    fn arrive(&mut self, node: Node) {
        let Some(trail) = self.remaining(node.trail) else {
            self.spread.vanishes = true;
            return;
        };
        let node = Node { trail, ..node };
        if trail.certain {
            self.settle(node);
        } else {
            self.perhaps.push_back(node);
        }
    }

    /// Keeps a node that is new, and goes on from it. What is there for certain need not be said to
    /// be there perhaps.
    fn settle(&mut self, node: Node) {
        let certain = Trail {
            certain: true,
            ..node.trail
        };
        // What rests somewhere need not be said to be there in any other way.
        let stays = [Stay::Resting, node.hop.stay()];
        let known = [certain, node.trail].into_iter().find_map(|trail| {
            let mut known = stays.iter().map(|stay| (node.place, trail, *stay));
            known.find_map(|known| self.seen.get(&known).copied())
        });
        let at = known.unwrap_or(self.spread.nodes.len() as u32);
        if let Some(edges) = self.edges.as_mut().filter(|_| node.from != START) {
            edges.push((node.from, at, node.hop));
        }
        if known.is_none() {
            let stay = node.hop.stay();
            self.seen.insert((node.place, node.trail, stay), at);
            self.spread.nodes.push(node);
            // Where a step is done, a thing is only on its way.
            if stay != Stay::Passing {
                self.queue.push_back(at);
            }
        }
    }

    /// The state of the thing, if anything is left of it: not of a key, or of data all of whose
    /// categories were removed.
    fn remaining(&self, trail: Trail) -> Option<Trail> {
        let of = match self.thing.kind {
            Kind::Key => Part::known(1 << Category::KeyMaterial as u8),
            Kind::Data => self.categories,
            _ => return Some(trail),
        };
        let stays = super::trail::remains(&of, &trail.removed)?;
        Some(if stays { trail } else { trail.possible() })
    }

    fn leave(&mut self, at: u32) {
        let node = self.spread.nodes[at as usize];
        let map = self.map;
        let index = node.place.index as usize;
        let hops = match node.place.kind {
            Kind::Workload => Some((
                &map.attached[index],
                &map.may_attach,
                Hop::Attach as fn(u32) -> Hop,
            )),
            Kind::Store => Some((
                &map.readers[index],
                &map.may_read,
                Hop::Read as fn(u32) -> Hop,
            )),
            _ => None,
        };
        if let Some((stated, others, hop)) = hops {
            let stated = stated.iter().map(|environment| (environment, node.trail));
            let others = others.iter();
            let others = others.map(|environment| (environment, node.trail.possible()));
            for (environment, trail) in stated.chain(others) {
                self.arrive(Node {
                    place: id(Kind::DebugEnvironment, *environment),
                    trail,
                    from: at,
                    hop: hop(*environment),
                });
            }
        }
        if self.carrying.is_empty() {
            return;
        }
        self.leave_from(at, node.place);
        // What begins in a zone begins anywhere in it.
        if self.carrying.keys().any(|from| from.kind == Kind::Zone) {
            let zone = map.zone(node.place).map(|index| id(Kind::Zone, index));
            let zone = zone.filter(|zone| *zone != node.place);
            let around = map.inventory.ancestors(zone.unwrap_or(node.place));
            for zone in zone.into_iter().chain(around) {
                self.leave_from(at, zone);
            }
        }
    }

    fn leave_from(&mut self, at: u32, place: EntityId) {
        let leaving = self.carrying.get(&place).cloned().unwrap_or_default();
        for (transfer, certainty) in leaving {
            self.transfer(at, transfer, certainty);
        }
    }

    /// Takes a transfer step by step. A step that is done in another zone than the one before brings
    /// the thing there as it is before the step.
    fn transfer(&mut self, at: u32, index: u32, certainty: Certainty) {
        let node = self.spread.nodes[at as usize];
        let map = self.map;
        let transfer = &map.inventory.declarations().transfers[index as usize];
        let Some(to) = transfer.to.known().and_then(|to| to.target()) else {
            return;
        };
        let mut trail = node.trail.transferred(transfer);
        if certainty == Certainty::Perhaps {
            trail = trail.possible();
        }
        let mut zone = map.zone(node.place);
        let mut left = false;
        for (position, step) in (0..).zip(transfer.steps.iter()) {
            let runs_in = step.value.runs_in.as_ref();
            let runs_in = runs_in.and_then(|zone| zone.value.target());
            if let Some(there) = runs_in.filter(|there| Some(there.index) != zone) {
                if !left {
                    self.depart(index, at, trail);
                    left = true;
                }
                zone = Some(there.index);
                self.arrive(Node {
                    place: there,
                    trail,
                    from: at,
                    hop: Hop::Step(index, position),
                });
            }
            trail = trail.after(&step.value);
        }
        if !left {
            self.depart(index, at, trail);
        }
        self.arrive(Node {
            place: to,
            trail,
            from: at,
            hop: Hop::Transfer(index),
        });
    }

    fn depart(&mut self, transfer: u32, node: u32, trail: Trail) {
        if let Some(trail) = self.remaining(trail)
            && self.is_new(transfer, trail)
        {
            self.spread.departures.push(Departure {
                transfer,
                node,
                trail,
            });
        }
    }

    fn is_new(&mut self, transfer: u32, trail: Trail) -> bool {
        let certain = Trail {
            certain: true,
            ..trail
        };
        !self.left.contains(&(transfer, certain)) && self.left.insert((transfer, trail))
    }
}
