//! The requests that an inventory gives rise to: every fact in it, as a question to the policies.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::open::{open, open_chains};
use crate::flow::{Contradiction, Flow, FlowNode, FlowState, Hop, Stage, Used, Way, hop_span};
use crate::inventory::{Inventory, MissingFact};
use crate::model::{Action, ArtifactKind, Atom, EntityId, Fact, Field as _, Kind};
use crate::source::Span;

/// A question: may this principal do this to this resource?
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// What is asked about.
    pub action: Action,
    /// Who does it.
    pub principal: EntityId,
    /// To whom.
    pub resource: EntityId,
    /// The entity that the context holds: the conduit, grant or log that makes the fact.
    pub subject: Option<EntityId>,
    /// Where a document states the fact; for a declaration the id of the entity.
    pub stated: Span,
    /// Of a fact that follows from where things end up, how it does.
    pub way: Option<Way>,
    /// Of what may be there besides what is listed, the list. The resource then stands for
    /// whatever that is, and is no entity of the inventory.
    pub open: Option<MissingFact>,
}

impl Request {
    /// The same of an identity that comes to all in the same ways.
    pub(super) fn by(self, twin: EntityId) -> Self {
        let way = match self.way {
            Some(Way::Held(_, obtainable)) => Some(Way::Held(twin.index, obtainable)),
            Some(Way::Used(used)) => Some(Way::Used(Used {
                identity: twin.index,
                ..used
            })),
            way => way,
        };
        Self {
            principal: twin,
            way,
            ..self
        }
    }
}

/// Requests, by action and the kinds of principal and resource.
pub type Requests = BTreeMap<(Action, Kind, Kind), Vec<Request>>;

/// Every request of an inventory about the actions that `asks` accepts, by action and the kinds of
/// principal and resource, each group in the order of the files. Linear in the number of facts.
pub fn requests(inventory: &Inventory, flow: &Flow, asks: &dyn Fn(Action) -> bool) -> Requests {
    requests_of(inventory, flow, asks, &|_, _| true)
}

/// Whose rights a request about an identity is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Chain {
    /// Its own, and those of its groups.
    Direct,
    /// Those of whomever it can act as.
    Any,
}

impl Chain {
    /// Whose rights this request is about.
    pub(super) fn of(request: &Request) -> Self {
        match request.way {
            Some(Way::Held(..) | Way::Used(_)) => Self::Any,
            _ => Self::Direct,
        }
    }
}

/// The same, of the identities that `keeps` accepts.
pub(super) fn requests_of(
    inventory: &Inventory,
    flow: &Flow,
    asks: &dyn Fn(Action) -> bool,
    keeps: &dyn Fn(Chain, u32) -> bool,
) -> Requests {
    let mut all = Requests::new();
    for def in Action::ALL.iter().filter(|def| asks(def.action)) {
        let mut put = |request: Request| {
            let group = (
                request.action,
                request.principal.kind,
                request.resource.kind,
            );
            all.entry(group).or_default().push(request);
        };
        let action = def.action;
        let mut ask = |principal, resource, subject, stated| {
            put(Request {
                action,
                principal,
                resource,
                subject,
                stated,
                way: None,
                open: None,
            });
        };
        match action {
            Action::Declare => declare(inventory, &mut ask),
            Action::Reside => reside(inventory, &mut ask),
            Action::Use => uses(inventory, &mut ask),
            Action::Attach => attach(inventory, &mut ask),
            Action::Trust => trust(inventory, &mut ask),
            Action::Connect => {
                connect(inventory, &mut ask);
                contradict(inventory, flow, Kind::Conduit, &mut put);
            }
            Action::Access => {
                access(
                    inventory,
                    &|identity| keeps(Chain::Direct, identity),
                    &mut ask,
                );
                acting((inventory, flow), keeps, &mut put);
                open_chains((inventory, flow), &mut put);
            }
            Action::Issue => issue(inventory, &mut ask),
            Action::Record => record(inventory, &mut ask),
            Action::Contain => contain(inventory, flow, &mut put),
            Action::Move => {
                moves(inventory, flow, &mut put);
                contradict(inventory, flow, Kind::Transfer, &mut put);
            }
            Action::Enter => enter(inventory, flow, &mut put),
            Action::Rest => rest(inventory, flow, &mut put),
            Action::Reach => reach(inventory, flow, &mut put),
            Action::Obtain => {
                obtain(
                    inventory,
                    flow,
                    &|identity| keeps(Chain::Any, identity),
                    &mut put,
                );
            }
        }
        open(inventory, action, &mut put);
    }
    all
}

/// Asks about a principal and a resource, by way of what the context holds, stated at a place.
type Ask<'a> = &'a mut dyn FnMut(EntityId, EntityId, Option<EntityId>, Span);

