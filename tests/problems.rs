//! Nothing that is wrong is passed over in silence: every problem is told, and none exits 0.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use support::{Folder, NOW, check_in, console, run_in};

#[test]
fn everything_that_is_wrong_is_told_in_one_run() {
    console::check("broken");
}

#[test]
fn where_the_configuration_cannot_be_used_nothing_else_is_told() {
    console::check("misconfigured");
}

const CLEAN: &str = "palisade: v1\nverifiers: { v: { \
    checks: [key-issuer, audience, expiry, revocation], algorithms: [ES256], keySource: pinned } }\n";
const VIOLATES: &str = "palisade: v1\nverifiers: { v: { \
    checks: [audience, expiry, revocation], algorithms: [ES256], keySource: pinned } }\n";
const UNDETERMINED: &str = "palisade: v1\nverifiers: { v: {} }\n";
const BROKEN: &str = "palisade: v1\nverifiers: { v: { checks: [key-issuer }\n";
const DANGLING: &str = "palisade: v1\nverifiers: { v: { trusts: [k], \
    checks: [key-issuer, audience, expiry, revocation], algorithms: [ES256], keySource: pinned } }\n";

/// The exit code of a check of these files, which must be the same for every format.
fn code(files: &[(&str, &str)], arguments: &[&str]) -> i32 {
    let folder = Folder::of(files);
    let codes = ["human", "concise", "json"].map(|format| {
        let mut all = vec!["check", "--now", NOW, "--format", format];
        all.extend(arguments);
        folder.run(&all).code
    });
    assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
    codes[0]
}

#[test]
fn exit_codes_take_precedence_2_then_1_then_3_then_0() {
    let bad_policy = ("rule.cedar", "forbid(principal, action, resource");
    let bad_config = ("palisade.yaml", "polices: []\n");
    assert_eq!(code(&[("a.yaml", CLEAN)], &[]), 0);
    assert_eq!(code(&[("a.yaml", VIOLATES)], &[]), 1);
    assert_eq!(code(&[("a.yaml", UNDETERMINED)], &[]), 1);
    assert_eq!(code(&[("a.yaml", CLEAN), ("b.yaml", BROKEN)], &[]), 3);
    assert_eq!(code(&[("a.yaml", DANGLING)], &[]), 3);
    assert_eq!(code(&[("a.yaml", VIOLATES), ("b.yaml", BROKEN)], &[]), 1);
    assert_eq!(code(&[("a.yaml", CLEAN), bad_config], &[]), 2);
    assert_eq!(code(&[("a.yaml", VIOLATES), bad_config], &[]), 2);
    let policy = ["--policies", "rule.cedar"];
    assert_eq!(code(&[("a.yaml", CLEAN), bad_policy], &policy), 2);
    assert_eq!(code(&[("a.yaml", BROKEN), bad_policy], &policy), 2);
}

#[test]
fn nothing_to_check_exits_3() {
    assert_eq!(code(&[], &[]), 3);
    assert_eq!(code(&[("readme.txt", "No document.\n")], &[]), 3);
    assert_eq!(code(&[("values.yaml", "replicas: 3\n")], &[]), 3);
    // Documents, but no rule that applies to anything in them.
    assert_eq!(
        code(&[("a.yaml", CLEAN)], &["--select", "debug-off-prod"]),
        3
    );
    assert_eq!(code(&[("a.yaml", CLEAN)], &["--ignore", "*"]), 3);
    assert_eq!(code(&[("a.yaml", "palisade: v1\n")], &[]), 3);
}

#[test]
fn what_is_said_where_nothing_was_checked() {
    console::check("nothing");
}

#[test]
fn a_path_that_is_not_there_is_a_problem() {
    let folder = Folder::of(&[("a.yaml", CLEAN)]);
    let report = folder.check(&["a.yaml", "b.yaml"]);
    assert_eq!(report.codes(), ["unreadable"]);
    assert_eq!(report.code, 3);
}

