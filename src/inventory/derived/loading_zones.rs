//! In which zones keys are in memory, and which of these are machines.

use super::open::OPEN_LIMIT;
use super::tally::{FEW, Tally, any_other, is_another};
use super::{Derivation, EVIDENCE_LIMIT, Inventory};
use crate::inventory::{Assumptions, Evidence};
use crate::model::{Derived, EntityId, Kind, Truth, Workload, Zone, ZoneKind};

pub(super) const ZONE_LOADS_KEYS: Derivation = Derivation {
    value: |inventory, zone, assumed| inventory.zone_loads_keys(zone.index, assumed).into(),
    reasons: Inventory::zone_evidence,
    elsewhere: Some(|inventory, zone, open| {
        let lost = inventory.loading_zones().lost.iter();
        let lost: Vec<u32> = lost.copied().filter(|at| *at != zone.index).collect();
        if !lost.is_empty() {
            open.add(Zone::PARENT.id(), &inventory.open.zones);
        }
        let inside = lost.iter().take(OPEN_LIMIT);
        let inside = inside.flat_map(|zone| inventory.workloads_within(*zone));
        inventory.open_hosts(None, inside.collect(), open);
    }),
    of_those_around: false,
};

pub(super) const ZONE_ON_KEY_HOST: Derivation = Derivation {
    value: |inventory, zone, assumed| inventory.is_on_key_host(zone.index, assumed).into(),
    reasons: Inventory::host_evidence,
    elsewhere: Some(Inventory::open_around),
    of_those_around: true,
};

/// In which zones keys are loaded, when nothing is assumed.
#[derive(Debug, Default)]
pub(super) struct LoadingZones {
    /// Of each zone, by the workloads that are in it and in no zone within.
    own: Vec<Tally>,
    /// Of each zone, by all that is known to be in it.
    within: Vec<Truth>,
    /// Zones that are in nobody knows what, and in which keys are loaded, or may be.
    lost: Vec<u32>,
    /// Of each zone, with these too.
    zones: Vec<Truth>,
    /// Of each zone, whether it is a machine and loads keys.
    machines: Vec<Truth>,
    /// How many are machines that load keys, or may.
    somewhere: usize,
}

impl LoadingZones {
    /// Whether a zone beside these is a machine and loads keys, or may.
    fn is_beside(&self, zones: &[u32]) -> bool {
        let is_one = |zone: &&u32| self.machines[**zone as usize] != Truth::False;
        self.somewhere > zones.iter().filter(is_one).count()
    }
}
impl Inventory {
    fn zone_loads_keys<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading_zones();
        let settled = loading.zones[zone as usize];
        if assumed.is_empty() || settled != Truth::Unknown {
            return settled;
        }
        let others = any_other(&loading.lost, zone, |other| {
            let (around, open) = self.around(other, assumed);
            let nested = match around.contains(&zone) {
                true => Truth::True,
                false => Truth::unknown_if(open),
            };
            nested.and(self.known_within(other, assumed))
        });
        self.known_within(zone, assumed).or(others)
    }

    fn is_on_key_host<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading_zones();
        let (around, open) = self.around(zone, assumed);
        let machines = around.iter().map(|zone| {
            let settled = loading.machines[*zone as usize];
            if assumed.is_empty() || settled != Truth::Unknown {
                return settled;
            }
            self.is_host(*zone, assumed)
                .and(self.zone_loads_keys(*zone, assumed))
        });
        let further = open && loading.is_beside(&around);
        Truth::any(machines).or(Truth::unknown_if(further))
    }

    fn is_host<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let kind = self.get_assuming(Kind::Zone.id(zone), Zone::KIND, assumed);
        kind.is(|kind| kind == ZoneKind::Host)
    }

    fn loading_zones(&self) -> &LoadingZones {
        self.settled.loading_zones.get_or_init(|| self.load_zones())
    }

    fn load_zones(&self) -> LoadingZones {
        let nothing = Assumptions::none();
        let workloads = &self.loading().workloads;
        let mut loading = LoadingZones::default();
        let zones = self.workloads_in.iter();
        let own = zones.map(|all| Tally::of(all, |at| workloads[at as usize]));
        loading.own = own.collect();
        loading.within = vec![Truth::False; loading.own.len()];
        for (zone, own) in (0u32..).zip(&loading.own) {
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
        loading
    }

    /// Whether keys are loaded in a zone, or in one that is known to be in it.
    fn known_within<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let loading = self.loading_zones();
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
            let own = &loading.own[at as usize];
            result = result.or(own.under(|workload| self.loads_keys(workload, assumed)));
            if result == Truth::True {
                break;
            }
            let nested = self.nested_in[at as usize].iter().copied();
            next.extend(nested.filter(|zone| within(*zone) == Truth::Unknown));
        }
        result
    }

    /// The workloads in a zone, or in one that is known to be in it, as far as few are looked at.
    fn workloads_within(&self, zone: u32) -> Vec<u32> {
        let mut zones = vec![zone];
        let mut found = Vec::new();
        while let Some(zone) = zones.pop().filter(|_| found.len() <= OPEN_LIMIT) {
            zones.extend(&self.nested_in[zone as usize]);
            found.extend(self.workloads_in[zone as usize].iter().take(OPEN_LIMIT + 1));
        }
        found
    }

    fn zone_evidence<'a>(&'a self, zone: EntityId, found: &mut Vec<Evidence<'a>>) {
        let mut zones = vec![zone.index];
        while let Some(zone) = zones.pop() {
            let within = self.nested_in[zone as usize].iter().copied();
            let loads = |zone: &u32| self.loading_zones().within[*zone as usize] != Truth::False;
            zones.extend(within.filter(loads));
            for workload in &self.workloads_in[zone as usize] {
                if self.loads_keys(*workload, &Assumptions::none()) != Truth::False {
                    let workload = Kind::Workload.id(*workload);
                    self.named_evidence(workload, Workload::ZONE, found);
                    self.loading_evidence(workload, found);
                }
                if found.len() >= EVIDENCE_LIMIT {
                    return;
                }
            }
        }
    }

    fn host_evidence<'a>(&'a self, zone: EntityId, found: &mut Vec<Evidence<'a>>) {
        let nothing = Assumptions::none();
        let around = std::iter::once(zone.index).chain(self.zones_around(zone.index));
        for zone in around {
            if self.is_host(zone, &nothing) != Truth::False
                && self.zone_loads_keys(zone, &nothing) != Truth::False
            {
                let zone = Kind::Zone.id(zone);
                self.named_evidence(zone, Zone::KIND, found);
                self.derived_evidence(zone, Derived::ZoneLoadsKeys, found);
            }
        }
    }
}
