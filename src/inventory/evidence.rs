//! What a reading rests on: the stated values behind it, or the attributes that nobody stated.

use std::collections::HashSet;

use super::{Assumptions, Inventory, Reading};
use crate::model::{
    Atom, AttributeId, CommonText, EntityId, Fact, Field as _, FieldId, Kind, Missing, Omission,
    Origin, Zone,
};
use crate::source::Span;

/// A stated value, or a missing one, that a reading rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence<'a> {
    /// The entity that states it or does not.
    pub entity: EntityId,
    /// The attribute, by position; always one that a document can state.
    pub attribute: usize,
    /// The value, or of a set the element that matters; `None` where nothing is stated, and for a
    /// set as a whole.
    pub value: Option<Atom<'a>>,
    /// Where it is written; where nothing is, the id of the entity.
    pub span: Span,
    /// Whether anything is written at the span.
    pub stated: bool,
}

/// An attribute that nobody stated and that would settle an unknown reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MissingFact {
    /// The entity.
    pub entity: EntityId,
    /// The attribute, by position; always one that a document can state.
    pub attribute: usize,
}

impl Inventory {
    /// The stated values that the attribute rests on for `entity`, most telling first. Where
    /// nothing is stated, the entity that does not state it.
    pub fn evidence(&self, entity: EntityId, attribute: usize) -> Vec<Evidence<'_>> {
        let mut found = Vec::new();
        self.gather(entity, attribute, &|_| true, &mut found);
        found
    }

    pub(super) fn gather<'a>(
        &'a self,
        entity: EntityId,
        attribute: usize,
        matters: &dyn Fn(&Atom<'_>) -> bool,
        found: &mut Vec<Evidence<'a>>,
    ) {
        match entity.kind.attributes()[attribute].origin {
            Origin::Common(text) => found.push(self.common_evidence(entity, attribute, text)),
            Origin::Field(field) => self.field_evidence(entity, attribute, field, matters, found),
            Origin::RankOf(of) | Origin::CountOf(of) => {
                self.gather(entity, of, &|_| true, found);
            }
            Origin::PropertyOf(of, accepts) => {
                let accepted = |atom: &Atom<'_>| matches!(atom, Atom::Variant(at) if accepts(*at));
                self.gather(entity, of, &accepted, found);
            }
            Origin::Inventory(derived) => self.derived_evidence(entity, derived, found),
        }
    }

    fn common_evidence(
        &self,
        entity: EntityId,
        attribute: usize,
        text: CommonText,
    ) -> Evidence<'_> {
        let common = self.entity(entity).common();
        match common.map(|common| common.text(text).fact()) {
            Some(Fact::One(atom, span)) => Evidence {
                entity,
                attribute,
                value: Some(atom),
                span,
                stated: true,
            },
            Some(Fact::Unstated(written)) => self.unstated(entity, attribute, written),
            _ => self.unstated(entity, attribute, None),
        }
    }

    pub(super) fn unstated(
        &self,
        entity: EntityId,
        attribute: usize,
        written: Option<Span>,
    ) -> Evidence<'_> {
        Evidence {
            entity,
            attribute,
            value: None,
            span: written.unwrap_or(self.entity(entity).id().span),
            stated: written.is_some(),
        }
    }

    fn field_evidence<'a>(
        &'a self,
        entity: EntityId,
        attribute: usize,
        field: FieldId,
        matters: &dyn Fn(&Atom<'_>) -> bool,
        found: &mut Vec<Evidence<'a>>,
    ) {
        let stating = self.stating(entity, field);
        match self.entity(stating).fact(field) {
            Fact::One(atom, span) => found.push(Evidence {
                entity: stating,
                attribute,
                value: Some(atom),
                span,
                stated: true,
            }),
            Fact::Many(elements, span) => {
                let telling = elements.iter().filter(|(atom, _)| matters(atom));
                let before = found.len();
                found.extend(telling.map(|(atom, span)| Evidence {
                    entity: stating,
                    attribute,
                    value: Some(*atom),
                    span: *span,
                    stated: true,
                }));
                if found.len() == before {
                    found.push(Evidence {
                        entity: stating,
                        attribute,
                        value: None,
                        span,
                        stated: true,
                    });
                }
            }
            Fact::Absent(span) | Fact::Broken(span) => {
                found.push(self.unstated(stating, attribute, Some(span)));
            }
            Fact::Unstated(written) => found.push(self.unstated(stating, attribute, written)),
        }
        // What nests a zone in the one that speaks for it decided, too.
        if stating != entity {
            let around = self.zones_around(entity.index);
            let around = around.into_iter().map(|index| Kind::Zone.id(index));
            let nested = std::iter::once(entity).chain(around);
            for zone in nested.take_while(|zone| *zone != stating) {
                self.named_evidence(zone, Zone::PARENT, found);
            }
        }
    }

    /// The entity whose statement of an attribute holds for `entity`: a zone inherits from those
    /// around it.
    pub fn stating_of(&self, entity: EntityId, attribute: usize) -> EntityId {
        match entity.kind.attributes()[attribute].origin {
            Origin::Field(field) => self.stating(entity, field),
            _ => entity,
        }
    }

    /// The entity whose statement holds for `entity`: a zone inherits from those around it.
    pub(super) fn stating(&self, entity: EntityId, field: FieldId) -> EntityId {
        if entity.kind.def().field(field).omission != Omission::Inherited {
            return entity;
        }
        let around = self.zones_around(entity.index);
        let mut zones = std::iter::once(entity.index)
            .chain(around)
            .map(|index| Kind::Zone.id(index));
        zones
            .find(|zone| self.entity(*zone).fact(field) != Fact::Unstated(None))
            .unwrap_or(entity)
    }

    pub(super) fn named_evidence<'a>(
        &'a self,
        entity: EntityId,
        attribute: impl Into<AttributeId>,
        found: &mut Vec<Evidence<'a>>,
    ) {
        let attribute = attribute.into();
        if attribute.kind == entity.kind {
            self.gather(entity, attribute.position(), &|_| true, found);
        }
    }

    /// What leaves a list or a reference open: the word `unknown` in its place, a list with `...` in it,
    /// or `complete: false`.
    pub fn opening(&self, root: MissingFact) -> Evidence<'_> {
        let entity = self.entity(root.entity);
        let written = match entity.kind().attributes()[root.attribute].origin {
            Origin::Field(field) => match entity.fact(field) {
                Fact::Unstated(written) => written,
                Fact::Many(_, span) if entity.missing(field) == Some(Missing::Open) => Some(span),
                _ => None,
            },
            _ => None,
        };
        let complete = entity.common().and_then(|common| common.complete.as_ref());
        let written = written.or(complete.map(|complete| complete.span));
        self.unstated(root.entity, root.attribute, written)
    }

    /// Of what a reading rests on, what nobody states; each once, in order.
    pub(super) fn unknown_of(&self, evidence: &[Evidence<'_>]) -> Vec<MissingFact> {
        let mut seen = HashSet::new();
        let roots = evidence.iter().map(|on| MissingFact {
            entity: on.entity,
            attribute: on.attribute,
        });
        let nothing = Assumptions::none();
        roots
            .filter(|root| seen.insert(*root))
            .filter(|root| self.read(root.entity, root.attribute, &nothing) == Reading::Unknown)
            .collect()
    }

    /// The attributes that nobody stated and that an unknown reading rests on; each once, in order.
    pub fn roots(&self, entity: EntityId, attribute: usize) -> Vec<MissingFact> {
        let mut roots = self.unknown_of(&self.evidence(entity, attribute));
        roots.sort_unstable();
        roots
    }
}
