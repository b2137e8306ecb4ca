//! Everything that a policy reads of a request, in one look: what is known of it, and what is not.

use smallvec::SmallVec;

use super::context::Values;
use super::read_set::{Base, Read, ReadSet, Use};
use super::view::{Gap, Unknown, View};
use crate::inventory::Reading;
use crate::model::{Atom, ContextAttribute, EntityId, Kind, Missing, Origin, Type};

/// Part of what makes requests alike: equal tokens for every need, equal verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum CacheKey<'a> {
    One(Atom<'a>),
    /// A set of so many elements follows.
    Many(usize),
    Absent,
    /// An entity; which one shows only in what is read of it.
    Some,
    /// The n-th unknown of the request: two readings of one unknown are the same.
    Unknown(usize),
    /// Something that may be one of several, by what is certain and what is possible.
    Open(u16, u16),
}

/// All tokens of a request for one policy.
pub(super) type Tokens<'a> = SmallVec<[CacheKey<'a>; 8]>;

/// What reading everything that a policy needs came to.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, and the large one is the common one"
)]
pub(super) enum Scan<'a> {
    /// Something refers to nothing: the question cannot be put.
    Broken,
    /// Everything is known, or is unknown in a way that depends on nothing but the tokens.
    Shared(Tokens<'a>, Vec<Unknown>),
    /// What is unknown has consequences of its own in this request.
    Own(Vec<Unknown>),
}

/// The same of one side of a request.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, and the large one is the common one"
)]
pub(super) enum Side<'a> {
    /// Something refers to nothing.
    Broken,
    /// Everything depends on nothing but the tokens.
    Shared(Tokens<'a>, Vec<Unknown>),
    /// What is unknown has consequences of its own.
    Own,
}

