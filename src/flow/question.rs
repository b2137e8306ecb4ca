//! How one gets from here to there, or what is in the way.

use std::cmp::Reverse;

use super::Flow;
use super::assertion::within;
use super::inside::{Inside, Stage};
use super::propagation::{FlowGraph, Hop, Propagation, START};
use super::way::Way;
use super::witness::{Passed, hops_of, value_span};
use crate::inventory::Inventory;
use crate::model::{AttributeId, Conduit, EntityId, Grant, Kind, Status, Transfer};
use crate::source::Span;

/// A way that was found.
#[derive(Debug)]
pub struct Found {
    /// What gets there; `None` for what is reached over conduits.
    pub thing: Option<EntityId>,
    /// The hops, the first first.
    pub hops: Vec<Passed>,
    /// Whether it is there whatever the unknown is.
    pub certain: bool,
}

/// Something that would lead there, and why it does not.
#[derive(Debug)]
pub struct Obstacle {
    /// Where it is stated.
    pub span: Span,
    /// What it is.
    pub text: String,
}

/// What there is to say of a question.
#[derive(Debug, Default)]
pub struct Answer {
    /// The ways: of each thing the shortest, what is certain first.
    pub found: Vec<Found>,
    /// Where there is none, what is in the way.
    pub obstacles: Vec<Obstacle>,
}

impl Flow {
    /// How `from` gets to `to`: a thing to a place or zone, whatever is at a place or zone to
    /// another, a zone to another over conduits, or an identity to a thing.
    ///
    /// `None` for what cannot be asked: nothing gets from a key to an identity, say.
    ///
    /// Costs a search for each thing that is at `from`.
    pub fn ask(&self, inventory: &Inventory, from: EntityId, to: EntityId) -> Option<Answer> {
        let is_place = |entity: EntityId| {
            let places = [
                Kind::Store,
                Kind::KeyStore,
                Kind::Workload,
                Kind::DebugEnvironment,
                Kind::Zone,
            ];
            places.contains(&entity.kind)
        };
        let things = [Kind::Artifact, Kind::Data, Kind::Key];
        let mut answer = match from.kind {
            Kind::Identity
                if things.contains(&to.kind) || matches!(to.kind, Kind::Store | Kind::Workload) =>
            {
                self.held_by(inventory, from, to)
            }
            kind if things.contains(&kind) && is_place(to) => self.thing_to(inventory, from, to),
            _ if is_place(from) && is_place(to) => self.place_to(inventory, from, to),
            _ => return None,
        };
        answer
            .found
            .sort_by_key(|found| (!found.certain, found.hops.len()));
        if !answer.found.is_empty() {
            answer.obstacles.clear();
        }
        Some(answer)
    }

    fn held_by(&self, inventory: &Inventory, identity: EntityId, thing: EntityId) -> Answer {
        let mut answer = Answer::default();
        let access = self.access(inventory, identity.index);
        let all = access.all(inventory).into_iter();
        let mut of_thing =
            all.filter(|obtainable| access.held[obtainable.held as usize].thing == thing);
        if let Some(obtainable) = of_thing.next() {
            let way = Way::Held(identity.index, obtainable);
            answer.found.push(Found {
                thing: Some(thing),
                hops: self.hops(inventory, way),
                certain: obtainable.certain,
            });
            return answer;
        }
        // The grants that would do, and whom they are to.
        let mut places = vec![thing];
        places.extend(inventory.container(thing));
        let carriers = self.carriers(inventory, thing);
        for carrier in &carriers {
            places.extend(self.places_of(*carrier));
        }
        let who = inventory.describe(identity);
        for (index, grant) in (0..).zip(&inventory.declarations().grants) {
            let on = grant.on.known().and_then(|on| on.target());
            let to = grant.identity.known().and_then(|to| to.target());
            let (Some(on), Some(to)) = (on, to) else {
                continue;
            };
            if !places.iter().any(|place| within(inventory, *place, on)) {
                continue;
            }
            let grant = Kind::Grant.id(index);
            let name = inventory.describe(grant);
            let on_target = on;
            let (on, whom) = (inventory.describe(on), inventory.describe(to));
            let acts = access.chain.iter().any(|link| link.actor == to);
            // Whoever can use where it ends up, and does not hold it, is told what is removed.
            if acts && on_target != thing && inventory.container(thing) != Some(on_target) {
                continue;
            }
            let (attribute, text) = if acts {
                (
                    Grant::ACTIONS.id(),
                    format!("{name} on {on} lets {who} do other things"),
                )
            } else {
                let text = format!("{name} on {on} is for {whom}, which {who} cannot act as");
                (Grant::IDENTITY.id(), text)
            };
            let span = value_span(inventory, grant, attribute, None);
            answer.obstacles.push(Obstacle { span, text });
        }
        for obtainable in access.all(inventory) {
            let held = &access.held[obtainable.held as usize];
            if held.thing != thing && carriers.contains(&held.thing) {
                let what = inventory.describe(held.thing);
                for obstacle in self.removals(inventory, held.thing, held.node) {
                    let text = format!("{who} can come to hold {what}, but {}", obstacle.text);
                    answer.obstacles.push(Obstacle { text, ..obstacle });
                }
            }
        }
        answer
    }

