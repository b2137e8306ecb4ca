//! What it costs to follow things, on generated networks, and to ask about each place.
//!
//! Every benchmark asserts what it came to.

#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot be set up must not run"
)]

mod flows;

use divan::Bencher;
use flows::{Network, RULE, Shape};
use palisade::check::{CheckInput, Project, check};
use palisade::flow::Flow;
use palisade::format::FORMATS;
use palisade::inventory::Inventory;
use palisade::source::{Candidate, FileId, Found, Origin};
use palisade::syntax::Limits;

fn main() {
    divan::main();
}

const SPARSE: Network = Network {
    shape: Shape::Sparse,
    places: 10_000,
    transfers: 100_000,
    artifacts: 1_000,
    seed: 1,
};
const RING: Network = Network {
    shape: Shape::Ring,
    transfers: 0,
    artifacts: 10,
    ..SPARSE
};
const HUB: Network = Network {
    shape: Shape::Hub,
    ..SPARSE
};
const DENSE: Network = Network {
    shape: Shape::Dense,
    places: 100,
    transfers: 0,
    artifacts: 100,
    ..SPARSE
};

#[derive(Debug, Clone, Copy)]
struct Case((&'static str, Network));

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.0)
    }
}

const CASES: [Case; 4] = [
    Case(("10,000 places, 100,000 transfers, 1,000 dumps", SPARSE)),
    Case(("ring of 10,000 places, 10 dumps", RING)),
    Case(("hub, 100,000 transfers, 1,000 dumps", HUB)),
    Case(("100 places, each to each, 100 dumps", DENSE)),
];

/// From the linked inventory to every place that everything gets to.
#[divan::bench(args = CASES, sample_count = 5)]
fn followed(bencher: Bencher<'_, '_>, Case((_, network)): Case) {
    let (text, _) = network.document();
    let reading = (FORMATS[0].read)(FileId(0), "network.yaml", &text, &Limits::default());
    assert!(reading.problems.is_empty());
    let (inventory, problems) = Inventory::link(reading.declarations);
    assert!(problems.is_empty());
    bencher.bench(|| {
        let flow = Flow::new(&inventory);
        assert!(flow.propagations().count() >= network.artifacts);
        flow
    });
}

/// The whole check, from the bytes to the findings.
#[divan::bench(args = CASES, sample_count = 5)]
fn checked(bencher: Bencher<'_, '_>, Case((_, network)): Case) {
    let (text, expected) = network.document();
    let memory = |name: &str, text: &str| Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    };
    bencher.bench(|| {
        let root = Project {
            found: Found {
                candidates: vec![memory("network.yaml", &text)],
                ..Found::default()
            },
            policies: vec![memory("rule.cedar", RULE)],
            ..Project::default()
        };
        let outcome = check(CheckInput {
            roots: vec![root],
            select: vec!["downward".to_owned()],
            ..CheckInput::default()
        });
        assert!(outcome.problems.is_empty());
        assert_eq!(outcome.findings.len(), expected);
        outcome
    });
}