fn declare(inventory: &Inventory, ask: Ask<'_>) {
    let documents = (0..).zip(&inventory.declarations().documents);
    let documents = documents.map(|(index, document)| (document.id.span.file, index));
    let documents: HashMap<_, u32> = documents.collect();
    for id in inventory.ids().filter(|id| id.kind != Kind::Document) {
        let span = inventory.entity(id).id().span;
        if let Some(index) = documents.get(&span.file) {
            let document = Kind::Document.id(*index);
            ask(id, document, None, span);
        }
    }
}

fn reside(inventory: &Inventory, ask: Ask<'_>) {
    for (index, key) in (0..).zip(&inventory.declarations().keys) {
        let id = Kind::Key.id(index);
        // A list of replicas may name the store, too, or one of them twice.
        let mut asked = std::collections::HashSet::new();
        if let Fact::One(Atom::Entity(target), span) = key.store.fact() {
            asked.insert(target);
            ask(id, target, None, span);
        }
        for replica in key.replicas.iter() {
            if let Some(target) = replica.value.target().filter(|store| asked.insert(*store)) {
                ask(id, target, None, replica.span);
            }
        }
    }
}

fn uses(inventory: &Inventory, ask: Ask<'_>) {
    let workloads = &inventory.declarations().workloads;
    for index in 0..u32::try_from(workloads.len()).unwrap_or(u32::MAX) {
        let id = Kind::Workload.id(index);
        let mut asked = HashSet::new();
        for user in inventory.with_guests(index) {
            for key in workloads[user as usize].uses.iter() {
                if let Some(target) = key.value.target().filter(|key| asked.insert(*key)) {
                    ask(id, target, None, key.span);
                }
            }
        }
    }
}

fn attach(inventory: &Inventory, ask: Ask<'_>) {
    for (index, environment) in (0..).zip(&inventory.declarations().debug_environments) {
        let id = Kind::DebugEnvironment.id(index);
        for workload in environment.attaches.iter() {
            if let Some(target) = workload.value.target() {
                ask(id, target, None, workload.span);
            }
        }
    }
}

fn trust(inventory: &Inventory, ask: Ask<'_>) {
    for (index, verifier) in (0..).zip(&inventory.declarations().verifiers) {
        let id = Kind::Verifier.id(index);
        for key in verifier.trusts.iter() {
            if let Some(target) = key.value.target() {
                ask(id, target, None, key.span);
            }
        }
    }
}

fn connect(inventory: &Inventory, ask: Ask<'_>) {
    for (index, conduit) in (0..).zip(&inventory.declarations().conduits) {
        if inventory.is_forbidden_conduit(index) {
            continue;
        }
        let id = Kind::Conduit.id(index);
        let from = conduit.from.known().and_then(|zone| zone.target());
        let to = conduit.to.known().and_then(|zone| zone.target());
        if let (Some(from), Some(to)) = (from, to) {
            ask(from, to, Some(id), conduit.id.span);
        }
    }
}

fn access(inventory: &Inventory, keeps: &dyn Fn(u32) -> bool, ask: Ask<'_>) {
    // Of a group with many grants the members are looked for once.
    let mut holders: hashbrown::HashMap<u32, Vec<u32>> = hashbrown::HashMap::new();
    for (index, grant) in (0..).zip(&inventory.declarations().grants) {
        let id = Kind::Grant.id(index);
        let identity = grant
            .identity
            .known()
            .and_then(|identity| identity.target());
        let on = grant.on.known().and_then(|on| on.target());
        let (Some(identity), Some(on)) = (identity, on) else {
            continue;
        };
        let things = match on.kind {
            Kind::Zone => inventory.contents(on.index),
            _ => vec![on],
        };
        let holders = holders.entry(identity.index).or_insert_with(|| {
            let mut holders = inventory.holders(identity.index);
            holders.retain(|index| keeps(*index));
            holders
        });
        for index in holders.iter().copied() {
            let holder = Kind::Identity.id(index);
            for thing in &things {
                if Action::Access.def().resources.contains(&thing.kind) {
                    ask(holder, *thing, Some(id), grant.id.span);
                }
            }
        }
    }
}

/// The grants to others that an identity can come to use.
fn acting(
    (inventory, flow): (&Inventory, &Flow),
    keeps: &dyn Fn(Chain, u32) -> bool,
    put: &mut dyn FnMut(Request),
) {
    let identities = 0..inventory.declarations().identities.len() as u32;
    for identity in identities.filter(|identity| keeps(Chain::Any, *identity)) {
        for used in flow.used(inventory, identity) {
            if Action::Access.def().resources.contains(&used.thing.kind) {
                let grant = Kind::Grant.id(used.grant);
                put(Request {
                    action: Action::Access,
                    principal: Kind::Identity.id(identity),
                    resource: used.thing,
                    subject: Some(grant),
                    stated: inventory.entity(grant).id().span,
                    way: Some(Way::Used(used)),
                    open: None,
                });
            }
        }
    }
}

