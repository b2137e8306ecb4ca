//! What nobody states and a derived attribute rests on, worked out once.

use std::sync::OnceLock;

use super::{EVIDENCE_LIMIT, Inventory, derivation};
use crate::inventory::{Assumptions, MissingFact};
use crate::model::{Derived, EntityId, Kind, Zone};

/// What nobody states and a derived attribute rests on.
#[derive(Debug, Default)]
pub struct Unsettled {
    /// The attributes, the most telling first.
    pub roots: Vec<MissingFact>,
    /// Whether these are all.
    pub all: bool,
}

/// What nobody states and each derived attribute rests on: of each entity, once it was asked for. In a
/// place of its own, as an inventory is moved now and then.
#[derive(Debug)]
pub(in crate::inventory) struct AllUnsettled(Box<[OnceLock<ByEntity>]>);

impl Default for AllUnsettled {
    fn default() -> Self {
        let all = Derived::COUNT * Kind::ALL.len();
        Self(std::iter::repeat_with(OnceLock::new).take(all).collect())
    }
}

/// Boxed, because most are never asked for.
type ByEntity = Vec<OnceLock<Box<Unsettled>>>;

impl Inventory {
    /// What nobody states and a derived attribute rests on, worked out once.
    pub fn unsettled(&self, entity: EntityId, derived: Derived) -> &Unsettled {
        let at = derived as usize * Kind::ALL.len() + entity.kind as usize;
        let entities = self.unsettled.0[at].get_or_init(|| {
            let count = self.declarations.count(entity.kind);
            std::iter::repeat_with(OnceLock::new).take(count).collect()
        });
        entities[entity.index as usize].get_or_init(|| {
            let mut evidence = Vec::new();
            self.derived_evidence(entity, derived, &mut evidence);
            let open = derivation(derived).map(|derivation| derivation.open_behind(self, entity));
            let all = evidence.len() < EVIDENCE_LIMIT && open.is_none_or(|open| open.all());
            let roots = self.unknown_of(&evidence);
            Box::new(Unsettled { roots, all })
        })
    }

    /// What a derived attribute of a zone rests on besides, where zones are assumed to be around it;
    /// `None` if that is too much.
    pub fn further<'a>(
        &'a self,
        zone: EntityId,
        derived: Derived,
        assumed: &Assumptions<'a>,
    ) -> Option<Vec<MissingFact>> {
        let of_those_around = derivation(derived).is_some_and(|how| how.of_those_around);
        let known = 1 + self.zones_around(zone.index).count();
        let (around, open) = match of_those_around {
            true => self.around(zone.index, assumed),
            false => (Vec::new(), false),
        };
        let mut roots = Vec::new();
        for added in around.iter().skip(known) {
            let unsettled = self.unsettled(Kind::Zone.id(*added), derived);
            if !unsettled.all {
                return None;
            }
            roots.extend(&unsettled.roots);
        }
        if let Some(outermost) = around.last().filter(|_| open) {
            roots.push(MissingFact {
                entity: Kind::Zone.id(*outermost),
                attribute: Zone::PARENT.position(),
            });
        }
        Some(roots)
    }
}
