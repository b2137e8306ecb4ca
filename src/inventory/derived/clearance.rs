//! Whether a zone, or one around it, says what it is cleared for.

use super::{Derivation, Inventory};
use crate::inventory::{Assumptions, Reading};
use crate::model::{Fact, Field as _, Kind, Missing, Truth, Zone};

pub(super) const STATES_CLEARANCE: Derivation = Derivation {
    value: |inventory, zone, assumed| inventory.states_clearance(zone.index, assumed).into(),
    reasons: |inventory, zone, found| inventory.named_evidence(zone, Zone::CLEARANCE, found),
    elsewhere: Some(Inventory::open_around),
    of_those_around: true,
};

impl Inventory {
    fn states_clearance<'a>(&'a self, zone: u32, assumed: &Assumptions<'a>) -> Truth {
        let (zones, open) = self.around(zone, assumed);
        let stated = zones.iter().any(|zone| self.is_cleared(*zone));
        // Code has no word for it: that it is not written says nothing.
        let is_unsaid = |zone: &u32| {
            let zone = &self.declarations.zones[*zone as usize];
            zone.clearance.missing() == Some(Missing::Unsaid)
        };
        if !stated && zones.iter().any(is_unsaid) {
            let clearance = self.reading(Kind::Zone.id(zone), Zone::CLEARANCE, assumed);
            return match clearance {
                Reading::Unknown => Truth::Unknown,
                _ => Truth::True,
            };
        }
        let further = open && self.is_cleared_beside(&zones);
        Truth::from(stated).or(Truth::unknown_if(further))
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
}
