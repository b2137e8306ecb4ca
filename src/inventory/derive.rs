//! The attributes that follow from the inventory as a whole.
//!
//! Each is computed in three-valued logic: it is unknown exactly where what is unknown could
//! make it either true or false. Under assumptions it is computed anew, for the one entity asked.

use std::sync::LazyLock;

use super::{Assumptions, Inventory, Reading};
use crate::model::{
    ArtifactKind, Atom, Custody, Derived, EntityId, Fact, Field as _, Isolation, KeyKind, KeyState,
    Kind, Level, Status,
};

/// A stated attribute that others follow from, looked up once.
struct Attribute(LazyLock<Option<usize>>);

impl Attribute {
    const fn new(find: fn() -> Option<usize>) -> Self {
        Self(LazyLock::new(find))
    }
}

static KEY_KIND: Attribute = Attribute::new(|| Kind::Key.attribute("kind"));
static KEY_LEVEL: Attribute = Attribute::new(|| Kind::Key.attribute("level"));
static EXPORTABLE: Attribute = Attribute::new(|| Kind::Key.attribute("exportable"));
static CUSTODY: Attribute = Attribute::new(|| Kind::KeyStore.attribute("custody"));
static ISOLATION: Attribute = Attribute::new(|| Kind::Zone.attribute("isolation"));
static ENVIRONMENT: Attribute = Attribute::new(|| Kind::Zone.attribute("environment"));
static ENVIRONMENTS: Attribute = Attribute::new(|| Kind::Key.attribute("environments"));
static PORTS: Attribute = Attribute::new(|| Kind::Conduit.attribute("ports"));
static ARTIFACT_KIND: Attribute = Attribute::new(|| Kind::Artifact.attribute("kind"));
static PARENT: Attribute = Attribute::new(|| Kind::Zone.attribute("parent"));
static RUNS_ON: Attribute = Attribute::new(|| Kind::Workload.attribute("runsOn"));
static REPLICAS: Attribute = Attribute::new(|| Kind::Key.attribute("replicas"));
static AT: Attribute = Attribute::new(|| Kind::Artifact.attribute("at"));
static USES: Attribute = Attribute::new(|| Kind::Workload.attribute("uses"));

/// What has an unknown reference through which it could add to what is derived of others. No value
/// that may be assumed for the reference is looked at: such a fact stays possible.
#[derive(Debug)]
pub(super) struct Loose {
    /// Zones of which nobody knows what encloses them.
    pub(super) zones: Vec<u32>,
    /// Workloads that load keys, and of which nobody knows where they run.
    pub(super) guests: Vec<u32>,
    /// Workloads that do not say all that they use.
    pub(super) users: Vec<u32>,
    /// Guarded keys whose replicas are not all listed.
    pub(super) guarded_keys: Vec<u32>,
    /// Dumps that nobody knows the store of.
    pub(super) artifacts: Vec<u32>,
}

/// True, false, or not known (Kleene's strong three-valued logic).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kleene {
    True,
    False,
    Unknown,
}

impl Kleene {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// Not known where something may be so, else false.
    fn possible(possible: bool) -> Self {
        if possible { Self::Unknown } else { Self::False }
    }

    fn any(all: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for value in all {
            result = result.or(value);
            if result == Self::True {
                break;
            }
        }
        result
    }
}

impl std::ops::Not for Kleene {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Kleene {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Inventory {
    pub(super) fn derived<'a>(
        &'a self,
        entity: EntityId,
        derived: Derived,
        assumed: &Assumptions<'a>,
    ) -> Reading<'a> {
        match derived {
            Derived::ZoneStatesClearance => {
                Reading::One(Atom::Bool(self.states_clearance(entity.index)))
            }
            Derived::ZoneIsKeyZone => self.is_key_zone(entity.index, assumed).into(),
            Derived::ZoneLoadsKeys => self.zone_loads_keys(entity.index, assumed).into(),
            Derived::WorkloadLoadsKeys => self.loads_keys(entity.index, assumed).into(),
            Derived::ZoneDenyDefault => self.denies_by_default(entity, assumed).into(),
            Derived::StoreHoldsDumps => self.holds_dumps(entity.index, assumed).into(),
            Derived::TransferFromZone | Derived::TransferToZone => {
                match self.endpoint_zone(entity.index, derived) {
                    Some(zone) => Reading::One(Atom::Entity(zone)),
                    None => Reading::Broken,
                }
            }
            Derived::KeyServedEnvironments => self.served_environments(entity, assumed),
            Derived::KeyExists => {
                let gone = [KeyState::Destroyed];
                Reading::One(Atom::Bool(!self.is_stated(entity.index, &gone)))
            }
            Derived::KeyInUse => {
                let out = [
                    KeyState::Retired,
                    KeyState::Compromised,
                    KeyState::Destroyed,
                ];
                Reading::One(Atom::Bool(!self.is_stated(entity.index, &out)))
            }
            Derived::KeyZone | Derived::ArtifactOrigin => match self.zone_of(entity) {
                Some(zone) => Reading::One(Atom::Entity(zone)),
                None => Reading::Broken,
            },
        }
    }

