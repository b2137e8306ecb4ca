//! Which zones are reached from which, over any number of conduits.

use std::collections::VecDeque;

use hashbrown::{HashMap, HashSet};

use super::spread::START;
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
pub struct Passage {
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

impl Passage {
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
    pub passage: Passage,
    /// The one before, by position; [`START`] if there is none.
    pub from: u32,
    /// What joins that one and this one.
    pub link: Link,
    /// Whether data flows against the direction in which the connection is begun.
    pub backwards: bool,
}

/// The conduits of every zone.
pub struct Roads<'a> {
    inventory: &'a Inventory,
    /// By zone: what leads away from it, and whether connections are begun at the other end.
    away: Vec<Vec<Road>>,
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

impl<'a> Roads<'a> {
    /// Linear in zones and conduits.
    pub fn new(inventory: &'a Inventory) -> Self {
        let all = inventory.declarations();
        let mut roads = Self {
            inventory,
            away: vec![Vec::new(); all.zones.len()],
        };
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
            roads.away[from.index as usize].push(there);
            let back = Road {
                to: from.index,
                backwards: true,
                ..there
            };
            match conduit.one_way.fact() {
                Fact::One(Atom::Bool(true), _) => {}
                Fact::One(Atom::Bool(false), _) => roads.away[to.index as usize].push(back),
                _ => roads.away[to.index as usize].push(Road {
                    certain: false,
                    ..back
                }),
            }
        }
        if let Some(internet) = inventory.internet() {
            roads.join_internet(internet);
        }
        roads
    }

    /// What holds for a zone of the internet is a conduit to or from it that nothing inspects: of each
    /// zone by itself, as an inner one may say otherwise than the one around it.
    fn join_internet(&mut self, internet: u32) {
        for zone in (0..self.away.len() as u32).filter(|zone| *zone != internet) {
            let said = self.inventory.get(Kind::Zone.id(zone), Zone::INTERNET);
            let egress = said.is(|it| matches!(it, Internet::Egress | Internet::Both));
            let ingress = said.is(|it| matches!(it, Internet::Ingress | Internet::Both));
            let road = |to, backwards, certain| Road {
                to,
                link: Link::Internet(self.states_internet(zone)),
                inspection: PossibleValues::one(Inspection::None),
                peered: PossibleValues::one(false),
                certain,
                backwards,
            };
            let mut roads = Vec::new();
            for (open, outward) in [(egress, true), (ingress, false)] {
                if open.is_possible() {
                    roads.push((zone, road(internet, !outward, open.is_certain())));
                    roads.push((internet, road(zone, outward, open.is_certain())));
                }
            }
            for (from, road) in roads {
                self.away[from as usize].push(road);
            }
        }
    }

    /// The zone that says what holds of the internet for a zone: itself, or one around it.
    fn states_internet(&self, zone: u32) -> u32 {
        let around = self.inventory.ancestors(Kind::Zone.id(zone)).into_iter();
        let zones = std::iter::once(zone).chain(around.map(|zone| zone.index));
        let says = |zone: &u32| {
            let said = self.inventory.declarations().zones[*zone as usize]
                .internet
                .fact();
            said != Fact::Unstated(None)
        };
        zones.into_iter().find(says).unwrap_or(zone)
    }

