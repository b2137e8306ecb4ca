//! What nobody states of a fact, and what would settle whether it holds.

use super::access::{Access, By, Held, Usable};
use super::propagation::{FlowNode, Hop};
use super::reach::Link;
use super::support::{Support, Supports, unstated};
use super::way::Way;
use super::{Content, Flow};
use crate::inventory::Inventory;
use crate::model::{
    Artifact, Conduit, Data, DebugEnvironment, EntityId, Grant, Identity, Key, Kind, Store,
    Transfer, Workload, Zone,
};

impl Flow {
    /// What nobody states of the way that leads to a node.
    pub(super) fn missing_of(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        at: u32,
    ) -> Vec<(EntityId, usize)> {
        let mut found = Supports::default();
        if let Some(propagation) = self.propagation(thing) {
            for node in self.nodes_to(propagation, at) {
                self.missing_of_hop(inventory, thing, node, &mut found);
            }
        }
        found.into_pairs()
    }

    fn missing_of_hop(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        node: &FlowNode,
        found: &mut Supports,
    ) {
        match node.hop {
            Hop::Transfer(transfer) | Hop::Step(transfer, _) => {
                let transfer = Kind::Transfer.id(transfer);
                found.add_unknown(inventory, transfer, Transfer::STATUS);
                found.add_unknown(inventory, transfer, Transfer::CARRIES);
                let steps = inventory.declarations().transfers[transfer.index as usize]
                    .steps
                    .iter();
                for (position, step) in (0..).zip(steps) {
                    if thing.kind != Kind::Artifact
                        && step.value.is_removing()
                        && step.value.fails_closed().is_none()
                    {
                        found.push(Support {
                            entity: transfer,
                            attribute: Transfer::STEPS.position(),
                            step: Some(position),
                        });
                    }
                }
            }
            Hop::Kept if !node.state.certain => found.add(thing, Artifact::AT),
            Hop::Loaded if !node.state.certain => {
                let mut memory = Vec::new();
                inventory.memory_evidence(thing, &mut memory);
                let open = memory.iter().filter(|on| on.value.is_none());
                found.extend(open.map(|on| (on.entity, on.attribute)));
                found.add_unknown(inventory, node.place, Workload::USES);
            }
            Hop::Replica if !node.state.certain => found.add(thing, Key::REPLICAS),
            Hop::Attach(_) => {
                found.add_unknown(inventory, node.place, DebugEnvironment::ATTACHES);
            }
            Hop::Read(_) => found.add_unknown(inventory, node.place, DebugEnvironment::READS),
            Hop::Start if !node.state.certain => {
                found.add_unknown(inventory, node.place, Store::HOLDS);
                found.add_unknown(inventory, node.place, Workload::PROCESSES);
            }
            _ => {}
        }
    }

    /// What nobody states, and what would settle whether a fact holds.
    pub fn missing(&self, inventory: &Inventory, way: Way) -> Vec<Support> {
        let mut found = Supports::default();
        match way {
            Way::Inside(inside) => {
                for support in self.missing(inventory, inside.outer()) {
                    found.push(support);
                }
                let content = self.inner(inside);
                self.missing_of_content(inventory, inside.carrier(), content, &mut found);
                if let Some(before) = self.before(inside) {
                    for support in self.missing(inventory, before) {
                        found.push(support);
                    }
                }
                self.steps(inventory, way, &mut found, |step| {
                    step.is_removing() && step.fails_closed().is_none()
                });
            }
            Way::Node(..) | Way::Departure(..) | Way::Assertion(..) => {
                if let Some((thing, propagation, at)) = self.way_of_thing(inventory, way) {
                    for node in self.nodes_to(propagation, at) {
                        self.missing_of_hop(inventory, thing, node, &mut found);
                    }
                }
                for transfer in self.transfers_on(inventory, way) {
                    let transfer = Kind::Transfer.id(transfer);
                    found.add_unknown(inventory, transfer, Transfer::STATUS);
                    found.add_unknown(inventory, transfer, Transfer::CARRIES);
                }
                self.uncertain_links(inventory, way, &mut found);
            }
            Way::Reached(..) => self.uncertain_links(inventory, way, &mut found),
            Way::Held(identity, obtainable) => {
                let access = self.access(inventory, identity);
                let held = &access.held[obtainable.held as usize];
                self.missing_of_chain(inventory, access, held.link, &mut found);
                self.missing_of_having(inventory, held, &mut found);
            }
            Way::Used(used) => {
                let on_the_way = |access: &Access, usable: &Usable| {
                    let mut found = Supports::default();
                    self.missing_of_chain(inventory, access, usable.link, &mut found);
                    found
                };
                let chain = self.of_chain(inventory, used, on_the_way);
                return chain.map_or_else(Vec::new, Supports::into_vec);
            }
            Way::Content(artifact, at) => {
                let content = self.content(artifact, at);
                self.missing_of_content(
                    inventory,
                    Kind::Artifact.id(artifact),
                    content,
                    &mut found,
                );
            }
        }
        found.into_vec()
    }

