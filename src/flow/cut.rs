//! The way out: the fewest transfers and debug environments without which a thing does not get to where
//! it must not be, and the fewest conduits without which a zone is not reached.

use std::collections::VecDeque;

use hashbrown::{HashMap, HashSet};

use super::Flow;
use super::assertion::{self, Contradiction};
use super::propagation::{Edge, FlowGraph, Hop, Propagation, START};
use super::reach::Link;
use super::way::Way;
use crate::inventory::Inventory;
use crate::model::{EntityId, Kind};

/// Of more than these nobody would call it a way out.
const LIMIT: usize = 8;

/// Most hops that are looked at, for all ways out together.
const BUDGET: usize = 1_000_000;

/// A node of the network: a place, and each transfer or debug environment with the two ends of its one
/// lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Point {
    Source,
    Place(EntityId),
    Leave(EntityId),
    Arrive(EntityId),
    Sink,
}

/// Finds the fewest; remembers the hops of what it was asked about last.
pub struct Cutter<'a> {
    flow: &'a Flow,
    inventory: &'a Inventory,
    graph: FlowGraph<'a>,
    last: Option<Hops>,
    /// Where each thing gets without a transfer.
    without: HashMap<(EntityId, u32), HashSet<EntityId>>,
    /// The artifacts that each thing is in.
    carriers: Option<HashMap<EntityId, Vec<EntityId>>>,
    budget: usize,
}

/// Every hop of a thing.
struct Hops {
    thing: EntityId,
    /// The forbidden transfer where it begins, if not where it is by itself.
    begins: Option<EntityId>,
    propagation: Propagation,
    edges: Vec<Edge>,
}

impl<'a> Cutter<'a> {
    /// Linear in the inventory.
    pub fn new(flow: &'a Flow, inventory: &'a Inventory) -> Self {
        Self {
            flow,
            inventory,
            graph: FlowGraph::new(inventory),
            last: None,
            without: HashMap::new(),
            carriers: None,
            budget: BUDGET,
        }
    }

    /// The fewest transfers, and debug environments that attach or read, whose removal closes all of
    /// these ways of one thing; none if it gets there without any, or if they are very many. Of zones that
    /// are reached, the conduits, and the zones that state ways to or from the internet. `None` if it is
    /// not looked for: where other things than these lead there, and once very many hops have been looked
    /// at.
    ///
    /// Only what leads to the states of these ways counts, so a way on which steps remove enough is
    /// left alone. Where there are steps, or the rule asks for approval or encryption, fewer may do
    /// than are found: to find the fewest then is hard. Those that bring something
    /// else into the thing, and so raise its level, are not looked at. `at_all` if these are ways
    /// into the zones of the places, and not to the places alone. Costs a search for the thing, and
    /// for each of those found one for a way.
    pub fn cut(&mut self, ways: &[Way], at_all: bool) -> Option<Vec<EntityId>> {
        if let Some(Way::Reached(..)) = ways.first() {
            return self.between_zones(ways);
        }
        let (flow, inventory) = (self.flow, self.inventory);
        let mut targets = Vec::new();
        let mut from = None;
        for way in ways {
            // Of what is in an artifact, the ways of that.
            let way = match way {
                Way::Inside(inside) => &inside.outer(),
                way => way,
            };
            match way {
                Way::Node(thing, at) => {
                    let propagation = flow.propagation(*thing);
                    let node =
                        propagation.and_then(|propagation| propagation.nodes.get(*at as usize));
                    targets.extend(node.map(|node| {
                        let zone = zone(inventory, node.place).filter(|_| at_all);
                        let goal = zone.map_or(Goal::Place(node.place), Goal::Zone);
                        (goal, node.state)
                    }));
                    if from.is_some_and(|from| from != (*thing, None)) {
                        return None;
                    }
                    from = Some((*thing, None));
                }
                Way::Assertion(at) => {
                    let assertion = &flow.assertions(inventory)[*at as usize];
                    if let Contradiction::Thing {
                        thing,
                        propagation,
                        node,
                        ..
                    } = &assertion.by
                    {
                        let node = &propagation.nodes[*node as usize];
                        let end = assertion::ends(inventory, assertion.of);
                        let goal = end.map_or(Goal::Place(node.place), Goal::Within);
                        targets.push((goal, node.state));
                        from = Some((*thing, Some(assertion.of)));
                    }
                }
                _ => return None,
            }
        }
        let (thing, begins) = from.filter(|_| self.budget > 0)?;
        if self.is_carried(thing, &targets) {
            return None;
        }
        let known = self.last.take();
        let known = known.filter(|known| (known.thing, known.begins) == (thing, begins));
        let hops = known.unwrap_or_else(|| {
            let (propagation, edges) = match begins {
                Some(transfer) => {
                    let begins = |place| assertion::begins(inventory, transfer, place);
                    self.graph.onward(thing, &begins)
                }
                None => self.graph.all_hops(thing),
            };
            Hops {
                thing,
                begins,
                propagation,
                edges,
            }
        });
        self.budget = self.budget.saturating_sub(hops.edges.len());
        let Hops {
            propagation, edges, ..
        } = self.last.insert(hops);
        let nodes = (0u32..).zip(&propagation.nodes);
        let ends = nodes.filter(|(_, node)| {
            let mut targets = targets.iter().filter(|(_, state)| *state == node.state);
            targets.any(|(goal, _)| match goal {
                Goal::Place(place) => node.place == *place,
                Goal::Zone(within) => zone(inventory, node.place) == Some(*within),
                Goal::Within(outer) => {
                    node.from != START && assertion::within(inventory, node.place, *outer)
                }
            })
        });
        Some(Network::new(propagation, edges, ends.map(|(at, _)| at)).fewest())
    }