    /// A thing, and the artifacts that it is in where they are taken.
    fn carriers(&self, inventory: &Inventory, thing: EntityId) -> Vec<EntityId> {
        let artifacts = 0..inventory.declarations().artifacts.len() as u32;
        let holds = |artifact: &u32| {
            let mut contents = self.contents().of(*artifact).iter();
            contents.any(|content| content.thing == thing)
        };
        let artifacts = artifacts
            .filter(holds)
            .map(|index| Kind::Artifact.id(index));
        std::iter::once(thing).chain(artifacts).collect()
    }

    /// The steps on the way to a node that remove something.
    fn removals(&self, inventory: &Inventory, thing: EntityId, at: u32) -> Vec<Obstacle> {
        let mut all = Vec::new();
        let Some(propagation) = self.propagation(thing) else {
            return all;
        };
        for node in self.nodes_to(propagation, at) {
            if let Hop::Transfer(index) = node.hop {
                all.extend(removals_of(inventory, index));
            }
        }
        all
    }

    /// The places that a thing gets to.
    fn places_of(&self, thing: EntityId) -> Vec<EntityId> {
        let nodes = self
            .propagation(thing)
            .into_iter()
            .flat_map(|propagation| &propagation.nodes);
        nodes.map(|node| node.place).collect()
    }

    fn thing_to(&self, inventory: &Inventory, thing: EntityId, to: EntityId) -> Answer {
        let mut answer = Answer::default();
        if let Some(propagation) = self.propagation(thing) {
            answer
                .found
                .extend(self.shortest(inventory, thing, propagation, to, true));
        }
        // What is in an artifact gets where that does, as long as it remains in it.
        for index in 0..self.artifacts.len() as u32 {
            answer
                .found
                .extend(self.inside_to(inventory, (index, thing), None, to));
        }
        if answer.found.is_empty() {
            let carriers = self.carriers(inventory, thing);
            self.transfers_to(inventory, &carriers, to, &mut answer);
        }
        answer
    }

    /// How an artifact brings a thing that is in it to `to`; if `from` is named, what was there before
    /// it got into the artifact.
    fn inside_to(
        &self,
        inventory: &Inventory,
        (artifact, thing): (u32, EntityId),
        from: Option<EntityId>,
        to: EntityId,
    ) -> Option<Found> {
        let propagation = self.propagation(Kind::Artifact.id(artifact))?;
        let contents = (0u32..).zip(self.contents().of(artifact));
        let mut best: Option<Found> = None;
        for (content, _) in contents.filter(|(_, content)| content.thing == thing) {
            let nodes = (0u32..).zip(&propagation.nodes);
            let there = nodes.filter(|(_, node)| within(inventory, node.place, to));
            let mut there = there.filter_map(|(at, _)| {
                let inside = Inside {
                    artifact,
                    content,
                    at: Stage::Node(at),
                };
                Some((inside, self.state_inside(inventory, inside)?))
            });
            let Some((inside, state)) = there.next() else {
                continue;
            };
            let mut hops = self.hops_inside(inventory, inside);
            if let Some(from) = from {
                let Some(begins) = hops.iter().position(|hop| within(inventory, hop.to, from))
                else {
                    continue;
                };
                hops.drain(..begins);
            }
            let rank = |found: &Found| (!found.certain, found.hops.len());
            let found = Found {
                thing: Some(thing),
                hops,
                certain: state.certain,
            };
            if best.as_ref().is_none_or(|best| rank(&found) < rank(best)) {
                best = Some(found);
            }
        }
        best
    }

