//! The attributes that follow from the inventory as a whole.
//!
//! Each is computed in three-valued logic: it is unknown exactly where what is unknown could
//! make it either true or false. Under assumptions it is computed anew, for the one entity asked.

use super::{Assumptions, Inventory, Reading};
use crate::model::{
    Atom, Conduit, Custody, Derived, Elements, EntityId, Enumeration as _, Field as _, Isolation,
    Key, KeyKind, KeyState, KeyStore, Kind, Level, Missing, Status, Truth, Verifier, Workload,
    Zone, ZoneKind,
};

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
            Derived::VerifierAcceptsUnsigned => {
                match self.reading(entity, Verifier::ALGORITHMS, assumed) {
                    Reading::Many(all) => Truth::from(has_unsigned(&all)).into(),
                    Reading::Unknown => {
                        let listed = self.listed(entity, Verifier::ALGORITHMS.position());
                        Truth::from(has_unsigned(&listed)).or(Truth::Unknown).into()
                    }
                    other => other,
                }
            }
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
            Derived::KeyZones => self.key_zones(entity, assumed),
            Derived::TransferScans => self.scans(entity, assumed).into(),
            Derived::KeyIsCompromised => {
                let compromised = self.is_stated(entity.index, &[KeyState::Compromised]);
                Reading::One(Atom::Bool(compromised))
            }
            Derived::IsPersonal => self.is_personal(entity, assumed).into(),
            Derived::IsSoleFactor => self.is_sole_factor(entity, assumed).into(),
            Derived::ZoneIsExposed => {
                let workloads = self.workloads_in[entity.index as usize].iter();
                let exposed = workloads.map(|at| self.is_exposed(Kind::Workload.id(*at), assumed));
                Truth::any(exposed).into()
            }
            Derived::WorkloadIsExposed => self.is_exposed(entity, assumed).into(),
            Derived::VerifierMaxTrustedMinutes => self.max_trusted_minutes(entity, assumed),
            Derived::StoreHoldsDumps
            | Derived::ArtifactLevelRank
            | Derived::ArtifactKeys
            | Derived::ArtifactKeysCount
            | Derived::ArtifactIsApart
            | Derived::DebugEnvironmentLevelRank
            | Derived::StoreLevelRank
            | Derived::ZoneDataLevelRank
            | Derived::IdentityOpensRank
            | Derived::IdentityOpensCount
            | Derived::IdentityStandingRank
            | Derived::IdentityOpensAtLeast
            | Derived::IdentityAssumedRank
            | Derived::IdentityIsExposed
            | Derived::KeyOpensRank
            | Derived::DataOpensRank
            | Derived::DataObtainableByCount
            | Derived::UsedBy
            | Derived::WorkloadLevelRank
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
    pub(super) fn around<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> (Vec<u32>, bool) {
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
            match self.reading(Kind::Zone.id(outermost), Zone::PARENT, assumed) {
                Reading::One(Atom::Entity(parent)) if !zones.contains(&parent.index) => {
                    zones.push(parent.index);
                    zones.extend(self.zones_around(parent.index));
                }
                Reading::Unknown => return (zones, true),
                _ => return (zones, false),
            }
        }
    }

    fn states_clearance<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let (zones, open) = self.around(zone, assumed);
        let stated = zones.iter().any(|zone| self.is_cleared(*zone));
        // Code has no word for it: that it is not written says nothing.
        let is_unsaid = |zone: &u32| {
            let zone = &self.declarations.zones[*zone as usize];
            zone.clearance.missing() == Some(Missing::Unsaid)
        };
        if !stated && zones.iter().any(is_unsaid) {
            let clearance = self.reading(Kind::Zone.id(zone), Zone::CLEARANCE, assumed);
            return match clearance {
                Reading::Unknown => Truth::Unknown,
                _ => Truth::True,
            };
        }
        let further = open && self.is_cleared_beside(&zones);
        Truth::from(stated).or(Truth::unknown_if(further))
    }

    fn is_key_zone<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let guarded = self.guarded();
        let (zones, open) = self.around(zone, assumed);
        let held = Truth::any(zones.iter().enumerate().map(|(at, zone)| {
            let tallies = match at {
                0 => &guarded.zones,
                _ => &guarded.within,
            };
            tallies[*zone as usize].under(|key| self.is_guarded(key, assumed))
        }));
        // A copy of a key may be in a store that is not listed.
        let copied = Self::any_other(&guarded.copies, u32::MAX, |key| {
            let there = match self.reading(Kind::Key.id(key), Key::REPLICAS, assumed) {
                Reading::Many(stores) => Truth::any(stores.iter().map(|(store, _)| match store {
                    Atom::Entity(store) if self.is_declared(*store) => {
                        let zone = self.container(*store);
                        zone.is_some_and(|zone| zones.contains(&zone.index)).into()
                    }
                    _ => Truth::Unknown,
                })),
                _ => Truth::Unknown,
            };
            there.and(self.is_guarded(key, assumed))
        });
        let further = open && guarded.is_beside(&zones);
        held.or(copied).or(Truth::unknown_if(further))
    }

    /// Whether a key that is kept in a zone makes that a zone to be shut off; if `within`, whether it
    /// makes the zones in it such. What is not stated of the store does not excuse it.
    ///
    /// Not one in plain text, in source code or a file: that it lies there is the fault of the key, and a
    /// repository or a file share is not shut off for it. What a key service does not hand out is reached by its interface, and not from the
    /// networks of the account that it is in.
    pub(super) fn guards(&self, key: u32, zone: u32, within: bool) -> bool {
        let key = &self.declarations.keys[key as usize];
        let stores = key.store.known().into_iter();
        let stores = stores.chain(key.replicas.iter().map(|replica| &replica.value));
        let mut here = stores.filter_map(|store| store.target()).filter(|store| {
            let around = self.container(*store);
            around.is_some_and(|around| around.index == zone)
        });
        here.any(|store| {
            let custody = self.declarations.key_stores[store.index as usize]
                .custody
                .known();
            let is_service = matches!(custody, Some(Custody::Kms | Custody::CloudHsm));
            let stays = key.exportable.known() == Some(&false);
            let in_the_open = custody.is_some_and(|custody| custody.is_plaintext());
            !(in_the_open || within && is_service && stays)
        })
    }

    /// Whether an entity is one of the inventory, and not one that is only assumed.
    fn is_declared(&self, entity: EntityId) -> bool {
        (entity.index as usize) < self.declarations.count(entity.kind)
    }

    /// Whether a key is a secret of level restricted or above, and exists.
    pub(super) fn is_guarded<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Truth {
        let level = self.get_assuming(Kind::Key.id(key), Key::LEVEL, assumed);
        let high = level.is(|level| level >= Level::Restricted);
        self.is_secret(key, assumed).and(high)
    }

    /// Whether a key exists and is not public: what was destroyed, and what everybody may have, cannot
    /// leak.
    pub(super) fn is_secret<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Truth {
        let kind = self.get_assuming(Kind::Key.id(key), Key::KIND, assumed);
        Truth::from(self.exists(key)).and(kind.is(|kind| kind != KeyKind::Public))
    }

    /// The same for those who follow where keys end up.
    pub fn secret(&self, key: EntityId) -> Truth {
        self.is_secret(key.index, &Assumptions::none())
    }

    /// Whether a key is not stated as destroyed.
    fn exists(&self, key: u32) -> bool {
        !self.is_stated(key, &[KeyState::Destroyed])
    }

    /// Whether whoever uses the key has it in memory: it exists and is not public, and it can be
    /// exported or a store that holds it or a copy does not compute with it.
    pub fn in_memory<'a>(&'a self, key: EntityId, assumed: &Assumptions<'a>) -> Truth {
        self.is_in_memory(key.index, assumed)
    }

    pub(super) fn is_in_memory<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Truth {
        let key = Kind::Key.id(key);
        let exportable = self.get_assuming(key, Key::EXPORTABLE, assumed);
        // Of several copies it is enough that one has to be handed out to be used.
        let own = self.container(key);
        let own = own.map_or(Truth::Unknown, |store| self.hands_out(store, assumed));
        let copies = match self.reading(key, Key::REPLICAS, assumed) {
            Reading::Many(stores) => Truth::any(stores.iter().map(|(store, _)| match store {
                Atom::Entity(store) if self.is_declared(*store) => self.hands_out(*store, assumed),
                _ => Truth::Unknown,
            })),
            _ => {
                let listed = self.declarations.keys[key.index as usize].replicas.iter();
                let listed = listed.filter_map(|store| store.value.target());
                let listed = Truth::any(listed.map(|store| self.hands_out(store, assumed)));
                listed.or(Truth::Unknown)
            }
        };
        let leaves = exportable.truth().or(own).or(copies);
        self.is_secret(key.index, assumed).and(leaves)
    }

    /// Whether a store does not compute with its keys, so that who uses one has to have it.
    pub(super) fn hands_out<'a>(&'a self, store: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let custody = self.get_assuming(store, KeyStore::CUSTODY, assumed);
        !custody.is(Custody::computes)
    }

    pub(super) fn loads_keys<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading();
        let settled = loading.workloads[workload as usize];
        if assumed.is_empty() || settled != Truth::Unknown {
            return settled;
        }
        let known = self.known_to_load(workload, assumed);
        let others = Self::any_other(&loading.guests, workload, |guest| {
            let hosted = match self.reading(Kind::Workload.id(guest), Workload::RUNS_ON, assumed) {
                Reading::Unknown => Truth::Unknown,
                Reading::One(Atom::Entity(host)) if loading.is_hosted(host.index, workload) => {
                    Truth::True
                }
                // What it runs on may itself run on anything.
                Reading::One(_) => Truth::unknown_if(self.open.guests.len() > 1),
                _ => Truth::False,
            };
            hosted.and(self.known_to_load(guest, assumed))
        });
        known.or(others)
    }

    /// Whether a workload loads a key that it may not have listed.
    pub(super) fn loads_unlisted<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Truth {
        match self.reading(Kind::Workload.id(workload), Workload::USES, assumed) {
            Reading::Unknown => Truth::Unknown,
            Reading::Many(keys) if !self.is_complete_list(workload) => {
                Truth::any(keys.iter().map(|(key, _)| match key {
                    Atom::Entity(key) if self.is_declared(*key) => {
                        self.is_in_memory(key.index, assumed)
                    }
                    _ => Truth::Unknown,
                }))
            }
            _ => Truth::False,
        }
    }

    /// Whether it is known which keys a workload uses.
    pub(super) fn is_complete_list(&self, workload: u32) -> bool {
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

    fn zone_loads_keys<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading();
        let settled = loading.zones[zone as usize];
        if assumed.is_empty() || settled != Truth::Unknown {
            return settled;
        }
        let others = Self::any_other(&loading.lost, zone, |other| {
            let (around, open) = self.around(other, assumed);
            let nested = match around.contains(&zone) {
                true => Truth::True,
                false => Truth::unknown_if(open),
            };
            nested.and(self.known_within(other, assumed))
        });
        self.known_within(zone, assumed).or(others)
    }

    fn is_on_key_host<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading();
        let (around, open) = self.around(zone, assumed);
        let machines = around.iter().map(|zone| {
            let settled = loading.machines[*zone as usize];
            if assumed.is_empty() || settled != Truth::Unknown {
                return settled;
            }
            self.is_host(*zone, assumed)
                .and(self.zone_loads_keys(*zone, assumed))
        });
        let further = open && loading.is_beside(&around);
        Truth::any(machines).or(Truth::unknown_if(further))
    }

    pub(super) fn is_host<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let kind = self.get_assuming(Kind::Zone.id(zone), Zone::KIND, assumed);
        kind.is(|kind| kind == ZoneKind::Host)
    }

    /// Whether a zone is shut off, and no conduit to or from it or a zone around it is open on
    /// every port.
    fn denies_by_default<'a>(&'a self, zone: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let shut = self.is_shut(zone, assumed);
        let conduits = self.conduits();
        let (around, open) = self.around(zone.index, assumed);
        let joined = Truth::any(around.iter().map(|zone| {
            let at = &conduits.zones[*zone as usize];
            at.under(|conduit| self.is_open(conduit, assumed))
        }));
        let further = open && conduits.is_beside(&around);
        shut.and(!joined.or(Truth::unknown_if(further)))
    }

    pub(super) fn is_shut<'a>(&'a self, zone: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let isolation = self.get_assuming(zone, Zone::ISOLATION, assumed);
        isolation.is(|isolation| isolation >= Isolation::Restricted)
    }

    pub(super) fn is_open<'a>(&'a self, conduit: u32, assumed: &Assumptions<'a>) -> Truth {
        if self.is_forbidden_conduit(conduit) {
            return Truth::False;
        }
        let conduit = Kind::Conduit.id(conduit);
        let there = match self.reading(conduit, Conduit::STATUS, assumed) {
            Reading::Unknown => Truth::Unknown,
            Reading::One(status) => (status != Status::Forbidden.atom()).into(),
            _ => Truth::True,
        };
        there.and(match self.reading(conduit, Conduit::PORTS, assumed) {
            Reading::Many(ports) => is_every_port(&ports).into(),
            _ => {
                let listed = self.listed(conduit, Conduit::PORTS.position());
                Truth::from(is_every_port(&listed)).or(Truth::Unknown)
            }
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
        let mut all = match self.reading(key, Key::ENVIRONMENTS, assumed) {
            Reading::Many(stated) => stated,
            other => return other,
        };
        let mut users = self.users_of[key.index as usize].clone();
        for user in &self.open.users {
            match self.reading(Kind::Workload.id(*user), Workload::USES, assumed) {
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
            match self.reading(zone, Zone::ENVIRONMENT, assumed) {
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
}

fn is_every_port(ports: &Elements<'_>) -> bool {
    let mut ports = ports.iter();
    ports.any(|(port, _)| *port == Atom::Text(Conduit::EVERY_PORT))
}

fn has_unsigned(algorithms: &Elements<'_>) -> bool {
    algorithms
        .iter()
        .any(|(algorithm, _)| is_unsigned(algorithm))
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
        let all = |attribute| inventory.all_unknown(attribute).collect();
        Self {
            zones: all(Zone::PARENT.id()),
            guests: all(Workload::RUNS_ON.id()),
            users: all(Workload::USES.id()),
            replicas: all(Key::REPLICAS.id()),
        }
    }
}
