//! The way to a fact, hop by hop, each with the place that states it.

use std::ops::Range;

use hashbrown::HashSet;

use super::access::{Access, By, Held, Link as Actor};
use super::assertion::Contradiction;
use super::propagation::{FlowNode, Hop, Propagation, START};
use super::reach::Link;
use super::way::Way;
use super::{Flow, Reached, Usable};
use crate::inventory::Inventory;
use crate::model::{
    Artifact, Atom, AttributeId, Category, Conduit, Data, DebugEnvironment, EntityId, Fact, Grant,
    Identity, Key, Kind, SetBounds, Store, Transfer, Workload, Zone,
};
use crate::source::Span;

/// One hop on the way to a fact.
#[derive(Debug, Clone)]
pub struct Passed {
    /// Where it begins; `None` for where a thing comes from.
    pub from: Option<EntityId>,
    /// Where it ends.
    pub to: EntityId,
    /// What makes it: "by transfer `t`".
    pub by: String,
    /// The transfer, grant or conduit that makes it.
    pub via: Option<EntityId>,
    /// Where that is stated.
    pub span: Span,
    /// The categories that are removed on it.
    pub removed: Vec<&'static str>,
    /// What is in the thing from here on.
    pub added: Vec<EntityId>,
    /// How many hops before this one are left out.
    pub skipped: usize,
}

/// Of a longer way, half as many hops at each end are told: more explain nothing, and of very many
/// findings each would hold them.
const TOLD: usize = 12;

/// Of so many hops, those that are left out.
fn middle(count: usize) -> Range<usize> {
    TOLD / 2..count.saturating_sub(TOLD / 2)
}

impl Passed {
    fn new(from: Option<EntityId>, to: EntityId, by: String, span: Span) -> Self {
        Self {
            from,
            to,
            by,
            span,
            removed: Vec::new(),
            added: Vec::new(),
            skipped: 0,
            via: None,
        }
    }

    /// Notes that something is in the thing from here on.
    pub(super) fn add(&mut self, thing: EntityId) {
        if !self.added.contains(&thing) {
            self.added.push(thing);
        }
    }

    fn via(self, via: EntityId) -> Self {
        Self {
            via: Some(via),
            ..self
        }
    }

    /// Whether a grant makes it.
    pub fn is_grant(&self) -> bool {
        self.via.is_some_and(|via| via.kind == Kind::Grant)
    }
}

impl Flow {
    /// The hops that lead to a fact, the first first. Linear in their number.
    pub fn hops(&self, inventory: &Inventory, way: Way) -> Vec<Passed> {
        match way {
            Way::Node(..) => self.thing_hops(inventory, way),
            Way::Inside(inside) => self.hops_inside(inventory, inside),
            Way::Departure(thing, at) => {
                let mut hops = self.thing_hops(inventory, way);
                let departures = self
                    .propagation(thing)
                    .map(|propagation| &propagation.departures);
                if let Some(departure) = departures.and_then(|all| all.get(at as usize)) {
                    let transfer = Kind::Transfer.id(departure.transfer);
                    let from = hops.last().map(|hop| hop.to);
                    let by = "which carries it".to_owned();
                    let span = value_span(inventory, transfer, Transfer::CARRIES, Some(thing));
                    hops.push(Passed::new(from, transfer, by, span).via(transfer));
                }
                hops
            }
            Way::Assertion(at) => match &self.assertions(inventory)[at as usize].by {
                Contradiction::Thing { thing, inside, .. } => {
                    let mut hops = self.thing_hops(inventory, way);
                    if let (Some(at), Some(first)) = (inside, hops.first_mut()) {
                        first.add(self.content(thing.index, *at).thing);
                    }
                    hops
                }
                Contradiction::Zone { from, reached } => self.zone_hops(inventory, *from, *reached),
            },
            Way::Reached(from, at) => self.zone_hops(inventory, from, at),
            Way::Held(identity, obtainable) => {
                let access = self.access(inventory, identity);
                let held = &access.held[obtainable.held as usize];
                let mut hops = self.thing_hops(inventory, way);
                if let Some(inner) = held.inside.map(|_| held.thing)
                    && let Some(first) = hops.first_mut()
                {
                    first.add(inner);
                }
                // Another one that holds the same has its own chain.
                if self.peers(inventory).first(identity) == identity {
                    let end = (held.place, held.grant, held.link);
                    hops.extend(self.holder_hops(inventory, access, end));
                } else {
                    let own = self.own_access(inventory, identity);
                    if let Some(held) = own.like(held) {
                        let end = (held.place, held.grant, held.link);
                        hops.extend(self.holder_hops(inventory, &own, end));
                    }
                }
                hops
            }
            Way::Used(used) => {
                let hops = |access: &Access, usable: &Usable| {
                    let end = (usable.thing, Some(usable.grant), usable.link);
                    self.holder_hops(inventory, access, end)
                };
                self.of_chain(inventory, used, hops).unwrap_or_default()
            }
            Way::Content(artifact, at) => {
                let thing = Kind::Artifact.id(artifact);
                let content = self.content(artifact, at);
                let from = inventory.declarations().artifacts[artifact as usize]
                    .from
                    .known();
                let from = from.and_then(|from| from.target());
                let Some((rests, node)) = content.node else {
                    return put_in(inventory, (thing, from), content.thing);
                };
                let mut hops = self.thing_hops(inventory, Way::Node(rests, node));
                let by = "which is a copy of it".to_owned();
                let span = value_span(inventory, thing, Artifact::FROM, from);
                hops.push(Passed {
                    added: vec![content.thing],
                    ..Passed::new(from, thing, by, span)
                });
                hops
            }
        }
    }

