//! The attributes of entities that follow from where things end up.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{HashMap, HashSet};

use super::access::Access;
use super::contents::Content;
use super::opens;
use super::propagation::Hop;
use super::support::Supports;
use super::{Flow, FlowState};
use crate::inventory::{Computed, ComputedAttributes, Inventory, Possible};
use crate::model::{
    Artifact, Category, DebugEnvironment, Derived, EntityId, Enumeration as _, Grant, GrantAction,
    Identity, IdentityKind, Key, Kind, Level, PossibleValues, SetBounds, Store, Transfer, Truth,
    Zone,
};

/// Computes those of `wanted`, for all entities.
pub fn attributes(
    flow: &Flow,
    inventory: &Inventory,
    wanted: &BTreeSet<Derived>,
) -> ComputedAttributes {
    let mut all = ComputedAttributes::new();
    let artifacts = [
        Derived::ArtifactLevelRank,
        Derived::ArtifactKeys,
        Derived::ArtifactKeysCount,
    ];
    if artifacts.iter().any(|derived| wanted.contains(derived)) {
        for index in 0..inventory.declarations().artifacts.len() as u32 {
            artifact(flow, inventory, index, &mut all);
        }
    }
    if wanted.contains(&Derived::ArtifactIsApart) {
        for index in 0..inventory.declarations().artifacts.len() as u32 {
            apart(flow, inventory, index, &mut all);
        }
    }
    let mut levels = Levels::new(flow, inventory);
    for (kind, derived) in [
        (Kind::DebugEnvironment, Derived::DebugEnvironmentLevelRank),
        (Kind::Store, Derived::StoreLevelRank),
    ] {
        if wanted.contains(&derived) {
            for index in 0..inventory.declarations().count(kind) as u32 {
                level_at(&mut levels, kind.id(index), derived, &mut all);
            }
        }
    }
    if wanted.contains(&Derived::ZoneDataLevelRank) {
        zones(&mut levels, inventory, &mut all);
    }
    let opens = [
        Derived::IdentityOpensRank,
        Derived::IdentityOpensCount,
        Derived::IdentityStandingRank,
        Derived::IdentityOpensAtLeast,
        Derived::IdentityAssumedRank,
        Derived::KeyOpensRank,
        Derived::DataOpensRank,
        Derived::DataObtainableByCount,
    ];
    if opens.iter().any(|derived| wanted.contains(derived)) {
        opens::attributes(flow, inventory, &mut all);
    }
    if wanted.contains(&Derived::IdentityIsExposed) || wanted.contains(&Derived::UsedBy) {
        opens::programs(inventory, &mut all);
    }
    if wanted.contains(&Derived::WorkloadLevelRank) {
        opens::worked_on(inventory, &mut all);
    }
    if wanted.contains(&Derived::StoreHoldsDumps) {
        for index in 0..inventory.declarations().stores.len() as u32 {
            store(flow, inventory, index, &mut all);
        }
    }
    let identities = [
        Derived::IdentityKeys,
        Derived::IdentityKeysCount,
        Derived::KeyObtainableByCount,
    ];
    if identities.iter().any(|derived| wanted.contains(derived)) {
        identities_and_keys(flow, inventory, &mut all);
    }
    all
}

fn ranks(levels: PossibleValues<Level>) -> Possible {
    Possible::Numbers(levels.iter().map(|level| level.position().into()).collect())
}

fn artifact(flow: &Flow, inventory: &Inventory, index: u32, all: &mut ComputedAttributes) {
    let entity = Kind::Artifact.id(index);
    let level = flow.level(inventory, entity, &FlowState::start(0));
    all.insert(
        (entity, Derived::ArtifactLevelRank),
        Computed {
            value: ranks(level),
            rests_on: flow.level_rests_on(inventory, entity, &FlowState::start(0)),
        },
    );
    let keys = flow.contents().of(index).iter();
    let keys: Vec<&Content> = keys
        .filter(|content| content.thing.kind == Kind::Key)
        .collect();
    let certain: BTreeSet<_> = keys
        .iter()
        .filter(|key| key.state.certain)
        .map(|key| key.thing)
        .collect();
    let others = keys
        .iter()
        .map(|key| key.thing)
        .filter(|key| !certain.contains(key));
    let others: BTreeSet<_> = others.collect();
    let mut on = Supports::default();
    for content in &keys {
        flow.content_rests_on(inventory, entity, content, &mut on);
    }
    let mut rests_on = on.into_pairs();
    if rests_on.is_empty() {
        rests_on.push(Artifact::FROM.of(entity));
    }
    insert_set(
        all,
        entity,
        [Derived::ArtifactKeys, Derived::ArtifactKeysCount],
        certain,
        others,
        rests_on,
    );
}