    /// What is reached from a zone, what is certain first.
    ///
    /// Visits each zone once for each way in which it is reached, as far as policies can tell ways
    /// apart, whatever their number. A way may pass a zone twice. What is inside a zone is reached with it, and uses the
    /// conduits of the zones around it.
    pub fn reached(&self, start: u32) -> Vec<Reached> {
        let mut direct: HashMap<u32, bool> = HashMap::new();
        for road in self.roads_from(start) {
            for zone in self.entered(&road) {
                *direct.entry(zone).or_default() |= road.certain;
            }
        }
        let mut all: Vec<Reached> = Vec::new();
        let mut seen: HashSet<(u32, Passage)> = HashSet::new();
        let mut queue = VecDeque::from([None]);
        let mut perhaps: VecDeque<Reached> = VecDeque::new();
        loop {
            let Some(at) = queue.pop_front() else {
                let Some(next) = perhaps.pop_front() else {
                    return all;
                };
                self.settle(next, &mut all, &mut seen, &mut queue);
                continue;
            };
            let before: Option<Reached> = at.map(|at: u32| all[at as usize]);
            let zone = before.map_or(start, |before| before.zone);
            // Who is on the internet may be anyone: ways through it are asked from there.
            if before.is_some() && Some(zone) == self.inventory.internet() {
                continue;
            }
            for road in self.roads_from(zone) {
                let passage = match &before {
                    None => Passage {
                        inspection: road.inspection,
                        closest: road.inspection,
                        peered: road.peered,
                        indirect: PossibleValues::one(false),
                        initiated: !road.backwards,
                        certain: road.certain,
                    },
                    Some(before) => Passage {
                        inspection: before.passage.inspection.min(road.inspection),
                        closest: before.passage.closest.max(road.inspection),
                        peered: before.passage.peered.min(road.peered),
                        indirect: PossibleValues::one(true),
                        initiated: before.passage.initiated && !road.backwards,
                        certain: before.passage.certain && road.certain,
                    },
                };
                // What is in a zone around the first is joined to it by that zone, not by the way.
                let returns = matches!(road.link, Link::Conduit(_))
                    && (road.to == start || self.encloses(road.to, start));
                for zone in self.entered(&road) {
                    let passage = Passage {
                        indirect: match direct.get(&zone) {
                            _ if returns => PossibleValues::one(false),
                            Some(true) => PossibleValues::one(false),
                            Some(false) => passage.indirect.or(PossibleValues::one(false)),
                            None => passage.indirect,
                        },
                        ..passage
                    };
                    let next = Reached {
                        zone,
                        passage,
                        from: at.unwrap_or(START),
                        link: road.link,
                        backwards: road.backwards,
                    };
                    // One does not leave a place to reach what one is in.
                    if zone == start || self.encloses(zone, start) {
                        continue;
                    }
                    if passage.certain {
                        self.settle(next, &mut all, &mut seen, &mut queue);
                    } else {
                        perhaps.push_back(next);
                    }
                }
            }
        }
    }

    fn settle(
        &self,
        next: Reached,
        all: &mut Vec<Reached>,
        seen: &mut HashSet<(u32, Passage)>,
        queue: &mut VecDeque<Option<u32>>,
    ) {
        let certain = Passage {
            certain: true,
            ..next.passage
        };
        if !seen.contains(&(next.zone, certain)) && seen.insert((next.zone, next.passage)) {
            queue.push_back(Some(all.len() as u32));
            all.push(next);
        }
    }

    /// The zones that a road leads into: with a zone those nested in it, but each by itself from the
    /// internet.
    fn entered(&self, road: &Road) -> Vec<u32> {
        match road.link {
            Link::Conduit(_) => self.within(road.to),
            Link::Internet(_) => vec![road.to],
        }
    }

    /// What leads away from a zone: its own roads and the conduits of the zones around it.
    fn roads_from(&self, zone: u32) -> impl Iterator<Item = Road> + '_ {
        let around = self.inventory.ancestors(Kind::Zone.id(zone));
        let own = self.away[zone as usize].iter();
        let around = around
            .into_iter()
            .flat_map(|zone| &self.away[zone.index as usize]);
        let conduits = around.filter(|road| matches!(road.link, Link::Conduit(_)));
        let all: Vec<Road> = own.chain(conduits).copied().collect();
        all.into_iter()
    }

    /// A zone and those nested in it.
    fn within(&self, zone: u32) -> Vec<u32> {
        let mut zones = vec![zone];
        let mut at = 0;
        while let Some(zone) = zones.get(at) {
            zones.extend(self.inventory.nested_in(*zone));
            at += 1;
        }
        zones
    }

    fn encloses(&self, outer: u32, inner: u32) -> bool {
        let around = self.inventory.ancestors(Kind::Zone.id(inner));
        around.iter().any(|zone| zone.index == outer)
    }
}
