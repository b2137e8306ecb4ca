//! Generated inventories: realistic, the same for the same seed, and with a known outcome.
//!
//! A group of twenty entities stands for one team: its zone, two key stores, eight keys, five
//! workloads, two verifiers and two artifacts. Groups refer to each other: zones lie in the zone
//! of a region, workloads use keys of the next team, and verifiers trust them. Each of [`RULES`] is
//! asked, and passes, but for the entities that are chosen by lot: each of these breaks exactly one
//! rule, or leaves exactly one rule undecided.

use std::fmt::Write;

/// The rules that the inventories are made for. Others that come with Palisade find more in them:
/// select these, so that figures of different days compare.
pub const RULES: [&str; 10] = [
    "debug-off-prod",
    "dump-off-key-hosts",
    "key-no-plaintext",
    "key-nonexportable",
    "key-rotation-auto",
    "key-signing-hsm",
    "key-store-zone",
    "token-class-separation",
    "token-issuer-key",
    "zone-level-declared",
];

/// Entities in a group.
pub const GROUP: usize = 20;
/// Teams in a region: the zone of the first encloses those of the others.
const REGION: usize = 100;

/// What to generate.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many groups of [`GROUP`] entities.
    pub groups: usize,
    /// Of a thousand entities, how many break a rule.
    pub violations: u64,
    /// Of a thousand entities, how many leave a rule undecided.
    pub unknowns: u64,
    /// The same seed gives the same bytes.
    pub seed: u64,
}

/// What a check of a generated inventory must come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// Entities declared.
    pub entities: usize,
    /// Findings that a rule is broken.
    pub violations: usize,
    /// Findings that a rule is undecided.
    pub undetermined: usize,
}

/// The sections of a document, in its order.
const SECTIONS: [&str; 6] = [
    "zones",
    "keyStores",
    "keys",
    "workloads",
    "verifiers",
    "artifacts",
];

impl Plan {
    /// One file for each group: relative names and texts.
    pub fn files(self) -> (Vec<(String, String)>, Expected) {
        let mut team = Team::new(self);
        let files = (0..self.groups).map(|group| {
            let sections = team.sections(group);
            let name = format!("region-{:03}/team-{group:05}.yaml", group / REGION);
            (name, document(&sections))
        });
        let files = files.collect();
        (files, team.expected)
    }

    /// All groups in one file.
    pub fn one_file(self) -> (String, Expected) {
        let mut team = Team::new(self);
        let mut all: [String; 6] = Default::default();
        for group in 0..self.groups {
            for (all, section) in all.iter_mut().zip(team.sections(group)) {
                all.push_str(&section);
            }
        }
        (document(&all), team.expected)
    }
}

fn document(sections: &[String; 6]) -> String {
    let mut text = "# Generated.\npalisade: v1\n".to_owned();
    for (name, section) in SECTIONS.iter().zip(sections) {
        let _ = write!(text, "\n{name}:\n{section}");
    }
    text
}

/// How an entity differs from one that passes every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Passes,
    Breaks,
    Undecided,
}

struct Team {
    plan: Plan,
    lot: Lot,
    expected: Expected,
}

impl Team {
    fn new(plan: Plan) -> Self {
        Self {
            plan,
            lot: Lot(plan.seed),
            expected: Expected::default(),
        }
    }

    /// Draws what becomes of an entity that can break a rule, and counts it.
    fn fate(&mut self) -> Fate {
        // Thirteen of the twenty can: keys that are no public halves, four workloads, verifiers.
        let drawn = self.lot.below(13_000 / GROUP as u64);
        if drawn < self.plan.violations {
            self.expected.violations += 1;
            Fate::Breaks
        } else if drawn < self.plan.violations + self.plan.unknowns {
            self.expected.undetermined += 1;
            Fate::Undecided
        } else {
            Fate::Passes
        }
    }

    fn sections(&mut self, group: usize) -> [String; 6] {
        self.expected.entities += GROUP;
        let mut sections: [String; 6] = Default::default();
        let [zones, stores, keys, workloads, verifiers, artifacts] = &mut sections;
        zone(zones, group);
        store(stores, group, "hsm", "fips-140-3-l3");
        store(stores, group, "kms", "fips-140-2-l2");
        for number in 0..8 {
            self.key(keys, group, number);
        }
        for number in 0..5 {
            self.workload(workloads, group, number);
        }
        for number in 0..2 {
            self.verifier(verifiers, group, number);
        }
        for kind in ["log", "support-bundle"] {
            let _ = write!(
                artifacts,
                "  team-{group:05}-{kind}:\n    kind: {kind}\n    from: team-{group:05}-service-{}\n    \
                 description: what is kept when the service fails\n    level: restricted\n",
                self.lot.below(3),
            );
        }
        sections
    }