    /// Whether the state of a key is stated, and is one of these.
    fn is_stated(&self, key: u32, states: &[KeyState]) -> bool {
        let state = self.declarations.keys[key as usize].state.known();
        state.is_some_and(|state| states.contains(state))
    }

    fn states_clearance(&self, zone: u32) -> bool {
        let zones = &self.declarations.zones;
        std::iter::once(zone)
            .chain(self.zones_around(zone))
            .any(|zone| {
                let fact = zones[zone as usize].clearance.fact();
                matches!(fact, Fact::One(..) | Fact::Broken(_))
            })
    }

    fn is_key_zone<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Kleene {
        let holds = |zone: u32| {
            let keys = self.keys_in[zone as usize].iter();
            Kleene::any(keys.map(|key| self.is_guarded(*key, assumed)))
        };
        let around = || std::iter::once(zone).chain(self.zones_around(zone));
        let more = Kleene::possible(self.is_loose(zone) || !self.loose().guarded_keys.is_empty());
        if assumed.is_empty() {
            let held = self.settled.guarded_zones.get_or_init(|| {
                let zones = 0..self.declarations.zones.len() as u32;
                zones.map(holds).collect()
            });
            return Kleene::any(around().map(|zone| held[zone as usize])).or(more);
        }
        Kleene::any(around().map(holds)).or(more)
    }

    /// What has unknown references that could add to what is derived of others.
    pub(super) fn loose(&self) -> &Loose {
        self.settled.loose.get_or_init(|| {
            let all = &self.declarations;
            let unknown = |entity: EntityId, attribute: &Attribute| {
                self.value(entity, attribute, &Assumptions::none()) == Reading::Unknown
            };
            let count = |all: usize| 0..u32::try_from(all).unwrap_or(u32::MAX);
            let workloads = || count(all.workloads.len());
            Loose {
                zones: count(all.zones.len())
                    .filter(|zone| unknown(zone_id(*zone), &PARENT))
                    .collect(),
                guests: workloads()
                    .filter(|at| unknown(workload_id(*at), &RUNS_ON))
                    .filter(|at| self.uses_loaded(*at, &Assumptions::none()) != Kleene::False)
                    .collect(),
                users: workloads()
                    .filter(|at| unknown(workload_id(*at), &USES))
                    .collect(),
                guarded_keys: count(all.keys.len())
                    .filter(|key| unknown(key_id(*key), &REPLICAS))
                    .filter(|key| self.is_guarded(*key, &Assumptions::none()) != Kleene::False)
                    .collect(),
                artifacts: count(all.artifacts.len())
                    .filter(|at| unknown(artifact_id(*at), &AT))
                    .filter(|at| self.is_dump(*at, &Assumptions::none()) != Kleene::False)
                    .collect(),
            }
        })
    }

    /// Whether nobody knows what encloses a zone, or the outermost zone around it.
    pub(super) fn is_loose(&self, zone: u32) -> bool {
        let loose = &self.loose().zones;
        let outermost = self.zones_around(zone).last().unwrap_or(zone);
        loose.binary_search(&outermost).is_ok()
    }

