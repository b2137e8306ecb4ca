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
        if assumed.is_empty() {
            let held = self.settled.guarded_zones.get_or_init(|| {
                let zones = 0..self.declarations.zones.len() as u32;
                zones.map(holds).collect()
            });
            return Kleene::any(around().map(|zone| held[zone as usize]));
        }
        Kleene::any(around().map(holds))
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
            let mut result = Kleene::False;
            for user in self.with_guests(workload) {
                let uses = &self.declarations.workloads[user as usize].uses;
                let keys = uses.iter().filter_map(|key| key.value.target());
                let listed = Kleene::any(keys.map(|key| self.is_in_memory(key.index, assumed)));
                let user = workload_id(user);
                let complete = self.value(user, &USES, assumed) != Reading::Unknown;
                result = result.or(listed).or(if complete {
                    Kleene::False
                } else {
                    Kleene::Unknown
                });
            }
            result
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
        shut.and(!open)
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
        Kleene::any(artifacts.map(|artifact| {
            let artifact = EntityId {
                kind: Kind::Artifact,
                index: *artifact,
            };
            self.variant(artifact, &ARTIFACT_KIND, assumed, |at| {
                ArtifactKind::at(at).is_some_and(ArtifactKind::is_dump)
            })
        }))
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