    fn thing_hops(&self, inventory: &Inventory, way: Way) -> Vec<Passed> {
        let to = self.way_of_thing(inventory, way);
        to.map_or_else(Vec::new, |to| hops_of(self, inventory, to))
    }

    /// Where the grant by which an identity holds something says what it is on.
    pub fn grant_span(&self, inventory: &Inventory, identity: EntityId, held: &Held) -> Span {
        match held.grant {
            Some(grant) => value_span(inventory, Kind::Grant.id(grant), Grant::ON, None),
            None => inventory.entity(identity).id().span,
        }
    }

    fn zone_hops(&self, inventory: &Inventory, from: u32, at: u32) -> Vec<Passed> {
        let all = self.reached(inventory, from);
        let ways = std::iter::successors(all.get(at as usize), |on| all.get(on.from as usize));
        let mut ways: Vec<&Reached> = ways.collect();
        ways.reverse();
        let telling = ways.last().map(|last| last.telling);
        let tells = |link: Link| {
            let Some(telling) = telling else { return false };
            let open = [telling.unseen, telling.unsorted, telling.doubtful];
            link == telling.weakest || open.contains(&Some(link))
        };
        let middle = middle(ways.len());
        let mut skipped = 0;
        let mut before = Kind::Zone.id(from);
        let mut hops = Vec::new();
        for (position, reached) in ways.into_iter().enumerate() {
            let to = Kind::Zone.id(reached.zone);
            if middle.contains(&position) && !tells(reached.link) {
                skipped += 1;
                before = to;
                continue;
            }
            let (by, span, via) = match reached.link {
                Link::Conduit(conduit) => {
                    let conduit = Kind::Conduit.id(conduit);
                    let name = inventory.describe(conduit);
                    let (by, end) = if reached.backwards {
                        (format!("back over {name}, begun from there"), Conduit::FROM)
                    } else {
                        (format!("by {name}"), Conduit::TO)
                    };
                    (by, value_span(inventory, conduit, end, None), Some(conduit))
                }
                Link::Internet(zone) => {
                    let zone = Kind::Zone.id(zone);
                    let by = format!("by what {} says of the internet", inventory.describe(zone));
                    (by, value_span(inventory, zone, Zone::INTERNET, None), None)
                }
            };
            hops.push(Passed {
                via,
                skipped: std::mem::take(&mut skipped),
                ..Passed::new(Some(before), to, by, span)
            });
            before = to;
        }
        hops
    }
}

