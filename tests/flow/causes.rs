//! One cause is one finding, and what is reported grows with the causes.

use palisade::check::{CheckInput, Project, check};
use palisade::finding::{Finding, Outcome, Verdict};
use palisade::report::{REPORTERS, Style, write};
use palisade::source::Found;

use crate::memory;

fn ask(document: &str, rule: &str, all: bool) -> Outcome {
    let outcome = check(CheckInput {
        roots: vec![Project {
            found: Found {
                candidates: vec![memory("a.yaml", format!("palisade: v1\n{document}"))],
                ..Found::default()
            },
            ..Project::default()
        }],
        select: vec![rule.to_owned()],
        all,
        now: 1_767_225_600_000,
        ..CheckInput::default()
    });
    assert_eq!(outcome.problems, [], "{document}");
    outcome
}

/// What is reported, one line each: the cause, how many facts it stands for, and whether it is open.
fn causes(document: &str, rule: &str) -> Vec<String> {
    let outcome = ask(document, rule, false);
    let mut all: Vec<_> = outcome.findings.iter().map(cause).collect();
    all.sort();
    all
}

fn cause(finding: &Finding) -> String {
    let open = match finding.verdict {
        Verdict::Violation => "",
        Verdict::Undetermined => "?",
    };
    let (cause, count) = (&finding.identity.principal, finding.instances.count);
    format!("{cause}{open} {count}")
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|at| format!("  {}\n", line(at))).collect()
}

const PEERING: &str = "kind: peering, inspection: none, oneWay: false";

#[test]
fn one_conduit_walked_back_and_forth_is_no_way_through_a_third_zone() {
    let rule = "zone-no-transit";
    let two = "zones: { a: {}, b: {}, c: {} }\nconduits:\n";
    let unknown = format!("{two}  ab: {{ from: a, to: b }}\n  bc: {{ from: b, to: c }}\n");
    assert_eq!(causes(&unknown, rule), ["Conduit::bc? 2"]);
    let known = format!(
        "{two}  ab: {{ from: a, to: b, {PEERING} }}\n  bc: {{ from: b, to: c, {PEERING} }}\n"
    );
    assert_eq!(causes(&known, rule), ["Conduit::bc 2"]);
    let one = "zones: { corporate: {}, inner: { parent: corporate }, acquired: {} }\n\
               conduits: { c: { from: acquired, to: corporate } }\n";
    assert_eq!(causes(one, rule), [""; 0]);
    // What a detour to `x` passes is nothing to who goes on.
    let detour = "zones: { a: {}, b: {}, c: {}, x: {} }\nconduits:\n\
                  \x20 ab: { from: a, to: b, kind: peering, inspection: l7, oneWay: false }\n\
                  \x20 bc: { from: b, to: c, kind: peering, inspection: l7, oneWay: false }\n\
                  \x20 bx: { from: b, to: x, kind: peering, inspection: none, oneWay: false }\n";
    assert_eq!(causes(detour, rule), ["Conduit::bx 4"]);
}

#[test]
fn one_conduit_between_nested_zones_is_one_finding() {
    let document = "zones:\n\
        \x20 corp: { environment: corporate, clearance: internal, internet: none }\n\
        \x20 prod: { environment: production, clearance: secret, internet: none }\n"
        .to_owned()
        + &lines(3, |at| format!("corp{at}: {{ parent: corp }}"))
        + &lines(3, |at| format!("prod{at}: {{ parent: prod }}"))
        + "keyStores: { hsm: { zone: prod } }\n\
           keys: { k: { store: hsm, kind: private, level: secret } }\n\
           conduits: { c: { from: corp, to: prod, inspection: none, oneWay: true } }\n";
    let rule = "zone-keyzone-unreachable";
    assert_eq!(causes(&document, rule), ["Conduit::c 16"]);
    let few = ask(&document, rule, false);
    let [finding] = few.findings.as_slice() else {
        panic!("{:#?}", few.findings);
    };
    assert_eq!(finding.subject(), ("Zone::corp", Some("Zone::prod")));
    assert_eq!(finding.instances.shown.len(), 5);
    let all = ask(&document, rule, true);
    assert_eq!(all.findings[0].instances.shown.len(), 16);
    assert_eq!(all.findings[0].identity, finding.identity);
}

#[test]
fn what_a_hub_leaves_open_is_one_finding_a_conduit() {
    let document = "zones:\n  hub: {}\n".to_owned()
        + &lines(40, |at| format!("z{at}: {{}}"))
        + "conduits:\n"
        + &lines(40, |at| format!("c{at}: {{ from: z{at}, to: hub }}"));
    let outcome = ask(&document, "zone-no-transit", false);
    assert!(outcome.findings.len() <= 40, "{}", outcome.findings.len());
    let counts = outcome.findings.iter().map(|it| it.instances.count);
    assert_eq!(counts.sum::<usize>(), 40 * 39);
}