/// A set and how many are in it.
fn insert_set(
    all: &mut ComputedAttributes,
    entity: EntityId,
    [set, count]: [Derived; 2],
    certain: BTreeSet<EntityId>,
    others: BTreeSet<EntityId>,
    rests_on: Vec<(EntityId, usize)>,
) {
    let counts = certain.len()..=certain.len() + others.len();
    let counts = counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let number = Computed {
        value: Possible::Numbers(counts.collect()),
        rests_on: rests_on.clone(),
    };
    all.insert((entity, count), number);
    let value = Possible::Set(certain.into_iter().collect(), others.into_iter().collect());
    all.insert((entity, set), Computed { value, rests_on });
}

/// The level of the most sensitive thing that rests in a store of each zone.
fn zones(levels_at: &mut Levels<'_>, inventory: &Inventory, all: &mut ComputedAttributes) {
    let none = || (PossibleValues::one(Level::Public), Supports::default());
    let zones = inventory.declarations().zones.iter();
    let mut levels: Vec<_> = zones.map(|_| none()).collect();
    for index in 0..inventory.declarations().stores.len() as u32 {
        let store = Kind::Store.id(index);
        let Some(zone) = inventory.container(store) else {
            continue;
        };
        let (own, on) = levels_at.ends_up(store);
        let (level, rests_on) = &mut levels[zone.index as usize];
        if own.greatest() >= level.greatest() {
            rests_on.extend(on);
            rests_on.add(store, Store::ZONE);
        }
        *level = (*level).max(own);
    }
    for (index, (level, rests_on)) in (0..).zip(levels) {
        let zone = Kind::Zone.id(index);
        let mut rests_on = rests_on.into_pairs();
        if rests_on.is_empty() {
            rests_on.push(Zone::KIND.of(zone));
        }
        let value = ranks(level);
        let computed = Computed { value, rests_on };
        all.insert((zone, Derived::ZoneDataLevelRank), computed);
    }
}

/// How sensitive something is, and the attributes that make it so.
type LevelOf = (PossibleValues<Level>, Vec<(EntityId, usize)>);

/// How sensitive things are, and what ends up where; each computed once.
struct Levels<'f> {
    flow: &'f Flow,
    inventory: &'f Inventory,
    /// By what was removed.
    of_things: HashMap<(EntityId, SetBounds<Category>), LevelOf>,
}

impl<'f> Levels<'f> {
    fn new(flow: &'f Flow, inventory: &'f Inventory) -> Self {
        Self {
            flow,
            inventory,
            of_things: HashMap::new(),
        }
    }

    fn of(&mut self, thing: EntityId, state: &FlowState) -> &LevelOf {
        let (flow, inventory) = (self.flow, self.inventory);
        self.of_things
            .entry((thing, state.removed))
            .or_insert_with(|| {
                let level = flow.level(inventory, thing, state);
                (level, flow.level_rests_on(inventory, thing, state))
            })
    }

    /// The level of the most sensitive thing that ends up at a place, and what makes it so. What is
    /// taken from a store, such as its log, does not end up there.
    fn ends_up(&mut self, entity: EntityId) -> LevelOf {
        let flow = self.flow;
        let mut found = Vec::new();
        let mut level = PossibleValues::one(Level::Public);
        for (thing, at) in flow.resting(entity) {
            let Some(node) = flow.node(*thing, *at) else {
                continue;
            };
            let taken = thing.kind == Kind::Artifact && matches!(node.hop, Hop::Start);
            if taken && entity.kind == Kind::Store {
                continue;
            }
            let own = self.of(*thing, &node.state).0;
            found.push((own, *thing, *at, node.state));
            let higher = level.max(own);
            level = match node.state.certain {
                true => higher,
                false => level.or(higher),
            };
        }
        let mut rests_on = Supports::default();
        let mut looked_at = HashSet::new();
        for (own, thing, at, state) in &found {
            if own.greatest() == level.greatest() {
                if looked_at.insert((*thing, state.removed)) {
                    rests_on.extend(self.of(*thing, state).1.iter().copied());
                }
                rests_on.extend(flow.missing_of(self.inventory, *thing, *at));
            }
        }
        (level, rests_on.into_pairs())
    }
}

fn level_at(
    levels: &mut Levels<'_>,
    entity: EntityId,
    derived: Derived,
    all: &mut ComputedAttributes,
) {
    let (level, mut rests_on) = levels.ends_up(entity);
    if rests_on.is_empty() {
        rests_on.push(match entity.kind {
            Kind::Store => Store::HOLDS.of(entity),
            _ => DebugEnvironment::ATTACHES.of(entity),
        });
    }
    let value = ranks(level);
    let computed = Computed { value, rests_on };
    all.insert((entity, derived), computed);
}