    /// The fewest conduits, and zones that state ways to or from the internet, that close every way from
    /// one zone to another. Costs all that is reached from there.
    fn between_zones(&mut self, ways: &[Way]) -> Option<Vec<EntityId>> {
        let mut ends = None;
        for way in ways {
            let Way::Reached(from, at) = way else {
                return None;
            };
            let reached = self.flow.reached(self.inventory, *from);
            let own = (*from, reached.get(*at as usize)?.zone);
            if ends.replace(own).is_some_and(|known| known != own) {
                return None;
            }
        }
        let (start, end) = ends?;
        let conduit_graph = self.flow.conduit_graph(self.inventory);
        let conduit_graph = conduit_graph.ways_from(start, self.budget)?;
        self.budget -= conduit_graph.len();
        let place = |zone: u32| Point::Place(Kind::Zone.id(zone));
        let mut network = Network::default();
        network.join(Point::Source, place(start), ANY);
        network.join(place(end), Point::Sink, ANY);
        for (from, link, to) in conduit_graph {
            let by = match link {
                Link::Conduit(conduit) => Kind::Conduit.id(conduit),
                Link::Internet(zone) => Kind::Zone.id(zone),
            };
            network.pass(place(from), by, place(to));
        }
        Some(network.fewest())
    }
}

