//! Requests about what is not listed: of a list that may hold more than it names, the rest.
//!
//! Each such list gives one request, about an entity of which nothing is known: a rule that could
//! forbid that depends on whether the list is complete. One request for each list keeps this linear,
//! whatever else is declared.

use hashbrown::{HashMap, HashSet};

use super::requests::Request;
use super::unlisted::UNLISTED;
use crate::flow::{Flow, START, Used, Way};
use crate::inventory::{Inventory, MissingFact};
use crate::model::{
    Action, Artifact, ArtifactKind, AttributeId, Data, DebugEnvironment, EntityId, Identity,
    Issuer, Key, Kind, Truth, Verifier, Workload,
};

/// The attributes whose elements, or whose target, are the resource of a request.
const LISTS: &[(Action, AttributeId)] = &[
    (Action::Reside, Key::REPLICAS.id()),
    (Action::Use, Workload::USES.id()),
    (Action::Attach, DebugEnvironment::ATTACHES.id()),
    (Action::Trust, Verifier::TRUSTS.id()),
    (Action::Issue, Issuer::SIGNS_WITH.id()),
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
            let root = MissingFact {
                entity: attribute.kind.id(index),
                attribute: attribute.position(),
            };
            ask(inventory, action, root, put);
        }
    }
}

fn ask(inventory: &Inventory, action: Action, root: MissingFact, put: &mut dyn FnMut(Request)) {
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

/// The requests about what those are granted as whom an identity may act besides the ones that are
/// named: of every list on its chains that may hold more than it names. Linear in the chains.
pub(super) fn open_chains((inventory, flow): (&Inventory, &Flow), put: &mut dyn FnMut(Request)) {
    let open = AllOpen::new(inventory);
    if open.0.is_empty() {
        return;
    }
    let action = Action::Access;
    for identity in 0..inventory.declarations().identities.len() as u32 {
        let access = flow.access(inventory, identity);
        // Of several ways to a list, the one on which the least has to be asked for.
        let mut lists: Vec<(MissingFact, Truth, bool)> = Vec::new();
        let mut places = HashMap::new();
        let mut note = |root: MissingFact, (link, grant): (u32, Option<u32>)| {
            let standing = access.standing(inventory, link, grant);
            let is_group = root.entity.kind == Kind::Identity
                && root.attribute == Identity::MEMBER_OF.position();
            let is_own = is_group && access.is_direct(link);
            let place = *places.entry(root).or_insert_with(|| {
                lists.push((root, standing, is_own));
                lists.len() - 1
            });
            let (_, known, own) = &mut lists[place];
            (*known, *own) = (known.or(standing), *own || is_own);
        };
        let links = (0..).zip(&access.chain).filter(|(_, link)| link.own);
        for (at, link) in links {
            match link.actor.kind {
                Kind::Workload => {
                    for guest in inventory.guests(link.actor) {
                        open.of(guest).for_each(|root| note(root, (at, None)));
                    }
                }
                _ => open.of(link.actor).for_each(|root| note(root, (at, None))),
            }
        }
        for held in access
            .held
            .iter()
            .filter(|held| held.lets_act().is_possible())
        {
            open.of(held.thing)
                .for_each(|root| note(root, (held.link, held.grant)));
        }
        for (root, standing, is_own) in lists {
            let way = (!is_own).then_some(Way::Used(Used {
                identity,
                grant: UNLISTED,
                thing: unlisted(Kind::Store),
                standing: standing.and(Truth::Unknown).into(),
                certain: false,
                link: START,
            }));
            for kind in action.def().resources {
                put(Request {
                    action,
                    principal: Kind::Identity.id(identity),
                    resource: unlisted(*kind),
                    subject: Some(unlisted(Kind::Grant)),
                    stated: inventory.opening(root).span,
                    way,
                    open: Some(root),
                });
            }
        }
    }
}

/// The lists by which one comes to act as another, and that may hold more than they name.
struct AllOpen(HashSet<MissingFact>);

impl AllOpen {
    const LISTS: [AttributeId; 5] = [
        Identity::MEMBER_OF.id(),
        Identity::ASSUMES.id(),
        Workload::RUNS_AS.id(),
        Key::AUTHENTICATES.id(),
        Data::AUTHENTICATES.id(),
    ];

    fn new(inventory: &Inventory) -> Self {
        let all = Self::LISTS.into_iter().flat_map(|list| {
            let unknown = inventory.all_unknown(list);
            unknown.map(move |index| MissingFact {
                entity: list.kind.id(index),
                attribute: list.position(),
            })
        });
        Self(all.collect())
    }

    /// Those of an entity.
    fn of(&self, entity: EntityId) -> impl Iterator<Item = MissingFact> {
        let lists = Self::LISTS.into_iter();
        let roots = lists
            .filter(move |list| list.kind == entity.kind)
            .map(move |list| MissingFact {
                entity,
                attribute: list.position(),
            });
        roots.filter(|root| self.0.contains(root))
    }
}
