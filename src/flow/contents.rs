//! What is in an artifact, and how sensitive that makes it.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::propagation::{FlowNode, Hop, Propagation};
use super::state::FlowState;
use crate::inventory::{Assumptions, Inventory};
use crate::model::{
    Artifact, ArtifactKind, Attr, Category, Data, DumpMode, EntityId, Enumeration as _, Fact, Key,
    Kind, Level, PossibleValues, SetBounds, Truth, Workload, Zone,
};

/// So many states of what is in one artifact are told apart; what comes after is in any state.
const STATES: usize = 64;

/// Something in an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// A key, a data item, or another artifact.
    pub thing: EntityId,
    /// Its state when it got in, and whether it is in there whatever the unknown is.
    pub state: FlowState,
    /// If it is there because something rests at a place that is copied: that thing, itself or an
    /// artifact that it is in, and the node of the propagation of that.
    pub node: Option<(EntityId, u32)>,
}

/// What is in each artifact.
#[derive(Debug, Default)]
pub struct Contents {
    by_artifact: Vec<Vec<Content>>,
    /// Of each artifact, what its level and its categories follow from: each thing in it, with what
    /// was removed of it, and whether it is certain to be there.
    kept: Vec<Vec<(EntityId, SetBounds<Category>, bool)>>,
}

/// What is in one artifact while that is looked for: each thing once in each state, by the way that
/// took the fewest hops.
struct Packed {
    all: Vec<Content>,
    /// How many hops each took to get in.
    hops: Vec<usize>,
    at: HashMap<(EntityId, FlowState), usize>,
}

impl Packed {
    fn new(own: Vec<Content>) -> Self {
        let mut packed = Self {
            all: Vec::new(),
            hops: Vec::new(),
            at: HashMap::new(),
        };
        for content in own {
            packed.put(content, 0);
        }
        packed
    }

    /// Whether it is new.
    fn put(&mut self, content: Content, hops: usize) -> bool {
        match self.at.entry((content.thing, content.state)) {
            Entry::Vacant(entry) => {
                entry.insert(self.all.len());
                self.all.push(content);
                self.hops.push(hops);
                true
            }
            Entry::Occupied(entry) => {
                let at = *entry.get();
                if hops < self.hops[at] {
                    self.all[at] = content;
                    self.hops[at] = hops;
                }
                false
            }
        }
    }
}

impl Content {
    /// Its state once what it is in has come to be in `outer`; `None` if nothing of it is left.
    pub(super) fn carried(&self, inventory: &Inventory, outer: &FlowState) -> Option<FlowState> {
        let state = self.state.then(outer);
        let stays = stays(inventory, self.thing, state.removed);
        stays
            .is_possible()
            .then(|| state.if_certain(stays.is_certain()))
    }
}

