//! Small random systems in which things move.

use std::fmt::Write as _;

/// Numbers that decide, in order, what is made; fewer and smaller ones make simpler things.
pub struct Choices<'a> {
    rest: &'a [u16],
}

impl<'a> Choices<'a> {
    pub fn new(rest: &'a [u16]) -> Self {
        Self { rest }
    }

    pub fn below(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        usize::from(*first) % count.max(1)
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    /// Some of so many: each is among them unless a number of `one_in` falls out.
    fn some(&mut self, of: usize, one_in: usize) -> Vec<usize> {
        (0..of).filter(|_| self.one_in(one_in)).collect()
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, last - self.below(last + 1));
        }
    }
}

pub const LEVELS: [&str; 5] = ["public", "internal", "confidential", "restricted", "secret"];
pub const CATEGORIES: [&str; 7] = [
    "key-material",
    "credential",
    "personal",
    "payment",
    "health",
    "customer-content",
    "telemetry",
];
pub const KEY_MATERIAL: u8 = 1;
pub const EVERYTHING: u8 = 0x7f;
pub const STEPS: [&str; 6] = [
    "scrub",
    "redact",
    "tokenise",
    "encrypt",
    "scan",
    "quarantine",
];
pub const ASSURANCES: [&str; 4] = ["none", "claimed", "tested", "attested"];
pub const APPROVALS: [&str; 3] = ["none", "single", "dual"];
const BOOLS: [&str; 2] = ["false", "true"];
pub const STATUSES: [&str; 2] = ["asserted", "forbidden"];
pub const INTERNETS: [&str; 4] = ["none", "egress", "ingress", "both"];
const INSPECTIONS: [&str; 4] = ["none", "l4", "l7", "proxy"];
pub const CONDUITS: [&str; 3] = ["data", "admin", "peering"];
pub const DUMPS: [&str; 5] = ["off", "stack", "mini", "heap", "full"];
/// Those in which a store computes with its keys come first.
pub const CUSTODIES: [&str; 4] = ["hsm", "kms", "file", "software-vault"];
pub const KEY_KINDS: [&str; 3] = ["private", "symmetric", "public"];
pub const PURPOSES: [&str; 4] = ["token-signing", "encryption", "tls", "wrapping"];
pub const ARTIFACTS: [&str; 8] = [
    "crash-dump",
    "core-dump",
    "heap-dump",
    "trace",
    "log",
    "backup",
    "snapshot",
    "support-bundle",
];
pub const IDENTITIES: [&str; 4] = ["human", "service", "group", "everyone"];
pub const ACTIONS: [&str; 7] = [
    "read",
    "write",
    "decrypt",
    "sign",
    "export",
    "administer",
    "execute",
];

/// How a document states a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Value,
    /// `unknown`.
    Word,
    Nothing,
}

/// A value of an enumeration, by position.
#[derive(Debug, Clone, Copy)]
pub struct Val {
    pub value: usize,
    pub names: &'static [&'static str],
    pub said: Said,
    /// Whether the reader of the document knows it.
    pub known: bool,
    /// What it may be if it is not known; where it has no names, the number of its values.
    pub count: usize,
    /// Whether it may be left out, and is unknown then.
    omissible: bool,
}

