//! A fact of the flow: what a request asks about, with what holds of it as a whole.

use super::claim::Broken;
use super::hold::Holding;
use super::inside::Inside;
use super::spread::{Node, Spread};
use super::trail::Trail;
use super::{Content, Flow, Reached};
use crate::inventory::Inventory;
use crate::model::{
    Approval, Assurance, Category, EntityId, GrantAction, Inspection, Kind, Level, PossibleValues,
    SetBounds, Truth,
};

/// A fact, by its place in a [`Flow`].
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// A thing at a place: a node of its spread.
    Node(EntityId, u32),
    /// A thing that leaves on a transfer: a departure of its spread.
    Departure(EntityId, u32),
    /// Something in an artifact, with that at a place or leaving.
    Inside(Inside),
    /// A claim that is false.
    Claim(u32),
    /// What is reached from a zone: one of these.
    Reached(u32, u32),
    /// What an identity can come to hold.
    Held(u32, Holding),
    /// What is in an artifact: one of these.
    Content(u32, u32),
}

/// What holds of a fact as a whole, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// The zone that a thing comes from.
    pub origin: Option<EntityId>,
    /// How sensitive what remains of it is.
    pub level: PossibleValues<Level>,
    /// The categories that remain in it.
    pub remaining: SetBounds<Category>,
    /// How well it is known that something was removed.
    pub assurance: PossibleValues<Assurance>,
    /// Who had to agree.
    pub approval: PossibleValues<Approval>,
    /// Whether every transfer is encrypted.
    pub encrypted: PossibleValues<bool>,
    /// How closely what passes is looked at.
    pub inspection: PossibleValues<Inspection>,
    /// How closely what passes is looked at where that is most.
    pub closest: PossibleValues<Inspection>,
    /// Whether it passes through peerings.
    pub transit: PossibleValues<bool>,
    /// Whether it can be begun from this side.
    pub initiated: PossibleValues<bool>,
    /// What can be done.
    pub actions: SetBounds<GrantAction>,
    /// Whether it is in an artifact, and gets there with that.
    pub inside: bool,
    /// Whether nothing was, or may have been, removed on the way.
    pub untouched: bool,
    /// Whether the fact holds whatever the unknown is.
    pub certain: bool,
}

impl Default for Circumstances {
    fn default() -> Self {
        Self {
            origin: None,
            level: PossibleValues::one(Level::Public),
            remaining: SetBounds::EMPTY,
            assurance: PossibleValues::one(Assurance::None),
            approval: PossibleValues::one(Approval::None),
            encrypted: PossibleValues::one(false),
            inspection: PossibleValues::one(Inspection::None),
            closest: PossibleValues::one(Inspection::None),
            transit: PossibleValues::one(false),
            initiated: PossibleValues::one(false),
            actions: SetBounds::EMPTY,
            inside: false,
            untouched: false,
            certain: true,
        }
    }
}

impl Flow {
    /// What holds of a fact as a whole.
    pub fn circumstances(&self, inventory: &Inventory, way: Way) -> Circumstances {
        match way {
            Way::Node(thing, _) | Way::Departure(thing, _) => match self.trail(way) {
                Some(trail) => self.of_trail(inventory, thing, trail),
                None => Circumstances::default(),
            },
            Way::Inside(inside) => match self.trail_inside(inventory, inside) {
                Some(trail) => Circumstances {
                    inside: true,
                    ..self.of_trail(inventory, self.inner(inside).thing, &trail)
                },
                None => Circumstances::default(),
            },
            Way::Claim(at) => match &self.claims(inventory)[at as usize].by {
                by @ Broken::Thing { inside, .. } => match by.thing(self, inventory) {
                    Some((thing, trail)) => Circumstances {
                        inside: inside.is_some(),
                        ..self.of_trail(inventory, thing, &trail)
                    },
                    None => Circumstances::default(),
                },
                Broken::Zone { from, reached } => {
                    of_passage(&self.reached(inventory, *from)[*reached as usize])
                }
            },
            Way::Reached(from, at) => of_passage(&self.reached(inventory, from)[at as usize]),
            Way::Held(identity, holding) => {
                let held = &self.holdings(inventory, identity).held[holding.held as usize];
                Circumstances {
                    level: held.level,
                    actions: holding.actions,
                    certain: holding.certain,
                    ..Circumstances::default()
                }
            }
            Way::Content(artifact, at) => Circumstances {
                certain: self.content(artifact, at).trail.certain,
                ..Circumstances::default()
            },
        }
    }

    fn of_trail(&self, inventory: &Inventory, thing: EntityId, trail: &Trail) -> Circumstances {
        Circumstances {
            origin: Some(Kind::Zone.id(trail.origin)),
            level: self.level(inventory, thing, trail),
            remaining: self.remaining(inventory, thing, trail),
            assurance: trail.assurance,
            approval: trail.approval,
            encrypted: trail.encrypted,
            untouched: trail.removed.is_inhabited() == Truth::False,
            certain: trail.certain,
            ..Circumstances::default()
        }
    }

    /// The state in which a thing is, where the fact is about one.
    pub(super) fn trail(&self, way: Way) -> Option<&Trail> {
        match way {
            Way::Node(thing, at) => Some(&self.node(thing, at)?.trail),
            Way::Departure(thing, at) => {
                Some(&self.spread(thing)?.departures.get(at as usize)?.trail)
            }
            _ => None,
        }
    }

    pub(super) fn node(&self, thing: EntityId, at: u32) -> Option<&Node> {
        self.spread(thing)?.nodes.get(at as usize)
    }

    /// What is in an artifact, by its place.
    pub fn content(&self, artifact: u32, at: u32) -> &Content {
        &self.contents().of(artifact)[at as usize]
    }

    /// The nodes that lead to one, the first first.
    pub(super) fn nodes_to<'s>(&self, spread: &'s Spread, at: u32) -> Vec<&'s Node> {
        let last = spread.nodes.get(at as usize);
        let before = |node: &&'s Node| spread.nodes.get(node.from as usize);
        let mut nodes: Vec<_> = std::iter::successors(last, before).collect();
        nodes.reverse();
        nodes
    }
}

/// What holds of a way between zones as a whole.
pub fn of_passage(reached: &Reached) -> Circumstances {
    Circumstances {
        inspection: reached.passage.inspection,
        closest: reached.passage.closest,
        transit: reached.passage.transit(),
        initiated: PossibleValues::one(reached.passage.initiated),
        certain: reached.passage.certain,
        ..Circumstances::default()
    }
}
