//! Cases at the edge, and cases that were once wrong: every fact of a document, with its path.

use palisade::finding::Verdict;

use crate::{memory, run_with};

/// Forbids everything, so that every fact shows.
const ALL: &str = r#"
@id("enter") forbid(principal, action == Action::"enter", resource);
@id("rest") forbid(principal, action == Action::"rest", resource);
@id("move") forbid(principal, action == Action::"move", resource);
@id("contain") forbid(principal, action == Action::"contain", resource);
@id("reach") forbid(principal, action == Action::"reach", resource);
@id("obtain") forbid(principal, action == Action::"obtain", resource);
@id("connect") forbid(principal, action == Action::"connect", resource)
    when { context.conduit has status && context.conduit.status == Status::"forbidden" };
"#;

/// The facts of a document about these actions: "a enter z: by way of w, s", and its problems.
fn facts(document: &str, actions: &str) -> Vec<String> {
    let document = memory("a.yaml", format!("palisade: v1\n{document}"));
    let outcome = run_with(
        document,
        ALL,
        actions.split(' ').map(str::to_owned).collect(),
    );
    let id = |described: &str| described.split('`').nth(1).unwrap_or_default().to_owned();
    let name = |uid: &str| uid.split("::").nth(1).unwrap_or_default().to_owned();
    let findings = outcome.findings.iter().map(|finding| {
        let (principal, resource) = finding.subject();
        let resource = name(resource.unwrap_or_default());
        let from = finding.path.first().and_then(|hop| hop.from.as_deref());
        let hops = from
            .into_iter()
            .chain(finding.path.iter().map(|hop| &*hop.to));
        let hops: Vec<_> = hops.map(id).collect();
        let perhaps = if finding.verdict == Verdict::Violation {
            ""
        } else {
            "?"
        };
        // The others that it stands for are told without their ways.
        let others = finding.instances.shown.iter().skip(1).map(|other| {
            let (principal, resource) = (name(&other.principal), name(&other.resource));
            let perhaps = if other.verdict == Verdict::Violation {
                ""
            } else {
                "?"
            };
            format!(" + {principal} {resource}{perhaps}")
        });
        format!(
            "{} {}{perhaps} {resource}: {}{}",
            name(principal),
            finding.identity.rule,
            hops.join(" "),
            others.collect::<String>()
        )
    });
    let problems = outcome.problems.iter();
    let problems = problems.map(|problem| format!("{}: {}", problem.code, problem.message));
    let mut all: Vec<_> = findings.chain(problems).collect();
    all.sort();
    all
}

#[track_caller]
fn are(document: &str, actions: &str, expected: &[&str]) {
    let found = facts(document, actions);
    assert_eq!(found, expected, "\n{document}\n{}", found.join("\n"));
}

const FAR: &str = "encrypted: false, approval: none";
/// A transfer that leaves the state of a thing as it is to begin with.
const NEAR: &str = "encrypted: true, approval: dual";

#[test]
fn a_cycle_is_gone_round_until_nothing_is_new() {
    are(
        &format!(
            "zones: {{ z: {{}}, y: {{}} }}\nstores: {{ s: {{ zone: z, holds: [d] }}, t: {{ zone: y }} }}
data: {{ d: {{ level: secret, categories: [personal] }} }}
transfers:
  there: {{ from: s, to: t, carries: [d], {FAR} }}
  back: {{ from: t, to: s, carries: [d], {FAR} }}\n"
        ),
        "enter rest move",
        &[
            "d enter y: s t",
            "d enter z: s",
            "d move back: s t back",
            "d move there: s there",
            "d rest s: s",
            "d rest t: s t",
        ],
    );
}

#[test]
fn a_transfer_may_end_where_it_begins() {
    are(
        &format!(
            "zones: {{ z: {{}} }}\nstores: {{ s: {{ zone: z, holds: [d] }} }}
data: {{ d: {{ level: secret, categories: [personal] }} }}
transfers:
  round: {{ from: s, to: s, carries: [d], {FAR} }}\n"
        ),
        "enter rest move",
        &["d enter z: s", "d move round: s round", "d rest s: s"],
    );
}