    /// The loose zones that `zone` may enclose, and that have workloads that load keys.
    pub(super) fn loose_loading(&self, zone: u32) -> impl Iterator<Item = u32> + '_ {
        let loose = self.loose().zones.iter().copied();
        loose.filter(move |at| {
            let known = *at == zone || self.zones_around(zone).any(|around| around == *at);
            !known && self.nested_loads_keys(*at, &Assumptions::none()) != Kleene::False
        })
    }

    /// The workloads that load keys and may run on `workload`, of which nobody knows where they run.
    pub(super) fn loose_guests(&self, workload: u32) -> impl Iterator<Item = u32> + '_ {
        let hosts = &self.declarations.workloads;
        let host = move |at: &u32| Some(hosts[*at as usize].runs_on.known()?.target()?.index);
        // A cycle of hosts is cut for their guests, and is not for them: take no more than there are.
        let on: Vec<_> = std::iter::successors(Some(workload), host)
            .take(hosts.len())
            .collect();
        let guests = self.loose().guests.iter().copied();
        guests.filter(move |guest| !on.contains(guest))
    }

    /// Whether a key is a secret of level restricted or above.
    pub(super) fn is_guarded<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Kleene {
        let high = self.variant(key_id(key), &KEY_LEVEL, assumed, |at| {
            Level::at(at).is_some_and(|level| level >= Level::Restricted)
        });
        self.is_secret(key, assumed).and(high)
    }

    pub(super) fn is_secret<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Kleene {
        self.variant(key_id(key), &KEY_KIND, assumed, |at| {
            KeyKind::at(at) != Some(KeyKind::Public)
        })
    }

    /// Whether whoever uses the key has it in memory: it is not public, and it can be exported or
    /// its store does not compute with it.
    pub fn in_memory<'a>(&'a self, key: EntityId, assumed: &Assumptions<'a>) -> Reading<'a> {
        self.is_in_memory(key.index, assumed).into()
    }

    fn is_in_memory<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Kleene {
        let exportable = match self.value(key_id(key), &EXPORTABLE, assumed) {
            Reading::One(Atom::Bool(exportable)) => exportable.into(),
            _ => Kleene::Unknown,
        };
        let computes = match self.container(key_id(key)) {
            Some(store) => self.variant(store, &CUSTODY, assumed, |at| {
                Custody::at(at).is_some_and(Custody::computes)
            }),
            None => Kleene::Unknown,
        };
        self.is_secret(key, assumed).and(exportable.or(!computes))
    }

    fn loads_keys<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Kleene {
        let compute = |workload: u32| {
            let loaded = self.uses_loaded(workload, assumed);
            loaded.or(Kleene::possible(
                self.loose_guests(workload).next().is_some(),
            ))
        };
        if assumed.is_empty() {
            let settled = self.settled.loading_workloads.get_or_init(|| {
                let workloads = 0..self.declarations.workloads.len() as u32;
                workloads.map(compute).collect()
            });
            return settled[workload as usize];
        }
        compute(workload)
    }

    /// Whether a workload, or one that is known to run on it, uses a key that it has in memory.
    ///
    /// A list that may be longer stays so, whatever is assumed to be in it: any key could be.
    fn uses_loaded<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Kleene {
        Kleene::any(self.with_guests(workload).into_iter().map(|user| {
            let uses = &self.declarations.workloads[user as usize].uses;
            let keys = uses.iter().filter_map(|key| key.value.target());
            let listed = Kleene::any(keys.map(|key| self.is_in_memory(key.index, assumed)));
            let all = self.value(workload_id(user), &USES, &Assumptions::none());
            listed.or(Kleene::possible(all == Reading::Unknown))
        }))
    }

    /// A workload and all that runs on it.
    pub(crate) fn with_guests(&self, workload: u32) -> Vec<u32> {
        let mut all = vec![workload];
        let mut next = 0;
        while let Some(at) = all.get(next) {
            all.extend(&self.guests_of[*at as usize]);
            next += 1;
        }
        all
    }

    fn zone_loads_keys<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Kleene {
        let loads = self.nested_loads_keys(zone, assumed);
        match loads {
            Kleene::True => loads,
            _ => loads.or(Kleene::possible(self.loose_loading(zone).next().is_some())),
        }
    }

    /// Whether a workload in a zone, or in one that is known to be nested in it, loads keys.
    fn nested_loads_keys<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Kleene {
        let loads = |zone: u32| {
            let workloads = self.workloads_in[zone as usize].iter();
            Kleene::any(workloads.map(|at| self.loads_keys(*at, assumed)))
        };
        if assumed.is_empty() {
            let settled = self.settled.loading_zones.get_or_init(|| {
                let mut all = vec![Kleene::False; self.declarations.zones.len()];
                for zone in 0..all.len() as u32 {
                    let own = loads(zone);
                    for zone in std::iter::once(zone).chain(self.zones_around(zone)) {
                        all[zone as usize] = all[zone as usize].or(own);
                    }
                }
                all
            });
            return settled[zone as usize];
        }
        let mut zones = vec![zone];
        let mut result = Kleene::False;
        while let Some(zone) = zones.pop() {
            zones.extend(&self.nested_in[zone as usize]);
            result = result.or(loads(zone));
        }
        result
    }

    /// Whether a zone is shut off, and no conduit to or from it or a zone around it is open on
    /// every port.
    fn denies_by_default<'a>(&'a self, zone: EntityId, assumed: &Assumptions<'a>) -> Kleene {
        let shut = self.variant(zone, &ISOLATION, assumed, |at| {
            Isolation::at(at).is_some_and(|isolation| isolation >= Isolation::Restricted)
        });
        let around = std::iter::once(zone.index).chain(self.zones_around(zone.index));
        let conduits = around.flat_map(|zone| &self.conduits_at[zone as usize]);
        let open = Kleene::any(conduits.map(|conduit| self.is_open(*conduit, assumed)));
        shut.and(!open.or(Kleene::possible(self.is_loose(zone.index))))
    }

    fn is_open<'a>(&'a self, conduit: u32, assumed: &Assumptions<'a>) -> Kleene {
        if self.is_forbidden_conduit(conduit) {
            return Kleene::False;
        }
        let conduit = EntityId {
            kind: Kind::Conduit,
            index: conduit,
        };
        match self.value(conduit, &PORTS, assumed) {
            Reading::Many(ports) => {
                let mut ports = ports.iter();
                ports.any(|(port, _)| *port == Atom::Text("any")).into()
            }
            _ => Kleene::Unknown,
        }
    }

    /// Whether a conduit is said not to be there.
    pub(crate) fn is_forbidden_conduit(&self, conduit: u32) -> bool {
        let status = self.declarations.conduits[conduit as usize].status.known();
        status == Some(&Status::Forbidden)
    }

    fn holds_dumps<'a>(&'a self, store: u32, assumed: &Assumptions<'a>) -> Kleene {
        let artifacts = self.kept_in[store as usize].iter();
        let kept = Kleene::any(artifacts.map(|artifact| self.is_dump(*artifact, assumed)));
        kept.or(Kleene::possible(!self.loose().artifacts.is_empty()))
    }

    fn is_dump<'a>(&'a self, artifact: u32, assumed: &Assumptions<'a>) -> Kleene {
        self.variant(artifact_id(artifact), &ARTIFACT_KIND, assumed, |at| {
            ArtifactKind::at(at).is_some_and(ArtifactKind::is_dump)
        })
    }

    /// The zone that a transfer begins or ends in.
    pub(super) fn endpoint_zone(&self, transfer: u32, which: Derived) -> Option<EntityId> {
        let transfer = &self.declarations.transfers[transfer as usize];
        let endpoint = match which {
            Derived::TransferFromZone => &transfer.from,
            _ => &transfer.to,
        };
        let endpoint = endpoint.known()?.target()?;
        match endpoint.kind {
            Kind::Zone => Some(endpoint),
            _ => self.zone_of(endpoint),
        }
    }

    fn served_environments<'a>(&'a self, key: EntityId, assumed: &Assumptions<'a>) -> Reading<'a> {
        let mut all = match self.value(key, &ENVIRONMENTS, assumed) {
            Reading::Many(stated) => stated,
            other => return other,
        };
        // Who does not say all that it uses may use this key.
        if !self.loose().users.is_empty() {
            return Reading::Unknown;
        }
        for user in &self.users_of[key.index as usize] {
            let Some(zone) = self.container(workload_id(*user)) else {
                return Reading::Broken;
            };
            match self.value(zone, &ENVIRONMENT, assumed) {
                Reading::One(atom) => {
                    if !all.iter().any(|(known, _)| *known == atom) {
                        all.push((atom, self.entity(workload_id(*user)).id().span));
                    }
                }
                other => return other,
            }
        }
        Reading::Many(all)
    }

    fn variant<'a>(
        &'a self,
        entity: EntityId,
        attribute: &Attribute,
        assumed: &Assumptions<'a>,
        accepts: impl Fn(u8) -> bool,
    ) -> Kleene {
        match self.value(entity, attribute, assumed) {
            Reading::One(Atom::Variant(at)) => accepts(at).into(),
            _ => Kleene::Unknown,
        }
    }

    fn value<'a>(
        &'a self,
        entity: EntityId,
        attribute: &Attribute,
        assumed: &Assumptions<'a>,
    ) -> Reading<'a> {
        match *attribute.0 {
            Some(position) => self.read(entity, position, assumed),
            None => Reading::Broken,
        }
    }
}

fn zone_id(index: u32) -> EntityId {
    EntityId {
        kind: Kind::Zone,
        index,
    }
}

fn artifact_id(index: u32) -> EntityId {
    EntityId {
        kind: Kind::Artifact,
        index,
    }
}

fn key_id(index: u32) -> EntityId {
    EntityId {
        kind: Kind::Key,
        index,
    }
}

fn workload_id(index: u32) -> EntityId {
    EntityId {
        kind: Kind::Workload,
        index,
    }
}
