//! Which zones are reached from which, over any number of conduits.
//!
//! A way passes no zone twice, neither where it begins nor where it ends, and does not turn back over
//! the conduit that it just came by: one conduit walked back and forth leads through nothing.

use std::collections::VecDeque;
use std::ops::Range;

use super::propagation::START;
use crate::inventory::Inventory;
use crate::model::{
    Atom, Conduit, ConduitKind, Fact, Field as _, Inspection, Internet, Kind, PossibleValues, Zone,
};

/// What joins two zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// This conduit.
    Conduit(u32),
    /// What this zone says of the internet.
    Internet(u32),
}

/// How a zone is reached: the weakest of all conduits on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// How closely what passes is looked at where that is least.
    pub inspection: PossibleValues<Inspection>,
    /// How closely what passes is looked at where that is most.
    pub closest: PossibleValues<Inspection>,
    /// Whether all conduits are peerings.
    pub peered: PossibleValues<bool>,
    /// Whether there are several, none that joins the two zones by itself, and the last one does not
    /// lead back into a zone around the first.
    pub indirect: PossibleValues<bool>,
    /// Whether all can be begun from this side.
    pub initiated: bool,
    /// Whether it is so whatever the unknown is.
    pub certain: bool,
}

impl Route {
    /// Whether traffic passes through peerings alone, and through zones that it does not concern.
    pub fn transit(&self) -> PossibleValues<bool> {
        self.peered.min(self.indirect)
    }
}

/// A zone that is reached.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    /// The zone.
    pub zone: u32,
    /// How.
    pub route: Route,
    /// The one before, by position; [`START`] if there is none.
    pub from: u32,
    /// What joins that one and this one.
    pub link: Link,
    /// Whether data flows against the direction in which the connection is begun.
    pub backwards: bool,
    /// Of the links on the way, the one to blame for each thing that there is to blame one for.
    pub telling: Telling,
    /// How many links there are.
    pub length: u32,
    /// Whether the zone is reached in the same way before, by other links.
    pub again: bool,
    /// Another one before, much nearer to the first: it makes it cheap to look back.
    jump: u32,
}

/// The links of a way that make it what it is; of several, the one whose name comes last, whichever
/// way one goes.
#[derive(Debug, Clone, Copy)]
pub struct Telling {
    /// One that is looked at as little as any.
    pub weakest: Link,
    /// One of which nobody says how closely it is looked at.
    pub unseen: Option<Link>,
    /// One of which nobody says what it is for.
    pub unsorted: Option<Link>,
    /// One that may not be there, or not in this direction.
    pub doubtful: Option<Link>,
}

/// The conduits of every zone.
#[derive(Debug)]
pub struct ConduitGraph {
    internet: Option<u32>,
    /// By zone: the one around it.
    around: Vec<Option<u32>>,
    /// By zone: what leads away from it, and whether connections are begun at the other end; by name.
    away: Vec<Vec<Road>>,
    /// Of each conduit, its place among all by name: no order of documents shows in a way.
    conduit_ranks: Vec<u32>,
    /// The same of zones.
    zone_ranks: Vec<u32>,
    /// Every zone, each followed by those nested in it; by name.
    nested: Vec<u32>,
    /// Of each zone, where it and what is nested in it are among `nested`.
    ranges: Vec<Range<usize>>,
}

#[derive(Debug, Clone, Copy)]
struct Road {
    to: u32,
    link: Link,
    inspection: PossibleValues<Inspection>,
    peered: PossibleValues<bool>,
    certain: bool,
    backwards: bool,
}