impl Val {
    fn of(names: &'static [&'static str], value: usize) -> Self {
        Self {
            value,
            names,
            said: Said::Value,
            known: true,
            count: names.len(),
            omissible: true,
        }
    }

    /// One that is left out where it has its first value.
    fn optional(names: &'static [&'static str], value: usize) -> Self {
        Self {
            said: if value == 0 {
                Said::Nothing
            } else {
                Said::Value
            },
            omissible: false,
            ..Self::of(names, value)
        }
    }

    pub fn is(&self, name: &str) -> bool {
        self.names[self.value] == name
    }

    /// As an attribute of an entity: `, name: value`, or nothing.
    fn attribute(&self, name: &str) -> String {
        match self.said {
            Said::Value => format!(", {name}: {}", self.names[self.value]),
            Said::Word => format!(", {name}: unknown"),
            Said::Nothing => String::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Zone(usize),
    Store(usize),
    Workload(usize),
    KeyStore(usize),
    Environment(usize),
    /// Only as what an artifact is taken from, and what a grant is on.
    Key(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    Artifact(usize),
    Data(usize),
    Key(usize),
}

#[derive(Debug, Clone)]
pub struct Zone {
    pub parent: Option<usize>,
    pub clearance: Val,
    pub internet: Val,
}

#[derive(Debug, Clone)]
pub struct Store {
    pub zone: usize,
    pub immutable: Val,
    pub holds: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Workload {
    pub zone: usize,
    pub dump: Val,
    pub hibernation: Val,
    pub uses: Vec<usize>,
    pub processes: Vec<usize>,
    pub runs_on: Option<usize>,
    pub runs_as: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct KeyStore {
    pub zone: usize,
    pub custody: Val,
}

#[derive(Debug, Clone)]
pub struct Key {
    pub store: usize,
    pub replicas: Vec<usize>,
    pub kind: Val,
    pub exportable: Val,
    pub level: Val,
    pub purposes: Vec<usize>,
    pub authenticates: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Data {
    pub level: Val,
    /// A mask.
    pub categories: u8,
    pub authenticates: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Artifact {
    pub kind: Val,
    pub from: Place,
    pub at: Option<usize>,
    pub contains: Vec<usize>,
    pub level: Val,
    /// Whether it shows memory although the workload is said to write no dumps.
    pub against: Val,
}

#[derive(Debug, Clone)]
pub struct Environment {
    pub zone: usize,
    pub attaches: Vec<usize>,
    pub reads: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Step {
    pub kind: usize,
    /// A mask.
    pub removes: u8,
    pub closed: Val,
    pub assurance: Val,
    pub runs_in: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct Transfer {
    pub from: Place,
    pub to: Place,
    /// A mask over all things; may be left out.
    pub carries: Val,
    pub steps: Vec<Step>,
    pub encrypted: Val,
    pub approval: Val,
    pub status: Val,
}

#[derive(Debug, Clone)]
pub struct Identity {
    pub kind: usize,
    pub groups: Vec<usize>,
    pub assumes: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Grant {
    pub identity: usize,
    pub on: Place,
    /// The identity that it is on in the place of that.
    pub acting: Option<usize>,
    /// A mask.
    pub actions: u8,
    /// Whether it need not be asked for.
    pub standing: bool,
}

#[derive(Debug, Clone)]
pub struct Conduit {
    pub from: usize,
    pub to: usize,
    pub one_way: Val,
    pub inspection: Val,
    pub kind: Val,
    pub status: Val,
}

/// A system. The last zone is the internet, which no document declares.
#[derive(Debug, Clone)]
pub struct World {
    pub zones: Vec<Zone>,
    pub stores: Vec<Store>,
    pub workloads: Vec<Workload>,
    pub key_stores: Vec<KeyStore>,
    pub keys: Vec<Key>,
    pub data: Vec<Data>,
    pub artifacts: Vec<Artifact>,
    pub environments: Vec<Environment>,
    pub transfers: Vec<Transfer>,
    pub identities: Vec<Identity>,
    pub grants: Vec<Grant>,
    pub conduits: Vec<Conduit>,
}

fn mask(of: &[usize]) -> u8 {
    of.iter().fold(0, |all, at| all | 1 << at)
}

pub fn named<'n>(names: &'n [&'n str], mask: u8) -> impl Iterator<Item = &'n str> {
    let named = names.iter().enumerate();
    named
        .filter(move |(at, _)| mask & 1 << at != 0)
        .map(|(_, name)| *name)
}

/// How large a world may be.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub transfers: usize,
    pub steps: usize,
}

impl World {
    pub fn make(size: Size, of: &mut Choices<'_>) -> Self {
        let mut world = Self::places(of);
        world.things(of);
        let ends = world.ends();
        for _ in 0..1 + of.below(size.transfers) {
            let transfer = world.transfer(&ends, size.steps, of);
            world.transfers.push(transfer);
        }
        world.people(of);
        for _ in 0..of.below(5) {
            let conduit = world.conduit(of);
            world.conduits.push(conduit);
        }
        world.settle();
        world
    }

    fn places(of: &mut Choices<'_>) -> Self {
        let count = 2 + of.below(3);
        let zones = (0..count).map(|at| {
            let parent = (at > 0 && of.one_in(3)).then(|| of.below(at));
            let mut zone = Zone {
                parent,
                clearance: Val::of(&LEVELS, of.below(5)),
                internet: Val::of(&INTERNETS, [0, 1, 3, 2, 0, 0][of.below(6)]),
            };
            for value in [&mut zone.clearance, &mut zone.internet] {
                if parent.is_some() && of.one_in(2) {
                    value.said = Said::Nothing;
                }
            }
            zone
        });
        let mut zones: Vec<_> = zones.collect();
        zones.push(Zone {
            parent: None,
            clearance: Val::of(&LEVELS, 0),
            internet: Val::of(&INTERNETS, 3),
        });
        let zone = |of: &mut Choices<'_>| of.below(count);
        Self {
            stores: (0..1 + of.below(3))
                .map(|at| Store {
                    zone: zone(of),
                    // Numbers decide what is there; this is so of every other one.
                    immutable: Val::of(&BOOLS, at % 2),
                    holds: Vec::new(),
                })
                .collect(),
            workloads: (0..of.below(3))
                .map(|at| Workload {
                    zone: zone(of),
                    dump: Val::of(&DUMPS, [4, 3, 1, 2, 0][of.below(5)]),
                    hibernation: Val::of(&BOOLS, of.below(2)),
                    uses: Vec::new(),
                    processes: Vec::new(),
                    runs_on: (at > 0 && of.one_in(4)).then_some(0),
                    runs_as: None,
                })
                .collect(),
            key_stores: (0..of.below(3))
                .map(|_| KeyStore {
                    zone: zone(of),
                    custody: Val::of(&CUSTODIES, of.below(4)),
                })
                .collect(),
            environments: (0..of.below(2))
                .map(|_| Environment {
                    zone: zone(of),
                    attaches: Vec::new(),
                    reads: Vec::new(),
                })
                .collect(),
            zones,
            keys: Vec::new(),
            data: Vec::new(),
            artifacts: Vec::new(),
            transfers: Vec::new(),
            identities: Vec::new(),
            grants: Vec::new(),
            conduits: Vec::new(),
        }
    }

    fn things(&mut self, of: &mut Choices<'_>) {
        for _ in 0..of.below(3) {
            let categories = if of.one_in(5) {
                Vec::new()
            } else {
                let mut some = of.some(4, 3);
                some.push(of.below(5));
                some
            };
            self.data.push(Data {
                level: Val::of(&LEVELS, of.below(5)),
                categories: mask(&categories),
                authenticates: Vec::new(),
            });
        }
        let stores = self.key_stores.len();
        for _ in 0..if stores == 0 { 0 } else { of.below(3) } {
            self.keys.push(Key {
                store: of.below(stores),
                replicas: of.some(stores, 3),
                kind: Val::of(&KEY_KINDS, [0, 0, 1, 2][of.below(4)]),
                exportable: Val::of(&BOOLS, of.below(2)),
                level: Val::of(&LEVELS, of.below(5)),
                purposes: of.some(4, 2),
                authenticates: Vec::new(),
            });
        }
        let (keys, data) = (self.keys.len(), self.data.len());
        for store in &mut self.stores {
            store.holds = of.some(data, 2);
        }
        for workload in &mut self.workloads {
            workload.uses = of.some(keys, 2);
            workload.processes = of.some(data, 2);
        }
        for environment in &mut self.environments {
            environment.attaches = of.some(self.workloads.len(), 2);
            environment.reads = of.some(self.stores.len(), 2);
        }
        let mut sources = self.ends();
        sources.retain(|place| !matches!(place, Place::Zone(_)));
        sources.extend((0..keys).map(Place::Key));
        for _ in 0..of.below(3) {
            self.artifacts.push(Artifact {
                kind: Val::of(&ARTIFACTS, [0, 5, 2, 6, 7, 5, 4, 1, 3][of.below(9)]),
                from: sources[of.below(sources.len())],
                at: of.one_in(3).then(|| of.below(self.stores.len())),
                contains: of.some(data, 3),
                level: Val::optional(&LEVELS, if of.one_in(3) { of.below(5) } else { 0 }),
                against: Val {
                    said: Said::Nothing,
                    omissible: false,
                    ..Val::of(&BOOLS, 0)
                },
            });
        }
    }

    /// Where transfers may begin and end.
    fn ends(&self) -> Vec<Place> {
        let stores = (0..self.stores.len()).map(Place::Store);
        let workloads = (0..self.workloads.len()).map(Place::Workload);
        let environments = (0..self.environments.len()).map(Place::Environment);
        let key_stores = (0..self.key_stores.len()).map(Place::KeyStore);
        let zones = (0..self.zones.len() - 1).map(Place::Zone);
        let places = stores.chain(workloads).chain(environments);
        places.chain(key_stores).chain(zones).collect()
    }

    fn transfer(&self, ends: &[Place], steps: usize, of: &mut Choices<'_>) -> Transfer {
        let things = self.all_things().len();
        let steps = of.below(steps + 1);
        Transfer {
            from: ends[of.below(ends.len())],
            to: ends[of.below(ends.len())],
            carries: Val {
                names: &[],
                count: 1 << things,
                ..Val::of(
                    &[],
                    (0..things)
                        .filter(|_| !of.one_in(4))
                        .fold(0, |all, at| all | 1 << at),
                )
            },
            steps: (0..steps)
                .map(|_| Step {
                    kind: [0, 1, 2, 3, 0, 4][of.below(6)],
                    removes: match of.one_in(4) {
                        true => EVERYTHING,
                        false => mask(&of.some(5, 2)),
                    },
                    closed: Val::of(&BOOLS, usize::from(!of.one_in(4))),
                    assurance: Val::of(&ASSURANCES, of.below(4)),
                    runs_in: of.one_in(4).then(|| of.below(self.zones.len() - 1)),
                })
                .collect(),
            encrypted: Val::of(&BOOLS, of.below(2)),
            approval: Val::of(&APPROVALS, of.below(3)),
            status: Val::optional(&STATUSES, usize::from(of.one_in(6))),
        }
    }

    /// Adds one without steps, of which all is known.
    pub fn add_transfer(&mut self, of: &mut Choices<'_>) {
        let transfer = self.transfer(&self.ends(), 0, of);
        self.transfers.push(transfer);
    }

    /// The same without these transfers and, counted on from them, debug environments: their numbers
    /// stay free.
    pub fn without(&self, lanes: &[usize]) -> Self {
        let mut world = self.clone();
        for at in lanes {
            if let Some(environment) = at.checked_sub(self.transfers.len()) {
                let environment = &mut world.environments[environment];
                environment.attaches.clear();
                environment.reads.clear();
                continue;
            }
            let status = Val::optional(&STATUSES, 0);
            let carries = Val {
                value: 0,
                ..world.transfers[*at].carries
            };
            world.transfers[*at] = Transfer {
                status,
                carries,
                ..world.transfers[*at].clone()
            };
        }
        world
    }

    fn people(&mut self, of: &mut Choices<'_>) {
        for at in 0..1 + of.below(3) {
            self.identities.push(Identity {
                kind: [0, 2, 1, 3, 0, 0][of.below(6)],
                groups: of.some(at, 2),
                assumes: Vec::new(),
            });
        }
        let count = self.identities.len();
        // In cycles, too: but nobody acts as itself.
        for at in 0..count {
            let mut assumes = of.some(count, 3);
            assumes.retain(|other| *other != at);
            self.identities[at].assumes = assumes;
        }
        for workload in &mut self.workloads {
            workload.runs_as = of.one_in(2).then(|| of.below(count));
        }
        for key in &mut self.keys {
            key.authenticates = of.some(count, 4);
        }
        for data in &mut self.data {
            data.authenticates = of.some(count, 5);
        }
        let mut on = self.ends();
        on.extend((0..self.keys.len()).map(Place::Key));
        for _ in 0..of.below(4) {
            let mut grant = Grant {
                identity: of.below(count),
                on: on[of.below(on.len())],
                acting: of.one_in(5).then(|| of.below(count)),
                actions: mask(&of.some(7, 3)),
                standing: false,
            };
            // As good as any choice, and no choice: worlds that once were wrong stay what they were.
            grant.standing = !(usize::from(grant.actions) + grant.identity).is_multiple_of(3);
            self.grants.push(grant);
        }
    }

    fn conduit(&self, of: &mut Choices<'_>) -> Conduit {
        let from = of.below(self.zones.len());
        // A zone is not joined to itself.
        let to = (from + 1 + of.below(self.zones.len() - 1)) % self.zones.len();
        Conduit {
            from,
            to,
            one_way: Val::of(&BOOLS, of.below(2)),
            inspection: Val::of(&INSPECTIONS, of.below(4)),
            kind: Val::of(&CONDUITS, [2, 0, 2, 1][of.below(4)]),
            status: Val::optional(&STATUSES, usize::from(of.one_in(5))),
        }
    }

    pub fn all_things(&self) -> Vec<Thing> {
        let artifacts = (0..self.artifacts.len()).map(Thing::Artifact);
        let data = (0..self.data.len()).map(Thing::Data);
        let keys = (0..self.keys.len()).map(Thing::Key);
        artifacts.chain(data).chain(keys).collect()
    }

    /// Shows every value to `visit`.
    fn visit(&mut self, visit: &mut dyn FnMut(&mut Val)) {
        let declared = self.zones.len() - 1;
        for zone in &mut self.zones[..declared] {
            visit(&mut zone.clearance);
            visit(&mut zone.internet);
        }
        for store in &mut self.stores {
            visit(&mut store.immutable);
        }
        for workload in &mut self.workloads {
            visit(&mut workload.dump);
            visit(&mut workload.hibernation);
        }
        for store in &mut self.key_stores {
            visit(&mut store.custody);
        }
        for key in &mut self.keys {
            visit(&mut key.kind);
            visit(&mut key.exportable);
            visit(&mut key.level);
        }
        for data in &mut self.data {
            visit(&mut data.level);
        }
        for artifact in &mut self.artifacts {
            visit(&mut artifact.kind);
            visit(&mut artifact.level);
            visit(&mut artifact.against);
        }
        for transfer in &mut self.transfers {
            for step in &mut transfer.steps {
                visit(&mut step.closed);
                visit(&mut step.assurance);
            }
            visit(&mut transfer.carries);
            visit(&mut transfer.encrypted);
            visit(&mut transfer.approval);
            visit(&mut transfer.status);
        }
        for conduit in &mut self.conduits {
            visit(&mut conduit.one_way);
            visit(&mut conduit.inspection);
            visit(&mut conduit.kind);
            visit(&mut conduit.status);
        }
    }

    /// Makes some values unknown, as long as there are at most so many completions.
    pub fn forget(&mut self, most: usize, of: &mut Choices<'_>) {
        for _ in 0..of.below(7) {
            let before = self.clone();
            let mut count = 0;
            self.visit(&mut |_| count += 1);
            let (mut at, word) = (of.below(count), of.one_in(2));
            self.visit(&mut |value| {
                if at == 0 {
                    value.said = match value.names {
                        // A relation is stated, or left out.
                        [] => Said::Nothing,
                        _ if value.omissible && word => Said::Nothing,
                        _ => Said::Word,
                    };
                }
                at = at.wrapping_sub(1);
            });
            self.settle();
            if self.completions() > most {
                *self = before;
            }
        }
    }

    /// How many systems a document may describe.
    fn completions(&mut self) -> usize {
        let mut product: usize = 1;
        self.visit(&mut |value| {
            if !value.known {
                product = product.saturating_mul(value.count);
            }
        });
        product
    }

    /// Every system that the document may describe.
    pub fn completed(&self) -> Vec<World> {
        let mut world = self.clone();
        (0..world.completions())
            .map(|at| {
                let mut rest = at;
                world.visit(&mut |value| {
                    if !value.known {
                        value.value = rest % value.count;
                        rest /= value.count;
                    }
                });
                world.clone()
            })
            .collect()
    }

    /// Finds out what is known, once something was left out.
    fn settle(&mut self) {
        self.visit(&mut |value| {
            value.known = match value.said {
                Said::Value => true,
                Said::Word => false,
                Said::Nothing => !value.omissible,
            };
        });
        for at in 0..self.zones.len() - 1 {
            // What no zone around says either is this one's own unknown.
            let around: Vec<_> = self
                .around(at)
                .into_iter()
                .filter(|zone| *zone != at)
                .collect();
            let says = |of: fn(&Zone) -> Val| {
                let stated = |zone: usize| of(&self.zones[zone]).said != Said::Nothing;
                !stated(at) && around.iter().any(|zone| stated(*zone))
            };
            let (inherits, silent) = (says(|zone| zone.clearance), says(|zone| zone.internet));
            self.zones[at].clearance.known |= inherits;
            self.zones[at].internet.known |= silent;
        }
        for at in 0..self.artifacts.len() {
            let Artifact { kind, from, .. } = self.artifacts[at];
            let dumps = ["crash-dump", "core-dump", "support-bundle"];
            let shows = !kind.known || dumps.iter().any(|dump| kind.is(dump));
            let against = match from {
                Place::Workload(from) => {
                    let dump = self.workloads[from].dump;
                    shows && (!dump.known || dump.is("off"))
                }
                _ => false,
            };
            self.artifacts[at].against.known = !against;
        }
        for transfer in &mut self.transfers {
            // What must not be there carries whatever there is.
            let forbidden = transfer.status.known && transfer.status.is("forbidden");
            transfer.carries.known |= forbidden;
        }
    }

    /// Whether a zone leaves the internet to the zone around it.
    /// What holds of the internet for a zone: what it says, or one around it.
    pub fn internet_of(&self, zone: usize) -> &Val {
        let around = self.around(zone).into_iter();
        let mut says = around.filter(|zone| self.zones[*zone].internet.said != Said::Nothing);
        &self.zones[says.next().unwrap_or(zone)].internet
    }

    /// A zone and those around it, the nearest first.
    pub fn around(&self, zone: usize) -> Vec<usize> {
        std::iter::successors(Some(zone), |zone| self.zones[*zone].parent).collect()
    }

    pub fn zone_id(&self, zone: usize) -> String {
        if zone + 1 == self.zones.len() {
            "internet".to_owned()
        } else {
            format!("z{zone}")
        }
    }

    /// What a grant is on.
    pub fn target_id(&self, grant: &Grant) -> String {
        let acting = grant.acting.map(|at| format!("i{at}"));
        acting.unwrap_or_else(|| self.place_id(grant.on))
    }

    pub fn place_id(&self, place: Place) -> String {
        match place {
            Place::Zone(at) => self.zone_id(at),
            Place::Store(at) => format!("s{at}"),
            Place::Workload(at) => format!("w{at}"),
            Place::KeyStore(at) => format!("v{at}"),
            Place::Environment(at) => format!("e{at}"),
            Place::Key(at) => format!("k{at}"),
        }
    }

    /// As a document, or as several: the lines of each section in any order.
    pub fn document(&self, order: &mut Choices<'_>) -> String {
        let mut sections = self.sections();
        order.shuffle(&mut sections);
        let mut yaml = "palisade: v1\n".to_owned();
        for (section, mut lines) in sections {
            order.shuffle(&mut lines);
            if !lines.is_empty() {
                let _ = writeln!(yaml, "{section}:\n  {}", lines.join("\n  "));
            }
        }
        yaml
    }

    fn sections(&self) -> Vec<(&'static str, Vec<String>)> {
        let zone = |at: usize| self.zone_id(at);
        let list = |name: &str, prefix: &str, of: &[usize]| {
            let ids: Vec<_> = of.iter().map(|at| format!("{prefix}{at}")).collect();
            format!(", {name}: [{}]", ids.join(", "))
        };
        let option = |name: &str, id: Option<String>| {
            id.map_or(String::new(), |id| format!(", {name}: {id}"))
        };
        let number = |prefix: &'static str| move |at: usize| format!("{prefix}{at}");
        let zones = self.zones[..self.zones.len() - 1].iter().enumerate();
        let zones = zones.map(|(at, it)| {
            let parent = option("parent", it.parent.map(number("z")));
            let values = [
                it.clearance.attribute("clearance"),
                it.internet.attribute("internet"),
            ];
            format!("z{at}: {{ kind: network{parent}{} }}", values.concat())
        });
        let stores = self.stores.iter().enumerate().map(|(at, it)| {
            let holds = list("holds", "d", &it.holds);
            let immutable = it.immutable.attribute("immutable");
            format!("s{at}: {{ zone: {}{holds}{immutable} }}", zone(it.zone))
        });
        let workloads = self.workloads.iter().enumerate().map(|(at, it)| {
            let parts = [
                it.dump.attribute("dump"),
                it.hibernation.attribute("hibernation"),
                list("uses", "k", &it.uses),
                list("processes", "d", &it.processes),
                option("runsOn", it.runs_on.map(number("w"))),
                option("runsAs", it.runs_as.map(number("i"))),
            ];
            format!("w{at}: {{ zone: {}{} }}", zone(it.zone), parts.concat())
        });
        let key_stores = self.key_stores.iter().enumerate().map(|(at, it)| {
            let custody = it.custody.attribute("custody");
            format!("v{at}: {{ zone: {}{custody} }}", zone(it.zone))
        });
        let keys = self.keys.iter().enumerate().map(|(at, it)| {
            let purposes = it.purposes.iter().fold(0, |all, at| all | 1 << at);
            let purposes: Vec<_> = named(&PURPOSES, purposes).collect();
            let parts = [
                list("replicas", "v", &it.replicas),
                it.kind.attribute("kind"),
                it.exportable.attribute("exportable"),
                it.level.attribute("level"),
                format!(", purposes: [{}]", purposes.join(", ")),
                list("authenticates", "i", &it.authenticates),
            ];
            format!("k{at}: {{ store: v{}{} }}", it.store, parts.concat())
        });
        let data = self.data.iter().enumerate().map(|(at, it)| {
            let categories: Vec<_> = named(&CATEGORIES, it.categories).collect();
            let level = it.level.attribute("level");
            let authenticates = list("authenticates", "i", &it.authenticates);
            format!(
                "d{at}: {{ categories: [{}]{level}{authenticates} }}",
                categories.join(", ")
            )
        });
        let artifacts = self.artifacts.iter().enumerate().map(|(at, it)| {
            let parts = [
                it.kind.attribute("kind"),
                option("at", it.at.map(number("s"))),
                list("contains", "d", &it.contains),
                it.level.attribute("level"),
            ];
            format!(
                "a{at}: {{ from: {}{} }}",
                self.place_id(it.from),
                parts.concat()
            )
        });
        let environments = self.environments.iter().enumerate().map(|(at, it)| {
            let attaches = list("attaches", "w", &it.attaches);
            let reads = list("reads", "s", &it.reads);
            format!("e{at}: {{ zone: {}{attaches}{reads} }}", zone(it.zone))
        });
        let transfers = self.transfers.iter().enumerate();
        let transfers = transfers.map(|(at, it)| format!("t{at}: {}", self.transfer_text(it)));
        let identities = self.identities.iter().enumerate().map(|(at, it)| {
            let groups = list("memberOf", "i", &it.groups);
            let assumes = list("assumes", "i", &it.assumes);
            let kind = IDENTITIES[it.kind];
            format!("i{at}: {{ zone: z0, kind: {kind}{groups}{assumes} }}")
        });
        let grants = self.grants.iter().enumerate().map(|(at, it)| {
            let actions: Vec<_> = named(&ACTIONS, it.actions).collect();
            let on = self.target_id(it);
            let actions = actions.join(", ");
            format!(
                "g{at}: {{ identity: i{}, on: {on}, actions: [{actions}], standing: {} }}",
                it.identity, it.standing
            )
        });
        let conduits = self.conduits.iter().enumerate().map(|(at, it)| {
            let parts = [
                it.one_way.attribute("oneWay"),
                it.inspection.attribute("inspection"),
                it.kind.attribute("kind"),
                it.status.attribute("status"),
            ];
            let (from, to) = (zone(it.from), zone(it.to));
            format!("c{at}: {{ from: {from}, to: {to}{} }}", parts.concat())
        });
        vec![
            ("zones", zones.collect()),
            ("stores", stores.collect()),
            ("workloads", workloads.collect()),
            ("keyStores", key_stores.collect()),
            ("keys", keys.collect()),
            ("data", data.collect()),
            ("artifacts", artifacts.collect()),
            ("debugEnvironments", environments.collect()),
            ("transfers", transfers.collect()),
            ("identities", identities.collect()),
            ("grants", grants.collect()),
            ("conduits", conduits.collect()),
        ]
    }

    fn transfer_text(&self, it: &Transfer) -> String {
        let mut text = format!(
            "{{ from: {}, to: {}",
            self.place_id(it.from),
            self.place_id(it.to)
        );
        if it.carries.said == Said::Value {
            let things = self.all_things().into_iter().enumerate();
            let carried = things.filter(|(at, _)| it.carries.value & 1 << at != 0);
            let carried: Vec<_> = carried.map(|(_, thing)| thing.id()).collect();
            let _ = write!(text, ", carries: [{}]", carried.join(", "));
        }
        let steps = self.step_texts(it);
        if !steps.is_empty() {
            let _ = write!(text, ", steps: [{}]", steps.join(", "));
        }
        for (name, value) in [
            ("encrypted", &it.encrypted),
            ("approval", &it.approval),
            ("status", &it.status),
        ] {
            text.push_str(&value.attribute(name));
        }
        text + " }"
    }

    /// The steps of a transfer as a document says them.
    pub fn step_texts(&self, it: &Transfer) -> Vec<String> {
        let steps = it.steps.iter().map(|step| {
            let removes: Vec<_> = named(&CATEGORIES, step.removes).collect();
            let (kind, removes) = (STEPS[step.kind], removes.join(", "));
            let mut text = format!("{{ kind: {kind}, removes: [{removes}]");
            for (name, value) in [("failClosed", &step.closed), ("assurance", &step.assurance)] {
                // Of a step, what is unknown is left out.
                if value.said == Said::Value {
                    text.push_str(&value.attribute(name));
                }
            }
            if let Some(zone) = step.runs_in {
                let _ = write!(text, ", runsIn: z{zone}");
            }
            text + " }"
        });
        steps.collect()
    }
}

impl Thing {
    pub fn id(self) -> String {
        match self {
            Self::Artifact(at) => format!("a{at}"),
            Self::Data(at) => format!("d{at}"),
            Self::Key(at) => format!("k{at}"),
        }
    }
}