fn issue(inventory: &Inventory, ask: Ask<'_>) {
    for (index, issuer) in (0..).zip(&inventory.declarations().issuers) {
        let id = Kind::Issuer.id(index);
        for key in issuer.signs_with.iter() {
            if let Some(target) = key.value.target() {
                ask(id, target, None, key.span);
            }
        }
    }
}

fn record(inventory: &Inventory, ask: Ask<'_>) {
    for (index, artifact) in (0..).zip(&inventory.declarations().artifacts) {
        let id = Kind::Artifact.id(index);
        let from = artifact.from.known().and_then(|from| from.target());
        let at = artifact.at.known().and_then(|at| at.target());
        if artifact.kind.known() == Some(&ArtifactKind::Log)
            && let (Some(from), Some(at)) = (from, at)
        {
            ask(from, at, Some(id), artifact.id.span);
        }
    }
}

/// What is said not to be there, and comes about by other ways.
fn contradict(inventory: &Inventory, flow: &Flow, kind: Kind, put: &mut dyn FnMut(Request)) {
    for (at, assertion) in (0..).zip(flow.assertions(inventory)) {
        if assertion.of.kind != kind {
            continue;
        }
        let (principal, resource) = match &assertion.by {
            by @ Contradiction::Thing { .. } => match by.thing(flow, inventory) {
                Some((thing, _)) => (thing, assertion.of),
                None => continue,
            },
            // Whatever is nested in them the way is between.
            Contradiction::Zone { .. } => {
                let conduit = &inventory.declarations().conduits[assertion.of.index as usize];
                let ends = [&conduit.from, &conduit.to];
                let ends = ends.map(|end| end.known().and_then(|zone| zone.target()));
                let [Some(from), Some(to)] = ends else {
                    continue;
                };
                (from, to)
            }
        };
        put(Request {
            action: match kind {
                Kind::Conduit => Action::Connect,
                _ => Action::Move,
            },
            principal,
            resource,
            subject: (kind == Kind::Conduit).then_some(assertion.of),
            stated: inventory.entity(assertion.of).id().span,
            way: Some(Way::Assertion(at)),
            open: None,
        });
    }
}

fn contain(inventory: &Inventory, flow: &Flow, put: &mut dyn FnMut(Request)) {
    for (index, artifact) in (0..).zip(&inventory.declarations().artifacts) {
        let mut asked = HashSet::new();
        for (at, content) in (0..).zip(flow.contents().of(index)) {
            let new = content.thing.kind != Kind::Artifact
                && !asked.contains(&(content.thing, true))
                && asked.insert((content.thing, content.state.certain));
            if new {
                put(Request {
                    action: Action::Contain,
                    principal: Kind::Artifact.id(index),
                    resource: content.thing,
                    subject: None,
                    stated: artifact.id.span,
                    way: Some(Way::Content(index, at)),
                    open: None,
                });
            }
        }
    }
}

fn moves(inventory: &Inventory, flow: &Flow, put: &mut dyn FnMut(Request)) {
    let mut asked = Asked::default();
    let leaves = flow.propagations().flat_map(|(thing, propagation)| {
        let leaves = (0..).zip(&propagation.departures);
        leaves.map(move |(at, departure)| {
            let way = Way::Departure(thing, at);
            (thing, departure.transfer, departure.state, way)
        })
    });
    let inside = flow.insides(inventory, true).into_iter();
    let inside = inside.filter_map(|(inside, state)| {
        let Stage::Departure(at) = inside.at else {
            return None;
        };
        let transfer = flow.propagation(inside.carrier())?.departures[at as usize].transfer;
        let thing = flow.content(inside.artifact, inside.content).thing;
        Some((thing, transfer, state, Way::Inside(inside)))
    });
    for (thing, transfer, state, way) in leaves.chain(inside) {
        let resource = Kind::Transfer.id(transfer);
        if asked.is_new(thing, resource, state) {
            put(Request {
                action: Action::Move,
                principal: thing,
                resource,
                subject: None,
                stated: inventory.entity(resource).id().span,
                way: Some(way),
                open: None,
            });
        }
    }
}

/// What was asked about already: of each thing where, and in which state.
#[derive(Default)]
struct Asked(HashMap<EntityId, HashSet<(EntityId, FlowState)>>);