impl ConduitGraph {
    /// Linear in zones and conduits, but for sorting them by name.
    pub fn new(inventory: &Inventory) -> Self {
        let all = inventory.declarations();
        let around = (0..all.zones.len() as u32).map(|zone| {
            let around = inventory.parents(Kind::Zone.id(zone));
            around.first().map(|zone| zone.index)
        });
        let mut conduit_graph = Self {
            internet: inventory.internet(),
            around: around.collect(),
            away: vec![Vec::new(); all.zones.len()],
            conduit_ranks: ranks(all.conduits.iter().map(|conduit| &*conduit.id.value)),
            zone_ranks: ranks(all.zones.iter().map(|zone| &*zone.id.value)),
            nested: Vec::new(),
            ranges: vec![0..0; all.zones.len()],
        };
        conduit_graph.nest(inventory);
        for (index, conduit) in (0..).zip(&all.conduits) {
            let zones = [&conduit.from, &conduit.to];
            let [Some(from), Some(to)] =
                zones.map(|zone| zone.known().and_then(|zone| zone.target()))
            else {
                continue;
            };
            if inventory.is_forbidden_conduit(index) {
                continue;
            }
            let entity = Kind::Conduit.id(index);
            let kind = inventory.get(entity, Conduit::KIND);
            let there = Road {
                to: to.index,
                link: Link::Conduit(index),
                inspection: inventory.get(entity, Conduit::INSPECTION),
                peered: kind.map(|kind| kind == ConduitKind::Peering),
                certain: !matches!(conduit.status.fact(), Fact::Unstated(Some(_))),
                backwards: false,
            };
            conduit_graph.away[from.index as usize].push(there);
            let back = Road {
                to: from.index,
                backwards: true,
                ..there
            };
            match conduit.one_way.fact() {
                Fact::One(Atom::Bool(true), _) => {}
                Fact::One(Atom::Bool(false), _) => conduit_graph.away[to.index as usize].push(back),
                _ => conduit_graph.away[to.index as usize].push(Road {
                    certain: false,
                    ..back
                }),
            }
        }
        if let Some(internet) = inventory.internet() {
            conduit_graph.join_internet(inventory, internet);
        }
        let mut away = std::mem::take(&mut conduit_graph.away);
        for away in &mut away {
            away.sort_by_key(|road| (conduit_graph.rank(road.link), road.backwards, road.certain));
        }
        conduit_graph.away = away;
        conduit_graph
    }

    /// Puts every zone before those nested in it.
    fn nest(&mut self, inventory: &Inventory) {
        enum Visit {
            Enter(u32),
            Leave(u32),
        }
        let count = self.ranges.len() as u32;
        let outermost = |zone: &u32| self.around[*zone as usize].is_none();
        // Whatever is in no outermost one is nested in itself, which a problem says.
        let (outer, inner): (Vec<u32>, Vec<u32>) = (0..count).partition(outermost);
        let mut known = vec![false; self.ranges.len()];
        for mut zones in [outer, inner] {
            zones.sort_by_key(|zone| std::cmp::Reverse(self.zone_ranks[*zone as usize]));
            let mut visits: Vec<_> = zones.into_iter().map(Visit::Enter).collect();
            while let Some(visit) = visits.pop() {
                match visit {
                    Visit::Enter(zone) if !known[zone as usize] => {
                        known[zone as usize] = true;
                        self.ranges[zone as usize].start = self.nested.len();
                        self.nested.push(zone);
                        visits.push(Visit::Leave(zone));
                        let inner = visits.len();
                        let within = inventory.nested_in(zone).iter();
                        visits.extend(within.map(|zone| Visit::Enter(*zone)));
                        visits[inner..].sort_by_key(|visit| match visit {
                            Visit::Enter(zone) | Visit::Leave(zone) => {
                                std::cmp::Reverse(self.zone_ranks[*zone as usize])
                            }
                        });
                    }
                    Visit::Enter(_) => {}
                    Visit::Leave(zone) => self.ranges[zone as usize].end = self.nested.len(),
                }
            }
        }
    }

    /// The place of a link among all, by name.
    fn rank(&self, link: Link) -> (bool, u32) {
        match link {
            Link::Internet(zone) => (false, self.zone_ranks[zone as usize]),
            Link::Conduit(conduit) => (true, self.conduit_ranks[conduit as usize]),
        }
    }

