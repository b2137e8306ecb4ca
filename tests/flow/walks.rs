//! What a system comes to, by trying every walk: the meaning of a flow, with nothing remembered.
//!
//! A walk is a list of hops, and what holds of it is computed from the whole list. Nothing here is
//! shared with the engine. Every value of the world is taken as it is: it is one completion.

use std::collections::{BTreeMap, BTreeSet};

use crate::world::{Artifact, EVERYTHING, Grant, KEY_MATERIAL, Place, Said, Step, Thing, World};

/// Longest walk, in hops, and most walks of one thing.
const LENGTH: usize = 8;
const WALKS: usize = 1500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hop {
    Start(Place),
    /// A copy that is kept elsewhere, as documents say.
    Copy(Place),
    /// Into the memory of a workload.
    Load(usize),
    /// A debug environment attaches or reads.
    Look(usize),
    Go(usize),
    /// Where this step of a transfer is done: the walk ends here.
    Midway(usize, usize),
    /// Out on a transfer, with so many steps done: the walk ends here.
    Leave(usize, usize),
}

/// What holds of a thing at the end of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    pub origin: usize,
    /// A mask.
    pub removed: u8,
    pub assurance: usize,
    pub approval: usize,
    pub encrypted: bool,
}

/// Where a walk ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    At(Place),
    /// At a workload, in its memory.
    InMemory(usize),
    /// In a zone for a step of a transfer.
    Passing(usize),
    /// On this transfer.
    On(usize),
}

impl State {
    /// Of something in this state in an artifact, what holds once that went through `later`.
    fn then(&self, later: &Self) -> Self {
        Self {
            origin: self.origin,
            removed: self.removed | later.removed,
            assurance: match (self.removed, later.removed) {
                (_, 0) => self.assurance,
                (0, _) => later.assurance,
                _ => self.assurance.min(later.assurance),
            },
            approval: self.approval.min(later.approval),
            encrypted: self.encrypted && later.encrypted,
        }
    }
}

/// Something in an artifact, and its state when it got in.
type Content = BTreeSet<(Thing, State)>;

/// All that a world comes to.
pub struct Meaning<'w> {
    world: &'w World,
    ends: BTreeSet<(Thing, End, State)>,
    contents: Vec<Content>,
    /// Whether longer walks would come to nothing new.
    pub complete: bool,
}

impl World {
    pub fn zone_of(&self, place: Place) -> usize {
        match place {
            Place::Zone(at) => at,
            Place::Store(at) => self.stores[at].zone,
            Place::Workload(at) => self.workloads[at].zone,
            Place::KeyStore(at) => self.key_stores[at].zone,
            Place::Environment(at) => self.environments[at].zone,
            Place::Key(at) => self.key_stores[self.keys[at].store].zone,
        }
    }

    pub fn is_within(&self, place: Place, outer: Place) -> bool {
        match outer {
            Place::Zone(zone) => self.around(self.zone_of(place)).contains(&zone),
            _ => place == outer,
        }
    }

    pub fn clearance(&self, zone: usize) -> usize {
        let around = self.around(zone).into_iter();
        let mut stated = around.filter(|zone| self.zones[*zone].clearance.said != Said::Nothing);
        self.zones[stated.next().unwrap_or(zone)].clearance.value
    }

    /// Whether whoever uses a key has it in memory.
    fn is_handed_out(&self, key: usize) -> bool {
        let key = &self.keys[key];
        let computes = ["hsm", "kms"];
        let mut stores = key.replicas.iter().chain([&key.store]);
        let hands_out = |store: &usize| {
            let custody = &self.key_stores[*store].custody;
            !computes.iter().any(|name| custody.is(name))
        };
        !key.kind.is("public") && (key.exportable.is("true") || stores.any(hands_out))
    }

    /// Whether a document says that a key, or a copy of it, is in this key store.
    fn is_kept(&self, thing: Thing, place: Place) -> bool {
        match (thing, place) {
            (Thing::Key(key), Place::KeyStore(store)) => {
                let key = &self.keys[key];
                key.store == store || key.replicas.contains(&store)
            }
            _ => false,
        }
    }

    /// A workload and those that run on it.
    pub fn guests(&self, workload: usize) -> Vec<usize> {
        let all = 0..self.workloads.len();
        let on = |guest: usize| {
            let next = |at: &usize| self.workloads[*at].runs_on;
            std::iter::successors(Some(guest), next).any(|host| host == workload)
        };
        all.filter(|guest| on(*guest)).collect()
    }

    pub fn users(&self, key: usize) -> Vec<usize> {
        let all = 0..self.workloads.len();
        let uses = |at: usize| {
            let mut guests = self.guests(at).into_iter();
            guests.any(|guest| self.workloads[guest].uses.contains(&key))
        };
        all.filter(|at| uses(*at)).collect()
    }

