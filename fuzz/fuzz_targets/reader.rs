//! Any bytes are read, linked, checked with the built-in rules and reported, twice to the same end.
//!
//! The examples are the seeds: `cargo +nightly fuzz run reader fuzz/corpus/reader examples`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::finding::Outcome;
use palisade::source::{Candidate, Found, Origin};
use palisade_fuzz::{check, places_are_in_their_texts, report, write_reports};

fuzz_target!(|bytes: &[u8]| {
    let first = run(bytes);
    places_are_in_their_texts(&first);
    write_reports(&first);
    assert!(report(&first) == report(&run(bytes)), "two runs differ");
});

fn run(bytes: &[u8]) -> Outcome {
    let name = if bytes.starts_with(b"{") {
        "a.json"
    } else {
        "a.yaml"
    };
    let found = Found {
        candidates: vec![Candidate {
            name: name.to_owned(),
            named: true,
            origin: Origin::Memory(bytes.to_vec()),
        }],
        ..Found::default()
    };
    check(found, Vec::new())
}
