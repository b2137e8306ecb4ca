//! Which workloads have keys in memory: their own, and those of what runs on them.

use super::open::{OPEN_LIMIT, OpenBehind};
use super::tally::{FEW, Tally, any_other, is_another};
use super::{Derivation, EVIDENCE_LIMIT, Inventory};
use crate::inventory::{Assumptions, Evidence, Reading};
use crate::model::{Atom, EntityId, Fact, Field as _, Kind, Truth, Workload};

pub(super) const WORKLOAD_LOADS_KEYS: Derivation = Derivation {
    value: |inventory, workload, assumed| inventory.loads_keys(workload.index, assumed).into(),
    reasons: |inventory, workload, found| {
        let before = found.len();
        inventory.loading_evidence(workload, found);
        if found.len() == before {
            inventory.named_evidence(workload, Workload::USES, found);
        }
    },
    elsewhere: Some(|inventory, workload, open| {
        inventory.open_hosts(Some(workload.index), Vec::new(), open);
    }),
    of_those_around: false,
};

/// Which workloads load keys, when nothing is assumed.
#[derive(Debug, Default)]
pub(super) struct Loading {
    /// Of each workload, by the keys that it lists.
    listed: Vec<Tally>,
    /// The same with those that it may not have listed.
    own: Vec<Truth>,
    /// The same with those that are known to run on it.
    known: Vec<Truth>,
    /// What each is known to run on.
    hosts: Vec<Option<u32>>,
    /// Those that run on nobody knows what, and load keys or may.
    guests: Vec<u32>,
    /// Of each workload, with these too.
    pub(super) workloads: Vec<Truth>,
}