    pub fn categories(&self, thing: Thing) -> u8 {
        match thing {
            Thing::Data(at) => self.data[at].categories,
            Thing::Key(_) => KEY_MATERIAL,
            Thing::Artifact(_) => 0,
        }
    }

    /// Whether nothing is left of it. What is about nothing is not removed.
    fn is_gone(&self, thing: Thing, removed: u8) -> bool {
        let about = self.categories(thing);
        about != 0 && about & !removed == 0
    }

    pub fn carries(&self, transfer: usize, thing: Thing) -> bool {
        let carried = self.transfers[transfer].carries.value;
        let mut all = self.all_things().into_iter().enumerate();
        all.any(|(at, other)| other == thing && carried & 1 << at != 0)
    }

    fn starts(&self, thing: Thing) -> Vec<Vec<Hop>> {
        match thing {
            Thing::Artifact(at) => {
                let artifact = &self.artifacts[at];
                let from = match artifact.from {
                    Place::Key(key) => Place::KeyStore(self.keys[key].store),
                    place => place,
                };
                let first = Hop::Start(from);
                let kept = artifact
                    .at
                    .map(|at| vec![first, Hop::Copy(Place::Store(at))]);
                std::iter::once(vec![first]).chain(kept).collect()
            }
            Thing::Data(at) => {
                let stores =
                    (0..self.stores.len()).filter(|it| self.stores[*it].holds.contains(&at));
                let workloads = 0..self.workloads.len();
                let workloads = workloads.filter(|it| self.workloads[*it].processes.contains(&at));
                let places = stores
                    .map(Place::Store)
                    .chain(workloads.map(Place::Workload));
                places.map(|place| vec![Hop::Start(place)]).collect()
            }
            Thing::Key(at) => {
                let key = &self.keys[at];
                let first = Hop::Start(Place::KeyStore(key.store));
                let replicas = key.replicas.iter();
                let replicas = replicas.map(|it| vec![first, Hop::Copy(Place::KeyStore(*it))]);
                let users = self
                    .users(at)
                    .into_iter()
                    .filter(|_| self.is_handed_out(at));
                let users = users.map(|user| vec![first, Hop::Load(user)]);
                std::iter::once(vec![first])
                    .chain(replicas)
                    .chain(users)
                    .collect()
            }
        }
    }

    fn end(&self, walk: &[Hop]) -> End {
        match walk[walk.len() - 1] {
            Hop::Start(place) | Hop::Copy(place) => End::At(place),
            Hop::Load(at) => End::InMemory(at),
            Hop::Look(at) => End::At(Place::Environment(at)),
            Hop::Go(transfer) => End::At(self.transfers[transfer].to),
            Hop::Midway(transfer, step) => {
                let zone = self.transfers[transfer].steps[step].runs_in;
                End::Passing(zone.expect("a step that is done somewhere"))
            }
            Hop::Leave(transfer, _) => End::On(transfer),
        }
    }

    /// What holds at the end of a walk: by definition, from all of its hops.
    fn state(&self, walk: &[Hop]) -> State {
        let Hop::Start(first) = walk[0] else {
            panic!("a walk starts")
        };
        let transfers: Vec<(usize, usize)> = walk
            .iter()
            .filter_map(|hop| match *hop {
                Hop::Go(transfer) => Some((transfer, self.transfers[transfer].steps.len())),
                Hop::Midway(transfer, done) | Hop::Leave(transfer, done) => Some((transfer, done)),
                _ => None,
            })
            .collect();
        let steps: Vec<&Step> = transfers
            .iter()
            .flat_map(|(transfer, done)| &self.transfers[*transfer].steps[..*done])
            .filter(|step| step.kind < 3 && step.removes != 0 && step.closed.is("true"))
            .collect();
        // What is redacted is at most claimed to be gone.
        let assurance = steps.iter().map(|step| match step.kind {
            1 => step.assurance.value.min(1),
            _ => step.assurance.value,
        });
        let approvals = transfers
            .iter()
            .map(|(at, _)| self.transfers[*at].approval.value);
        State {
            origin: self.zone_of(first),
            removed: steps.iter().fold(0, |all, step| all | step.removes),
            assurance: assurance.min().unwrap_or(0),
            approval: approvals.min().unwrap_or(2),
            encrypted: transfers.iter().all(|(at, _)| {
                let transfer = &self.transfers[*at];
                transfer.encrypted.is("true") || transfer.steps.iter().any(|step| step.kind == 3)
            }),
        }
    }

    /// The steps of a transfer before which a thing gets into another zone, and which zone.
    fn stops(&self, place: Place, transfer: usize) -> Vec<usize> {
        let mut zone = self.zone_of(place);
        let steps = self.transfers[transfer].steps.iter().enumerate();
        let stops = steps.filter(|(_, step)| {
            let there = step.runs_in.unwrap_or(zone);
            std::mem::replace(&mut zone, there) != there
        });
        stops.map(|(at, _)| at).collect()
    }

