//! The zones that keys, artifacts and transfers are in, begin in and end in.

use super::{Derivation, Inventory};
use crate::inventory::{Assumptions, Evidence, Reading};
use crate::model::{
    Artifact, Atom, Elements, Endpoint, EntityId, Key, Kind, Mandatory, To, Transfer,
};

/// Of a key, the zone of its store; of an artifact, that of what it was taken from.
pub(super) const ZONE: Derivation = Derivation::new(
    |inventory, entity, _| or_broken(inventory.zone_of(entity)),
    Inventory::place_evidence,
);

pub(super) const KEY_ZONES: Derivation =
    Derivation::new(Inventory::key_zones, |inventory, key, found| {
        inventory.named_evidence(key, Key::STORE, found);
        inventory.named_evidence(key, Key::REPLICAS, found);
    });

pub(super) const TRANSFER_FROM_ZONE: Derivation = Derivation::new(
    |inventory, transfer, _| {
        let transfer = &inventory.declarations.transfers[transfer.index as usize];
        or_broken(inventory.endpoint_zone(&transfer.from))
    },
    |inventory, transfer, found| {
        inventory.named_evidence(transfer, Transfer::FROM, found);
    },
);

pub(super) const TRANSFER_TO_ZONE: Derivation = Derivation::new(
    |inventory, transfer, _| {
        let transfer = &inventory.declarations.transfers[transfer.index as usize];
        or_broken(inventory.endpoint_zone(&transfer.to))
    },
    |inventory, transfer, found| inventory.named_evidence(transfer, Transfer::TO, found),
);

/// What is in no zone has a reference that names nothing, of which a problem says so.
fn or_broken<'a>(zone: Option<EntityId>) -> Reading<'a> {
    zone.map_or(Reading::Broken, |zone| Reading::One(Atom::Entity(zone)))
}

impl Inventory {
    fn place_evidence<'a>(&'a self, entity: EntityId, found: &mut Vec<Evidence<'a>>) {
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

    fn step(&self, entity: EntityId) -> Option<EntityId> {
        match entity.kind {
            Kind::Artifact => {
                let artifact = &self.declarations.artifacts[entity.index as usize];
                artifact.from.known()?.target()
            }
            _ => self.container(entity),
        }
    }

    /// The zone that a transfer begins or ends in.
    fn endpoint_zone(&self, endpoint: &Mandatory<To<Endpoint>>) -> Option<EntityId> {
        let endpoint = endpoint.known()?.target()?;
        match endpoint.kind {
            Kind::Zone => Some(endpoint),
            _ => self.zone_of(endpoint),
        }
    }

    /// The zones of the store and the replicas of a key.
    fn key_zones<'a>(&'a self, key: EntityId, assumed: &Assumptions<'a>) -> Reading<'a> {
        let Reading::Many(mut stores) = self.reading(key, Key::REPLICAS, assumed) else {
            return Reading::Unknown;
        };
        let span = self.entity(key).id().span;
        stores.extend(self.container(key).map(|store| (Atom::Entity(store), span)));
        let mut zones = Elements::new();
        for (store, span) in stores {
            let Atom::Entity(store) = store else { continue };
            // A store that is only assumed is in no zone that is declared.
            let declared = (store.index as usize) < self.declarations.count(store.kind);
            if let Some(zone) = declared.then(|| self.container(store)).flatten() {
                zones.push((Atom::Entity(zone), span));
            }
        }
        Reading::Many(zones)
    }
}
