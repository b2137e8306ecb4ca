//! What is looked at: which files are documents, which are left out and by what, and what is doubtful.
//!
//! `tests/reading/*.md` hold the cases: a heading, a script, and what is said.
//! `SNAPSHOTS=overwrite cargo test --test reading` writes what is said anew.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use support::scripts::Scripts;
use support::{Folder, NOW};

const PREAMBLE: &str = r#"
# What becomes of each file.
files() { "$PALISADE" check --show-files "$@"; echo "? $?"; }
GOOD='zones: { z: { clearance: secret } }
keyStores: { v: { zone: z, custody: hsm } }
keys: { k: { store: v, kind: private, purposes: [token-signing] } }'
BAD=$(echo "$GOOD" | sed 's/hsm/file/')
good() { mkdir -p "$(dirname "$1")"; { echo 'palisade: v1'; echo "$GOOD"; } > "$1"; }
bad() { mkdir -p "$(dirname "$1")"; { echo 'palisade: v1'; echo "$BAD"; } > "$1"; }
hsm() { brief --select key-signing-hsm "$@"; }
"#;

fn page(name: &str) {
    let scripts = Scripts {
        preamble: PREAMBLE,
        ..Scripts::default()
    };
    scripts.page(name);
}

#[test]
fn what_is_left_out() {
    page("tests/reading/left-out.md");
}

#[test]
fn which_configuration_applies() {
    page("tests/reading/configuration.md");
}

#[test]
fn what_is_read_besides() {
    page("tests/reading/project.md");
}

#[test]
fn what_is_said_of_texts() {
    page("tests/reading/texts.md");
}

/// The same document beside which only its head differs, however it is written.
const BODY: &str = "zones: { z: { clearance: secret } }
keyStores: { v: { zone: z, custody: file } }
keys: { k: { store: v, kind: private, purposes: [token-signing] } }
";

fn json(key: &str) -> String {
    format!(
        "{{{key}: \"v1\", \"zones\": {{\"z\": {{\"clearance\": \"secret\"}}}}, \
         \"keyStores\": {{\"v\": {{\"zone\": \"z\", \"custody\": \"file\"}}}}, \
         \"keys\": {{\"k\": {{\"store\": \"v\", \"kind\": \"private\", \"purposes\": [\"token-signing\"]}}}}}}\n"
    )
}

fn utf_16(text: &str, big_endian: bool, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    let units = mark.encode_utf16().chain(text.encode_utf16());
    units
        .flat_map(|unit| match big_endian {
            true => unit.to_be_bytes(),
            false => unit.to_le_bytes(),
        })
        .collect()
}