    /// What a way says once it goes on over a road.
    fn telling(&self, before: Option<&Reached>, road: &Road) -> Telling {
        let link = road.link;
        let last = |known: Option<Link>, counts: bool| match (known, counts) {
            (Some(known), true) if self.rank(known) > self.rank(link) => Some(known),
            (_, true) => Some(link),
            (known, false) => known,
        };
        let told = before.map(|before| before.telling);
        let least = before.map(|before| before.route.inspection.least());
        let own = road.inspection.least();
        Telling {
            weakest: match told.map(|told| told.weakest) {
                Some(known) if least < Some(own) => known,
                Some(known) if least == Some(own) => last(Some(known), true).unwrap_or(link),
                _ => link,
            },
            unseen: last(
                told.and_then(|told| told.unseen),
                road.inspection.known().is_none(),
            ),
            unsorted: last(
                told.and_then(|told| told.unsorted),
                road.peered.known().is_none(),
            ),
            doubtful: last(told.and_then(|told| told.doubtful), !road.certain),
        }
    }

    /// What holds for a zone of the internet is a conduit to or from it that nothing inspects: of each
    /// zone by itself, as an inner one may say otherwise than the one around it.
    fn join_internet(&mut self, inventory: &Inventory, internet: u32) {
        for zone in (0..self.away.len() as u32).filter(|zone| *zone != internet) {
            let said = inventory.get(Kind::Zone.id(zone), Zone::INTERNET);
            let egress = said.is(|it| matches!(it, Internet::Egress | Internet::Both));
            let ingress = said.is(|it| matches!(it, Internet::Ingress | Internet::Both));
            let road = |to, backwards, certain| Road {
                to,
                link: Link::Internet(states_internet(inventory, zone)),
                inspection: PossibleValues::one(Inspection::None),
                peered: PossibleValues::one(false),
                certain,
                backwards,
            };
            let mut conduit_graph = Vec::new();
            for (open, outward) in [(egress, true), (ingress, false)] {
                if open.is_possible() {
                    conduit_graph.push((zone, road(internet, !outward, open.is_certain())));
                    conduit_graph.push((internet, road(zone, outward, open.is_certain())));
                }
            }
            for (from, road) in conduit_graph {
                self.away[from as usize].push(road);
            }
        }
    }

    /// Puts into `ways` what is reached from a zone, what is certain first.
    ///
    /// Visits each zone at most `WAYS` times for each way in which it is reached, as far as policies
    /// can tell ways apart, whatever their number. What is inside a zone is reached with it, and uses
    /// the conduits of the zones around it.
    pub fn reached(&self, start: u32, ways: &mut Ways) {
        ways.begin(self.away.len());
        for road in self.conduits_from(start) {
            for zone in self.entered(road) {
                ways.joins(*zone, road.certain);
            }
        }
        let mut queue = VecDeque::from([None]);
        let mut perhaps: VecDeque<Reached> = VecDeque::new();
        loop {
            let Some(at) = queue.pop_front() else {
                let Some(next) = perhaps.pop_front() else {
                    return;
                };
                queue.extend(ways.settle(next).map(Some));
                continue;
            };
            let before: Option<Reached> = at.map(|at: u32| ways.all[at as usize]);
            let zone = before.map_or(start, |before| before.zone);
            // Who is on the internet may be anyone: ways through it are asked from there.
            if before.is_some() && Some(zone) == self.internet {
                continue;
            }
            for road in self.conduits_from(zone) {
                if before.is_some_and(|before| before.link == road.link) {
                    continue;
                }
                let route = match &before {
                    None => Route {
                        inspection: road.inspection,
                        closest: road.inspection,
                        peered: road.peered,
                        indirect: PossibleValues::one(false),
                        initiated: !road.backwards,
                        certain: road.certain,
                    },
                    Some(before) => Route {
                        inspection: before.route.inspection.min(road.inspection),
                        closest: before.route.closest.max(road.inspection),
                        peered: before.route.peered.min(road.peered),
                        indirect: PossibleValues::one(true),
                        initiated: before.route.initiated && !road.backwards,
                        certain: before.route.certain && road.certain,
                    },
                };
                let telling = self.telling(before.as_ref(), road);
                // What is in a zone around the first is joined to it by that zone, not by the way.
                let returns = matches!(road.link, Link::Conduit(_))
                    && (road.to == start || self.encloses(road.to, start));
                for zone in self.entered(road).iter().copied() {
                    // One does not leave a place to reach what one is in.
                    if zone == start || self.encloses(zone, start) {
                        continue;
                    }
                    let route = Route {
                        indirect: match ways.joined(zone) {
                            _ if returns => PossibleValues::one(false),
                            Some(true) => PossibleValues::one(false),
                            Some(false) => route.indirect.or(PossibleValues::one(false)),
                            None => route.indirect,
                        },
                        ..route
                    };
                    let next = Reached {
                        zone,
                        route,
                        from: at.unwrap_or(START),
                        link: road.link,
                        backwards: road.backwards,
                        telling,
                        length: before.map_or(0, |before| before.length) + 1,
                        again: false,
                        jump: START,
                    };
                    if route.certain {
                        queue.extend(ways.settle(next).map(Some));
                    } else if ways.may_be_new(&next) {
                        perhaps.push_back(next);
                    }
                }
            }
        }
    }