impl Cutter<'_> {
    /// Whether a thing does not get to a place by itself without this transfer. Costs a search for each
    /// thing and transfer, once; once very many hops have been looked at, nothing is known to.
    pub fn closes(&mut self, transfer: u32, thing: EntityId, place: EntityId) -> bool {
        let (graph, budget) = (&self.graph, &mut self.budget);
        if let Some(reached) = self.without.get(&(thing, transfer)) {
            return !reached.contains(&place);
        }
        if *budget == 0 {
            return false;
        }
        let (propagation, edges) = graph.all_hops(thing);
        *budget = budget.saturating_sub(edges.len() + 1);
        let mut away: Vec<Vec<u32>> = vec![Vec::new(); propagation.nodes.len()];
        let is_it = |hop: &Hop| match hop {
            Hop::Transfer(by) | Hop::Step(by, _) => *by == transfer,
            _ => false,
        };
        for (from, to, hop, _) in edges {
            if !is_it(&hop) {
                away[from as usize].push(to);
            }
        }
        let starts = (0u32..).zip(&propagation.nodes);
        let starts = starts.filter(|(_, node)| node.from == START && !is_it(&node.hop));
        let mut queue: Vec<u32> = starts.map(|(at, _)| at).collect();
        let mut seen = vec![false; propagation.nodes.len()];
        let mut reached = HashSet::new();
        while let Some(at) = queue.pop() {
            if std::mem::replace(&mut seen[at as usize], true) {
                continue;
            }
            reached.insert(propagation.nodes[at as usize].place);
            queue.extend(&away[at as usize]);
        }
        let is_closed = !reached.contains(&place);
        self.without.insert((thing, transfer), reached);
        is_closed
    }

    /// Whether a thing also gets to one of the goals in an artifact: what is cut of its own ways does
    /// not keep it from there. Costs the places of those artifacts.
    fn is_carried<T>(&mut self, thing: EntityId, targets: &[(Goal, T)]) -> bool {
        let (flow, inventory) = (self.flow, self.inventory);
        let carriers = self.carriers.get_or_insert_with(|| {
            let mut carriers: HashMap<EntityId, Vec<EntityId>> = HashMap::new();
            for index in 0..inventory.declarations().artifacts.len() as u32 {
                for content in flow.contents().of(index) {
                    let all = carriers.entry(content.thing).or_default();
                    all.push(Kind::Artifact.id(index));
                }
            }
            carriers
        });
        let carriers = carriers.get(&thing).into_iter().flatten();
        let propagations = carriers.filter_map(|artifact| flow.propagation(*artifact));
        let mut nodes = propagations.flat_map(|propagation| &propagation.nodes);
        nodes.any(|node| {
            targets.iter().any(|(goal, _)| match goal {
                Goal::Place(place) => node.place == *place,
                Goal::Zone(within) => zone(inventory, node.place) == Some(*within),
                Goal::Within(outer) => assertion::within(inventory, node.place, *outer),
            })
        })
    }
}

/// Where a thing must not get.
enum Goal {
    /// To this place.
    Place(EntityId),
    /// To any place in this zone itself.
    Zone(EntityId),
    /// To this place or, of a zone, to any in it or in a zone nested in it.
    Within(EntityId),
}

fn zone(inventory: &Inventory, place: EntityId) -> Option<EntityId> {
    match place.kind {
        Kind::Zone => Some(place),
        _ => inventory.zone_of(place),
    }
}

/// What leads from where a thing starts to where it must not be: each transfer and debug environment is
/// a lane that carries one unit, everything else carries any number.
#[derive(Default)]
struct Network {
    /// What is joined: once is enough.
    joined: HashSet<(Point, Point)>,
    points: HashMap<Point, usize>,
    /// What leads away from each point: lanes, by position.
    away: Vec<Vec<usize>>,
    /// Where each lane leads, and how much room is left. The lane back is next to it: its position
    /// differs in the last bit.
    lanes: Vec<(usize, usize)>,
}

/// More than any number of lanes.
const ANY: usize = usize::MAX / 2;

impl Network {
    fn new(propagation: &Propagation, edges: &[Edge], ends: impl Iterator<Item = u32>) -> Self {
        let mut before: Vec<Vec<(u32, Hop)>> = vec![Vec::new(); propagation.nodes.len()];
        for (from, to, hop, _) in edges {
            before[*to as usize].push((*from, *hop));
        }
        let mut network = Self::default();
        let place = |at: u32| Point::Place(propagation.nodes[at as usize].place);
        let mut seen = vec![false; propagation.nodes.len()];
        let mut queue: Vec<u32> = Vec::new();
        for end in ends {
            network.join(place(end), Point::Sink, ANY);
            queue.push(end);
        }
        while let Some(at) = queue.pop() {
            if std::mem::replace(&mut seen[at as usize], true) {
                continue;
            }
            let node = &propagation.nodes[at as usize];
            if node.from == START {
                network.join(Point::Source, place(at), ANY);
            }
            for (from, hop) in &before[at as usize] {
                let by = match hop {
                    Hop::Transfer(transfer) | Hop::Step(transfer, _) => {
                        Some(Kind::Transfer.id(*transfer))
                    }
                    Hop::Attach(environment) | Hop::Read(environment) => {
                        Some(Kind::DebugEnvironment.id(*environment))
                    }
                    _ => None,
                };
                match by {
                    Some(by) => network.pass(place(*from), by, place(at)),
                    None => network.join(place(*from), place(at), ANY),
                }
                queue.push(*from);
            }
        }
        network
    }

