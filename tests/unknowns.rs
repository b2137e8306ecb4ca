//! What is made of what is not known, and of what follows from it: cases that were once wrong.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use palisade::check::{CheckInput, Project, check};
use palisade::model::{Kind, Omission, Origin as Attribute, Type};
use palisade::source::{Candidate, Found, Origin};

/// The verdicts of one policy, each with what it is about and what would pass.
fn verdicts(document: &str, policy: &str) -> Vec<String> {
    let rules = rule_verdicts(document, policy).into_iter();
    rules.map(|(_, said)| said).collect()
}

/// The verdicts of policies whose names begin with `own`: each with the name of its rule.
fn rule_verdicts(document: &str, policy: &str) -> Vec<(String, String)> {
    let memory = |name: &str, text: &str| Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    };
    let outcome = check(CheckInput {
        roots: vec![Project {
            found: Found {
                candidates: vec![memory("a.yaml", &format!("palisade: v1\n{document}"))],
                ..Found::default()
            },
            policies: vec![memory("own.cedar", policy)],
            ..Project::default()
        }],
        select: vec!["own*".to_owned()],
        now: 1_767_225_600_000,
        ..CheckInput::default()
    });
    let problems = outcome
        .problems
        .iter()
        .map(|problem| (String::new(), format!("problem: {}", problem.message)));
    let findings = outcome.findings.iter().map(|finding| {
        let (principal, _) = finding.subject();
        let about = principal.split("::").nth(1).unwrap_or_default();
        let said = format!("{about} {}", finding.verdict.name());
        (finding.rule.id.clone(), said)
    });
    let mut all: Vec<_> = problems.chain(findings).collect();
    all.sort();
    all
}

#[track_caller]
fn are(document: &str, policy: &str, expected: &[&str]) {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(verdicts(document, policy), expected);
}

#[test]
fn a_member_is_in_its_group_and_the_groups_around_that() {
    are(
        "zones: { z: {} }\nidentities:\n  staff: { zone: z }\n  admins: { zone: z, memberOf: [staff] }\n  a: { zone: z, memberOf: [admins] }\n  b: { zone: z }\n",
        "forbid(principal in Identity::\"staff\", action == Action::\"declare\", resource);",
        &["staff violation", "admins violation", "a violation"],
    );
}

/// A list that may hold more than it names may hold any number more.
#[test]
fn a_list_that_may_go_on_may_be_longer_than_any_number() {
    let keys = "zones: { z: {} }\nkeyStores: { s: { zone: z } }\n\
                keys: { a: { store: s }, b: { store: s }, c: { store: s } }\n";
    let few = "@id(\"own\") forbid(principal is Verifier, action == Action::\"declare\", resource)\n\
               when { principal.trustsCount > 2 };";
    let verifier = |what: &str| format!("{keys}verifiers: {{ v: {{ {what} }} }}\n");
    let verdict = |what: &str, policy: &str| {
        let verdicts = verdicts(&verifier(what), policy).into_iter();
        let words = verdicts.map(|said| said.replace("v ", ""));
        words.collect::<Vec<_>>()
    };
    assert_eq!(verdict("trusts: [a, b]", few), [""; 0]);
    assert_eq!(verdict("trusts: [a, b, c]", few), ["violation"]);
    assert_eq!(verdict("trusts: unknown", few), ["undetermined"]);
    assert_eq!(
        verdict("trusts: [a], complete: false", few),
        ["undetermined"]
    );
    assert_eq!(
        verdict("trusts: [a, b, c], complete: false", few),
        ["violation"]
    );
    let many = few.replace("trustsCount > 2", "algorithmsCount > 20");
    assert_eq!(verdict("algorithms: [RS256]", &many), [""; 0]);
    assert_eq!(verdict("algorithms: unknown", &many), ["undetermined"]);
    let some = few.replace("trustsCount > 2", "algorithmsCount < 1000");
    assert_eq!(verdict("algorithms: unknown", &some), ["undetermined"]);
    let any = few.replace("trustsCount > 2", "trustsCount >= 0");
    assert_eq!(verdict("trusts: unknown", &any), ["violation"]);
}

