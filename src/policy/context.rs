//! What holds of a request as a whole: the values of its context, and what they may be.

use super::unlisted::is_unlisted;
use super::view::View;
use crate::inventory::Reading;
use crate::model::{
    Atom, ContextAttribute, Elements, EntityId, Enumeration, PossibleValues, SetBounds,
};
use crate::source::{FileId, Span};

impl<'a> View<'a> {
    /// The value of the context at this place of [`ActionDef::context`](crate::model::ActionDef).
    pub(super) fn context(&self, value: usize) -> Reading<'a> {
        let def = &self.request.action.def().context[value];
        match self.context_attribute(def.from) {
            Reading::One(Atom::Variant(rank)) if def.is_rank => {
                Reading::One(Atom::Long(i64::from(rank)))
            }
            other => other,
        }
    }

    pub(super) fn context_attribute(&self, of: ContextAttribute) -> Reading<'a> {
        let mut supposed = self.supposed.iter();
        if let Some((_, value)) = supposed.find(|(known, _)| *known == of) {
            return value.clone();
        }
        match self.values(of) {
            Values::Choice { mask, atom } if mask.is_power_of_two() => {
                atom(mask.trailing_zeros() as u8).map_or(Reading::Unknown, Reading::One)
            }
            Values::Choice { .. } => Reading::Unknown,
            Values::Part { certain, possible } if certain == possible => {
                Reading::Many(elements(certain))
            }
            Values::Part { .. } => Reading::Unknown,
            Values::Entity(Some(entity)) => Reading::One(Atom::Entity(entity)),
            Values::Entity(None) => Reading::Broken,
            Values::InMemory if is_unlisted(self.request.resource) => Reading::Unknown,
            Values::InMemory => self
                .inventory
                .in_memory(self.request.resource, &self.assumed)
                .into(),
        }
    }

    pub(super) fn values(&self, of: ContextAttribute) -> Values {
        let all = &self.context;
        match of {
            ContextAttribute::Subject => Values::Entity(self.request.subject),
            ContextAttribute::InMemory => Values::InMemory,
            ContextAttribute::Origin => Values::Entity(all.origin),
            ContextAttribute::Level => choice(all.level),
            ContextAttribute::Remaining => part(all.remaining),
            ContextAttribute::Assurance => choice(all.assurance),
            ContextAttribute::Approval => choice(all.approval),
            ContextAttribute::Encrypted => choice(all.encrypted),
            ContextAttribute::Inspection => choice(all.inspection),
            ContextAttribute::ClosestInspection => choice(all.closest),
            ContextAttribute::Transit => choice(all.transit),
            ContextAttribute::Initiated => choice(all.initiated),
            ContextAttribute::Actions => part(all.actions),
            ContextAttribute::Inside => choice(PossibleValues::one(all.inside)),
            ContextAttribute::InDump => choice(all.in_dump),
            ContextAttribute::Standing => choice(all.standing),
            ContextAttribute::Direct => choice(PossibleValues::one(all.direct)),
        }
    }

    /// Every value that something unknown of the request as a whole may have.
    pub(super) fn candidates(&self, of: ContextAttribute) -> Vec<Reading<'a>> {
        match self.values(of) {
            Values::Choice { mask, atom } => {
                let values = positions(mask).filter_map(atom);
                values.map(Reading::One).collect()
            }
            Values::Part { certain, possible } => {
                let open = possible & !certain;
                // Every subset of what is open, the empty one first.
                let mut chosen = 0u16;
                let mut all = vec![Reading::Many(elements(certain))];
                while chosen != open {
                    chosen = chosen.wrapping_sub(open) & open;
                    all.push(Reading::Many(elements(certain | chosen)));
                }
                all
            }
            Values::Entity(_) | Values::InMemory => Vec::new(),
        }
    }
}

/// What something may be that holds of a request as a whole.
pub(super) enum Values {
    /// One value of an enumeration, a bit for each that it may be, and what each is.
    Choice {
        mask: u16,
        atom: fn(u8) -> Option<Atom<'static>>,
    },
    /// A set of values of an enumeration, a bit for each that is in it or may be.
    Part {
        certain: u16,
        possible: u16,
    },
    Entity(Option<EntityId>),
    InMemory,
}

fn choice<E: Enumeration>(values: PossibleValues<E>) -> Values {
    Values::Choice {
        mask: values.mask(),
        atom: |at| E::at(at).map(E::atom),
    }
}

fn part<E: Enumeration>(set: SetBounds<E>) -> Values {
    let (certain, possible) = set.masks();
    Values::Part { certain, possible }
}

fn positions(mask: u16) -> impl Iterator<Item = u8> {
    (0..u16::BITS as u8).filter(move |at| mask & (1 << at) != 0)
}

/// The values of an enumeration in a mask, as a set.
fn elements<'a>(mask: u16) -> Elements<'a> {
    let nowhere = Span::file_start(FileId(0));
    let values = positions(mask).map(|value| (Atom::Variant(value), nowhere));
    values.collect()
}
