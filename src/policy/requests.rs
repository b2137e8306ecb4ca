//! The requests that an inventory gives rise to: every fact in it, as a question to the policies.

use std::collections::BTreeMap;

use crate::inventory::Inventory;
use crate::model::{Action, ArtifactKind, Atom, EntityId, Fact, Field as _, Kind};
use crate::source::Span;

/// A question: may this principal do this to this resource?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// Every request of an inventory, by action and the kinds of principal and resource, each group in
/// the order of the files. Linear in the number of facts.
pub fn requests(inventory: &Inventory) -> BTreeMap<(Action, Kind, Kind), Vec<Request>> {
    let mut all: BTreeMap<_, Vec<Request>> = BTreeMap::new();
    for def in Action::ALL {
        let mut ask =
            |principal: EntityId, resource: EntityId, subject: Option<EntityId>, stated: Span| {
                let group = all.entry((def.action, principal.kind, resource.kind));
                group.or_default().push(Request {
                    action: def.action,
                    principal,
                    resource,
                    subject,
                    stated,
                });
            };
        match def.action {
            Action::Declare => declare(inventory, &mut ask),
            Action::Reside => reside(inventory, &mut ask),
            Action::Use => uses(inventory, &mut ask),
            Action::Attach => attach(inventory, &mut ask),
            Action::Trust => trust(inventory, &mut ask),
            Action::Connect => connect(inventory, &mut ask),
            Action::Access => access(inventory, &mut ask),
            Action::Issue => issue(inventory, &mut ask),
            Action::Record => record(inventory, &mut ask),
        }
    }
    all
}

/// Asks about a principal and a resource, by way of what the context holds, stated at a place.
type Ask<'a> = &'a mut dyn FnMut(EntityId, EntityId, Option<EntityId>, Span);

fn declare(inventory: &Inventory, ask: Ask<'_>) {
    let documents = &inventory.declarations().documents;
    let mut document = 0;
    for id in inventory.ids().filter(|id| id.kind != Kind::Document) {
        let span = inventory.entity(id).id().span;
        // Documents stand in the order of their files, and mostly the next one is the same one.
        let file = |document: usize| documents.get(document).map(|it| it.id.span.file);
        if file(document) != Some(span.file) {
            document = documents.partition_point(|document| document.id.span.file < span.file);
        }
        if let Ok(index) = u32::try_from(document) {
            let document = EntityId {
                kind: Kind::Document,
                index,
            };
            ask(id, document, None, span);
        }
    }
}

fn reside(inventory: &Inventory, ask: Ask<'_>) {
    for (index, key) in (0..).zip(&inventory.declarations().keys) {
        let id = EntityId {
            kind: Kind::Key,
            index,
        };
        if let Fact::One(Atom::Entity(target), span) = key.store.fact() {
            ask(id, target, None, span);
        }
        for replica in key.replicas.iter() {
            if let Some(target) = replica.value.target() {
                ask(id, target, None, replica.span);
            }
        }
    }
}

fn uses(inventory: &Inventory, ask: Ask<'_>) {
    let workloads = &inventory.declarations().workloads;
    for index in 0..u32::try_from(workloads.len()).unwrap_or(u32::MAX) {
        let id = EntityId {
            kind: Kind::Workload,
            index,
        };
        let mut asked = std::collections::HashSet::new();
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
        let id = EntityId {
            kind: Kind::DebugEnvironment,
            index,
        };
        for workload in environment.attaches.iter() {
            if let Some(target) = workload.value.target() {
                ask(id, target, None, workload.span);
            }
        }
    }
}

fn trust(inventory: &Inventory, ask: Ask<'_>) {
    for (index, verifier) in (0..).zip(&inventory.declarations().verifiers) {
        let id = EntityId {
            kind: Kind::Verifier,
            index,
        };
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
        let id = EntityId {
            kind: Kind::Conduit,
            index,
        };
        let from = conduit.from.known().and_then(|zone| zone.target());
        let to = conduit.to.known().and_then(|zone| zone.target());
        if let (Some(from), Some(to)) = (from, to) {
            ask(from, to, Some(id), conduit.id.span);
        }
    }
}

fn access(inventory: &Inventory, ask: Ask<'_>) {
    for (index, grant) in (0..).zip(&inventory.declarations().grants) {
        let id = EntityId {
            kind: Kind::Grant,
            index,
        };
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
        for index in inventory.holders(identity.index) {
            let holder = EntityId {
                kind: Kind::Identity,
                index,
            };
            for thing in &things {
                if Action::Access.def().resources.contains(&thing.kind) {
                    ask(holder, *thing, Some(id), grant.id.span);
                }
            }
        }
    }
}

fn issue(inventory: &Inventory, ask: Ask<'_>) {
    for (index, issuer) in (0..).zip(&inventory.declarations().issuers) {
        let id = EntityId {
            kind: Kind::Issuer,
            index,
        };
        for key in issuer.signs_with.iter() {
            if let Some(target) = key.value.target() {
                ask(id, target, None, key.span);
            }
        }
    }
}

fn record(inventory: &Inventory, ask: Ask<'_>) {
    for (index, artifact) in (0..).zip(&inventory.declarations().artifacts) {
        let id = EntityId {
            kind: Kind::Artifact,
            index,
        };
        let from = artifact.from.known().and_then(|from| from.target());
        let at = artifact.at.known().and_then(|at| at.target());
        if artifact.kind.known() == Some(&ArtifactKind::Log)
            && let (Some(from), Some(at)) = (from, at)
        {
            ask(from, at, Some(id), artifact.id.span);
        }
    }
}