    /// A walk with each hop that may follow.
    fn longer(&self, thing: Thing, walk: &[Hop]) -> Vec<Vec<Hop>> {
        let place = match self.end(walk) {
            End::At(place) => place,
            End::InMemory(at) => Place::Workload(at),
            End::Passing(_) | End::On(_) => return Vec::new(),
        };
        let mut hops = Vec::new();
        for (at, environment) in self.environments.iter().enumerate() {
            let looks = match place {
                Place::Workload(workload) => environment.attaches.contains(&workload),
                Place::Store(store) => environment.reads.contains(&store),
                _ => false,
            };
            if looks {
                hops.push(Hop::Look(at));
            }
        }
        for (at, transfer) in self.transfers.iter().enumerate() {
            let there = transfer.status.is("asserted") && self.carries(at, thing);
            if there && self.is_within(place, transfer.from) {
                let stops = self.stops(place, at);
                let done = stops.first().copied().unwrap_or(transfer.steps.len());
                hops.extend([Hop::Leave(at, done), Hop::Go(at)]);
                hops.extend(stops.into_iter().map(|step| Hop::Midway(at, step)));
            }
        }
        let longer = hops.into_iter().map(|hop| [walk, &[hop]].concat());
        let stays = longer.filter(|walk| !self.is_gone(thing, self.state(walk).removed));
        stays.collect()
    }

    /// Where every walk of a thing ends, what holds there, and what `seen` says of it; and whether
    /// longer ones lead to nothing new, if that and the last hop are enough for what comes after.
    fn walks<T: Copy + Ord>(
        &self,
        thing: Thing,
        seen: &dyn Fn(&[Hop]) -> T,
    ) -> (BTreeSet<(End, State, T)>, bool) {
        let mut ends = BTreeSet::new();
        let mut walks = self.starts(thing);
        let mut tried = 0;
        for _ in 0..LENGTH {
            let before = ends.len();
            let known = walks.iter();
            ends.extend(known.map(|walk| (self.end(walk), self.state(walk), seen(walk))));
            // Each further hop adds to what holds, whatever the walk.
            if ends.len() == before {
                return (ends, true);
            }
            tried += walks.len();
            if tried > WALKS {
                break;
            }
            let longer = walks.iter().flat_map(|walk| self.longer(thing, walk));
            walks = longer.collect();
        }
        (ends, walks.is_empty())
    }

    /// Where the thing is at the end of a walk, if it is at a place.
    fn place(&self, walk: &[Hop]) -> Option<Place> {
        match self.end(walk) {
            End::At(place) => Some(place),
            End::InMemory(at) => Some(Place::Workload(at)),
            End::Passing(zone) => Some(Place::Zone(zone)),
            End::On(_) => None,
        }
    }
}

impl<'w> Meaning<'w> {
    pub fn of(world: &'w World) -> Self {
        let mut meaning = Self {
            world,
            ends: BTreeSet::new(),
            contents: Vec::new(),
            complete: true,
        };
        for thing in world.all_things() {
            let (ends, complete) = world.walks(thing, &|_| ());
            meaning.complete &= complete;
            let ends = ends.into_iter().map(|(end, state, _)| (thing, end, state));
            meaning.ends.extend(ends);
        }
        meaning.fill();
        meaning
    }

    /// What rests at a place.
    fn resting(&self, place: Place) -> impl Iterator<Item = (Thing, State)> {
        let ends = self.ends.iter().filter(move |(_, end, _)| match end {
            End::At(at) => *at == place,
            End::InMemory(at) => Place::Workload(*at) == place,
            End::Passing(_) | End::On(_) => false,
        });
        ends.map(|(thing, _, state)| (*thing, *state))
    }

    /// Whether a copy of an artifact rests out of reach: in another zone, or where nothing can be changed.
    /// `None` if there is no copy, besides what is where it was taken and is not kept there.
    pub fn is_apart(&self, artifact: usize) -> Option<bool> {
        let world = self.world;
        let Artifact { from, at, .. } = &world.artifacts[artifact];
        let copies = |walk: &[Hop]| match world.end(walk) {
            End::At(Place::Store(store)) if *at == Some(store) => Some(store),
            End::At(Place::Store(store)) if *from != Place::Store(store) => Some(store),
            _ => None,
        };
        let (ends, _) = world.walks(Thing::Artifact(artifact), &copies);
        let stores: Vec<usize> = ends.into_iter().filter_map(|(.., store)| store).collect();
        let origin = match from {
            Place::Key(key) => Place::KeyStore(world.keys[*key].store),
            place => *place,
        };
        let origin = world.zone_of(origin);
        let mut apart = stores.iter().map(|store| {
            let store = &world.stores[*store];
            store.zone != origin || store.immutable.is("true")
        });
        (!stores.is_empty()).then(|| apart.any(|apart| apart))
    }

