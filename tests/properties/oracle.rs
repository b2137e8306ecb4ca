//! The meaning of a check, computed naively: all entities, all attributes, every completion.
//!
//! Nothing here is shared with the engine but the lists of the vocabulary. Where things end up is
//! left to the tests of flow: no policy here reads it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression, Schema,
};
use palisade::model::{Action, AttributeDef, Kind, Omission, Type};

use crate::policies::is_elsewhere;
use crate::world::{Slot, Val, World, field};

/// The day of every check: 2026-01-01.
pub const NOW: i64 = 1_767_225_600_000;
pub const DOCUMENT: &str = "all.yaml";

/// A question, by what identifies its findings: principal, resource, and what makes the fact.
pub type Subject = (String, Option<String>, Option<String>);

struct Asked {
    action: Action,
    principal: usize,
    /// None: the document.
    resource: Option<usize>,
    /// What the context holds: a conduit, a grant, a log.
    via: Option<usize>,
}

/// How the completions of a request came out under a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub denied: usize,
    pub passed: usize,
    /// Whether what was tried is all that there is.
    pub exact: bool,
}

/// A world in which everything is known.
pub struct Completed<'w> {
    world: &'w World,
    given: HashMap<(usize, &'static str), Val>,
}

/// The lists whose elements are the resources of requests.
const LISTS: [(Action, Kind, &str); 7] = [
    (Action::Reside, Kind::Key, "replicas"),
    (Action::Use, Kind::Workload, "uses"),
    (Action::Attach, Kind::DebugEnvironment, "attaches"),
    (Action::Trust, Kind::Verifier, "trusts"),
    (Action::Issue, Kind::Issuer, "signsWith"),
    (Action::Access, Kind::Identity, "memberOf"),
    (Action::Contain, Kind::Artifact, "contains"),
];

/// The resource of a finding about what is not listed.
pub const UNLISTED: &str = "unknown";

/// What each rule says of each request, over every completion.
#[derive(Default)]
pub struct Tallies {
    pub all: BTreeMap<(String, Subject), Tally>,
    /// Of what may be there besides what a list names, whether a rule forbids it in any completion.
    pub unlisted: BTreeMap<(String, Subject), bool>,
}

/// What each rule says of each request, over every completion.
pub fn tallies(world: &World, rules: &PolicySet) -> Tallies {
    let slots = world.slots();
    let requests = requests(world);
    let exact = slots.iter().all(|slot| slot.exact);
    let mut all = Tallies::default();
    let mut at = vec![0; slots.len()];
    // Fitting one completion to the schema is enough: they differ in values, not in types.
    let mut schema = Some(schema());
    loop {
        let completed = Completed::new(world, &slots, &at);
        if completed.is_possible() {
            completed.ask(&requests, rules, schema.take(), exact, &mut all);
        }
        let mut places = at.iter_mut().zip(&slots);
        let stepped = places.any(|(at, slot)| {
            *at = (*at + 1) % slot.domain.len();
            *at != 0
        });
        if !stepped {
            return all;
        }
    }
}

