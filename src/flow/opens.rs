//! How much an identity or a credential opens, and for how many data is open.

use std::collections::{BTreeMap, BTreeSet};

use super::Flow;
use super::access::{Access, By, Held};
use super::contents::stated_level;
use crate::inventory::{Assumptions, Computed, ComputedAttributes, Inventory, Possible, Reading};
use crate::model::{
    Data, Days, Derived, EntityId, Enumeration as _, Grant, Identity, IdentityKind, Key, Kind,
    Level, PossibleValues, Truth, Workload,
};

/// More numbers than these are not tried one by one.
const SPREAD: i64 = 16;

/// The identities that can ask for a right when they need it.
const PEOPLE: [IdentityKind; 3] = [
    IdentityKind::Human,
    IdentityKind::Admin,
    IdentityKind::Vendor,
];

/// The greatest of the levels of several things, and the attributes that make it so.
#[derive(Clone)]
struct Highest {
    level: PossibleValues<Level>,
    rests_on: Vec<(EntityId, usize)>,
}

impl Highest {
    fn none() -> Self {
        Self {
            level: PossibleValues::one(Level::Public),
            rests_on: Vec::new(),
        }
    }

    fn add(&mut self, level: PossibleValues<Level>, certain: bool, on: &[(EntityId, usize)]) {
        let higher = self.level.max(level);
        if higher != self.level {
            let new = on.iter().filter(|on| !self.rests_on.contains(on));
            let new: Vec<_> = new.copied().collect();
            self.rests_on.extend(new);
        }
        self.level = match certain {
            true => higher,
            false => self.level.or(higher),
        };
    }

    /// What it is at least, whatever the unknown is.
    fn least(&self) -> Self {
        let least = self.level.iter().next();
        Self {
            level: PossibleValues::one(least.unwrap_or(Level::Public)),
            ..self.clone()
        }
    }

    fn computed(mut self, unless: (EntityId, usize)) -> Computed {
        if self.rests_on.is_empty() {
            self.rests_on.push(unless);
        }
        let ranks = self.level.iter().map(|level| level.position().into());
        Computed {
            value: Possible::Numbers(ranks.collect()),
            rests_on: self.rests_on,
        }
    }
}