    fn place_to(&self, inventory: &Inventory, from: EntityId, to: EntityId) -> Answer {
        let mut answer = Answer::default();
        // What is in a zone is reached with that.
        let zones = [from, to].map(|end| match end.kind {
            Kind::Zone => Some(end),
            _ => inventory.zone_of(end),
        });
        let graph = FlowGraph::new(inventory);
        let mut here = Vec::new();
        for (thing, propagation) in self.propagations() {
            let begins = |place| within(inventory, place, from);
            if !propagation.nodes.iter().any(|node| begins(node.place)) {
                continue;
            }
            here.push(thing);
            let (propagation, _) = graph.onward(thing, &begins);
            answer
                .found
                .extend(self.shortest(inventory, thing, &propagation, to, false));
        }
        for index in 0..self.artifacts.len() as u32 {
            self.carried_to(inventory, index, &here, (from, to), &mut answer);
        }
        let is_zone = [from, to].iter().any(|end| end.kind == Kind::Zone);
        if let ([Some(begin), Some(end)], true) = (zones, is_zone || answer.found.is_empty()) {
            answer.found.extend(self.zone_to(inventory, begin, end));
        }
        if answer.found.is_empty() {
            self.transfers_to(inventory, &here, to, &mut answer);
            if let [Some(begin), Some(end)] = zones {
                self.conduits_to(inventory, begin, end, &mut answer);
            }
        }
        answer
    }

    /// How a zone is reached from another over conduits.
    fn zone_to(&self, inventory: &Inventory, from: EntityId, to: EntityId) -> Option<Found> {
        let reached = self.reached(inventory, from.index);
        let reached = (0u32..).zip(reached.iter());
        let mut there: Vec<_> = reached.filter(|(_, on)| on.zone == to.index).collect();
        there.sort_by_key(|(_, on)| (!on.route.certain, !on.route.initiated));
        let (at, on) = there.first()?;
        Some(Found {
            thing: None,
            hops: self.hops(inventory, Way::Reached(from.index, *at)),
            certain: on.route.certain,
        })
    }

    /// How an artifact brings what was at `from`, and got into it later, to `to`: the outermost of it,
    /// and nothing that gets there by itself.
    fn carried_to(
        &self,
        inventory: &Inventory,
        artifact: u32,
        here: &[EntityId],
        (from, to): (EntityId, EntityId),
        answer: &mut Answer,
    ) {
        let size = |thing: &EntityId| match thing.kind {
            Kind::Artifact => self.contents().of(thing.index).len() + 1,
            _ => 0,
        };
        let inside = self.contents().of(artifact).iter();
        let mut things: Vec<_> = inside.map(|content| content.thing).collect();
        things.retain(|thing| here.contains(thing));
        things.sort_by_key(|thing| (Reverse(size(thing)), *thing));
        things.dedup();
        for thing in things {
            let holds = |outer: EntityId| {
                outer.kind == Kind::Artifact && {
                    let mut inside = self.contents().of(outer.index).iter();
                    inside.any(|content| content.thing == thing)
                }
            };
            let mut found = answer.found.iter().filter_map(|found| found.thing);
            if !found.any(|found| found == thing || holds(found)) {
                let inside = (artifact, thing);
                let way = self.inside_to(inventory, inside, Some(from), to);
                answer.found.extend(way);
            }
        }
    }

