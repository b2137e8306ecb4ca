//! What is in an artifact, wherever that gets to.
//!
//! A dump carries keys and data, a backup carries dumps: what is in a thing that moves moves with it,
//! as long as no step removes it. These are facts like those about the things themselves, each with
//! the artifact that brings it there.

use super::way::Way;
use super::witness::Passed;
use super::{Content, Flow, FlowState};
use crate::inventory::Inventory;
use crate::model::{EntityId, Kind};

/// Something in an artifact that is at a place, or leaves on a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inside {
    /// The artifact, by position.
    pub artifact: u32,
    /// What is in it: one of [`Contents::of`](super::Contents::of).
    pub content: u32,
    /// Where the artifact is.
    pub at: Stage,
}

/// A place of an artifact, or its leaving one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A node of its propagation.
    Node(u32),
    /// A departure of its propagation.
    Departure(u32),
}

impl Inside {
    /// The artifact.
    pub fn carrier(self) -> EntityId {
        Kind::Artifact.id(self.artifact)
    }

    /// The fact about the artifact itself.
    pub fn outer(self) -> Way {
        match self.at {
            Stage::Node(at) => Way::Node(self.carrier(), at),
            Stage::Departure(at) => Way::Departure(self.carrier(), at),
        }
    }
}

impl Flow {
    /// What is in this artifact, by its place among its contents.
    pub(super) fn inner(&self, inside: Inside) -> &Content {
        self.content(inside.artifact, inside.content)
    }

    /// The state of something in an artifact; `None` if steps on the way leave nothing of it.
    pub fn state_inside(&self, inventory: &Inventory, inside: Inside) -> Option<FlowState> {
        let outer = self.state(inside.outer())?;
        self.inner(inside).carried(inventory, outer)
    }

    /// The way on which something came to rest in what its artifact is a copy of.
    pub(super) fn before(&self, inside: Inside) -> Option<Way> {
        let (thing, node) = self.inner(inside).node?;
        Some(Way::Node(thing, node))
    }

    /// The hops of something in an artifact: to where that was taken, and on with it.
    pub(super) fn hops_inside(&self, inventory: &Inventory, inside: Inside) -> Vec<Passed> {
        let content = self.inner(inside).thing;
        let mut hops = match self.before(inside) {
            Some(before) => self.hops(inventory, before),
            None => Vec::new(),
        };
        if let Some(first) = hops.first_mut()
            && self
                .inner(inside)
                .node
                .is_some_and(|(thing, _)| thing != content)
        {
            first.add(content);
        }
        let reached = hops.last().map(|hop| hop.to);
        let mut on = self.hops(inventory, inside.outer());
        if let Some(first) = on.first_mut() {
            first.from = reached;
            first.add(content);
        }
        hops.extend(on);
        hops
    }

    /// Everything that is in artifacts, with its state, at each place that these get to, or on each
    /// transfer on which they leave; what is certain first, and of that what took the fewest hops.
    pub fn insides(&self, inventory: &Inventory, departures: bool) -> Vec<(Inside, FlowState)> {
        let mut all = Vec::new();
        for (artifact, propagation) in (0u32..).zip(&self.artifacts) {
            let contents = self.contents().of(artifact).iter().map(|content| {
                let way = content
                    .node
                    .and_then(|(thing, node)| Some((self.propagation(thing)?, node)));
                way.map_or(0, |(propagation, node)| propagation.hops_to(node))
            });
            let hops: Vec<usize> = contents.collect();
            let stages = match departures {
                true => propagation.departures.len(),
                false => propagation.nodes.len(),
            };
            for stage in 0..stages as u32 {
                let (at, node) = match departures {
                    true => (
                        Stage::Departure(stage),
                        propagation.departures[stage as usize].node,
                    ),
                    false => (Stage::Node(stage), stage),
                };
                let length = propagation.hops_to(node);
                for (content, before) in (0u32..).zip(&hops) {
                    let inside = Inside {
                        artifact,
                        content,
                        at,
                    };
                    if let Some(state) = self.state_inside(inventory, inside) {
                        all.push((!state.certain, before + length, inside, state));
                    }
                }
            }
        }
        all.sort_by_key(|(open, length, ..)| (*open, *length));
        all.into_iter()
            .map(|(_, _, inside, state)| (inside, state))
            .collect()
    }
}
