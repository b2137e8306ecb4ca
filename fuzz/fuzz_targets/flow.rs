//! Bytes decide on a document in which things move; it is followed without a panic, and twice alike.
//!
//! No seeds are needed: `cargo +nightly fuzz run flow`.
#![no_main]

use std::fmt::Write as _;

use libfuzzer_sys::fuzz_target;
use palisade::finding::Outcome;
use palisade::source::{Candidate, Found, Origin};
use palisade_fuzz::{check, places_are_in_their_texts, report, write_reports};

/// Every fact about where things end up is a finding.
const RULES: &str = r#"
@id("level") forbid(principal, action in [Action::"enter", Action::"rest", Action::"move"], resource)
    when { context.levelRank > 2 || context.approvalRank < 1 || !context.encrypted };
@id("contain") forbid(principal, action == Action::"contain", resource);
@id("reach") forbid(principal, action == Action::"reach", resource) when { context.inspectionRank < 2 };
@id("obtain") forbid(principal, action == Action::"obtain", resource) when { context.levelRank > 0 };
@id("keys") forbid(principal is Artifact, action == Action::"declare", resource)
    when { principal.keysCount > 0 || principal.derivedLevelRank > 2 };
@id("people") forbid(principal is Key, action == Action::"declare", resource)
    when { principal.obtainableByCount > 1 };
"#;

/// Each kind: its section, the letter of its ids, and what may be said of it. `@` and letters stand
/// for one of the things that these letters begin, `@*` for a list of such, and `a|b` for one of
/// these words.
const KINDS: [(&str, char, &[&str]); 12] = [
    (
        "zones",
        'z',
        &[
            "clearance: secret|public|unknown",
            "parent: @z",
            "internet: both|none|egress",
        ],
    ),
    (
        "stores",
        's',
        &["zone: @z", "holds: @*d", "complete: true|false"],
    ),
    ("keyStores", 'v', &["zone: @z", "custody: hsm|file|unknown"]),
    (
        "keys",
        'k',
        &[
            "store: @v",
            "replicas: @*v",
            "exportable: true|false|unknown",
            "level: secret|unknown",
        ],
    ),
    (
        "workloads",
        'w',
        &[
            "zone: @z",
            "uses: @*k",
            "processes: @*d",
            "dump: full|off|unknown",
            "runsAs: @i",
            "runsOn: @w",
        ],
    ),
    (
        "data",
        'd',
        &[
            "categories: [personal]|[payment, health]|[]",
            "level: secret|public|unknown",
        ],
    ),
    (
        "artifacts",
        'a',
        &[
            "from: @wsvke",
            "kind: backup|crash-dump|log|unknown",
            "at: @s",
            "contains: @*d",
        ],
    ),
    (
        "debugEnvironments",
        'e',
        &["zone: @z", "attaches: @*w", "reads: @*s"],
    ),
    (
        "transfers",
        't',
        &[
            "from: @swvez",
            "to: @swvez",
            "carries: @*adk",
            "encrypted: true|false|unknown",
            "approval: none|dual|unknown",
            "status: forbidden|unknown",
            "steps: [{ kind: scrub, removes: [personal], failClosed: true }]|[{ kind: scan, runsIn: z0 }]",
        ],
    ),
    (
        "identities",
        'i',
        &[
            "zone: @z",
            "kind: human|group|everyone",
            "memberOf: @*i",
            "assumes: @*i",
        ],
    ),
    (
        "grants",
        'g',
        &[
            "identity: @i",
            "on: @swvekz",
            "actions: [read]|[execute]|[sign, export]|unknown",
        ],
    ),
    (
        "conduits",
        'c',
        &[
            "from: @z",
            "to: @z",
            "oneWay: true|false|unknown",
            "inspection: none|proxy",
            "status: forbidden|unknown",
        ],
    ),
];

fuzz_target!(|bytes: &[u8]| {
    let document = document(bytes);
    let first = run(&document);
    places_are_in_their_texts(&first);
    write_reports(&first);
    assert!(report(&first) == report(&run(&document)), "two runs differ");
});

/// A document by the numbers that bytes are; zeros, once there are none left.
fn document(bytes: &[u8]) -> String {
    let mut bytes = bytes.iter();
    let mut below = |count: usize| usize::from(bytes.next().copied().unwrap_or(0)) % count;
    let mut yaml = "palisade: v1\n".to_owned();
    for (section, letter, fields) in KINDS {
        let _ = writeln!(yaml, "{section}:");
        for at in 0..1 + below(4) {
            let mut said = Vec::new();
            for (place, field) in fields.iter().enumerate() {
                let Some((name, values)) = field.split_once(": ") else {
                    continue;
                };
                // What comes first is mostly mandatory.
                if place > 0 && below(3) == 0 {
                    continue;
                }
                let mut one = |letters: &str| {
                    let letter = letters.as_bytes()[below(letters.len())] as char;
                    format!("{letter}{}", below(4))
                };
                let value = match values.strip_prefix('@') {
                    Some(letters) => match letters.strip_prefix('*') {
                        Some(letters) => format!("[{}, {}]", one(letters), one(letters)),
                        None => one(letters),
                    },
                    None => {
                        let values: Vec<_> = values.split('|').collect();
                        values[below(values.len())].to_owned()
                    }
                };
                said.push(format!("{name}: {value}"));
            }
            let _ = writeln!(yaml, "  {letter}{at}: {{ {} }}", said.join(", "));
        }
    }
    yaml
}

fn run(document: &str) -> Outcome {
    let memory = |name: &str, text: &str| Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    };
    let found = Found {
        candidates: vec![memory("a.yaml", document)],
        ..Found::default()
    };
    check(found, vec![memory("own.cedar", RULES)])
}