/// Every request.
fn requests(world: &World) -> Vec<Asked> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut ask = |action: Action, principal, resource, via| {
        if seen.insert((action, principal, resource, via)) {
            all.push(Asked {
                action,
                principal,
                resource,
                via,
            });
        }
    };
    let listed = |thing: usize, name: &str| {
        let ids = match world.things[thing].fields.get(name) {
            Some(Val::Many(ids)) => ids.clone(),
            Some(Val::One(id)) => vec![id.clone()],
            _ => Vec::new(),
        };
        let found: Vec<_> = ids.iter().filter_map(|id| world.find(id)).collect();
        found
    };
    let is = |thing: usize, name: &str, value: &str| {
        world.things[thing].fields.get(name) == Some(&Val::One(value.to_owned()))
    };
    let things = 0..world.things.len();
    let of_kind = |kind| {
        things
            .clone()
            .filter(move |at| world.things[*at].kind == kind)
    };
    for (at, thing) in world.things.iter().enumerate() {
        ask(Action::Declare, at, None, None);
        let mut relation = |action, from: usize, name| {
            for to in listed(from, name) {
                ask(action, at, Some(to), None);
            }
        };
        match thing.kind {
            Kind::Key => {
                relation(Action::Reside, at, "store");
                relation(Action::Reside, at, "replicas");
            }
            Kind::Workload => {
                for guest in of_kind(Kind::Workload) {
                    let runs_on = |on: &usize| listed(*on, "runsOn").first().copied();
                    let mut hosts = std::iter::successors(Some(guest), runs_on);
                    if hosts.any(|host| host == at) {
                        relation(Action::Use, guest, "uses");
                    }
                }
            }
            Kind::DebugEnvironment => relation(Action::Attach, at, "attaches"),
            Kind::Verifier => relation(Action::Trust, at, "trusts"),
            Kind::Issuer => relation(Action::Issue, at, "signsWith"),
            Kind::Conduit if !is(at, "status", "forbidden") => {
                let (from, to) = (listed(at, "from")[0], listed(at, "to")[0]);
                ask(Action::Connect, from, Some(to), Some(at));
            }
            Kind::Artifact if is(at, "kind", "log") => {
                let from = listed(at, "from")[0];
                for store in listed(at, "at") {
                    ask(Action::Record, from, Some(store), Some(at));
                }
            }
            Kind::Grant => {
                let (granted, on) = (listed(at, "identity")[0], listed(at, "on")[0]);
                for holder in of_kind(Kind::Identity) {
                    if !is_member(&|at| listed(at, "memberOf"), holder, granted) {
                        continue;
                    }
                    for thing in things.clone() {
                        let kind = world.things[thing].kind;
                        let parent = |at: &usize| world.stated_parent(*at);
                        let mut around = std::iter::successors(Some(thing), parent);
                        let covered = match world.things[on].kind {
                            Kind::Zone => {
                                kind != Kind::Identity && around.any(|around| around == on)
                            }
                            _ => thing == on,
                        };
                        if covered && Action::Access.def().resources.contains(&kind) {
                            ask(Action::Access, holder, Some(thing), Some(at));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    all
}

fn is_member(groups: &dyn Fn(usize) -> Vec<usize>, member: usize, of: usize) -> bool {
    // References lead to what is declared before, so this ends.
    member == of
        || groups(member)
            .into_iter()
            .any(|group| is_member(groups, group, of))
}

/// What each request is about.
pub fn subjects(world: &World) -> HashSet<Subject> {
    let requests = requests(world).into_iter();
    requests.map(|asked| asked.subject(world)).collect()
}

impl Asked {
    fn subject(&self, world: &World) -> Subject {
        let named = |thing: usize| name(world, thing);
        (
            named(self.principal),
            self.resource.map(named),
            self.via.map(named),
        )
    }
}

fn name(world: &World, thing: usize) -> String {
    let thing = &world.things[thing];
    format!("{}::{}", thing.kind, thing.id)
}

pub fn schema() -> &'static Schema {
    static SCHEMA: std::sync::LazyLock<Schema> = std::sync::LazyLock::new(|| {
        let text = palisade::model::cedar_schema();
        Schema::from_cedarschema_str(&text)
            .expect("the schema of the vocabulary")
            .0
    });
    &SCHEMA
}

impl<'w> Completed<'w> {
    fn new(world: &'w World, slots: &[Slot], at: &[usize]) -> Self {
        let given = slots.iter().zip(at);
        let given = given.map(|(slot, at)| ((slot.thing, slot.field), slot.domain[*at].clone()));
        Self {
            world,
            given: given.collect(),
        }
    }

    /// Whether nothing is in itself.
    fn is_possible(&self) -> bool {
        let things = 0..self.world.things.len();
        let ends = |start: usize, next: &dyn Fn(usize) -> Option<usize>| {
            let steps = std::iter::successors(Some(start), |at| next(*at));
            steps.take(self.world.things.len() + 1).count() <= self.world.things.len()
        };
        things.into_iter().all(|at| {
            let member = |at| {
                let groups = self.many(at, "memberOf");
                groups
                    .iter()
                    .filter_map(|group| self.world.find(group))
                    .collect()
            };
            ends(at, &|at| self.target(at, "parent"))
                && ends(at, &|at| self.target(at, "runsOn"))
                && self.ends(at, &member, self.world.things.len())
        })
    }

    fn ends(&self, at: usize, next: &dyn Fn(usize) -> Vec<usize>, within: usize) -> bool {
        within > 0
            && next(at)
                .into_iter()
                .all(|next_at| self.ends(next_at, next, within - 1))
    }

    fn value(&self, thing: usize, name: &'static str) -> Val {
        if let Some(value) = self.given.get(&(thing, name)) {
            return value.clone();
        }
        let (_, _, omission) = field(self.world.things[thing].kind, name);
        match (self.world.things[thing].fields.get(name), omission) {
            (Some(value), _) => value.clone(),
            (None, Omission::Inherited) => {
                let around = self.world.stated_parent(thing);
                self.value(around.expect("else it is unknown"), name)
            }
            (None, Omission::Empty) => Val::Many(Vec::new()),
            (None, _) => Val::Absent,
        }
    }

    fn one(&self, thing: usize, name: &'static str) -> Option<String> {
        match self.value(thing, name) {
            Val::One(value) => Some(value),
            _ => None,
        }
    }

    fn many(&self, thing: usize, name: &'static str) -> Vec<String> {
        match self.value(thing, name) {
            Val::Many(values) => values,
            _ => Vec::new(),
        }
    }

    fn is(&self, thing: usize, name: &'static str, values: &[&str]) -> bool {
        self.one(thing, name)
            .is_some_and(|value| values.contains(&&*value))
    }

    fn target(&self, thing: usize, name: &'static str) -> Option<usize> {
        self.world.find(&self.one(thing, name)?)
    }

    fn parent(&self, thing: usize) -> Option<usize> {
        self.target(
            thing,
            &self.world.things[thing].kind.def().parent?.def().name,
        )
    }

    /// It and what it is in, the nearest first.
    fn around(&self, thing: usize) -> Vec<usize> {
        std::iter::successors(Some(thing), |at| self.parent(*at)).collect()
    }

    fn zone(&self, thing: usize) -> Option<usize> {
        if self.world.things[thing].kind == Kind::Artifact {
            return self.zone(self.target(thing, "from")?);
        }
        let mut around = self.around(thing).into_iter();
        around.find(|at| self.world.things[*at].kind == Kind::Zone)
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = usize> + '_ {
        (0..self.world.things.len()).filter(move |at| self.world.things[*at].kind == kind)
    }

    fn in_memory(&self, key: usize) -> bool {
        let store = self.target(key, "store").expect("every key has a store");
        let computes = ["hsm", "cloud-hsm", "kms", "tpm", "enclave"];
        !self.is(key, "kind", &["public"])
            && !self.states(key, "state", &["destroyed"])
            && (self.is(key, "exportable", &["true"])
                || !self.is(store, "custody", &computes)
                || self
                    .many(key, "replicas")
                    .iter()
                    .any(|copy| match self.world.find(copy) {
                        Some(copy) => !self.is(copy, "custody", &computes),
                        None => copy == "+loaded",
                    }))
    }

    fn workload_loads(&self, workload: usize) -> bool {
        self.of_kind(Kind::Workload).any(|guest| {
            let mut hosts = std::iter::successors(Some(guest), |at| self.target(*at, "runsOn"));
            hosts.any(|host| host == workload)
                && self
                    .many(guest, "uses")
                    .iter()
                    .any(|key| match self.world.find(key) {
                        Some(key) => self.in_memory(key),
                        None => key == "+loaded",
                    })
        })
    }

    fn derived(&self, thing: usize, name: &str) -> RestrictedExpression {
        let truth = match (self.world.things[thing].kind, name) {
            (Kind::KeyStore, "isHardware") => {
                self.is(thing, "custody", &["hsm", "cloud-hsm", "tpm"])
            }
            (Kind::KeyStore, "isPlaintext") => self.is(
                thing,
                "custody",
                &["file", "environment", "source", "state"],
            ),
            (Kind::Artifact, "isDump") => !self.is(thing, "kind", &["log", "backup", "snapshot"]),
            (Kind::Key, "isSigning") => self
                .many(thing, "purposes")
                .iter()
                .any(|purpose| purpose.ends_with("-signing")),
            // Of a key nobody says the state of, the engine takes these for granted.
            (Kind::Key, "exists") => !self.states(thing, "state", &["destroyed"]),
            (Kind::Key, "inUse") => {
                !self.states(thing, "state", &["retired", "compromised", "destroyed"])
            }
            (Kind::Verifier, "acceptsUnsigned") => {
                let algorithms = self.many(thing, "algorithms");
                let unsigned = |name: &String| ["any", "none"].contains(&&*name.to_lowercase());
                algorithms.iter().any(unsigned)
            }
            (Kind::Verifier, "acceptsTokens") => {
                let trusted = self.many(thing, "trusts");
                let may_sign = |key: &String| {
                    let key = self.world.find(key).map(|key| &self.world.things[key]);
                    // What purposes a key has counts as it is written.
                    !matches!(
                        key.and_then(|key| key.fields.get("purposes")),
                        Some(Val::Many(purposes)) if !purposes.iter().any(|it| it == "token-signing")
                    )
                };
                trusted.is_empty() || trusted.iter().any(may_sign)
            }
            (Kind::Zone, "statesClearance") => self.around(thing).iter().any(|zone| {
                matches!(
                    self.world.things[*zone].fields.get("clearance"),
                    Some(Val::One(_))
                )
            }),
            (Kind::Zone, "isKeyZone") => {
                let around = self.around(thing);
                self.of_kind(Kind::Key).any(|key| {
                    let stores = self.target(key, "store").into_iter();
                    let replicas = self.many(key, "replicas");
                    let replicas = replicas.iter().filter_map(|store| self.world.find(store));
                    self.is(key, "level", &["restricted", "secret"])
                        && !self.is(key, "kind", &["public"])
                        && !self.states(key, "state", &["destroyed"])
                        && stores.chain(replicas).any(|store| {
                            let Some(zone) = self.target(store, "zone") else {
                                return false;
                            };
                            let served = self.states(store, "custody", &["kms", "cloud-hsm"])
                                && self.states(key, "exportable", &["false"]);
                            around.contains(&zone)
                                && !self.states(store, "custody", &["source"])
                                && (zone == thing || !served)
                        })
                })
            }
            (Kind::Zone, "loadsKeys") => self.of_kind(Kind::Workload).any(|workload| {
                self.around(workload).contains(&thing) && self.workload_loads(workload)
            }),
            (Kind::Zone, "onKeyHost") => self.around(thing).iter().any(|zone| {
                self.is(*zone, "kind", &["host"])
                    && self.of_kind(Kind::Workload).any(|workload| {
                        self.around(workload).contains(zone) && self.workload_loads(workload)
                    })
            }),
            (Kind::Workload, "loadsKeys") => self.workload_loads(thing),
            (Kind::Workload, "isExposed") => self.is_exposed(thing),
            (Kind::Zone, "isExposed") => self.of_kind(Kind::Workload).any(|workload| {
                self.target(workload, "zone") == Some(thing) && self.is_exposed(workload)
            }),
            (_, "isPersonal") => {
                let all = self.many(thing, "authenticates");
                let mut all = all.iter().filter_map(|id| self.world.find(id));
                all.any(|identity| self.is(identity, "kind", &["human", "admin"]))
            }
            (Kind::Key, "isCompromised") => self.states(thing, "state", &["compromised"]),
            (Kind::Zone, "denyDefault") => {
                let around = self.around(thing);
                let mut conduits = self.of_kind(Kind::Conduit);
                self.is(thing, "isolation", &["restricted", "isolated"])
                    && !conduits.any(|conduit| {
                        let ends = ["from", "to"].map(|end| self.target(conduit, end));
                        ends.iter().flatten().any(|end| around.contains(end))
                            && !self.is(conduit, "status", &["forbidden"])
                            && self.many(conduit, "ports").iter().any(|port| port == "any")
                    })
            }
            (Kind::Grant, "isPrivileged") => {
                let actions = self.many(thing, "actions");
                actions
                    .iter()
                    .any(|action| action != "read" && action != "write")
            }
            (Kind::Key, "servedEnvironments") => {
                let mut all = self.many(thing, "environments");
                all.extend(self.of_kind(Kind::Workload).filter_map(|workload| {
                    let uses = self.many(workload, "uses");
                    let uses = uses.iter().any(|key| self.world.find(key) == Some(thing));
                    let zone = self.zone(workload).filter(|_| uses)?;
                    self.one(zone, "environment")
                }));
                let ty = field(Kind::Zone, "environment").0;
                let all = all.iter().map(|value| self.expression(ty, value));
                return RestrictedExpression::new_set(all);
            }
            (Kind::Transfer, "fromZone" | "toZone") => {
                let end = self.target(thing, if name == "fromZone" { "from" } else { "to" });
                let zone = end
                    .and_then(|end| self.zone(end))
                    .expect("everything is somewhere");
                return RestrictedExpression::new_entity_uid(self.uid(zone));
            }
            (_, "zone" | "origin") => {
                let zone = self.zone(thing).expect("everything is somewhere");
                return RestrictedExpression::new_entity_uid(self.uid(zone));
            }
            (kind, name) => panic!("`{name}` of {kind}: the oracle must learn of it"),
        };
        RestrictedExpression::new_bool(truth)
    }

    /// By what it states, or else by what its zone says of the internet.
    fn is_exposed(&self, workload: usize) -> bool {
        match self.one(workload, "exposure") {
            Some(exposure) => ["internet", "untrusted-code"].contains(&&*exposure),
            None => self
                .target(workload, "zone")
                .is_some_and(|zone| self.is(zone, "internet", &["ingress", "both"])),
        }
    }

    fn states(&self, thing: usize, name: &str, values: &[&str]) -> bool {
        match self.world.things[thing].fields.get(name) {
            Some(Val::One(value)) => values.contains(&value.as_str()),
            _ => false,
        }
    }

    fn uid(&self, thing: usize) -> EntityUid {
        let thing = &self.world.things[thing];
        uid(thing.kind.def().name, &thing.id)
    }

    fn attribute(&self, thing: usize, name: &str) -> Option<RestrictedExpression> {
        let kind = self.world.things[thing].kind;
        let stated = |name: &str| crate::world::fields(kind).find(|field| *field == name);
        if let Some(name) = stated(name) {
            let (ty, _, _) = field(kind, name);
            return match self.value(thing, name) {
                Val::Absent => None,
                Val::One(value) => Some(self.expression(ty, &value)),
                Val::Many(values) => {
                    let values = values.iter().map(|value| self.expression(ty, value));
                    Some(RestrictedExpression::new_set(values))
                }
                Val::Unknown => panic!("`{name}` of {kind} is still unknown"),
            };
        }
        if let Some(of) = name.strip_suffix("Rank").and_then(stated) {
            let Type::Enum(def) = field(kind, of).0 else {
                panic!("`{of}` has no rank")
            };
            let value = self.one(thing, of)?;
            let rank = def
                .variants
                .iter()
                .position(|variant| variant.name == value);
            let rank = rank.expect("a value of the enumeration");
            return Some(RestrictedExpression::new_long(rank as i64));
        }
        if let Some(of) = name.strip_suffix("Count").and_then(stated) {
            let distinct: HashSet<_> = self.many(thing, of).into_iter().collect();
            return Some(RestrictedExpression::new_long(distinct.len() as i64));
        }
        Some(self.derived(thing, name))
    }

    fn expression(&self, ty: Type, value: &str) -> RestrictedExpression {
        match ty {
            Type::Bool => RestrictedExpression::new_bool(value == "true"),
            Type::Text => RestrictedExpression::new_string(value.to_owned()),
            Type::Date => RestrictedExpression::new_datetime(value),
            Type::Enum(def) => RestrictedExpression::new_entity_uid(uid(def.name, value)),
            Type::Entity(kinds) => {
                RestrictedExpression::new_entity_uid(match self.world.find(value) {
                    Some(thing) => self.uid(thing),
                    None => uid(kinds[0].def().name, value),
                })
            }
            Type::Long => RestrictedExpression::new_long(value.parse().expect("a number")),
            Type::Step => panic!("policies see no steps"),
        }
    }

    fn entities(&self, schema: Option<&Schema>) -> Entities {
        let things = 0..self.world.things.len();
        let things = things.map(|at| {
            let thing = &self.world.things[at];
            let attributes = thing.kind.attributes().iter();
            let in_schema =
                attributes.filter(|def| !matches!(def.ty, Type::Entity([_, _, ..]) | Type::Step));
            let attributes = in_schema.filter_map(|def| {
                let value = match is_elsewhere(def) {
                    true => Some(nothing(def)),
                    false => self.attribute(at, &def.name),
                };
                Some((def.name.clone(), value?))
            });
            let labels = thing.labels.iter().map(|(name, value)| {
                let value = RestrictedExpression::new_string((*value).to_owned());
                ((*name).to_owned(), value)
            });
            let groups = self.many(at, "memberOf");
            let groups = groups.iter().filter_map(|group| self.world.find(group));
            let parents = self.parent(at).into_iter().chain(groups);
            let parents = parents.map(|parent| self.uid(parent));
            Entity::new_with_tags(
                self.uid(at),
                attributes,
                parents.collect::<Vec<_>>(),
                labels,
            )
            .expect("an entity")
        });
        let text = |value: &str| RestrictedExpression::new_string(value.to_owned());
        let attributes = [("path", text(DOCUMENT)), ("format", text("yaml"))];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
        let document = Entity::new(uid("Document", DOCUMENT), attributes.into(), HashSet::new());
        let all = things.chain([document.expect("an entity")]);
        Entities::from_entities(all, schema).expect("the entities fit the schema")
    }

    fn ask(
        &self,
        requests: &[Asked],
        rules: &PolicySet,
        schema: Option<&Schema>,
        exact: bool,
        all: &mut Tallies,
    ) {
        let entities = self.entities(schema);
        let forbids = rules.policies();
        let forbids = forbids.filter(|rule| rule.effect() == cedar_policy::Effect::Forbid);
        let forbids: Vec<_> = forbids.map(|rule| rule.id().to_string()).collect();
        for asked in requests {
            let denied = self.denied_by(asked, rules, &entities, schema);
            let subject = asked.subject(self.world);
            for rule in &forbids {
                let key = (rule.clone(), subject.clone());
                let tally = all.all.entry(key).or_insert(Tally {
                    exact,
                    ..Tally::default()
                });
                if denied.contains(rule) {
                    tally.denied += 1;
                } else {
                    tally.passed += 1;
                }
            }
        }
        for (action, kind, list) in LISTS {
            for owner in self.of_kind(kind) {
                if !self.given.contains_key(&(owner, list)) {
                    continue;
                }
                let of = name(self.world, owner);
                let subject = (of, Some(UNLISTED.to_owned()), None);
                let mut denied = HashSet::new();
                for asked in self.unlisted(action, owner, list) {
                    denied.extend(self.denied_by(&asked, rules, &entities, schema));
                }
                for rule in &forbids {
                    let known = all.unlisted.entry((rule.clone(), subject.clone()));
                    *known.or_default() |= denied.contains(rule);
                }
            }
        }
    }

    /// The requests about what this completion puts into a list besides what is written there.
    fn unlisted(&self, action: Action, owner: usize, list: &'static str) -> Vec<Asked> {
        let stated = match self.world.things[owner].fields.get(list) {
            Some(Val::Many(stated)) => stated.clone(),
            _ => Vec::new(),
        };
        let mut added = self.many(owner, list);
        added.retain(|id| !stated.contains(id));
        let added: Vec<_> = added.iter().filter_map(|id| self.world.find(id)).collect();
        let asked = |principal, resource, via| Asked {
            action,
            principal,
            resource: Some(resource),
            via,
        };
        let each = |principal| added.iter().map(move |one| asked(principal, *one, None));
        match action {
            Action::Use => {
                let hosts = std::iter::successors(Some(owner), |at| self.target(*at, "runsOn"));
                hosts.flat_map(each).collect()
            }
            Action::Access => {
                let groups = |at| -> Vec<usize> {
                    let groups = self.many(at, "memberOf");
                    let groups = groups.iter().filter_map(|id| self.world.find(id));
                    groups.collect()
                };
                let mut all = Vec::new();
                for holder in self.of_kind(Kind::Identity) {
                    if !is_member(&groups, holder, owner) {
                        continue;
                    }
                    for grant in self.of_kind(Kind::Grant) {
                        let granted = self.target(grant, "identity").expect("somebody");
                        let on = self.target(grant, "on").expect("something");
                        if !added
                            .iter()
                            .any(|group| is_member(&groups, *group, granted))
                        {
                            continue;
                        }
                        for thing in 0..self.world.things.len() {
                            let kind = self.world.things[thing].kind;
                            let covered = match self.world.things[on].kind {
                                Kind::Zone => {
                                    kind != Kind::Identity && self.around(thing).contains(&on)
                                }
                                _ => thing == on,
                            };
                            if covered && Action::Access.def().resources.contains(&kind) {
                                all.push(asked(holder, thing, Some(grant)));
                            }
                        }
                    }
                }
                all
            }
            _ => each(owner).collect(),
        }
    }

    /// The rules that forbid a request.
    fn denied_by(
        &self,
        asked: &Asked,
        rules: &PolicySet,
        entities: &Entities,
        schema: Option<&Schema>,
    ) -> HashSet<String> {
        let now = RestrictedExpression::new_datetime("2026-01-01");
        let mut context = vec![("now".to_owned(), now)];
        if let (Action::Use, Some(key)) = (asked.action, asked.resource) {
            let held = RestrictedExpression::new_bool(self.in_memory(key));
            context.push(("inMemory".to_owned(), held));
        }
        if let Some(via) = asked.via {
            let name = asked.action.def().context[0].name.to_owned();
            context.push((name, RestrictedExpression::new_entity_uid(self.uid(via))));
        }
        let document = || uid("Document", DOCUMENT);
        let request = Request::new(
            self.uid(asked.principal),
            uid("Action", asked.action.def().name),
            asked
                .resource
                .map_or_else(document, |resource| self.uid(resource)),
            Context::from_pairs(context).expect("a context"),
            schema,
        );
        let request = request.expect("the request fits the schema");
        let response = Authorizer::new().is_authorized(&request, rules, entities);
        let errors: Vec<_> = response.diagnostics().errors().collect();
        assert!(errors.is_empty(), "{errors:?}");
        match response.decision() {
            Decision::Deny => response
                .diagnostics()
                .reason()
                .map(ToString::to_string)
                .collect(),
            Decision::Allow => HashSet::new(),
        }
    }
}

/// Any value of the type, for what no policy here reads.
fn nothing(def: &AttributeDef) -> RestrictedExpression {
    match (def.many, def.ty) {
        (true, _) => RestrictedExpression::new_set([]),
        (false, Type::Bool) => RestrictedExpression::new_bool(false),
        (false, _) => RestrictedExpression::new_long(0),
    }
}

fn uid(name: &'static str, id: &str) -> EntityUid {
    thread_local! {
        // Parsing a name takes longer than all else that is done with it.
        static NAMES: RefCell<HashMap<&'static str, EntityTypeName>> = RefCell::default();
    }
    let parsed = || name.parse().expect("a name of the vocabulary");
    let name = NAMES.with_borrow_mut(|names| names.entry(name).or_insert_with(parsed).clone());
    EntityUid::from_type_name_and_id(name, EntityId::new(id))
}