impl Contents {
    /// What is in each artifact: by its own declaration, by what it was taken from, and, for a copy
    /// of a store, by what ends up there. `propagation` says where each thing ends up.
    ///
    /// A copy may hold another: each round adds what is in it, until nothing is new.
    pub fn new<'s>(
        inventory: &Inventory,
        propagation: &dyn Fn(EntityId) -> Option<&'s Propagation>,
        resting: &HashMap<EntityId, Vec<(EntityId, u32)>>,
    ) -> Self {
        let artifacts = &inventory.declarations().artifacts;
        let own = (0u32..).zip(artifacts);
        let mut packed: Vec<_> = own
            .map(|(index, artifact)| Packed::new(taken(inventory, index, artifact)))
            .collect();
        let copies: Vec<_> = (0u32..)
            .zip(artifacts)
            .filter_map(|(index, artifact)| Some((index, copied(artifact)?)))
            .filter(|(_, place)| resting.contains_key(place))
            .collect();
        for (copy, place) in &copies {
            for (thing, node) in &resting[place] {
                let propagation = propagation(*thing);
                let there =
                    propagation.and_then(|propagation| propagation.nodes.get(*node as usize));
                // Keys that are kept there or in memory are in a copy only if they can be taken out:
                // that is looked at above.
                let is_copied = |there: &&FlowNode| {
                    let other = *thing != Kind::Artifact.id(*copy);
                    other && there.hop != Hop::Loaded && !is_kept(inventory, *thing, *place)
                };
                let Some(there) = there.filter(is_copied) else {
                    continue;
                };
                let is_copy = artifacts[*copy as usize].kind.known().is_some();
                let content = Content {
                    thing: *thing,
                    state: there.state.if_certain(is_copy),
                    node: Some((*thing, *node)),
                };
                let hops = propagation.map_or(0, |propagation| propagation.hops_to(*node));
                packed[*copy as usize].put(content, hops);
            }
        }
        // What is in what is in a copy is found by way of what rests there: nothing is looked into twice.
        // Of what is in each of these, how much has been looked at.
        let direct = packed.iter().map(|packed| vec![0; packed.all.len()]);
        let mut done: Vec<Vec<usize>> = direct.collect();
        let mut changed = !copies.is_empty();
        while changed {
            changed = false;
            for (copy, _) in &copies {
                let copy = *copy as usize;
                for (at, done) in done[copy].iter_mut().enumerate() {
                    let outer = packed[copy].all[at];
                    let within = outer.thing.index as usize;
                    if outer.thing.kind != Kind::Artifact || within == copy {
                        continue;
                    }
                    let hops = packed[copy].hops[at];
                    let from = std::mem::replace(done, packed[within].all.len());
                    for at in from..packed[within].all.len() {
                        let inner = packed[within].all[at];
                        let Some(state) = inner.carried(inventory, &outer.state) else {
                            continue;
                        };
                        let state = match packed[copy].all.len() < STATES {
                            true => state,
                            false => state.widened(),
                        };
                        let inner = Content {
                            state,
                            node: outer.node,
                            ..inner
                        };
                        changed |= packed[copy].put(inner, hops);
                    }
                }
            }
        }
        let by_artifact: Vec<_> = packed.into_iter().map(|packed| packed.all).collect();
        let kept = by_artifact.iter().map(|contents| {
            let kept = contents
                .iter()
                .map(|content| (content.thing, content.state.removed, content.state.certain));
            let mut kept: Vec<_> = kept.collect();
            kept.sort_unstable();
            kept.dedup();
            kept
        });
        let kept = kept.collect();
        Self { by_artifact, kept }
    }

    /// What is in the artifact at this position.
    pub fn of(&self, artifact: u32) -> &[Content] {
        &self.by_artifact[artifact as usize]
    }

    /// How sensitive `thing` is in a state: the highest of what remains.
    pub fn level(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        state: &FlowState,
    ) -> PossibleValues<Level> {
        match thing.kind {
            Kind::Artifact => self.artifact_level(inventory, thing.index, state.removed),
            _ => stated_level(inventory, thing),
        }
    }

    fn artifact_level(
        &self,
        inventory: &Inventory,
        index: u32,
        removed: SetBounds<Category>,
    ) -> PossibleValues<Level> {
        let mut level = floor(inventory, index, removed);
        for (thing, before, certain) in &self.kept[index as usize] {
            let removed = before.with(removed);
            let (own, stays) = match thing.kind {
                Kind::Artifact => (floor(inventory, thing.index, removed), Truth::True),
                _ => (
                    stated_level(inventory, *thing),
                    remains(inventory, *thing, removed),
                ),
            };
            level = match stays {
                Truth::False => level,
                Truth::True if *certain => level.max(own),
                Truth::Unknown | Truth::True => level.or(level.max(own)),
            };
        }
        level
    }

    /// The categories that remain of `thing` in a state.
    pub fn remaining(
        &self,
        inventory: &Inventory,
        thing: EntityId,
        removed: SetBounds<Category>,
    ) -> SetBounds<Category> {
        if thing.kind != Kind::Artifact {
            return categories(inventory, thing).without(removed);
        }
        let kept = self.kept[thing.index as usize].iter();
        let parts = kept.map(|(thing, before, certain)| {
            let own = categories(inventory, *thing).without(before.with(removed));
            match certain {
                true => own,
                false => own.perhaps(),
            }
        });
        parts.fold(SetBounds::EMPTY, SetBounds::with)
    }
}

/// What the origin and the declaration of an artifact alone make of its level: its origin's
/// clearance, unless what was removed lifts that or it is a package, and what it is declared as.
fn floor(
    inventory: &Inventory,
    artifact: u32,
    removed: SetBounds<Category>,
) -> PossibleValues<Level> {
    let entity = Kind::Artifact.id(artifact);
    let declared = match inventory.fact(entity, Artifact::LEVEL) {
        Fact::One(..) | Fact::Unstated(Some(_)) => inventory.get(entity, Artifact::LEVEL),
        _ => PossibleValues::one(Level::Public),
    };
    // A package is made to leave where it was built.
    let kind = inventory.declarations().artifacts[artifact as usize]
        .kind
        .known();
    if kind == Some(&ArtifactKind::Package) {
        return declared;
    }
    let floor = || declared.max(clearance(inventory, inventory.zone_of(entity)));
    match lifts_floor(inventory, artifact, removed) {
        Truth::True => declared,
        Truth::Unknown => floor().or(declared),
        Truth::False => floor(),
    }
}

/// Whether what was removed from an artifact lifts its floor.
///
/// Nobody knows all that is in memory, so that something was removed tells little of what is left:
/// only the removal of everything does, or of something from what is declared to be of a level.
pub(super) fn lifts_floor(
    inventory: &Inventory,
    artifact: u32,
    removed: SetBounds<Category>,
) -> Truth {
    let level = inventory.fact(Kind::Artifact.id(artifact), Artifact::LEVEL);
    if level == Fact::Unstated(None) {
        let everything = SetBounds::known(Category::ALL.iter().copied());
        !everything.without(removed).is_inhabited()
    } else {
        removed.is_inhabited()
    }
}

