//! What a policy reads of one request, as far as it is known.

use std::collections::HashSet;

use smallvec::SmallVec;

use super::read_set::{Base, Path, Read};
use super::requests::Request;
use super::unlisted::is_unlisted;
use crate::flow::{ContextValues, Flow, Support};
use crate::inventory::{Assumptions, Evidence, Inventory, MissingFact, Reading, Unsettled};
use crate::model::{
    Action, Artifact, Atom, ContextAttribute, Derived, EntityId, Grant, Identity, Kind, Origin,
    PossibleValues, Type, Zone,
};

/// A request, with what is assumed of what nobody knows.
#[derive(Debug, Clone)]
pub(super) struct View<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) flow: &'a Flow,
    pub(super) request: Request,
    pub(super) context: ContextValues,
    pub(super) assumed: Assumptions<'a>,
    /// What is assumed of the request as a whole.
    pub(super) supposed: SmallVec<[(ContextAttribute, Reading<'a>); 1]>,
}

/// Something unknown that a value can be assumed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Unknown {
    /// An attribute of an entity.
    Attribute(MissingFact),
    /// Something that holds of the request as a whole.
    ContextAttribute(ContextAttribute),
}

/// Why a path leads to no entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// The reference is absent; a policy that asks `has` first goes no further.
    Absent,
    /// Nobody knows which entity it is.
    Unknown(MissingFact),
    /// The reference names nothing, and a problem says so.
    Broken,
}

impl<'a> View<'a> {
    pub(super) fn new(inventory: &'a Inventory, flow: &'a Flow, request: Request) -> Self {
        let context = Self::context_of((inventory, flow), &request);
        Self::with_context((inventory, flow), request, context)
    }

    /// What holds of a request as a whole.
    pub(super) fn context_of(
        (inventory, flow): (&Inventory, &Flow),
        request: &Request,
    ) -> ContextValues {
        let mut context = request
            .way
            .map_or_else(ContextValues::default, |way| flow.context(inventory, way));
        if let (Action::Access, None, Some(grant)) = (request.action, request.way, request.subject)
        {
            context.direct = true;
            context.standing = match is_unlisted(grant) {
                true => PossibleValues::ANY,
                false => inventory.get(grant, Grant::STANDING),
            };
        }
        // What is not listed need not be there.
        context.certain &= request.open.is_none();
        context
    }

    /// A request with what holds of it as a whole.
    pub(super) fn with_context(
        (inventory, flow): (&'a Inventory, &'a Flow),
        request: Request,
        context: ContextValues,
    ) -> Self {
        Self {
            inventory,
            flow,
            request,
            context,
            assumed: Assumptions::none(),
            supposed: SmallVec::new(),
        }
    }

    pub(super) fn assuming(&self, unknown: Unknown, value: Reading<'a>) -> Self {
        let mut view = self.clone();
        // Of an artifact from which nothing was removed, the level here is the one that it began with.
        let same = self.level_as_taken().filter(|_| self.context.untouched);
        match unknown {
            Unknown::Attribute(root) => {
                if let (Some(level), Reading::One(Atom::Long(rank))) = (same, &value)
                    && level == root
                {
                    let variant = u8::try_from(*rank).unwrap_or_default();
                    view.suppose(
                        ContextAttribute::Level,
                        Reading::One(Atom::Variant(variant)),
                    );
                }
                view.assumed.assume(root.entity, root.attribute, value);
            }
            Unknown::ContextAttribute(of) => {
                if let (Some(level), Reading::One(Atom::Variant(variant))) = (same, &value)
                    && of == ContextAttribute::Level
                {
                    let rank = Reading::One(Atom::Long(i64::from(*variant)));
                    view.assumed.assume(level.entity, level.attribute, rank);
                }
                view.suppose(of, value);
            }
        }
        view
    }

    fn suppose(&mut self, of: ContextAttribute, value: Reading<'a>) {
        self.supposed.retain(|(known, _)| *known != of);
        self.supposed.push((of, value));
    }

    /// The attribute that says how sensitive the artifact that is asked about was when it was taken.
    fn level_as_taken(&self) -> Option<MissingFact> {
        let entity = self.request.principal;
        let attribute = Artifact::DERIVED_LEVEL_RANK.position();
        (entity.kind == Kind::Artifact).then_some(MissingFact { entity, attribute })
    }

    fn base(&self, base: Base) -> EntityId {
        match base {
            Base::Principal => self.request.principal,
            Base::Resource => self.request.resource,
            // Only actions whose context holds an entity have such paths.
            Base::Context => {
                let subject = self.request.subject.or(self.context.origin);
                subject.unwrap_or(self.request.resource)
            }
            Base::Named(entity) => entity,
        }
    }

