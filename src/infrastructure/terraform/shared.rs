//! What is the same for all providers: conduits, stores of keys, and grants in the making.

use super::eval::Value;
use super::root::{Resource, Root, cause, referred};
use crate::infrastructure::Import;
use crate::model::{
    Artifact, ArtifactKind, Cause, Conduit, ConduitKind, Data, DumpMode, Field, Grant, GrantAction,
    Identity, IdentityKind, Inspection, Level, Store, To, Workload,
};
use crate::source::{Span, Spanned};

/// What a workload is given when it starts.
const START: [&str; 8] = [
    "user_data",
    "user_data_base64",
    "custom_data",
    "metadata_startup_script",
    "metadata",
    "environment",
    "container_definitions",
    "app_settings",
];

/// Scripts that a machine runs first.
const SCRIPTS: [&str; 4] = [
    "user_data",
    "user_data_base64",
    "custom_data",
    "metadata_startup_script",
];

/// Ports that machines are administered at: SSH, Telnet, the API of Docker, RDP, VNC, WinRM, and the kubelet.
const ADMINISTRATION: [u16; 9] = [22, 23, 2375, 2376, 3389, 5900, 5985, 5986, 10250];

/// The ports of administration that a range such as `20-30` has in it: rules ask for them by number.
pub(super) fn administration_in(range: &str) -> Vec<String> {
    let ends = range.split_once('-');
    let ends = ends.and_then(|(from, to)| {
        let from: u16 = from.trim().parse().ok()?;
        let to: u16 = to.trim().parse().ok()?;
        Some(from..=to)
    });
    let Some(range) = ends else {
        return Vec::new();
    };
    let inside = ADMINISTRATION.iter().filter(|port| range.contains(port));
    inside.map(u16::to_string).collect()
}

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
    /// Whether only datagrams pass.
    pub is_udp: bool,
}

