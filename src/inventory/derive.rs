//! The attributes that follow from the inventory as a whole.
//!
//! Each is computed in three-valued logic: it is unknown exactly where what is unknown could
//! make it either true or false. Under assumptions it is computed anew, for the one entity asked.

use std::sync::LazyLock;

use super::{Assumptions, Inventory, Reading};
use crate::model::{
    Atom, Conduit, Custody, Derived, EntityId, Enumeration as _, Fact, Field as _, Isolation,
    KeyKind, KeyState, Kind, Level, Status, Verifier, ZoneKind,
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
static ZONE_KIND: Attribute = Attribute::new(|| Kind::Zone.attribute("kind"));
static ISOLATION: Attribute = Attribute::new(|| Kind::Zone.attribute("isolation"));
static ENVIRONMENT: Attribute = Attribute::new(|| Kind::Zone.attribute("environment"));
static ENVIRONMENTS: Attribute = Attribute::new(|| Kind::Key.attribute("environments"));
static PORTS: Attribute = Attribute::new(|| Kind::Conduit.attribute("ports"));
static PARENT: Attribute = Attribute::new(|| Kind::Zone.attribute("parent"));
static ALGORITHMS: Attribute = Attribute::new(|| Kind::Verifier.attribute("algorithms"));
static REPLICAS: Attribute = Attribute::new(|| Kind::Key.attribute("replicas"));
static RUNS_ON: Attribute = Attribute::new(|| Kind::Workload.attribute("runsOn"));
static STATUS: Attribute = Attribute::new(|| Kind::Conduit.attribute("status"));
static USES: Attribute = Attribute::new(|| Kind::Workload.attribute("uses"));

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

    fn unknown_if(open: bool) -> Self {
        if open { Self::Unknown } else { Self::False }
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
            Derived::ZoneStatesClearance => self.states_clearance(entity.index, assumed).into(),
            Derived::ZoneIsKeyZone => self.is_key_zone(entity.index, assumed).into(),
            Derived::ZoneLoadsKeys => self.zone_loads_keys(entity.index, assumed).into(),
            Derived::ZoneOnKeyHost => self.is_on_key_host(entity.index, assumed).into(),
            Derived::WorkloadLoadsKeys => self.loads_keys(entity.index, assumed).into(),
            Derived::ZoneDenyDefault => self.denies_by_default(entity, assumed).into(),
            Derived::TransferFromZone | Derived::TransferToZone => {
                match self.endpoint_zone(entity.index, derived) {
                    Some(zone) => Reading::One(Atom::Entity(zone)),
                    None => Reading::Broken,
                }
            }
            Derived::VerifierAcceptsUnsigned => match self.value(entity, &ALGORITHMS, assumed) {
                Reading::Many(all) => {
                    let unsigned = all.iter().any(|(algorithm, _)| is_unsigned(algorithm));
                    Reading::One(Atom::Bool(unsigned))
                }
                other => other,
            },
            Derived::KeyServedEnvironments => self.served_environments(entity, assumed),
            Derived::KeyExists => Reading::One(Atom::Bool(self.exists(entity.index))),
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
            Derived::StoreHoldsDumps
            | Derived::ArtifactLevelRank
            | Derived::ArtifactKeys
            | Derived::ArtifactKeysCount
            | Derived::DebugEnvironmentLevelRank
            | Derived::IdentityKeys
            | Derived::IdentityKeysCount
            | Derived::KeyObtainableByCount => self.computed(entity, derived),
        }
    }

    /// Whether the state of a key is stated, and is one of these.
    fn is_stated(&self, key: u32, states: &[KeyState]) -> bool {
        let state = self.declarations.keys[key as usize].state.known();
        state.is_some_and(|state| states.contains(state))
    }

    /// A zone and those around it, the nearest first, and whether nobody knows what is around these.
    fn around<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> (Vec<u32>, bool) {
        let mut zones = vec![zone];
        zones.extend(self.zones_around(zone));
        if self.open.zones.is_empty() {
            return (zones, false);
        }
        loop {
            let outermost = zones.last().copied().unwrap_or(zone);
            if self.open.zones.binary_search(&outermost).is_err() {
                return (zones, false);
            }
            match self.value(Kind::Zone.id(outermost), &PARENT, assumed) {
                Reading::One(Atom::Entity(parent)) if !zones.contains(&parent.index) => {
                    zones.push(parent.index);
                    zones.extend(self.zones_around(parent.index));
                }
                Reading::Unknown => return (zones, true),
                _ => return (zones, false),
            }
        }
    }

    fn states_clearance<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Kleene {
        let (zones, open) = self.around(zone, assumed);
        let stated = zones.into_iter().any(|zone| {
            let fact = self.declarations.zones[zone as usize].clearance.fact();
            matches!(fact, Fact::One(..) | Fact::Broken(_))
        });
        Kleene::from(stated).or(Kleene::unknown_if(open))
    }

    fn is_key_zone<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Kleene {
        let holds = |zone: u32| {
            let keys = self.keys_in[zone as usize].iter();
            Kleene::any(keys.map(|key| self.is_guarded(*key, assumed)))
        };
        let (zones, open) = self.around(zone, assumed);
        let held = if assumed.is_empty() {
            let held = self.settled.guarded_zones.get_or_init(|| {
                let zones = 0..self.declarations.zones.len() as u32;
                zones.map(holds).collect()
            });
            Kleene::any(zones.iter().map(|zone| held[*zone as usize]))
        } else {
            Kleene::any(zones.iter().map(|zone| holds(*zone)))
        };
        // A copy of a key may be in a store that is not listed.
        let copied = self.open.replicas.iter().map(|key| {
            let there = match self.value(Kind::Key.id(*key), &REPLICAS, assumed) {
                Reading::Many(stores) => Kleene::any(stores.iter().map(|(store, _)| match store {
                    Atom::Entity(store) if self.is_declared(*store) => {
                        let zone = self.container(*store);
                        zone.is_some_and(|zone| zones.contains(&zone.index)).into()
                    }
                    _ => Kleene::Unknown,
                })),
                _ => Kleene::Unknown,
            };
            there.and(self.is_guarded(*key, assumed))
        });
        held.or(Kleene::any(copied)).or(Kleene::unknown_if(open))
    }

    /// Whether an entity is one of the inventory, and not one that is only assumed.
    fn is_declared(&self, entity: EntityId) -> bool {
        (entity.index as usize) < self.declarations.count(entity.kind)
    }

    /// Whether a key is a secret of level restricted or above, and exists.
    pub(super) fn is_guarded<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Kleene {
        let high = self.variant(Kind::Key.id(key), &KEY_LEVEL, assumed, |at| {
            Level::at(at).is_some_and(|level| level >= Level::Restricted)
        });
        self.is_secret(key, assumed).and(high)
    }

    /// Whether a key exists and is not public: what was destroyed, and what everybody may have, cannot
    /// leak.
    pub(super) fn is_secret<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Kleene {
        Kleene::from(self.exists(key)).and(self.variant(
            Kind::Key.id(key),
            &KEY_KIND,
            assumed,
            |at| KeyKind::at(at) != Some(KeyKind::Public),
        ))
    }

    /// The same for those who follow where keys end up.
    pub fn secret(&self, key: EntityId) -> Reading<'_> {
        self.is_secret(key.index, &Assumptions::none()).into()
    }

    /// Whether a key is not stated as destroyed.
    fn exists(&self, key: u32) -> bool {
        !self.is_stated(key, &[KeyState::Destroyed])
    }

    /// Whether whoever uses the key has it in memory: it exists and is not public, and it can be
    /// exported or its store does not compute with it.
    pub fn in_memory<'a>(&'a self, key: EntityId, assumed: &Assumptions<'a>) -> Reading<'a> {
        self.is_in_memory(key.index, assumed).into()
    }

    fn is_in_memory<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Kleene {
        let exportable = match self.value(Kind::Key.id(key), &EXPORTABLE, assumed) {
            Reading::One(Atom::Bool(exportable)) => exportable.into(),
            _ => Kleene::Unknown,
        };
        let computes = match self.container(Kind::Key.id(key)) {
            Some(store) => self.variant(store, &CUSTODY, assumed, |at| {
                Custody::at(at).is_some_and(Custody::computes)
            }),
            None => Kleene::Unknown,
        };
        self.is_secret(key, assumed).and(exportable.or(!computes))
    }

    fn loads_keys<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Kleene {
        if assumed.is_empty() {
            let settled = self.settled.loading_workloads.get_or_init(|| {
                let open = self.open.guests.iter();
                let loading: Vec<u32> = open
                    .filter(|guest| self.known_to_load(**guest, assumed) != Kleene::False)
                    .copied()
                    .collect();
                let workloads = 0..self.declarations.workloads.len() as u32;
                let loads = workloads.map(|workload| {
                    let known = self.known_to_load(workload, assumed);
                    let others = match *loading {
                        [] => false,
                        [only] => only != workload,
                        _ => true,
                    };
                    known.or(Kleene::unknown_if(others))
                });
                loads.collect()
            });
            return settled[workload as usize];
        }
        let known = self.known_to_load(workload, assumed);
        let others = self.open.guests.iter().filter(|guest| **guest != workload);
        let others = others.map(|guest| {
            let hosted = match self.value(Kind::Workload.id(*guest), &RUNS_ON, assumed) {
                Reading::Unknown => Kleene::Unknown,
                Reading::One(Atom::Entity(host)) if self.is_hosted(host.index, workload) => {
                    Kleene::True
                }
                // What it runs on may itself run on anything.
                Reading::One(_) => Kleene::unknown_if(self.open.guests.len() > 1),
                _ => Kleene::False,
            };
            hosted.and(self.known_to_load(*guest, assumed))
        });
        known.or(Kleene::any(others))
    }

    fn is_hosted(&self, guest: u32, host: u32) -> bool {
        self.with_guests(host).contains(&guest)
    }

    /// Whether a workload, or one that is known to run on it, loads keys.
    fn known_to_load<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Kleene {
        let users = self.with_guests(workload).into_iter();
        Kleene::any(users.map(|user| {
            let listed = self.declarations.workloads[user as usize].uses.iter();
            let listed = listed.filter_map(|key| key.value.target());
            let listed = Kleene::any(listed.map(|key| self.is_in_memory(key.index, assumed)));
            match self.value(Kind::Workload.id(user), &USES, assumed) {
                Reading::Unknown => listed.or(Kleene::Unknown),
                Reading::Many(keys) if !self.is_complete_list(user) => {
                    listed.or(Kleene::any(keys.iter().map(|(key, _)| match key {
                        Atom::Entity(key) if self.is_declared(*key) => {
                            self.is_in_memory(key.index, assumed)
                        }
                        _ => Kleene::Unknown,
                    })))
                }
                _ => listed,
            }
        }))
    }

    /// Whether it is known which keys a workload uses.
    fn is_complete_list(&self, workload: u32) -> bool {
        self.open.users.binary_search(&workload).is_err()
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
                // A zone that may be anywhere may be in any other.
                let open = self.open.zones.iter();
                let loading: Vec<u32> = open
                    .filter(|zone| all[**zone as usize] != Kleene::False)
                    .copied()
                    .collect();
                for (zone, loads) in (0u32..).zip(&mut all) {
                    let others = match *loading {
                        [] => false,
                        [only] => only != zone,
                        _ => true,
                    };
                    *loads = loads.or(Kleene::unknown_if(others));
                }
                all
            });
            return settled[zone as usize];
        }
        let within = |zone: u32| {
            let mut zones = vec![zone];
            let mut result = Kleene::False;
            while let Some(zone) = zones.pop() {
                zones.extend(&self.nested_in[zone as usize]);
                result = result.or(loads(zone));
            }
            result
        };
        let others = self.open.zones.iter().filter(|other| **other != zone);
        let others = others.map(|other| {
            let (around, open) = self.around(*other, assumed);
            let nested = match around.contains(&zone) {
                true => Kleene::True,
                false => Kleene::unknown_if(open),
            };
            nested.and(within(*other))
        });
        within(zone).or(Kleene::any(others))
    }

    fn is_on_key_host<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Kleene {
        let (around, further) = self.around(zone, assumed);
        let hosts = around.iter().map(|zone| {
            self.is_host(*zone, assumed)
                .and(self.zone_loads_keys(*zone, assumed))
        });
        Kleene::any(hosts).or(Kleene::unknown_if(further))
    }

    pub(super) fn is_host<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Kleene {
        self.variant(Kind::Zone.id(zone), &ZONE_KIND, assumed, |at| {
            ZoneKind::at(at) == Some(ZoneKind::Host)
        })
    }

    /// Whether a zone is shut off, and no conduit to or from it or a zone around it is open on
    /// every port.
    fn denies_by_default<'a>(&'a self, zone: EntityId, assumed: &Assumptions<'a>) -> Kleene {
        let shut = self.is_shut(zone, assumed);
        let (around, further) = self.around(zone.index, assumed);
        let conduits = around
            .iter()
            .flat_map(|zone| &self.conduits_at[*zone as usize]);
        let open = Kleene::any(conduits.map(|conduit| self.is_open(*conduit, assumed)));
        shut.and(!open.or(Kleene::unknown_if(further)))
    }

    pub(super) fn is_shut<'a>(&'a self, zone: EntityId, assumed: &Assumptions<'a>) -> Kleene {
        self.variant(zone, &ISOLATION, assumed, |at| {
            Isolation::at(at).is_some_and(|isolation| isolation >= Isolation::Restricted)
        })
    }

    pub(super) fn is_open<'a>(&'a self, conduit: u32, assumed: &Assumptions<'a>) -> Kleene {
        if self.is_forbidden_conduit(conduit) {
            return Kleene::False;
        }
        let conduit = Kind::Conduit.id(conduit);
        let there = match self.value(conduit, &STATUS, assumed) {
            Reading::Unknown => Kleene::Unknown,
            Reading::One(Atom::Variant(status)) => (status != Status::Forbidden as u8).into(),
            _ => Kleene::True,
        };
        there.and(match self.value(conduit, &PORTS, assumed) {
            Reading::Many(ports) => {
                let mut ports = ports.iter();
                ports
                    .any(|(port, _)| *port == Atom::Text(Conduit::EVERY_PORT))
                    .into()
            }
            _ => Kleene::Unknown,
        })
    }

    /// Whether a conduit is said not to be there.
    pub(crate) fn is_forbidden_conduit(&self, conduit: u32) -> bool {
        let status = self.declarations.conduits[conduit as usize].status.known();
        status == Some(&Status::Forbidden)
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
        let mut users = self.users_of[key.index as usize].clone();
        for user in &self.open.users {
            match self.value(Kind::Workload.id(*user), &USES, assumed) {
                Reading::Many(keys) => {
                    if keys.iter().any(|(used, _)| *used == Atom::Entity(key)) {
                        users.push(*user);
                    }
                }
                _ if users.contains(user) => {}
                _ => return Reading::Unknown,
            }
        }
        for user in &users {
            let Some(zone) = self.container(Kind::Workload.id(*user)) else {
                return Reading::Broken;
            };
            match self.value(zone, &ENVIRONMENT, assumed) {
                Reading::One(atom) => {
                    if !all.iter().any(|(known, _)| *known == atom) {
                        all.push((atom, self.entity(Kind::Workload.id(*user)).id().span));
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

/// Whether an algorithm is none, or whichever the token names.
pub(super) fn is_unsigned(algorithm: &Atom<'_>) -> bool {
    let Atom::Text(text) = algorithm else {
        return false;
    };
    let mut unsigned = Verifier::UNSIGNED.iter();
    unsigned.any(|name| text.eq_ignore_ascii_case(name))
}

/// What may be anywhere: what refers, or may refer, to something that nobody names. Each sorted.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Zones with an unknown parent.
    pub(super) zones: Vec<u32>,
    /// Workloads that run on nobody knows what.
    pub(super) guests: Vec<u32>,
    /// Workloads of which not all keys are known.
    pub(super) users: Vec<u32>,
    /// Keys of which not all replicas are known.
    pub(super) replicas: Vec<u32>,
}

impl Open {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let all = |kind: Kind, attribute: &Attribute| {
            let indices = 0..inventory.declarations.count(kind) as u32;
            let open = indices.filter(|index| {
                let entity = kind.id(*index);
                inventory.value(entity, attribute, &Assumptions::none()) == Reading::Unknown
            });
            open.collect()
        };
        Self {
            zones: all(Kind::Zone, &PARENT),
            guests: all(Kind::Workload, &RUNS_ON),
            users: all(Kind::Workload, &USES),
            replicas: all(Kind::Key, &REPLICAS),
        }
    }

    /// What may be anywhere and so makes a derived attribute unknown.
    pub(super) fn behind(&self, derived: Derived) -> Vec<(Kind, &'static str, &[u32])> {
        let zones = (Kind::Zone, "parent", self.zones.as_slice());
        let guests = (Kind::Workload, "runsOn", self.guests.as_slice());
        let users = (Kind::Workload, "uses", self.users.as_slice());
        match derived {
            Derived::ZoneStatesClearance | Derived::ZoneDenyDefault => vec![zones],
            Derived::ZoneIsKeyZone => {
                vec![zones, (Kind::Key, "replicas", &self.replicas)]
            }
            Derived::ZoneLoadsKeys | Derived::ZoneOnKeyHost => vec![zones, guests, users],
            Derived::WorkloadLoadsKeys => vec![guests, users],
            Derived::KeyServedEnvironments => vec![users],
            _ => Vec::new(),
        }
    }
}
