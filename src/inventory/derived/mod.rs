//! The attributes that follow from the inventory as a whole: of each, in one file, what it is, which
//! stated values make it so, and what nobody states that could.
//!
//! Each is computed in three-valued logic: it is unknown exactly where what is unknown could
//! make it either true or false. Under assumptions it is computed anew, for the one entity asked; what
//! it is when nothing is assumed is worked out once for all entities where it rests on many of them.

mod clearance;
mod computed;
mod credentials;
mod environments;
mod exposure;
mod guarding;
mod key_state;
mod loading;
mod loading_zones;
mod memory;
mod open;
mod places;
mod scanning;
mod shut;
mod tally;
mod tokens;
mod unsettled;

use std::sync::OnceLock;

use super::{Assumptions, Evidence, Inventory, Reading};
use crate::model::{Derived, EntityId};

pub use computed::{Computed, ComputedAttributes, Possible};
pub use unsettled::Unsettled;

pub(super) use computed::Known;
pub(super) use open::Open;
pub(super) use unsettled::AllUnsettled;

use open::OpenBehind;

/// Most values that are named as what a derived attribute rests on: more tell nobody more.
const EVIDENCE_LIMIT: usize = 64;

type Value = for<'a> fn(&'a Inventory, EntityId, &Assumptions<'a>) -> Reading<'a>;
type Reasons = for<'a> fn(&'a Inventory, EntityId, &mut Vec<Evidence<'a>>);

/// How a derived attribute follows.
struct Derivation {
    /// What it is of an entity.
    value: Value,
    /// The stated values that it rests on, the most telling first. Where nothing is stated, the entity
    /// that does not state it.
    reasons: Reasons,
    /// The references of other entities that nobody knows and that make it unknown, as they may lead
    /// here. `None` if none does.
    elsewhere: Option<fn(&Inventory, EntityId, &mut OpenBehind)>,
    /// Whether the zones around an entity decide, too.
    of_those_around: bool,
}

/// How a derived attribute follows from what documents state: the row names the file that says so.
/// `None` of what follows from where things end up, which is computed elsewhere.
fn derivation(derived: Derived) -> Option<&'static Derivation> {
    Some(match derived {
        Derived::ZoneStatesClearance => &clearance::STATES_CLEARANCE,
        Derived::ZoneIsKeyZone => &guarding::IS_KEY_ZONE,
        Derived::ZoneLoadsKeys => &loading_zones::ZONE_LOADS_KEYS,
        Derived::ZoneOnKeyHost => &loading_zones::ZONE_ON_KEY_HOST,
        Derived::ZoneDenyDefault => &shut::DENY_DEFAULT,
        Derived::ZoneIsExposed => &exposure::ZONE_IS_EXPOSED,
        Derived::WorkloadIsExposed => &exposure::WORKLOAD_IS_EXPOSED,
        Derived::WorkloadLoadsKeys => &loading::WORKLOAD_LOADS_KEYS,
        Derived::TransferFromZone => &places::TRANSFER_FROM_ZONE,
        Derived::TransferToZone => &places::TRANSFER_TO_ZONE,
        Derived::TransferScans => &scanning::SCANS,
        Derived::VerifierAcceptsUnsigned => &tokens::ACCEPTS_UNSIGNED,
        Derived::VerifierAcceptsTokens => &tokens::ACCEPTS_TOKENS,
        Derived::VerifierMaxTrustedMinutes => &tokens::MAX_TRUSTED_MINUTES,
        Derived::KeyServedEnvironments => &environments::SERVED_ENVIRONMENTS,
        Derived::KeyExists => &key_state::EXISTS,
        Derived::KeyInUse => &key_state::IN_USE,
        Derived::KeyIsCompromised => &key_state::IS_COMPROMISED,
        Derived::KeyZone | Derived::ArtifactOrigin => &places::ZONE,
        Derived::KeyZones => &places::KEY_ZONES,
        Derived::IsPersonal => &credentials::IS_PERSONAL,
        Derived::IsSoleFactor => &credentials::IS_SOLE_FACTOR,
        Derived::StoreHoldsDumps
        | Derived::ArtifactLevelRank
        | Derived::ArtifactKeys
        | Derived::ArtifactKeysCount
        | Derived::ArtifactIsApart
        | Derived::DebugEnvironmentLevelRank
        | Derived::StoreLevelRank
        | Derived::ZoneDataLevelRank
        | Derived::IdentityOpensRank
        | Derived::IdentityOpensCount
        | Derived::IdentityStandingRank
        | Derived::IdentityOpensAtLeast
        | Derived::IdentityAssumedRank
        | Derived::IdentityIsExposed
        | Derived::KeyOpensRank
        | Derived::DataOpensRank
        | Derived::DataObtainableByCount
        | Derived::UsedBy
        | Derived::WorkloadLevelRank
        | Derived::IdentityKeys
        | Derived::IdentityKeysCount
        | Derived::KeyObtainableByCount => return None,
    })
}

/// What derived attributes are when nothing is assumed, each when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Settled {
    guarded: OnceLock<guarding::Guarded>,
    loading: OnceLock<loading::Loading>,
    loading_zones: OnceLock<loading_zones::LoadingZones>,
    conduits: OnceLock<shut::Conduits>,
    clearances: OnceLock<usize>,
}

impl Derived {
    /// Whether it follows from where things end up, and so is computed once, for all entities.
    pub fn is_flow(self) -> bool {
        derivation(self).is_none()
    }
}

impl Inventory {
    pub(super) fn derived<'a>(
        &'a self,
        entity: EntityId,
        derived: Derived,
        assumed: &Assumptions<'a>,
    ) -> Reading<'a> {
        match derivation(derived) {
            Some(derivation) => (derivation.value)(self, entity, assumed),
            None => self.computed(entity, derived),
        }
    }

    /// What a derived attribute rests on. Where it is unknown, the references that nobody knows and
    /// that may lead here are part of that; of very many some.
    pub(super) fn derived_evidence<'a>(
        &'a self,
        entity: EntityId,
        derived: Derived,
        found: &mut Vec<Evidence<'a>>,
    ) {
        let Some(derivation) = derivation(derived) else {
            self.computed_evidence(entity, derived, found);
            return;
        };
        (derivation.reasons)(self, entity, found);
        let value = || (derivation.value)(self, entity, &Assumptions::none());
        if derivation.elsewhere.is_none() || value() != Reading::Unknown {
            return;
        }
        for (entity, attribute) in derivation.open_behind(self, entity).references {
            let before = found.len();
            self.named_evidence(entity, attribute, found);
            // What is listed of an incomplete list is not what is unknown.
            if let Some(first) = found.get(before).copied() {
                found.truncate(before);
                found.push(Evidence {
                    value: None,
                    ..first
                });
            }
        }
    }
}

impl Derivation {
    /// One that rests on what the entity leads to, and on nothing that may lead to it.
    const fn new(value: Value, reasons: Reasons) -> Self {
        Self {
            value,
            reasons,
            elsewhere: None,
            of_those_around: false,
        }
    }

    /// The references that nobody knows and that make it unknown of `entity`, as they may lead there:
    /// of very many some, and whether these are all.
    fn open_behind(&self, inventory: &Inventory, entity: EntityId) -> OpenBehind {
        let mut open = OpenBehind::default();
        if let Some(elsewhere) = self.elsewhere {
            elsewhere(inventory, entity, &mut open);
        }
        open
    }
}
