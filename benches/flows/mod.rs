//! Generated networks of transfers: the same for the same seed, and with a known outcome.
//!
//! Dumps are taken from workloads, kept in stores, and carried from store to store. No zone but the
//! first few is cleared for the level of their origin, so each zone that a dump gets into is a
//! finding of the rule `downward`; how many these are is counted here, by a search that knows
//! nothing of states and policies.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The rule that is asked.
pub const RULE: &str = "@id(\"downward\") @title(\"a dump stays at its level\")
forbid(principal is Artifact, action == Action::\"enter\", resource is Zone)
when { principal.isDump && context.levelRank > resource.clearanceRank };
";

/// The shape of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Each transfer carries one dump, from a place where it is to any other.
    Sparse,
    /// Each dump goes round all places.
    Ring,
    /// Everything passes through the first place.
    Hub,
    /// Every place sends every dump to every other.
    Dense,
}

/// What to generate.
#[derive(Debug, Clone, Copy)]
pub struct Network {
    /// Its shape.
    pub shape: Shape,
    /// How many stores.
    pub places: usize,
    /// How many transfers; of a ring and a dense network as many as it takes.
    pub transfers: usize,
    /// How many dumps.
    pub artifacts: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
}

/// Stores in a zone.
const ZONE: usize = 50;

impl Network {
    /// The network as a document, and how many times a dump gets into a zone below its level.
    pub fn document(self) -> (String, usize) {
        let transfers = self.wires();
        let zones = self.places.div_ceil(ZONE);
        let zone = |place: usize| place / ZONE;
        // Every tenth zone is cleared for all.
        let high = |zone: usize| zone.is_multiple_of(10);
        let mut text = String::from("palisade: v1\nzones:\n");
        for at in 0..zones {
            let clearance = if high(at) { "secret" } else { "internal" };
            let _ = writeln!(
                text,
                "  zone-{at}: {{ kind: network, isolation: restricted, internet: none, \
                 environment: production, plane: data, clearance: {clearance} }}"
            );
        }
        text += "workloads:\n";
        for at in 0..zones {
            let _ = writeln!(
                text,
                "  work-{at}: {{ zone: zone-{at}, kind: service, dump: full }}"
            );
        }
        text += "stores:\n";
        for at in 0..self.places {
            let _ = writeln!(
                text,
                "  store-{at}: {{ zone: zone-{}, kind: dump-store }}",
                zone(at)
            );
        }
        text += "artifacts:\n";
        for at in 0..self.artifacts {
            let home = self.home(at);
            let _ = writeln!(
                text,
                "  dump-{at}: {{ kind: crash-dump, from: work-{}, at: store-{home} }}",
                zone(home)
            );
        }
        text += "transfers:\n";
        let mut random = Random(self.seed ^ 0xabcd);
        for (at, (from, to, carries)) in transfers.iter().enumerate() {
            let approval = ["none", "single", "dual"][random.below(3)];
            let names: Vec<_> = carries.iter().map(|dump| format!("dump-{dump}")).collect();
            let _ = writeln!(
                text,
                "  way-{at}: {{ from: store-{from}, to: store-{to}, carries: [{}], encrypted: {}, \
                 approval: {approval}, logged: true }}",
                names.join(", "),
                random.below(2) == 0,
            );
        }
        let mut found = 0;
        let mut ways: Vec<BTreeMap<usize, Vec<usize>>> = vec![BTreeMap::new(); self.artifacts];
        for (from, to, carries) in &transfers {
            for dump in carries {
                ways[*dump].entry(*from).or_default().push(*to);
            }
        }
        for (dump, ways) in ways.iter().enumerate() {
            let home = self.home(dump);
            // A dump has the level of the zone that it comes from.
            if !high(zone(home)) {
                continue;
            }
            let mut seen = BTreeSet::from([home]);
            let mut next = vec![home];
            while let Some(at) = next.pop() {
                let to = ways.get(&at).into_iter().flatten();
                next.extend(to.filter(|to| seen.insert(**to)));
            }
            let zones: BTreeSet<_> = seen.into_iter().map(zone).collect();
            found += zones.into_iter().filter(|zone| !high(*zone)).count();
        }
        (text, found)
    }

    /// Where a dump is kept. Half of them come from zones that are cleared for all.
    fn home(self, dump: usize) -> usize {
        match self.shape {
            Shape::Sparse | Shape::Hub if dump.is_multiple_of(2) => {
                let high = (dump * 7) % self.places.div_ceil(ZONE * 10);
                high * ZONE * 10
            }
            Shape::Sparse | Shape::Hub => (dump * 131) % self.places,
            Shape::Ring | Shape::Dense => 0,
        }
    }

    /// The transfers: from, to, and the dumps on each.
    fn wires(self) -> Vec<(usize, usize, Vec<usize>)> {
        let all = || (0..self.artifacts).collect::<Vec<_>>();
        let mut random = Random(self.seed);
        match self.shape {
            Shape::Ring => (0..self.places)
                .map(|at| (at, (at + 1) % self.places, all()))
                .collect(),
            Shape::Dense => (0..self.places)
                .flat_map(|from| (0..self.places).map(move |to| (from, to)))
                .filter(|(from, to)| from != to)
                .map(|(from, to)| (from, to, all()))
                .collect(),
            Shape::Hub => {
                let into = (0..self.artifacts).map(|dump| (self.home(dump), 0, vec![dump]));
                let into: Vec<_> = into.filter(|(from, ..)| *from != 0).collect();
                let out = (0..self.transfers - into.len()).map(|_| {
                    (
                        0,
                        random.below(self.places),
                        vec![random.below(self.artifacts)],
                    )
                });
                let out: Vec<_> = out.collect();
                into.into_iter().chain(out).collect()
            }
            Shape::Sparse => {
                let mut at: Vec<Vec<usize>> =
                    (0..self.artifacts).map(|d| vec![self.home(d)]).collect();
                (0..self.transfers)
                    .map(|_| {
                        let dump = random.below(self.artifacts);
                        let from = at[dump][random.below(at[dump].len())];
                        let to = random.below(self.places);
                        at[dump].push(to);
                        (from, to, vec![dump])
                    })
                    .collect()
            }
        }
    }
}

/// Xorshift64*: enough to spread things, the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}