    /// Everything that a way from one zone to others that is there for certain may take: a zone, what leads
    /// away from there, and where to. `None` if that is more than `most`.
    pub(super) fn ways_from(&self, start: u32, most: usize) -> Option<Vec<(u32, Link, u32)>> {
        let mut found = Vec::new();
        let mut seen = vec![false; self.away.len()];
        let mut queue = vec![start];
        seen[start as usize] = true;
        while let Some(zone) = queue.pop() {
            if zone != start && Some(zone) == self.internet {
                continue;
            }
            for road in self.conduits_from(zone).filter(|road| road.certain) {
                for to in self.entered(road).iter().copied() {
                    if to == start || self.encloses(to, start) {
                        continue;
                    }
                    if found.len() == most {
                        return None;
                    }
                    found.push((zone, road.link, to));
                    if !std::mem::replace(&mut seen[to as usize], true) {
                        queue.push(to);
                    }
                }
            }
        }
        Some(found)
    }

    /// The zones that a road leads into: with a zone those nested in it, but each by itself from the
    /// internet.
    fn entered(&self, road: &Road) -> &[u32] {
        let within = self.ranges[road.to as usize].clone();
        let within = self.nested.get(within).unwrap_or_default();
        match road.link {
            Link::Conduit(_) => within,
            Link::Internet(_) => within.get(..1).unwrap_or_default(),
        }
    }

    /// What leads away from a zone: its own conduits and those of the zones around it.
    fn conduits_from(&self, zone: u32) -> impl Iterator<Item = &Road> {
        let around = |zone: &u32| self.around[*zone as usize];
        // A zone that is nested in itself is around itself once.
        let around = std::iter::successors(around(&zone), around).take(self.around.len());
        let around = around.take_while(move |outer| *outer != zone);
        let conduits = around.flat_map(|zone| &self.away[zone as usize]);
        let conduits = conduits.filter(|road| matches!(road.link, Link::Conduit(_)));
        self.away[zone as usize].iter().chain(conduits)
    }

    fn encloses(&self, outer: u32, inner: u32) -> bool {
        let within = &self.ranges[outer as usize];
        outer != inner && within.contains(&self.ranges[inner as usize].start)
    }
}

/// The zone that says what holds of the internet for a zone: itself, or one around it.
fn states_internet(inventory: &Inventory, zone: u32) -> u32 {
    let around = inventory.ancestors(Kind::Zone.id(zone)).into_iter();
    let zones = std::iter::once(zone).chain(around.map(|zone| zone.index));
    let says = |zone: &u32| {
        let said = inventory.declarations().zones[*zone as usize]
            .internet
            .fact();
        said != Fact::Unstated(None)
    };
    zones.into_iter().find(says).unwrap_or(zone)
}