#[test]
fn an_unknown_text_may_be_one_that_is_read_elsewhere() {
    are(
        "zones:\n  a: { name: unknown, labels: { team: x } }\n",
        "forbid(principal is Zone, action == Action::\"declare\", resource)
         when { principal has name && principal.hasTag(principal.name) };",
        &["a undetermined"],
    );
    are(
        "zones:\n  a: { name: unknown, owner: x }\n",
        "forbid(principal is Zone, action == Action::\"declare\", resource)
         when { principal has name && principal has owner && principal.name == principal.owner };",
        &["a undetermined"],
    );
}

#[test]
fn two_unknown_texts_may_differ() {
    are(
        "zones:\n  a: { name: unknown, owner: unknown }\n",
        "forbid(principal is Zone, action == Action::\"declare\", resource)
         when { !(principal has name && principal has owner && principal.name != principal.owner) };",
        &["a undetermined"],
    );
}

#[test]
fn an_unknown_text_may_match_two_patterns_at_once() {
    for patterns in ["\"a*\" && principal.name like \"*b\"", "\"*\\*y\""] {
        let policy = format!(
            "forbid(principal is Zone, action == Action::\"declare\", resource)
             when {{ principal has name && principal.name like {patterns} }};"
        );
        are(
            "zones:\n  a: { name: unknown }\n",
            &policy,
            &["a undetermined"],
        );
    }
}

