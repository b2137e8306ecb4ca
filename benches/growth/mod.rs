//! Documents of one shape and any size, and what a check of them costs.
//!
//! A shape grows with one number, n. Whatever it is made of, time and every report have to grow
//! hardly faster than n: a project that is twice as large, or twice as unknown, may cost twice as much.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Instant;

use palisade::check::{CheckInput, Project, check};
use palisade::report::{REPORTERS, Style, write};
use palisade::source::{Candidate, Found, Origin};

/// 2026-01-01.
const NOW: i64 = 1_767_225_600_000;

/// Documents that grow with one number.
pub struct Shape {
    pub name: &'static str,
    /// The document of size n, without its first line.
    pub document: fn(usize) -> String,
    /// The rules to select; none: all.
    pub select: &'static [&'static str],
    /// The smallest n.
    pub from: usize,
    /// Whether the reports are held to the bound, too.
    pub reports: bool,
}

/// Every shape that is measured.
pub const SHAPES: &[Shape] = &[
    Shape {
        name: "bare zones",
        document: |n| section("zones", n, |i| format!("z{i}: {{}}")),
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "bare zones, stores and keys",
        document: |n| {
            section("zones", n, |i| format!("z{i}: {{}}"))
                + &section("keyStores", n, |i| format!("s{i}: {{ zone: z{i} }}"))
                + &section("keys", n, |i| format!("k{i}: {{ store: s{i} }}"))
        },
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "workloads and keys, all unknown, in one zone",
        document: |n| {
            "zones: { z: {} }\nkeyStores: { s: { zone: z } }\n".to_owned()
                + &section("keys", n, |i| format!("k{i}: {{ store: s }}"))
                + &section("workloads", n, |i| {
                    format!("w{i}: {{ zone: z, uses: unknown }}")
                })
        },
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "workloads and keys, all unknown, each in a zone of its own",
        document: |n| {
            section("zones", n, |i| format!("z{i}: {{}}"))
                + &section("keyStores", n, |i| format!("s{i}: {{ zone: z{i} }}"))
                + &section("keys", n, |i| format!("k{i}: {{ store: s{i} }}"))
                + &section("workloads", n, |i| {
                    format!("w{i}: {{ zone: z{i}, uses: unknown }}")
                })
        },
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "one unknown parent beside zones that are known",
        document: |n| {
            let zone = "environment: production, clearance: internal, isolation: isolated";
            "zones:\n  lost: { parent: unknown }\n".to_owned()
                + &each(n, |i| format!("z{i}: {{ kind: segment, {zone} }}"))
                + &section("keyStores", n, |i| {
                    format!("s{i}: {{ zone: z{i}, custody: hsm }}")
                })
                + &section("keys", n, |i| {
                    format!(
                        "k{i}: {{ store: s{i}, kind: private, level: secret, exportable: false }}"
                    )
                })
                + &section("conduits", n / 2, |i| {
                    format!(
                        "c{i}: {{ from: z{}, to: z{}, kind: relay }}",
                        2 * i,
                        2 * i + 1
                    )
                })
        },
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "every parent unknown, and conduits",
        document: |n| {
            section("zones", n, |i| format!("z{i}: {{ parent: unknown }}"))
                + &section("conduits", n / 2, |i| {
                    format!("c{i}: {{ from: z{}, to: z{} }}", 2 * i, 2 * i + 1)
                })
        },
        select: &[],
        from: 200,
        reports: true,
    },
    Shape {
        name: "chain of unknown references",
        document: |n| {
            section("zones", n, |i| format!("z{i}: {{ parent: unknown }}"))
                + &section("workloads", n, |i| {
                    format!("w{i}: {{ zone: z{i}, runsOn: unknown, uses: unknown }}")
                })
        },
        select: &[],
        from: 200,
        reports: true,
    },
    Shape {
        name: "replicas of every key unknown",
        document: |n| {
            section("zones", n, |i| format!("z{i}: {{}}"))
                + &section("keyStores", n, |i| format!("s{i}: {{ zone: z{i} }}"))
                + &section("keys", n, |i| {
                    format!("k{i}: {{ store: s{i}, replicas: unknown }}")
                })
        },
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "core dumps of workloads of which nothing is known",
        document: |n| {
            "zones: { z: {} }\nkeyStores: { s: { zone: z } }\nkeys: { k: { store: s } }\n"
                .to_owned()
                + "stores: { o: { zone: z } }\n"
                + &section("workloads", n, |i| {
                    format!("w{i}: {{ zone: z, uses: unknown }}")
                })
                + &section("artifacts", n, |i| {
                    format!("a{i}: {{ kind: core-dump, from: w{i}, at: o }}")
                })
        },
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "ring of bare conduits",
        document: |n| {
            section("zones", n, |i| format!("z{i}: {{}}"))
                + &section("conduits", n, |i| {
                    format!("c{i}: {{ from: z{i}, to: z{} }}", (i + 1) % n)
                })
        },
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "chain of peerings",
        document: |n| {
            section("zones", n + 1, |i| format!("z{i}: {{ internet: none }}"))
                + &section("conduits", n, |i| {
                    format!("c{i}: {{ from: z{i}, to: z{}, {PEERING} }}", i + 1)
                })
        },
        select: &["zone-no-transit"],
        from: 400,
        reports: true,
    },
    Shape {
        name: "hub of bare conduits",
        document: |n| {
            "zones:\n  hub: {}\n".to_owned()
                + &each(n, |i| format!("z{i}: {{}}"))
                + &section("conduits", n, |i| {
                    format!("c{i}: {{ from: z{i}, to: hub }}")
                })
        },
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "one conduit between nested zones",
        document: |n| {
            "zones:\n  corp: { clearance: internal, internet: none }\n".to_owned()
                + "  prod: { clearance: secret, internet: none }\n"
                + &each(n, |i| {
                    format!("a{i}: {{ parent: corp }}\n  b{i}: {{ parent: prod }}")
                })
                + "keyStores: { hsm: { zone: prod } }\n"
                + "keys: { k: { store: hsm, kind: private, level: secret } }\n"
                + "conduits: { c: { from: corp, to: prod, inspection: none, oneWay: true } }\n"
        },
        select: &["zone-keyzone-unreachable"],
        from: 200,
        reports: true,
    },
    Shape {
        name: "a group of many with many grants",
        document: |n| {
            "zones: { z: { clearance: internal } }\n".to_owned()
                + &section("stores", n, |i| format!("s{i}: {{ zone: z }}"))
                + "identities:\n  g: { kind: group, zone: z }\n"
                + &each(n, |i| {
                    format!("m{i}: {{ zone: z, memberOf: [g], mfa: none }}")
                })
                + &section("grants", n, |i| {
                    format!("a{i}: {{ identity: g, on: s{i}, actions: [read, administer] }}")
                })
        },
        select: &[],
        from: 200,
        reports: true,
    },
    Shape {
        name: "a cycle of roles, each with a grant",
        document: |n| {
            "zones: { z: { clearance: internal } }\nkeyStores: { v: { zone: z } }\n".to_owned()
                + &section("keys", n, |i| format!("k{i}: {{ store: v }}"))
                + &section("identities", n, |i| {
                    format!("m{i}: {{ zone: z, assumes: [m{}] }}", (i + 1) % n)
                })
                + &section("grants", n, |i| {
                    format!("a{i}: {{ identity: m{i}, on: k{i}, actions: [sign] }}")
                })
        },
        select: &[],
        from: 100,
        reports: true,
    },
    Shape {
        name: "people with many rights over a group",
        document: |n| {
            PLACES.to_owned()
                + &role(1)
                + &section("stores", n, |i| format!("l{i}: {{ {LOG} }}"))
                + "identities:\n  g: { kind: group, zone: corp }\n"
                + &each(n, |i| format!("m{i}: {{ {PERSON}, memberOf: [g] }}"))
                + "grants:\n  signs: { identity: g, on: k0, actions: [sign] }\n"
                + &each(n, |i| {
                    format!("a{i}: {{ identity: g, on: l{i}, actions: [write] }}")
                })
        },
        select: &[],
        from: 100,
        reports: true,
    },
    Shape {
        name: "people with rights of their own on a zone with many logs",
        document: |n| {
            PLACES.to_owned()
                + &role(1)
                + &section("stores", n, |i| format!("l{i}: {{ {LOG} }}"))
                + &section("identities", n, |i| format!("m{i}: {{ {PERSON} }}"))
                + &section("grants", n, |i| {
                    format!("a{i}: {{ identity: m{i}, on: prod, actions: [write, sign] }}")
                })
        },
        select: &[],
        from: 50,
        reports: true,
    },
    Shape {
        name: "people with rights of their own who assume one role",
        document: |n| {
            PLACES.to_owned()
                + &role(n)
                + "identities:\n"
                + &each(n, |i| format!("m{i}: {{ {PERSON}, assumes: [role] }}"))
                + &format!("  role: {{ {SERVICE} }}\ngrants:\n")
                + &each(n, |i| {
                    format!("h{i}: {{ identity: m{i}, on: k{i}, actions: [sign] }}")
                })
                + &each(n, |i| {
                    format!("a{i}: {{ identity: role, on: k{i}, actions: [sign] }}")
                })
        },
        select: &[],
        from: 50,
        reports: true,
    },
    Shape {
        name: "people who command a workload that runs as one role",
        document: |n| {
            PLACES.to_owned()
                + &role(n)
                + "workloads: { w: { zone: prod, kind: service, runsAs: role } }\nidentities:\n"
                + &each(n, |i| format!("m{i}: {{ {PERSON} }}"))
                + &format!("  role: {{ {SERVICE} }}\ngrants:\n")
                + &each(n, |i| {
                    format!("h{i}: {{ identity: m{i}, on: w, actions: [execute] }}")
                })
                + &each(n, |i| {
                    format!("a{i}: {{ identity: role, on: k{i}, actions: [sign] }}")
                })
        },
        select: &[],
        from: 50,
        reports: true,
    },
    Shape {
        name: "people who read the credential of one role",
        document: |n| {
            PLACES.to_owned()
                + &role(n)
                + "data: { pw: { level: secret, authenticates: [role] } }\n"
                + "stores: { s: { zone: prod, kind: filesystem, holds: [pw] } }\nidentities:\n"
                + &each(n, |i| format!("m{i}: {{ {PERSON} }}"))
                + &format!("  role: {{ {SERVICE} }}\ngrants:\n")
                + &each(n, |i| {
                    format!("h{i}: {{ identity: m{i}, on: s, actions: [read] }}")
                })
                + &each(n, |i| {
                    format!("a{i}: {{ identity: role, on: k{i}, actions: [sign] }}")
                })
        },
        select: &[],
        from: 50,
        reports: true,
    },
    Shape {
        name: "a chain of roles, each with a grant",
        document: |n| {
            PLACES.to_owned()
                + &role(n)
                + &section("identities", n, |i| match i + 1 < n {
                    true => format!("r{i}: {{ {SERVICE}, assumes: [r{}] }}", i + 1),
                    false => format!("r{i}: {{ {SERVICE} }}"),
                })
                + &section("grants", n, |i| {
                    format!("a{i}: {{ identity: r{i}, on: k{i}, actions: [sign] }}")
                })
        },
        select: &[],
        from: 50,
        reports: true,
    },
    Shape {
        name: "people of whom nobody says whom they can act as",
        document: |n| {
            PLACES.to_owned()
                + &role(n)
                + &section("identities", n, |i| {
                    format!("m{i}: {{ {PERSON}, assumes: unknown }}")
                })
                + &section("grants", n, |i| {
                    format!("a{i}: {{ identity: m{i}, on: k{i}, actions: [sign] }}")
                })
        },
        select: &[],
        from: 50,
        reports: true,
    },
    Shape {
        name: "a dump in a chain of stores",
        document: |n| {
            "zones: { z: { clearance: internal } }\nworkloads: { w: { zone: z, dump: heap } }\n"
                .to_owned()
                + "artifacts: { d: { kind: crash-dump, from: w } }\n"
                + &section("stores", n, |i| format!("s{i}: {{ zone: z }}"))
                + "transfers:\n  t: { from: w, to: s0, carries: [d] }\n"
                + &each(n.saturating_sub(1), |i| {
                    format!("t{i}: {{ from: s{i}, to: s{}, carries: [d] }}", i + 1)
                })
        },
        select: &[],
        from: 400,
        reports: true,
    },
    Shape {
        name: "comments that waive",
        document: |n| {
            "zones:\n".to_owned()
                + &each(n, |_| {
                    "# palisade: allow zone-level-declared until=2026-06-01 known".to_owned()
                })
                + "  z: {}\n"
        },
        select: &["zone-level-declared"],
        from: 5000,
        reports: true,
    },
    Shape {
        name: "keys on one line",
        document: |n| {
            let keys = (0..n)
                .map(|i| format!("k{i}: {{ store: v, kind: private, purposes: [token-signing] }}"));
            let keys = keys.collect::<Vec<_>>().join(", ");
            "zones: { z: {} }\nkeyStores: { v: { zone: z, custody: file } }\n".to_owned()
                + &format!("keys: {{ {keys} }}\n")
        },
        select: &["key-signing-hsm"],
        from: 2000,
        reports: true,
    },
];

