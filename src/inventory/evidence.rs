//! What a reading rests on: the stated values behind it, or the attributes that nobody stated.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::derive::is_unsigned;
use super::{Assumptions, Inventory, Reading};
use crate::model::{
    Artifact, Atom, AttributeId, CommonText, Conduit, Derived, EntityId, Enumeration as _, Fact,
    Field as _, FieldId, Identity, Issuer, Key, KeyState, KeyStore, Kind, Missing, Omission,
    Origin, Transfer, Truth, Verifier, Workload, Zone,
};
use crate::source::Span;

/// Most references that nobody knows which are named as what an unknown rests on.
const OPEN_LIMIT: usize = 16;

/// Most values that are named as what a derived attribute rests on: more tell nobody more.
const EVIDENCE_LIMIT: usize = 64;

/// A stated value, or a missing one, that a reading rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence<'a> {
    /// The entity that states it or does not.
    pub entity: EntityId,
    /// The attribute, by position; always one that a document can state.
    pub attribute: usize,
    /// The value, or of a set the element that matters; `None` where nothing is stated, and for a
    /// set as a whole.
    pub value: Option<Atom<'a>>,
    /// Where it is written; where nothing is, the id of the entity.
    pub span: Span,
    /// Whether anything is written at the span.
    pub stated: bool,
}

/// An attribute that nobody stated and that would settle an unknown reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Root {
    /// The entity.
    pub entity: EntityId,
    /// The attribute, by position; always one that a document can state.
    pub attribute: usize,
}

/// What nobody states and a derived attribute rests on.
#[derive(Debug, Default)]
pub struct Unsettled {
    /// The attributes, the most telling first.
    pub roots: Vec<Root>,
    /// Whether these are all.
    pub all: bool,
}

/// What nobody states and each derived attribute rests on: of each entity, once it was asked for.
#[derive(Debug)]
pub(super) struct AllUnsettled([OnceLock<ByEntity>; Derived::COUNT * Kind::ALL.len()]);

impl Default for AllUnsettled {
    fn default() -> Self {
        Self(std::array::from_fn(|_| OnceLock::new()))
    }
}

/// Boxed, because most are never asked for.
type ByEntity = Vec<OnceLock<Box<Unsettled>>>;

