//! `palisade policy`: what is said of policies themselves, and how they are laid out.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;

use palisade::check::{CheckInput, Project, check, review};
use palisade::source::{Candidate, Origin};
use support::{Folder, console, root, run_in};

#[test]
fn what_makes_a_policy_unusable_is_told_once_and_where() {
    console::check("policy-problems");
}

/// Conditions that nest this deep, by how they do.
fn nested(depth: usize) -> Vec<(&'static str, String)> {
    let around = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    let joined = |operator: &str| vec!["principal.isSigning"; depth].join(operator);
    vec![
        ("parentheses", around("(", "principal.isSigning", ")")),
        (
            "negated parentheses",
            around("!(", "principal.isSigning", ")"),
        ),
        ("records", around("{a: ", "1", "}")),
        ("sets", around("[", "1", "]")),
        ("calls", around("[1].contains(", "1", ")")),
        ("indices", around("principal[", "1", "]")),
        ("or", joined(" || ")),
        ("and", joined(" && ")),
        ("plus", joined(" + ")),
        ("times", joined(" * ")),
        ("not", format!("{}principal.isSigning", "!".repeat(depth))),
        ("minus", format!("{}1 == 1", "-".repeat(depth))),
        (
            "attributes",
            format!("principal{}", ".parent".repeat(depth)),
        ),
        (
            "attributes that are there",
            format!("principal has a{}", ".a".repeat(depth)),
        ),
        (
            "calls of calls",
            format!("principal{}", ".contains(1)".repeat(depth)),
        ),
        (
            "else",
            format!(
                "{}false",
                "if principal.isSigning then true else ".repeat(depth)
            ),
        ),
        (
            "if",
            around("if ", "principal.isSigning", " then true else false"),
        ),
        (
            "conditions",
            vec!["principal.isSigning"; depth].join(" } when { "),
        ),
        ("never closed", "(".repeat(depth)),
    ]
}

/// A folder with a policy of this condition.
fn with_condition(condition: &str) -> Folder {
    let policy = format!(
        "@id(\"deep\")\nforbid(principal is Key, action == Action::\"declare\", resource)\nwhen {{ {condition} }};\n"
    );
    Folder::of(&[
        ("rules/deep.cedar", &policy),
        ("a.yaml", "palisade: v1\nkeys: { k: {} }\n"),
        (
            "palisade.yaml",
            "policies: [rules/*.cedar]\nselect: [deep]\ntests: [a.yaml]\n",
        ),
    ])
}

/// What a command says, and its exit code.
fn said(folder: &Folder, command: &[&str]) -> (String, i32) {
    let run = folder.run(command);
    (run.stdout + &run.stderr, run.code)
}

#[test]
fn a_policy_that_nests_too_deeply_is_a_problem_with_a_place() {
    for (name, condition) in nested(3000) {
        let folder = with_condition(&condition);
        let (said, code) = said(&folder, &["check", "--format", "concise"]);
        assert_eq!(code, 2, "{name}: {said}");
        let expected = "problem policy-nesting a policy nests too deeply\n";
        assert!(
            said.starts_with("rules/deep.cedar:3:") && said.contains(expected),
            "{name}: {said}"
        );
    }
}

#[test]
fn every_command_that_reads_policies_refuses_one_that_nests_too_deeply() {
    let folder = with_condition(&"(".repeat(3000));
    for (command, expected) in [
        (&["policy", "check"][..], 1),
        (&["policy", "format", "--check"], 1),
        (&["test"], 2),
        (&["test", "--mutate"], 2),
        (&["rules"], 2),
        (&["explain", "deep"], 2),
    ] {
        let (said, code) = said(&folder, command);
        assert_eq!(code, expected, "{command:?}: {said}");
        assert!(
            said.contains("a policy nests too deeply"),
            "{command:?}: {said}"
        );
    }
}

/// Below the limit nothing overflows, and nothing takes long.
#[test]
fn a_policy_that_nests_as_deeply_as_it_may_is_checked() {
    for (name, condition) in nested(20) {
        let folder = with_condition(&condition);
        for command in [&["check"][..], &["policy", "check"]] {
            let (said, code) = said(&folder, command);
            assert!((0..=3).contains(&code), "{name}: {command:?}: {said}");
            let wrong = ["nests too deeply", "recursion", "overflow"];
            assert!(
                !wrong.iter().any(|word| said.contains(word)),
                "{name}: {command:?}: {said}"
            );
        }
    }
}