/// How something gets into an artifact: what the artifact says of itself, or what it is taken from.
fn put_in(
    inventory: &Inventory,
    (artifact, from): (EntityId, Option<EntityId>),
    thing: EntityId,
) -> Vec<Passed> {
    let declared = element_span(inventory, artifact, Artifact::CONTAINS, thing);
    let Some(from) = from.filter(|_| declared.is_none()) else {
        let span = declared.unwrap_or_else(|| inventory.entity(artifact).id().span);
        let by = format!("which contains {}", inventory.describe(thing));
        return vec![Passed::new(None, artifact, by, span)];
    };
    let taken = value_span(inventory, artifact, Artifact::FROM, Some(from));
    let by_taking = "which is taken from it".to_owned();
    let taken = Passed {
        added: vec![thing],
        ..Passed::new(Some(from), artifact, by_taking, taken)
    };
    if from == thing {
        return vec![taken];
    }
    let named = inventory.describe(thing);
    let (by, span) = match (from.kind, thing.kind) {
        (Kind::Workload, Kind::Key) => {
            let users = inventory.guests(from).into_iter();
            let mut uses =
                users.filter_map(|user| element_span(inventory, user, Workload::USES, thing));
            (format!("which uses {named}"), uses.next())
        }
        (Kind::Workload, _) => (
            format!("which processes {named}"),
            element_span(inventory, from, Workload::PROCESSES, thing),
        ),
        (Kind::KeyStore, _) => (
            format!("where {named} is kept"),
            Some(value_span(inventory, thing, Key::STORE, Some(from))),
        ),
        _ => (
            format!("which has {named}"),
            element_span(inventory, from, Store::HOLDS, thing),
        ),
    };
    let span = span.unwrap_or_else(|| inventory.entity(from).id().span);
    vec![Passed::new(None, from, by, span), taken]
}

/// The hops of a thing to a node of its propagation.
pub(super) fn hops_of(
    flow: &Flow,
    inventory: &Inventory,
    (thing, propagation, at): (EntityId, &Propagation, u32),
) -> Vec<Passed> {
    let mut hops: Vec<Passed> = Vec::new();
    let mut before: Option<&FlowNode> = None;
    let nodes = flow.nodes_to(propagation, at);
    let middle = middle(nodes.len());
    let mut skipped = 0;
    for (position, node) in nodes.into_iter().enumerate() {
        if middle.contains(&position) {
            skipped += 1;
            before = Some(node);
            continue;
        }
        let removed = before.map_or(SetBounds::EMPTY, |before| before.state.removed);
        let known: Vec<Category> = removed.certain().collect();
        let removed = node.state.removed.certain();
        let removed = removed.filter(|category| !known.contains(category));
        let added = match (before, thing.kind) {
            (None, Kind::Artifact) => {
                let contents = flow.contents().of(thing.index).iter();
                let certain = contents.filter(|content| content.state.certain);
                let mut things: Vec<_> = certain.map(|content| content.thing).collect();
                // Something may be in it in several states.
                let mut seen = HashSet::new();
                things.retain(|thing| seen.insert(*thing));
                things
            }
            _ => Vec::new(),
        };
        hops.push(Passed {
            removed: removed.map(Category::name).collect(),
            added,
            skipped: std::mem::take(&mut skipped),
            via: match node.hop {
                Hop::Transfer(transfer) | Hop::Step(transfer, _) => {
                    Some(Kind::Transfer.id(transfer))
                }
                _ => None,
            },
            ..Passed::new(
                before.map(|before| before.place),
                node.place,
                by(inventory, thing, node.hop),
                hop_span(inventory, thing, propagation, node),
            )
        });
        before = Some(node);
    }
    hops
}

