//! What is said not to happen, and happens by other ways.

use std::sync::Arc;

use hashbrown::HashSet;

use super::Flow;
use super::propagation::{FlowGraph, Propagation};
use super::state::FlowState;
use crate::inventory::Inventory;
use crate::model::{EntityId, Fact, Field as _, Kind, Status, Transfer};

/// An assertion that other ways make false.
#[derive(Debug)]
pub struct Assertion {
    /// The transfer or conduit that is said not to be there.
    pub of: EntityId,
    /// How it comes about all the same.
    pub by: Contradiction,
}

/// How an assertion is false.
#[derive(Debug)]
pub enum Contradiction {
    /// A thing gets from where the transfer would begin to where it would end.
    Thing {
        /// The thing.
        thing: EntityId,
        /// Its propagation from where the transfer would begin.
        propagation: Arc<Propagation>,
        /// The node of it at which the transfer would end.
        node: u32,
        /// What is in the thing and is meant, by its place among its contents.
        inside: Option<u32>,
    },
    /// A zone is reached from another: one of what is reached from the first.
    Zone {
        /// The zone at which the conduit would begin.
        from: u32,
        /// The place in [`Flow::reached`] of what is reached from it.
        reached: u32,
    },
}

impl Contradiction {
    /// The thing that is meant, and its state where it gets to; `None` for a zone.
    pub fn thing(&self, flow: &Flow, inventory: &Inventory) -> Option<(EntityId, FlowState)> {
        let Self::Thing {
            thing,
            propagation,
            node,
            inside,
        } = self
        else {
            return None;
        };
        let state = propagation.nodes[*node as usize].state;
        match inside {
            None => Some((*thing, state)),
            Some(at) => {
                let content = flow.content(thing.index, *at);
                Some((content.thing, content.carried(inventory, &state)?))
            }
        }
    }
}

/// Every assertion that is false. Searches once for each thing of each forbidden transfer.
pub(super) fn broken(flow: &Flow, inventory: &Inventory) -> Vec<Assertion> {
    let all = inventory.declarations();
    let forbidden = |status: &dyn Fn() -> Option<Status>| status() == Some(Status::Forbidden);
    let mut assertions = Vec::new();
    let mut graph = None;
    for (index, transfer) in (0..).zip(&all.transfers) {
        if !forbidden(&|| transfer.status.known().copied()) {
            continue;
        }
        let ends = [&transfer.from, &transfer.to];
        let [Some(from), Some(to)] = ends.map(|end| end.known().and_then(|end| end.target()))
        else {
            continue;
        };
        let graph = graph.get_or_insert_with(|| FlowGraph::new(inventory));
        let of = Kind::Transfer.id(index);
        let things = carried(flow, inventory, index, from);
        let within_others = inside(flow, &things, transfer);
        let own = things.into_iter().map(|thing| (thing, None));
        // Each state in which it gets there: a rule may ask for any. What is certain is first.
        let mut states: HashSet<(EntityId, FlowState)> = HashSet::new();
        for (thing, inside) in own.chain(within_others) {
            let (propagation, _) = graph.onward(thing, &|place| begins(inventory, of, place));
            let propagation = Arc::new(propagation);
            for (node, there) in (0u32..).zip(&propagation.nodes) {
                let content = inside.map(|at| flow.content(thing.index, at));
                let meant = content.map_or(thing, |content| content.thing);
                let state = match content {
                    Some(content) => content.carried(inventory, &there.state),
                    None => Some(there.state),
                };
                let ends = there.from != super::START && within(inventory, there.place, to);
                if let Some(state) = state.filter(|_| ends)
                    && is_new(&mut states, meant, state)
                {
                    let by = Contradiction::Thing {
                        thing,
                        propagation: propagation.clone(),
                        node,
                        inside,
                    };
                    assertions.push(Assertion { of, by });
                }
            }
        }
    }
    for (index, conduit) in (0..).zip(&all.conduits) {
        if !forbidden(&|| conduit.status.known().copied()) {
            continue;
        }
        let ends = [&conduit.from, &conduit.to];
        let [Some(from), Some(to)] = ends.map(|end| end.known().and_then(|end| end.target()))
        else {
            continue;
        };
        if let Some(by) = reached(flow, inventory, from, to) {
            let of = Kind::Conduit.id(index);
            assertions.push(Assertion { of, by });
        }
    }
    assertions
}

