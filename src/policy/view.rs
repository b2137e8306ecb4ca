//! What a policy reads of one request, as far as it is known.

use std::collections::HashSet;

use smallvec::SmallVec;

use super::footprint::{Base, Footprint, Need, Path, Use};
use super::requests::Request;
use crate::flow::{Choices, Circumstances, Flow, Part};
use crate::inventory::{Assumptions, Evidence, Inventory, Reading, Root};
use crate::model::{Atom, Circumstance, Elements, EntityId, Kind, Origin, Type};
use crate::source::{FileId, Span};

/// A request, with what is assumed of what nobody knows.
#[derive(Debug, Clone)]
pub(super) struct View<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) flow: &'a Flow,
    pub(super) request: Request,
    pub(super) circumstances: Circumstances,
    pub(super) assumed: Assumptions<'a>,
    /// What is assumed of the request as a whole.
    supposed: SmallVec<[(Circumstance, Reading<'a>); 1]>,
}

/// Something unknown that a value can be assumed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Unknown {
    /// An attribute of an entity.
    Attribute(Root),
    /// Something that holds of the request as a whole.
    Circumstance(Circumstance),
}

/// Why a path leads to no entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// The reference is absent; a policy that asks `has` first goes no further.
    Absent,
    /// Nobody knows which entity it is.
    Unknown(Root),
    /// The reference names nothing, and a problem says so.
    Broken,
}

/// Part of what makes requests alike: equal tokens for every need, equal verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Token<'a> {
    One(Atom<'a>),
    /// A set of so many elements follows.
    Many(usize),
    Absent,
    /// An entity; which one shows only in what is read of it.
    Some,
    /// The n-th unknown of the request: two readings of one unknown are the same.
    Unknown(usize),
    /// Something that may be one of several, by what is certain and what is possible.
    Open(u8, u8),
}

/// All tokens of a request for one policy.
pub(super) type Tokens<'a> = SmallVec<[Token<'a>; 8]>;

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

impl<'a> View<'a> {
    pub(super) fn new(inventory: &'a Inventory, flow: &'a Flow, request: Request) -> Self {
        let way = request.way;
        Self {
            inventory,
            flow,
            request,
            circumstances: way.map_or_else(Circumstances::default, |way| {
                flow.circumstances(inventory, way)
            }),
            assumed: Assumptions::none(),
            supposed: SmallVec::new(),
        }
    }

    pub(super) fn assuming(&self, unknown: Unknown, value: Reading<'a>) -> Self {
        let mut view = self.clone();
        // Of an artifact from which nothing was removed, the level here is the one that it began with.
        let same = self
            .level_as_taken()
            .filter(|_| self.circumstances.untouched);
        match unknown {
            Unknown::Attribute(root) => {
                if let (Some(level), Reading::One(Atom::Long(rank))) = (same, &value)
                    && level == root
                {
                    let variant = u8::try_from(*rank).unwrap_or_default();
                    view.suppose(Circumstance::Level, Reading::One(Atom::Variant(variant)));
                }
                view.assumed.assume(root.entity, root.attribute, value);
            }
            Unknown::Circumstance(of) => {
                if let (Some(level), Reading::One(Atom::Variant(variant))) = (same, &value)
                    && of == Circumstance::Level
                {
                    let rank = Reading::One(Atom::Long(i64::from(*variant)));
                    view.assumed.assume(level.entity, level.attribute, rank);
                }
                view.suppose(of, value);
            }
        }
        view
    }

    fn suppose(&mut self, of: Circumstance, value: Reading<'a>) {
        self.supposed.retain(|(known, _)| *known != of);
        self.supposed.push((of, value));
    }

    /// The attribute that says how sensitive the artifact that is asked about was when it was taken.
    fn level_as_taken(&self) -> Option<Root> {
        let entity = self.request.principal;
        let is_artifact = entity.kind == Kind::Artifact;
        let attribute = is_artifact.then(|| entity.kind.attribute("derivedLevelRank"));
        let attribute = attribute.flatten()?;
        Some(Root { entity, attribute })
    }