#[test]
fn a_transfer_to_nowhere_is_a_problem_and_leads_nowhere() {
    are(
        &format!(
            "zones: {{ z: {{}} }}\nstores: {{ s: {{ zone: z, holds: [d] }} }}
data: {{ d: {{ level: secret, categories: [personal] }} }}
transfers:
  lost: {{ from: s, to: nowhere, carries: [d], {FAR} }}\n"
        ),
        "enter rest move",
        &[
            "d enter z: s",
            "d rest s: s",
            "unknown-id: unknown store or workload or key store or debug environment or zone `nowhere`",
        ],
    );
}

#[test]
fn of_two_artifacts_of_one_id_none_is_dropped() {
    are(
        "zones: { z: {}, y: {} }\nstores: { s: { zone: z }, t: { zone: y } }
artifacts:
  a: { kind: log, from: s }
---
palisade: v1
artifacts:
  a: { kind: log, from: t }\n",
        "enter rest",
        &[
            "a enter y: t",
            "a enter z: s",
            "a rest s: s",
            "a rest t: t",
            "duplicate-id: artifact `a` is declared twice",
        ],
    );
}

#[test]
fn an_artifact_of_a_key_is_where_the_key_is_kept() {
    are(
        "zones: { z: {} }\nkeyStores: { v: { zone: z, custody: hsm } }
keys:
  k: { store: v, kind: private, exportable: true }
  l: { store: v, kind: private, exportable: false }
  m: { store: v, kind: public, exportable: true }
artifacts:
  copy: { kind: backup, from: k }
  sealed: { kind: backup, from: l }
  open: { kind: backup, from: m }
  log: { kind: log, from: k }\n",
        "enter contain",
        &[
            "copy contain k: k copy",
            "copy enter z: v",
            "k enter z: v",
            "l enter z: v",
            "log enter z: v",
            "m enter z: v",
            "open enter z: v",
            "sealed enter z: v",
        ],
    );
}

#[test]
fn a_copy_of_a_copy_holds_what_the_first_one_holds() {
    are(
        &format!(
            "zones: {{ z: {{}}, y: {{}} }}
keyStores: {{ v: {{ zone: z, custody: file }} }}
keys: {{ k: {{ store: v, kind: private, exportable: true }} }}
workloads: {{ w: {{ zone: z, dump: full, uses: [k] }} }}
stores: {{ dumps: {{ zone: z }}, restored: {{ zone: y }} }}
artifacts:
  dump: {{ kind: crash-dump, from: w, at: dumps }}
  night: {{ kind: backup, from: dumps }}
transfers:
  restore: {{ from: dumps, to: restored, carries: [night], {FAR} }}
identities: {{ i: {{ zone: y, kind: human }} }}
grants: {{ g: {{ identity: i, on: restored, actions: [read] }} }}\n"
        ),
        "contain rest obtain",
        &[
            "dump contain k: w dump",
            "dump rest dumps: w dumps",
            "i obtain restored: restored i + i k + i dump + i night",
            "night contain k: w dumps night",
            "night rest dumps: dumps",
            "night rest restored: dumps restored",
        ],
    );
}

#[test]
fn a_copy_that_is_kept_in_what_it_copies_does_not_hold_itself() {
    are(
        "zones: { z: {} }\nstores: { s: { zone: z, holds: [d] } }
data: { d: { level: secret, categories: [personal] } }
artifacts: { night: { kind: backup, from: s, at: s } }\n",
        "contain rest",
        &["d rest s: s", "night contain d: s night", "night rest s: s"],
    );
}

#[test]
fn two_copies_that_hold_each_other_come_to_an_end() {
    are(
        "zones: { z: {} }\nstores: { s: { zone: z, holds: [d] }, t: { zone: z } }
data: { d: { level: secret, categories: [personal] } }
artifacts:
  one: { kind: backup, from: s, at: t }
  two: { kind: backup, from: t, at: s }\n",
        "contain",
        &["one contain d: s one", "two contain d: s t two"],
    );
}

