//! What may be anywhere, because nobody says where it is: what refers, or may refer, to something that
//! nobody names.

use crate::inventory::{Assumptions, Inventory, Reading};
use crate::model::{Atom, AttributeId, EntityId, Key, Kind, Workload, Zone};

/// Most references that nobody knows which are named as what an unknown rests on.
pub(super) const OPEN_LIMIT: usize = 16;

/// What may be anywhere: what refers, or may refer, to something that nobody names. Each sorted.
#[derive(Debug, Default)]
pub(in crate::inventory) struct Open {
    /// Zones with an unknown parent.
    pub(in crate::inventory) zones: Vec<u32>,
    /// Workloads that run on nobody knows what.
    pub(in crate::inventory) guests: Vec<u32>,
    /// Workloads of which not all keys are known.
    pub(in crate::inventory) users: Vec<u32>,
    /// Keys of which not all replicas are known.
    pub(in crate::inventory) replicas: Vec<u32>,
}

impl Open {
    pub(in crate::inventory) fn of(inventory: &Inventory) -> Self {
        let all = |attribute| inventory.all_unknown(attribute).collect();
        Self {
            zones: all(Zone::PARENT.id()),
            guests: all(Workload::RUNS_ON.id()),
            users: all(Workload::USES.id()),
            replicas: all(Key::REPLICAS.id()),
        }
    }
}

/// References that nobody knows and that may lead to an entity.
#[derive(Debug, Default)]
pub(super) struct OpenBehind {
    pub(super) references: Vec<(EntityId, AttributeId)>,
    /// Whether there are more.
    pub(super) more: bool,
}

impl OpenBehind {
    pub(super) fn add(&mut self, attribute: AttributeId, all: &[u32]) {
        let some = all.iter().take(OPEN_LIMIT);
        self.references
            .extend(some.map(|at| (attribute.kind.id(*at), attribute)));
        self.more |= all.len() > OPEN_LIMIT;
    }

    pub(super) fn all(&self) -> bool {
        !self.more
    }
}

impl Inventory {
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

    /// What the outermost zone around `zone` is in, where nobody knows.
    pub(super) fn open_around(&self, zone: EntityId, open: &mut OpenBehind) {
        let (zones, further) = self.around(zone.index, &Assumptions::none());
        if let Some(outermost) = zones.last().filter(|_| further) {
            open.add(Zone::PARENT.id(), &[*outermost]);
            // What that is in may be in any other of these.
            open.more |= self.open.zones.len() > OPEN_LIMIT;
        }
    }

    /// Whether an entity is one of the inventory, and not one that is only assumed.
    pub(super) fn is_declared(&self, entity: EntityId) -> bool {
        (entity.index as usize) < self.declarations.count(entity.kind)
    }
}
