//! Systems in which things move, made of any bytes.

use std::fmt::Write as _;

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

/// A system by the numbers that bytes are, zeros once there are none left: a document for each kind.
pub fn documents(bytes: &[u8]) -> Vec<String> {
    let mut bytes = bytes.iter();
    let mut below = |count: usize| usize::from(bytes.next().copied().unwrap_or(0)) % count;
    let mut documents = Vec::with_capacity(KINDS.len());
    for (section, letter, fields) in KINDS {
        let mut yaml = format!("palisade: v1\n{section}:\n");
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
        documents.push(yaml);
    }
    documents
}