/// The clearance of a zone, as far as it is known.
pub(super) fn clearance(inventory: &Inventory, zone: Option<EntityId>) -> PossibleValues<Level> {
    zone.map_or(PossibleValues::ANY, |zone| {
        inventory.get(zone, Zone::CLEARANCE)
    })
}

/// The attribute that says how sensitive a thing is declared to be.
pub(super) fn level_of(thing: EntityId) -> Option<Attr<Level>> {
    match thing.kind {
        Kind::Key => Some(Key::LEVEL),
        Kind::Data => Some(Data::LEVEL),
        Kind::Artifact => Some(Artifact::LEVEL),
        _ => None,
    }
}

/// The level that a thing is declared to have.
pub(super) fn stated_level(inventory: &Inventory, thing: EntityId) -> PossibleValues<Level> {
    level_of(thing).map_or(PossibleValues::ANY, |level| inventory.get(thing, level))
}

/// What a key or data is about; of an artifact what is in it says so.
pub(super) fn categories(inventory: &Inventory, thing: EntityId) -> SetBounds<Category> {
    match thing.kind {
        Kind::Key => SetBounds::known([Category::KeyMaterial]),
        Kind::Data => inventory.get_set(thing, Data::CATEGORIES),
        _ => SetBounds::EMPTY,
    }
}

/// Whether a key or data is still there once this has been removed.
pub(super) fn remains(
    inventory: &Inventory,
    thing: EntityId,
    removed: SetBounds<Category>,
) -> Truth {
    super::state::remains(categories(inventory, thing), removed)
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
fn stays(inventory: &Inventory, thing: EntityId, removed: SetBounds<Category>) -> Truth {
    match thing.kind {
        Kind::Artifact => Truth::True,
        _ => remains(inventory, thing, removed),
    }
}

/// What an artifact contains by its own declaration and by what it was taken from.
fn taken(inventory: &Inventory, index: u32, artifact: &Artifact) -> Vec<Content> {
    // What begins nowhere gets nowhere, so any zone will do; a problem says that it begins nowhere.
    let zone = inventory.zone_of(Kind::Artifact.id(index));
    let start = FlowState::start(zone.map_or(0, |zone| zone.index));
    let mut found = Found {
        start,
        all: Vec::new(),
    };
    for data in artifact.contains.iter() {
        found.add(data.value.target(), Truth::True);
    }
    let Some(from) = artifact.from.known().and_then(|from| from.target()) else {
        return found.all;
    };
    let kind = artifact.kind.known().copied();
    let copies = kind.map_or(Truth::Unknown, |kind| is_copy(kind).into());
    let all = inventory.declarations();
    match from.kind {
        Kind::Workload => {
            let shows = shows_memory(inventory, from, kind);
            for (key, used) in inventory.keys_used(from) {
                let loaded = inventory.in_memory(key, &Assumptions::none());
                let used = if used { Truth::True } else { Truth::Unknown };
                found.add(Some(key), loaded.and(shows).and(used));
            }
            let holds = if copies == Truth::False {
                shows
            } else {
                copies
            };
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
                let handed_out = inventory.in_memory(key, &Assumptions::none());
                found.add(Some(key), handed_out.and(copies));
            }
        }
        Kind::Key => {
            let handed_out = inventory.in_memory(from, &Assumptions::none());
            found.add(Some(from), handed_out.and(copies));
        }
        _ => {}
    }
    found.all
}

/// What is in one artifact, each thing once.
struct Found {
    /// The state of what is there where the artifact is taken.
    start: FlowState,
    all: Vec<Content>,
}

impl Found {
    fn add(&mut self, thing: Option<EntityId>, holds: Truth) {
        let Some(thing) = thing.filter(|_| holds.is_possible()) else {
            return;
        };
        let certain = holds.is_certain();
        match self.all.iter_mut().find(|content| content.thing == thing) {
            Some(content) => content.state.certain |= certain,
            None => self.all.push(Content {
                thing,
                state: self.start.if_certain(certain),
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
fn shows_memory(inventory: &Inventory, workload: EntityId, kind: Option<ArtifactKind>) -> Truth {
    match kind {
        None => Truth::Unknown,
        Some(ArtifactKind::HeapDump) => Truth::True,
        Some(ArtifactKind::CrashDump | ArtifactKind::CoreDump | ArtifactKind::SupportBundle) => {
            match inventory.get(workload, Workload::DUMP).known() {
                Some(DumpMode::Heap | DumpMode::Full) => Truth::True,
                Some(DumpMode::Stack | DumpMode::Mini) => Truth::False,
                // There is a dump of what is said to write none.
                Some(DumpMode::Off) | None => Truth::Unknown,
            }
        }
        Some(ArtifactKind::Snapshot | ArtifactKind::Backup) => {
            inventory.get(workload, Workload::HIBERNATION).truth()
        }
        Some(ArtifactKind::Trace | ArtifactKind::Log | ArtifactKind::Package) => Truth::False,
    }
}