    /// How often a dump comes to rest in a store.
    pub fn dumps_in(&self, store: usize) -> usize {
        let resting = self.resting(Place::Store(store));
        let things = resting.flat_map(|(thing, state)| {
            let inside = match thing {
                Thing::Artifact(at) => self.carried(at, &state),
                _ => BTreeSet::new(),
            };
            std::iter::once(thing).chain(inside.into_iter().map(|(thing, _)| thing))
        });
        let dumps = things.filter(|thing| {
            let Thing::Artifact(at) = thing else {
                return false;
            };
            let kind = &self.world.artifacts[*at].kind;
            !["log", "backup", "snapshot"]
                .iter()
                .any(|other| kind.is(other))
        });
        dumps.count()
    }

    /// Finds out what is in each artifact, until nothing is new.
    fn fill(&mut self) {
        let count = self.world.artifacts.len();
        self.contents = (0..count).map(|at| self.taken(at)).collect();
        loop {
            let mut new = self.contents.clone();
            for (at, artifact) in self.world.artifacts.iter().enumerate() {
                let is_copy = is_copy(&artifact.kind);
                if !is_copy || matches!(artifact.from, Place::Key(_)) {
                    continue;
                }
                for (thing, end, state) in &self.ends {
                    // What is in memory is in a copy only if the memory is, and a key that is kept
                    // there only if it can be taken out.
                    let kept = self.world.is_kept(*thing, artifact.from);
                    if *end == End::At(artifact.from) && *thing != Thing::Artifact(at) && !kept {
                        new[at].insert((*thing, *state));
                    }
                }
                let inside = new[at].clone();
                for (thing, outer) in inside {
                    let Thing::Artifact(inner) = thing else {
                        continue;
                    };
                    for (thing, before) in self.contents[inner].clone() {
                        let state = before.then(&outer);
                        if !self.world.is_gone(thing, state.removed) {
                            new[at].insert((thing, state));
                        }
                    }
                }
            }
            if new == self.contents {
                return;
            }
            self.contents = new;
        }
    }

    /// What is in an artifact because of what it was taken from.
    fn taken(&self, at: usize) -> Content {
        let world = self.world;
        let artifact = &world.artifacts[at];
        let is_copy = is_copy(&artifact.kind);
        let mut things: Vec<Thing> = artifact
            .contains
            .iter()
            .map(|at| Thing::Data(*at))
            .collect();
        match artifact.from {
            Place::Workload(from) => {
                let workload = &world.workloads[from];
                let is = |kinds: &[&str]| kinds.iter().any(|kind| artifact.kind.is(kind));
                let memory = if is(&["heap-dump"]) {
                    true
                } else if is(&["crash-dump", "core-dump", "support-bundle"]) {
                    let dump = &workload.dump;
                    dump.is("heap")
                        || dump.is("full")
                        || dump.is("off") && artifact.against.is("true")
                } else {
                    is(&["backup", "snapshot"]) && workload.hibernation.is("true")
                };
                let keys = (0..world.keys.len()).filter(|key| {
                    memory && world.is_handed_out(*key) && world.users(*key).contains(&from)
                });
                things.extend(keys.map(Thing::Key));
                if memory || is_copy {
                    things.extend(workload.processes.iter().map(|at| Thing::Data(*at)));
                }
            }
            Place::Store(from) if is_copy => {
                things.extend(world.stores[from].holds.iter().map(|at| Thing::Data(*at)));
            }
            Place::KeyStore(from) if is_copy => {
                let keys = (0..world.keys.len()).filter(|at| {
                    let kept = world.is_kept(Thing::Key(*at), Place::KeyStore(from));
                    kept && world.is_handed_out(*at)
                });
                things.extend(keys.map(Thing::Key));
            }
            Place::Key(key) if is_copy && world.is_handed_out(key) => things.push(Thing::Key(key)),
            _ => {}
        }
        let start = State {
            origin: world.zone_of(artifact.from),
            removed: 0,
            assurance: 0,
            approval: 2,
            encrypted: true,
        };
        things.into_iter().map(|thing| (thing, start)).collect()
    }

    /// Whether something is in an artifact.
    pub fn holds(&self, artifact: usize, thing: Thing) -> bool {
        let mut inside = self.contents[artifact].iter();
        inside.any(|(inner, _)| *inner == thing)
    }

    /// What is in an artifact in this state, each in its own.
    pub fn carried(&self, artifact: usize, state: &State) -> BTreeSet<(Thing, State)> {
        let inside = self.contents[artifact].iter();
        let inside = inside.map(|(thing, before)| (*thing, before.then(state)));
        inside
            .filter(|(thing, state)| !self.world.is_gone(*thing, state.removed))
            .collect()
    }

