//! What of an inventory is drawn: which entities are boxes, and what is an arrow.

use std::collections::BTreeMap;

use crate::inventory::{Assumptions, Inventory, Reading};
use crate::model::{
    Artifact, Atom, Conduit, DebugEnvironment, EntityId, Identity, Internet, Issuer, Key, Kind,
    Status, Transfer, Verifier, Workload,
};
use crate::picture::{Arrow, Exposure, Flows, Graph, Node, Sort};
use crate::source::Span;

/// The kinds that are boxes, and the attributes that say most of each.
const BOXES: [(Kind, &[&str]); 9] = [
    (Kind::Zone, &["kind", "isolation", "clearance"]),
    (Kind::KeyStore, &["custody"]),
    (Kind::Key, &["level", "state"]),
    (Kind::Workload, &["kind"]),
    (Kind::Store, &["kind"]),
    (Kind::Identity, &["kind"]),
    (Kind::DebugEnvironment, &[]),
    (Kind::Issuer, &["realm"]),
    (Kind::Verifier, &["realm"]),
];

/// The project as boxes and arrows, in an order that does not depend on that of the files.
///
/// Near-linear in the number of entities and references.
pub fn graph(inventory: &Inventory) -> Graph {
    let mut builder = Builder {
        inventory,
        numbers: BTreeMap::new(),
        graph: Graph::default(),
    };
    builder.boxes();
    builder.contents();
    builder.arrows();
    builder.internet();
    builder.graph
}

/// Where each entity that can be drawn is declared, by `Kind::id`.
pub fn places(inventory: &Inventory) -> BTreeMap<String, Span> {
    let all = inventory.ids().map(|id| {
        let declared = inventory.entity(id).id();
        (format!("{}::{}", id.kind, declared.value), declared.span)
    });
    all.collect()
}

struct Builder<'i> {
    inventory: &'i Inventory,
    numbers: BTreeMap<EntityId, usize>,
    graph: Graph,
}

