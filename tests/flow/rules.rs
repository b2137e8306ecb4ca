//! Rules, each twice: as a policy, and as what it means.

use std::collections::BTreeSet;

use crate::walks::{End, Held, Meaning, State};
use crate::world::{APPROVALS, Place, Thing, World};

/// A question, with all that a rule here may read.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    pub action: &'static str,
    pub principal: String,
    pub resource: String,
    pub via: Option<String>,
    /// Of what remains; of a declaration the level that the engine derives.
    level: usize,
    /// A mask.
    remaining: u8,
    assurance: usize,
    approval: usize,
    encrypted: bool,
    origin: String,
    inspection: usize,
    closest: usize,
    transit: bool,
    initiated: bool,
    /// A mask.
    actions: u8,
    /// Of the resource, or the zone that it is in.
    clearance: usize,
    /// Of the principal, as it is taken.
    taken_level: usize,
    count: usize,
    forbidden: bool,
    direct: bool,
    standing: bool,
    /// Of an artifact of which a copy rests somewhere.
    apart: Option<bool>,
}

pub struct Rule {
    pub id: &'static str,
    pub action: &'static str,
    principal: &'static str,
    resource: &'static str,
    condition: &'static str,
    denies: fn(&Ask) -> bool,
}

impl Rule {
    pub fn text(&self) -> String {
        format!(
            "@id(\"{}\") forbid({}, action == Action::\"{}\", {}) when {{ {} }};\n",
            self.id, self.principal, self.action, self.resource, self.condition
        )
    }

    pub fn denies(&self, ask: &Ask) -> bool {
        let of = |scope: &str, name: &str| {
            let kind = scope.split(" is ").nth(1);
            kind.is_none_or(|kind| name.starts_with(&format!("{kind}::")))
        };
        let asked = ask.action == self.action;
        asked
            && of(self.principal, &ask.principal)
            && of(self.resource, &ask.resource)
            && (self.denies)(ask)
    }
}

