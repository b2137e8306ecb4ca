//! Any bytes are read, linked, checked with the built-in rules and reported, twice to the same end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::finding::Outcome;
use palisade::source::{Candidate, Found, Origin};
use palisade_fuzz::{check, places_are_in_their_texts, reports};

fuzz_target!(|bytes: &[u8]| {
    let first = run(bytes);
    places_are_in_their_texts(&first);
    assert_eq!(reports(&first), reports(&run(bytes)));
});

/// The first byte says how the rest is read: as YAML or JSON, named or found.
fn run(bytes: &[u8]) -> Outcome {
    let (how, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let name = if how & 1 == 0 { "a.yaml" } else { "a.json" };
    let found = Found {
        candidates: vec![Candidate {
            name: name.to_owned(),
            named: how & 2 == 0,
            origin: Origin::Memory(bytes.to_vec()),
        }],
        ..Found::default()
    };
    check(found, Vec::new())
}
