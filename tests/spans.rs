//! What is underlined, in which file: the primary place, every related one and the clauses.
//!
//! The cases are the Markdown files in `tests/spans/`; those that Markdown cannot hold are here.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;

use support::{Folder, cases, files, render, root};

#[test]
fn built_in_rules() {
    cases::check("spans/rules.md");
}

#[test]
fn documents() {
    cases::check("spans/documents.md");
}

#[test]
fn every_built_in_rule_has_a_case() {
    let cases = fs::read_to_string(root().join("tests/spans/rules.md")).expect("the cases");
    for (path, _) in files(&root().join("policies"), "cedar") {
        let id = path
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name");
        assert!(cases.contains(&format!("\nRule: `{id}`\n")), "{id}");
    }
}

const DOCUMENT: &str = "palisade: v1
zones: { ü: {} }
keyStores: { s: { zone: ü } }
keys:
  k:
    store: s
    kind: private
    exportable: true
";

const FOUND: &str = "\
violation: key `k`: private keys must not be exportable
  at  doc.yaml:8 «true»: `exportable` is `true`
  and doc.yaml:7 «private»: `kind` is `private`
  by  built-in/key/key-nonexportable.cedar:14 «principal.kind == KeyKind::\"private\"»: holds
  by  built-in/key/key-nonexportable.cedar:15 «principal.exists»: holds
  by  built-in/key/key-nonexportable.cedar:16 «principal.exportable»: holds
";

fn found(document: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    folder.write("doc.yaml", document);
    render::report(&folder.check(&["--select", "key-nonexportable"]))
}

#[test]
fn line_ends_of_one_byte_and_of_two() {
    assert_eq!(found(DOCUMENT), FOUND);
    assert_eq!(found(DOCUMENT.replace('\n', "\r\n")), FOUND);
    assert_eq!(found(DOCUMENT.replace('\n', "\r")), FOUND);
}

#[test]
fn a_byte_order_mark_moves_bytes_and_no_column() {
    let marked = format!("\u{feff}{DOCUMENT}");
    assert_eq!(found(&marked), FOUND);
    assert_eq!(found(marked.replace('\n', "\r\n")), FOUND);

    let first = |document: &str| {
        let folder = Folder::of(&[("doc.yaml", document)]);
        let report = folder.check(&[]);
        let start = &report.problems()[0]["labels"][0]["location"]["start"];
        (start["column"].as_u64(), start["byte"].as_u64())
    };
    // The marker is the first thing in the file, so it stands right after the mark.
    assert_eq!(first("palisade: v9\n"), (Some(11), Some(10)));
    assert_eq!(first("\u{feff}palisade: v9\n"), (Some(11), Some(13)));
}

#[test]
fn a_file_that_ends_without_a_line_end() {
    assert_eq!(found(DOCUMENT.trim_end()), FOUND);
}

#[test]
fn columns_count_characters_and_bytes_count_bytes() {
    let folder = Folder::of(&[(
        "doc.yaml",
        "palisade: v1\nverifiers: { \"☂\": { checks: [] } }\n",
    )]);
    let report = folder.check(&["--select", "token-issuer-key"]);
    let at = &report.findings()[0]["primary"]["location"];
    assert_eq!(at["start"]["line"], 2);
    assert_eq!(at["start"]["column"], 29);
    assert_eq!(at["end"]["column"], 31);
    assert_eq!(at["start"]["byte"], 13 + 28 + 2);
}

/// Where a value stands does not depend on the other files, or on how they are named.
#[test]
fn a_violation_is_found_wherever_its_parts_stand() {
    let parts = [
        "palisade: v1\nzones: { z: {} }\n",
        "palisade: v1\nkeyStores: { s: { zone: z, custody: file } }\n",
        "palisade: v1\nkeys: { k: { store: s, kind: private, state: active } }\n",
    ];
    let orders = [["a", "b", "c"], ["c", "a", "b"], ["b", "c", "a"]];
    for names in orders {
        let folder = Folder::new();
        for (name, part) in names.iter().zip(parts) {
            folder.write(&format!("{name}.yaml"), part);
        }
        let report = folder.check(&["--select", "key-no-plaintext"]);
        let [_, stores, _] = names;
        assert_eq!(
            report.places(),
            [format!("key-no-plaintext {stores}.yaml:2")]
        );
    }
}