#[test]
fn policies_are_looked_at_without_asking_them_anything() {
    console::check("policy-check");
}

#[test]
fn policies_are_laid_out_in_place_and_what_cannot_be_is_left() {
    console::check("policy-format");
}

/// Numbers that look random, the same on every run.
struct Lot(u64);

impl Lot {
    fn below(&mut self, limit: usize) -> usize {
        // Knuth's generator; the low bits are the poor ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn pick<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len())]
    }
}

/// A condition over few leaves, so that it often contradicts itself or excludes nothing.
fn condition(lot: &mut Lot, leaf: &dyn Fn(&mut Lot) -> String, depth: usize) -> String {
    let part = |lot: &mut Lot| condition(lot, leaf, depth - 1);
    match if depth == 0 { 0 } else { lot.below(6) } {
        0 => leaf(lot),
        1 | 2 => format!("({} && {} && {})", part(lot), part(lot), part(lot)),
        3 | 4 => format!("({} || {} || {})", part(lot), part(lot), part(lot)),
        _ => match lot.below(2) {
            0 => format!("!({})", part(lot)),
            _ => format!("(if {} then {} else {})", part(lot), part(lot), part(lot)),
        },
    }
}

const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];
const KINDS: [&str; 3] = ["private", "symmetric", "public"];
const LEVELS: [&str; 5] = ["public", "internal", "confidential", "restricted", "secret"];

/// Something about a key by itself.
fn about_keys(lot: &mut Lot) -> String {
    let op = lot.pick(&COMPARISONS);
    let (one, other) = (lot.pick(&KINDS), lot.pick(&KINDS));
    match lot.below(8) {
        0 => "principal.exportable".to_owned(),
        1 => format!("principal.kind == KeyKind::\"{one}\""),
        2 => format!("[KeyKind::\"{one}\", KeyKind::\"{other}\"].contains(principal.kind)"),
        3 => format!("principal.level != Level::\"{}\"", lot.pick(&LEVELS)),
        4 => format!("principal.levelRank {op} {}", lot.below(7) as i64 - 1),
        5 => "principal.isSigning".to_owned(),
        6 => match lot.below(2) {
            0 => "principal.purposes.isEmpty()".to_owned(),
            _ => "principal.purposes.containsAny([Purpose::\"tls\", Purpose::\"token-signing\"])"
                .to_owned(),
        },
        _ => format!(
            "principal.purposes.contains(Purpose::\"{}\")",
            lot.pick(&["tls", "token-signing"])
        ),
    }
}

/// Every key that such conditions can tell from another one.
fn all_keys() -> String {
    let mut yaml =
        "palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z } }\nkeys:\n".to_owned();
    let purposes = ["token-signing", "code-signing", "tls", "wrapping"];
    let mut count = 0;
    for kind in KINDS {
        for level in LEVELS {
            for exportable in [true, false] {
                for chosen in 0..1 << purposes.len() {
                    let used = purposes.iter().enumerate();
                    let used = used.filter(|(at, _)| chosen & (1 << at) != 0);
                    let used: Vec<_> = used.map(|(_, name)| *name).collect();
                    yaml += &format!(
                        "  k{count}: {{ store: s, kind: {kind}, level: {level}, exportable: {exportable}, purposes: [{}] }}\n",
                        used.join(", ")
                    );
                    count += 1;
                }
            }
        }
    }
    yaml
}

const CUSTODIES: [&str; 12] = [
    "hsm",
    "cloud-hsm",
    "kms",
    "tpm",
    "enclave",
    "software-vault",
    "os-store",
    "file",
    "environment",
    "source",
    "state",
    "memory",
];

/// Something about a key and where it is.
fn about_places(lot: &mut Lot) -> String {
    let op = lot.pick(&COMPARISONS);
    let (one, other) = (lot.pick(&CUSTODIES), lot.pick(&CUSTODIES));
    match lot.below(7) {
        0 => "resource.isHardware".to_owned(),
        1 => "resource.isPlaintext".to_owned(),
        2 => format!("resource.custody == Custody::\"{one}\""),
        3 => format!("resource.custody in [Custody::\"{one}\", Custody::\"{other}\"]"),
        4 => format!("principal.levelRank {op} resource.zone.clearanceRank"),
        5 => "principal.level == resource.zone.clearance".to_owned(),
        _ => format!(
            "resource.zone.clearance == Level::\"{}\"",
            lot.pick(&LEVELS)
        ),
    }
}

