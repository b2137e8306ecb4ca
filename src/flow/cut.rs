//! The way out: the fewest transfers without which a thing does not get to where it must not be.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Flow;
use super::claim::{self, Broken};
use super::spread::{Edge, Hop, Map, START, Spread};
use super::way::Way;
use crate::inventory::Inventory;
use crate::model::EntityId;

/// Of more transfers than these nobody would call it a way out.
const LIMIT: usize = 8;

/// A node of the network: a place, and each transfer with the two ends of its one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Point {
    Source,
    Place(EntityId),
    Leave(u32),
    Arrive(u32),
    Sink,
}

/// Finds the fewest transfers; remembers the hops of what it was asked about last.
pub struct Cutter<'a> {
    flow: &'a Flow,
    inventory: &'a Inventory,
    map: Map<'a>,
    last: Option<Hops>,
}

/// Every hop of a thing.
struct Hops {
    thing: EntityId,
    /// Where it begins, if not where it is by itself.
    places: Option<Vec<EntityId>>,
    spread: Spread,
    edges: Vec<Edge>,
}

impl<'a> Cutter<'a> {
    /// Linear in the inventory.
    pub fn new(flow: &'a Flow, inventory: &'a Inventory) -> Self {
        Self {
            flow,
            inventory,
            map: Map::new(inventory),
            last: None,
        }
    }

    /// The fewest transfers whose removal closes all of these ways of one thing; none if it gets
    /// there without any, or if they are very many.
    ///
    /// Only what leads to the states of these ways counts, so a way on which steps remove enough is
    /// left alone. Where there are steps, fewer transfers may do than are found: to find the fewest
    /// then is hard. Costs a search for the thing, and for each transfer found one for a way.
    pub fn cut(&mut self, ways: &[Way]) -> Vec<u32> {
        let (flow, inventory) = (self.flow, self.inventory);
        let mut targets = Vec::new();
        let mut from = None;
        for way in ways {
            match way {
                Way::Node(thing, at) => {
                    let spread = flow.spread(*thing);
                    let node = spread.and_then(|spread| spread.nodes.get(*at as usize));
                    targets.extend(node.map(|node| (node.place, node.trail)));
                    from = Some((*thing, None));
                }
                Way::Claim(at) => {
                    let claim = &flow.claims(inventory)[*at as usize];
                    if let Broken::Thing {
                        thing,
                        spread,
                        node,
                    } = &claim.by
                    {
                        let node = &spread.nodes[*node as usize];
                        targets.push((node.place, node.trail));
                        from = Some((*thing, claim::begins(flow, inventory, claim.of, *thing)));
                    }
                }
                _ => return Vec::new(),
            }
        }
        let Some((thing, places)) = from else {
            return Vec::new();
        };
        let known = self.last.take();
        let known = known.filter(|known| (known.thing, &known.places) == (thing, &places));
        let hops = known.unwrap_or_else(|| {
            let (spread, edges) = self.map.all_hops(thing, places.as_deref());
            Hops {
                thing,
                places,
                spread,
                edges,
            }
        });
        let Hops { spread, edges, .. } = self.last.insert(hops);
        let nodes = (0u32..).zip(&spread.nodes);
        let ends = nodes.filter(|(_, node)| targets.contains(&(node.place, node.trail)));
        Network::new(spread, edges, ends.map(|(at, _)| at)).fewest()
    }
}

/// What leads from where a thing starts to where it must not be: each transfer is a lane that
/// carries one unit, everything else carries any number.
struct Network {
    /// What leads where, with the room that is left.
    room: BTreeMap<Point, BTreeMap<Point, usize>>,
}

/// More than any number of transfers.
const ANY: usize = usize::MAX / 2;