#[test]
fn a_transfer_from_a_zone_begins_anywhere_in_it() {
    are(
        &format!(
            "zones: {{ outer: {{}}, inner: {{ parent: outer }}, other: {{}} }}
stores: {{ s: {{ zone: inner, holds: [d] }} }}
data: {{ d: {{ level: secret, categories: [personal] }} }}
transfers:
  out: {{ from: outer, to: other, carries: [d], {FAR} }}
  on: {{ from: other, to: inner, carries: [d], {FAR} }}\n"
        ),
        "enter move",
        &[
            "d enter inner: s",
            "d enter other: s other",
            "d move on: s other on",
            "d move out: s out",
        ],
    );
}

#[test]
fn a_step_that_is_done_at_the_end_gets_all_there() {
    are(
        "zones: { z: {}, y: {} }\nstores: { s: { zone: z, holds: [d] }, t: { zone: y } }
data: { d: { level: secret, categories: [personal] } }
transfers:
  out:
    from: s
    to: t
    carries: [d]
    encrypted: false
    approval: none
    steps: [{ kind: scrub, removes: [personal], failClosed: true, assurance: tested, runsIn: y }]\n",
        "enter rest move",
        &["d enter y: s y", "d enter z: s", "d move out: s out", "d rest s: s"],
    );
}

#[test]
fn what_passes_a_zone_for_a_step_does_not_keep_others_from_staying_there() {
    are(
        "zones: { z: {}, y: {}, x: {} }\nstores: { s: { zone: z, holds: [d] }, t: { zone: z } }
data: { d: { level: secret, categories: [personal] } }
transfers:
  checked: { from: s, to: t, carries: [d], encrypted: true, approval: dual, steps: [{ kind: scan, runsIn: y }] }
  there: { from: s, to: y, carries: [d], encrypted: true, approval: dual }
  on: { from: y, to: x, carries: [d], encrypted: true, approval: dual }\n",
        "enter",
        &["d enter x: s y x", "d enter y: s y", "d enter z: s"],
    );
}

#[test]
fn what_must_not_be_is_found_over_two_others() {
    are(
        &format!(
            "zones: {{ z: {{}}, y: {{}}, x: {{}} }}
stores: {{ s: {{ zone: z, holds: [d] }}, t: {{ zone: y }}, u: {{ zone: x }} }}
data: {{ d: {{ level: secret, categories: [personal] }} }}
transfers:
  never: {{ from: s, to: u, carries: [d], status: forbidden }}
  first: {{ from: s, to: t, carries: [d], {FAR} }}
  second: {{ from: t, to: u, carries: [d], {FAR} }}\n"
        ),
        "move",
        &[
            "d move first: s first",
            "d move never: s t u",
            "d move second: s t second",
        ],
    );
}

#[test]
fn a_key_that_comes_back_to_its_key_store_is_not_loaded_by_that() {
    are(
        &format!(
            "zones: {{ z: {{}}, y: {{}}, x: {{}} }}
keyStores: {{ v: {{ zone: z, custody: kms }} }}
keys: {{ k: {{ store: v, kind: private, exportable: true, level: public, purposes: [tls] }} }}
workloads: {{ w: {{ zone: x, uses: [k] }} }}
stores: {{ s: {{ zone: y }} }}
transfers:
  out: {{ from: v, to: s, carries: [k], {NEAR} }}
  back: {{ from: s, to: v, carries: [k], {NEAR} }}
  loaded: {{ from: w, to: x, carries: [k], {FAR} }}
  never: {{ from: s, to: x, carries: [k], status: forbidden }}\n"
        ),
        "move",
        &[
            "k move back: v s back",
            "k move loaded: v w loaded",
            "k move out: v out",
        ],
    );
}

#[test]
fn a_forbidden_conduit_is_found_through_a_third_zone() {
    are(
        "zones: { z: {}, y: {}, x: {} }
conduits:
  never: { from: z, to: x, status: forbidden }
  first: { from: z, to: y, oneWay: true }
  second: { from: y, to: x, oneWay: true }\n",
        "connect",
        &["z connect x: z y x"],
    );
}