#[test]
fn an_unknown_date_may_lie_between_named_spans() {
    for between in [
        "principal.created < context.now.offset(duration(\"-90d\")) &&
         principal.created > context.now.offset(duration(\"-365d\"))",
        "principal has notAfter && principal.created == principal.notAfter",
        "context.now.durationSince(principal.created).toHours() == 48",
    ] {
        let policy = format!(
            "forbid(principal is Key, action == Action::\"declare\", resource) when {{ {between} }};"
        );
        are(
            "zones: { z: {} }\nkeyStores: { s: { zone: z } }\nkeys:\n  k: { store: s, notAfter: 2024-02-29 }\n",
            &policy,
            &["k undetermined"],
        );
    }
}

#[test]
fn an_unknown_number_may_be_one_that_is_computed() {
    are(
        "zones: { z: {} }\nkeyStores: { s: { zone: z } }\nkeys:\n  k: { store: s }\n\
         identities: { i: { zone: z } }\ngrants:\n  g: { identity: i, on: k, maxHours: unknown }\n",
        "forbid(principal is Grant, action == Action::\"declare\", resource)
         when { principal has maxHours && principal.maxHours * 2 - 7 > 100 };",
        &["g undetermined"],
    );
}

#[test]
fn a_set_may_hold_what_another_holds() {
    are(
        "zones: { z: {} }\nworkloads:\n  a: { zone: z, debug: [serial] }\n  b: { zone: z, runsOn: a }\n",
        "forbid(principal is Workload, action == Action::\"declare\", resource)
         when { principal has runsOn && principal.runsOn.debug.containsAny(principal.debug) };",
        &["b undetermined"],
    );
}

#[test]
fn an_incomplete_list_may_be_as_long_as_a_policy_asks() {
    are(
        "zones: { z: {} }\nworkloads:\n  a: { zone: z, complete: false }\n  b: { zone: z }\n",
        "forbid(principal is Workload, action == Action::\"declare\", resource)
         when { principal.usesCount > 6 };",
        &["a undetermined"],
    );
    are(
        "zones: { z: {} }\nkeyStores: { s: { zone: z } }\nkeys:\n  k: { store: s }\n",
        "forbid(principal is Key, action == Action::\"declare\", resource)
         when { principal.audiencesCount > 3 };",
        &["k undetermined"],
    );
}

#[test]
fn what_is_listed_in_an_incomplete_list_stays() {
    are(
        "zones: { z: {} }\nkeyStores: { s: { zone: z } }\n\
         keys:\n  k: { store: s, environments: [production], complete: false }\n",
        "forbid(principal is Key, action == Action::\"declare\", resource)
         when { principal.environments.contains(Environment::\"production\") };",
        &["k violation"],
    );
}

#[test]
fn a_zone_is_in_no_zone_that_is_in_it() {
    are(
        "zones:\n  a: { parent: unknown }\n  b: { parent: a }\n",
        "forbid(principal is Zone, action == Action::\"declare\", resource)
         when { principal has parent && principal.parent == Zone::\"b\" };",
        &[],
    );
}

#[test]
fn what_nobody_states_of_a_zone_is_not_that_of_the_zone_around_it() {
    for operands in [
        [
            "principal.clearance == Level::\"secret\"",
            "principal.parent.clearance == Level::\"public\"",
        ],
        [
            "principal.parent.clearance == Level::\"public\"",
            "principal.clearance == Level::\"secret\"",
        ],
    ] {
        let policy = format!(
            "forbid(principal is Zone, action == Action::\"declare\", resource)
             when {{ principal has parent && {} }};",
            operands.join(" && ")
        );
        are(
            "zones:\n  a: {}\n  b: { parent: a }\n",
            &policy,
            &["b undetermined"],
        );
    }
}

#[test]
fn what_follows_from_two_unknowns_is_tried_for_all_of_both() {
    are(
        "zones: { z: {} }\nkeyStores: { s: { zone: z } }\nkeys:\n  k: { store: s, exportable: true }\n\
         workloads:\n  w: { zone: z, uses: [k] }\n",
        "forbid(principal is Workload, action == Action::\"use\", resource)
         when { context.inMemory || resource.kind == KeyKind::\"public\" };",
        &["w violation"],
    );
}

const HOSTS: &str = "zones: { z: {} }\nkeyStores: { s: { zone: z, custody: software-vault } }\n\
    keys: { k: { store: s, kind: private, exportable: true, level: secret } }\n";

#[test]
fn what_runs_nobody_knows_where_may_run_on_any_host() {
    let document = format!(
        "{HOSTS}workloads:\n  host: {{ zone: z }}\n  guest: {{ zone: z, runsOn: unknown, uses: [k] }}\n"
    );
    are(
        &document,
        "forbid(principal is Workload, action == Action::\"declare\", resource)
         when { principal.loadsKeys };",
        &["host undetermined", "guest violation"],
    );
}

#[test]
fn a_workload_may_load_a_key_that_is_not_listed() {
    are(
        "zones: { z: {} }\nworkloads:\n  w: { zone: z, complete: false }\n",
        "forbid(principal is Workload, action == Action::\"declare\", resource)
         when { principal.loadsKeys };",
        &["w undetermined"],
    );
}

#[test]
fn a_zone_may_be_in_one_that_makes_it_something() {
    let zones = "  high: { clearance: secret }\n  lost: { parent: unknown, isolation: isolated }\n";
    let zone = |condition: &str, document: &str, expected: &[&str]| {
        let policy = format!(
            "forbid(principal is Zone, action == Action::\"declare\", resource) when {{ {condition} }};"
        );
        are(document, &policy, expected);
    };
    let document = format!("zones:\n{zones}");
    zone(
        "!principal.statesClearance",
        &document,
        &["lost undetermined"],
    );
    let document = format!("{HOSTS}workloads:\n  w: {{ zone: lost, uses: [k] }}\n")
        .replace("zones: { z: {} }", &format!("zones:\n  z: {{}}\n{zones}"));
    zone(
        "principal.isKeyZone",
        &document,
        &["z violation", "lost undetermined"],
    );
    zone(
        "principal.loadsKeys",
        &document,
        &["z undetermined", "high undetermined", "lost violation"],
    );
    let document =
        format!("zones:\n{zones}conduits:\n  c: {{ from: high, to: high, ports: [any] }}\n");
    zone("principal.denyDefault", &document, &["lost undetermined"]);
}

#[test]
fn a_copy_of_a_key_may_be_in_a_store_that_is_not_listed() {
    let document = HOSTS
        .replace("zones: { z: {} }", "zones:\n  z: {}\n  other: {}\n")
        .replace("level: secret }", "level: secret, complete: false }");
    are(
        &document,
        "forbid(principal is Zone, action == Action::\"declare\", resource)
         when { principal.isKeyZone };",
        &["z violation", "other undetermined"],
    );
}

#[test]
fn a_dump_kept_nobody_knows_where_may_be_in_any_store() {
    are(
        "zones: { z: {} }\nworkloads: { w: { zone: z } }\nstores: { o: { zone: z } }\n\
         artifacts: { a: { kind: core-dump, from: w, at: unknown } }\n",
        "forbid(principal is Store, action == Action::\"declare\", resource)
         when { principal.holdsDumps };",
        &["o undetermined"],
    );
}

#[test]
fn a_key_may_serve_whoever_does_not_list_all_keys() {
    are(
        "zones: { z: { environment: production } }\nkeyStores: { s: { zone: z } }\nkeys:\n  k: { store: s }\n\
         workloads: { w: { zone: z, complete: false } }\n",
        "forbid(principal is Key, action == Action::\"declare\", resource)
         when { principal.servedEnvironments.contains(Environment::\"production\") };",
        &["k undetermined"],
    );
}

/// What is unknown of many zones bears on each of them. To look at all of it again for each value of
/// each took minutes; a hint of many values helps nobody.
#[test]
fn much_that_is_unknown_is_looked_at_for_a_while_only() {
    let many = |line: &dyn Fn(usize) -> String| (0..24).map(line).collect::<String>();
    let document = [
        "palisade: v1\nzones:\n".to_owned(),
        many(&|n| format!("  z{n}: {{ parent: unknown, clearance: unknown }}\n")),
        "keyStores:\n".to_owned(),
        many(&|n| format!("  s{n}: {{ zone: z{n}, custody: hsm }}\n")),
        "keys:\n".to_owned(),
        many(&|n| format!("  k{n}: {{ store: s{n}, replicas: unknown }}\n")),
        "workloads:\n".to_owned(),
        many(&|n| format!("  w{n}: {{ zone: z{n}, uses: unknown }}\n")),
    ];
    let document = Candidate {
        name: "a.yaml".to_owned(),
        named: true,
        origin: Origin::Memory(document.concat().into_bytes()),
    };
    let outcome = check(CheckInput {
        roots: vec![Project {
            found: Found {
                candidates: vec![document],
                ..Found::default()
            },
            ..Project::default()
        }],
        select: vec!["dump-hibernation".to_owned(), "zone-*".to_owned()],
        now: 1_767_225_600_000,
        ..CheckInput::default()
    });
    let hints = |rule: &str| -> Vec<usize> {
        let of_rule = outcome.findings.iter().filter(|f| f.rule.id == rule);
        let hints = of_rule.map(|finding| finding.passes_if.as_deref());
        // Each value is said as "`attribute` of what is value".
        hints
            .map(|hint| hint.map_or(0, |hint| hint.matches("` of ").count()))
            .collect()
    };
    // What would settle it all by itself is still found among the rest.
    assert_eq!(hints("dump-hibernation"), [1; 24]);
    assert_eq!(hints("zone-no-p2p").len(), 24);
    let rules = outcome.findings.iter().map(|finding| &*finding.rule.id);
    let rules: BTreeSet<_> = rules.collect();
    for rule in rules {
        assert!(hints(rule).iter().all(|values| *values <= 4), "{rule}");
    }
}

#[test]
fn a_conduit_that_may_not_be_there_may_be_open() {
    are(
        "zones:\n  z: { isolation: isolated }\nconduits: { c: { from: z, to: z, ports: [any], status: unknown } }\n",
        "forbid(principal is Zone, action == Action::\"declare\", resource)
         when { principal.denyDefault };",
        &["z undetermined"],
    );
}

/// An entity: its kind, its id, and its fields.
type Written = (Kind, &'static str, &'static [(&'static str, &'static str)]);

/// Everything that derived attributes follow from, stated.
const STATED: [Written; 13] = [
    (
        Kind::Zone,
        "live",
        &[
            ("isolation", "restricted"),
            ("environment", "production"),
            ("clearance", "secret"),
        ],
    ),
    (Kind::Zone, "inner", &[("parent", "live")]),
    (
        Kind::Zone,
        "office",
        &[("isolation", "open"), ("environment", "corporate")],
    ),
    (
        Kind::Conduit,
        "entry",
        &[("from", "office"), ("to", "live"), ("ports", "[https]")],
    ),
    (
        Kind::KeyStore,
        "vault",
        &[("zone", "inner"), ("custody", "hsm")],
    ),
    (
        Kind::KeyStore,
        "copies",
        &[("zone", "office"), ("custody", "hsm")],
    ),
    (
        Kind::Key,
        "key",
        &[
            ("store", "vault"),
            ("kind", "private"),
            ("exportable", "true"),
            ("state", "active"),
            ("level", "secret"),
            ("authenticates", "[person]"),
        ],
    ),
    (
        Kind::Identity,
        "person",
        &[("zone", "office"), ("kind", "human")],
    ),
    (Kind::Workload, "host", &[("zone", "office")]),
    (
        Kind::Workload,
        "guest",
        &[("zone", "inner"), ("uses", "[key]"), ("dump", "full")],
    ),
    (
        Kind::Store,
        "crashes",
        &[("zone", "inner"), ("immutable", "false")],
    ),
    (Kind::Verifier, "verifier", &[("algorithms", "[RS256]")]),
    (
        Kind::Artifact,
        "crash",
        &[("kind", "crash-dump"), ("from", "guest"), ("at", "crashes")],
    ),
];

/// The document with one field of one entity written differently.
fn written(of: &str, field: &str, value: &str) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        let entities = STATED.iter().filter(|(of, ..)| of == kind);
        let entities: Vec<String> = entities
            .map(|(_, id, fields)| {
                let mut fields: BTreeMap<_, _> = fields.iter().copied().collect();
                if *id == of {
                    fields.insert(field, value);
                }
                let fields = fields
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"));
                format!("  {id}: {{ {} }}\n", fields.collect::<Vec<_>>().join(", "))
            })
            .collect();
        if let (Some(section), false) = (kind.def().section, entities.is_empty()) {
            text += &format!("{section}:\n{}", entities.concat());
        }
    }
    text
}

/// What may be written for a field. Of texts: those that the vocabulary tells apart from others.
fn values(kind: Kind, field: &str) -> Vec<String> {
    let def = kind.def().fields.iter().find(|def| def.name == field);
    let def = def.expect("a field");
    let ids = |kinds: &[Kind]| {
        let ids = STATED.iter().filter(|(kind, ..)| kinds.contains(kind));
        ids.map(|(_, id, _)| (*id).to_owned()).collect()
    };
    let single: Vec<String> = match def.ty {
        Type::Bool => vec!["true".to_owned(), "false".to_owned()],
        Type::Enum(of) => of.variants.iter().map(|v| v.name.to_owned()).collect(),
        Type::Entity(kinds) => ids(kinds),
        Type::Text => {
            let named = def.doc.split('`').skip(1).step_by(2);
            let texts = named.chain(["x"]).map(|text| format!("\"{text}\""));
            texts.collect()
        }
        Type::Long => ["0", "1", "1000"].map(str::to_owned).to_vec(),
        Type::Date => ["2020-01-01", "2030-01-01"].map(str::to_owned).to_vec(),
        Type::Step => Vec::new(),
    };
    if !def.many {
        return single;
    }
    let lists = single.iter().map(|value| format!("[{value}]"));
    lists.chain(["[]".to_owned()]).collect()
}

/// Whatever a derived attribute turns on: if it is not known, neither is the attribute.
#[test]
fn what_a_derived_attribute_turns_on_leaves_it_open() {
    // What is taken for granted of what nobody states.
    let granted = [
        ("state", "Key"),
        ("clearance", "statesClearance"),
        ("custody", "isKeyZone"),
        ("exportable", "isKeyZone"),
    ];
    let (mut rules, mut policies) = (Vec::new(), String::new());
    for kind in Kind::ALL {
        for def in kind.attributes() {
            let asked = match (def.origin, def.ty, def.many) {
                (Attribute::Inventory(_), Type::Bool, false) => format!("principal.{}", def.name),
                (Attribute::Inventory(_), Type::Enum(of), true) => {
                    let first = of.variants[0].name;
                    format!("principal.{}.contains({}::\"{first}\")", def.name, of.name)
                }
                _ => continue,
            };
            let rule = format!("own-{kind}-{}", def.name);
            policies += &format!(
                "@id(\"{rule}\") forbid(principal is {kind}, action == Action::\"declare\", resource) \
                 when {{ {asked} }};\n"
            );
            rules.push((rule, def.name.as_str()));
        }
    }
    let mut turning = BTreeSet::new();
    for (kind, id, _) in STATED {
        for field in kind.def().fields {
            if field.omission == Omission::Problem {
                continue;
            }
            let said = |value: &str| rule_verdicts(&written(id, field.name, value), &policies);
            let stated: Vec<_> = values(kind, field.name)
                .iter()
                .map(|value| said(value))
                // What cannot be, cannot be what is unknown.
                .filter(|said| !said.iter().any(|(rule, _)| rule.is_empty()))
                .collect();
            let open = said("unknown");
            for (rule, name) in &rules {
                let taken = granted
                    .iter()
                    .any(|(of, by)| *of == field.name && (*by == *name || *by == kind.to_string()));
                for (_, who, _) in STATED.iter().filter(|_| !taken) {
                    let verdict = |said: &[(String, String)]| {
                        let line = said.iter().find_map(|(by, said)| {
                            let verdict = said.strip_prefix(who)?.strip_prefix(' ')?;
                            (by == rule).then(|| verdict.to_owned())
                        });
                        line.unwrap_or_default()
                    };
                    let all: BTreeSet<_> = stated.iter().map(|said| verdict(said)).collect();
                    if all.len() > 1 {
                        turning.insert(*name);
                        assert_eq!(
                            verdict(&open),
                            "undetermined",
                            "`{name}` of `{who}`, with `{}` of `{id}` unknown",
                            field.name
                        );
                    }
                }
            }
        }
    }
    // What nothing but granted values decides.
    let decided = [
        "acceptsTokens",
        "exists",
        "inUse",
        "isCompromised",
        "scans",
        "statesClearance",
    ];
    for (_, name) in &rules {
        assert!(
            turning.contains(name) || decided.contains(name),
            "nothing here decides `{name}`"
        );
    }
}

/// What a list does not name may be there: each sort of request is made about it, once for each list
/// and rule, however much is declared that it may be.
#[test]
fn what_a_list_may_hold_besides_is_asked_about() {
    const SYSTEM: &str = "zones: { z: {} }\nkeyStores: { s: { zone: z, custody: hsm } }\n\
         keys: { k: { store: s, realm: consumer, exportable: false REPLICAS } }\n\
         verifiers: { v: { realm: enterprise TRUSTS } }\n\
         issuers: { u: { realm: enterprise SIGNS } }\n\
         workloads:\n  host: { zone: z }\n  w: { zone: z, runsOn: host, debug: [local] USES }\n\
         debugEnvironments: { d: { zone: z ATTACHES } }\n\
         stores: { o: { zone: z } }\n\
         artifacts: { a: { kind: log, from: w CONTAINS } }\n\
         identities: { group: { zone: z, kind: group }, i: { zone: z, kind: human MEMBER } }\n\
         grants: { g: { identity: group, on: o } }\n";
    let rule = |scope: &str, when: &str| {
        format!("@id(\"own\") @title(\"no\") forbid({scope}) when {{ {when} }};")
    };
    let cases = [
        (
            "REPLICAS",
            "replicas",
            "k",
            rule(
                "principal is Key, action == Action::\"reside\", resource is KeyStore",
                "resource.custody == Custody::\"file\" && principal.realm == Realm::\"consumer\"",
            ),
        ),
        (
            "TRUSTS",
            "trusts",
            "v",
            rule(
                "principal is Verifier, action == Action::\"trust\", resource is Key",
                "principal.realm != resource.realm && principal.realm != Realm::\"consumer\"",
            ),
        ),
        (
            "SIGNS",
            "signsWith",
            "u",
            rule(
                "principal is Issuer, action == Action::\"issue\", resource is Key",
                "resource.exists && resource.store.zone.clearanceRank < 3",
            ),
        ),
        (
            "USES",
            "uses",
            "w",
            rule(
                "principal is Workload, action == Action::\"use\", resource is Key",
                "context.inMemory",
            ),
        ),
        (
            "ATTACHES",
            "attaches",
            "d",
            rule(
                "principal is DebugEnvironment, action == Action::\"attach\", resource is Workload",
                "resource in Zone::\"z\"",
            ),
        ),
        (
            "CONTAINS",
            "contains",
            "a",
            rule(
                "principal is Artifact, action == Action::\"contain\", resource",
                "resource is Data && resource.categories.contains(Category::\"payment\")",
            ),
        ),
        (
            "MEMBER",
            "memberOf",
            "i",
            rule(
                "principal is Identity, action == Action::\"access\", resource",
                "context.grant.standing && principal.kind == IdentityKind::\"human\"",
            ),
        ),
    ];
    for (place, list, of, policy) in &cases {
        let system = |said: &str| {
            let mut system = SYSTEM.replace(place, said);
            for (other, ..) in &cases {
                system = system.replace(other, "");
            }
            system.replace(
                "g: { identity: group, on: o }",
                "g: { identity: group, on: o, standing: false }",
            )
        };
        for said in [format!(", {list}: unknown"), ", complete: false".to_owned()] {
            assert_eq!(
                verdicts(&system(&said), policy),
                [format!("{of} undetermined")],
                "{list}: {said}"
            );
        }
        assert_eq!(verdicts(&system(""), policy), [""; 0], "{list} left out");
    }
}

/// A rule that nothing could break does not wait for what is not listed.
#[test]
fn what_a_list_may_hold_besides_matters_only_where_a_rule_could_forbid_it() {
    let system = "zones: { z: {} }\nverifiers: { v: { realm: consumer, trusts: unknown } }\n";
    let rule = "@id(\"own\") forbid(principal is Verifier, action == Action::\"trust\", resource)
         when { principal.realm == Realm::\"enterprise\" && resource.realm == Realm::\"consumer\" };";
    are(system, rule, &[]);
    are(
        &system.replace("consumer", "enterprise"),
        rule,
        &["v undetermined"],
    );
    are(
        &system.replace("consumer", "unknown"),
        rule,
        &["v undetermined"],
    );
}

/// That there is no limit is written; where one is left out, nobody knows it.
#[test]
fn a_limit_that_is_left_out_is_unknown() {
    let key = |end: &str| {
        format!(
            "zones: {{ z: {{}} }}\nkeyStores: {{ s: {{ zone: z }} }}\nkeys: {{ k: {{ store: s{end} }} }}\n"
        )
    };
    let endless = "forbid(principal is Key, action == Action::\"declare\", resource)
         when { !(principal has notAfter) };";
    are(&key(""), endless, &["k undetermined"]);
    are(&key(", notAfter: unknown"), endless, &["k undetermined"]);
    are(&key(", notAfter: never"), endless, &["k violation"]);
    are(&key(", notAfter: 2030-01-01"), endless, &[]);
    // RFC 5280 4.1.2.5: no well-defined expiration date.
    are(&key(", notAfter: 9999-12-31"), endless, &[]);
    let late = "forbid(principal is Key, action == Action::\"declare\", resource)
         when { principal has notAfter && principal.notAfter > datetime(\"9999-12-30\") };";
    are(&key(", notAfter: 9999-12-31"), late, &["k violation"]);
    are(&key(", notAfter: 9999-12-30"), late, &[]);
    are(&key(", notAfter: never"), late, &[]);
    are(&key(""), late, &["k undetermined"]);
    let hours = |hours: &str| {
        format!(
            "zones: {{ z: {{}} }}\nstores: {{ s: {{ zone: z }} }}\nidentities: {{ i: {{ zone: z }} }}\n\
                 grants: {{ g: {{ identity: i, on: s{hours} }} }}\n"
        )
    };
    let long = "forbid(principal is Identity, action == Action::\"access\", resource)
         when { !(context.grant has maxHours && context.grant.maxHours <= 8) };";
    are(&hours(""), long, &["i undetermined"]);
    are(&hours(", maxHours: unlimited"), long, &["i violation"]);
    are(&hours(", maxHours: 8"), long, &[]);
    are(
        &hours(", maxHours: never"),
        long,
        &["problem: `maxHours`: expected a whole number, found a string, `never`"],
    );
}

/// A copy of a key in a store that hands it out puts the key into the memory of who uses it, wherever
/// else it is kept.
#[test]
fn a_copy_that_is_handed_out_is_in_memory() {
    let system = |key: &str| {
        format!(
            "zones: {{ z: {{}} }}\nkeyStores:\n  h: {{ zone: z, custody: hsm }}\n  g: {{ zone: z, custody: kms }}\n  \
             v: {{ zone: z, custody: software-vault }}\n  u: {{ zone: z }}\n\
             keys: {{ k: {{ store: h, kind: private, exportable: false{key} }} }}\n\
             workloads: {{ w: {{ zone: z, uses: [k] }} }}\n"
        )
    };
    let loaded = "forbid(principal is Workload, action == Action::\"use\", resource) when { context.inMemory };";
    are(&system(""), loaded, &[]);
    are(&system(", replicas: [g]"), loaded, &[]);
    are(&system(", replicas: [g, v]"), loaded, &["w violation"]);
    are(&system(", replicas: [u]"), loaded, &["w undetermined"]);
    are(&system(", replicas: unknown"), loaded, &["w undetermined"]);
    are(
        &system(", replicas: [g], complete: false"),
        loaded,
        &["w undetermined"],
    );
    let stored = "forbid(principal is Workload, action == Action::\"declare\", resource) when { principal.loadsKeys };";
    are(&system(", replicas: [v]"), stored, &["w violation"]);
    are(&system(", replicas: unknown"), stored, &["w undetermined"]);
}

/// A step that perhaps removed nothing says nothing of how well it is known what a later one removed.
#[test]
fn the_assurance_of_what_was_removed_is_that_of_the_steps_that_did() {
    let system = |first: &str, second: &str| {
        format!(
            "zones: {{ z: {{}}, y: {{}} }}
data: {{ d: {{ categories: [personal, payment] }} }}
stores: {{ s: {{ zone: z, holds: [d] }}, t: {{ zone: y }} }}
transfers: {{ t1: {{ from: s, to: t, carries: [d], steps: [{first}, {second}] }} }}\n"
        )
    };
    let step = |closed: &str, assurance: &str| {
        format!("{{ kind: scrub, removes: [payment], {closed} assurance: {assurance} }}")
    };
    let perhaps = |assurance: &str| step("", assurance);
    let works = |assurance: &str| step("failClosed: true,", assurance);
    let rule = |assurance: &str| {
        format!(
            "@id(\"own\") forbid(principal is Data, action == Action::\"enter\", resource == Zone::\"y\")
             when {{ context.assurance == Assurance::\"{assurance}\" }};"
        )
    };
    let certain: &[&str] = &["d violation"];
    // Whether the first step takes place or not, the weakest of those that did is the second.
    are(
        &system(&perhaps("attested"), &works("claimed")),
        &rule("claimed"),
        certain,
    );
    are(
        &system(&perhaps("attested"), &works("claimed")),
        &rule("none"),
        &[],
    );
    are(
        &system(&works("claimed"), &perhaps("attested")),
        &rule("claimed"),
        certain,
    );
    // A step without any assurance counts where it takes place.
    are(
        &system(&works("none"), &perhaps("attested")),
        &rule("none"),
        certain,
    );
    let unsettled = &["d undetermined"];
    are(
        &system(&perhaps("none"), &works("claimed")),
        &rule("none"),
        unsettled,
    );
    are(
        &system(&perhaps("claimed"), &perhaps("claimed")),
        &rule("none"),
        unsettled,
    );
    are(
        &system(&perhaps("claimed"), &perhaps("claimed")),
        &rule("tested"),
        &[],
    );
}
