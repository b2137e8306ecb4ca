//! What follows from the inventory when nothing is assumed, worked out once for all entities, and of
//! each fact what of it is unknown.
//!
//! What is known stays known whatever is assumed, so under an assumption only what is unknown is
//! looked at again. Where that is much it stays unknown: no single value would settle it.

use std::sync::OnceLock;

use super::{Assumptions, Inventory};
use crate::model::{Fact, Field as _, Truth};

/// Most unknowns behind one fact that are looked at again for each value that is assumed.
const FEW: usize = 64;

/// The facts, each kind of them when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Settled {
    guarded: OnceLock<Guarded>,
    loading: OnceLock<Loading>,
    conduits: OnceLock<Conduits>,
    clearances: OnceLock<usize>,
}

/// Whether something holds of any of several, and of which nobody knows.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    holds: bool,
    unknown: Vec<u32>,
}

impl Tally {
    fn of<'u>(all: impl IntoIterator<Item = &'u u32>, truth: impl Fn(u32) -> Truth) -> Self {
        let mut tally = Self::default();
        for at in all {
            match truth(*at) {
                Truth::True => tally.holds = true,
                Truth::Unknown => tally.unknown.push(*at),
                Truth::False => {}
            }
        }
        tally
    }

    /// What is known when nothing is assumed.
    pub(super) fn settled(&self) -> Truth {
        Truth::from(self.holds).or(Truth::unknown_if(!self.unknown.is_empty()))
    }

    /// What is known when `truth` says what is unknown.
    pub(super) fn under(&self, truth: impl Fn(u32) -> Truth) -> Truth {
        if self.holds || self.unknown.len() > FEW {
            return self.settled();
        }
        Truth::any(self.unknown.iter().map(|at| truth(*at)))
    }
}

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

/// Which zones have conduits that are open on every port.
#[derive(Debug, Default)]
pub(super) struct Conduits {
    /// Of each zone, without those around it.
    pub(super) zones: Vec<Tally>,
    somewhere: usize,
}

impl Conduits {
    /// Whether a zone beside these has such a conduit, or may.
    pub(super) fn is_beside(&self, zones: &[u32]) -> bool {
        let among = zones.iter().filter(|zone| is_there(&self.zones, **zone));
        self.somewhere > among.count()
    }
}

fn is_there(zones: &[Tally], zone: u32) -> bool {
    zones[zone as usize].settled() != Truth::False
}

/// Who loads keys.
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
    pub(super) guests: Vec<u32>,
    /// Of each workload, with these too.
    pub(super) workloads: Vec<Truth>,
    /// Of each zone, by the workloads that are in it and in no zone within.
    in_zones: Vec<Tally>,
    /// Of each zone, by all that is known to be in it.
    pub(super) within: Vec<Truth>,
    /// Zones that are in nobody knows what, and in which keys are loaded, or may be.
    pub(super) lost: Vec<u32>,
    /// Of each zone, with these too.
    pub(super) zones: Vec<Truth>,
    /// Of each zone, whether it is a machine and loads keys.
    pub(super) machines: Vec<Truth>,
    somewhere: usize,
}

impl Loading {
    /// Whether a zone beside these is a machine and loads keys, or may.
    pub(super) fn is_beside(&self, zones: &[u32]) -> bool {
        let is_one = |zone: &&u32| self.machines[**zone as usize] != Truth::False;
        self.somewhere > zones.iter().filter(is_one).count()
    }

    /// Whether `guest` is known to run on `host`, or is it.
    pub(super) fn is_hosted(&self, guest: u32, host: u32) -> bool {
        let next = |at: &u32| self.hosts[*at as usize];
        std::iter::successors(Some(guest), next).any(|at| at == host)
    }
}