/// Whether a copy of an artifact rests in another zone than what it was taken from, or in a store in
/// which nothing can be changed. Where it rests nowhere, nobody knows. What comes back to where it was
/// taken is no copy, unless it is kept there.
fn apart(flow: &Flow, inventory: &Inventory, index: u32, all: &mut ComputedAttributes) {
    let artifact = Kind::Artifact.id(index);
    let (mut found, mut rests) = (Truth::False, false);
    let mut on = Supports::default();
    let origin = place_of(inventory, artifact, &mut on);
    let declared = &inventory.declarations().artifacts[index as usize];
    let from = declared.from.known().and_then(|place| place.target());
    let kept = declared.at.known().and_then(|place| place.target());
    let nodes = flow
        .propagation(artifact)
        .map_or(&[][..], |propagation| &propagation.nodes);
    for (at, node) in (0u32..).zip(nodes) {
        let is_taken = from == Some(node.place) && kept != from;
        if is_taken || node.place.kind != Kind::Store {
            continue;
        }
        rests |= node.state.certain;
        let away = match (place_of(inventory, node.place, &mut on), origin) {
            (Some(zone), Some(origin)) => Truth::from(zone != origin),
            _ => Truth::Unknown,
        };
        let fixed = inventory.get(node.place, Store::IMMUTABLE).truth();
        let apart = away.or(fixed);
        on.extend([Store::IMMUTABLE.of(node.place)]);
        on.extend(flow.missing_of(inventory, artifact, at));
        found = found.or(match node.state.certain {
            true => apart,
            false => apart.and(Truth::Unknown),
        });
    }
    if !rests {
        found = found.or(Truth::Unknown);
        on.extend([Artifact::AT.of(artifact)]);
    }
    let truths = match found {
        Truth::True => vec![true],
        Truth::False => vec![false],
        Truth::Unknown => vec![false, true],
    };
    let computed = Computed {
        value: Possible::Truths(truths),
        rests_on: on.into_pairs(),
    };
    all.insert((artifact, Derived::ArtifactIsApart), computed);
}

/// The zone that something is in, if that is known; notes in `on` which statements say so.
fn place_of(inventory: &Inventory, thing: EntityId, on: &mut Supports) -> Option<EntityId> {
    let mut at = thing;
    while at.kind != Kind::Zone {
        let by = match at.kind {
            Kind::Artifact => "from",
            Kind::Key => "store",
            _ => "zone",
        };
        let by = at.kind.attribute(by)?;
        on.extend([(at, by)]);
        at = match at.kind {
            Kind::Artifact => {
                let artifact = &inventory.declarations().artifacts[at.index as usize];
                artifact.from.known()?.target()?
            }
            _ => inventory.container(at)?,
        };
    }
    Some(at)
}

/// Whether dumps are kept in a store, or get there.
fn store(flow: &Flow, inventory: &Inventory, index: u32, all: &mut ComputedAttributes) {
    let entity = Kind::Store.id(index);
    let (mut certain, mut possible) = (false, false);
    let (mut sure, mut open) = (Supports::default(), Supports::default());
    for (thing, at) in flow.resting(entity) {
        let Some(node) = flow.node(*thing, *at) else {
            continue;
        };
        if thing.kind != Kind::Artifact {
            continue;
        }
        let by = match node.hop {
            Hop::Transfer(transfer) | Hop::Step(transfer, _) => {
                Transfer::CARRIES.of(Kind::Transfer.id(transfer))
            }
            _ => Artifact::AT.of(*thing),
        };
        let inside = flow.contents().of(thing.index).iter();
        let inside = inside.filter(|content| content.thing.kind == Kind::Artifact);
        let inside = inside.map(|content| (content.thing, Some(content)));
        for (artifact, content) in std::iter::once((*thing, None)).chain(inside) {
            let dump = inventory.get(artifact, Artifact::IS_DUMP).truth();
            if dump == Truth::False {
                continue;
            }
            let kind = Artifact::KIND.of(artifact);
            let is_inside = content.is_none_or(|content| content.state.certain);
            if node.state.certain && is_inside && dump.is_certain() {
                certain = true;
                sure.extend([by, kind]);
            } else {
                possible = true;
                open.extend(flow.missing_of(inventory, *thing, *at));
                open.extend(Some(kind).filter(|_| !dump.is_certain()));
                if let Some(content) = content.filter(|_| !is_inside) {
                    flow.content_rests_on(inventory, *thing, content, &mut open);
                }
            }
        }
    }
    let (value, rests_on) = match (certain, possible) {
        (true, _) => (vec![true], sure.into_pairs()),
        (false, false) => (vec![false], Vec::new()),
        (false, true) => (vec![false, true], open.into_pairs()),
    };
    let value = Possible::Truths(value);
    all.insert(
        (entity, Derived::StoreHoldsDumps),
        Computed { value, rests_on },
    );
}

