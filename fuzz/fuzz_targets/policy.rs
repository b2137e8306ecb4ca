//! Any text is loaded as a user's policies and put to an inventory in which much is unknown.
//!
//! The rules are the seeds: `cargo +nightly fuzz run policy fuzz/corpus/policy policies examples`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::finding::Outcome;
use palisade::source::{Candidate, Found, Origin};
use palisade_fuzz::{check, places_are_in_their_texts, report, write_reports};

fuzz_target!(|text: &str| {
    let first = run(text);
    places_are_in_their_texts(&first);
    write_reports(&first);
    assert!(report(&first) == report(&run(text)), "two runs differ");
});

fn run(policies: &str) -> Outcome {
    let memory = |name: &str, text: &str| Candidate {
        name: name.to_owned(),
        named: true,
        origin: Origin::Memory(text.as_bytes().to_vec()),
    };
    let found = Found {
        candidates: vec![memory("a.yaml", include_str!("../inventory.yaml"))],
        ..Found::default()
    };
    check(found, vec![memory("own.cedar", policies)])
}