/// Where a document states how a thing comes to a node.
pub fn hop_span(
    inventory: &Inventory,
    thing: EntityId,
    propagation: &Propagation,
    node: &FlowNode,
) -> Span {
    let before = propagation
        .nodes
        .get(node.from as usize)
        .map(|node| node.place);
    match node.hop {
        Hop::Start => match thing.kind {
            Kind::Artifact => value_span(inventory, thing, Artifact::FROM, None),
            Kind::Key => value_span(inventory, thing, Key::STORE, None),
            _ => match node.place.kind {
                Kind::Workload => {
                    value_span(inventory, node.place, Workload::PROCESSES, Some(thing))
                }
                _ => value_span(inventory, node.place, Store::HOLDS, Some(thing)),
            },
        },
        Hop::Present => inventory.entity(node.place).id().span,
        Hop::Kept => value_span(inventory, thing, Artifact::AT, None),
        Hop::Replica => value_span(inventory, thing, Key::REPLICAS, Some(node.place)),
        Hop::Loaded => {
            let users = inventory.guests(node.place).into_iter();
            let mut spans =
                users.filter_map(|user| element_span(inventory, user, Workload::USES, thing));
            spans
                .next()
                .unwrap_or_else(|| value_span(inventory, node.place, Workload::USES, Some(thing)))
        }
        Hop::Transfer(transfer) => {
            value_span(inventory, Kind::Transfer.id(transfer), Transfer::TO, None)
        }
        Hop::Step(transfer, step) => {
            let transfer = &inventory.declarations().transfers[transfer as usize];
            let step = transfer.steps.iter().nth(step as usize);
            step.map_or(transfer.id.span, |step| step.span)
        }
        Hop::Attach(environment) => {
            let environment = Kind::DebugEnvironment.id(environment);
            value_span(inventory, environment, DebugEnvironment::ATTACHES, before)
        }
        Hop::Read(environment) => {
            let environment = Kind::DebugEnvironment.id(environment);
            value_span(inventory, environment, DebugEnvironment::READS, before)
        }
    }
}

impl Flow {
    /// How a holder comes to what it holds: by the grant, then back along the chain to itself.
    fn holder_hops(
        &self,
        inventory: &Inventory,
        access: &Access,
        (place, grant, link): (EntityId, Option<u32>, u32),
    ) -> Vec<Passed> {
        let chain: &[Actor] = &access.chain;
        let mut hops = Vec::new();
        let Some(mut link) = chain.get(link as usize) else {
            return hops;
        };
        let mut at = place;
        let granted = |grant: u32, to: EntityId, from: EntityId| {
            let grant = Kind::Grant.id(grant);
            let span = value_span(inventory, grant, Grant::ON, None);
            let by = format!("by {}", inventory.describe(grant));
            Passed::new(Some(from), to, by, span).via(grant)
        };
        if let Some(grant) = grant {
            hops.push(granted(grant, link.actor, at));
            at = link.actor;
        }
        while let Some(before) = chain.get(link.from as usize).filter(|_| link.from != START) {
            let to = before.actor;
            let hop = match link.by {
                By::Credential(credential) => {
                    let credential = &access.held[credential as usize];
                    hops.extend(self.credential_hops(inventory, credential, at));
                    let place = credential.place;
                    match credential.grant {
                        Some(grant) => granted(grant, to, place),
                        None => {
                            let span = inventory.entity(to).id().span;
                            Passed::new(Some(place), to, "which has it".to_owned(), span)
                        }
                    }
                }
                By::Grant(grant) => granted(grant, to, at),
                By::RunsAs => {
                    let all = &inventory.declarations().workloads;
                    let mut guests = inventory.guests(to).into_iter();
                    let guest = guests.find(|guest| {
                        let account = all[guest.index as usize].runs_as.known();
                        account.and_then(|account| account.target()) == Some(at)
                    });
                    let by = match guest.filter(|guest| *guest != to) {
                        Some(guest) => {
                            format!("on which {} runs as it", inventory.describe(guest))
                        }
                        None => "which runs as it".to_owned(),
                    };
                    let span = value_span(inventory, guest.unwrap_or(to), Workload::RUNS_AS, None);
                    Passed::new(Some(at), to, by, span)
                }
                By::Member => {
                    let span = value_span(inventory, to, Identity::MEMBER_OF, Some(at));
                    Passed::new(Some(at), to, "which is in it".to_owned(), span)
                }
                By::Assumes => {
                    let span = value_span(inventory, to, Identity::ASSUMES, Some(at));
                    Passed::new(Some(at), to, "which can act as it".to_owned(), span)
                }
                By::Everyone | By::Self_ => {
                    let span = value_span(inventory, at, Identity::KIND, None);
                    Passed::new(Some(at), to, "which is anyone".to_owned(), span)
                }
            };
            hops.push(hop);
            at = to;
            link = before;
        }
        shorten(hops)
    }