#[test]
fn a_forbidden_conduit_is_found_between_nested_zones() {
    let document = |more: &str| {
        format!(
            "zones: {{ z: {{}}, a: {{ parent: z }}, y: {{}}, b: {{ parent: y }} }}
conduits:
  never: {{ from: z, to: y, status: forbidden }}
{more}"
        )
    };
    let inner = document("  inner: { from: a, to: b, oneWay: true }\n");
    are(&inner, "connect", &["z connect y: a b"]);
    // Answers are no way in.
    let back = document("  back: { from: b, to: a, oneWay: false }\n");
    are(&back, "connect", &[]);
    // Of two ways, that between the zones themselves.
    let both = document(
        "  inner: { from: a, to: b, oneWay: true }\n  outer: { from: z, to: y, oneWay: true }\n",
    );
    are(&both, "connect", &["z connect y: z y"]);
}

#[test]
fn what_never_gets_there_cannot_be_carried_from_there() {
    are(
        &format!(
            "zones: {{ z: {{}} }}\nstores: {{ s: {{ zone: z, holds: [d] }}, t: {{ zone: z }} }}
data: {{ d: {{ level: secret, categories: [personal] }} }}
transfers:
  odd: {{ from: t, to: s, carries: [d], {FAR} }}\n"
        ),
        "move rest",
        &[
            "d rest s: s",
            "nothing-to-carry: transfer `odd` carries data item `d`, but nothing brings that to store `t`",
        ],
    );
}

#[test]
fn what_a_zone_says_of_the_internet_holds_in_it() {
    are(
        "zones: { outer: { internet: both }, inner: { parent: outer }, shut: { internet: none } }\n",
        "reach",
        &[
            "inner reach internet: inner internet + outer internet + internet outer + internet inner",
        ],
    );
}

#[test]
fn what_was_removed_is_not_in_a_copy_of_a_copy() {
    are(
        "zones: { z: {} }\nstores: { s: { zone: z, holds: [d] }, t: { zone: z } }
data: { d: { level: secret, categories: [personal] } }
artifacts:
  one: { kind: backup, from: s }
  two: { kind: backup, from: t }
transfers:
  clean: { from: s, to: t, carries: [one], steps: [{ kind: scrub, removes: [personal], failClosed: true }] }\n",
        "contain",
        &["one contain d: s one"],
    );
}

#[test]
fn a_copy_of_a_disk_holds_no_memory_unless_that_is_written_to_it() {
    are(
        "zones: { z: {} }\nkeyStores: { v: { zone: z, custody: file } }
keys: { k: { store: v, kind: private, exportable: true } }
workloads:
  awake: { zone: z, uses: [k], hibernation: false }
  asleep: { zone: z, uses: [k], hibernation: true }
artifacts:
  one: { kind: snapshot, from: awake }
  two: { kind: snapshot, from: asleep }\n",
        "contain",
        &["two contain k: asleep two"],
    );
}

#[test]
fn what_gets_to_a_key_store_can_be_read_there() {
    are(
        &format!(
            "zones: {{ z: {{}} }}\nkeyStores: {{ v: {{ zone: z, custody: file }}, u: {{ zone: z, custody: file }} }}
keys: {{ k: {{ store: v, kind: private, exportable: true }} }}
artifacts: {{ copy: {{ kind: backup, from: u }} }}
transfers: {{ t: {{ from: v, to: u, carries: [k], {FAR} }} }}
identities: {{ i: {{ zone: z, kind: human }} }}
grants: {{ g: {{ identity: i, on: u, actions: [read] }} }}\n"
        ),
        "obtain contain",
        &["copy contain k: v u copy", "i obtain copy: u i + i k"],
    );
}