impl Inventory {
    /// The stated values that the attribute rests on for `entity`, most telling first. Where
    /// nothing is stated, the entity that does not state it.
    pub fn evidence(&self, entity: EntityId, attribute: usize) -> Vec<Evidence<'_>> {
        let mut found = Vec::new();
        self.gather(entity, attribute, &|_| true, &mut found);
        found
    }

    fn gather<'a>(
        &'a self,
        entity: EntityId,
        attribute: usize,
        matters: &dyn Fn(&Atom<'_>) -> bool,
        found: &mut Vec<Evidence<'a>>,
    ) {
        match entity.kind.attributes()[attribute].origin {
            Origin::Common(text) => found.push(self.common_evidence(entity, attribute, text)),
            Origin::Field(field) => self.field_evidence(entity, attribute, field, matters, found),
            Origin::RankOf(of) | Origin::CountOf(of) => {
                self.gather(entity, of, &|_| true, found);
            }
            Origin::PropertyOf(of, accepts) => {
                let accepted = |atom: &Atom<'_>| matches!(atom, Atom::Variant(at) if accepts(*at));
                self.gather(entity, of, &accepted, found);
            }
            Origin::Inventory(derived) => self.derived_evidence(entity, derived, found),
        }
    }

    fn common_evidence(
        &self,
        entity: EntityId,
        attribute: usize,
        text: CommonText,
    ) -> Evidence<'_> {
        let common = self.entity(entity).common();
        match common.map(|common| common.text(text).fact()) {
            Some(Fact::One(atom, span)) => Evidence {
                entity,
                attribute,
                value: Some(atom),
                span,
                stated: true,
            },
            Some(Fact::Unstated(written)) => self.unstated(entity, attribute, written),
            _ => self.unstated(entity, attribute, None),
        }
    }

    fn unstated(&self, entity: EntityId, attribute: usize, written: Option<Span>) -> Evidence<'_> {
        Evidence {
            entity,
            attribute,
            value: None,
            span: written.unwrap_or(self.entity(entity).id().span),
            stated: written.is_some(),
        }
    }

    fn field_evidence<'a>(
        &'a self,
        entity: EntityId,
        attribute: usize,
        field: FieldId,
        matters: &dyn Fn(&Atom<'_>) -> bool,
        found: &mut Vec<Evidence<'a>>,
    ) {
        let stating = self.stating(entity, field);
        match self.entity(stating).fact(field) {
            Fact::One(atom, span) => found.push(Evidence {
                entity: stating,
                attribute,
                value: Some(atom),
                span,
                stated: true,
            }),
            Fact::Many(elements, span) => {
                let telling = elements.iter().filter(|(atom, _)| matters(atom));
                let before = found.len();
                found.extend(telling.map(|(atom, span)| Evidence {
                    entity: stating,
                    attribute,
                    value: Some(*atom),
                    span: *span,
                    stated: true,
                }));
                if found.len() == before {
                    found.push(Evidence {
                        entity: stating,
                        attribute,
                        value: None,
                        span,
                        stated: true,
                    });
                }
            }
            Fact::Absent(span) | Fact::Broken(span) => {
                found.push(self.unstated(stating, attribute, Some(span)));
            }
            Fact::Unstated(written) => found.push(self.unstated(stating, attribute, written)),
        }
        // What nests a zone in the one that speaks for it decided, too.
        if stating != entity {
            let around = self.zones_around(entity.index);
            let around = around.into_iter().map(|index| Kind::Zone.id(index));
            let nested = std::iter::once(entity).chain(around);
            for zone in nested.take_while(|zone| *zone != stating) {
                self.named_evidence(zone, Zone::PARENT, found);
            }
        }
    }

    /// The entity whose statement of an attribute holds for `entity`: a zone inherits from those
    /// around it.
    pub fn stating_of(&self, entity: EntityId, attribute: usize) -> EntityId {
        match entity.kind.attributes()[attribute].origin {
            Origin::Field(field) => self.stating(entity, field),
            _ => entity,
        }
    }

    /// The entity whose statement holds for `entity`: a zone inherits from those around it.
    pub(super) fn stating(&self, entity: EntityId, field: FieldId) -> EntityId {
        if entity.kind.def().field(field).omission != Omission::Inherited {
            return entity;
        }
        let around = self.zones_around(entity.index);
        let mut zones = std::iter::once(entity.index)
            .chain(around)
            .map(|index| Kind::Zone.id(index));
        zones
            .find(|zone| self.entity(*zone).fact(field) != Fact::Unstated(None))
            .unwrap_or(entity)
    }

    fn derived_evidence<'a>(
        &'a self,
        entity: EntityId,
        derived: Derived,
        found: &mut Vec<Evidence<'a>>,
    ) {
        match derived {
            Derived::ZoneStatesClearance => self.named_evidence(entity, Zone::CLEARANCE, found),
            Derived::ZoneDenyDefault => self.denying_evidence(entity, found),
            Derived::TransferFromZone | Derived::TransferToZone => {
                let end = match derived {
                    Derived::TransferFromZone => Transfer::FROM,
                    _ => Transfer::TO,
                };
                self.named_evidence(entity, end, found);
            }
            Derived::VerifierAcceptsUnsigned => {
                let algorithms = Verifier::ALGORITHMS.position();
                self.gather(entity, algorithms, &is_unsigned, found);
            }
            Derived::KeyServedEnvironments => {
                self.named_evidence(entity, Key::ENVIRONMENTS, found);
                for user in &self.users_of[entity.index as usize] {
                    let user = Kind::Workload.id(*user);
                    if let Some(zone) = self.container(user) {
                        self.named_evidence(zone, Zone::ENVIRONMENT, found);
                    }
                    if found.len() >= EVIDENCE_LIMIT {
                        break;
                    }
                }
            }
            Derived::KeyExists | Derived::KeyInUse | Derived::KeyIsCompromised => {
                // Where no state is stated there is nothing to point at: the key is as declared.
                let stated = self.evidence(entity, Key::STATE.position()).into_iter();
                found.extend(stated.filter(|state| state.value.is_some()));
            }
            Derived::KeyZone | Derived::ArtifactOrigin => {
                let mut at = entity;
                while at.kind != Kind::Zone {
                    let up = match at.kind {
                        Kind::Artifact => Some(Artifact::FROM.id()),
                        kind => kind.def().parent,
                    };
                    if let Some(up) = up {
                        self.named_evidence(at, up, found);
                    }
                    match self.step(at) {
                        Some(next) => at = next,
                        None => return,
                    }
                }
            }
            Derived::WorkloadLoadsKeys => {
                let before = found.len();
                self.loading_evidence(entity, found);
                if found.len() == before {
                    self.named_evidence(entity, Workload::USES, found);
                }
            }
            Derived::ZoneLoadsKeys => {
                let mut zones = vec![entity.index];
                while let Some(zone) = zones.pop() {
                    let within = self.nested_in[zone as usize].iter().copied();
                    let loads = |zone: &u32| self.loading().within[*zone as usize] != Truth::False;
                    zones.extend(within.filter(loads));
                    for workload in &self.workloads_in[zone as usize] {
                        let workload = Kind::Workload.id(*workload);
                        let loads = self.derived(
                            workload,
                            Derived::WorkloadLoadsKeys,
                            &Assumptions::none(),
                        );
                        if loads != Reading::One(Atom::Bool(false)) {
                            self.named_evidence(workload, Workload::ZONE, found);
                            self.loading_evidence(workload, found);
                        }
                        if found.len() >= EVIDENCE_LIMIT {
                            return;
                        }
                    }
                }
            }
            Derived::ZoneOnKeyHost => {
                let nothing = Assumptions::none();
                let around = std::iter::once(entity.index).chain(self.zones_around(entity.index));
                for zone in around {
                    if self.is_host(zone, &nothing) != Truth::False {
                        let zone = Kind::Zone.id(zone);
                        let loads = self.derived(zone, Derived::ZoneLoadsKeys, &nothing);
                        if loads != Reading::One(Atom::Bool(false)) {
                            self.named_evidence(zone, Zone::KIND, found);
                            self.derived_evidence(zone, Derived::ZoneLoadsKeys, found);
                        }
                    }
                }
            }
            Derived::ZoneIsKeyZone => self.guarding_evidence(entity, found),
            Derived::KeyZones => {
                for (key, attribute) in [Key::STORE.of(entity), Key::REPLICAS.of(entity)] {
                    self.gather(key, attribute, &|_| true, found);
                }
            }
            Derived::TransferScans => {
                let (transfer, steps) = Transfer::STEPS.of(entity);
                self.gather(transfer, steps, &|_| true, found);
            }
            Derived::IsPersonal => {
                for identity in self.authenticated(entity) {
                    let (identity, kind) = Identity::KIND.of(identity);
                    self.gather(identity, kind, &|_| true, found);
                }
                let by = entity.kind.attribute("authenticates").unwrap_or_default();
                self.gather(entity, by, &|_| true, found);
            }
            Derived::IsSoleFactor => {
                for identity in self.authenticated(entity) {
                    for (of, attribute) in [
                        Identity::CREDENTIAL.of(identity),
                        Identity::MFA.of(identity),
                        Identity::KIND.of(identity),
                    ] {
                        self.gather(of, attribute, &|_| true, found);
                    }
                }
                let by = entity.kind.attribute("authenticates").unwrap_or_default();
                self.gather(entity, by, &|_| true, found);
            }
            Derived::ZoneIsExposed => {
                for workload in &self.workloads_in[entity.index as usize] {
                    let workload = Kind::Workload.id(*workload);
                    if self.is_exposed(workload, &Assumptions::none()) != Truth::False {
                        self.derived_evidence(workload, Derived::WorkloadIsExposed, found);
                    }
                }
            }
            Derived::WorkloadIsExposed => {
                let stated = self.reading(entity, Workload::EXPOSURE, &Assumptions::none());
                let (of, attribute) = match self.container(entity) {
                    Some(zone) if stated == Reading::Absent => Zone::INTERNET.of(zone),
                    _ => Workload::EXPOSURE.of(entity),
                };
                self.gather(of, attribute, &|_| true, found);
            }
            Derived::VerifierMaxTrustedMinutes => {
                let issuers = self.trusted_issuers(entity, &Assumptions::none());
                for issuer in issuers.into_iter().flatten() {
                    let (issuer, minutes) = Issuer::MAX_TOKEN_MINUTES.of(issuer);
                    self.gather(issuer, minutes, &|_| true, found);
                }
                let (verifier, trusts) = Verifier::TRUSTS.of(entity);
                self.gather(verifier, trusts, &|_| true, found);
            }
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
            | Derived::KeyObtainableByCount => {
                let computed = self.possible(entity, derived).into_iter();
                let rests_on = computed.flat_map(|computed| &computed.rests_on);
                for (entity, attribute) in rests_on.take(EVIDENCE_LIMIT) {
                    self.gather(*entity, *attribute, &|_| true, found);
                }
            }
        }
        self.open_evidence(entity, derived, found);
    }

    /// Where a derived attribute is unknown, the references that nobody knows and that may lead
    /// here; of very many some.
    fn open_evidence<'a>(
        &'a self,
        entity: EntityId,
        derived: Derived,
        found: &mut Vec<Evidence<'a>>,
    ) {
        if !derived.may_be_open()
            || self.derived(entity, derived, &Assumptions::none()) != Reading::Unknown
        {
            return;
        }
        for (entity, attribute) in self.open_behind(entity, derived).references {
            let before = found.len();
            self.named_evidence(entity, attribute, found);
            // What is listed of an incomplete list is not what is unknown.
            if let Some(first) = found.get(before).copied() {
                found.truncate(before);
                found.push(Evidence {
                    value: None,
                    ..first
                });
            }
        }
    }

    fn step(&self, entity: EntityId) -> Option<EntityId> {
        match entity.kind {
            Kind::Artifact => {
                let artifact = &self.declarations.artifacts[entity.index as usize];
                artifact.from.known()?.target()
            }
            _ => self.container(entity),
        }
    }

    /// The references that nobody knows and that make a derived attribute of `entity` unknown, as
    /// they may lead here: of very many some, and whether these are all.
    fn open_behind(&self, entity: EntityId, derived: Derived) -> OpenBehind {
        let mut open = OpenBehind::default();
        match derived {
            Derived::ZoneStatesClearance | Derived::ZoneDenyDefault | Derived::ZoneOnKeyHost => {
                self.open_around(entity, &mut open);
            }
            Derived::ZoneIsKeyZone => {
                self.open_around(entity, &mut open);
                open.add(Key::REPLICAS.id(), &self.guarded().copies);
            }
            Derived::ZoneLoadsKeys => {
                let lost = self.loading().lost.iter();
                let lost: Vec<u32> = lost.copied().filter(|at| *at != entity.index).collect();
                if !lost.is_empty() {
                    open.add(Zone::PARENT.id(), &self.open.zones);
                }
                let inside = lost.iter().take(OPEN_LIMIT);
                let inside = inside.flat_map(|zone| self.workloads_within(*zone));
                self.open_hosts(None, inside.collect(), &mut open);
            }
            Derived::WorkloadLoadsKeys => {
                self.open_hosts(Some(entity.index), Vec::new(), &mut open);
            }
            Derived::KeyServedEnvironments => {
                let users = &self.users_of[entity.index as usize];
                let others = self.open.users.iter().copied();
                let others: Vec<u32> = others.filter(|user| !users.contains(user)).collect();
                open.add(Workload::USES.id(), &others);
            }
            _ => {}
        }
        open
    }

    /// What the outermost zone around `zone` is in, where nobody knows.
    fn open_around(&self, zone: EntityId, open: &mut OpenBehind) {
        let (zones, further) = self.around(zone.index, &Assumptions::none());
        if let Some(outermost) = zones.last().filter(|_| further) {
            open.add(Zone::PARENT.id(), &[*outermost]);
            // What that is in may be in any other of these.
            open.more |= self.open.zones.len() > OPEN_LIMIT;
        }
    }

    /// What those run on that load keys and may run on any other than themselves, and which keys
    /// they use, and those of `users`.
    fn open_hosts(&self, but: Option<u32>, mut users: Vec<u32>, open: &mut OpenBehind) {
        let guests = self.loading().guests.iter();
        let guests: Vec<u32> = guests.copied().filter(|at| Some(*at) != but).collect();
        if !guests.is_empty() {
            open.add(Workload::RUNS_ON.id(), &self.open.guests);
        }
        let guests = guests.iter().take(OPEN_LIMIT);
        users.extend(guests.flat_map(|guest| self.with_guests(*guest)));
        users.retain(|user| !self.is_complete_list(*user));
        users.sort_unstable();
        users.dedup();
        open.add(Workload::USES.id(), &users);
    }

    /// The workloads in a zone, or in one that is known to be in it, as far as few are looked at.
    fn workloads_within(&self, zone: u32) -> Vec<u32> {
        let mut zones = vec![zone];
        let mut found = Vec::new();
        while let Some(zone) = zones.pop().filter(|_| found.len() <= OPEN_LIMIT) {
            zones.extend(&self.nested_in[zone as usize]);
            found.extend(self.workloads_in[zone as usize].iter().take(OPEN_LIMIT + 1));
        }
        found
    }

    /// What shuts a zone off, or leaves it open: of one that is shut off, the conduits that are open
    /// on every port, or may be.
    fn denying_evidence<'a>(&'a self, zone: EntityId, found: &mut Vec<Evidence<'a>>) {
        let nothing = Assumptions::none();
        let around = std::iter::once(zone.index).chain(self.zones_around(zone.index));
        let conduits = around.flat_map(|zone| &self.conduits_at[zone as usize]);
        let there: Vec<u32> = conduits
            .copied()
            .filter(|conduit| !self.is_forbidden_conduit(*conduit))
            .take(EVIDENCE_LIMIT)
            .collect();
        let around = std::iter::once(zone.index).chain(self.zones_around(zone.index));
        let open: Vec<u32> = around
            .flat_map(|zone| &self.conduits_at[zone as usize])
            .copied()
            .filter(|conduit| self.is_open(*conduit, &nothing) != Truth::False)
            .take(EVIDENCE_LIMIT)
            .collect();
        if self.is_shut(zone, &nothing) == Truth::True && !open.is_empty() {
            open.iter()
                .for_each(|conduit| self.port_evidence(*conduit, found));
            self.named_evidence(zone, Zone::ISOLATION, found);
        } else {
            self.named_evidence(zone, Zone::ISOLATION, found);
            there
                .iter()
                .for_each(|conduit| self.port_evidence(*conduit, found));
        }
    }

    /// What opens a conduit on every port, or nobody says.
    fn port_evidence<'a>(&'a self, conduit: u32, found: &mut Vec<Evidence<'a>>) {
        let status = self.declarations.conduits[conduit as usize].status.fact();
        let conduit = Kind::Conduit.id(conduit);
        let every = |atom: &Atom<'_>| *atom == Atom::Text(Conduit::EVERY_PORT);
        self.gather(conduit, Conduit::PORTS.position(), &every, found);
        if matches!(status, Fact::Unstated(Some(_))) {
            self.named_evidence(conduit, Conduit::STATUS, found);
        }
    }

    /// The keys that make a workload one that loads keys, or may.
    fn loading_evidence<'a>(&'a self, workload: EntityId, found: &mut Vec<Evidence<'a>>) {
        let uses = Workload::USES.position();
        for user in self.with_guests(workload.index) {
            if found.len() >= EVIDENCE_LIMIT {
                return;
            }
            let user = Kind::Workload.id(user);
            if user != workload {
                self.named_evidence(user, Workload::RUNS_ON, found);
            }
            if !self.is_complete_list(user.index) {
                let keys = &self.declarations.workloads[user.index as usize].uses;
                let written = match keys.fact() {
                    Fact::Unstated(written) => written,
                    _ => None,
                };
                found.push(self.unstated(user, uses, written));
            }
            for key in self.declarations.workloads[user.index as usize].uses.iter() {
                let Some(target) = key.value.target() else {
                    continue;
                };
                let loaded = self.in_memory(target, &Assumptions::none());
                if loaded == Truth::False {
                    continue;
                }
                if found.len() >= EVIDENCE_LIMIT {
                    return;
                }
                found.push(Evidence {
                    entity: user,
                    attribute: uses,
                    value: Some(Atom::Entity(target)),
                    span: key.span,
                    stated: true,
                });
                self.memory_evidence(target, found);
            }
        }
    }

    /// What puts a key into the memory of whoever uses it, or keeps it out.
    pub fn memory_evidence<'a>(&'a self, key: EntityId, found: &mut Vec<Evidence<'a>>) {
        if self.is_secret(key.index, &Assumptions::none()) == Truth::False {
            let before = found.len();
            self.derived_evidence(key, Derived::KeyExists, found);
            let gone = |on: &Evidence<'_>| on.value == Some(KeyState::Destroyed.atom());
            if !found[before..].iter().any(gone) {
                found.truncate(before);
                self.named_evidence(key, Key::KIND, found);
            }
            return;
        }
        let nothing = Assumptions::none();
        let exported = self.get(key, Key::EXPORTABLE).truth() == Truth::True;
        if let Some(store) = self.container(key).filter(|_| !exported) {
            let copies = self.declarations.keys[key.index as usize].replicas.iter();
            let copies = copies.filter_map(|copy| Some((copy.value.target()?, copy.span)));
            // A copy matters where it is handed out, or nobody knows.
            let handed_out = self.hands_out(store, &nothing) == Truth::True;
            for (copy, span) in copies {
                if !handed_out && self.hands_out(copy, &nothing) != Truth::False {
                    self.named_evidence(copy, KeyStore::CUSTODY, found);
                    found.push(Evidence {
                        entity: key,
                        attribute: Key::REPLICAS.position(),
                        value: Some(Atom::Entity(copy)),
                        span,
                        stated: true,
                    });
                }
            }
            self.named_evidence(store, KeyStore::CUSTODY, found);
            let open = self.is_unknown(key, Key::REPLICAS);
            if open && self.in_memory(key, &nothing) == Truth::Unknown {
                found.push(self.opening(Root {
                    entity: key,
                    attribute: Key::REPLICAS.position(),
                }));
            }
        }
        let loaded = self.in_memory(key, &nothing);
        if exported || loaded != Truth::True {
            self.named_evidence(key, Key::EXPORTABLE, found);
        }
        self.named_evidence(key, Key::KIND, found);
    }

    /// The keys that make a zone one that holds guarded keys, or may: not those that cannot.
    fn guarding_evidence<'a>(&'a self, zone: EntityId, found: &mut Vec<Evidence<'a>>) {
        let inner = zone.index;
        let nothing = Assumptions::none();
        for zone in std::iter::once(inner).chain(self.zones_around(inner)) {
            for index in &self.keys_in[zone as usize] {
                let guards = self.guards(*index, zone, zone != inner);
                if !guards || self.is_guarded(*index, &nothing) == Truth::False {
                    continue;
                }
                if found.len() >= EVIDENCE_LIMIT {
                    return;
                }
                let key = Kind::Key.id(*index);
                for attribute in [Key::LEVEL.id(), Key::KIND.id()] {
                    self.named_evidence(key, attribute, found);
                }
                self.residence_evidence(key, zone, found);
            }
        }
    }

    /// What puts a key into a zone: its store, or the replicas that are there.
    fn residence_evidence<'a>(&'a self, key: EntityId, zone: u32, found: &mut Vec<Evidence<'a>>) {
        for attribute in [Key::STORE.id(), Key::REPLICAS.id()] {
            let stores = self.evidence(key, attribute.position()).into_iter();
            found.extend(stores.filter(|on| match on.value {
                Some(Atom::Entity(store)) => {
                    self.container(store).is_some_and(|in_| in_.index == zone)
                }
                _ => false,
            }));
        }
    }

    fn named_evidence<'a>(
        &'a self,
        entity: EntityId,
        attribute: impl Into<AttributeId>,
        found: &mut Vec<Evidence<'a>>,
    ) {
        let attribute = attribute.into();
        if attribute.kind == entity.kind {
            self.gather(entity, attribute.position(), &|_| true, found);
        }
    }

    /// What leaves a list or a reference open: the word `unknown` in its place, a list with `...` in it,
    /// or `complete: false`.
    pub fn opening(&self, root: Root) -> Evidence<'_> {
        let entity = self.entity(root.entity);
        let written = match entity.kind().attributes()[root.attribute].origin {
            Origin::Field(field) => match entity.fact(field) {
                Fact::Unstated(written) => written,
                Fact::Many(_, span) if entity.missing(field) == Some(Missing::Open) => Some(span),
                _ => None,
            },
            _ => None,
        };
        let complete = entity.common().and_then(|common| common.complete.as_ref());
        let written = written.or(complete.map(|complete| complete.span));
        self.unstated(root.entity, root.attribute, written)
    }

    /// What nobody states and a derived attribute rests on, worked out once.
    pub fn unsettled(&self, entity: EntityId, derived: Derived) -> &Unsettled {
        let at = derived as usize * Kind::ALL.len() + entity.kind as usize;
        let entities = self.unsettled.0[at].get_or_init(|| {
            let count = self.declarations.count(entity.kind);
            std::iter::repeat_with(OnceLock::new).take(count).collect()
        });
        entities[entity.index as usize].get_or_init(|| {
            let mut evidence = Vec::new();
            self.derived_evidence(entity, derived, &mut evidence);
            let all = evidence.len() < EVIDENCE_LIMIT && self.open_behind(entity, derived).all();
            let roots = self.unknown_of(&evidence);
            Box::new(Unsettled { roots, all })
        })
    }

    /// What a derived attribute of a zone rests on besides, where zones are assumed to be around it;
    /// `None` if that is too much.
    pub fn further<'a>(
        &'a self,
        zone: EntityId,
        derived: Derived,
        assumed: &Assumptions<'a>,
    ) -> Option<Vec<Root>> {
        let of_those_around = matches!(
            derived,
            Derived::ZoneStatesClearance
                | Derived::ZoneIsKeyZone
                | Derived::ZoneOnKeyHost
                | Derived::ZoneDenyDefault
        );
        let known = 1 + self.zones_around(zone.index).count();
        let (around, open) = match of_those_around {
            true => self.around(zone.index, assumed),
            false => (Vec::new(), false),
        };
        let mut roots = Vec::new();
        for added in around.iter().skip(known) {
            let unsettled = self.unsettled(Kind::Zone.id(*added), derived);
            if !unsettled.all {
                return None;
            }
            roots.extend(&unsettled.roots);
        }
        if let Some(outermost) = around.last().filter(|_| open) {
            roots.push(Root {
                entity: Kind::Zone.id(*outermost),
                attribute: Zone::PARENT.position(),
            });
        }
        Some(roots)
    }

    /// Of what a reading rests on, what nobody states; each once, in order.
    fn unknown_of(&self, evidence: &[Evidence<'_>]) -> Vec<Root> {
        let mut seen = HashSet::new();
        let roots = evidence.iter().map(|on| Root {
            entity: on.entity,
            attribute: on.attribute,
        });
        let nothing = Assumptions::none();
        roots
            .filter(|root| seen.insert(*root))
            .filter(|root| self.read(root.entity, root.attribute, &nothing) == Reading::Unknown)
            .collect()
    }

    /// The attributes that nobody stated and that an unknown reading rests on; each once, in order.
    pub fn roots(&self, entity: EntityId, attribute: usize) -> Vec<Root> {
        let mut roots = self.unknown_of(&self.evidence(entity, attribute));
        roots.sort_unstable();
        roots
    }
}

/// References that nobody knows and that may lead to an entity.
#[derive(Debug, Default)]
struct OpenBehind {
    references: Vec<(EntityId, AttributeId)>,
    /// Whether there are more.
    more: bool,
}

impl OpenBehind {
    fn add(&mut self, attribute: AttributeId, all: &[u32]) {
        let some = all.iter().take(OPEN_LIMIT);
        self.references
            .extend(some.map(|at| (attribute.kind.id(*at), attribute)));
        self.more |= all.len() > OPEN_LIMIT;
    }

    fn all(&self) -> bool {
        !self.more
    }
}
