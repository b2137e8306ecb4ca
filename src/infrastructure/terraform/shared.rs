//! What is the same for all providers: conduits, stores of keys, and grants in the making.

use super::eval::Value;
use super::root::{Resource, Root};
use crate::infrastructure::Import;
use crate::model::{
    Conduit, Field as _, Grant, GrantAction, Identity, IdentityKind, Inspection, To,
};
use crate::source::{Span, Spanned};

/// A way through a packet filter.
pub(super) struct Way<'w> {
    pub id: String,
    pub at: Span,
    /// Who begins a connection, and who accepts it.
    pub ends: (&'w str, &'w str),
    /// Where it is said who may.
    pub said_at: Span,
    /// The ports, each where it is written; none if nothing is said of them.
    pub ports: Vec<(String, Span)>,
}

impl Root<'_, '_, '_> {
    /// Adds a way through a packet filter, which sees addresses and ports and lets answers back in.
    pub fn way(&mut self, resource: &Resource, way: Way<'_>) {
        let Way {
            id,
            at,
            ends,
            said_at,
            ports,
        } = way;
        if ends.0 == ends.1 {
            return;
        }
        let mut conduit: Import<Conduit> = self.part(resource, id, at);
        let entity = &mut conduit.entity;
        entity.from.state(Spanned::new(To::named(ends.0), said_at));
        entity.to.state(Spanned::new(To::named(ends.1), said_at));
        entity.inspection.state(Spanned::new(Inspection::L4, at));
        entity.one_way.state(Spanned::new(false, at));
        if !ports.is_empty() {
            entity.ports.state_list(at, ports.len());
            for (port, place) in ports {
                entity.ports.state(Spanned::new(port.into(), place));
            }
        }
        let conduit = conduit.finish(&["inspectionKey", "status"]);
        self.lowering.declarations().conduits.push(conduit);
    }

    /// An identity of a program that is declared as a resource.
    pub fn program(&mut self, resource: &Resource, credential: crate::model::Credential, at: Span) {
        let zone = self.account(resource);
        let mut identity: Import<Identity> = self.import(resource);
        let entity = &mut identity.entity;
        entity
            .zone
            .state(Spanned::new(To::named(zone), resource.at));
        let kind = Spanned::new(IdentityKind::Service, resource.at);
        entity.kind.state(kind);
        entity.credential.state(Spanned::new(credential, at));
        self.identities
            .insert(resource.instance, resource.id.clone());
        let identity = identity.finish(&["memberOf", "assumes"]);
        self.lowering.declarations().identities.push(identity);
    }

    /// A grant; without actions it is not said what it lets do.
    pub fn grant(
        &mut self,
        by: &Resource,
        id: String,
        (identity, place): (&str, &Value),
        on: &str,
        actions: &[GrantAction],
    ) {
        let here = self.place(place);
        let mut grant: Import<Grant> = self.part(by, id, by.at);
        let entity = &mut grant.entity;
        entity
            .identity
            .state(Spanned::new(To::named(identity), here));
        entity.on.state(Spanned::new(To::named(on), here));
        if !actions.is_empty() {
            entity.actions.state_list(here, actions.len());
            for action in actions {
                entity.actions.state(Spanned::new(*action, here));
            }
            entity.standing.state(Spanned::new(true, here));
        }
        self.lowering.declarations().grants.push(grant.finish(&[]));
    }
}

/// What all that a role of an owner lets do.
pub(super) const EVERYTHING: [GrantAction; 7] = [
    GrantAction::Read,
    GrantAction::Write,
    GrantAction::Decrypt,
    GrantAction::Sign,
    GrantAction::Export,
    GrantAction::Administer,
    GrantAction::Execute,
];