    fn key(&mut self, out: &mut String, group: usize, number: usize) {
        let (kind, store, purpose) = match number {
            0..4 => ("private", "hsm", "token-signing"),
            4 | 5 => ("symmetric", "kms", "encryption"),
            6 => ("public", "kms", "token-signing"),
            _ => ("private", "hsm", "tls"),
        };
        let public = kind == "public";
        let fate = if public { Fate::Passes } else { self.fate() };
        let (mut store, mut level, mut exportable) = (store, "restricted", number == 5);
        let mut rotation = if public { "none" } else { "automatic" };
        let way = self.lot.below(4);
        match (fate, way) {
            (Fate::Passes, _) => {}
            // In a service that keeps keys in software.
            (Fate::Breaks, 0) if number < 4 => store = "kms",
            (Fate::Breaks, 1) if kind == "private" => exportable = true,
            // More secret than its zone is cleared for.
            (Fate::Breaks, 2) => level = "secret",
            (Fate::Breaks, _) => rotation = "manual",
            (Fate::Undecided, _) => rotation = "",
        }
        let _ = write!(
            out,
            "  team-{group:05}-key-{number}:\n    store: team-{group:05}-{store}\n    kind: {kind}\n    \
             purposes: [{purpose}]\n    realm: {}\n    state: active\n    created: 20{:02}-{:02}-{:02}\n    \
             exportable: {exportable}\n    level: {level}\n",
            realm(group),
            15 + self.lot.below(10),
            1 + self.lot.below(12),
            1 + self.lot.below(28),
        );
        match rotation {
            "" => {}
            _ => _ = writeln!(out, "    rotation: {rotation}"),
        }
    }

    fn workload(&mut self, out: &mut String, group: usize, number: usize) {
        let _ = writeln!(out, "  team-{group:05}-service-{number}:");
        let _ = writeln!(out, "    zone: team-{group:05}");
        if number == 4 {
            out.push_str(
                "    # What the others run on.\n    kind: host\n    dump: off\n    debug: []\n",
            );
            return;
        }
        let fate = self.fate();
        let _ = writeln!(
            out,
            "    kind: service\n    runsOn: team-{group:05}-service-4"
        );
        // The first two load a key that can be exported; the last uses none.
        let uses = match number {
            0 => format!("team-{group:05}-key-5, team-{group:05}-key-0"),
            1 => format!("team-{:05}-key-5", (group + 1) % self.plan.groups),
            2 => format!("team-{group:05}-key-{}", 2 * self.lot.below(2)),
            _ => String::new(),
        };
        let (mut dump, mut debug) = ("off", "[]");
        match (fate, number) {
            (Fate::Passes, _) => {}
            (Fate::Breaks, 0 | 1) => dump = "full",
            (Fate::Breaks, _) => debug = "[local, remote]",
            (Fate::Undecided, 0 | 1) => dump = "",
            (Fate::Undecided, _) => debug = "",
        }
        if !dump.is_empty() {
            let _ = writeln!(out, "    dump: {dump}");
        }
        if !debug.is_empty() {
            let _ = writeln!(out, "    debug: {debug}");
        }
        out.push_str("    capabilities: []\n    processNamespace: own\n    hibernation: false\n");
        if !uses.is_empty() {
            let _ = writeln!(out, "    uses: [{uses}]");
        }
    }

    fn verifier(&mut self, out: &mut String, group: usize, number: usize) {
        let fate = self.fate();
        // A team two further on has accounts of the same realm.
        let other = Some(group + 2).filter(|other| *other < self.plan.groups);
        let mut trusts = format!(
            "team-{group:05}-key-0, team-{:05}-key-1",
            other.unwrap_or(group)
        );
        let mut checks = "    checks: [key-issuer, issuer, audience, scope, expiry]\n";
        match fate {
            Fate::Passes => {}
            // The team before this one, if this is the second of two, has private persons' accounts.
            Fate::Breaks if realm(group) == "enterprise" && number == 0 => {
                let _ = write!(trusts, ", team-{:05}-key-3", group - 1);
            }
            Fate::Breaks => checks = "    checks: [issuer, audience, scope, expiry]\n",
            Fate::Undecided => checks = "",
        }
        let _ = write!(
            out,
            "  team-{group:05}-verifier-{number}:\n    owner: team-{group:05}@example.org\n    realm: {}\n    \
             trusts: [{trusts}]\n{checks}    algorithms: [ES256, RS256]\n    keySource: pinned\n",
            realm(group),
        );
    }
}

fn zone(out: &mut String, group: usize) {
    let _ = write!(
        out,
        "  team-{group:05}:\n    kind: namespace\n    isolation: isolated\n    internet: none\n    \
         clearance: restricted\n    owner: team-{group:05}@example.org\n    \
         labels: {{ team: team-{group:05}, cost-centre: \"{:04}\" }}\n",
        group * 7 % 10_000,
    );
    match group % REGION {
        0 => out.push_str("    environment: production\n"),
        within => _ = writeln!(out, "    parent: team-{:05}", group - within),
    }
}

fn store(out: &mut String, group: usize, custody: &str, validation: &str) {
    let _ = write!(
        out,
        "  team-{group:05}-{custody}:\n    zone: team-{group:05}\n    custody: {custody}\n    \
         validation: {validation}\n    publicAccess: false\n    audited: true\n    \
         description: where team {group} keeps its keys\n",
    );
}

fn realm(group: usize) -> &'static str {
    if group.is_multiple_of(2) {
        "consumer"
    } else {
        "enterprise"
    }
}

/// Numbers by lot (splitmix64): small, and the same everywhere.
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
