//! Any text is read as Terraform: every place is in it, between characters, and the report is the same
//! twice.
//!
//! Seeds: `cargo +nightly fuzz run terraform fuzz/corpus/terraform examples/terraform/modules/signer`.
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

fn run(text: &str) -> Outcome {
    let found = Found {
        candidates: vec![Candidate {
            name: "main.tf".to_owned(),
            named: true,
            origin: Origin::Memory(text.as_bytes().to_vec()),
        }],
        ..Found::default()
    };
    check(found, Vec::new())
}
