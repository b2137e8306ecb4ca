//! Why something holds of a fact: the stated attributes behind it, and those that nobody states.

use hashbrown::HashSet;

use super::assertion::Contradiction;
use super::contents::{level_of, lifts_floor, remains};
use super::propagation::{Hop, Propagation};
use super::reach::Link;
use super::way::Way;
use super::{Content, Flow, FlowState};
use crate::inventory::{Assumptions, Inventory, Reading};
use crate::model::{
    Artifact, ArtifactKind, Attr, AttributeId, Conduit, ContextAttribute, Data, EntityId, Grant,
    Key, Kind, Level, Step, Store, Transfer, Truth, Workload, Zone,
};

/// An attribute that a fact rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Support {
    /// The entity.
    pub entity: EntityId,
    /// The attribute, by position.
    pub attribute: usize,
    /// Of the steps of a transfer, which one.
    pub step: Option<u32>,
}

impl Support {
    /// An attribute of an entity of its kind.
    pub fn of<T>(entity: EntityId, attribute: Attr<T>) -> Self {
        Self {
            entity,
            attribute: attribute.position(),
            step: None,
        }
    }
}

/// What a fact rests on, each once.
#[derive(Default)]
pub(super) struct Supports {
    all: Vec<Support>,
    known: HashSet<Support>,
}

impl Supports {
    /// An attribute of an entity; nothing if entities of its kind have no such attribute.
    pub(super) fn add(&mut self, entity: EntityId, attribute: impl Into<AttributeId>) {
        let attribute = attribute.into();
        if attribute.kind == entity.kind {
            self.extend([attribute.of(entity)]);
        }
    }

    /// An attribute of an entity if nobody states it.
    pub(super) fn add_unknown<T>(
        &mut self,
        inventory: &Inventory,
        entity: EntityId,
        attribute: Attr<T>,
    ) {
        if inventory.is_unknown(entity, attribute) {
            self.add(entity, attribute);
        }
    }

    /// The level that a thing is declared to have.
    pub(super) fn add_level(&mut self, thing: EntityId) {
        if let Some(level) = level_of(thing) {
            self.add(thing, level);
        }
    }

