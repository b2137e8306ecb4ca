//! What takes anybody's input.

use super::{Derivation, Inventory};
use crate::inventory::{Assumptions, Evidence, Reading};
use crate::model::{Derived, EntityId, Exposure, Internet, Kind, Truth, Workload, Zone};

pub(super) const WORKLOAD_IS_EXPOSED: Derivation = Derivation::new(
    |inventory, workload, assumed| inventory.is_exposed(workload, assumed).into(),
    Inventory::exposure_evidence,
);

pub(super) const ZONE_IS_EXPOSED: Derivation = Derivation::new(
    |inventory, zone, assumed| {
        let workloads = inventory.workloads_in[zone.index as usize].iter();
        let exposed = workloads.map(|at| inventory.is_exposed(Kind::Workload.id(*at), assumed));
        Truth::any(exposed).into()
    },
    |inventory, zone, found| {
        for workload in &inventory.workloads_in[zone.index as usize] {
            let workload = Kind::Workload.id(*workload);
            if inventory.is_exposed(workload, &Assumptions::none()) != Truth::False {
                inventory.derived_evidence(workload, Derived::WorkloadIsExposed, found);
            }
        }
    },
);

impl Inventory {
    /// Whether a workload takes anybody's input: as it says itself, else as its zone does.
    fn is_exposed<'a>(&'a self, workload: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let stated = self.reading(workload, Workload::EXPOSURE, assumed);
        match self.container(workload) {
            Some(zone) if stated == Reading::Absent => self
                .get_assuming(zone, Zone::INTERNET, assumed)
                .is(|internet| matches!(internet, Internet::Ingress | Internet::Both)),
            _ => self
                .get_assuming(workload, Workload::EXPOSURE, assumed)
                .is(|exposure| exposure >= Exposure::Internet),
        }
    }

    fn exposure_evidence<'a>(&'a self, workload: EntityId, found: &mut Vec<Evidence<'a>>) {
        let stated = self.reading(workload, Workload::EXPOSURE, &Assumptions::none());
        match self.container(workload) {
            Some(zone) if stated == Reading::Absent => {
                self.named_evidence(zone, Zone::INTERNET, found);
            }
            _ => self.named_evidence(workload, Workload::EXPOSURE, found),
        }
    }
}