    fn point(&mut self, point: Point) -> usize {
        let next = self.away.len();
        let at = *self.points.entry(point).or_insert(next);
        if at == next {
            self.away.push(Vec::new());
        }
        at
    }

    /// Joins two places by the one lane of what could be left out.
    fn pass(&mut self, from: Point, by: EntityId, to: Point) {
        self.join(from, Point::Leave(by), ANY);
        self.join(Point::Leave(by), Point::Arrive(by), 1);
        self.join(Point::Arrive(by), to, ANY);
    }

    fn join(&mut self, from: Point, to: Point, room: usize) {
        if !self.joined.insert((from, to)) {
            return;
        }
        let (from, to) = (self.point(from), self.point(to));
        self.away[from].push(self.lanes.len());
        self.lanes.push((to, room));
        self.away[to].push(self.lanes.len());
        self.lanes.push((from, 0));
    }

    /// The fewest lanes without which the sink is not reached (Ford and Fulkerson: as many as
    /// disjoint ways can be found); none if there are none or very many.
    fn fewest(mut self) -> Vec<EntityId> {
        let ends = [Point::Source, Point::Sink].map(|end| self.points.get(&end).copied());
        let [Some(source), Some(sink)] = ends else {
            return Vec::new();
        };
        for _ in 0..=LIMIT {
            let Some(way) = self.way(source, sink) else {
                return self.cut(sink);
            };
            if way.iter().all(|lane| self.lanes[*lane].1 > LIMIT + 1) {
                return Vec::new();
            }
            for lane in way {
                self.lanes[lane].1 -= 1;
                self.lanes[lane ^ 1].1 += 1;
            }
        }
        Vec::new()
    }

    /// A shortest way with room from the source to the sink, as lanes.
    fn way(&self, source: usize, sink: usize) -> Option<Vec<usize>> {
        let mut by: Vec<Option<usize>> = vec![None; self.away.len()];
        let mut queue = VecDeque::from([source]);
        while let Some(at) = queue.pop_front() {
            for lane in &self.away[at] {
                let (to, room) = self.lanes[*lane];
                if room > 0 && to != source && by[to].is_none() {
                    by[to] = Some(*lane);
                    queue.push_back(to);
                }
            }
        }
        let mut way = Vec::new();
        let mut at = sink;
        while at != source {
            let lane = by[at]?;
            way.push(lane);
            at = self.lanes[lane ^ 1].0;
        }
        Some(way)
    }

    /// The full lanes between what still leads to the sink and what does not: of several choices the
    /// one nearest to it.
    fn cut(&self, sink: usize) -> Vec<EntityId> {
        let mut leads = vec![false; self.away.len()];
        leads[sink] = true;
        let mut queue = vec![sink];
        while let Some(to) = queue.pop() {
            // The lane back of each lane away is one that leads here.
            for lane in &self.away[to] {
                let from = self.lanes[*lane].0;
                if self.lanes[lane ^ 1].1 > 0 && !leads[from] {
                    leads[from] = true;
                    queue.push(from);
                }
            }
        }
        let mut cut: Vec<EntityId> = self
            .points
            .iter()
            .filter_map(|(point, at)| match point {
                Point::Leave(lane) if !leads[*at] => Some(*lane),
                _ => None,
            })
            .filter(|lane| {
                let arrive = self.points.get(&Point::Arrive(*lane));
                arrive.is_some_and(|at| leads[*at])
            })
            .collect();
        cut.sort_unstable();
        cut
    }
}