/// Two zones of which all is known.
const PLACES: &str = "zones:\n  prod: { kind: account, environment: production, clearance: secret, \
                      internet: none, isolation: isolated }\n  corp: { kind: network, \
                      environment: corporate, clearance: internal, internet: both }\n";

const PERSON: &str = "kind: human, zone: corp, mfa: otp, device: managed, credential: interactive";

const SERVICE: &str = "kind: service, zone: prod, credential: workload-identity";

const LOG: &str = "zone: prod, kind: log-sink, immutable: false";

/// Keys for which a role has grants.
fn role(n: usize) -> String {
    "keyStores: { v: { zone: prod, custody: hsm, audited: true, publicAccess: false } }\n"
        .to_owned()
        + &section("keys", n, |i| {
            let key = "kind: private, purposes: [code-signing], level: restricted";
            format!("k{i}: {{ store: v, {key}, exportable: false }}")
        })
}

const PEERING: &str = "kind: peering, inspection: none, oneWay: false";

fn section(name: &str, count: usize, line: impl Fn(usize) -> String) -> String {
    if count == 0 {
        return String::new();
    }
    format!("{name}:\n") + &each(count, line)
}

fn each(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        let _ = writeln!(text, "  {}", line(at));
        text
    })
}

/// What a check came to.
pub struct Figures {
    /// Processor seconds of the check, without the reports.
    pub seconds: f64,
    /// Processor seconds of all reports together.
    pub writing: f64,
    /// The bytes of each report.
    pub reports: Vec<(&'static str, f64)>,
}

/// Checks the document of this size on one thread.
pub fn measure(shape: &Shape, size: usize) -> Figures {
    let text = format!("palisade: v1\n{}", (shape.document)(size));
    let job = CheckInput {
        roots: vec![Project {
            found: Found {
                candidates: vec![Candidate {
                    name: "a.yaml".to_owned(),
                    named: true,
                    origin: Origin::Memory(text.into_bytes()),
                }],
                ..Found::default()
            },
            ..Project::default()
        }],
        select: shape.select.iter().map(|id| (*id).to_owned()).collect(),
        now: NOW,
        ..CheckInput::default()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("one thread").install(|| {
        let start = processor_seconds();
        let outcome = check(job);
        let checked = processor_seconds();
        let reports = REPORTERS.iter().map(|reporter| {
            let mut counted = Counted(0);
            write(reporter, &outcome, &Style::default(), &mut counted)
                .expect("counting never fails");
            (reporter.name, counted.0 as f64)
        });
        let reports = reports.collect();
        Figures {
            seconds: checked - start,
            writing: processor_seconds() - checked,
            reports,
        }
    })
}

/// The power of the size with which a figure grows, from what it is at two sizes.
pub fn exponent((small, at_small): (usize, f64), (large, at_large): (usize, f64)) -> f64 {
    (at_large / at_small).ln() / (large as f64 / small as f64).ln()
}

/// What this thread has computed for, where the system says so, and what time it is elsewhere.
fn processor_seconds() -> f64 {
    let ran = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ran = ran.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    match ran {
        Some(nanoseconds) => nanoseconds / 1e9,
        None => {
            static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
            START.elapsed().as_secs_f64()
        }
    }
}

struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