impl Inventory {
    pub(super) fn guarded(&self) -> &Guarded {
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

    pub(super) fn conduits(&self) -> &Conduits {
        self.settled.conduits.get_or_init(|| {
            let nothing = Assumptions::none();
            let truth = |conduit: u32| self.is_open(conduit, &nothing);
            let zones = self.conduits_at.iter();
            let zones: Vec<_> = zones.map(|at| Tally::of(at, truth)).collect();
            Conduits {
                somewhere: count(&zones),
                zones,
            }
        })
    }

    /// Whether a zone beside these states a clearance.
    pub(super) fn is_cleared_beside(&self, zones: &[u32]) -> bool {
        let everywhere = *self.settled.clearances.get_or_init(|| {
            let zones = 0..self.declarations.zones.len() as u32;
            zones.filter(|zone| self.is_cleared(*zone)).count()
        });
        everywhere > zones.iter().filter(|zone| self.is_cleared(**zone)).count()
    }

    /// Whether a zone states a clearance itself.
    pub(super) fn is_cleared(&self, zone: u32) -> bool {
        let fact = self.declarations.zones[zone as usize].clearance.fact();
        matches!(fact, Fact::One(..) | Fact::Broken(_))
    }

    pub(super) fn loading(&self) -> &Loading {
        self.settled.loading.get_or_init(|| {
            let mut loading = Loading::default();
            self.loading_workloads(&mut loading);
            self.loading_zones(&mut loading);
            loading
        })
    }

    fn loading_workloads(&self, loading: &mut Loading) {
        let nothing = Assumptions::none();
        let workloads = self.declarations.workloads.iter();
        loading.listed = workloads
            .map(|workload| {
                let keys = workload.uses.iter().filter_map(|key| key.value.target());
                let keys: Vec<u32> = keys.map(|key| key.index).collect();
                Tally::of(&keys, |key| self.is_in_memory(key, &nothing))
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
    }

    fn loading_zones(&self, loading: &mut Loading) {
        let nothing = Assumptions::none();
        let truth = |at: u32| loading.workloads[at as usize];
        let zones = self.workloads_in.iter();
        loading.in_zones = zones.map(|all| Tally::of(all, truth)).collect();
        loading.within = vec![Truth::False; loading.in_zones.len()];
        for (zone, own) in (0u32..).zip(&loading.in_zones) {
            for zone in std::iter::once(zone).chain(self.zones_around(zone)) {
                let within = &mut loading.within[zone as usize];
                *within = within.or(own.settled());
            }
        }
        // A zone that may be anywhere may be in any other.
        let open = self.open.zones.iter().copied();
        let within = &loading.within;
        loading.lost = open
            .filter(|zone| within[*zone as usize] != Truth::False)
            .collect();
        let zones = (0u32..).zip(within);
        loading.zones = zones
            .map(|(at, within)| within.or(Truth::unknown_if(is_another(&loading.lost, at))))
            .collect();
        let zones = (0u32..).zip(&loading.zones);
        loading.machines = zones
            .map(|(zone, loads)| self.is_host(zone, &nothing).and(*loads))
            .collect();
        let machines = loading.machines.iter();
        loading.somewhere = machines.filter(|truth| **truth != Truth::False).count();
    }

    /// Whether a workload, by its own keys, loads any.
    fn loads_own<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading();
        let own = loading.own[workload as usize];
        if own != Truth::Unknown {
            return own;
        }
        let listed = loading.listed[workload as usize].under(|key| self.is_in_memory(key, assumed));
        listed.or(self.loads_unlisted(workload, assumed))
    }

    /// Whether a workload, or one that is known to run on it, loads keys.
    pub(super) fn known_to_load<'a>(&'a self, workload: u32, assumed: &Assumptions<'a>) -> Truth {
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

    /// Whether keys are loaded in a zone, or in one that is known to be in it.
    pub(super) fn known_within<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading();
        let within = |at: u32| loading.within[at as usize];
        if within(zone) != Truth::Unknown {
            return within(zone);
        }
        let mut result = Truth::False;
        let mut next = vec![zone];
        for looks in 0.. {
            let Some(at) = next.pop() else {
                break;
            };
            if looks == FEW {
                return Truth::Unknown;
            }
            let own = &loading.in_zones[at as usize];
            result = result.or(own.under(|workload| self.loads_keys(workload, assumed)));
            if result == Truth::True {
                break;
            }
            let nested = self.nested_in[at as usize].iter().copied();
            next.extend(nested.filter(|zone| within(*zone) == Truth::Unknown));
        }
        result
    }

    /// Of `all`, whether `truth` holds of any but `but`; where they are many nobody knows.
    pub(super) fn any_other(all: &[u32], but: u32, truth: impl Fn(u32) -> Truth) -> Truth {
        if all.len() > FEW {
            return Truth::Unknown;
        }
        let others = all.iter().filter(|at| **at != but);
        Truth::any(others.map(|at| truth(*at)))
    }
}

/// Whether one of `all` is another than `at`.
fn is_another(all: &[u32], at: u32) -> bool {
    match *all {
        [] => false,
        [only] => only != at,
        _ => true,
    }
}

fn count(zones: &[Tally]) -> usize {
    let there = zones.iter().filter(|tally| tally.settled() != Truth::False);
    there.count()
}