/// A way from one zone to another that is begun in the first, or from and to what is nested in them:
/// a certain one if there is one, and of these the first that is from the zones themselves.
fn reached(
    flow: &Flow,
    inventory: &Inventory,
    from: EntityId,
    to: EntityId,
) -> Option<Contradiction> {
    let inwards = within(inventory, to, from);
    let zones = 0..inventory.declarations().zones.len() as u32;
    let mut begins: Vec<u32> = zones
        .filter(|zone| begins_in(inventory, from, to, Kind::Zone.id(*zone)))
        .collect();
    begins.sort_by_key(|zone| *zone != from.index);
    let mut ways: Vec<_> = Vec::new();
    for begin in begins {
        let reached = flow.reached(inventory, begin);
        let reached = (0u32..).zip(reached.iter());
        ways.extend(reached.filter_map(|(at, on)| {
            let zone = Kind::Zone.id(on.zone);
            let ends = within(inventory, zone, to) && (inwards || !within(inventory, zone, from));
            let inner = on.zone != to.index;
            let by = Contradiction::Zone {
                from: begin,
                reached: at,
            };
            (ends && on.route.initiated).then_some((!on.route.certain, inner, by))
        }));
    }
    // The first of equals stays the first.
    ways.sort_by_key(|(open, inner, _)| (*open, *inner));
    ways.into_iter().next().map(|(.., by)| by)
}

/// Whether what a forbidden conduit forbids begins in a zone: one in `from`. Of one that leads
/// further in, not what is in `to` already.
fn begins_in(inventory: &Inventory, from: EntityId, to: EntityId, zone: EntityId) -> bool {
    let inwards = within(inventory, to, from);
    within(inventory, zone, from) && !(inwards && within(inventory, zone, to))
}

/// Whether a state is not among these yet; what is certain need not be there as something possible.
fn is_new(states: &mut HashSet<(EntityId, FlowState)>, thing: EntityId, state: FlowState) -> bool {
    let certain = FlowState {
        certain: true,
        ..state
    };
    !states.contains(&(thing, certain)) && states.insert((thing, state))
}

/// The artifacts in which these things are, each with what it is among the contents: where a forbidden
/// transfer names what it speaks of, that must not get there in anything either.
fn inside(flow: &Flow, things: &[EntityId], transfer: &Transfer) -> Vec<(EntityId, Option<u32>)> {
    let mut all = Vec::new();
    let Fact::Many(..) = transfer.carries.fact() else {
        return all;
    };
    for (index, _) in (0u32..).zip(&flow.artifacts) {
        let contents = (0u32..).zip(flow.contents().of(index));
        let meant = contents.filter(|(_, content)| things.contains(&content.thing));
        all.extend(meant.map(|(at, _)| (Kind::Artifact.id(index), Some(at))));
    }
    all
}

/// What a forbidden transfer speaks of: what it names, or else all that gets where it would begin.
fn carried(flow: &Flow, inventory: &Inventory, index: u32, from: EntityId) -> Vec<EntityId> {
    let transfer = &inventory.declarations().transfers[index as usize];
    if let Fact::Many(..) = transfer.carries.fact() {
        let named = transfer.carries.iter();
        return named.filter_map(|thing| thing.value.target()).collect();
    }
    let there = flow.propagations().filter(|(_, propagation)| {
        let mut nodes = propagation.nodes.iter();
        nodes.any(|node| within(inventory, node.place, from))
    });
    there.map(|(thing, _)| thing).collect()
}

/// Whether a forbidden transfer would begin at a place. Of one that leads further into a zone, from
/// anywhere in it, what is where it would end is there already.
pub(super) fn begins(inventory: &Inventory, transfer: EntityId, place: EntityId) -> bool {
    let transfer = &inventory.declarations().transfers[transfer.index as usize];
    let ends = [&transfer.from, &transfer.to].map(|end| end.known().and_then(|end| end.target()));
    let [Some(from), Some(to)] = ends else {
        return false;
    };
    let inwards = within(inventory, to, from);
    within(inventory, place, from) && !(inwards && within(inventory, place, to))
}

/// Where a forbidden transfer would end.
pub(super) fn ends(inventory: &Inventory, transfer: EntityId) -> Option<EntityId> {
    let transfer = &inventory.declarations().transfers[transfer.index as usize];
    transfer.to.known()?.target()
}

/// Whether a place is another one, or in a zone.
pub(super) fn within(inventory: &Inventory, place: EntityId, outer: EntityId) -> bool {
    place == outer
        || outer.kind == Kind::Zone && inventory.ancestors(place).contains(&outer)
        || outer.kind == Kind::Zone && inventory.zone_of(place) == Some(outer)
}