/// Every key in every place that such conditions can tell from others.
fn all_places() -> String {
    let mut yaml = "palisade: v1\nzones:\n".to_owned();
    for clearance in LEVELS {
        yaml += &format!("  {clearance}: {{ clearance: {clearance} }}\n");
    }
    let stores = || {
        CUSTODIES
            .iter()
            .flat_map(|custody| LEVELS.iter().map(move |zone| (custody, zone)))
    };
    yaml += "keyStores:\n";
    for (custody, zone) in stores() {
        yaml += &format!("  {custody}-{zone}: {{ zone: {zone}, custody: {custody} }}\n");
    }
    yaml += "keys:\n";
    for (custody, zone) in stores() {
        for level in LEVELS {
            yaml += &format!(
                "  {custody}-{zone}-{level}: {{ store: {custody}-{zone}, level: {level} }}\n"
            );
        }
    }
    yaml
}

fn candidate(name: &str, text: String) -> Candidate {
    Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.into_bytes()),
    }
}

fn job(document: String, policies: String) -> CheckInput {
    let mut root = Project::default();
    root.found.candidates = vec![candidate("a.yaml", document)];
    root.policies = vec![candidate("own.cedar", policies)];
    CheckInput {
        roots: vec![root],
        select: vec!["own-*".to_owned()],
        ..CheckInput::default()
    }
}

/// Where there is every document that the rules can tell from another, what never fires is what is
/// said never to, and what always fires what is said always to.
fn is_exact(document: &str, action: &str, resource: &str, leaf: &dyn Fn(&mut Lot) -> String) {
    let requests = document
        .split("\nkeys:\n")
        .nth(1)
        .expect("keys")
        .lines()
        .count();
    let lot = &mut Lot(7);
    let policies: Vec<_> = (0..150)
        .map(|at| {
            let condition = condition(lot, leaf, 1 + at % 2);
            format!(
                "@id(\"own-{at}\")\nforbid(principal is Key, action == Action::\"{action}\", \
                 resource is {resource})\nwhen {{ {condition} }};\n"
            )
        })
        .collect();
    let looked_at = review(job(document.to_owned(), policies.concat()), false);
    let said = |rule: &str, code: &str| {
        let named = format!("rule `{rule}` ");
        let mut remarks = looked_at.remarks.iter().map(|remark| &remark.problem);
        remarks.any(|problem| problem.code.name() == code && problem.message.starts_with(&named))
    };
    let outcome = check(job(document.to_owned(), policies.concat()));
    let of_rules = outcome
        .findings
        .iter()
        .map(|finding| finding.rule.id.as_str());
    let mut fired: BTreeMap<&str, usize> = BTreeMap::new();
    of_rules.for_each(|rule| *fired.entry(rule).or_default() += 1);
    let (mut never, mut always) = (0, 0);
    for (at, policy) in policies.iter().enumerate() {
        let rule = format!("own-{at}");
        let times = fired.get(rule.as_str()).copied().unwrap_or_default();
        assert_eq!(
            said(&rule, "never-fires"),
            times == 0,
            "{times} times\n{policy}"
        );
        assert_eq!(
            said(&rule, "always-fires"),
            times == requests,
            "{times} times\n{policy}"
        );
        never += usize::from(times == 0);
        always += usize::from(times == requests);
    }
    assert!(never > 5 && always > 5, "{never} never, {always} always");
}

#[test]
fn what_is_said_of_keys_is_exact() {
    is_exact(&all_keys(), "declare", "Document", &about_keys);
}

#[test]
fn what_is_said_of_places_is_exact() {
    is_exact(&all_places(), "reside", "KeyStore", &about_places);
}

/// Whoever reads the built-in rules to write their own finds them laid out as theirs will be.
#[test]
fn the_rules_that_come_with_palisade_are_laid_out_and_nothing_is_wrong_with_them() {
    let laid_out = run_in(root(), &["policy", "format", "--check", "policies"], b"");
    assert_eq!(
        (laid_out.stdout.as_str(), laid_out.stderr.as_str()),
        ("", "")
    );
    assert_eq!(laid_out.code, 0);
    let folder = Folder::new();
    let looked_at = folder.run(&["policy", "check", "--built-in", "--strict"]);
    assert_eq!(looked_at.code, 0, "{}", looked_at.stdout);
    assert!(
        looked_at.stdout.contains(": 0 problems, 0 notes"),
        "{}",
        looked_at.stdout
    );
}
