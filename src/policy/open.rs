//! Requests about what is not listed: of a list that may hold more than it names, the rest.
//!
//! Each such list gives one request, about an entity of which nothing is known: a rule that could
//! forbid that depends on whether the list is complete. One request for each list keeps this linear,
//! whatever else is declared.

use super::encode::UNLISTED;
use super::requests::Request;
use crate::inventory::{Inventory, Root};
use crate::model::{Action, ArtifactKind, EntityId, Kind};

/// The attributes whose elements, or whose target, are the resource of a request.
const LISTS: &[(Action, Kind, &str)] = &[
    (Action::Reside, Kind::Key, "replicas"),
    (Action::Use, Kind::Workload, "uses"),
    (Action::Attach, Kind::DebugEnvironment, "attaches"),
    (Action::Trust, Kind::Verifier, "trusts"),
    (Action::Issue, Kind::Issuer, "signsWith"),
    (Action::Access, Kind::Identity, "memberOf"),
    (Action::Contain, Kind::Artifact, "contains"),
    (Action::Record, Kind::Artifact, "at"),
];

/// The entity that a request about what is not listed is about: it is no entity of the inventory.
pub(super) fn unlisted(kind: Kind) -> EntityId {
    EntityId {
        kind,
        index: UNLISTED,
    }
}

/// The requests about what may be there besides what is listed.
pub(super) fn open(inventory: &Inventory, action: Action, put: &mut dyn FnMut(Request)) {
    for (_, kind, attribute) in LISTS.iter().filter(|(of, ..)| *of == action) {
        let Some(attribute) = kind.attribute(attribute) else {
            continue;
        };
        for index in 0..inventory.declarations().count(*kind) as u32 {
            let root = Root {
                entity: EntityId { kind: *kind, index },
                attribute,
            };
            if inventory.is_left_open(root) {
                ask(inventory, action, root, put);
            }
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
                    put(EntityId { index, ..own }, *kind, grant);
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
