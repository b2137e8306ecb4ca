//! The requests that an inventory gives rise to: every fact in it, as a question to the policies.

use std::collections::BTreeMap;

use crate::inventory::Inventory;
use crate::model::{Action, Atom, EntityId, Fact, Field, Kind};
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
    /// Where a document states the fact; for a declaration the id of the entity.
    pub stated: Span,
}

/// Every request of an inventory, by action and the kinds of principal and resource, each group in
/// the order of the files. Linear in the number of facts.
pub fn requests(inventory: &Inventory) -> BTreeMap<(Action, Kind, Kind), Vec<Request>> {
    let mut all: BTreeMap<_, Vec<Request>> = BTreeMap::new();
    for def in Action::ALL {
        let mut ask = |principal: EntityId, resource: EntityId, stated: Span| {
            let group = all.entry((def.action, principal.kind, resource.kind));
            group.or_default().push(Request {
                action: def.action,
                principal,
                resource,
                stated,
            });
        };
        match def.action {
            Action::Declare => declare(inventory, &mut ask),
            Action::Reside => reside(inventory, &mut ask),
            Action::Use => uses(inventory, &mut ask),
            Action::Attach => attach(inventory, &mut ask),
            Action::Trust => trust(inventory, &mut ask),
        }
    }
    all
}

type Ask<'a> = &'a mut dyn FnMut(EntityId, EntityId, Span);

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
            ask(id, document, span);
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
            ask(id, target, span);
        }
        for replica in key.replicas.iter() {
            if let Some(target) = replica.value.target() {
                ask(id, target, replica.span);
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
                    ask(id, target, key.span);
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
                ask(id, target, workload.span);
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
                ask(id, target, key.span);
            }
        }
    }
}