impl Root<'_, '_, '_> {
    /// Adds a workload with what it is given when it starts.
    pub(super) fn add_workload(&mut self, resource: &Resource, mut workload: Import<Workload>) {
        self.starts_with(resource, &mut workload.entity);
        let workload = workload.finish(&["uses", "processes", "executes", "runsOn"]);
        self.lowering.declarations().workloads.push(workload);
    }

    /// Adds a peering from one zone to another, which `ends` says, of a resource at `at`: nothing looks
    /// at what passes it.
    pub(super) fn add_peering(
        &mut self,
        mut conduit: Import<Conduit>,
        [from, to]: [&String; 2],
        ends: Span,
        at: Span,
    ) {
        let entity = &mut conduit.entity;
        entity
            .from
            .state(Spanned::new(To::named(from.as_str()), ends));
        entity.to.state(Spanned::new(To::named(to.as_str()), ends));
        entity.kind.state(Spanned::new(ConduitKind::Peering, at));
        entity.inspection.state(Spanned::new(Inspection::None, at));
        let conduit = conduit.finish(&["inspectionKey", "status"]);
        self.lowering.declarations().conduits.push(conduit);
    }

    /// Adds a way through a packet filter, which sees addresses and ports and lets answers back in.
    pub fn way(&mut self, resource: &Resource, way: Way<'_>) {
        let Way {
            id,
            at,
            ends,
            said_at,
            ports,
            is_udp,
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
        let ports: Vec<_> = ports
            .into_iter()
            .flat_map(|(port, place)| {
                let port = match port.split_once('-') {
                    Some((from, to)) if from == to => from.to_owned(),
                    _ => port,
                };
                let inside = if is_udp {
                    Vec::new()
                } else {
                    administration_in(&port)
                };
                let all = std::iter::once(port).chain(inside);
                all.map(move |port| (port, place))
            })
            .collect();
        if !ports.is_empty() {
            entity.ports.state_list(at, ports.len());
            for (port, place) in ports {
                entity.ports.state(Spanned::new(port.into(), place));
            }
        }
        let conduit = conduit.finish(&["inspectionKey", "status"]);
        self.lowering.declarations().conduits.push(conduit);
    }

    /// What a workload is given when it starts: the keys in it are keys that it uses, and what it says of
    /// core dumps holds.
    pub fn starts_with(&mut self, resource: &Resource, workload: &mut Workload) {
        let mut found = Vec::new();
        for attribute in START {
            if let Some(value) = resource.get(attribute) {
                referred(&value, &mut found);
            }
        }
        let keys: Vec<_> = found
            .iter()
            .filter_map(|(of, value)| {
                let key = self.entities.get(of)?.strip_prefix("keys/")?;
                Some((key.to_owned(), value.clone()))
            })
            .collect();
        if !keys.is_empty() {
            workload.uses.state_list(resource.at, keys.len());
            for (key, value) in keys {
                let place = self.place(&value);
                workload.uses.state(Spanned::new(To::named(key), place));
            }
        }
        let stores = found.iter().filter_map(|(of, value)| {
            let store = self.entities.get(of)?.strip_prefix("stores/")?;
            Some((store.to_owned(), value.clone()))
        });
        let store = stores.into_iter().next();
        for attribute in SCRIPTS {
            if let Some(script) = resource.get(attribute) {
                self.dumps(resource, workload, &script, store.as_ref());
            }
        }
    }

    /// What a script that runs first says of core dumps: `kernel.core_pattern`, core(5). Where it hands
    /// them to a program, they go to the store that the script names.
    fn dumps(
        &mut self,
        resource: &Resource,
        workload: &mut Workload,
        script: &Value,
        store: Option<&(String, Value)>,
    ) {
        let text = script.shown();
        let Some((_, pattern)) = text.split_once("core_pattern") else {
            return;
        };
        let line = pattern.lines().next().unwrap_or_default();
        let is_off = line.contains("/bin/false") || line.contains("/dev/null");
        let place = self.place(script);
        let mode = if is_off {
            DumpMode::Off
        } else {
            DumpMode::Full
        };
        workload.dump.state(Spanned::new(mode, place));
        if is_off {
            return;
        }
        let mut dump: Import<Artifact> =
            self.part(resource, format!("{} core dump", resource.id), resource.at);
        let entity = &mut dump.entity;
        let kind = Spanned::new(ArtifactKind::CoreDump, place);
        entity.kind.state(kind);
        let from = To::named(format!("workloads/{}", resource.id));
        entity.from.state(Spanned::new(from, resource.at));
        if let Some((store, value)) = store {
            let place = self.place(value);
            let at = To::named(store.as_str());
            entity.at.state(Spanned::new(at, place));
            let id = entity.id.value.to_string();
            self.kept.entry(store.clone()).or_default().push(id);
        }
        let dump = dump.finish(&["at", "contains", "level", "builtFrom"]);
        self.lowering.declarations().artifacts.push(dump);
    }

    /// Says that what a store holds is published: whoever made it a website meant everyone to read it.
    pub fn published(&mut self, resource: &Resource, store: &mut Store, at: Span) {
        let id = format!("{} website", resource.id);
        let mut data: Import<Data> = self.part(resource, id.clone(), at);
        data.entity.level.state(Spanned::new(Level::Public, at));
        data.entity.categories.state_list(at, 0);
        self.lowering
            .declarations()
            .data
            .push(data.finish(&["authenticates"]));
        store.holds.state_list(at, 1);
        store.holds.state(Spanned::new(To::named(id), at));
    }

    /// States that a field depends on a value that is not known.
    pub fn unknown<F: Field>(&mut self, field: &mut F, value: &Value) {
        let at = self.place(value);
        let cause = match &value.data {
            super::eval::Data::Unknown(unknown) => cause(unknown.cause),
            _ => Some(Cause::NotEvaluated),
        };
        match cause {
            Some(cause) => field.state_unresolved(at, cause),
            None => field.state_broken(at),
        }
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
