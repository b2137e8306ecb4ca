//! Whether a zone holds keys for which it is to be shut off.

use super::tally::{Tally, any_other, count, is_there};
use super::{Derivation, EVIDENCE_LIMIT, Inventory};
use crate::inventory::{Assumptions, Evidence, Reading};
use crate::model::{Atom, Custody, EntityId, Key, Kind, Level, Truth};

pub(super) const IS_KEY_ZONE: Derivation = Derivation {
    value: |inventory, zone, assumed| inventory.is_key_zone(zone.index, assumed).into(),
    reasons: Inventory::guarding_evidence,
    elsewhere: Some(|inventory, zone, open| {
        inventory.open_around(zone, open);
        open.add(Key::REPLICAS.id(), &inventory.guarded().copies);
    }),
    of_those_around: true,
};

/// Which zones hold guarded keys.
#[derive(Debug, Default)]
pub(super) struct Guarded {
    /// Of each zone, without those around it.
    pub(super) zones: Vec<Tally>,
    /// The same, of keys that make the zones within key zones, too.
    pub(super) within: Vec<Tally>,
    /// The keys that are guarded, or may be, of which not all replicas are known.
    pub(super) copies: Vec<u32>,
    somewhere: usize,
}

impl Guarded {
    /// Whether a zone beside these holds guarded keys, or may.
    pub(super) fn is_beside(&self, zones: &[u32]) -> bool {
        let among = zones.iter().filter(|zone| is_there(&self.within, **zone));
        self.somewhere > among.count()
    }
}

impl Inventory {
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
        let copied = any_other(&guarded.copies, u32::MAX, |key| {
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
    fn guards(&self, key: u32, zone: u32, within: bool) -> bool {
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

    /// Whether a key is a secret of level restricted or above, and exists.
    fn is_guarded<'a>(&'a self, key: u32, assumed: &Assumptions<'a>) -> Truth {
        let level = self.get_assuming(Kind::Key.id(key), Key::LEVEL, assumed);
        let high = level.is(|level| level >= Level::Restricted);
        self.is_secret(key, assumed).and(high)
    }

    fn guarded(&self) -> &Guarded {
        self.settled.guarded.get_or_init(|| {
            let nothing = Assumptions::none();
            let truth = |key: u32| self.is_guarded(key, &nothing);
            let tallies = |within: bool| -> Vec<Tally> {
                let zones = (0u32..).zip(&self.keys_in);
                let tallies = zones.map(|(zone, keys)| {
                    let keys = keys.iter().filter(|key| self.guards(**key, zone, within));
                    Tally::of(keys, truth)
                });
                tallies.collect()
            };
            let within = tallies(true);
            let copies = self.open.replicas.iter().copied();
            Guarded {
                copies: copies.filter(|key| truth(*key) != Truth::False).collect(),
                somewhere: count(&within),
                zones: tallies(false),
                within,
            }
        })
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
}