#[test]
fn files_that_claim_nothing_are_counted() {
    let folder = Folder::of(&[
        ("a.yaml", CLEAN),
        ("chart/values.yaml", "replicas: {{ .Values.replicas }}\n"),
        ("package.json", "{}"),
        ("readme.md", "palisade: v1\n"),
        ("my-palisade.yaml", "x: 1\n"),
    ]);
    let report = folder.check(&[]);
    assert_eq!(report.json["summary"]["unclaimed"], 4);
    assert_eq!(report.json["summary"]["documents"], 1);
    assert_eq!(report.code, 0);
}

/// Only the configuration itself is no document.
#[test]
fn a_document_may_be_called_almost_like_the_configuration() {
    let folder = Folder::of(&[("my-palisade.yaml", VIOLATES)]);
    assert_eq!(
        folder.check(&[]).places(),
        ["token-issuer-key my-palisade.yaml:2"]
    );
}

#[test]
fn one_bad_file_never_hides_the_rest() {
    let folder = Folder::of(&[("b.yaml", VIOLATES)]);
    folder.write("a.yaml", BROKEN);
    folder.write("c.yaml", b"palisade: v1\nzones: { \xff: {} }\n");
    folder.write("d.json", "{ \"palisade\": \"v1\", ");
    let report = folder.check(&[]);
    assert_eq!(report.places(), ["token-issuer-key b.yaml:2"]);
    assert_eq!(report.codes(), ["yaml-syntax", "not-utf-8", "json-syntax"]);
    assert_eq!(report.code, 1);
}

#[test]
fn one_bad_document_of_a_stream_never_hides_the_others() {
    let violates = VIOLATES.replace("v: {", "w: {");
    let stream = format!("{CLEAN}---\n- a list\n---\nzones: {{}}\n---\n{violates}");
    let report = Folder::of(&[("a.yaml", &stream)]).check(&[]);
    assert_eq!(report.places(), ["token-issuer-key a.yaml:9"]);
    assert_eq!(report.codes(), ["not-a-document", "no-marker"]);
}

#[test]
fn bytes_that_are_not_utf_8_are_pointed_at() {
    let folder = Folder::new();
    folder.write("a.yaml", b"palisade: v1\nzones: { \xe9t\xe9: {} }\n");
    let report = folder.check(&[]);
    assert_eq!(report.codes(), ["not-utf-8"]);
    let start = &report.problems()[0]["labels"][0]["location"]["start"];
    assert_eq!((&start["line"], &start["column"]), (&2.into(), &10.into()));
    assert_eq!(report.code, 3);
}

/// The limit falls into a character: the file is too large, and not in a wrong encoding.
#[test]
fn a_file_that_is_too_large_is_said_to_be_so() {
    let document = "palisade: v1\nzones: { é: {} }\n";
    let at = document.find('é').expect("there");
    for limit in [at, at + 1] {
        let config = format!("limits: {{ file-bytes: {limit} }}\n");
        let folder = Folder::of(&[("a.yaml", document), ("palisade.yaml", &config)]);
        let report = folder.check(&[]);
        assert_eq!(report.codes(), ["file-too-large"]);
        assert_eq!(report.code, 3);
    }
    let exact = format!("limits: {{ file-bytes: {} }}\n", document.len());
    let folder = Folder::of(&[("a.yaml", document), ("palisade.yaml", &exact)]);
    assert_eq!(folder.check(&[]).codes(), [""; 0]);
}