impl Loading {
    /// Whether `guest` is known to run on `host`, or is it.
    fn is_hosted(&self, guest: u32, host: u32) -> bool {
        let next = |at: &u32| self.hosts[*at as usize];
        std::iter::successors(Some(guest), next).any(|at| at == host)
    }
}
impl Inventory {
    pub(super) fn loads_keys<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading();
        let settled = loading.workloads[workload as usize];
        if assumed.is_empty() || settled != Truth::Unknown {
            return settled;
        }
        let known = self.known_to_load(workload, assumed);
        let others = any_other(&loading.guests, workload, |guest| {
            let hosted = match self.reading(Kind::Workload.id(guest), Workload::RUNS_ON, assumed) {
                Reading::Unknown => Truth::Unknown,
                Reading::One(Atom::Entity(host)) if loading.is_hosted(host.index, workload) => {
                    Truth::True
                }
                // What it runs on may itself run on anything.
                Reading::One(_) => Truth::unknown_if(self.open.guests.len() > 1),
                _ => Truth::False,
            };
            hosted.and(self.known_to_load(guest, assumed))
        });
        known.or(others)
    }

    /// Whether a workload loads a key that it may not have listed.
    fn loads_unlisted<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Truth {
        match self.reading(Kind::Workload.id(workload), Workload::USES, assumed) {
            Reading::Unknown => Truth::Unknown,
            Reading::Many(keys) if !self.is_complete_list(workload) => {
                Truth::any(keys.iter().map(|(key, _)| match key {
                    Atom::Entity(key) if self.is_declared(*key) => self.in_memory(*key, assumed),
                    _ => Truth::Unknown,
                }))
            }
            _ => Truth::False,
        }
    }

    /// Whether it is known which keys a workload uses.
    fn is_complete_list(&self, workload: u32) -> bool {
        self.open.users.binary_search(&workload).is_err()
    }

    /// A workload and all that runs on it.
    pub(crate) fn with_guests(&self, workload: u32) -> Vec<u32> {
        let mut all = vec![workload];
        let mut next = 0;
        while let Some(at) = all.get(next) {
            all.extend(&self.guests_of[*at as usize]);
            next += 1;
        }
        all
    }

    pub(super) fn loading(&self) -> &Loading {
        self.settled.loading.get_or_init(|| self.load())
    }

    fn load(&self) -> Loading {
        let nothing = Assumptions::none();
        let mut loading = Loading::default();
        let workloads = self.declarations.workloads.iter();
        loading.listed = workloads
            .map(|workload| {
                let keys = workload.uses.iter().filter_map(|key| key.value.target());
                let keys: Vec<u32> = keys.map(|key| key.index).collect();
                Tally::of(&keys, |key| self.in_memory(Kind::Key.id(key), &nothing))
            })
            .collect();
        let own = (0u32..).zip(&loading.listed);
        let is_open = |at: u32| self.open.users.binary_search(&at).is_ok();
        loading.own = own
            .map(|(at, listed)| listed.settled().or(Truth::unknown_if(is_open(at))))
            .collect();
        loading.hosts = vec![None; loading.own.len()];
        for (host, guests) in (0u32..).zip(&self.guests_of) {
            for guest in guests {
                loading.hosts[*guest as usize] = Some(host);
            }
        }
        loading.known = loading.own.clone();
        for (guest, own) in (0u32..).zip(&loading.own) {
            let next = |at: &u32| loading.hosts[*at as usize];
            for host in std::iter::successors(next(&guest), next) {
                let known = &mut loading.known[host as usize];
                *known = known.or(*own);
            }
        }
        let open = self.open.guests.iter().copied();
        let known = &loading.known;
        loading.guests = open
            .filter(|guest| known[*guest as usize] != Truth::False)
            .collect();
        let workloads = (0u32..).zip(known);
        loading.workloads = workloads
            .map(|(at, known)| known.or(Truth::unknown_if(is_another(&loading.guests, at))))
            .collect();
        loading
    }

    /// Whether a workload, by its own keys, loads any.
    fn loads_own<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading();
        let own = loading.own[workload as usize];
        if own != Truth::Unknown {
            return own;
        }
        let listed = loading.listed[workload as usize]
            .under(|key| self.in_memory(Kind::Key.id(key), assumed));
        listed.or(self.loads_unlisted(workload, assumed))
    }

    /// Whether a workload, or one that is known to run on it, loads keys.
    fn known_to_load<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading();
        let known = |at: u32| loading.known[at as usize];
        if known(workload) != Truth::Unknown {
            return known(workload);
        }
        let mut result = Truth::False;
        let mut next = vec![workload];
        for looks in 0.. {
            let Some(at) = next.pop() else {
                break;
            };
            if looks == FEW {
                return Truth::Unknown;
            }
            result = result.or(self.loads_own(at, assumed));
            if result == Truth::True {
                break;
            }
            let guests = self.guests_of[at as usize].iter().copied();
            next.extend(guests.filter(|guest| known(*guest) == Truth::Unknown));
        }
        result
    }

    /// The keys that make a workload one that loads keys, or may.
    pub(super) fn loading_evidence<'a>(
        &'a self,
        workload: EntityId,
        found: &mut Vec<Evidence<'a>>,
    ) {
        let uses = Workload::USES.position();
        for user in self.with_guests(workload.index) {
            if found.len() >= EVIDENCE_LIMIT {
                return;
            }
            let user = Kind::Workload.id(user);
            if user != workload {
                self.named_evidence(user, Workload::RUNS_ON, found);
            }
            if !self.is_complete_list(user.index) {
                let keys = &self.declarations.workloads[user.index as usize].uses;
                let written = match keys.fact() {
                    Fact::Unstated(written) => written,
                    _ => None,
                };
                found.push(self.unstated(user, uses, written));
            }
            for key in self.declarations.workloads[user.index as usize].uses.iter() {
                let Some(target) = key.value.target() else {
                    continue;
                };
                let loaded = self.in_memory(target, &Assumptions::none());
                if loaded == Truth::False {
                    continue;
                }
                if found.len() >= EVIDENCE_LIMIT {
                    return;
                }
                found.push(Evidence {
                    entity: user,
                    attribute: uses,
                    value: Some(Atom::Entity(target)),
                    span: key.span,
                    stated: true,
                });
                self.memory_evidence(target, found);
            }
        }
    }

    /// What those run on that load keys and may run on any other than themselves, and which keys
    /// they use, and those of `users`.
    pub(super) fn open_hosts(&self, but: Option<u32>, mut users: Vec<u32>, open: &mut OpenBehind) {
        let guests = self.loading().guests.iter();
        let guests: Vec<u32> = guests.copied().filter(|at| Some(*at) != but).collect();
        if !guests.is_empty() {
            open.add(Workload::RUNS_ON.id(), &self.open.guests);
        }
        let guests = guests.iter().take(OPEN_LIMIT);
        users.extend(guests.flat_map(|guest| self.with_guests(*guest)));
        users.retain(|user| !self.is_complete_list(*user));
        users.sort_unstable();
        users.dedup();
        open.add(Workload::USES.id(), &users);
    }
}
