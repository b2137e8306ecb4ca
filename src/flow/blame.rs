//! Which one entity makes a fact what it is: what a finding about it is filed under.

use super::reach::{Link, Reached};
use super::way::Way;
use super::{Access, Flow, Usable};
use crate::inventory::Inventory;
use crate::model::{ContextAttribute, EntityId, Kind};

/// What is to be blamed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// That the fact is there at all: its last conduit, or its grant.
    Presence,
    /// A value of the context that is known.
    Known(ContextAttribute),
    /// A value of the context that is not known.
    Unknown(ContextAttribute),
    /// That nobody knows whether the fact is there.
    Doubt,
}

impl Reached {
    /// The conduit, or the zone that speaks of the internet, to blame.
    pub fn blame(&self, blame: Blame) -> EntityId {
        let telling = &self.telling;
        let link = match blame {
            Blame::Known(ContextAttribute::Inspection) => Some(telling.weakest),
            Blame::Unknown(ContextAttribute::Inspection | ContextAttribute::ClosestInspection) => {
                telling.unseen
            }
            Blame::Unknown(ContextAttribute::Transit) => telling.unsorted.or(telling.doubtful),
            Blame::Doubt => telling.doubtful,
            _ => None,
        };
        match link.unwrap_or(self.link) {
            Link::Conduit(conduit) => Kind::Conduit.id(conduit),
            Link::Internet(zone) => Kind::Zone.id(zone),
        }
    }
}

impl Flow {
    /// The conduit, the zone that speaks of the internet, or the grant to blame; none where several
    /// things make a fact.
    pub fn blame(&self, inventory: &Inventory, way: Way, blame: Blame) -> Option<EntityId> {
        match way {
            Way::Reached(from, at) => {
                let all = self.reached(inventory, from);
                let reached = all.get(at as usize)?;
                Some(reached.blame(blame))
            }
            Way::Held(identity, obtainable) => {
                let access = self.access(inventory, identity);
                let held = access.held.get(obtainable.held as usize)?;
                // What a credential opens is opened to whoever can take the credential.
                let credential = access.credential_to(held.link);
                let grant = credential.and_then(|it| it.grant).or(held.grant);
                grant.map(|grant| Kind::Grant.id(grant))
            }
            _ => None,
        }
    }

    /// Whether an identity comes to hold something by a credential of another.
    pub fn is_by_credential(&self, inventory: &Inventory, way: Way) -> bool {
        let Way::Held(identity, obtainable) = way else {
            return false;
        };
        let access = self.access(inventory, identity);
        let held = access.held.get(obtainable.held as usize);
        held.is_some_and(|held| access.credential_to(held.link).is_some())
    }

    /// How many hops there are on the way to a zone, to what is held or to a right; 0 for other facts.
    pub fn length(&self, inventory: &Inventory, way: Way) -> u32 {
        match way {
            Way::Reached(from, at) => {
                let all = self.reached(inventory, from);
                all.get(at as usize).map_or(0, |reached| reached.length)
            }
            Way::Held(identity, obtainable) => {
                let access = self.access(inventory, identity);
                let held = access.held.get(obtainable.held as usize);
                held.map_or(0, |held| held.length)
            }
            Way::Used(used) => {
                let length =
                    |access: &Access, usable: &Usable| access.links_to(usable.link).count() as u32;
                self.of_chain(inventory, used, length).unwrap_or_default()
            }
            _ => 0,
        }
    }
}
