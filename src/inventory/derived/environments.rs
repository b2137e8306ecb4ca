//! The environments that a key serves: those that are declared and those of its users.

use super::{Derivation, EVIDENCE_LIMIT, Inventory};
use crate::inventory::{Assumptions, Evidence, Reading};
use crate::model::{Atom, EntityId, Key, Kind, Workload, Zone};

pub(super) const SERVED_ENVIRONMENTS: Derivation = Derivation {
    value: Inventory::served_environments,
    reasons: Inventory::environment_evidence,
    elsewhere: Some(|inventory, key, open| {
        let users = &inventory.users_of[key.index as usize];
        let others = inventory.open.users.iter().copied();
        let others: Vec<u32> = others.filter(|user| !users.contains(user)).collect();
        open.add(Workload::USES.id(), &others);
    }),
    of_those_around: false,
};

impl Inventory {
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

    fn environment_evidence<'a>(&'a self, key: EntityId, found: &mut Vec<Evidence<'a>>) {
        self.named_evidence(key, Key::ENVIRONMENTS, found);
        for user in &self.users_of[key.index as usize] {
            if let Some(zone) = self.container(Kind::Workload.id(*user)) {
                self.named_evidence(zone, Zone::ENVIRONMENT, found);
            }
            if found.len() >= EVIDENCE_LIMIT {
                break;
            }
        }
    }
}