    pub(super) fn push(&mut self, support: Support) {
        if self.known.insert(support) {
            self.all.push(support);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// In the order in which they were found.
    pub(super) fn into_vec(self) -> Vec<Support> {
        self.all
    }

    /// The attributes alone.
    pub(super) fn into_pairs(self) -> Vec<(EntityId, usize)> {
        let supports = self.all.into_iter();
        supports
            .map(|support| (support.entity, support.attribute))
            .collect()
    }

    pub(super) fn extend(&mut self, pairs: impl IntoIterator<Item = (EntityId, usize)>) {
        for (entity, attribute) in pairs {
            self.push(Support {
                entity,
                attribute,
                step: None,
            });
        }
    }
}

impl Flow {
    /// Why something holds of a fact as a whole.
    pub fn supports(
        &self,
        inventory: &Inventory,
        way: Way,
        context_attribute: ContextAttribute,
    ) -> Vec<Support> {
        let mut found = Supports::default();
        match context_attribute {
            ContextAttribute::Subject
            | ContextAttribute::InMemory
            | ContextAttribute::Inside
            | ContextAttribute::Direct => {}
            ContextAttribute::InDump => {
                if let Way::Held(identity, obtainable) = way {
                    let access = self.access(inventory, identity);
                    let held = &access.held[obtainable.held as usize];
                    if let Some(artifact) = held.inside {
                        found.add(artifact, Artifact::KIND);
                    }
                }
            }
            ContextAttribute::Origin => self.origin(way, inventory, &mut found),
            ContextAttribute::Level => match way {
                Way::Held(identity, obtainable) => {
                    let access = self.access(inventory, identity);
                    let held = &access.held[obtainable.held as usize];
                    match held.thing.kind {
                        Kind::Store => self.level_at_rests_on(inventory, held.thing, &mut found),
                        _ => match self
                            .node(held.thing, held.node)
                            .filter(|_| held.inside.is_none())
                        {
                            Some(node) => {
                                found.extend(self.level_rests_on(
                                    inventory,
                                    held.thing,
                                    &node.state,
                                ));
                            }
                            None if held.thing.kind == Kind::Artifact => {
                                let start = FlowState::start(0);
                                let on = self.level_rests_on(inventory, held.thing, &start);
                                found.extend(on);
                            }
                            None => found.add_level(held.thing),
                        },
                    }
                }
                _ => {
                    if let Some((thing, state)) = self.thing(inventory, way) {
                        found.extend(self.level_rests_on(inventory, thing, &state));
                    }
                    // What a step takes out for certain is told by the path.
                    self.steps(inventory, way, &mut found, |step| {
                        !removes_for_certain(step)
                    });
                }
            },
            ContextAttribute::Remaining => {
                if let Some((thing, _)) = self.thing(inventory, way) {
                    self.remaining_rests_on(inventory, thing, &mut found);
                }
                self.steps(inventory, way, &mut found, |_| true);
            }
            ContextAttribute::Assurance => {
                self.steps(inventory, way, &mut found, |step| {
                    step.is_removing() && step.fails_closed() != Some(false)
                });
            }
            ContextAttribute::Approval => {
                self.transfers(inventory, way, Transfer::APPROVAL, &mut found)
            }
            ContextAttribute::Encrypted => {
                self.transfers(inventory, way, Transfer::ENCRYPTED, &mut found)
            }
            ContextAttribute::Inspection | ContextAttribute::ClosestInspection => {
                self.conduits(inventory, way, Conduit::INSPECTION, &mut found)
            }
            ContextAttribute::Transit => self.conduits(inventory, way, Conduit::KIND, &mut found),
            ContextAttribute::Initiated => self.conduits(inventory, way, Conduit::FROM, &mut found),
            ContextAttribute::Standing => {
                if let Way::Used(used) = way {
                    let grants = self.of_chain(inventory, used, |access, usable| {
                        let grants = access.grants_to(usable.link, Some(usable.grant));
                        grants.collect::<Vec<_>>()
                    });
                    for grant in grants.unwrap_or_default() {
                        found.add(Kind::Grant.id(grant), Grant::STANDING);
                    }
                }
            }
            ContextAttribute::Actions => {
                if let Way::Held(identity, obtainable) = way {
                    let access = self.access(inventory, identity);
                    let thing = access.held[obtainable.held as usize].thing;
                    let ways = access.held.iter().filter(|held| held.thing == thing);
                    for grant in ways.filter_map(|held| held.grant) {
                        found.add(Kind::Grant.id(grant), Grant::ACTIONS);
                    }
                }
            }
        }
        found.into_vec()
    }

    /// The thing that a fact is about, and its state.
    fn thing(&self, inventory: &Inventory, way: Way) -> Option<(EntityId, FlowState)> {
        match way {
            Way::Node(thing, _) | Way::Departure(thing, _) => Some((thing, *self.state(way)?)),
            Way::Inside(inside) => {
                let state = self.state_inside(inventory, inside)?;
                Some((self.inner(inside).thing, state))
            }
            Way::Assertion(at) => self.assertions(inventory)[at as usize]
                .by
                .thing(self, inventory),
            _ => None,
        }
    }

    /// The propagation that a fact is about, and the node to which it leads.
    pub(super) fn way_of_thing<'f>(
        &'f self,
        inventory: &Inventory,
        way: Way,
    ) -> Option<(EntityId, &'f Propagation, u32)> {
        match way {
            Way::Node(thing, at) => Some((thing, self.propagation(thing)?, at)),
            Way::Departure(thing, at) => {
                let propagation = self.propagation(thing)?;
                Some((
                    thing,
                    propagation,
                    propagation.departures.get(at as usize)?.node,
                ))
            }
            Way::Inside(inside) => self.way_of_thing(inventory, inside.outer()),
            Way::Assertion(at) => match &self.assertions(inventory)[at as usize].by {
                Contradiction::Thing {
                    thing,
                    propagation,
                    node,
                    ..
                } => Some((*thing, propagation, *node)),
                Contradiction::Zone { .. } => None,
            },
            Way::Held(identity, obtainable) => {
                let held = &self.access(inventory, identity).held[obtainable.held as usize];
                let thing = held.inside.unwrap_or(held.thing);
                Some((thing, self.propagation(thing)?, held.node))
            }
            Way::Reached(..) | Way::Content(..) | Way::Used(_) => None,
        }
    }

    fn origin(&self, way: Way, inventory: &Inventory, found: &mut Supports) {
        if let Way::Inside(inside) = way
            && let Some(before) = self.before(inside)
        {
            return self.origin(before, inventory, found);
        }
        if let Some((thing, propagation, at)) = self.way_of_thing(inventory, way) {
            match thing.kind {
                Kind::Artifact => found.add(thing, Artifact::FROM),
                Kind::Key => found.add(thing, Key::STORE),
                _ => {
                    let first = self
                        .nodes_to(propagation, at)
                        .first()
                        .map(|node| node.place);
                    if let Some(place) = first {
                        found.add(place, Store::ZONE);
                        found.add(place, Workload::ZONE);
                    }
                }
            }
        }
    }

    /// The transfers on the way, with the one on which a thing leaves.
    pub(super) fn transfers_on(&self, inventory: &Inventory, way: Way) -> Vec<u32> {
        let Some((thing, propagation, at)) = self.way_of_thing(inventory, way) else {
            return Vec::new();
        };
        let hops = self
            .nodes_to(propagation, at)
            .into_iter()
            .map(|node| node.hop);
        let hops = hops.filter_map(|hop| match hop {
            Hop::Transfer(transfer) | Hop::Step(transfer, _) => Some(transfer),
            _ => None,
        });
        let (before, way) = match way {
            Way::Inside(inside) => (self.before(inside), inside.outer()),
            _ => (None, way),
        };
        let mut transfers = before.map_or_else(Vec::new, |way| self.transfers_on(inventory, way));
        transfers.extend(hops);
        if let Way::Departure(_, at) = way {
            let leaving = self
                .propagation(thing)
                .and_then(|propagation| propagation.departures.get(at as usize));
            transfers.extend(leaving.map(|departure| departure.transfer));
        }
        transfers.dedup();
        transfers
    }

    fn transfers<T>(
        &self,
        inventory: &Inventory,
        way: Way,
        attribute: Attr<T>,
        found: &mut Supports,
    ) {
        for transfer in self.transfers_on(inventory, way) {
            found.add(Kind::Transfer.id(transfer), attribute);
        }
    }

    /// The steps on the way that are said to remove something, those that matter.
    pub(super) fn steps(
        &self,
        inventory: &Inventory,
        way: Way,
        found: &mut Supports,
        matters: impl Fn(&Step) -> bool,
    ) {
        for transfer in self.transfers_on(inventory, way) {
            let steps = &inventory.declarations().transfers[transfer as usize].steps;
            for (position, step) in (0..).zip(steps.iter()) {
                if !step.value.removes.is_empty() && matters(&step.value) {
                    found.push(Support {
                        entity: Kind::Transfer.id(transfer),
                        attribute: Transfer::STEPS.position(),
                        step: Some(position),
                    });
                }
            }
        }
    }

    fn conduits<T>(
        &self,
        inventory: &Inventory,
        way: Way,
        attribute: Attr<T>,
        found: &mut Supports,
    ) {
        for link in self.links(inventory, way) {
            match link {
                Link::Conduit(conduit) => found.add(Kind::Conduit.id(conduit), attribute),
                Link::Internet(zone) => found.add(Kind::Zone.id(zone), Zone::INTERNET),
            }
        }
    }

    /// The conduits over which a zone is reached, the first first.
    pub(super) fn links(&self, inventory: &Inventory, way: Way) -> Vec<Link> {
        let (from, at) = match way {
            Way::Reached(from, at) => (from, at),
            Way::Assertion(at) => match &self.assertions(inventory)[at as usize].by {
                Contradiction::Zone { from, reached } => (*from, *reached),
                Contradiction::Thing { .. } => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let all = self.reached(inventory, from);
        let ways = std::iter::successors(all.get(at as usize), |on| all.get(on.from as usize));
        let mut links: Vec<_> = ways.map(|on| on.link).collect();
        links.reverse();
        links
    }

    /// What makes a thing as sensitive as it is, or may make it so; what is unknown first.
    pub(super) fn level_rests_on(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        state: &FlowState,
    ) -> Vec<(EntityId, usize)> {
        let mut found = Supports::default();
        if thing.kind != Kind::Artifact {
            found.add_level(thing);
            return found.into_pairs();
        }
        let level = self.level(inventory, thing, state);
        let telling = |entity: EntityId, attribute: Attr<Level>| {
            let reading = inventory.reading(entity, attribute, &Assumptions::none());
            let own = inventory.get(entity, attribute).greatest();
            reading != Reading::Absent && own >= level.greatest()
        };
        let is_telling = |thing: EntityId| level_of(thing).is_some_and(|own| telling(thing, own));
        if is_telling(thing) {
            found.add_level(thing);
        }
        // Where the origin alone makes it so, what is in it adds nothing.
        let origin = inventory
            .zone_of(thing)
            .filter(|_| lifts_floor(inventory, thing.index, state.removed) == Truth::False);
        if let Some(zone) = origin.filter(|zone| {
            let clearance = inventory.get(*zone, Zone::CLEARANCE);
            level.known().is_some() && clearance == level
        }) {
            found.add(zone, Zone::CLEARANCE);
            return found.into_pairs();
        }
        let mut doubted = HashSet::new();
        for content in self.contents().of(thing.index) {
            let removed = content.state.removed.with(state.removed);
            let stays = remains(inventory, content.thing, removed);
            if content.thing.kind == Kind::Artifact {
                // What is in it is among the contents itself.
                if is_telling(content.thing) {
                    found.add_level(content.thing);
                }
                if lifts_floor(inventory, content.thing.index, removed) != Truth::True
                    && let Some(zone) = inventory.zone_of(content.thing)
                    && telling(zone, Zone::CLEARANCE)
                {
                    found.add(zone, Zone::CLEARANCE);
                }
            } else if stays.is_possible() && is_telling(content.thing) {
                found.add_level(content.thing);
                // That a thing is in it is told by the path, unless nobody knows.
                if !content.state.certain && doubted.insert(content.thing) {
                    self.content_rests_on(inventory, thing, content, &mut found);
                }
            }
        }
        if lifts_floor(inventory, thing.index, state.removed) != Truth::True
            && let Some(zone) = inventory.zone_of(thing)
            && (telling(zone, Zone::CLEARANCE) || found.is_empty())
        {
            found.add(zone, Zone::CLEARANCE);
        }
        let mut all = found.into_pairs();
        let nothing = Assumptions::none();
        all.sort_by_key(|(entity, attribute)| {
            inventory.read(*entity, *attribute, &nothing) != Reading::Unknown
        });
        all
    }

    fn level_at_rests_on(&self, inventory: &Inventory, place: EntityId, found: &mut Supports) {
        let level = self.level_at(inventory, place);
        for (thing, node) in self.resting(place) {
            if let Some(node) = self.node(*thing, *node) {
                let own = self.level(inventory, *thing, &node.state);
                if own.greatest() == level.greatest() {
                    found.extend(self.level_rests_on(inventory, *thing, &node.state));
                }
            }
        }
    }

    fn remaining_rests_on(&self, inventory: &Inventory, thing: EntityId, found: &mut Supports) {
        match thing.kind {
            Kind::Data => found.add(thing, Data::CATEGORIES),
            Kind::Artifact => {
                let mut looked_at = HashSet::new();
                for content in self.contents().of(thing.index) {
                    if !looked_at.insert((content.thing, content.state.certain)) {
                        continue;
                    }
                    match content.thing.kind {
                        Kind::Data => found.add(content.thing, Data::CATEGORIES),
                        _ => self.content_rests_on(inventory, thing, content, found),
                    }
                }
            }
            _ => {}
        }
    }

    /// What a fact is about that is in an artifact, with the attributes that put it there; `None` if
    /// the path tells it, or nothing is in one.
    pub fn puts_in(&self, inventory: &Inventory, way: Way) -> Option<(EntityId, Vec<Support>)> {
        let (artifact, content) = match way {
            Way::Content(artifact, at) => (artifact, self.content(artifact, at)),
            Way::Inside(inside) => (inside.artifact, self.inner(inside)),
            _ => return None,
        };
        let thing = content.thing;
        if content.node.is_some() || thing.kind == Kind::Artifact {
            return None;
        }
        let declared = &inventory.declarations().artifacts[artifact as usize];
        let artifact = Kind::Artifact.id(artifact);
        let mut found = Supports::default();
        let mut contains = declared.contains.iter();
        if contains.any(|data| data.value.target() == Some(thing)) {
            found.add(artifact, Artifact::CONTAINS);
            return Some((thing, found.into_vec()));
        }
        let from = declared.from.known()?.target()?;
        if thing.kind == Kind::Key {
            if from.kind == Kind::Workload {
                let users = inventory.guests(from).into_iter();
                for user in users.filter(|user| uses(inventory, *user, thing)) {
                    found.add(user, Workload::USES);
                    let hosted = inventory.hosts(user).into_iter();
                    for guest in hosted.take_while(|host| *host != from) {
                        found.add(guest, Workload::RUNS_ON);
                    }
                }
            }
            let mut memory = Vec::new();
            inventory.memory_evidence(thing, &mut memory);
            found.extend(memory.iter().map(|on| (on.entity, on.attribute)));
        }
        if thing.kind == Kind::Data {
            found.add(from, Workload::PROCESSES);
            found.add(from, Store::HOLDS);
        }
        match declared.kind.known() {
            Some(ArtifactKind::HeapDump) => {}
            Some(ArtifactKind::Snapshot | ArtifactKind::Backup) => {
                found.add(from, Workload::HIBERNATION)
            }
            _ => found.add(from, Workload::DUMP),
        }
        Some((thing, found.into_vec()))
    }

    /// What puts a key or data item into an artifact, or may.
    pub(super) fn content_rests_on(
        &self,
        inventory: &Inventory,
        artifact: EntityId,
        content: &Content,
        found: &mut Supports,
    ) {
        let mut on = Supports::default();
        let from = inventory.declarations().artifacts[artifact.index as usize]
            .from
            .known();
        if let Some(from) = from.and_then(|from| from.target())
            && from.kind == Kind::Workload
        {
            if content.thing.kind == Kind::Key {
                let mut memory = Vec::new();
                inventory.memory_evidence(content.thing, &mut memory);
                // What is known of the memory is told by the level and the use.
                let telling = memory
                    .iter()
                    .filter(|on| content.state.certain || !on.stated);
                on.extend(telling.map(|on| (on.entity, on.attribute)));
            }
            // What shows the memory: the mode of its dumps, or that it is written to disk.
            match inventory.declarations().artifacts[artifact.index as usize]
                .kind
                .known()
            {
                Some(ArtifactKind::HeapDump) => {}
                Some(ArtifactKind::Snapshot | ArtifactKind::Backup) => {
                    on.add(from, Workload::HIBERNATION)
                }
                _ => on.add(from, Workload::DUMP),
            }
        }
        if let Some((thing, node)) = content.node {
            on.extend(self.missing_of(inventory, thing, node));
        }
        if on.is_empty() && content.thing.kind == Kind::Key {
            on.add(content.thing, Key::STORE);
        }
        if on.is_empty() {
            on.add(artifact, Artifact::FROM);
        }
        found.extend(on.into_pairs());
    }
}

/// Whether a workload is stated to use a key.
fn uses(inventory: &Inventory, workload: EntityId, key: EntityId) -> bool {
    let workload = &inventory.declarations().workloads[workload.index as usize];
    let mut uses = workload.uses.iter();
    uses.any(|used| used.value.target() == Some(key))
}

/// Whether a step removes something, and lets nothing pass when it fails.
fn removes_for_certain(step: &Step) -> bool {
    step.is_removing() && step.fails_closed() == Some(true)
}

pub(super) fn unstated(inventory: &Inventory, (entity, attribute): (EntityId, usize)) -> bool {
    inventory.read(entity, attribute, &Assumptions::none()) == Reading::Unknown
}
