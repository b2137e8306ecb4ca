//! What is in an artifact, and how sensitive that makes it.

use hashbrown::{HashMap, HashSet};

use super::choice::{Choices, Part};
use super::spread::{Hop, Node, Spread};
use super::trail::Trail;
use crate::inventory::{Assumptions, Inventory, Reading};
use crate::model::{
    Artifact, ArtifactKind, Atom, Category, DumpMode, EntityId, Enumeration as _, Fact, Field as _,
    Kind, Level,
};

/// How many levels there are.
const LEVELS: u8 = 5;

/// Something in an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Content {
    /// A key, a data item, or another artifact.
    pub thing: EntityId,
    /// What had been removed from it before it got in.
    pub removed: Part,
    /// Whether it is in it whatever the unknown is.
    pub certain: bool,
    /// If it is there because something rests at a place that is copied: that thing, itself or an
    /// artifact that it is in, and the node of the spread of that.
    pub node: Option<(EntityId, u32)>,
}

/// What is in each artifact.
#[derive(Debug, Default)]
pub struct Contents {
    by_artifact: Vec<Vec<Content>>,
}

/// What is known of a mode: that, perhaps, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    Perhaps,
    No,
}

impl From<Reading<'_>> for Holds {
    fn from(reading: Reading<'_>) -> Self {
        match reading {
            Reading::One(Atom::Bool(true)) => Self::Yes,
            Reading::One(Atom::Bool(false)) => Self::No,
            _ => Self::Perhaps,
        }
    }
}

impl From<bool> for Holds {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl Holds {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Perhaps,
        }
    }
}

impl Contents {
    /// What is in each artifact: by its own declaration, by what it was taken from, and, for a copy
    /// of a store, by what ends up there. `spread` says where each thing ends up.
    ///
    /// A copy may hold another: each round adds what is in it, until nothing is new.
    pub fn new<'s>(
        inventory: &Inventory,
        spread: &dyn Fn(EntityId) -> Option<&'s Spread>,
        resting: &HashMap<EntityId, Vec<(EntityId, u32)>>,
    ) -> Self {
        let artifacts = &inventory.declarations().artifacts;
        let own = artifacts.iter();
        let mut by_artifact: Vec<_> = own.map(|artifact| taken(inventory, artifact)).collect();
        let copies: Vec<_> = (0u32..)
            .zip(artifacts)
            .filter_map(|(index, artifact)| Some((index, copied(artifact)?)))
            .filter(|(_, place)| resting.contains_key(place))
            .collect();
        for (copy, place) in &copies {
            for (thing, node) in &resting[place] {
                let there = spread(*thing).and_then(|spread| spread.nodes.get(*node as usize));
                // Keys that are kept there or in memory are in a copy only if they can be taken out:
                // that is looked at above.
                let is_copied = |there: &&Node| {
                    let other = *thing != Kind::Artifact.id(*copy);
                    other && there.hop != Hop::Loaded && !is_kept(inventory, *thing, *place)
                };
                let Some(there) = there.filter(is_copied) else {
                    continue;
                };
                by_artifact[*copy as usize].push(Content {
                    thing: *thing,
                    removed: there.trail.removed,
                    certain: there.trail.certain
                        && artifacts[*copy as usize].kind.known().is_some(),
                    node: Some((*thing, *node)),
                });
            }
        }
        // What is in what is in a copy is found by way of what rests there: nothing is looked into twice.
        let direct: Vec<_> = by_artifact.iter().map(Vec::len).collect();
        let mut known: Vec<HashSet<Content>> = by_artifact
            .iter()
            .map(|all| all.iter().copied().collect())
            .collect();
        let mut changed = !copies.is_empty();
        while changed {
            changed = false;
            for (copy, _) in &copies {
                let copy = *copy as usize;
                for at in 0..direct[copy] {
                    let outer = by_artifact[copy][at];
                    let within = outer.thing.index as usize;
                    if outer.thing.kind != Kind::Artifact || within == copy {
                        continue;
                    }
                    for at in 0..by_artifact[within].len() {
                        let inner = by_artifact[within][at];
                        let removed = inner.removed.with(outer.removed);
                        let Some(stays) = stays(inventory, inner.thing, &removed) else {
                            continue;
                        };
                        let inner = Content {
                            removed,
                            certain: inner.certain && outer.certain && stays,
                            node: outer.node,
                            ..inner
                        };
                        if known[copy].insert(inner) {
                            by_artifact[copy].push(inner);
                            changed = true;
                        }
                    }
                }
            }
        }
        Self { by_artifact }
    }

    /// What is in the artifact at this position.
    pub fn of(&self, artifact: u32) -> &[Content] {
        &self.by_artifact[artifact as usize]
    }

    /// How sensitive `thing` is in a state: the highest of what remains.
    pub fn level(&self, inventory: &Inventory, thing: EntityId, trail: &Trail) -> Choices {
        match thing.kind {
            Kind::Artifact => self.artifact_level(inventory, thing.index, &trail.removed),
            _ => stated_level(inventory, thing),
        }
    }

    fn artifact_level(&self, inventory: &Inventory, index: u32, removed: &Part) -> Choices {
        let mut level = floor(inventory, index, removed);
        for content in self.of(index) {
            let removed = content.removed.with(*removed);
            let (own, stays) = match content.thing.kind {
                Kind::Artifact => (floor(inventory, content.thing.index, &removed), Some(true)),
                _ => (
                    stated_level(inventory, content.thing),
                    remains(inventory, content.thing, &removed),
                ),
            };
            level = match stays {
                Some(stays) if stays && content.certain => level.max(own),
                Some(_) => level.or(level.max(own)),
                None => level,
            };
        }
        level
    }

    /// The categories that remain of `thing` in a state.
    pub fn remaining(&self, inventory: &Inventory, thing: EntityId, removed: &Part) -> Part {
        let own = |content: EntityId, removed: &Part, certain: bool| {
            let part = match content.kind {
                Kind::Key => Part::known(1 << Category::KeyMaterial as u8),
                Kind::Data => categories(inventory, content),
                _ => Part::default(),
            };
            Part {
                certain: if certain {
                    part.certain & !removed.possible
                } else {
                    0
                },
                possible: part.possible & !removed.certain,
            }
        };
        if thing.kind != Kind::Artifact {
            return own(thing, removed, true);
        }
        let contents = self.of(thing.index).iter();
        let parts = contents.map(|content| {
            let removed = content.removed.with(*removed);
            own(content.thing, &removed, content.certain)
        });
        parts.fold(Part::default(), Part::with)
    }
}