#[test]
fn what_must_not_be_is_asked_about_in_each_state() {
    let document = "palisade: v1
zones: { z: {}, y: {} }
stores: { s: { zone: z, holds: [d] }, t: { zone: z }, u: { zone: y } }
data: { d: { level: secret, categories: [personal] } }
transfers:
  never: { from: s, to: u, carries: [d], status: forbidden }
  short: { from: s, to: u, carries: [d], encrypted: true, approval: dual }
  long: { from: s, to: t, carries: [d], encrypted: false, approval: none }
  way: { from: t, to: u, carries: [d], encrypted: true, approval: dual }\n";
    let rule = "@id(\"open\") forbid(principal, action == Action::\"move\", resource)
        when { resource has status && resource.status == Status::\"forbidden\" && !context.encrypted };";
    let outcome = run_with(memory("a.yaml", document), rule, vec!["open".to_owned()]);
    let hops: Vec<_> = outcome
        .findings
        .iter()
        .map(|finding| finding.path.len())
        .collect();
    assert_eq!(hops, [3]);
}

#[test]
fn the_way_out_of_a_zone_closes_the_ways_to_all_that_is_in_it() {
    let document = "palisade: v1
zones: { z: {}, y: {} }
stores: { s: { zone: z, holds: [d] }, t: { zone: y }, u: { zone: y } }
data: { d: { level: secret, categories: [personal] } }
transfers:
  one: { from: s, to: t, carries: [d], encrypted: true, approval: dual }
  two: { from: s, to: u, carries: [d], encrypted: true, approval: dual }\n";
    let rule =
        "@id(\"in-y\") forbid(principal, action == Action::\"enter\", resource == Zone::\"y\");";
    let outcome = run_with(memory("a.yaml", document), rule, vec!["in-y".to_owned()]);
    let ways_out: Vec<_> = outcome
        .findings
        .iter()
        .map(|finding| finding.way_out.as_deref())
        .collect();
    assert_eq!(
        ways_out,
        [Some(
            "removing transfer `one` and transfer `two` breaks every path"
        )]
    );
}

#[test]
fn the_way_out_may_be_a_debug_environment() {
    let document = "palisade: v1
zones: { z: {}, y: {} }
stores: { s: { zone: z, holds: [d] } }
data: { d: { level: secret, categories: [personal] } }
debugEnvironments: { lab: { zone: y, reads: [s] } }\n";
    let rule =
        "@id(\"in-y\") forbid(principal, action == Action::\"enter\", resource == Zone::\"y\");";
    let outcome = run_with(memory("a.yaml", document), rule, vec!["in-y".to_owned()]);
    let ways_out: Vec<_> = outcome
        .findings
        .iter()
        .map(|finding| finding.way_out.as_deref())
        .collect();
    assert_eq!(
        ways_out,
        [Some("removing debug environment `lab` breaks every path")]
    );
}

/// Of what is reached over conduits: the fewest of them, and what zones say of the internet.
#[test]
fn the_way_out_of_a_zone_that_is_reached_is_its_conduits() {
    let document = "palisade: v1
zones: { a: {}, b: {}, c: { internet: egress }, d: {} }
conduits:
  one: { from: a, to: b, oneWay: true }
  two: { from: b, to: c, oneWay: true }
  also: { from: a, to: c, oneWay: true }
  last: { from: c, to: d, oneWay: true }\n";
    let rule = |id: &str, from: &str, to: &str| {
        format!(
            "@id(\"{id}\") forbid(principal == Zone::\"{from}\", action == Action::\"reach\", resource == Zone::\"{to}\");"
        )
    };
    let ways_out = |from: &str, to: &str| -> Vec<(Option<String>, Option<Vec<String>>)> {
        let rule = rule("own", from, to);
        let outcome = run_with(memory("a.yaml", document), &rule, vec!["own".to_owned()]);
        // What nobody states of the internet makes further ways possible.
        let certain = outcome.findings.into_iter();
        let certain = certain.filter(|finding| finding.verdict == Verdict::Violation);
        certain
            .map(|finding| (finding.way_out, finding.cut))
            .collect()
    };
    let one = |text: &str, ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        vec![(Some(text.to_owned()), Some(ids))]
    };
    assert_eq!(
        ways_out("a", "d"),
        one(
            "removing conduit `last` breaks every path",
            &["Conduit::last"]
        )
    );
    assert_eq!(
        ways_out("a", "internet"),
        one(
            "removing the internet connection of zone `c` breaks every path",
            &["Zone::c"]
        )
    );
    let cut = ways_out("a", "c");
    assert_eq!(cut.len(), 1, "{cut:?}");
    assert_eq!(cut[0].1.as_ref().map(Vec::len), Some(2), "{cut:?}");
}