    /// What nobody states of how an identity comes to act as another, or to command something.
    fn missing_of_chain(
        &self,
        inventory: &Inventory,
        access: &Access,
        link: u32,
        found: &mut Supports,
    ) {
        // What comes before a certain step is certain, too.
        for link in access.links_to(link).take_while(|link| !link.certain) {
            let before = access.chain.get(link.from as usize);
            let before = before.map_or(link.actor, |before| before.actor);
            match link.by {
                By::Member => found.add_unknown(inventory, before, Identity::MEMBER_OF),
                By::Assumes => found.add_unknown(inventory, before, Identity::ASSUMES),
                By::RunsAs => {
                    for guest in inventory.guests(before) {
                        found.add_unknown(inventory, guest, Workload::RUNS_AS);
                    }
                }
                By::Grant(grant) => {
                    found.add_unknown(inventory, Kind::Grant.id(grant), Grant::ACTIONS);
                }
                By::Credential(at) => {
                    let credential = &access.held[at as usize];
                    found.add_unknown(inventory, credential.thing, Key::AUTHENTICATES);
                    found.add_unknown(inventory, credential.thing, Data::AUTHENTICATES);
                    if !credential.certain {
                        self.missing_of_having(inventory, credential, found);
                    }
                }
                By::Self_ | By::Everyone => {}
            }
        }
    }

    /// What nobody states of how something is had, at the end of a chain.
    fn missing_of_having(&self, inventory: &Inventory, held: &Held, found: &mut Supports) {
        if let Some(grant) = held.grant {
            found.add_unknown(inventory, Kind::Grant.id(grant), Grant::ACTIONS);
        }
        if let Some(thing) = held.inside {
            for content in self.contents().of(thing.index) {
                if content.thing == held.thing {
                    self.missing_of_content(inventory, thing, content, found);
                }
            }
        }
        let moved = held.inside.unwrap_or(held.thing);
        found.extend(self.missing_of(inventory, moved, held.node));
        if found.is_empty() && held.thing.kind == Kind::Key {
            let mut memory = Vec::new();
            inventory.memory_evidence(held.thing, &mut memory);
            let memory = memory.iter().map(|on| (on.entity, on.attribute));
            found.extend(memory.filter(|on| unstated(inventory, *on)));
        }
    }

    /// What nobody states of what puts something into an artifact.
    fn missing_of_content(
        &self,
        inventory: &Inventory,
        artifact: EntityId,
        content: &Content,
        found: &mut Supports,
    ) {
        let mut on = Supports::default();
        self.content_rests_on(inventory, artifact, content, &mut on);
        let open = on.into_pairs().into_iter();
        found.extend(open.filter(|on| unstated(inventory, *on)));
    }

    fn uncertain_links(&self, inventory: &Inventory, way: Way, found: &mut Supports) {
        for link in self.links(inventory, way) {
            match link {
                Link::Conduit(conduit) => {
                    let conduit = Kind::Conduit.id(conduit);
                    found.add_unknown(inventory, conduit, Conduit::STATUS);
                    found.add_unknown(inventory, conduit, Conduit::ONE_WAY);
                }
                Link::Internet(zone) => {
                    found.add_unknown(inventory, Kind::Zone.id(zone), Zone::INTERNET);
                }
            }
        }
    }
}