    /// The keys and data in an artifact.
    pub fn inside(&self, artifact: usize) -> BTreeSet<Thing> {
        let things = self.contents[artifact].iter().map(|(thing, _)| *thing);
        things
            .filter(|thing| !matches!(thing, Thing::Artifact(_)))
            .collect()
    }

    fn floor(&self, artifact: usize, removed: u8) -> usize {
        let artifact = &self.world.artifacts[artifact];
        let clearance = self.world.clearance(self.world.zone_of(artifact.from));
        let declared = artifact.level.said != Said::Nothing;
        let lifted = removed != 0 && (declared || removed == EVERYTHING);
        artifact.level.value.max(if lifted { 0 } else { clearance })
    }

    fn own_level(&self, thing: Thing, removed: u8) -> usize {
        match thing {
            Thing::Artifact(at) => self.floor(at, removed),
            Thing::Data(at) => self.world.data[at].level.value,
            Thing::Key(at) => self.world.keys[at].level.value,
        }
    }

    /// What is left in a thing once something was removed: itself, and what is in it.
    fn left(&self, thing: Thing, removed: u8) -> Vec<(Thing, u8)> {
        let inside = match thing {
            Thing::Artifact(at) => self.contents[at].iter().copied().collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let all = inside
            .into_iter()
            .map(|(thing, before)| (thing, before.removed | removed));
        let all = all.chain([(thing, removed)]);
        all.filter(|(thing, removed)| !self.world.is_gone(*thing, *removed))
            .collect()
    }

    pub fn level(&self, thing: Thing, removed: u8) -> usize {
        let left = self.left(thing, removed).into_iter();
        let levels = left.map(|(thing, removed)| self.own_level(thing, removed));
        levels.max().unwrap_or(0)
    }

    pub fn remaining(&self, thing: Thing, removed: u8) -> u8 {
        let left = self.left(thing, removed).into_iter();
        left.fold(0, |all, (thing, removed)| {
            all | self.world.categories(thing) & !removed
        })
    }

    pub fn level_at(&self, place: Place) -> usize {
        let resting = self.resting(place);
        let levels = resting.map(|(thing, state)| self.level(thing, state.removed));
        levels.max().unwrap_or(0)
    }

    /// Where things get to.
    pub fn ends(&self) -> &BTreeSet<(Thing, End, State)> {
        &self.ends
    }

    /// The things that get from where a forbidden transfer would begin to where it would end, and how.
    pub fn contradicted(&mut self, transfer: usize) -> BTreeSet<(Thing, State)> {
        let world = self.world;
        let it = &world.transfers[transfer];
        let named = it.carries.said == Said::Value;
        let inwards = world.is_within(it.to, it.from);
        let begins = |walk: &[Hop]| {
            // What is further in already need not get there.
            let outside = |place| !(inwards && world.is_within(place, it.to));
            let place = world.place(walk);
            place.is_some_and(|place| world.is_within(place, it.from) && outside(place))
        };
        // Whether it has begun before, and has come to the end.
        let seen = |walk: &[Hop]| {
            let begun = (1..walk.len()).any(|hops| begins(&walk[..hops]));
            let comes = world
                .place(walk)
                .is_some_and(|place| world.is_within(place, it.to));
            (begun, begun && comes && !begins(walk))
        };
        let mut found = BTreeSet::new();
        for thing in world.all_things() {
            if !named || world.carries(transfer, thing) {
                let (ends, complete) = world.walks(thing, &seen);
                self.complete &= complete;
                let ends = ends.into_iter().filter(|(_, _, (_, does))| *does);
                found.extend(ends.map(|(_, state, _)| (thing, state)));
            }
            // What is named must not get there in anything either.
            if let Thing::Artifact(at) = thing
                && named
            {
                let (ends, complete) = world.walks(thing, &seen);
                self.complete &= complete;
                for (_, state, (_, does)) in ends {
                    let inside = self.carried(at, &state).into_iter();
                    let meant = inside.filter(|(thing, _)| world.carries(transfer, *thing));
                    found.extend(meant.filter(|_| does));
                }
            }
        }
        found
    }
}

fn is_copy(kind: &crate::world::Val) -> bool {
    ["backup", "snapshot", "support-bundle"]
        .iter()
        .any(|copy| kind.is(copy))
}

/// How a zone is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub inspection: usize,
    pub closest: usize,
    pub transit: bool,
    pub initiated: bool,
}

#[derive(Debug, Clone, Copy)]
struct Road {
    /// Which conduit or which zone's word it is; the same both ways.
    name: (bool, usize),
    from: usize,
    to: usize,
    inspection: usize,
    peering: bool,
    backwards: bool,
    /// Whether it joins a zone alone, and not what is nested in it.
    alone: bool,
}

