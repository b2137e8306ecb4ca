//! `palisade rules`, `palisade explain`, and the choice of rules by profile.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;

use serde_json::Value as Json;
use support::{Folder, NOW, Run, root, run_in};

fn rules(arguments: &[&str]) -> Vec<Json> {
    let all: Vec<_> = ["rules", "--format", "json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let folder = Folder::of(&[]);
    let run = run_in(folder.path(), &all, b"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    serde_json::from_str(&run.stdout).expect("JSON")
}

fn ids(rules: &[Json]) -> BTreeSet<String> {
    let ids = rules
        .iter()
        .map(|rule| rule["id"].as_str().expect("an id").to_owned());
    ids.collect()
}

#[test]
fn every_rule_that_comes_with_palisade_is_listed() {
    let mut files = 0;
    for (path, _) in support::files(&root().join("policies"), "cedar") {
        let id = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        assert!(ids(&rules(&[])).contains(&id), "{id}");
        files += 1;
    }
    assert_eq!(rules(&[]).len(), files);
}

#[test]
fn a_profile_is_the_rules_that_refer_to_a_standard() {
    let all = rules(&[]);
    let refers = |rule: &&Json| {
        let references = rule["references"].as_array().expect("references");
        references.iter().any(|text| {
            text.as_str()
                .is_some_and(|text| text.starts_with("PCI DSS"))
        })
    };
    let expected: Vec<_> = all.iter().filter(refers).cloned().collect();
    let chosen = rules(&["profile:pci-dss"]);
    assert!(!chosen.is_empty() && chosen.len() < all.len());
    assert_eq!(ids(&chosen), ids(&expected));
    // Every profile that a rule is in can be chosen, and is not every rule.
    let names = all
        .iter()
        .flat_map(|rule| rule["profiles"].as_array().expect("profiles"));
    let names: BTreeSet<_> = names.map(|name| name.as_str().expect("a name")).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let chosen = rules(&[&format!("profile:{name}")]);
        assert!(!chosen.is_empty() && chosen.len() < all.len(), "{name}");
    }
}

#[test]
fn a_group_is_a_profile() {
    let chosen = ids(&rules(&["profile:token"]));
    assert!(chosen.contains("token-issuer-key"));
    assert!(
        chosen.iter().all(|id| id.starts_with("token-")),
        "{chosen:?}"
    );
}

#[test]
fn a_severity_leaves_out_what_is_less_bad() {
    let chosen = rules(&["--severity", "critical"]);
    assert!(!chosen.is_empty());
    assert!(chosen.iter().all(|rule| rule["severity"] == "critical"));
}

#[test]
fn a_configuration_selects_by_profile() {
    let keys = "palisade: v1\nzones: { z: {} }\nkeyStores: { s: { zone: z, custody: file } }\n\
                keys: { k: { store: s, kind: private, exportable: true } }\n";
    let check = |select: &str| {
        let config = format!("select: [{select}]\n");
        let folder = Folder::of(&[("a.yaml", keys), ("palisade.yaml", &config)]);
        run_in(
            folder.path(),
            &["check", "--now", NOW, "--format", "concise"],
            b"",
        )
    };
    let Run { code, stdout, .. } = check("profile:csbr");
    assert!(
        code == 1 && stdout.contains("key-nonexportable"),
        "{stdout}"
    );
    assert!(!stdout.contains("key-no-plaintext"), "{stdout}");
    let Run { code, stdout, .. } = check("profile:csbrr");
    assert!(
        code == 2 && stdout.contains("no rule is in a profile called `csbrr`"),
        "{stdout}"
    );
}

/// A configuration further down is about a system of its own.
#[test]
fn the_rules_of_this_folder_are_listed_and_not_those_of_one_in_it() {
    let policy = |id: &str| {
        format!(
            "@id(\"{id}\")\nforbid(principal is Key, action == Action::\"declare\", resource)\n\
             when {{ principal.exportable }};\n"
        )
    };
    let config = "policies: [policies/*.cedar]\nselect: [own*]\n";
    let folder = Folder::of(&[
        ("palisade.yaml", config),
        ("policies/own.cedar", &policy("own-here")),
        ("inner/palisade.yaml", config),
        ("inner/policies/own.cedar", &policy("own-inner")),
    ]);
    let run = folder.run(&["rules", "--format", "json"]);
    let listed: Vec<Json> = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(ids(&listed), BTreeSet::from(["own-here".to_owned()]));
}

#[test]
fn a_rule_is_explained_with_its_page_and_its_policy() {
    let folder = Folder::of(&[]);
    let run = run_in(folder.path(), &["explain", "key-signing-hsm"], b"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let text = run.stdout;
    for part in [
        "key-signing-hsm\nseverity: critical\n",
        "\nHow to fix\n",
        "\n    keyStores:\n",
        "\nThe policy\n",
        "    forbid (\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let prose = text.lines().filter(|line| !line.starts_with("    "));
    assert!(prose.map(str::len).max() <= Some(100));
    let run = run_in(folder.path(), &["explain", "key-signing-hms"], b"");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("unknown rule `key-signing-hms`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_finding_is_explained_by_its_id() {
    let document = "palisade: v1\nzones: { z: { clearance: secret } }\n\
                    keyStores: { s: { zone: z, custody: file } }\n\
                    keys: { k: { store: s, kind: private } }\n";
    let folder = Folder::of(&[("a.yaml", document)]);
    let check = ["check", "--now", NOW, "--select", "key-no-plaintext"];
    let report = run_in(folder.path(), &check, b"").stdout;
    let id = report.split(" · ").nth(1).expect("an id");
    let id = id.split_whitespace().next().expect("an id");
    let run = run_in(folder.path(), &["explain", id, "--now", NOW], b"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("a.yaml:3:"), "{}", run.stdout);
    assert!(run.stdout.contains("\nHow to fix\n"), "{}", run.stdout);
    let run = run_in(folder.path(), &["explain", "00000000", "--now", NOW], b"");
    assert_eq!(run.code, 2);
}
