//! Requests about what is not listed: of a list that may hold more than it names, the rest.
//!
//! Each such list gives one request, about an entity of which nothing is known: a rule that could
//! forbid that depends on whether the list is complete. One request for each list keeps this linear,
//! whatever else is declared.

use super::requests::Request;
use super::unlisted::UNLISTED;
use crate::inventory::{Inventory, Root};
use crate::model::{
    Action, Artifact, ArtifactKind, AttributeId, DebugEnvironment, EntityId, Identity, Issuer, Key,
    Kind, Verifier, Workload,
};

/// The attributes whose elements, or whose target, are the resource of a request.
const LISTS: &[(Action, AttributeId)] = &[
    (Action::Reside, Key::REPLICAS.id()),
    (Action::Use, Workload::USES.id()),
    (Action::Attach, DebugEnvironment::ATTACHES.id()),
    (Action::Trust, Verifier::TRUSTS.id()),
    (Action::Issue, Issuer::SIGNS_WITH.id()),
    (Action::Access, Identity::MEMBER_OF.id()),
    (Action::Contain, Artifact::CONTAINS.id()),
    (Action::Record, Artifact::AT.id()),
];

/// The entity that a request about what is not listed is about: it is no entity of the inventory.
pub(super) fn unlisted(kind: Kind) -> EntityId {
    kind.id(UNLISTED)
}

/// The requests about what may be there besides what is listed.
pub(super) fn open(inventory: &Inventory, action: Action, put: &mut dyn FnMut(Request)) {
    for (_, attribute) in LISTS.iter().filter(|(of, _)| *of == action) {
        for index in inventory.all_unknown(*attribute) {
            let root = Root {
                entity: attribute.kind.id(index),
                attribute: attribute.position(),
            };
            ask(inventory, action, root, put);
        }
    }
}

fn ask(inventory: &Inventory, action: Action, root: Root, put: &mut dyn FnMut(Request)) {
    let stated = inventory.opening(root).span;
    let mut put = |principal: EntityId, resource: Kind, subject: Option<EntityId>| {
        put(Request {
            action,
            principal,
            resource: unlisted(resource),
            subject,
            stated,
            way: None,
            open: Some(root),
        });
    };
    let own = root.entity;
    match action {
        // What runs on a host is in its memory.
        Action::Use => {
            for workload in inventory.hosts(own) {
                put(workload, Kind::Key, None);
            }
        }
        // Nobody knows what the groups that it may be in are granted.
        Action::Access => {
            let grant = Some(unlisted(Kind::Grant));
            for index in inventory.holders(own.index) {
                for kind in action.def().resources {
                    put(own.kind.id(index), *kind, grant);
                }
            }
        }
        Action::Contain => put(own, Kind::Data, None),
        Action::Record => {
            let artifact = &inventory.declarations().artifacts[own.index as usize];
            let from = artifact.from.known().and_then(|from| from.target());
            let is_log = artifact.kind.known() == Some(&ArtifactKind::Log);
            if let Some(from) = from.filter(|_| is_log) {
                put(from, Kind::Store, Some(own));
            }
        }
        _ => {
            for kind in action.def().resources {
                put(own, *kind, None);
            }
        }
    }
}