impl Network {
    fn new(spread: &Spread, edges: &[Edge], ends: impl Iterator<Item = u32>) -> Self {
        let mut before: BTreeMap<u32, Vec<(u32, Hop)>> = BTreeMap::new();
        for (from, to, hop) in edges {
            before.entry(*to).or_default().push((*from, *hop));
        }
        let mut network = Self {
            room: BTreeMap::new(),
        };
        let place = |at: u32| Point::Place(spread.nodes[at as usize].place);
        let mut seen = BTreeSet::new();
        let mut queue: Vec<u32> = Vec::new();
        for end in ends {
            network.join(place(end), Point::Sink, ANY);
            queue.push(end);
        }
        while let Some(at) = queue.pop() {
            if !seen.insert(at) {
                continue;
            }
            let node = &spread.nodes[at as usize];
            if node.from == START {
                network.join(Point::Source, place(at), ANY);
            }
            for (from, hop) in before.get(&at).into_iter().flatten() {
                match hop {
                    Hop::Transfer(transfer) | Hop::Step(transfer, _) => {
                        network.join(place(*from), Point::Leave(*transfer), ANY);
                        network.join(Point::Leave(*transfer), Point::Arrive(*transfer), 1);
                        network.join(Point::Arrive(*transfer), place(at), ANY);
                    }
                    _ => network.join(place(*from), place(at), ANY),
                }
                queue.push(*from);
            }
        }
        network
    }

    fn join(&mut self, from: Point, to: Point, room: usize) {
        self.room.entry(from).or_default().insert(to, room);
        self.room.entry(to).or_default().entry(from).or_insert(0);
    }

    /// The fewest lanes without which the sink is not reached (Ford and Fulkerson: as many as
    /// disjoint ways can be found); none if there are none or very many.
    fn fewest(mut self) -> Vec<u32> {
        for _ in 0..=LIMIT {
            let Some(way) = self.way() else {
                return self.lanes();
            };
            let full = |pair: &[Point]| self.room[&pair[0]][&pair[1]];
            if way.windows(2).all(|pair| full(pair) > LIMIT + 1) {
                return Vec::new();
            }
            for pair in way.windows(2) {
                self.change(pair[0], pair[1], -1);
                self.change(pair[1], pair[0], 1);
            }
        }
        Vec::new()
    }

    fn change(&mut self, from: Point, to: Point, by: isize) {
        if let Some(room) = self
            .room
            .get_mut(&from)
            .and_then(|lanes| lanes.get_mut(&to))
        {
            *room = room.saturating_add_signed(by);
        }
    }

    /// A shortest way with room from the source to the sink.
    fn way(&self) -> Option<Vec<Point>> {
        let mut before = BTreeMap::from([(Point::Source, Point::Source)]);
        let mut queue = VecDeque::from([Point::Source]);
        while let Some(at) = queue.pop_front() {
            for (to, room) in self.room.get(&at).into_iter().flatten() {
                if *room > 0 && !before.contains_key(to) {
                    before.insert(*to, at);
                    queue.push_back(*to);
                }
            }
        }
        before.get(&Point::Sink)?;
        let mut way = vec![Point::Sink];
        while let Some(at) = way.last().copied().filter(|at| *at != Point::Source) {
            way.push(before[&at]);
        }
        way.reverse();
        Some(way)
    }

    /// The full lanes between what still leads to the sink and what does not: of several choices the
    /// one nearest to it.
    fn lanes(&self) -> Vec<u32> {
        let mut leads = BTreeSet::from([Point::Sink]);
        let mut queue = vec![Point::Sink];
        while let Some(to) = queue.pop() {
            // Every pair that is joined is joined both ways, so what leads here is next to it.
            for from in self.room.get(&to).into_iter().flat_map(BTreeMap::keys) {
                if self.room[from].get(&to).is_some_and(|room| *room > 0) && leads.insert(*from) {
                    queue.push(*from);
                }
            }
        }
        let lanes = self.room.keys().filter_map(|point| match point {
            Point::Leave(transfer) => Some(*transfer),
            _ => None,
        });
        lanes
            .filter(|lane| {
                leads.contains(&Point::Arrive(*lane)) && !leads.contains(&Point::Leave(*lane))
            })
            .collect()
    }
}