#[test]
fn depth_and_aliases_are_bounded_by_the_configuration() {
    let deep = "palisade: v1\nzones: { z: { labels: { a: b } } }\n";
    let folder = Folder::of(&[
        ("a.yaml", deep),
        ("palisade.yaml", "limits: { depth: 2 }\n"),
    ]);
    let report = folder.check(&["--ignore", "zone-*"]);
    assert_eq!((report.codes(), report.code), (vec!["nesting-limit"], 3));
    let aliases = "palisade: v1\nzones: { a: &a { kind: host, plane: data }, b: *a, c: *a }\n";
    let folder = Folder::of(&[
        ("a.yaml", aliases),
        ("palisade.yaml", "limits: { alias-nodes: 3 }\n"),
    ]);
    let report = folder.check(&["--ignore", "zone-*"]);
    assert_eq!((report.codes(), report.code), (vec!["alias-limit"], 3));
}

/// Whichever of the two holds, the problem keeps the run from passing.
#[test]
fn values_of_the_wrong_sort_are_called_what_documents_call_them() {
    for (document, expected) in [
        (
            "keys: { k: { kind: 1.5 } }",
            "`kind`: `1.5` is not a value of this attribute",
        ),
        (
            "keys: { k: { kind: [a] } }",
            "`kind`: expected one word, found a list",
        ),
        (
            "keys: { k: { exportable: 1.5 } }",
            "expected `true` or `false`, found a number, `1.5`",
        ),
        (
            "keys: { k: { exportable: {} } }",
            "expected `true` or `false`, found a mapping",
        ),
        (
            "stores: { s: { retentionDays: 1.5 } }",
            "or `forever`, found a number, `1.5`",
        ),
        (
            "stores: { s: { retentionDays: 1000000000 } }",
            "from 0 to 999999999",
        ),
        (
            "stores: { s: { retentionDays: -1 } }",
            "from 0 to 999999999",
        ),
        (
            "transfers: { t: { steps: [a] } }",
            "expected a mapping, found a string, `a`",
        ),
        (
            "transfers: { t: { steps: [{ kind: scrub, removes: telemetry }] } }",
            "expected a list",
        ),
        ("zones: { \"a\\tb\": {} }", "a tab, a line break"),
        ("zones: { \"a\\nb\": {} }", "a tab, a line break"),
        ("zones: { \"\": {} }", "an entity has no id"),
    ] {
        let folder = Folder::of(&[("a.yaml", &format!("palisade: v1\n{document}\n"))]);
        let report = folder.run(&["check", "--format", "concise"]);
        assert!(
            report.stdout.contains(expected),
            "{document}: {}",
            report.stdout
        );
        for word in ["floating", "enum ", "sequence", "struct ", "i64", "integer"] {
            assert!(
                !report.stdout.contains(word),
                "{document}: {}",
                report.stdout
            );
        }
    }
}

#[test]
fn a_duplicate_key_never_hides_what_it_repeats() {
    for checks in [
        "checks: [], checks: [key-issuer]",
        "checks: [key-issuer], checks: []",
    ] {
        let document = format!("palisade: v1\nverifiers: {{ v: {{ {checks} }} }}\n");
        let report = Folder::of(&[("a.yaml", &document)]).check(&[]);
        assert_eq!(report.codes(), ["duplicate-key"]);
        assert_ne!(report.code, 0);
    }
    // The same, where the second one comes through a merge key: what is stated beside it holds.
    let merged = "palisade: v1\nverifiers:\n  v: &v { checks: [key-issuer, audience, expiry, revocation], \
         algorithms: [ES256], keySource: pinned }\n  w: { <<: *v, checks: [audience, expiry, revocation] }\n";
    let report = Folder::of(&[("a.yaml", merged)]).check(&[]);
    assert_eq!(report.places(), ["token-issuer-key a.yaml:4"]);
}

#[test]
fn an_entity_that_is_declared_twice_is_checked_twice() {
    let folder = Folder::of(&[("a.yaml", CLEAN), ("b.yaml", VIOLATES)]);
    let report = folder.check(&[]);
    assert_eq!(report.codes(), ["duplicate-id"]);
    assert_eq!(report.places(), ["token-issuer-key b.yaml:2"]);
}