/// The place of each name among all, sorted.
fn ranks<'n>(names: impl Iterator<Item = &'n str>) -> Vec<u32> {
    let mut sorted: Vec<(&str, usize)> = names.zip(0..).collect();
    sorted.sort_unstable();
    let mut ranks = vec![0; sorted.len()];
    for ((_, at), rank) in sorted.into_iter().zip(0..) {
        ranks[at] = rank;
    }
    ranks
}

/// So many ways to a zone are followed that policies cannot tell apart: what one passes, another may
/// not.
const WAYS: usize = 2;

/// The ways that lead away from a zone. Used again for the next one, it takes no further memory.
#[derive(Debug, Default)]
pub struct Ways {
    /// Every way, what is certain first.
    pub all: Vec<Reached>,
    /// By zone: the ways that end there.
    ends: Vec<Vec<u32>>,
    /// By zone: whether a single conduit leads there for certain, if one does.
    joined: Vec<Option<bool>>,
    joins: Vec<u32>,
}

impl Ways {
    fn begin(&mut self, zones: usize) {
        for way in self.all.drain(..) {
            self.ends[way.zone as usize].clear();
        }
        for zone in self.joins.drain(..) {
            self.joined[zone as usize] = None;
        }
        self.ends.resize(zones, Vec::new());
        self.joined.resize(zones, None);
    }

    fn joins(&mut self, zone: u32, certain: bool) {
        let known = &mut self.joined[zone as usize];
        *known = Some(certain || *known == Some(true));
        self.joins.push(zone);
    }

    fn joined(&self, zone: u32) -> Option<bool> {
        self.joined[zone as usize]
    }

    /// How many ways to its zone are like a way; [`WAYS`] if one is certain and this is not.
    fn known(&self, next: &Reached) -> usize {
        let ends = self.ends[next.zone as usize].iter();
        let ends = ends.map(|end| self.all[*end as usize].route);
        let mut known = 0;
        for route in ends {
            let certain = Route {
                certain: true,
                ..next.route
            };
            if route == next.route {
                known += 1;
            } else if route == certain {
                return WAYS;
            }
        }
        known
    }

    fn may_be_new(&self, next: &Reached) -> bool {
        self.known(next) < WAYS
    }

    /// Keeps a way, unless enough are known that are like it, or it passes a zone twice; where it is.
    fn settle(&mut self, mut next: Reached) -> Option<u32> {
        let known = self.known(&next);
        if known >= WAYS || self.passes(next.from, next.zone) {
            return None;
        }
        next.again = known > 0;
        // As in a skip list: the one before, or as far back again as that one jumps.
        if let Some(before) = self.all.get(next.from as usize) {
            let far = self.all.get(before.jump as usize);
            let even = far.is_some_and(|far| {
                let beyond = self.all.get(far.jump as usize).map_or(0, |way| way.length);
                before.length - far.length == far.length - beyond
            });
            next.jump = match far {
                Some(far) if even => far.jump,
                _ => next.from,
            };
        }
        let at = self.all.len() as u32;
        self.ends[next.zone as usize].push(at);
        self.all.push(next);
        Some(at)
    }

    /// Whether the way to `at` passes a zone. Logarithmic in its length, for each way to the zone.
    fn passes(&self, at: u32, zone: u32) -> bool {
        let mut ends = self.ends[zone as usize].iter();
        ends.any(|end| self.leads_over(at, *end))
    }

    /// Whether the way to `at` is one that goes on from `end`.
    fn leads_over(&self, mut at: u32, end: u32) -> bool {
        let length = self.all[end as usize].length;
        while let Some(way) = self.all.get(at as usize) {
            if way.length <= length {
                return at == end;
            }
            let jumps = self.all.get(way.jump as usize);
            at = match jumps {
                Some(jump) if jump.length >= length => way.jump,
                _ => way.from,
            };
        }
        false
    }
}
