//! Identities that come to the same: members of the same groups that have no grants of their own, and
//! those that can act as each other.

use hashbrown::HashMap;

use crate::inventory::Inventory;
use crate::model::{EntityId, Identity, Kind};

/// Which identities are alike but for what they are themselves.
#[derive(Debug, Default)]
pub struct Twins {
    /// Of each identity, the one that stands for all that are like it: of these the first by name.
    first: Vec<u32>,
    /// Of such a one, the others.
    others: HashMap<u32, Vec<EntityId>>,
}

impl Twins {
    /// Those to which the same is granted. Linear in identities, their groups, and grants.
    pub(super) fn new(inventory: &Inventory) -> Self {
        Self::but(inventory, &[])
    }

    /// Those that can come to hold the same: also all that can act as each other. Linear, too.
    pub(super) fn obtainable_alike(inventory: &Inventory) -> Self {
        Self::but(inventory, &cycles(inventory))
    }

    fn but(inventory: &Inventory, cycles: &[Vec<u32>]) -> Self {
        let all = inventory.declarations();
        let count = all.identities.len();
        let mut is_granted = vec![false; count];
        for grant in &all.grants {
            if let Some(identity) = grant.identity.known().and_then(|it| it.target()) {
                is_granted[identity.index as usize] = true;
            }
        }
        let mut twins = Self {
            first: (0..count as u32).collect(),
            others: HashMap::new(),
        };
        let mut alike: HashMap<_, Vec<u32>> = HashMap::new();
        for index in cycles.iter().flatten() {
            // What they are granted, all of them hold.
            is_granted[*index as usize] = true;
        }
        for (index, identity) in (0u32..).zip(&all.identities) {
            let entity = Kind::Identity.id(index);
            let mut lists = [Identity::MEMBER_OF, Identity::ASSUMES].into_iter();
            let own =
                is_granted[index as usize] || lists.any(|list| inventory.is_unknown(entity, list));
            if own {
                continue;
            }
            let mut groups = inventory.parents(entity);
            groups.sort_unstable();
            let assumed = identity.assumes.iter();
            let mut assumed: Vec<_> = assumed.filter_map(|other| other.value.target()).collect();
            assumed.sort_unstable();
            let kind = identity.kind.known().map(|kind| *kind as u8);
            alike
                .entry((groups, assumed, kind))
                .or_default()
                .push(index);
        }
        for mut same in alike.into_values().chain(cycles.iter().cloned()) {
            same.sort_by_key(|index| &all.identities[*index as usize].id.value);
            if let [first, others @ ..] = same.as_slice()
                && !others.is_empty()
            {
                for other in others {
                    twins.first[*other as usize] = *first;
                }
                let others = others.iter().map(|other| Kind::Identity.id(*other));
                twins.others.insert(*first, others.collect());
            }
        }
        twins
    }

    /// The identity that stands for all that are like this one; itself, if none is.
    pub fn first(&self, identity: u32) -> u32 {
        self.first[identity as usize]
    }

    /// The others that an identity stands for.
    pub fn others(&self, identity: EntityId) -> &[EntityId] {
        let others = match identity.kind {
            Kind::Identity => self.others.get(&identity.index),
            _ => None,
        };
        others.map_or(&[], Vec::as_slice)
    }
}

/// The identities that can act as each other, whatever is unknown: over groups and assumed identities.
fn cycles(inventory: &Inventory) -> Vec<Vec<u32>> {
    let all = &inventory.declarations().identities;
    let next = |index: u32| -> Vec<u32> {
        let groups = inventory.parents(Kind::Identity.id(index));
        let assumed = all[index as usize].assumes.iter();
        let assumed = assumed.filter_map(|other| other.value.target());
        let others = groups.into_iter().chain(assumed);
        others.map(|other| other.index).collect()
    };
    // Kosaraju: what is left last, going forward, is searched for first, going back.
    let mut back = vec![Vec::new(); all.len()];
    let mut left = Vec::new();
    let mut seen = vec![false; all.len()];
    for start in 0..all.len() as u32 {
        let mut way = vec![(start, false)];
        while let Some((at, leaves)) = way.pop() {
            if leaves {
                left.push(at);
            } else if !std::mem::replace(&mut seen[at as usize], true) {
                way.push((at, true));
                for other in next(at) {
                    back[other as usize].push(at);
                    way.push((other, false));
                }
            }
        }
    }
    let mut cycles = Vec::new();
    seen.fill(false);
    for start in left.into_iter().rev() {
        let mut cycle = Vec::new();
        let mut way = vec![start];
        while let Some(at) = way.pop() {
            if !std::mem::replace(&mut seen[at as usize], true) {
                cycle.push(at);
                way.extend(&back[at as usize]);
            }
        }
        if cycle.len() > 1 {
            cycles.push(cycle);
        }
    }
    cycles
}
