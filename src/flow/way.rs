//! A fact of the flow: what a request asks about, with what holds of it as a whole.

use hashbrown::HashMap;

use super::access::{Obtainable, Usable};
use super::assertion::Contradiction;
use super::inside::Inside;
use super::propagation::{FlowNode, Propagation, START};
use super::state::{FlowState, Removal};
use super::{Access, Content, Flow, Reached, Twins};
use crate::inventory::Inventory;
use crate::model::{
    Approval, Assurance, Category, EntityId, GrantAction, Inspection, Kind, Level, PossibleValues,
    SetBounds, Truth,
};

/// A fact, by its place in a [`Flow`].
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// A thing at a place: a node of its propagation.
    Node(EntityId, u32),
    /// A thing that leaves on a transfer: a departure of its propagation.
    Departure(EntityId, u32),
    /// Something in an artifact, with that at a place or leaving.
    Inside(Inside),
    /// An assertion that is false.
    Assertion(u32),
    /// What is reached from a zone: one of these.
    Reached(u32, u32),
    /// What an identity can come to hold.
    Held(u32, Obtainable),
    /// A grant to another that an identity can come to use.
    Used(Used),
    /// What is in an artifact: one of these.
    Content(u32, u32),
}

/// A grant to another that an identity can come to use: by acting as that one, over any chain.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Who can use it.
    pub identity: u32,
    /// The grant.
    pub grant: u32,
    /// What it is on; of a zone, something in it.
    pub thing: EntityId,
    /// Whether no right on the way has to be asked for.
    pub standing: PossibleValues<bool>,
    /// Whether it can whatever the unknown is.
    pub certain: bool,
    /// Whose grant it is: a link of the chain of the one that stands for this identity;
    /// [`START`](super::START) of a grant that is not listed.
    pub link: u32,
}

/// What holds of a fact as a whole, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContextValues {
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
    /// Whether no right on the way has to be asked for.
    pub standing: PossibleValues<bool>,
    /// Whether the right is of the identity itself, or of a group that it is in.
    pub direct: bool,
    /// Whether it is in an artifact, and gets there with that.
    pub inside: bool,
    /// Whether that is a dump, of what an identity can come to hold.
    pub in_dump: PossibleValues<bool>,
    /// Whether nothing was, or may have been, removed on the way.
    pub untouched: bool,
    /// Whether the fact holds whatever the unknown is.
    pub certain: bool,
}

impl Default for ContextValues {
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
            standing: PossibleValues::one(false),
            direct: false,
            inside: false,
            in_dump: PossibleValues::one(false),
            untouched: false,
            certain: true,
        }
    }
}

impl Flow {
    /// What holds of a fact as a whole.
    pub fn context(&self, inventory: &Inventory, way: Way) -> ContextValues {
        match way {
            Way::Node(thing, _) | Way::Departure(thing, _) => match self.state(way) {
                Some(state) => self.of_state(inventory, thing, state),
                None => ContextValues::default(),
            },
            Way::Inside(inside) => match self.state_inside(inventory, inside) {
                Some(state) => ContextValues {
                    inside: true,
                    ..self.of_state(inventory, self.inner(inside).thing, &state)
                },
                None => ContextValues::default(),
            },
            Way::Assertion(at) => match &self.assertions(inventory)[at as usize].by {
                by @ Contradiction::Thing { inside, .. } => match by.thing(self, inventory) {
                    Some((thing, state)) => ContextValues {
                        inside: inside.is_some(),
                        ..self.of_state(inventory, thing, &state)
                    },
                    None => ContextValues::default(),
                },
                Contradiction::Zone { from, reached } => {
                    of_route(&self.reached(inventory, *from)[*reached as usize])
                }
            },
            Way::Reached(from, at) => of_route(&self.reached(inventory, from)[at as usize]),
            Way::Held(identity, obtainable) => {
                let held = &self.access(inventory, identity).held[obtainable.held as usize];
                ContextValues {
                    level: held.level,
                    actions: obtainable.actions,
                    in_dump: held.in_dump(inventory),
                    certain: obtainable.certain,
                    ..ContextValues::default()
                }
            }
            Way::Used(used) => ContextValues {
                standing: used.standing,
                certain: used.certain,
                ..ContextValues::default()
            },
            Way::Content(artifact, at) => ContextValues {
                certain: self.content(artifact, at).state.certain,
                ..ContextValues::default()
            },
        }
    }

    fn of_state(&self, inventory: &Inventory, thing: EntityId, state: &FlowState) -> ContextValues {
        ContextValues {
            origin: Some(Kind::Zone.id(state.origin)),
            level: self.level(inventory, thing, state),
            remaining: self.remaining(inventory, thing, state),
            assurance: state.removal.map(Removal::assurance),
            approval: state.approval,
            encrypted: state.encrypted,
            untouched: state.removed.is_inhabited() == Truth::False,
            certain: state.certain,
            ..ContextValues::default()
        }
    }

