//! Whether a transfer looks for what must not pass.

use super::{Derivation, Inventory};
use crate::inventory::{Assumptions, Reading};
use crate::model::{Assurance, EntityId, StepKind, Transfer, Truth};

pub(super) const SCANS: Derivation = Derivation::new(
    |inventory, transfer, assumed| inventory.scans(transfer, assumed).into(),
    |inventory, transfer, found| {
        inventory.named_evidence(transfer, Transfer::STEPS, found);
    },
);

impl Inventory {
    /// Whether a step of a transfer looks for what must not pass.
    fn scans<'a>(&'a self, transfer: EntityId, assumed: &Assumptions<'a>) -> Truth {
        let listed = self.declarations.transfers[transfer.index as usize]
            .steps
            .iter();
        let scans = listed.map(|step| &step.value).any(|step| {
            let looks = matches!(
                step.kind.value,
                StepKind::Scan | StepKind::Scrub | StepKind::Quarantine
            );
            let assurance = step.assurance.as_ref().map(|assurance| assurance.value);
            looks && assurance.is_none_or(|assurance| assurance >= Assurance::Tested)
        });
        let open = self.reading(transfer, Transfer::STEPS, assumed) == Reading::Unknown;
        Truth::from(scans).or(Truth::unknown_if(open))
    }
}