    /// The first node of a propagation at or in `to`; those where it starts only if they count.
    fn shortest(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        propagation: &Propagation,
        to: EntityId,
        starts: bool,
    ) -> Option<Found> {
        let nodes = (0u32..).zip(&propagation.nodes);
        let mut there = nodes.filter(|(_, node)| {
            (starts || node.from != START) && within(inventory, node.place, to)
        });
        let (at, node) = there.next()?;
        Some(Found {
            thing: Some(thing),
            hops: hops_of(self, inventory, (thing, propagation, at)),
            certain: node.state.certain,
        })
    }

    /// The transfers that end at or in `to`, and why none of `things` gets there on them.
    fn transfers_to(
        &self,
        inventory: &Inventory,
        things: &[EntityId],
        to: EntityId,
        answer: &mut Answer,
    ) {
        for (index, transfer) in (0..).zip(&inventory.declarations().transfers) {
            let ends = [&transfer.from, &transfer.to];
            let [Some(begin), Some(end)] = ends.map(|end| end.known().and_then(|end| end.target()))
            else {
                continue;
            };
            if !within(inventory, end, to) {
                continue;
            }
            let entity = Kind::Transfer.id(index);
            let name = inventory.describe(entity);
            let mut carried = transfer
                .carries
                .iter()
                .filter_map(|thing| thing.value.target());
            let carried = carried.find(|thing| things.contains(thing));
            let mut add = |attribute: AttributeId, text: String| {
                let span = value_span(inventory, entity, attribute, None);
                answer.obstacles.push(Obstacle { span, text });
            };
            match carried {
                None => add(
                    Transfer::CARRIES.id(),
                    format!("{name} ends there, and carries other things"),
                ),
                Some(_) if transfer.status.known() == Some(&Status::Forbidden) => {
                    add(Transfer::STATUS.id(), format!("{name} is forbidden"));
                }
                Some(thing) => {
                    let nodes = self
                        .propagation(thing)
                        .map(|propagation| &propagation.nodes);
                    let gets = nodes.is_some_and(|nodes| {
                        nodes
                            .iter()
                            .any(|node| within(inventory, node.place, begin))
                    });
                    if gets {
                        answer.obstacles.extend(removals_of(inventory, index));
                    } else {
                        let begin = inventory.describe(begin);
                        let thing = inventory.describe(thing);
                        let text = format!("{name} begins at {begin}, where {thing} never gets");
                        add(Transfer::FROM.id(), text);
                    }
                }
            }
        }
    }

    /// The conduits that end in `to`, and why they do not lead there from `from`.
    fn conduits_to(
        &self,
        inventory: &Inventory,
        from: EntityId,
        to: EntityId,
        answer: &mut Answer,
    ) {
        for (index, conduit) in (0..).zip(&inventory.declarations().conduits) {
            let ends = [&conduit.from, &conduit.to];
            let [Some(begin), Some(end)] = ends.map(|end| end.known().and_then(|end| end.target()))
            else {
                continue;
            };
            if end != to && begin != to {
                continue;
            }
            let entity = Kind::Conduit.id(index);
            let name = inventory.describe(entity);
            let (attribute, text) = if inventory.is_forbidden_conduit(index) {
                (Conduit::STATUS.id(), format!("{name} is forbidden"))
            } else if begin == to {
                (
                    Conduit::ONE_WAY.id(),
                    format!("{name} lets data flow only the other way"),
                )
            } else {
                let begin = inventory.describe(begin);
                let from = inventory.describe(from);
                (
                    Conduit::FROM.id(),
                    format!("{name} begins in {begin}, which {from} does not reach"),
                )
            };
            let span = value_span(inventory, entity, attribute, None);
            answer.obstacles.push(Obstacle { span, text });
        }
    }
}

/// The steps of a transfer that remove something.
fn removals_of(inventory: &Inventory, transfer: u32) -> Vec<Obstacle> {
    let name = inventory.describe(Kind::Transfer.id(transfer));
    let steps = inventory.declarations().transfers[transfer as usize]
        .steps
        .iter();
    let removing = steps.filter(|step| step.value.is_removing());
    removing
        .map(|step| {
            let removes = step.value.removes.iter();
            let removed = removes.map(|of| of.value.name());
            let removed: Vec<_> = removed.collect();
            Obstacle {
                span: step.span,
                text: format!("{name} removes {}", removed.join(" and ")),
            }
        })
        .collect()
}