const fn rule(
    id: &'static str,
    [action, principal, resource]: [&'static str; 3],
    condition: &'static str,
    denies: fn(&Ask) -> bool,
) -> Rule {
    Rule {
        id,
        action,
        principal,
        resource,
        condition,
        denies,
    }
}

const ENTER: [&str; 3] = ["enter", "principal", "resource"];
const REST: [&str; 3] = ["rest", "principal", "resource"];
const MOVE: [&str; 3] = ["move", "principal", "resource"];
const REACH: [&str; 3] = ["reach", "principal", "resource"];
const ACCESS: [&str; 3] = ["access", "principal", "resource"];
const OBTAIN: [&str; 3] = ["obtain", "principal", "resource"];
const PERSONAL: u8 = 1 << 2;
const PAYMENT: u8 = 1 << 3;

pub const RULES: &[Rule] = &[
    rule(
        "enter-level",
        ENTER,
        "context.levelRank > resource.clearanceRank",
        |ask| ask.level > ask.clearance,
    ),
    rule(
        "enter-weak",
        ENTER,
        "context.levelRank <= resource.clearanceRank && context.assuranceRank < 2",
        |ask| ask.level <= ask.clearance && ask.assurance < 2,
    ),
    rule(
        "enter-single",
        ENTER,
        "context.approval == Approval::\"single\"",
        |ask| APPROVALS[ask.approval] == "single",
    ),
    rule(
        "enter-hidden",
        ENTER,
        "context.encrypted && context.remaining.contains(Category::\"personal\")",
        |ask| ask.encrypted && ask.remaining & PERSONAL != 0,
    ),
    rule(
        "enter-claimed",
        ENTER,
        "!context.encrypted && context.assurance == Assurance::\"claimed\"",
        |ask| !ask.encrypted && ask.assurance == 1,
    ),
    rule(
        "enter-foreign",
        ENTER,
        "context.origin != resource && context.approvalRank < 2 && \
         context.remaining.containsAny([Category::\"key-material\", Category::\"payment\"])",
        |ask| {
            let foreign = format!("Zone::{}", ask.origin) != ask.resource;
            foreign && ask.approval < 2 && ask.remaining & (1 | PAYMENT) != 0
        },
    ),
    rule(
        "enter-lowered",
        ["enter", "principal is Artifact", "resource"],
        "principal.derivedLevelRank > context.levelRank",
        |ask| ask.taken_level > ask.level,
    ),
    rule("rest-level", REST, "context.levelRank >= 3", |ask| {
        ask.level >= 3
    }),
    rule("rest-empty", REST, "context.remaining.isEmpty()", |ask| {
        ask.remaining == 0
    }),
    rule(
        "rest-approved",
        REST,
        "context.approvalRank > 0 && context.level == Level::\"internal\"",
        |ask| ask.approval > 0 && ask.level == 1,
    ),
    rule(
        "rest-debug",
        ["rest", "principal", "resource is DebugEnvironment"],
        "context.levelRank > resource.zone.clearanceRank && !context.encrypted",
        |ask| ask.level > ask.clearance && !ask.encrypted,
    ),
    rule("move-encrypted", MOVE, "context.encrypted", |ask| {
        ask.encrypted
    }),
    rule(
        "move-alone",
        MOVE,
        "context.levelRank >= 2 && context.approvalRank < 1",
        |ask| ask.level >= 2 && ask.approval < 1,
    ),
    rule("move-scrubbed", MOVE, "context.assuranceRank >= 1", |ask| {
        ask.assurance >= 1
    }),
    rule(
        "move-forbidden",
        MOVE,
        "resource has status && resource.status == Status::\"forbidden\"",
        |ask| ask.forbidden,
    ),
    rule(
        "move-forbidden-level",
        MOVE,
        "resource has status && resource.status == Status::\"forbidden\" && context.levelRank >= 2",
        |ask| ask.forbidden && ask.level >= 2,
    ),
    rule(
        "connect-forbidden",
        ["connect", "principal", "resource"],
        "context.conduit has status && context.conduit.status == Status::\"forbidden\"",
        |ask| ask.forbidden,
    ),
    rule(
        "contain-key",
        ["contain", "principal", "resource is Key"],
        "resource.levelRank < 4",
        |ask| ask.level < 4,
    ),
    rule(
        "contain-data",
        ["contain", "principal", "resource is Data"],
        "resource.levelRank > 1",
        |ask| ask.level > 1,
    ),
    rule("reach-weak", REACH, "context.inspectionRank < 2", |ask| {
        ask.inspection < 2
    }),
    rule(
        "reach-unseen",
        REACH,
        "context.closestInspectionRank < 2",
        |ask| ask.closest < 2,
    ),
    rule(
        "reach-proxy",
        REACH,
        "context.inspection == Inspection::\"l7\"",
        |ask| ask.inspection == 2,
    ),
    rule(
        "reach-transit",
        ["reach", "principal is Zone", "resource"],
        "context.transit",
        |ask| ask.transit,
    ),
    rule(
        "reach-out",
        REACH,
        "context.initiated && resource.clearanceRank < 1",
        |ask| ask.initiated && ask.clearance < 1,
    ),
    rule("reach-back", REACH, "!context.initiated", |ask| {
        !ask.initiated
    }),
    rule(
        "access-direct",
        ACCESS,
        "context.direct && context.grant.actions.contains(GrantAction::\"read\")",
        |ask| ask.direct && ask.actions & 1 != 0,
    ),
    rule(
        "access-standing",
        ACCESS,
        "context.standing && !context.direct",
        |ask| ask.standing && !ask.direct,
    ),
    rule(
        "access-asked",
        ACCESS,
        "!context.standing && context.grant.isPrivileged",
        |ask| !ask.standing && ask.actions & !3 != 0,
    ),
    rule(
        "obtain-take",
        OBTAIN,
        "context.actions.contains(GrantAction::\"export\")",
        |ask| ask.actions & 16 != 0,
    ),
    rule(
        "obtain-both",
        OBTAIN,
        "context.actions.containsAll([GrantAction::\"sign\", GrantAction::\"decrypt\"])",
        |ask| ask.actions & 12 == 12,
    ),
    rule(
        "obtain-low",
        OBTAIN,
        "context.levelRank < 2 && context.actions.contains(GrantAction::\"read\")",
        |ask| ask.level < 2 && ask.actions & 1 != 0,
    ),
    rule(
        "obtain-unread",
        OBTAIN,
        "!context.actions.contains(GrantAction::\"read\") && context.levelRank > 0",
        |ask| ask.actions & 1 == 0 && ask.level > 0,
    ),
    rule(
        "artifact-level",
        ["declare", "principal is Artifact", "resource"],
        "principal.derivedLevelRank >= 3",
        |ask| ask.level >= 3,
    ),
    rule(
        "artifact-keys",
        ["declare", "principal is Artifact", "resource"],
        "principal.keysCount == 1",
        |ask| ask.count == 1,
    ),
    rule(
        "artifact-apart",
        ["declare", "principal is Artifact", "resource"],
        "principal.isApart",
        |ask| ask.apart == Some(true),
    ),
    rule(
        "artifact-together",
        ["declare", "principal is Artifact", "resource"],
        "!principal.isApart",
        |ask| ask.apart == Some(false),
    ),
    rule(
        "debug-level",
        ["declare", "principal is DebugEnvironment", "resource"],
        "principal.levelRank == 2",
        |ask| ask.level == 2,
    ),
    rule(
        "store-dumps",
        ["declare", "principal is Store", "resource"],
        "principal.holdsDumps",
        |ask| ask.count > 0,
    ),
    rule(
        "identity-keys",
        ["declare", "principal is Identity", "resource"],
        "principal.keysCount > 0",
        |ask| ask.count > 0,
    ),
    rule(
        "key-identities",
        ["declare", "principal is Key", "resource"],
        "principal.obtainableByCount != 1",
        |ask| ask.count != 1,
    ),
];

/// A verdict is about a rule, a principal, a resource, and what makes the fact.
pub type Subject = (&'static str, String, Option<String>, Option<String>);

/// What the rules forbid in a world of which everything is known.
pub fn denied(world: &World) -> (BTreeSet<Subject>, bool) {
    let (asks, complete) = asks(world);
    let denied = asks.iter().flat_map(|ask| {
        let rules = RULES.iter().filter(|rule| rule.denies(ask));
        rules.map(|rule| {
            let resource = (ask.action != "declare").then(|| ask.resource.clone());
            (rule.id, ask.principal.clone(), resource, ask.via.clone())
        })
    });
    (denied.collect(), complete)
}

fn name(thing: Thing) -> String {
    let kind = match thing {
        Thing::Artifact(_) => "Artifact",
        Thing::Data(_) => "Data",
        Thing::Key(_) => "Key",
    };
    format!("{kind}::{}", thing.id())
}

fn asks(world: &World) -> (Vec<Ask>, bool) {
    let mut meaning = Meaning::of(world);
    let mut all = Vec::new();
    let zone = |at: usize| format!("Zone::{}", world.zone_id(at));
    let mut ends = meaning.ends().clone();
    for (thing, end, state) in meaning.ends() {
        if let Thing::Artifact(at) = thing {
            let inside = meaning.carried(*at, state).into_iter();
            ends.extend(inside.map(|(thing, state)| (thing, *end, state)));
        }
    }
    for (thing, end, state) in &ends {
        let about = about(world, &meaning, *thing, state);
        let place = match *end {
            End::On(transfer) => {
                let action = "move";
                let resource = format!("Transfer::t{transfer}");
                all.push(Ask {
                    action,
                    resource,
                    ..about.clone()
                });
                continue;
            }
            End::At(place) => place,
            End::InMemory(at) => Place::Workload(at),
            End::Passing(zone) => Place::Zone(zone),
        };
        let around = world.zone_of(place);
        let about = Ask {
            clearance: world.clearance(around),
            ..about
        };
        all.push(Ask {
            action: "enter",
            resource: zone(around),
            ..about.clone()
        });
        let resource = match place {
            Place::Store(at) => format!("Store::s{at}"),
            Place::Environment(at) => format!("DebugEnvironment::e{at}"),
            _ => continue,
        };
        all.push(Ask {
            action: "rest",
            resource,
            ..about
        });
    }
    for (at, transfer) in world.transfers.iter().enumerate() {
        if transfer.status.is("forbidden") {
            for (thing, state) in meaning.contradicted(at) {
                let resource = format!("Transfer::t{at}");
                let about = about(world, &meaning, thing, &state);
                all.push(Ask {
                    action: "move",
                    resource,
                    forbidden: true,
                    ..about
                });
            }
        }
    }
    let mut complete = true;
    for start in 0..world.zones.len() {
        let (reached, closed) = world.reached(start);
        complete &= closed;
        let within = world.environments.iter().enumerate();
        let within = within.filter(|(_, it)| it.zone == start);
        let names = within.map(|(at, _)| format!("DebugEnvironment::e{at}"));
        let names: Vec<_> = names.chain([zone(start)]).collect();
        for (end, passage) in &reached {
            for name in &names {
                all.push(Ask {
                    action: "reach",
                    principal: name.clone(),
                    resource: zone(*end),
                    inspection: passage.inspection,
                    closest: passage.closest,
                    transit: passage.transit,
                    initiated: passage.initiated,
                    clearance: world.clearance(*end),
                    ..Ask::default()
                });
            }
        }
        for (at, conduit) in world.conduits.iter().enumerate() {
            let mut reached = reached.iter();
            let (from, to) = (conduit.from, conduit.to);
            let within = |zone: usize, outer: usize| world.around(zone).contains(&outer);
            let begins = within(start, from) && !(within(to, from) && within(start, to));
            let ends = |zone: usize| within(zone, to) && !within(zone, from);
            let ends = |zone: usize| ends(zone) || within(to, from) && within(zone, to);
            let forbidden = begins && conduit.status.is("forbidden");
            if forbidden && reached.any(|(to, passage)| ends(*to) && passage.initiated) {
                all.push(Ask {
                    action: "connect",
                    principal: zone(conduit.from),
                    resource: zone(conduit.to),
                    via: Some(format!("Conduit::c{at}")),
                    forbidden: true,
                    ..Ask::default()
                });
            }
        }
    }
    for at in 0..world.artifacts.len() {
        let inside = meaning.inside(at);
        let artifact = Thing::Artifact(at);
        for thing in &inside {
            all.push(Ask {
                action: "contain",
                principal: name(artifact),
                resource: name(*thing),
                level: meaning.level(*thing, 0),
                ..Ask::default()
            });
        }
        let keys = inside.iter().filter(|thing| matches!(thing, Thing::Key(_)));
        all.push(Ask {
            level: meaning.level(artifact, 0),
            count: keys.count(),
            apart: meaning.is_apart(at),
            ..declared(name(artifact))
        });
    }
    for at in 0..world.environments.len() {
        let level = meaning.level_at(Place::Environment(at));
        let name = format!("DebugEnvironment::e{at}");
        all.push(Ask {
            level,
            ..declared(name)
        });
    }
    for at in 0..world.stores.len() {
        all.push(Ask {
            count: meaning.dumps_in(at),
            ..declared(format!("Store::s{at}"))
        });
    }
    for at in 0..world.keys.len() {
        let count = meaning.obtainable_by(at);
        all.push(Ask {
            count,
            ..declared(name(Thing::Key(at)))
        });
    }
    for at in 0..world.identities.len() {
        let principal = format!("Identity::i{at}");
        let count = meaning.keys(at);
        all.push(Ask {
            count,
            ..declared(principal.clone())
        });
        for (grant, direct, standing) in meaning.usable(at) {
            let of = &world.grants[grant];
            let places = meaning.places(of).into_iter().map(|place| match place {
                Place::Store(at) => format!("Store::s{at}"),
                Place::Workload(at) => format!("Workload::w{at}"),
                Place::KeyStore(at) => format!("KeyStore::v{at}"),
                Place::Environment(at) => format!("DebugEnvironment::e{at}"),
                Place::Key(at) => format!("Key::k{at}"),
                Place::Zone(at) => format!("Zone::z{at}"),
            });
            let acting = of.acting.map(|at| format!("Identity::i{at}"));
            for resource in places.chain(acting) {
                all.push(Ask {
                    action: "access",
                    principal: principal.clone(),
                    resource,
                    via: Some(format!("Grant::g{grant}")),
                    actions: of.actions,
                    direct,
                    standing,
                    ..Ask::default()
                });
            }
        }
        for (held, (actions, levels)) in meaning.access(at).things {
            for level in levels {
                all.push(Ask {
                    action: "obtain",
                    principal: principal.clone(),
                    resource: match held {
                        Held::Thing(thing) => name(thing),
                        Held::Store(at) => format!("Store::s{at}"),
                        Held::Workload(at) => format!("Workload::w{at}"),
                    },
                    actions,
                    level,
                    ..Ask::default()
                });
            }
        }
    }
    (all, complete && meaning.complete)
}

fn declared(principal: String) -> Ask {
    Ask {
        action: "declare",
        principal,
        ..Ask::default()
    }
}

fn about(world: &World, meaning: &Meaning<'_>, thing: Thing, state: &State) -> Ask {
    Ask {
        principal: name(thing),
        level: meaning.level(thing, state.removed),
        taken_level: meaning.level(thing, 0),
        remaining: meaning.remaining(thing, state.removed),
        assurance: state.assurance,
        approval: state.approval,
        encrypted: state.encrypted,
        origin: world.zone_id(state.origin),
        ..Ask::default()
    }
}
