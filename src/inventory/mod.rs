//! Everything that the documents of one root declare, linked into one graph.
//!
//! Flows in: declarations in the order of the files. Flows out: an [`Inventory`] in which every
//! reference knows its entity, and the problems of those that do not. It answers what an attribute
//! holds ([`Inventory::read`]), what that rests on ([`Inventory::evidence`]) and, where it is
//! unknown, which stated attributes would settle it ([`Inventory::roots`]). It knows no policies.

mod derived;
mod evidence;
mod get;
mod link;
mod read;

use std::collections::HashSet;
use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;

use crate::model::{Declarations, Entity, EntityId, Kind, Origin};
use crate::source::Problem;

pub use derived::{Computed, ComputedAttributes, Possible, Unsettled};
pub use evidence::{Evidence, MissingFact};
pub use read::{Assumptions, Reading};

use derived::{AllUnsettled, Known, Open, Settled};

/// Linked declarations.
#[derive(Debug, Default)]
pub struct Inventory {
    declarations: Declarations,
    ids: Ids,
    /// The zone that encloses each zone; cycles are cut, and reported.
    enclosing: Vec<Option<u32>>,
    /// The keys kept in each zone, not counting nested zones.
    keys_in: Vec<Vec<u32>>,
    /// The workloads in each zone, not counting nested zones.
    workloads_in: Vec<Vec<u32>>,
    /// Whatever is located in each zone, keys with their stores, not counting nested zones.
    located_in: Vec<Vec<EntityId>>,
    /// The conduits from or to each zone.
    conduits_at: Vec<Vec<u32>>,
    /// The workloads that use each key.
    users_of: Vec<Vec<u32>>,
    /// The groups that each identity is in; cycles are cut, and reported.
    groups_of: Vec<Vec<u32>>,
    /// The identities directly in each group.
    members_of: Vec<Vec<u32>>,
    /// The zones directly inside each zone.
    nested_in: Vec<Vec<u32>>,
    /// The workloads that run directly on each workload.
    guests_of: Vec<Vec<u32>>,
    /// What nobody knows the place of.
    open: Open,
    /// What the derived attributes of zones and workloads are when nothing is assumed.
    settled: Settled,
    /// What is unknown of them.
    unsettled: AllUnsettled,
    /// The zone `internet`, where no document declares it.
    internet: Option<u32>,
    /// What follows from where things end up.
    computed: Known,
}

/// Ids to entities, without a copy of the ids.
#[derive(Debug, Default)]
struct Ids {
    table: HashTable<EntityId>,
    hasher: DefaultHashBuilder,
}

impl Ids {
    fn with_capacity(entities: usize) -> Self {
        Self {
            table: HashTable::with_capacity(entities),
            hasher: DefaultHashBuilder::default(),
        }
    }

    fn hash(&self, kind: Kind, id: &str) -> u64 {
        self.hasher.hash_one((kind, id))
    }

    fn find(&self, declarations: &Declarations, kind: Kind, id: &str) -> Option<EntityId> {
        let same =
            |known: &EntityId| known.kind == kind && &*declarations.entity(*known).id().value == id;
        self.table.find(self.hash(kind, id), same).copied()
    }

    /// Adds an entity; if there is one of that kind and id, gives that instead.
    fn add(&mut self, declarations: &Declarations, entity: EntityId) -> Result<(), EntityId> {
        let id_of = |known: &EntityId| &*declarations.entity(*known).id().value;
        let id = id_of(&entity);
        let hash = self.hash(entity.kind, id);
        let hasher = &self.hasher;
        let entry = self.table.entry(
            hash,
            |known| known.kind == entity.kind && id_of(known) == id,
            |known| hasher.hash_one((known.kind, id_of(known))),
        );
        match entry {
            Entry::Occupied(first) => Err(*first.get()),
            Entry::Vacant(free) => {
                free.insert(entity);
                Ok(())
            }
        }
    }
}

impl Inventory {
    /// Links `declarations`: unknown ids, duplicates, wrong kinds, missing mandatory references
    /// and cycles become problems; everything else stays usable.
    ///
    /// Linear in the number of entities and references.
    pub fn link(declarations: Declarations) -> (Self, Vec<Problem>) {
        link::link(declarations)
    }