impl Asked {
    /// Whether a thing in this state was not asked about there yet; what is certain need not be asked
    /// as something that may be.
    fn is_new(&mut self, thing: EntityId, place: EntityId, state: FlowState) -> bool {
        let asked = self.0.entry(thing).or_default();
        let certain = FlowState {
            certain: true,
            ..state
        };
        !asked.contains(&(place, certain)) && asked.insert((place, state))
    }
}

/// Everything that is at a place by itself, and then what is there in an artifact: the thing, the node
/// at which it or that artifact is there, and the state that it is in.
fn present<'f>(
    inventory: &'f Inventory,
    flow: &'f Flow,
) -> impl Iterator<Item = (EntityId, &'f FlowNode, FlowState, Way)> {
    let own = flow.propagations().flat_map(|(thing, propagation)| {
        let nodes = (0..).zip(&propagation.nodes);
        nodes.map(move |(at, node)| (thing, node, node.state, Way::Node(thing, at)))
    });
    let inside = flow.insides(inventory, false).into_iter();
    let inside = inside.filter_map(|(inside, state)| {
        let Stage::Node(at) = inside.at else {
            return None;
        };
        let node = flow.propagation(inside.carrier())?.nodes.get(at as usize)?;
        let thing = flow.content(inside.artifact, inside.content).thing;
        Some((thing, node, state, Way::Inside(inside)))
    });
    own.chain(inside)
}

/// Where a document states how a thing, or the artifact that it is in, comes to a node.
fn brought_span(
    inventory: &Inventory,
    flow: &Flow,
    way: Way,
    thing: EntityId,
    node: &FlowNode,
) -> Option<Span> {
    let moved = match way {
        Way::Inside(inside) => inside.carrier(),
        _ => thing,
    };
    Some(hop_span(inventory, moved, flow.propagation(moved)?, node))
}

fn enter(inventory: &Inventory, flow: &Flow, put: &mut dyn FnMut(Request)) {
    let mut asked = Asked::default();
    for (thing, node, state, way) in present(inventory, flow) {
        let zone = match node.place.kind {
            Kind::Zone => Some(node.place),
            _ => inventory.zone_of(node.place),
        };
        if let Some(resource) = zone.filter(|zone| asked.is_new(thing, *zone, state))
            && let Some(stated) = brought_span(inventory, flow, way, thing, node)
        {
            put(Request {
                action: Action::Enter,
                principal: thing,
                resource,
                subject: None,
                stated,
                way: Some(way),
                open: None,
            });
        }
    }
}

fn rest(inventory: &Inventory, flow: &Flow, put: &mut dyn FnMut(Request)) {
    let mut asked = Asked::default();
    for (thing, node, state, way) in present(inventory, flow) {
        let is_place = Action::Rest.def().resources.contains(&node.place.kind);
        if is_place
            && !matches!(node.hop, Hop::Step(..))
            && asked.is_new(thing, node.place, state)
            && let Some(stated) = brought_span(inventory, flow, way, thing, node)
        {
            put(Request {
                action: Action::Rest,
                principal: thing,
                resource: node.place,
                subject: None,
                stated,
                way: Some(way),
                open: None,
            });
        }
    }
}

fn reach(inventory: &Inventory, flow: &Flow, put: &mut dyn FnMut(Request)) {
    let mut from = |principal: EntityId, start: u32| {
        let all = flow.reached(inventory, start);
        let ways = (0..).zip(all.iter());
        for (at, reached) in ways.filter(|(_, reached)| !reached.again) {
            put(Request {
                action: Action::Reach,
                principal,
                resource: Kind::Zone.id(reached.zone),
                subject: None,
                stated: inventory.entity(principal).id().span,
                way: Some(Way::Reached(start, at)),
                open: None,
            });
        }
    };
    for start in 0..inventory.declarations().zones.len() as u32 {
        from(Kind::Zone.id(start), start);
    }
    for index in 0..inventory.declarations().debug_environments.len() as u32 {
        let environment = Kind::DebugEnvironment.id(index);
        if let Some(start) = inventory.container(environment) {
            from(environment, start.index);
        }
    }
}

fn obtain(
    inventory: &Inventory,
    flow: &Flow,
    keeps: &dyn Fn(u32) -> bool,
    put: &mut dyn FnMut(Request),
) {
    let identities = 0..inventory.declarations().identities.len() as u32;
    for identity in identities.filter(|identity| keeps(*identity)) {
        let access = flow.access(inventory, identity);
        let principal = Kind::Identity.id(identity);
        for obtainable in access.all(inventory) {
            let held = &access.held[obtainable.held as usize];
            put(Request {
                action: Action::Obtain,
                principal,
                resource: held.thing,
                subject: None,
                stated: flow.grant_span(inventory, principal, held),
                way: Some(Way::Held(identity, obtainable)),
                open: None,
            });
        }
    }
}