/// What the origin and the declaration of an artifact alone make of its level: its origin's
/// clearance, unless something was removed, and what it is declared as.
fn floor(inventory: &Inventory, artifact: u32, removed: &Part) -> Choices {
    let entity = Kind::Artifact.id(artifact);
    let declared = match inventory.declarations().artifacts[artifact as usize]
        .level
        .fact()
    {
        Fact::One(Atom::Variant(level), _) => Choices::one(level),
        Fact::Unstated(Some(_)) => Choices::any(LEVELS),
        _ => Choices::one(Level::Public as u8),
    };
    if removed.certain != 0 {
        return declared;
    }
    let lifted = declared;
    let floor = declared.max(clearance(inventory, inventory.zone_of(entity)));
    if removed.possible == 0 {
        floor
    } else {
        floor.or(lifted)
    }
}

/// The clearance of a zone, as far as it is known.
pub(super) fn clearance(inventory: &Inventory, zone: Option<EntityId>) -> Choices {
    zone.map_or(Choices::any(LEVELS), |zone| {
        variant(inventory, zone, "clearance", LEVELS)
    })
}

/// The level that a key or data item states.
pub(super) fn stated_level(inventory: &Inventory, thing: EntityId) -> Choices {
    variant(inventory, thing, "level", LEVELS)
}

/// A value of an enumeration of so many, as far as it is known.
pub(super) fn variant(
    inventory: &Inventory,
    entity: EntityId,
    attribute: &str,
    count: u8,
) -> Choices {
    let position = entity.kind.attribute(attribute).unwrap_or_default();
    match inventory.read(entity, position, &Assumptions::none()) {
        Reading::One(Atom::Variant(value)) => Choices::one(value),
        _ => Choices::any(count),
    }
}

/// A set of values of an enumeration of seven, as far as it is known.
pub(super) fn subset(inventory: &Inventory, entity: EntityId, attribute: &str) -> Part {
    let position = entity.kind.attribute(attribute).unwrap_or_default();
    match inventory.read(entity, position, &Assumptions::none()) {
        Reading::Many(elements) => {
            let bits = elements.iter().map(|(atom, _)| match atom {
                Atom::Variant(at) => 1 << at,
                _ => 0,
            });
            Part::known(bits.fold(0, |all, bit| all | bit))
        }
        _ => Part::perhaps(0x7f),
    }
}

/// What data is about.
pub(super) fn categories(inventory: &Inventory, data: EntityId) -> Part {
    subset(inventory, data, "categories")
}

/// Whether a key or data is still there once this has been removed: `None` if it is gone,
/// `Some(false)` if nobody knows.
pub(super) fn remains(inventory: &Inventory, thing: EntityId, removed: &Part) -> Option<bool> {
    let of = match thing.kind {
        Kind::Key => Part::known(1 << Category::KeyMaterial as u8),
        _ => categories(inventory, thing),
    };
    super::trail::remains(&of, removed)
}