    /// The hops of what authenticates an identity, from that to where it is had.
    fn credential_hops(
        &self,
        inventory: &Inventory,
        credential: &Held,
        identity: EntityId,
    ) -> Vec<Passed> {
        let thing = credential.thing;
        let span = match thing.kind {
            Kind::Key => value_span(inventory, thing, Key::AUTHENTICATES, Some(identity)),
            _ => value_span(inventory, thing, Data::AUTHENTICATES, Some(identity)),
        };
        let by = "which authenticates as it".to_owned();
        let mut hops = vec![Passed::new(Some(identity), thing, by, span)];
        let moved = credential.inside.unwrap_or(thing);
        let mut way = match self.propagation(moved) {
            Some(propagation) => hops_of(self, inventory, (moved, propagation, credential.node)),
            None => Vec::new(),
        };
        if let Some(first) = way.first_mut() {
            first.from = Some(thing);
            if moved != thing {
                first.add(thing);
            }
        }
        let at = way.last().map_or(thing, |hop| hop.to);
        hops.extend(way);
        if at != credential.place && credential.place != thing {
            let by = "where it can be had".to_owned();
            let span = inventory.entity(credential.place).id().span;
            hops.push(Passed::new(Some(at), credential.place, by, span));
        }
        hops
    }
}

/// Leaves out the middle of many hops.
fn shorten(hops: Vec<Passed>) -> Vec<Passed> {
    let middle = middle(hops.len());
    let mut skipped = 0;
    let mut told = Vec::new();
    for (position, hop) in hops.into_iter().enumerate() {
        if middle.contains(&position) {
            skipped += 1;
            continue;
        }
        let skipped = std::mem::take(&mut skipped);
        told.push(Passed { skipped, ..hop });
    }
    told
}

fn by(inventory: &Inventory, thing: EntityId, hop: Hop) -> String {
    match hop {
        Hop::Start => match thing.kind {
            Kind::Artifact => format!("where {} is taken", inventory.describe(thing)),
            Kind::Key => format!("where {} is kept", inventory.describe(thing)),
            _ => format!("which has {}", inventory.describe(thing)),
        },
        Hop::Present => format!("where {} is", inventory.describe(thing)),
        Hop::Kept => "kept there".to_owned(),
        Hop::Replica => "copied there".to_owned(),
        Hop::Loaded => "loaded into its memory".to_owned(),
        Hop::Transfer(transfer) => {
            format!("by {}", inventory.describe(Kind::Transfer.id(transfer)))
        }
        Hop::Step(transfer, _) => {
            let transfer = inventory.describe(Kind::Transfer.id(transfer));
            format!("by {transfer}, for a step that is done there")
        }
        Hop::Attach(_) => "which attaches to it".to_owned(),
        Hop::Read(_) => "which reads it".to_owned(),
    }
}

/// Where an attribute states a value, or names an entity; if nowhere, the id of who might.
pub(super) fn value_span(
    inventory: &Inventory,
    entity: EntityId,
    attribute: impl Into<AttributeId>,
    names: Option<EntityId>,
) -> Span {
    let attribute = attribute.into();
    let element = names.and_then(|named| element_span(inventory, entity, attribute, named));
    element.unwrap_or_else(|| match inventory.fact(entity, attribute) {
        Fact::One(_, span) | Fact::Unstated(Some(span)) | Fact::Many(_, span) => span,
        _ => inventory.entity(entity).id().span,
    })
}

fn element_span(
    inventory: &Inventory,
    entity: EntityId,
    attribute: impl Into<AttributeId>,
    named: EntityId,
) -> Option<Span> {
    match inventory.fact(entity, attribute) {
        Fact::Many(elements, _) => {
            let mut elements = elements.iter();
            let element = elements.find(|(atom, _)| *atom == Atom::Entity(named))?;
            Some(element.1)
        }
        _ => None,
    }
}