impl World {
    fn conduit_graph(&self) -> Vec<Road> {
        let mut conduit_graph = Vec::new();
        let mut join = |name, (from, to), back: bool, inspection, peering, alone| {
            let road = Road {
                name,
                from,
                to,
                inspection,
                peering,
                backwards: false,
                alone,
            };
            conduit_graph.push(road);
            if back {
                conduit_graph.push(Road {
                    from: to,
                    to: from,
                    backwards: true,
                    ..road
                });
            }
        };
        let conduits = self.conduits.iter().enumerate();
        for (at, conduit) in conduits.filter(|(_, it)| it.status.is("asserted")) {
            let (back, peering) = (conduit.one_way.is("false"), conduit.kind.is("peering"));
            join(
                (true, at),
                (conduit.from, conduit.to),
                back,
                conduit.inspection.value,
                peering,
                false,
            );
        }
        let internet = self.zones.len() - 1;
        for at in 0..internet {
            let says = self.internet_of(at);
            if says.is("egress") || says.is("both") {
                join((false, at), (at, internet), true, 0, false, true);
            }
            if says.is("ingress") || says.is("both") {
                join((false, at), (internet, at), true, 0, false, true);
            }
        }
        conduit_graph
    }

    /// Whether a road can be taken from a zone.
    fn begins(&self, road: &Road, zone: usize) -> bool {
        match road.alone {
            true => road.from == zone,
            false => self.around(zone).contains(&road.from),
        }
    }

    /// The zones that a road leads into.
    fn road_ends(&self, road: &Road) -> Vec<usize> {
        let zones = 0..self.zones.len();
        match road.alone {
            true => vec![road.to],
            false => zones
                .filter(|zone| self.around(*zone).contains(&road.to))
                .collect(),
        }
    }

    /// Every zone that is reached from one, in every way that passes no zone twice and does not turn
    /// back over what it came by; and whether these are all.
    pub fn reached(&self, start: usize) -> (BTreeSet<(usize, Route)>, bool) {
        let conduit_graph = self.conduit_graph();
        let internet = self.zones.len() - 1;
        let mut found = BTreeSet::new();
        let mut walks: Vec<(Vec<Road>, Vec<usize>)> = vec![(Vec::new(), vec![start])];
        let mut tried = 0;
        loop {
            let mut longer = Vec::new();
            for (walk, zones) in &walks {
                let at = zones[zones.len() - 1];
                // Who is on the internet may be anyone.
                if at == internet && !walk.is_empty() {
                    continue;
                }
                let back = walk.last().map(|road| road.name);
                for road in conduit_graph.iter().filter(|road| Some(road.name) != back) {
                    let ends = self.road_ends(road).into_iter();
                    let ends = ends.filter(|zone| !self.around(start).contains(zone));
                    let ends = ends.filter(|zone| !zones.contains(zone));
                    if self.begins(road, at) {
                        longer.extend(ends.map(|end| {
                            let walk = [&walk[..], &[*road]].concat();
                            (walk, [&zones[..], &[end]].concat())
                        }));
                    }
                }
            }
            for (walk, zones) in &longer {
                let end = &zones[zones.len() - 1];
                let joins =
                    |road: &Road| self.begins(road, start) && self.road_ends(road).contains(end);
                let returns = |road: &Road| !road.alone && self.around(start).contains(&road.to);
                let several = walk.len() > 1
                    && !conduit_graph.iter().any(joins)
                    && !walk.last().is_some_and(returns);
                let peered = walk.iter().all(|road| road.peering);
                let inspection = walk.iter().map(|road| road.inspection).min();
                let route = Route {
                    inspection: inspection.unwrap_or(0),
                    closest: walk.iter().map(|road| road.inspection).max().unwrap_or(0),
                    transit: several && peered,
                    initiated: walk.iter().all(|road| !road.backwards),
                };
                found.insert((*end, route));
            }
            if longer.is_empty() {
                return (found, true);
            }
            tried += longer.len();
            if tried > WALKS {
                return (found, false);
            }
            walks = longer;
        }
    }
}