    /// Every entity that a document declares, by kind, in the order of the files.
    pub fn ids(&self) -> impl Iterator<Item = EntityId> + '_ {
        let added = self.internet.map(|index| Kind::Zone.id(index));
        let all = self.declarations.ids();
        all.filter(move |id| Some(*id) != added)
    }

    /// The same of one kind.
    pub fn ids_of(&self, kind: Kind) -> impl Iterator<Item = EntityId> + '_ {
        let added = self.internet.filter(|_| kind == Kind::Zone);
        let all = 0..self.declarations.count(kind) as u32;
        let all = all.filter(move |index| Some(*index) != added);
        all.map(move |index| kind.id(index))
    }

    /// The zone `internet`: the one that a document declares, or the one that is there without.
    pub fn internet(&self) -> Option<u32> {
        let declared = || self.find(Kind::Zone, "internet").map(|zone| zone.index);
        self.internet.or_else(declared)
    }

    /// The zones directly inside a zone.
    pub fn nested_in(&self, zone: u32) -> &[u32] {
        &self.nested_in[zone as usize]
    }

    /// The declarations.
    pub fn declarations(&self) -> &Declarations {
        &self.declarations
    }

    /// The declarations, to be linked anew: as they were read, without what linking added.
    pub fn into_declarations(mut self) -> Declarations {
        // It is the last of the zones.
        if let Some(added) = self.internet {
            self.declarations.zones.truncate(added as usize);
        }
        self.declarations
    }

    /// The entity that `id` names.
    pub fn entity(&self, id: EntityId) -> &dyn Entity {
        self.declarations.entity(id)
    }

    /// The entity of this kind with this id.
    pub fn find(&self, kind: Kind, id: &str) -> Option<EntityId> {
        self.ids.find(&self.declarations, kind, id)
    }

    /// The entity that is called so in identities, as `Kind::id`.
    pub fn identified(&self, name: &str) -> Option<EntityId> {
        let (kind, id) = name.split_once("::")?;
        self.find(Kind::named(kind)?, id)
    }

    /// The entities that an id names, or `section/id`.
    pub fn named(&self, name: &str) -> Vec<EntityId> {
        let kinds = Kind::ALL.iter().filter(|kind| kind.def().section.is_some());
        let by_id: Vec<_> = kinds.filter_map(|kind| self.find(*kind, name)).collect();
        let in_section = || {
            let (section, id) = name.split_once('/')?;
            let mut kinds = Kind::ALL.iter();
            let kind = kinds.find(|kind| kind.def().section == Some(section))?;
            self.find(*kind, id)
        };
        match by_id.is_empty() {
            true => in_section().into_iter().collect(),
            false => by_id,
        }
    }

    /// The entity in a sentence: "key store `vault`".
    pub fn describe(&self, id: EntityId) -> String {
        format!("{} `{}`", id.kind.def().label, self.entity(id).id().value)
    }

    /// The names of the attributes of `id` that nobody states.
    pub fn unknown(&self, id: EntityId) -> Vec<&'static str> {
        let nothing = Assumptions::none();
        let attributes = id.kind.attributes().iter().enumerate();
        attributes
            .filter(|(_, def)| matches!(def.origin, Origin::Field(_)))
            .filter(|(position, _)| self.read(id, *position, &nothing) == Reading::Unknown)
            .map(|(_, def)| def.name.as_str())
            .collect()
    }

    /// The zones that enclose `zone`, the nearest first.
    fn zones_around(&self, zone: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(self.enclosing[zone as usize], |zone| {
            self.enclosing[*zone as usize]
        })
    }

    /// The Cedar ancestors of `id`, each once: for a key its store and the zones around that.
    pub fn ancestors(&self, id: EntityId) -> Vec<EntityId> {
        let mut all: Vec<EntityId> = self.parents(id).into_vec();
        let mut next = 0;
        while let Some(at) = all.get(next) {
            for parent in self.parents(*at) {
                if !all.contains(&parent) {
                    all.push(parent);
                }
            }
            next += 1;
        }
        all
    }

    /// The Cedar parents of `id`: for a key its store, for an identity its groups.
    pub fn parents(&self, id: EntityId) -> SmallVec<[EntityId; 1]> {
        if id.kind == Kind::Identity {
            let groups = self.groups_of[id.index as usize].iter();
            let groups = groups.map(|index| Kind::Identity.id(*index));
            return groups.collect();
        }
        self.container(id).into_iter().collect()
    }

    /// What directly contains `id`: for a key its store, for a workload its zone.
    pub fn container(&self, id: EntityId) -> Option<EntityId> {
        let at = id.index as usize;
        let all = &self.declarations;
        match id.kind {
            Kind::Zone => self.enclosing[at].map(|index| Kind::Zone.id(index)),
            Kind::KeyStore => all.key_stores[at].zone.known()?.target(),
            Kind::Key => all.keys[at].store.known()?.target(),
            Kind::Workload => all.workloads[at].zone.known()?.target(),
            Kind::Store => all.stores[at].zone.known()?.target(),
            Kind::DebugEnvironment => all.debug_environments[at].zone.known()?.target(),
            Kind::Identity => all.identities[at].zone.known()?.target(),
            Kind::Artifact
            | Kind::Conduit
            | Kind::Data
            | Kind::Document
            | Kind::Grant
            | Kind::Issuer
            | Kind::Transfer
            | Kind::Verifier => None,
        }
    }

    /// The zone that `id` is in: its own, that of its store, that of what it was taken from.
    pub fn zone_of(&self, id: EntityId) -> Option<EntityId> {
        if id.kind == Kind::Artifact {
            let artifact = &self.declarations.artifacts[id.index as usize];
            return self.zone_of(artifact.from.known()?.target()?);
        }
        let mut around = std::iter::successors(self.container(id), |next| self.container(*next));
        around.find(|container| container.kind == Kind::Zone)
    }

    /// The entities in `zone` and in the zones nested in it, zones left out, and identities: who works
    /// in a zone is not part of it.
    pub fn contents(&self, zone: u32) -> Vec<EntityId> {
        let mut zones = vec![zone];
        let mut found = Vec::new();
        while let Some(zone) = zones.pop() {
            zones.extend(&self.nested_in[zone as usize]);
            let located = self.located_in[zone as usize].iter();
            found.extend(located.filter(|thing| thing.kind != Kind::Identity));
        }
        found.sort_unstable();
        found
    }

    /// The identities that have what is granted to `identity`: itself and, if it is a group, its
    /// members and those of groups in it.
    pub fn holders(&self, identity: u32) -> Vec<u32> {
        let mut all = vec![identity];
        let mut seen = HashSet::from([identity]);
        let mut next = 0;
        while let Some(at) = all.get(next) {
            let members = self.members_of[*at as usize].iter();
            let new: Vec<_> = members
                .copied()
                .filter(|member| seen.insert(*member))
                .collect();
            all.extend(new);
            next += 1;
        }
        all
    }
}