/// `opensRank` and `opensCount` of identities, `opensRank` of keys and data, and
/// `obtainableByCount` of data. Linear in all that identities can come to hold.
pub(super) fn attributes(flow: &Flow, inventory: &Inventory, all: &mut ComputedAttributes) {
    let declared = inventory.declarations();
    let mut opened = Vec::new();
    let mut people: BTreeMap<EntityId, People> = BTreeMap::new();
    for index in 0..declared.identities.len() as u32 {
        let access = flow.access(inventory, index);
        let identity = Kind::Identity.id(index);
        let kind = declared.identities[index as usize].kind.known();
        let is_person = kind.is_some_and(|kind| PEOPLE.contains(kind));
        let mut highest = Highest::none();
        let mut highest_standing = Highest::none();
        let mut highest_assumed = Highest::none();
        let mut places: BTreeMap<EntityId, bool> = BTreeMap::new();
        let mut taken: BTreeMap<EntityId, bool> = BTreeMap::new();
        let opened_by = |held: &&Held| {
            held.thing.kind != Kind::Store && held.actions.is_inhabited() != Truth::False
        };
        for held in access.held.iter().filter(opened_by) {
            let sure = held.certain && held.actions.is_inhabited() == Truth::True;
            let grant = held.grant.map(|grant| Grant::ON.of(Kind::Grant.id(grant)));
            highest.add(held.level, sure, grant.as_slice());
            let standing = access.standing(inventory, held.link, held.grant);
            let privileged = held.grant.filter(|grant| is_privileged(inventory, *grant));
            match acting(access, held.link) {
                _ if standing == Truth::False => {}
                // What a person may always do, and is more than to look, is a fault of that grant.
                Some(_) if is_person && standing == Truth::True && privileged.is_some() => {}
                Some(actor) => {
                    highest_assumed.add(held.level, sure, &[Identity::ASSUMES.of(actor)]);
                }
                None => {
                    if let Some(grant) = held.grant.filter(|_| privileged.is_none()) {
                        let always = Grant::STANDING.of(Kind::Grant.id(grant));
                        let sure = sure && standing == Truth::True;
                        highest_standing.add(held.level, sure, &[always]);
                    }
                }
            }
            let much = held.level.is(|level| level >= Level::Restricted);
            if much != Truth::False && matches!(held.place.kind, Kind::Store | Kind::KeyStore) {
                *places.entry(held.place).or_default() |= sure && much == Truth::True;
            }
            if held.thing.kind == Kind::Data {
                *taken.entry(held.thing).or_default() |= sure;
            }
        }
        for (data, sure) in taken {
            let people = people.entry(data).or_default();
            people.add(persons(inventory, index), sure);
        }
        let certain = places.values().filter(|sure| **sure).count() as i64;
        let count = Computed {
            value: numbers(between(certain, places.len() as i64)),
            rests_on: highest.rests_on.clone(),
        };
        all.insert((identity, Derived::IdentityOpensCount), count);
        opened.push(highest.clone());
        let computed = highest_standing.computed(Identity::KIND.of(identity));
        all.insert((identity, Derived::IdentityStandingRank), computed);
        let computed = highest_assumed.computed(Identity::ASSUMES.of(identity));
        all.insert((identity, Derived::IdentityAssumedRank), computed);
        let computed = highest.least().computed(Identity::KIND.of(identity));
        all.insert((identity, Derived::IdentityOpensAtLeast), computed);
        let computed = highest.computed(Identity::KIND.of(identity));
        all.insert((identity, Derived::IdentityOpensRank), computed);
    }
    for (kind, derived) in [
        (Kind::Key, Derived::KeyOpensRank),
        (Kind::Data, Derived::DataOpensRank),
    ] {
        for index in 0..declared.count(kind) as u32 {
            let credential = kind.id(index);
            let mut highest = Highest::none();
            for identity in inventory.authenticated(credential) {
                if let Some(of) = opened.get(identity.index as usize) {
                    highest.add(of.level, true, &of.rests_on);
                }
            }
            let unless = match kind {
                Kind::Key => Key::AUTHENTICATES.of(credential),
                _ => Data::AUTHENTICATES.of(credential),
            };
            all.insert((credential, derived), highest.computed(unless));
        }
    }
    for index in 0..declared.data.len() as u32 {
        let data = Kind::Data.id(index);
        let count = people.remove(&data).unwrap_or_default();
        let computed = Computed {
            value: numbers(between(count.certain, count.all)),
            rests_on: vec![Data::LEVEL.of(data)],
        };
        all.insert((data, Derived::DataObtainableByCount), computed);
    }
}

/// Whether a grant is stated to be for more than to read and write.
fn is_privileged(inventory: &Inventory, grant: u32) -> bool {
    inventory.get(Kind::Grant.id(grant), Grant::IS_PRIVILEGED) == PossibleValues::one(true)
}

/// Who acts as another by itself, if that is how the way to a link begins: the identity, or a group
/// that it is in.
fn acting(access: &Access, link: u32) -> Option<EntityId> {
    let links = access.links_to(link);
    let first = links
        .filter(|link| !matches!(link.by, By::Self_ | By::Member))
        .last()?;
    let actor = access.chain.get(first.from as usize)?.actor;
    (first.by == By::Assumes).then_some(actor)
}

/// How many persons can come to hold something.
#[derive(Default)]
struct People {
    certain: i64,
    all: i64,
}

impl People {
    fn add(&mut self, (least, most): (i64, i64), sure: bool) {
        self.certain += if sure { least } else { 0 };
        self.all += most;
        self.certain = self.certain.min(Days::FOREVER);
        self.all = self.all.min(Days::FOREVER);
    }
}

/// The least and the most persons that an identity stands for, besides those that are named.
pub(super) fn persons(inventory: &Inventory, index: u32) -> (i64, i64) {
    let identity = &inventory.declarations().identities[index as usize];
    let stated = identity.members.known().copied();
    let named = inventory.holders(index).len() as i64 - 1;
    let exactly = |count: i64| (count, count);
    match identity.kind.known() {
        Some(IdentityKind::Everyone) => exactly(Days::FOREVER),
        Some(IdentityKind::Service) => exactly(0),
        Some(IdentityKind::Group) => match stated {
            Some(members) => exactly((members - named).max(0)),
            None => exactly(i64::from(named == 0)),
        },
        Some(_) => exactly(stated.unwrap_or(1)),
        None => (0, stated.unwrap_or(1)),
    }
}