/// What an identity can do with each thing, and how sensitive each is that it can have.
#[derive(Debug, Default)]
pub struct Access {
    pub things: BTreeMap<Held, (u8, BTreeSet<usize>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    Thing(Thing),
    Store(usize),
    Workload(usize),
}

const READ: u8 = 1;
const DECRYPT: u8 = 4;
const SIGN: u8 = 8;
const EXPORT: u8 = 16;
const ADMINISTER: u8 = 32;
const EXECUTE: u8 = 64;

impl Meaning<'_> {
    pub fn access(&self, identity: usize) -> Access {
        let world = self.world;
        // Whom it can act as, and what it can run commands in, until nothing is new: what it holds may
        // authenticate it as somebody else.
        let mut actors = BTreeSet::from([identity]);
        let mut commanded = BTreeSet::new();
        loop {
            let before = (actors.len(), commanded.len());
            for actor in actors.clone() {
                let it = &world.identities[actor];
                actors.extend(it.groups.iter().chain(&it.assumes));
                let everyone = 0..world.identities.len();
                actors.extend(everyone.filter(|at| world.identities[*at].kind == 3));
                for grant in world.grants.iter().filter(|it| it.identity == actor) {
                    if grant.actions & (EXECUTE | ADMINISTER) == 0 {
                        continue;
                    }
                    actors.extend(grant.acting);
                    for place in self.places(grant) {
                        if let Place::Workload(at) = place {
                            commanded.insert(at);
                        }
                    }
                }
            }
            let accounts = commanded.iter().flat_map(|at| world.guests(*at));
            actors.extend(accounts.filter_map(|at| world.workloads[at].runs_as));
            let held = self.held(&actors, &commanded);
            actors.extend(self.authenticated(&held));
            if before == (actors.len(), commanded.len()) {
                break;
            }
        }
        self.held(&actors, &commanded)
    }

    /// What these identities hold by their own grants, and by running commands in these workloads.
    fn held(&self, actors: &BTreeSet<usize>, commanded: &BTreeSet<usize>) -> Access {
        let mut all = Access::default();
        for grant in &self.world.grants {
            if actors.contains(&grant.identity) {
                self.by_grant(grant, &mut all);
            }
        }
        for workload in commanded.iter().copied() {
            self.by_command(workload, &mut all);
        }
        all
    }

    fn by_grant(&self, grant: &Grant, all: &mut Access) {
        let world = self.world;
        let actions = grant.actions;
        for on in self.places(grant).into_iter().filter(|_| actions != 0) {
            match on {
                Place::Store(at) => {
                    all.add(Held::Store(at), actions, self.level_at(on));
                    if actions & READ != 0 {
                        self.read(on, &|_| true, all);
                    }
                }
                Place::Environment(_) if actions & (READ | EXECUTE) != 0 => {
                    self.read(on, &|_| true, all);
                }
                Place::Workload(at) if actions & (EXECUTE | ADMINISTER) != 0 => {
                    for guest in world.guests(at) {
                        all.add(Held::Workload(guest), actions, 0);
                    }
                }
                Place::Key(key) => self.key(key, actions, all),
                Place::KeyStore(_) => {
                    // To read where a key is in the clear is to have it.
                    let take = if actions & READ != 0 { EXPORT } else { 0 };
                    for key in 0..world.keys.len() {
                        let gets_there = self.resting(on).any(|it| it.0 == Thing::Key(key));
                        if world.is_kept(Thing::Key(key), on) || gets_there {
                            self.key(key, actions | take, all);
                        }
                    }
                    if actions & READ != 0 {
                        self.read(on, &|thing| !matches!(thing, Thing::Key(_)), all);
                    }
                }
                _ => {}
            }
        }
    }

    fn by_command(&self, workload: usize, all: &mut Access) {
        let world = self.world;
        self.read(Place::Workload(workload), &|_| true, all);
        for (key, it) in world.keys.iter().enumerate() {
            if world.users(key).contains(&workload) {
                let actions = it.purposes.iter().map(|purpose| match purpose {
                    0 => SIGN,
                    1 | 3 => DECRYPT,
                    _ => SIGN | DECRYPT,
                });
                let actions = actions.fold(0, |all, actions| all | actions);
                all.add(Held::Thing(Thing::Key(key)), actions, it.level.value);
            }
        }
    }