    fn base(&self, base: Base) -> EntityId {
        match base {
            Base::Principal => self.request.principal,
            Base::Resource => self.request.resource,
            // Only actions whose context holds an entity have such paths.
            Base::Context => {
                let subject = self.request.subject.or(self.circumstances.origin);
                subject.unwrap_or(self.request.resource)
            }
            Base::Named(entity) => entity,
        }
    }

    /// The entity at the end of a path.
    pub(super) fn entity(&self, path: &Path) -> Result<EntityId, Gap> {
        let mut entity = self.base(path.base);
        for step in &path.steps {
            entity = match self.inventory.read(entity, *step, &self.assumed) {
                Reading::One(Atom::Entity(next)) => next,
                Reading::Absent => return Err(Gap::Absent),
                Reading::Unknown => {
                    let roots = self.inventory.roots(entity, *step);
                    return Err(roots
                        .first()
                        .map_or(Gap::Broken, |root| Gap::Unknown(*root)));
                }
                Reading::One(_) | Reading::Many(_) | Reading::Broken => return Err(Gap::Broken),
            };
        }
        Ok(entity)
    }

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

    fn circumstance(&self, of: Circumstance) -> Reading<'a> {
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
            Values::InMemory => self
                .inventory
                .in_memory(self.request.resource, &self.assumed),
        }
    }

    fn values(&self, of: Circumstance) -> Values {
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

    /// What encloses `entity`, what is nearest first.
    pub(super) fn ancestors(&self, entity: EntityId) -> Result<Vec<EntityId>, Gap> {
        let mut all: Vec<EntityId> = Vec::new();
        let mut next = entity;
        for at in 0.. {
            for parent in self.parents(next)? {
                // An assumed parent may lie inside the zone: such an assumption means nothing.
                if parent != entity && !all.contains(&parent) {
                    all.push(parent);
                }
            }
            match all.get(at) {
                Some(following) => next = *following,
                None => break,
            }
        }
        Ok(all)
    }

    /// The Cedar parents of `entity`, with what is assumed of them.
    pub(super) fn parents(&self, entity: EntityId) -> Result<SmallVec<[EntityId; 1]>, Gap> {
        let known = self.inventory.parents(entity);
        let name = match entity.kind {
            Kind::Zone if known.is_empty() => "parent",
            Kind::Identity => "memberOf",
            _ => return Ok(known),
        };
        let Some(attribute) = entity.kind.attribute(name) else {
            return Ok(known);
        };
        match self.inventory.read(entity, attribute, &self.assumed) {
            Reading::Unknown => Err(Gap::Unknown(Root { entity, attribute })),
            Reading::One(Atom::Entity(parent)) if !self.assumed.is_empty() => {
                Ok(SmallVec::from_elem(parent, 1))
            }
            Reading::Many(groups) if !self.assumed.is_empty() => {
                let groups = groups.iter().filter_map(|(group, _)| match group {
                    Atom::Entity(group) => Some(*group),
                    _ => None,
                });
                Ok(groups.collect())
            }
            _ => Ok(known),
        }
    }

    /// The value of a label.
    pub(super) fn label(&self, entity: EntityId, name: &str) -> Option<&'a str> {
        let common = self.inventory.entity(entity).common()?;
        let mut labels = common.labels.iter();
        labels
            .find(|(key, _)| &*key.value == name)
            .map(|(_, value)| &*value.value)
    }

    /// What is unknown of one need; empty if it is known.
    pub(super) fn unknown(&self, need: &Need) -> Vec<Unknown> {
        let roots = match need {
            Need::Value(path, attribute) => match self.entity(path) {
                Ok(entity) => match self.inventory.read(entity, *attribute, &self.assumed) {
                    Reading::Unknown => self.roots(entity, *attribute),
                    _ => Vec::new(),
                },
                Err(gap) => gap.root(),
            },
            Need::Identity(path) | Need::Label(path, _) => {
                self.entity(path).err().map_or_else(Vec::new, Gap::root)
            }
            Need::Ancestors(path) => match self.entity(path).and_then(|e| self.ancestors(e)) {
                Ok(_) => Vec::new(),
                Err(gap) => gap.root(),
            },
            Need::Context(value) => match self.context(*value) {
                Reading::Unknown => {
                    let from = self.request.action.def().context[*value].from;
                    if from != Circumstance::InMemory {
                        return vec![Unknown::Circumstance(from)];
                    }
                    self.open(self.memory_evidence())
                }
                _ => Vec::new(),
            },
        };
        roots.into_iter().map(Unknown::Attribute).collect()
    }

    /// A derived fact that is unknown, and a value that it may be given as such.
    pub(super) fn derived_unknown(&self, need: &Need) -> Option<(Unknown, Reading<'a>)> {
        let Need::Value(path, attribute) = need else {
            return None;
        };
        let entity = self.entity(path).ok()?;
        let def = &entity.kind.attributes()[*attribute];
        let derived = matches!(def.origin, Origin::Inventory(derived) if !derived.is_flow());
        if !derived || self.inventory.read(entity, *attribute, &self.assumed) != Reading::Unknown {
            return None;
        }
        let value = match (def.ty, def.many) {
            (Type::Bool, false) => Reading::One(Atom::Bool(false)),
            (_, true) => Reading::Many(crate::model::Elements::new()),
            _ => return None,
        };
        let fact = Root {
            entity,
            attribute: *attribute,
        };
        Some((Unknown::Attribute(fact), value))
    }

    /// Whether a need is unknown under what is assumed, even if nothing that may be assumed of any
    /// one attribute would settle it.
    pub(super) fn is_unknown(&self, need: &Need) -> bool {
        match need {
            Need::Value(path, attribute) => match self.entity(path) {
                Ok(entity) => {
                    let reading = self.inventory.read(entity, *attribute, &self.assumed);
                    reading == Reading::Unknown
                }
                Err(gap) => matches!(gap, Gap::Unknown(_)),
            },
            Need::Context(value) => self.context(*value) == Reading::Unknown,
            Need::Identity(_) | Need::Label(..) | Need::Ancestors(_) => {
                !self.unknown(need).is_empty()
            }
        }
    }

    /// What something that holds of the request as a whole rests on.
    pub(super) fn grounds(&self, of: Circumstance) -> Vec<crate::flow::Ground> {
        let way = self.request.way;
        way.map_or_else(Vec::new, |way| self.flow.grounds(self.inventory, way, of))
    }

    pub(super) fn memory_evidence(&self) -> Vec<Evidence<'a>> {
        let mut evidence = Vec::new();
        self.inventory
            .memory_evidence(self.request.resource, &mut evidence);
        evidence
    }

    fn roots(&self, entity: EntityId, attribute: usize) -> Vec<Root> {
        // What follows from where things end up is not computed anew for what is assumed.
        if let Origin::Inventory(derived) = entity.kind.attributes()[attribute].origin
            && derived.is_flow()
        {
            return vec![Root { entity, attribute }];
        }
        self.open(self.inventory.evidence(entity, attribute))
    }

    /// Of what a reading rests on, what is still unknown under what is assumed.
    fn open(&self, evidence: Vec<Evidence<'_>>) -> Vec<Root> {
        let mut seen = HashSet::new();
        let roots = evidence.into_iter().map(|on| Root {
            entity: on.entity,
            attribute: on.attribute,
        });
        roots
            .filter(|root| {
                seen.insert(*root)
                    && self
                        .inventory
                        .read(root.entity, root.attribute, &self.assumed)
                        == Reading::Unknown
            })
            .collect()
    }

    /// Reads everything that a policy needs.
    pub(super) fn scan(&self, footprint: &Footprint) -> Scan<'a> {
        let mut tokens = Tokens::new();
        let mut unknown = Vec::new();
        let mut own = false;
        for (need, used) in footprint.needs.iter().zip(&footprint.uses) {
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
                    for root in roots {
                        let place = unknown.iter().position(|known| *known == root);
                        let place = place.unwrap_or_else(|| {
                            unknown.push(root);
                            unknown.len() - 1
                        });
                        tokens.push(Token::Unknown(place));
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

    /// The tokens of everything that a policy needs, whether or not it is known; `None` where
    /// something unknown is not the same under equal tokens, because it follows from several values
    /// of which some are assumed.
    pub(super) fn tokens(&self, footprint: &Footprint) -> Option<Tokens<'a>> {
        let mut tokens = Tokens::new();
        for need in &footprint.needs {
            // What is unknown may differ from entity to entity, so it matters which one it is.
            if matches!(self.token(need, Use::Whole, &mut tokens), Known::Yes) {
                continue;
            }
            let follows = match need {
                Need::Context(value) => {
                    self.request.action.def().context[*value].from == Circumstance::InMemory
                }
                Need::Value(path, attribute) => {
                    let def = &path.kind.attributes()[*attribute];
                    matches!(def.origin, Origin::Inventory(_))
                }
                Need::Identity(_) | Need::Ancestors(_) | Need::Label(..) => false,
            };
            if follows {
                return None;
            }
            tokens.push(Token::Unknown(0));
        }
        Some(tokens)
    }

    fn token(&self, need: &Need, used: Use, tokens: &mut Tokens<'a>) -> Known {
        let entity = match need {
            Need::Context(value) => {
                let from = self.request.action.def().context[*value].from;
                let reading = self.context(*value);
                // What is known of it tells what it may be.
                let open = match self.values(from) {
                    Values::Choice(choices) => Some(Token::Open(choices.mask(), 0)),
                    Values::Part(part) => Some(Token::Open(part.certain, part.possible)),
                    Values::Entity(_) | Values::InMemory => None,
                };
                if reading == Reading::Unknown {
                    tokens.extend(open);
                }
                return push(&reading, tokens, open.is_some());
            }
            Need::Value(path, _)
            | Need::Identity(path)
            | Need::Ancestors(path)
            | Need::Label(path, _) => match self.entity(path) {
                Ok(entity) => entity,
                Err(Gap::Absent) => {
                    tokens.push(Token::Absent);
                    return Known::Yes;
                }
                Err(Gap::Unknown(_)) => return Known::No { shared: false },
                Err(Gap::Broken) => return Known::Broken,
            },
        };
        match need {
            Need::Value(_, attribute) => {
                let reading = self.inventory.read(entity, *attribute, &self.assumed);
                if let (Reading::One(_), Use::Followed) = (&reading, used) {
                    tokens.push(Token::Some);
                    return Known::Yes;
                }
                push(&reading, tokens, is_plain(entity.kind, *attribute))
            }
            Need::Label(_, Some(name)) => {
                let label = self.label(entity, name);
                tokens.push(label.map_or(Token::Absent, |text| Token::One(Atom::Text(text))));
                Known::Yes
            }
            Need::Ancestors(_) => {
                let Ok(ancestors) = self.ancestors(entity) else {
                    return Known::No { shared: false };
                };
                tokens.push(Token::One(Atom::Entity(entity)));
                // What encloses an entity follows from which one it is, unless it is assumed.
                if !self.assumed.is_empty() {
                    tokens.push(Token::Many(ancestors.len()));
                    let ancestors = ancestors.into_iter().map(Atom::Entity);
                    tokens.extend(ancestors.map(Token::One));
                }
                Known::Yes
            }
            Need::Identity(_) | Need::Label(_, None) | Need::Context(_) => {
                tokens.push(Token::One(Atom::Entity(entity)));
                Known::Yes
            }
        }
    }
}

enum Known {
    Yes,
    /// `shared` if all that matters of the unknown is its type.
    No {
        shared: bool,
    },
    Broken,
}

/// What something may be that holds of a request as a whole.
enum Values {
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

fn push<'a>(reading: &Reading<'a>, tokens: &mut Tokens<'a>, shared: bool) -> Known {
    match reading {
        Reading::One(atom) => tokens.push(Token::One(*atom)),
        Reading::Absent => tokens.push(Token::Absent),
        Reading::Many(elements) => {
            tokens.push(Token::Many(elements.len()));
            tokens.extend(elements.iter().map(|(atom, _)| Token::One(*atom)));
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

impl Gap {
    fn root(self) -> Vec<Root> {
        match self {
            Self::Unknown(root) => vec![root],
            Self::Absent | Self::Broken => Vec::new(),
        }
    }
}