impl Inventory {
    /// The workloads that use a key, and those that they run on.
    pub fn users(&self, key: EntityId) -> Vec<EntityId> {
        let mut found: Vec<u32> = Vec::new();
        let mut next: Vec<u32> = self.users_of[key.index as usize].clone();
        while let Some(workload) = next.pop() {
            if !found.contains(&workload) {
                found.push(workload);
                let workload = &self.declarations.workloads[workload as usize];
                let host = workload.runs_on.known().and_then(|host| host.target());
                next.extend(host.map(|host| host.index));
            }
        }
        found.sort_unstable();
        let found = found.into_iter();
        found.map(|index| Kind::Workload.id(index)).collect()
    }

    /// A workload and all that run on it.
    pub fn guests(&self, workload: EntityId) -> Vec<EntityId> {
        let guests = self.with_guests(workload.index).into_iter();
        guests.map(|index| Kind::Workload.id(index)).collect()
    }

    /// A workload, what it runs on, what that runs on.
    pub fn hosts(&self, workload: EntityId) -> Vec<EntityId> {
        let host = |guest: &EntityId| {
            let guest = &self.declarations.workloads[guest.index as usize];
            guest.runs_on.known()?.target()
        };
        let mut all = vec![workload];
        while let Some(next) = all.last().and_then(host).filter(|host| !all.contains(host)) {
            all.push(next);
        }
        all
    }

    /// The workloads of which nobody says, or says in full, which keys they use.
    pub fn possible_users(&self) -> Vec<EntityId> {
        let users = self.open.users.iter();
        users.map(|index| Kind::Workload.id(*index)).collect()
    }

    /// The keys that a workload, or one that runs on it, uses, and whether it does for certain: of
    /// one of which nobody says which keys it uses, it may be any.
    pub fn keys_used(&self, workload: EntityId) -> Vec<(EntityId, bool)> {
        let mut found: Vec<(EntityId, bool)> = Vec::new();
        let users = self.with_guests(workload.index);
        for user in &users {
            for key in self.declarations.workloads[*user as usize].uses.iter() {
                if let Some(key) = key.value.target()
                    && !found.contains(&(key, true))
                {
                    found.push((key, true));
                }
            }
        }
        if users.iter().any(|user| self.open.users.contains(user)) {
            let keys = 0..self.declarations.keys.len() as u32;
            let keys = keys.map(|index| Kind::Key.id(index));
            let others: Vec<_> = keys.filter(|key| !found.contains(&(*key, true))).collect();
            found.extend(others.into_iter().map(|key| (key, false)));
        }
        found
    }

    /// The keys of which a key store holds the key itself or a copy.
    pub fn keys_in_store(&self, store: EntityId) -> Vec<EntityId> {
        let keys = (0..).zip(&self.declarations.keys);
        let keys = keys.filter(|(_, key)| {
            let stores = key.store.known().into_iter();
            let mut stores = stores.chain(key.replicas.iter().map(|replica| &replica.value));
            stores.any(|held| held.target() == Some(store))
        });
        keys.map(|(index, _)| Kind::Key.id(index)).collect()
    }
}