    /// The grants to others that an identity can come to use, each once: and once more as one that it may
    /// come to use, if less has to be asked for on that way. Of those that can act as each other one stands
    /// for all: what is its own is what another of them comes to use.
    pub fn used(&self, inventory: &Inventory, identity: u32) -> Vec<Used> {
        let access = self.access(inventory, identity);
        let stands = |twins: &Twins| twins.others(Kind::Identity.id(identity)).len();
        let in_cycle = stands(self.peers(inventory)) > stands(self.twins(inventory));
        let usable = access.usable.iter();
        let others = usable.filter(|usable| in_cycle || !access.is_direct(usable.link));
        let mut found: Vec<Used> = Vec::new();
        let mut places = HashMap::new();
        for usable in others {
            let used = Used {
                identity,
                grant: usable.grant,
                thing: usable.thing,
                standing: standing(inventory, access, usable),
                certain: access.chain[usable.link as usize].certain,
                link: usable.link,
            };
            // Of several ways, the one on which the least has to be asked for.
            let place = (used.grant, used.thing, used.certain);
            let place = *places.entry(place).or_insert_with(|| {
                found.push(used);
                found.len() - 1
            });
            let known = &mut found[place];
            let standing = PossibleValues::max(known.standing, used.standing);
            if standing != known.standing {
                (known.standing, known.link) = (standing, used.link);
            }
        }
        let adds = |used: &Used| {
            let certain = places.get(&(used.grant, used.thing, true));
            let certain = certain.map(|place| found[*place].standing);
            certain.is_none_or(|known| PossibleValues::max(known, used.standing) != known)
        };
        let adding: Vec<_> = found
            .iter()
            .map(|used| used.certain || adds(used))
            .collect();
        let mut adding = adding.into_iter();
        found.retain(|_| adding.next().unwrap_or_default());
        found
    }

    /// What is said of the chain by which an identity comes to use a grant: its own, whoever stands for it.
    pub(super) fn of_chain<T>(
        &self,
        inventory: &Inventory,
        used: Used,
        say: impl FnOnce(&Access, &Usable) -> T,
    ) -> Option<T> {
        if used.link == START {
            return None;
        }
        if self.peers(inventory).first(used.identity) == used.identity {
            let usable = Usable {
                grant: used.grant,
                thing: used.thing,
                link: used.link,
            };
            return Some(say(self.access(inventory, used.identity), &usable));
        }
        let access = &self.own_access(inventory, used.identity);
        let mut usable = access.usable.iter();
        let is_it = |it: &&Usable| {
            let certain = access.chain[it.link as usize].certain;
            let same = (it.grant, it.thing, certain) == (used.grant, used.thing, used.certain);
            same && standing(inventory, access, it) == used.standing
        };
        let found = usable.find(is_it)?;
        Some(say(access, found))
    }

    /// The state in which a thing is, where the fact is about one.
    pub(super) fn state(&self, way: Way) -> Option<&FlowState> {
        match way {
            Way::Node(thing, at) => Some(&self.node(thing, at)?.state),
            Way::Departure(thing, at) => {
                Some(&self.propagation(thing)?.departures.get(at as usize)?.state)
            }
            _ => None,
        }
    }

    pub(super) fn node(&self, thing: EntityId, at: u32) -> Option<&FlowNode> {
        self.propagation(thing)?.nodes.get(at as usize)
    }

    /// What is in an artifact, by its place.
    pub fn content(&self, artifact: u32, at: u32) -> &Content {
        &self.contents().of(artifact)[at as usize]
    }

    /// The nodes that lead to one, the first first.
    pub(super) fn nodes_to<'s>(&self, propagation: &'s Propagation, at: u32) -> Vec<&'s FlowNode> {
        let last = propagation.nodes.get(at as usize);
        let before = |node: &&'s FlowNode| propagation.nodes.get(node.from as usize);
        let mut nodes: Vec<_> = std::iter::successors(last, before).collect();
        nodes.reverse();
        nodes
    }
}

/// Whether no right on the way to a grant has to be asked for, its own included.
fn standing(inventory: &Inventory, access: &Access, it: &Usable) -> PossibleValues<bool> {
    let standing = access.standing(inventory, it.link, Some(it.grant));
    standing.into()
}

/// What holds of a way between zones as a whole.
pub fn of_route(reached: &Reached) -> ContextValues {
    ContextValues {
        inspection: reached.route.inspection,
        closest: reached.route.closest,
        transit: reached.route.transit(),
        initiated: PossibleValues::one(reached.route.initiated),
        certain: reached.route.certain,
        ..ContextValues::default()
    }
}
