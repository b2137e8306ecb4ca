//! What holds of a request as a whole: the values of its context, and what they may be.

use super::encode::is_unlisted;
use super::view::View;
use crate::flow::{Choices, Part};
use crate::inventory::Reading;
use crate::model::{Atom, Circumstance, Elements, EntityId};
use crate::source::{FileId, Span};

impl<'a> View<'a> {
    /// The value of the context at this place of [`ActionDef::context`](crate::model::ActionDef).
    pub(super) fn context(&self, value: usize) -> Reading<'a> {
        let def = &self.request.action.def().context[value];
        match self.circumstance(def.from) {
            Reading::One(Atom::Variant(rank)) if def.is_rank => {
                Reading::One(Atom::Long(i64::from(rank)))
            }
            other => other,
        }
    }

    pub(super) fn circumstance(&self, of: Circumstance) -> Reading<'a> {
        let mut supposed = self.supposed.iter();
        if let Some((_, value)) = supposed.find(|(known, _)| *known == of) {
            return value.clone();
        }
        match self.values(of) {
            Values::Choice(choices) => match choices.known() {
                Some(value) => Reading::One(choice(of, value)),
                None => Reading::Unknown,
            },
            Values::Part(part) if part.is_known() => Reading::Many(elements(part.certain)),
            Values::Part(_) => Reading::Unknown,
            Values::Entity(Some(entity)) => Reading::One(Atom::Entity(entity)),
            Values::Entity(None) => Reading::Broken,
            Values::InMemory if is_unlisted(self.request.resource) => Reading::Unknown,
            Values::InMemory => self
                .inventory
                .in_memory(self.request.resource, &self.assumed),
        }
    }

    pub(super) fn values(&self, of: Circumstance) -> Values {
        let all = &self.circumstances;
        match of {
            Circumstance::Subject => Values::Entity(self.request.subject),
            Circumstance::InMemory => Values::InMemory,
            Circumstance::Origin => Values::Entity(all.origin),
            Circumstance::Level => Values::Choice(all.level),
            Circumstance::Remaining => Values::Part(all.remaining),
            Circumstance::Assurance => Values::Choice(all.assurance),
            Circumstance::Approval => Values::Choice(all.approval),
            Circumstance::Encrypted => Values::Choice(all.encrypted),
            Circumstance::Inspection => Values::Choice(all.inspection),
            Circumstance::ClosestInspection => Values::Choice(all.closest),
            Circumstance::Transit => Values::Choice(all.transit),
            Circumstance::Initiated => Values::Choice(all.initiated),
            Circumstance::Actions => Values::Part(all.actions),
        }
    }

    /// Every value that something unknown of the request as a whole may have.
    pub(super) fn candidates(&self, of: Circumstance) -> Vec<Reading<'a>> {
        match self.values(of) {
            Values::Choice(choices) => {
                let values = choices.iter().map(|value| choice(of, value));
                values.map(Reading::One).collect()
            }
            Values::Part(part) => {
                let open = part.possible & !part.certain;
                // Every subset of what is open, the empty one first.
                let mut chosen = 0u8;
                let mut all = vec![Reading::Many(elements(part.certain))];
                while chosen != open {
                    chosen = chosen.wrapping_sub(open) & open;
                    all.push(Reading::Many(elements(part.certain | chosen)));
                }
                all
            }
            Values::Entity(_) | Values::InMemory => Vec::new(),
        }
    }
}

/// What something may be that holds of a request as a whole.
pub(super) enum Values {
    Choice(Choices),
    Part(Part),
    Entity(Option<EntityId>),
    InMemory,
}

/// One of the values that something of a request may have.
fn choice<'a>(of: Circumstance, value: u8) -> Atom<'a> {
    match of {
        Circumstance::Encrypted | Circumstance::Transit | Circumstance::Initiated => {
            Atom::Bool(value != 0)
        }
        _ => Atom::Variant(value),
    }
}

/// The values of an enumeration in a mask, as a set.
fn elements<'a>(mask: u8) -> Elements<'a> {
    let nowhere = Span::file_start(FileId(0));
    let values = (0..8).filter(|value| mask & (1 << value) != 0);
    values
        .map(|value| (Atom::Variant(value), nowhere))
        .collect()
}