/// Whether a place is a key store that a key, or a copy of it, is said to be in.
pub(super) fn is_kept(inventory: &Inventory, thing: EntityId, place: EntityId) -> bool {
    let keys = &inventory.declarations().keys;
    thing.kind == Kind::Key && place.kind == Kind::KeyStore && {
        let mut replicas = keys[thing.index as usize].replicas.iter();
        inventory.container(thing) == Some(place)
            || replicas.any(|replica| replica.value.target() == Some(place))
    }
}

/// The same of anything: of an artifact something always stays.
fn stays(inventory: &Inventory, thing: EntityId, removed: &Part) -> Option<bool> {
    match thing.kind {
        Kind::Artifact => Some(true),
        _ => remains(inventory, thing, removed),
    }
}

/// What an artifact contains by its own declaration and by what it was taken from.
fn taken(inventory: &Inventory, artifact: &Artifact) -> Vec<Content> {
    let mut found = Found::default();
    for data in artifact.contains.iter() {
        found.add(data.value.target(), Holds::Yes);
    }
    let Some(from) = artifact.from.known().and_then(|from| from.target()) else {
        return found.0;
    };
    let kind = artifact.kind.known().copied();
    let copies = kind.map_or(Holds::Perhaps, |kind| Holds::from(is_copy(kind)));
    let all = inventory.declarations();
    match from.kind {
        Kind::Workload => {
            let shows = shows_memory(inventory, from, kind);
            for (key, used) in inventory.keys_used(from) {
                let loaded = Holds::from(inventory.in_memory(key, &Assumptions::none()));
                let used = if used { Holds::Yes } else { Holds::Perhaps };
                found.add(Some(key), loaded.and(shows).and(used));
            }
            let holds = if copies == Holds::No { shows } else { copies };
            for data in all.workloads[from.index as usize].processes.iter() {
                found.add(data.value.target(), holds);
            }
        }
        Kind::Store => {
            for data in all.stores[from.index as usize].holds.iter() {
                found.add(data.value.target(), copies);
            }
        }
        Kind::KeyStore => {
            for key in inventory.keys_in_store(from) {
                let handed_out = Holds::from(inventory.in_memory(key, &Assumptions::none()));
                found.add(Some(key), handed_out.and(copies));
            }
        }
        Kind::Key => {
            let handed_out = Holds::from(inventory.in_memory(from, &Assumptions::none()));
            found.add(Some(from), handed_out.and(copies));
        }
        _ => {}
    }
    found.0
}

/// What is in one artifact, each thing once.
#[derive(Default)]
struct Found(Vec<Content>);

impl Found {
    fn add(&mut self, thing: Option<EntityId>, holds: Holds) {
        let Some(thing) = thing.filter(|_| holds != Holds::No) else {
            return;
        };
        let certain = holds == Holds::Yes;
        match self.0.iter_mut().find(|content| content.thing == thing) {
            Some(content) => content.certain |= certain,
            None => self.0.push(Content {
                thing,
                removed: Part::default(),
                certain,
                node: None,
            }),
        }
    }
}

/// Whether an artifact is a copy of all that it was taken from.
fn is_copy(kind: ArtifactKind) -> bool {
    matches!(
        kind,
        ArtifactKind::Backup | ArtifactKind::Snapshot | ArtifactKind::SupportBundle
    )
}

/// The place of which an artifact is a copy, with all that rests there.
fn copied(artifact: &Artifact) -> Option<EntityId> {
    let from = artifact.from.known()?.target()?;
    let kind = artifact.kind.known();
    let is_copy = kind.is_none_or(|kind| is_copy(*kind));
    (is_copy && from.kind != Kind::Key).then_some(from)
}

/// Whether the memory of a workload shows in what is taken from it.
fn shows_memory(inventory: &Inventory, workload: EntityId, kind: Option<ArtifactKind>) -> Holds {
    match kind {
        None => Holds::Perhaps,
        Some(ArtifactKind::HeapDump) => Holds::Yes,
        Some(ArtifactKind::CrashDump | ArtifactKind::CoreDump | ArtifactKind::SupportBundle) => {
            let dump = variant(inventory, workload, "dump", 5).known();
            match dump.and_then(DumpMode::at) {
                Some(DumpMode::Heap | DumpMode::Full) => Holds::Yes,
                Some(DumpMode::Stack | DumpMode::Mini) => Holds::No,
                // There is a dump of what is said to write none.
                Some(DumpMode::Off) | None => Holds::Perhaps,
            }
        }
        Some(ArtifactKind::Snapshot | ArtifactKind::Backup) => {
            let hibernation = Kind::Workload.attribute("hibernation").unwrap_or_default();
            inventory
                .read(workload, hibernation, &Assumptions::none())
                .into()
        }
        Some(ArtifactKind::Trace | ArtifactKind::Log) => Holds::No,
    }
}