impl Builder<'_> {
    fn named(&self, id: EntityId) -> String {
        format!("{}::{}", id.kind, self.inventory.entity(id).id().value)
    }

    /// The id without the folder that all ids of one import begin with.
    fn short(&self, id: EntityId) -> String {
        let whole = &*self.inventory.entity(id).id().value;
        let import = self.inventory.import(id);
        let rest = import.and_then(|it| whole.strip_prefix(&*it.system)?.strip_prefix(':'));
        match (import, rest) {
            (Some(import), Some(rest))
                if id.kind == Kind::Zone && self.inventory.container(id).is_none() =>
            {
                let system = import.system.rsplit('/').next().unwrap_or_default();
                match system.is_empty() {
                    true => rest.to_owned(),
                    false => format!("{system}:{rest}"),
                }
            }
            (_, Some(rest)) => rest.to_owned(),
            _ => whole.to_owned(),
        }
    }

    /// What is stated of an entity in a word each, for these attributes.
    fn facts(&self, id: EntityId, names: &[&str]) -> String {
        let written = self.inventory.entity(id).written();
        let facts = names.iter().filter_map(|name| {
            let mut stated = written.iter();
            let (_, value) = stated.find(|(stated, _)| stated == name)?;
            value
                .as_str()
                .filter(|value| *value != crate::model::UNKNOWN)
        });
        facts.collect::<Vec<_>>().join(", ")
    }

    fn boxes(&mut self) {
        let inventory = self.inventory;
        let mut all: Vec<(String, EntityId, &[&str])> = Vec::new();
        for (kind, facts) in BOXES {
            let ids = inventory.ids_of(kind);
            all.extend(ids.map(|id| (self.named(id), id, facts)));
        }
        // The internet is there without being declared; it is drawn where something ends at it.
        let internet = inventory.internet().map(|index| Kind::Zone.id(index));
        let undeclared = internet.filter(|id| !all.iter().any(|(_, known, _)| known == id));
        if let Some(id) = undeclared.filter(|id| self.is_referred_to(*id)) {
            all.push((self.named(id), id, &[]));
        }
        all.sort();
        self.numbers = (0..).zip(&all).map(|(at, (_, id, _))| (*id, at)).collect();
        for (name, id, facts) in all {
            let parent = inventory.container(id);
            self.graph.nodes.push(Node {
                id: name,
                name: self.short(id),
                kind: id.kind.def().label,
                facts: self.facts(id, facts),
                holds: Vec::new(),
                parent: parent.and_then(|parent| self.numbers.get(&parent).copied()),
                encloses: matches!(id.kind, Kind::Zone | Kind::KeyStore),
            });
            let at = self.numbers[&id];
            self.graph.places.insert(inventory.describe(id), at);
        }
    }

    fn is_referred_to(&self, zone: EntityId) -> bool {
        self.inventory.ids().any(|id| {
            let mut found = false;
            self.inventory
                .entity(id)
                .references(&mut |_, reference, _| {
                    found |= reference.target == Some(zone);
                });
            found
        })
    }

    /// What has no box of its own: artifacts and data, at the box that they are in.
    fn contents(&mut self) {
        let inventory = self.inventory;
        let all = inventory.declarations();
        let mut held: Vec<(usize, String)> = Vec::new();
        for id in inventory.ids_of(Kind::Artifact) {
            let artifact = &all.artifacts[id.index as usize];
            let kept = artifact.at.known().and_then(|at| at.target());
            let from = artifact.from.known().and_then(|from| from.target());
            let at = kept.or(from).and_then(|at| self.numbers.get(&at).copied());
            if let Some(at) = at {
                let kind = self.facts(id, &["kind"]);
                let kind = if kind.is_empty() { "artifact" } else { &kind };
                held.push((at, format!("{kind} {}", self.short(id))));
                self.graph.places.insert(inventory.describe(id), at);
            }
        }
        let workloads = inventory.ids_of(Kind::Workload).flat_map(|id| {
            let data = all.workloads[id.index as usize].processes.iter();
            data.map(move |data| (Kind::Workload, id, data.value.target()))
        });
        let stores = inventory.ids_of(Kind::Store).flat_map(|id| {
            let data = all.stores[id.index as usize].holds.iter();
            data.map(move |data| (Kind::Store, id, data.value.target()))
        });
        // Data is shown wherever it is, and stands where it rests.
        let with_data = stores.chain(workloads).filter_map(|(kind, holder, data)| {
            Some((kind == Kind::Workload, *self.numbers.get(&holder)?, data?))
        });
        let mut with_data: Vec<_> = with_data.collect();
        with_data.sort_by_key(|(runs, at, data)| (*runs, *at, self.named(*data)));
        for (_, at, data) in with_data {
            held.push((at, format!("data {}", self.short(data))));
            let places = &mut self.graph.places;
            places.entry(inventory.describe(data)).or_insert(at);
        }
        held.sort();
        held.dedup();
        for (at, text) in held {
            self.graph.nodes[at].holds.push(text);
        }
    }

    fn arrows(&mut self) {
        let mut found = Vec::new();
        for id in self.inventory.ids() {
            match id.kind {
                Kind::Conduit => found.extend(self.conduit(id)),
                Kind::Transfer => found.extend(self.transfer(id)),
                Kind::Grant => found.extend(self.grant(id)),
                Kind::Workload
                | Kind::Key
                | Kind::DebugEnvironment
                | Kind::Identity
                | Kind::Issuer
                | Kind::Verifier => self.relations(id, &mut found),
                _ => {}
            }
        }
        found.sort_by(|a, b| {
            let key = |arrow: &Arrow| (arrow.from, arrow.to, arrow.sort);
            key(a)
                .cmp(&key(b))
                .then_with(|| (&a.id, &a.name).cmp(&(&b.id, &b.name)))
        });
        self.graph.arrows = found;
    }

    fn number(&self, id: Option<EntityId>) -> Option<usize> {
        self.numbers.get(&id?).copied()
    }

    fn conduit(&self, id: EntityId) -> Option<Arrow> {
        let conduit = &self.inventory.declarations().conduits[id.index as usize];
        let ports = conduit.ports.iter().map(|port| &*port.value);
        let mut ports: Vec<&str> = ports.collect();
        ports.sort_unstable();
        let detail = match ports.as_slice() {
            [] => String::new(),
            [one] if *one == Conduit::EVERY_PORT => "every port".to_owned(),
            [one] => format!("port {one}"),
            several => format!("ports {}", several.join(", ")),
        };
        Some(Arrow {
            id: self.named(id),
            name: self.short(id),
            sort: Sort::Conduit,
            detail,
            from: self.number(conduit.from.known()?.target())?,
            to: self.number(conduit.to.known()?.target())?,
            forbidden: conduit.status.known() == Some(&Status::Forbidden),
            flows: Flows::default(),
        })
    }

    fn transfer(&self, id: EntityId) -> Option<Arrow> {
        let transfer = &self.inventory.declarations().transfers[id.index as usize];
        let cargo = transfer.carries.iter().filter_map(|it| it.value.target());
        let mut cargo: Vec<EntityId> = cargo.collect();
        let mut flows = Flows::default();
        for thing in &cargo {
            match thing.kind {
                Kind::Artifact => {
                    flows.dumps = true;
                    flows.keys |= self.may_hold_keys(*thing);
                }
                Kind::Key => flows.keys = true,
                _ => flows.data = true,
            }
        }
        if self.inventory.is_unknown(id, Transfer::CARRIES) {
            (flows.dumps, flows.keys, flows.data) = (true, true, true);
        }
        cargo.sort_by_key(|thing| self.named(*thing));
        let names: Vec<String> = cargo.iter().map(|thing| self.short(*thing)).collect();
        Some(Arrow {
            id: self.named(id),
            name: self.short(id),
            sort: Sort::Transfer,
            detail: names.join(", "),
            from: self.number(transfer.from.known()?.target())?,
            to: self.number(transfer.to.known()?.target())?,
            forbidden: transfer.status.known() == Some(&Status::Forbidden),
            flows,
        })
    }

    fn may_hold_keys(&self, artifact: EntityId) -> bool {
        let nothing = Assumptions::none();
        match self.inventory.reading(artifact, Artifact::KEYS, &nothing) {
            Reading::Many(keys) => !keys.is_empty(),
            Reading::One(Atom::Long(count)) => count > 0,
            Reading::Unknown => true,
            _ => false,
        }
    }

    fn grant(&self, id: EntityId) -> Option<Arrow> {
        let grant = &self.inventory.declarations().grants[id.index as usize];
        let on = grant.on.known()?.target()?;
        let mut actions: Vec<&str> = grant.actions.iter().map(|it| it.value.name()).collect();
        actions.sort_unstable();
        let is_store = on.kind == Kind::Store;
        Some(Arrow {
            id: self.named(id),
            name: self.short(id),
            sort: Sort::Grant,
            detail: actions.join(", "),
            from: self.number(grant.identity.known()?.target())?,
            to: self.number(Some(on))?,
            forbidden: false,
            flows: Flows {
                access: true,
                keys: matches!(on.kind, Kind::Key | Kind::KeyStore),
                dumps: is_store || on.kind == Kind::DebugEnvironment,
                data: is_store,
            },
        })
    }

    /// What zones state of the internet: ways without a document that is about them.
    fn internet(&mut self) {
        for id in self.inventory.ids_of(Kind::Zone) {
            let zone = &self.inventory.declarations().zones[id.index as usize];
            let (Some(internet), Some(at)) = (zone.internet.known(), self.number(Some(id))) else {
                continue;
            };
            self.graph.internet.push(Exposure {
                zone: at,
                ingress: matches!(internet, Internet::Ingress | Internet::Both),
                egress: matches!(internet, Internet::Egress | Internet::Both),
            });
        }
        self.graph.internet.sort_by_key(|exposure| exposure.zone);
    }

    /// What an entity states of others, by attribute.
    fn relations(&self, id: EntityId, found: &mut Vec<Arrow>) {
        let keys = Flows {
            keys: true,
            ..Flows::default()
        };
        let access = Flows {
            access: true,
            ..Flows::default()
        };
        let all = Flows {
            dumps: true,
            keys: true,
            data: true,
            access: false,
        };
        let stored = Flows { keys: false, ..all };
        let drawn = [
            (Workload::USES.id(), Sort::Uses, "uses", keys),
            (Workload::RUNS_AS.id(), Sort::Acts, "runs as", access),
            (
                Workload::RUNS_ON.id(),
                Sort::Hosts,
                "runs on",
                Flows::default(),
            ),
            (
                DebugEnvironment::ATTACHES.id(),
                Sort::Attaches,
                "attaches to",
                all,
            ),
            (DebugEnvironment::READS.id(), Sort::Reads, "reads", stored),
            (Identity::MEMBER_OF.id(), Sort::Acts, "is in", access),
            (Identity::ASSUMES.id(), Sort::Acts, "acts as", access),
            (Key::REPLICAS.id(), Sort::Copies, "is copied to", keys),
            (Issuer::SIGNS_WITH.id(), Sort::Uses, "signs with", keys),
            (Verifier::TRUSTS.id(), Sort::Uses, "trusts", keys),
        ];
        let from = self.number(Some(id));
        self.inventory
            .entity(id)
            .references(&mut |field, reference, _| {
                let mut drawn = drawn.iter();
                let known =
                    drawn.find(|(attribute, ..)| attribute.field() == Some((id.kind, field)));
                let (Some((_, sort, name, flows)), Some(from), Some(to)) =
                    (known, from, self.number(reference.target))
                else {
                    return;
                };
                found.push(Arrow {
                    id: self.named(id),
                    name: (*name).to_owned(),
                    sort: *sort,
                    detail: String::new(),
                    from,
                    to,
                    forbidden: false,
                    flows: *flows,
                });
            });
    }
}