#[test]
fn the_shortest_way_to_hold_something_is_shown() {
    are(
        "zones: { z: {} }\nstores: { s: { zone: z, holds: [d] }, t: { zone: z } }
data: { d: { level: secret, categories: [personal] } }
transfers: { on: { from: s, to: t, carries: [d] } }
identities: { i: { zone: z, kind: human } }
grants:
  far: { identity: i, on: t, actions: [read] }
  near: { identity: i, on: s, actions: [read] }\n",
        "obtain",
        &["i obtain s: s i + i d", "i obtain t: t i"],
    );
}

#[test]
fn what_must_not_get_further_in_is_found_from_outside() {
    are(
        &format!(
            "zones: {{ outer: {{}}, inner: {{ parent: outer }} }}
stores: {{ s: {{ zone: outer, holds: [d] }}, vault: {{ zone: inner, holds: [e] }} }}
data:
  d: {{ level: secret, categories: [personal] }}
  e: {{ level: secret, categories: [personal] }}
transfers:
  never: {{ from: outer, to: vault, carries: [d, e], status: forbidden }}
  round: {{ from: vault, to: vault, carries: [e], {FAR} }}
  way: {{ from: s, to: vault, carries: [d], {FAR} }}\n"
        ),
        "move",
        &[
            "d move never: s vault",
            "d move way: s way",
            "e move round: vault round",
        ],
    );
}

/// One of the two statements is wrong, and nobody can tell from them what is in the dump.
#[test]
fn a_dump_of_what_writes_none_is_a_problem() {
    let system = |mode: &str, kind: &str| {
        format!(
            "zones: {{ z: {{}} }}
workloads: {{ w: {{ zone: z, dump: {mode} }} }}
artifacts: {{ a: {{ kind: {kind}, from: w }} }}\n"
        )
    };
    let wrong = ["contradiction: artifact `a` is a dump of workload `w`, which writes none"];
    are(&system("off", "crash-dump"), "contain", &wrong);
    are(&system("off", "core-dump"), "contain", &wrong);
    // Somebody can take one all the same.
    are(&system("off", "heap-dump"), "contain", &[]);
    are(&system("mini", "core-dump"), "contain", &[]);
    are(&system("unknown", "core-dump"), "contain", &[]);
}

/// What is in an artifact is in whatever holds that, in the state in which it got there.
#[test]
fn what_is_in_a_thing_gets_where_that_does() {
    const SCRUB: &str = "{ kind: scrub, removes: [payment], failClosed: true, assurance: tested }";
    let system = &format!(
        "zones: {{ z: {{}}, y: {{}}, x: {{}} }}
data: {{ d: {{ categories: [payment] }}, e: {{ categories: [personal] }} }}
workloads: {{ w: {{ zone: z, dump: full, processes: [d, e] }} }}
stores: {{ dumps: {{ zone: z }}, shelf: {{ zone: y }}, far: {{ zone: x }} }}
artifacts:
  dump: {{ kind: core-dump, from: w, at: dumps }}
  night: {{ kind: backup, from: dumps }}
transfers:
  ship: {{ from: dumps, to: shelf, carries: [night], {NEAR} }}
  on: {{ from: shelf, to: far, carries: [night], steps: [{SCRUB}], {FAR} }}\n"
    );
    are(
        system,
        "enter",
        &[
            "d enter z: w",
            "dump enter z: w",
            "e enter z: w",
            "night enter x: dumps shelf far",
            "night enter y: dumps shelf",
            "night enter z: dumps",
        ],
    );
    // A rule about data alone finds it in the dump in the backup, until it is removed.
    let rule = "@id(\"data\") forbid(principal is Data, action == Action::\"enter\", resource)
        when { context.inside && context.encrypted };";
    let document = memory("a.yaml", format!("palisade: v1\n{system}"));
    let outcome = run_with(document, rule, vec!["data".to_owned()]);
    let messages = outcome.findings.iter().map(|finding| &*finding.message);
    let expected = [
        "data item `d` in artifact `night` entering zone `y`: policy `data` forbids this",
        "data item `e` in artifact `night` entering zone `y`: policy `data` forbids this",
    ];
    assert_eq!(messages.collect::<Vec<_>>(), expected);
}