    /// The identities that whoever holds this can act as.
    fn authenticated(&self, all: &Access) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for (thing, (actions, _)) in &all.things {
            match thing {
                Held::Thing(Thing::Key(key)) if actions & (SIGN | EXPORT) != 0 => {
                    found.extend(&self.world.keys[*key].authenticates);
                }
                Held::Thing(Thing::Data(data)) if actions & READ != 0 => {
                    found.extend(&self.world.data[*data].authenticates);
                }
                _ => {}
            }
        }
        found
    }

    /// The grants that an identity can use: each with whether it is its own or one of its groups, and
    /// whether there is a way to it on which nothing has to be asked for.
    pub fn usable(&self, identity: usize) -> BTreeSet<(usize, bool, bool)> {
        let world = self.world;
        let mut own = BTreeSet::from([identity]);
        while let Some(group) = own
            .iter()
            .flat_map(|at| &world.identities[*at].groups)
            .find(|group| !own.contains(group))
        {
            own.insert(*group);
        }
        // Whom it can act as and what it can command, each with whether that need not be asked for.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        enum Actor {
            Identity(usize),
            Workload(usize),
        }
        let mut actors = BTreeSet::from([(Actor::Identity(identity), true)]);
        loop {
            let before = actors.len();
            for (actor, standing) in actors.clone() {
                let mut add = |to: Actor, standing: bool| {
                    actors.insert((to, standing));
                };
                let at = match actor {
                    Actor::Workload(at) => {
                        let accounts = world.guests(at).into_iter();
                        for account in accounts.filter_map(|at| world.workloads[at].runs_as) {
                            add(Actor::Identity(account), standing);
                        }
                        let mut held = Access::default();
                        self.by_command(at, &mut held);
                        for identity in self.authenticated(&held) {
                            add(Actor::Identity(identity), standing);
                        }
                        continue;
                    }
                    Actor::Identity(at) => at,
                };
                let it = &world.identities[at];
                for other in it.groups.iter().chain(&it.assumes) {
                    add(Actor::Identity(*other), standing);
                }
                for grant in world.grants.iter().filter(|grant| grant.identity == at) {
                    let standing = standing && grant.standing;
                    if grant.actions & (EXECUTE | ADMINISTER) != 0 {
                        if let Some(acting) = grant.acting {
                            add(Actor::Identity(acting), standing);
                        }
                        for place in self.places(grant) {
                            if let Place::Workload(at) = place {
                                add(Actor::Workload(at), standing);
                            }
                        }
                    }
                    let mut held = Access::default();
                    self.by_grant(grant, &mut held);
                    for identity in self.authenticated(&held) {
                        add(Actor::Identity(identity), standing);
                    }
                }
            }
            if before == actors.len() {
                break;
            }
        }
        let mut found = BTreeSet::new();
        for (at, grant) in world.grants.iter().enumerate() {
            let direct = own.contains(&grant.identity);
            let ways = [true, false].map(|standing| (Actor::Identity(grant.identity), standing));
            if direct {
                found.insert((at, true, grant.standing));
            } else if ways.iter().any(|way| actors.contains(way)) {
                found.insert((at, false, grant.standing && actors.contains(&ways[0])));
            }
        }
        found
    }

    /// What a grant is on, if it is on no identity.
    pub fn places(&self, grant: &Grant) -> Vec<Place> {
        let world = self.world;
        let mut places: Vec<Place> = (0..world.stores.len()).map(Place::Store).collect();
        places.extend((0..world.workloads.len()).map(Place::Workload));
        places.extend((0..world.key_stores.len()).map(Place::KeyStore));
        places.extend((0..world.environments.len()).map(Place::Environment));
        places.extend((0..world.keys.len()).map(Place::Key));
        places.retain(|place| grant.acting.is_none() && world.is_within(*place, grant.on));
        places
    }

    fn key(&self, key: usize, actions: u8, all: &mut Access) {
        let taken = if self.world.is_handed_out(key) {
            0
        } else {
            EXPORT
        };
        let level = self.world.keys[key].level.value;
        all.add(Held::Thing(Thing::Key(key)), actions & !taken, level);
    }

    fn read(&self, place: Place, of: &dyn Fn(Thing) -> bool, all: &mut Access) {
        for (thing, state) in self.resting(place).filter(|(thing, _)| of(*thing)) {
            all.add(
                Held::Thing(thing),
                can(thing),
                self.level(thing, state.removed),
            );
            for (inner, removed) in self.left(thing, state.removed) {
                all.add(Held::Thing(inner), can(inner), self.level(inner, removed));
            }
        }
    }

    /// The keys that an identity can use.
    pub fn keys(&self, identity: usize) -> usize {
        let held = self.access(identity).things.into_iter();
        let usable = held.filter(|(held, (actions, _))| match held {
            Held::Thing(Thing::Key(key)) => {
                let public = self.world.keys[*key].kind.is("public");
                !public && actions & (SIGN | DECRYPT | EXPORT) != 0
            }
            _ => false,
        });
        usable.count()
    }

    /// How many identities can use a key.
    pub fn obtainable_by(&self, key: usize) -> usize {
        let world = self.world;
        let identities = (0..world.identities.len()).filter(|at| {
            let has_members = world.identities.iter().any(|it| it.groups.contains(at));
            let held = self.access(*at);
            let held = held.things.get(&Held::Thing(Thing::Key(key)));
            !(world.identities[*at].kind == 2 && has_members)
                && held.is_some_and(|(actions, _)| actions & (SIGN | DECRYPT | EXPORT) != 0)
        });
        let counts = identities.map(|at| match world.identities[at].kind {
            3 => 1_000_000_000,
            _ => 1,
        });
        counts.sum()
    }
}

fn can(thing: Thing) -> u8 {
    match thing {
        Thing::Key(_) => EXPORT,
        _ => READ,
    }
}

impl Access {
    fn add(&mut self, held: Held, actions: u8, level: usize) {
        if actions != 0 {
            let (all, levels) = self.things.entry(held).or_default();
            *all |= actions;
            levels.insert(level);
        }
    }
}