#[test]
fn a_file_whose_root_has_the_key_is_a_document_however_it_is_written() {
    let flow = BODY.trim_end().replace('\n', ", ");
    let indented: String = format!("palisade: v1\n{BODY}")
        .lines()
        .map(|line| format!(" {line}\n"))
        .collect();
    let fence = |open: &str, body: &str| format!("# Page\n\n```{open}\n{body}```\n").into_bytes();
    let marked = format!("palisade: v1\n{BODY}");
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a.yaml", marked.clone().into_bytes()),
        ("a.yaml", format!("\"palisade\": v1\n{BODY}").into_bytes()),
        ("a.yaml", format!("'palisade': 'v1'\n{BODY}").into_bytes()),
        (
            "a.yaml",
            format!("\"p\\x61lisade\": v1\n{BODY}").into_bytes(),
        ),
        ("a.yaml", format!("palisade : v1\n{BODY}").into_bytes()),
        (
            "a.yaml",
            format!("palisade:   v1 # now\n{BODY}").into_bytes(),
        ),
        ("a.yaml", format!("palisade:\n  v1\n{BODY}").into_bytes()),
        ("a.yaml", format!("? palisade\n: v1\n{BODY}").into_bytes()),
        ("a.yaml", format!("{{palisade: v1, {flow}}}\n").into_bytes()),
        (
            "a.yaml",
            format!("# first\n{{ {flow},\n  palisade: v1 }}\n").into_bytes(),
        ),
        (
            "a.yaml",
            format!("--- {{palisade: v1, {flow}}}\n").into_bytes(),
        ),
        ("a.yaml", format!("--- !!map\n{marked}").into_bytes()),
        ("a.yaml", format!("%YAML 1.2\n---\n{marked}").into_bytes()),
        ("a.yaml", indented.into_bytes()),
        ("a.yaml", format!("&a palisade: v1\n{BODY}").into_bytes()),
        ("a.yaml", format!("!!str palisade: v1\n{BODY}").into_bytes()),
        ("a.yaml", format!("{BODY}palisade: v1\n").into_bytes()),
        ("a.yaml", marked.replace('\n', "\r\n").into_bytes()),
        ("a.yaml", marked.replace('\n', "\r").into_bytes()),
        ("a.yaml", format!("\u{feff}{marked}").into_bytes()),
        ("a.yaml", utf_16(&marked, true, true)),
        ("a.yaml", utf_16(&marked, false, true)),
        ("a.yaml", utf_16(&marked, true, false)),
        ("a.yaml", utf_16(&marked, false, false)),
        ("a.YML", marked.clone().into_bytes()),
        ("a.Yaml", marked.clone().into_bytes()),
        ("a.json", json("\"palisade\"").into_bytes()),
        ("a.JSON", json("\"palisade\"").into_bytes()),
        ("a.json", json("\"palis\\u0061de\"").into_bytes()),
        (
            "a.json",
            json("\"palisade\"").replace(',', ",\n\t").into_bytes(),
        ),
        ("a.json", utf_16(&json("\"palisade\""), false, true)),
        (
            "a.jsonc",
            format!(
                "// Why.\n{}",
                json("/* it is */ \"palisade\"").replace("]}}}", "],},},}")
            )
            .into_bytes(),
        ),
        ("a.MD", fence("yaml palisade", BODY)),
        ("a.mdx", fence("yaml palisade", BODY)),
        ("a.md", fence("yaml", &format!("\"palisade\": v1\n{BODY}"))),
        (
            "a.md",
            fence("yaml", &format!("{{palisade: v1, {flow}}}\n")),
        ),
        ("a.md", fence("yaml:shop.yaml", &marked)),
        ("a.md", fence("yaml+jinja", &marked)),
        ("a.md", fence("text/yaml", &marked)),
        ("a.md", fence("application/x-yaml", &marked)),
        ("a.md", fence("{.yaml .palisade}", BODY)),
        ("a.md", fence("json", &json("\"palisade\""))),
        ("a.md", format!("---\n{marked}---\n\n# Page\n").into_bytes()),
        (
            "a.md",
            format!("---\r\n{}---\r\n", marked.replace('\n', "\r\n")).into_bytes(),
        ),
    ];
    for (name, text) in cases {
        let folder = Folder::new();
        folder.write(name, &text);
        let report = folder.check(&["--select", "key-signing-hsm"]);
        let shown = String::from_utf8_lossy(&text);
        assert_eq!(report.codes(), [""; 0], "{name}\n{shown}");
        assert_eq!(report.findings().len(), 1, "{name}\n{shown}");
        assert_eq!(report.json["ledger"]["read"][0], name, "{shown}");
    }
}

/// A document that is broken is a problem, and not a file of another tool.
#[test]
fn a_file_that_is_broken_and_has_the_key_is_a_problem() {
    for (name, text) in [
        ("a.yaml", "\"palisade\": v1\nzones: { z: {\n"),
        ("a.yaml", "palisade:v1\nzones: { z: {} }\n"),
        ("a.yaml", "{palisade: v1, zones: { z: {\n"),
        ("a.yaml", " palisade: v1\n\tzones: {}\n"),
        ("a.json", "{ \"zones\": {}, \"palisade\" : \"v1\", "),
        ("a.jsonc", "{ // \"\n \"zones\": {}, \"palisade\": \"v1\", "),
        ("a.yaml", "palisade: v2\nzones: {}\n"),
        ("a.yaml", "palisade:\nzones: {}\n"),
        ("a.yaml", "palisade: { version: v1 }\nzones: { z: {} }\n"),
    ] {
        let report = Folder::of(&[(name, text)]).check(&[]);
        assert_ne!(report.codes(), [""; 0], "{text}");
        assert_eq!(report.code, 3, "{text}");
    }
}

