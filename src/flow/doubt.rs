//! What nobody states of a fact, and what would settle whether it holds.

use super::Flow;
use super::ground::{Ground, Grounds, is_unknown, pairs, unstated};
use super::reach::Link;
use super::spread::{Hop, Node};
use super::way::Way;
use crate::inventory::Inventory;
use crate::model::{EntityId, Kind};

impl Flow {
    /// What nobody states of the way that leads to a node.
    pub(super) fn doubts_of(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        at: u32,
    ) -> Vec<(EntityId, usize)> {
        let mut found = Grounds::default();
        if let Some(spread) = self.spread(thing) {
            for node in self.nodes_to(spread, at) {
                self.doubts_of_hop(inventory, thing, node, &mut found);
            }
        }
        pairs(found)
    }

    fn doubts_of_hop(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        node: &Node,
        found: &mut Grounds,
    ) {
        match node.hop {
            Hop::Transfer(transfer) | Hop::Step(transfer, _) => {
                let transfer = Kind::Transfer.id(transfer);
                for attribute in ["status", "carries"] {
                    if is_unknown(inventory, transfer, attribute) {
                        found.add(transfer, attribute);
                    }
                }
                let steps = inventory.declarations().transfers[transfer.index as usize]
                    .steps
                    .iter();
                let attribute = Kind::Transfer.attribute("steps").unwrap_or_default();
                for (position, step) in (0..).zip(steps) {
                    if thing.kind != Kind::Artifact
                        && step.value.is_removing()
                        && step.value.fail_closed.is_none()
                    {
                        found.push(Ground {
                            entity: transfer,
                            attribute,
                            step: Some(position),
                        });
                    }
                }
            }
            Hop::Kept if !node.trail.certain => found.add(thing, "at"),
            Hop::Loaded if !node.trail.certain => {
                let mut memory = Vec::new();
                inventory.memory_evidence(thing, &mut memory);
                let open = memory.iter().filter(|on| on.value.is_none());
                found.extend(open.map(|on| (on.entity, on.attribute)));
                if is_unknown(inventory, node.place, "uses") {
                    found.add(node.place, "uses");
                }
            }
            Hop::Replica if !node.trail.certain => found.add(thing, "replicas"),
            Hop::Attach(_) if is_unknown(inventory, node.place, "attaches") => {
                found.add(node.place, "attaches");
            }
            Hop::Read(_) if is_unknown(inventory, node.place, "reads") => {
                found.add(node.place, "reads");
            }
            Hop::Start if !node.trail.certain => {
                for attribute in ["holds", "processes"] {
                    if is_unknown(inventory, node.place, attribute) {
                        found.add(node.place, attribute);
                    }
                }
            }
            _ => {}
        }
    }

    /// What nobody states, and what would settle whether a fact holds.
    pub fn doubts(&self, inventory: &Inventory, way: Way) -> Vec<Ground> {
        let mut found = Grounds::default();
        match way {
            Way::Node(..) | Way::Departure(..) | Way::Claim(..) => {
                if let Some((thing, spread, at)) = self.way_of_thing(inventory, way) {
                    for node in self.nodes_to(spread, at) {
                        self.doubts_of_hop(inventory, thing, node, &mut found);
                    }
                }
                for transfer in self.transfers_on(inventory, way) {
                    for attribute in ["status", "carries"] {
                        let transfer = Kind::Transfer.id(transfer);
                        if is_unknown(inventory, transfer, attribute) {
                            found.add(transfer, attribute);
                        }
                    }
                }
                self.doubtful_links(inventory, way, &mut found);
            }
            Way::Reached(..) => self.doubtful_links(inventory, way, &mut found),
            Way::Held(identity, holding) => {
                let holdings = &self.holdings(inventory)[identity as usize];
                let held = &holdings.held[holding.held as usize];
                let links = std::iter::successors(holdings.chain.get(held.link as usize), |link| {
                    holdings.chain.get(link.from as usize)
                });
                for link in links {
                    for attribute in ["memberOf", "assumes"] {
                        if link.actor.kind == Kind::Identity
                            && is_unknown(inventory, link.actor, attribute)
                        {
                            found.add(link.actor, attribute);
                        }
                    }
                }
                if let Some(grant) = held.grant.map(|grant| Kind::Grant.id(grant))
                    && is_unknown(inventory, grant, "actions")
                {
                    found.add(grant, "actions");
                }
                if let Some(thing) = held.inside {
                    for content in self.contents().of(thing.index) {
                        if content.thing == held.thing {
                            let mut on = Vec::new();
                            self.content_rests_on(inventory, thing, content, &mut on);
                            found.extend(on.into_iter().filter(|on| unstated(inventory, *on)));
                        }
                    }
                }
                let moved = held.inside.unwrap_or(held.thing);
                found.extend(self.doubts_of(inventory, moved, held.node));
                if found.0.is_empty() && held.thing.kind == Kind::Key {
                    let mut memory = Vec::new();
                    inventory.memory_evidence(held.thing, &mut memory);
                    let memory = memory.iter().map(|on| (on.entity, on.attribute));
                    found.extend(memory.filter(|on| unstated(inventory, *on)));
                }
            }
            Way::Content(artifact, at) => {
                let mut on = Vec::new();
                let content = self.content(artifact, at);
                self.content_rests_on(inventory, Kind::Artifact.id(artifact), content, &mut on);
                found.extend(on.into_iter().filter(|on| unstated(inventory, *on)));
            }
        }
        found.0
    }

    fn doubtful_links(&self, inventory: &Inventory, way: Way, found: &mut Grounds) {
        for link in self.links(inventory, way) {
            let (entity, attributes): (_, &[&str]) = match link {
                Link::Conduit(conduit) => (Kind::Conduit.id(conduit), &["status", "oneWay"]),
                Link::Internet(zone) => (Kind::Zone.id(zone), &["internet"]),
            };
            for attribute in attributes {
                if is_unknown(inventory, entity, attribute) {
                    found.add(entity, attribute);
                }
            }
        }
    }
}