/// Every number from one to the other; of very many the ends.
pub(super) fn between(least: i64, most: i64) -> BTreeSet<i64> {
    match most - least {
        0..=SPREAD => (least..=most).collect(),
        _ => [least, most].into(),
    }
}

fn numbers(all: BTreeSet<i64>) -> Possible {
    Possible::Numbers(all.into_iter().collect())
}

/// What is known of the programs that run as somebody.
#[derive(Default)]
struct Programs {
    exposed: Option<Truth>,
    rests_on: Vec<(EntityId, usize)>,
}

/// `isExposed` of identities, and `usedBy` of keys and data. Linear in workloads and in what they use.
pub(super) fn programs(inventory: &Inventory, all: &mut ComputedAttributes) {
    let declared = inventory.declarations();
    let mut programs: Vec<Programs> = Vec::new();
    programs.resize_with(declared.identities.len(), Programs::default);
    let mut users: BTreeMap<EntityId, BTreeSet<EntityId>> = BTreeMap::new();
    let mut unlisted = BTreeSet::new();
    let nothing = Assumptions::none();
    for (index, workload) in (0u32..).zip(&declared.workloads) {
        let Some(identity) = workload.runs_as.known().and_then(|to| to.target()) else {
            continue;
        };
        let at = Kind::Workload.id(index);
        let program = &mut programs[identity.index as usize];
        let exposed = inventory.get(at, Workload::IS_EXPOSED).truth();
        program.exposed = Some(program.exposed.unwrap_or(Truth::False).or(exposed));
        let on = [Workload::IS_EXPOSED.of(at), Workload::RUNS_AS.of(at)];
        program.rests_on.extend(on);
        let keys = workload.uses.iter().map(|to| to.value.target());
        let data = workload.processes.iter().map(|to| to.value.target());
        for thing in keys.chain(data).flatten() {
            users.entry(thing).or_default().insert(identity);
        }
        if inventory.reading(at, Workload::USES, &nothing) == Reading::Unknown
            || inventory.reading(at, Workload::PROCESSES, &nothing) == Reading::Unknown
        {
            unlisted.insert(identity);
        }
    }
    for (index, program) in (0u32..).zip(programs) {
        let identity = Kind::Identity.id(index);
        let truths = match program.exposed {
            Some(Truth::True) => vec![true],
            Some(Truth::Unknown) => vec![false, true],
            Some(Truth::False) | None => vec![false],
        };
        let mut rests_on = program.rests_on;
        if rests_on.is_empty() {
            rests_on.push(Identity::KIND.of(identity));
        }
        let value = Possible::Truths(truths);
        let computed = Computed { value, rests_on };
        all.insert((identity, Derived::IdentityIsExposed), computed);
    }
    let keys = (0..declared.keys.len() as u32).map(|index| Kind::Key.id(index));
    let data = (0..declared.data.len() as u32).map(|index| Kind::Data.id(index));
    for thing in keys.chain(data) {
        let certain = users.remove(&thing).unwrap_or_default();
        let others = unlisted.difference(&certain).copied().collect();
        let level = match thing.kind {
            Kind::Key => Key::LEVEL.of(thing),
            _ => Data::LEVEL.of(thing),
        };
        let computed = Computed {
            value: Possible::Set(certain.into_iter().collect(), others),
            rests_on: vec![level],
        };
        all.insert((thing, Derived::UsedBy), computed);
    }
}

/// `levelRank` of workloads: the highest level of the keys that they use and the data that they
/// process. Linear in both.
pub(super) fn worked_on(inventory: &Inventory, all: &mut ComputedAttributes) {
    for (index, workload) in (0u32..).zip(&inventory.declarations().workloads) {
        let at = Kind::Workload.id(index);
        let mut highest = Highest::none();
        let keys = workload.uses.iter().map(|to| to.value.target());
        let data = workload.processes.iter().map(|to| to.value.target());
        for thing in keys.chain(data).flatten() {
            let level = match thing.kind {
                Kind::Key if inventory.secret(thing) == Truth::False => continue,
                Kind::Key => Key::LEVEL.of(thing),
                _ => Data::LEVEL.of(thing),
            };
            highest.add(stated_level(inventory, thing), true, &[level]);
        }
        let computed = highest.computed(Workload::PROCESSES.of(at));
        all.insert((at, Derived::WorkloadLevelRank), computed);
    }
}