#[test]
fn what_may_have_been_meant_to_be_a_document_is_a_problem() {
    let page = |open: &str, body: &str| format!("```{open}\n{body}```\n");
    for (name, text, code) in [
        (
            "a.yaml",
            format!("Palisade: v1\n{BODY}"),
            "unmarked-document",
        ),
        (
            "a.yaml",
            format!("PALISADE: v1\n{BODY}"),
            "unmarked-document",
        ),
        (
            "a.yaml",
            format!("palisde: v1\n{BODY}"),
            "unmarked-document",
        ),
        ("a.yaml", "palisades: v1\n".to_owned(), "unmarked-document"),
        ("a.yaml", BODY.to_owned(), "unmarked-document"),
        ("a.yaml", format!("version: 1\n{BODY}"), "unmarked-document"),
        (
            "a.yaml",
            format!("- palisade: v1\n  {}", BODY.replace('\n', "\n  ")),
            "unmarked-document",
        ),
        ("a.json", json("\"Palisade\""), "unmarked-document"),
        ("a.json", json("\"version\""), "unmarked-document"),
        ("a.md", page("yaml palisde", BODY), "fence-language"),
        ("a.md", page("yaml Palisades", BODY), "fence-language"),
        ("a.md", page("yaml", BODY), "unmarked-document"),
        (
            "a.md",
            page("yaml", &format!("palisde: v1\n{BODY}")),
            "unmarked-document",
        ),
    ] {
        let report = Folder::of(&[(name, &text)]).check(&[]);
        assert_eq!(report.codes(), [code], "{text}");
        assert_eq!(report.code, 3, "{text}");
        assert!(
            !report.problems()[0]["labels"]
                .as_array()
                .unwrap()
                .is_empty(),
            "{text}"
        );
    }
}

#[test]
fn files_of_other_tools_are_left_alone() {
    for (name, text) in [
        ("values.yaml", "palisade:\n  enabled: true\n  image: x\n"),
        ("values.yaml", "global: {}\npalisade: { enabled: true }\n"),
        ("values.yaml", "palisade: [a]\n"),
        ("values.yaml", "palisade:\n  enabled: {{ .Values.x }}\n"),
        (
            "package.json",
            "{ \"palisade\": { \"format\": \"json\" } }\n",
        ),
        (
            "pod.yaml",
            "apiVersion: acme\nkind: ConfigMap\ndata: { a: b }\nkeys: [a]\n",
        ),
        ("list.yaml", "keys: [a, b]\nzones: [c]\n"),
        (
            "hooks.yaml",
            "repos:\n  - repo: https://example.com/palisade\n    rev: v1\n    hooks: [{ id: palisade }]\n",
        ),
        ("nested.yaml", "spec:\n  palisade: v1\n"),
        ("text.yaml", "text: |\n  palisade: v1\n"),
        ("comment.yaml", "# palisade: v1\na: 1\n"),
    ] {
        let folder = Folder::of(&[(name, text)]);
        folder.write(
            "good.yaml",
            format!("palisade: v1\n{}", BODY.replace("file", "hsm")),
        );
        let report = folder.check(&["--select", "key-signing-hsm"]);
        assert_eq!((report.codes(), report.code), (vec![], 0), "{text}");
        assert_eq!(report.json["ledger"]["notOurs"][0]["path"], name, "{text}");
    }
}

/// To see what is looked at evaluates nothing, and reads no document to its end.
#[test]
fn ten_thousand_files_are_looked_at_at_once() {
    let folder = Folder::new();
    for at in 0..2_000 {
        folder.write(
            &format!("charts/{at}.yaml"),
            "apiVersion: v1\nkind: Service\ndata: {}\n".repeat(20),
        );
    }
    folder.write("a.yaml", format!("palisade: v1\n{BODY}"));
    let run = folder.run(&["check", "--show-files"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.stdout.lines().count(), 2_001);
    assert!(
        run.stdout.starts_with("a.yaml\tdocument\n"),
        "{}",
        &run.stdout[..80]
    );
    let _ = NOW;
}