#[test]
fn grants_and_members_are_told_by_what_is_to_be_changed() {
    let grant = "actions: [read, administer], standing: true, recorded: true";
    let document = "zones: { z: { clearance: internal, environment: production } }\nstores:\n"
        .to_owned()
        + &lines(6, |at| format!("s{at}: {{ zone: z, holds: [] }}"))
        + "identities:\n  g: { kind: group, mfa: phishing-resistant, zone: z }\n"
        + &lines(4, |at| {
            format!("m{at}: {{ kind: human, mfa: none, zone: z, memberOf: [g] }}")
        })
        + "grants:\n"
        + &lines(6, |at| {
            format!("a{at}: {{ identity: g, on: s{at}, {grant} }}")
        });
    let jit: Vec<_> = (0..6).map(|at| format!("Grant::a{at} 4")).collect();
    assert_eq!(causes(&document, "access-jit"), jit);
    let mfa: Vec<_> = (0..4).map(|at| format!("Identity::m{at} 6")).collect();
    assert_eq!(causes(&document, "access-strong-mfa"), mfa);
    let one = ask(&document, "access-strong-mfa", true);
    let names = one
        .findings
        .iter()
        .map(|it| (it.subject().0, &it.identity.principal));
    for (told, cause) in names {
        assert_eq!(told, cause);
    }
}

/// A system that grows with a number.
type Shape = (&'static str, fn(usize) -> String);

const SHAPES: [Shape; 6] = [
    ("ring", |n| {
        "zones:\n".to_owned()
            + &lines(n, |at| format!("z{at}: {{}}"))
            + "conduits:\n"
            + &lines(n, |at| {
                format!("c{at}: {{ from: z{at}, to: z{} }}", (at + 1) % n)
            })
    }),
    ("chain", |n| {
        "zones:\n".to_owned()
            + &lines(n, |at| format!("z{at}: {{}}"))
            + "conduits:\n"
            + &lines(n - 1, |at| {
                format!("c{at}: {{ from: z{at}, to: z{}, {PEERING} }}", at + 1)
            })
    }),
    ("hub", |n| {
        "zones:\n  hub: {}\n".to_owned()
            + &lines(n, |at| format!("z{at}: {{}}"))
            + "conduits:\n"
            + &lines(n, |at| {
                format!("c{at}: {{ from: z{at}, to: hub, {PEERING} }}")
            })
    }),
    ("groups and grants", |n| {
        "zones: { z: { clearance: internal, environment: production } }\nstores:\n".to_owned()
            + &lines(n, |at| format!("s{at}: {{ zone: z }}"))
            + "identities:\n  g: { kind: group, zone: z }\n"
            + &lines(n, |at| format!("m{at}: {{ zone: z, memberOf: [g] }}"))
            + "grants:\n"
            + &lines(n, |at| {
                format!("a{at}: {{ identity: g, on: s{at}, actions: [read] }}")
            })
    }),
    ("roles", |n| {
        "zones: { z: { clearance: internal } }\nkeyStores: { v: { zone: z } }\nkeys:\n".to_owned()
            + &lines(n, |at| format!("k{at}: {{ store: v }}"))
            + "identities:\n"
            + &lines(n, |at| {
                format!("m{at}: {{ zone: z, assumes: [m{}] }}", (at + 1) % n)
            })
            + "grants:\n"
            + &lines(n, |at| {
                format!("a{at}: {{ identity: m{at}, on: k{at}, actions: [sign] }}")
            })
    }),
    ("chain of stores", |n| {
        "zones: { z: { clearance: internal } }\nworkloads: { w: { zone: z, dump: heap } }\n"
            .to_owned()
            + "artifacts: { d: { kind: crash-dump, from: w } }\nstores:\n"
            + &lines(n, |at| format!("s{at}: {{ zone: z }}"))
            + "transfers:\n  t: { from: w, to: s0, carries: [d] }\n"
            + &lines(n - 1, |at| {
                format!("t{at}: {{ from: s{at}, to: s{}, carries: [d] }}", at + 1)
            })
    }),
];

/// Four times the input, hardly more than four times the report.
#[test]
fn reports_grow_with_the_input() {
    for (name, document) in SHAPES {
        let [small, large] = [12, 48].map(|n| {
            let outcome = ask(&document(n), "*", false);
            let sizes = REPORTERS.iter().map(|reporter| {
                let mut bytes = Vec::new();
                write(reporter, &outcome, &Style::default(), &mut bytes).expect("memory is enough");
                bytes.len()
            });
            sizes.collect::<Vec<_>>()
        });
        for ((reporter, small), large) in REPORTERS.iter().zip(small).zip(large) {
            let growth = large as f64 / small as f64;
            assert!(
                growth < 5.5,
                "{name}: {} grows {growth:.1} times",
                reporter.name
            );
        }
    }
}