/// Whether what an identity holds lets it use the key.
fn uses(access: &Access) -> BTreeMap<EntityId, (bool, Vec<(EntityId, usize)>)> {
    let using = [GrantAction::Sign, GrantAction::Decrypt, GrantAction::Export];
    let mut keys: BTreeMap<EntityId, (bool, Vec<(EntityId, usize)>)> = BTreeMap::new();
    for held in access
        .held
        .iter()
        .filter(|held| held.thing.kind == Kind::Key)
    {
        let can_use = held.actions.has_any(&using);
        if can_use == Truth::False {
            continue;
        }
        let (certain, rests_on) = keys.entry(held.thing).or_default();
        *certain |= held.certain && can_use.is_certain();
        let on = held.grant.map(|grant| Grant::ON.of(Kind::Grant.id(grant)));
        rests_on.extend(on.filter(|on| !rests_on.contains(on)));
    }
    keys
}

/// How many identities can come to use a key, and what that rests on.
#[derive(Default)]
struct Users {
    certain: i64,
    all: i64,
    /// Whether everyone can: perhaps, or for certain.
    everyone: (bool, bool),
    rests_on: Vec<(EntityId, usize)>,
}

/// For how many identities one stands, besides those that are named: the least and the most. A group of
/// which nobody says how many are in it stands for one.
fn stands_for(inventory: &Inventory, index: u32) -> (i64, i64) {
    let identity = &inventory.declarations().identities[index as usize];
    match (identity.kind.known(), identity.members.known()) {
        (Some(IdentityKind::Service), _) | (_, None) => (1, 1),
        _ => opens::persons(inventory, index),
    }
}

fn identities_and_keys(flow: &Flow, inventory: &Inventory, all: &mut ComputedAttributes) {
    let declared = inventory.declarations();
    let mut by_key: BTreeMap<EntityId, Users> = BTreeMap::new();
    for index in 0..declared.identities.len() as u32 {
        let access = flow.access(inventory, index);
        let entity = Kind::Identity.id(index);
        let keys = uses(access);
        let kind = declared.identities[index as usize].kind.known();
        let is_named = inventory.holders(index).len() > 1;
        let members = declared.identities[index as usize].members.known();
        let counts = !(kind == Some(&IdentityKind::Group) && is_named && members.is_none());
        let (mut certain, mut others) = (BTreeSet::new(), BTreeSet::new());
        let mut rests_on = Vec::new();
        for (key, (sure, on)) in keys {
            if counts {
                let users = by_key.entry(key).or_default();
                if kind == Some(&IdentityKind::Everyone) {
                    users.everyone = (true, users.everyone.1 | sure);
                } else {
                    let (least, most) = stands_for(inventory, index);
                    users.certain += if sure { least } else { 0 };
                    users.all += most;
                    users.certain = users.certain.min(Key::EVERYONE);
                    users.all = users.all.min(Key::EVERYONE);
                }
                for on in &on {
                    if !users.rests_on.contains(on) {
                        users.rests_on.push(*on);
                    }
                }
            }
            // What everybody may have, and what is gone, gives nobody power.
            let secret = inventory.secret(key);
            if secret == Truth::False {
                continue;
            }
            rests_on.extend(on);
            if sure && secret.is_certain() {
                certain.insert(key);
            } else {
                others.insert(key);
                let kind = Some(Key::KIND.of(key));
                rests_on.extend(kind.filter(|_| secret == Truth::Unknown));
            }
        }
        if rests_on.is_empty() {
            rests_on.push(Identity::KIND.of(entity));
        }
        insert_set(
            all,
            entity,
            [Derived::IdentityKeys, Derived::IdentityKeysCount],
            certain,
            others,
            rests_on,
        );
    }
    for index in 0..declared.keys.len() as u32 {
        let key = Kind::Key.id(index);
        let users = by_key.remove(&key).unwrap_or_default();
        let mut rests_on = users.rests_on;
        if rests_on.is_empty() {
            rests_on.push(Key::STORE.of(key));
        }
        let counted = opens::between(users.certain, users.all);
        let counted = counted.iter().copied();
        let numbers = match users.everyone {
            (_, true) => counted.map(|count| count + Key::EVERYONE).collect(),
            (true, false) => {
                let more = counted.clone().map(|count| count + Key::EVERYONE);
                counted.chain(more).collect()
            }
            (false, false) => counted.collect(),
        };
        let value = Possible::Numbers(numbers);
        all.insert(
            (key, Derived::KeyObtainableByCount),
            Computed { value, rests_on },
        );
    }
}