#[test]
fn a_rule_that_cannot_be_evaluated_has_not_passed() {
    let rule = "forbid(principal is Verifier, action == Action::\"declare\", resource)
when { principal.checksCount * 9223372036854775807 * 2 > 5 };\n";
    let folder = Folder::of(&[("a.yaml", CLEAN), ("rule.cedar", rule)]);
    let report = folder.check(&["--policies", "rule.cedar", "--select", "rule"]);
    assert_eq!(report.codes(), ["not-evaluated"]);
    assert_eq!(report.places(), [""; 0]);
    assert_eq!(report.code, 3);
    // Nor does it where a value that makes it fail is only possible.
    let folder = Folder::of(&[("a.yaml", UNDETERMINED), ("rule.cedar", rule)]);
    let report = folder.check(&["--policies", "rule.cedar", "--select", "rule"]);
    assert_ne!(report.code, 0);
}

#[test]
fn a_rule_that_names_what_nobody_declares_has_not_passed() {
    let rule = "forbid(principal is Verifier, action == Action::\"declare\", resource)
when { principal.trusts.contains(Key::\"k\") };\n";
    let folder = Folder::of(&[("a.yaml", CLEAN), ("rule.cedar", rule)]);
    let report = folder.check(&["--policies", "rule.cedar"]);
    assert_eq!(
        (report.codes(), report.code),
        (vec!["undeclared-entity"], 3)
    );
    // Unless it is not selected.
    let report = folder.check(&["--policies", "rule.cedar", "--ignore", "rule"]);
    assert_eq!((report.codes(), report.code), (vec![], 0));
}

#[test]
fn the_nearest_configuration_is_used_however_files_are_named() {
    let rule = "forbid(principal is Verifier, action == Action::\"declare\", resource);\n";
    let folder = Folder::of(&[
        ("palisade.yaml", "policies: [rules/*.cedar]\n"),
        ("rules/no-verifiers.cedar", rule),
        ("a.yaml", CLEAN),
        ("sub/b.yaml", &CLEAN.replace("v: {", "w: {")),
    ]);
    let found = |arguments: &[&str]| folder.check(arguments).places();
    let (a, b) = ("no-verifiers a.yaml:2", "no-verifiers sub/b.yaml:2");
    assert_eq!(found(&[]), [a, b]);
    assert_eq!(found(&["."]), [a, b]);
    assert_eq!(found(&["a.yaml"]), [a]);
    assert_eq!(found(&["./a.yaml"]), [a]);
    assert_eq!(found(&["sub"]), [b]);
    assert_eq!(found(&["sub/b.yaml", "a.yaml"]), [a, b]);
    assert_eq!(found(&["--config", "palisade.yaml", "sub/b.yaml"]), [b]);
    assert_eq!(found(&["--no-config"]), [""; 0]);
    // From inside a folder, too, and for standard input.
    let inside = check_in(&folder.path().join("sub"), &["b.yaml"]);
    assert_eq!(inside.places(), ["no-verifiers b.yaml:2"]);
    let arguments = ["check", "--now", NOW, "--format", "concise", "-"];
    let run = run_in(folder.path(), &arguments, CLEAN.as_bytes());
    assert!(run.stdout.contains("no-verifiers"), "{}", run.stdout);
}

/// A nested root has rules and ids of its own.
#[test]
fn a_root_within_the_paths_is_checked_by_itself() {
    let rule = "forbid(principal is Verifier, action == Action::\"declare\", resource);\n";
    let folder = Folder::of(&[
        ("a.yaml", CLEAN),
        ("nested/palisade.yaml", "policies: [rule.cedar]\n"),
        ("nested/rule.cedar", rule),
        ("nested/b.yaml", CLEAN),
    ]);
    let nested = ["rule nested/b.yaml:2"];
    for paths in [
        &["."] as &[&str],
        &["nested"],
        &[".", "nested"],
        &["nested", "a.yaml"],
    ] {
        let report = folder.check(paths);
        assert_eq!(
            (report.places(), report.code),
            (nested.map(String::from).to_vec(), 1)
        );
    }
    // Unless the outer one leaves it out.
    let outer = Folder::of(&[
        ("palisade.yaml", "exclude: [nest*]\n"),
        ("a.yaml", CLEAN),
        ("nested/palisade.yaml", "policies: [rule.cedar]\n"),
        ("nested/rule.cedar", rule),
        ("nested/b.yaml", CLEAN),
    ]);
    let report = outer.check(&[]);
    assert_eq!((report.places(), report.code), (Vec::new(), 0));
}

#[test]
fn a_configuration_that_is_not_there_is_a_usage_error() {
    let folder = Folder::of(&[("a.yaml", CLEAN)]);
    let report = folder.check(&["--config", "missing.yaml"]);
    assert_eq!((report.codes(), report.code), (vec!["unreadable"], 2));
    let report = folder.check(&["--policies", "missing.cedar"]);
    assert_eq!((report.codes(), report.code), (vec!["no-policies"], 2));
}

#[test]
fn select_and_ignore_take_ids_and_starts_of_ids() {
    let folder = Folder::of(&[("a.yaml", CLEAN)]);
    let rules = |arguments: &[&str]| {
        let report = folder.check(arguments);
        let rules = report.json["rules"].as_array().expect("rules").iter();
        let ids: Vec<_> = rules
            .map(|rule| rule["id"].as_str().unwrap().to_owned())
            .collect();
        (ids, report.code)
    };
    let (token, _) = rules(&["--select", "token-*"]);
    assert!(token.len() > 2 && token.iter().all(|id| id.starts_with("token-")));
    let (less, _) = rules(&["--select", "token-*", "--ignore", "token-issuer-key"]);
    assert_eq!(less.len(), token.len() - 1);
    assert!(!less.contains(&"token-issuer-key".to_owned()));
    let (one, _) = rules(&["--select", "token-class*"]);
    assert_eq!(one, ["token-class-separation"]);
    let (two, _) = rules(&["--select", "zone-level-declared,token-issuer-key"]);
    assert_eq!(two, ["token-issuer-key", "zone-level-declared"]);
    let (all, _) = rules(&[]);
    let (rest, _) = rules(&["--ignore", "token-*"]);
    assert_eq!(all.len(), rest.len() + token.len());
    assert!(!rest.iter().any(|id| id.starts_with("token-")));
}

#[test]
fn a_rule_that_is_not_known_is_a_usage_error() {
    let folder = Folder::of(&[("a.yaml", CLEAN)]);
    for option in ["--select", "--ignore"] {
        let report = folder.check(&[option, "token-issuer-kay"]);
        assert_eq!((report.codes(), report.code), (vec!["unknown-rule"], 2));
        let help = report.problems()[0]["help"].as_str().expect("help");
        assert_eq!(help, "did you mean `token-issuer-key`?");
        let report = folder.check(&[option, "nothing-*"]);
        assert_eq!((report.codes(), report.code), (vec!["unknown-rule"], 2));
    }
}

#[test]
fn a_rule_that_did_not_load_is_not_also_unknown() {
    let scope = "forbid(principal is Key, action == Action::\"declare\", resource is Document)";
    let cases = [
        (
            "policy-invalid",
            format!("@id(\"mine\") {scope} when {{ principal.nothing }};"),
        ),
        ("policy-syntax", format!("@id(\"mine\") {scope} when {{")),
        (
            "severity",
            format!("@id(\"mine\") @severity(\"bad\") {scope};"),
        ),
    ];
    for (code, policy) in cases {
        let config = "policies: [own.cedar]\nselect: [mine]\nseverity: { mine: low }\n";
        let folder = Folder::of(&[
            ("a.yaml", CLEAN),
            ("own.cedar", &policy),
            ("palisade.yaml", config),
        ]);
        for arguments in [&[][..], &["--select", "mi*"], &["--ignore", "mine"]] {
            let report = folder.check(arguments);
            assert_eq!((report.codes(), report.code), (vec![code], 2), "{policy}");
        }
        let report = folder.check(&["--select", "yours"]);
        assert_eq!(report.codes(), ["unknown-rule"], "{policy}");
    }
}

#[test]
fn a_reference_that_must_be_there_and_is_broken_is_one_problem() {
    let cases = [
        ("{}", "missing-reference"),
        ("", "missing-reference"),
        ("{ zone: }", "missing-reference"),
        ("{ zone: nowhere }", "unknown-id"),
        ("{ zone: k }", "wrong-kind"),
        ("{ zone: unknown }", "unknown-reference"),
        ("{ zone: [z] }", "wrong-value"),
        ("{ zone: { id: z } }", "wrong-value"),
        ("zone", "not-an-entity"),
        ("[zone]", "not-an-entity"),
    ];
    for (store, code) in cases {
        let text = format!("palisade: v1\nkeyStores:\n  k: {store}\n");
        let report = Folder::of(&[("a.yaml", &text)]).check(&[]);
        assert_eq!(report.codes(), [code], "{store}");
    }
}

#[test]
fn what_is_nested_too_deep_says_whether_it_is_a_zone_or_a_host() {
    let chain = |section: &str, by: &str, more: &str| {
        let links = (1..70).map(|n| format!("  e{n}: {{ {by}: e{}{more} }}\n", n - 1));
        let links: String = links.collect();
        format!("palisade: v1\n{section}:\n  e0: {{ kind: host{more} }}\n{links}")
    };
    let zones = chain("zones", "parent", "");
    let zone = "\nzones: { z: {} }\n";
    let hosts = chain("workloads", "runsOn", ", zone: z") + zone;
    for (text, code) in [(zones, "zone-nesting"), (hosts, "host-nesting")] {
        let report = Folder::of(&[("a.yaml", &text)]).check(&[]);
        assert_eq!(report.codes(), [code]);
    }
}

#[test]
fn standard_input_is_a_document_by_the_name_that_is_given() {
    console::check("stdin");
}

#[test]
fn usage_errors_exit_2_and_say_what_is_wrong() {
    let folder = Folder::of(&[("a.yaml", VIOLATES)]);
    let wrong: [&[&str]; 8] = [
        &[],
        &["chekc"],
        &["check", "--nonsense"],
        &["check", "--format", "xml"],
        &["check", "--now", "tomorrow"],
        &["check", "--now", "2026-02-30"],
        &["check", "--config", "a", "--no-config"],
        &["schema", "everything"],
    ];
    for arguments in wrong {
        let run = folder.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert!(!run.stderr.is_empty(), "{arguments:?}");
    }
}

/// Git decides what is ignored; a file that is named is checked whatever git thinks of it.
#[test]
fn what_git_ignores_is_left_out_unless_it_is_named() {
    let folder = Folder::of(&[
        ("a.yaml", CLEAN),
        (".gitignore", "drafts/\n*.tmp.yaml\n"),
        ("drafts/b.yaml", VIOLATES),
        ("c.tmp.yaml", VIOLATES),
        (".git/info/exclude", "local.yaml\n"),
        ("local.yaml", VIOLATES),
    ]);
    let before = folder.check(&[]);
    assert_eq!(
        before.places().len(),
        3,
        "without a repository nothing is ignored"
    );
    for (name, text) in [
        (".git/HEAD", "ref: refs/heads/main\n"),
        (
            ".git/config",
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
        ),
        (".git/objects/info/x", ""),
        (".git/refs/heads/x", ""),
        (".git/inside.yaml", VIOLATES),
    ] {
        folder.write(name, text);
    }
    let report = folder.check(&[]);
    assert_eq!((report.places(), report.code), (vec![], 0));
    let report = folder.check(&["drafts/b.yaml"]);
    assert_eq!(report.places(), ["token-issuer-key drafts/b.yaml:2"]);
    let report = folder.check(&["local.yaml", "c.tmp.yaml"]);
    assert_eq!(report.findings().len(), 2);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let outside = Folder::of(&[("b.yaml", VIOLATES), ("sub/c.yaml", VIOLATES)]);
    let folder = Folder::of(&[("a.yaml", CLEAN)]);
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(outside.path().join(to), folder.path().join(name)).unwrap();
    };
    link("b.yaml", "b.yaml");
    link("sub", "sub");
    link("gone.yaml", "gone.yaml");
    let report = folder.check(&[]);
    assert_eq!((report.places(), report.code), (vec![], 0));
    assert_eq!(report.json["summary"]["documents"], 1);
    let left_out = report.json["ledger"]["leftOut"].as_array().expect("a list");
    let left_out: Vec<_> = left_out
        .iter()
        .map(|it| format!("{} {}", it["path"], it["reason"]).replace('"', ""))
        .collect();
    assert_eq!(left_out, ["b.yaml link", "gone.yaml link", "sub link"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_a_problem() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::of(&[("a.yaml", CLEAN), ("b.yaml", VIOLATES)]);
    let path = folder.path().join("b.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        return; // Whoever may read everything, such as root, cannot try this.
    }
    let report = folder.check(&[]);
    assert_eq!((report.codes(), report.code), (vec!["unreadable"], 3));
}

/// The report is the same bytes, however often and with however many threads it is made.
#[test]
fn the_report_does_not_depend_on_threads() {
    let case = Folder::copy(&support::root().join("tests/cli/broken/in"));
    let report = |threads: &str| {
        let mut command = support::program(case.path());
        command.env("RAYON_NUM_THREADS", threads);
        command.args(["check", "--now", NOW, "--format", "json"]);
        command.output().expect("a report").stdout
    };
    let one = report("1");
    assert!(one.len() > 1000);
    assert_eq!(one, report("7"));
    assert_eq!(one, report("2"));
}

/// Nothing of the environment but our own settings changes what is reported, but for how it looks.
#[test]
fn the_report_does_not_depend_on_the_environment() {
    let folder = Folder::of(&[("a.yaml", VIOLATES)]);
    let plain = folder.run(&["check", "--now", NOW]).stdout;
    let mut command = support::program(folder.path());
    command.args(["check", "--now", NOW]);
    for (name, value) in [
        ("LANG", "de_DE.UTF-8"),
        ("TZ", "Asia/Tokyo"),
        ("NO_COLOR", "1"),
    ] {
        command.env(name, value);
    }
    let other = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert_eq!(plain, other);
    assert!(!plain.contains('\u{1b}'));
    let coloured = folder
        .run(&["check", "--now", NOW, "--color", "always"])
        .stdout;
    assert!(coloured.contains('\u{1b}'));
}

/// What rests on very many unknowns is told as soon as it is known to rest on too many.
#[test]
fn very_many_unknowns_are_told_in_bounded_time() {
    let mut document =
        "palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z } }\nkeys:\n".to_owned();
    let names: Vec<_> = (0..1500).map(|at| format!("k{at}")).collect();
    for name in &names {
        document += &format!("  {name}: {{ store: s }}\n");
    }
    let uses = names.join(", ");
    document += &format!("workloads:\n  w: {{ zone: z, uses: [{uses}] }}\n");
    document += &format!("  off: {{ zone: z, uses: [{uses}], dump: off }}\n");
    let folder = Folder::of(&[("a.yaml", &document)]);
    let arguments = ["--select", "dump-off-key-hosts"];
    let report = folder.check(&arguments);
    let [finding] = report.findings() else {
        panic!("{} findings", report.findings().len());
    };
    assert_eq!(finding["verdict"], "undetermined");
    assert_eq!(finding["identity"]["principal"], "Workload::w");
    assert_eq!(finding["passesIf"], "`dump` of workload `w` is `off`");
}
