//! What the settings of a check do, and what `init` and `inventory` write.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;

use support::{NOW, root, run_in};

const KEYS: &str = "palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z } }\n\
                    keys: { k: { store: s, kind: private, exportable: EXPORTABLE } }\n";

/// The exit code and the report of a check of one key with this configuration.
fn check(exportable: &str, config: &str, arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let document = KEYS.replace("EXPORTABLE", exportable);
    fs::write(folder.path().join("a.yaml"), document).unwrap();
    fs::write(folder.path().join("palisade.yaml"), config).unwrap();
    let permit = "permit(principal is Key, action == Action::\"reside\", resource)\n\
                  when { !principal.exportable };";
    fs::write(folder.path().join("permit.cedar"), permit).unwrap();
    let mut all = vec!["check", "--now", NOW, "--format", "concise"];
    all.extend(arguments);
    let run = run_in(folder.path(), &all, b"");
    (run.code, run.stdout)
}

const ONE: &str = "select: [key-nonexportable]\n";

#[test]
fn a_finding_below_fail_on_is_told_and_fails_nothing() {
    let (code, said) = check("true", ONE, &[]);
    assert!(code == 1 && said.contains("key-nonexportable"), "{said}");
    let (code, said) = check("true", &format!("{ONE}fail-on: critical\n"), &[]);
    assert!(code == 0 && said.contains("key-nonexportable"), "{said}");
    // A flag goes before the file.
    let (code, _) = check(
        "true",
        &format!("{ONE}fail-on: critical\n"),
        &["--fail-on", "low"],
    );
    assert_eq!(code, 1);
    let (code, said) = check(
        "true",
        &format!("{ONE}severity: {{ key-nonexportable: low }}\nfail-on: medium\n"),
        &[],
    );
    assert!(
        code == 0 && said.contains(": low key-nonexportable"),
        "{said}"
    );
}

#[test]
fn what_is_unknown_may_only_warn() {
    assert_eq!(check("unknown", ONE, &[]).0, 1);
    let (code, said) = check("unknown", &format!("{ONE}unknowns: warn\n"), &[]);
    assert!(code == 0 && said.contains("undetermined"), "{said}");
    assert_eq!(check("true", ONE, &["--unknowns", "warn"]).0, 1);
}

#[test]
fn under_default_deny_only_what_is_permitted_may_be() {
    let config = "select: [default-deny-*]\npolicies: [permit.cedar]\ndefault-deny: [reside]\n";
    assert_eq!(check("false", config, &[]), (0, String::new()));
    let (code, said) = check("true", config, &[]);
    assert!(code == 1 && said.contains("default-deny-reside"), "{said}");
    let (code, said) = check("unknown", config, &[]);
    assert!(code == 1 && said.contains("undetermined"), "{said}");
    // A permit that nothing asks for is a mistake.
    let (code, said) = check("false", "policies: [permit.cedar]\n", &[]);
    assert!(code == 2 && said.contains("problem permit"), "{said}");
}

#[test]
fn include_and_exclude_choose_files() {
    let (code, said) = check("true", &format!("{ONE}exclude: [a.yaml]\n"), &[]);
    assert_eq!((code, said.as_str()), (3, ""));
    let (code, said) = check("true", &format!("{ONE}include: [none/*.yaml]\n"), &[]);
    assert!(code == 2 && said.contains("no-documents"), "{said}");
}

#[test]
fn init_writes_what_checks_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_in(folder.path(), &["init"], b"").code, 0);
    let run = run_in(
        folder.path(),
        &["check", "--now", NOW, "--format", "concise"],
        b"",
    );
    assert!(
        run.code == 1 && !run.stdout.contains("problem"),
        "{}",
        run.stdout
    );
    let document = folder.path().join("infrastructure.yaml");
    fs::write(&document, "mine").unwrap();
    assert_eq!(run_in(folder.path(), &["init"], b"").code, 0);
    assert_eq!(fs::read_to_string(document).unwrap(), "mine");
}

/// An inventory written as one document is found to be what its documents are.
#[test]
fn an_inventory_checks_the_same() {
    let findings = |stdout: &str| {
        let lines = stdout
            .lines()
            .map(|line| line.split_once(": ").unwrap().1.to_owned());
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        lines
    };
    for example in ["storm-0558", "storm-0558-fixed", "payments"] {
        let path = root().join("examples").join(example);
        let path = path.to_str().unwrap();
        let check = ["check", "--now", NOW, "--format", "concise"];
        let whole = run_in(root(), &[&check[..], &[path]].concat(), b"").stdout;
        for (format, name) in [("yaml", "all.yaml"), ("json", "all.json")] {
            let written = run_in(root(), &["inventory", path, "--format", format], b"");
            assert_eq!(written.code, 0, "{}", written.stderr);
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), written.stdout).unwrap();
            let again = run_in(folder.path(), &check, b"").stdout;
            assert_eq!(findings(&again), findings(&whole), "{example} as {format}");
        }
    }
}