    /// The entity at the end of a path.
    pub(super) fn entity(&self, path: &Path) -> Result<EntityId, Gap> {
        let mut entity = self.base(path.base);
        if let Some(open) = self.request.open.filter(|_| is_unlisted(entity)) {
            return Err(Gap::Unknown(open));
        }
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
        let attribute = match entity.kind {
            Kind::Zone if known.is_empty() => Zone::PARENT.position(),
            Kind::Identity => Identity::MEMBER_OF.position(),
            _ => return Ok(known),
        };
        match self.inventory.read(entity, attribute, &self.assumed) {
            Reading::Unknown => Err(Gap::Unknown(MissingFact { entity, attribute })),
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
    pub(super) fn unknown(&self, need: &Read) -> Vec<Unknown> {
        let roots = match need {
            Read::Value(path, attribute) => match self.entity(path) {
                Ok(entity) => match self.inventory.read(entity, *attribute, &self.assumed) {
                    Reading::Unknown => self.roots(entity, *attribute),
                    _ => Vec::new(),
                },
                Err(gap) => gap.root(),
            },
            Read::Identity(path) | Read::Label(path, _) => {
                self.entity(path).err().map_or_else(Vec::new, Gap::root)
            }
            Read::Ancestors(path) => match self.entity(path).and_then(|e| self.ancestors(e)) {
                Ok(_) => Vec::new(),
                Err(gap) => gap.root(),
            },
            Read::Context(value) => match self.context(*value) {
                Reading::Unknown => {
                    let from = self.request.action.def().context[*value].from;
                    if from != ContextAttribute::InMemory {
                        return vec![Unknown::ContextAttribute(from)];
                    }
                    self.open(self.memory_evidence())
                }
                _ => Vec::new(),
            },
        };
        roots.into_iter().map(Unknown::Attribute).collect()
    }

    /// What nobody states of one need, as documents can state it: of a fact that is taken as one
    /// unknown, what it rests on.
    pub(super) fn unstated(&self, need: &Read) -> Vec<Unknown> {
        let unknown = self.unknown(need).into_iter();
        let stated = unknown.flat_map(|unknown| match unknown {
            Unknown::Attribute(fact) => match self.too_much(fact) {
                Some(missing) => {
                    let roots = missing.roots.iter().copied();
                    roots.map(Unknown::Attribute).collect()
                }
                None => vec![unknown],
            },
            Unknown::ContextAttribute(_) => vec![unknown],
        });
        stated.collect()
    }

    /// What a fact that is taken as one unknown rests on.
    pub(super) fn too_much(&self, fact: MissingFact) -> Option<&'a Unsettled> {
        match fact.entity.kind.attributes()[fact.attribute].origin {
            Origin::Inventory(derived) if !derived.is_flow() => {
                Some(self.inventory.unsettled(fact.entity, derived))
            }
            _ => None,
        }
    }

    /// A derived fact that is unknown, and a value that it may be given as such.
    pub(super) fn derived_unknown(&self, need: &Read) -> Option<(Unknown, Reading<'a>)> {
        let Read::Value(path, attribute) = need else {
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
        let fact = MissingFact {
            entity,
            attribute: *attribute,
        };
        Some((Unknown::Attribute(fact), value))
    }

    /// What something that holds of the request as a whole rests on.
    pub(super) fn supports(&self, of: ContextAttribute) -> Vec<Support> {
        match (self.request.way, self.request.subject) {
            (Some(way), _) => self.flow.supports(self.inventory, way, of),
            (None, Some(grant)) if of == ContextAttribute::Standing && !is_unlisted(grant) => {
                vec![Support::of(grant, Grant::STANDING)]
            }
            (None, _) => Vec::new(),
        }
    }

    pub(super) fn memory_evidence(&self) -> Vec<Evidence<'a>> {
        let mut evidence = Vec::new();
        self.inventory
            .memory_evidence(self.request.resource, &mut evidence);
        evidence
    }

    /// What a reading rests on and is unknown, under what is assumed. A fact that rests on more than
    /// can be tried is taken as one unknown.
    fn roots(&self, entity: EntityId, attribute: usize) -> Vec<MissingFact> {
        let fact = MissingFact { entity, attribute };
        match entity.kind.attributes()[attribute].origin {
            // What follows from where things end up is not computed anew for what is assumed.
            Origin::Inventory(derived) if derived.is_flow() => vec![fact],
            Origin::Inventory(derived) => self.derived_roots(fact, derived).unwrap_or(vec![fact]),
            Origin::RankOf(of) | Origin::CountOf(of) | Origin::PropertyOf(of, _) => {
                self.roots(entity, of)
            }
            Origin::Common(_) | Origin::Field(_) => {
                let entity = self.inventory.stating_of(entity, attribute);
                let stated = MissingFact { entity, attribute };
                Some(stated)
                    .filter(|root| self.is_open(root))
                    .into_iter()
                    .collect()
            }
        }
    }

    /// What a derived fact rests on and is unknown; `None` if that is too much.
    fn derived_roots(&self, fact: MissingFact, derived: Derived) -> Option<Vec<MissingFact>> {
        let missing = self.inventory.unsettled(fact.entity, derived);
        if !missing.all {
            return None;
        }
        let mut roots = missing.roots.clone();
        if !self.assumed.is_empty() && fact.entity.kind == Kind::Zone {
            let further = self
                .inventory
                .further(fact.entity, derived, &self.assumed)?;
            let new: Vec<_> = further
                .into_iter()
                .filter(|root| !roots.contains(root))
                .collect();
            roots.extend(new);
        }
        roots.retain(|root| self.is_open(root));
        Some(roots)
    }

    fn is_open(&self, root: &MissingFact) -> bool {
        self.inventory
            .read(root.entity, root.attribute, &self.assumed)
            == Reading::Unknown
    }

    /// Of what a reading rests on, what is still unknown under what is assumed.
    fn open(&self, evidence: Vec<Evidence<'_>>) -> Vec<MissingFact> {
        let mut seen = HashSet::new();
        let roots = evidence.into_iter().map(|on| MissingFact {
            entity: on.entity,
            attribute: on.attribute,
        });
        roots
            .filter(|root| seen.insert(*root) && self.is_open(root))
            .collect()
    }
}

impl Gap {
    fn root(self) -> Vec<MissingFact> {
        match self {
            Self::Unknown(root) => vec![root],
            Self::Absent | Self::Broken => Vec::new(),
        }
    }
}
