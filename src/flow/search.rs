//! The search itself: from where a thing is, hop by hop, to wherever it gets.

use std::collections::VecDeque;

use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

use super::contents::categories;
use super::propagation::{Departure, Edge, FlowGraph, FlowNode, Hop, Propagation, START};
use super::state::FlowState;
use crate::model::{Category, EntityId, Kind, SetBounds, Truth};

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

pub(super) struct Search<'m, 'a> {
    graph: &'m FlowGraph<'a>,
    thing: EntityId,
    /// Of a key or data, what it is about.
    categories: SetBounds<Category>,
    carrying: HashMap<EntityId, SmallVec<[(u32, Truth); 2]>>,
    /// Whether any of these begins in a zone, wherever in it.
    leaves_zones: bool,
    /// The nodes by place and state, certain or not, and by how the thing is there.
    seen: HashMap<(EntityId, FlowState, Stay), u32>,
    left: HashSet<(u32, FlowState)>,
    propagation: Propagation,
    /// Nodes to go on from.
    queue: VecDeque<u32>,
    /// What is only possible, to be looked at when all that is certain is known.
    perhaps: VecDeque<FlowNode>,
    /// Every hop, if they are wanted.
    edges: Option<Vec<Edge>>,
}

impl<'m, 'a> Search<'m, 'a> {
    pub(super) fn new(graph: &'m FlowGraph<'a>, thing: EntityId) -> Self {
        let carrying = graph.carrying(thing);
        Self {
            graph,
            thing,
            categories: categories(graph.inventory, thing),
            leaves_zones: carrying.keys().any(|from| from.kind == Kind::Zone),
            carrying,
            seen: HashMap::new(),
            left: HashSet::new(),
            propagation: Propagation::default(),
            queue: VecDeque::new(),
            perhaps: VecDeque::new(),
            edges: None,
        }
    }

    /// Also notes every hop.
    pub(super) fn with_edges(self) -> Self {
        Self {
            edges: Some(Vec::new()),
            ..self
        }
    }

    /// What was found, with every hop if they were noted.
    pub(super) fn finish(self) -> (Propagation, Vec<Edge>) {
        (self.propagation, self.edges.unwrap_or_default())
    }
}

impl Search<'_, '_> {
    /// First all that is certain, then what is only possible.
    pub(super) fn run(&mut self, starts: Vec<FlowNode>) {
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

    fn arrive(&mut self, node: FlowNode) {
        let Some(state) = self.remaining(node.state) else {
            self.propagation.vanishes = true;
            return;
        };
        let node = FlowNode { state, ..node };
        if state.certain {
            self.settle(node);
        } else {
            self.perhaps.push_back(node);
        }
    }

    /// Keeps a node that is new, and goes on from it. What is there for certain need not be said to
    /// be there perhaps.
    fn settle(&mut self, node: FlowNode) {
        let certain = FlowState {
            certain: true,
            ..node.state
        };
        // What rests somewhere need not be said to be there in any other way.
        let stays = [Stay::Resting, node.hop.stay()];
        let known = [certain, node.state].into_iter().find_map(|state| {
            let mut known = stays.iter().map(|stay| (node.place, state, *stay));
            known.find_map(|known| self.seen.get(&known).copied())
        });
        let at = known.unwrap_or(self.propagation.nodes.len() as u32);
        if let Some(edges) = self.edges.as_mut().filter(|_| node.from != START) {
            edges.push((node.from, at, node.hop, node.state.certain));
        }
        if known.is_none() {
            let stay = node.hop.stay();
            self.seen.insert((node.place, node.state, stay), at);
            self.propagation.nodes.push(node);
            // Where a step is done, a thing is only on its way.
            if stay != Stay::Passing {
                self.queue.push_back(at);
            }
        }
    }

    /// The state of the thing, if anything is left of it: not of a key, or of data all of whose
    /// categories were removed.
    fn remaining(&self, state: FlowState) -> Option<FlowState> {
        if self.thing.kind == Kind::Artifact {
            return Some(state);
        }
        match super::state::remains(self.categories, state.removed) {
            Truth::True => Some(state),
            Truth::Unknown => Some(state.possible()),
            Truth::False => None,
        }
    }

    fn leave(&mut self, at: u32) {
        let node = self.propagation.nodes[at as usize];
        let graph = self.graph;
        let index = node.place.index as usize;
        let hops = match node.place.kind {
            Kind::Workload => Some((
                &graph.attached[index],
                &graph.may_attach,
                Hop::Attach as fn(u32) -> Hop,
            )),
            Kind::Store => Some((
                &graph.readers[index],
                &graph.may_read,
                Hop::Read as fn(u32) -> Hop,
            )),
            _ => None,
        };
        if let Some((stated, others, hop)) = hops {
            let stated = stated.iter().map(|environment| (environment, node.state));
            let others = others.iter();
            let others = others.map(|environment| (environment, node.state.possible()));
            for (environment, state) in stated.chain(others) {
                self.arrive(FlowNode {
                    place: Kind::DebugEnvironment.id(*environment),
                    state,
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
        if self.leaves_zones {
            let zone = graph.zone(node.place).map(|index| Kind::Zone.id(index));
            let zone = zone.filter(|zone| *zone != node.place);
            let around = graph.inventory.ancestors(zone.unwrap_or(node.place));
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
    fn transfer(&mut self, at: u32, index: u32, certainty: Truth) {
        let node = self.propagation.nodes[at as usize];
        let graph = self.graph;
        let transfer = &graph.inventory.declarations().transfers[index as usize];
        let Some(to) = transfer.to.known().and_then(|to| to.target()) else {
            return;
        };
        let mut state = node.state.transferred(transfer);
        if certainty == Truth::Unknown {
            state = state.possible();
        }
        let mut zone = graph.zone(node.place);
        let mut left = false;
        for (position, step) in (0..).zip(transfer.steps.iter()) {
            let runs_in = step.value.runs_in.as_ref();
            let runs_in = runs_in.and_then(|zone| zone.value.target());
            if let Some(there) = runs_in.filter(|there| Some(there.index) != zone) {
                if !left {
                    self.depart(index, at, state);
                    left = true;
                }
                zone = Some(there.index);
                self.arrive(FlowNode {
                    place: there,
                    state,
                    from: at,
                    hop: Hop::Step(index, position),
                });
            }
            state = state.after(&step.value);
        }
        if !left {
            self.depart(index, at, state);
        }
        self.arrive(FlowNode {
            place: to,
            state,
            from: at,
            hop: Hop::Transfer(index),
        });
    }

    fn depart(&mut self, transfer: u32, node: u32, state: FlowState) {
        if let Some(state) = self.remaining(state)
            && self.is_new(transfer, state)
        {
            self.propagation.departures.push(Departure {
                transfer,
                node,
                state,
            });
        }
    }

    fn is_new(&mut self, transfer: u32, state: FlowState) -> bool {
        let certain = FlowState {
            certain: true,
            ..state
        };
        !self.left.contains(&(transfer, certain)) && self.left.insert((transfer, state))
    }
}