impl<'a> View<'a> {
    /// Reads everything that a policy needs.
    pub(super) fn scan(&self, read_set: &ReadSet) -> Scan<'a> {
        let mut tokens = Tokens::new();
        let mut unknown = Vec::new();
        let mut own = false;
        for (need, used) in read_set.needs.iter().zip(&read_set.uses) {
            match self.token(need, *used, &mut tokens) {
                Known::Yes => {}
                Known::Broken => return Scan::Broken,
                Known::No { shared } => {
                    own |= !shared;
                    let roots = self.unknown(need);
                    // What is derived from something broken: no value of anything would settle it.
                    if roots.is_empty() {
                        return Scan::Broken;
                    }
                    let unstated = self.unstated(need);
                    let more = roots.into_iter().filter(|root| !unstated.contains(root));
                    for root in unstated.iter().copied().chain(more) {
                        let place = unknown.iter().position(|known| *known == root);
                        let place = place.unwrap_or_else(|| {
                            unknown.push(root);
                            unknown.len() - 1
                        });
                        tokens.push(CacheKey::Unknown(place));
                    }
                }
            }
        }
        if own {
            Scan::Own(unknown)
        } else {
            Scan::Shared(tokens, unknown)
        }
    }

    /// Reads what a policy needs of one side of the request, and of what it names.
    pub(super) fn side(&self, read_set: &ReadSet, base: Base) -> Side<'a> {
        let mut tokens = Tokens::new();
        let mut unknown = Vec::new();
        let needs = read_set.needs.iter().zip(&read_set.uses);
        for (need, used) in needs.filter(|(need, _)| need.base() == Some(base)) {
            match self.token(need, *used, &mut tokens) {
                Known::Yes => {}
                Known::Broken => return Side::Broken,
                Known::No { shared: false } => return Side::Own,
                Known::No { shared: true } => {
                    let roots = self.unknown(need);
                    if roots.is_empty() {
                        return Side::Broken;
                    }
                    for root in roots {
                        let place = unknown.iter().position(|known| *known == root);
                        let place = place.unwrap_or_else(|| {
                            unknown.push(root);
                            unknown.len() - 1
                        });
                        tokens.push(CacheKey::Unknown(place));
                    }
                }
            }
        }
        Side::Shared(tokens, unknown)
    }

    /// Whether what a need holds follows from several values, of which some may be assumed: what is
    /// unknown of it is not the same under equal tokens.
    pub(super) fn follows(&self, need: &Read) -> bool {
        match need {
            Read::Context(value) => {
                self.request.action.def().context[*value].from == ContextAttribute::InMemory
            }
            Read::Value(path, attribute) => {
                let def = &path.kind.attributes()[*attribute];
                matches!(def.origin, Origin::Inventory(_))
            }
            Read::Identity(_) | Read::Ancestors(_) | Read::Label(..) => false,
        }
    }

    /// Reads one need into tokens, as much of it as matters.
    pub(super) fn token(&self, need: &Read, used: Use, tokens: &mut Tokens<'a>) -> Known {
        let entity = match need {
            Read::Context(value) => {
                let from = self.request.action.def().context[*value].from;
                let reading = self.context(*value);
                // What is known of it tells what it may be.
                let open = match self.values(from) {
                    Values::Choice { mask, .. } => Some(CacheKey::Open(mask, 0)),
                    Values::Part { certain, possible } => Some(CacheKey::Open(certain, possible)),
                    Values::Entity(_) | Values::InMemory => None,
                };
                if reading == Reading::Unknown {
                    tokens.extend(open);
                }
                return push(&reading, tokens, open.is_some());
            }
            Read::Value(path, _)
            | Read::Identity(path)
            | Read::Ancestors(path)
            | Read::Label(path, _) => match self.entity(path) {
                Ok(entity) => entity,
                Err(Gap::Absent) => {
                    tokens.push(CacheKey::Absent);
                    return Known::Yes;
                }
                Err(Gap::Unknown(_)) => return Known::No { shared: false },
                Err(Gap::Broken) => return Known::Broken,
            },
        };
        match need {
            Read::Value(_, attribute) => {
                let reading = self.inventory.read(entity, *attribute, &self.assumed);
                if let (Reading::One(_), Use::Followed) = (&reading, used) {
                    tokens.push(CacheKey::Some);
                    return Known::Yes;
                }
                let plain = is_plain(entity.kind, *attribute);
                let limited = reading == Reading::Unknown && self.is_limited(entity, *attribute);
                push(&reading, tokens, plain && !limited)
            }
            Read::Label(_, Some(name)) => {
                let label = self.label(entity, name);
                tokens.push(label.map_or(CacheKey::Absent, |text| CacheKey::One(Atom::Text(text))));
                Known::Yes
            }
            Read::Ancestors(_) => {
                let Ok(ancestors) = self.ancestors(entity) else {
                    return Known::No { shared: false };
                };
                tokens.push(CacheKey::One(Atom::Entity(entity)));
                // What encloses an entity follows from which one it is, unless it is assumed.
                if !self.assumed.is_empty() {
                    tokens.push(CacheKey::Many(ancestors.len()));
                    let ancestors = ancestors.into_iter().map(Atom::Entity);
                    tokens.extend(ancestors.map(CacheKey::One));
                }
                Known::Yes
            }
            Read::Identity(_) | Read::Label(_, None) | Read::Context(_) => {
                tokens.push(CacheKey::One(Atom::Entity(entity)));
                Known::Yes
            }
        }
    }
}

impl View<'_> {
    /// Whether something is known of an unknown attribute: what it may be, or some of what is in it.
    fn is_limited(&self, entity: EntityId, attribute: usize) -> bool {
        let missing = self.inventory.missing(entity, attribute);
        matches!(missing, Some(Missing::Choice(_) | Missing::Open))
    }
}

/// Whether a need is known.
pub(super) enum Known {
    Yes,
    /// `shared` if all that matters of the unknown is its type.
    No {
        shared: bool,
    },
    Broken,
}

fn push<'a>(reading: &Reading<'a>, tokens: &mut Tokens<'a>, shared: bool) -> Known {
    match reading {
        Reading::One(atom) => tokens.push(CacheKey::One(*atom)),
        Reading::Absent => tokens.push(CacheKey::Absent),
        Reading::Many(elements) => {
            tokens.push(CacheKey::Many(elements.len()));
            tokens.extend(elements.iter().map(|(atom, _)| CacheKey::One(*atom)));
        }
        Reading::Unknown => return Known::No { shared },
        Reading::Broken => return Known::Broken,
    }
    Known::Yes
}

/// Whether the values that an unknown attribute may have are the same for every entity of a kind:
/// not for references, whose values are other entities, and not for what follows from the inventory.
fn is_plain(kind: Kind, attribute: usize) -> bool {
    let def = &kind.attributes()[attribute];
    let stated = def.origin.of().map_or(def, |of| &kind.attributes()[of]);
    !matches!(stated.origin, Origin::Inventory(_)) && !matches!(stated.ty, Type::Entity(_))
}
